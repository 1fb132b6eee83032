//! Who may do what under which plan: tenants, organizations, users, roles, permissions, plans, usage and
//! the audit chain, as pure types and rules. Nothing here reads a clock, a store or a network.
//!
//! Start at [`TenantCtx::decide`], the one evaluator. Not yet here: custom roles, separation of duty,
//! invoices and proration, branding, configuration.

mod audit;
mod content;
mod decision;
mod entity;
mod permission;
mod plan;
mod principal;
mod role;
mod usage;

pub use audit::{AuditEvent, AuditHead, AuditRecord, Fault, Verification, verify, verify_after};
pub use content::{MOST_NOTE_BYTES, Note, Scenario};
pub use decision::{Decision, Reason, Resource, Snapshot, Visibility};
pub use entity::{
    Audience, Cycle, Organization, Run, Slug, Subscription, SubscriptionState, Tenant, TenantStatus, User, check_name,
};
pub use permission::{Permission, PermissionSet, PlatformPermission, PlatformPermissionSet};
pub use plan::{Feature, Limit, LimitKind, Plan, PlanCatalogue};
pub(crate) use principal::check_identity;
pub use principal::{PlatformCtx, PrincipalKind, TenantCtx, VerifiedPrincipal};
pub use role::{BuiltInRole, GrantScope, PlatformRole, RoleGrant};
pub use usage::{Recorded, Reservation, ReservationState, UsageEvent, UsageKind};
