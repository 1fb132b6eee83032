//! Free cash flow to equity: what is left for the owners after interest and with new debt, discounted
//! at the cost of equity (Damodaran, "Investment Valuation").
//!
//! The flows to the firm are those of a dcf's plan, forecast at the cost of equity; explicit flows are
//! a plan of flows alone. One formula over any number type values them, lanes of trials included. Not
//! supported: several kinds of debt, interest within the year.

// Inside lane code.
#[allow(clippy::inline_always)]
mod formula;

use crate::error::Error;
use crate::model::{
    ByLanes, Domain, Engine, Explained, ExplanationLine, Formula, Lower, ModelSpec, Numbers, Place, Prepared, Problems,
    Series, Slot, figure, record, value_of,
};
use crate::valuation::claims::bridge_lines;
use crate::valuation::company::{Company, company, require_balances, require_rates, require_tax_rate};
use crate::valuation::dcf::{Bridge, CostOfCapital, Dcf, Forecast, Terminal, TerminalMethod, resolved};
use crate::valuation::warning::{Warning, inert, narrow_spread, negative_terminal_flow};

use formula::{Beyond, COMPUTED, ToEquity, Totals, Year};
pub(in crate::valuation) use formula::{Debt, Owners};

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

    /// What the flows, growth and the bridge make one look at again.
    fn warnings(&self, cost: f64, totals: &Totals<f64>) -> Result<Vec<Warning>, Error> {
        let mut warnings = match &self.fcfe {
            Some(_) => self.inert_beside_flows(),
            // What a firm has to be warned of does not depend on the rate its flows are discounted at.
            None => self.firm(TerminalMethod::None, 0.0.into(), &mut |value| value).value()?.warnings,
        };
        if let Some(growth) = self.terminal.growth {
            warnings.extend(narrow_spread("cost of equity", cost - growth));
            warnings.extend(negative_terminal_flow(totals.terminal_fcfe));
        }
        let debt = [("bridge.net_debt", self.bridge.net_debt.is_some()), ("bridge.debt", self.bridge.debt.is_some())];
        warnings.extend(debt.into_iter().filter(|(_, given)| *given).map(|(field, _)| Warning {
            code: "inert_path".to_owned(),
            field: field.to_owned(),
            message: "not deducted again, since the flows to equity serve the debt; cash is given by itself".to_owned(),
        }));
        Ok(warnings)
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
            self.flows_alone(fcfe, 0.0.into(), &mut |value| value).rules(problems);
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
        let method = if by_growth { TerminalMethod::Gordon } else { TerminalMethod::None };
        let firm = self.firm(method, 0.0.into(), &mut |value| value);
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

impl<N: Copy> Fcfe<N> {
    /// The firm whose flows serve debt and equity, at the rates `rates`; `constant` makes a number that
    /// the input does not hold. Only its flows are asked for, so `method` is that of growth for the rules
    /// that a terminal flow has, and none for the flows themselves.
    fn firm(&self, method: TerminalMethod, rates: Series<N>, constant: &mut dyn FnMut(f64) -> N) -> Dcf<N> {
        let terminal = &self.terminal;
        let terminal = Terminal {
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
            ..defaults(&Terminal::default(), constant)
        };
        self.dcf(CostOfCapital::Rates(rates), terminal)
    }

    /// Explicit flows as those of a firm without debt, of which nothing else is told.
    fn flows_alone(&self, fcfe: &[N], rates: Series<N>, constant: &mut dyn FnMut(f64) -> N) -> Dcf<N> {
        let forecast = Forecast { fcff: Some(fcfe.to_vec()), ..defaults(&Forecast::default(), constant) };
        let terminal = Terminal {
            method: TerminalMethod::None,
            growth: self.terminal.growth,
            ..defaults(&Terminal::default(), constant)
        };
        Dcf {
            base_revenue: None,
            base: None,
            stages: None,
            overrides: Vec::new(),
            base_nwc: None,
            base_invested_capital: None,
            forecast: Some(forecast),
            nol: None,
            ..self.dcf(CostOfCapital::Rates(rates), terminal)
        }
    }

    /// The bridge without the debt that the flows serve: excess cash and other assets are added, claims
    /// that the flows do not serve deducted.
    fn beside_debt(&self) -> Bridge<N> {
        Bridge { net_debt: None, debt: None, ..self.bridge.clone() }
    }
}

/// A record with nothing given, of numbers made by `constant`.
fn defaults<R: Lower<N>, N>(record: &R, constant: &mut dyn FnMut(f64) -> N) -> R::Out {
    record.lower(&Place::ROOT, &mut |_, value| constant(value))
}

impl Fcfe<Slot> {
    /// The input resolved; `constant` makes a number that it does not hold.
    fn resolved(&self, constant: &mut dyn FnMut(f64) -> Slot) -> Result<ToEquity, Error> {
        let rates = self.cost_of_equity.clone();
        let firm = match &self.fcfe {
            Some(fcfe) => self.flows_alone(fcfe, rates, constant),
            None => self.firm(TerminalMethod::None, rates, constant),
        };
        // The rules make sure that there are rates and balances, and either growth or value.
        let mut required = |slot: Option<Slot>| slot.unwrap_or_else(|| constant(0.0));
        let debt = match (&self.fcfe, &self.debt) {
            (None, Some(balances)) => Some(Debt {
                balances: balances.clone(),
                cost: required(self.cost_of_debt),
                tax_rate: required(self.tax_rate),
            }),
            _ => None,
        };
        let terminal = match self.terminal.value {
            Some(value) => Beyond::Value(value),
            None => Beyond::Growth { growth: required(self.terminal.growth), min_spread: self.terminal.min_spread },
        };
        let firm = Dcf { bridge: self.beside_debt(), ..firm };
        Ok(ToEquity { firm: resolved(&firm, constant)?, debt, terminal })
    }
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
        let mut numbers = Vec::new();
        let slots = self.lower(&Place::ROOT, &mut |_, value| Slot::append(&mut numbers, value));
        let terms = slots.resolved(&mut |value| Slot::append(&mut numbers, value))?;
        let mut years = Vec::new();
        let totals = terms.value(&numbers, |year| years.push(year));
        if totals.fault != 0.0 {
            return Err(terms.error(1, &numbers));
        }
        let by_debt = |pick: fn(&Year<f64>) -> f64| -> Vec<Option<f64>> {
            years.iter().map(|year| terms.debt.is_some().then(|| pick(year))).collect()
        };
        let by_growth = matches!(terms.terminal, Beyond::Growth { .. });
        Ok(FcfeValuation {
            equity_value: totals.equity_value,
            value_per_share: self.shares.map(|_| totals.value_per_share),
            pv_fcfe: totals.pv_fcfe,
            pv_terminal: totals.pv_terminal,
            terminal_value: totals.terminal_value,
            terminal_fcfe: by_growth.then_some(totals.terminal_fcfe),
            schedule: FcfeSchedule {
                fcff: by_debt(|year| year.fcff),
                interest_after_tax: by_debt(|year| year.interest_after_tax),
                net_borrowing: by_debt(|year| year.net_borrowing),
                fcfe: years.iter().map(|year| year.fcfe).collect(),
                pv: years.iter().map(|year| year.pv).collect(),
            },
            warnings: self.warnings(terms.firm.whole.wacc.of(&numbers), &totals)?,
        })
    }

    fn lowered(&self, numbers: &mut Numbers, outputs: &[String]) -> Option<Box<dyn Prepared>> {
        let asks = |name: &str| outputs.iter().any(|output| output == name);
        if (self.shares.is_none() && asks("value_per_share"))
            || (self.terminal.growth.is_none() && asks("terminal_fcfe"))
        {
            return None;
        }
        let slots = self.lower(&Place::ROOT, &mut |place, value| numbers.add(place, value));
        let terms = slots.resolved(&mut |value| numbers.constant(value)).ok()?;
        ByLanes::boxed(terms, std::mem::take(numbers), COMPUTED, outputs)
    }

    fn default_at(&self, path: &str) -> Option<f64> {
        let rates = self.cost_of_equity.clone();
        let firm = match &self.fcfe {
            Some(fcfe) => self.flows_alone(fcfe, rates, &mut |value| value),
            None => self.firm(TerminalMethod::None, rates, &mut |value| value),
        };
        match path {
            // Fields of a dcf's terminal object that this one has not.
            "terminal.wacc" | "terminal.ronic" | "terminal.asset_value" => None,
            _ => firm.default_at(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::Dual;

    #[test]
    fn a_dual_has_the_bits_of_the_headline() {
        let by_debt = Fcfe {
            forecast: Some(Forecast { fcff: Some(vec![100.0, 110.0]), ..Forecast::default() }),
            tax_rate: Some(0.25),
            cost_of_equity: 0.11.into(),
            cost_of_debt: Some(0.06),
            debt: Some(vec![300.0, 280.0, 260.0]),
            terminal: FcfeTerminal { growth: Some(0.02), ..FcfeTerminal::default() },
            mid_year: true,
            ..Fcfe::default()
        };
        let explicit = Fcfe { forecast: None, debt: None, fcfe: Some(vec![70.0, 80.0]), ..by_debt.clone() };
        for fcfe in [by_debt, explicit] {
            let mut numbers = Vec::new();
            let slots = fcfe.lower(&Place::ROOT, &mut |_, value| Slot::append(&mut numbers, value));
            let formula = slots.resolved(&mut |value| Slot::append(&mut numbers, value)).unwrap();
            let single = formula.value(&numbers, |_| {});
            let duals: Vec<_> = numbers.iter().map(|number| Dual::variable(*number)).collect();
            let dual = formula.value(&duals, |_| {});
            assert_eq!(single.equity_value.to_bits(), dual.equity_value.value.to_bits());
            assert_eq!(single.terminal_fcfe.to_bits(), dual.terminal_fcfe.value.to_bits());
            assert_eq!(single.equity_value, fcfe.value().unwrap().equity_value);
        }
    }
}
