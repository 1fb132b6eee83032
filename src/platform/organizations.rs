//! The organizations of a tenant as a service.

use serde_json::{Value, json};

use super::services::{Organizations, event};
use crate::error::Error;
use crate::id::OrganizationId;
use crate::tenancy::{AuditEvent, Organization, Permission, VerifiedPrincipal, check_name};

impl Organizations<'_> {
    /// Makes an organization.
    pub fn create(&self, principal: &VerifiedPrincipal, name: &str) -> Result<Organization, Error> {
        check_name("name", name)?;
        let cx = self.0.require(principal, Permission::ManageOrganization, "organization.create")?;
        let organization = Organization {
            id: OrganizationId::new(&*self.0.ids, cx.now()),
            name: name.to_owned(),
            active: true,
            created_at: cx.now(),
            version: 1,
        };
        self.0.act(&cx, "organization.create", |tx| {
            tx.insert_organization(&organization)?;
            let id = organization.id.to_string();
            let record = event(&cx.user().to_string(), "organization.create", "organization", &id, cx.now());
            tx.append_audit(&record).map(drop)
        })?;
        Ok(organization)
    }

    /// An organization of the tenant's.
    pub fn get(&self, principal: &VerifiedPrincipal, id: OrganizationId) -> Result<Organization, Error> {
        let cx = self.0.require(principal, Permission::ReadModels, "organization.read")?;
        self.0.store.read(&cx)?.organization(id)
    }

    /// Gives the organization whose version is `expected` another name.
    pub fn rename(
        &self,
        principal: &VerifiedPrincipal,
        id: OrganizationId,
        expected: u64,
        name: &str,
    ) -> Result<Organization, Error> {
        check_name("name", name)?;
        let cx = self.0.require(principal, Permission::ManageOrganization, "organization.update")?;
        self.0.act(&cx, "organization.update", |tx| {
            let organization = tx.rename_organization(id, expected, name)?;
            tx.append_audit(&updated(&cx.user().to_string(), &organization, json!({"name": true}), cx.now()))?;
            Ok(organization)
        })
    }

    /// Activates or deactivates the organization whose version is `expected`: while it is deactivated neither
    /// its users nor its things can be reached. `last_admin` when nobody else would administer the tenant.
    pub fn set_active(
        &self,
        principal: &VerifiedPrincipal,
        id: OrganizationId,
        expected: u64,
        active: bool,
    ) -> Result<Organization, Error> {
        let cx = self.0.require(principal, Permission::ManageOrganization, "organization.update")?;
        if !active && cx.organization() == Some(id) {
            return Err(Error::denied("self_grant", "nobody changes their own standing"));
        }
        self.0.act(&cx, "organization.update", |tx| {
            let organization = tx.set_organization_active(id, expected, active)?;
            tx.append_audit(&updated(&cx.user().to_string(), &organization, json!({"active": active}), cx.now()))?;
            Ok(organization)
        })
    }
}

fn updated(actor: &str, organization: &Organization, detail: Value, at: crate::time::Timestamp) -> AuditEvent {
    AuditEvent { detail, ..event(actor, "organization.update", "organization", &organization.id.to_string(), at) }
}
