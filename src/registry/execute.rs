//! A routed run: resolve, run, book, and write down what ran.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::Registry;
use super::catalogue::known_variant;
use super::model::{Digest, ModelId, SemVer, VariantId, build_id};
use super::performance::{FailureKind, SeriesKey, SeriesKind, SeriesScope};
use super::resolution::{ConfigVersions, Reason, Resolution, RouteRequest};
use super::snapshot::{Exposed, Routed, VariantEntry};
use super::variant::RunCx;
use crate::error::{Error, ErrorKind};
use crate::id::TenantId;
use crate::simulation::{CancelToken, Progress};

/// The schema of run records.
const RECORD_SCHEMA: u16 = 1;

/// What a run is given besides its input.
#[derive(Clone, Copy, Default)]
pub struct ExecOpts<'a> {
    /// The seed of everything random in the run.
    pub seed: u64,
    /// Stops the run.
    pub cancel: Option<&'a CancelToken>,
    /// Is told how far a long run is, on the calling thread.
    pub progress: Option<&'a dyn Fn(&Progress)>,
    /// How long the call may take, a second attempt by another variant included; what answers later is
    /// `timeout`. A variant that can stop looks at [`RunCx::deadline`].
    pub timeout: Option<Duration>,
}

/// Whether a run counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RunKind {
    /// It is in performance and usage.
    Live,
    /// It is in neither.
    DryRun,
}

/// What ran, so that it can be run again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunRecord {
    /// The schema of this record.
    pub schema: u16,
    /// The model.
    pub model: ModelId,
    /// The variant that served.
    pub variant: VariantId,
    /// Its version.
    pub version: SemVer,
    /// Its digest.
    pub digest: Digest,
    /// SHA-256 of the canonical input.
    pub input_hash: Digest,
    /// SHA-256 of the canonical output.
    pub output_hash: Digest,
    /// The seed.
    pub seed: u64,
    /// The versions it was routed by.
    pub config: ConfigVersions,
    /// Their digest.
    pub config_hash: Digest,
    /// What computed.
    pub build: String,
}

impl RunRecord {
    /// The JSON form, field for field.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// A finished run.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Executed {
    /// The output of the variant that served.
    pub output: Value,
    /// Which variant served, and why.
    pub resolution: Resolution,
    /// Nanoseconds in the variant that served.
    pub elapsed: u64,
    /// What ran.
    pub record: RunRecord,
    /// Whether it counts.
    pub kind: RunKind,
}

impl Executed {
    /// The JSON form, field for field.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// On what terms a variant runs.
pub(super) struct Terms<'a> {
    seed: u64,
    cancel: &'a CancelToken,
    progress: Option<&'a dyn Fn(&Progress)>,
    /// On the monotonic clock.
    deadline: Option<u64>,
}

impl<'a> Terms<'a> {
    /// Nobody watches.
    pub(super) fn plain(seed: u64, cancel: &'a CancelToken, deadline: Option<u64>) -> Self {
        Self { seed, cancel, progress: None, deadline }
    }
}

/// What a variant did with an input.
pub(super) struct Attempt {
    pub(super) outcome: Result<Value, Error>,
    pub(super) elapsed: u64,
}

impl Registry {
    /// Routes and runs a call, and books it under the variant that served.
    ///
    /// Errors of the variant pass through unchanged; a panic is `model_internal`. Only a failure
    /// inside the variant lets another step in, and only where the fallback policy says so.
    pub fn execute(
        &self,
        model: &ModelId,
        request: &RouteRequest<'_>,
        input: &Value,
        options: &ExecOpts<'_>,
    ) -> Result<Executed, Error> {
        self.run_routed(model, request, input, options, RunKind::Live)
    }

    /// Runs `input` through a variant (the one routing gives when absent) and counts it nowhere.
    pub fn dry_run(
        &self,
        model: &ModelId,
        variant: Option<&VariantId>,
        input: &Value,
        options: &ExecOpts<'_>,
    ) -> Result<Executed, Error> {
        let request = RouteRequest { force: variant, ..RouteRequest::default() };
        self.run_routed(model, &request, input, options, RunKind::DryRun)
    }

    fn run_routed(
        &self,
        model: &ModelId,
        request: &RouteRequest<'_>,
        input: &Value,
        options: &ExecOpts<'_>,
        kind: RunKind,
    ) -> Result<Executed, Error> {
        // Held for the whole call: a variant may call back, and later versions do not concern it.
        let snapshot = self.snapshot();
        let counts = &snapshot.model(model)?.counts;
        must_be_object(input)?;
        let unpulled = CancelToken::new();
        let cancel = options.cancel.unwrap_or(&unpulled);
        let deadline = options.timeout.map(|timeout| {
            let nanos = u64::try_from(timeout.as_nanos()).unwrap_or(u64::MAX);
            self.0.clock.monotonic_nanos().saturating_add(nanos)
        });
        let terms = Terms { seed: options.seed, cancel, progress: options.progress, deadline };
        if cancel.is_cancelled() {
            return Err(Error::cancelled(format!("run of {model}")));
        }
        let mut routed = snapshot.resolve(model, request, &|| self.next_draw())?;
        routed.entry.servable.check(input)?;
        let exposed = if kind == RunKind::Live { routed.expose(self.0.clock.now()) } else { None };
        let mut attempt = self.attempt(&routed, request.tenant, input, &terms, kind);
        let (mut waited, failed) = (attempt.elapsed, tells_of_arm(&attempt.outcome));
        if let Err(error) = &attempt.outcome
            && is_failure_of_variant(error)
            && !cancel.is_cancelled()
            && !self.is_past(deadline)
            && let Some(next) = routed.after_error(error)
            && next.entry.servable.check(input).is_ok()
        {
            attempt = self.attempt(&next, request.tenant, input, &terms, kind);
            waited = waited.saturating_add(attempt.elapsed);
            routed = next;
        }
        let resolution = routed.resolution();
        match kind {
            RunKind::Live => counts.resolved(&resolution),
            RunKind::DryRun => counts.dry_run(),
        }
        if let (Some(Exposed { book, experiment, place }), Some(failed)) = (exposed, failed)
            // By intention to treat: a failure of the arm stays one, whoever stepped in.
            && book.called(place, waited, failed)
        {
            self.look_at_guardrails(experiment);
        }
        let output = attempt.outcome?;
        let record = record(routed.entry, &resolution, input, &output, options.seed);
        if kind == RunKind::Live {
            self.mirror(&snapshot, request.tenant, input, &output, &record);
        }
        Ok(Executed { output, resolution, elapsed: attempt.elapsed, record, kind })
    }

    /// Runs the variant that was routed to, and books what came of it.
    fn attempt(
        &self,
        routed: &Routed<'_>,
        tenant: Option<TenantId>,
        input: &Value,
        terms: &Terms<'_>,
        kind: RunKind,
    ) -> Attempt {
        let attempt = self.timed(routed.entry, input, terms);
        if kind == RunKind::Live {
            let (now, failure) = (self.0.clock.now(), attempt.outcome.as_ref().err().map(FailureKind::of));
            match tenant {
                None => routed.entry.series.finish(attempt.elapsed, now, failure),
                Some(tenant) => {
                    let (model, variant) = (*routed.model(), *routed.served);
                    let scope = SeriesScope::Tenant(tenant);
                    let key = SeriesKey { model, variant, kind: SeriesKind::Live, scope };
                    self.0.recorder.series(key, now).finish(attempt.elapsed, now, failure);
                }
            }
        }
        attempt
    }

    fn is_past(&self, deadline: Option<u64>) -> bool {
        deadline.is_some_and(|deadline| self.0.clock.monotonic_nanos() > deadline)
    }

    pub(super) fn timed(&self, entry: &VariantEntry, input: &Value, terms: &Terms<'_>) -> Attempt {
        let Terms { seed, cancel, progress, deadline } = *terms;
        let mut cx = RunCx { seed, cancel, progress, deadline };
        let start = self.0.clock.monotonic_nanos();
        let run = catch_unwind(AssertUnwindSafe(|| entry.servable.run(input, &mut cx)));
        let elapsed = self.0.clock.monotonic_nanos().saturating_sub(start);
        let outcome = run.unwrap_or_else(|panic| {
            let said = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let said = said.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
            let spec = entry.servable.spec();
            let what = format!("variant {} of model {} panicked: {said}", spec.variant, spec.model);
            Err(Error::internal("model_internal", what))
        });
        let outcome = outcome.and_then(|output| {
            let spec = entry.servable.spec();
            let late = || Error::unavailable("timeout", format!("variant {} of model {}", spec.variant, spec.model));
            if self.is_past(deadline) { Err(late()) } else { Ok(output) }
        });
        Attempt { outcome, elapsed }
    }

    /// Runs what `record` says again on `input` and compares; counted nowhere.
    ///
    /// `record_mismatch` with the differences in `problems` when variant, build, input or output are
    /// not those of the record.
    pub fn replay(&self, record: &RunRecord, input: &Value) -> Result<Executed, Error> {
        let snapshot = self.snapshot();
        let entry = known_variant(&snapshot, &record.model, &record.variant)?;
        let spec = entry.servable.spec();
        let differing = |pairs: Vec<(&str, Value, Value)>| {
            let differences: Vec<Value> = pairs
                .into_iter()
                .filter(|(_, recorded, found)| recorded != found)
                .map(|(field, recorded, found)| json!({"field": field, "recorded": recorded, "found": found}))
                .collect();
            if differences.is_empty() {
                return Ok(());
            }
            let what = format!("replay of {} by variant {}", record.model, record.variant);
            Err(Error::conflict("record_mismatch", what).with("problems", differences))
        };
        differing(vec![
            ("schema", json!(record.schema), json!(RECORD_SCHEMA)),
            ("version", json!(record.version), json!(spec.version)),
            ("digest", json!(record.digest), json!(entry.digest)),
            ("build", json!(record.build), json!(build_id())),
            ("input_hash", json!(record.input_hash), json!(Digest::of_json(input))),
        ])?;
        let attempt = self.timed(entry, input, &Terms::plain(record.seed, &CancelToken::new(), None));
        let output = attempt.outcome?;
        differing(vec![("output_hash", json!(record.output_hash), json!(Digest::of_json(&output)))])?;
        let resolution = Resolution {
            model: record.model,
            requested: Some(record.variant),
            assigned: record.variant,
            served: record.variant,
            reason: Reason::Forced,
            config_version: record.config,
            config_hash: record.config_hash,
            experiment: None,
            shadowed: None,
            fallback: None,
            deprecated: entry.status == super::VariantStatus::Deprecated,
        };
        Ok(Executed { output, resolution, elapsed: attempt.elapsed, record: record.clone(), kind: RunKind::DryRun })
    }
}

fn must_be_object(input: &Value) -> Result<(), Error> {
    if input.is_object() {
        return Ok(());
    }
    Err(Error::invalid_input("input", input.clone(), "a JSON object").with_reason("invalid_input"))
}

/// Whether it is the variant that failed, and not the input that has no answer.
fn is_failure_of_variant(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Internal | ErrorKind::Unavailable)
}

/// Whether the arm failed; none where the caller cancelled or asked wrongly, which says nothing of the arm.
fn tells_of_arm(outcome: &Result<Value, Error>) -> Option<bool> {
    match outcome.as_ref().map_err(Error::kind) {
        Ok(_) => Some(false),
        Err(ErrorKind::Cancelled | ErrorKind::InvalidInput) => None,
        Err(_) => Some(true),
    }
}

fn record(entry: &VariantEntry, resolution: &Resolution, input: &Value, output: &Value, seed: u64) -> RunRecord {
    RunRecord {
        schema: RECORD_SCHEMA,
        model: resolution.model,
        variant: resolution.served,
        version: entry.servable.spec().version,
        digest: entry.digest,
        input_hash: Digest::of_json(input),
        output_hash: Digest::of_json(output),
        seed,
        config: resolution.config_version,
        config_hash: resolution.config_hash,
        build: build_id(),
    }
}
