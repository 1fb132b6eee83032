//! Tenants made once under a key, found by their domain, changed by version, with what operators do on record.

use serde_json::json;

use super::{Maker, commit_platform, operator};
use crate::error::{Error, ErrorKind};
use crate::id::TenantId;
use crate::store::{FirstProvision, PlatformTx, Provision, ProvisionKey, Store, TenantPatch, UserPatch};
use crate::tenancy::{TenantStatus, Verification, verify};

fn changed<T>(store: &dyn Store, work: impl FnOnce(&mut dyn PlatformTx) -> Result<T, Error>) -> Result<T, Error> {
    let mut tx = store.platform(&operator())?;
    let done = work(&mut *tx)?;
    tx.commit()?;
    Ok(done)
}

fn domain(domain: &str) -> TenantPatch {
    TenantPatch { domain: Some(domain.to_owned()), ..TenantPatch::default() }
}

/// What is made under a key is found under it, as it stands then; a second tenant under it is refused whole.
pub fn a_tenant_is_made_once_under_a_key(store: &dyn Store) {
    let maker = Maker::new(83);
    let key = |digest: &str| Some(ProvisionKey { key: "order-7".to_owned(), digest: digest.to_owned() });
    let made = |key: &str| store.platform(&operator()).unwrap().provisioned(key).unwrap();
    let first = Provision { key: key("d1"), ..maker.provision("acme") };
    assert_eq!(made("order-7"), None);
    commit_platform(store, &first).unwrap();
    let again = Provision { key: key("d2"), ..maker.provision("bolt") };
    assert_eq!(commit_platform(store, &again).unwrap_err().reason(), Some("duplicate"));
    let missing = changed(store, |tx| tx.tenant(again.tenant.id)).unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    commit_platform(store, &maker.provision("without-a-key")).unwrap();
    commit_platform(store, &maker.provision("without-too")).unwrap();

    let Provision { tenant, organization, admin, subscription, .. } = first.clone();
    let found = FirstProvision { digest: "d1".to_owned(), tenant, organization, admin, subscription };
    assert_eq!(made("order-7"), Some(found));
    assert_eq!(made("order-8"), None);
    let cx = maker.enter(store, &first, "ada").unwrap();
    let patch = UserPatch { display_name: Some("Ada B.".to_owned()), ..UserPatch::default() };
    super::commit(store, &cx, |tx| tx.update_user(first.admin.id, 1, &patch).map(drop)).unwrap();
    assert_eq!(made("order-7").unwrap().admin.display_name, "Ada B.");
}

/// A domain leads to one tenant; names and domains change by version, and together or not at all.
pub fn a_domain_is_of_one_tenant_and_changes_by_version(store: &dyn Store) {
    let maker = Maker::new(84);
    let (room, other) = (maker.room(store, "acme"), maker.room(store, "bolt"));
    let (acme, bolt) = (room.provision.tenant.id, other.provision.tenant.id);
    let at = |name: &str| changed(store, |tx| tx.tenant_by_domain(name)).map(|tenant| tenant.id);
    let update = |id, expected, patch: &TenantPatch| changed(store, |tx| tx.update_tenant(id, expected, patch));
    assert_eq!(at("a.example").unwrap_err().kind(), ErrorKind::NotFound);
    let named = TenantPatch { name: Some("Ünï ☃".to_owned()), ..domain("a.example") };
    let tenant = update(acme, 1, &named).unwrap();
    assert_eq!((tenant.name.as_str(), tenant.domain.as_deref(), tenant.version), ("Ünï ☃", Some("a.example"), 2));
    assert_eq!((at("a.example").unwrap(), changed(store, |tx| tx.tenant(acme)).unwrap()), (acme, tenant.clone()));
    assert_eq!(tenant.auth_version, room.provision.tenant.auth_version, "who may do what is the same");

    let taken = TenantPatch { name: Some("B".to_owned()), ..domain("a.example") };
    assert_eq!(update(bolt, 1, &taken).unwrap_err().reason(), Some("duplicate"));
    assert_eq!(changed(store, |tx| tx.tenant(bolt)).unwrap(), other.provision.tenant);
    assert_eq!(update(acme, 1, &domain("b.example")).unwrap_err().detail("current"), Some(&json!(2)));
    let unknown = TenantId::new(&maker.ids, maker.now());
    assert_eq!(update(unknown, 1, &domain("c.example")).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(update(acme, 2, &domain("a.example")).unwrap().version, 3, "its own");
    assert_eq!(update(acme, 3, &domain("")).unwrap().domain, None);
    assert_eq!(at("a.example").unwrap_err().kind(), ErrorKind::NotFound);
    update(bolt, 1, &domain("a.example")).unwrap();
    assert_eq!(at("a.example").unwrap(), bolt);
    let mut tx = store.platform(&operator()).unwrap();
    tx.update_tenant(bolt, 2, &domain("b.example")).unwrap();
    drop(tx);
    assert_eq!(at("a.example").unwrap(), bolt, "dropped without commit");
}

/// What an operator does to a tenant and its record in the tenant's chain come and go together.
pub fn what_an_operator_does_to_a_tenant_is_in_its_chain_or_not_done(store: &dyn Store) {
    let maker = Maker::new(85);
    let (room, other) = (maker.room(store, "acme"), maker.room(store, "bolt"));
    let id = room.provision.tenant.id;
    let (event, dropped) = (maker.event("tenant.set_status"), maker.event("dropped"));
    let mut tx = store.platform(&operator()).unwrap();
    tx.set_status(id, 1, TenantStatus::Suspended).unwrap();
    tx.append_to(id, &dropped).unwrap();
    drop(tx);
    let appended = changed(store, |tx| {
        tx.set_status(id, 1, TenantStatus::Suspended)?;
        tx.append_to(id, &event)
    })
    .unwrap();
    assert_eq!((appended.seq, &appended.event), (2, &event));
    let (records, head) = store.read(&room.cx).unwrap().audit().unwrap();
    assert!(matches!(verify(id, &records, &head), Verification::Intact { count: 2, .. }));
    assert_eq!(records.last(), Some(&appended));
    assert_eq!(store.read(&other.cx).unwrap().audit().unwrap().0.len(), 1);
    let unknown = TenantId::new(&maker.ids, maker.now());
    let told = changed(store, |tx| tx.append_to(unknown, &event)).unwrap_err();
    assert_eq!(told.kind(), ErrorKind::NotFound);
    // What follows is the platform's again, not the tenant's.
    let both = changed(store, |tx| {
        tx.append_to(id, &event)?;
        Ok((tx.tenant(id)?.id, tx.tenant(other.provision.tenant.id)?.id))
    });
    assert_eq!(both.unwrap(), (id, other.provision.tenant.id));
}
