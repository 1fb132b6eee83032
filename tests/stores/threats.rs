//! Threats to what a store in a file or database keeps, each tried on both.

use serde_json::json;
use valor_ivx::id::{RunId, SeededIds};
use valor_ivx::platform::{NewTenant, Platform, RunRequest};
use valor_ivx::store::PageReq;
use valor_ivx::tenancy::{
    AuditEvent, Fault, PrincipalKind, Subscription, TenantStatus, Verification, VerifiedPrincipal,
};
use valor_ivx::time::Timestamp;

use crate::{Place, opened, places, store_at, tenant, user};

fn npv() -> RunRequest {
    RunRequest::new("npv", json!({"rate": 0.1, "cashflows": [-100, 60, 60]}))
}

/// A user of ada's tenant.
fn member(platform: &Platform, ada: &VerifiedPrincipal, subject: &str) -> VerifiedPrincipal {
    platform.principal("idp", subject, ada.tenant(), PrincipalKind::User).unwrap()
}

fn reason<T>(told: Result<T, valor_ivx::Error>) -> String {
    told.err().and_then(|error| error.reason().map(str::to_owned)).unwrap_or_default()
}

#[test]
fn threat_3_what_one_tenant_does_changes_no_row_of_another() {
    for place in places() {
        let platform = opened(&place.url);
        let (acme, bolt) = (tenant(&platform, "acme", "enterprise"), tenant(&platform, "bolt", "enterprise"));
        let theirs = platform.run(&bolt, &npv()).unwrap().run_id;
        let stranger = platform.users().create(&bolt, &user("ben", "Analyst")).unwrap();
        let foreign = bolt.tenant().unwrap();
        let before = place.rows_of(foreign);
        assert!(before.contains(&theirs.to_string()) && before.contains(&stranger.id.to_string()), "{before}");
        let operator = platform.principal("host", "root", None, PrincipalKind::Platform).unwrap();
        let version = platform.tenants().by_slug(&operator, "bolt").unwrap().version;
        // An administrator of a tenant is no operator, however it calls itself.
        let posing = platform.principal("idp", "ada", None, PrincipalKind::Platform).unwrap();
        for who in [&acme, &posing] {
            let new = NewTenant {
                slug: "bolt".into(),
                name: "Mine".into(),
                plan: "basic".into(),
                admin: user("eve", "Admin"),
            };
            let tenants = platform.tenants();
            let told = [
                reason(tenants.set_status(who, foreign, version, TenantStatus::Suspended)),
                reason(tenants.by_slug(who, "bolt")),
                reason(tenants.list(who, &PageReq::default())),
                reason(tenants.create(who, &new)),
            ];
            assert_eq!(told, ["not_member"; 4], "{}", place.url);
        }
        platform.run(&acme, &npv()).unwrap();
        assert_eq!(reason(platform.runs().get(&acme, theirs)), "not_found", "{}", place.url);
        assert_eq!(reason(platform.users().set_active(&acme, stranger.id, 1, false)), "not_found");
        assert_eq!(reason(platform.replay(&acme, theirs)), "not_found");
        platform.users().create(&acme, &user("ben", "Guest")).unwrap();
        assert_eq!(place.rows_of(foreign), before, "{}", place.url);
    }
}

#[test]
fn threat_10_foreign_unknown_and_invisible_runs_get_one_answer() {
    for place in places() {
        let platform = opened(&place.url);
        let (acme, bolt) = (tenant(&platform, "acme", "enterprise"), tenant(&platform, "bolt", "enterprise"));
        platform.users().create(&acme, &user("ben", "Analyst")).unwrap();
        let ben = member(&platform, &acme, "ben");
        let foreign = platform.run(&bolt, &npv()).unwrap().run_id;
        let invisible = platform.run(&acme, &npv()).unwrap().run_id;
        let unknown = RunId::new(&SeededIds::new([7; 32]), Timestamp::from_micros(1_700_000_000_000_000));
        let answer = platform.runs().get(&ben, unknown).unwrap_err();
        for id in [foreign, invisible] {
            assert_eq!(platform.runs().get(&ben, id).unwrap_err(), answer, "{}", place.url);
            assert_eq!(platform.replay(&ben, id).unwrap_err(), answer, "{}", place.url);
        }
        assert!(platform.runs().list(&ben, &PageReq::default()).unwrap().items.is_empty());
    }
}

#[test]
fn threat_25_no_run_that_follows_a_change_of_plan_is_decided_by_the_old_one() {
    for place in places() {
        let platform = opened(&place.url);
        let ada = tenant(&platform, "acme", "enterprise");
        let other = store_at(&place.url);
        let cx = platform.enter(&ada).unwrap();
        let (platform, ada) = (&platform, &ada);
        let plan_of = || platform.run(ada, &npv()).unwrap().record["plan"].clone();
        assert_eq!(plan_of(), "enterprise");
        std::thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(move || {
                    for _ in 0..4 {
                        while let Err(error) = platform.run(ada, &npv()) {
                            assert!(matches!(error.reason(), Some("version_conflict" | "busy")), "{error}");
                        }
                    }
                });
            }
            // In another process, as it were.
            let mut tx = loop {
                match other.write(&cx) {
                    Ok(tx) => break tx,
                    Err(error) => assert_eq!(error.reason(), Some("busy"), "{error}"),
                }
            };
            let current = tx.subscription().unwrap();
            let next = Subscription { plan: "professional".to_owned(), version: 2, ..current };
            tx.set_subscription(1, &next).unwrap();
            let event = AuditEvent { action: "plan.change".to_owned(), ..tx.audit().unwrap().0[0].event.clone() };
            tx.append_audit(&event).unwrap();
            tx.commit().unwrap();
        });
        assert_eq!(plan_of(), "professional");
        // The plan of now reads no log; the store does.
        let (records, _) = other.read(&cx).unwrap().audit().unwrap();
        let change = records.iter().find(|record| record.event.action == "plan.change").unwrap().seq;
        let runs = platform.runs().list(ada, &PageReq::of_size(100)).unwrap().items;
        assert_eq!(runs.len(), 66, "{}", place.url);
        for run in runs {
            let (seq, plan) = (run.record["audit_seq"].as_u64().unwrap(), run.record["plan"].as_str().unwrap());
            let in_force = if seq > change { "professional" } else { "enterprise" };
            assert_eq!(plan, in_force, "{}: run {seq}, change {change}", place.url);
        }
    }
}

#[test]
fn threat_26_a_withdrawn_right_binds_the_next_call_in_every_process() {
    for place in places() {
        let (here, there) = (opened(&place.url), opened(&place.url));
        let ada = tenant(&here, "acme", "enterprise");
        let ben = here.users().create(&ada, &user("ben", "Analyst")).unwrap();
        here.users().create(&ada, &user("cy", "Admin")).unwrap();
        let as_ben = member(&there, &ada, "ben");
        there.run(&as_ben, &npv()).unwrap();
        here.users().set_active(&ada, ben.id, ben.version, false).unwrap();
        assert_eq!(reason(there.run(&as_ben, &npv())), "user_inactive", "{}", place.url);
        // An administrator too, on the next call after another has put an end to it.
        let all = PageReq::default();
        let admin = there.users().list(&ada, &all).unwrap().into_iter().find(|user| user.subject == "ada").unwrap();
        here.users().set_active(&member(&here, &ada, "cy"), admin.id, admin.version, false).unwrap();
        assert_eq!(reason(there.users().list(&ada, &all)), "user_inactive", "{}", place.url);
        let operator = here.principal("host", "root", None, PrincipalKind::Platform).unwrap();
        let known = here.tenants().by_slug(&operator, "acme").unwrap();
        let as_cy = member(&there, &ada, "cy");
        there.run(&as_cy, &npv()).unwrap();
        here.tenants().set_status(&operator, known.id, known.version, TenantStatus::Suspended).unwrap();
        assert_eq!(reason(there.run(&as_cy, &npv())), "tenant_inactive", "{}", place.url);
    }
}

/// Lets the log be changed, as only its owner can.
pub(crate) fn open_the_log(place: &Place) {
    let opening = if place.url.starts_with("sqlite:") {
        "DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete"
    } else {
        "ALTER TABLE audit DISABLE TRIGGER USER"
    };
    place.tamper(opening).unwrap();
}

#[test]
fn threat_28_whoever_changes_the_log_is_told_where() {
    let mine = "tenant_id = (SELECT id FROM tenant WHERE slug = 'acme')";
    for (tampering, seq, kind) in [
        ("UPDATE audit SET event = replace(event, 'user', 'us3r') WHERE seq = 3 AND", 3, Fault::Mismatch),
        ("UPDATE audit SET hash = 'ff' WHERE seq = 2 AND", 2, Fault::Mismatch),
        ("UPDATE audit SET prev_hash = 'ff' WHERE seq = 4 AND", 4, Fault::Fork),
        ("DELETE FROM audit WHERE seq = 3 AND", 3, Fault::Gap),
        ("DELETE FROM audit WHERE seq = 1 AND", 1, Fault::Gap),
        ("DELETE FROM audit WHERE seq = 7 AND", 7, Fault::Truncated),
        ("DELETE FROM audit WHERE", 1, Fault::Truncated),
        (
            "UPDATE audit SET seq = 9 WHERE seq = 3 AND ME; UPDATE audit SET seq = 3 WHERE seq = 4 AND ME;
          UPDATE audit SET seq = 4 WHERE seq = 9 AND",
            3,
            Fault::Fork,
        ),
        (
            "INSERT INTO audit (tenant_id, seq, prev_hash, hash, event) SELECT tenant_id, 8, hash, prev_hash, event FROM audit WHERE seq = 7 AND",
            8,
            Fault::Mismatch,
        ),
    ] {
        for place in places() {
            let platform = opened(&place.url);
            let ada = tenant(&platform, "acme", "enterprise");
            let bolt = tenant(&platform, "bolt", "enterprise");
            for subject in ["ben", "cy", "dee", "eli"] {
                platform.users().create(&ada, &user(subject, "Guest")).unwrap();
            }
            assert!(matches!(platform.audit().verify(&ada).unwrap(), Verification::Intact { count: 6, .. }));
            open_the_log(&place);
            place.tamper(&format!("{} {mine}", tampering.replace("ME", mine))).unwrap();
            let told = platform.audit().verify(&ada).unwrap();
            assert_eq!(told, Verification::Broken { seq, kind }, "{}: {tampering}", place.url);
            assert!(matches!(platform.audit().verify(&bolt).unwrap(), Verification::Intact { .. }));
        }
    }
}

#[test]
fn threat_28_the_store_itself_refuses_to_change_or_fork_the_log() {
    for place in places() {
        tenant(&opened(&place.url), "acme", "enterprise");
        for change in ["UPDATE audit SET event = '{}'", "DELETE FROM audit"] {
            let refused = place.tamper(change).unwrap_err();
            assert!(refused.contains("audit records"), "{}: {refused}", place.url);
        }
        let same_seq = "INSERT INTO audit (tenant_id, seq, prev_hash, hash, event) SELECT tenant_id, seq, 'x', hash, event FROM audit";
        let same_previous = "INSERT INTO audit (tenant_id, seq, prev_hash, hash, event) SELECT tenant_id, seq + 1, prev_hash, hash, event FROM audit";
        for fork in [same_seq, same_previous] {
            let refused = place.tamper(fork).unwrap_err().to_lowercase();
            assert!(refused.contains("unique"), "{}: {refused}", place.url);
        }
    }
}

#[test]
fn threat_9_a_reference_across_tenants_cannot_be_stored_even_past_the_library() {
    for place in places() {
        let platform = opened(&place.url);
        tenant(&platform, "acme", "enterprise");
        tenant(&platform, "bolt", "enterprise");
        let foreign = "INSERT INTO role_grant (tenant_id, id, user_id, role_id, scope, body)
             SELECT mine.tenant_id, mine.id, theirs.id, mine.id, 'x', '{}' FROM role mine, \"user\" theirs, tenant
             WHERE tenant.id = mine.tenant_id AND slug = 'acme' AND theirs.tenant_id <> mine.tenant_id";
        let foreign_role = "INSERT INTO role_grant (tenant_id, id, user_id, role_id, scope, body)
             SELECT mine.tenant_id, mine.id, mine.id, theirs.id, 'x', '{}' FROM role theirs, \"user\" mine, tenant
             WHERE tenant.id = mine.tenant_id AND slug = 'acme' AND theirs.tenant_id <> mine.tenant_id LIMIT 1";
        for foreign in [foreign, foreign_role] {
            let refused = place.tamper(foreign).unwrap_err().to_lowercase();
            assert!(refused.contains("foreign key"), "{}: {refused}", place.url);
        }
    }
}

#[test]
fn threat_13_and_14_text_of_a_caller_is_never_a_statement() {
    for place in places() {
        let platform = opened(&place.url);
        let ada = tenant(&platform, "acme", "enterprise");
        let hostile = ["'; DROP TABLE run; --", "?1", "$1", "%_%", "\\'", "\u{0}"];
        for (i, text) in hostile.iter().enumerate() {
            let request = RunRequest { idem_key: Some(format!("{text}{i}")), title: Some((*text).to_owned()), ..npv() };
            let told = platform.run(&ada, &request);
            let as_hostile = platform.principal("idp", text, ada.tenant(), PrincipalKind::User);
            if text.contains('\0') {
                assert_eq!(told.unwrap_err().field(), Some("idem_key"));
                assert_eq!(as_hostile.unwrap_err().field(), Some("subject"));
                continue;
            }
            let run = told.unwrap();
            assert_eq!(platform.run(&ada, &request).unwrap().run_id, run.run_id, "{}: {text}", place.url);
            assert_eq!(platform.runs().get(&ada, run.run_id).unwrap().title.as_deref(), Some(*text));
            assert_eq!(reason(platform.run(&as_hostile.unwrap(), &npv())), "not_found", "{}: {text}", place.url);
            let name = format!("{text} Ünï");
            assert_eq!(platform.organizations().create(&ada, &name).unwrap().name, name);
            assert_eq!(reason(platform.organizations().create(&ada, &name)), "duplicate", "{}: {text}", place.url);
        }
        assert_eq!(platform.runs().list(&ada, &PageReq::of_size(100)).unwrap().items.len(), hostile.len() - 1);
    }
}

#[test]
fn threat_30_refusals_of_a_store_tell_nothing_of_its_rows() {
    for place in places() {
        let platform = opened(&place.url);
        let ada = tenant(&platform, "acme", "enterprise");
        platform.users().create(&ada, &user("canary-7f3a", "Guest")).unwrap();
        let again = platform.users().create(&ada, &user("canary-7f3a", "Guest")).unwrap_err();
        assert_eq!(again.reason(), Some("duplicate"));
        assert!(!format!("{again} {again:?}").contains("canary"), "{again}");
    }
}
