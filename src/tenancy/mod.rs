//! Who may do what under which plan: tenants, organizations, users, roles, permissions, plans, usage and
//! the audit chain, as pure types and rules. Nothing here reads a clock, a store or a network.
//!
//! Start at [`TenantCtx::decide`], the one evaluator, and for billing at [`Subscription`].

mod audit;
mod billing;
mod branding;
mod configuration;
mod content;
mod decimal;
mod decision;
mod document;
mod duty;
mod entitlement;
mod entity;
mod evaluator;
mod explanation;
mod hierarchy;
mod host;
mod invoice;
mod permission;
mod plan;
mod policy;
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
pub use branding::{Branding, PRODUCT_NAME, TenantBranding, Theme};
pub use configuration::{ConfigEntry, ConfigItem, ConfigSchema, ConfigSchemas, ConfigType, ConfiguredBy};
pub use content::{MOST_NOTE_BYTES, Note, Scenario};
pub use decision::{Decision, Reason, Resource, Snapshot, Visibility};
pub use document::{Document, MOST_DOCUMENT_BYTES, MOST_DOCUMENT_DEPTH};
pub(crate) use duty::require_separated;
pub use duty::{Offender, SodRule};
pub use entitlement::{FeatureOverride, LimitOverride, OverrideEffect, OverrideOrigin, Overrides};
pub use entity::{
    Audience, Organization, Run, Slug, Tenant, TenantStatus, User, check_domain, check_email, check_name,
};
pub use evaluator::Check;
pub use explanation::{Explanation, GrantFound, Step};
pub use hierarchy::Role;
pub(crate) use hierarchy::with_role;
pub use invoice::{Bill, Invoice, InvoiceKind, InvoiceLine, InvoiceState, LineKind};
pub use permission::{Permission, PermissionSet, PlatformPermission, PlatformPermissionSet};
pub use plan::{Catalogues, FEATURES, Feature, Limit, LimitKind, Plan, PlanCatalogue, UsagePrice};
pub(crate) use policy::Policies;
pub use policy::{PlanPolicy, Policy};
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
