//! A simulated output as a picture: what a run says of it at one glance.

use super::axis::whole_above;
use super::distribution::{Distribution, Marker};
use super::format::Format;
use super::picture::Picture;
use crate::simulation::Stats;

/// The percentiles that are marked.
const MARKED: [u8; 5] = [5, 25, 50, 75, 95];

/// The histogram of a simulated output with its percentiles 5, 25, 50, 75 and 95.
///
/// Of a run in `sketch` mode it is within the error of the sketch, and says so.
///
/// ```
/// use serde_json::json;
/// use valor_ivx::random::Distribution;
/// use valor_ivx::report::outcome;
/// use valor_ivx::simulation::{Control, RunOptions, Simulation};
///
/// let result = Simulation::of("npv")
///     .input(json!({"rate": 0.1, "cashflows": [-100.0, 60.0, 60.0]}))
///     .draw("rate", Distribution::normal(0.1, 0.01))
///     .run(&RunOptions::new(10_000, 7), &mut Control::default())?;
/// assert!(outcome(&result.stats("npv")?).to_svg().contains("p50"));
/// # Ok::<(), valor_ivx::Error>(())
/// ```
#[must_use]
pub fn outcome(stats: &Stats<'_>) -> Picture {
    let histogram = stats.bins();
    let levels = MARKED.map(|percent| f64::from(percent) / 100.0);
    let found = stats.quantiles_at(&levels).unwrap_or_default();
    let markers: Vec<_> =
        MARKED.iter().zip(found).map(|(percent, value)| Marker { label: format!("p{percent}"), value }).collect();
    let quantity = if stats.is_approximate() { format!("{}, approximate", stats.name()) } else { stats.name().into() };
    Distribution {
        title: stats.name(),
        quantity: &quantity,
        edges: &histogram.edges,
        counts: &histogram.counts,
        below: histogram.below,
        above: histogram.above,
        format: format(markers.first().map_or(0.0, |low| low.value), markers.last().map_or(0.0, |high| high.value)),
        markers: &markers,
        reference: None,
    }
    .draw()
}

/// Three digits of what lies between `low` and `high`; thousands of thousands as millions and so on.
pub(super) fn format(low: f64, high: f64) -> Format {
    let reach = low.abs().max(high.abs());
    let (factor, unit) = match reach {
        reach if reach >= 1e12 => (1e-12, "tn"),
        reach if reach >= 1e9 => (1e-9, "bn"),
        reach if reach >= 1e6 => (1e-6, "m"),
        _ => (1.0, ""),
    };
    let spread = if high > low { high * factor - low * factor } else { reach * factor };
    let decimals = if spread > 0.0 { whole_above(2.0 - spread.log10().floor(), 12) } else { 0 };
    Format::number(decimals).scaled(factor, unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digits_follow_the_spread_and_the_unit_the_size() {
        let shown = |low, high, value| format(low, high).show(value);
        assert_eq!(shown(31.0, 52.0, 41.237), "41.2");
        assert_eq!(shown(0.081, 0.097, 0.0904), "0.0904");
        assert_eq!(shown(-8_000.0, 12_000.0, 1_234.6), "1,235");
        assert_eq!(shown(1.2e9, 2.4e9, 1.75e9), "1.75bn");
        assert_eq!(shown(3.5e6, 3.5e6, 3.5e6), "3.50m");
    }

    #[test]
    fn a_spread_of_nothing_is_still_written() {
        for value in [0.0, 1e-300, 1e300, -7.0] {
            assert!(!format(value, value).show(value).is_empty());
        }
        assert_eq!(format(0.0, 0.0).show(0.0), "0");
    }
}
