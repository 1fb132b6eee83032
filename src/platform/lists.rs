//! Lists by the page as services: decided by today's rights on each call, read from the store, and led on
//! from by cursors that only their caller can use.

use serde_json::json;

use super::Platform;
use super::denials::{Acting, is_own};
use super::roles::Granted;
use super::services::{Notes, Organizations, Roles, Routing, Runs, Scenarios, Tenants, Usage, Users, event};
use crate::error::Error;
use crate::store::{Entity, Holder, Listed, Listing, Page, PageReq, RoutingDocument, Slice, TenantRead, Total};
use crate::tenancy::{
    AuditEvent, Note, Organization, Permission, PlatformPermission, Resource, Role, Run, Scenario, Tenant, TenantCtx,
    UsageEvent, User, VerifiedPrincipal, Visibility,
};

impl Platform {
    pub(super) fn paged<T: Listed>(
        &self,
        cx: &TenantCtx,
        entity: Entity,
        request: &PageReq,
        find: impl FnOnce(&mut dyn TenantRead, &Listing) -> Result<Slice<T>, Error>,
    ) -> Result<Page<T>, Error> {
        let holder = Holder::User(cx.tenant(), cx.user());
        let listing = self.cursors.listing(entity, request, holder, cx.now())?;
        let slice = find(&mut *self.store.read(cx)?, &listing)?;
        Ok(self.cursors.page(slice, &listing, holder, cx.now()))
    }

    /// As [`Platform::paged`], of what users keep: where a policy of the host's own decides with the evaluator,
    /// rows that it forbids are left out, so that a page may hold fewer than were asked for.
    fn paged_shown<T: Listed>(
        &self,
        cx: &TenantCtx,
        entity: Entity,
        request: &PageReq,
        find: impl FnOnce(&mut dyn TenantRead, &Listing) -> Result<Slice<T>, Error>,
    ) -> Result<Page<T>, Error>
    where
        for<'t> Resource: From<&'t T>,
    {
        if cx.has_own_policy() && request.total == Total::Exact {
            return Err(Error::invalid_input("total", true, "no total where the host's own policy decides row by row")
                .with_reason("unsupported_query"));
        }
        let mut page = self.paged(cx, entity, request, find)?;
        if cx.has_own_policy() {
            page.items.retain(|item| cx.decide(Permission::ReadModels, &Resource::from(item)).allow);
        }
        Ok(page)
    }

    /// What of that which users keep a principal may read: also the little that a grant in one organization
    /// shows. Where it is nothing at all, the reason is told and put on record.
    pub(super) fn shown(&self, principal: &VerifiedPrincipal, what: &str) -> Result<(TenantCtx, Visibility), Error> {
        let cx = self.enter(principal)?;
        if let Some(shown) = cx.visible(Permission::ReadModels) {
            return Ok((cx, shown));
        }
        self.permit(&cx, Permission::ReadModels, &Resource::Tenant, [what, "tenant", &cx.tenant().to_string()], what)?;
        Ok((cx.clone(), cx.visibility()))
    }

    /// Puts on record that a page shows what others keep.
    fn told<T>(&self, cx: &TenantCtx, what: &str, page: Page<T>) -> Result<Page<T>, Error>
    where
        Resource: for<'t> From<&'t T>,
    {
        let others = page.items.iter().filter(|item| !is_own(cx.user(), &Resource::from(*item))).count();
        if others > 0 {
            self.put_reading(cx, what, others)?;
        }
        Ok(page)
    }

    /// Puts a reading of what is others' on record.
    fn put_reading(&self, cx: &TenantCtx, what: &str, others: usize) -> Result<(), Error> {
        let read = event(&cx.user().to_string(), what, "tenant", &cx.tenant().to_string(), self.clock.now());
        self.put(&Acting::Tenant(cx.clone()), &AuditEvent { detail: json!({ "others": others }), ..read })
    }
}

impl Runs<'_> {
    /// Runs that are shown to the principal, newest first; filters `model` or `subject`.
    pub fn list(&self, principal: &VerifiedPrincipal, request: &PageReq) -> Result<Page<Run>, Error> {
        let (cx, shown) = self.0.shown(principal, "run.list")?;
        let page = self.0.paged_shown(&cx, Entity::Run, request, |read, listing| read.page_runs(&shown, listing))?;
        self.0.told(&cx, "run.list", page)
    }
}

impl Scenarios<'_> {
    /// Scenarios that are shown to the principal, the last changed first; filter `subject`.
    pub fn list(&self, principal: &VerifiedPrincipal, request: &PageReq) -> Result<Page<Scenario>, Error> {
        let (cx, shown) = self.0.shown(principal, "scenario.list")?;
        let page =
            self.0.paged_shown(&cx, Entity::Scenario, request, |read, listing| read.page_scenarios(&shown, listing))?;
        self.0.told(&cx, "scenario.list", page)
    }
}

impl Notes<'_> {
    /// Notes that are shown to the principal, the last changed first.
    pub fn list(&self, principal: &VerifiedPrincipal, request: &PageReq) -> Result<Page<Note>, Error> {
        let (cx, shown) = self.0.shown(principal, "note.list")?;
        let page = self.0.paged_shown(&cx, Entity::Note, request, |read, listing| read.page_notes(&shown, listing))?;
        self.0.told(&cx, "note.list", page)
    }
}

impl Users<'_> {
    /// Users, newest first; filter `organization`, search `name` or `email`.
    pub fn list(&self, principal: &VerifiedPrincipal, request: &PageReq) -> Result<Page<User>, Error> {
        let cx = self.0.require(principal, Permission::AdminUsers, "user.list")?;
        let page = self.0.paged(&cx, Entity::User, request, |read, listing| read.page_users(listing))?;
        self.0.put_reading(&cx, "user.list", page.items.len())?;
        Ok(page)
    }

    /// Roles given to users: [`Roles::grants`].
    pub fn grants(&self, principal: &VerifiedPrincipal, request: &PageReq) -> Result<Page<Granted>, Error> {
        self.0.roles().grants(principal, request)
    }
}

impl Roles<'_> {
    /// Roles by name.
    pub fn list(&self, principal: &VerifiedPrincipal, request: &PageReq) -> Result<Page<Role>, Error> {
        let cx = self.0.require(principal, Permission::AdminUsers, "role.list")?;
        self.0.paged(&cx, Entity::Role, request, |read, listing| read.page_roles(listing))
    }

    /// Roles given to users, newest first; filter `user`, or `role` by name or id.
    pub fn grants(&self, principal: &VerifiedPrincipal, request: &PageReq) -> Result<Page<Granted>, Error> {
        let cx = self.0.require(principal, Permission::AdminUsers, "grant.list")?;
        let request = self.by_id(&cx, request)?;
        let found = self.0.paged(&cx, Entity::Grant, &request, |read, listing| read.page_grants(listing))?;
        self.0.put_reading(&cx, "grant.list", found.items.len())?;
        self.with_names(&cx, found)
    }
}

impl Organizations<'_> {
    /// Organizations by name, or `created` for the newest first; search `name`.
    pub fn list(&self, principal: &VerifiedPrincipal, request: &PageReq) -> Result<Page<Organization>, Error> {
        let cx = self.0.require(principal, Permission::ReadModels, "organization.list")?;
        self.0.paged(&cx, Entity::Organization, request, |read, listing| read.page_organizations(listing))
    }
}

impl Usage<'_> {
    /// What was used, event by event, newest first; filter `kind`.
    pub fn list(&self, principal: &VerifiedPrincipal, request: &PageReq) -> Result<Page<UsageEvent>, Error> {
        let cx = self.0.require(principal, Permission::ViewAnalytics, "usage.read")?;
        self.0.paged(&cx, Entity::Usage, request, |read, listing| read.page_usage(listing))
    }
}

impl Routing<'_> {
    /// The versions of the tenant's own routing, newest first.
    pub fn history(&self, principal: &VerifiedPrincipal, request: &PageReq) -> Result<Page<RoutingDocument>, Error> {
        let cx = self.0.require(principal, Permission::ManageTenant, "routing.history")?;
        self.0.paged(&cx, Entity::Routing, request, |read, listing| read.page_routing(listing))
    }
}

impl Tenants<'_> {
    /// Tenants, newest first, or by `name`; filter `status` or `plan`, search `name`.
    pub fn list(&self, operator: &VerifiedPrincipal, request: &PageReq) -> Result<Page<Tenant>, Error> {
        let platform = self.0;
        let cx = platform.require_operator(operator, PlatformPermission::ReadTenants, "tenant.list")?;
        let holder = Holder::Operator(cx.operator());
        let listing = platform.cursors.listing(Entity::Tenant, request, holder, cx.now())?;
        let slice = platform.store.platform(&cx)?.page_tenants(&listing)?;
        Ok(platform.cursors.page(slice, &listing, holder, cx.now()))
    }
}
