//! The twelve permissions of a tenant as a bit set, and the permissions of the platform as another
//! type, so that no tenant role can hold one.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::Error;

macro_rules! permissions {
    ($(#[$about:meta])* $name:ident, $set:ident, $field:literal { $($(#[$doc:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "&'static str")]
        pub enum $name { $($(#[$doc])* $variant),* }

        impl $name {
            /// All of them, in the order of their bits.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The text by which it is stored and sent.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// Reads the text.
            pub fn parse(text: &str) -> Result<Self, Error> {
                Self::ALL.iter().copied().find(|permission| permission.name() == text).ok_or_else(|| {
                    let known: Vec<_> = Self::ALL.iter().map(|permission| permission.name()).collect();
                    Error::invalid_input($field, text, format!("one of {}", known.join(", ")))
                })
            }
        }

        impl TryFrom<String> for $name {
            type Error = Error;
            fn try_from(text: String) -> Result<Self, Error> {
                Self::parse(&text)
            }
        }

        impl From<$name> for &'static str {
            fn from(permission: $name) -> Self {
                permission.name()
            }
        }

        #[doc = concat!("A set of [`", stringify!($name), "`], written as the list of their names.")]
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $set(u16);

        impl Serialize for $set {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_seq(self.iter())
            }
        }

        impl<'de> Deserialize<'de> for $set {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Vec::deserialize(deserializer).map(|permissions: Vec<$name>| Self::of(&permissions))
            }
        }

        impl $set {
            /// The set of these.
            #[must_use]
            pub fn of(permissions: &[$name]) -> Self {
                Self(permissions.iter().fold(0, |bits, permission| bits | 1 << *permission as u16))
            }

            /// Whether it holds `permission`.
            #[must_use]
            pub fn contains(self, permission: $name) -> bool {
                self.0 & (1 << permission as u16) != 0
            }

            /// Both sets together.
            #[must_use]
            pub fn union(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// What is in both.
            #[must_use]
            pub fn intersection(self, other: Self) -> Self {
                Self(self.0 & other.0)
            }

            /// What is not in the other.
            #[must_use]
            pub fn difference(self, other: Self) -> Self {
                Self(self.0 & !other.0)
            }

            /// Whether it holds none.
            #[must_use]
            pub fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// Those it holds, in order.
            pub fn iter(self) -> impl Iterator<Item = $name> {
                $name::ALL.iter().copied().filter(move |permission| self.contains(*permission))
            }
        }
    };
}

permissions! {
    /// What a user may do inside a tenant.
    Permission, PermissionSet, "permission" {
        /// Run and read models without saving.
        ReadModels = "read_models",
        /// Save runs, scenarios and notes.
        WriteModels = "write_models",
        /// Delete them.
        DeleteModels = "delete_models",
        /// Show them to others.
        ShareModels = "share_models",
        /// Manage users and their roles.
        AdminUsers = "admin_users",
        /// Read analytics.
        ViewAnalytics = "view_analytics",
        /// Export data.
        ExportData = "export_data",
        /// Manage organizations.
        ManageOrganization = "manage_organization",
        /// Read the audit log.
        ViewAuditLogs = "view_audit_logs",
        /// Configure integrations, and force a variant.
        ConfigureIntegrations = "configure_integrations",
        /// Manage the tenant.
        ManageTenant = "manage_tenant",
        /// Read analytics of the whole tenant.
        ViewTenantAnalytics = "view_tenant_analytics",
    }
}

permissions! {
    /// What an operator may do on the platform; it gives no access to what tenants own.
    PlatformPermission, PlatformPermissionSet, "platform_permission" {
        /// Read tenants.
        ReadTenants = "platform_read_tenants",
        /// Create and change tenants.
        WriteTenants = "platform_write_tenants",
        /// Suspend and reactivate tenants.
        SuspendTenants = "platform_suspend_tenants",
        /// Manage subscriptions.
        ManageSubscriptions = "platform_manage_subscriptions",
        /// Manage plans.
        ManagePlans = "platform_manage_plans",
        /// Manage global routing.
        ManageRouting = "platform_manage_routing",
        /// Read metrics.
        ViewMetrics = "platform_view_metrics",
        /// Read the platform's audit log.
        ViewAudit = "platform_view_audit",
        /// Redact audit records.
        RedactAudit = "platform_redact_audit",
    }
}
