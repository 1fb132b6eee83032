//! What a tenant sets for itself, in memory.

use super::{Transaction, lists::page};
use crate::error::Error;
use crate::store::settings::{require_branding, require_entry};
use crate::store::{Listing, SettingsRead, SettingsTx, Slice, absent, require_version};
use crate::tenancy::{ConfigEntry, TenantBranding};

impl Transaction<'_> {
    fn put_entry(&mut self, key: &str, entry: Option<ConfigEntry>) -> Result<(), Error> {
        fn put(all: &mut std::collections::BTreeMap<String, ConfigEntry>, key: &str, entry: Option<ConfigEntry>) {
            match entry {
                Some(entry) => all.insert(key.to_owned(), entry),
                None => all.remove(key),
            };
        }
        let before = self.config(key)?;
        put(&mut self.owned()?.config, key, entry);
        let key = key.to_owned();
        self.remember(move |owned| put(&mut owned.config, &key, before));
        Ok(())
    }
}

impl SettingsRead for Transaction<'_> {
    fn branding(&mut self) -> Result<Option<TenantBranding>, Error> {
        Ok(self.owned()?.branding.clone())
    }

    fn config(&mut self, key: &str) -> Result<Option<ConfigEntry>, Error> {
        Ok(self.owned()?.config.get(key).cloned())
    }

    fn page_config(&mut self, listing: &Listing) -> Result<Slice<ConfigEntry>, Error> {
        Ok(page(self.owned()?.config.values(), listing))
    }
}

impl SettingsTx for Transaction<'_> {
    fn set_branding(&mut self, expected: u64, branding: &TenantBranding) -> Result<(), Error> {
        let before = self.branding()?;
        require_branding(branding, expected, before.as_ref().map_or(0, |before| before.version))?;
        self.owned()?.branding = Some(branding.clone());
        self.remember(move |owned| owned.branding = before);
        Ok(())
    }

    fn set_config(&mut self, expected: u64, entry: &ConfigEntry) -> Result<(), Error> {
        let before = self.config(&entry.key)?;
        require_entry(entry, expected, before.map_or(0, |before| before.version))?;
        self.put_entry(&entry.key, Some(entry.clone()))
    }

    fn remove_config(&mut self, key: &str, expected: u64) -> Result<(), Error> {
        let before = self.config(key)?.ok_or_else(|| absent("configuration"))?;
        require_version("configuration", expected, before.version)?;
        self.put_entry(key, None)
    }
}
