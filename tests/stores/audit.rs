//! The audit log of a tenant and of the platform: what is on record, what may be forgotten of it, and what is
//! found out of those who change it. Each on every kind of store.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value, json};
use valor_ivx::id::TenantId;
use valor_ivx::platform::{
    AuditRange, ExportFormat, NewHold, NewNote, NewScenario, NewTenant, Platform, PlatformBuilder, RunRequest,
};
use valor_ivx::store::PageReq;
use valor_ivx::tenancy::{
    Anchor, AnchorSink, Audience, AuditRecord, ControlledAct, Fault, HeldSubject, Limit, Permission, PlanCatalogue,
    PlatformRole, PrincipalKind, Redaction, TenantStatus, User, Verification, VerifiedPrincipal, verify_export,
};
use valor_ivx::time::{ManualClock, Timestamp};

use crate::threats::open_the_log;
use crate::{Place, places, user};

const START: Timestamp = Timestamp::from_micros(1_767_225_600_000_000);
const DAY: i64 = 86_400_000_000;

/// A platform with three operators on a store, and a tenant on the plan enterprise.
struct House {
    platform: Platform,
    clock: Arc<ManualClock>,
    operators: BTreeMap<&'static str, VerifiedPrincipal>,
    tenant: TenantId,
    ada: VerifiedPrincipal,
    place: Option<Place>,
}

impl House {
    fn on(place: Option<Place>, further: impl Fn(PlatformBuilder) -> PlatformBuilder) -> Self {
        let url = place.as_ref().map_or("memory:", |place| place.url.as_str());
        let clock = Arc::new(ManualClock::at(START));
        let mut plans = PlanCatalogue::seed();
        plans.plans.iter_mut().for_each(|plan| plan.requests_per_minute = Limit::Unlimited);
        let mut builder = Platform::builder(url).clock(clock.clone()).plans(plans);
        for (name, role) in [
            ("root", PlatformRole::Operator),
            ("second", PlatformRole::Operator),
            ("judge", PlatformRole::Auditor),
            ("juror", PlatformRole::Auditor),
        ] {
            builder = builder.operator("host", name, role);
        }
        let platform = further(builder).open().unwrap();
        let operators: BTreeMap<_, _> = ["root", "second", "judge", "juror"]
            .into_iter()
            .map(|name| (name, platform.principal("host", name, None, PrincipalKind::Platform).unwrap()))
            .collect();
        let new = NewTenant {
            slug: "acme".into(),
            name: "Acme".into(),
            plan: "enterprise".into(),
            admin: user("ada", "Admin"),
        };
        let tenant = platform.tenants().create(&operators["root"], &new).unwrap().tenant.id;
        let ada = platform.principal("idp", "ada", Some(tenant), PrincipalKind::User).unwrap();
        Self { platform, clock, operators, tenant, ada, place }
    }

    fn by(&self, operator: &str) -> &VerifiedPrincipal {
        &self.operators[operator]
    }

    /// A user of the tenant, and that user's principal.
    fn member(&self, subject: &str, role: &str) -> (User, VerifiedPrincipal) {
        let made = self.platform.users().create(&self.ada, &user(subject, role)).unwrap();
        let principal = self.platform.principal("idp", subject, Some(self.tenant), PrincipalKind::User).unwrap();
        (made, principal)
    }

    /// The tenant's records, oldest first, as the log of the tenant tells them.
    fn records(&self) -> Vec<AuditRecord> {
        let mut records = Vec::new();
        let mut request = PageReq::of_size(100);
        loop {
            let page = self.platform.audit().list(&self.ada, &request).unwrap();
            records.extend(page.items);
            let Some(next) = page.next else { break };
            request = PageReq::of_size(100).at(&next);
        }
        records.reverse();
        records
    }

    fn actions(&self, action: &str) -> Vec<AuditRecord> {
        self.records().into_iter().filter(|record| record.event.action == action).collect()
    }

    fn platform_actions(&self, action: &str) -> Vec<AuditRecord> {
        let records = self.platform.audit().records(self.by("judge"), 0, 1_000).unwrap();
        records.into_iter().filter(|record| record.event.action == action).collect()
    }

    fn intact(&self) -> u64 {
        match self.platform.audit().verify(&self.ada).unwrap() {
            Verification::Intact { from, to, .. } => to + 1 - from,
            broken @ Verification::Broken { .. } => panic!("{}: {broken:?}", self.name()),
        }
    }

    fn name(&self) -> &str {
        self.place.as_ref().map_or("memory:", |place| &place.url)
    }

    fn confirmed(&self, act: &ControlledAct, [by, with]: [&str; 2]) -> Result<(), valor_ivx::Error> {
        let request = self.platform.control().request(self.by(by), act)?;
        self.platform.control().confirm(self.by(with), request.id).map(drop)
    }

    fn note(&self, subject: &str) -> valor_ivx::tenancy::Note {
        let new = NewNote { subject: subject.to_owned(), body: "x".to_owned(), audience: Audience::Private };
        self.platform.notes().create(&self.ada, &new).unwrap()
    }

    fn export(&self, range: AuditRange) -> String {
        let mut text = Vec::new();
        self.platform.audit().export(&self.ada, range, ExportFormat::Ndjson, &mut text).unwrap();
        String::from_utf8(text).unwrap()
    }
}

/// A house on each kind of store.
fn on_each(check: impl Fn(&House)) {
    on_each_of(|builder| builder, check);
}

fn on_each_of(further: impl Fn(PlatformBuilder) -> PlatformBuilder, check: impl Fn(&House)) {
    for place in std::iter::once(None).chain(places().into_iter().map(Some)) {
        check(&House::on(place, &further));
    }
}

fn reason<T>(told: Result<T, valor_ivx::Error>) -> String {
    told.err().and_then(|error| error.reason().map(str::to_owned)).unwrap_or_default()
}

fn npv() -> RunRequest {
    RunRequest::new("npv", json!({"rate": 0.1, "cashflows": [-100, 60, 60]}))
}

#[test]
fn a_refusal_is_on_record_under_its_true_reason_whatever_the_caller_is_told() {
    on_each(|house| {
        let (_, ben) = house.member("ben", "Analyst");
        let (_, cy) = house.member("cy", "Viewer");
        let scenario = NewScenario {
            model: "npv".to_owned(),
            subject: None,
            name: "base".to_owned(),
            inputs: json!({"rate": 0.1}),
            audience: Audience::Private,
        };
        let (mine, note) = (house.platform.scenarios().create(&house.ada, &scenario).unwrap(), house.note("ACME"));
        let run = house.platform.run(&house.ada, &npv()).unwrap().run_id;
        let unknown = "018bcfe5-6800-7cb5-a7b3-c4d5e6f70819";
        let told = [
            reason(house.platform.scenarios().get(&ben, mine.id)),
            reason(house.platform.notes().get(&ben, note.id)),
            reason(house.platform.runs().get(&ben, run)),
            reason(house.platform.replay(&ben, run)),
            reason(house.platform.scenarios().get(&ben, unknown.parse().unwrap())),
            reason(house.platform.notes().on(&ben, "ACME")),
        ];
        assert_eq!(told, ["not_found"; 6], "{}", house.name());
        assert_eq!(reason(house.platform.run(&cy, &npv())), "no_permission");
        assert_eq!(reason(house.platform.audit().list(&ben, &PageReq::default())), "no_permission");
        let refused: Vec<_> = house
            .records()
            .into_iter()
            .filter(|record| record.event.outcome == "denied")
            .map(|record| format!("{} {}", record.event.action, record.event.reason.unwrap_or_default()))
            .collect();
        let expected = [
            "scenario.read not_visible",
            "note.read not_visible",
            "run.read not_visible",
            "run.read not_visible",
            "scenario.read not_found",
            "note.read not_found",
            "run.create no_permission",
            "audit.read no_permission",
        ];
        assert_eq!(refused, expected, "{}", house.name());
    });
}

#[test]
fn reading_the_log_needs_the_plan_and_is_on_record_as_is_what_others_keep() {
    on_each(|house| {
        let (_, ben) = house.member("ben", "Analyst");
        let shared = RunRequest { audience: Audience::Tenant, ..npv() };
        let run = house.platform.run(&ben, &shared).unwrap().run_id;
        house.platform.runs().get(&ben, run).unwrap();
        house.platform.runs().list(&ben, &PageReq::default()).unwrap();
        assert!(house.actions("run.read").is_empty(), "one's own is no reading of another's");
        house.platform.runs().get(&house.ada, run).unwrap();
        house.platform.runs().list(&house.ada, &PageReq::default()).unwrap();
        house.platform.users().list(&house.ada, &PageReq::default()).unwrap();
        for action in ["run.read", "run.list", "user.list"] {
            assert_eq!(house.actions(action).len(), 1, "{}: {action}", house.name());
        }
        house.intact();
        house.export(AuditRange::default());
        for action in ["audit.verify", "audit.export"] {
            assert_eq!(house.actions(action).len(), 1, "{}: {action}", house.name());
        }
        let before = house.actions("audit.read").len();
        assert_eq!(house.actions("audit.read").len(), before + 1);
        // Under a plan without it nobody reads the log, and that is on record all the same.
        let root = house.by("root");
        let new = NewTenant {
            slug: "bolt".into(),
            name: "Bolt".into(),
            plan: "professional".into(),
            admin: user("eve", "Admin"),
        };
        let bolt = house.platform.tenants().create(root, &new).unwrap().tenant.id;
        let eve = house.platform.principal("idp", "eve", Some(bolt), PrincipalKind::User).unwrap();
        let audit = house.platform.audit();
        let told = [
            reason(audit.list(&eve, &PageReq::default())),
            reason(audit.verify(&eve)),
            reason(audit.export(&eve, AuditRange::default(), ExportFormat::Ndjson, &mut Vec::new())),
            reason(audit.private_fields(&eve, 1)),
        ];
        assert_eq!(told, ["feature_not_in_plan"; 4], "{}", house.name());
    });
}

#[test]
fn a_sign_in_is_accepted_on_record_once_and_with_where_it_came_from() {
    on_each(|house| {
        let at = |name: &str| {
            house.clock.advance_micros(1_000_000);
            let principal = house.platform.principal("idp", "ada", Some(house.tenant), PrincipalKind::User).unwrap();
            principal.with_network_address(name).unwrap().with_request_id("req-1").unwrap()
        };
        let (home, office) = (at("192.0.2.7"), at("2001:db8::1").with_client_software("Browser/1").unwrap());
        for _ in 0..3 {
            assert!(house.platform.can(&home, Permission::ReadModels).unwrap());
            assert!(house.platform.can(&office, Permission::ReadModels).unwrap());
        }
        let accepted: Vec<_> =
            house.actions("sign_in").into_iter().filter(|record| record.event.request_id.is_some()).collect();
        assert_eq!(accepted.len(), 2, "{}", house.name());
        let read = |record: &AuditRecord| house.platform.audit().private_fields(&house.ada, record.seq).unwrap();
        assert_eq!(read(&accepted[0]), BTreeMap::from([("network_address".to_owned(), "192.0.2.7".to_owned())]));
        assert_eq!(read(&accepted[1])["client_software"], "Browser/1");
        assert_eq!(accepted[1].event.request_id.as_deref(), Some("req-1"));
        // Salted: the same address gives another digest in each record.
        house.platform.run(&home, &npv()).unwrap();
        let run = &house.actions("run.create")[0];
        let digest = |record: &AuditRecord| record.event.private_digests["network_address"].clone();
        assert_ne!(digest(run), digest(&accepted[0]));
        house.intact();
        // Operators sign in to the platform's own log.
        let operators = house.platform_actions("sign_in");
        assert!(operators.iter().any(|record| record.event.actor == "host/root"), "{}", house.name());
    });
}

#[test]
fn threat_28_private_fields_that_are_changed_are_told_and_redacted_ones_leave_the_chain_whole() {
    on_each(|house| {
        let from = house.ada.clone().with_network_address("192.0.2.7").unwrap();
        house.platform.run(&from, &npv()).unwrap();
        house.platform.run(&from, &npv()).unwrap();
        let runs = house.actions("run.create");
        let act = |seq| ControlledAct::RedactAudit {
            tenant: Some(house.tenant),
            redaction: Redaction { from: seq, to: seq, field: None },
        };
        house.confirmed(&act(runs[0].seq), ["judge", "juror"]).unwrap();
        let fields = |at: usize| house.platform.audit().private_fields(&house.ada, runs[at].seq).unwrap();
        assert!(fields(0).is_empty() && fields(1).len() == 1, "{}", house.name());
        house.intact();
        assert_eq!(house.actions("audit.redact").len(), 1, "the redaction itself is a record");
        let Some(place) = &house.place else { return };
        let seq = runs[1].seq;
        // One that is changed past the library is no longer what the record says.
        let refused = place.tamper("UPDATE audit_private SET value = '198.51.100.1'").unwrap_err();
        assert!(refused.contains("private fields do not change"), "{refused}");
        place
            .tamper(&format!(
                "INSERT INTO audit_private SELECT tenant_id, {}, name, salt, '198.51.100.1' FROM audit_private
                 WHERE seq = {seq}",
                runs[0].seq
            ))
            .unwrap();
        let told = house.platform.audit().verify(&house.ada).unwrap();
        assert_eq!(told, Verification::Broken { seq: runs[0].seq, kind: Fault::Mismatch }, "{}", house.name());
    });
}

#[test]
fn threat_28_an_export_is_verified_without_a_store_and_every_change_of_it_is_told() {
    on_each(|house| {
        for name in ["a", "b", "c"] {
            house.platform.organizations().create(&house.ada, name).unwrap();
        }
        let text = house.export(AuditRange::default());
        let verified = |text: &str| verify_export(text.as_bytes(), &[]).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let records = lines.len() - 1;
        assert!(matches!(verified(&text), Verification::Intact { from: 1, count, .. } if count == records as u64));
        assert!(text.contains("audit.export"), "reading it is in it");
        let broken = |lines: &[&str]| match verified(&lines.join("\n")) {
            Verification::Broken { seq, kind } => (seq, kind),
            intact @ Verification::Intact { .. } => panic!("{}: {intact:?}", house.name()),
        };
        let without = |at: usize| {
            let mut left = lines.clone();
            left.remove(at);
            left
        };
        assert_eq!(broken(&without(2)), (3, Fault::Gap));
        assert_eq!(broken(&without(0)), (1, Fault::Gap));
        assert_eq!(broken(&without(records - 1)), (records as u64, Fault::Truncated));
        assert_eq!(broken(&lines[..records]), (records as u64 + 1, Fault::Truncated), "without its trailer");
        let changed = lines[1].replace("\"ok\"", "\"no\"");
        let mut altered = lines.clone();
        altered[1] = &changed;
        assert_eq!(broken(&altered), (2, Fault::Mismatch));
        let mut swapped = lines.clone();
        swapped.swap(2, 3);
        assert_eq!(broken(&swapped), (3, Fault::Gap));
        let part = house.export(AuditRange { from: Some(2), to: Some(3) });
        assert!(matches!(verified(&part), Verification::Intact { from: 2, to: 3, count: 2, .. }));
        // A head that is known from elsewhere finds out an export that was made up as a whole.
        let record: AuditRecord = serde_json::from_str(lines[1]).unwrap();
        let anchor = |hash: &str| Anchor { tenant: Some(house.tenant), seq: 2, hash: hash.to_owned(), at: START };
        let known = |anchor: Anchor| verify_export(text.as_bytes(), &[anchor]).unwrap();
        assert!(matches!(known(anchor(&record.hash)), Verification::Intact { .. }));
        assert_eq!(known(anchor("ff")), Verification::Broken { seq: 2, kind: Fault::Fork });
        let error = verify_export(&b"{}\n"[..], &[]).unwrap_err();
        assert_eq!((error.field(), error.detail("value")), (Some("line"), Some(&json!(1))));
    });
}

/// Anchors in memory.
#[derive(Default)]
struct Kept(Mutex<Vec<Anchor>>);

impl AnchorSink for Kept {
    fn keep(&self, anchor: &Anchor) -> Result<(), valor_ivx::Error> {
        self.0.lock().unwrap().push(anchor.clone());
        Ok(())
    }

    fn kept(&self, tenant: Option<TenantId>) -> Result<Vec<Anchor>, valor_ivx::Error> {
        Ok(self.0.lock().unwrap().iter().filter(|anchor| anchor.tenant == tenant).cloned().collect())
    }
}

#[test]
fn threat_28_a_log_cut_with_its_head_is_found_by_an_anchor() {
    for place in places() {
        let kept = Arc::new(Kept::default());
        let house = House::on(Some(place), |builder| builder.anchors(kept.clone()));
        house.platform.organizations().create(&house.ada, "a").unwrap();
        let cut = house.records().len() as u64;
        house.platform.organizations().create(&house.ada, "b").unwrap();
        // An hour later the next call hands the head on by itself.
        house.clock.advance_micros(3_601_000_000);
        house.platform.can(&house.ada, Permission::ReadModels).unwrap();
        let anchor = kept.kept(Some(house.tenant)).unwrap().pop().expect("an anchor");
        assert!(anchor.seq > cut, "{}: {anchor:?}", house.name());
        house.intact();
        let place = house.place.as_ref().unwrap();
        open_the_log(place);
        place
            .tamper(&format!(
                "DELETE FROM audit WHERE seq > {cut};
                 UPDATE audit_head SET seq = {cut}, hash = (SELECT hash FROM audit WHERE seq = {cut})"
            ))
            .unwrap();
        let told = house.platform.audit().verify(&house.ada).unwrap();
        assert_eq!(told, Verification::Broken { seq: cut + 1, kind: Fault::Truncated }, "{}", house.name());
        // And when it has grown again past the anchor, it is another chain.
        for n in 0..9 {
            house.platform.organizations().create(&house.ada, &format!("again {n}")).unwrap();
        }
        let told = house.platform.audit().verify(&house.ada).unwrap();
        assert_eq!(told, Verification::Broken { seq: anchor.seq, kind: Fault::Fork }, "{}", house.name());
    }
}

#[test]
fn threat_28_a_purge_takes_a_prefix_alone_and_leaves_a_checkpoint_to_verify_from() {
    on_each(|house| {
        let from = house.ada.clone().with_network_address("192.0.2.7").unwrap();
        house.platform.run(&from, &npv()).unwrap();
        let old = house.records().len() as u64;
        house.clock.advance_micros(8 * 366 * DAY);
        let again = house.platform.principal("host", "judge", None, PrincipalKind::Platform).unwrap();
        assert_eq!(house.platform.audit().retain(house.by("root")).unwrap_err().reason(), Some("no_permission"));
        let swept = house.platform.audit().retain(&again).unwrap();
        assert!(swept.failed.is_empty() && swept.done >= old, "{}: {swept:?}", house.name());
        assert_eq!(house.platform.audit().retain(&again).unwrap().done, 0, "{}", house.name());
        let records = house.records();
        assert!(records[0].seq > old, "{}", house.name());
        assert!(records.iter().any(|record| record.event.action == "audit.purge"));
        house.intact();
        let part = AuditRange { from: Some(1), to: Some(records[1].seq) };
        let told = house.platform.audit().verify_range(&house.ada, part, &[]).unwrap();
        assert!(matches!(told, Verification::Intact { from, count: 2, .. } if from == records[0].seq), "{told:?}");
        let text = house.export(AuditRange::default());
        assert!(matches!(verify_export(text.as_bytes(), &[]).unwrap(), Verification::Intact { .. }));
        let Some(place) = &house.place else { return };
        // Past the library nothing goes but what lies before a checkpoint that is a record.
        for tampering in [
            "DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)",
            "UPDATE audit_checkpoint SET seq = 1",
            "UPDATE audit_checkpoint SET seq = seq + 1",
            "DELETE FROM audit_checkpoint",
        ] {
            let refused = place.tamper(tampering).unwrap_err();
            assert!(refused.contains("audit records"), "{}: {tampering}: {refused}", place.url);
        }
    });
}

#[test]
fn threat_29_a_flood_of_equal_denials_is_a_hundred_records_and_a_summary() {
    on_each(|house| {
        let (ben, as_ben) = house.member("ben", "Guest");
        let denied = || house.platform.users().list(&as_ben, &PageReq::default()).unwrap_err();
        for _ in 0..150 {
            assert_eq!(denied().reason(), Some("no_permission"));
        }
        let told = |action: &str| {
            let of_ben = |record: &AuditRecord| record.event.actor == ben.id.to_string();
            house.actions(action).into_iter().filter(of_ben).collect::<Vec<_>>()
        };
        // Whoever reads the log sees all there is.
        let summary = told("denial.summary");
        assert_eq!((told("user.list").len(), summary.len()), (100, 1), "{}", house.name());
        let event = &summary[0].event;
        assert_eq!(event.detail["count"], 50);
        assert_eq!(
            (event.reason.as_deref(), &event.detail["permission"]),
            (Some("no_permission"), &json!("admin_users"))
        );
        // The next minute begins anew, and what waited is written by its first call.
        for _ in 0..101 {
            denied();
        }
        house.clock.advance_micros(61_000_000);
        denied();
        assert_eq!((told("user.list").len(), told("denial.summary").len()), (201, 2), "{}", house.name());
        house.intact();
    });
}

#[test]
fn threat_29_what_was_counted_of_a_flood_is_written_when_the_process_ends() {
    for place in places() {
        let url = place.url.clone();
        let house = House::on(Some(place), |builder| builder);
        let (_, as_ben) = house.member("ben", "Guest");
        for _ in 0..120 {
            house.platform.users().list(&as_ben, &PageReq::default()).unwrap_err();
        }
        let House { platform, clock, operators, tenant, ada, place } = house;
        drop(platform);
        let platform = Platform::open(&url).unwrap();
        let house = House { platform, clock, operators, tenant, ada, place };
        assert_eq!(house.actions("denial.summary")[0].event.detail["count"], 20, "{url}");
        house.intact();
    }
}

#[test]
fn threat_30_neither_inputs_nor_private_texts_are_in_a_record_an_export_or_an_error() {
    const CANARY: &str = "canary-7f3a";
    on_each(|house| {
        let from = house.ada.clone().with_network_address(CANARY).unwrap().with_client_software(CANARY).unwrap();
        let request = RunRequest {
            subject: Some(CANARY.to_owned()),
            title: Some(CANARY.to_owned()),
            ..RunRequest::new("npv", json!({"rate": 0.1, "cashflows": [-100, 60, 60], CANARY: 1}))
        };
        let mut errors = vec![house.platform.run(&from, &request).unwrap_err().to_json().to_string()];
        errors.clear();
        house.platform.run(&from, &RunRequest { inputs: npv().inputs, ..request }).unwrap();
        let new = NewNote { subject: CANARY.to_owned(), body: CANARY.to_owned(), audience: Audience::Private };
        house.platform.notes().create(&from, &new).unwrap();
        house.platform.users().create(&from, &user(CANARY, "Guest")).unwrap();
        let long = house.ada.clone().with_network_address(&CANARY.repeat(200)).unwrap_err();
        errors.push(format!("{long} {long:?}"));
        let text = house.export(AuditRange::default());
        for told in errors.iter().chain([&text, &house.platform.prometheus()]) {
            assert!(!told.contains(CANARY), "{}: {told}", house.name());
        }
        if let Some(place) = &house.place {
            let rows = place.printed("SELECT event FROM audit UNION ALL SELECT event FROM global_audit");
            assert!(!rows.contains(CANARY), "{}", place.url);
        }
    });
}

#[test]
fn threat_31_what_is_held_is_neither_erased_nor_deleted_redacted_or_purged_and_that_is_on_record() {
    on_each(|house| {
        let platform = &house.platform;
        let (ben, as_ben) = house.member("ben", "Analyst");
        let (note, free) = (house.note("ACME"), house.note("OTHER"));
        let hold = |subject| {
            let new = NewHold { subject, reason: "Matter 7".to_owned() };
            platform.holds().set(house.by("root"), house.tenant, &new).unwrap()
        };
        let on_ben = hold(HeldSubject::User(ben.id));
        let of_note = HeldSubject::Resource { resource_type: "note".to_owned(), resource_id: note.id.to_string() };
        let on_note = hold(of_note);
        platform.run(&as_ben, &npv()).unwrap();
        let seq = house.actions("run.create")[0].seq;
        let redact = |seq| ControlledAct::RedactAudit {
            tenant: Some(house.tenant),
            redaction: Redaction { from: seq, to: seq, field: None },
        };
        assert_eq!(reason(platform.users().erase(&house.ada, ben.id, ben.version)), "legal_hold", "{}", house.name());
        assert_eq!(reason(platform.notes().remove(&house.ada, note.id, 1)), "legal_hold");
        assert_eq!(reason(house.confirmed(&redact(seq), ["judge", "juror"])), "legal_hold");
        house.confirmed(&redact(1), ["judge", "juror"]).unwrap();
        platform.notes().remove(&house.ada, free.id, 1).unwrap();
        let held: Vec<_> = house
            .records()
            .into_iter()
            .filter(|record| record.event.reason.as_deref() == Some("legal_hold"))
            .map(|record| record.event.action)
            .collect();
        assert_eq!(held, ["user.erase", "note.delete", "audit.redact"], "{}", house.name());
        // Nothing of a tenant with a hold is purged, however old.
        house.clock.advance_micros(8 * 366 * DAY);
        let judge = platform.principal("host", "judge", None, PrincipalKind::Platform).unwrap();
        let swept = platform.audit().retain(&judge).unwrap();
        assert_eq!((swept.done, &*swept.failed[0].reason), (0, "legal_hold"), "{}", house.name());
        let root = house.by("root");
        let version = platform.tenants().by_slug(root, "acme").unwrap().version;
        let version =
            platform.tenants().set_status(root, house.tenant, version, TenantStatus::Deactivated).unwrap().version;
        let purge = ControlledAct::PurgeTenant { tenant: house.tenant };
        assert_eq!(reason(house.confirmed(&purge, ["root", "second"])), "legal_hold");
        // Two operators release the holds; then it may go.
        for hold in [on_ben, on_note] {
            let release = ControlledAct::ReleaseHold { tenant: house.tenant, hold: hold.id };
            house.confirmed(&release, ["root", "second"]).unwrap();
            assert_eq!(reason(house.confirmed(&release, ["root", "second"])), "illegal_transition");
        }
        let released = platform.holds().list(root, house.tenant).unwrap();
        assert!(released.iter().all(|hold| hold.released.as_ref().unwrap().confirmed_by == "host/second"));
        house.confirmed(&purge, ["root", "second"]).unwrap();
        assert!(platform.audit().retain(&judge).unwrap().failed.is_empty());
        platform.tenants().set_status(root, house.tenant, version, TenantStatus::Active).unwrap();
        assert_eq!(reason(platform.can(&house.ada, Permission::ReadModels)), "not_found", "ada is a pseudonym");
    });
}

#[test]
fn an_erased_user_is_a_pseudonym_everywhere_and_the_chain_is_whole() {
    on_each(|house| {
        let (ben, as_ben) = house.member("ben", "Admin");
        let from = as_ben.clone().with_network_address("192.0.2.99").unwrap();
        house.platform.run(&from, &npv()).unwrap();
        assert_eq!(reason(house.platform.users().erase(&house.ada, ben.id, 9)), "version_conflict");
        assert_eq!(reason(house.platform.users().erase(&as_ben, ben.id, 1)), "self_grant");
        let erased = house.platform.users().erase(&house.ada, ben.id, ben.version).unwrap();
        assert_eq!((erased.id, erased.active, erased.version), (ben.id, false, 2));
        for text in [&erased.subject, &erased.email, &erased.display_name] {
            assert!(!text.contains("ben"), "{}: {text}", house.name());
        }
        assert_eq!(reason(house.platform.run(&as_ben, &npv())), "not_found", "{}", house.name());
        let run = &house.actions("run.create")[0];
        assert_eq!(run.event.actor, ben.id.to_string(), "the record stays");
        assert!(house.platform.audit().private_fields(&house.ada, run.seq).unwrap().is_empty());
        house.intact();
        if let Some(place) = &house.place {
            assert!(!place.rows_of(house.tenant).contains("192.0.2.99"), "{}", place.url);
            assert!(!place.rows_of(house.tenant).contains("ben@"), "{}", place.url);
        }
        // Whoever alone administers the tenant stays, whoever asks.
        let (cy, as_cy) = house.member("cy", "Admin");
        let users = house.platform.users().list(&as_cy, &PageReq::default()).unwrap();
        let ada = users.items.iter().find(|user| user.subject == "ada").unwrap();
        house.platform.users().set_active(&house.ada, cy.id, cy.version, false).unwrap();
        assert_eq!(reason(house.platform.users().erase(&as_cy, ada.id, ada.version)), "user_inactive");
    });
}

#[test]
fn threat_32_one_operator_redacts_nothing_alone_and_a_redaction_is_on_record() {
    on_each(|house| {
        let control = house.platform.control();
        let from = house.ada.clone().with_network_address("192.0.2.7").unwrap();
        house.platform.run(&from, &npv()).unwrap();
        let seq = house.actions("run.create")[0].seq;
        let redaction = Redaction { from: seq, to: seq, field: Some("network_address".to_owned()) };
        let act = ControlledAct::RedactAudit { tenant: Some(house.tenant), redaction };
        // Operators do not redact, auditors not alone.
        assert_eq!(reason(control.request(house.by("root"), &act)), "no_permission", "{}", house.name());
        let request = control.request(house.by("judge"), &act).unwrap();
        assert_eq!(reason(control.confirm(house.by("judge"), request.id)), "separation_of_duty");
        assert_eq!(reason(control.confirm(house.by("root"), request.id)), "no_permission");
        let there = || house.platform.audit().private_fields(&house.ada, seq).unwrap().len();
        assert_eq!(there(), 1);
        let confirmed = control.confirm(house.by("juror"), request.id).unwrap();
        assert_eq!(confirmed.confirmed.unwrap().by, "host/juror");
        assert_eq!(there(), 0, "{}", house.name());
        assert_eq!(reason(control.confirm(house.by("juror"), request.id)), "illegal_transition");
        // A day is the time there is.
        let late = control.request(house.by("judge"), &act).unwrap();
        house.clock.advance_micros(DAY);
        assert_eq!(reason(control.confirm(house.by("juror"), late.id)), "illegal_transition");
        let told = house.actions("audit.redact");
        assert_eq!((told.len(), told[0].event.actor.as_str()), (1, "host/juror"), "{}", house.name());
        assert_eq!(told[0].event.detail["requested_by"], "host/judge");
        let platforms: Vec<_> = house
            .platform_actions("audit.redact")
            .into_iter()
            .map(|record| (record.event.actor, record.event.reason.unwrap_or_default()))
            .collect();
        let expected = [
            ("host/root", "no_permission"),
            ("host/judge", "separation_of_duty"),
            ("host/root", "no_permission"),
            ("host/juror", ""),
            ("host/juror", "illegal_transition"),
            ("host/juror", "illegal_transition"),
        ];
        assert_eq!(platforms, expected.map(|(by, why)| (by.to_owned(), why.to_owned())), "{}", house.name());
        let own = house.platform.audit().verify(house.by("judge")).unwrap();
        assert!(matches!(own, Verification::Intact { from: 1, .. }), "{own:?}");
        assert_eq!(control.list(house.by("judge"), 10).unwrap().len(), 2);
        let mut text = Vec::new();
        house
            .platform
            .audit()
            .export(house.by("judge"), AuditRange::default(), ExportFormat::Ndjson, &mut text)
            .unwrap();
        assert!(matches!(verify_export(&*text, &[]).unwrap(), Verification::Intact { .. }));
    });
}

#[test]
fn operators_are_refused_on_the_platforms_record_and_what_they_do_is_on_both() {
    on_each(|house| {
        let stranger = house.platform.principal("idp", "eve", None, PrincipalKind::Platform).unwrap();
        assert_eq!(reason(house.platform.tenants().by_slug(&stranger, "acme")), "not_member");
        assert_eq!(reason(house.platform.tenants().by_slug(house.by("judge"), "acme")), "no_permission");
        let root = house.by("root");
        let version = house.platform.tenants().by_slug(root, "acme").unwrap().version;
        let suspended = house.platform.tenants().set_status(root, house.tenant, version, TenantStatus::Suspended);
        let version = suspended.unwrap().version;
        house.platform.tenants().set_status(root, house.tenant, version, TenantStatus::Active).unwrap();
        assert_eq!(house.actions("tenant.set_status").len(), 2, "{}", house.name());
        assert_eq!(house.platform_actions("tenant.set_status").len(), 2);
        let refused: Vec<_> = house
            .platform
            .audit()
            .records(house.by("judge"), 0, 1_000)
            .unwrap()
            .into_iter()
            .filter(|record| record.event.outcome == "denied")
            .map(|record| (record.event.actor, record.event.reason.unwrap()))
            .collect();
        let expected = [("idp/eve", "not_member"), ("host/judge", "no_permission")];
        assert_eq!(refused, expected.map(|(by, why)| (by.to_owned(), why.to_owned())), "{}", house.name());
        if let Some(place) = &house.place {
            let refused = place.tamper("DELETE FROM global_audit").unwrap_err();
            assert!(refused.contains("audit records"), "{refused}");
        }
    });
}

/// What may happen to a log.
#[derive(Clone, Debug)]
enum Step {
    Work,
    Denied,
    Redact(u64, u64),
    Purge,
    Wait(u16),
    Erase,
    Hold,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => Just(Step::Work),
        1 => Just(Step::Denied),
        2 => (1_u64..40, 0_u64..9).prop_map(|(from, more)| Step::Redact(from, from + more)),
        2 => Just(Step::Purge),
        1 => (1_u16..400).prop_map(Step::Wait),
        1 => Just(Step::Erase),
        1 => Just(Step::Hold),
    ];
    prop::collection::vec(step, 1..16)
}

/// Carries out steps, and gives what the log then is: where it begins, and what each record says.
fn history(house: &House, steps: &[Step]) -> Value {
    let platform = &house.platform;
    let mut erased = 0;
    let mut held = Vec::new();
    for (n, step) in steps.iter().enumerate() {
        let operator = |name| platform.principal("host", name, None, PrincipalKind::Platform).unwrap();
        let ada = platform.principal("idp", "ada", Some(house.tenant), PrincipalKind::User).unwrap();
        let ada = ada.with_network_address("192.0.2.7").unwrap();
        match step {
            Step::Work => drop(platform.organizations().create(&ada, &format!("o{n}"))),
            Step::Denied => drop(platform.runs().get(&ada, "018bcfe5-6800-7cb5-a7b3-c4d5e6f70819".parse().unwrap())),
            Step::Redact(from, to) => {
                let redaction = Redaction { from: *from, to: *to, field: None };
                let act = ControlledAct::RedactAudit { tenant: Some(house.tenant), redaction };
                drop(house.confirmed(&act, ["judge", "juror"]));
            }
            Step::Purge => drop(platform.audit().retain(&operator("judge")).unwrap()),
            Step::Wait(days) => house.clock.advance_micros(i64::from(*days) * DAY),
            Step::Erase => {
                erased += 1;
                if let Ok(user) = platform.users().create(&ada, &user(&format!("u{erased}"), "Guest")) {
                    let told = platform.users().erase(&ada, user.id, user.version);
                    assert_eq!(told.is_err(), !held.is_empty(), "{}", house.name());
                }
            }
            Step::Hold => match held.pop() {
                None => {
                    let new = NewHold { subject: HeldSubject::Tenant, reason: "x".to_owned() };
                    held.push(platform.holds().set(&operator("root"), house.tenant, &new).unwrap().id);
                }
                Some(hold) => {
                    let release = ControlledAct::ReleaseHold { tenant: house.tenant, hold };
                    house.confirmed(&release, ["root", "second"]).unwrap();
                }
            },
        }
    }
    house.intact();
    let text = house.export(AuditRange::default());
    let told = verify_export(text.as_bytes(), &[]).unwrap();
    assert!(matches!(told, Verification::Intact { .. }), "{}: {told:?}", house.name());
    let own = platform.audit().verify(house.by("judge")).unwrap();
    assert!(matches!(own, Verification::Intact { .. }), "{}: {own:?}", house.name());
    let said =
        |record: AuditRecord| json!([record.seq, record.event.action, record.event.outcome, record.event.reason]);
    house.records().into_iter().map(said).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// Invariant 8.
    #[test]
    fn the_chain_verifies_after_any_history_and_is_alike_on_every_store(steps in steps()) {
        let mut told = Vec::new();
        for place in std::iter::once(None).chain(places().into_iter().map(Some)) {
            let keep = Duration::from_secs(100 * 86_400);
            told.push(history(&House::on(place, |builder| builder.audit_retention(keep)), &steps));
        }
        prop_assert!(told.iter().all(|one| *one == told[0]), "{told:#?}");
    }
}
