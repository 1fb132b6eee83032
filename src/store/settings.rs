//! What a tenant sets for itself in a store: its branding, and values under keys.

use crate::error::Error;
use crate::store::{Listing, Slice, require_key, require_next};
use crate::tenancy::{ConfigEntry, TenantBranding};

/// Reading the settings of one tenant.
pub trait SettingsRead {
    /// The tenant's branding, if it has ever changed it.
    fn branding(&mut self) -> Result<Option<TenantBranding>, Error>;
    /// What is kept under a key, if anything is.
    fn config(&mut self, key: &str) -> Result<Option<ConfigEntry>, Error>;
    /// What is kept under keys.
    fn page_config(&mut self, listing: &Listing) -> Result<Slice<ConfigEntry>, Error>;
}

/// Writing them.
pub trait SettingsTx: SettingsRead {
    /// Puts a branding, version one higher, in place of version `expected`; 0 for none.
    fn set_branding(&mut self, expected: u64, branding: &TenantBranding) -> Result<(), Error>;
    /// Puts an entry, version one higher, in place of its key's version `expected`; 0 for none.
    fn set_config(&mut self, expected: u64, entry: &ConfigEntry) -> Result<(), Error>;
    /// Removes the entry of a key whose version is `expected`; `NotFound` when there is none.
    fn remove_config(&mut self, key: &str, expected: u64) -> Result<(), Error>;
}

/// Refuses a branding that may not follow version `current`.
pub(in crate::store) fn require_branding(next: &TenantBranding, expected: u64, current: u64) -> Result<(), Error> {
    require_next("branding", next.version, expected, current)
}

/// Refuses an entry that may not follow version `current` of its key.
pub(in crate::store) fn require_entry(next: &ConfigEntry, expected: u64, current: u64) -> Result<(), Error> {
    require_next("configuration", next.version, expected, current)?;
    require_key("key", &next.key)
}
