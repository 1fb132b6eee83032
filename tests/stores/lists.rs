//! Threats to lists: rows guessed at, cursors in other hands, rights withdrawn, queries nobody offers.

use serde_json::json;
use valor_ivx::ErrorKind;
use valor_ivx::id::{NoteId, RunId, ScenarioId, SeededIds};
use valor_ivx::platform::{NewNote, NewScenario, Platform, RunRequest, ScenarioPatch};
use valor_ivx::store::{CursorKeys, Page, PageReq};
use valor_ivx::tenancy::{Audience, PrincipalKind, Run, VerifiedPrincipal};
use valor_ivx::time::Timestamp;

use crate::{opened, places, tenant, user};

fn npv() -> RunRequest {
    RunRequest::new("npv", json!({"rate": 0.1, "cashflows": [-100, 60, 60]}))
}

fn scenario(name: &str, audience: Audience) -> NewScenario {
    let inputs = json!({"rate": 0.1, "cashflows": [-100, 60, 60]});
    NewScenario { model: "npv".to_owned(), subject: None, name: name.to_owned(), inputs, audience }
}

fn note(subject: &str) -> NewNote {
    NewNote { subject: subject.to_owned(), body: "Ünï ☃".to_owned(), audience: Audience::Private }
}

/// A new user of ada's tenant.
fn member(platform: &Platform, ada: &VerifiedPrincipal, subject: &str, role: &str) -> VerifiedPrincipal {
    platform.users().create(ada, &user(subject, role)).unwrap();
    platform.principal("idp", subject, ada.tenant(), PrincipalKind::User).unwrap()
}

fn reason<T>(told: Result<T, valor_ivx::Error>) -> String {
    told.err().and_then(|error| error.reason().map(str::to_owned)).unwrap_or_default()
}

fn ids(page: &Page<Run>) -> Vec<RunId> {
    page.items.iter().map(|run| run.id).collect()
}

#[test]
fn threat_10_foreign_unknown_and_invisible_content_gets_one_answer_and_is_in_no_list() {
    for place in places() {
        let platform = opened(&place.url);
        let (acme, bolt) = (tenant(&platform, "acme", "enterprise"), tenant(&platform, "bolt", "enterprise"));
        let ben = member(&platform, &acme, "ben", "Analyst");
        let (source, at) = (SeededIds::new([7; 32]), Timestamp::from_micros(1_700_000_000_000_000));
        let scenarios = [&acme, &bolt]
            .map(|who| platform.scenarios().create(who, &scenario("base", Audience::Private)).unwrap().id);
        let notes = [&acme, &bolt].map(|who| platform.notes().create(who, &note("ACME")).unwrap().id);
        platform.run(&acme, &npv()).unwrap();
        platform.run(&bolt, &npv()).unwrap();
        let answer = platform.scenarios().get(&ben, ScenarioId::new(&source, at)).unwrap_err();
        assert_eq!(answer.kind(), ErrorKind::NotFound);
        for id in scenarios {
            assert_eq!(platform.scenarios().get(&ben, id).unwrap_err(), answer, "{}", place.url);
            assert_eq!(platform.scenarios().remove(&ben, id, 1).unwrap_err(), answer);
            let patch = ScenarioPatch { audience: Some(Audience::Tenant), ..ScenarioPatch::default() };
            assert_eq!(platform.scenarios().update(&ben, id, 1, &patch).unwrap_err(), answer);
        }
        let answer = platform.notes().get(&ben, NoteId::new(&source, at)).unwrap_err();
        for id in notes {
            assert_eq!(platform.notes().get(&ben, id).unwrap_err(), answer, "{}", place.url);
        }
        assert_eq!(platform.notes().on(&ben, "ACME").unwrap_err(), answer, "another's note on the same subject");
        let all = PageReq::default().counted();
        let seen = [
            platform.runs().list(&ben, &all).unwrap().total,
            platform.scenarios().list(&ben, &all).unwrap().total,
            platform.notes().list(&ben, &all).unwrap().total,
        ];
        assert_eq!(seen, [Some(0); 3], "{}", place.url);
    }
}

#[test]
fn threat_11_a_cursor_edited_or_used_by_another_user_tenant_or_list_is_invalid() {
    for place in places() {
        let platform = opened(&place.url);
        let (acme, bolt) = (tenant(&platform, "acme", "enterprise"), tenant(&platform, "bolt", "enterprise"));
        let ben = member(&platform, &acme, "ben", "Admin");
        for who in [&acme, &ben, &bolt] {
            for _ in 0..3 {
                platform.run(who, &npv()).unwrap();
            }
        }
        let one = PageReq::of_size(1);
        let first = platform.runs().list(&acme, &one).unwrap();
        let cursor = first.next.clone().unwrap();
        let second = platform.runs().list(&acme, &one.clone().at(&cursor)).unwrap();
        assert_ne!(ids(&first), ids(&second));
        assert_eq!(
            ids(&platform.runs().list(&acme, &one.clone().at(second.prev.clone().unwrap())).unwrap()),
            ids(&first)
        );

        let mut edited = cursor.clone().into_bytes();
        edited[30] = if edited[30] == b'A' { b'B' } else { b'A' };
        let edited = one.clone().at(String::from_utf8(edited).unwrap());
        let (at, runs) = (one.clone().at(&cursor), platform.runs());
        let answers = [
            runs.list(&acme, &edited).unwrap_err(),
            runs.list(&ben, &at).unwrap_err(),
            runs.list(&bolt, &at).unwrap_err(),
            runs.list(&acme, &at.clone().filtered("model", "npv")).unwrap_err(),
            platform.users().list(&acme, &at).unwrap_err(),
            // In another process, whose secret is its own.
            opened(&place.url).runs().list(&acme, &at).unwrap_err(),
        ];
        for answer in &answers {
            assert_eq!((answer, answer.reason()), (&answers[0], Some("invalid_cursor")), "{}", place.url);
        }
        // Processes that are given one secret read one another's.
        let keyed = |keys| Platform::builder(&place.url).cursor_keys(keys).open().unwrap();
        let (old, new) = (CursorKeys::new(1, [1; 32]), CursorKeys::new(2, [2; 32]));
        let made = keyed(old.clone()).runs().list(&acme, &one).unwrap().next.unwrap();
        for keys in [old, new.clone().and_before(1, [1; 32]).unwrap()] {
            assert_eq!(ids(&keyed(keys).runs().list(&acme, &one.clone().at(&made)).unwrap()), ids(&second));
        }
        assert_eq!(reason(keyed(new).runs().list(&acme, &one.clone().at(&made))), "invalid_cursor");
    }
}

#[test]
fn inputs_too_deep_to_be_read_again_are_not_kept_and_a_reason_is_short_text() {
    for place in places() {
        let platform = opened(&place.url);
        let ada = tenant(&platform, "acme", "enterprise");
        let nested = |depth: usize| (0..depth).fold(json!(0.1), |inner, _| json!([inner]));
        let deep = |depth| NewScenario { inputs: json!({"rate": nested(depth)}), ..scenario("deep", Audience::Tenant) };
        let error = platform.scenarios().create(&ada, &deep(64)).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some("inputs")), "{}", place.url);
        let kept = platform.scenarios().create(&ada, &deep(63)).unwrap();
        assert_eq!(platform.scenarios().get(&ada, kept.id).unwrap().inputs, kept.inputs);
        for wrong in ["a\0b".to_owned(), "x".repeat(1_025)] {
            let error = platform.statistics().clear(&ada, None, Some(&wrong)).unwrap_err();
            assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some("reason")), "{}", place.url);
        }
    }
}

#[test]
fn threat_12_a_cursor_shows_what_may_be_read_when_it_is_used() {
    for place in places() {
        let platform = opened(&place.url);
        let ada = tenant(&platform, "acme", "enterprise");
        let ben = member(&platform, &ada, "ben", "Viewer");
        let shared: Vec<_> = ["one", "two", "three"]
            .map(|name| platform.scenarios().create(&ada, &scenario(name, Audience::Tenant)).unwrap())
            .into();
        let page = platform.scenarios().list(&ben, &PageReq::of_size(1)).unwrap();
        assert_eq!(page.items[0].name, "three");
        let next = PageReq::of_size(1).at(page.next.unwrap());
        assert_eq!(platform.scenarios().list(&ben, &next).unwrap().items[0].name, "two");
        // What is withdrawn from one is gone from the page that the same cursor leads to.
        let private = ScenarioPatch { audience: Some(Audience::Private), ..ScenarioPatch::default() };
        platform.scenarios().update(&ada, shared[1].id, 1, &private).unwrap();
        assert_eq!(platform.scenarios().list(&ben, &next).unwrap().items[0].name, "one");
        // And who is put out sees nothing, cursor or not, until let in again.
        let all = platform.users().list(&ada, &PageReq::default()).unwrap();
        let known = all.into_iter().find(|user| user.subject == "ben").unwrap();
        platform.users().set_active(&ada, known.id, known.version, false).unwrap();
        assert_eq!(reason(platform.scenarios().list(&ben, &next)), "user_inactive", "{}", place.url);
        platform.users().set_active(&ada, known.id, known.version + 1, true).unwrap();
        assert_eq!(platform.scenarios().list(&ben, &next).unwrap().items[0].name, "one");
    }
}

#[test]
fn threat_13_an_order_or_filter_that_no_list_offers_is_refused_and_text_stays_text() {
    for place in places() {
        let platform = opened(&place.url);
        let ada = tenant(&platform, "acme", "enterprise");
        let kept = RunRequest { subject: Some("ACME".to_owned()), ..npv() };
        platform.run(&ada, &kept).unwrap();
        let before = place.rows_of(ada.tenant().unwrap());
        let runs = |request: PageReq| platform.runs().list(&ada, &request);
        let plain = PageReq::default;
        for request in [
            plain().sorted("password_hash"),
            plain().sorted("created_at; DROP TABLE run"),
            plain().filtered("inputs", "x"),
            plain().filtered("1 = 1 OR model", "npv"),
            plain().filtered("tenant_id", ada.tenant().unwrap().to_string()),
            plain().searched("body", "inputs"),
        ] {
            let error = runs(request).unwrap_err();
            assert_eq!((error.kind(), error.reason()), (ErrorKind::InvalidInput, Some("unsupported_query")));
            assert_eq!(error.detail("allowed").unwrap()[0]["sort"], "created");
        }
        for text in ["' OR 1 = 1 --", "ACME' OR 'a' = 'a", "?1", "$1", "\u{0}", "ACME\u{0}"] {
            let told = runs(plain().filtered("subject", text));
            if text.contains('\u{0}') {
                assert_eq!(told.unwrap_err().field(), Some("filter.subject"));
            } else {
                assert_eq!(told.unwrap().items, [], "{}: {text}", place.url);
            }
        }
        assert_eq!(runs(plain().filtered("subject", "ACME")).unwrap().items.len(), 1);
        assert_eq!(place.rows_of(ada.tenant().unwrap()), before);
    }
}

#[test]
fn threat_14_wildcards_mean_themselves_and_a_long_search_is_refused() {
    for place in places() {
        let platform = opened(&place.url);
        let ada = tenant(&platform, "acme", "enterprise");
        for name in ["100% Nord", "100 Nord", "a_b", "aXb", "\\x"] {
            platform.organizations().create(&ada, name).unwrap();
        }
        let found = |prefix: &str| {
            let request = PageReq::default().searched("name", prefix);
            let page = platform.organizations().list(&ada, &request)?;
            Ok::<_, valor_ivx::Error>(page.into_iter().map(|one| one.name).collect::<Vec<_>>())
        };
        for (prefix, names) in [
            ("100%", &["100% Nord"][..]),
            ("100", &["100 Nord", "100% Nord"]),
            ("a_", &["a_b"]),
            ("A_B", &["a_b"]),
            ("%%", &[]),
            ("__", &[]),
            ("\\x", &["\\x"]),
        ] {
            assert_eq!(found(prefix).unwrap(), names, "{}: {prefix}", place.url);
        }
        for refused in ["", "a", &"a".repeat(65), &"☃".repeat(1_000_000)] {
            assert_eq!(found(refused).unwrap_err().field(), Some("search"));
        }
        assert_eq!(found(&"☃".repeat(64)).unwrap(), Vec::<String>::new());
    }
}

#[test]
fn threat_16_pages_of_two_tenants_in_turn_on_one_store_mix_nothing() {
    for place in places() {
        let platform = opened(&place.url);
        let admins = ["acme", "bolt"].map(|slug| tenant(&platform, slug, "enterprise"));
        let made = admins.each_ref().map(|ada| {
            let mut made: Vec<_> = (0..7).map(|_| platform.run(ada, &npv()).unwrap().run_id).collect();
            made.reverse();
            made
        });
        let mut walked = [const { Vec::new() }; 2];
        let mut requests = [0, 1].map(|_| Some(PageReq::of_size(2)));
        while requests.iter().any(Option::is_some) {
            for (i, ada) in admins.iter().enumerate() {
                let Some(request) = requests[i].take() else { continue };
                let page = platform.runs().list(ada, &request).unwrap();
                walked[i].extend(ids(&page));
                requests[i] = page.next.map(|next| PageReq::of_size(2).at(next));
            }
        }
        assert_eq!(walked, made, "{}", place.url);
    }
}

#[test]
fn storage_counts_scenarios_and_notes_and_is_given_back() {
    for place in places() {
        let platform = opened(&place.url);
        let ada = tenant(&platform, "acme", "enterprise");
        let cx = platform.enter(&ada).unwrap();
        let store = crate::store_at(&place.url);
        let counted = || {
            let kind = valor_ivx::tenancy::LimitKind::StorageBytes;
            store.read(&cx).unwrap().quota(kind, Timestamp::default(), cx.now()).unwrap()
        };
        let kept = platform.scenarios().create(&ada, &scenario("base", Audience::Private)).unwrap();
        let written = platform.notes().create(&ada, &note("ACME")).unwrap();
        assert_eq!(counted(), kept.bytes + written.bytes);
        assert!(kept.bytes > 30 && written.bytes == 9);
        let shorter = ScenarioPatch { inputs: Some(json!({})), ..ScenarioPatch::default() };
        let kept = platform.scenarios().update(&ada, kept.id, 1, &shorter).unwrap();
        assert_eq!((kept.bytes, kept.version, counted()), (6, 2, 6 + 9));
        let longer = ScenarioPatch { name: Some("longer".to_owned()), ..ScenarioPatch::default() };
        let stale = platform.scenarios().update(&ada, kept.id, 1, &longer).unwrap_err();
        assert_eq!((stale.reason(), stale.detail("current")), (Some("version_conflict"), Some(&json!(2))));
        let early = reason(platform.scenarios().remove(&ada, kept.id, 3));
        assert_eq!((&*early, counted()), ("version_conflict", 6 + 9), "a refused change counts nothing");
        let kept = platform.scenarios().update(&ada, kept.id, 2, &longer).unwrap();
        assert_eq!(counted(), kept.bytes + 9);
        platform.scenarios().remove(&ada, kept.id, 3).unwrap();
        platform.notes().remove(&ada, written.id, 1).unwrap();
        assert_eq!(counted(), 0, "{}", place.url);
        let actions = platform.audit().list(&ada, &PageReq::of_size(100)).unwrap();
        let actions: Vec<_> = actions.into_iter().map(|record| record.event.action).collect();
        let expected = [
            "note.delete",
            "scenario.delete",
            "scenario.update",
            "scenario.update",
            "note.create",
            "scenario.create",
            "sign_in",
            "tenant.create",
        ];
        assert_eq!(actions, expected);
    }
}

#[test]
fn what_a_role_lacks_is_denied_for_scenarios_and_notes_and_on_record() {
    for place in places() {
        let platform = opened(&place.url);
        let ada = tenant(&platform, "acme", "enterprise");
        let (ben, cy) = (member(&platform, &ada, "ben", "Analyst"), member(&platform, &ada, "cy", "Viewer"));
        let shared = platform.scenarios().create(&ben, &scenario("base", Audience::Tenant)).unwrap();
        assert_eq!(platform.scenarios().get(&cy, shared.id).unwrap(), shared);
        let denied = [
            reason(platform.scenarios().create(&cy, &scenario("mine", Audience::Private))),
            reason(platform.scenarios().update(&cy, shared.id, 1, &ScenarioPatch::default())),
            reason(platform.scenarios().remove(&cy, shared.id, 1)),
            // Who writes and shares does not thereby delete.
            reason(platform.scenarios().remove(&ben, shared.id, 1)),
            reason(platform.notes().create(&cy, &note("ACME"))),
        ];
        assert_eq!(denied, ["no_permission"; 5], "{}", place.url);
        let records = platform.audit().list(&ada, &PageReq::of_size(100)).unwrap();
        let refused = records.items.iter().filter(|record| record.event.outcome == "denied").count();
        assert_eq!(refused, 5);
        platform.scenarios().remove(&ada, shared.id, 1).unwrap();
        let wrong = [
            NewScenario { inputs: json!([]), ..scenario("x", Audience::Private) },
            NewScenario { name: " ".to_owned(), ..scenario("x", Audience::Private) },
            NewScenario { subject: Some(String::new()), ..scenario("x", Audience::Private) },
        ];
        let fields = wrong.map(|new| platform.scenarios().create(&ben, &new).unwrap_err().field().map(str::to_owned));
        assert_eq!(fields, ["inputs", "name", "subject"].map(|field| Some(field.to_owned())));
        let unknown = NewScenario { model: "nothing".to_owned(), ..scenario("x", Audience::Private) };
        assert_eq!(reason(platform.scenarios().create(&ben, &unknown)), "unknown_model");
        let twice = NewScenario { name: "base".to_owned(), ..scenario("base", Audience::Private) };
        platform.scenarios().create(&ben, &twice).unwrap();
        assert_eq!(reason(platform.scenarios().create(&ben, &twice)), "duplicate");
    }
}
