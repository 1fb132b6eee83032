//! Who may do what under which plan: tenants, organizations, users, roles, permissions, plans, usage and
//! the audit chain, as pure types and rules. Nothing here reads a clock, a store or a network.
//!
//! Start at [`TenantCtx::decide`], the one evaluator, and for billing at [`Subscription`]. Not yet here:
//! custom roles, separation of duty, branding, configuration.

mod audit;
mod billing;
mod content;
mod decision;
mod entity;
mod invoice;
mod permission;
mod plan;
mod principal;
mod proration;
mod role;
mod subscription;
mod usage;

pub use audit::{
    Anchor, AnchorSink, AuditEvent, AuditHead, AuditRecord, Broken, Confirmation, ControlRequest, ControlledAct,
    ExportTrailer, Fault, HeldSubject, LegalHold, MOST_PRIVATE_BYTES, NoAnchors, Origin, PrivateField, Redaction,
    Release, Verification, Walk, require_free, require_no_hold, verify, verify_after, verify_export,
};
pub use billing::{BillingChange, BillingSink, NoBilling};
pub use content::{MOST_NOTE_BYTES, Note, Scenario};
pub use decision::{Decision, Reason, Resource, Snapshot, Visibility};
pub use entity::{Audience, Organization, Run, Slug, Tenant, TenantStatus, User, check_name};
pub use invoice::{Bill, Invoice, InvoiceKind, InvoiceLine, InvoiceState, LineKind};
pub use permission::{Permission, PermissionSet, PlatformPermission, PlatformPermissionSet};
pub use plan::{Catalogues, FEATURES, Feature, Limit, LimitKind, Plan, PlanCatalogue, UsagePrice};
pub(crate) use principal::check_identity;
pub use principal::{PlatformCtx, PrincipalKind, TenantCtx, VerifiedPrincipal};
pub use proration::{Rounding, amount_minor};
pub use role::{BuiltInRole, GrantScope, PlatformRole, RoleGrant};
pub use subscription::{
    Billing, Blocked, Cycle, Direction, Due, Notice, PendingChange, PlanChange, Preview, Subscription,
    SubscriptionChange, SubscriptionEvent, SubscriptionState, TRIAL_DAYS, Transition, Used,
};
pub use usage::{
    Recorded, Reservation, ReservationState, UsageAdjustment, UsageEvent, UsageKind, UsageTotal, UsageWindow,
};
