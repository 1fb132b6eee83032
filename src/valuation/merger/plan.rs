//! A merger resolved once: one offer, every default filled in, and what is required only where an
//! amount is not zero kept as a list, so that the formula runs without asking what was given.

use super::input::{Financing, Merger, Party, PurchasePriceAllocation, Synergies};
use crate::model::{Problems, Series};
use crate::valuation::claims::ShareCount;

/// The whole merger, resolved.
#[derive(Clone, Debug)]
pub(super) struct Plan<S> {
    pub(super) years: usize,
    pub(super) acquirer: PartyPlan<S>,
    pub(super) acquirer_price: S,
    pub(super) target: PartyPlan<S>,
    pub(super) target_price: Option<S>,
    pub(super) target_shares: ShareCount<S>,
    pub(super) offer: OfferPlan<S>,
    /// Cash and shares as parts of the price; those of an exchange ratio follow from it.
    pub(super) mix: Option<(S, S)>,
    pub(super) financing: Financing<S>,
    pub(super) new_debt_rate: Option<S>,
    pub(super) advisory_fees: S,
    pub(super) expense_fees: bool,
    pub(super) ppa: PurchasePriceAllocation<S>,
    pub(super) intangibles_life: S,
    pub(super) asset_life: S,
    pub(super) synergies: Synergies<S>,
    pub(super) revenue_margin: S,
    pub(super) discount_rate: S,
    pub(super) perpetual: bool,
    pub(super) standalone_target_value: Option<S>,
    /// From 1.
    pub(super) max_price_year: usize,
    pub(super) needs: Vec<Need<S>>,
}

/// A field that is missing, which is a problem unless `amount` is zero.
#[derive(Clone, Debug)]
pub(super) struct Need<S> {
    pub(super) amount: S,
    pub(super) field: &'static str,
    pub(super) constraint: &'static str,
}

/// A company: what it earns by itself.
#[derive(Clone, Debug)]
pub(super) struct PartyPlan<S> {
    pub(super) shares: S,
    pub(super) net_debt: S,
    pub(super) tax_rate: S,
    pub(super) earnings: Earnings<S>,
    pub(super) interest: Option<Series<S>>,
}

/// Net income of each year.
#[derive(Clone, Debug)]
pub(super) enum Earnings<S> {
    NetIncome(Series<S>),
    /// Before depreciation, interest and tax.
    Ebitda {
        ebitda: Series<S>,
        da: Series<S>,
    },
}

/// The one offer.
#[derive(Clone, Debug)]
pub(super) enum OfferPlan<S> {
    EquityPrice(S),
    PricePerShare(S),
    Premium { premium: S, over: S },
    ExchangeRatio { ratio: S, cash_per_share: S },
}

/// Resolves `merger`; `constant` makes a number that the input does not hold. `None` when there are problems.
pub(super) fn resolve<S: Copy>(
    merger: &Merger<S>,
    constant: &mut dyn FnMut(f64) -> S,
    problems: &mut Problems,
) -> Option<Plan<S>> {
    let years = merger.years as usize;
    let (acquirer, target) = (&merger.acquirer, &merger.target);
    if acquirer.share_price.is_none() {
        problems.missing("acquirer.share_price", "required: finite number > 0");
    }
    if acquirer.tax_rate.is_none() {
        problems.missing("acquirer.tax_rate", "required: finite number >= 0 and < 1");
    }
    let acquirer_plan = party(acquirer, "acquirer", years, acquirer.tax_rate, problems);
    let target_plan = party(target, "target", years, target.tax_rate.or(acquirer.tax_rate), problems);
    if merger.financing.refinance_target_debt && target.interest.is_none() {
        problems.missing("target.interest", "required with financing.refinance_target_debt, which saves it");
    }
    let offer = offer(merger, constant, problems);
    let mix = mix(merger, problems);
    if merger.max_price_year > merger.years {
        problems.refuse("max_price_year", merger.max_price_year, format!("at most years ({years})"));
    }
    check_synergies(merger, years, problems);
    if !problems.is_empty() {
        return None;
    }
    let synergies = &merger.synergies;
    Some(Plan {
        years,
        acquirer: acquirer_plan?,
        acquirer_price: acquirer.share_price?,
        target: target_plan?,
        target_price: target.share_price,
        target_shares: ShareCount::with_options(target.shares, &target.options),
        offer: offer?,
        mix,
        financing: merger.financing.clone(),
        new_debt_rate: merger.financing.new_debt_rate,
        advisory_fees: merger.advisory_fees,
        expense_fees: merger.expense_fees,
        ppa: merger.ppa.clone(),
        // Where one of these is missing, what it applies to is zero.
        intangibles_life: merger.ppa.intangibles_life.unwrap_or_else(|| constant(1.0)),
        asset_life: merger.ppa.asset_life.unwrap_or_else(|| constant(1.0)),
        revenue_margin: synergies.revenue_margin.unwrap_or_else(|| constant(0.0)),
        discount_rate: synergies.discount_rate.unwrap_or_else(|| constant(0.0)),
        perpetual: synergies.perpetual && synergies.discount_rate.is_some(),
        synergies: synergies.clone(),
        standalone_target_value: merger.standalone_target_value,
        max_price_year: merger.max_price_year as usize,
        needs: needs(merger),
    })
}

fn party<S: Copy>(
    party: &Party<S>,
    name: &str,
    years: usize,
    tax_rate: Option<S>,
    problems: &mut Problems,
) -> Option<PartyPlan<S>> {
    let given = [
        ("net_income", party.net_income.as_ref()),
        ("revenue", party.revenue.as_ref()),
        ("ebitda", party.ebitda.as_ref()),
        ("da", Some(&party.da)),
        ("interest", party.interest.as_ref()),
    ];
    for (field, series) in given {
        if let Some(series) = series {
            series.check_length(years, format!("{name}.{field}"), problems);
        }
    }
    let earnings = match (&party.net_income, &party.ebitda) {
        (Some(net_income), _) => Earnings::NetIncome(net_income.clone()),
        (None, Some(ebitda)) => Earnings::Ebitda { ebitda: ebitda.clone(), da: party.da.clone() },
        (None, None) => {
            problems.missing(format!("{name}.net_income"), "one of net_income and ebitda is required");
            return None;
        }
    };
    Some(PartyPlan {
        shares: party.shares,
        net_debt: party.net_debt,
        tax_rate: tax_rate?,
        earnings,
        interest: party.interest.clone(),
    })
}

fn offer<S: Copy>(
    merger: &Merger<S>,
    constant: &mut dyn FnMut(f64) -> S,
    problems: &mut Problems,
) -> Option<OfferPlan<S>> {
    let offer = &merger.offer;
    if offer.cash_per_share.is_some() && offer.exchange_ratio.is_none() {
        problems.refuse("offer.cash_per_share", "given", "only with exchange_ratio");
    }
    let over = merger.target.share_price;
    if offer.premium.is_some() && over.is_none() {
        problems.missing("target.share_price", "required by offer.premium: finite number > 0");
    }
    let choices = [
        offer.equity_price.map(OfferPlan::EquityPrice),
        offer.price_per_share.map(OfferPlan::PricePerShare),
        // A missing market price is a problem already, so any number may stand for it.
        offer.premium.map(|premium| OfferPlan::Premium { premium, over: over.unwrap_or(premium) }),
        offer.exchange_ratio.map(|ratio| OfferPlan::ExchangeRatio {
            ratio,
            cash_per_share: offer.cash_per_share.unwrap_or_else(|| constant(0.0)),
        }),
    ];
    let mut given = choices.into_iter().flatten();
    let first = given.next();
    if first.is_none() || given.next().is_some() {
        let constraint = "exactly one of equity_price, price_per_share, premium and exchange_ratio";
        problems.refuse("offer", if first.is_none() { "none" } else { "several" }, constraint);
    }
    first
}

fn mix<S: Copy>(merger: &Merger<S>, problems: &mut Problems) -> Option<(S, S)> {
    match (&merger.consideration, merger.offer.exchange_ratio) {
        (Some(_), Some(_)) => {
            problems.refuse("consideration", "given", "not with offer.exchange_ratio, from which it follows");
            None
        }
        (None, None) => {
            problems.missing("consideration", "required unless the offer is an exchange ratio");
            None
        }
        (consideration, _) => consideration.as_ref().map(|parts| (parts.cash_pct, parts.stock_pct)),
    }
}

fn check_synergies<S>(merger: &Merger<S>, years: usize, problems: &mut Problems) {
    let synergies = &merger.synergies;
    if synergies.ramp.is_empty() {
        problems.refuse("synergies.ramp", serde_json::json!([]), "at least one number");
    }
    let ahead = years.max(synergies.duration.unwrap_or(0) as usize);
    if synergies.cost_to_achieve.len() > ahead {
        let constraint = format!("at most one number a year of the {ahead} looked ahead");
        problems.refuse("synergies.cost_to_achieve", synergies.cost_to_achieve.len(), constraint);
    }
}

fn needs<S: Copy>(merger: &Merger<S>) -> Vec<Need<S>> {
    let (ppa, synergies) = (&merger.ppa, &merger.synergies);
    let mut needs = Vec::new();
    let mut need = |missing: bool, amount: S, field, constraint| {
        if missing {
            needs.push(Need { amount, field, constraint });
        }
    };
    let life = "required when there is something to write off: finite number > 0";
    need(ppa.intangibles_life.is_none(), ppa.intangibles, "ppa.intangibles_life", life);
    need(ppa.asset_life.is_none(), ppa.asset_step_up, "ppa.asset_life", life);
    let margin = "required with revenue synergies: finite number";
    need(synergies.revenue_margin.is_none(), synergies.revenue, "synergies.revenue_margin", margin);
    for amount in [synergies.cost, synergies.revenue].iter().chain(&synergies.cost_to_achieve) {
        let rate = "required with synergies: finite number > -1";
        need(synergies.discount_rate.is_none(), *amount, "synergies.discount_rate", rate);
    }
    needs
}

impl Plan<f64> {
    /// Adds the problems that depend on amounts.
    pub(super) fn check_amounts(&self, problems: &mut Problems) {
        if let Some((cash, stock)) = self.mix
            && (cash + stock - 1.0).abs() > super::MIX_TOLERANCE
        {
            problems.refuse("consideration", cash + stock, super::MIX_CONSTRAINT);
        }
        let mut reported = "";
        for need in self.needs.iter().filter(|need| need.amount != 0.0) {
            if need.field != reported {
                problems.missing(need.field, need.constraint);
            }
            reported = need.field;
        }
    }
}
