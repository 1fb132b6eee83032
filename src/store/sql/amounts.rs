//! Quotas and usage: what counts against a limit, and what was used.
//!
//! A reservation is checked and written while the transaction holds its tenant, so that no interleaving
//! goes beyond a limit. Sums are taken in two halves of 32 bits, so that none of a database's own
//! overflows.

use super::{Connection, Row, count, entities, maybe, number, read, write};
use crate::error::Error;
use crate::id::{ReservationId, TenantId};
use crate::store::{
    absent, compare_usage, require_committable, require_countable, require_key, require_openable, require_within,
    usage_sum,
};
use crate::tenancy::{Limit, LimitKind, Recorded, Reservation, ReservationState, UsageEvent, UsageKind, UsageTotal};
use crate::time::Timestamp;

/// The sum whose upper and lower halves are the columns `at` and `at + 1`.
fn halves(row: &Row, at: usize) -> Result<u128, Error> {
    Ok((u128::from(row.count(at)?) << 32) + u128::from(row.count(at + 1)?))
}

fn only(rows: &[Row]) -> Result<&Row, Error> {
    rows.first().ok_or_else(|| Error::internal("unreadable_row", "a sum without a row"))
}

/// What is committed of a limit, and what is held of it.
pub(super) const COUNTED: &str = "
    SELECT coalesce((SELECT committed FROM quota_counter
                     WHERE tenant_id = ?1 AND kind = ?2 AND window_start = ?3), 0),
           CAST(coalesce(sum(amount >> 32), 0) AS bigint),
           CAST(coalesce(sum(amount & 4294967295), 0) AS bigint)
    FROM reservation
    WHERE tenant_id = ?1 AND kind = ?2 AND window_start = ?3 AND state = ?4 AND expires_at > ?5";

/// What counts against a limit.
pub(super) fn counted(
    connection: &dyn Connection,
    tenant: TenantId,
    kind: LimitKind,
    window: Timestamp,
    now: Timestamp,
) -> Result<u64, Error> {
    let rows = connection.query(
        COUNTED,
        &[tenant.into(), write(&kind)?.into(), window.into(), write(&ReservationState::Open)?.into(), now.into()],
    )?;
    let row = only(&rows)?;
    // Where the sum is beyond every count, no limit allows more, and that is all there is to tell.
    Ok(u64::try_from(u128::from(row.count(0)?) + halves(row, 1)?).unwrap_or(u64::MAX))
}

/// How many reservations the tenant has open against any limit.
fn open(connection: &dyn Connection, tenant: TenantId, now: Timestamp) -> Result<u64, Error> {
    let sql = "SELECT count(*) FROM reservation WHERE tenant_id = ?1 AND state = ?2 AND expires_at > ?3";
    count(connection, sql, &[tenant.into(), write(&ReservationState::Open)?.into(), now.into()])
}

pub(super) fn hold(
    connection: &dyn Connection,
    tenant: TenantId,
    reservation: &Reservation,
    limit: Limit,
    now: Timestamp,
) -> Result<(), Error> {
    require_openable(reservation, open(connection, tenant, now)?)?;
    let used = counted(connection, tenant, reservation.kind, reservation.window, now)?;
    require_within(reservation.kind, limit, used, reservation.amount)?;
    entities::insert(
        connection,
        "INSERT INTO reservation (tenant_id, id, kind, window_start, amount, state, expires_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING",
        &[
            tenant.into(),
            reservation.id.into(),
            write(&reservation.kind)?.into(),
            reservation.window.into(),
            number(reservation.amount)?.into(),
            write(&reservation.state)?.into(),
            reservation.expires_at.into(),
        ],
        "reservation",
    )
}

pub(super) fn count_held(
    connection: &dyn Connection,
    tenant: TenantId,
    id: ReservationId,
    actual: u64,
    limit: Limit,
    now: Timestamp,
) -> Result<(), Error> {
    let held = reservation(connection, tenant, id)?;
    let used = counted(connection, tenant, held.kind, held.window, now)?;
    require_committable(&held, actual, limit, used, now)?;
    connection.execute(
        "INSERT INTO quota_counter (tenant_id, kind, window_start, committed) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (tenant_id, kind, window_start)
         DO UPDATE SET committed = quota_counter.committed + excluded.committed",
        &[tenant.into(), write(&held.kind)?.into(), held.window.into(), number(actual)?.into()],
    )?;
    set_state(connection, tenant, id, ReservationState::Committed)
}

pub(super) fn let_go(connection: &dyn Connection, tenant: TenantId, id: ReservationId) -> Result<(), Error> {
    if reservation(connection, tenant, id)?.state == ReservationState::Committed {
        return Err(Error::conflict("illegal_transition", "a committed reservation cannot be released"));
    }
    set_state(connection, tenant, id, ReservationState::Released)
}

fn reservation(connection: &dyn Connection, tenant: TenantId, id: ReservationId) -> Result<Reservation, Error> {
    let rows = connection.query(
        "SELECT kind, window_start, amount, state, expires_at FROM reservation WHERE tenant_id = ?1 AND id = ?2",
        &[tenant.into(), id.into()],
    )?;
    let row = rows.first().ok_or_else(|| absent("reservation"))?;
    Ok(Reservation {
        id,
        kind: read(row.text(0)?)?,
        window: row.at(1)?,
        amount: row.count(2)?,
        state: read(row.text(3)?)?,
        expires_at: row.at(4)?,
    })
}

fn set_state(
    connection: &dyn Connection,
    tenant: TenantId,
    id: ReservationId,
    state: ReservationState,
) -> Result<(), Error> {
    connection
        .execute(
            "UPDATE reservation SET state = ?3 WHERE tenant_id = ?1 AND id = ?2",
            &[tenant.into(), id.into(), write(&state)?.into()],
        )
        .map(drop)
}

pub(super) fn used(
    connection: &dyn Connection,
    tenant: TenantId,
    kind: UsageKind,
    from: Timestamp,
    to: Timestamp,
) -> Result<u64, Error> {
    let rows = connection.query(
        "SELECT CAST(coalesce(sum(quantity >> 32), 0) AS bigint),
                CAST(coalesce(sum(quantity & 4294967295), 0) AS bigint)
         FROM usage_event WHERE tenant_id = ?1 AND kind = ?2 AND at >= ?3 AND at < ?4",
        &[tenant.into(), kind.name().into(), from.into(), to.into()],
    )?;
    usage_sum(halves(only(&rows)?, 0)?)
}

pub(super) fn count_once(connection: &dyn Connection, tenant: TenantId, event: &UsageEvent) -> Result<Recorded, Error> {
    let sql = "SELECT body FROM usage_event WHERE tenant_id = ?1 AND idem_key = ?2";
    if let Some(known) = maybe::<UsageEvent>(connection, sql, &[tenant.into(), (&event.idem_key).into()])? {
        return compare_usage(&known, event);
    }
    require_key("idem_key", &event.idem_key)?;
    require_countable(event)?;
    connection.execute(
        "INSERT INTO usage_event (tenant_id, idem_key, id, kind, quantity, at, body)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        &[
            tenant.into(),
            (&event.idem_key).into(),
            event.id.into(),
            event.kind.name().into(),
            number(event.quantity)?.into(),
            event.at.into(),
            write(event)?.into(),
        ],
    )?;
    // Counted in its hour, too, from which totals are told.
    let (upper, lower) = (event.quantity >> 32, event.quantity & u64::from(u32::MAX));
    connection.execute(
        "INSERT INTO usage_window (tenant_id, kind, start, upper, lower) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (tenant_id, kind, start)
         DO UPDATE SET upper = usage_window.upper + excluded.upper, lower = usage_window.lower + excluded.lower",
        &[
            tenant.into(),
            event.kind.name().into(),
            event.at.start_of_hour().into(),
            number(upper)?.into(),
            number(lower)?.into(),
        ],
    )?;
    Ok(Recorded::New)
}

/// What was used in each hour that starts in [from, to).
pub(super) fn hours(
    connection: &dyn Connection,
    tenant: TenantId,
    kind: UsageKind,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<UsageTotal>, Error> {
    let rows = connection.query(
        "SELECT start, upper, lower FROM usage_window
         WHERE tenant_id = ?1 AND kind = ?2 AND start >= ?3 AND start < ?4 AND (upper > 0 OR lower > 0) ORDER BY start",
        &[tenant.into(), kind.name().into(), from.into(), to.into()],
    )?;
    rows.iter().map(|row| Ok(UsageTotal { start: row.at(0)?, quantity: usage_sum(halves(row, 1)?)? })).collect()
}
