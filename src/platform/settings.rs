//! A tenant's branding and configuration as services: read by its users, changed by its administrators under
//! the plan, each change on record by the names of what changed.

use serde_json::{Value, json};

use super::services::{Branding, Configuration, event};
use crate::error::Error;
use crate::store::{Entity, Page, PageReq, absent, require_version};
use crate::tenancy::{
    AuditEvent, ConfigEntry, ConfigItem, ConfigSchema, Document, Permission, TenantBranding, TenantCtx,
    VerifiedPrincipal,
};

/// What a plan must hold for any branding but the default.
const CUSTOM_BRANDING: &str = "custom_branding";
/// What it must hold for another name in place of the product's.
const WHITE_LABEL: &str = "white_label";

impl Branding<'_> {
    /// How the tenant's pages look: what it has set, as far as its plan still allows it.
    ///
    /// Read by every user of the tenant. What the plan no longer allows is kept, and shown again under one
    /// that does; the version is that of what is kept.
    pub fn get(&self, principal: &VerifiedPrincipal) -> Result<TenantBranding, Error> {
        let (cx, _) = self.0.shown(principal, "branding.read")?;
        let kept = self.0.store.read(&cx)?.branding()?.unwrap_or_default();
        let allowed = |feature| cx.entitled(feature).allow;
        let branding = kept.branding.as_allowed(allowed(CUSTOM_BRANDING), allowed(WHITE_LABEL));
        Ok(TenantBranding { branding, ..kept })
    }

    /// Changes the branding whose version is `expected` (0 when none was set) by a JSON merge patch: what is
    /// absent stays, null takes back to the default.
    ///
    /// Takes `manage_tenant`; any branding but the default takes the feature `custom_branding`, another
    /// product name `white_label` besides. All problems of the result are told, as `invalid_branding`.
    pub fn patch(
        &self,
        principal: &VerifiedPrincipal,
        expected: u64,
        patch: &Document,
    ) -> Result<TenantBranding, Error> {
        let (platform, what) = (self.0, "branding.update");
        let cx = platform.require(principal, Permission::ManageTenant, what)?;
        let before = platform.store.read(&cx)?.branding()?.unwrap_or_default();
        require_version("branding", expected, before.version)?;
        let branding = before.branding.merged(patch)?;
        if branding != crate::tenancy::Branding::default() {
            platform.require_feature(&cx, CUSTOM_BRANDING, what)?;
        }
        if branding.hides_product_name() {
            platform.require_feature(&cx, WHITE_LABEL, what)?;
        }
        let record = AuditEvent {
            detail: json!({"fields": branding.differences(&before.branding)}),
            ..event(&cx.user().to_string(), what, "branding", &cx.tenant().to_string(), cx.now())
        };
        let after = TenantBranding {
            branding,
            created_at: before.created_at.or(Some(cx.now())),
            updated_at: Some(cx.now()),
            version: before.version + 1,
        };
        let mut tx = platform.begin(&cx)?;
        tx.set_branding(expected, &after)?;
        tx.append_audit(&record)?;
        tx.commit()?;
        platform.count_record("ok");
        Ok(after)
    }
}

impl Configuration<'_> {
    /// What is set under a key, or its default; of a secret only that it is set.
    ///
    /// Read by every user of the tenant. A key that the host has not registered is refused, and what no
    /// longer fits its schema is an error, both as `invalid_config_value`.
    pub fn get(&self, principal: &VerifiedPrincipal, key: &str) -> Result<ConfigItem, Error> {
        let (cx, _) = self.0.shown(principal, "configuration.read")?;
        self.0.schemas.require(key)?;
        let kept = self.0.store.read(&cx)?.config(key)?;
        self.0.schemas.item(key, kept.as_ref())
    }

    /// What the tenant has set, by key; secrets without their values.
    pub fn list(&self, principal: &VerifiedPrincipal, request: &PageReq) -> Result<Page<ConfigItem>, Error> {
        let platform = self.0;
        let (cx, _) = platform.shown(principal, "configuration.list")?;
        let Page { items, next, prev, size, total, page } =
            platform.paged(&cx, Entity::Config, request, |read, listing| read.page_config(listing))?;
        let (mut told, mut problems) = (Vec::new(), Vec::new());
        for kept in &items {
            match platform.schemas.item(&kept.key, Some(kept)) {
                Ok(item) => told.push(item),
                Err(problem) => problems.push(problem),
            }
        }
        Error::collect(problems).map_or(Ok(Page { items: told, next, prev, size, total, page }), Err)
    }

    /// Sets the value of a key whose version is `expected`, 0 when nothing is set.
    ///
    /// Takes the permission that the key's schema names.
    pub fn set(
        &self,
        principal: &VerifiedPrincipal,
        key: &str,
        expected: u64,
        value: &Document,
    ) -> Result<ConfigItem, Error> {
        let platform = self.0;
        let schema = platform.schemas.require(key)?;
        let cx = platform.require(principal, schema.permission.permission(), "configuration.set")?;
        schema.check(&format!("configuration.{key}"), value.value())?;
        let mut tx = platform.begin(&cx)?;
        let before = tx.config(key)?;
        let entry = ConfigEntry {
            key: key.to_owned(),
            value: value.value().clone(),
            schema_id: schema.id(),
            secret: schema.secret,
            created_at: before.as_ref().map_or(cx.now(), |before| before.created_at),
            updated_at: cx.now(),
            version: expected.saturating_add(1),
        };
        tx.set_config(expected, &entry)?;
        tx.append_audit(&changed(&cx, "configuration.set", key, entry.secret))?;
        tx.commit()?;
        platform.count_record("ok");
        platform.schemas.item(key, Some(&entry))
    }

    /// Takes a key whose version is `expected` back to its default, also one that is registered no more.
    pub fn unset(&self, principal: &VerifiedPrincipal, key: &str, expected: u64) -> Result<(), Error> {
        let (platform, what) = (self.0, "configuration.unset");
        let schema = platform.schemas.get(key);
        let permission = schema.map_or(Permission::ManageTenant, |schema| schema.permission.permission());
        let cx = platform.require(principal, permission, what)?;
        let mut tx = platform.begin(&cx)?;
        let kept = tx.config(key)?.ok_or_else(|| absent("configuration"))?;
        tx.remove_config(key, expected)?;
        tx.append_audit(&changed(&cx, what, key, kept.secret))?;
        tx.commit()?;
        platform.count_record("ok");
        Ok(())
    }

    /// The value under a key, a secret one too: for the host's own program, which is to use it and to show it
    /// to nobody.
    ///
    /// No binding and no page offers this. Takes the permission that setting the key takes; each use is on
    /// record.
    pub fn disclose(&self, principal: &VerifiedPrincipal, key: &str) -> Result<Option<Value>, Error> {
        let (platform, what) = (self.0, "configuration.disclose");
        let schema = platform.schemas.require(key)?;
        let cx = platform.require(principal, schema.permission.permission(), what)?;
        let mut tx = platform.begin(&cx)?;
        let kept = tx.config(key)?;
        if let Some(kept) = &kept {
            // Its value is repeated in no error.
            let secret = ConfigSchema { secret: true, ..schema.clone() };
            secret.check(&format!("configuration.{key}"), &kept.value)?;
        }
        tx.append_audit(&changed(&cx, what, key, schema.secret))?;
        tx.commit()?;
        platform.count_record("ok");
        Ok(kept.map(|kept| kept.value).or_else(|| schema.default.clone()))
    }
}

fn changed(cx: &TenantCtx, action: &str, key: &str, secret: bool) -> AuditEvent {
    AuditEvent {
        detail: json!({"secret": secret}),
        ..event(&cx.user().to_string(), action, "configuration", key, cx.now())
    }
}
