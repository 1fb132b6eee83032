//! Rates of return and present values of many series: arrays in, arrays out, all cores.
//!
//! Each series gets the bits that its own [`Irr`], [`Xirr`], [`Npv`] or [`Xnpv`] gives, on any number
//! of threads. A series without an answer keeps its error beside the answers of the others. Series
//! whose flows change sign more than once are scanned one by one, about a thousand times slower.

use super::internal_rate::{Irr, Xirr, in_order};
use super::present_value::{Npv, Xnpv, npv, npv_at};
use super::sole_root::Conventional;
use crate::cashflow::DayCount;
use crate::error::{Error, ErrorKind};
use crate::number::Number;
use crate::parallel;
use crate::time::Date;

/// Series a thread takes at once.
const PART: usize = 512;

/// Many series of flows, stored one after another.
///
/// ```
/// use valor_ivx::cashflow::{ManySeries, RateSearch};
/// let flows = [-100.0, 110.0, -100.0, 120.0, 100.0, 100.0];
/// let series = ManySeries::of_length(&flows, 2)?;
/// let rates = series.irr(RateSearch::default(), None)?;
/// assert!((rates.values[1] - 0.2).abs() < 1e-14);
/// assert_eq!(rates.failures[0].0, 2);
/// # Ok::<(), valor_ivx::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct ManySeries<'a> {
    flows: &'a [f64],
    layout: Layout<'a>,
    timing: Timing<'a>,
}

#[derive(Clone, Copy, Debug)]
enum Layout<'a> {
    /// Each series has this many flows.
    Length(usize),
    /// Where each series begins, and where the last ends.
    Offsets(&'a [usize]),
}

#[derive(Clone, Copy, Debug)]
enum Timing<'a> {
    /// One period apart, the first now.
    Periodic,
    /// On the same days in each series.
    Shared(&'a [i64], DayCount),
    /// On a day for each flow.
    Each(&'a [i64], DayCount),
}

/// Where rates are sought: the inputs that [`Irr`] has beside its flows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RateSearch {
    /// Of several roots the nearest to this is meant.
    pub guess: f64,
    /// Low end of the range.
    pub lower: f64,
    /// High end of the range.
    pub upper: f64,
}

impl Default for RateSearch {
    fn default() -> Self {
        let Irr { guess, lower, upper, .. } = Irr::default();
        Self { guess, lower, upper }
    }
}

/// A number for each series.
#[derive(Clone, Debug, Default)]
pub struct Outcomes {
    /// The numbers; NaN, and nothing else, for the series among the failures.
    pub values: Vec<f64>,
    /// Positions of series without a number, ascending, with the reason.
    pub failures: Vec<(usize, Error)>,
}

impl<'a> ManySeries<'a> {
    /// Series of `length` flows each, one period apart.
    pub fn of_length(flows: &'a [f64], length: usize) -> Result<Self, Error> {
        if length == 0 || !flows.len().is_multiple_of(length) {
            return Err(Error::invalid_input("cashflows", flows.len(), format!("a multiple of {length} flows")));
        }
        Ok(Self { flows, layout: Layout::Length(length), timing: Timing::Periodic })
    }

    /// Series one period apart of which each begins at its offset; the last offset is the end of all.
    pub fn at_offsets(flows: &'a [f64], offsets: &'a [usize]) -> Result<Self, Error> {
        let whole = offsets.first() == Some(&0) && offsets.last() == Some(&flows.len());
        if !whole || !offsets.is_sorted() {
            let constraint = format!("ascending from 0 to the number of flows ({})", flows.len());
            return Err(Error::invalid_input("offsets", offsets.len(), constraint));
        }
        Ok(Self { flows, layout: Layout::Offsets(offsets), timing: Timing::Periodic })
    }

    /// The same series on `days` since 1970-01-01, as arrays of dates hold them: one for each flow, or
    /// those of one series for all of them. A number that is no date fails its series.
    pub fn on_days(self, days: &'a [i64], day_count: DayCount) -> Result<Self, Error> {
        let timing = if days.len() == self.flows.len() {
            Timing::Each(days, day_count)
        } else if let Layout::Length(length) = self.layout
            && length != days.len()
        {
            let constraint = format!("as many dates as a series has flows ({length}), or all have");
            return Err(Error::invalid_input("dates", days.len(), constraint));
        } else {
            Timing::Shared(days, day_count)
        };
        Ok(Self { timing, ..self })
    }

    /// Number of series.
    #[must_use]
    pub fn len(&self) -> usize {
        match self.layout {
            Layout::Length(length) => self.flows.len() / length,
            Layout::Offsets(offsets) => offsets.len() - 1,
        }
    }

    /// Whether there is no series.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The internal rate of return of each series, on `threads` threads (all cores unless given).
    ///
    /// A range or guess that no series allows is the error of the call.
    pub fn irr(&self, search: RateSearch, threads: Option<usize>) -> Result<Outcomes, Error> {
        let RateSearch { guess, lower, upper } = search;
        let probe = Irr { cashflows: vec![-1.0, 1.0], guess, lower, upper };
        if let Err(error) = probe.value()
            && error.kind() == ErrorKind::InvalidInput
        {
            return Err(error);
        }
        let (low, high) = (Number::ln_1p(lower), Number::ln_1p(upper));
        let shared = self.shared_years();
        self.each(threads, |start, rates| {
            let mut conventional = Conventional::default();
            let mut places = Vec::with_capacity(rates.len());
            let mut own = Vec::new();
            for i in 0..rates.len() {
                let flows = self.series(start + i);
                if !flows.iter().all(|flow| flow.is_finite()) {
                    continue;
                }
                let added = match self.timing {
                    Timing::Periodic => conventional.add(flows.iter().enumerate().map(|(t, flow)| (*flow, t as f64))),
                    Timing::Shared(..) => flows.len() == shared.len() && add(&mut conventional, flows, &shared),
                    Timing::Each(days, day_count) => {
                        day_count.years_of_days(&days[self.range(start + i)], &mut own)
                            && add(&mut conventional, flows, &own)
                    }
                };
                if added {
                    places.push(i);
                }
            }
            let mut found = vec![f64::NAN; places.len()];
            conventional.rates(low, high, &mut found);
            rates.fill(f64::NAN);
            for (place, rate) in places.into_iter().zip(found) {
                rates[place] = rate;
            }
            settle(start, rates, |i| self.one_irr(i, search))
        })
    }

    /// The net present value of each series at its rate, or at the one rate given, on `threads`
    /// threads (all cores unless given). `first_period` is as in [`Npv`]; dated series need 0.
    pub fn npv(&self, rates: &[f64], first_period: u32, threads: Option<usize>) -> Result<Outcomes, Error> {
        if rates.len() != 1 && rates.len() != self.len() {
            let constraint = format!("one rate, or one for each series ({})", self.len());
            return Err(Error::invalid_input("rate", rates.len(), constraint));
        }
        let most = u32::from(matches!(self.timing, Timing::Periodic));
        if first_period > most {
            return Err(Error::invalid_input("first_period", first_period, format!("at most {most}")));
        }
        let shared = self.shared_years();
        let rate_of = |i: usize| if rates.len() == 1 { rates[0] } else { rates[i] };
        self.each(threads, |start, values| {
            let mut own = Vec::new();
            for (i, value) in (start..).zip(values.iter_mut()) {
                let (rate, flows) = (rate_of(i), self.series(i));
                let found = match self.timing {
                    Timing::Periodic => npv(rate, flows.iter().copied(), first_period),
                    Timing::Shared(..) if flows.len() == shared.len() => npv_at(rate, flows, &shared),
                    Timing::Each(days, day_count) if day_count.years_of_days(&days[self.range(i)], &mut own) => {
                        npv_at(rate, flows, &own)
                    }
                    Timing::Shared(..) | Timing::Each(..) => f64::NAN,
                };
                let sound = rate > -1.0 && rate.is_finite() && found.is_finite() && !flows.is_empty();
                *value = if sound { found } else { f64::NAN };
            }
            settle(start, values, |i| self.one_npv(i, rate_of(i), first_period))
        })
    }

    fn range(&self, i: usize) -> std::ops::Range<usize> {
        match self.layout {
            Layout::Length(length) => i * length..(i + 1) * length,
            Layout::Offsets(offsets) => offsets[i]..offsets[i + 1],
        }
    }

    fn series(&self, i: usize) -> &'a [f64] {
        &self.flows[self.range(i)]
    }

    /// The dates of series `i`.
    fn dates(&self, i: usize) -> Result<Vec<Date>, Error> {
        let days = match self.timing {
            Timing::Periodic => &[],
            Timing::Shared(days, _) => days,
            Timing::Each(days, _) => &days[self.range(i)],
        };
        let date = |(at, day): (usize, &i64)| {
            let refuse = || Error::invalid_input(format!("dates[{at}]"), *day, "the days from 1970-01-01 to a date");
            Date::from_days(*day).ok_or_else(refuse)
        };
        days.iter().enumerate().map(date).collect()
    }

    /// Years of the days that all series share; none when one of them is no date.
    fn shared_years(&self) -> Vec<f64> {
        let mut shared = Vec::new();
        if let Timing::Shared(days, day_count) = self.timing
            && !day_count.years_of_days(days, &mut shared)
        {
            shared.clear();
        }
        shared
    }

    /// A number for each series by `work`, which is given the first series of a part and the part's
    /// numbers, and gives the failures.
    fn each(
        &self,
        threads: Option<usize>,
        work: impl Fn(usize, &mut [f64]) -> Vec<(usize, Error)> + Sync,
    ) -> Result<Outcomes, Error> {
        let mut values = vec![0.0; self.len()];
        let failures = parallel::in_parts(&mut values, PART, parallel::threads(threads), work)?;
        Ok(Outcomes { values, failures: failures.into_iter().flatten().collect() })
    }

    fn one_irr(&self, i: usize, search: RateSearch) -> Result<f64, Error> {
        let RateSearch { guess, lower, upper } = search;
        let cashflows = self.series(i).to_vec();
        let output = match self.timing {
            Timing::Periodic => Irr { cashflows, guess, lower, upper }.value(),
            Timing::Shared(_, day_count) | Timing::Each(_, day_count) => {
                Xirr { cashflows, dates: self.dates(i)?, day_count, guess, lower, upper }.value()
            }
        };
        output.map(|output| output.irr)
    }

    fn one_npv(&self, i: usize, rate: f64, first_period: u32) -> Result<f64, Error> {
        let cashflows = self.series(i).to_vec();
        let output = match self.timing {
            Timing::Periodic => Npv { rate, cashflows, first_period }.value(),
            Timing::Shared(_, day_count) | Timing::Each(_, day_count) => {
                Xnpv { rate, cashflows, dates: self.dates(i)?, day_count }.value()
            }
        };
        output.map(|output| output.npv)
    }
}

/// Fills in by the series' own engine, `one`, what is NaN.
fn settle(start: usize, values: &mut [f64], one: impl Fn(usize) -> Result<f64, Error>) -> Vec<(usize, Error)> {
    let mut failures = Vec::new();
    for (i, value) in values.iter_mut().enumerate().filter(|(_, value)| value.is_nan()) {
        match one(start + i) {
            Ok(found) => *value = found,
            Err(error) => failures.push((start + i, error)),
        }
    }
    failures
}

/// Adds a dated series; false when its sign does not change once.
fn add(conventional: &mut Conventional, flows: &[f64], years: &[f64]) -> bool {
    let pairs = flows.iter().copied().zip(years.iter().copied());
    if years.is_sorted_by(|a, b| a < b) {
        conventional.add(pairs)
    } else {
        conventional.add(in_order(pairs).into_iter())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layouts_that_do_not_fit_are_refused() {
        let flows = [1.0; 6];
        assert_eq!(ManySeries::of_length(&flows, 4).unwrap_err().field(), Some("cashflows"));
        assert_eq!(ManySeries::of_length(&flows, 0).unwrap_err().field(), Some("cashflows"));
        for offsets in [&[0, 7][..], &[1, 6], &[0, 4, 3, 6], &[]] {
            assert_eq!(ManySeries::at_offsets(&flows, offsets).unwrap_err().field(), Some("offsets"));
        }
        let series = ManySeries::of_length(&flows, 3).unwrap();
        assert_eq!(series.on_days(&[0; 4], DayCount::Act365F).unwrap_err().field(), Some("dates"));
        assert_eq!(series.npv(&[0.1; 3], 0, None).unwrap_err().field(), Some("rate"));
        assert_eq!(series.npv(&[0.1], 2, None).unwrap_err().field(), Some("first_period"));
        let search = RateSearch { lower: 2.0, upper: 1.0, ..RateSearch::default() };
        assert_eq!(series.irr(search, None).unwrap_err().field(), Some("upper"));
    }
}
