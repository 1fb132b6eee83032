//! Adjusted present value: a firm is worth what it would be without debt, and the tax that interest
//! saves, less the costs of debt (Myers 1974; Miles and Ezzell 1980 for debt rebalanced once a year).
//!
//! Debt is given by balances, or as a constant share of value; then value and debt follow from each
//! other. The unlevered firm is the plan of a dcf at the unlevered cost of capital; `formula` values it
//! and the tax saved, over any number type. Years are told backwards from the horizon, once a headline:
//! the schedule and `equivalent_wacc`, which is of it, are one valuation a trial, all other outputs run
//! by lanes. Not supported: flows within the year, interest that saves less than its whole tax, personal
//! taxes.

// Inside lane code.
#[allow(clippy::inline_always)]
mod formula;
mod shield_discount;

use crate::error::Error;
use crate::model::{
    ByLanes, Domain, Engine, Explained, ExplanationLine, Field, Formula, Lower, ModelSpec, Numbers, Place, Prepared,
    Problems, Series, Slot, record, value_of,
};
use crate::valuation::company::{
    Company, company, require_balances, require_rates, require_tax_rate, require_year_ends,
};
use crate::valuation::dcf::{CostOfCapital, Dcf, DcfValuation, Terminal, resolved};
use crate::valuation::warning::{Warning, inert};

use formula::{COMPUTED, Debt, Levered, Totals};
pub(in crate::valuation) use formula::{Saving, Shields, backwards};
pub use shield_discount::ShieldDiscount;

company! {
    /// The firm without debt, and the tax that interest saves; tax_rate is required.
    pub struct Apv<N> {
        /// Cost of capital of the firm without debt: one rate, or one a year.
        pub unlevered_cost: Series<N> [Domain::RATE],
        /// Balances of debt from year 0 to the last year; or give leverage.
        pub debt: Option<Vec<N>> [Domain::MONEY.at_least(0.0)],
        /// Debt over the value of the firm in every year.
        pub leverage: Option<N> [Domain::FRACTION.at_least(0.0).below(1.0)],
        /// Interest rate of debt.
        pub cost_of_debt: N [Domain::RATE],
        /// What the tax saved is discounted at: unlevered, debt, miles_ezzell, or a rate.
        pub shield_discount: ShieldDiscount<N> [Domain::RATE] = ShieldDiscount::default(),
        /// Growth of debt for ever; that of the terminal object by default.
        pub terminal_debt_growth: Option<N> [Domain::RATE],
        /// Costs of raising the debt, as a present value.
        pub issue_costs: N [Domain::MONEY.at_least(0.0)] = 0.0,
        /// Present value of the costs of distress.
        pub distress_cost_pv: N [Domain::MONEY.at_least(0.0)] = 0.0,
    }
    /// Value beyond the forecast, of the firm without debt.
    terminal: Terminal<N>
}

record! {
    /// Value of the firm without debt, and of the tax that debt saves.
    pub struct ApvValuation {
        /// Value of the firm.
        pub enterprise_value: f64 [Domain::MONEY],
        /// Value of equity, after the bridge, which states the debt to be deducted.
        pub equity_value: f64 [Domain::MONEY],
        /// The same, a diluted share; null without shares.
        pub value_per_share: Option<f64> [Domain::MONEY],
        /// Value of the firm without debt.
        pub unlevered_value: f64 [Domain::MONEY],
        /// Present value of the tax saved, of all years and what follows them.
        pub pv_tax_shield: f64 [Domain::MONEY],
        /// Its part beyond the forecast.
        pub pv_terminal_tax_shield: f64 [Domain::MONEY],
        /// Cost of capital of year 1 at which a dcf gives the same value; null where value is 0.
        pub equivalent_wacc: Option<f64> [Domain::FRACTION],
        /// Year by year.
        pub schedule: ApvSchedule,
        /// What deserves a second look; a warning never changes a number.
        pub warnings: Vec<Warning>,
    }
}

record! {
    /// Debt, the tax it saves and the value of both.
    pub struct ApvSchedule {
        /// Debt at the year's end, from year 0.
        pub debt: Vec<f64> [Domain::MONEY],
        /// Tax saved by the interest of each year.
        pub shield: Vec<f64> [Domain::MONEY],
        /// Value of the firm at the year's end, from year 0, before costs of issue and distress.
        pub value: Vec<f64> [Domain::MONEY],
        /// Cost of capital of each year at which a dcf gives the same value; null where value is 0.
        pub wacc: Vec<Option<f64>> [Domain::FRACTION],
    }
}

impl Apv {
    /// Values the company.
    ///
    /// `Undefined{what: "pv_terminal_tax_shield"}` says that debt grows for ever at no less than the
    /// rate its tax shield is discounted at.
    ///
    /// ```
    /// use valor_ivx::valuation::Apv;
    /// use valor_ivx::valuation::dcf::{Forecast, Terminal, TerminalMethod};
    /// let apv = Apv {
    ///     forecast: Some(Forecast { fcff: Some(vec![100.0]), ..Forecast::default() }),
    ///     tax_rate: Some(0.25),
    ///     unlevered_cost: 0.1.into(),
    ///     cost_of_debt: 0.05,
    ///     debt: Some(vec![400.0, 400.0]),
    ///     terminal: Terminal { method: TerminalMethod::Gordon, growth: Some(0.0), ..Terminal::default() },
    ///     ..Apv::default()
    /// };
    /// let value = apv.value()?;
    /// // 1000 without debt; a shield of 5 a year for ever.
    /// assert!((value.enterprise_value - 1050.0).abs() < 1e-9);
    /// # Ok::<(), valor_ivx::Error>(())
    /// ```
    pub fn value(&self) -> Result<ApvValuation, Error> {
        value_of(self)
    }

    fn lines(&self, output: &ApvValuation) -> Vec<ExplanationLine> {
        let years = output.schedule.shield.len();
        let saved = output.pv_tax_shield - output.pv_terminal_tax_shield;
        let shields = format!("schedule.shield, tax_rate x cost_of_debt x debt, of years 1 to {years}, discounted");
        vec![
            ExplanationLine::new("Firm without debt", "unlevered_value at unlevered_cost", output.unlevered_value),
            ExplanationLine::new("Tax saved in the forecast", shields, saved),
            ExplanationLine::new("Tax saved beyond", "pv_terminal_tax_shield", output.pv_terminal_tax_shield),
            ExplanationLine::new("Issue costs", "issue_costs, deducted", -self.issue_costs),
            ExplanationLine::new("Costs of distress", "distress_cost_pv, deducted", -self.distress_cost_pv),
        ]
    }

    /// The firm without debt.
    fn unlevered(&self) -> Dcf {
        self.dcf(CostOfCapital::Rates(self.unlevered_cost.clone()), self.terminal.clone())
    }

    /// The terms that interest saves tax by.
    fn saving(&self) -> Saving<f64> {
        Saving {
            tax_rate: self.tax_rate.unwrap_or(0.0),
            cost_of_debt: self.cost_of_debt,
            discount: self.shield_discount,
        }
    }

    /// Debt, shields and value of each year: backwards from the horizon, as debt of a share of value
    /// follows from the value behind it.
    fn schedule(&self, firm: &DcfValuation, totals: &Totals<f64>) -> ApvSchedule {
        let saving = self.saving();
        let (flows, rates) = (&firm.schedule.fcff, &firm.wacc);
        let (firm_at_horizon, saved_at_horizon) = (firm.terminal_value_at_horizon, totals.terminal_tax_shield);
        let (debt, value) = if let Some(leverage) = self.leverage {
            let years = flows.iter().zip(rates).map(|(fcff, cost)| (*fcff, saving.wacc_at(leverage, *cost)));
            let value = values(firm_at_horizon + saved_at_horizon, years);
            (value.iter().map(|value| leverage * value).collect(), value)
        } else {
            let debt = self.debt.clone().unwrap_or_default();
            let counted =
                |(debt, cost): (&f64, &f64)| (saving.of_debt() * *debt * saving.certainty(*cost), saving.rate(*cost));
            let saved = values(saved_at_horizon, debt.iter().zip(rates).map(counted));
            let business = values(firm_at_horizon, flows.iter().copied().zip(rates.iter().copied()));
            (debt, business.iter().zip(&saved).map(|(business, saved)| business + saved).collect())
        };
        let wacc = flows.iter().enumerate().map(|(i, fcff)| {
            let wacc = (fcff + value[i + 1]) / value[i] - 1.0;
            wacc.is_finite().then_some(wacc)
        });
        let wacc = wacc.collect();
        let shield = debt[..debt.len() - 1].iter().map(|opening| saving.of_debt() * opening).collect();
        ApvSchedule { debt, shield, value, wacc }
    }
}

impl Apv<Slot> {
    /// The input resolved; `constant` makes a number that it does not hold.
    fn resolved(&self, constant: &mut dyn FnMut(f64) -> Slot) -> Result<Levered, Error> {
        let rates = CostOfCapital::Rates(self.unlevered_cost.clone());
        Ok(Levered {
            firm: resolved(&self.dcf(rates, self.terminal.clone()), constant)?,
            debt: match (self.leverage, &self.debt) {
                (Some(leverage), _) => Debt::Leverage(leverage),
                (None, debt) => Debt::Balances {
                    // The rules make sure that there are balances, and a tax rate.
                    balances: debt.clone().unwrap_or_default(),
                    growth: self.terminal_debt_growth.or(self.terminal.growth).unwrap_or_else(|| constant(0.0)),
                },
            },
            saving: Saving {
                tax_rate: self.tax_rate.unwrap_or_else(|| constant(0.0)),
                cost_of_debt: self.cost_of_debt,
                discount: self.shield_discount,
            },
            issue_costs: self.issue_costs,
            distress_cost_pv: self.distress_cost_pv,
        })
    }
}

/// Values from year 0 to the horizon of what is worth `at_horizon` there and of the years before it,
/// each a flow and the rate to discount at.
fn values(at_horizon: f64, years: impl DoubleEndedIterator<Item = (f64, f64)> + ExactSizeIterator) -> Vec<f64> {
    let mut values = vec![0.0; years.len() + 1];
    backwards(at_horizon, years, &mut values);
    values
}

impl Engine for Apv {
    const SPEC: ModelSpec = ModelSpec {
        name: "apv",
        about: "Adjusted present value: the firm without debt and the tax that interest saves",
        version: "1.0.0",
        primary: "enterprise_value",
        feature: "dcf_analysis",
    };

    const EXPLAINED: Option<Explained<Self>> =
        Some(Explained { output: "enterprise_value", lines: |apv, output| Ok(apv.lines(output)) });

    type Output = ApvValuation;

    fn rules(&self, problems: &mut Problems) {
        // Lengths of rates are checked by their own name.
        let dcf = self.dcf(0.0.into(), self.terminal.clone());
        let years = dcf.years();
        dcf.rules(problems);
        require_year_ends(&dcf, problems);
        require_tax_rate(&dcf, problems);
        require_rates(&self.unlevered_cost, "unlevered_cost", years, problems);
        match (&self.debt, self.leverage) {
            (None, None) => problems.missing("debt", "one of debt and leverage is required"),
            (Some(_), Some(_)) => problems.refuse("leverage", "given", "either debt or leverage, not both"),
            (Some(debt), None) => require_balances(debt, years, problems),
            (None, Some(_)) => {
                if matches!(self.shield_discount, ShieldDiscount::Debt | ShieldDiscount::Rate(_)) {
                    let why = "unlevered or miles_ezzell with leverage, under which debt is as uncertain as value";
                    problems.refuse("shield_discount", self.shield_discount.write(), why);
                }
            }
        }
    }

    fn compute(&self) -> Result<ApvValuation, Error> {
        let mut numbers = Vec::new();
        let slots = self.lower(&Place::ROOT, &mut |_, value| Slot::append(&mut numbers, value));
        let levered = slots.resolved(&mut |value| Slot::append(&mut numbers, value))?;
        let totals = levered.value(&numbers);
        if totals.fault != 0.0 {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "codes are whole numbers")]
            return Err(levered.error(totals.fault as u8, &numbers));
        }
        let firm = self.unlevered().value()?;
        let schedule = self.schedule(&firm, &totals);
        let mut warnings = firm.warnings;
        let debt_growth = self.terminal_debt_growth.is_some() && self.leverage.is_some();
        warnings.extend(inert([("terminal_debt_growth", debt_growth)]));
        Ok(ApvValuation {
            enterprise_value: totals.enterprise_value,
            equity_value: totals.equity_value,
            value_per_share: self.shares.map(|_| totals.value_per_share),
            unlevered_value: totals.unlevered_value,
            pv_tax_shield: totals.pv_tax_shield,
            pv_terminal_tax_shield: totals.pv_terminal_tax_shield,
            equivalent_wacc: schedule.wacc[0],
            schedule,
            warnings,
        })
    }

    fn lowered(&self, numbers: &mut Numbers, outputs: &[String]) -> Option<Box<dyn Prepared>> {
        // A stub is there to be refused wherever it is drawn as less than a year.
        if self.stub.is_some() || (self.shares.is_none() && outputs.iter().any(|output| output == "value_per_share")) {
            return None;
        }
        let slots = self.lower(&Place::ROOT, &mut |place, value| numbers.add(place, value));
        let levered = slots.resolved(&mut |value| numbers.constant(value)).ok()?;
        ByLanes::boxed(levered, std::mem::take(numbers), COMPUTED, outputs)
    }

    fn default_at(&self, path: &str) -> Option<f64> {
        match path {
            "terminal_debt_growth" => Some(self.terminal.growth.unwrap_or(0.0)),
            _ => self.unlevered().default_at(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::Dual;
    use crate::valuation::dcf::{Forecast, TerminalMethod};

    #[test]
    fn a_dual_has_the_bits_of_the_headline() {
        let forecast = Forecast { fcff: Some(vec![100.0, 110.0]), ..Forecast::default() };
        let terminal = Terminal { method: TerminalMethod::Gordon, growth: Some(0.02), ..Terminal::default() };
        let balances = Apv {
            forecast: Some(forecast),
            tax_rate: Some(0.25),
            unlevered_cost: 0.1.into(),
            cost_of_debt: 0.06,
            debt: Some(vec![300.0, 280.0, 260.0]),
            shield_discount: ShieldDiscount::MilesEzzell,
            terminal,
            ..Apv::default()
        };
        let leverage = Apv { debt: None, leverage: Some(0.3), ..balances.clone() };
        for apv in [balances, leverage] {
            let mut numbers = Vec::new();
            let slots = apv.lower(&Place::ROOT, &mut |_, value| Slot::append(&mut numbers, value));
            let formula = slots.resolved(&mut |value| Slot::append(&mut numbers, value)).unwrap();
            let single = formula.value(&numbers);
            let dual = formula.value(&numbers.iter().map(|number| Dual::variable(*number)).collect::<Vec<_>>());
            assert_eq!(single.enterprise_value.to_bits(), dual.enterprise_value.value.to_bits());
            assert_eq!(single.pv_tax_shield.to_bits(), dual.pv_tax_shield.value.to_bits());
            assert_eq!(single.enterprise_value, apv.value().unwrap().enterprise_value);
        }
    }
}
