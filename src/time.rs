//! Time: instants as integer microseconds, the injected [`Clock`], and civil dates.
//!
//! Nothing in the core reads the machine's clock; a host passes a [`Clock`], and tests pass a
//! [`ManualClock`]. Dates have no time zone.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// An instant in UTC: microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The instant `micros` microseconds after the epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// Microseconds since the epoch.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// The instant `micros` microseconds later, held at the ends of the range.
    #[must_use]
    pub const fn plus_micros(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// The first instant of this one's month, in UTC.
    #[must_use]
    pub fn start_of_month(self) -> Self {
        let Some(civil) = self.to_civil() else { return self };
        let first = civil.date().first_of_month();
        let start = jiff::tz::Offset::UTC.to_timestamp(first.to_datetime(jiff::civil::Time::midnight()));
        start.map_or(self, |start| Self(start.as_microsecond()))
    }

    /// The day of the month, 1 to 31, in UTC; `None` beyond the calendar.
    #[must_use]
    pub fn day_of_month(self) -> Option<i8> {
        Some(self.to_civil()?.day())
    }

    /// The instant `months` months later, at the same time of the day and on `anchor_day` or, in a month
    /// that has no such day, on its last, in UTC; `None` beyond the calendar.
    #[must_use]
    pub fn plus_months(self, months: i32, anchor_day: i8) -> Option<Self> {
        let from = self.to_civil()?;
        let first = from.date().first_of_month().checked_add(jiff::Span::new().try_months(months).ok()?).ok()?;
        let day = anchor_day.min(first.days_in_month());
        let date = jiff::civil::Date::new(first.year(), first.month(), day).ok()?;
        let then = jiff::tz::Offset::UTC.to_timestamp(date.to_datetime(from.time())).ok()?;
        Some(Self(then.as_microsecond()))
    }

    fn to_civil(self) -> Option<jiff::civil::DateTime> {
        let instant = jiff::Timestamp::from_microsecond(self.0).ok()?;
        Some(jiff::tz::Offset::UTC.to_datetime(instant))
    }

    /// The first instant of this one's day, in UTC.
    #[must_use]
    pub const fn start_of_day(self) -> Self {
        self.start_of(86_400_000_000)
    }

    /// The first instant of this one's hour, in UTC.
    #[must_use]
    pub const fn start_of_hour(self) -> Self {
        self.start_of(3_600_000_000)
    }

    const fn start_of(self, micros: i64) -> Self {
        Self(self.0.saturating_sub(self.0.rem_euclid(micros)))
    }

    /// RFC 3339 in UTC with microseconds, as people read it.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        jiff::Timestamp::from_microsecond(self.0)
            .map_or_else(|_| format!("{} µs since 1970", self.0), |instant| instant.to_string())
    }
}

/// Where the time comes from: the wall clock for records, a monotonic one for durations.
pub trait Clock: Send + Sync {
    /// The instant now.
    fn now(&self) -> Timestamp;
    /// Nanoseconds on a monotonic clock; only differences mean anything.
    fn monotonic_nanos(&self) -> u64;
}

/// The machine's clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// A clock that reads the machine.
    #[must_use]
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
    }

    fn monotonic_nanos(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }
}

/// A clock that stands until it is moved, for tests and replays.
#[derive(Debug, Default)]
pub struct ManualClock {
    micros: AtomicI64,
}

impl ManualClock {
    /// A clock standing at `now`.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self { micros: AtomicI64::new(now.as_micros()) }
    }

    /// Moves the clock by `micros` microseconds.
    pub fn advance_micros(&self, micros: i64) {
        self.micros.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.micros.load(Ordering::SeqCst))
    }

    fn monotonic_nanos(&self) -> u64 {
        u64::try_from(self.micros.load(Ordering::SeqCst)).unwrap_or(0).saturating_mul(1_000)
    }
}

/// A civil date in the proleptic Gregorian calendar, without time zone; written `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Date(jiff::civil::Date);

impl Date {
    /// 1970-01-01.
    pub const EPOCH: Date = Date(jiff::civil::date(1970, 1, 1));

    /// The date of the given year, month (1 to 12) and day (1 to 31).
    pub fn new(year: i16, month: i8, day: i8) -> Result<Self, Error> {
        jiff::civil::Date::new(year, month, day).map(Self).map_err(|_| {
            Error::invalid_input("date", format!("{year:04}-{month:02}-{day:02}"), "a date YYYY-MM-DD that exists")
        })
    }

    /// The year.
    #[must_use]
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// The month, 1 to 12.
    #[must_use]
    pub fn month(self) -> i8 {
        self.0.month()
    }

    /// The day of the month, 1 to 31.
    #[must_use]
    pub fn day(self) -> i8 {
        self.0.day()
    }

    /// The day of the year, 1 to 366.
    #[must_use]
    pub fn day_of_year(self) -> i16 {
        self.0.day_of_year()
    }

    /// Whether the year has 366 days.
    #[must_use]
    pub fn is_in_leap_year(self) -> bool {
        self.0.in_leap_year()
    }

    /// The first and last day of the calendar, -9999-01-01 and 9999-12-31, as days since 1970-01-01.
    pub(crate) const DAYS: std::ops::RangeInclusive<i64> = -4_371_587..=2_932_896;

    /// The date `days` days after 1970-01-01; `None` outside of the years -9999 to 9999.
    ///
    /// Years are counted from the first of March, so that a leap day is a year's last. (Fliegel and Van
    /// Flandern, Communications of the ACM 11, 1968, as Hinnant writes it.)
    #[must_use]
    pub fn from_days(days: i64) -> Option<Self> {
        let days = Self::DAYS.contains(&days).then(|| i32::try_from(days).ok())?? + 719_468;
        let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = year + era * 400 + i32::from(month <= 2);
        let parts = (i16::try_from(year).ok()?, i8::try_from(month).ok()?, i8::try_from(day).ok()?);
        jiff::civil::Date::new(parts.0, parts.1, parts.2).ok().map(Self)
    }

    /// Days since 1970-01-01; the inverse of [`Date::from_days`].
    #[must_use]
    pub fn days(self) -> i32 {
        let month = i32::from(self.month());
        let year = i32::from(self.year()) - i32::from(month <= 2);
        let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + i32::from(self.day()) - 1;
        era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
    }

    /// Whole days from this date to `later`; negative when `later` is earlier.
    #[must_use]
    pub fn days_to(self, later: Date) -> i32 {
        later.days() - self.days()
    }
}

impl std::str::FromStr for Date {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refuse = || Error::invalid_input("date", text, "a date YYYY-MM-DD that exists");
        // Exactly the ISO form: the parser behind it would take more.
        if text.len() != 10 {
            return Err(refuse());
        }
        text.parse().map(Self).map_err(|_| refuse())
    }
}

impl std::fmt::Display for Date {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instant(text: &str) -> Timestamp {
        Timestamp::from_micros(text.parse::<jiff::Timestamp>().unwrap().as_microsecond())
    }

    #[test]
    fn months_keep_their_day_and_are_clamped_only_where_a_month_is_short() {
        let mut at = instant("2027-12-31T12:00:00.000001Z");
        let ends: Vec<_> = (0..4)
            .map(|_| {
                at = at.plus_months(1, 31).unwrap();
                at.to_rfc3339()
            })
            .collect();
        let expected = ["2028-01-31", "2028-02-29", "2028-03-31", "2028-04-30"];
        assert_eq!(ends, expected.map(|date| format!("{date}T12:00:00.000001Z")));
        assert_eq!(instant("2026-11-30T00:00:00Z").plus_months(3, 30), Some(instant("2027-02-28T00:00:00Z")));
        assert_eq!(Timestamp::from_micros(i64::MAX).plus_months(1, 1), None);
        assert_eq!(instant("9999-12-20T00:00:00Z").plus_months(1, 20), None);
    }

    #[test]
    fn hours_and_days_begin_before_1970_too() {
        let at = instant("1969-12-30T23:59:59.999999Z");
        assert_eq!(at.start_of_hour(), instant("1969-12-30T23:00:00Z"));
        assert_eq!(at.start_of_day(), instant("1969-12-30T00:00:00Z"));
        assert_eq!(at.start_of_day().start_of_hour(), at.start_of_day());
    }

    #[test]
    fn days_and_dates_are_inverses_over_the_whole_calendar() {
        let jiff_days = |date: Date| Date::EPOCH.0.until(date.0).unwrap().get_days();
        for day in Date::DAYS.step_by(97).chain([*Date::DAYS.end(), 0, -1, 11_016, 11_017]) {
            let date = Date::from_days(day).unwrap();
            assert_eq!((i64::from(date.days()), i64::from(jiff_days(date))), (day, day), "{date}");
        }
        let ends = [Date::DAYS.start(), Date::DAYS.end()].map(|day| Date::from_days(*day).unwrap().to_string());
        assert_eq!(ends, ["-009999-01-01", "9999-12-31"]);
        for outside in [Date::DAYS.start() - 1, Date::DAYS.end() + 1, i64::MIN, i64::MAX] {
            assert!(Date::from_days(outside).is_none());
        }
    }
}
