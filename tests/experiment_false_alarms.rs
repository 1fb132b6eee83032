//! How often reports are wrong when arms do not differ, and how often they are right when they do:
//! 2,000 simulated experiments, each looked at 80 times, with fixed seeds.
//!
//! Measured with these seeds, Better or Worse at any of 80 looks, of 2,000 experiments without a
//! difference, where 129 are allowed (5 % and three standard deviations):
//!
//! | | failures, exact count test | latency, sequence | sample ratio at 0.1 % | a test for one look at each |
//! |---|---|---|---|---|
//! | halves, single calls | 37 | 30 | 1 | 709 |
//! | canary of 5 %, single calls | 73 | 16 | 0 | 653 |
//! | halves, returning units | 30 | 11 | 0 | 636 |
//! | canary of 5 %, returning units | 3 | 0 | 1 | 599 |
//!
//! And power, of 200 experiments of 20,000 calls: failures of 2 % half as many again in halves 178, twice
//! as many in a canary 124, half as many again among returning units 39; latency half as long again 200
//! in each.

use std::collections::BTreeMap;

use serde_json::json;
use valor_ivx::random::normal;
use valor_ivx::registry::*;
use valor_ivx::statistics::Paired;
use valor_ivx::time::Timestamp;

const EXPERIMENTS: u64 = 2_000;
const LOOKS: usize = 80;
const ALLOWED: usize = 129;
/// Calls between looks: 20,000 in all.
const CALLS: usize = 250;

/// SplitMix64 (Steele, Lea and Flood, 2014).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn one_of<T: Copy>(&mut self, list: &[T]) -> T {
        list[usize::try_from(self.next() % list.len() as u64).unwrap()]
    }

    fn below(&mut self, share: f64) -> bool {
        ((self.next() >> 11) as f64) < share * 2f64.powi(53)
    }
}

/// 4,096 equally likely normal scores.
fn scores() -> Vec<f64> {
    (0..4_096).map(|i| normal::quantile((f64::from(i) + 0.5) / 4_096.0)).collect()
}

/// What one arm shows.
#[derive(Clone, Copy, Default)]
struct Shown {
    units: u64,
    calls: u64,
    failures: u64,
    failed_units: u64,
    /// Over units: sums of the logarithm of the mean latency, and of its square.
    logs: f64,
    squares: f64,
}

/// One experiment, call by call.
struct Run<'a> {
    scores: &'a [f64],
    dice: Dice,
    /// Share of units in the arm.
    share: f64,
    /// The arm's latency and failures over the control's.
    effect: f64,
    units: Option<Vec<Sticky>>,
    shown: [Shown; 2],
}

/// A unit that calls again and again, each time much as before.
#[derive(Clone, Copy)]
struct Sticky {
    in_arm: bool,
    failing: f64,
    speed: f64,
    calls: u32,
    failed: bool,
    sum: f64,
}

impl<'a> Run<'a> {
    fn new(scores: &'a [f64], seed: u64, share: f64, effect: f64, sticky: bool) -> Self {
        let mut dice = Dice(seed.wrapping_mul(0xD134_2543_DE82_EF95) ^ share.to_bits());
        let mut unit = || Sticky {
            in_arm: dice.below(share),
            failing: if dice.below(0.1) { 0.25 } else { 0.005 },
            speed: 0.6 * dice.one_of(scores),
            calls: 0,
            failed: false,
            sum: 0.0,
        };
        let units = sticky.then(|| (0..2_000).map(|_| unit()).collect());
        Self { scores, dice, share, effect, units, shown: [Shown::default(); 2] }
    }

    fn call(&mut self) {
        let noise = self.dice.one_of(self.scores);
        let Some(units) = &mut self.units else {
            // Every call is a unit of its own.
            let arm = usize::from(self.dice.below(self.share));
            let times = if arm == 1 { self.effect } else { 1.0 };
            let failed = self.dice.below(0.02 * times);
            let log = noise + times.ln();
            let shown = &mut self.shown[arm];
            shown.units += 1;
            shown.calls += 1;
            shown.failures += u64::from(failed);
            shown.failed_units += u64::from(failed);
            shown.logs += log;
            shown.squares += log * log;
            return;
        };
        let count = units.len() as u64;
        let unit = &mut units[usize::try_from(self.dice.next() % count).unwrap()];
        let times = if unit.in_arm { self.effect } else { 1.0 };
        let failed = self.dice.below(unit.failing * times);
        let shown = &mut self.shown[usize::from(unit.in_arm)];
        if unit.calls == 0 {
            shown.units += 1;
        } else {
            let log = (unit.sum / f64::from(unit.calls)).ln();
            shown.logs -= log;
            shown.squares -= log * log;
        }
        unit.calls += 1;
        unit.sum += times * (unit.speed + 0.4 * noise).exp();
        let log = (unit.sum / f64::from(unit.calls)).ln();
        shown.logs += log;
        shown.squares += log * log;
        shown.calls += 1;
        shown.failures += u64::from(failed);
        shown.failed_units += u64::from(failed && !unit.failed);
        unit.failed |= failed;
    }

    fn put_into(&self, data: &mut ExperimentData) {
        for (shown, tally) in self.shown.iter().zip(&mut data.epochs[0].tallies) {
            tally.units = shown.units;
            tally.exposures = shown.calls;
            tally.metrics.get_mut("error").unwrap().events = shown.failed_units;
            let n = shown.units as f64;
            tally.metrics.get_mut("latency").unwrap().units = (shown.units > 0).then(|| Paired {
                count: shown.units,
                mean: shown.logs / n,
                m2: (shown.squares - shown.logs * shown.logs / n).max(0.0),
                covariate_mean: 0.0,
                covariate_m2: 0.0,
                cross: 0.0,
            });
        }
    }
}

fn data(share_ppm: u32) -> ExperimentData {
    let arm = |key: &str, weight_ppm| DataArm {
        key: key.parse().unwrap(),
        variant: key.parse().unwrap(),
        weight_ppm,
        replaced: false,
        latency_p95: None,
    };
    let metrics = ["error", "latency"].map(|name| (name.to_owned(), Measured::default()));
    let tally = Tally { metrics: BTreeMap::from(metrics), ..Tally::default() };
    let plan = json!({
        "primary": {"name": "error", "kind": "Proportion", "better": "Lower"},
        "secondary": [{"name": "latency", "kind": "LogMean", "better": "Lower", "mde": 0.05}],
    });
    ExperimentData {
        experiment: "a-a".parse().unwrap(),
        model: "growth".parse().unwrap(),
        status: ExperimentStatus::Running,
        plan: serde_json::from_value(plan).unwrap(),
        control: "a".parse().unwrap(),
        arms: vec![arm("a", 1_000_000 - share_ppm), arm("b", share_ppm)],
        epochs: vec![Epoch {
            config_version: 1,
            from: Timestamp::from_micros(0),
            weights_ppm: vec![1_000_000 - share_ppm, share_ppm],
            tallies: vec![tally; 2],
        }],
        moved: 0,
        looks: Vec::new(),
    }
}

/// In how many experiments something was ever seen.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    /// A difference of failures, by the exact count test.
    error: usize,
    /// A difference of latency, by the sequence.
    latency: usize,
    /// A failed sample-ratio check.
    srm: usize,
    /// A difference of failures by a test for one look, at each look: what must not be done.
    naive: usize,
    /// A difference of failures at the last look, calls taken for independent: what must not be done.
    by_calls: usize,
}

fn simulate(experiments: u64, share_ppm: u32, effect: f64, sticky: bool) -> Seen {
    let scores = scores();
    let mut data = data(share_ppm);
    let mut seen = Seen::default();
    for seed in 0..experiments {
        let mut run = Run::new(&scores, seed, f64::from(share_ppm) / 1e6, effect, sticky);
        let mut ever = [false; 4];
        for look in 1..=LOOKS {
            (0..CALLS).for_each(|_| run.call());
            run.put_into(&mut data);
            let report = data.report(Timestamp::from_micros(i64::try_from(look).unwrap()));
            let found = |metric: &str| report.arms[1].metrics[metric].verdict;
            for (ever, metric) in ever.iter_mut().zip(["error", "latency"]) {
                *ever |= matches!(found(metric), Verdict::Better | Verdict::Worse);
            }
            ever[2] |= found("error") == Verdict::Invalid { why: Invalidity::Srm };
            ever[3] |= differ(run.shown.map(|shown| [shown.failed_units, shown.units]));
        }
        seen.by_calls += usize::from(differ(run.shown.map(|shown| [shown.failures, shown.calls])));
        seen.error += usize::from(ever[0]);
        seen.latency += usize::from(ever[1]);
        seen.srm += usize::from(ever[2]);
        seen.naive += usize::from(ever[3]);
    }
    seen
}

/// The score test of two shares at 5 %, for one look.
fn differ([[x1, n1], [x2, n2]]: [[u64; 2]; 2]) -> bool {
    let [x1, n1, x2, n2] = [x1, n1, x2, n2].map(|count| count as f64);
    let pooled = (x1 + x2) / (n1 + n2);
    let spread = pooled * (1.0 - pooled) * (1.0 / n1 + 1.0 / n2);
    let difference = x2 / n2 - x1 / n1;
    spread > 0.0 && difference * difference > 3.841_459 * spread
}

/// False alarms stay within the level; of the sample-ratio check at 0.1 %, 2 and three standard deviations.
fn within_the_level(seen: &Seen) {
    assert!(seen.error <= ALLOWED && seen.latency <= ALLOWED && seen.srm <= 6, "{seen:?}");
}

/// Acceptance A9.
#[test]
fn equal_arms_of_single_calls_raise_no_more_alarms_than_allowed() {
    let seen = simulate(EXPERIMENTS, 500_000, 1.0, false);
    within_the_level(&seen);
    // A test for one look, looked at 80 times, is wrong far more often.
    assert!(seen.naive > 3 * ALLOWED, "{seen:?}");
}

#[test]
fn a_canary_of_single_calls_raises_no_more_alarms_than_allowed() {
    within_the_level(&simulate(EXPERIMENTS, 50_000, 1.0, false));
}

#[test]
fn equal_arms_of_returning_units_raise_no_more_alarms_than_allowed() {
    let seen = simulate(EXPERIMENTS, 500_000, 1.0, true);
    within_the_level(&seen);
    // Calls of one unit are not independent: one look at calls is wrong far more often than 5 %.
    assert!(seen.by_calls > 3 * ALLOWED, "{seen:?}");
}

#[test]
fn a_canary_of_returning_units_raises_no_more_alarms_than_allowed() {
    within_the_level(&simulate(EXPERIMENTS, 50_000, 1.0, true));
}

#[test]
fn differences_that_are_there_are_found() {
    let halves = simulate(200, 500_000, 1.5, false);
    let canary = simulate(200, 50_000, 2.0, false);
    let returning = simulate(200, 500_000, 1.5, true);
    assert!(halves.error >= 160 && halves.latency == 200, "{halves:?}");
    assert!(canary.error >= 100 && canary.latency == 200, "{canary:?}");
    // Units that fail often fail at least once in either arm, so failures of returning units tell less.
    assert!(returning.latency == 200, "{returning:?}");
}
