//! One company by six methods that must agree: dcf, adjusted present value, economic value added, flows
//! to equity, residual income and capital cash flow (Fernandez, "Valuing Companies by Cash Flow
//! Discounting: Ten Methods and Nine Theories"; Ruback 2002 for capital cash flow).
//!
//! Debt is a constant share of value, so every rate of return follows from the unlevered cost of
//! capital, and the balances follow from the values behind them, backwards from the horizon. What is
//! compared is what each engine gives by itself at these rates and balances, bit for bit; the differences
//! are what rounding leaves. `formula` computes it of the same steps as the engines, over any number type:
//! every numeric output runs by lanes and has exact derivatives. Where a stub or a tax rate beside that of
//! the whole is given, each trial is one valuation: such a number is there to be refused when it is drawn
//! as another one. Not supported: terminal values other than by growth.

// Inside lane code.
#[allow(clippy::inline_always)]
mod formula;

use crate::error::Error;
use crate::model::{
    ByLanes, Domain, Engine, Explained, ExplanationLine, Lower, ModelSpec, Numbers, Place, Prepared, Problems, Series,
    Slot, choice, figure, record, value_of,
};
use crate::valuation::apv::{Saving, ShieldDiscount};
use crate::valuation::company::{Company, company, require_invested_capital, require_tax_rate, require_year_ends};
use crate::valuation::dcf::{Bridge, CostOfCapital, Dcf, Terminal, TerminalMethod, resolved};
use crate::valuation::fcfe::Debt;
use crate::valuation::residual_income::{self, ResidualIncome, ResidualTerminal, ResidualTerminalMethod};
use crate::valuation::warning::{Warning, inert};

use formula::{Derived, SixMethods};

choice! {
    /// How debt moves with the value of the firm.
    pub enum ReconcileMethod {
        /// Always the same share of it.
        HarrisPringle = "harris_pringle",
        /// Set to the same share of it once a year.
        MilesEzzell = "miles_ezzell",
    }
}

company! {
    /// A company to be valued by all methods; base_invested_capital and tax_rate are required.
    pub struct Reconcile<N> {
        /// Cost of capital of the firm without debt.
        pub unlevered_cost: N [Domain::RATE],
        /// Interest rate of debt.
        pub cost_of_debt: N [Domain::RATE],
        /// Debt over the value of the firm in every year.
        pub leverage: N [Domain::FRACTION.at_least(0.0).below(1.0)],
        /// How debt moves with value.
        pub method: ReconcileMethod = ReconcileMethod::default(),
    }
    /// Value beyond the forecast, by method gordon or value_driver.
    terminal: Terminal<N>
}

record! {
    /// Six values of one equity.
    pub struct Reconciliation {
        /// Largest difference between two of the values, over the largest of them.
        pub max_relative_difference: f64,
        /// Weighted average cost of capital.
        pub wacc: f64 [Domain::FRACTION],
        /// Cost of equity at this leverage.
        pub cost_of_equity: f64 [Domain::FRACTION],
        /// Debt at the year's end, from year 0.
        pub debt: Vec<f64> [Domain::MONEY],
        /// Value of equity by each method, without the bridge.
        pub equity_value: ReconciledEquity,
        /// What deserves a second look; a warning never changes a number.
        pub warnings: Vec<Warning>,
    }
}

record! {
    /// Value of equity by each method.
    pub struct ReconciledEquity {
        /// Flows to the firm at the weighted average cost of capital, less debt.
        pub dcf: f64 [Domain::MONEY],
        /// The firm without debt and the tax saved, less debt.
        pub apv: f64 [Domain::MONEY],
        /// Invested capital and economic value added, less debt.
        pub eva: f64 [Domain::MONEY],
        /// Flows to equity at the cost of equity.
        pub fcfe: f64 [Domain::MONEY],
        /// Book value of equity and residual income.
        pub residual_income: f64 [Domain::MONEY],
        /// Flows to the firm with the tax saved, at the unlevered cost, less debt; null for miles_ezzell.
        pub capital_cash_flow: Option<f64> [Domain::MONEY],
    }
}

impl Reconcile {
    /// Values the company by all methods.
    ///
    /// ```
    /// use valor_ivx::valuation::Reconcile;
    /// use valor_ivx::valuation::dcf::{Stage, Terminal, TerminalMethod};
    /// let company = Reconcile {
    ///     base_revenue: Some(500.0),
    ///     base_invested_capital: Some(200.0),
    ///     stages: Some(vec![Stage {
    ///         years: 5,
    ///         growth: Some(0.08),
    ///         ebit_margin: Some(0.22),
    ///         sales_to_capital: Some(3.0),
    ///         ..Stage::default()
    ///     }]),
    ///     tax_rate: Some(0.25),
    ///     unlevered_cost: 0.1,
    ///     cost_of_debt: 0.06,
    ///     leverage: 0.4,
    ///     terminal: Terminal { method: TerminalMethod::Gordon, growth: Some(0.025), ..Terminal::default() },
    ///     ..Reconcile::default()
    /// };
    /// let value = company.value()?;
    /// assert!((value.wacc - (0.1 - 0.4 * 0.25 * 0.06)).abs() < 1e-15);
    /// assert!(value.max_relative_difference < 1e-9);
    /// # Ok::<(), valor_ivx::Error>(())
    /// ```
    pub fn value(&self) -> Result<Reconciliation, Error> {
        value_of(self)
    }

    /// The firm at the rate `wacc`, without bridge and shares.
    fn firm(&self, wacc: f64) -> Dcf {
        Dcf {
            bridge: Bridge::default(),
            shares: None,
            options: Vec::new(),
            rsus: None,
            convertibles: Vec::new(),
            treasury_price: None,
            ..self.dcf(wacc.into(), self.terminal.clone())
        }
    }

    /// The input resolved, and its numbers.
    fn methods(&self) -> Result<(SixMethods, Vec<f64>), Error> {
        let mut numbers = Vec::new();
        let slots = self.lower(&Place::ROOT, &mut |_, value| Slot::append(&mut numbers, value));
        let methods = slots.resolved(&mut |value| Slot::append(&mut numbers, value))?;
        Ok((methods, numbers))
    }

    /// What operations, the tax that debt saves and debt itself are worth to equity.
    fn lines(&self, output: &Reconciliation) -> Result<Vec<ExplanationLine>, Error> {
        let (methods, numbers) = self.methods()?;
        let (totals, _) = methods.account(&numbers)?;
        let rate = format!("free cash flow at unlevered_cost {}", figure(self.unlevered_cost));
        let tax = figure(self.tax_rate.unwrap_or(0.0));
        let shields = format!("tax_rate {tax} x cost_of_debt {} x debt, discounted", figure(self.cost_of_debt));
        let debt = format!("leverage {} of the value of the firm, deducted", figure(self.leverage));
        Ok(vec![
            ExplanationLine::new("Firm without debt", rate, totals.unlevered_value),
            ExplanationLine::new("Tax saved by debt", shields, totals.pv_tax_shield),
            ExplanationLine::new("Debt", debt, -output.debt[0]),
        ])
    }

    /// The tax rates given beside that of the whole, each by its field.
    fn other_tax_rates(&self) -> impl Iterator<Item = (String, f64)> + '_ {
        let stages = self.stages.iter().flatten().enumerate();
        let rates = stages
            .map(|(i, stage)| (format!("stages[{i}].tax_rate"), stage.tax_rate))
            .chain(self.overrides.iter().enumerate().map(|(i, o)| (format!("overrides[{i}].tax_rate"), o.tax_rate)))
            .chain([("base.tax_rate".to_owned(), self.base.as_ref().and_then(|base| base.tax_rate))])
            .chain([("terminal.tax_rate".to_owned(), self.terminal.tax_rate)]);
        rates.filter_map(|(field, rate)| Some((field, rate?)))
    }

    /// Adds a problem for each tax rate that is not that of the whole.
    fn require_flat_tax(&self, problems: &mut Problems) {
        let Some(tax) = self.tax_rate else { return };
        for (field, rate) in self.other_tax_rates().filter(|(_, rate)| *rate != tax) {
            problems.refuse(field, rate, format!("the one tax_rate of all years, {tax}"));
        }
        for (i, change) in self.overrides.iter().enumerate() {
            if let Some(amount) = change.tax {
                problems.refuse(format!("overrides[{i}].tax"), amount, "not here: one tax rate holds in all years");
            }
        }
    }
}

impl Reconcile<Slot> {
    /// The input resolved; `constant` makes a number that it does not hold.
    fn resolved(&self, constant: &mut dyn FnMut(f64) -> Slot) -> Result<SixMethods, Error> {
        let mut derived = || constant(0.0);
        let wacc = derived();
        let dcf = self.dcf(CostOfCapital::Rates(Series::Flat(wacc)), self.terminal.clone());
        let years = dcf.years().unwrap_or_default();
        let balances = (0..=years).map(|_| derived()).collect();
        let derived = Derived {
            wacc,
            cost_of_equity: derived(),
            book_value: derived(),
            terminal_equity: derived(),
            net_income: (0..years).map(|_| derived()).collect(),
            dividends: (0..years).map(|_| derived()).collect(),
        };
        let residual_income = ResidualIncome {
            book_value: derived.book_value,
            net_income: Some(derived.net_income.clone()),
            roe: None,
            years: None,
            dividends: Some(derived.dividends.clone()),
            payout: None,
            cost_of_equity: Series::Flat(derived.cost_of_equity),
            terminal: ResidualTerminal {
                method: ResidualTerminalMethod::Value,
                omega: None,
                growth: None,
                ri_next: None,
                value: Some(derived.terminal_equity),
            },
            shares: None,
        };
        // The rules make sure that there are a tax rate, invested capital and growth.
        let mut required = |slot: Option<Slot>| slot.unwrap_or_else(|| constant(0.0));
        let tax_rate = required(self.tax_rate);
        Ok(SixMethods {
            explicit: self.forecast.is_some(),
            method: self.method,
            unlevered_cost: self.unlevered_cost,
            leverage: self.leverage,
            growth: required(self.terminal.growth),
            min_spread: self.terminal.min_spread,
            capital: required(self.base_invested_capital),
            saving: Saving {
                tax_rate,
                cost_of_debt: self.cost_of_debt,
                discount: match self.method {
                    ReconcileMethod::HarrisPringle => ShieldDiscount::Unlevered,
                    ReconcileMethod::MilesEzzell => ShieldDiscount::MilesEzzell,
                },
            },
            debt: Debt { balances, cost: self.cost_of_debt, tax_rate },
            residual_income: residual_income::resolved(&residual_income)?,
            firm: resolved(&dcf, constant)?,
            derived,
        })
    }
}

impl Engine for Reconcile {
    const SPEC: ModelSpec = ModelSpec {
        name: "reconcile",
        about: "One company by six valuation methods that must agree",
        version: "1.0.0",
        primary: "max_relative_difference",
        feature: "advanced_analytics",
    };

    const EXPLAINED: Option<Explained<Self>> = Some(Explained { output: "equity_value.apv", lines: Self::lines });

    type Output = Reconciliation;

    fn rules(&self, problems: &mut Problems) {
        let dcf = self.dcf(self.unlevered_cost.into(), self.terminal.clone());
        dcf.rules(problems);
        require_year_ends(&dcf, problems);
        require_invested_capital(&dcf, problems);
        require_tax_rate(&dcf, problems);
        self.require_flat_tax(problems);
        if !matches!(self.terminal.method, TerminalMethod::Gordon | TerminalMethod::ValueDriver) {
            problems.refuse("terminal.method", self.terminal.method.name(), "one of gordon value_driver");
        }
        if let Some(wacc) = self.terminal.wacc {
            problems.refuse("terminal.wacc", wacc, "not here: the cost of capital follows from unlevered_cost");
        }
    }

    fn compute(&self) -> Result<Reconciliation, Error> {
        let (methods, numbers) = self.methods()?;
        let (totals, debt) = methods.account(&numbers)?;
        let mut warnings = self.firm(totals.wacc).value()?.warnings;
        warnings.extend(inert([("bridge", self.bridge != Bridge::default()), ("shares", self.shares.is_some())]));
        let [dcf, apv, eva, fcfe, residual_income, capital_cash_flow] = totals.equity_value;
        let capital_cash_flow = (self.method == ReconcileMethod::HarrisPringle).then_some(capital_cash_flow);
        Ok(Reconciliation {
            max_relative_difference: totals.max_relative_difference,
            wacc: totals.wacc,
            cost_of_equity: totals.cost_of_equity,
            debt,
            equity_value: ReconciledEquity { dcf, apv, eva, fcfe, residual_income, capital_cash_flow },
            warnings,
        })
    }

    fn lowered(&self, numbers: &mut Numbers, outputs: &[String]) -> Option<Box<dyn Prepared>> {
        // These are there to be refused wherever they are drawn as another number.
        if self.stub.is_some() || self.other_tax_rates().next().is_some() {
            return None;
        }
        let slots = self.lower(&Place::ROOT, &mut |place, value| numbers.add(place, value));
        let methods = slots.resolved(&mut |value| numbers.constant(value)).ok()?;
        let computed = methods.computed();
        ByLanes::boxed(methods, std::mem::take(numbers), &computed, outputs)
    }

    fn default_at(&self, path: &str) -> Option<f64> {
        self.dcf(self.unlevered_cost.into(), self.terminal.clone()).default_at(path)
    }
}
