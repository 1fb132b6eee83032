//! A tenant as the first tables kept it, for the tests that bring those forward.

use serde::Serialize;
use serde_json::json;

use crate::store::conformance::{Maker, Room, operator, usage};
use crate::store::page::{Entity, Listing, PageReq};
use crate::store::{Provision, Store, fold};
use crate::tenancy::{
    Audience, AuditHead, BuiltInRole, Organization, Run, SubscriptionState, UsageEvent, UsageKind, UsageTotal, User,
    Verification, verify,
};
use crate::time::Timestamp;

/// The rows of a tenant, and what of them is to be found again.
pub(in crate::store) struct Old {
    provision: Provision,
    run: Run,
    event: UsageEvent,
}

fn text<T: Serialize>(value: &T) -> String {
    format!("'{}'", serde_json::to_string(value).unwrap().replace('\'', "''"))
}

impl Old {
    pub(in crate::store) fn new(maker: &Maker) -> Self {
        let mut provision = maker.provision("acme");
        // Whose folded form is another than its lower case.
        provision.admin.display_name = "Ａda Ｌovelace".to_owned();
        provision.organization.name = "Ｎorth".to_owned();
        let run = maker.run(&provision.admin, Audience::Tenant, maker.now());
        // What JSON holds and PostgreSQL's text does not.
        let input = json!({"note": "\0"});
        Self { run: Run { subject: Some("ACME".to_owned()), input, ..run }, event: usage(maker, "k", 4), provision }
    }

    /// Statements that write them.
    pub(in crate::store) fn rows(&self) -> String {
        let Self { provision, run, event } = self;
        let Provision { tenant, organization, admin, subscription, grant, .. } = provision;
        let Organization { id: home, created_at, .. } = organization;
        let User { id: ada, issuer, subject, email, .. } = admin;
        // From before there were periods.
        let before = json!({
            "id": subscription.id, "plan": "basic", "catalogue_version": 1, "cycle": "Monthly", "state": "Active",
            "period_start": 5, "version": 1,
        });
        let granted = json!({
            "id": grant.id, "user_id": ada, "role": "Admin", "scope": "Tenant", "granted_by": null, "expires_at": null,
        });
        let record = AuditHead::empty(tenant.id).append(provision.event.clone());
        let (tenant_id, at) = (tenant.id, created_at.as_micros());
        let lower = [email, &organization.name].map(|name| name.to_lowercase());
        format!(
            r#"INSERT INTO tenant (id, slug, created_at, auth_version, version, status, body)
                VALUES ('{tenant_id}', '{}', {at}, 1, 1, '"Active"', {});
            INSERT INTO organization (tenant_id, id, name_fold, created_at, body)
                VALUES ('{tenant_id}', '{home}', '{}', {at}, {});
            INSERT INTO "user" (tenant_id, id, issuer, subject, email_fold, organization_id, created_at, version, body)
                VALUES ('{tenant_id}', '{ada}', '{issuer}', '{subject}', '{}', '{home}', {at}, 1, {});
            INSERT INTO role_grant (tenant_id, id, user_id, role, scope, body)
                VALUES ('{tenant_id}', '{}', '{ada}', 'Admin', '"Tenant"', {});
            INSERT INTO subscription (tenant_id, id, plan, body) VALUES ('{tenant_id}', '{}', 'basic', {});
            INSERT INTO usage_event (tenant_id, idem_key, kind, quantity, at, body)
                VALUES ('{tenant_id}', 'k', 'export', 4, {}, {});
            INSERT INTO run (tenant_id, id, owner_id, organization_id, audience, created_at, body)
                VALUES ('{tenant_id}', '{}', '{ada}', '{home}', 'tenant', {}, {});
            INSERT INTO audit (tenant_id, seq, prev_hash, hash, event)
                VALUES ('{tenant_id}', 1, '{}', '{}', {});
            INSERT INTO audit_head (tenant_id, seq, hash) VALUES ('{tenant_id}', 1, '{}');"#,
            tenant.slug,
            text(tenant),
            lower[1],
            text(organization),
            lower[0],
            text(admin),
            grant.id,
            text(&granted),
            subscription.id,
            text(&before),
            event.at.as_micros(),
            text(event),
            run.id,
            run.created_at.as_micros(),
            text(run),
            record.prev_hash,
            record.hash,
            text(&record.event),
            record.hash,
        )
    }

    /// Every list finds them by what the newer tables hold.
    pub(in crate::store) fn require_found(&self, store: &dyn Store, maker: &Maker) {
        let Self { provision, run, event } = self;
        let cx = maker.enter(store, provision, "ada").unwrap();
        assert_eq!(cx.permissions().len(), 12, "the role that was given by its name is one of the tenant's now");
        let room = Room { provision: provision.clone(), cx };
        let listing = |entity, request: PageReq| Listing::first(entity, &request).unwrap();
        let plain = PageReq::default;
        let mut read = store.read(&room.cx).unwrap();
        let shown = room.cx.visibility();
        for request in [plain(), plain().filtered("model", "npv"), plain().filtered("subject", "ACME")] {
            let found = read.page_runs(&shown, &listing(Entity::Run, request)).unwrap();
            assert_eq!(found.items, std::slice::from_ref(run));
        }
        assert_eq!(read.all_roles().unwrap().len(), 4);
        let admin = BuiltInRole::Admin.id_in(provision.tenant.id).to_string();
        let given = read.page_grants(&listing(Entity::Grant, plain().filtered("role", admin))).unwrap();
        assert_eq!(given.items, std::slice::from_ref(&provision.grant));
        let named = plain().searched("name", "ada love");
        assert_eq!(
            read.page_users(&listing(Entity::User, named)).unwrap().items,
            std::slice::from_ref(&provision.admin)
        );
        let north = plain().searched("name", "north");
        let found = read.page_organizations(&listing(Entity::Organization, north)).unwrap();
        assert_eq!(found.items, std::slice::from_ref(&provision.organization));
        let exports = plain().filtered("kind", "export");
        assert_eq!(read.page_usage(&listing(Entity::Usage, exports)).unwrap().items, std::slice::from_ref(event));
        let hours = read.usage_hours(UsageKind::Export, Timestamp::default(), maker.now()).unwrap();
        assert_eq!(hours, [UsageTotal { start: event.at.start_of_hour(), quantity: 4 }], "what was used is rolled up");
        // It goes on, and nothing is billed for the time behind it.
        let subscription = read.subscription().unwrap();
        let far = Timestamp::from_micros(i64::MAX - 1);
        let state = subscription.state_at(far);
        assert_eq!((state, subscription.due().unwrap().at > far), (SubscriptionState::Active, true));
        let made = plain().filtered("action", "tenant.create");
        assert_eq!(read.page_audit(&listing(Entity::Audit, made)).unwrap().items.len(), 1);
        let (records, head) = read.audit().unwrap();
        let verification = verify(provision.tenant.id, &records, &head);
        assert!(matches!(verification, Verification::Intact { count: 1, .. }), "{verification:?}");
        drop(read);
        for request in [plain().filtered("plan", "basic"), plain().searched("name", &*fold(&provision.tenant.name))] {
            let found = store.platform(&operator()).unwrap().page_tenants(&listing(Entity::Tenant, request)).unwrap();
            assert_eq!(found.items, std::slice::from_ref(&provision.tenant));
        }
    }
}
