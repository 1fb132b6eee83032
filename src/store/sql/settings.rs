//! What a tenant sets for itself, in any database.

use super::transaction::Transaction;
use super::{maybe, number, ranges, write};
use crate::error::Error;
use crate::store::settings::{require_branding, require_entry};
use crate::store::{Listing, SettingsRead, SettingsTx, Slice, absent, require_version};
use crate::tenancy::{ConfigEntry, TenantBranding};

impl SettingsRead for Transaction<'_> {
    fn branding(&mut self) -> Result<Option<TenantBranding>, Error> {
        maybe(&*self.connection, "SELECT body FROM branding WHERE tenant_id = ?1", &[self.tenant()])
    }

    fn config(&mut self, key: &str) -> Result<Option<ConfigEntry>, Error> {
        let sql = "SELECT body FROM config_entry WHERE tenant_id = ?1 AND key = ?2";
        maybe(&*self.connection, sql, &[self.tenant(), key.into()])
    }

    fn page_config(&mut self, listing: &Listing) -> Result<Slice<ConfigEntry>, Error> {
        ranges::page(&*self.connection, Some(self.tenant), listing)
    }
}

impl SettingsTx for Transaction<'_> {
    fn set_branding(&mut self, expected: u64, branding: &TenantBranding) -> Result<(), Error> {
        let current = self.branding()?.map_or(0, |before| before.version);
        require_branding(branding, expected, current)?;
        self.connection
            .execute(
                "INSERT INTO branding (tenant_id, version, body) VALUES (?1, ?2, ?3)
                 ON CONFLICT (tenant_id) DO UPDATE SET version = excluded.version, body = excluded.body",
                &[self.tenant(), number(branding.version)?.into(), write(branding)?.into()],
            )
            .map(drop)
    }

    fn set_config(&mut self, expected: u64, entry: &ConfigEntry) -> Result<(), Error> {
        let current = self.config(&entry.key)?.map_or(0, |before| before.version);
        require_entry(entry, expected, current)?;
        self.connection
            .execute(
                "INSERT INTO config_entry (tenant_id, key, version, body) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (tenant_id, key) DO UPDATE SET version = excluded.version, body = excluded.body",
                &[self.tenant(), (&entry.key).into(), number(entry.version)?.into(), write(entry)?.into()],
            )
            .map(drop)
    }

    fn remove_config(&mut self, key: &str, expected: u64) -> Result<(), Error> {
        let before = self.config(key)?.ok_or_else(|| absent("configuration"))?;
        require_version("configuration", expected, before.version)?;
        let sql = "DELETE FROM config_entry WHERE tenant_id = ?1 AND key = ?2";
        self.connection.execute(sql, &[self.tenant(), key.into()]).map(drop)
    }
}
