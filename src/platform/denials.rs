//! Refusals on record: each under its true reason, whatever the caller is told; of a flood of equal ones the
//! first hundred of a minute, and then one summary with their number.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::json;

use super::Platform;
use super::govern::beside;
use super::services::event;
use crate::error::{Error, ErrorKind};
use crate::id::{TenantId, UserId};
use crate::tenancy::{AuditEvent, Permission, PlatformCtx, PlatformPermission, Resource, TenantCtx, VerifiedPrincipal};
use crate::time::Timestamp;

/// Equal denials that a minute puts on record one by one.
const MOST_EQUAL: u32 = 100;

const MINUTE_MICROS: i64 = 60_000_000;

/// Kinds of denials that are remembered before those of minutes past are looked through.
const MANY_KINDS: usize = 4_096;

/// In whose chain it is put.
#[derive(Clone, Debug)]
pub(super) enum Acting {
    Tenant(TenantCtx),
    Platform(PlatformCtx),
}

impl Acting {
    fn scope(&self) -> Option<TenantId> {
        match self {
            Acting::Tenant(cx) => Some(cx.tenant()),
            Acting::Platform(_) => None,
        }
    }

    pub(super) fn actor(&self) -> String {
        match self {
            Acting::Tenant(cx) => cx.user().to_string(),
            Acting::Platform(cx) => cx.operator().to_owned(),
        }
    }
}

/// What makes denials equal.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Kind {
    scope: Option<TenantId>,
    actor: String,
    permission: &'static str,
    reason: String,
}

/// Equal denials of one minute.
#[derive(Debug)]
struct Window {
    start: Timestamp,
    last: Timestamp,
    told: u32,
    /// Those beyond, which are in no record yet.
    more: u64,
    acting: Acting,
}

impl Window {
    fn is_over(&self, now: Timestamp) -> bool {
        now.as_micros().saturating_sub(self.start.as_micros()) >= MINUTE_MICROS
    }
}

/// The denials of this minute, by their kinds.
#[derive(Debug, Default)]
pub(super) struct Floods {
    windows: Mutex<HashMap<Kind, Window>>,
    /// How many kinds wait for a summary, so that calls without any look no further.
    waiting: AtomicUsize,
}

impl Floods {
    fn lock(&self) -> MutexGuard<'_, HashMap<Kind, Window>> {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether a denial is put on record by itself.
    fn admits(&self, kind: Kind, acting: &Acting, now: Timestamp) -> bool {
        let mut windows = self.lock();
        if windows.len() >= MANY_KINDS {
            windows.retain(|_, window| window.more > 0 || !window.is_over(now));
        }
        let fresh = || Window { start: now, last: now, told: 0, more: 0, acting: acting.clone() };
        let window = windows.entry(kind).or_insert_with(fresh);
        if window.more == 0 && window.is_over(now) {
            *window = fresh();
        }
        window.last = now;
        if window.told < MOST_EQUAL {
            window.told += 1;
            return true;
        }
        if window.more == 0 {
            self.waiting.fetch_add(1, Ordering::Relaxed);
        }
        window.more += 1;
        false
    }

    /// Takes out what waits for a summary and is wanted.
    fn take(&self, wanted: impl Fn(&Kind, &Window) -> bool) -> Vec<(Kind, Window)> {
        if self.waiting.load(Ordering::Relaxed) == 0 {
            return Vec::new();
        }
        let mut windows = self.lock();
        let kinds: Vec<_> = windows
            .iter()
            .filter(|(kind, window)| window.more > 0 && wanted(kind, window))
            .map(|(kind, _)| kind.clone())
            .collect();
        self.waiting.fetch_sub(kinds.len(), Ordering::Relaxed);
        kinds.into_iter().filter_map(|kind| windows.remove(&kind).map(|window| (kind, window))).collect()
    }

    /// Puts back what could not be written.
    fn put_back(&self, kind: Kind, window: Window) {
        let mut windows = self.lock();
        if let Some(newer) = windows.get_mut(&kind) {
            if newer.more == 0 {
                self.waiting.fetch_add(1, Ordering::Relaxed);
            }
            newer.more += window.more;
            newer.start = newer.start.min(window.start);
        } else {
            self.waiting.fetch_add(1, Ordering::Relaxed);
            windows.insert(kind, window);
        }
    }
}

/// What was refused, and why.
#[derive(Clone, Copy)]
pub(super) struct Refused<'r> {
    pub(super) action: &'r str,
    pub(super) resource_type: &'r str,
    pub(super) resource_id: &'r str,
    /// The permission that was asked for, where one was.
    pub(super) permission: &'static str,
    /// The true reason.
    pub(super) reason: &'r str,
}

impl Platform {
    /// Puts a refusal on record, or counts it where there is a flood of them.
    pub(super) fn put_refusal(&self, acting: &Acting, refused: Refused<'_>) -> Result<(), Error> {
        let now = self.clock.now();
        let kind = Kind {
            scope: acting.scope(),
            actor: acting.actor(),
            permission: refused.permission,
            reason: refused.reason.to_owned(),
        };
        // What waits of this actor goes before: the chain tells in order.
        self.settle(|other, window| {
            window.is_over(now) || (other.scope == kind.scope && other.actor == kind.actor && *other != kind)
        })?;
        if !self.floods.admits(kind, acting, now) {
            return Ok(());
        }
        let Refused { action, resource_type, resource_id, reason, .. } = refused;
        self.put(
            acting,
            &AuditEvent {
                outcome: "denied".to_owned(),
                reason: Some(reason.to_owned()),
                ..event(&acting.actor(), action, resource_type, resource_id, now)
            },
        )
    }

    /// Puts an event on record in a transaction of its own, and counts it.
    pub(super) fn put(&self, acting: &Acting, event: &AuditEvent) -> Result<(), Error> {
        match acting {
            Acting::Tenant(cx) => {
                let mut tx = self.store.write(cx)?;
                tx.append_audit(event)?;
                tx.commit()?;
            }
            Acting::Platform(cx) => {
                let mut tx = self.store.platform(cx)?;
                tx.append_audit(event)?;
                tx.commit()?;
            }
        }
        self.count_record(&event.outcome);
        Ok(())
    }

    /// Writes the summaries of floods that are wanted; what could not be written waits on.
    fn settle(&self, wanted: impl Fn(&Kind, &Window) -> bool) -> Result<(), Error> {
        let mut failed = Ok(());
        for (kind, window) in self.floods.take(wanted) {
            let summary = AuditEvent {
                outcome: "denied".to_owned(),
                reason: Some(kind.reason.clone()),
                detail: json!({
                    "count": window.more, "permission": kind.permission, "from": window.start, "to": window.last,
                }),
                ..event(&kind.actor, "denial.summary", "permission", kind.permission, self.clock.now())
            };
            if let Err(error) = self.put(&window.acting, &summary) {
                self.floods.put_back(kind, window);
                failed = Err(error);
            }
        }
        failed
    }

    /// Writes the summaries of floods of the scope that are over, or all where its log is about to be read.
    pub(super) fn settle_floods(&self, scope: Option<TenantId>, all: bool) -> Result<(), Error> {
        let now = self.clock.now();
        self.settle(|kind, window| kind.scope == scope && (all || window.is_over(now)))
    }

    /// Writes every summary that waits: the process is about to end.
    pub(super) fn settle_all_floods(&self) -> Result<(), Error> {
        self.settle(|_, _| true)
    }

    /// Decides; a refusal is put on record under its true reason, and told as what the caller may know.
    pub(super) fn permit(
        &self,
        cx: &TenantCtx,
        permission: Permission,
        resource: &Resource,
        [action, resource_type, resource_id]: [&str; 3],
        what: &str,
    ) -> Result<(), Error> {
        let decision = self.decide(cx, permission, resource);
        let reason = decision.reason.name();
        decision.into_result(what).map_err(|error| {
            let refused = Refused { action, resource_type, resource_id, permission: permission.name(), reason };
            beside(error, self.put_refusal(&Acting::Tenant(cx.clone()), refused))
        })
    }

    /// Puts a refusal on record whose reason the caller is told.
    pub(super) fn put_denial_on_record(&self, cx: &TenantCtx, what: &str, error: &Error) -> Result<(), Error> {
        let tenant = cx.tenant().to_string();
        self.refuse(cx, [what, "tenant", &tenant], error)
    }

    /// Puts a refusal on record by the reason of its error.
    pub(super) fn refuse(
        &self,
        cx: &TenantCtx,
        [action, resource_type, resource_id]: [&str; 3],
        error: &Error,
    ) -> Result<(), Error> {
        let reason = error.reason().unwrap_or(error.kind().name());
        let refused = Refused { action, resource_type, resource_id, permission: "", reason };
        self.put_refusal(&Acting::Tenant(cx.clone()), refused)
    }

    /// What a tenant's user keeps, if it is there and shown to the caller. That it is not is put on record alike,
    /// so that neither answer nor time tells the one from the other; that of another user is a read on record.
    pub(super) fn read_kept<T>(
        &self,
        cx: &TenantCtx,
        found: Result<T, Error>,
        [resource_type, resource_id]: [&str; 2],
    ) -> Result<T, Error>
    where
        Resource: for<'t> From<&'t T>,
    {
        let action = format!("{resource_type}.read");
        let named = [&*action, resource_type, resource_id];
        let kept = match found {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                let recorded = self.refuse(cx, named, &error);
                return Err(beside(error, recorded));
            }
            found => found?,
        };
        let resource = Resource::from(&kept);
        self.permit(cx, Permission::ReadModels, &resource, named, resource_type)?;
        if !is_own(cx.user(), &resource) {
            let acting = Acting::Tenant(cx.clone());
            self.put(&acting, &event(&acting.actor(), &action, resource_type, resource_id, self.clock.now()))?;
        }
        Ok(kept)
    }

    /// The platform, for an operator who has a permission; a refusal is put on the platform's record.
    pub(super) fn require_operator(
        &self,
        operator: &VerifiedPrincipal,
        permission: PlatformPermission,
        action: &str,
    ) -> Result<PlatformCtx, Error> {
        let cx = self.enter_platform(operator)?;
        self.permit_operator(&cx, permission, action)?;
        Ok(cx)
    }

    /// Refuses an operator without a permission, on record.
    pub(super) fn permit_operator(
        &self,
        cx: &PlatformCtx,
        permission: PlatformPermission,
        action: &str,
    ) -> Result<(), Error> {
        cx.require(permission).map_err(|error| {
            let recorded = self.refuse_operator(cx, action, permission.name(), &error);
            beside(error, recorded)
        })
    }

    /// Puts a refusal of an operator on record.
    pub(super) fn refuse_operator(
        &self,
        cx: &PlatformCtx,
        action: &str,
        permission: &'static str,
        error: &Error,
    ) -> Result<(), Error> {
        let reason = error.reason().unwrap_or(error.kind().name());
        let refused = Refused { action, resource_type: "platform", resource_id: "", permission, reason };
        self.put_refusal(&Acting::Platform(cx.clone()), refused)
    }
}

/// Whether it is the user's own.
pub(super) fn is_own(user: UserId, resource: &Resource) -> bool {
    matches!(resource, Resource::Owned { owner, .. } if *owner == user)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tenancy::PlatformPermissionSet;

    fn kind(actor: &str) -> Kind {
        Kind { scope: None, actor: actor.to_owned(), permission: "read_models", reason: "no_permission".to_owned() }
    }

    #[test]
    fn a_hundred_equal_denials_of_a_minute_are_told_and_the_rest_counted_once() {
        let floods = Floods::default();
        let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
        let acting = Acting::Platform(PlatformCtx::new("a".to_owned(), PlatformPermissionSet::of(&[]), at(0)));
        let told = |actor: &str, second| floods.admits(kind(actor), &acting, at(second));
        assert_eq!((0..250).filter(|_| told("a", 1)).count(), 100);
        assert!(told("b", 2), "another's are others");
        let [(_, window)] = &floods.take(|_, _| true)[..] else { panic!("one kind waits") };
        assert_eq!((window.more, window.start), (150, at(1)));
        assert!(floods.take(|_, _| true).is_empty());
        assert!(told("a", 3), "what was summed up begins anew");
        assert_eq!((0..250).filter(|_| told("b", 70)).count(), 100, "a new minute begins anew");
    }

    #[test]
    fn a_summary_that_could_not_be_written_waits_with_what_came_since() {
        let floods = Floods::default();
        let now = Timestamp::from_micros(0);
        let acting = Acting::Platform(PlatformCtx::new("a".to_owned(), PlatformPermissionSet::of(&[]), now));
        assert_eq!((0..101).filter(|_| floods.admits(kind("a"), &acting, now)).count(), 100);
        let (taken, window) = floods.take(|_, _| true).pop().unwrap();
        assert_eq!((0..103).filter(|_| floods.admits(kind("a"), &acting, now)).count(), 100);
        floods.put_back(taken, window);
        assert_eq!(floods.take(|_, _| true).pop().unwrap().1.more, 4);
        assert_eq!(floods.waiting.load(Ordering::Relaxed), 0);
    }
}
