//! Pro forma earnings per share of year 1 as a sum, from the acquirer's own to those of the combined
//! company. Income counts by the combined company's shares; issuing shares costs what it takes away
//! from the acquirer's own income a share.

use super::input::Merger;
use super::output::MergerValuation;
use crate::error::Error;
use crate::model::{ExplanationLine, figure};

pub(super) fn lines(merger: &Merger, output: &MergerValuation) -> Result<Vec<ExplanationLine>, Error> {
    let first = |column: &[f64]| column.first().copied();
    let schedule = &output.schedule;
    let year = (
        first(&schedule.pro_forma_shares),
        first(&schedule.acquirer_net_income),
        first(&schedule.acquirer_eps),
        merger.acquirer.tax_rate,
    );
    let (Some(shares), Some(own_income), Some(own_eps), Some(tax_rate)) = year else {
        return Err(Error::internal("unread_year", "a merger has passed the rules and has no first year"));
    };
    let after_tax = 1.0 - tax_rate;
    let per_share =
        |name: &str, amount: f64| format!("{name} {} / pro_forma_shares {}", figure(amount), figure(shares));
    let whole = |label: &str, name: &str, sign: f64, amount: f64| {
        ExplanationLine::new(label, per_share(name, amount), sign * amount / shares)
    };
    let taxed = |label: &str, name: &str, sign: f64, amount: f64| {
        let formula = format!("{} x (1 - tax_rate {})", per_share(name, amount), figure(tax_rate));
        ExplanationLine::new(label, formula, sign * amount * after_tax / shares)
    };
    let of_year = |column: &[f64]| first(column).unwrap_or(0.0);
    let costs = of_year(&merger.synergies.cost_to_achieve);
    let is_refinanced = output.uses.refinanced_debt > 0.0;
    let saved = merger.target.interest.as_ref().filter(|_| is_refinanced).map_or(0.0, |interest| interest.at(0));
    let charged = if merger.expense_fees { merger.advisory_fees } else { 0.0 };
    let spread = format!("acquirer_net_income {} on new_shares {} too", figure(own_income), figure(output.new_shares));
    Ok(vec![
        ExplanationLine::new("Acquirer alone", "acquirer_net_income / acquirer.shares", own_eps),
        whole("Target income", "target_net_income", 1.0, of_year(&schedule.target_net_income)),
        taxed("Synergies", "synergies", 1.0, of_year(&schedule.synergies)),
        taxed("Costs to achieve", "cost_to_achieve", -1.0, costs),
        taxed("Financing", "financing_cost", -1.0, of_year(&schedule.financing_cost)),
        taxed("Interest saved", "target.interest", 1.0, saved),
        taxed("Amortisation", "amortization", -1.0, of_year(&schedule.amortization)),
        ExplanationLine::new("New shares", spread, own_income / shares - own_eps),
        whole("Advisory fees", "advisory_fees", -1.0, charged),
    ])
}
