//! The governed run, step by step, and its replay.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::counted::Reserved;
use super::denials::{Acting, Refused};
use super::services::event;
use super::{GovernedRun, Platform, Replay, RunControl, RunRequest};
use crate::catalogue;
use crate::error::Error;
use crate::id::{ReservationId, RunId, UsageEventId};
use crate::registry::{ExecOpts, Executed, ModelId, Resolution, RouteRequest, RunRecord, UnitId, VariantId};
use crate::store::require_key;
use crate::tenancy::{
    Audience, AuditEvent, Decision, LimitKind, Permission, Reservation, ReservationState, Resource, Run, TenantCtx,
    UsageEvent, UsageKind, VerifiedPrincipal,
};
use crate::time::Timestamp;

/// How long a run may hold its part of a quota.
pub(super) const HOLD_MICROS: i64 = 3_600_000_000;

/// What is to run, after the request has been read.
struct Work {
    model: ModelId,
    input: Value,
    features: Vec<String>,
    trials: u64,
    unit: UnitId,
    force: Option<VariantId>,
}

/// A refusal, and why it could not be put on record, if it could not.
pub(super) fn beside(error: Error, recorded: Result<(), Error>) -> Error {
    match recorded {
        Ok(()) => error,
        Err(also) => Error::collect(vec![error.clone(), also]).unwrap_or(error),
    }
}

impl Platform {
    /// Runs a model under the rights, the plan and the routing of the caller.
    ///
    /// In this order: enter, rate, permission and plan, inputs, quota held, variant resolved and run (with
    /// no transaction open), performance recorded under the variant that served; then in one transaction
    /// the decision again, quota committed, usage counted, audit link, run kept.
    pub fn run(&self, who: &VerifiedPrincipal, request: &RunRequest) -> Result<GovernedRun, Error> {
        self.run_with(who, request, &RunControl::default())
    }

    /// As [`Platform::run`], stopped and watched from outside.
    pub fn run_with(
        &self,
        who: &VerifiedPrincipal,
        request: &RunRequest,
        control: &RunControl<'_>,
    ) -> Result<GovernedRun, Error> {
        let cx = self.enter(who)?;
        if let Some(key) = &request.idem_key
            && let Some(run) = self.store.read(&cx)?.run_by_key(cx.user(), key)?
        {
            let id = run.id.to_string();
            self.permit(&cx, Permission::ReadModels, &Resource::from(&run), ["run.read", "run", &id], "run")?;
            return first_result(run, request);
        }
        let outcome = self.admitted(&cx, request).and_then(|work| self.carry_out(who, &cx, request, work, control));
        outcome.map_err(|error| {
            let recorded = self.put_refusal_on_record(&cx, &request.model, &error);
            beside(error, recorded)
        })
    }

    /// Steps 2 to 4: everything that can refuse before anything is held.
    fn admitted(&self, cx: &TenantCtx, request: &RunRequest) -> Result<Work, Error> {
        self.admit(cx)?;
        let what = format!("run of {}", request.model);
        self.decide(cx, Permission::ReadModels, &Resource::Tenant).into_result(&what)?;
        if request.save {
            self.decide(cx, Permission::WriteModels, &Resource::Tenant).into_result(&format!("saving a {what}"))?;
            if request.audience != Audience::Private {
                self.decide(cx, Permission::ShareModels, &Resource::Tenant)
                    .into_result(&format!("sharing a {what}"))?;
            }
            request.subject.as_deref().map_or(Ok(()), |subject| require_key("subject", subject))?;
        }
        if request.force.is_some() {
            let decision = self.decide(cx, Permission::ConfigureIntegrations, &Resource::Tenant);
            decision.into_result(&format!("forcing a variant in a {what}"))?;
        }
        let mut work = self.work(cx, request)?;
        for feature in &work.features {
            self.entitle(cx, feature, &format!("{what} (feature {feature})"))?;
        }
        if catalogue::find(work.model.as_str()).is_ok() {
            // A study of a model takes what the model takes, however deep it lies.
            let (features, trials) = catalogue::demand(work.model.as_str(), &work.input)?;
            for feature in features {
                if !work.features.iter().any(|known| known == feature) {
                    self.entitle(cx, feature, &format!("{what} (feature {feature})"))?;
                    work.features.push(feature.to_owned());
                }
            }
            if !cx.limit(LimitKind::TrialsPerRun).allows(trials) {
                return Err(Error::limit_exceeded("quota_exceeded", format!("{trials} trials in one run")));
            }
            work.trials = trials;
        }
        Ok(work)
    }

    fn work(&self, cx: &TenantCtx, request: &RunRequest) -> Result<Work, Error> {
        let asked: ModelId = request.model.parse()?;
        let mut features = self.features_of(&asked)?;
        let (model, input) = match &request.simulation {
            None => (asked, request.inputs.clone()),
            Some(simulation) => {
                let Value::Object(simulation) = simulation else {
                    return Err(Error::invalid_input("simulation", simulation.clone(), "an object"));
                };
                let mut input = Map::from_iter([
                    ("model".to_owned(), request.model.clone().into()),
                    ("input".to_owned(), request.inputs.clone()),
                ]);
                for (name, value) in simulation {
                    if input.insert(name.clone(), value.clone()).is_some() {
                        let field = format!("simulation.{name}");
                        return Err(Error::invalid_input(field, value.clone(), "given by the run's own fields"));
                    }
                }
                let model: ModelId = "simulate".parse()?;
                features.extend(self.features_of(&model)?);
                (model, Value::Object(input))
            }
        };
        let unit = match &request.unit {
            Some(unit) => unit.parse()?,
            None => cx.user().to_string().parse()?,
        };
        let force = request.force.as_ref().map(|variant| variant.parse()).transpose()?;
        Ok(Work { model, input, features, trials: 0, unit, force })
    }

    /// The plan features that guard a model: those of its variants.
    pub(super) fn features_of(&self, model: &ModelId) -> Result<Vec<String>, Error> {
        let models = self.registry.models();
        let variants = models.get(model).ok_or_else(|| {
            Error::not_found("unknown_model", format!("model {model}"))
                .with_hint("register it, or choose one of the built-in models")
        })?;
        let mut features = Vec::new();
        for variant in variants {
            let (spec, ..) = self.registry.variant(model, variant)?;
            // A model of the host's own without a stated feature belongs to the models of the plan.
            let feature = spec.feature.unwrap_or_else(|| "ml_models".to_owned());
            if !features.contains(&feature) {
                features.push(feature);
            }
        }
        Ok(features)
    }

    /// Steps 5 to 10.
    fn carry_out(
        &self,
        who: &VerifiedPrincipal,
        cx: &TenantCtx,
        request: &RunRequest,
        work: Work,
        control: &RunControl<'_>,
    ) -> Result<GovernedRun, Error> {
        self.restore_routing(cx)?;
        let held = self.hold(cx)?;
        let route =
            RouteRequest { tenant: Some(cx.tenant()), unit: Some(&work.unit), force: work.force.as_ref(), draw: None };
        let options =
            ExecOpts { seed: request.seed, cancel: control.cancel, progress: control.progress, ..ExecOpts::default() };
        let executed = self.registry.execute(&work.model, &route, &work.input, &options);
        self.enforce_guardrails(cx);
        self.publish_when_due(cx);
        let ended = executed.and_then(|executed| self.write_down(who, request, work, held, executed));
        if ended.is_err() {
            // Why the run failed is what its caller must know; what cannot be released now expires.
            let _ = self.release(cx, held);
        }
        ended
    }

    /// Step 5: one run of the month's quota.
    fn hold(&self, cx: &TenantCtx) -> Result<ReservationId, Error> {
        let id = ReservationId::new(&*self.ids, cx.now());
        let reservation = Reservation {
            id,
            kind: LimitKind::RunsPerMonth,
            window: cx.now().start_of_month(),
            amount: 1,
            state: ReservationState::Open,
            expires_at: cx.now().plus_micros(HOLD_MICROS),
        };
        let hold = || {
            let mut tx = self.store.write(cx)?;
            tx.reserve(&reservation, cx.limit(LimitKind::RunsPerMonth), cx.now())?;
            tx.commit()
        };
        let done = hold();
        self.count_quota(LimitKind::RunsPerMonth, Reserved::Held, &done);
        done.map(|()| id)
    }

    fn release(&self, cx: &TenantCtx, held: ReservationId) -> Result<(), Error> {
        let release = || {
            let mut tx = self.store.write(cx)?;
            tx.release_reservation(held)?;
            tx.commit()
        };
        let done = release();
        self.count_quota(LimitKind::RunsPerMonth, Reserved::Released, &done);
        done
    }

    /// Step 9: everything that follows from a finished run, in one transaction.
    fn write_down(
        &self,
        who: &VerifiedPrincipal,
        request: &RunRequest,
        work: Work,
        held: ReservationId,
        executed: Executed,
    ) -> Result<GovernedRun, Error> {
        // By the rights of this moment: what was withdrawn while the run was under way binds it.
        let cx = self.enter(who)?;
        let permission = if request.save { Permission::WriteModels } else { Permission::ReadModels };
        let decision = self.decide(&cx, permission, &Resource::Tenant);
        decision.clone().into_result(&format!("run of {}", request.model))?;
        for feature in &work.features {
            self.entitle(&cx, feature, &format!("run of {}", request.model))?;
        }

        let now = self.clock.now();
        let run_id = RunId::new(&*self.ids, now);
        let mut tx = self.begin(&cx)?;
        tx.commit_reservation(held, 1, cx.limit(LimitKind::RunsPerMonth), now)?;
        // By a clock that lags behind the one that closed the last bill it would be on none.
        let metered_at = now.max(cx.subscription().metered_from);
        let usage = [(UsageKind::ModelRun, 1), (UsageKind::Trials, work.trials)];
        let (mut usage_events, mut counted) = (Vec::new(), Vec::new());
        for (kind, quantity) in usage.into_iter().filter(|(_, quantity)| *quantity > 0) {
            let id = UsageEventId::new(&*self.ids, now);
            let idem_key = format!("{run_id}/{}", kind.name());
            let event = UsageEvent {
                id,
                idem_key,
                kind,
                quantity,
                at: metered_at,
                run_id: Some(run_id),
                dims: BTreeMap::new(),
            };
            counted.push((kind, tx.record_usage(&event)?));
            usage_events.push(id.to_string());
        }
        let served = executed.resolution.served.to_string();
        let link = tx.append_audit(&AuditEvent {
            detail: json!({
                "model": request.model, "variant": served, "reason": executed.resolution.reason,
                "input_hash": executed.record.input_hash, "output_hash": executed.record.output_hash,
                "saved": request.save,
            }),
            ..event(&cx.user().to_string(), "run.create", "run", &run_id.to_string(), now)
        })?;
        let record = full_record(run_id, &cx, request, &decision, &executed, &usage_events, link.seq, now);
        if request.save {
            let mut run = Run {
                id: run_id,
                owner_id: cx.user(),
                organization_id: cx.organization(),
                audience: request.audience,
                model: request.model.clone(),
                variant: served,
                subject: request.subject.clone(),
                title: request.title.clone(),
                record: record.clone(),
                input: work.input,
                output: executed.output.clone(),
                bytes: 0,
                idem_key: request.idem_key.clone(),
                created_at: now,
            };
            run.bytes = [&run.record, &run.input, &run.output].iter().map(|part| part.to_string().len() as u64).sum();
            self.count_bytes(&mut *tx, &cx, run.bytes, now)?;
            tx.insert_run(&run)?;
        }
        tx.commit()?;
        self.count_quota(LimitKind::RunsPerMonth, Reserved::Committed, &Ok(()));
        if request.save {
            self.bytes_were_counted();
        }
        for (kind, recorded) in counted {
            self.count_usage(kind, recorded);
        }
        self.count_record("ok");
        Ok(GovernedRun {
            run_id,
            output: executed.output,
            resolution: executed.resolution,
            elapsed: executed.elapsed,
            record,
        })
    }

    /// Puts a refused or failed run on record.
    fn put_refusal_on_record(&self, cx: &TenantCtx, model: &str, error: &Error) -> Result<(), Error> {
        // Text that is no name at all is not put on record as one.
        let model = model.parse::<ModelId>().map_or_else(|_| String::new(), |model| model.to_string());
        let reason = error.reason().unwrap_or(error.kind().name());
        let acting = Acting::Tenant(cx.clone());
        if matches!(error.kind().name(), "Denied" | "LimitExceeded" | "NotFound") {
            let permission = "";
            let (action, resource_type, resource_id) = ("run.create", "model", &*model);
            return self.put_refusal(&acting, Refused { action, resource_type, resource_id, permission, reason });
        }
        self.put(
            &acting,
            &AuditEvent {
                outcome: "failed".to_owned(),
                reason: Some(reason.to_owned()),
                ..event(&acting.actor(), "run.create", "model", &model, self.clock.now())
            },
        )
    }

    /// Runs a kept run again and compares bit for bit.
    pub fn replay(&self, who: &VerifiedPrincipal, run_id: RunId) -> Result<Replay, Error> {
        let cx = self.enter(who)?;
        let found = self.store.read(&cx)?.run(run_id);
        let run = self.read_kept(&cx, found, ["run", &run_id.to_string()])?;
        let record = run_record(&run.record)?;
        let output_hash = record.output_hash.to_string();
        match self.registry.replay(&record, &run.input) {
            Ok(_) => Ok(Replay { identical: true, differences: Vec::new(), output_hash }),
            Err(error) if error.reason() == Some("record_mismatch") => {
                let differences = error.detail("problems").and_then(Value::as_array).cloned().unwrap_or_default();
                Ok(Replay { identical: false, differences, output_hash })
            }
            Err(error) => Err(error),
        }
    }
}

/// The record of the registry, and by whom, when, under which plan and decision it ran.
#[expect(clippy::too_many_arguments, reason = "one fact each")]
fn full_record(
    run_id: RunId,
    cx: &TenantCtx,
    request: &RunRequest,
    decision: &Decision,
    executed: &Executed,
    usage_events: &[String],
    audit_seq: u64,
    at: Timestamp,
) -> Value {
    let mut record = executed.record.to_json();
    let facts = json!({
        "run_id": run_id, "tenant": cx.tenant(), "user": cx.user(), "plan": cx.plan(), "decision": decision,
        "asked": request.model, "resolution": executed.resolution.to_json(), "elapsed": executed.elapsed,
        "usage_events": usage_events, "audit_seq": audit_seq, "at": at,
    });
    if let (Value::Object(record), Value::Object(facts)) = (&mut record, facts) {
        record.extend(facts);
    }
    record
}

/// The registry's part of a full record.
fn run_record(record: &Value) -> Result<RunRecord, Error> {
    const FIELDS: [&str; 11] = [
        "schema",
        "model",
        "variant",
        "version",
        "digest",
        "input_hash",
        "output_hash",
        "seed",
        "config",
        "config_hash",
        "build",
    ];
    let part: Map<String, Value> =
        FIELDS.iter().filter_map(|name| record.get(name).map(|value| ((*name).to_owned(), value.clone()))).collect();
    serde_json::from_value(part.into()).map_err(|cause| Error::internal("unreadable_row", cause.to_string()))
}

/// The answer to a request that was carried out before under the same key.
fn first_result(run: Run, request: &RunRequest) -> Result<GovernedRun, Error> {
    let input = if request.simulation.is_some() { &run.input["input"] } else { &run.input };
    if run.model != request.model || *input != request.inputs {
        return Err(Error::conflict("idempotency_conflict", "another run was made under this key"));
    }
    let resolution: Resolution = serde_json::from_value(run.record["resolution"].clone())
        .map_err(|cause| Error::internal("unreadable_row", cause.to_string()))?;
    Ok(GovernedRun {
        run_id: run.id,
        output: run.output,
        resolution,
        elapsed: run.record["elapsed"].as_u64().unwrap_or(0),
        record: run.record,
    })
}
