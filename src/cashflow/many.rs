//! Rates of return and present values of many series: arrays in, arrays out, all cores.
//!
//! Each series gets the bits that its own [`Irr`], [`Xirr`], [`Npv`] or [`Xnpv`] gives, on any number
//! of threads. A series without an answer keeps its error beside the answers of the others. Series
//! whose flows change sign more than once are scanned one by one, about a thousand times slower.

use super::internal_rate::{Irr, Xirr, in_order};
use super::present_value::{Npv, Xnpv, npv, npv_at, years_from_first};
use super::sole_root::Conventional;
use crate::cashflow::DayCount;
use crate::error::{Error, ErrorKind};
use crate::number::{LaneNumber, LaneWork, Number, side_by_side};
use crate::parallel;
use crate::time::Date;

/// Series a thread takes at once.
const PART: usize = 512;
/// Lanes of the widest register.
const WIDEST: usize = 8;

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
    /// On the same dates in each series.
    Shared(&'a [Date], DayCount),
    /// On a date for each flow.
    Each(&'a [Date], DayCount),
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

    /// The same series on `dates`: one for each flow, or those of one series for all of them.
    pub fn dated(self, dates: &'a [Date], day_count: DayCount) -> Result<Self, Error> {
        let timing = if dates.len() == self.flows.len() {
            Timing::Each(dates, day_count)
        } else if let Layout::Length(length) = self.layout
            && length != dates.len()
        {
            let constraint = format!("as many dates as a series has flows ({length}), or all have");
            return Err(Error::invalid_input("dates", dates.len(), constraint));
        } else {
            Timing::Shared(dates, day_count)
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
            for i in 0..rates.len() {
                let flows = self.series(start + i);
                if !flows.iter().all(|flow| flow.is_finite()) {
                    continue;
                }
                let added = match self.timing {
                    Timing::Periodic => conventional.add(flows.iter().enumerate().map(|(t, flow)| (*flow, t as f64))),
                    Timing::Shared(..) => flows.len() == shared.len() && add(&mut conventional, flows, &shared),
                    Timing::Each(dates, day_count) => {
                        let years = years_from_first(&dates[self.range(start + i)], day_count);
                        add(&mut conventional, flows, &years)
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
            self.settle(start, rates, |i| self.one_irr(i, search))
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
            side_by_side(Values { all: self, shared: &shared, rate_of: &rate_of, first_period, start, values });
            for (i, value) in values.iter_mut().enumerate() {
                let rate = rate_of(start + i);
                if !(rate > -1.0 && rate.is_finite() && value.is_finite()) {
                    *value = f64::NAN;
                }
            }
            self.settle(start, values, |i| self.one_npv(i, rate_of(i), first_period))
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

    fn dates(&self, i: usize) -> Vec<Date> {
        match self.timing {
            Timing::Periodic => Vec::new(),
            Timing::Shared(dates, _) => dates.to_vec(),
            Timing::Each(dates, _) => dates[self.range(i)].to_vec(),
        }
    }

    /// Years of the dates that all series share.
    fn shared_years(&self) -> Vec<f64> {
        match self.timing {
            Timing::Shared(dates, day_count) => years_from_first(dates, day_count),
            Timing::Periodic | Timing::Each(..) => Vec::new(),
        }
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

    /// Fills in by the series' own engine, `one`, what is NaN.
    fn settle(
        &self,
        start: usize,
        values: &mut [f64],
        one: impl Fn(usize) -> Result<f64, Error>,
    ) -> Vec<(usize, Error)> {
        let mut failures = Vec::new();
        for (i, value) in values.iter_mut().enumerate().filter(|(_, value)| value.is_nan()) {
            match one(start + i) {
                Ok(found) => *value = found,
                Err(error) => failures.push((start + i, error)),
            }
        }
        failures
    }

    fn one_irr(&self, i: usize, search: RateSearch) -> Result<f64, Error> {
        let RateSearch { guess, lower, upper } = search;
        let cashflows = self.series(i).to_vec();
        let output = match self.timing {
            Timing::Periodic => Irr { cashflows, guess, lower, upper }.value(),
            Timing::Shared(_, day_count) | Timing::Each(_, day_count) => {
                Xirr { cashflows, dates: self.dates(i), day_count, guess, lower, upper }.value()
            }
        };
        output.map(|output| output.irr)
    }

    fn one_npv(&self, i: usize, rate: f64, first_period: u32) -> Result<f64, Error> {
        let cashflows = self.series(i).to_vec();
        let output = match self.timing {
            Timing::Periodic => Npv { rate, cashflows, first_period }.value(),
            Timing::Shared(_, day_count) | Timing::Each(_, day_count) => {
                Xnpv { rate, cashflows, dates: self.dates(i), day_count }.value()
            }
        };
        output.map(|output| output.npv)
    }
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

/// Present values of a part of the series, those of equal length side by side.
struct Values<'a, F> {
    all: &'a ManySeries<'a>,
    shared: &'a [f64],
    rate_of: &'a F,
    first_period: u32,
    start: usize,
    values: &'a mut [f64],
}

impl<F: Fn(usize) -> f64> LaneWork for Values<'_, F> {
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "inside lane code")]
    fn work<N: LaneNumber>(self) {
        let Self { all, shared, rate_of, first_period, start, values } = self;
        let mut flows: Vec<N> = Vec::new();
        let mut times: Vec<N> = Vec::new();
        for (group, values) in values.chunks_mut(N::COUNT).enumerate() {
            let first = start + group * N::COUNT;
            let length = all.series(first).len();
            let equal = (first..first + values.len()).all(|i| all.series(i).len() == length);
            if !equal {
                // Left to the engine of each.
                values.fill(f64::NAN);
                continue;
            }
            let column = |value: &dyn Fn(usize) -> f64| {
                let mut lanes = [0.0; WIDEST];
                for (lane, i) in lanes.iter_mut().zip(first..first + values.len()) {
                    *lane = value(i);
                }
                N::load(&lanes)
            };
            let rate = column(&|i| rate_of(i));
            flows.clear();
            flows.extend((0..length).map(|k| column(&|i| all.series(i)[k])));
            let value = match all.timing {
                Timing::Periodic => npv(rate, flows.iter().copied(), first_period),
                Timing::Shared(..) if shared.len() != length => N::constant(f64::NAN),
                Timing::Shared(..) => {
                    times.clear();
                    times.extend(shared.iter().map(|time| N::constant(*time)));
                    npv_at(rate, &flows, &times)
                }
                Timing::Each(dates, day_count) => {
                    let years: Vec<Vec<f64>> = (first..first + values.len())
                        .map(|i| years_from_first(&dates[all.range(i)], day_count))
                        .collect();
                    times.clear();
                    times.extend((0..length).map(|k| column(&|i| years[i - first][k])));
                    npv_at(rate, &flows, &times)
                }
            };
            value.store(values);
        }
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
        assert_eq!(series.dated(&[Date::EPOCH; 4], DayCount::Act365F).unwrap_err().field(), Some("dates"));
        assert_eq!(series.npv(&[0.1; 3], 0, None).unwrap_err().field(), Some("rate"));
        assert_eq!(series.npv(&[0.1], 2, None).unwrap_err().field(), Some("first_period"));
        let search = RateSearch { lower: 2.0, upper: 1.0, ..RateSearch::default() };
        assert_eq!(series.irr(search, None).unwrap_err().field(), Some("upper"));
    }
}
