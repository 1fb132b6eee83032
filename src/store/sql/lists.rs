//! A tenant's lists and what its users keep, in any database.

use super::transaction::Transaction;
use super::{content, ranges};
use crate::error::Error;
use crate::id::{NoteId, ScenarioId, UserId};
use crate::store::{ContentRead, ContentTx, Listing, Lists, RoutingDocument, Slice, TenantRead as _};
use crate::tenancy::{
    AuditRecord, LimitKind, Note, Organization, Reservation, Role, RoleGrant, Run, Scenario, UsageEvent, User,
    Visibility,
};
use crate::time::Timestamp;

impl Transaction<'_> {
    fn page<T: ranges::Stored>(&self, listing: &Listing) -> Result<Slice<T>, Error> {
        ranges::page(&*self.connection, Some(self.tenant), listing)
    }
}

impl Lists for Transaction<'_> {
    fn page_runs(&mut self, shown: &Visibility, listing: &Listing) -> Result<Slice<Run>, Error> {
        ranges::page_of_shown(&*self.connection, self.tenant, shown, listing)
    }

    fn page_scenarios(&mut self, shown: &Visibility, listing: &Listing) -> Result<Slice<Scenario>, Error> {
        ranges::page_of_shown(&*self.connection, self.tenant, shown, listing)
    }

    fn page_notes(&mut self, shown: &Visibility, listing: &Listing) -> Result<Slice<Note>, Error> {
        ranges::page_of_shown(&*self.connection, self.tenant, shown, listing)
    }

    fn page_users(&mut self, listing: &Listing) -> Result<Slice<User>, Error> {
        self.page(listing)
    }

    fn page_organizations(&mut self, listing: &Listing) -> Result<Slice<Organization>, Error> {
        self.page(listing)
    }

    fn page_roles(&mut self, listing: &Listing) -> Result<Slice<Role>, Error> {
        self.page(listing)
    }

    fn page_grants(&mut self, listing: &Listing) -> Result<Slice<RoleGrant>, Error> {
        self.page(listing)
    }

    fn page_usage(&mut self, listing: &Listing) -> Result<Slice<UsageEvent>, Error> {
        self.page(listing)
    }

    fn page_audit(&mut self, listing: &Listing) -> Result<Slice<AuditRecord>, Error> {
        self.page(listing)
    }

    fn page_routing(&mut self, listing: &Listing) -> Result<Slice<RoutingDocument>, Error> {
        self.page(listing)
    }

    fn page_reservations(&mut self, listing: &Listing) -> Result<Slice<Reservation>, Error> {
        self.page(listing)
    }
}

impl ContentRead for Transaction<'_> {
    fn scenario(&mut self, id: ScenarioId) -> Result<Scenario, Error> {
        content::by_id(&*self.connection, self.tenant, id)
    }

    fn note(&mut self, id: NoteId) -> Result<Note, Error> {
        content::by_id(&*self.connection, self.tenant, id)
    }

    fn note_on(&mut self, owner: UserId, subject: &str) -> Result<Note, Error> {
        content::note_on(&*self.connection, self.tenant, owner, subject)
    }
}

impl Transaction<'_> {
    fn insert<T: content::Rows>(&mut self, item: &T) -> Result<(), Error> {
        self.user(item.owner())?;
        self.require_organization(item.organization())?;
        content::insert(&*self.connection, self.tenant, item)
    }
}

impl ContentTx for Transaction<'_> {
    fn insert_scenario(&mut self, scenario: &Scenario) -> Result<(), Error> {
        self.insert(scenario)
    }

    fn replace_scenario(&mut self, expected: u64, scenario: &Scenario) -> Result<(), Error> {
        content::replace(&*self.connection, self.tenant, expected, scenario)
    }

    fn remove_scenario(&mut self, id: ScenarioId, expected: u64) -> Result<(), Error> {
        content::remove::<Scenario>(&*self.connection, self.tenant, id, expected)
    }

    fn insert_note(&mut self, note: &Note) -> Result<(), Error> {
        self.insert(note)
    }

    fn replace_note(&mut self, expected: u64, note: &Note) -> Result<(), Error> {
        content::replace(&*self.connection, self.tenant, expected, note)
    }

    fn remove_note(&mut self, id: NoteId, expected: u64) -> Result<(), Error> {
        content::remove::<Note>(&*self.connection, self.tenant, id, expected)
    }

    fn give_back(&mut self, kind: LimitKind, window: Timestamp, amount: u64) -> Result<(), Error> {
        content::give_back(&*self.connection, self.tenant, kind, window, amount)
    }
}
