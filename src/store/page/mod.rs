//! Lists by the page: what is asked for ([`PageReq`]), what comes back ([`Page`]), the catalogue of lists
//! there are, and the cursors that lead from one page to the next.
//!
//! A request is first made a [`Listing`], which only a list of the catalogue can become; a store answers it
//! with a [`Slice`], and [`Cursors`] turn that into the page that the caller sees.

mod catalogue;
mod cursor;
mod key;
mod window;

use std::collections::BTreeMap;

use serde::Serialize;

use super::{RoutingDocument, fold};
use crate::error::Error;
use crate::tenancy::{
    AuditRecord, Note, Organization, Reservation, Role, RoleGrant, Run, Scenario, UsageEvent, User, Visibility,
};

#[cfg(test)]
pub(in crate::store) use catalogue::CATALOGUE;
pub use catalogue::Entity;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(in crate::store) use catalogue::Holds;
pub(crate) use catalogue::{Column, Line};
pub use cursor::CursorKeys;
pub(crate) use cursor::{Cursors, Holder};
pub(crate) use key::Key;
pub use key::Listed;
use window::window;

/// Rows of a page when the caller does not say.
const USUAL_SIZE: usize = 20;
/// The most rows of a page.
const MOST_SIZE: usize = 100;
/// The most rows that a page by its number may pass over.
const MOST_OFFSET: usize = 10_000;

/// How a place in a list is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mode {
    /// After or before the rows of another page, whatever was added or removed meanwhile.
    Keyset {
        /// `next` or `prev` of that page; the beginning when absent.
        cursor: Option<String>,
    },
    /// By the number of the page, from 1; at most 10,000 rows are passed over.
    Offset {
        /// The number.
        page: usize,
    },
}

/// Whether the rows of the whole list are counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Total {
    /// They are not.
    #[default]
    None,
    /// They are, one by one.
    Exact,
}

/// A search by the beginning of a name or address, without regard to case and width.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// What is searched: `name` or `email`.
    pub field: String,
    /// How it begins, 2 to 64 characters; `%` and `_` mean themselves.
    pub prefix: String,
}

/// A page that is asked for.
///
/// Which orders, filters and searches there are depends on what is listed; anything else is
/// `unsupported_query`, with those there are in the error's `allowed`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageReq {
    /// Most rows, 1 to 100.
    pub size: usize,
    /// Where in the list.
    pub mode: Mode,
    /// The order, by its name; the list's usual one when absent.
    pub sort: Option<String>,
    /// What rows must hold, by the names of filters.
    pub filter: BTreeMap<String, String>,
    /// How a name or address begins; the result is in its order.
    pub search: Option<Search>,
    /// Whether the whole list is counted.
    pub total: Total,
}

impl Default for PageReq {
    /// The first 20 of all rows in the usual order.
    fn default() -> Self {
        Self {
            size: USUAL_SIZE,
            mode: Mode::Keyset { cursor: None },
            sort: None,
            filter: BTreeMap::new(),
            search: None,
            total: Total::None,
        }
    }
}

impl PageReq {
    /// The first `size` of all rows in the usual order.
    #[must_use]
    pub fn of_size(size: usize) -> Self {
        Self { size, ..Self::default() }
    }

    /// The page that a cursor leads to.
    #[must_use]
    pub fn at(self, cursor: impl Into<String>) -> Self {
        Self { mode: Mode::Keyset { cursor: Some(cursor.into()) }, ..self }
    }

    /// The page of that number, from 1.
    #[must_use]
    pub fn page(self, page: usize) -> Self {
        Self { mode: Mode::Offset { page }, ..self }
    }

    /// In the order of that name.
    #[must_use]
    pub fn sorted(self, sort: impl Into<String>) -> Self {
        Self { sort: Some(sort.into()), ..self }
    }

    /// Only rows that hold `value` under the filter `name`.
    #[must_use]
    pub fn filtered(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.filter.insert(name.into(), value.into());
        self
    }

    /// Only rows whose `field` begins with `prefix`.
    #[must_use]
    pub fn searched(self, field: impl Into<String>, prefix: impl Into<String>) -> Self {
        Self { search: Some(Search { field: field.into(), prefix: prefix.into() }), ..self }
    }

    /// The whole list counted too.
    #[must_use]
    pub fn counted(self) -> Self {
        Self { total: Total::Exact, ..self }
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Page<T> {
    /// The rows, in the list's order.
    pub items: Vec<T>,
    /// The cursor of the page that follows, if there is one.
    pub next: Option<String>,
    /// The cursor of the page before, if there is one.
    pub prev: Option<String>,
    /// The most rows that were asked for.
    pub size: usize,
    /// Rows of the whole list, where they were asked for.
    pub total: Option<u64>,
    /// The number of this page, where it was asked for by its number.
    pub page: Option<usize>,
}

impl<T> IntoIterator for Page<T> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.items.into_iter()
    }
}

/// A place in a list: next to the row of these keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) keys: Vec<Key>,
    /// Whether the page ends there; it begins there otherwise.
    pub(crate) backward: bool,
}

/// A list of the catalogue with what it is narrowed by, and which of its rows are wanted.
#[derive(Clone, Debug)]
pub struct Listing {
    pub(crate) line: &'static Line,
    /// What the columns of its filters hold.
    pub(crate) equal: Vec<(Column, Key)>,
    /// How the first column of its order begins, folded.
    pub(crate) prefix: Option<String>,
    pub(crate) position: Option<Position>,
    /// Rows passed over.
    pub(crate) skip: usize,
    pub(crate) size: usize,
    pub(crate) total: bool,
    pub(crate) page: Option<usize>,
}

impl Listing {
    /// The list that a request asks for, from its beginning or the page it numbers. Its cursor is read by
    /// `Cursors` alone.
    pub fn first(entity: Entity, request: &PageReq) -> Result<Self, Error> {
        if !(1..=MOST_SIZE).contains(&request.size) {
            return Err(Error::invalid_input("size", request.size, format!("1 to {MOST_SIZE}")));
        }
        let line = Line::find(entity, request)?;
        let prefix = request.search.as_ref().map(|search| {
            let allowed = (2..=64).contains(&search.prefix.chars().count());
            let refuse = || Error::invalid_input("search", search.prefix.clone(), "2 to 64 characters");
            if allowed { Ok(fold(&search.prefix)) } else { Err(refuse()) }
        });
        let page = match request.mode {
            Mode::Keyset { .. } => None,
            Mode::Offset { page } => Some(page),
        };
        let skip = page.map_or(Ok(0), |page| {
            let before = page.checked_sub(1).ok_or_else(|| Error::invalid_input("page", page, "from 1"))?;
            before.checked_mul(request.size).filter(|skip| *skip <= MOST_OFFSET).ok_or_else(|| {
                Error::invalid_input("page", page, format!("at most {MOST_OFFSET} rows passed over"))
                    .with_reason("offset_too_deep")
                    .with_hint("go from page to page by `next`, or narrow the list")
            })
        })?;
        Ok(Self {
            line,
            equal: line.values(request)?,
            prefix: prefix.transpose()?,
            position: None,
            skip,
            size: request.size,
            total: request.total == Total::Exact,
            page,
        })
    }

    /// What a store answers with where it keeps `rows` in any order, those alone that the tenant has and, of what
    /// users keep, that are shown: found by passing over all of them.
    pub fn slice_of<T: Listed>(&self, rows: impl IntoIterator<Item = T>) -> Slice<T> {
        window(rows.into_iter(), self)
    }

    /// Whether rows are read from the end of the order to its beginning.
    pub(crate) fn is_backward(&self) -> bool {
        self.position.as_ref().is_some_and(|position| position.backward)
    }

    /// Whether rows are read by rising keys.
    pub(crate) fn rises(&self) -> bool {
        self.line.ascending != self.is_backward()
    }
}

/// The rows that a store found for a listing.
#[derive(Clone, Debug, PartialEq)]
pub struct Slice<T> {
    /// The rows, in the list's order.
    pub items: Vec<T>,
    /// Whether there are rows before them.
    pub before: bool,
    /// Whether there are rows after them.
    pub after: bool,
    /// Rows of the whole list, where they were asked for.
    pub total: Option<u64>,
}

impl<T> Slice<T> {
    /// The slice of rows in the order they were `found` in, of which one more than wanted tells that there
    /// are others.
    pub(in crate::store) fn of(mut found: Vec<T>, listing: &Listing, total: Option<u64>) -> Self {
        let more = found.len() > listing.size;
        found.truncate(listing.size);
        let came_from = listing.position.is_some() || listing.skip > 0;
        if listing.is_backward() {
            found.reverse();
            return Self { items: found, before: more, after: true, total };
        }
        Self { items: found, before: came_from, after: more, total }
    }

    /// The slice with each row changed.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Slice<U> {
        let Self { items, before, after, total } = self;
        Slice { items: items.into_iter().map(change).collect(), before, after, total }
    }
}

/// The lists of one tenant, each by the page.
pub trait Lists {
    /// Runs that are shown to the user.
    fn page_runs(&mut self, shown: &Visibility, listing: &Listing) -> Result<Slice<Run>, Error>;
    /// Scenarios that are shown to the user.
    fn page_scenarios(&mut self, shown: &Visibility, listing: &Listing) -> Result<Slice<Scenario>, Error>;
    /// Notes that are shown to the user.
    fn page_notes(&mut self, shown: &Visibility, listing: &Listing) -> Result<Slice<Note>, Error>;
    /// Users.
    fn page_users(&mut self, listing: &Listing) -> Result<Slice<User>, Error>;
    /// Organizations.
    fn page_organizations(&mut self, listing: &Listing) -> Result<Slice<Organization>, Error>;
    /// Roles.
    fn page_roles(&mut self, listing: &Listing) -> Result<Slice<Role>, Error>;
    /// Roles given to users.
    fn page_grants(&mut self, listing: &Listing) -> Result<Slice<RoleGrant>, Error>;
    /// What was used.
    fn page_usage(&mut self, listing: &Listing) -> Result<Slice<UsageEvent>, Error>;
    /// Records of the audit chain.
    fn page_audit(&mut self, listing: &Listing) -> Result<Slice<AuditRecord>, Error>;
    /// Versions of the tenant's routing.
    fn page_routing(&mut self, listing: &Listing) -> Result<Slice<RoutingDocument>, Error>;
    /// Parts of limits that are or were held.
    fn page_reservations(&mut self, listing: &Listing) -> Result<Slice<Reservation>, Error>;
}

#[cfg(test)]
mod tests;
