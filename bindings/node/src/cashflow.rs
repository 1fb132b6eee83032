//! Rates and values of many series over typed arrays.

use napi::bindgen_prelude::{Float64Array, Int32Array, Uint32Array};
use napi_derive::napi;
use serde_json::json;
use valor_ivx::Error;
use valor_ivx::cashflow::{ManySeries, Outcomes, RateSearch};

use crate::json::{thrown, told, write};

/// Many series of flows, one after another.
#[napi(object)]
pub struct Flows {
    /// The flows.
    pub flows: Float64Array,
    /// Where each series begins, and where the last ends.
    pub offsets: Uint32Array,
    /// Days since 1970-01-01 of dated flows.
    pub days: Option<Int32Array>,
    /// Convention by which days are years.
    pub day_count: Option<String>,
    /// Threads; all cores when absent.
    pub threads: Option<u32>,
}

/// A number for each series, and positions and errors of those without one as JSON text.
#[napi(object)]
pub struct Answers {
    /// One a series; NaN where there is none.
    pub values: Float64Array,
    /// Positions and errors.
    pub errors: String,
}

impl Flows {
    fn answers(
        &self,
        work: impl FnOnce(ManySeries<'_>, Option<usize>) -> Result<Outcomes, Error>,
    ) -> napi::Result<Answers> {
        let offsets: Vec<usize> = self.offsets.iter().map(|offset| *offset as usize).collect();
        let days: Option<Vec<i64>> = self.days.as_ref().map(|days| days.iter().map(|day| i64::from(*day)).collect());
        let run = || {
            let mut series = ManySeries::at_offsets(self.flows.as_ref(), &offsets)?;
            if let Some(days) = &days {
                series = series.on_days(days, valor_ivx_bindings::day_count(self.day_count.as_deref())?)?;
            }
            work(series, self.threads.map(|threads| threads as usize))
        };
        let Outcomes { values, failures } = run().map_err(|error| thrown(&error))?;
        let errors = failures.iter().map(|(index, error)| json!({"index": index, "error": told(error)}));
        Ok(Answers { values: Float64Array::new(values), errors: write(&errors.collect()) })
    }
}

/// The internal rate of return of each series.
#[napi]
pub fn many_irr(series: Flows, guess: Option<f64>) -> napi::Result<Answers> {
    let usual = RateSearch::default();
    let search = RateSearch { guess: guess.unwrap_or(usual.guess), ..usual };
    series.answers(|series, threads| series.irr(search, threads))
}

/// The net present value of each series at its rate, or at the one given.
#[napi]
pub fn many_npv(series: Flows, rates: Float64Array, first_period: u32) -> napi::Result<Answers> {
    series.answers(|series, threads| series.npv(rates.as_ref(), first_period, threads))
}
