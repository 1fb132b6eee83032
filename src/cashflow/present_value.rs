//! Present values: npv = sum of c_i (1 + rate)^-(i + first_period) for flows one period apart, and
//! xnpv = sum of c_i (1 + rate)^-yf(d_0, d_i) for dated flows. (Brealey, Myers and Allen, "Principles
//! of Corporate Finance", chapter 2.)

use crate::cashflow::DayCount;
use crate::error::Error;
use crate::model::{
    ByLanes, Domain, Engine, Explained, ExplanationLine, Formula, Lower, ModelSpec, Numbers, Place, Prepared, Problems,
    Slot, figure, record, value_of,
};
use crate::number::Number;
use crate::time::Date;

/// Net present value of `flows`, the first of them `first_period` periods from now.
#[inline(always)]
#[expect(clippy::inline_always, reason = "inside lane code")]
pub fn npv<N: Number>(rate: N, flows: impl IntoIterator<Item = N>, first_period: u32) -> N {
    npv_by_flow(rate, flows, first_period, |_| {})
}

/// As [`npv`]; `enter` is told the present value of each flow.
#[inline(always)]
#[expect(clippy::inline_always, reason = "inside lane code")]
fn npv_by_flow<N: Number>(
    rate: N,
    flows: impl IntoIterator<Item = N>,
    first_period: u32,
    mut enter: impl FnMut(N),
) -> N {
    let factor = N::constant(1.0) / (rate + 1.0);
    let mut discount = N::constant(1.0);
    for _ in 0..first_period {
        discount = discount * factor;
    }
    let mut value = N::constant(0.0);
    for flow in flows {
        let present = flow * discount;
        enter(present);
        value = value + present;
        discount = discount * factor;
    }
    value
}

/// Net present value of flows at `times` in years.
#[must_use]
pub fn npv_at(rate: f64, flows: &[f64], times: &[f64]) -> f64 {
    npv_by_time(rate, flows.iter().copied(), times)
}

/// As [`npv_at`], over any number type.
#[inline(always)]
#[expect(clippy::inline_always, reason = "inside lane code")]
fn npv_by_time<N: Number>(rate: N, flows: impl Iterator<Item = N>, times: &[f64]) -> N {
    let u = rate.ln_1p();
    let mut value = N::constant(0.0);
    for (flow, time) in flows.zip(times) {
        value = value + flow * (-u * *time).exp();
    }
    value
}

record! {
    /// Net present value of flows one period apart.
    pub struct Npv<N> {
        /// Discount rate per period.
        pub rate: N [Domain::RATE],
        /// Flows in order; positive is received.
        pub cashflows: Vec<N> [Domain::MONEY],
        /// Period of the first flow: 0 is now, 1 the end of the first period, as spreadsheets have it.
        pub first_period: u32 [Domain::COUNT.at_most(1.0)] = 0,
    }
}

record! {
    /// Net present value of dated flows.
    pub struct Xnpv<N> {
        /// Discount rate per year.
        pub rate: N [Domain::RATE],
        /// Flows; positive is received.
        pub cashflows: Vec<N> [Domain::MONEY],
        /// Their dates; the value is at the first element's, earlier ones are compounded.
        pub dates: Vec<Date>,
        /// Convention that counts years.
        pub day_count: DayCount = DayCount::default(),
    }
}

record! {
    /// A present value.
    pub struct NpvOutput {
        /// Net present value.
        pub npv: f64 [Domain::MONEY],
    }
}

impl Npv {
    /// Values the flows.
    pub fn value(&self) -> Result<NpvOutput, Error> {
        value_of(self)
    }
}

impl Xnpv {
    /// Values the flows.
    pub fn value(&self) -> Result<NpvOutput, Error> {
        value_of(self)
    }
}

impl Npv {
    fn lines(&self) -> Vec<ExplanationLine> {
        let mut present = Vec::with_capacity(self.cashflows.len());
        npv_by_flow(self.rate, self.cashflows.iter().copied(), self.first_period, |value| present.push(value));
        let line = |((i, flow), present): ((u32, &f64), f64)| {
            let formula = format!(
                "cashflows[{i}] {} / (1 + rate {})^{}",
                figure(*flow),
                figure(self.rate),
                i + self.first_period
            );
            ExplanationLine::new(format!("Period {}", i + self.first_period), formula, present)
        };
        (0..).zip(&self.cashflows).zip(present).map(line).collect()
    }
}

impl Xnpv {
    fn lines(&self) -> Vec<ExplanationLine> {
        let times = years_from_first(&self.dates, self.day_count);
        let line = |(i, (flow, time)): (usize, (&f64, f64))| {
            let formula =
                format!("cashflows[{i}] {} / (1 + rate {})^{}", figure(*flow), figure(self.rate), figure(time));
            ExplanationLine::new(self.dates[i].to_string(), formula, npv_at(self.rate, &[*flow], &[time]))
        };
        self.cashflows.iter().zip(times).enumerate().map(line).collect()
    }
}

/// Adds a problem for an empty list of flows.
pub(super) fn require_flows<T>(flows: &[T], problems: &mut Problems) {
    if flows.is_empty() {
        problems.refuse("cashflows", serde_json::json!([]), "at least one flow");
    }
}

/// Adds a problem when flows and dates do not pair up.
pub(super) fn require_dates<T>(flows: &[T], dates: &[Date], problems: &mut Problems) {
    require_flows(flows, problems);
    if flows.len() != dates.len() {
        problems.refuse("dates", dates.len(), format!("as many dates as cashflows ({})", flows.len()));
    }
}

/// Years from the first date to each.
pub(super) fn years_from_first(dates: &[Date], day_count: DayCount) -> Vec<f64> {
    dates.iter().map(|date| day_count.year_fraction(dates[0], *date)).collect()
}

impl Engine for Npv {
    const SPEC: ModelSpec = ModelSpec {
        name: "npv",
        about: "Net present value of equally spaced cash flows",
        version: "1.0.0",
        primary: "npv",
        feature: "basic_analytics",
    };

    const EXPLAINED: Option<Explained<Self>> = Some(Explained { output: "npv", lines: |npv, _| Ok(npv.lines()) });

    type Output = NpvOutput;

    fn rules(&self, problems: &mut Problems) {
        require_flows(&self.cashflows, problems);
    }

    fn compute(&self) -> Result<NpvOutput, Error> {
        Ok(NpvOutput { npv: npv(self.rate, self.cashflows.iter().copied(), self.first_period) })
    }

    fn lowered(&self, numbers: &mut Numbers, outputs: &[String]) -> Option<Box<dyn Prepared>> {
        let slots = self.lower(&Place::ROOT, &mut |place, value| numbers.add(place, value));
        ByLanes::boxed(slots, std::mem::take(numbers), &["npv"], outputs)
    }
}

impl Formula for Npv<Slot> {
    type Scratch<N: Number> = ();

    fn scratch<N: Number>(&self) {}

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "inside lane code")]
    fn evaluate<N: Number>(&self, numbers: &[N], outputs: &mut [N], (): &mut ()) -> N {
        outputs[0] = npv(self.rate.of(numbers), self.cashflows.iter().map(|flow| flow.of(numbers)), self.first_period);
        N::constant(0.0)
    }

    fn error(&self, _: u8, _: &[f64]) -> Error {
        Error::undefined("npv", "the result is not a finite number")
    }
}

impl Engine for Xnpv {
    const SPEC: ModelSpec = ModelSpec {
        name: "xnpv",
        about: "Net present value of dated cash flows",
        version: "1.0.0",
        primary: "npv",
        feature: "basic_analytics",
    };

    const EXPLAINED: Option<Explained<Self>> = Some(Explained { output: "npv", lines: |xnpv, _| Ok(xnpv.lines()) });

    type Output = NpvOutput;

    fn rules(&self, problems: &mut Problems) {
        require_dates(&self.cashflows, &self.dates, problems);
    }

    fn compute(&self) -> Result<NpvOutput, Error> {
        let times = years_from_first(&self.dates, self.day_count);
        Ok(NpvOutput { npv: npv_at(self.rate, &self.cashflows, &times) })
    }

    fn lowered(&self, numbers: &mut Numbers, outputs: &[String]) -> Option<Box<dyn Prepared>> {
        let slots = self.lower(&Place::ROOT, &mut |place, value| numbers.add(place, value));
        let times = years_from_first(&self.dates, self.day_count);
        let dated = Dated { rate: slots.rate, cashflows: slots.cashflows, times };
        ByLanes::boxed(dated, std::mem::take(numbers), &["npv"], outputs)
    }
}

/// Dated flows with their times in years.
struct Dated {
    rate: Slot,
    cashflows: Vec<Slot>,
    times: Vec<f64>,
}

impl Formula for Dated {
    type Scratch<N: Number> = ();

    fn scratch<N: Number>(&self) {}

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "inside lane code")]
    fn evaluate<N: Number>(&self, numbers: &[N], outputs: &mut [N], (): &mut ()) -> N {
        let flows = self.cashflows.iter().map(|flow| flow.of(numbers));
        outputs[0] = npv_by_time(self.rate.of(numbers), flows, &self.times);
        N::constant(0.0)
    }

    fn error(&self, _: u8, _: &[f64]) -> Error {
        Error::undefined("npv", "the result is not a finite number")
    }
}
