//! Lists in memory: the same rules as everywhere, found by passing over all rows.

use super::{Owned, Transaction};
use crate::error::Error;
use crate::store::page::{Column, Key};
use crate::store::{Listed, Listing, Lists, RoutingDocument, Slice};
use crate::tenancy::{
    AuditRecord, Note, Organization, Reservation, Resource, Role, RoleGrant, Run, Scenario, Tenant, UsageEvent, User,
    Visibility,
};

/// A tenant as operators see it, with the plan it is on.
struct OnPlan<'s> {
    tenant: &'s Tenant,
    plan: &'s str,
}

impl Listed for OnPlan<'_> {
    fn key(&self, column: Column) -> Option<Key> {
        match column {
            Column::Plan => Some(self.plan.into()),
            column => self.tenant.key(column),
        }
    }
}

/// The tenants that a listing wants.
pub(super) fn tenants<'s>(all: impl Iterator<Item = &'s Owned>, listing: &Listing) -> Slice<Tenant> {
    let on_plan = all.map(|owned| OnPlan { tenant: &owned.tenant, plan: &owned.subscription.plan });
    listing.slice_of(on_plan).map(|found| found.tenant.clone())
}

/// The rows that a listing wants.
pub(super) fn page<'s, T: Listed + Clone + 's>(all: impl IntoIterator<Item = &'s T>, listing: &Listing) -> Slice<T> {
    listing.slice_of(all).map(T::clone)
}

/// Of the rows that are shown those that a listing wants.
fn page_of_shown<'s, T: Listed + Clone + 's>(
    all: impl IntoIterator<Item = &'s T>,
    shown: &Visibility,
    listing: &Listing,
) -> Slice<T>
where
    Resource: From<&'s T>,
{
    page(all.into_iter().filter(|item| shown.shows(&Resource::from(*item))), listing)
}

impl Lists for Transaction<'_> {
    fn page_runs(&mut self, shown: &Visibility, listing: &Listing) -> Result<Slice<Run>, Error> {
        Ok(page_of_shown(self.owned()?.runs.values(), shown, listing))
    }

    fn page_scenarios(&mut self, shown: &Visibility, listing: &Listing) -> Result<Slice<Scenario>, Error> {
        Ok(page_of_shown(self.owned()?.scenarios.values(), shown, listing))
    }

    fn page_notes(&mut self, shown: &Visibility, listing: &Listing) -> Result<Slice<Note>, Error> {
        Ok(page_of_shown(self.owned()?.notes.values(), shown, listing))
    }

    fn page_users(&mut self, listing: &Listing) -> Result<Slice<User>, Error> {
        Ok(page(self.owned()?.users.values(), listing))
    }

    fn page_organizations(&mut self, listing: &Listing) -> Result<Slice<Organization>, Error> {
        Ok(page(self.owned()?.organizations.values(), listing))
    }

    fn page_roles(&mut self, listing: &Listing) -> Result<Slice<Role>, Error> {
        Ok(page(self.owned()?.roles.values(), listing))
    }

    fn page_grants(&mut self, listing: &Listing) -> Result<Slice<RoleGrant>, Error> {
        Ok(page(&self.owned()?.grants, listing))
    }

    fn page_usage(&mut self, listing: &Listing) -> Result<Slice<UsageEvent>, Error> {
        Ok(page(self.owned()?.usage.values(), listing))
    }

    fn page_audit(&mut self, listing: &Listing) -> Result<Slice<AuditRecord>, Error> {
        Ok(page(&self.owned()?.audit.records, listing))
    }

    fn page_routing(&mut self, listing: &Listing) -> Result<Slice<RoutingDocument>, Error> {
        Ok(page(&self.owned()?.routing, listing))
    }

    fn page_reservations(&mut self, listing: &Listing) -> Result<Slice<Reservation>, Error> {
        Ok(page(self.owned()?.reservations.values(), listing))
    }
}
