//! Quotas and usage in the file: what counts against a limit, and what was used.
//!
//! A reservation is checked and written while the transaction holds the file's write lock, so that no
//! interleaving goes beyond a limit.

use rusqlite::OptionalExtension;

use super::transaction::{Transaction, named_duplicate};
use super::{count, maybe, number, read, unavailable, write};
use crate::error::Error;
use crate::id::ReservationId;
use crate::store::{absent, compare_usage, require_countable, require_open, require_within, usage_sum};
use crate::tenancy::{Limit, LimitKind, Recorded, Reservation, ReservationState, UsageEvent, UsageKind};
use crate::time::Timestamp;

/// Kind, window, amount, state and end of a reservation.
type ReservationColumns = (String, i64, i64, String, i64);

impl Transaction<'_> {
    pub(super) fn counted(&self, kind: LimitKind, window: Timestamp, now: Timestamp) -> Result<u64, Error> {
        let mut statement = self
            .connection()
            .prepare_cached(
                "SELECT coalesce((SELECT committed FROM quota_counter
                                  WHERE tenant_id = ?1 AND kind = ?2 AND window_start = ?3), 0)
                      + coalesce((SELECT sum(amount) FROM reservation
                                  WHERE tenant_id = ?1 AND kind = ?2 AND window_start = ?3 AND state = ?4
                                    AND expires_at > ?5), 0)",
            )
            .map_err(unavailable)?;
        let open = write(&ReservationState::Open)?;
        let parameters = (self.tenant_text(), write(&kind)?, window.as_micros(), open, now.as_micros());
        count(statement.query_row(parameters, |row| row.get(0)).map_err(unavailable)?)
    }

    pub(super) fn hold(&self, reservation: &Reservation, limit: Limit, now: Timestamp) -> Result<(), Error> {
        require_open(reservation)?;
        let used = self.counted(reservation.kind, reservation.window, now)?;
        require_within(reservation.kind, limit, used, reservation.amount)?;
        self.execute(
            "INSERT INTO reservation (tenant_id, id, kind, window_start, amount, state, expires_at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            (
                self.tenant_text(),
                reservation.id.to_string(),
                write(&reservation.kind)?,
                reservation.window.as_micros(),
                number(reservation.amount)?,
                write(&reservation.state)?,
                reservation.expires_at.as_micros(),
            ),
        )
        .map(drop)
        .map_err(|error| named_duplicate(error, "reservation"))
    }

    pub(super) fn count_held(&self, id: ReservationId, actual: u64, limit: Limit, now: Timestamp) -> Result<(), Error> {
        let held = self.reservation(id)?;
        if held.state != ReservationState::Open || actual > held.amount {
            return Err(Error::conflict("illegal_transition", "a reservation commits once, and at most what it holds"));
        }
        if now >= held.expires_at {
            let used = self.counted(held.kind, held.window, now)?;
            require_within(held.kind, limit, used, actual)?;
        }
        self.execute(
            "INSERT INTO quota_counter (tenant_id, kind, window_start, committed) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (tenant_id, kind, window_start) DO UPDATE SET committed = committed + ?4",
            (self.tenant_text(), write(&held.kind)?, held.window.as_micros(), number(actual)?),
        )?;
        self.set_reservation_state(id, ReservationState::Committed)
    }

    pub(super) fn let_go(&self, id: ReservationId) -> Result<(), Error> {
        if self.reservation(id)?.state == ReservationState::Committed {
            return Err(Error::conflict("illegal_transition", "a committed reservation cannot be released"));
        }
        self.set_reservation_state(id, ReservationState::Released)
    }

    fn reservation(&self, id: ReservationId) -> Result<Reservation, Error> {
        let mut statement = self.connection()
            .prepare_cached(
                "SELECT kind, window_start, amount, state, expires_at FROM reservation WHERE tenant_id = ?1 AND id = ?2",
            )
            .map_err(unavailable)?;
        let row: Option<ReservationColumns> = statement
            .query_row((self.tenant_text(), id.to_string()), |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
            })
            .optional()
            .map_err(unavailable)?;
        let (kind, window, amount, state, expires) = row.ok_or_else(|| absent("reservation"))?;
        Ok(Reservation {
            id,
            kind: read(&kind)?,
            window: Timestamp::from_micros(window),
            amount: count(amount)?,
            state: read(&state)?,
            expires_at: Timestamp::from_micros(expires),
        })
    }

    fn set_reservation_state(&self, id: ReservationId, state: ReservationState) -> Result<(), Error> {
        self.execute(
            "UPDATE reservation SET state = ?3 WHERE tenant_id = ?1 AND id = ?2",
            (self.tenant_text(), id.to_string(), write(&state)?),
        )
        .map(drop)
    }

    pub(super) fn usage_between(&self, kind: UsageKind, from: Timestamp, to: Timestamp) -> Result<u64, Error> {
        let mut statement = self
            .connection()
            .prepare_cached(
                // In two halves, so that no sum of SQLite's own overflows.
                "SELECT coalesce(sum(quantity >> 32), 0), coalesce(sum(quantity & 4294967295), 0) FROM usage_event
                 WHERE tenant_id = ?1 AND kind = ?2 AND at >= ?3 AND at < ?4",
            )
            .map_err(unavailable)?;
        let parameters = (self.tenant_text(), kind.name(), from.as_micros(), to.as_micros());
        let halves = statement.query_row(parameters, |row| Ok((row.get(0)?, row.get(1)?))).map_err(unavailable)?;
        usage_sum((u128::from(count(halves.0)?) << 32) + u128::from(count(halves.1)?))
    }

    pub(super) fn count_once(&self, event: &UsageEvent) -> Result<Recorded, Error> {
        let sql = "SELECT body FROM usage_event WHERE tenant_id = ?1 AND idem_key = ?2";
        if let Some(known) = maybe::<UsageEvent>(self.connection(), sql, (self.tenant_text(), &event.idem_key))? {
            return compare_usage(&known, event);
        }
        require_countable(event)?;
        self.execute(
            "INSERT INTO usage_event (tenant_id, idem_key, kind, quantity, at, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            (
                self.tenant_text(),
                &event.idem_key,
                event.kind.name(),
                number(event.quantity)?,
                event.at.as_micros(),
                write(event)?,
            ),
        )?;
        Ok(Recorded::New)
    }
}
