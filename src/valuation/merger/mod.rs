//! A merger: what an acquisition does to earnings per share, the price it can bear, and how its value
//! is split between the two parties' holders.
//!
//! Start at [`Merger`] and [`Merger::value`]. The input is resolved once (`plan`), then computed by
//! one formula over any number type (`formula`); `account` adds ratios, goodwill, the maximum price
//! (`max_price`) and warnings, `explanation` tells earnings per share as a sum. Sources: Rosenbaum and Pearl, "Investment Banking", chapters 6 and 7; Koller,
//! Goedhart and Wessels, "Valuation", chapter on mergers and acquisitions. The maximum price is a
//! root search: trials that ask for it are valued one by one, without allocating, all others by lanes.
//! Ratios, goodwill and the schedule beyond accretion of year 1 are read off the whole account of each
//! trial.
//!
//! Not supported: contingent consideration, collars, convertible debt of either party, dilution of
//! the acquirer, tax deductible goodwill, several currencies.

mod account;
mod explanation;
// Only what is inlined into the block loop is compiled for the wide instruction set.
#[allow(clippy::inline_always)]
mod formula;
mod input;
mod max_price;
mod output;
mod plan;

use crate::error::Error;
use crate::model::{
    ByLanes, ByTrials, Engine, Explained, Formula, Lower, ModelSpec, Numbers, Place, Prepared, Problems, Slot, value_of,
};

pub use input::{Consideration, Financing, Merger, Offer, Party, PurchasePriceAllocation, Synergies};
pub use output::{Contributions, MergerSchedule, MergerValuation, Sources, Split, Uses};

/// How near to 1 the parts of the consideration must sum.
const MIX_TOLERANCE: f64 = 1e-9;
const MIX_CONSTRAINT: &str = "cash_pct and stock_pct that sum to 1 within 1e-9";

impl Merger {
    /// Computes the effects of the merger.
    ///
    /// `InvalidInput` names every field that is missing or out of its range, and cash on hand that
    /// exceeds what is needed; `Undefined{what: "pv_synergies"}` says that perpetual synergies grow
    /// too fast to have a value.
    ///
    /// ```
    /// use valor_ivx::valuation::merger::{Consideration, Financing, Merger, Offer, Party, Synergies};
    /// let merger = Merger {
    ///     acquirer: Party {
    ///         shares: 100.0,
    ///         share_price: Some(12.0),
    ///         net_income: Some(63.7.into()),
    ///         tax_rate: Some(0.35),
    ///         ..Party::default()
    ///     },
    ///     target: Party { shares: 50.0, net_income: Some(31.85.into()), ..Party::default() },
    ///     offer: Offer { equity_price: Some(600.0), ..Offer::default() },
    ///     consideration: Some(Consideration { cash_pct: 0.6, stock_pct: 0.4 }),
    ///     financing: Financing { new_debt_rate: Some(0.07), ..Financing::default() },
    ///     synergies: Synergies { cost: 25.0, discount_rate: Some(0.1), ..Synergies::default() },
    ///     ..Merger::default()
    /// };
    /// assert!(merger.value()?.schedule.accretion[0] > 0.0);
    /// # Ok::<(), valor_ivx::Error>(())
    /// ```
    pub fn value(&self) -> Result<MergerValuation, Error> {
        value_of(self)
    }
}

impl Engine for Merger {
    const SPEC: ModelSpec = ModelSpec {
        name: "merger",
        about: "Merger: earnings per share, maximum price and split of value",
        version: "1.0.0",
        primary: "schedule.accretion[0]",
        feature: "merger_analysis",
    };

    const EXPLAINED: Option<Explained<Self>> =
        Some(Explained { output: "schedule.pro_forma_eps[0]", lines: explanation::lines });

    type Output = MergerValuation;

    fn rules(&self, problems: &mut Problems) {
        if let Some(plan) = plan::resolve(self, &mut |value| value, problems) {
            plan.check_amounts(problems);
        }
    }

    fn compute(&self) -> Result<MergerValuation, Error> {
        let mut numbers = Vec::new();
        let slots = self.lower(&Place::ROOT, &mut |_, value| Slot::append(&mut numbers, value));
        let plan = resolved(&slots, &mut |value| Slot::append(&mut numbers, value))?;
        let mut fault = 0.0;
        let terms = plan.terms(&numbers, &mut fault);
        let pv_synergies = plan.pv_synergies(&numbers, &mut fault);
        if fault != 0.0 {
            // Fault codes are small whole numbers.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            return Err(plan.error(fault as u8, &numbers));
        }
        Ok(account::Account { merger: self, plan: &plan, numbers: &numbers, terms, pv_synergies }.write())
    }

    fn default_at(&self, path: &str) -> Option<f64> {
        match path {
            "target.tax_rate" => self.acquirer.tax_rate,
            "offer.cash_per_share" => self.offer.exchange_ratio.map(|_| 0.0),
            "acquirer.interest" | "target.interest" => Some(0.0),
            "standalone_target_value" => {
                let mut numbers = Vec::new();
                let slots = self.lower(&Place::ROOT, &mut |_, value| Slot::append(&mut numbers, value));
                let plan = resolved(&slots, &mut |value| Slot::append(&mut numbers, value)).ok()?;
                plan.standalone_target(&plan.terms(&numbers, &mut 0.0), &numbers)
            }
            _ => None,
        }
    }

    fn lowered(&self, numbers: &mut Numbers, outputs: &[String]) -> Option<Box<dyn Prepared>> {
        let is_standalone_told = self.standalone_target_value.is_some() || self.target.share_price.is_some();
        if !is_standalone_told && outputs.iter().any(|output| output == "gain_acquirer" || output == "gain_target") {
            return None;
        }
        let slots = self.lower(&Place::ROOT, &mut |place, value| numbers.add(place, value));
        let plan = resolved(&slots, &mut |value| numbers.constant(value)).ok()?;
        let numbers = std::mem::take(numbers);
        if outputs.iter().any(|output| output == "max_price") {
            return ByTrials::boxed(self, max_price::Trial(plan), numbers, &max_price::Trial::computed(), outputs);
        }
        ByLanes::boxed(plan, numbers, formula::COMPUTED, outputs)
    }
}

/// The plan of an input that has passed its rules.
fn resolved(merger: &Merger<Slot>, constant: &mut dyn FnMut(f64) -> Slot) -> Result<plan::Plan<Slot>, Error> {
    let mut problems = Problems::default();
    let plan = plan::resolve(merger, constant, &mut problems);
    problems.into_result()?;
    plan.ok_or_else(|| Error::internal("unresolved_plan", "a merger input gave neither a plan nor a problem"))
}
