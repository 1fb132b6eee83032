//! The rules, in words of nobody's library: what roles hold and inherit, who has which, and what they come to.

use valor_ivx::tenancy::{BuiltInRole, Permission as P, Permission};

/// Rules of a tenant that are about users.
const USERS: usize = 70;

/// Questions asked, of tenants, users and permissions drawn anew for each.
const QUESTIONS: usize = 256;

/// A role, of the same kind in each tenant.
pub(crate) struct Role {
    pub(crate) name: &'static str,
    pub(crate) built_in: bool,
    /// What it holds itself.
    pub(crate) permissions: Vec<Permission>,
    pub(crate) inherits: Vec<&'static str>,
}

/// Whether a user may do something in a tenant.
#[derive(Debug)]
pub(crate) struct Question {
    pub(crate) tenant: String,
    pub(crate) user: String,
    pub(crate) permission: Permission,
    role: &'static str,
}

/// The rules of all tenants.
pub(crate) struct Rules {
    tenants: Vec<String>,
    roles: Vec<Role>,
    questions: Vec<Question>,
}

fn roles() -> Vec<Role> {
    let built_in = BuiltInRole::ALL.iter().map(|role| Role {
        name: role.name(),
        built_in: true,
        permissions: role.own_permissions().iter().collect(),
        inherits: role.inherits().map(BuiltInRole::name).into_iter().collect(),
    });
    let custom = [
        ("Librarian", [P::DeleteModels, P::ExportData], "Guest"),
        ("Reviewer", [P::ViewAuditLogs, P::ExportData], "Viewer"),
        ("Integrator", [P::ConfigureIntegrations, P::WriteModels], "Viewer"),
        ("Steward", [P::DeleteModels, P::ViewTenantAnalytics], "Analyst"),
        ("Convener", [P::AdminUsers, P::ManageOrganization], "Guest"),
    ];
    let custom = custom.into_iter().map(|(name, permissions, inherits)| Role {
        name,
        built_in: false,
        permissions: permissions.into(),
        inherits: vec![inherits],
    });
    built_in.chain(custom).collect()
}

impl Rules {
    pub(crate) fn of(tenants: usize) -> Self {
        let mut rules =
            Self { tenants: (0..tenants).map(|n| format!("house-{n}")).collect(), roles: roles(), questions: vec![] };
        let users: Vec<_> = rules.users().collect();
        let mut state = 1_u64;
        let mut below = |end: usize| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize % end
        };
        for _ in 0..QUESTIONS {
            let tenant = rules.tenants[below(tenants)].clone();
            let (user, role) = users[below(USERS)].clone();
            let permission = Permission::ALL[below(Permission::ALL.len())];
            rules.questions.push(Question { tenant, user, permission, role });
        }
        rules
    }

    pub(crate) fn tenants(&self) -> impl Iterator<Item = &str> {
        self.tenants.iter().map(String::as_str)
    }

    pub(crate) fn roles(&self) -> &[Role] {
        &self.roles
    }

    /// The users of each tenant with their roles, its administrator first.
    pub(crate) fn users(&self) -> impl Iterator<Item = (String, &'static str)> {
        let names: Vec<_> = self.roles.iter().map(|role| role.name).collect();
        let last =
            names.iter().position(|name| *name == BuiltInRole::Admin.name()).expect("a role that all tenants have");
        (0..USERS).map(move |n| (format!("user-{n}"), names[(last + n) % names.len()]))
    }

    pub(crate) fn questions(&self) -> &[Question] {
        &self.questions
    }

    /// How many: what roles hold, what they inherit, and what users have.
    pub(crate) fn count(&self) -> usize {
        let of_roles: usize = self.roles.iter().map(|role| role.permissions.len() + role.inherits.len()).sum();
        self.tenants.len() * (of_roles + USERS)
    }

    /// The answer by the words themselves.
    pub(crate) fn allows(&self, question: &Question) -> bool {
        self.holds(question.role, question.permission)
    }

    fn holds(&self, role: &str, permission: Permission) -> bool {
        let role = self.roles.iter().find(|known| known.name == role).expect("a role");
        role.permissions.contains(&permission) || role.inherits.iter().any(|above| self.holds(above, permission))
    }
}
