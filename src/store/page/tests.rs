//! What a request may ask for, and what becomes of a cursor in the wrong hands.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::error::ErrorKind;
use crate::id::{SeededIds, TenantId, UserId};
use crate::time::Timestamp;

const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);
const DAY: i64 = 24 * 3_600 * 1_000_000;

fn holder(seed: u8) -> Holder<'static> {
    let ids = SeededIds::new([seed; 32]);
    Holder::User(TenantId::new(&ids, NOW), UserId::new(&ids, NOW))
}

fn cursors() -> Cursors {
    Cursors::new(CursorKeys::new(3, [7; 32]))
}

/// A cursor to the page after a row, of a list with text and id in its order.
fn by_name(cursors: &Cursors, name: &str) -> String {
    let request = PageReq::of_size(1).searched("name", "na");
    let listing = cursors.listing(Entity::User, &request, holder(1), NOW).unwrap();
    let user = User {
        id: UserId::new(&SeededIds::new([5; 32]), NOW),
        issuer: String::new(),
        subject: String::new(),
        email: String::new(),
        display_name: name.to_owned(),
        organization_id: None,
        active: true,
        created_at: NOW,
        version: 1,
    };
    let slice = Slice { items: vec![user], before: false, after: true, total: None };
    cursors.page(slice, &listing, holder(1), NOW).next.unwrap()
}

fn opened(
    cursors: &Cursors,
    cursor: &str,
    entity: Entity,
    request: PageReq,
    holder: Holder<'_>,
    now: Timestamp,
) -> Result<Listing, Error> {
    cursors.listing(entity, &request.at(cursor), holder, now)
}

fn named() -> PageReq {
    PageReq::of_size(9).searched("name", "NA")
}

#[test]
fn a_cursor_leads_on_from_its_row_for_a_day() {
    let (cursors, cursor) = (cursors(), by_name(&cursors(), "name"));
    let open = |now| opened(&cursors, &cursor, Entity::User, named(), holder(1), now);
    let position = open(NOW.plus_micros(DAY - 1)).unwrap().position.unwrap();
    assert_eq!((position.keys[0].clone(), position.keys.len(), position.backward), ("name".into(), 2, false));
    assert_eq!(open(NOW.plus_micros(DAY)).unwrap_err().reason(), Some("invalid_cursor"));
}

#[test]
fn threat_11_a_cursor_of_another_user_list_secret_or_day_gets_one_answer() {
    let (cursors, cursor) = (cursors(), by_name(&cursors(), "name"));
    let later = NOW.plus_micros(DAY);
    let ids = SeededIds::new([1; 32]);
    let Holder::User(tenant, user) = holder(1) else { unreachable!("a user") };
    let another = Cursors::new(CursorKeys::new(3, [8; 32]));
    let unknown = Cursors::new(CursorKeys::new(4, [7; 32]));
    let refused = [
        opened(&cursors, &cursor, Entity::User, named(), Holder::User(TenantId::new(&ids, later), user), NOW),
        opened(&cursors, &cursor, Entity::User, named(), Holder::User(tenant, UserId::new(&ids, later)), NOW),
        opened(&cursors, &cursor, Entity::User, named(), Holder::Operator("root"), NOW),
        opened(&cursors, &cursor, Entity::User, PageReq::default().searched("name", "nam"), holder(1), NOW),
        opened(&cursors, &cursor, Entity::User, PageReq::default().searched("email", "na"), holder(1), NOW),
        opened(&cursors, &cursor, Entity::User, PageReq::default(), holder(1), NOW),
        opened(&cursors, &cursor, Entity::Organization, named(), holder(1), NOW),
        opened(&cursors, &cursor, Entity::User, named(), holder(1), later),
        opened(&another, &cursor, Entity::User, named(), holder(1), NOW),
        opened(&unknown, &cursor, Entity::User, named(), holder(1), NOW),
        opened(&cursors, "", Entity::User, named(), holder(1), NOW),
        opened(&cursors, "not a cursor", Entity::User, named(), holder(1), NOW),
        opened(&cursors, &"A".repeat(4_000), Entity::User, named(), holder(1), NOW),
    ];
    let answers: Vec<_> = refused.into_iter().map(Result::unwrap_err).collect();
    assert_eq!((answers[0].kind(), answers[0].reason()), (ErrorKind::InvalidInput, Some("invalid_cursor")));
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
}

#[test]
fn filters_of_one_list_and_another_are_told_apart() {
    let cursors = cursors();
    let request = |value: &str| PageReq::of_size(1).filtered("model", value);
    let listing = cursors.listing(Entity::Run, &request("npv"), holder(1), NOW).unwrap();
    let position = Position { keys: vec![Key::Integer(5), Key::Id(uuid::Uuid::max())], backward: true };
    let listing = Listing { position: Some(position.clone()), ..listing };
    // What comes before a row is sealed as such.
    let run = crate::store::conformance::Maker::new(1);
    let ada = run.provision("acme").admin;
    let slice = Slice {
        items: vec![run.run(&ada, crate::tenancy::Audience::Private, NOW)],
        before: true,
        after: true,
        total: None,
    };
    let page = cursors.page(slice, &listing, holder(1), NOW);
    let backward = |cursor: &str, request| {
        opened(&cursors, cursor, Entity::Run, request, holder(1), NOW).map(|listing| listing.is_backward())
    };
    let (next, prev) = (page.next.unwrap(), page.prev.unwrap());
    assert_eq!((backward(&next, request("npv")).unwrap(), backward(&prev, request("npv")).unwrap()), (false, true));
    for other in [request("dcf"), PageReq::default(), PageReq::default().filtered("subject", "npv")] {
        assert_eq!(backward(&next, other).unwrap_err().reason(), Some("invalid_cursor"));
    }
}

#[test]
fn a_secret_that_has_been_replaced_is_read_and_no_longer_used() {
    let old = by_name(&cursors(), "name");
    let both = Cursors::new(CursorKeys::new(4, [8; 32]).and_before(3, [7; 32]).unwrap());
    opened(&both, &old, Entity::User, named(), holder(1), NOW).unwrap();
    let new = by_name(&both, "name");
    assert!(opened(&cursors(), &new, Entity::User, named(), holder(1), NOW).is_err());
    opened(&Cursors::new(CursorKeys::new(4, [8; 32])), &new, Entity::User, named(), holder(1), NOW).unwrap();
    assert_eq!(CursorKeys::new(4, [8; 32]).and_before(4, [7; 32]).unwrap_err().field(), Some("id"));
    assert!(!format!("{:?}", CursorKeys::new(4, [8; 32])).contains("8, 8"));
}

#[test]
fn the_longest_name_there_can_be_fits_into_a_cursor() {
    let longest = format!("na{}", "ü".repeat(255));
    assert_eq!(fold(&longest).len(), 512);
    let cursor = by_name(&cursors(), &longest);
    assert!(cursor.len() <= 1_024, "{}", cursor.len());
    opened(&cursors(), &cursor, Entity::User, named(), holder(1), NOW).unwrap();
}

proptest! {
    #[test]
    fn threat_11_a_cursor_with_any_bit_changed_is_refused(byte in 0_usize..4_096, bit in 0_u8..8, cut in 0_usize..64) {
        let cursor = by_name(&cursors(), "name");
        let mut bytes = URL_SAFE_NO_PAD.decode(&cursor).unwrap();
        let at = byte % bytes.len();
        bytes[at] ^= 1 << bit;
        let edited = URL_SAFE_NO_PAD.encode(&bytes);
        bytes[at] ^= 1 << bit;
        bytes.truncate(bytes.len() - 1 - cut % (bytes.len() - 1));
        for cursor in [edited, URL_SAFE_NO_PAD.encode(&bytes)] {
            let told = opened(&cursors(), &cursor, Entity::User, named(), holder(1), NOW).unwrap_err();
            prop_assert_eq!(told.reason(), Some("invalid_cursor"));
        }
    }

    #[test]
    fn whatever_is_given_for_a_cursor_is_answered(text in "\\PC{0,200}") {
        let told = opened(&cursors(), &text, Entity::Run, PageReq::default(), holder(1), NOW).unwrap_err();
        prop_assert_eq!(told.reason(), Some("invalid_cursor"));
    }
}

#[test]
fn a_list_that_is_not_in_the_catalogue_is_refused_with_those_that_are() {
    let refused = |request: PageReq| Listing::first(Entity::Run, &request).unwrap_err();
    let plain = PageReq::default;
    for request in [
        plain().sorted("password_hash"),
        plain().sorted("created; DROP TABLE run"),
        plain().filtered("inputs", "x"),
        plain().filtered("model", "npv").filtered("subject", "ACME"),
        plain().searched("title", "abc"),
    ] {
        let error = refused(request);
        assert_eq!((error.kind(), error.reason()), (ErrorKind::InvalidInput, Some("unsupported_query")));
        let allowed = error.detail("allowed").unwrap();
        assert_eq!(allowed[1], json!({"sort": "created", "filter": ["model"], "search": null}));
    }
    assert_eq!(refused(plain().sorted("size")).field(), Some("sort"));
    assert_eq!(refused(plain().filtered("inputs", "x")).detail("value"), Some(&json!("inputs")));
}

#[test]
fn a_size_a_page_and_a_search_out_of_bounds_are_refused() {
    let told = |request: PageReq| Listing::first(Entity::User, &request).map(|listing| listing.skip);
    for size in [0, 101] {
        assert_eq!(told(PageReq::of_size(size)).unwrap_err().field(), Some("size"));
    }
    assert_eq!(told(PageReq::of_size(100).page(101)).unwrap(), 10_000);
    for page in [102, usize::MAX] {
        assert_eq!(told(PageReq::of_size(100).page(page)).unwrap_err().reason(), Some("offset_too_deep"));
    }
    assert_eq!(told(PageReq::default().page(0)).unwrap_err().field(), Some("page"));
    for (prefix, allowed) in [("a", false), ("ab", true), ("☃☃", true)] {
        assert_eq!(told(PageReq::default().searched("name", prefix)).is_ok(), allowed);
    }
    assert!(told(PageReq::default().searched("name", "x".repeat(64))).is_ok());
    assert_eq!(told(PageReq::default().searched("name", "x".repeat(65))).unwrap_err().field(), Some("search"));
    let filter = |name: &str, value: &str| told(PageReq::default().filtered(name, value)).unwrap_err();
    assert_eq!(filter("organization", "1 OR 1").field(), Some("filter.organization"));
    let word = Listing::first(Entity::Usage, &PageReq::default().filtered("kind", "Root")).unwrap_err();
    assert_eq!(word.field(), Some("filter.kind"));
    let none = Listing::first(Entity::Run, &PageReq::default().filtered("model", "")).unwrap_err();
    assert_eq!(none.field(), Some("filter.model"));
}

#[test]
fn no_two_lists_of_the_catalogue_fit_one_request() {
    for (i, line) in CATALOGUE.iter().enumerate() {
        for other in &CATALOGUE[i + 1..] {
            let names = |line: &Line| line.filter.iter().map(|filter| filter.name).collect::<Vec<_>>();
            let same = (line.entity, line.sort, line.search) == (other.entity, other.sort, other.search);
            assert!(!same || names(line) != names(other), "{line:?}");
        }
    }
}
