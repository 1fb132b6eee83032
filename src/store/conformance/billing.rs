//! What billing keeps: numbers without a gap, an outbox that loses nothing, use that adds up.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use super::agreement::Dice;
use super::{Maker, commit, commit_platform, operator, usage};
use crate::error::{Error, ErrorKind};
use crate::id::{InvoiceId, TenantId};
use crate::store::{BillingTx, DueTenant, Store};
use crate::tenancy::{
    Invoice, InvoiceState, Subscription, SubscriptionChange, SubscriptionEvent, TenantCtx, TenantStatus,
    UsageAdjustment, UsageEvent, UsageKind, UsageWindow,
};
use crate::time::Timestamp;

const HOUR: i64 = 3_600_000_000;

impl Maker {
    /// A draft like the one that a tenant begins with.
    pub(super) fn draft(&self, like: &Invoice) -> Invoice {
        Invoice { id: InvoiceId::new(&self.ids, self.now()), ..like.clone() }
    }
}

fn numbers(store: &dyn Store, cx: &TenantCtx) -> Vec<u64> {
    let all = store.read(cx).unwrap().invoices(None, usize::MAX).unwrap();
    all.iter().map(|invoice| invoice.number).collect()
}

/// Whoever writes at once and whatever is dropped, numbers follow each other; of what is issued only the
/// state moves, and only forward.
pub fn invoices_are_numbered_without_a_gap_and_only_their_state_moves(store: &dyn Store) {
    let maker = Maker::new(30);
    let room = maker.room(store, "acme");
    let like = &room.provision.invoices[0];
    let drafts: Vec<_> = (0..24).map(|_| maker.draft(like)).collect();
    let kept = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for (i, draft) in drafts.iter().enumerate() {
            let (cx, kept) = (&room.cx, &kept);
            scope.spawn(move || {
                let done = commit(store, cx, |tx| {
                    tx.insert_invoice(draft)?;
                    // Every third is dropped after it was written.
                    if i % 3 == 0 { Err(Error::internal("dropped", "on purpose")) } else { Ok(()) }
                });
                kept.fetch_add(u64::from(done.is_ok()), Ordering::Relaxed);
            });
        }
    });
    assert_eq!(kept.into_inner(), 16);
    assert_eq!(numbers(store, &room.cx), (1..=17).rev().collect::<Vec<_>>(), "with the one it began with");
    let mut read = store.read(&room.cx).unwrap();
    let page = read.invoices(Some(3), 5).unwrap();
    assert_eq!(page.iter().map(|invoice| invoice.number).collect::<Vec<_>>(), [2, 1]);
    let first = page[1].clone();
    assert_eq!((first.state, &first.lines), (InvoiceState::Issued, &like.lines));
    drop(read);

    let set = |state| commit(store, &room.cx, |tx| tx.set_invoice_state(first.id, state).map(drop));
    for state in [InvoiceState::Void, InvoiceState::Draft] {
        assert_eq!(set(state).unwrap_err().reason(), Some("illegal_transition"));
    }
    set(InvoiceState::Paid).unwrap();
    assert_eq!(set(InvoiceState::Issued).unwrap_err().reason(), Some("illegal_transition"));
    let paid = store.read(&room.cx).unwrap().invoice(first.id).unwrap();
    assert_eq!(paid, Invoice { state: InvoiceState::Paid, ..first.clone() });
    let again = commit(store, &room.cx, |tx| tx.insert_invoice(like).map(drop)).unwrap_err();
    assert_eq!(again.reason(), Some("duplicate"));
    let unknown = maker.draft(like).id;
    assert_eq!(store.read(&room.cx).unwrap().invoice(unknown).unwrap_err().kind(), ErrorKind::NotFound);
}

/// An invoice waits in the outbox from the transaction that issued it until one that hands it on.
pub fn an_invoice_and_its_place_in_the_outbox_come_and_go_together(store: &dyn Store) {
    let maker = Maker::new(31);
    let rooms = ["acme", "bolt"].map(|slug| maker.room(store, slug));
    let [acme, bolt] = rooms.each_ref().map(|room| room.provision.tenant.id);
    let undelivered = |after| {
        let mut tx = store.platform(&operator()).unwrap();
        tx.tenants_undelivered(after, 10).unwrap()
    };
    let waiting = |tenant: TenantId| -> Vec<u64> {
        let mut tx = store.billing(&operator(), tenant).unwrap();
        tx.outbox(10).unwrap().iter().map(|invoice| invoice.number).collect()
    };
    let mut both = vec![acme, bolt];
    both.sort_unstable();
    assert_eq!((undelivered(None), undelivered(Some(both[0]))), (both.clone(), vec![both[1]]));
    let draft = maker.draft(&rooms[0].provision.invoices[0]);
    let mut tx = store.write(&rooms[0].cx).unwrap();
    let issued = tx.insert_invoice(&draft).unwrap();
    drop(tx);
    assert_eq!(waiting(acme), [1]);
    commit(store, &rooms[0].cx, |tx| tx.insert_invoice(&draft).map(drop)).unwrap();
    assert_eq!((issued.number, waiting(acme)), (2, vec![1, 2]));
    let deliver = |id| {
        let mut tx = store.billing(&operator(), acme).unwrap();
        tx.set_delivered(id).unwrap();
        tx.commit().unwrap();
    };
    deliver(draft.id);
    deliver(draft.id);
    assert_eq!((waiting(acme), undelivered(None)), (vec![1], both));
    let first = store.read(&rooms[0].cx).unwrap().invoices(None, 9).unwrap().pop().unwrap();
    deliver(first.id);
    assert_eq!((waiting(acme), undelivered(None)), (Vec::new(), vec![bolt]));
    assert_eq!(numbers(store, &rooms[0].cx), [2, 1], "it was handed on, not lost");
    // Of another tenant nothing is there.
    let mut tx = store.billing(&operator(), bolt).unwrap();
    assert_eq!(tx.invoice(first.id).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(tx.set_delivered(first.id).unwrap_err().kind(), ErrorKind::NotFound);
    drop(tx);
    let unknown = TenantId::new(&maker.ids, maker.now());
    assert_eq!(store.billing(&operator(), unknown).map(drop).unwrap_err().kind(), ErrorKind::NotFound);
}

/// Changes of a subscription are kept once a version, are found by their key, and bind the next call.
pub fn a_subscription_keeps_its_history_and_a_key_says_one_thing(store: &dyn Store) {
    let maker = Maker::new(32);
    let room = maker.room(store, "acme");
    let tenant = room.provision.tenant.id;
    let change = |version: u64, key: Option<&str>| {
        let subscription = Subscription { version, ..room.provision.subscription.clone() };
        SubscriptionChange {
            event: SubscriptionEvent::ChangePlan,
            subscription,
            idem_key: key.map(str::to_owned),
            token: Some("t".to_owned()),
            ..room.provision.change.clone()
        }
    };
    // As the platform does, in the tenant's name.
    let keep = |change: &SubscriptionChange| {
        let mut tx = store.billing(&operator(), tenant)?;
        tx.set_subscription(change.subscription.version - 1, &change.subscription)?;
        tx.insert_change(change)?;
        tx.commit()
    };
    keep(&change(2, Some("k"))).unwrap();
    assert_eq!(keep(&change(3, Some("k"))).unwrap_err().reason(), Some("duplicate"));
    keep(&change(3, Some("K"))).unwrap();
    keep(&change(4, None)).unwrap();
    keep(&change(5, None)).unwrap();
    assert_eq!(keep(&change(5, None)).unwrap_err().reason(), Some("version_conflict"));
    assert_eq!(keep(&change(6, Some("zero\0"))).unwrap_err().kind(), ErrorKind::InvalidInput);
    let mut read = store.read(&room.cx).unwrap();
    let versions: Vec<_> =
        read.subscription_history(4).unwrap().iter().map(|change| change.subscription.version).collect();
    assert_eq!(versions, [5, 4, 3, 2]);
    assert_eq!(read.subscription_history(9).unwrap()[4], room.provision.change);
    assert_eq!(read.subscription_change("k").unwrap(), Some(change(2, Some("k"))));
    assert_eq!(read.subscription_change("unknown").unwrap(), None);
    assert_eq!(read.auth_version().unwrap(), room.cx.policy_version() + 4);
}

/// The platform sees which subscriptions time has moved, those due longest first, and no deactivated tenant.
pub fn tenants_come_due_in_order(store: &dyn Store) {
    let maker = Maker::new(33);
    let start = Timestamp::from_micros(1_700_000_000_000_000);
    let tenants: Vec<_> = (0..5)
        .map(|i| {
            let mut provision = maker.provision(&format!("tenant-{i}"));
            // Two are due at one instant, and one never.
            provision.subscription.period_end = start.plus_micros(i64::from([3, 1, 2, 1, 0][i]));
            if i == 4 {
                provision.subscription.period_end = Timestamp::from_micros(i64::MAX);
            }
            commit_platform(store, &provision).unwrap();
            provision.tenant.id
        })
        .collect();
    let due = |now: i64, after, size| -> Vec<DueTenant> {
        let mut tx = store.platform(&operator()).unwrap();
        tx.tenants_due(start.plus_micros(now), after, size).unwrap()
    };
    let ids = |due: &[DueTenant]| due.iter().map(|due| due.tenant).collect::<Vec<_>>();
    let mut first = vec![tenants[1], tenants[3]];
    first.sort_unstable();
    assert!(due(0, None, 9).is_empty());
    assert_eq!(ids(&due(1, None, 9)), first);
    let all = due(1_000, None, 9);
    assert_eq!(ids(&all), [first[0], first[1], tenants[2], tenants[0]]);
    // Page by page, one at a time, nothing is missed or met twice.
    let mut paged = Vec::new();
    while let Some(next) = due(1_000, paged.last().copied(), 1).pop() {
        paged.push(next);
    }
    assert_eq!(paged, all);
    let mut tx = store.platform(&operator()).unwrap();
    tx.set_status(tenants[2], 1, TenantStatus::Deactivated).unwrap();
    tx.commit().unwrap();
    assert_eq!(ids(&due(1_000, None, 9)), [first[0], first[1], tenants[0]]);
    let renewed = |tx: &mut dyn BillingTx| {
        let now = tx.subscription()?;
        let period_end = start.plus_micros(2_000);
        tx.set_subscription(1, &Subscription { period_end, version: 2, ..now })
    };
    let mut tx = store.billing(&operator(), first[0]).unwrap();
    renewed(&mut *tx).unwrap();
    tx.commit().unwrap();
    assert_eq!(ids(&due(1_000, None, 9)), [first[1], tenants[0]]);
}

/// What is told by the hour, the day or the month is what the events say.
pub fn windows_of_use_sum_to_the_events(store: &dyn Store) {
    let maker = Maker::new(34);
    let room = maker.room(store, "acme");
    let mut dice = Dice(34);
    let start = Timestamp::from_micros(1_700_000_000_000_000).start_of_month();
    let mut events: Vec<UsageEvent> = Vec::new();
    for round in 0..12 {
        let mut tx = store.write(&room.cx).unwrap();
        let mut batch = Vec::new();
        for i in 0..8 {
            let hour = i64::try_from(dice.below(24 * 40)).expect("a small number");
            let within = i64::try_from(dice.below(2)).expect("a bit") * (HOUR - 1);
            let event = UsageEvent {
                at: start.plus_micros(hour * HOUR + within),
                kind: dice.one_of(&[UsageKind::Trials, UsageKind::Export]),
                ..usage(&maker, &format!("{round}/{i}"), dice.one_of(&[0, 1, 7, u64::from(u32::MAX), 1 << 40]))
            };
            tx.record_usage(&event).unwrap();
            // Told twice, counted once.
            tx.record_usage(&event).unwrap();
            batch.push(event);
        }
        if dice.below(4) > 0 {
            tx.commit().unwrap();
            events.extend(batch);
        }
    }
    let end = start.plus_months(2, 1).unwrap();
    let mut read = store.read(&room.cx).unwrap();
    for kind in [UsageKind::Trials, UsageKind::Export] {
        for by in [UsageWindow::Hour, UsageWindow::Day, UsageWindow::Month] {
            let told = by.sum(&read.usage_hours(kind, start, end).unwrap()).unwrap();
            let mut expected = BTreeMap::new();
            for event in events.iter().filter(|event| event.kind == kind && event.quantity > 0) {
                *expected.entry(by.start(event.at)).or_insert(0) += event.quantity;
            }
            let told: Vec<_> = told.iter().map(|window| (window.start, window.quantity)).collect();
            assert_eq!(told, expected.into_iter().collect::<Vec<_>>(), "{kind:?} by {by:?}");
            let sum: u64 = told.iter().map(|(_, quantity)| quantity).sum();
            assert_eq!(sum, read.usage_total(kind, start, end).unwrap());
        }
        let day = start.plus_micros(24 * HOUR);
        let part: u64 = read.usage_hours(kind, start, day).unwrap().iter().map(|hour| hour.quantity).sum();
        assert_eq!(part, read.usage_total(kind, start, day).unwrap());
        assert!(read.usage_hours(kind, day, start).unwrap().is_empty());
    }
    assert_eq!(read.usage_event(&events[0].idem_key).unwrap().as_ref(), Some(&events[0]));
    assert_eq!(read.usage_event("unknown").unwrap(), None);
}

/// Use that came late waits until an invoice takes it, and is on no second one.
pub fn late_use_is_on_one_invoice(store: &dyn Store) {
    let maker = Maker::new(35);
    let room = maker.room(store, "acme");
    let late = |key: &str| UsageAdjustment {
        idem_key: key.to_owned(),
        kind: UsageKind::Export,
        quantity: 3,
        at: Timestamp::from_micros(5),
    };
    let keys = || -> Vec<String> {
        let waiting = store.read(&room.cx).unwrap().adjustments().unwrap();
        waiting.into_iter().map(|adjustment| adjustment.idem_key).collect()
    };
    let adjust = |key: &str| {
        commit(store, &room.cx, |tx| {
            tx.record_usage(&usage(&maker, key, 3))?;
            tx.insert_adjustment(&late(key))
        })
    };
    let unknown = commit(store, &room.cx, |tx| tx.insert_adjustment(&late("unknown"))).unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::NotFound);
    adjust("b").unwrap();
    adjust("a").unwrap();
    assert_eq!(adjust("a").unwrap_err().reason(), Some("duplicate"));
    assert_eq!(keys(), ["a", "b"]);
    let draft = maker.draft(&room.provision.invoices[0]);
    let mut tx = store.write(&room.cx).unwrap();
    tx.insert_invoice(&draft).unwrap();
    tx.settle_adjustments(draft.id).unwrap();
    drop(tx);
    assert_eq!(keys(), ["a", "b"]);
    commit(store, &room.cx, |tx| {
        tx.insert_invoice(&draft)?;
        tx.settle_adjustments(draft.id)
    })
    .unwrap();
    assert!(keys().is_empty());
    assert_eq!(adjust("a").unwrap_err().reason(), Some("duplicate"));
    let nowhere = maker.draft(&draft).id;
    let error = commit(store, &room.cx, |tx| tx.settle_adjustments(nowhere)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}
