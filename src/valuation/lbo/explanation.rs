//! The gain of equity as a sum: growth, multiple, debt repaid, and what others receive.

use super::input::Lbo;
use super::output::{LboValuation, ValueBridge};
use crate::error::Error;
use crate::model::{ExplanationLine, figure};

pub(super) fn lines(lbo: &Lbo, output: &LboValuation) -> Result<Vec<ExplanationLine>, Error> {
    let (Some(bridge), Some(entry)) = (&output.value_bridge, output.entry_multiple) else {
        return Err(Error::internal("missing_bridge", "a buy-out without a value bridge was to be explained"));
    };
    let ValueBridge { ebitda_growth, multiple_change, net_debt_reduction, fees, dividends, management_pool, .. } =
        *bridge;
    let exit_ebitda = output.exit_ev / lbo.exit.multiple;
    let closing_ebitda = exit_ebitda - ebitda_growth / entry;
    let exit_net_debt = output.exit_debt - output.exit_cash;
    let financing_fees = output.uses.get("financing_fees").copied().unwrap_or(0.0);
    let exit_fee = output.exit_ev * lbo.exit.fee_pct;
    let growth = format!(
        "(EBITDA {} at exit - {} at closing) x entry_multiple {}",
        figure(exit_ebitda),
        figure(closing_ebitda),
        figure(entry)
    );
    let multiple = format!(
        "(exit.multiple {} - entry_multiple {}) x EBITDA {} at exit",
        figure(lbo.exit.multiple),
        figure(entry),
        figure(exit_ebitda)
    );
    let net_debt = format!(
        "net debt {} at closing - {} at exit",
        figure(net_debt_reduction + exit_net_debt),
        figure(exit_net_debt)
    );
    let of_fees = format!(
        "transaction_fees {}, financing_fees {} and fee of the exit {}",
        figure(lbo.transaction_fees),
        figure(financing_fees),
        figure(exit_fee)
    );
    Ok(vec![
        ExplanationLine::new("EBITDA growth", growth, ebitda_growth),
        ExplanationLine::new("Multiple change", multiple, multiple_change),
        ExplanationLine::new("Net debt reduction", net_debt, net_debt_reduction),
        ExplanationLine::new("Fees", of_fees, fees),
        ExplanationLine::new("Dividends", "schedule.dividends until the exit", dividends),
        ExplanationLine::new("Management pool", "management_pool, paid at exit", management_pool),
    ])
}
