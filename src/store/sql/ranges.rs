//! Lists in a database: statements built from the query catalogue, each one range of one index.
//!
//! What users keep is listed as a merge of one range for each branch of what is shown. Each reads keys
//! alone, at most one row more than the page, so that a page costs the same at any depth and however little
//! of a large tenant the user sees; the rows of the page are then read by their ids.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::{Connection, Parameter, Row, at_most, chain, count, many, read, routing_document};
use crate::error::Error;
use crate::id::{OrganizationId, ReservationId, TenantId};
use crate::store::page::{Column, Holds, Key};
use crate::store::{Listed, Listing, RoutingDocument, Slice};
use crate::tenancy::{
    Audience, AuditRecord, ConfigEntry, Note, Organization, Reservation, Role, RoleGrant, Run, Scenario, Tenant,
    UsageEvent, User, Visibility,
};

impl From<&Key> for Parameter<'_> {
    fn from(key: &Key) -> Self {
        match key {
            Key::Integer(number) => (*number).into(),
            Key::Text(text) => text.clone().into(),
            Key::Id(id) => (*id).into(),
        }
    }
}

/// A listed thing as its table keeps it.
pub(super) trait Stored: Listed + Sized {
    /// The columns it is read from.
    const COLUMNS: &'static str;

    fn stored(row: &Row) -> Result<Self, Error>;
}

macro_rules! stored_as_bodies {
    ($($kept:ident)*) => {$(
        impl Stored for $kept {
            const COLUMNS: &'static str = "body";

            fn stored(row: &Row) -> Result<Self, Error> {
                row.body(0)
            }
        }
    )*};
}

stored_as_bodies! { Run Scenario Note User Organization Role RoleGrant UsageEvent ConfigEntry Tenant }

impl Stored for AuditRecord {
    const COLUMNS: &'static str = chain::COLUMNS;

    fn stored(row: &Row) -> Result<Self, Error> {
        chain::record(row)
    }
}

impl Stored for RoutingDocument {
    const COLUMNS: &'static str = "version, config, actor, at";

    fn stored(row: &Row) -> Result<Self, Error> {
        routing_document(row)
    }
}

impl Stored for Reservation {
    const COLUMNS: &'static str = "id, kind, window_start, amount, state, expires_at";

    fn stored(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.id(0)?.to_string().parse::<ReservationId>()?,
            kind: read(row.text(1)?)?,
            window: row.at(2)?,
            amount: row.count(3)?,
            state: read(row.text(4)?)?,
            expires_at: row.at(5)?,
        })
    }
}

/// A statement with its parameters.
#[derive(Debug)]
pub(in crate::store) struct Statement {
    pub(in crate::store) sql: String,
    pub(in crate::store) parameters: Vec<Parameter<'static>>,
}

impl Statement {
    fn select(columns: &str, table: &str) -> Self {
        Self { sql: format!("SELECT {columns} FROM {table}"), parameters: Vec::new() }
    }

    /// Hands a parameter over; how the statement names it.
    fn hand(&mut self, parameter: impl Into<Parameter<'static>>) -> String {
        self.parameters.push(parameter.into());
        format!("?{}", self.parameters.len())
    }

    /// Only rows that meet a condition too.
    fn only(&mut self, condition: &str) {
        self.sql.push_str(if self.sql.contains(" WHERE ") { " AND " } else { " WHERE " });
        self.sql.push_str(condition);
    }

    fn only_where(&mut self, column: &str, is: &str, parameter: impl Into<Parameter<'static>>) {
        let parameter = self.hand(parameter);
        self.only(&format!("{column} {is} {parameter}"));
    }

    /// The rows of a range, whatever the page.
    fn range(columns: &str, tenant: Option<TenantId>, range: &Range, listing: &Listing) -> Self {
        let mut statement = Self::select(columns, listing.line.entity.table());
        if let Some(tenant) = tenant {
            statement.only_where("tenant_id", "=", tenant);
        }
        for (column, value) in &range.equal {
            statement.only_where(column.name(), "=", value);
        }
        if !range.without.is_empty() {
            let column = Column::OrganizationId.name();
            let left_out: Vec<_> = range.without.iter().map(|id| statement.hand(*id)).collect();
            statement.only(&format!("({column} IS NULL OR {column} NOT IN ({}))", left_out.join(", ")));
        }
        statement
    }

    /// How many rows a range has; `but` those of an owner.
    fn counting(tenant: Option<TenantId>, range: &Range, but: Option<&Key>, listing: &Listing) -> Self {
        let mut statement = Self::range("count(*)", tenant, range, listing);
        if let Some(owner) = but {
            statement.only_where(Column::OwnerId.name(), "<>", owner);
        }
        statement.begin(listing.prefix.as_deref(), listing);
        statement.end(listing.prefix.as_deref(), listing);
        statement
    }

    /// Only rows whose first column of the order is not below `prefix`.
    fn begin(&mut self, prefix: Option<&str>, listing: &Listing) {
        if let Some(prefix) = prefix {
            self.only_where(listing.line.order[0].name(), ">=", prefix.to_owned());
        }
    }

    /// Only rows whose first column of the order is not above all that begins with `prefix`.
    fn end(&mut self, prefix: Option<&str>, listing: &Listing) {
        if let Some(end) = prefix.and_then(above) {
            self.only_where(listing.line.order[0].name(), "<", end);
        }
    }

    /// The rows of a range that a page needs, at most `most` after the first `skip`.
    pub(super) fn page(
        columns: &str,
        tenant: Option<TenantId>,
        range: &Range,
        listing: &Listing,
        [most, skip]: [usize; 2],
    ) -> Self {
        let mut statement = Self::range(columns, tenant, range, listing);
        let order: Vec<_> = listing.line.order.iter().map(|column| column.name()).collect();
        let (rises, prefix) = (listing.rises(), listing.prefix.as_deref());
        // The place takes the end of the range that is read from; a second bound there would be read past.
        if listing.position.is_none() || !rises {
            statement.begin(prefix, listing);
        }
        if listing.position.is_none() || rises {
            statement.end(prefix, listing);
        }
        if !statement.sql.contains(" WHERE ") && listing.position.is_none() {
            // No row is below it: an index is sought from there, where it would be scanned without.
            let least = match listing.line.order[0].holds() {
                Holds::Integer => Parameter::from(i64::MIN),
                Holds::Text => String::new().into(),
                Holds::Id => Uuid::nil().into(),
            };
            statement.only_where(listing.line.order[0].name(), ">=", least);
        }
        if let Some(position) = &listing.position {
            let place: Vec<_> = position.keys.iter().map(|key| statement.hand(key)).collect();
            let compare = if rises { ">" } else { "<" };
            statement.only(&match &*order {
                [alone] => format!("{alone} {compare} {}", place[0]),
                _ => format!("({}) {compare} ({})", order.join(", "), place.join(", ")),
            });
        }
        let direction = if rises { "" } else { " DESC" };
        let order: Vec<_> = order.iter().map(|column| format!("{column}{direction}")).collect();
        let [most, skip] = [most, skip].map(|bound| statement.hand(at_most(bound)));
        // Writing to a string does not fail.
        let _ = write!(statement.sql, " ORDER BY {} LIMIT {most} OFFSET {skip}", order.join(", "));
        statement
    }

    fn find(&self, connection: &dyn Connection) -> Result<Vec<Row>, Error> {
        connection.query(&self.sql, &self.parameters)
    }

    fn count(&self, connection: &dyn Connection) -> Result<u64, Error> {
        count(connection, &self.sql, &self.parameters)
    }
}

/// The least text above all that begins with `prefix`, by bytes; none above the last character there is.
fn above(prefix: &str) -> Option<String> {
    let mut rest = prefix.chars();
    while let Some(last) = rest.next_back() {
        // The surrogates between these two are no characters.
        let next = if last == '\u{D7FF}' { Some('\u{E000}') } else { char::from_u32(u32::from(last) + 1) };
        if let Some(next) = next {
            return Some(format!("{}{next}", rest.as_str()));
        }
    }
    None
}

/// The rows that a listing wants of what is read through one range.
pub(super) fn page<T: Stored>(
    connection: &dyn Connection,
    tenant: Option<TenantId>,
    listing: &Listing,
) -> Result<Slice<T>, Error> {
    let range = Range::whole(listing);
    let statement = Statement::page(T::COLUMNS, tenant, &range, listing, [listing.size + 1, listing.skip]);
    let found = statement.find(connection)?.iter().map(T::stored).collect::<Result<_, _>>()?;
    let count = || Statement::counting(tenant, &range, None, listing).count(connection);
    Ok(Slice::of(found, listing, listing.total.then(count).transpose()?))
}

/// The rows of a tenant that hold these values.
pub(super) struct Range {
    pub(super) equal: Vec<(Column, Key)>,
    /// Organizations whose rows are left out.
    pub(super) without: Vec<OrganizationId>,
    /// Whether they are the user's own, which other ranges hold too.
    own: bool,
}

impl Range {
    /// All rows that a listing is about.
    pub(super) fn whole(listing: &Listing) -> Self {
        Self { equal: listing.equal.clone(), without: Vec::new(), own: true }
    }
}

/// One range for each branch of what is shown, each by an index of its own.
pub(super) fn ranges(shown: &Visibility, listing: &Listing) -> Vec<Range> {
    let owner = (Column::OwnerId, shown.owner().into());
    let audience = |audience: Audience| (Column::Audience, audience.into());
    let within = |id: OrganizationId| (Column::OrganizationId, id.into());
    let mut branches = Vec::new();
    match shown.within() {
        None => {
            branches.push((true, vec![owner]));
            branches.push((false, vec![audience(Audience::Tenant)]));
        }
        Some(organizations) => {
            for id in organizations {
                branches.push((true, vec![owner.clone(), within(*id)]));
                branches.push((false, vec![audience(Audience::Tenant), within(*id)]));
            }
        }
    }
    if let Some(id) = shown.organization()
        && shown.within().is_none_or(|organizations| organizations.contains(&id))
    {
        branches.push((false, vec![audience(Audience::Organization), within(id)]));
    }
    let range = |(own, mut equal): (bool, Vec<_>)| {
        equal.extend(listing.equal.iter().cloned());
        // A range of one organization's leaves none out.
        let one = equal.iter().any(|(column, _)| *column == Column::OrganizationId);
        let without = if one { Vec::new() } else { shown.without().iter().copied().collect() };
        Range { equal, without, own }
    };
    branches.into_iter().map(range).collect()
}

/// The columns of an order, as a statement names them.
pub(super) fn order(listing: &Listing) -> String {
    listing.line.order.iter().map(|column| column.name()).collect::<Vec<_>>().join(", ")
}

fn keys(row: &Row, order: &[Column]) -> Result<Vec<Key>, Error> {
    let key = |(at, column): (usize, &Column)| match column.holds() {
        Holds::Integer => row.integer(at).map(Key::Integer),
        Holds::Text => row.text(at).map(Key::from),
        Holds::Id => row.id(at).map(Key::Id),
    };
    order.iter().enumerate().map(key).collect()
}

/// The rows that a listing wants of what is shown.
pub(super) fn page_of_shown<T: Stored + DeserializeOwned>(
    connection: &dyn Connection,
    tenant: TenantId,
    shown: &Visibility,
    listing: &Listing,
) -> Result<Slice<T>, Error> {
    let (ranges, wanted) = (ranges(shown, listing), listing.skip + listing.size + 1);
    let mut places = BTreeSet::new();
    for range in &ranges {
        let statement = Statement::page(&order(listing), Some(tenant), range, listing, [wanted, 0]);
        for row in statement.find(connection)? {
            places.insert(keys(&row, listing.line.order)?);
        }
    }
    let count = || {
        let owner = Key::from(shown.owner());
        let counts = ranges.iter().map(|range| {
            let others = (!range.own).then_some(&owner);
            Statement::counting(Some(tenant), range, others, listing).count(connection)
        });
        counts.sum::<Result<u64, Error>>()
    };
    let total = listing.total.then(count).transpose()?;
    let taken: Vec<_> = if listing.rises() {
        places.into_iter().skip(listing.skip).take(listing.size + 1).collect()
    } else {
        places.into_iter().rev().skip(listing.skip).take(listing.size + 1).collect()
    };
    let ids: Vec<Uuid> = taken.iter().filter_map(|keys| id(keys)).collect();
    let statement = (connection.dialect().by_ids)(listing.line.entity.table());
    let mut items: Vec<T> = many(connection, &statement, &[tenant.into(), Parameter::Ids(ids.clone())])?;
    let place = |item: &T| ids.iter().position(|id| item.key(Column::Id) == Some(Key::Id(*id)));
    items.sort_unstable_by_key(place);
    Ok(Slice::of(items, listing, total))
}

/// What is kept by users is ordered by its id at last.
fn id(keys: &[Key]) -> Option<Uuid> {
    match keys.last() {
        Some(Key::Id(id)) => Some(*id),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::above;

    #[test]
    fn what_begins_with_a_prefix_is_below_the_text_above_it_and_nothing_else_is() {
        for (prefix, end) in [("ab", Some("ac")), ("a\u{D7FF}", Some("a\u{E000}")), ("a\u{10FFFF}", Some("b"))] {
            assert_eq!(above(prefix).as_deref(), end);
        }
        assert_eq!(above("\u{10FFFF}\u{10FFFF}"), None);
        for text in ["ab", "abc", "ab\u{10FFFF}"] {
            assert!(text >= "ab" && text < above("ab").unwrap().as_str());
        }
        assert!("aa\u{10FFFF}" < "ab" && "ac" >= above("ab").unwrap().as_str());
    }
}
