//! Day counts: how many years lie between two dates, by the conventions of ISDA (2006 Definitions,
//! section 4.16).

use crate::model::choice;
use crate::time::Date;

choice! {
    /// A convention that turns two dates into a fraction of years.
    pub enum DayCount {
        /// Days over 365.
        Act365F = "act/365f",
        /// Days over 360.
        Act360 = "act/360",
        /// Days in leap years over 366, other days over 365.
        ActActIsda = "act/act_isda",
        /// Months of 30 days, US rule for the ends of February.
        Thirty360 = "30/360",
        /// Months of 30 days, each 31st taken as 30th.
        ThirtyE360 = "30e/360",
    }
}

impl DayCount {
    /// Years from `start` to `end`; the negative of the swapped value when `end` is earlier.
    #[must_use]
    pub fn year_fraction(self, start: Date, end: Date) -> f64 {
        if start > end {
            return -self.year_fraction(end, start);
        }
        match self {
            DayCount::Act365F => f64::from(start.days_to(end)) / 365.0,
            DayCount::Act360 => f64::from(start.days_to(end)) / 360.0,
            DayCount::ActActIsda => act_act(start, end),
            DayCount::Thirty360 => {
                let february_end = is_february_end(start);
                let mut first = if february_end { 30 } else { start.day() };
                let mut last = if february_end && is_february_end(end) { 30 } else { end.day() };
                if last == 31 && first >= 30 {
                    last = 30;
                }
                if first == 31 {
                    first = 30;
                }
                thirty(start, end, first, last)
            }
            DayCount::ThirtyE360 => thirty(start, end, start.day().min(30), end.day().min(30)),
        }
    }

    /// Puts the year fractions from the first of `days` since 1970-01-01 to each into `years`; false when
    /// one of them is no date.
    pub(super) fn years_of_days(self, days: &[i64], years: &mut Vec<f64>) -> bool {
        years.clear();
        if !days.iter().all(|day| Date::DAYS.contains(day)) {
            return false;
        }
        let Some(first) = days.first().copied() else { return true };
        if let Some(year) = self.fixed_year() {
            years.extend(days.iter().map(|day| (day - first) as f64 / year));
        } else if let Some(first) = Date::from_days(first) {
            let dates = days.iter().filter_map(|day| Date::from_days(*day));
            years.extend(dates.map(|date| self.year_fraction(first, date)));
        }
        years.len() == days.len()
    }

    /// Days of a year where the calendar has no say, so that no date need be made of a day.
    fn fixed_year(self) -> Option<f64> {
        match self {
            DayCount::Act365F => Some(365.0),
            DayCount::Act360 => Some(360.0),
            DayCount::ActActIsda | DayCount::Thirty360 | DayCount::ThirtyE360 => None,
        }
    }
}

fn thirty(start: Date, end: Date, first: i8, last: i8) -> f64 {
    let years = i32::from(end.year()) - i32::from(start.year());
    let months = i32::from(end.month()) - i32::from(start.month());
    let days = i32::from(last) - i32::from(first);
    f64::from(360 * years + 30 * months + days) / 360.0
}

fn is_february_end(date: Date) -> bool {
    date.month() == 2 && date.day() == if date.is_in_leap_year() { 29 } else { 28 }
}

/// Each year's days over that year's length; the day of `start` counts, that of `end` does not.
fn act_act(start: Date, end: Date) -> f64 {
    let length = |date: Date| if date.is_in_leap_year() { 366.0 } else { 365.0 };
    if start.year() == end.year() {
        return f64::from(start.days_to(end)) / length(start);
    }
    let first = length(start) - f64::from(start.day_of_year() - 1);
    let last = f64::from(end.day_of_year() - 1);
    let between = f64::from(i32::from(end.year()) - i32::from(start.year()) - 1);
    first / length(start) + between + last / length(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn years(convention: DayCount, start: &str, end: &str) -> f64 {
        convention.year_fraction(start.parse().unwrap(), end.parse().unwrap())
    }

    #[test]
    fn conventions_agree_with_their_published_examples() {
        // ISDA, "EMU and market conventions", 1998: 1 November 2003 to 1 May 2004.
        assert!(
            (years(DayCount::ActActIsda, "2003-11-01", "2004-05-01") - (61.0 / 365.0 + 121.0 / 366.0)).abs() < 1e-15
        );
        assert_eq!(years(DayCount::Act365F, "2023-01-01", "2024-01-01"), 1.0);
        assert_eq!(years(DayCount::Act360, "2023-01-01", "2023-07-01"), 181.0 / 360.0);
    }

    #[test]
    fn thirty_day_months_follow_their_end_rules() {
        assert_eq!(years(DayCount::Thirty360, "2023-02-28", "2023-08-31"), 180.0 / 360.0);
        assert_eq!(years(DayCount::Thirty360, "2024-02-29", "2025-02-28"), 1.0);
        assert_eq!(years(DayCount::Thirty360, "2023-01-31", "2023-03-31"), 60.0 / 360.0);
        assert_eq!(years(DayCount::Thirty360, "2023-01-15", "2023-03-31"), 76.0 / 360.0);
        assert_eq!(years(DayCount::ThirtyE360, "2023-01-15", "2023-03-31"), 75.0 / 360.0);
        assert_eq!(years(DayCount::ThirtyE360, "2023-02-28", "2023-08-31"), 182.0 / 360.0);
    }

    #[test]
    fn swapped_dates_give_the_negative() {
        for convention in DayCount::ALL {
            let forth = years(*convention, "2021-03-31", "2024-02-29");
            assert_eq!(years(*convention, "2024-02-29", "2021-03-31"), -forth);
        }
    }
}
