//! Dividend discount: a share is worth the present value of its dividends, year by year and for ever
//! after (Williams, "The Theory of Investment Value"; Gordon and Shapiro 1956; the H-model of Fuller
//! and Hsia 1984).
//!
//! Dividends grow from the last one paid, or are a payout of earnings that grow. Not supported:
//! dividends within the year, share buy-backs apart from dividends, taxes of the holder.

use crate::error::Error;
use crate::model::{
    ByLanes, Domain, Engine, Explained, ExplanationLine, Formula, Lower, ModelSpec, Numbers, Place, Prepared, Problems,
    Series, Slot, choice, figure, record, value_of,
};
use crate::number::Number;
use crate::valuation::stages::{self, Driver, Fade};
use crate::valuation::warning::{Warning, inert};

choice! {
    /// How dividends run.
    pub enum DividendMethod {
        /// By stages, then at a constant growth.
        MultiStage = "multi_stage",
        /// At a constant growth from now on.
        Gordon = "gordon",
        /// At a growth that falls in a straight line to its constant level.
        HModel = "h_model",
    }
}

record! {
    /// Present value of dividends.
    pub struct Ddm<N> {
        /// Dividend of the year past; or give eps and payouts.
        pub dividend: Option<N> [Domain::MONEY.above(0.0)],
        /// Earnings of the year past, in the unit of the dividend.
        pub eps: Option<N> [Domain::MONEY],
        /// Driver values of year 0, from which the first stage fades.
        pub base: Option<DividendDrivers<N>>,
        /// Cost of equity: one rate, or one a year.
        pub cost_of_equity: Series<N> [Domain::RATE],
        /// Stages of growth and payout; required by method multi_stage.
        pub stages: Vec<DividendStage<N>> = Vec::new(),
        /// Dividends beyond the stages.
        pub terminal: DividendTerminal<N>,
        /// How dividends run.
        pub method: DividendMethod = DividendMethod::default(),
        /// Growth at the start of the fade of an h_model.
        pub growth_initial: Option<N> [Domain::RATE],
        /// Half of the fade's length of an h_model.
        pub half_life: Option<N> [Domain::YEARS.at_least(0.0)],
        /// Shares that the dividend is paid on; 1 for a dividend per share.
        pub shares: N [Domain::SHARES.above(0.0)] = 1.0,
        /// Whether dividends arrive in the middle of each year.
        pub mid_year: bool = false,
    }
}

record! {
    /// What dividends of a year follow from.
    pub struct DividendDrivers<N> {
        /// Growth of dividends, or of earnings.
        pub growth: Option<N> [Domain::RATE],
        /// Dividends over earnings.
        pub payout: Option<N> [Domain::FRACTION.at_least(0.0)],
    }
}

record! {
    /// Years with the same growth and payout, or on the way to them.
    pub struct DividendStage<N> {
        /// Number of years.
        pub years: u32 [Domain::COUNT.at_least(1.0).at_most(200.0)],
        /// Growth of dividends, or of earnings.
        pub growth: Option<N> [Domain::RATE],
        /// Dividends over earnings; used with eps.
        pub payout: Option<N> [Domain::FRACTION.at_least(0.0)],
        /// How the drivers move from the previous stage's to this one's.
        pub fade: Fade = Fade::default(),
    }
}

record! {
    /// Dividends beyond the stages.
    pub struct DividendTerminal<N> {
        /// Growth for ever.
        pub growth: N [Domain::RATE],
        /// Payout for ever, with eps; by default 1 - growth/roe, or the last year's.
        pub payout: Option<N> [Domain::FRACTION.at_least(0.0)],
        /// Return on equity that pays for the growth, instead of payout.
        pub roe: Option<N> [Domain::FRACTION.nonzero()],
        /// What the cost of equity less growth must exceed.
        pub min_spread: N [Domain::FRACTION.at_least(0.0)] = 0.0,
    }
}

record! {
    /// Value of a share, or of all equity, by its dividends.
    pub struct DdmValuation {
        /// Present value of the dividends.
        pub value: f64 [Domain::MONEY],
        /// The same, a share.
        pub value_per_share: f64 [Domain::MONEY],
        /// Present value of the dividends of the stages.
        pub pv_dividends: f64 [Domain::MONEY],
        /// Present value of those that follow.
        pub pv_terminal: f64 [Domain::MONEY],
        /// Their value one year before the first of them.
        pub terminal_value: f64 [Domain::MONEY],
        /// Part of the value beyond the stages; null when the value is not positive.
        pub terminal_share: Option<f64> [Domain::FRACTION],
        /// Value over earnings; null without eps above zero.
        pub implied_pe: Option<f64>,
        /// The stages, year by year.
        pub schedule: DividendSchedule,
        /// What deserves a second look; a warning never changes a number.
        pub warnings: Vec<Warning>,
    }
}

record! {
    /// Dividends of the stages, one element a year.
    pub struct DividendSchedule {
        /// Dividend.
        pub dividend: Vec<f64> [Domain::MONEY],
        /// Growth of dividends, or of earnings.
        pub growth: Vec<f64> [Domain::FRACTION],
        /// Factor that discounts the year's dividend.
        pub discount_factor: Vec<f64>,
        /// Present value.
        pub pv: Vec<f64> [Domain::MONEY],
    }
}

impl Ddm {
    /// Values the dividends.
    ///
    /// `Undefined{what: "terminal_value"}` says that growth for ever is not below the cost of equity.
    ///
    /// ```
    /// use valor_ivx::valuation::{Ddm, DividendStage, DividendTerminal};
    /// let ddm = Ddm {
    ///     dividend: Some(2.0),
    ///     cost_of_equity: 0.1.into(),
    ///     stages: vec![DividendStage { years: 5, growth: Some(0.08), ..DividendStage::default() }],
    ///     terminal: DividendTerminal { growth: 0.03, ..DividendTerminal::default() },
    ///     ..Ddm::default()
    /// };
    /// assert!((ddm.value()?.value - 36.316).abs() < 1e-3);
    /// # Ok::<(), valor_ivx::Error>(())
    /// ```
    pub fn value(&self) -> Result<DdmValuation, Error> {
        value_of(self)
    }
}

impl Ddm {
    /// A line a stage, and one for what follows.
    fn lines(&self, output: &DdmValuation) -> Vec<ExplanationLine> {
        let pv = &output.schedule.pv;
        let mut from = 0;
        let mut lines = Vec::new();
        for (i, stage) in self.stages.iter().enumerate().filter(|_| !pv.is_empty()) {
            let to = from + stage.years as usize;
            let formula = format!("sum of schedule.dividend x discount_factor, years {} to {to}", from + 1);
            lines.push(ExplanationLine::new(format!("Stage {}", i + 1), formula, pv[from..to].iter().sum()));
            from = to;
        }
        let formula = match output.schedule.discount_factor.last() {
            Some(_) => format!(
                "terminal_value {}, growth {}, discounted",
                figure(output.terminal_value),
                figure(self.terminal.growth)
            ),
            None => format!("{} with growth {}", self.method.name(), figure(self.terminal.growth)),
        };
        lines.push(ExplanationLine::new("Terminal", formula, output.pv_terminal));
        lines
    }
}

/// A year of the stages.
#[derive(Clone, Debug)]
struct Year<S> {
    growth: Driver<S>,
    /// Of earnings; a dividend that grows by itself has none.
    payout: Option<Driver<S>>,
    cost: S,
}

/// Dividends beyond the stages.
#[derive(Clone, Debug)]
enum Payout<S> {
    /// The dividend itself grows.
    Dividend,
    /// A part of earnings.
    Given(Driver<S>),
    /// What growth leaves of the return on equity.
    Roe(S),
}

/// The input, resolved.
#[derive(Clone, Debug)]
struct Plan<S> {
    /// None where dividends grow by one formula from now on.
    years: Vec<Year<S>>,
    /// The dividend of year 0, or the earnings that dividends are paid of.
    start: S,
    payout: Payout<S>,
    growth: S,
    min_spread: S,
    /// Initial growth and half-life.
    fade: Option<(S, S)>,
    cost: S,
    shares: S,
    mid_year: bool,
}

impl<S: Copy> Ddm<S> {
    fn resolve(&self, constant: &mut dyn FnMut(f64) -> S, problems: &mut Problems) -> Option<Plan<S>> {
        let start = self.dividend.or(self.eps);
        if start.is_none() {
            problems.missing("dividend", "one of dividend and eps is required");
        }
        let by_earnings = self.dividend.is_none() && self.eps.is_some();
        let (years, last_payout) = if self.method == DividendMethod::MultiStage {
            self.years(by_earnings, constant, problems)
        } else {
            if let Series::Each(costs) = &self.cost_of_equity {
                problems.refuse("cost_of_equity", costs.len(), "one number, unless method is multi_stage");
            }
            (Vec::new(), None)
        };
        let payout = match (by_earnings, self.terminal.payout, self.terminal.roe) {
            (false, ..) => Payout::Dividend,
            (true, Some(_), Some(_)) => {
                problems.refuse("terminal.roe", "given", "either payout or roe, not both");
                return None;
            }
            (true, Some(payout), None) => Payout::Given(Driver::held(payout)),
            (true, None, Some(roe)) => Payout::Roe(roe),
            (true, None, None) => {
                if last_payout.is_none() {
                    problems.missing("terminal.payout", "required with eps where no stage gives a payout: or give roe");
                }
                Payout::Given(last_payout?)
            }
        };
        let fade = self.fade(problems);
        if !problems.is_empty() {
            return None;
        }
        Some(Plan {
            start: start?,
            payout,
            growth: self.terminal.growth,
            min_spread: self.terminal.min_spread,
            fade,
            cost: years.last().map_or(self.cost_of_equity.at(0), |year| year.cost),
            shares: self.shares,
            mid_year: self.mid_year,
            years,
        })
    }

    /// The years of the stages, and the payout of the last of them.
    fn years(
        &self,
        by_earnings: bool,
        constant: &mut dyn FnMut(f64) -> S,
        problems: &mut Problems,
    ) -> (Vec<Year<S>>, Option<Driver<S>>) {
        let count: u32 = self.stages.iter().map(|stage| stage.years).sum();
        if count == 0 || count > 200 {
            problems.refuse("stages", count, "1 to 200 years, with method multi_stage");
            return (Vec::new(), None);
        }
        self.cost_of_equity.check_length(count as usize, "cost_of_equity", problems);
        let targets = |pick: fn(&DividendStage<S>) -> Option<S>| {
            self.stages.iter().map(move |stage| stages::Target {
                years: stage.years,
                fade: stage.fade,
                value: pick(stage),
            })
        };
        let base = self.base.as_ref();
        let growth = stages::spread(
            "growth",
            targets(|stage| stage.growth),
            base.and_then(|base| base.growth),
            None,
            Some("required"),
            problems,
        );
        let payout = if by_earnings {
            let base = base.and_then(|base| base.payout);
            stages::spread("payout", targets(|stage| stage.payout), base, None, Some("required with eps"), problems)
        } else {
            vec![None; growth.len()]
        };
        if !problems.is_empty() {
            // A placeholder keeps the terminal value from asking again for what is missing here.
            return (Vec::new(), Some(Driver::held(constant(0.0))));
        }
        let last_payout = payout.last().copied().flatten();
        let years = growth
            .into_iter()
            .zip(payout)
            .enumerate()
            .filter_map(|(i, (growth, payout))| Some(Year { growth: growth?, payout, cost: self.cost_of_equity.at(i) }))
            .collect();
        (years, last_payout)
    }

    fn fade(&self, problems: &mut Problems) -> Option<(S, S)> {
        if self.method != DividendMethod::HModel {
            return None;
        }
        if self.growth_initial.is_none() {
            problems.missing("growth_initial", "required by method h_model: finite number > -1");
        }
        if self.half_life.is_none() {
            problems.missing("half_life", "required by method h_model: finite number >= 0");
        }
        self.growth_initial.zip(self.half_life)
    }
}

impl Ddm {
    /// Fields that are given and cannot influence the value.
    fn warnings(&self, next: f64) -> Vec<Warning> {
        let multi_stage = self.method == DividendMethod::MultiStage;
        let h_model = self.method == DividendMethod::HModel;
        let by_itself = self.dividend.is_some();
        let mut warnings = inert([
            ("stages", !self.stages.is_empty() && !multi_stage),
            ("growth_initial", self.growth_initial.is_some() && !h_model),
            ("half_life", self.half_life.is_some() && !h_model),
            ("stages[*].payout", by_itself && self.stages.iter().any(|stage| stage.payout.is_some())),
            ("terminal.payout", by_itself && self.terminal.payout.is_some()),
            ("terminal.roe", by_itself && self.terminal.roe.is_some()),
        ]);
        if next <= 0.0 {
            warnings.push(Warning {
                code: "negative_terminal_flow".to_owned(),
                field: "terminal".to_owned(),
                message: format!("the dividend grown for ever is {next}"),
            });
        }
        warnings
    }
}

/// The figures that do not depend on the year.
struct Totals<N> {
    fault: N,
    pv_dividends: N,
    pv_terminal: N,
    terminal_value: N,
    /// The first dividend beyond the stages.
    next: N,
}

// Inside lane code.
#[allow(clippy::inline_always)]
impl Plan<Slot> {
    /// The whole valuation; `enter` is told dividend, growth, discount factor and present value of each year.
    #[inline(always)]
    fn value<N: Number>(&self, x: &[N], mut enter: impl FnMut([N; 4])) -> Totals<N> {
        let one = N::constant(1.0);
        // Earnings, or the dividend itself.
        let mut level = self.start.of(x);
        let mut end_factor = one;
        let mut pv_dividends = N::constant(0.0);
        for year in &self.years {
            let growth = year.growth.of(x);
            let factor = one / (year.cost.of(x) + 1.0);
            level = level * (growth + 1.0);
            let dividend = match &year.payout {
                Some(payout) => level * payout.of(x),
                None => level,
            };
            let discount = end_factor * if self.mid_year { factor.sqrt() } else { factor };
            end_factor = end_factor * factor;
            let pv = dividend * discount;
            pv_dividends = pv_dividends + pv;
            enter([dividend, growth, discount, pv]);
        }
        let growth = self.growth.of(x);
        let cost = self.cost.of(x);
        let payout = match &self.payout {
            Payout::Dividend => one,
            Payout::Given(payout) => payout.of(x),
            Payout::Roe(roe) => one - growth / roe.of(x),
        };
        let spread = cost - growth;
        let grown = match self.fade {
            Some((initial, half_life)) => (growth + 1.0) + half_life.of(x) * (initial.of(x) - growth),
            None => growth + 1.0,
        };
        let next = level * payout * grown;
        let terminal_value = next / spread;
        let pv_terminal = terminal_value * end_factor;
        Totals {
            fault: self.min_spread.of(x).if_less(spread, N::constant(0.0), one),
            pv_dividends,
            pv_terminal: if self.mid_year { pv_terminal * (cost + 1.0).sqrt() } else { pv_terminal },
            terminal_value,
            next,
        }
    }
}

/// The names of what the formula computes for blocks of trials.
const COMPUTED: &[&str] = &["value", "value_per_share", "pv_dividends", "pv_terminal", "terminal_value"];

#[allow(clippy::inline_always)]
impl Formula for Plan<Slot> {
    type Scratch<N: Number> = ();

    fn scratch<N: Number>(&self) {}

    #[inline(always)]
    fn evaluate<N: Number>(&self, numbers: &[N], outputs: &mut [N], (): &mut ()) -> N {
        let totals = self.value(numbers, |_| {});
        outputs[0] = totals.pv_dividends + totals.pv_terminal;
        outputs[1] = outputs[0] / self.shares.of(numbers);
        outputs[2] = totals.pv_dividends;
        outputs[3] = totals.pv_terminal;
        outputs[4] = totals.terminal_value;
        totals.fault
    }

    fn error(&self, _: u8, numbers: &[f64]) -> Error {
        let (cost, growth) = (self.cost.of(numbers), self.growth.of(numbers));
        Error::undefined(
            "terminal_value",
            format!("the cost of equity {cost} must exceed the growth {growth} by more than min_spread"),
        )
    }
}

impl Engine for Ddm {
    const SPEC: ModelSpec = ModelSpec {
        name: "ddm",
        about: "Dividend discount: present value of dividends by stages and for ever after",
        version: "1.0.0",
        primary: "value",
        feature: "dcf_analysis",
    };

    const EXPLAINED: Option<Explained<Self>> =
        Some(Explained { output: "value", lines: |input, output| Ok(input.lines(output)) });

    type Output = DdmValuation;

    fn rules(&self, problems: &mut Problems) {
        // What stands in the plan does not matter here, only whether there is one.
        let _ = self.resolve(&mut |value| value, problems);
    }

    fn compute(&self) -> Result<DdmValuation, Error> {
        let mut numbers = Vec::new();
        let slots = self.lower(&Place::ROOT, &mut |_, value| Slot::append(&mut numbers, value));
        let plan = resolved(&slots, &mut |value| Slot::append(&mut numbers, value))?;
        let [mut dividend, mut growth, mut discount_factor, mut pv] = [const { Vec::new() }; 4];
        let totals = plan.value(&numbers, |year| {
            for (column, figure) in [&mut dividend, &mut growth, &mut discount_factor, &mut pv].into_iter().zip(year) {
                column.push(figure);
            }
        });
        if totals.fault != 0.0 {
            return Err(plan.error(1, &numbers));
        }
        let value = totals.pv_dividends + totals.pv_terminal;
        let value_per_share = value / self.shares;
        Ok(DdmValuation {
            value,
            value_per_share,
            pv_dividends: totals.pv_dividends,
            pv_terminal: totals.pv_terminal,
            terminal_value: totals.terminal_value,
            terminal_share: (value > 0.0).then(|| totals.pv_terminal / value),
            implied_pe: self.eps.filter(|eps| *eps > 0.0).map(|eps| value / eps),
            schedule: DividendSchedule { dividend, growth, discount_factor, pv },
            warnings: self.warnings(totals.next),
        })
    }

    fn default_at(&self, path: &str) -> Option<f64> {
        let mut numbers = Vec::new();
        let slots = self.lower(&Place::ROOT, &mut |_, value| Slot::append(&mut numbers, value));
        let plan = resolved(&slots, &mut |value| Slot::append(&mut numbers, value)).ok()?;
        match (path, &plan.payout) {
            ("terminal.payout", Payout::Given(payout)) => Some(payout.of(&numbers)),
            _ => None,
        }
    }

    fn lowered(&self, numbers: &mut Numbers, outputs: &[String]) -> Option<Box<dyn Prepared>> {
        let slots = self.lower(&Place::ROOT, &mut |place, value| numbers.add(place, value));
        let plan = resolved(&slots, &mut |value| numbers.constant(value)).ok()?;
        ByLanes::boxed(plan, std::mem::take(numbers), COMPUTED, outputs)
    }
}

/// The plan of an input that has passed its rules.
fn resolved(input: &Ddm<Slot>, constant: &mut dyn FnMut(f64) -> Slot) -> Result<Plan<Slot>, Error> {
    let mut problems = Problems::default();
    let plan = input.resolve(constant, &mut problems);
    problems.into_result()?;
    plan.ok_or_else(|| Error::internal("unresolved_plan", "a ddm input gave neither a plan nor a problem"))
}
