//! Residual income: equity is worth its book value and the present value of what it earns beyond its
//! cost (Edwards and Bell 1961; Ohlson 1995, whose persistence of abnormal earnings is `omega`).
//!
//! Book value follows from earnings and dividends alone (clean surplus). Not supported: other
//! comprehensive income, issues of shares other than as negative dividends.

use crate::error::Error;
use crate::model::{
    ByLanes, Domain, Engine, Explained, ExplanationLine, Formula, Lower, ModelSpec, Numbers, Place, Prepared, Problems,
    Series, Slot, choice, record, value_of,
};
use crate::number::Number;
use crate::valuation::warning::{Warning, inert};

choice! {
    /// What residual income does beyond the forecast.
    pub enum ResidualTerminalMethod {
        /// There is none.
        Zero = "zero",
        /// It fades, each year to the share omega of the year before.
        Persistence = "persistence",
        /// It grows for ever.
        Growth = "growth",
        /// Equity is worth an amount given at the end of the forecast.
        Value = "value",
    }
}

record! {
    /// Book value of equity and the present value of residual income.
    pub struct ResidualIncome<N> {
        /// Book value of equity now.
        pub book_value: N [Domain::MONEY],
        /// Earnings, one a year; or give roe.
        pub net_income: Option<Vec<N>> [Domain::MONEY],
        /// Return on opening book value: one number, or one a year.
        pub roe: Option<Series<N>> [Domain::FRACTION],
        /// Years of the forecast; required where no array tells.
        pub years: Option<u32> [Domain::COUNT.at_least(1.0).at_most(200.0)],
        /// Dividends, one a year; or give payout.
        pub dividends: Option<Vec<N>> [Domain::MONEY],
        /// Dividends over earnings: one number, or one a year.
        pub payout: Option<Series<N>> [Domain::FRACTION],
        /// Cost of equity: one rate, or one a year.
        pub cost_of_equity: Series<N> [Domain::RATE],
        /// Residual income beyond the forecast.
        pub terminal: ResidualTerminal<N> = ResidualTerminal::default(),
        /// Shares outstanding.
        pub shares: Option<N> [Domain::SHARES.above(0.0)],
    }
}

record! {
    /// Residual income beyond the forecast.
    pub struct ResidualTerminal<N> {
        /// What it does.
        pub method: ResidualTerminalMethod = ResidualTerminalMethod::default(),
        /// Share that persists from year to year; required by method persistence.
        pub omega: Option<N> [Domain::FRACTION.at_least(0.0).below(1.0)],
        /// Growth for ever; required by method growth.
        pub growth: Option<N> [Domain::RATE],
        /// Residual income of the first year beyond, for method growth, instead of growing the last.
        pub ri_next: Option<N> [Domain::MONEY],
        /// Value of equity at the end of the forecast; required by method value.
        pub value: Option<N> [Domain::MONEY],
    }
}

record! {
    /// Value of equity by its residual income.
    pub struct ResidualIncomeValuation {
        /// Value of equity.
        pub equity_value: f64 [Domain::MONEY],
        /// The same, a share; null without shares.
        pub value_per_share: Option<f64> [Domain::MONEY],
        /// Present value of the residual income of the forecast.
        pub pv_residual_income: f64 [Domain::MONEY],
        /// Present value of what follows.
        pub pv_terminal: f64 [Domain::MONEY],
        /// Value over book value; null when book value is not positive.
        pub price_to_book: Option<f64>,
        /// Year by year.
        pub schedule: ResidualIncomeSchedule,
        /// What deserves a second look; a warning never changes a number.
        pub warnings: Vec<Warning>,
    }
}

record! {
    /// The forecast, one element a year.
    pub struct ResidualIncomeSchedule {
        /// Book value of equity at the year's end, from year 0.
        pub book_value: Vec<f64> [Domain::MONEY],
        /// Earnings.
        pub net_income: Vec<f64> [Domain::MONEY],
        /// Earnings less the cost of opening book value.
        pub residual_income: Vec<f64> [Domain::MONEY],
        /// Present value of residual income.
        pub pv: Vec<f64> [Domain::MONEY],
    }
}

impl ResidualIncome {
    /// Values the equity.
    ///
    /// `Undefined{what: "terminal_value"}` says that what follows the forecast has no finite value.
    ///
    /// ```
    /// use valor_ivx::valuation::ResidualIncome;
    /// let company = ResidualIncome {
    ///     book_value: 100.0,
    ///     roe: Some(0.15.into()),
    ///     years: Some(2),
    ///     payout: Some(1.0.into()),
    ///     cost_of_equity: 0.1.into(),
    ///     ..ResidualIncome::default()
    /// };
    /// assert!((company.value()?.equity_value - (100.0 + 5.0 / 1.1 + 5.0 / 1.21)).abs() < 1e-12);
    /// # Ok::<(), valor_ivx::Error>(())
    /// ```
    pub fn value(&self) -> Result<ResidualIncomeValuation, Error> {
        value_of(self)
    }
}

impl ResidualIncome {
    fn lines(&self, output: &ResidualIncomeValuation) -> Vec<ExplanationLine> {
        let years = output.schedule.pv.len();
        let forecast = format!("sum of schedule.pv: residual_income discounted, years 1 to {years}");
        let terminal = format!("by terminal.method {}, discounted {years} years", self.terminal.method.name());
        vec![
            ExplanationLine::new("Book value", "book_value of year 0", self.book_value),
            ExplanationLine::new("Residual income", forecast, output.pv_residual_income),
            ExplanationLine::new("Terminal", terminal, output.pv_terminal),
        ]
    }
}

/// What earnings of a year follow from.
#[derive(Clone, Copy, Debug)]
enum Earnings<S> {
    Amount(S),
    OnBookValue(S),
}

/// What dividends of a year follow from.
#[derive(Clone, Copy, Debug)]
enum Dividends<S> {
    Amount(S),
    OfEarnings(S),
}

#[derive(Clone, Copy, Debug)]
struct Year<S> {
    earnings: Earnings<S>,
    dividends: Dividends<S>,
    cost: S,
}

#[derive(Clone, Copy, Debug)]
enum Terminal<S> {
    Zero,
    Persistence { omega: S },
    Growth { growth: S, next: Option<S> },
    Value(S),
}

/// The input, resolved.
#[derive(Clone, Debug)]
pub(in crate::valuation) struct Plan<S> {
    book_value: S,
    years: Vec<Year<S>>,
    terminal: Terminal<S>,
    shares: Option<S>,
}

impl<S: Copy> ResidualIncome<S> {
    fn resolve(&self, problems: &mut Problems) -> Option<Plan<S>> {
        match (&self.net_income, &self.roe) {
            (None, None) => problems.missing("net_income", "one of net_income and roe is required"),
            (Some(_), Some(_)) => problems.refuse("roe", "given", "either net_income or roe, not both"),
            _ => {}
        }
        match (&self.dividends, &self.payout) {
            (None, None) => problems.missing("payout", "one of dividends and payout is required"),
            (Some(_), Some(_)) => problems.refuse("payout", "given", "either dividends or payout, not both"),
            _ => {}
        }
        let terminal = self.terminal(problems);
        let count = self.count(problems)?;
        self.cost_of_equity.check_length(count, "cost_of_equity", problems);
        for (series, name) in [(&self.roe, "roe"), (&self.payout, "payout")] {
            if let Some(series) = series {
                series.check_length(count, name, problems);
            }
        }
        for (amounts, name) in [(&self.net_income, "net_income"), (&self.dividends, "dividends")] {
            if let Some(amounts) = amounts
                && amounts.len() != count
            {
                problems.refuse(name, amounts.len(), format!("an array of exactly {count} numbers"));
            }
        }
        if !problems.is_empty() {
            return None;
        }
        let year = |i: usize| {
            let earnings = match (&self.net_income, &self.roe) {
                (Some(amounts), _) => Earnings::Amount(amounts[i]),
                (None, roe) => Earnings::OnBookValue(roe.as_ref()?.at(i)),
            };
            let dividends = match (&self.dividends, &self.payout) {
                (Some(amounts), _) => Dividends::Amount(amounts[i]),
                (None, payout) => Dividends::OfEarnings(payout.as_ref()?.at(i)),
            };
            Some(Year { earnings, dividends, cost: self.cost_of_equity.at(i) })
        };
        Some(Plan {
            book_value: self.book_value,
            years: (0..count).map(year).collect::<Option<_>>()?,
            terminal: terminal?,
            shares: self.shares,
        })
    }

    /// The years of the forecast: as given, or as long as the first array.
    fn count(&self, problems: &mut Problems) -> Option<usize> {
        let array = |series: Option<&Series<S>>| match series {
            Some(Series::Each(values)) => Some(values.len()),
            _ => None,
        };
        let arrays = [
            self.net_income.as_ref().map(Vec::len),
            self.dividends.as_ref().map(Vec::len),
            array(self.roe.as_ref()),
            array(self.payout.as_ref()),
            array(Some(&self.cost_of_equity)),
        ];
        let count = self.years.map(|years| years as usize).or(arrays.into_iter().flatten().next());
        match count {
            None => problems.missing("years", "required, since no array tells: whole number >= 1 and <= 200"),
            Some(count) if count == 0 || count > 200 => problems.refuse("years", count, "a forecast of 1 to 200 years"),
            Some(count) => return Some(count),
        }
        None
    }

    fn terminal(&self, problems: &mut Problems) -> Option<Terminal<S>> {
        let terminal = &self.terminal;
        let (resolved, field, why) = match terminal.method {
            ResidualTerminalMethod::Zero => return Some(Terminal::Zero),
            ResidualTerminalMethod::Persistence => (
                terminal.omega.map(|omega| Terminal::Persistence { omega }),
                "terminal.omega",
                "required by method persistence: finite number >= 0 and < 1",
            ),
            ResidualTerminalMethod::Growth => (
                terminal.growth.map(|growth| Terminal::Growth { growth, next: terminal.ri_next }),
                "terminal.growth",
                "required by method growth: finite number > -1",
            ),
            ResidualTerminalMethod::Value => {
                (terminal.value.map(Terminal::Value), "terminal.value", "required by method value: finite number")
            }
        };
        if resolved.is_none() {
            problems.missing(field, why);
        }
        resolved
    }
}

/// The figures that do not depend on the year.
pub(in crate::valuation) struct Totals<N> {
    fault: N,
    pub(in crate::valuation) pv_residual_income: N,
    pub(in crate::valuation) pv_terminal: N,
}

// Inside lane code.
#[allow(clippy::inline_always)]
impl Plan<Slot> {
    /// The whole valuation; `enter` is told closing book value, earnings, residual income and its
    /// present value of each year.
    #[inline(always)]
    pub(in crate::valuation) fn value<N: Number>(&self, x: &[N], mut enter: impl FnMut([N; 4])) -> Totals<N> {
        let (zero, one) = (N::constant(0.0), N::constant(1.0));
        let mut book_value = self.book_value.of(x);
        let mut end_factor = one;
        let mut pv_residual_income = zero;
        let mut residual = zero;
        let mut cost = zero;
        for year in &self.years {
            cost = year.cost.of(x);
            let earnings = match year.earnings {
                Earnings::Amount(amount) => amount.of(x),
                Earnings::OnBookValue(roe) => roe.of(x) * book_value,
            };
            let dividends = match year.dividends {
                Dividends::Amount(amount) => amount.of(x),
                Dividends::OfEarnings(payout) => payout.of(x) * earnings,
            };
            residual = earnings - cost * book_value;
            book_value = book_value + earnings - dividends;
            end_factor = end_factor * (one / (cost + 1.0));
            let pv = residual * end_factor;
            pv_residual_income = pv_residual_income + pv;
            enter([book_value, earnings, residual, pv]);
        }
        let (terminal, spread) = match self.terminal {
            Terminal::Zero => (zero, one),
            Terminal::Persistence { omega } => {
                let omega = omega.of(x);
                let spread = cost + 1.0 - omega;
                (omega * residual / spread, spread)
            }
            Terminal::Growth { growth, next } => {
                let growth = growth.of(x);
                let spread = cost - growth;
                let next = match next {
                    Some(next) => next.of(x),
                    None => residual * (growth + 1.0),
                };
                (next / spread, spread)
            }
            Terminal::Value(value) => (value.of(x) - book_value, one),
        };
        Totals { fault: zero.if_less(spread, zero, one), pv_residual_income, pv_terminal: terminal * end_factor }
    }
}

/// The names of what the formula computes for blocks of trials.
const COMPUTED: &[&str] = &["equity_value", "pv_residual_income", "pv_terminal", "value_per_share"];

#[allow(clippy::inline_always)]
impl Formula for Plan<Slot> {
    type Scratch<N: Number> = ();

    fn scratch<N: Number>(&self) {}

    #[inline(always)]
    fn evaluate<N: Number>(&self, numbers: &[N], outputs: &mut [N], (): &mut ()) -> N {
        let totals = self.value(numbers, |_| {});
        let equity = self.book_value.of(numbers) + totals.pv_residual_income + totals.pv_terminal;
        outputs[0] = equity;
        outputs[1] = totals.pv_residual_income;
        outputs[2] = totals.pv_terminal;
        outputs[3] = match self.shares {
            Some(shares) => equity / shares.of(numbers),
            None => N::constant(0.0),
        };
        totals.fault
    }

    fn error(&self, _: u8, numbers: &[f64]) -> Error {
        let cost = self.years.last().map_or(f64::NAN, |year| year.cost.of(numbers));
        let why = match self.terminal {
            Terminal::Persistence { omega } => {
                format!("1 + the cost of equity {cost} must exceed the persistence {}", omega.of(numbers))
            }
            Terminal::Growth { growth, .. } => {
                format!("the cost of equity {cost} must exceed the growth {}", growth.of(numbers))
            }
            Terminal::Zero | Terminal::Value(_) => "the result is not a finite number".to_owned(),
        };
        Error::undefined("terminal_value", why)
    }
}

impl Engine for ResidualIncome {
    const SPEC: ModelSpec = ModelSpec {
        name: "residual_income",
        about: "Residual income: book value of equity and what it earns beyond its cost",
        version: "1.0.0",
        primary: "equity_value",
        feature: "dcf_analysis",
    };

    const EXPLAINED: Option<Explained<Self>> =
        Some(Explained { output: "equity_value", lines: |input, output| Ok(input.lines(output)) });

    type Output = ResidualIncomeValuation;

    fn rules(&self, problems: &mut Problems) {
        // What stands in the plan does not matter here, only whether there is one.
        let _ = self.resolve(problems);
    }

    fn compute(&self) -> Result<ResidualIncomeValuation, Error> {
        let mut numbers = Vec::new();
        let slots = self.lower(&Place::ROOT, &mut |_, value| Slot::append(&mut numbers, value));
        let plan = resolved(&slots)?;
        let [mut book_value, mut net_income, mut residual_income, mut pv] = [const { Vec::new() }; 4];
        book_value.push(self.book_value);
        let totals = plan.value(&numbers, |year| {
            let columns = [&mut book_value, &mut net_income, &mut residual_income, &mut pv];
            for (column, figure) in columns.into_iter().zip(year) {
                column.push(figure);
            }
        });
        if totals.fault != 0.0 {
            return Err(plan.error(1, &numbers));
        }
        let equity_value = self.book_value + totals.pv_residual_income + totals.pv_terminal;
        let terminal = &self.terminal;
        let method = terminal.method;
        Ok(ResidualIncomeValuation {
            equity_value,
            value_per_share: self.shares.map(|shares| equity_value / shares),
            pv_residual_income: totals.pv_residual_income,
            pv_terminal: totals.pv_terminal,
            price_to_book: (self.book_value > 0.0).then(|| equity_value / self.book_value),
            schedule: ResidualIncomeSchedule { book_value, net_income, residual_income, pv },
            warnings: inert([
                ("terminal.omega", terminal.omega.is_some() && method != ResidualTerminalMethod::Persistence),
                ("terminal.growth", terminal.growth.is_some() && method != ResidualTerminalMethod::Growth),
                ("terminal.ri_next", terminal.ri_next.is_some() && method != ResidualTerminalMethod::Growth),
                ("terminal.value", terminal.value.is_some() && method != ResidualTerminalMethod::Value),
            ]),
        })
    }

    fn lowered(&self, numbers: &mut Numbers, outputs: &[String]) -> Option<Box<dyn Prepared>> {
        if self.shares.is_none() && outputs.iter().any(|output| output == "value_per_share") {
            return None;
        }
        let slots = self.lower(&Place::ROOT, &mut |place, value| numbers.add(place, value));
        ByLanes::boxed(resolved(&slots).ok()?, std::mem::take(numbers), COMPUTED, outputs)
    }
}

/// The plan of an input that has passed its rules.
pub(in crate::valuation) fn resolved(input: &ResidualIncome<Slot>) -> Result<Plan<Slot>, Error> {
    let mut problems = Problems::default();
    let plan = input.resolve(&mut problems);
    problems.into_result()?;
    plan.ok_or_else(|| Error::internal("unresolved_plan", "a residual income input gave neither a plan nor a problem"))
}
