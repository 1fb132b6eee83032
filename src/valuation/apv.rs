//! Adjusted present value: a firm is worth what it would be without debt, and the tax that interest
//! saves, less the costs of debt (Myers 1974; Miles and Ezzell 1980 for debt rebalanced once a year).
//!
//! Debt is given by balances, or as a constant share of value; then value and debt follow from each
//! other backwards from the horizon. The unlevered firm is a dcf at the unlevered cost of capital.
//! Each trial of a simulation is one valuation, since that dcf is. Not supported: flows within the
//! year, interest that saves less than its whole tax, personal taxes.

use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::model::{
    Domain, Engine, Explained, ExplanationLine, Field, Lower, ModelSpec, Place, Problems, Series, record, value_of,
};
use crate::valuation::company::{
    Company, company, require_balances, require_rates, require_tax_rate, require_year_ends,
};
use crate::valuation::dcf::{CostOfCapital, Dcf, DcfValuation, Terminal, TerminalMethod};
use crate::valuation::warning::{Warning, inert};

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

/// What the tax saved by interest is discounted at.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum ShieldDiscount<N = f64> {
    /// The unlevered cost of capital: debt moves with value at all times.
    #[default]
    Unlevered,
    /// The cost of debt: debt is what it is planned to be.
    Debt,
    /// The cost of debt for the year ahead, the unlevered cost before: debt moves with value once a year.
    MilesEzzell,
    /// A rate.
    Rate(N),
}

impl<N> ShieldDiscount<N> {
    const NAMES: &'static [&'static str] = &["unlevered", "debt", "miles_ezzell"];
}

impl From<f64> for ShieldDiscount {
    fn from(rate: f64) -> Self {
        ShieldDiscount::Rate(rate)
    }
}

impl Field for ShieldDiscount {
    fn read(value: &Value, at: &Place<'_>, problems: &mut Problems) -> Option<Self> {
        if let Some(rate) = value.as_f64() {
            return Some(ShieldDiscount::Rate(rate));
        }
        match value.as_str() {
            Some("unlevered") => Some(ShieldDiscount::Unlevered),
            Some("debt") => Some(ShieldDiscount::Debt),
            Some("miles_ezzell") => Some(ShieldDiscount::MilesEzzell),
            _ => {
                let names = Self::NAMES.join(" ");
                problems.refuse(at, value.clone(), format!("one of {names}, or a {}", at.domain().constraint()));
                None
            }
        }
    }
    fn placeholder() -> Self {
        ShieldDiscount::Unlevered
    }
    fn check(&self, at: &Place<'_>, problems: &mut Problems) {
        if let ShieldDiscount::Rate(rate) = self {
            rate.check(at, problems);
        }
    }
    fn write(&self) -> Value {
        match self {
            ShieldDiscount::Unlevered => "unlevered".into(),
            ShieldDiscount::Debt => "debt".into(),
            ShieldDiscount::MilesEzzell => "miles_ezzell".into(),
            ShieldDiscount::Rate(rate) => rate.write(),
        }
    }
    fn schema(domain: &Domain) -> Map<String, Value> {
        let choices = json!([{"type": "string", "enum": Self::NAMES}, f64::schema(domain)]);
        Map::from_iter([("anyOf".to_owned(), choices)])
    }
}

impl<M> Lower<M> for ShieldDiscount {
    type Out = ShieldDiscount<M>;
    fn lower(&self, at: &Place<'_>, exchange: &mut dyn FnMut(&Place<'_>, f64) -> M) -> ShieldDiscount<M> {
        match self {
            ShieldDiscount::Unlevered => ShieldDiscount::Unlevered,
            ShieldDiscount::Debt => ShieldDiscount::Debt,
            ShieldDiscount::MilesEzzell => ShieldDiscount::MilesEzzell,
            ShieldDiscount::Rate(rate) => ShieldDiscount::Rate(exchange(at, *rate)),
        }
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

    /// Tax saved in a year by each unit of debt at its start.
    fn saving(&self) -> f64 {
        self.tax_rate.unwrap_or(0.0) * self.cost_of_debt
    }

    /// What a shield counts for when it is discounted at the unlevered cost `cost`: interest of the
    /// year ahead is known, and discounted at the cost of debt, under Miles and Ezzell.
    fn certainty(&self, cost: f64) -> f64 {
        match self.shield_discount {
            ShieldDiscount::MilesEzzell => (1.0 + cost) / (1.0 + self.cost_of_debt),
            _ => 1.0,
        }
    }

    /// The cost of capital that includes the tax saved by debt of the share `leverage` of value.
    pub(in crate::valuation) fn wacc_at(&self, leverage: f64, cost: f64) -> f64 {
        cost - leverage * self.saving() * self.certainty(cost)
    }

    /// Value and debt from each other, backwards: V_{t-1} = (FCFF_t + V_t + s) / (1 + ku), s the shield
    /// of debt L V_{t-1}.
    fn at_leverage(&self, leverage: f64, firm: &DcfValuation) -> Result<Shields, Error> {
        let wacc = firm.wacc.iter().map(|cost| self.wacc_at(leverage, *cost)).collect::<Vec<_>>();
        if let Some(wacc) = wacc.iter().find(|wacc| **wacc <= -1.0) {
            let why = format!("the tax saved leaves a cost of capital of {wacc}, which must exceed -1");
            return Err(Error::undefined("equivalent_wacc", why));
        }
        let terminal = self.terminal_at_leverage(leverage, &self.terminal, firm.wacc[firm.wacc.len() - 1]);
        let levered = self.dcf(wacc.clone().into(), terminal).value()?;
        let value = backwards(levered.terminal_value_at_horizon, &levered.schedule.fcff, &wacc);
        let debt: Vec<f64> = value.iter().map(|value| leverage * value).collect();
        let end_factor = firm.schedule.discount_factor.last().copied().unwrap_or(1.0);
        Ok(Shields {
            shield: self.shields(&debt),
            pv: value[0] - firm.enterprise_value,
            pv_terminal: (levered.terminal_value_at_horizon - firm.terminal_value_at_horizon) * end_factor,
            debt,
            value,
        })
    }

    /// The terminal object at the cost of capital that includes the tax saved; the return on new
    /// capital is that of the firm without debt, since debt does not change the business.
    fn terminal_at_leverage(&self, leverage: f64, terminal: &Terminal, last_cost: f64) -> Terminal {
        let cost = terminal.wacc.unwrap_or(last_cost);
        let mut levered = terminal.clone();
        levered.wacc = Some(self.wacc_at(leverage, cost));
        if terminal.method == TerminalMethod::ValueDriver {
            levered.ronic = terminal.ronic.or(Some(cost));
        }
        for component in &mut levered.components.0 {
            *component = self.terminal_at_leverage(leverage, component, last_cost);
        }
        levered
    }

    /// The firm without debt and the tax saved by the balances given.
    fn at_balances(&self, debt: &[f64], firm: &DcfValuation) -> Result<Shields, Error> {
        let years = firm.wacc.len();
        let growth = self.terminal_debt_growth.or(self.terminal.growth).unwrap_or(0.0);
        let beyond = self.terminal.wacc.unwrap_or(firm.wacc[years - 1]);
        let discount = |cost: f64| match self.shield_discount {
            ShieldDiscount::Unlevered | ShieldDiscount::MilesEzzell => cost,
            ShieldDiscount::Debt => self.cost_of_debt,
            ShieldDiscount::Rate(rate) => rate,
        };
        let next = self.saving() * debt[years] * self.certainty(beyond);
        let rate = discount(beyond);
        if next != 0.0 && rate <= growth {
            return Err(Error::undefined(
                "pv_terminal_tax_shield",
                format!("the rate {rate} that shields are discounted at must exceed the growth {growth} of debt"),
            ));
        }
        let at_horizon = if next == 0.0 { 0.0 } else { next / (rate - growth) };
        let shield = self.shields(debt);
        let rates: Vec<f64> = firm.wacc.iter().map(|cost| discount(*cost)).collect();
        let counted: Vec<f64> = shield.iter().zip(&firm.wacc).map(|(s, cost)| s * self.certainty(*cost)).collect();
        let saved = backwards(at_horizon, &counted, &rates);
        let business = backwards(firm.terminal_value_at_horizon, &firm.schedule.fcff, &firm.wacc);
        Ok(Shields {
            debt: debt.to_vec(),
            shield,
            pv: saved[0],
            pv_terminal: rates.iter().fold(at_horizon, |value, rate| value / (1.0 + rate)),
            value: business.iter().zip(&saved).map(|(business, saved)| business + saved).collect(),
        })
    }

    fn shields(&self, debt: &[f64]) -> Vec<f64> {
        debt[..debt.len() - 1].iter().map(|opening| self.saving() * opening).collect()
    }
}

/// Debt, the tax it saves and the value of both.
struct Shields {
    debt: Vec<f64>,
    shield: Vec<f64>,
    /// Value of the firm with debt, from year 0.
    value: Vec<f64>,
    pv: f64,
    pv_terminal: f64,
}

/// Values from year 0 to the horizon of `flows` and of what is worth `at_horizon` there.
fn backwards(at_horizon: f64, flows: &[f64], rates: &[f64]) -> Vec<f64> {
    let mut values = vec![at_horizon];
    let mut value = at_horizon;
    for (flow, rate) in flows.iter().zip(rates).rev() {
        value = (flow + value) / (1.0 + rate);
        values.push(value);
    }
    values.reverse();
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
        let dcf = self.unlevered();
        let firm = dcf.value()?;
        let shields = match (self.leverage, &self.debt) {
            (Some(leverage), _) => self.at_leverage(leverage, &firm)?,
            (None, debt) => self.at_balances(debt.as_deref().unwrap_or_default(), &firm)?,
        };
        let enterprise_value = firm.enterprise_value + shields.pv - self.issue_costs - self.distress_cost_pv;
        let bridge: f64 = firm.bridge.iter().map(|item| item.amount).sum();
        let equity_value = enterprise_value + bridge;
        let value = &shields.value;
        let wacc = firm.schedule.fcff.iter().enumerate().map(|(i, fcff)| {
            let wacc = (fcff + value[i + 1]) / value[i] - 1.0;
            wacc.is_finite().then_some(wacc)
        });
        let wacc: Vec<_> = wacc.collect();
        let mut warnings = firm.warnings;
        let debt_growth = self.terminal_debt_growth.is_some() && self.leverage.is_some();
        warnings.extend(inert([("terminal_debt_growth", debt_growth)]));
        Ok(ApvValuation {
            enterprise_value,
            equity_value,
            value_per_share: dcf.per_share(equity_value)?,
            unlevered_value: firm.enterprise_value,
            pv_tax_shield: shields.pv,
            pv_terminal_tax_shield: shields.pv_terminal,
            equivalent_wacc: wacc[0],
            schedule: ApvSchedule { debt: shields.debt, shield: shields.shield, value: shields.value, wacc },
            warnings,
        })
    }

    fn default_at(&self, path: &str) -> Option<f64> {
        match path {
            "terminal_debt_growth" => Some(self.terminal.growth.unwrap_or(0.0)),
            _ => self.unlevered().default_at(path),
        }
    }
}
