//! Internal rates of return: the rates at which a net present value is zero, all of them, and the
//! modified rate. (Brealey, Myers and Allen, chapter 5; Lin, "The modified internal rate of return",
//! 1976.)
//!
//! With u = ln(1 + rate) the value is f(u) = sum of c_i e^(-u t_i). It is scaled so that no term
//! overflows, which changes neither signs nor roots. Flows whose sign changes once have one root
//! (Descartes' rule for exponential sums), found by `sole_root`; others are scanned.
//!
//! The modified rate is one formula over any number type, which trials run by lanes. An internal rate
//! is a search that takes each trial its own number of steps, so its trials are valued one by one, in
//! a room made once a block. `multiple` is no number, `roots` are as many as there are: these two
//! are read off the whole account of each trial.

use std::convert::Infallible;

use super::present_value::{require_dates, require_flows, years_from_first};
use super::root::{NoRoot, Scan, between};
use super::sole_root::SoleRate;
use crate::cashflow::DayCount;
use crate::error::Error;
use crate::model::{
    ByLanes, ByTrials, Domain, Engine, Formula, Lower, ModelSpec, Numbers, Place, Prepared, Problems, Slot,
    TrialFormula, record, value_of,
};
use crate::number::Number;
use crate::time::Date;

/// Points of the scan for several roots.
const POINTS: u32 = 4_001;
/// Relative accuracy of a root in u.
const TOLERANCE: f64 = 1e-14;
/// Roots closer than this, as rates, are one.
const SAME_ROOT: f64 = 1e-9;
/// A double root is where the value is below this part of the sum of its terms' sizes.
const NEGLIGIBLE: f64 = 1e-12;

record! {
    /// Flows one period apart, whose internal rates of return are sought.
    pub struct Irr<N> {
        /// Flows in order; positive is received.
        pub cashflows: Vec<N> [Domain::MONEY],
        /// Of several roots the nearest to this is meant.
        pub guess: N [Domain::RATE] = 0.1,
        /// Low end of the range.
        pub lower: N [Domain::RATE] = -0.999999,
        /// High end of the range.
        pub upper: N [Domain::RATE] = 1e6,
    }
}

record! {
    /// Dated flows, whose internal rates of return are sought.
    pub struct Xirr<N> {
        /// Flows; positive is received.
        pub cashflows: Vec<N> [Domain::MONEY],
        /// Their dates.
        pub dates: Vec<Date>,
        /// Convention that counts years.
        pub day_count: DayCount = DayCount::default(),
        /// Of several roots the nearest to this is meant.
        pub guess: N [Domain::RATE] = 0.1,
        /// Low end of the range.
        pub lower: N [Domain::RATE] = -0.999999,
        /// High end of the range.
        pub upper: N [Domain::RATE] = 1e6,
    }
}

record! {
    /// Internal rates of return.
    pub struct IrrOutput {
        /// The root nearest to the guess.
        pub irr: f64 [Domain::FRACTION],
        /// All roots in the range, ascending.
        pub roots: Vec<f64> [Domain::FRACTION],
        /// Whether there is more than one.
        pub multiple: bool,
        /// Changes of sign in the flows, in order of time.
        pub sign_changes: u32 [Domain::COUNT],
    }
}

record! {
    /// Flows with a rate for what is paid and one for what is received.
    pub struct Mirr<N> {
        /// Flows one period apart.
        pub cashflows: Vec<N> [Domain::MONEY],
        /// Rate at which payments are financed.
        pub finance_rate: N [Domain::RATE],
        /// Rate at which receipts are reinvested.
        pub reinvest_rate: N [Domain::RATE],
    }
}

record! {
    /// The modified internal rate of return.
    pub struct MirrOutput {
        /// (FV / PV)^(1/n) - 1.
        pub mirr: f64 [Domain::FRACTION],
    }
}

/// Flows in order of time, those of one time added up.
pub(super) fn in_order(flows: impl Iterator<Item = (f64, f64)>) -> Vec<(f64, f64)> {
    let mut flows: Vec<_> = flows.collect();
    flows.sort_by(|a, b| a.1.total_cmp(&b.1));
    flows.dedup_by(|next, kept| {
        let same = next.1 == kept.1;
        if same {
            kept.0 += next.0;
        }
        same
    });
    flows
}

/// Times of flows in years, rising, and which flows fall on each.
struct Timeline {
    times: Vec<f64>,
    /// The time, by its position, and the flow that falls on it, in order of time.
    entries: Vec<(usize, usize)>,
    /// Whether the times are 0, 1, 2 and so on.
    periodic: bool,
}

impl Timeline {
    fn periodic(count: usize) -> Self {
        let entries = (0..count).map(|i| (i, i)).collect();
        Self { times: (0..count).map(|i| i as f64).collect(), entries, periodic: true }
    }

    /// Flows of one date are added up.
    fn dated(years: &[f64]) -> Self {
        let mut order: Vec<usize> = (0..years.len()).collect();
        order.sort_unstable_by(|a, b| years[*a].total_cmp(&years[*b]).then(a.cmp(b)));
        let (mut times, mut entries) = (Vec::new(), Vec::new());
        for flow in order {
            if times.last() != Some(&years[flow]) {
                times.push(years[flow]);
            }
            entries.push((times.len() - 1, flow));
        }
        Self { times, entries, periodic: false }
    }

    /// Puts into `amounts` what falls on each time of the flows told by `flow`.
    fn gather(&self, amounts: &mut Vec<f64>, flow: impl Fn(usize) -> f64) {
        amounts.clear();
        for &(time, i) in &self.entries {
            match amounts.get_mut(time) {
                Some(amount) => *amount += flow(i),
                None => amounts.push(flow(i)),
            }
        }
    }
}

/// Where the rate is sought, and which of several is meant.
#[derive(Clone, Copy)]
struct Range {
    guess: f64,
    lower: f64,
    upper: f64,
}

/// Why there is no rate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum NoRate {
    NoSignChange,
    OneSign,
    NoConvergence(NoRoot<Infallible>),
}

impl NoRate {
    /// The error that says so.
    pub(crate) fn error(self) -> Error {
        match self {
            NoRate::NoSignChange => Error::undefined("irr", "no sign change"),
            NoRate::OneSign => Error::undefined("irr", "NPV has one sign on the range"),
            NoRate::NoConvergence(failure) => failure.error("irr"),
        }
    }

    /// The code of the reason, above [`BAD_RANGE`].
    fn code(self) -> u8 {
        match self {
            NoRate::NoSignChange => 2,
            NoRate::OneSign => 3,
            NoRate::NoConvergence(_) => 4,
        }
    }
}

/// The code of a range whose ends are not in order.
const BAD_RANGE: u8 = 1;

/// What a search for rates writes over.
#[derive(Default)]
pub(crate) struct SearchRoom {
    roots: Vec<f64>,
    sole: SoleRate,
}

impl SearchRoom {
    /// Room for as many flows.
    pub(crate) fn for_flows(count: usize) -> Self {
        Self { roots: Vec::with_capacity(count), sole: SoleRate::for_flows(count) }
    }
}

/// Flows with their times in years, in order of time.
struct Flows<'a> {
    amounts: &'a [f64],
    /// `None` for times 0, 1, 2 and so on.
    times: Option<&'a [f64]>,
}

/// The rate of flows one period apart that loses nothing but a trace and gains less than a
/// trillionfold; `room` is for the search.
pub(crate) fn any_internal_rate(flows: &[f64], room: &mut SearchRoom) -> Result<f64, NoRate> {
    let range = Range { guess: 0.1, lower: -1.0 + 1e-12, upper: 1e12 };
    Flows { amounts: flows, times: None }.nearest(range, room)
}

impl Flows<'_> {
    fn sign_changes(&self) -> u32 {
        let mut changes = 0;
        let mut last = 0.0;
        for &amount in self.amounts.iter().filter(|amount| **amount != 0.0) {
            changes += u32::from(last * amount < 0.0);
            last = amount.signum();
        }
        changes
    }

    /// f(u), and the sum of its terms' sizes, both scaled by the size of the largest discount factor.
    fn scaled(&self, u: f64) -> (f64, f64) {
        let (mut value, mut size) = (0.0, 0.0);
        let mut add = |amount: f64, factor: f64| {
            value += amount * factor;
            size += (amount * factor).abs();
        };
        if let Some(times) = self.times {
            let origin = times[if u < 0.0 { times.len() - 1 } else { 0 }];
            for (amount, time) in self.amounts.iter().zip(times) {
                add(*amount, Number::exp(-u * (time - origin)));
            }
        } else {
            let factor = Number::exp(-u.abs());
            let mut power = 1.0;
            let forth = self.amounts.iter();
            // For u < 0 the last flow weighs most, so the factors run backward from it.
            if u < 0.0 {
                for amount in forth.rev() {
                    add(*amount, power);
                    power *= factor;
                }
            } else {
                for amount in forth {
                    add(*amount, power);
                    power *= factor;
                }
            }
        }
        (value, size)
    }

    /// The rate of flows whose sign changes once, with ln(1 + rate) from `low` to `high`.
    fn sole_rate(&self, sole: &mut SoleRate, low: f64, high: f64) -> Option<f64> {
        let amounts = self.amounts.iter().copied();
        match self.times {
            Some(times) => sole.rate(amounts.zip(times.iter().copied()), low, high),
            None => sole.rate(amounts.enumerate().map(|(i, amount)| (amount, i as f64)), low, high),
        }
    }

    /// Puts all rates in the range into `room.roots`, ascending; the nearest to the guess.
    fn nearest(&self, Range { guess, lower, upper }: Range, room: &mut SearchRoom) -> Result<f64, NoRate> {
        let sign_changes = self.sign_changes();
        if sign_changes == 0 {
            return Err(NoRate::NoSignChange);
        }
        let (low, high) = (Number::ln_1p(lower), Number::ln_1p(upper));
        let SearchRoom { roots, sole } = room;
        roots.clear();
        let found = if sign_changes == 1 { self.sole_rate(sole, low, high) } else { None };
        if let Some(rate) = found {
            roots.push(rate);
            return Ok(rate);
        }
        if sign_changes == 1 {
            // There is none in the range, or sums beyond the range of numbers hid it.
            let (at_low, at_high) = (self.scaled(low).0, self.scaled(high).0);
            if at_low * at_high > 0.0 || (at_low > 0.0) == (at_high > 0.0) && at_low != 0.0 && at_high != 0.0 {
                return Err(NoRate::OneSign);
            }
            let root = between(TOLERANCE, low, high, |u| self.scaled(u).0).map_err(NoRate::NoConvergence)?;
            roots.push(root);
        } else {
            let scan = Scan { low, high, points: POINTS, tolerance: TOLERANCE };
            scan.roots(roots, |u| self.scaled(u).0, |u| NEGLIGIBLE * self.scaled(u).1)
                .map_err(NoRate::NoConvergence)?;
        }
        for root in roots.iter_mut() {
            *root = Number::exp_m1(*root);
        }
        roots.dedup_by(|next, kept| (*next - *kept).abs() < SAME_ROOT);
        let nearest = roots.iter().copied().min_by(|a, b| (a - guess).abs().total_cmp(&(b - guess).abs()));
        nearest.ok_or(NoRate::OneSign)
    }
}

/// A search lowered for trials.
struct LoweredSearch {
    timeline: Timeline,
    cashflows: Vec<Slot>,
    guess: Slot,
    lower: Slot,
    upper: Slot,
}

/// What a search writes over, trial after trial.
#[derive(Default)]
struct RateScratch {
    amounts: Vec<f64>,
    room: SearchRoom,
}

impl LoweredSearch {
    const COMPUTED: &[&str] = &["irr", "sign_changes"];

    /// The rate, and how often the flows change sign.
    fn search(&self, x: &[f64], scratch: &mut RateScratch) -> Result<(f64, u32), NoRate> {
        let RateScratch { amounts, room } = scratch;
        self.timeline.gather(amounts, |i| self.cashflows[i].of(x));
        let flows = Flows { amounts, times: (!self.timeline.periodic).then_some(&self.timeline.times) };
        let range = Range { guess: self.guess.of(x), lower: self.lower.of(x), upper: self.upper.of(x) };
        flows.nearest(range, room).map(|irr| (irr, flows.sign_changes()))
    }

    /// Of an input that the rules have passed.
    fn output(&self, x: &[f64]) -> Result<IrrOutput, Error> {
        let mut scratch = RateScratch::default();
        let (irr, sign_changes) = self.search(x, &mut scratch).map_err(NoRate::error)?;
        let roots = scratch.room.roots;
        Ok(IrrOutput { irr, multiple: roots.len() > 1, roots, sign_changes })
    }
}

impl TrialFormula for LoweredSearch {
    type Scratch = RateScratch;

    fn scratch(&self) -> RateScratch {
        // More roots than changes of sign there are not; a grid may name a few of them twice.
        let count = 2 * self.cashflows.len() + 2;
        RateScratch { amounts: Vec::with_capacity(count), room: SearchRoom::for_flows(count) }
    }

    fn evaluate(&self, x: &[f64], scratch: &mut RateScratch, outputs: &mut [f64]) -> Result<(), u8> {
        if self.lower.of(x) >= self.upper.of(x) {
            return Err(BAD_RANGE);
        }
        let (irr, sign_changes) = self.search(x, scratch).map_err(NoRate::code)?;
        outputs[0] = irr;
        outputs[1] = f64::from(sign_changes);
        Ok(())
    }
}

fn require_range(lower: f64, upper: f64, problems: &mut Problems) {
    if lower >= upper {
        problems.refuse("upper", upper, format!("above lower ({lower})"));
    }
}

impl Irr {
    /// Finds the rates.
    pub fn value(&self) -> Result<IrrOutput, Error> {
        value_of(self)
    }

    fn search(&self, slot: &mut dyn FnMut(&Place<'_>, f64) -> Slot) -> LoweredSearch {
        let Irr { cashflows, guess, lower, upper } = Lower::<Slot>::lower(self, &Place::ROOT, slot);
        LoweredSearch { timeline: Timeline::periodic(cashflows.len()), cashflows, guess, lower, upper }
    }
}

impl Engine for Irr {
    const SPEC: ModelSpec = ModelSpec {
        name: "irr",
        about: "Internal rates of return of equally spaced cash flows",
        version: "1.0.0",
        primary: "irr",
        feature: "basic_analytics",
    };

    type Output = IrrOutput;

    fn rules(&self, problems: &mut Problems) {
        require_flows(&self.cashflows, problems);
        require_range(self.lower, self.upper, problems);
    }

    fn compute(&self) -> Result<IrrOutput, Error> {
        let mut numbers = Vec::new();
        self.search(&mut |_, value| Slot::append(&mut numbers, value)).output(&numbers)
    }

    fn lowered(&self, numbers: &mut Numbers, outputs: &[String]) -> Option<Box<dyn Prepared>> {
        let search = self.search(&mut |place, value| numbers.add(place, value));
        ByTrials::boxed(self, search, std::mem::take(numbers), LoweredSearch::COMPUTED, outputs)
    }
}

impl Xirr {
    /// Finds the rates.
    pub fn value(&self) -> Result<IrrOutput, Error> {
        value_of(self)
    }

    fn search(&self, slot: &mut dyn FnMut(&Place<'_>, f64) -> Slot) -> LoweredSearch {
        let timeline = Timeline::dated(&years_from_first(&self.dates, self.day_count));
        let Xirr { cashflows, guess, lower, upper, .. } = Lower::<Slot>::lower(self, &Place::ROOT, slot);
        LoweredSearch { timeline, cashflows, guess, lower, upper }
    }
}

impl Engine for Xirr {
    const SPEC: ModelSpec = ModelSpec {
        name: "xirr",
        about: "Internal rates of return of dated cash flows",
        version: "1.0.0",
        primary: "irr",
        feature: "basic_analytics",
    };

    type Output = IrrOutput;

    fn rules(&self, problems: &mut Problems) {
        require_dates(&self.cashflows, &self.dates, problems);
        require_range(self.lower, self.upper, problems);
    }

    fn compute(&self) -> Result<IrrOutput, Error> {
        let mut numbers = Vec::new();
        self.search(&mut |_, value| Slot::append(&mut numbers, value)).output(&numbers)
    }

    fn lowered(&self, numbers: &mut Numbers, outputs: &[String]) -> Option<Box<dyn Prepared>> {
        let search = self.search(&mut |place, value| numbers.add(place, value));
        ByTrials::boxed(self, search, std::mem::take(numbers), LoweredSearch::COMPUTED, outputs)
    }
}

impl Mirr {
    /// Finds the rate.
    pub fn value(&self) -> Result<MirrOutput, Error> {
        value_of(self)
    }
}

impl Engine for Mirr {
    const SPEC: ModelSpec = ModelSpec {
        name: "mirr",
        about: "Modified internal rate of return",
        version: "1.0.0",
        primary: "mirr",
        feature: "basic_analytics",
    };

    type Output = MirrOutput;

    fn rules(&self, problems: &mut Problems) {
        if self.cashflows.len() < 2 {
            problems.refuse("cashflows", self.cashflows.len(), "at least two flows");
        }
    }

    fn compute(&self) -> Result<MirrOutput, Error> {
        let (mirr, fault) = self.rate(|value| value);
        if fault == 0.0 { Ok(MirrOutput { mirr }) } else { Err(one_sign()) }
    }

    fn lowered(&self, numbers: &mut Numbers, outputs: &[String]) -> Option<Box<dyn Prepared>> {
        let slots = self.lower(&Place::ROOT, &mut |place, value| numbers.add(place, value));
        ByLanes::boxed(slots, std::mem::take(numbers), &["mirr"], outputs)
    }
}

impl<S: Copy> Mirr<S> {
    /// The modified rate, and whether there is none.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "inside lane code")]
    fn rate<N: Number>(&self, of: impl Fn(S) -> N) -> (N, N) {
        let zero = N::constant(0.0);
        let n = (self.cashflows.len() - 1) as f64;
        let paid = self.cashflows.iter().map(|flow| (-of(*flow)).max(zero));
        let paid = super::npv(of(self.finance_rate), paid, 0);
        // Receipts grow to the end: discounting backward at the reinvestment rate, then forward over n.
        let growth = of(self.reinvest_rate) + 1.0;
        let mut received = zero;
        for flow in &self.cashflows {
            received = received * growth + of(*flow).max(zero);
        }
        let fault = zero.if_less(paid.min(received), zero, N::constant(1.0));
        (((received / paid).ln() / n).exp_m1(), fault)
    }
}

impl Formula for Mirr<Slot> {
    type Scratch<N: Number> = ();

    fn scratch<N: Number>(&self) {}

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "inside lane code")]
    fn evaluate<N: Number>(&self, numbers: &[N], outputs: &mut [N], (): &mut ()) -> N {
        let (mirr, fault) = self.rate(|slot| slot.of(numbers));
        outputs[0] = mirr;
        fault
    }

    fn error(&self, _: u8, _: &[f64]) -> Error {
        one_sign()
    }
}

fn one_sign() -> Error {
    Error::undefined("mirr", "flows of one sign only")
}
