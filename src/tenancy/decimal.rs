//! Decimal numbers as text, digit by digit, compared without a binary number between.

use std::cmp::Ordering;

use serde_json::Value;

/// A decimal number of at most 38 digits, ordered by its value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Decimal<'a> {
    negative: bool,
    whole: &'a str,
    /// Without zeros at its end.
    part: &'a str,
}

impl<'a> Decimal<'a> {
    pub(super) fn read(value: &'a Value) -> Option<Self> {
        let text = value.as_str()?;
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
        let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let starts_well = whole == "0" || !whole.starts_with('0');
        if !are_digits(whole) || !are_digits(part) || !starts_well || whole.len() + part.len() > 38 {
            return None;
        }
        let part = part.trim_end_matches('0');
        let negative = text.starts_with('-') && (whole, part) != ("0", "");
        Some(Self { negative, whole, part })
    }
}

impl Ord for Decimal<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let size = |it: &Self| (it.whole.len(), it.whole.to_owned(), it.part.to_owned());
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => size(self).cmp(&size(other)),
            (true, true) => size(other).cmp(&size(self)),
        }
    }
}

impl PartialOrd for Decimal<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    proptest! {
        #[test]
        fn decimals_are_ordered_by_their_value(one in -99_999_i64..99_999, two in -99_999_i64..99_999, zeros in 0_usize..3) {
            let text = |number: i64| {
                let (sign, size) = (if number < 0 { "-" } else { "" }, number.abs());
                json!(format!("{sign}{}.{:03}{}", size / 1_000, size % 1_000, "0".repeat(zeros)))
            };
            let (first, second) = (text(one), text(two));
            prop_assert_eq!(Decimal::read(&first).cmp(&Decimal::read(&second)), one.cmp(&two));
        }
    }
}
