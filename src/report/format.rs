//! Numbers as people read them: thousands separated, a true minus sign, units, no false digits.
//!
//! Knows nothing of pictures. Start at [`Format`].

use std::iter;

use super::axis::whole_above;

/// What is written in place of a number that does not exist.
pub(crate) const UNDEFINED: &str = "undefined";

/// How a quantity is written: a factor, decimals, and what stands before and after.
///
/// ```
/// use valor_ivx::report::Format;
///
/// assert_eq!(Format::money("$", 2).show(-1234.5), "−$1,234.50");
/// assert_eq!(Format::percent(1).show(0.0875), "8.8%");
/// assert_eq!(Format::money("$", 1).scaled(1e-3, "bn").show(245_122.0), "$245.1bn");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Format {
    before: String,
    after: String,
    decimals: usize,
    factor: f64,
}

impl Format {
    /// A plain number with so many decimals, at most 12.
    #[must_use]
    pub fn number(decimals: usize) -> Self {
        Self { before: String::new(), after: String::new(), decimals: decimals.min(12), factor: 1.0 }
    }

    /// A fraction as a percentage: 0.09 with no decimals is 9%.
    #[must_use]
    pub fn percent(decimals: usize) -> Self {
        Self { after: "%".into(), factor: 100.0, ..Self::number(decimals) }
    }

    /// An amount after a currency sign.
    #[must_use]
    pub fn money(sign: &str, decimals: usize) -> Self {
        Self { before: sign.into(), ..Self::number(decimals) }
    }

    /// The same multiplied by `factor` and followed by `unit`: millions as billions is 0.001 and "bn".
    #[must_use]
    pub fn scaled(self, factor: f64, unit: &str) -> Self {
        Self { factor: self.factor * factor, after: unit.into(), ..self }
    }

    /// The number as text; a number that does not exist is "undefined".
    ///
    /// A number too small for the decimals keeps two significant digits, and from 10^15 on powers of ten are used.
    #[must_use]
    pub fn show(&self, value: f64) -> String {
        let shown = value * self.factor;
        if !shown.is_finite() {
            return if value.is_finite() { self.dress(&power(value, 2), value < 0.0) } else { UNDEFINED.into() };
        }
        let smallest = 0.5 * 10_f64.powi(-whole(self.decimals));
        let text = if shown.abs() >= 1e15 || (shown != 0.0 && shown.abs() < smallest * 0.1) {
            power(shown, 1)
        } else {
            grouped(shown, self.decimals)
        };
        let negative = shown < 0.0 && text.bytes().any(|byte| (b'1'..=b'9').contains(&byte));
        self.dress(&text, negative)
    }

    /// The number as the label of an axis whose labels are `step` apart: as many decimals as the step needs.
    #[must_use]
    pub(crate) fn show_tick(&self, value: f64, step: f64) -> String {
        let step = (step * self.factor).abs();
        let size = (value * self.factor).abs();
        if !step.is_normal() || !size.is_finite() {
            return self.show(value);
        }
        if size >= 1e15 || (step < 1e-9 && size < 1.0) {
            let digits = if size > 0.0 { whole_above((size / step).log10(), 12) } else { 0 };
            let text = if size > 0.0 { power(value * self.factor, digits) } else { "0".into() };
            return self.dress(&text, value * self.factor < 0.0);
        }
        // A hair more than the step, so that 0.1 + an error of rounding is still one decimal.
        let decimals = whole_above(-(step * 1.000_000_1).log10(), 12);
        Self { decimals, ..self.clone() }.show(if size < step * 1e-6 { 0.0 } else { value })
    }

    fn dress(&self, digits: &str, negative: bool) -> String {
        let sign = if negative { "−" } else { "" };
        format!("{sign}{}{digits}{}", self.before, self.after)
    }
}

fn whole(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// The size of a number with its thousands separated.
fn grouped(value: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", value.abs());
    let (units, rest) = text.split_once('.').map_or((text.as_str(), ""), |(units, rest)| (units, rest));
    let mut out = String::with_capacity(text.len() + units.len() / 3 + 1);
    for (place, digit) in iter::zip((0..units.len()).rev(), units.chars()) {
        out.push(digit);
        if place > 0 && place % 3 == 0 {
            out.push(',');
        }
    }
    if !rest.is_empty() {
        out.push('.');
        out.push_str(rest);
    }
    out
}

/// The size of a number as digits and a power of ten.
fn power(value: f64, digits: usize) -> String {
    let text = format!("{:.digits$e}", value.abs());
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    format!("{digits}e{}", exponent.replace('-', "−"))
}

/// An elapsed time: 950 ns, 12.4 µs, 3.21 ms, 1.25 s, 2 min 5 s.
#[must_use]
pub fn show_elapsed(elapsed: std::time::Duration) -> String {
    let seconds = elapsed.as_secs_f64();
    match seconds {
        s if s < 1e-6 => format!("{} ns", elapsed.as_nanos()),
        s if s < 1e-3 => format!("{:.1} µs", s * 1e6),
        s if s < 1.0 => format!("{:.1} ms", s * 1e3),
        s if s < 60.0 => format!("{s:.2} s"),
        _ => format!("{} min {} s", elapsed.as_secs() / 60, elapsed.as_secs() % 60),
    }
}

/// A count with its thousands separated.
#[must_use]
pub fn show_count(count: u64) -> String {
    let text = count.to_string();
    let mut out = String::with_capacity(text.len() + text.len() / 3);
    for (place, digit) in iter::zip((0..text.len()).rev(), text.chars()) {
        out.push(digit);
        if place > 0 && place % 3 == 0 {
            out.push(',');
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated_and_the_minus_leads_the_sign_of_money() {
        assert_eq!(Format::number(0).show(1_234_567.0), "1,234,567");
        assert_eq!(Format::number(2).show(-999.999), "−1,000.00");
        assert_eq!(Format::money("$", 0).show(-12_000.0), "−$12,000");
        assert_eq!(show_count(1_000_000), "1,000,000");
        assert_eq!(show_count(999), "999");
    }

    #[test]
    fn zero_carries_no_minus_and_small_numbers_do_not_become_zero() {
        assert_eq!(Format::number(2).show(-0.0), "0.00");
        assert_eq!(Format::number(2).show(-0.004), "0.00");
        assert_eq!(Format::number(2).show(-1.5e-7), "−1.5e−7");
    }

    #[test]
    fn numbers_that_do_not_exist_or_overflow_are_told_apart() {
        assert_eq!(Format::number(2).show(f64::NAN), "undefined");
        assert_eq!(Format::number(2).show(f64::INFINITY), "undefined");
        assert_eq!(Format::percent(0).show(f64::MAX), "1.80e308%");
        assert_eq!(Format::number(0).show(1.0e18), "1.0e18");
    }

    #[test]
    fn tick_labels_have_the_decimals_of_their_step() {
        assert_eq!(Format::percent(0).show_tick(0.085, 0.005), "8.5%");
        assert_eq!(Format::money("$", 2).show_tick(300.0, 100.0), "$300");
        assert_eq!(Format::number(0).show_tick(0.3, 0.1), "0.3");
        assert_eq!(Format::number(0).show_tick(5e-17, 0.1), "0.0");
    }

    #[test]
    fn elapsed_times_choose_their_unit() {
        use std::time::Duration;
        assert_eq!(show_elapsed(Duration::from_nanos(950)), "950 ns");
        assert_eq!(show_elapsed(Duration::from_micros(1_250)), "1.2 ms");
        assert_eq!(show_elapsed(Duration::from_secs(125)), "2 min 5 s");
    }
}
