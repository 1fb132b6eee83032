//! Two ways to carry revenue growth forward, as host functions for the registry. Both take
//! `{"revenue": [...], "years": n}` and return `{"growth_path": [...]}`, one rate a year.

use serde_json::{Value, json};
use valor_ivx::Error;

/// What both variants are told: the logarithms of yearly revenue, and how many years to go on.
struct History {
    logarithms: Vec<f64>,
    years: usize,
}

impl History {
    fn read(input: &Value) -> Result<Self, Error> {
        let revenue = input["revenue"].as_array().map(Vec::as_slice).unwrap_or_default();
        let logarithms: Vec<f64> =
            revenue.iter().filter_map(Value::as_f64).filter(|value| *value > 0.0).map(f64::ln).collect();
        if logarithms.len() != revenue.len() || revenue.len() < 5 {
            return Err(Error::invalid_input("revenue", input["revenue"].clone(), "at least 5 positive numbers"));
        }
        match input["years"].as_u64().and_then(|years| usize::try_from(years).ok()) {
            Some(years @ 1..=50) => Ok(Self { logarithms, years }),
            _ => Err(Error::invalid_input("years", input["years"].clone(), "a whole number from 1 to 50")),
        }
    }
}

fn growth_path(steps: impl Iterator<Item = f64>) -> Value {
    json!({ "growth_path": steps.map(f64::exp_m1).collect::<Vec<_>>() })
}

/// The state of a damped trend after the last observation.
struct Trend {
    level: f64,
    slope: f64,
    squared_error: f64,
}

/// Exponential smoothing of a level and a slope that fades (Gardner and McKenzie 1985).
fn smooth(series: &[f64], level_weight: f64, slope_weight: f64, damping: f64) -> Trend {
    let mut state = Trend { level: series[0], slope: series[1] - series[0], squared_error: 0.0 };
    for &observed in &series[1..] {
        let expected = state.level + damping * state.slope;
        state.squared_error += (observed - expected).powi(2);
        let level = level_weight * observed + (1.0 - level_weight) * expected;
        state.slope = slope_weight * (level - state.level) + (1.0 - slope_weight) * damping * state.slope;
        state.level = level;
    }
    state
}

/// Variant `smoothing`: a damped trend on log revenue, its weights those with the least squared one-step error.
pub(crate) fn smoothing(input: &Value) -> Result<Value, Error> {
    let History { logarithms, years } = History::read(input)?;
    let weights = || (1..=19).map(|step| f64::from(step) * 0.05);
    let dampings = || (80..=98).step_by(2).map(|percent| f64::from(percent) / 100.0);
    let mut best: Option<(Trend, f64)> = None;
    for level_weight in weights() {
        for slope_weight in weights() {
            for damping in dampings() {
                let trend = smooth(&logarithms, level_weight, slope_weight, damping);
                if best.as_ref().is_none_or(|(least, _)| trend.squared_error < least.squared_error) {
                    best = Some((trend, damping));
                }
            }
        }
    }
    let Some((trend, damping)) = best else {
        return Err(Error::undefined("growth_path", "no trend fits the revenue"));
    };
    let last = logarithms[logarithms.len() - 1];
    let mut fading = damping * trend.slope;
    // The first year also makes good what separates the last observation from the smoothed level.
    let mut next = trend.level + fading - last;
    Ok(growth_path((0..years).map(|_| {
        let step = next;
        fading *= damping;
        next = fading;
        step
    })))
}

/// Variant `regression`: each year's growth regressed on the year before; the last growth then returns to the
/// mean at the rate of the slope.
pub(crate) fn regression(input: &Value) -> Result<Value, Error> {
    let History { logarithms, years } = History::read(input)?;
    let growth: Vec<f64> = logarithms.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let mean = growth.iter().sum::<f64>() / growth.len() as f64;
    let lagged = growth.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum::<f64>();
    let spread = growth.iter().map(|rate| (rate - mean).powi(2)).sum::<f64>();
    // Growth that never changed stays at its mean. The ratio lies within (-1, 1) for any series.
    let persistence = if spread > 0.0 { lagged / spread } else { 0.0 };
    let mut distance = growth[growth.len() - 1] - mean;
    Ok(growth_path((0..years).map(|_| {
        distance *= persistence;
        mean + distance
    })))
}
