//! Rates and values of many series over NumPy arrays.

use numpy::{PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use pyo3::types::PyList;
use valor_ivx::Error;
use valor_ivx::cashflow::{ManySeries, Outcomes, RateSearch};

use crate::error::raised;
use crate::interrupt::inline;

/// Many series of flows, one after another, as the Python half hands them over.
#[derive(FromPyObject)]
pub(crate) struct GivenSeries<'py> {
    flows: PyReadonlyArray1<'py, f64>,
    /// Flows of each series, where all have as many.
    length: Option<usize>,
    /// Else where each begins, and where the last ends.
    offsets: Option<Vec<usize>>,
    /// Days since 1970-01-01 of dated flows.
    days: Option<PyReadonlyArray1<'py, i64>>,
    day_count: Option<String>,
    threads: Option<usize>,
}

type Answers<'py> = (Bound<'py, PyArray1<f64>>, Bound<'py, PyList>);

impl<'py> GivenSeries<'py> {
    /// The answers of `work`, which runs without the interpreter, and the failures as exceptions.
    fn answers(
        &self,
        py: Python<'py>,
        work: impl FnOnce(ManySeries<'_>, Option<usize>) -> Result<Outcomes, Error> + Send,
    ) -> PyResult<Answers<'py>> {
        let flows = self.flows.as_slice()?;
        let days = self.days.as_ref().map(|days| days.as_slice()).transpose()?;
        let (length, offsets, day_count, threads) =
            (self.length, self.offsets.as_deref(), self.day_count.as_deref(), self.threads);
        let outcomes = inline(py, || {
            let series = match offsets {
                Some(offsets) => ManySeries::at_offsets(flows, offsets)?,
                None => ManySeries::of_length(flows, length.unwrap_or(flows.len()))?,
            };
            let series = match days {
                Some(days) => series.on_days(days, valor_ivx_bindings::day_count(day_count)?)?,
                None => series,
            };
            work(series, threads)
        })?;
        let failures = outcomes.failures.iter().map(|(i, error)| (*i, raised(py, error)));
        Ok((PyArray1::from_vec(py, outcomes.values), PyList::new(py, failures.collect::<Vec<_>>())?))
    }
}

/// The internal rate of return of each series, and the failures.
#[pyfunction]
#[pyo3(signature = (series, guess=None, lower=None, upper=None))]
pub(crate) fn many_irr<'py>(
    py: Python<'py>,
    series: GivenSeries<'py>,
    guess: Option<f64>,
    lower: Option<f64>,
    upper: Option<f64>,
) -> PyResult<Answers<'py>> {
    let usual = RateSearch::default();
    let search = RateSearch {
        guess: guess.unwrap_or(usual.guess),
        lower: lower.unwrap_or(usual.lower),
        upper: upper.unwrap_or(usual.upper),
    };
    series.answers(py, |series, threads| series.irr(search, threads))
}

/// The net present value of each series at its rate or at the one given, and the failures.
#[pyfunction]
#[pyo3(signature = (series, rates, first_period=0))]
pub(crate) fn many_npv<'py>(
    py: Python<'py>,
    series: GivenSeries<'py>,
    rates: PyReadonlyArray1<'py, f64>,
    first_period: u32,
) -> PyResult<Answers<'py>> {
    let rates = rates.as_slice()?;
    series.answers(py, |series, threads| series.npv(rates, first_period, threads))
}
