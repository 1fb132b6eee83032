//! The audit chain and routing: chained without a fork, replaced version by version.

use serde_json::{Value, json};

use super::{Maker, commit, operator, routing};
use crate::error::ErrorKind;
use crate::store::{RoutingDocument, Store};
use crate::tenancy::{AuditHead, Verification, verify, verify_after};

/// Writers at once make one chain.
pub fn the_audit_chain_survives_concurrent_writers(store: &dyn Store) {
    let maker = Maker::new(8);
    let room = maker.room(store, "acme");
    let event = maker.event("x");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..10 {
                    commit(store, &room.cx, |tx| tx.append_audit(&event).map(drop)).expect("an append");
                }
            });
        }
    });
    let (records, head) = store.read(&room.cx).unwrap().audit().unwrap();
    assert_eq!(
        verify(room.provision.tenant.id, &records, &head),
        Verification::Intact { from: 1, to: 81, count: 81, head: head.hash.clone() }
    );
    let cut = &records[..80];
    assert!(matches!(verify(room.provision.tenant.id, cut, &head), Verification::Broken { seq: 81, .. }));
}

/// Of writers on one version one wins, and the newest document is read.
pub fn routing_is_written_by_compare_and_set(store: &dyn Store) {
    let maker = Maker::new(10);
    let room = maker.room(store, "acme");
    let platform = |expected: u64, document: &RoutingDocument| {
        let mut tx = store.platform(&operator())?;
        tx.set_routing(expected, document)?;
        tx.commit()
    };
    platform(0, &routing(1)).unwrap();
    assert_eq!(platform(0, &routing(1)).unwrap_err().detail("current"), Some(&Value::from(1)));
    platform(1, &routing(2)).unwrap();
    assert_eq!((store.global_routing().unwrap(), store.global_routing_version().unwrap()), (Some(routing(2)), 2));
    assert_eq!(store.read(&room.cx).unwrap().routing_version().unwrap(), 0);
    commit(store, &room.cx, |tx| tx.set_routing(0, &routing(1))).unwrap();
    assert!(commit(store, &room.cx, |tx| tx.set_routing(0, &routing(1))).is_err());
    let leap = commit(store, &room.cx, |tx| tx.set_routing(1, &routing(3))).unwrap_err();
    assert_eq!((leap.kind(), leap.field()), (ErrorKind::InvalidInput, Some("version")));
    let mut read = store.read(&room.cx).unwrap();
    assert_eq!((read.routing().unwrap(), read.routing_version().unwrap()), (Some(routing(1)), 1));
}

/// The audit chain is read in parts, routing in versions, and neither takes what is too long.
pub fn histories_are_read_in_parts(store: &dyn Store) {
    let maker = Maker::new(16);
    let room = maker.room(store, "acme");
    for version in 1..=4 {
        commit(store, &room.cx, |tx| {
            tx.append_audit(&maker.event("routing.apply"))?;
            tx.set_routing(version - 1, &routing(version))
        })
        .unwrap();
    }
    let mut read = store.read(&room.cx).unwrap();
    assert_eq!(read.routing_history(2).unwrap(), [routing(4), routing(3)]);
    let (records, head) = read.audit().unwrap();
    assert_eq!(read.audit_head().unwrap(), head);
    assert_eq!(read.audit_after(1, 2).unwrap(), records[1..3]);
    assert!(read.audit_after(u64::MAX, 2).unwrap().is_empty());
    let start = AuditHead { seq: 2, hash: records[1].hash.clone() };
    let part = read.audit_after(2, usize::MAX).unwrap();
    assert!(matches!(verify_after(&start, &part, &head), Verification::Intact { from: 3, to: 5, .. }));
    drop(read);
    let mut long = maker.event("x");
    long.detail = json!("x".repeat(4_095));
    let error = commit(store, &room.cx, |tx| tx.append_audit(&long).map(drop)).unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some("detail")));
    long.detail = json!("x".repeat(4_094));
    commit(store, &room.cx, |tx| tx.append_audit(&long).map(drop)).unwrap();
    let mut platform = store.platform(&operator()).unwrap();
    platform.set_routing(0, &routing(1)).unwrap();
    platform.set_routing(1, &routing(2)).unwrap();
    assert_eq!(platform.routing_history(9).unwrap(), [routing(2), routing(1)]);
}
