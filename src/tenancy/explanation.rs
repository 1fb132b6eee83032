//! Why a decision is as it is: every check it makes, and the roles that could give it, for administrators.

use serde::{Deserialize, Serialize};

use super::decision::{Decision, Reason, Resource};
use super::evaluator::Check;
use super::permission::Permission;
use super::principal::TenantCtx;
use super::role::GrantScope;
use crate::id::UserId;
use crate::time::Timestamp;

/// The whole trace of a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// Whose question it is.
    pub user_id: UserId,
    /// What it asks for.
    pub permission: Permission,
    /// On what.
    pub on: Resource,
    /// The answer.
    pub decision: Decision,
    /// Every check, in order; the first that fails is the reason, unless a policy of the host's decides.
    pub steps: Vec<Step>,
    /// The grants of a role that holds the permission, wherever they count.
    pub grants: Vec<GrantFound>,
    /// Whether a policy of the host's own was asked too.
    pub own_policy: bool,
}

/// One check of a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The check.
    pub check: Check,
    /// Whether it passes.
    pub passed: bool,
    /// Why it does not.
    pub reason: Option<Reason>,
}

/// A grant that holds the permission asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantFound {
    /// The role's name.
    pub role: String,
    /// Where it counts.
    pub scope: GrantScope,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// Whether it has not ended and counts where the resource is.
    pub counts: bool,
}

impl TenantCtx {
    /// Every check of [`TenantCtx::decide`], those after the first that fails among them.
    #[must_use]
    pub fn explain(&self, permission: Permission, on: &Resource) -> Explanation {
        let steps = Check::ALL.map(|check| {
            let reason = self.failure(check, permission, on);
            Step { check, passed: reason.is_none(), reason }
        });
        let counts = |scope: GrantScope| match scope {
            GrantScope::Tenant => true,
            GrantScope::Organization(id) => on.organization() == Some(id),
        };
        let holding =
            self.snapshot.grants.iter().filter(|grant| self.snapshot.permissions_of(grant).contains(permission));
        let grants = holding.map(|grant| GrantFound {
            role: self.snapshot.role_name(grant),
            scope: grant.scope,
            expires_at: grant.expires_at,
            counts: grant.is_live(self.now) && counts(grant.scope),
        });
        Explanation {
            user_id: self.user(),
            permission,
            on: *on,
            decision: self.decide(permission, on),
            steps: steps.to_vec(),
            grants: grants.collect(),
            own_policy: self.policies.policy().is_some(),
        }
    }
}
