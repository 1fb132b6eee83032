//! Annuities: the five numbers of pv (1+r)^n + pmt (1 + r d) ((1+r)^n - 1)/r + fv = 0, each from the
//! other four, with d = 1 for payments at the start of periods and 0 at their end. Money paid out is
//! negative, as in spreadsheets (OpenDocument 1.2, part 2, section 6.12).
//!
//! Payment, its parts, present and future value run trials by lanes. The number of periods has cases and
//! the rate is a search: their trials run one by one, in a room made once a block.

// Only what is inlined into the block loop is compiled for the wide instruction set.
#![allow(clippy::inline_always)]

use std::convert::Infallible;

use super::root::{NoRoot, Scan};
use crate::error::Error;
use crate::model::{
    ByLanes, ByTrials, Domain, Engine, Formula, Lower, ModelSpec, Numbers, Place, Prepared, Problems, Slot,
    TrialFormula, choice, record, value_of,
};
use crate::number::Number;

choice! {
    /// When payments are due.
    pub enum Due {
        /// At the end of each period.
        End = "end",
        /// At the start of each period.
        Begin = "begin",
    }
}

/// Growth over all periods, and the final value of payments of 1.
#[derive(Clone, Copy)]
struct Factors<N> {
    growth: N,
    payments: N,
}

impl<N: Number> Factors<N> {
    #[inline(always)]
    fn of(rate: N, nper: N, due: Due) -> Self {
        let u = nper * rate.ln_1p();
        // At a rate of 0 a series to first order, so that its slope is right too.
        let flat = nper + rate * (nper * (nper - 1.0) / 2.0);
        let sum = N::constant(0.0).if_less(rate.abs(), u.exp_m1() / rate, flat);
        Self { growth: u.exp(), payments: if due == Due::Begin { sum * (rate + 1.0) } else { sum } }
    }
}

/// Declares the input, output and engine of one unknown of the annuity identity.
macro_rules! annuity {
    (
        $(#[doc = $doc:literal])* $input:ident $name:literal $about:literal => $output:ident $field:ident [$unit:expr],
        { $( $(#[doc = $field_doc:literal])* $part:ident : $type:ty $([$domain:expr])? $(= $default:expr)? ),* $(,)? }
        $(rules $rules:expr,)?
        $(prepared $prepared:expr,)?
        compute $compute:expr
    ) => {
        record! {
            $(#[doc = $doc])*
            pub struct $input<N> {
                $( $(#[doc = $field_doc])* pub $part: $type $([$domain])? $(= $default)? ),*
            }
        }
        record! {
            #[doc = $about]
            pub struct $output {
                #[doc = $about]
                pub $field: f64 [$unit],
            }
        }
        impl $input {
            /// Solves the identity.
            pub fn value(&self) -> Result<$output, Error> {
                value_of(self)
            }
        }
        impl Engine for $input {
            const SPEC: ModelSpec = ModelSpec {
                name: $name,
                about: $about,
                version: "1.0.0",
                primary: $name,
                feature: "basic_analytics",
            };
            type Output = $output;
            $(
                fn rules(&self, problems: &mut Problems) {
                    let rules: fn(&Self, &mut Problems) = $rules;
                    rules(self, problems);
                }
            )?
            $(
                fn lowered(&self, numbers: &mut Numbers, outputs: &[String]) -> Option<Box<dyn Prepared>> {
                    let slots: $input<Slot> = self.lower(&Place::ROOT, &mut |place, value| numbers.add(place, value));
                    $prepared(self, slots, std::mem::take(numbers), &[$name], outputs)
                }
            )?
            fn compute(&self) -> Result<$output, Error> {
                let compute: fn(&Self) -> Result<f64, Error> = $compute;
                compute(self).map(|$field| $output { $field })
            }
        }
    };
}

/// The formula of one unknown, over any number type.
macro_rules! by_lanes {
    ($input:ident |$a:ident, $of:ident| $formula:expr) => {
        impl<S: Copy> $input<S> {
            #[inline(always)]
            fn solution<N: Number>(&self, $of: impl Fn(S) -> N) -> N {
                let $a = self;
                $formula
            }
        }
        impl Formula for $input<Slot> {
            type Scratch<N: Number> = ();

            fn scratch<N: Number>(&self) {}

            #[inline(always)]
            fn evaluate<N: Number>(&self, numbers: &[N], outputs: &mut [N], (): &mut ()) -> N {
                outputs[0] = self.solution(|slot| slot.of(numbers));
                N::constant(0.0)
            }
            fn error(&self, _: u8, _: &[f64]) -> Error {
                Error::undefined(stringify!($input), "the result is not a finite number")
            }
        }
    };
}
by_lanes!(Pmt | a, of | payment(of(a.rate), of(a.nper), of(a.pv), of(a.fv), a.due));
by_lanes!(Fv | a, of | future_value(of(a.rate), of(a.nper), of(a.pmt), of(a.pv), a.due));
by_lanes!(
    Pv | a,
    of | {
        let factors = Factors::of(of(a.rate), of(a.nper), a.due);
        -(of(a.fv) + of(a.pmt) * factors.payments) / factors.growth
    }
);

/// The formula of a part of one payment, over any number type.
macro_rules! part_by_lanes {
    ($input:ident |$payment:ident, $interest:ident| $part:expr) => {
        impl<S: Copy> $input<S> {
            #[inline(always)]
            fn solution<N: Number>(&self, of: impl Fn(S) -> N) -> N {
                let (rate, pv) = (of(self.rate), of(self.pv));
                let $payment = payment(rate, of(self.nper), pv, of(self.fv), self.due);
                let $interest = interest(rate, self.period, $payment, pv, self.due);
                $part
            }
        }
        impl Formula for $input<Slot> {
            type Scratch<N: Number> = ();

            fn scratch<N: Number>(&self) {}

            #[inline(always)]
            fn evaluate<N: Number>(&self, numbers: &[N], outputs: &mut [N], (): &mut ()) -> N {
                outputs[0] = self.solution(|slot| slot.of(numbers));
                let one = N::constant(1.0);
                self.nper.of(numbers).if_less(N::constant(f64::from(self.period)), one, N::constant(0.0))
            }
            fn error(&self, _: u8, numbers: &[f64]) -> Error {
                no_such_period(self.period, self.nper.of(numbers))
            }
        }
    };
}
part_by_lanes!(Ipmt | payment, interest | interest);
part_by_lanes!(Ppmt | payment, interest | payment - interest);

/// A number of periods.
const PERIODS: Domain = Domain::NUMBER.above(0.0);

annuity! {
    /// The payment of an annuity.
    Pmt "pmt" "Payment of an annuity" => PmtOutput pmt [Domain::MONEY],
    {
        /// Rate per period.
        rate: N [Domain::RATE],
        /// Number of periods.
        nper: N [PERIODS],
        /// Present value.
        pv: N [Domain::MONEY],
        /// Future value.
        fv: N [Domain::MONEY] = 0.0,
        /// When payments are due.
        due: Due = Due::default(),
    }
    prepared |_, slots, numbers, computed, outputs| ByLanes::boxed(slots, numbers, computed, outputs),
    compute |a| Ok(a.solution(|number| number))
}

annuity! {
    /// The present value of an annuity.
    Pv "pv" "Present value of an annuity" => PvOutput pv [Domain::MONEY],
    {
        /// Rate per period.
        rate: N [Domain::RATE],
        /// Number of periods.
        nper: N [PERIODS],
        /// Payment each period.
        pmt: N [Domain::MONEY],
        /// Future value.
        fv: N [Domain::MONEY] = 0.0,
        /// When payments are due.
        due: Due = Due::default(),
    }
    prepared |_, slots, numbers, computed, outputs| ByLanes::boxed(slots, numbers, computed, outputs),
    compute |a| Ok(a.solution(|number| number))
}

annuity! {
    /// The future value of an annuity.
    Fv "fv" "Future value of an annuity" => FvOutput fv [Domain::MONEY],
    {
        /// Rate per period.
        rate: N [Domain::RATE],
        /// Number of periods.
        nper: N [PERIODS],
        /// Payment each period.
        pmt: N [Domain::MONEY],
        /// Present value.
        pv: N [Domain::MONEY] = 0.0,
        /// When payments are due.
        due: Due = Due::default(),
    }
    prepared |_, slots, numbers, computed, outputs| ByLanes::boxed(slots, numbers, computed, outputs),
    compute |a| Ok(a.solution(|number| number))
}

annuity! {
    /// The number of periods of an annuity, which may be fractional.
    Nper "nper" "Number of periods of an annuity" => NperOutput nper [Domain::NUMBER],
    {
        /// Rate per period.
        rate: N [Domain::RATE],
        /// Payment each period.
        pmt: N [Domain::MONEY],
        /// Present value.
        pv: N [Domain::MONEY],
        /// Future value.
        fv: N [Domain::MONEY] = 0.0,
        /// When payments are due.
        due: Due = Due::default(),
    }
    prepared ByTrials::boxed,
    compute |a| periods(a, |number| number).map_err(NoPeriods::error)
}

/// Why there is no number of periods.
#[derive(Clone, Copy)]
enum NoPeriods {
    Still,
    NeverReached,
}

impl NoPeriods {
    fn error(self) -> Error {
        let why = match self {
            NoPeriods::Still => "neither rate nor payment moves the balance",
            NoPeriods::NeverReached => "the payments never reach the future value at this rate",
        };
        Error::undefined("nper", why)
    }
}

fn periods<S: Copy>(a: &Nper<S>, of: impl Fn(S) -> f64) -> Result<f64, NoPeriods> {
    let [rate, pmt, pv, fv] = [a.rate, a.pmt, a.pv, a.fv].map(of);
    if rate == 0.0 {
        return if pmt == 0.0 { Err(NoPeriods::Still) } else { Ok(-(pv + fv) / pmt) };
    }
    let payment = pmt * if a.due == Due::Begin { 1.0 + rate } else { 1.0 };
    let ratio = (payment - fv * rate) / (payment + pv * rate);
    if ratio > 0.0 && ratio.is_finite() {
        Ok(Number::ln(ratio) / Number::ln_1p(rate))
    } else {
        Err(NoPeriods::NeverReached)
    }
}

impl TrialFormula for Nper<Slot> {
    type Scratch = ();

    fn scratch(&self) {}

    fn evaluate(&self, numbers: &[f64], (): &mut (), outputs: &mut [f64]) -> Result<(), u8> {
        let periods = periods(self, |slot| slot.of(numbers));
        outputs[0] = periods.map_err(|why| if matches!(why, NoPeriods::Still) { 1 } else { 2 })?;
        Ok(())
    }
}

annuity! {
    /// The rate of an annuity.
    Rate "rate" "Rate per period of an annuity" => RateOutput rate [Domain::FRACTION],
    {
        /// Number of periods.
        nper: N [PERIODS],
        /// Payment each period.
        pmt: N [Domain::MONEY],
        /// Present value.
        pv: N [Domain::MONEY],
        /// Future value.
        fv: N [Domain::MONEY] = 0.0,
        /// When payments are due.
        due: Due = Due::default(),
        /// Of several rates the nearest to this is meant.
        guess: N [Domain::RATE] = 0.1,
    }
    prepared ByTrials::boxed,
    compute |a| {
        let rate = rate(a, |number| number, &mut Vec::new()).map_err(|failure| failure.error("rate"))?;
        rate.ok_or_else(|| Error::undefined("rate", "no rate satisfies the annuity identity"))
    }
}

/// The rate nearest to the guess, if there is any; `roots` is room for all.
fn rate<S: Copy>(a: &Rate<S>, of: impl Fn(S) -> f64, roots: &mut Vec<f64>) -> Result<Option<f64>, NoRoot<Infallible>> {
    let [nper, pmt, pv, fv, guess] = [a.nper, a.pmt, a.pv, a.fv, a.guess].map(of);
    // The identity over u = ln(1 + rate), divided by its growth where that is large.
    let sides = |u: f64| {
        let factors = Factors::of(Number::exp_m1(u), nper, a.due);
        let scale = factors.growth.max(1.0);
        [pv * (factors.growth / scale), pmt * (factors.payments / scale), fv / scale]
    };
    let scan = Scan { low: Number::ln_1p(-0.999999), high: Number::ln_1p(1e6), points: 4_001, tolerance: 1e-14 };
    let value = |u: f64| sides(u).iter().sum::<f64>();
    scan.roots(roots, value, |u| 1e-12 * sides(u).iter().map(|side| side.abs()).sum::<f64>())?;
    let rates = roots.iter().map(|root| Number::exp_m1(*root));
    Ok(rates.min_by(|x: &f64, y: &f64| (x - guess).abs().total_cmp(&(y - guess).abs())))
}

impl TrialFormula for Rate<Slot> {
    /// The roots of one trial, of which an annuity has three at most.
    type Scratch = Vec<f64>;

    fn scratch(&self) -> Vec<f64> {
        Vec::with_capacity(8)
    }

    fn evaluate(&self, numbers: &[f64], roots: &mut Vec<f64>, outputs: &mut [f64]) -> Result<(), u8> {
        let rate = rate(self, |slot| slot.of(numbers), roots).map_err(|_| 1)?;
        outputs[0] = rate.ok_or(2)?;
        Ok(())
    }
}

annuity! {
    /// The interest part of one payment.
    Ipmt "ipmt" "Interest part of one payment of an annuity" => IpmtOutput ipmt [Domain::MONEY],
    {
        /// Rate per period.
        rate: N [Domain::RATE],
        /// The period, from 1.
        period: u32 [Domain::COUNT.at_least(1.0)],
        /// Number of periods.
        nper: N [PERIODS],
        /// Present value.
        pv: N [Domain::MONEY],
        /// Future value.
        fv: N [Domain::MONEY] = 0.0,
        /// When payments are due.
        due: Due = Due::default(),
    }
    rules |a, problems| require_period(a.period, a.nper, problems),
    prepared |_, slots, numbers, computed, outputs| ByLanes::boxed(slots, numbers, computed, outputs),
    compute |a| Ok(a.solution(|number| number))
}

annuity! {
    /// The principal part of one payment.
    Ppmt "ppmt" "Principal part of one payment of an annuity" => PpmtOutput ppmt [Domain::MONEY],
    {
        /// Rate per period.
        rate: N [Domain::RATE],
        /// The period, from 1.
        period: u32 [Domain::COUNT.at_least(1.0)],
        /// Number of periods.
        nper: N [PERIODS],
        /// Present value.
        pv: N [Domain::MONEY],
        /// Future value.
        fv: N [Domain::MONEY] = 0.0,
        /// When payments are due.
        due: Due = Due::default(),
    }
    rules |a, problems| require_period(a.period, a.nper, problems),
    prepared |_, slots, numbers, computed, outputs| ByLanes::boxed(slots, numbers, computed, outputs),
    compute |a| Ok(a.solution(|number| number))
}

fn require_period(period: u32, nper: f64, problems: &mut Problems) {
    if f64::from(period) > nper {
        problems.push(no_such_period(period, nper));
    }
}

fn no_such_period(period: u32, nper: f64) -> Error {
    Error::invalid_input("period", period, format!("1 to nper ({nper})"))
}

#[inline(always)]
fn payment<N: Number>(rate: N, nper: N, pv: N, fv: N, due: Due) -> N {
    let factors = Factors::of(rate, nper, due);
    -(pv * factors.growth + fv) / factors.payments
}

#[inline(always)]
fn future_value<N: Number>(rate: N, nper: N, pmt: N, pv: N, due: Due) -> N {
    let factors = Factors::of(rate, nper, due);
    -(pv * factors.growth + pmt * factors.payments)
}

/// Interest on the balance before the period; a payment at the start of a period holds the interest
/// of the one before, discounted, and the first holds none.
#[inline(always)]
fn interest<N: Number>(rate: N, period: u32, pmt: N, pv: N, due: Due) -> N {
    let balance = future_value(rate, N::constant(f64::from(period) - 1.0), pmt, pv, due);
    match (due, period) {
        (Due::End, _) => balance * rate,
        (Due::Begin, 1) => N::constant(0.0),
        (Due::Begin, _) => balance * rate / (rate + 1.0),
    }
}
