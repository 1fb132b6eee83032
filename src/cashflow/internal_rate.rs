//! Internal rates of return: the rates at which a net present value is zero, all of them, and the
//! modified rate. (Brealey, Myers and Allen, chapter 5; Lin, "The modified internal rate of return",
//! 1976.)
//!
//! With u = ln(1 + rate) the value is f(u) = sum of c_i e^(-u t_i). It is scaled so that no term
//! overflows, which changes neither signs nor roots. Flows whose sign changes once have one root
//! (Descartes' rule for exponential sums), found by `sole_root`; others are scanned.

use super::present_value::{require_dates, require_flows, years_from_first};
use super::root::{Scan, brent};
use super::sole_root::Conventional;
use crate::cashflow::DayCount;
use crate::error::Error;
use crate::model::{Domain, Engine, ModelSpec, Problems, record, value_of};
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

/// Flows with their times in years, in order of time.
struct Flows {
    amounts: Vec<f64>,
    times: Vec<f64>,
    /// Whether the times are 0, 1, 2 and so on.
    periodic: bool,
}

impl Flows {
    fn periodic(amounts: &[f64]) -> Self {
        Self { amounts: amounts.to_vec(), times: (0..amounts.len()).map(|i| i as f64).collect(), periodic: true }
    }

    fn dated(amounts: &[f64], times: &[f64]) -> Self {
        let (amounts, times) = in_order(amounts.iter().copied().zip(times.iter().copied())).into_iter().unzip();
        Self { amounts, times, periodic: false }
    }

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
        if self.periodic {
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
        } else {
            let origin = self.times[if u < 0.0 { self.times.len() - 1 } else { 0 }];
            for (amount, time) in self.amounts.iter().zip(&self.times) {
                add(*amount, Number::exp(-u * (time - origin)));
            }
        }
        (value, size)
    }

    fn sole_rate(&self, low: f64, high: f64) -> Option<f64> {
        let mut one = Conventional::default();
        let mut rate = [f64::NAN];
        if one.add(self.amounts.iter().copied().zip(self.times.iter().copied())) {
            one.rates(low, high, &mut rate);
        }
        Some(rate[0]).filter(|rate| rate.is_finite())
    }

    fn rates(&self, guess: f64, lower: f64, upper: f64) -> Result<IrrOutput, Error> {
        let sign_changes = self.sign_changes();
        if sign_changes == 0 {
            return Err(Error::undefined("irr", "no sign change"));
        }
        let (low, high) = (Number::ln_1p(lower), Number::ln_1p(upper));
        let one_sign = || Error::undefined("irr", "NPV has one sign on the range");
        let mut roots: Vec<f64> = if sign_changes == 1 {
            if let Some(rate) = self.sole_rate(low, high) {
                vec![rate]
            } else {
                // There is none in the range, or sums beyond the range of numbers hid it.
                let (at_low, at_high) = (self.scaled(low).0, self.scaled(high).0);
                if (at_low > 0.0) == (at_high > 0.0) && at_low != 0.0 && at_high != 0.0 {
                    return Err(one_sign());
                }
                vec![Number::exp_m1(brent("irr", TOLERANCE, low, high, |u| self.scaled(u).0)?)]
            }
        } else {
            let scan = Scan { low, high, points: POINTS, tolerance: TOLERANCE };
            let roots = scan.roots("irr", |u| self.scaled(u).0, |u| NEGLIGIBLE * self.scaled(u).1)?;
            roots.into_iter().map(Number::exp_m1).collect()
        };
        roots.dedup_by(|next, kept| (*next - *kept).abs() < SAME_ROOT);
        let nearest = roots.iter().copied().min_by(|a, b| (a - guess).abs().total_cmp(&(b - guess).abs()));
        let irr = nearest.ok_or_else(one_sign)?;
        Ok(IrrOutput { irr, multiple: roots.len() > 1, roots, sign_changes })
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
        Flows::periodic(&self.cashflows).rates(self.guess, self.lower, self.upper)
    }
}

impl Xirr {
    /// Finds the rates.
    pub fn value(&self) -> Result<IrrOutput, Error> {
        value_of(self)
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
        let times = years_from_first(&self.dates, self.day_count);
        Flows::dated(&self.cashflows, &times).rates(self.guess, self.lower, self.upper)
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
        let n = (self.cashflows.len() - 1) as f64;
        let side = |sign: f64| self.cashflows.iter().map(move |flow| (sign * flow).max(0.0));
        let paid = super::npv(self.finance_rate, side(-1.0), 0);
        // Receipts grow to the end: discounting backward at the reinvestment rate, then forward over n.
        let growth = 1.0 + self.reinvest_rate;
        let received = side(1.0).fold(0.0, |sum, flow| sum * growth + flow);
        if paid == 0.0 || received == 0.0 {
            return Err(Error::undefined("mirr", "flows of one sign only"));
        }
        Ok(MirrOutput { mirr: Number::exp_m1(Number::ln(received / paid) / n) })
    }
}
