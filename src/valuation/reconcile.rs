//! One company by six methods that must agree: dcf, adjusted present value, economic value added, flows
//! to equity, residual income and capital cash flow (Fernandez, "Valuing Companies by Cash Flow
//! Discounting: Ten Methods and Nine Theories"; Ruback 2002 for capital cash flow).
//!
//! Debt is a constant share of value, so every rate of return follows from the unlevered cost of
//! capital. Each method is its own engine; the differences are what rounding leaves. Each trial of a
//! simulation is one valuation: the balances that fcfe and residual income start from are shares of
//! values known only backwards from the horizon, all years at once, where a lane passes the years once
//! and forwards; and what is compared here is the engines' own answers, not a formula. So a trial
//! allocates what the accounts of the engines take. Not supported: terminal values other than by growth.

use crate::capital::{BetaMethod, relever};
use crate::error::Error;
use crate::model::{Domain, Engine, Explained, ExplanationLine, ModelSpec, Problems, choice, figure, record, value_of};
use crate::valuation::apv::{Apv, ShieldDiscount};
use crate::valuation::company::{
    Company, FromCompany, company, require_invested_capital, require_tax_rate, require_year_ends,
};
use crate::valuation::dcf::{Bridge, Dcf, DcfValuation, Forecast, Terminal, TerminalMethod};
use crate::valuation::eva::Eva;
use crate::valuation::fcfe::{Fcfe, FcfeTerminal};
use crate::valuation::residual_income::{ResidualIncome, ResidualTerminal, ResidualTerminalMethod};
use crate::valuation::warning::{Warning, inert};

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

    fn tax(&self) -> f64 {
        self.tax_rate.unwrap_or(0.0)
    }

    /// The firm at the rate `wacc`, without bridge and shares.
    fn firm(&self, wacc: f64, terminal: Terminal) -> Dcf {
        Dcf {
            bridge: Bridge::default(),
            shares: None,
            options: Vec::new(),
            rsus: None,
            convertibles: Vec::new(),
            treasury_price: None,
            ..self.dcf(wacc.into(), terminal)
        }
    }

    /// The firm without debt, to be given leverage or balances.
    fn adjusted(&self, terminal: Terminal) -> Apv {
        Apv {
            unlevered_cost: self.unlevered_cost.into(),
            cost_of_debt: self.cost_of_debt,
            shield_discount: match self.method {
                ReconcileMethod::HarrisPringle => ShieldDiscount::Unlevered,
                ReconcileMethod::MilesEzzell => ShieldDiscount::MilesEzzell,
            },
            terminal: terminal.clone(),
            ..Apv::of(self.firm(self.unlevered_cost, terminal))
        }
    }

    /// The flow of the first terminal year that the terminal value is grown from: of a value driver,
    /// profit less what its return on new capital makes growth cost.
    fn next_flow(&self, dcf: &DcfValuation, wacc: f64, growth: f64) -> Option<f64> {
        if self.terminal.method == TerminalMethod::ValueDriver {
            let ronic = self.terminal.ronic.unwrap_or(wacc);
            dcf.terminal_nopat.map(|nopat| nopat * (1.0 - growth / ronic))
        } else {
            dcf.terminal_fcff
        }
    }

    /// Value beyond the forecast, grown from the flow `next`.
    fn by_flow(&self, next: Option<f64>) -> Terminal {
        Terminal {
            method: TerminalMethod::Gordon,
            growth: Some(self.terminal.growth.unwrap_or(0.0)),
            min_spread: self.terminal.min_spread,
            fcff_next: next,
            ..Terminal::default()
        }
    }

    /// What operations, the tax that debt saves and debt itself are worth to equity.
    fn lines(&self, output: &Reconciliation) -> Result<Vec<ExplanationLine>, Error> {
        let dcf = self.firm(output.wacc, self.terminal.clone()).value()?;
        let next = self.next_flow(&dcf, output.wacc, self.terminal.growth.unwrap_or(0.0));
        let apv = Apv { debt: Some(output.debt.clone()), ..self.adjusted(self.by_flow(next)) }.value()?;
        let rate = format!("free cash flow at unlevered_cost {}", figure(self.unlevered_cost));
        let shields =
            format!("tax_rate {} x cost_of_debt {} x debt, discounted", figure(self.tax()), figure(self.cost_of_debt));
        let debt = format!("leverage {} of the value of the firm, deducted", figure(self.leverage));
        Ok(vec![
            ExplanationLine::new("Firm without debt", rate, apv.unlevered_value),
            ExplanationLine::new("Tax saved by debt", shields, apv.pv_tax_shield),
            ExplanationLine::new("Debt", debt, -output.debt[0]),
        ])
    }

    /// Refuses losses, whose interest would save no tax.
    fn require_profit(&self, dcf: &DcfValuation) -> Result<(), Error> {
        let loss = dcf.schedule.ebit.iter().position(|ebit| ebit.is_some_and(|ebit| ebit < 0.0));
        let Some(i) = loss else { return Ok(()) };
        let ebit = dcf.schedule.ebit[i].unwrap_or(0.0);
        let field = if self.forecast.is_some() { format!("forecast.ebit[{i}]") } else { "stages".to_owned() };
        let why = format!("operating profit >= 0 in every year, so that interest saves tax: year {} has a loss", i + 1);
        Err(Error::invalid_number(field, ebit, why))
    }

    /// Adds a problem for each tax rate that is not that of the whole.
    fn require_flat_tax(&self, problems: &mut Problems) {
        let Some(tax) = self.tax_rate else { return };
        let stages = self.stages.iter().flatten().enumerate();
        let rates = stages
            .map(|(i, stage)| (format!("stages[{i}].tax_rate"), stage.tax_rate))
            .chain(self.overrides.iter().enumerate().map(|(i, o)| (format!("overrides[{i}].tax_rate"), o.tax_rate)))
            .chain([("base.tax_rate".to_owned(), self.base.as_ref().and_then(|base| base.tax_rate))])
            .chain([("terminal.tax_rate".to_owned(), self.terminal.tax_rate)]);
        for (field, rate) in rates {
            if let Some(rate) = rate.filter(|rate| *rate != tax) {
                problems.refuse(field, rate, format!("the one tax_rate of all years, {tax}"));
            }
        }
        for (i, change) in self.overrides.iter().enumerate() {
            if let Some(amount) = change.tax {
                problems.refuse(format!("overrides[{i}].tax"), amount, "not here: one tax rate holds in all years");
            }
        }
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
        let (tax, leverage) = (self.tax(), self.leverage);
        let wacc = self.adjusted(self.terminal.clone()).saving().wacc_at(leverage, self.unlevered_cost);
        exists("wacc", wacc)?;
        let method = match self.method {
            ReconcileMethod::HarrisPringle => BetaMethod::HarrisPringle,
            ReconcileMethod::MilesEzzell => BetaMethod::MilesEzzell,
        };
        let weight = method.weight(leverage / (1.0 - leverage), tax, self.cost_of_debt);
        let cost_of_equity = relever(self.unlevered_cost, self.cost_of_debt, weight);
        exists("cost_of_equity", cost_of_equity)?;

        let firm = self.firm(wacc, self.terminal.clone());
        let dcf = firm.value()?;
        self.require_profit(&dcf)?;
        let growth = self.terminal.growth.unwrap_or(0.0);
        let next = self.next_flow(&dcf, wacc, growth);
        let levered = Apv { leverage: Some(leverage), ..self.adjusted(self.by_flow(next)) }.value()?;
        let (value, debt) = (levered.schedule.value, levered.schedule.debt);
        if let Some(year) = debt.iter().position(|debt| *debt < 0.0) {
            let why =
                format!("the firm is worth {} at the end of year {year}, and cannot owe a share of it", value[year]);
            return Err(Error::undefined("debt", why));
        }
        let last = value.len() - 1;

        let apv = Apv { debt: Some(debt.clone()), ..self.adjusted(self.by_flow(next)) }.value()?;
        let eva = Eva { wacc: wacc.into(), terminal: self.terminal.clone(), ..Eva::of(firm.clone()) }.value()?;
        let fcfe = Fcfe {
            cost_of_equity: cost_of_equity.into(),
            cost_of_debt: Some(self.cost_of_debt),
            debt: Some(debt.clone()),
            terminal: FcfeTerminal { growth: Some(growth), fcff_next: next, ..FcfeTerminal::default() },
            ..Fcfe::of(firm.clone())
        }
        .value()?;
        let income = dcf.schedule.nopat.iter().flatten().zip(fcfe.schedule.interest_after_tax.iter().flatten());
        let capital = self.base_invested_capital.unwrap_or(f64::NAN);
        let residual_income = ResidualIncome {
            book_value: capital - debt[0],
            net_income: Some(income.map(|(nopat, interest)| nopat - interest).collect()),
            dividends: Some(fcfe.schedule.fcfe.clone()),
            cost_of_equity: cost_of_equity.into(),
            terminal: ResidualTerminal {
                method: ResidualTerminalMethod::Value,
                value: Some(value[last] - debt[last]),
                ..ResidualTerminal::default()
            },
            ..ResidualIncome::default()
        }
        .value()?;
        let capital_cash_flow = match self.method {
            ReconcileMethod::MilesEzzell => None,
            ReconcileMethod::HarrisPringle => {
                let shields = &levered.schedule.shield;
                let flows = dcf.schedule.fcff.iter().zip(shields).map(|(fcff, shield)| fcff + shield).collect();
                let next = next.map(|next| next + tax * self.cost_of_debt * debt[last]);
                let flows = Dcf {
                    forecast: Some(Forecast { fcff: Some(flows), ..Forecast::default() }),
                    wacc: self.unlevered_cost.into(),
                    terminal: self.by_flow(next),
                    ..Dcf::default()
                };
                Some(flows.value()?.enterprise_value - debt[0])
            }
        };
        let equity_value = ReconciledEquity {
            dcf: dcf.enterprise_value - debt[0],
            apv: apv.enterprise_value - debt[0],
            eva: capital + eva.pv_eva + eva.pv_terminal_eva - debt[0],
            fcfe: fcfe.equity_value,
            residual_income: residual_income.equity_value,
            capital_cash_flow,
        };
        let mut warnings = dcf.warnings;
        warnings.extend(inert([("bridge", self.bridge != Bridge::default()), ("shares", self.shares.is_some())]));
        Ok(Reconciliation {
            max_relative_difference: equity_value.difference(),
            wacc,
            cost_of_equity,
            debt,
            equity_value,
            warnings,
        })
    }

    fn default_at(&self, path: &str) -> Option<f64> {
        self.dcf(self.unlevered_cost.into(), self.terminal.clone()).default_at(path)
    }
}

/// Refuses a derived rate at which nothing can be discounted.
fn exists(what: &str, rate: f64) -> Result<(), Error> {
    if rate > -1.0 {
        return Ok(());
    }
    Err(Error::undefined(what, format!("at this leverage it would be {rate}, which must exceed -1")))
}

impl ReconciledEquity {
    /// Largest difference between two of the values, over the largest of them.
    fn difference(&self) -> f64 {
        let values = [self.dcf, self.apv, self.eva, self.fcfe, self.residual_income];
        let values = values.into_iter().chain(self.capital_cash_flow);
        let (mut least, mut most, mut size) = (f64::INFINITY, f64::NEG_INFINITY, 0.0_f64);
        for value in values {
            least = least.min(value);
            most = most.max(value);
            size = size.max(value.abs());
        }
        if size == 0.0 { 0.0 } else { (most - least) / size }
    }
}
