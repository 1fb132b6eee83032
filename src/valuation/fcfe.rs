//! Free cash flow to equity: what is left for the owners after interest and with new debt, discounted
//! at the cost of equity (Damodaran, "Investment Valuation").
//!
//! The flows to the firm come from a dcf; the flows to equity are valued as the explicit flows of
//! another one. Each trial of a simulation is one valuation, since those are. Not supported: several
//! kinds of debt, interest within the year.

use crate::error::Error;
use crate::model::{Domain, Engine, Explained, ExplanationLine, ModelSpec, Problems, Series, figure, record, value_of};
use crate::valuation::claims::bridge_lines;
use crate::valuation::company::{Company, company, require_balances, require_rates, require_tax_rate};
use crate::valuation::dcf::{Bridge, CostOfCapital, Dcf, Forecast, Terminal, TerminalMethod};
use crate::valuation::warning::{Warning, inert};

company! {
    /// Flows to equity, from those to the firm and the balances of debt, or explicit.
    pub struct Fcfe<N> {
        /// Cost of equity: one rate, or one a year.
        pub cost_of_equity: Series<N> [Domain::RATE],
        /// Interest rate of debt; required with debt.
        pub cost_of_debt: Option<N> [Domain::RATE],
        /// Balances of debt from year 0 to the last year; required unless fcfe is given.
        pub debt: Option<Vec<N>> [Domain::MONEY.at_least(0.0)],
        /// Explicit flows to equity, instead of stages or forecast.
        pub fcfe: Option<Vec<N>> [Domain::MONEY],
    }
    /// Value beyond the forecast.
    terminal: FcfeTerminal<N>
}

record! {
    /// Value of equity beyond the forecast: by growth, or given.
    pub struct FcfeTerminal<N> {
        /// Growth of flows and of debt for ever; or give value.
        pub growth: Option<N> [Domain::RATE],
        /// Value of equity at the end of the last year.
        pub value: Option<N> [Domain::MONEY],
        /// What the cost of equity less growth must exceed.
        pub min_spread: N [Domain::FRACTION.at_least(0.0)] = 0.0,
        /// Whether the terminal flow reinvests what its growth needs; true with stages, false with a forecast.
        pub normalize: Option<bool>,
        /// Flow to the firm of the first terminal year, instead of deriving it.
        pub fcff_next: Option<N> [Domain::MONEY],
        /// Operating margin beyond the forecast.
        pub ebit_margin: Option<N> [Domain::FRACTION.below(1.0)],
        /// Tax rate on operating profit beyond the forecast.
        pub tax_rate: Option<N> [Domain::TAX_RATE],
        /// Sales-to-capital ratio beyond the forecast.
        pub sales_to_capital: Option<N> [Domain::NUMBER.above(0.0)],
        /// Working-capital ratio beyond the forecast.
        pub nwc_pct: Option<N> [Domain::FRACTION.above(-1.0).below(1.0)],
        /// Depreciation over revenue beyond the forecast.
        pub da_pct: Option<N> [Domain::FRACTION.at_least(0.0)],
        /// Capital expenditure over revenue beyond the forecast.
        pub capex_pct: Option<N> [Domain::FRACTION.at_least(0.0)],
    }
}

record! {
    /// Value of equity by the flows to it.
    pub struct FcfeValuation {
        /// Value of equity: of its flows and of the bridge's items other than debt.
        pub equity_value: f64 [Domain::MONEY],
        /// The same, a diluted share; null without shares.
        pub value_per_share: Option<f64> [Domain::MONEY],
        /// Present value of the flows of the forecast.
        pub pv_fcfe: f64 [Domain::MONEY],
        /// Present value of the terminal value.
        pub pv_terminal: f64 [Domain::MONEY],
        /// Value of the flows beyond the forecast, by its formula.
        pub terminal_value: f64 [Domain::MONEY],
        /// Flow to equity of the first year beyond the forecast; null where the value there is given.
        pub terminal_fcfe: Option<f64> [Domain::MONEY],
        /// Year by year.
        pub schedule: FcfeSchedule,
        /// What deserves a second look; a warning never changes a number.
        pub warnings: Vec<Warning>,
    }
}

record! {
    /// The forecast, one element a year; null where a figure is not defined.
    pub struct FcfeSchedule {
        /// Free cash flow to the firm.
        pub fcff: Vec<Option<f64>> [Domain::MONEY],
        /// Interest less the tax it saves.
        pub interest_after_tax: Vec<Option<f64>> [Domain::MONEY],
        /// New debt less repayment.
        pub net_borrowing: Vec<Option<f64>> [Domain::MONEY],
        /// Free cash flow to equity, of the whole year.
        pub fcfe: Vec<f64> [Domain::MONEY],
        /// Its present value, of the part still to come.
        pub pv: Vec<f64> [Domain::MONEY],
    }
}

impl Fcfe {
    /// Values the equity.
    ///
    /// `Undefined{what: "terminal_value"}` says that growth for ever is not below the cost of equity.
    ///
    /// ```
    /// use valor_ivx::valuation::{Fcfe, FcfeTerminal};
    /// let company = Fcfe {
    ///     fcfe: Some(vec![10.0, 11.0]),
    ///     cost_of_equity: 0.1.into(),
    ///     terminal: FcfeTerminal { growth: Some(0.0), ..FcfeTerminal::default() },
    ///     ..Fcfe::default()
    /// };
    /// assert!((company.value()?.equity_value - (10.0 / 1.1 + 121.0 / 1.21)).abs() < 1e-12);
    /// # Ok::<(), valor_ivx::Error>(())
    /// ```
    pub fn value(&self) -> Result<FcfeValuation, Error> {
        value_of(self)
    }

    /// The firm whose flows serve debt and equity. Only its flows are asked for, so `method` is that
    /// of growth for the rules that a terminal flow has, and none for the flows themselves.
    fn firm(&self, method: TerminalMethod) -> Dcf {
        let terminal = &self.terminal;
        self.dcf(
            0.0.into(),
            Terminal {
                method,
                growth: terminal.growth,
                normalize: terminal.normalize,
                fcff_next: terminal.fcff_next,
                ebit_margin: terminal.ebit_margin,
                tax_rate: terminal.tax_rate,
                sales_to_capital: terminal.sales_to_capital,
                nwc_pct: terminal.nwc_pct,
                da_pct: terminal.da_pct,
                capex_pct: terminal.capex_pct,
                ..Terminal::default()
            },
        )
    }

    /// What equity gets: as given, or what debt leaves and adds.
    fn flows(&self) -> Result<Flows, Error> {
        if let Some(fcfe) = &self.fcfe {
            let unknown = vec![None; fcfe.len()];
            let next = self.terminal.growth.map(|growth| fcfe[fcfe.len() - 1] * (1.0 + growth));
            return Ok(Flows {
                fcff: unknown.clone(),
                interest_after_tax: unknown.clone(),
                net_borrowing: unknown,
                fcfe: fcfe.clone(),
                next,
                warnings: self.inert_beside_flows(),
            });
        }
        let firm = self.firm(TerminalMethod::None).value()?;
        // The rules make sure that there are rates and balances.
        let debt = self.debt.as_deref().unwrap_or_default();
        let after_tax = self.cost_of_debt.unwrap_or(0.0) * (1.0 - self.tax_rate.unwrap_or(0.0));
        let interest: Vec<f64> = debt.iter().map(|opening| after_tax * opening).collect();
        let borrowing: Vec<f64> = debt.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let fcff = &firm.schedule.fcff;
        let fcfe = fcff.iter().zip(&interest).zip(&borrowing).map(|((fcff, interest), new)| fcff - interest + new);
        let last = fcff.len();
        let next = self.terminal.growth.zip(firm.terminal_fcff);
        Ok(Flows {
            fcfe: fcfe.collect(),
            next: next.map(|(growth, fcff)| fcff - interest[last] + growth * debt[last]),
            fcff: fcff.iter().copied().map(Some).collect(),
            interest_after_tax: interest[..last].iter().copied().map(Some).collect(),
            net_borrowing: borrowing.into_iter().map(Some).collect(),
            warnings: firm.warnings,
        })
    }

    /// The flows to equity as a dcf of explicit flows. The bridge keeps what is not debt: excess cash
    /// and other assets are added, claims that the flows do not serve deducted.
    fn equity(&self, flows: &Flows) -> Dcf {
        let terminal = match self.terminal.value {
            Some(value) => {
                Terminal { method: TerminalMethod::Liquidation, asset_value: Some(value), ..Terminal::default() }
            }
            None => Terminal {
                method: TerminalMethod::Gordon,
                growth: self.terminal.growth,
                min_spread: self.terminal.min_spread,
                fcff_next: flows.next,
                ..Terminal::default()
            },
        };
        Dcf {
            base_revenue: None,
            base: None,
            stages: None,
            overrides: Vec::new(),
            base_nwc: None,
            base_invested_capital: None,
            forecast: Some(Forecast { fcff: Some(flows.fcfe.clone()), ..Forecast::default() }),
            nol: None,
            bridge: self.beside_debt(),
            ..self.dcf(CostOfCapital::Rates(self.cost_of_equity.clone()), terminal)
        }
    }

    /// The bridge without the debt that the flows serve.
    fn beside_debt(&self) -> Bridge {
        Bridge { net_debt: None, debt: None, ..self.bridge.clone() }
    }

    fn lines(&self, output: &FcfeValuation) -> Vec<ExplanationLine> {
        let years = output.schedule.pv.len();
        let forecast = format!("sum of schedule.pv: fcfe discounted at cost_of_equity, years 1 to {years}");
        let terminal = format!("terminal_value {}, discounted", figure(output.terminal_value));
        let mut lines = vec![
            ExplanationLine::new("Forecast", forecast, output.pv_fcfe),
            ExplanationLine::new("Terminal", terminal, output.pv_terminal),
        ];
        lines.extend(bridge_lines(&self.beside_debt()));
        lines
    }

    /// Fields that explicit flows leave without influence.
    fn inert_beside_flows(&self) -> Vec<Warning> {
        let terminal = &self.terminal;
        inert([
            ("base_revenue", self.base_revenue.is_some()),
            ("base", self.base.is_some()),
            ("tax_rate", self.tax_rate.is_some()),
            ("overrides", !self.overrides.is_empty()),
            ("base_nwc", self.base_nwc.is_some()),
            ("base_invested_capital", self.base_invested_capital.is_some()),
            ("nol", self.nol.is_some()),
            ("cost_of_debt", self.cost_of_debt.is_some()),
            ("terminal.normalize", terminal.normalize.is_some()),
            ("terminal.fcff_next", terminal.fcff_next.is_some()),
            ("terminal.ebit_margin", terminal.ebit_margin.is_some()),
            ("terminal.tax_rate", terminal.tax_rate.is_some()),
            ("terminal.sales_to_capital", terminal.sales_to_capital.is_some()),
            ("terminal.nwc_pct", terminal.nwc_pct.is_some()),
            ("terminal.da_pct", terminal.da_pct.is_some()),
            ("terminal.capex_pct", terminal.capex_pct.is_some()),
        ])
    }

    fn rules_of_flows(&self, fcfe: &[f64], problems: &mut Problems) {
        if fcfe.is_empty() || fcfe.len() > 200 {
            problems.refuse("fcfe", fcfe.len(), "1 to 200 flows");
        } else {
            // Timing, bridge and shares have the rules of a dcf.
            let dcf = Dcf {
                stages: None,
                overrides: Vec::new(),
                base_invested_capital: None,
                forecast: Some(Forecast { fcff: Some(fcfe.to_vec()), ..Forecast::default() }),
                ..self.firm(TerminalMethod::None)
            };
            dcf.rules(problems);
            require_rates(&self.cost_of_equity, "cost_of_equity", Some(fcfe.len()), problems);
        }
        for (field, given) in
            [("stages", self.stages.is_some()), ("forecast", self.forecast.is_some()), ("debt", self.debt.is_some())]
        {
            if given {
                problems.refuse(field, "given", "not together with fcfe, which is what they lead to");
            }
        }
    }

    fn rules_of_debt(&self, problems: &mut Problems) {
        let by_growth = self.terminal.growth.is_some();
        let firm = self.firm(if by_growth { TerminalMethod::Gordon } else { TerminalMethod::None });
        let years = firm.years();
        firm.rules(problems);
        require_rates(&self.cost_of_equity, "cost_of_equity", years, problems);
        require_tax_rate(&firm, problems);
        match &self.debt {
            Some(debt) => require_balances(debt, years, problems),
            None => problems.missing("debt", "required unless fcfe is given"),
        }
        if self.cost_of_debt.is_none() {
            problems.missing("cost_of_debt", "required with debt: finite number > -1");
        }
    }
}

/// What equity gets in each year.
struct Flows {
    fcff: Vec<Option<f64>>,
    interest_after_tax: Vec<Option<f64>>,
    net_borrowing: Vec<Option<f64>>,
    fcfe: Vec<f64>,
    /// In the first year beyond the forecast, where it is grown from.
    next: Option<f64>,
    warnings: Vec<Warning>,
}

impl Engine for Fcfe {
    const SPEC: ModelSpec = ModelSpec {
        name: "fcfe",
        about: "Free cash flow to equity, discounted at the cost of equity",
        version: "1.0.0",
        primary: "equity_value",
        feature: "dcf_analysis",
    };

    const EXPLAINED: Option<Explained<Self>> =
        Some(Explained { output: "equity_value", lines: |fcfe, output| Ok(fcfe.lines(output)) });

    type Output = FcfeValuation;

    fn rules(&self, problems: &mut Problems) {
        match &self.fcfe {
            Some(fcfe) => self.rules_of_flows(fcfe, problems),
            None => self.rules_of_debt(problems),
        }
        match (self.terminal.growth, self.terminal.value) {
            (None, None) => problems.missing("terminal.growth", "one of growth and value is required"),
            (Some(_), Some(_)) => problems.refuse("terminal.value", "given", "either growth or value, not both"),
            _ => {}
        }
    }

    fn compute(&self) -> Result<FcfeValuation, Error> {
        let flows = self.flows()?;
        if flows.fcfe.iter().chain(&flows.next).any(|flow| !flow.is_finite()) {
            return Err(Error::undefined("schedule.fcfe", "the flows are too large for a number"));
        }
        let equity = self.equity(&flows).value()?;
        let mut warnings = flows.warnings;
        // What the other dcf finds of growth is true of equity too; the rest is of a firm.
        let of_growth = ["narrow_spread", "negative_terminal_flow"];
        warnings.extend(equity.warnings.into_iter().filter(|warning| of_growth.contains(&warning.code.as_str())));
        let debt = [("bridge.net_debt", self.bridge.net_debt.is_some()), ("bridge.debt", self.bridge.debt.is_some())];
        warnings.extend(debt.into_iter().filter(|(_, given)| *given).map(|(field, _)| Warning {
            code: "inert_path".to_owned(),
            field: field.to_owned(),
            message: "not deducted again, since the flows to equity serve the debt; cash is given by itself".to_owned(),
        }));
        Ok(FcfeValuation {
            equity_value: equity.equity_value,
            value_per_share: equity.value_per_share,
            pv_fcfe: equity.pv_fcff,
            pv_terminal: equity.pv_terminal,
            terminal_value: equity.terminal_value,
            terminal_fcfe: flows.next,
            schedule: FcfeSchedule {
                fcff: flows.fcff,
                interest_after_tax: flows.interest_after_tax,
                net_borrowing: flows.net_borrowing,
                fcfe: flows.fcfe,
                pv: equity.schedule.pv,
            },
            warnings,
        })
    }

    fn default_at(&self, path: &str) -> Option<f64> {
        match path {
            // Fields of a dcf's terminal object that this one has not.
            "terminal.wacc" | "terminal.ronic" | "terminal.asset_value" => None,
            _ if self.fcfe.is_some() => self.equity(&self.flows().ok()?).default_at(path),
            _ => self.firm(TerminalMethod::None).default_at(path),
        }
    }
}
