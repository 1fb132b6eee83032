//! Runs of another variant beside calls that were answered: compared, timed, and never in the way.

use std::collections::VecDeque;
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, OnceLock, PoisonError, Weak};
use std::thread;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::counted::{MirrorResult, ModelCounts};
use super::execute::{RunRecord, Terms};
use super::keyed::point;
use super::model::{Digest, ModelId, VariantId};
use super::performance::{FailureKind, SeriesKey, SeriesKind, SeriesScope};
use super::route::{Compare, Mirror};
use super::snapshot::{Snapshot, VariantEntry};
use super::{Registry, Shared};
use crate::id::TenantId;
use crate::model::canonical_json;
use crate::simulation::CancelToken;
use crate::time::Timestamp;

/// Jobs that wait at most.
const QUEUE: usize = 256;

/// Differences of one run that are named.
const MOST_PATHS: usize = 20;

/// Runs that are kept to be looked at.
const MOST_RUNS: usize = 100;

const SAMPLE_LABEL: &[u8] = b"valor-ivx/mirror/v1\0";

/// One run beside a call; it tells its registry what came of it.
pub struct MirrorJob(Box<dyn FnOnce() + Send>);

impl MirrorJob {
    /// Runs it, on the calling thread.
    pub fn run(self) {
        (self.0)();
    }
}

/// Where mirrored runs go.
pub trait MirrorExecutor: Send + Sync {
    /// Takes `job`, or gives it back where there is no room; never waits.
    fn submit(&self, job: MirrorJob) -> Result<(), MirrorJob>;
}

/// One thread, started by the first job, with a queue of 256; what finds it full is dropped.
#[derive(Default)]
pub struct QueuedMirrors(OnceLock<Option<SyncSender<MirrorJob>>>);

impl QueuedMirrors {
    /// A queue without a thread yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl MirrorExecutor for QueuedMirrors {
    fn submit(&self, job: MirrorJob) -> Result<(), MirrorJob> {
        let start = || {
            let (sender, receiver) = sync_channel::<MirrorJob>(QUEUE);
            // It ends with the queue, when the last sender is gone.
            let work = move || receiver.into_iter().for_each(MirrorJob::run);
            thread::Builder::new().name("valor-mirror".to_owned()).spawn(work).ok().map(|_| sender)
        };
        match self.0.get_or_init(start) {
            Some(queue) => queue.try_send(job).map_err(|error| match error {
                TrySendError::Full(job) | TrySendError::Disconnected(job) => job,
            }),
            None => Err(job),
        }
    }
}

/// Runs every job at once, on the thread of the call; for tests.
pub struct InlineMirrors;

impl MirrorExecutor for InlineMirrors {
    fn submit(&self, job: MirrorJob) -> Result<(), MirrorJob> {
        job.run();
        Ok(())
    }
}

/// How the output of a mirror variant differs from the answer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MirrorDiff {
    /// Whether both have the same bits.
    pub equal_bits: bool,
    /// The largest difference of two numbers.
    pub max_abs: f64,
    /// The largest difference of two numbers relative to that of the answer, where that is not 0.
    pub max_rel: f64,
    /// Where they differ by more than is allowed: JSON pointers, at most 20.
    pub differing_paths: Vec<String>,
    /// Why the mirror variant gave nothing.
    pub mirror_error: Option<String>,
}

/// A run beside a call, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MirrorRun {
    /// The model.
    pub model: ModelId,
    /// The variant that answered.
    pub served: VariantId,
    /// The variant that ran beside it.
    pub mirror: VariantId,
    /// When it ended.
    pub at: Timestamp,
    /// What came of it.
    pub result: MirrorResult,
    /// The differences; absent where it did not run.
    pub diff: Option<MirrorDiff>,
}

impl MirrorRun {
    /// The JSON form, field for field.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// The last runs beside calls, oldest first.
pub(super) type MirrorRuns = VecDeque<MirrorRun>;

/// Whether a call with this input and seed is mirrored.
fn is_sampled(input_hash: &Digest, seed: u64, sample_ppm: u32) -> bool {
    let mut digest = Sha256::new();
    digest.update(SAMPLE_LABEL);
    digest.update(input_hash.as_bytes());
    digest.update(seed.to_be_bytes());
    let digest: [u8; 32] = digest.finalize().into();
    let first = digest.first_chunk().expect("a digest has 32 bytes");
    point(u64::from_be_bytes(*first)) < sample_ppm
}

/// What a run beside a call needs, on whichever thread.
struct Beside {
    registry: Weak<Shared>,
    counts: Arc<ModelCounts>,
    entry: VariantEntry,
    mirror: Mirror,
    tenant: Option<TenantId>,
    input: Value,
    output: Value,
    record: RunRecord,
    /// On the monotonic clock.
    submitted: u64,
}

impl Registry {
    /// Hands a call that was answered to the mirror variant, if it is sampled.
    pub(super) fn mirror(
        &self,
        snapshot: &Snapshot,
        tenant: Option<TenantId>,
        input: &Value,
        output: &Value,
        record: &RunRecord,
    ) {
        let model = record.model;
        let Some(mirror) = snapshot.mirror(&model, tenant) else { return };
        if !is_sampled(&record.input_hash, record.seed, mirror.sample_ppm) {
            return;
        }
        let Some(held) = snapshot.catalogue.get(&model) else { return };
        let takes = |entry: &&VariantEntry| entry.hindrance().is_none() && entry.servable.check(input).is_ok();
        let ready = held.variants.get(&mirror.variant).filter(takes);
        let submitted = ready.is_some_and(|entry| {
            let beside = Beside {
                registry: Arc::downgrade(&self.0),
                counts: held.counts.clone(),
                entry: entry.clone(),
                mirror: mirror.clone(),
                tenant,
                input: input.clone(),
                output: output.clone(),
                record: record.clone(),
                submitted: self.0.clock.monotonic_nanos(),
            };
            self.0.mirrors.submit(MirrorJob(Box::new(|| beside.run()))).is_ok()
        });
        if !submitted {
            held.counts.mirrored(MirrorResult::Dropped);
        }
    }

    /// The last 100 runs of mirror variants, oldest first.
    #[must_use]
    pub fn mirror_runs(&self) -> Vec<MirrorRun> {
        self.0.mirror_runs.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

impl Beside {
    fn run(self) {
        let Some(shared) = self.registry.upgrade() else { return };
        let registry = Registry(shared);
        let deadline = self.submitted.saturating_add(self.mirror.timeout_ms.saturating_mul(1_000_000));
        let is_late = || registry.0.clock.monotonic_nanos() > deadline;
        if is_late() {
            self.tell(&registry, MirrorResult::Dropped, None);
            return;
        }
        let unpulled = CancelToken::new();
        let terms = Terms::plain(self.record.seed, &unpulled, Some(deadline));
        let attempt = registry.timed(&self.entry, &self.input, &terms);
        let failure = attempt.outcome.as_ref().err().map(FailureKind::of);
        let scope = self.tenant.map_or(SeriesScope::Global, SeriesScope::Tenant);
        let (model, variant) = (self.record.model, self.mirror.variant);
        let key = SeriesKey { model, variant, kind: SeriesKind::Mirror, scope };
        let now = registry.0.clock.now();
        registry.0.recorder.series(key, now).finish(attempt.elapsed, now, failure);
        if is_late() {
            self.tell(&registry, MirrorResult::Dropped, None);
            return;
        }
        let (result, diff) = match &attempt.outcome {
            Ok(output) => compared(&self.output, output, self.mirror.compare),
            Err(error) => {
                let diff = MirrorDiff { mirror_error: Some(error.to_string()), ..MirrorDiff::default() };
                (MirrorResult::Error, diff)
            }
        };
        self.tell(&registry, result, Some(diff));
    }

    fn tell(&self, registry: &Registry, result: MirrorResult, diff: Option<MirrorDiff>) {
        self.counts.mirrored(result);
        let run = MirrorRun {
            model: self.record.model,
            served: self.record.variant,
            mirror: self.mirror.variant,
            at: registry.0.clock.now(),
            result,
            diff,
        };
        let mut runs = registry.0.mirror_runs.lock().unwrap_or_else(PoisonError::into_inner);
        if runs.len() == MOST_RUNS {
            runs.pop_front();
        }
        runs.push_back(run);
    }
}

/// What `mirrored` is beside the `answer`.
fn compared(answer: &Value, mirrored: &Value, compare: Compare) -> (MirrorResult, MirrorDiff) {
    if canonical_json(answer) == canonical_json(mirrored) {
        return (MirrorResult::Equal, MirrorDiff { equal_bits: true, ..MirrorDiff::default() });
    }
    let (abs, rel) = match compare {
        Compare::Exact => (0.0, 0.0),
        Compare::Tolerance { abs, rel } => (abs, rel),
    };
    let mut comparison = Comparison { abs, rel, diff: MirrorDiff::default(), differs: false };
    comparison.visit("", Some(answer), Some(mirrored));
    let within = !comparison.differs && compare != Compare::Exact;
    (if within { MirrorResult::Within } else { MirrorResult::Differs }, comparison.diff)
}

struct Comparison {
    abs: f64,
    rel: f64,
    diff: MirrorDiff,
    differs: bool,
}

impl Comparison {
    fn visit(&mut self, path: &str, answer: Option<&Value>, mirrored: Option<&Value>) {
        let step = |name: &str| format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"));
        match (answer, mirrored) {
            (Some(Value::Object(one)), Some(Value::Object(two))) => {
                let more = two.keys().filter(|name| !one.contains_key(*name));
                for name in one.keys().chain(more) {
                    self.visit(&step(name), one.get(name), two.get(name));
                }
            }
            (Some(Value::Array(one)), Some(Value::Array(two))) => {
                for at in 0..one.len().max(two.len()) {
                    self.visit(&step(&at.to_string()), one.get(at), two.get(at));
                }
            }
            (Some(Value::Number(one)), Some(Value::Number(two))) if one != two => {
                let (Some(one), Some(two)) = (one.as_f64(), two.as_f64()) else { return self.at(path) };
                let off = (one - two).abs();
                self.diff.max_abs = self.diff.max_abs.max(off);
                if one != 0.0 {
                    self.diff.max_rel = self.diff.max_rel.max(off / one.abs());
                }
                if off > self.abs && off > self.rel * one.abs() {
                    self.at(path);
                }
            }
            (one, two) if one != two => self.at(path),
            _ => {}
        }
    }

    fn at(&mut self, path: &str) {
        self.differs = true;
        if self.diff.differing_paths.len() < MOST_PATHS {
            self.diff.differing_paths.push(path.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_within_a_tolerance_are_told_from_those_beyond_it() {
        let answer = json!({"value": 100.0, "by_year": [1.0, 0.0], "note": "a"});
        let near = json!({"value": 100.5, "by_year": [1.0, 0.001], "note": "a"});
        let tolerance = Compare::Tolerance { abs: 0.01, rel: 0.006 };
        let (result, diff) = compared(&answer, &near, tolerance);
        assert_eq!((result, diff.equal_bits, diff.differing_paths.len()), (MirrorResult::Within, false, 0));
        assert_eq!((diff.max_abs, diff.max_rel), (0.5, 0.005));
        let (result, diff) = compared(&answer, &near, Compare::Exact);
        assert_eq!((result, diff.differing_paths), (MirrorResult::Differs, vec!["/value".into(), "/by_year/1".into()]));
        assert_eq!(compared(&answer, &answer, Compare::Exact).0, MirrorResult::Equal);
        let other = json!({"value": 100.0, "by_year": [1.0], "note": "b", "a/b": 1});
        let (result, diff) = compared(&answer, &other, tolerance);
        assert_eq!(result, MirrorResult::Differs);
        assert_eq!(diff.differing_paths, ["/by_year/1", "/note", "/a~1b"]);
    }

    #[test]
    fn a_call_is_sampled_below_its_share_and_not_at_it() {
        // By Python's hashlib: the first 8 bytes of the digest, as a part of a million.
        let hash = Digest::of_bytes(b"{\"rate\":0.1}");
        assert!(!is_sampled(&hash, 7, 729110) && is_sampled(&hash, 7, 729111));
    }

    #[test]
    fn at_most_twenty_differences_are_named() {
        let (one, two): (Vec<u32>, Vec<u32>) = ((0..100).collect(), (1..101).collect());
        let (result, diff) = compared(&json!(one), &json!(two), Compare::Exact);
        assert_eq!((result, diff.differing_paths.len(), diff.max_abs), (MirrorResult::Differs, MOST_PATHS, 1.0));
    }
}
