//! Discounted cash flow to the firm: a company is worth the present value of its free cash flows,
//! year by year from drivers or explicit figures, and of what follows the forecast.
//!
//! Start at [`Dcf`] and [`Dcf::value`]. The input is resolved once (`plan`), then valued by one
//! formula over any number type (`formula`); where its cost of capital must be found first, trial by trial
//! (`trial`). `account` adds schedule, implied figures and warnings,
//! `explanation` tells equity value as a sum.
//!
//! Not supported: quarterly forecasts, several currencies, taxes on other than operating profit.

mod account;
mod explanation;
// Only what is inlined into the block loop is compiled for the wide instruction set.
#[allow(clippy::inline_always)]
pub(in crate::valuation) mod formula;
mod input;
pub(in crate::valuation) mod output;
pub(in crate::valuation) mod plan;
mod trial;

use crate::capital::{Wacc, WeightBasis};
use crate::error::Error;
use crate::model::{
    ByLanes, ByTrials, Engine, Explained, Formula, Lower, ModelSpec, Numbers, Place, Prepared, Problems, Slot, value_of,
};

pub use crate::valuation::losses::Nol;
pub use input::{
    Bridge, Components, Convertible, CostOfCapital, Dcf, Drivers, Forecast, Metric, MetricBasis, NamedAmount, Override,
    ReinvestmentBasis, ShareOption, Stage, Terminal, TerminalMethod,
};
pub use output::{BridgeItem, DcfSchedule, DcfValuation, EntryMultiples, ImpliedMultiples, TerminalComponent};

impl Dcf {
    /// Values the company.
    ///
    /// `InvalidInput` names every field that is missing or out of its range;
    /// `Undefined{what: "terminal_value"}` says that the value beyond the forecast does not exist.
    ///
    /// ```
    /// use valor_ivx::valuation::dcf::{Dcf, Stage, Terminal, TerminalMethod};
    /// let dcf = Dcf {
    ///     base_revenue: Some(500.0),
    ///     stages: Some(vec![Stage {
    ///         years: 5,
    ///         growth: Some(0.08),
    ///         ebit_margin: Some(0.22),
    ///         sales_to_capital: Some(3.0),
    ///         ..Stage::default()
    ///     }]),
    ///     tax_rate: Some(0.23),
    ///     wacc: 0.09.into(),
    ///     terminal: Terminal { method: TerminalMethod::Gordon, growth: Some(0.025), ..Terminal::default() },
    ///     shares: Some(150.0),
    ///     ..Dcf::default()
    /// };
    /// assert!(dcf.value()?.value_per_share.unwrap() > 0.0);
    /// # Ok::<(), valor_ivx::Error>(())
    /// ```
    pub fn value(&self) -> Result<DcfValuation, Error> {
        value_of(self)
    }

    /// The same valuation with the rate that `wacc` leads to.
    fn at_cost_of(&self, wacc: &Wacc) -> Result<Dcf, Error> {
        let at = |rate: f64| Dcf { wacc: rate.into(), ..self.clone() };
        let average = match wacc.basis() {
            WeightBasis::Iterated => {
                wacc.iterate(|number| number, |rate| at(rate).value().map(|value| value.enterprise_value))?
            }
            WeightBasis::Values | WeightBasis::Target => wacc.value()?,
        };
        Ok(at(average.wacc))
    }
}

impl Engine for Dcf {
    const SPEC: ModelSpec = ModelSpec {
        name: "dcf",
        about: "Discounted free cash flow to the firm: enterprise, equity and per-share value",
        version: "1.0.0",
        primary: "value_per_share",
        feature: "dcf_analysis",
    };

    const EXPLAINED: Option<Explained<Self>> =
        Some(Explained { output: "equity_value", lines: |dcf, output| Ok(explanation::lines(dcf, output)) });

    type Output = DcfValuation;

    fn rules(&self, problems: &mut Problems) {
        if let CostOfCapital::Wacc(wacc) = &self.wacc {
            wacc.rules_at("wacc.", true, problems);
        }
        // What stands in the plan does not matter here, only whether there is one.
        let resolved = plan::resolve(self, &mut |value| value, problems);
        if resolved.is_some() && self.terminal.method == TerminalMethod::Blend {
            let sum: f64 = self.terminal.components.0.iter().filter_map(|component| component.weight).sum();
            if (sum - 1.0).abs() > 1e-9 {
                problems.refuse("terminal.components", sum, "weights that sum to 1 within 1e-9");
            }
        }
    }

    fn compute(&self) -> Result<DcfValuation, Error> {
        if let CostOfCapital::Wacc(wacc) = &self.wacc {
            return self.at_cost_of(wacc)?.value();
        }
        let mut numbers = Vec::new();
        let slots = self.lower(&Place::ROOT, &mut |_, value| Slot::append(&mut numbers, value));
        let plan = resolved(&slots, &mut |value| Slot::append(&mut numbers, value))?;
        let mut years = Vec::with_capacity(plan.years.len());
        let totals = plan.value(&numbers, &mut years);
        if totals.fault != 0.0 {
            // Fault codes are small whole numbers.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            return Err(plan.error(totals.fault as u8, &numbers));
        }
        let (_, horizon) = plan.forecast(&numbers, &mut ());
        Ok(account::Account { dcf: self, plan: &plan, numbers: &numbers, totals, years, horizon }.write())
    }

    fn primary(&self) -> &'static str {
        if self.shares.is_some() { "value_per_share" } else { "equity_value" }
    }

    fn default_at(&self, path: &str) -> Option<f64> {
        if path == "stub" {
            return Some(1.0);
        }
        if let CostOfCapital::Wacc(wacc) = &self.wacc {
            return self.at_cost_of(wacc).ok()?.default_at(path);
        }
        let mut numbers = Vec::new();
        let slots = self.lower(&Place::ROOT, &mut |_, value| Slot::append(&mut numbers, value));
        let plan = resolved(&slots, &mut |value| Slot::append(&mut numbers, value)).ok()?;
        plan.default_at(path, &numbers)
    }

    fn lowered(&self, numbers: &mut Numbers, outputs: &[String]) -> Option<Box<dyn Prepared>> {
        if self.shares.is_none() && outputs.iter().any(|o| o == "value_per_share" || o == "diluted_shares") {
            return None;
        }
        let slots = self.lower(&Place::ROOT, &mut |place, value| numbers.add(place, value));
        let plan = resolved(&slots, &mut |value| numbers.constant(value)).ok()?;
        if let CostOfCapital::Wacc(wacc) = slots.wacc {
            let numbers = std::mem::take(numbers);
            return ByTrials::boxed(self, trial::Trial::new(plan, *wacc), numbers, formula::COMPUTED, outputs);
        }
        ByLanes::boxed(plan, std::mem::take(numbers), formula::COMPUTED, outputs)
    }
}

/// The plan of an input that has passed its rules.
pub(in crate::valuation) fn resolved(
    dcf: &Dcf<Slot>,
    constant: &mut dyn FnMut(f64) -> Slot,
) -> Result<plan::Plan<Slot>, Error> {
    let mut problems = Problems::default();
    let plan = plan::resolve(dcf, constant, &mut problems);
    problems.into_result()?;
    plan.ok_or_else(|| Error::internal("unresolved_plan", "a DCF input gave neither a plan nor a problem"))
}
