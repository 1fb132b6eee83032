//! Economic value added: a firm is worth its invested capital and the present value of what it earns
//! beyond the charge for that capital (Stewart, "The Quest for Value"; Preinreich 1938 for the
//! identity with discounted cash flow).
//!
//! The forecast, the terminal value and the bridge are those of a dcf, which values blocks of trials;
//! the charges themselves are of its yearly account, and so one valuation a trial. Not supported: flows
//! within the year, and accounting adjustments of capital.

use crate::error::Error;
use crate::model::{Domain, Engine, Explained, ExplanationLine, ModelSpec, Numbers, Prepared, Problems, value_of};
use crate::number::Number;
use crate::valuation::company::{Company, company, require_invested_capital, require_year_ends};
use crate::valuation::dcf::output::{schedule, valuation};
use crate::valuation::dcf::{CostOfCapital, Dcf, Terminal};

company! {
    /// Invested capital and what is earned beyond its charge; base_invested_capital is required.
    pub struct Eva<N> {
        /// Cost of capital: one rate, one a year, or a wacc object.
        pub wacc: CostOfCapital<N> [Domain::RATE],
    }
    /// Value beyond the forecast.
    terminal: Terminal<N>
}

valuation! {
    extended
    /// What a dcf tells, and how the value exceeds the capital invested.
    pub struct EvaValuation {
        /// Enterprise value less invested capital of year 0.
        pub mva: f64 [Domain::MONEY],
        /// Present value of the economic value added of the forecast.
        pub pv_eva: f64 [Domain::MONEY],
        /// Present value of what the terminal value exceeds invested capital by.
        pub pv_terminal_eva: f64 [Domain::MONEY],
        /// Year by year.
        pub schedule: EvaSchedule,
    }
}

schedule! {
    extended
    /// The forecast, one element a year; null where a figure is not defined.
    pub struct EvaSchedule {
        /// After-tax operating profit less the capital charge.
        pub eva: Vec<f64> [Domain::MONEY],
        /// Cost of the capital invested at the year's start.
        pub capital_charge: Vec<f64> [Domain::MONEY],
    }
}

impl Eva {
    /// Values the company.
    ///
    /// ```
    /// use valor_ivx::valuation::Eva;
    /// use valor_ivx::valuation::dcf::{Stage, Terminal, TerminalMethod};
    /// let eva = Eva {
    ///     base_revenue: Some(500.0),
    ///     base_invested_capital: Some(200.0),
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
    ///     ..Eva::default()
    /// };
    /// let value = eva.value()?;
    /// assert!((200.0 + value.pv_eva + value.pv_terminal_eva - value.enterprise_value).abs() < 1e-9);
    /// # Ok::<(), valor_ivx::Error>(())
    /// ```
    pub fn value(&self) -> Result<EvaValuation, Error> {
        value_of(self)
    }

    fn lines(&self, output: &EvaValuation) -> Vec<ExplanationLine> {
        let years = output.schedule.eva.len();
        let forecast = format!("sum of schedule.eva x discount_factor, years 1 to {years}");
        let terminal = "(terminal_value_at_horizon less invested capital there), discounted";
        vec![
            ExplanationLine::new(
                "Invested capital",
                "base_invested_capital",
                self.base_invested_capital.unwrap_or(f64::NAN),
            ),
            ExplanationLine::new("Economic value added", forecast, output.pv_eva),
            ExplanationLine::new("Terminal", terminal, output.pv_terminal_eva),
        ]
    }

    fn as_dcf(&self) -> Dcf {
        self.dcf(self.wacc.clone(), self.terminal.clone())
    }
}

/// What is earned beyond the charge for capital, summed year by year.
#[derive(Clone, Copy, Debug)]
pub(in crate::valuation) struct Charges<N> {
    /// Invested so far.
    pub(in crate::valuation) capital: N,
    /// Discounts from the end of the last year entered.
    factor: N,
    /// Present value of the years entered.
    pub(in crate::valuation) pv: N,
}

// Inside lane code.
#[allow(clippy::inline_always)]
impl<N: Number> Charges<N> {
    /// On the capital invested in year 0.
    #[inline(always)]
    pub(in crate::valuation) fn on(capital: N) -> Self {
        Self { capital, factor: N::constant(1.0), pv: N::constant(0.0) }
    }

    /// The charge of a year that ends with the capital `closing`, and what its profit exceeds that by.
    #[inline(always)]
    pub(in crate::valuation) fn enter(&mut self, nopat: N, wacc: N, closing: N, factor: N) -> (N, N) {
        let charge = wacc * self.capital;
        let eva = nopat - charge;
        self.pv = self.pv + eva * factor;
        self.capital = closing;
        self.factor = factor;
        (charge, eva)
    }

    /// Present value of what a value at the end of the last year exceeds invested capital by.
    #[inline(always)]
    pub(in crate::valuation) fn beyond(&self, terminal_value: N) -> N {
        (terminal_value - self.capital) * self.factor
    }
}

impl Engine for Eva {
    const SPEC: ModelSpec = ModelSpec {
        name: "eva",
        about: "Economic value added: invested capital and what is earned beyond its charge",
        version: "1.0.0",
        primary: "enterprise_value",
        feature: "dcf_analysis",
    };

    const EXPLAINED: Option<Explained<Self>> =
        Some(Explained { output: "enterprise_value", lines: |eva, output| Ok(eva.lines(output)) });

    type Output = EvaValuation;

    fn rules(&self, problems: &mut Problems) {
        let dcf = self.as_dcf();
        dcf.rules(problems);
        require_year_ends(&dcf, problems);
        require_invested_capital(&dcf, problems);
    }

    /// EV = IC_0 + sum EVA_t E_t + (TV - IC_N) E_N, with EVA_t = NOPAT_t - w_t IC_{t-1}.
    fn compute(&self) -> Result<EvaValuation, Error> {
        let value = self.as_dcf().value()?;
        let schedule = &value.schedule;
        let mut charges = Charges::on(self.base_invested_capital.unwrap_or(f64::NAN));
        let (mut eva, mut capital_charge) = (Vec::new(), Vec::new());
        // The rules make sure that profit and capital of every year are told.
        let figures = schedule.nopat.iter().flatten().zip(schedule.invested_capital.iter().flatten());
        for (i, (nopat, closing)) in figures.enumerate() {
            let (charge, earned) = charges.enter(*nopat, value.wacc[i], *closing, schedule.discount_factor[i]);
            capital_charge.push(charge);
            eva.push(earned);
        }
        let pv_eva = charges.pv;
        let pv_terminal_eva = charges.beyond(value.terminal_value_at_horizon);
        let schedule = EvaSchedule::extending(value.schedule.clone(), eva, capital_charge);
        Ok(EvaValuation::extending(value, pv_eva + pv_terminal_eva, pv_eva, pv_terminal_eva, schedule))
    }

    /// The value of the firm is that of the dcf; what is told beyond it is one valuation a trial.
    fn lowered(&self, numbers: &mut Numbers, outputs: &[String]) -> Option<Box<dyn Prepared>> {
        // A stub is there to be refused wherever it is drawn as less than a year.
        if self.stub.is_some() {
            return None;
        }
        self.as_dcf().lowered(numbers, outputs)
    }

    fn default_at(&self, path: &str) -> Option<f64> {
        self.as_dcf().default_at(path)
    }
}
