//! Text on the page: escaping, an estimate of its width, and places where labels do not overlap.

use std::borrow::Cow;

/// Text made safe for element content and attributes of XML and HTML.
///
/// Characters that no XML document may hold become the replacement character.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    let special = |c: char| matches!(c, '&' | '<' | '>' | '"' | '\'' | '\u{FFFE}' | '\u{FFFF}') || (c < ' ');
    if !text.contains(special) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(' '),
            c if special(c) => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Width of text in a sans serif of `size` units, rather too wide than too narrow.
pub(crate) fn width(text: &str, size: f64) -> f64 {
    let ems: f64 = text
        .chars()
        .map(|c| match c {
            'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | '·' => 0.30,
            ' ' | 'f' | 't' | 'r' | '(' | ')' | '-' | '/' => 0.38,
            'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.92,
            'A'..='Z' => 0.72,
            c if c.is_ascii() => 0.58,
            c if c < '\u{1100}' || ('\u{2000}'..'\u{2E80}').contains(&c) => 0.64,
            _ => 1.05,
        })
        .sum();
    ems * size
}

/// The text cut to fit `room`, with an ellipsis where something was cut.
pub(crate) fn fitted(text: &str, size: f64, room: f64) -> Cow<'_, str> {
    if width(text, size) <= room {
        return Cow::Borrowed(text);
    }
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if width(&kept, size) + size > room {
            kept.pop();
            break;
        }
    }
    Cow::Owned(format!("{}…", kept.trim_end()))
}

/// A label of some width that would like to be centred at a position.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wish {
    pub(crate) centre: f64,
    pub(crate) width: f64,
}

/// Where a label came to lie.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) centre: f64,
    pub(crate) row: usize,
}

/// Gives each label, in the order given, the lowest row in which it overlaps none before it, between `left` and `right`.
pub(crate) fn stagger(wishes: &[Wish], left: f64, right: f64, gap: f64) -> Vec<Place> {
    let mut rows: Vec<Vec<(f64, f64)>> = Vec::new();
    wishes
        .iter()
        .map(|wish| {
            let half = wish.width / 2.0;
            // A label wider than the room starts at its left end.
            let centre = wish.centre.min(right - half).max(left + half);
            let (from, to) = (centre - half, centre + half);
            let free = |row: &Vec<(f64, f64)>| row.iter().all(|&(a, b)| to + gap <= a || from >= b + gap);
            let row = rows.iter().position(free).unwrap_or_else(|| {
                rows.push(Vec::new());
                rows.len() - 1
            });
            rows[row].push((from, to));
            Place { centre, row }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn escaping_leaves_no_markup_and_no_forbidden_character() {
        assert_eq!(escape("<b>\"R&D\"</b>\u{0}'"), "&lt;b&gt;&quot;R&amp;D&quot;&lt;/b&gt;\u{FFFD}&#39;");
        assert!(matches!(escape("plain − text"), Cow::Borrowed(_)));
    }

    #[test]
    fn long_text_is_cut_with_an_ellipsis() {
        let cut = fitted("Operating margin of the first stage", 12.0, 90.0);
        assert!(cut.ends_with('…') && width(&cut, 12.0) <= 90.0, "{cut}");
        assert_eq!(fitted("short", 12.0, 90.0), "short");
    }

    proptest! {
        #[test]
        fn staggered_labels_never_overlap(wishes in prop::collection::vec((-50.0..850.0_f64, 5.0..300.0_f64), 0..12)) {
            let wishes: Vec<_> = wishes.into_iter().map(|(centre, width)| Wish { centre, width }).collect();
            let places = stagger(&wishes, 0.0, 760.0, 6.0);
            for (i, (a, wa)) in places.iter().zip(&wishes).enumerate() {
                prop_assert!(a.centre - wa.width / 2.0 >= -1e-9 && a.centre + wa.width / 2.0 <= 760.0 + 1e-9);
                for (b, wb) in places.iter().zip(&wishes).skip(i + 1) {
                    let apart = (a.centre - b.centre).abs() - f64::midpoint(wa.width, wb.width);
                    prop_assert!(a.row != b.row || apart >= 6.0 - 1e-9);
                }
            }
        }
    }
}
