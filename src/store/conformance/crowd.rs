//! Many writers at once on one tenant.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{Maker, SOON, commit};
use crate::id::GrantId;
use crate::store::Store;
use crate::tenancy::{GrantScope, Limit, LimitKind, RoleGrant, Verification, verify};
use crate::time::Timestamp;

const WRITERS: usize = 64;
/// How much of what each of them asks for there is.
const SEATS: u64 = 9;

/// A limit is kept to the last unit, each change of a version is one more, the log has one end, and of
/// administrators who all leave one stays.
pub fn sixty_four_writers_lose_nothing_and_exceed_nothing(store: &dyn Store) {
    let maker = Maker::new(20);
    let room = maker.room(store, "acme");
    let users: Vec<_> = (0..WRITERS).map(|i| maker.user(&format!("admin-{i}"), None)).collect();
    commit(store, &room.cx, |tx| {
        for user in &users {
            tx.insert_user(user)?;
            tx.insert_grant(&RoleGrant {
                id: GrantId::new(&maker.ids, maker.now()),
                user_id: user.id,
                scope: GrantScope::Tenant,
                ..room.provision.grant.clone()
            })?;
        }
        tx.set_user_active(room.provision.admin.id, 1, false).map(drop)
    })
    .unwrap();
    let work: Vec<_> = users.iter().map(|user| (user.id, maker.reservation(1, SOON))).collect();
    let (now, event, cx, home) = (maker.now(), maker.event("work"), &room.cx, room.provision.organization.id);
    let [held, left] = [0, 0].map(AtomicU64::new);
    std::thread::scope(|scope| {
        for (id, reservation) in &work {
            let (event, held, left) = (&event, &held, &left);
            scope.spawn(move || {
                if commit(store, cx, |tx| tx.reserve(reservation, Limit::At(SEATS), now)).is_ok() {
                    held.fetch_add(1, Ordering::Relaxed);
                }
                let changed = || -> Result<(), crate::Error> {
                    // Read while others may write, and so sometimes of an old version.
                    let version = store.read(cx)?.organization(home)?.version;
                    commit(store, cx, |tx| {
                        tx.set_organization_active(home, version, true)?;
                        tx.append_audit(event).map(drop)
                    })
                };
                while let Err(error) = changed() {
                    assert!(matches!(error.reason(), Some("version_conflict" | "busy")), "{error}");
                }
                match commit(store, cx, |tx| tx.set_user_active(*id, 1, false).map(drop)) {
                    Ok(()) => {
                        left.fetch_add(1, Ordering::Relaxed);
                    }
                    Err(error) => assert_eq!(error.reason(), Some("last_admin"), "{error}"),
                }
            });
        }
    });
    assert_eq!((held.into_inner(), left.into_inner()), (SEATS, WRITERS as u64 - 1));
    let mut read = store.read(cx).unwrap();
    assert_eq!(read.quota(LimitKind::RunsPerMonth, Timestamp::default(), now).unwrap(), SEATS);
    assert_eq!(read.organization(home).unwrap().version, 1 + WRITERS as u64);
    assert_eq!(read.list_users().unwrap().iter().filter(|user| user.active).count(), 1);
    let (records, head) = read.audit().unwrap();
    assert_eq!(records.len(), 1 + WRITERS);
    let chain = verify(room.provision.tenant.id, &records, &head);
    assert!(matches!(chain, Verification::Intact { .. }), "{chain:?}");
}
