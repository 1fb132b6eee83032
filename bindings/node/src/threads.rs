//! How many threads work takes that is not told how many.

use std::num::NonZeroUsize;

use napi_derive::napi;
use serde_json::Value;
use valor_ivx::Error;

use crate::json::thrown;

/// Sets how many threads work takes that is not told how many; nothing for one a core.
#[napi]
pub fn set_num_threads(threads: Option<f64>) -> napi::Result<()> {
    let whole = |given: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole and in range")]
        let known = (given.fract() == 0.0 && (1.0..65_536.0).contains(&given)).then_some(given as usize);
        let constraint = "a whole number from 1 to 65,535";
        let shown = Value::from(given);
        known.and_then(NonZeroUsize::new).ok_or_else(|| thrown(&Error::invalid_input("threads", shown, constraint)))
    };
    valor_ivx::set_num_threads(threads.map(whole).transpose()?);
    Ok(())
}

/// How many threads work takes that is not told how many.
#[napi]
#[must_use]
pub fn num_threads() -> u32 {
    u32::try_from(valor_ivx::num_threads()).unwrap_or(u32::MAX)
}
