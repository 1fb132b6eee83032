//! Annuities: the five numbers of pv (1+r)^n + pmt (1 + r d) ((1+r)^n - 1)/r + fv = 0, each from the
//! other four, with d = 1 for payments at the start of periods and 0 at their end. Money paid out is
//! negative, as in spreadsheets (OpenDocument 1.2, part 2, section 6.12).

use super::root::Scan;
use crate::error::Error;
use crate::model::{Domain, Engine, ModelSpec, Problems, choice, record, value_of};
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
struct Factors {
    growth: f64,
    payments: f64,
}

impl Factors {
    fn of(rate: f64, nper: f64, due: Due) -> Self {
        let u = nper * Number::ln_1p(rate);
        let excess = Number::exp_m1(u);
        let sum = if rate == 0.0 { nper } else { excess / rate };
        Self { growth: Number::exp(u), payments: sum * if due == Due::Begin { 1.0 + rate } else { 1.0 } }
    }
}

/// Declares the input, output and engine of one unknown of the annuity identity.
macro_rules! annuity {
    (
        $(#[doc = $doc:literal])* $input:ident $name:literal $about:literal => $output:ident $field:ident [$unit:expr],
        { $( $(#[doc = $field_doc:literal])* $part:ident : $type:ty $([$domain:expr])? $(= $default:expr)? ),* $(,)? }
        $(rules $rules:expr,)?
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
            fn compute(&self) -> Result<$output, Error> {
                let compute: fn(&Self) -> Result<f64, Error> = $compute;
                compute(self).map(|$field| $output { $field })
            }
        }
    };
}

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
    compute |a| Ok(payment(a.rate, a.nper, a.pv, a.fv, a.due))
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
    compute |a| {
        let factors = Factors::of(a.rate, a.nper, a.due);
        Ok(-(a.fv + a.pmt * factors.payments) / factors.growth)
    }
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
    compute |a| Ok(future_value(a.rate, a.nper, a.pmt, a.pv, a.due))
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
    compute |a| {
        if a.rate == 0.0 {
            if a.pmt == 0.0 {
                return Err(Error::undefined("nper", "neither rate nor payment moves the balance"));
            }
            return Ok(-(a.pv + a.fv) / a.pmt);
        }
        let payment = a.pmt * if a.due == Due::Begin { 1.0 + a.rate } else { 1.0 };
        let ratio = (payment - a.fv * a.rate) / (payment + a.pv * a.rate);
        if ratio > 0.0 && ratio.is_finite() {
            Ok(Number::ln(ratio) / Number::ln_1p(a.rate))
        } else {
            Err(Error::undefined("nper", "the payments never reach the future value at this rate"))
        }
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
    compute |a| {
        // The identity over u = ln(1 + rate), divided by its growth where that is large.
        let sides = |u: f64| {
            let rate = Number::exp_m1(u);
            let factors = Factors::of(rate, a.nper, a.due);
            let scale = factors.growth.max(1.0);
            [a.pv * (factors.growth / scale), a.pmt * (factors.payments / scale), a.fv / scale]
        };
        let scan = Scan { low: Number::ln_1p(-0.999999), high: Number::ln_1p(1e6), points: 4_001, tolerance: 1e-14 };
        let value = |u: f64| sides(u).iter().sum::<f64>();
        let mut roots = Vec::new();
        let negligible = |u: f64| 1e-12 * sides(u).iter().map(|side| side.abs()).sum::<f64>();
        scan.roots(&mut roots, value, negligible).map_err(|failure| failure.error("rate"))?;
        let rates = roots.into_iter().map(Number::exp_m1);
        rates
            .min_by(|x, y| (x - a.guess).abs().total_cmp(&(y - a.guess).abs()))
            .ok_or_else(|| Error::undefined("rate", "no rate satisfies the annuity identity"))
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
    compute |a| Ok(interest(a.rate, a.period, payment(a.rate, a.nper, a.pv, a.fv, a.due), a.pv, a.due))
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
    compute |a| {
        let payment = payment(a.rate, a.nper, a.pv, a.fv, a.due);
        Ok(payment - interest(a.rate, a.period, payment, a.pv, a.due))
    }
}

fn require_period(period: u32, nper: f64, problems: &mut Problems) {
    if f64::from(period) > nper {
        problems.refuse("period", period, format!("1 to nper ({nper})"));
    }
}

fn payment(rate: f64, nper: f64, pv: f64, fv: f64, due: Due) -> f64 {
    let factors = Factors::of(rate, nper, due);
    -(pv * factors.growth + fv) / factors.payments
}

fn future_value(rate: f64, nper: f64, pmt: f64, pv: f64, due: Due) -> f64 {
    let factors = Factors::of(rate, nper, due);
    -(pv * factors.growth + pmt * factors.payments)
}

/// Interest on the balance before the period; a payment at the start of a period holds the interest
/// of the one before, discounted, and the first holds none.
fn interest(rate: f64, period: u32, pmt: f64, pv: f64, due: Due) -> f64 {
    let balance = future_value(rate, f64::from(period - 1), pmt, pv, due);
    match (due, period) {
        (Due::End, _) => balance * rate,
        (Due::Begin, 1) => 0.0,
        (Due::Begin, _) => balance * rate / (1.0 + rate),
    }
}
