//! The metrics there are, as one table, and their text in Prometheus' exposition format 0.0.4.
//!
//! A room counts by itself and puts what it has counted into an [`Exposition`]; names, kinds, labels and
//! help come from the table alone. Label values are registered names and words of enums: whoever fills a
//! family writes `_other` for everything else, so that nobody outside decides how many series there are.
//! Format: <https://prometheus.io/docs/instrumenting/exposition_formats/>.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What stands for every label value that has no series of its own.
pub const OTHER: &str = "_other";

/// What kind of numbers a family holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FamilyKind {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
    /// Times, counted below bounds in nanoseconds, ascending.
    Histogram(&'static [u64]),
}

/// Which room fills a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FilledBy {
    /// `Registry::prometheus`.
    Registry,
    /// `Platform::prometheus`.
    Platform,
    /// The host's HTTP layer.
    Http,
    /// The host's operation: health checks, objectives, scaling.
    Operations,
}

/// A family of metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Family {
    /// Its name.
    pub name: &'static str,
    /// What kind of numbers it holds.
    pub kind: FamilyKind,
    /// The labels of every sample, sorted; a family that may name tenants has `tenant` besides where the
    /// host lists tenants.
    pub labels: &'static [&'static str],
    /// Who fills it.
    pub filled_by: FilledBy,
    /// What it is, in a line.
    pub help: &'static str,
}

/// Bounds of the time of a model: 1 µs to 60 s.
const MODEL_BOUNDS: [u64; 25] = [
    1_000,
    2_500,
    5_000,
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    1_000_000_000,
    2_500_000_000,
    5_000_000_000,
    10_000_000_000,
    25_000_000_000,
    50_000_000_000,
    60_000_000_000,
];

/// Bounds of a decision: 50 ns to 10 ms.
const DECISION_BOUNDS: [u64; 17] = [
    50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000,
    5_000_000, 10_000_000,
];

/// The bounds among those of a model from `first` to `last`.
const fn bounds(first: usize, last: usize) -> &'static [u64] {
    MODEL_BOUNDS.split_at(last + 1).0.split_at(first).1
}

/// Bounds of an operation of a store: 50 µs to 10 s.
const STORE_BOUNDS: &[u64] = bounds(5, 21);

/// Bounds of a request: 1 ms to 60 s.
const HTTP_BOUNDS: &[u64] = bounds(9, 24);

macro_rules! catalogue {
    ($($constant:ident $name:literal $kind:expr, [$($label:literal),*] $filled_by:ident $help:literal;)*) => {
        $(
            #[doc = concat!("`", $name, "`: ", $help)]
            pub const $constant: Family = Family {
                name: $name,
                kind: $kind,
                labels: &[$($label),*],
                filled_by: FilledBy::$filled_by,
                help: $help,
            };
        )*

        /// Every family there is, in the order of the specification.
        pub const CATALOGUE: &[Family] = &[$($constant),*];
    };
}

use FamilyKind::{Counter, Gauge, Histogram};

catalogue! {
    BUILD_INFO "valor_build_info" Gauge, ["schema", "version"] Registry
        "Version of the library and schema of routing configurations; always 1.";
    MODEL_CALLS "valor_model_calls_total" Counter, ["model", "outcome", "variant"] Registry
        "Finished calls by the variant that served.";
    MODEL_DURATION "valor_model_duration_seconds" Histogram(&MODEL_BOUNDS), ["model", "variant"] Registry
        "Time inside the variant that served, of good and failed calls.";
    RESOLUTIONS "valor_resolutions_total" Counter, ["model", "reason"] Registry
        "Routed calls by why the variant served.";
    FALLBACKS "valor_fallbacks_total" Counter, ["kind", "model"] Registry
        "Calls served by another variant than was assigned.";
    DRY_RUNS "valor_dry_runs_total" Counter, ["model"] Registry
        "Runs that count nowhere else.";
    MIRRORS "valor_mirror_total" Counter, ["model", "result"] Registry
        "Runs of a mirror variant beside calls, by what they gave.";
    EXPOSURES "valor_experiment_exposures_total" Counter, ["arm", "experiment"] Registry
        "Exposures to experiments, repeated ones among them.";
    EXPERIMENT_PAUSED "valor_experiment_paused" Gauge, ["experiment"] Registry
        "1 while the experiment is paused.";
    GUARDRAIL_BREACHES "valor_guardrail_breaches_total" Counter, ["action", "experiment", "metric"] Registry
        "Breaches of guardrails that were acted on.";
    CONFIG_VERSION "valor_routing_config_version" Gauge, ["scope_kind"] Registry
        "Version of the routing that serves; of tenants the highest.";
    CONFIG_AGE "valor_routing_config_age_seconds" Gauge, ["scope_kind"] Registry
        "Seconds since routing was last taken or found to be current.";
    APPLIES "valor_routing_applies_total" Counter, ["result"] Registry
        "Configurations that were submitted, by what came of them.";
    STATS_BATCHES "valor_stats_batches_total" Counter, ["result"] Registry
        "Batches of statistics that came from processes.";
    SERIES_FOLDED "valor_series_folded_total" Counter, [] Registry
        "Series that were counted into those of all others to stay within the limit.";
    DECISIONS "valor_decisions_total" Counter, ["outcome", "permission", "reason"] Platform
        "Decisions on whether a principal may act.";
    DECISION_DURATION "valor_decision_duration_seconds" Histogram(&DECISION_BOUNDS), [] Platform
        "Time of a decision.";
    PLAN_DENIALS "valor_plan_denials_total" Counter, ["feature", "plan"] Platform
        "Calls that the plan does not include.";
    QUOTA "valor_quota_total" Counter, ["kind", "result"] Platform
        "Reservations of quota by what came of them.";
    RATE_LIMITED "valor_rate_limited_total" Counter, ["plan"] Platform
        "Calls beyond the plan's rate.";
    USAGE_EVENTS "valor_usage_events_total" Counter, ["kind", "result"] Platform
        "Events of metered use.";
    AUDIT_RECORDS "valor_audit_records_total" Counter, ["outcome"] Platform
        "Records written to audit chains.";
    AUDIT_VERIFY_FAILURES "valor_audit_verify_failures_total" Counter, [] Platform
        "Audit chains that did not verify.";
    STORE_DURATION "valor_store_duration_seconds" Histogram(STORE_BOUNDS), ["op", "store"] Platform
        "Time of opening a transaction of the store, and of a question outside of one.";
    STORE_ERRORS "valor_store_errors_total" Counter, ["kind", "store"] Platform
        "Openings and questions of the store that failed; what fails in a transaction is not counted.";
    STORE_POOL "valor_store_pool_connections" Gauge, ["state", "store"] Platform
        "Connections of the store.";
    HTTP_REQUESTS "valor_http_requests_total" Counter, ["method", "route", "status_class"] Http
        "Requests by the template of their route.";
    HTTP_DURATION "valor_http_request_duration_seconds" Histogram(HTTP_BOUNDS), ["method", "route"] Http
        "Time of a request.";
    HTTP_IN_FLIGHT "valor_http_in_flight" Gauge, [] Http
        "Requests that are being answered.";
    DRAINING "valor_draining" Gauge, [] Http
        "1 while no new request is taken.";
    HTTP_REJECTED "valor_http_rejected_total" Counter, ["why"] Http
        "Requests that were turned away.";
    HEALTH_CHECK "valor_health_check_status" Gauge, ["check"] Operations
        "1 while the check passes.";
    SLO_BURN_RATE "valor_slo_burn_rate" Gauge, ["slo", "window"] Operations
        "How fast the error budget is used; 1 uses it up exactly.";
    SCALE_DECISIONS "valor_scale_decisions_total" Counter, ["direction", "reason"] Operations
        "Advice to scale.";
}

/// A label's name and value.
pub type Label<'a> = (&'static str, &'a str);

/// One sample of a family.
#[derive(Clone, Debug)]
enum Sample {
    Whole(u64),
    Real(f64),
    Times(Times),
}

/// Times counted below the bounds of a histogram.
#[derive(Clone, Debug, Default)]
pub struct Times {
    /// How many are at most each bound of the family.
    pub at_most: Vec<u64>,
    /// How many there are.
    pub count: u64,
    /// Their sum in nanoseconds.
    pub sum: u128,
}

/// Samples of one family by their labels, sorted.
type Samples = BTreeMap<Vec<(&'static str, String)>, Sample>;

/// Metrics on their way to text.
#[derive(Clone, Debug, Default)]
pub struct Exposition {
    families: BTreeMap<&'static str, (Family, Samples)>,
}

impl Exposition {
    /// An exposition that declares every family of `room`, so that what never happened shows too.
    #[must_use]
    pub fn of(room: FilledBy) -> Self {
        let mut exposition = Self::default();
        for family in CATALOGUE.iter().filter(|family| family.filled_by == room) {
            exposition.samples(family);
        }
        exposition
    }

    fn samples(&mut self, family: &Family) -> &mut Samples {
        &mut self.families.entry(family.name).or_insert_with(|| (*family, Samples::new())).1
    }

    fn sample(&mut self, family: &Family, labels: &[Label<'_>], none: Sample) -> &mut Sample {
        let mut labels: Vec<(&'static str, String)> =
            labels.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        labels.sort_unstable();
        debug_assert!(
            labels.iter().map(|label| label.0).filter(|name| *name != "tenant").eq(family.labels.iter().copied()),
            "labels of {}",
            family.name
        );
        self.samples(family).entry(labels).or_insert(none)
    }

    /// Adds `count` to a counter or a gauge of whole numbers.
    pub fn add(&mut self, family: &Family, labels: &[Label<'_>], count: u64) {
        if let Sample::Whole(sum) = self.sample(family, labels, Sample::Whole(0)) {
            *sum = sum.saturating_add(count);
        }
    }

    /// Sets a gauge; of two values for the same labels the larger stays.
    pub fn set(&mut self, family: &Family, labels: &[Label<'_>], value: f64) {
        if let Sample::Real(held) = self.sample(family, labels, Sample::Real(value)) {
            *held = held.max(value);
        }
    }

    /// Adds times to a histogram; `times` are counted below the bounds of `family`.
    pub fn times(&mut self, family: &Family, labels: &[Label<'_>], times: &Times) {
        let none = Times { at_most: vec![0; times.at_most.len()], ..Times::default() };
        if let Sample::Times(held) = self.sample(family, labels, Sample::Times(none)) {
            for (count, more) in held.at_most.iter_mut().zip(&times.at_most) {
                *count = count.saturating_add(*more);
            }
            held.count = held.count.saturating_add(times.count);
            held.sum = held.sum.saturating_add(times.sum);
        }
    }

    /// Takes in the families of another room.
    pub fn join(&mut self, other: Self) {
        self.families.extend(other.families);
    }

    /// The text: families by name, samples by labels.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = String::new();
        for (family, samples) in self.families.values() {
            let kind = match family.kind {
                Counter => "counter",
                Gauge => "gauge",
                Histogram(_) => "histogram",
            };
            let help = family.help.replace('\\', "\\\\").replace('\n', "\\n");
            let _ = writeln!(text, "# HELP {} {help}\n# TYPE {} {kind}", family.name, family.name);
            for (labels, sample) in samples {
                let labels = written(labels);
                match sample {
                    Sample::Whole(value) => line(&mut text, family.name, "", &labels, value),
                    Sample::Real(value) => line(&mut text, family.name, "", &labels, value),
                    Sample::Times(times) => histogram(&mut text, family, &labels, times),
                }
            }
        }
        text
    }
}

/// Labels as they stand between the braces.
fn written(labels: &[(&'static str, String)]) -> String {
    let mut text = String::new();
    for (name, value) in labels {
        if !text.is_empty() {
            text.push(',');
        }
        let _ = write!(text, "{name}=\"");
        for c in value.chars() {
            match c {
                '\\' => text.push_str("\\\\"),
                '"' => text.push_str("\\\""),
                '\n' => text.push_str("\\n"),
                c => text.push(c),
            }
        }
        text.push('"');
    }
    text
}

fn histogram(text: &mut String, family: &Family, labels: &str, times: &Times) {
    let Histogram(bounds) = family.kind else { return };
    let comma = if labels.is_empty() { "" } else { "," };
    for (bound, count) in bounds.iter().zip(&times.at_most) {
        let bound = *bound as f64 / 1e9;
        let _ = writeln!(text, "{}_bucket{{{labels}{comma}le=\"{bound}\"}} {count}", family.name);
    }
    let _ = writeln!(text, "{}_bucket{{{labels}{comma}le=\"+Inf\"}} {}", family.name, times.count);
    line(text, family.name, "_sum", labels, &(times.sum as f64 / 1e9));
    line(text, family.name, "_count", labels, &times.count);
}

fn line(text: &mut String, name: &str, suffix: &str, labels: &str, value: &dyn std::fmt::Display) {
    let _ = if labels.is_empty() {
        writeln!(text, "{name}{suffix} {value}")
    } else {
        writeln!(text, "{name}{suffix}{{{labels}}} {value}")
    };
}

/// Counts and times by family and labels, for rooms whose events are rare beside the work they stand for.
#[derive(Debug, Default)]
pub struct Counts(Mutex<Counted>);

/// A family and the values of its labels.
type Labelled = (&'static str, Vec<String>);

#[derive(Debug, Default)]
struct Counted {
    counts: BTreeMap<Labelled, u64>,
    times: BTreeMap<Labelled, Times>,
}

fn labelled(family: &Family, values: &[&str]) -> Labelled {
    debug_assert_eq!(values.len(), family.labels.len(), "labels of {}", family.name);
    (family.name, values.iter().map(|value| (*value).to_owned()).collect())
}

fn labels<'a>(family: &Family, values: &'a [String]) -> Vec<Label<'a>> {
    family.labels.iter().zip(values).map(|(name, value)| (*name, value.as_str())).collect()
}

impl Counts {
    /// Counts one event of `family`, with the values of its labels in the family's order.
    pub fn count(&self, family: &Family, values: &[&str]) {
        *self.counted().counts.entry(labelled(family, values)).or_default() += 1;
    }

    /// Adds a time to the histogram `family`, with the values of its labels in the family's order.
    pub fn time(&self, family: &Family, values: &[&str], nanos: u64) {
        let Histogram(bounds) = family.kind else { return };
        let mut counted = self.counted();
        let none = || Times { at_most: vec![0; bounds.len()], ..Times::default() };
        let times = counted.times.entry(labelled(family, values)).or_insert_with(none);
        let reached = times.at_most.iter_mut().zip(bounds).filter(|(_, bound)| nanos <= **bound);
        reached.for_each(|(count, _)| *count += 1);
        times.count += 1;
        times.sum += u128::from(nanos);
    }

    fn counted(&self) -> MutexGuard<'_, Counted> {
        // Each number is whole by itself.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts the counts into `exposition`.
    pub fn fill(&self, exposition: &mut Exposition) {
        let Counted { counts, times } = &*self.counted();
        for family in CATALOGUE {
            for ((_, values), count) in counts.iter().filter(|((name, _), _)| *name == family.name) {
                exposition.add(family, &labels(family, values), *count);
            }
            for ((_, values), times) in times.iter().filter(|((name, _), _)| *name == family.name) {
                exposition.times(family, &labels(family, values), times);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_is_named_once_and_its_labels_are_sorted() {
        let mut names: Vec<&str> = CATALOGUE.iter().map(|family| family.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), CATALOGUE.len());
        for family in CATALOGUE {
            assert!(family.labels.is_sorted(), "{}", family.name);
            assert_eq!(family.kind == Counter, family.name.ends_with("_total"), "{}", family.name);
            assert_eq!(
                matches!(family.kind, Histogram(_)),
                family.name.ends_with("_duration_seconds"),
                "{}",
                family.name
            );
            if let Histogram(bounds) = family.kind {
                assert!(bounds.is_sorted_by(|one, two| one < two), "{}", family.name);
            }
        }
        assert_eq!((STORE_BOUNDS[0], STORE_BOUNDS.last()), (50_000, Some(&10_000_000_000)));
        assert_eq!((HTTP_BOUNDS[0], HTTP_BOUNDS.last()), (1_000_000, Some(&60_000_000_000)));
    }

    #[test]
    fn text_has_families_and_labels_sorted_and_values_escaped() {
        let mut exposition = Exposition::default();
        exposition.add(&MODEL_CALLS, &[("variant", "v\"1\\\n"), ("model", "m"), ("outcome", "ok")], 2);
        exposition.add(&MODEL_CALLS, &[("variant", "v\"1\\\n"), ("model", "m"), ("outcome", "ok")], 3);
        exposition.set(&DRAINING, &[], 0.5);
        let at_most = (0..MODEL_BOUNDS.len() as u64).collect();
        exposition.times(
            &MODEL_DURATION,
            &[("model", "m"), ("variant", "v")],
            &Times { at_most, count: 30, sum: 1_500 },
        );
        let text = exposition.to_text();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "# HELP valor_draining 1 while no new request is taken.");
        assert_eq!(lines[1..3], ["# TYPE valor_draining gauge", "valor_draining 0.5"]);
        assert_eq!(lines[5], r#"valor_model_calls_total{model="m",outcome="ok",variant="v\"1\\\n"} 5"#);
        assert_eq!(lines[8], r#"valor_model_duration_seconds_bucket{model="m",variant="v",le="0.000001"} 0"#);
        assert_eq!(lines[9], r#"valor_model_duration_seconds_bucket{model="m",variant="v",le="0.0000025"} 1"#);
        let end = &lines[lines.len() - 3..];
        assert_eq!(end[0], r#"valor_model_duration_seconds_bucket{model="m",variant="v",le="+Inf"} 30"#);
        assert_eq!(end[1], r#"valor_model_duration_seconds_sum{model="m",variant="v"} 0.0000015"#);
        assert_eq!(end[2], r#"valor_model_duration_seconds_count{model="m",variant="v"} 30"#);
    }
}
