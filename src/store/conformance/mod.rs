//! What every store must do, as checks that anyone can run on theirs: [`store_conformance!`](crate::store_conformance)
//! makes a test of each.
//!
//! A check panics when the store breaks its promise, as tests do.

mod agreement;
mod amounts;
mod audit;
mod billing;
mod content;
mod crowd;
mod entities;
mod lists;
mod provisioning;
mod records;
mod roles;
mod settings;
mod stats;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::json;

use super::{Identity, Provision, RoutingDocument, Store, TenantTx};
use crate::error::Error;
use crate::id::{
    GrantId, InvoiceId, OrganizationId, ReservationId, RunId, SeededIds, SubscriptionId, TenantId, UsageEventId, UserId,
};
use crate::tenancy::{
    Audience, AuditEvent, BuiltInRole, Catalogues, Cycle, GrantScope, LimitKind, Organization, PlanCatalogue,
    PlatformCtx, PlatformRole, PrincipalKind, Reservation, ReservationState, RoleGrant, Run, Slug, Snapshot,
    Subscription, SubscriptionChange, Tenant, TenantCtx, TenantStatus, UsageEvent, UsageKind, User, VerifiedPrincipal,
};
use crate::time::Timestamp;

pub use agreement::*;
pub use amounts::*;
pub use audit::*;
pub use billing::*;
pub use content::*;
pub use crowd::*;
pub use entities::*;
pub use lists::*;
pub use provisioning::*;
pub use records::*;
pub use roles::*;
pub use settings::*;
pub use stats::*;

/// Makes a test of each check, on the stores that `$factory` (a function without arguments) makes.
#[macro_export]
macro_rules! store_conformance {
    ($factory:expr) => {
        $crate::store_conformance! { @each $factory,
            provisioning_is_whole_and_unique
            unknown_and_foreign_ids_get_one_answer
            dropped_transactions_change_nothing
            unique_rules_and_versions_hold
            quotas_are_never_exceeded
            reservations_expire_and_commit_once
            usage_counts_once
            the_audit_chain_survives_concurrent_writers
            routing_is_written_by_compare_and_set
            references_stay_inside_the_tenant
            ids_are_unique
            one_administrator_remains
            sums_stay_exact_or_are_refused
            changes_name_their_version_and_bind_the_next_call
            histories_are_read_in_parts
            sixty_four_writers_lose_nothing_and_exceed_nothing
            random_work_gives_what_it_gives_in_memory
            open_reservations_are_bounded_and_amounts_never_overflow
            a_refusal_leaves_the_transaction_usable
            a_list_is_the_sorted_filter_of_what_may_be_read
            what_a_tenant_has_is_listed_whole_narrowed_and_searched
            tenants_are_listed_by_status_plan_and_name
            ten_thousand_rows_of_one_instant_are_walked_without_gap_or_repeat
            rows_added_and_removed_while_paging_leave_no_gap_and_no_repeat
            scenarios_and_notes_are_kept_by_version_and_unique
            a_branding_is_one_row_that_changes_by_version
            configuration_is_kept_by_key_and_version_and_listed_by_key
            a_tenant_is_made_once_under_a_key
            a_domain_is_of_one_tenant_and_changes_by_version
            what_an_operator_does_to_a_tenant_is_in_its_chain_or_not_done
            folded_names_follow_changes_and_are_bounded
            batches_of_statistics_count_once_in_any_order
            statistics_of_scopes_are_apart
            clearing_statistics_keeps_usage_and_is_on_record
            invoices_are_numbered_without_a_gap_and_only_their_state_moves
            an_invoice_and_its_place_in_the_outbox_come_and_go_together
            a_subscription_keeps_its_history_and_a_key_says_one_thing
            tenants_come_due_in_order
            windows_of_use_sum_to_the_events
            late_use_is_on_one_invoice
            private_fields_are_beside_the_chain_and_redacting_them_leaves_it_whole
            holds_keep_what_they_cover_until_they_are_released
            a_prefix_of_the_log_is_purged_and_its_checkpoint_stays
            the_platform_has_a_chain_and_requests_of_its_own
            erased_users_are_pseudonyms_and_a_purged_tenant_keeps_its_chain
            roles_inherit_are_versioned_and_stay_while_they_are_needed
            no_change_of_a_role_or_an_organization_takes_the_last_administrator
            rules_that_keep_permissions_apart_are_unique_and_inside_the_tenant
            overrides_stand_in_their_place_and_bind_the_next_call
            what_belongs_to_an_organization_at_rest_is_neither_listed_nor_counted
            kept_bytes_are_the_sum_of_the_rows
        }
    };
    (@each $factory:expr, $($check:ident)*) => {
        $(
            #[test]
            fn $check() {
                let store = $factory();
                $crate::store::conformance::$check(&*store);
            }
        )*
    };
}

/// Makes ids and entities for one check; instants advance with each.
pub(in crate::store) struct Maker {
    pub(in crate::store) ids: SeededIds,
    now: std::cell::Cell<i64>,
}

/// A tenant in the store with the context of its administrator.
pub(in crate::store) struct Room {
    pub(in crate::store) provision: Provision,
    pub(in crate::store) cx: TenantCtx,
}

impl Maker {
    pub(in crate::store) fn new(seed: u8) -> Self {
        Self { ids: SeededIds::new([seed; 32]), now: std::cell::Cell::new(1_700_000_000_000_000) }
    }

    pub(in crate::store) fn now(&self) -> Timestamp {
        self.now.set(self.now.get() + 1);
        Timestamp::from_micros(self.now.get())
    }

    pub(in crate::store) fn user(&self, subject: &str, organization: Option<OrganizationId>) -> User {
        let at = self.now();
        User {
            id: UserId::new(&self.ids, at),
            issuer: "idp".to_owned(),
            subject: subject.to_owned(),
            email: format!("{subject}@Example.com"),
            display_name: format!("Ünï {subject} ☃"),
            organization_id: organization,
            active: true,
            created_at: at,
            version: 1,
        }
    }

    pub(in crate::store) fn provision(&self, slug: &str) -> Provision {
        let at = self.now();
        let organization = Organization {
            id: OrganizationId::new(&self.ids, at),
            name: slug.to_owned(),
            active: true,
            created_at: at,
            version: 1,
        };
        let admin = self.user("ada", Some(organization.id));
        let catalogues = Catalogues::new(vec![PlanCatalogue::seed()]).expect("sound plans");
        let id = SubscriptionId::new(&self.ids, at);
        let bought = Subscription::bought(id, &catalogues, ("basic", Cycle::Monthly), at).expect("a plan of these");
        let tenant = Tenant {
            id: TenantId::new(&self.ids, at),
            slug: Slug::parse(slug).expect("a slug"),
            name: slug.to_owned(),
            status: TenantStatus::Active,
            domain: None,
            auth_version: 1,
            created_at: at,
            version: 1,
        };
        Provision {
            grant: RoleGrant {
                id: GrantId::new(&self.ids, at),
                user_id: admin.id,
                role_id: BuiltInRole::Admin.id_in(tenant.id),
                scope: GrantScope::Tenant,
                granted_by: None,
                expires_at: None,
            },
            invoices: bought.bills.into_iter().map(|bill| bill.draft(InvoiceId::new(&self.ids, at), at)).collect(),
            change: SubscriptionChange {
                event: bought.event,
                at,
                actor: "test".to_owned(),
                subscription: bought.subscription.clone(),
                invoices: Vec::new(),
                notice: None,
                token: None,
                idem_key: None,
            },
            subscription: bought.subscription,
            event: self.event("tenant.create"),
            tenant,
            organization,
            admin,
            key: None,
        }
    }

    pub(in crate::store) fn room(&self, store: &dyn Store, slug: &str) -> Room {
        let provision = self.provision(slug);
        commit_platform(store, &provision).expect("a new tenant");
        let cx = self.enter(store, &provision, "ada").expect("its administrator");
        Room { provision, cx }
    }

    pub(in crate::store) fn principal(&self, tenant: TenantId, subject: &str) -> VerifiedPrincipal {
        VerifiedPrincipal::asserted_by_host("idp", subject, Some(tenant), PrincipalKind::User, self.now())
            .expect("a principal")
    }

    pub(in crate::store) fn enter(
        &self,
        store: &dyn Store,
        provision: &Provision,
        subject: &str,
    ) -> Result<TenantCtx, Error> {
        let Identity { tenant, user, organization, inactive, grants, roles, overrides, subscription } =
            store.lookup(&self.principal(provision.tenant.id, subject))?;
        let catalogue = PlanCatalogue::seed();
        let plan = catalogue.plan(&subscription.plan)?.clone();
        let snapshot = Snapshot {
            features: catalogue.features(&plan.id),
            tenant,
            user,
            organization,
            inactive,
            grants,
            roles,
            subscription,
            plan,
            overrides,
            catalogue,
        };
        Ok(TenantCtx::new(Arc::new(snapshot), PrincipalKind::User, self.now()))
    }

    pub(in crate::store) fn event(&self, action: &str) -> AuditEvent {
        AuditEvent {
            at: self.now(),
            actor: "test".to_owned(),
            action: action.to_owned(),
            resource_type: "thing".to_owned(),
            resource_id: "1".to_owned(),
            outcome: "ok".to_owned(),
            detail: json!({"b": 1, "a": [null, "☃"]}),
            ..AuditEvent::default()
        }
    }

    pub(in crate::store) fn run(&self, owner: &User, audience: Audience, at: Timestamp) -> Run {
        Run {
            id: RunId::new(&self.ids, at),
            owner_id: owner.id,
            organization_id: owner.organization_id,
            audience,
            model: "npv".to_owned(),
            variant: "built_in".to_owned(),
            subject: None,
            title: None,
            record: json!({"x": 0.1}),
            input: json!({"rate": 0.1}),
            output: json!({"npv": 1.0 / 3.0}),
            bytes: 3,
            idem_key: None,
            created_at: at,
        }
    }

    pub(in crate::store) fn reservation(&self, amount: u64, lasts: i64) -> Reservation {
        let now = self.now();
        Reservation {
            id: ReservationId::new(&self.ids, now),
            kind: LimitKind::RunsPerMonth,
            window: Timestamp::default(),
            amount,
            state: ReservationState::Open,
            expires_at: now.plus_micros(lasts),
        }
    }
}

pub(in crate::store) fn operator() -> PlatformCtx {
    PlatformCtx::new("test".to_owned(), PlatformRole::Operator.permissions(), Timestamp::default())
}

fn commit_platform(store: &dyn Store, provision: &Provision) -> Result<(), Error> {
    let mut tx = store.platform(&operator())?;
    tx.provision(provision)?;
    tx.commit()
}

/// Does `work` and commits; where others are in the way, which passes, it is done again.
pub(in crate::store) fn commit(
    store: &dyn Store,
    cx: &TenantCtx,
    work: impl Fn(&mut dyn TenantTx) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut patience = 0..20;
    loop {
        let done = store.write(cx).and_then(|mut tx| {
            work(&mut *tx)?;
            tx.commit()
        });
        match done {
            Err(error) if error.reason() == Some("busy") && patience.next().is_some() => {}
            done => return done,
        }
    }
}

const SOON: i64 = 1_000_000_000;

pub(in crate::store) fn usage(maker: &Maker, key: &str, quantity: u64) -> UsageEvent {
    let at = maker.now();
    UsageEvent {
        id: UsageEventId::new(&maker.ids, at),
        idem_key: key.to_owned(),
        kind: UsageKind::Export,
        quantity,
        at,
        run_id: None,
        dims: BTreeMap::new(),
    }
}

fn routing(version: u64) -> RoutingDocument {
    RoutingDocument { version, config: json!({"v": version}), actor: "test".to_owned(), at: Timestamp::from_micros(5) }
}
