//! Policies of the host's own, beside the evaluator: who may do what, and what a plan holds.
//!
//! Both get what the evaluator says and answer in its place. One that only forbids calls
//! [`Decision::forbidden`] where it objects and gives back `built_in` otherwise.

use std::fmt;
use std::sync::Arc;

use super::decision::{Decision, Resource, Visibility};
use super::permission::Permission;
use super::plan::{Limit, LimitKind};
use super::principal::TenantCtx;

/// Who may do what, in place of the evaluator.
///
/// It is not asked where nothing may be done at all: for another tenant, while tenant, user or organization
/// is deactivated, and where the subscription does not leave it open. The context it gets is under the
/// evaluator alone. Lists show what [`Policy::visible`] leaves and [`Policy::decide`] allows one by one, and a
/// single thing is reached only if it would be listed, so that both agree whatever it says.
///
/// ```
/// use valor_ivx::tenancy::{Decision, Permission, Policy, Resource, TenantCtx};
///
/// /// Nothing is deleted here.
/// struct NoDeletes;
///
/// impl Policy for NoDeletes {
///     fn decide(&self, _: &TenantCtx, permission: Permission, _: &Resource, built_in: Decision) -> Decision {
///         if permission == Permission::DeleteModels { built_in.forbidden() } else { built_in }
///     }
/// }
/// ```
pub trait Policy: Send + Sync {
    /// Whether the user may do what `permission` names to `on`; the evaluator says `built_in`.
    fn decide(&self, cx: &TenantCtx, permission: Permission, on: &Resource, built_in: Decision) -> Decision;

    /// To which of the things that users keep it may be allowed; the evaluator says `built_in`. What can be
    /// left out here is not read from the store.
    fn visible(&self, cx: &TenantCtx, permission: Permission, built_in: Visibility) -> Visibility {
        let _ = (cx, permission);
        built_in
    }
}

/// What a plan holds, in place of the evaluator.
pub trait PlanPolicy: Send + Sync {
    /// Whether the tenant has a feature; the evaluator says `built_in`.
    fn entitled(&self, cx: &TenantCtx, feature: &str, built_in: Decision) -> Decision {
        let _ = (cx, feature);
        built_in
    }

    /// How much of `kind` it may have; the evaluator says `built_in`.
    fn limit(&self, cx: &TenantCtx, kind: LimitKind, built_in: Limit) -> Limit {
        let _ = (cx, kind);
        built_in
    }
}

/// The host's own policies, if it brings any.
#[derive(Clone, Default)]
pub(crate) struct Policies {
    policy: Option<Arc<dyn Policy>>,
    plan: Option<Arc<dyn PlanPolicy>>,
}

impl Policies {
    pub(crate) fn set(&mut self, policy: Arc<dyn Policy>) {
        self.policy = Some(policy);
    }

    pub(crate) fn set_plan(&mut self, policy: Arc<dyn PlanPolicy>) {
        self.plan = Some(policy);
    }

    pub(crate) fn policy(&self) -> Option<&dyn Policy> {
        self.policy.as_deref()
    }

    pub(crate) fn plan(&self) -> Option<&dyn PlanPolicy> {
        self.plan.as_deref()
    }
}

impl fmt::Debug for Policies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Policies").field("policy", &self.policy.is_some()).field("plan", &self.plan.is_some()).finish()
    }
}
