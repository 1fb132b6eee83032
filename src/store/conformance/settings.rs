//! Branding and configuration: kept, changed by version, listed, and each tenant's own.

use serde_json::{Value, json};

use super::{Maker, commit};
use crate::error::ErrorKind;
use crate::store::{Entity, Listing, PageReq, Store};
use crate::tenancy::{Branding, ConfigEntry, TenantBranding, Theme};

impl Maker {
    fn branding(&self, name: &str, version: u64) -> TenantBranding {
        let at = Some(self.now());
        let css_variables = [("--valor-a".to_owned(), "#abc".to_owned())].into();
        let branding =
            Branding { product_name: name.to_owned(), theme: Theme::Dark, css_variables, ..Branding::default() };
        TenantBranding { branding, created_at: at, updated_at: at, version }
    }

    fn entry(&self, key: &str, value: Value, version: u64) -> ConfigEntry {
        let at = self.now();
        ConfigEntry {
            key: key.to_owned(),
            value,
            schema_id: "0f".to_owned(),
            secret: false,
            created_at: at,
            updated_at: at,
            version,
        }
    }
}

/// A branding is one row a tenant, changed by its version alone, and undone with its transaction.
pub fn a_branding_is_one_row_that_changes_by_version(store: &dyn Store) {
    let maker = Maker::new(81);
    let (room, other) = (maker.room(store, "acme"), maker.room(store, "bolt"));
    let kept = || store.read(&room.cx).unwrap().branding().unwrap();
    assert_eq!(kept(), None);
    let (first, second) = (maker.branding("Ünï ☃", 1), maker.branding("B", 2));
    let mut tx = store.write(&room.cx).unwrap();
    assert_eq!(tx.set_branding(1, &second).unwrap_err().detail("current"), Some(&json!(0)));
    assert_eq!(tx.set_branding(0, &second).unwrap_err().field(), Some("version"));
    tx.set_branding(0, &first).unwrap();
    assert_eq!(tx.branding().unwrap(), Some(first.clone()));
    drop(tx);
    assert_eq!(kept(), None);
    commit(store, &room.cx, |tx| tx.set_branding(0, &first)).unwrap();
    let mut tx = store.write(&room.cx).unwrap();
    assert_eq!(tx.set_branding(0, &first).unwrap_err().reason(), Some("version_conflict"));
    tx.set_branding(1, &second).unwrap();
    drop(tx);
    assert_eq!(kept(), Some(first));
    commit(store, &room.cx, |tx| tx.set_branding(1, &second)).unwrap();
    assert_eq!(kept(), Some(second));
    assert_eq!(store.read(&other.cx).unwrap().branding().unwrap(), None);
}

/// Configuration is kept by key, changed and removed by version, and listed in the order of keys.
pub fn configuration_is_kept_by_key_and_version_and_listed_by_key(store: &dyn Store) {
    let maker = Maker::new(82);
    let (room, other) = (maker.room(store, "acme"), maker.room(store, "bolt"));
    let values = [
        ("b", json!({"a": [0.1, null, "☃"]})),
        ("a.2", json!("x")),
        ("a-1", json!(true)),
        ("c", json!(i64::MIN)),
        ("a", json!("0.250")),
    ];
    let entries = values.map(|(key, value)| maker.entry(key, value, 1));
    let all = || {
        let listing = Listing::first(Entity::Config, &PageReq::of_size(100)).unwrap();
        store.read(&room.cx).unwrap().page_config(&listing).unwrap().items
    };
    commit(store, &room.cx, |tx| entries.iter().try_for_each(|entry| tx.set_config(0, entry))).unwrap();
    let mut sorted = entries.to_vec();
    sorted.sort_by(|one, two| one.key.cmp(&two.key));
    assert_eq!(all(), sorted);
    assert_eq!(store.read(&room.cx).unwrap().config("a").unwrap(), Some(entries[4].clone()));

    let mut tx = store.write(&room.cx).unwrap();
    let changed = ConfigEntry { created_at: entries[0].created_at, ..maker.entry("b", json!(2), 2) };
    assert_eq!(tx.set_config(0, &maker.entry("b", json!(1), 1)).unwrap_err().reason(), Some("version_conflict"));
    assert_eq!(tx.set_config(1, &maker.entry("new", json!(1), 2)).unwrap_err().detail("current"), Some(&json!(0)));
    assert_eq!(tx.set_config(1, &maker.entry("b", json!(1), 3)).unwrap_err().field(), Some("version"));
    let long = maker.entry(&"k".repeat(1_025), json!(1), 1);
    assert_eq!(tx.set_config(0, &long).unwrap_err().field(), Some("key"));
    tx.set_config(1, &changed).unwrap();
    assert_eq!(tx.remove_config("b", 1).unwrap_err().reason(), Some("version_conflict"));
    assert_eq!(tx.remove_config("gone", 1).unwrap_err().kind(), ErrorKind::NotFound);
    tx.remove_config("c", 1).unwrap();
    assert_eq!(tx.config("c").unwrap(), None);
    drop(tx);
    assert_eq!(all(), sorted, "dropped without commit");
    commit(store, &room.cx, |tx| {
        tx.set_config(1, &changed)?;
        tx.remove_config("c", 1)
    })
    .unwrap();
    assert_eq!(all().iter().map(|entry| &*entry.key).collect::<Vec<_>>(), ["a", "a-1", "a.2", "b"]);
    assert_eq!(all()[3], changed);
    commit(store, &room.cx, |tx| tx.set_config(0, &entries[3])).expect("what was removed begins anew");

    let mut foreign = store.write(&other.cx).unwrap();
    assert_eq!(foreign.config("a").unwrap(), None);
    assert_eq!(foreign.remove_config("a", 1).unwrap_err(), foreign.remove_config("unknown", 1).unwrap_err());
}
