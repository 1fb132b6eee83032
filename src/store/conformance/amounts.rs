//! Quotas and usage: never beyond a limit, and counted once.

use serde_json::json;

use super::{Maker, SOON, commit, usage};
use crate::error::ErrorKind;
use crate::store::Store;
use crate::tenancy::{Limit, LimitKind, Recorded, Reservation, UsageKind};
use crate::time::Timestamp;

/// Whatever the interleaving, what counts stays within the limit.
pub fn quotas_are_never_exceeded(store: &dyn Store) {
    let maker = Maker::new(5);
    let room = maker.room(store, "acme");
    let reservations: Vec<_> = (0..32).map(|_| maker.reservation(1, SOON)).collect();
    let now = maker.now();
    let won: usize = std::thread::scope(|scope| {
        let threads: Vec<_> = reservations
            .chunks(2)
            .map(|chunk| {
                let cx = &room.cx;
                scope.spawn(move || {
                    let reserve =
                        |held: &&Reservation| commit(store, cx, |tx| tx.reserve(held, Limit::At(10), now)).is_ok();
                    chunk.iter().filter(reserve).count()
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).sum()
    });
    assert_eq!(won, 10);
    assert_eq!(store.read(&room.cx).unwrap().quota(LimitKind::RunsPerMonth, Timestamp::default(), now).unwrap(), 10);
    let error = commit(store, &room.cx, |tx| tx.reserve(&maker.reservation(1, SOON), Limit::At(10), now)).unwrap_err();
    assert_eq!((error.kind(), error.detail("used")), (ErrorKind::LimitExceeded, Some(&json!(10))));
    assert!(commit(store, &room.cx, |tx| tx.reserve(&maker.reservation(u64::MAX, SOON), Limit::At(10), now)).is_err());
}

/// What has expired counts no more; what is committed counts once.
pub fn reservations_expire_and_commit_once(store: &dyn Store) {
    let maker = Maker::new(6);
    let room = maker.room(store, "acme");
    let held = maker.reservation(4, 1_000);
    let limit = Limit::At(5);
    commit(store, &room.cx, |tx| tx.reserve(&held, limit, maker.now())).unwrap();
    let late = held.expires_at.plus_micros(1);
    let counted =
        |now| store.read(&room.cx).unwrap().quota(LimitKind::RunsPerMonth, Timestamp::default(), now).unwrap();
    assert_eq!((counted(maker.now()), counted(late)), (4, 0));
    let second = Reservation { expires_at: late.plus_micros(SOON), ..maker.reservation(3, 0) };
    commit(store, &room.cx, |tx| tx.reserve(&second, limit, late)).unwrap();
    let error = commit(store, &room.cx, |tx| tx.commit_reservation(held.id, 4, limit, late)).unwrap_err();
    assert_eq!(error.reason(), Some("quota_exceeded"));
    commit(store, &room.cx, |tx| tx.commit_reservation(held.id, 2, limit, late)).unwrap();
    assert_eq!(counted(late), 5);
    assert!(commit(store, &room.cx, |tx| tx.commit_reservation(held.id, 1, limit, late)).is_err());
    assert!(commit(store, &room.cx, |tx| tx.commit_reservation(second.id, 9, limit, late)).is_err());
    commit(store, &room.cx, |tx| tx.release_reservation(second.id)).unwrap();
    assert_eq!(counted(late), 2);
    assert!(commit(store, &room.cx, |tx| tx.release_reservation(held.id)).is_err());
}

/// An event counts once under its key, and a key says one thing.
pub fn usage_counts_once(store: &dyn Store) {
    let maker = Maker::new(7);
    let room = maker.room(store, "acme");
    let mut tx = store.write(&room.cx).unwrap();
    assert_eq!(tx.record_usage(&usage(&maker, "a", 3)).unwrap(), Recorded::New);
    assert_eq!(tx.record_usage(&usage(&maker, "a", 3)).unwrap(), Recorded::Duplicate);
    assert_eq!(tx.record_usage(&usage(&maker, "a", 4)).unwrap_err().reason(), Some("idempotency_conflict"));
    assert_eq!(tx.record_usage(&usage(&maker, "b", 4)).unwrap(), Recorded::New);
    tx.commit().unwrap();
    let far = Timestamp::from_micros(i64::MAX);
    let mut read = store.read(&room.cx).unwrap();
    assert_eq!(read.usage_total(UsageKind::Export, Timestamp::default(), far).unwrap(), 7);
    assert_eq!(read.usage_total(UsageKind::Trials, Timestamp::default(), far).unwrap(), 0);
    assert_eq!(read.usage_total(UsageKind::Export, far, far).unwrap(), 0);
}

/// Amounts beyond what is counted exactly are refused, and break nothing for those that follow.
pub fn sums_stay_exact_or_are_refused(store: &dyn Store) {
    let maker = Maker::new(14);
    let room = maker.room(store, "acme");
    let most = i64::MAX.cast_unsigned();
    let reserve = |amount| {
        let held = maker.reservation(amount, SOON);
        commit(store, &room.cx, |tx| tx.reserve(&held, Limit::Unlimited, maker.now()))
    };
    assert_eq!(reserve(most + 1).unwrap_err().kind(), ErrorKind::LimitExceeded);
    reserve(most - 1).unwrap();
    assert_eq!(reserve(2).unwrap_err().detail("used"), Some(&json!(most - 1)));
    reserve(1).unwrap();
    let record = |key: &str, quantity| {
        commit(store, &room.cx, |tx| tx.record_usage(&usage(&maker, key, quantity)).map(drop)).map_err(|e| e.kind())
    };
    assert_eq!(record("a", most + 1), Err(ErrorKind::InvalidInput));
    record("b", most).unwrap();
    let far = Timestamp::from_micros(i64::MAX);
    let total = || store.read(&room.cx).unwrap().usage_total(UsageKind::Export, Timestamp::default(), far);
    assert_eq!(total().unwrap(), most);
    record("c", 1).unwrap();
    assert_eq!(total().unwrap_err().kind(), ErrorKind::Undefined);
}

/// Of reservations that nobody commits at most a thousand are open at once, and no sum passes what is counted exactly.
pub fn open_reservations_are_bounded_and_amounts_never_overflow(store: &dyn Store) {
    let maker = Maker::new(18);
    let room = maker.room(store, "acme");
    let reserve = |held: &Reservation, now| commit(store, &room.cx, |tx| tx.reserve(held, Limit::Unlimited, now));
    let mut tx = store.write(&room.cx).unwrap();
    for _ in 0..1_000 {
        tx.reserve(&maker.reservation(0, SOON), Limit::Unlimited, maker.now()).unwrap();
    }
    tx.commit().unwrap();
    let error = reserve(&maker.reservation(0, SOON), maker.now()).unwrap_err();
    assert_eq!((error.reason(), error.detail("limit")), (Some("quota_exceeded"), Some(&json!(1_000))));
    let late = maker.now().plus_micros(2 * SOON);
    let most = i64::MAX.cast_unsigned();
    let [first, second] = [0, 1].map(|_| Reservation { expires_at: late, ..maker.reservation(most, 0) });
    reserve(&first, late.plus_micros(-1)).unwrap();
    reserve(&second, late).unwrap();
    let count = |held: &Reservation, now| {
        commit(store, &room.cx, |tx| tx.commit_reservation(held.id, most, Limit::Unlimited, now))
    };
    count(&first, late).unwrap();
    // As of an earlier instant it would still be held, within no limit that can be counted.
    assert_eq!(count(&second, late.plus_micros(-1)).unwrap_err().kind(), ErrorKind::LimitExceeded);
    let quota = store.read(&room.cx).unwrap().quota(LimitKind::RunsPerMonth, Timestamp::default(), late);
    assert_eq!(quota.unwrap(), most);
}
