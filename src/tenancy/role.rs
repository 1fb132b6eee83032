//! The roles that every tenant and the platform have, and how they are given.

use serde::{Deserialize, Serialize};

use super::permission::{Permission, PermissionSet, PlatformPermission, PlatformPermissionSet};
use crate::error::Error;
use crate::id::{GrantId, OrganizationId, RoleId, UserId};
use crate::time::Timestamp;

/// The roles every tenant has; they cannot be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum BuiltInRole {
    /// Reads models.
    Guest,
    /// Also reads analytics.
    Viewer,
    /// Also saves, shares and exports.
    Analyst,
    /// Everything in the tenant.
    Admin,
}

impl BuiltInRole {
    /// All four, from the least to the most.
    pub const ALL: &'static [Self] = &[Self::Guest, Self::Viewer, Self::Analyst, Self::Admin];

    /// The role's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            BuiltInRole::Guest => "Guest",
            BuiltInRole::Viewer => "Viewer",
            BuiltInRole::Analyst => "Analyst",
            BuiltInRole::Admin => "Admin",
        }
    }

    /// Reads a name.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::ALL
            .iter()
            .copied()
            .find(|role| role.name() == text)
            .ok_or_else(|| Error::invalid_input("role", text, "one of Guest, Viewer, Analyst, Admin"))
    }

    /// The role it inherits from.
    #[must_use]
    pub fn inherits(self) -> Option<Self> {
        match self {
            BuiltInRole::Guest => None,
            BuiltInRole::Viewer => Some(BuiltInRole::Guest),
            BuiltInRole::Analyst => Some(BuiltInRole::Viewer),
            BuiltInRole::Admin => Some(BuiltInRole::Analyst),
        }
    }

    pub(super) fn description(self) -> &'static str {
        match self {
            BuiltInRole::Guest => "Reads models",
            BuiltInRole::Viewer => "Also reads analytics",
            BuiltInRole::Analyst => "Also saves, shares and exports",
            BuiltInRole::Admin => "Everything in the tenant",
        }
    }

    /// The permissions that it holds itself.
    #[must_use]
    pub fn own_permissions(self) -> PermissionSet {
        use Permission as P;
        PermissionSet::of(match self {
            BuiltInRole::Guest => &[P::ReadModels],
            BuiltInRole::Viewer => &[P::ViewAnalytics],
            BuiltInRole::Analyst => &[P::WriteModels, P::ShareModels, P::ExportData],
            BuiltInRole::Admin => &[
                P::DeleteModels,
                P::AdminUsers,
                P::ManageOrganization,
                P::ViewAuditLogs,
                P::ConfigureIntegrations,
                P::ManageTenant,
                P::ViewTenantAnalytics,
            ],
        })
    }

    /// Its permissions, those inherited among them.
    #[must_use]
    pub fn permissions(self) -> PermissionSet {
        let own = self.own_permissions();
        self.inherits().map_or(own, |role| own.union(role.permissions()))
    }
}

/// Where a grant counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum GrantScope {
    /// In the whole tenant.
    Tenant,
    /// Only for resources of one organization.
    Organization(OrganizationId),
}

/// A role given to a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleGrant {
    /// Its id.
    pub id: GrantId,
    /// Who holds it.
    pub user_id: UserId,
    /// The role.
    pub role_id: RoleId,
    /// Where it counts.
    pub scope: GrantScope,
    /// Who gave it; absent for the first administrator, who comes with the tenant.
    pub granted_by: Option<UserId>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
}

impl RoleGrant {
    /// Whether it counts at `now`: up to the instant at which it ends.
    #[must_use]
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

/// The roles of the platform's operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum PlatformRole {
    /// Everything but redaction.
    Operator,
    /// Tenants read, subscriptions managed.
    Billing,
    /// Tenants and metrics read.
    Support,
    /// Audit read and redacted.
    Auditor,
}

impl PlatformRole {
    /// Reads a name.
    pub fn parse(text: &str) -> Result<Self, Error> {
        match text {
            "Operator" => Ok(PlatformRole::Operator),
            "Billing" => Ok(PlatformRole::Billing),
            "Support" => Ok(PlatformRole::Support),
            "Auditor" => Ok(PlatformRole::Auditor),
            _ => Err(Error::invalid_input("role", text, "one of Operator, Billing, Support, Auditor")),
        }
    }

    /// Its permissions.
    #[must_use]
    pub fn permissions(self) -> PlatformPermissionSet {
        use PlatformPermission as P;
        PlatformPermissionSet::of(match self {
            PlatformRole::Operator => &P::ALL[..8],
            PlatformRole::Billing => &[P::ReadTenants, P::ManageSubscriptions],
            PlatformRole::Support => &[P::ReadTenants, P::ViewMetrics],
            PlatformRole::Auditor => &[P::ViewAudit, P::RedactAudit],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_matrix_of_roles_and_permissions_is_the_published_one() {
        let names = |role: BuiltInRole| role.permissions().iter().map(Permission::name).collect::<Vec<_>>().join(" ");
        assert_eq!(names(BuiltInRole::Guest), "read_models");
        assert_eq!(names(BuiltInRole::Viewer), "read_models view_analytics");
        assert_eq!(names(BuiltInRole::Analyst), "read_models write_models share_models view_analytics export_data");
        assert_eq!(BuiltInRole::Admin.permissions().iter().count(), 12);
        assert!(!PlatformRole::Operator.permissions().contains(PlatformPermission::RedactAudit));
        assert_eq!(PlatformRole::Operator.permissions().iter().count(), 8);
    }
}
