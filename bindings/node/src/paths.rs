//! Paths of stochastic processes as typed arrays.

use napi::bindgen_prelude::Float64Array;
use napi_derive::napi;
use valor_ivx::random::GeometricBrownian;

use crate::json::{read, thrown};

/// The values of all paths of a geometric Brownian motion, path by path.
#[napi]
pub fn gbm_paths(wanted: String, threads: Option<u32>) -> napi::Result<Float64Array> {
    let motion = valor_ivx::model::read::<GeometricBrownian>(&read(&wanted)?);
    let values = motion.and_then(|motion| motion.values(threads.map(|threads| threads as usize)));
    values.map(Float64Array::new).map_err(|error| thrown(&error))
}
