//! What the platform counts: decisions, plans and quotas, use, records, and doors of the store that
//! stayed shut; with what the registry counts, all as metrics.

use super::Platform;
use crate::error::{Error, ErrorKind};
use crate::metrics::{
    AUDIT_RECORDS, AUDIT_VERIFY_FAILURES, DECISION_DURATION, DECISIONS, Exposition, FilledBy, OTHER, PLAN_DENIALS,
    QUOTA, RATE_LIMITED, STORE_ERRORS, STORE_POOL, USAGE_EVENTS,
};
use crate::store::Connections;
use crate::tenancy::{Decision, LimitKind, Permission, Recorded, Resource, TenantCtx, UsageKind, Verification};

/// What came of a reservation of quota.
#[derive(Clone, Copy)]
pub(super) enum Reserved {
    Held,
    Committed,
    Released,
}

impl Platform {
    /// All that the platform and its registry count, as text in Prometheus' exposition format 0.0.4.
    #[must_use]
    pub fn prometheus(&self) -> String {
        let mut exposition = self.registry.exposition();
        let mut own = Exposition::of(FilledBy::Platform);
        self.counts.fill(&mut own);
        if let Some(Connections { idle, busy, max }) = self.store.connections() {
            for (state, count) in [("idle", idle), ("busy", busy), ("max", max)] {
                own.add(&STORE_POOL, &[("state", state), ("store", self.store_name)], count);
            }
        }
        exposition.join(own);
        exposition.to_text()
    }

    /// Decides, and counts that it did.
    pub(super) fn decide(&self, cx: &TenantCtx, permission: Permission, resource: &Resource) -> Decision {
        let start = self.clock.monotonic_nanos();
        let decision = cx.decide(permission, resource);
        self.counts.time(&DECISION_DURATION, &[], self.clock.monotonic_nanos().saturating_sub(start));
        let outcome = if decision.allow { "allow" } else { "deny" };
        self.counts.count(&DECISIONS, &[outcome, permission.name(), decision.reason.name()]);
        decision
    }

    /// Refuses what the plan does not hold, and counts it.
    pub(super) fn entitle(&self, cx: &TenantCtx, feature: &str, what: &str) -> Result<(), Error> {
        let decision = cx.entitled(feature);
        if !decision.allow {
            let (feature, plan) = (self.known_feature(feature), self.known_plan(cx));
            self.counts.count(&PLAN_DENIALS, &[feature, plan]);
        }
        decision.into_result(what)
    }

    /// Counts a request beyond the rate.
    pub(super) fn admit(&self, cx: &TenantCtx) -> Result<(), Error> {
        let admitted = self.rate.admit(cx.tenant(), cx.limit(LimitKind::RequestsPerMinute), cx.now());
        if admitted.is_err() {
            self.counts.count(&RATE_LIMITED, &[self.known_plan(cx)]);
        }
        admitted
    }

    /// Counts what came of a reservation; of a failure only that the limit refused it.
    pub(super) fn count_quota<T>(&self, kind: LimitKind, came: Reserved, result: &Result<T, Error>) {
        let word = match (result.as_ref().map_err(Error::kind), came) {
            (Ok(_), Reserved::Held) => "reserved",
            (Ok(_), Reserved::Committed) => "committed",
            (Ok(_), Reserved::Released) => "released",
            (Err(ErrorKind::LimitExceeded), _) => "refused",
            (Err(_), _) => return,
        };
        self.counts.count(&QUOTA, &[kind.name(), word]);
    }

    pub(super) fn count_usage(&self, kind: UsageKind, recorded: Recorded) {
        let result = if recorded == Recorded::New { "new" } else { "duplicate" };
        self.counts.count(&USAGE_EVENTS, &[kind.name(), result]);
    }

    /// Counts a record that was written: `ok`, `denied` or `failed`.
    pub(super) fn count_record(&self, outcome: &str) {
        self.counts.count(&AUDIT_RECORDS, &[outcome]);
    }

    pub(super) fn count_verification(&self, verification: &Verification) {
        if matches!(verification, Verification::Broken { .. }) {
            self.counts.count(&AUDIT_VERIFY_FAILURES, &[]);
        }
    }

    fn known_plan<'a>(&self, cx: &'a TenantCtx) -> &'a str {
        if self.plans().plan(cx.plan()).is_ok() { cx.plan() } else { OTHER }
    }

    fn known_feature<'a>(&self, feature: &'a str) -> &'a str {
        let is_known = self.plans().plans.iter().any(|plan| self.plans().features(&plan.id).contains(feature));
        if is_known { feature } else { OTHER }
    }
}

/// Counts a door of the store that stayed shut.
pub(super) fn count_shut<T>(counts: &crate::metrics::Counts, store: &str, result: &Result<T, Error>) {
    if let Err(error) = result
        && matches!(error.kind(), ErrorKind::Unavailable | ErrorKind::Internal)
    {
        counts.count(&STORE_ERRORS, &[error.reason().unwrap_or(OTHER), store]);
    }
}
