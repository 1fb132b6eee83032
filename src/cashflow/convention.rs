//! Conventions as models: the years between two dates, one rate under another compounding, and the
//! time until flows have paid back.
//!
//! A conversion runs trials by lanes. The flow that pays back differs from trial to trial, so trials of a
//! payback run one by one without allocating.

use super::DayCount;
use super::present_value::require_flows;
use crate::error::Error;
use crate::model::{
    ByLanes, ByTrials, Domain, Engine, Formula, Lower, ModelSpec, Numbers, Place, Prepared, Problems, Slot,
    TrialFormula, choice, record, value_of,
};
use crate::number::Number;
use crate::time::Date;

record! {
    /// Two dates and the convention that counts the years between them.
    pub struct YearFraction {
        /// First date.
        pub start: Date,
        /// Second date; earlier than the first gives a negative number.
        pub end: Date,
        /// The convention.
        pub day_count: DayCount = DayCount::default(),
    }
}

record! {
    /// Years between two dates.
    pub struct YearFractionOutput {
        /// The years.
        pub years: f64 [Domain::YEARS],
    }
}

impl YearFraction {
    /// Counts the years.
    pub fn value(&self) -> Result<YearFractionOutput, Error> {
        value_of(self)
    }
}

impl Engine for YearFraction {
    const SPEC: ModelSpec = ModelSpec {
        name: "year_fraction",
        about: "Years between two dates by a day-count convention",
        version: "1.0.0",
        primary: "years",
        feature: "basic_analytics",
    };

    type Output = YearFractionOutput;

    fn compute(&self) -> Result<YearFractionOutput, Error> {
        Ok(YearFractionOutput { years: self.day_count.year_fraction(self.start, self.end) })
    }
}

choice! {
    /// How often in a year interest is added.
    pub enum Compounding {
        /// Once.
        Annual = "annual",
        /// Twice.
        Semiannual = "semiannual",
        /// Four times.
        Quarterly = "quarterly",
        /// Twelve times.
        Monthly = "monthly",
        /// 365 times.
        Daily = "daily",
        /// At every instant.
        Continuous = "continuous",
    }
}

impl Compounding {
    /// Times a year; `None` for continuous compounding.
    fn times(self) -> Option<f64> {
        match self {
            Compounding::Annual => Some(1.0),
            Compounding::Semiannual => Some(2.0),
            Compounding::Quarterly => Some(4.0),
            Compounding::Monthly => Some(12.0),
            Compounding::Daily => Some(365.0),
            Compounding::Continuous => None,
        }
    }
}

record! {
    /// A rate to be stated under another compounding.
    pub struct ConvertRate<N> {
        /// The rate.
        pub rate: N [Domain::FRACTION],
        /// Its compounding.
        pub from_compounding: Compounding,
        /// The compounding wanted.
        pub to_compounding: Compounding,
    }
}

record! {
    /// A rate.
    pub struct ConvertRateOutput {
        /// The rate that gives the same growth in a year.
        pub rate: f64 [Domain::FRACTION],
    }
}

impl ConvertRate {
    /// Converts the rate.
    pub fn value(&self) -> Result<ConvertRateOutput, Error> {
        value_of(self)
    }
}

impl Engine for ConvertRate {
    const SPEC: ModelSpec = ModelSpec {
        name: "convert_rate",
        about: "A rate under another compounding, with the same growth in a year",
        version: "1.0.0",
        primary: "rate",
        feature: "basic_analytics",
    };

    type Output = ConvertRateOutput;

    fn rules(&self, problems: &mut Problems) {
        if self.no_growth(self.rate) != 0.0 {
            problems.push(self.refused(self.rate));
        }
    }

    fn compute(&self) -> Result<ConvertRateOutput, Error> {
        Ok(ConvertRateOutput { rate: self.converted(self.rate) })
    }

    fn lowered(&self, numbers: &mut Numbers, outputs: &[String]) -> Option<Box<dyn Prepared>> {
        let slots: ConvertRate<Slot> = self.lower(&Place::ROOT, &mut |place, value| numbers.add(place, value));
        ByLanes::boxed(slots, std::mem::take(numbers), &["rate"], outputs)
    }
}

impl<S> ConvertRate<S> {
    /// `rate` under the other compounding.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "inside lane code")]
    fn converted<N: Number>(&self, rate: N) -> N {
        let continuous = match self.from_compounding.times() {
            Some(times) => (rate / times).ln_1p() * times,
            None => rate,
        };
        match self.to_compounding.times() {
            Some(times) => (continuous / times).exp_m1() * times,
            None => continuous,
        }
    }

    /// 1 where the growth of a period at `rate` is not positive, else 0.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "inside lane code")]
    fn no_growth<N: Number>(&self, rate: N) -> N {
        let (zero, one) = (N::constant(0.0), N::constant(1.0));
        match self.from_compounding.times() {
            Some(times) => zero.if_less(rate / times + 1.0, zero, one),
            None => zero,
        }
    }

    fn refused(&self, rate: f64) -> Error {
        let times = self.from_compounding.times().unwrap_or(1.0);
        Error::invalid_number("rate", rate, format!("above -{times}, so that a period's growth is positive"))
    }
}

impl Formula for ConvertRate<Slot> {
    type Scratch<N: Number> = ();

    fn scratch<N: Number>(&self) {}

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "lane code")]
    fn evaluate<N: Number>(&self, numbers: &[N], outputs: &mut [N], (): &mut ()) -> N {
        let rate = self.rate.of(numbers);
        outputs[0] = self.converted(rate);
        self.no_growth(rate)
    }

    fn error(&self, _: u8, numbers: &[f64]) -> Error {
        self.refused(self.rate.of(numbers))
    }
}

record! {
    /// Flows whose payback is sought.
    pub struct Payback<N> {
        /// Flows one period apart, the first now.
        pub cashflows: Vec<N> [Domain::MONEY],
        /// Discount rate; 0 for the plain payback.
        pub rate: N [Domain::RATE] = 0.0,
    }
}

record! {
    /// Time until the flows have paid back.
    pub struct PaybackOutput {
        /// Years, linear inside the year of crossing; null if they never do.
        pub years: Option<f64> [Domain::YEARS],
    }
}

impl Payback {
    /// Finds the time.
    pub fn value(&self) -> Result<PaybackOutput, Error> {
        value_of(self)
    }
}

impl Engine for Payback {
    const SPEC: ModelSpec = ModelSpec {
        name: "payback",
        about: "Years until discounted flows have paid back",
        version: "1.0.0",
        primary: "years",
        feature: "basic_analytics",
    };

    type Output = PaybackOutput;

    fn rules(&self, problems: &mut Problems) {
        require_flows(&self.cashflows, problems);
    }

    fn compute(&self) -> Result<PaybackOutput, Error> {
        Ok(PaybackOutput { years: years_to_pay_back(self.rate, self.cashflows.iter().copied()) })
    }

    fn lowered(&self, numbers: &mut Numbers, outputs: &[String]) -> Option<Box<dyn Prepared>> {
        let slots: Payback<Slot> = self.lower(&Place::ROOT, &mut |place, value| numbers.add(place, value));
        ByTrials::boxed(self, slots, std::mem::take(numbers), &["years"], outputs)
    }
}

/// Which flow pays back differs from trial to trial, so these run one by one.
impl TrialFormula for Payback<Slot> {
    type Scratch = ();

    fn scratch(&self) {}

    fn evaluate(&self, numbers: &[f64], (): &mut (), outputs: &mut [f64]) -> Result<(), u8> {
        let flows = self.cashflows.iter().map(|flow| flow.of(numbers));
        outputs[0] = years_to_pay_back(self.rate.of(numbers), flows).unwrap_or(f64::NAN);
        Ok(())
    }
}

fn years_to_pay_back(rate: f64, flows: impl Iterator<Item = f64>) -> Option<f64> {
    let factor = 1.0 / (1.0 + rate);
    let (mut sum, mut discount) = (0.0, 1.0);
    for (i, flow) in flows.enumerate() {
        let before = sum;
        sum += flow * discount;
        discount *= factor;
        if sum >= 0.0 {
            return Some(if i == 0 { 0.0 } else { (i as f64 - 1.0) - before / (sum - before) });
        }
    }
    None
}
