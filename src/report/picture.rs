//! A drawn picture: an SVG that stands alone in a file, or goes into a page that brings the styles.
//!
//! [`Canvas`] is the pencil of this room. It writes only finite coordinates and escaped text, so that no
//! chart can produce a broken file.

use std::fmt::Write as _;

use super::palette;
use super::table::Table;
use super::text::{escape, fitted};
use crate::tenancy::Theme;

/// Width of every picture in its own units.
pub(crate) const WIDTH: f64 = 744.0;
/// Margin on both sides of a picture in a file of its own.
const MARGIN: f64 = 18.0;
/// Height of the title there.
const TITLE_HEIGHT: f64 = 52.0;

/// Rules for the classes the canvas uses; colours are the palette's variables.
pub(crate) const RULES: &str = "\
.vx{font-family:Inter,\"Helvetica Neue\",Helvetica,Arial,\"Liberation Sans\",sans-serif;font-size:12px;\
font-variant-numeric:tabular-nums lining-nums}\
.vx text{fill:var(--vx-ink)}\
.vx .small{font-size:11px}.vx .tiny{font-size:10px}.vx .strong{font-weight:600}.vx .muted{fill:var(--vx-muted)}\
.vx .title{font-size:17px;font-weight:600;font-family:\"Iowan Old Style\",\"Palatino Linotype\",Palatino,Georgia,\"Liberation Serif\",serif}\
.vx .over{paint-order:stroke;stroke:var(--vx-paper);stroke-width:4px;stroke-linejoin:round}\
.vx .paper{fill:var(--vx-paper)}.vx .panel{fill:var(--vx-panel)}\
.vx .accent{fill:var(--vx-accent)}.vx .soft{fill:var(--vx-soft)}.vx .pale{fill:var(--vx-pale)}\
.vx .band{fill:var(--vx-band)}.vx .loss{fill:var(--vx-loss)}.vx .mark{fill:var(--vx-mark)}\
.vx line,.vx .outline{fill:none;stroke-width:1;stroke:var(--vx-ink)}\
.vx .grid{stroke:var(--vx-faint)}.vx .rule{stroke:var(--vx-rule)}.vx .base{stroke:var(--vx-ink)}\
.vx .fine{stroke:var(--vx-muted)}.vx .bold{stroke-width:2}.vx .dash{stroke-dasharray:3 3}\
.vx .clear{stroke:none;pointer-events:all}\
.vx .reference{stroke:var(--vx-mark);stroke-width:2}.vx .hatch{stroke:var(--vx-hatch)}";

/// A picture with its title, its words for readers who do not see it, and the numbers behind it.
#[derive(Clone, Debug)]
pub struct Picture {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) table: Table,
    height: f64,
    body: String,
}

impl Picture {
    pub(crate) fn new(title: &str, description: String, table: Table, canvas: Canvas, height: f64) -> Self {
        Self { title: title.into(), description, table, height, body: canvas.body }
    }

    /// The title.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// What the picture shows, in words.
    #[must_use]
    pub fn description(&self) -> &str {
        &self.description
    }

    /// The numbers the picture was drawn from.
    #[must_use]
    pub fn table(&self) -> &Table {
        &self.table
    }

    /// The picture as an SVG file of its own: styles inside, title above, light and dark by the reader's preference.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let style = format!("<style>{}{}{}</style>", palette::variables(Theme::System), RULES, heat_rules());
        let mut top = Canvas::default();
        top.rect("paper", -MARGIN, -TITLE_HEIGHT, WIDTH + 2.0 * MARGIN, self.height + TITLE_HEIGHT);
        top.text("title", Anchor::Start, 0.0, -20.0, &fitted(&self.title, 17.0, WIDTH));
        format!("{}\n", self.element(TITLE_HEIGHT, MARGIN, &format!("{style}{}", top.body)))
    }

    /// The picture as an element of a page whose style sheet holds the rules.
    pub(crate) fn to_element(&self) -> String {
        self.element(0.0, 0.0, "")
    }

    fn element(&self, above: f64, beside: f64, first: &str) -> String {
        let (height, width) = (number(self.height + above), number(WIDTH + 2.0 * beside));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"vx\" role=\"img\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"{} {} {width} {height}\"><title>{}</title><desc>{}</desc>{first}{}</svg>",
            number(-beside),
            number(-above),
            escape(&self.title),
            escape(&self.description),
            self.body
        )
    }
}

/// Rules for the steps of the heat map.
pub(crate) fn heat_rules() -> String {
    let mut rules = String::new();
    for step in 0..palette::HEAT_STEPS {
        let _ = write!(
            rules,
            ".vx .heat-{step}{{fill:var(--vx-heat-{step})}}.vx .on-heat-{step}{{fill:var(--vx-on-heat-{step})}}"
        );
    }
    rules
}

/// Which end of a text lies at its position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

/// Collects the elements of a picture.
#[derive(Default)]
pub(crate) struct Canvas {
    body: String,
}

impl Canvas {
    fn push(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing to a String has no way to fail.
        let _ = self.body.write_fmt(element);
    }

    pub(crate) fn rect(&mut self, class: &str, x: f64, y: f64, width: f64, height: f64) {
        self.titled_rect(class, x, y, width, height, "");
    }

    /// A rectangle that tells `title` to a pointer that rests on it.
    pub(crate) fn titled_rect(&mut self, class: &str, x: f64, y: f64, width: f64, height: f64, title: &str) {
        if ![x, y, width, height].iter().all(|value| value.is_finite()) {
            return;
        }
        let (x, width) = if width < 0.0 { (x + width, -width) } else { (x, width) };
        let (y, height) = if height < 0.0 { (y + height, -height) } else { (y, height) };
        let at = format_args!(
            "x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"",
            number(x),
            number(y),
            number(width),
            number(height)
        )
        .to_string();
        if title.is_empty() {
            self.push(format_args!("<rect class=\"{class}\" {at}/>"));
        } else {
            self.push(format_args!("<rect class=\"{class}\" {at}><title>{}</title></rect>", escape(title)));
        }
    }

    pub(crate) fn line(&mut self, class: &str, x1: f64, y1: f64, x2: f64, y2: f64) {
        if [x1, y1, x2, y2].iter().all(|value| value.is_finite()) {
            self.push(format_args!(
                "<line class=\"{class}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>",
                number(x1),
                number(y1),
                number(x2),
                number(y2)
            ));
        }
    }

    pub(crate) fn text(&mut self, class: &str, anchor: Anchor, x: f64, y: f64, text: &str) {
        if x.is_finite() && y.is_finite() {
            let anchor = match anchor {
                Anchor::Start => "",
                Anchor::Middle => " text-anchor=\"middle\"",
                Anchor::End => " text-anchor=\"end\"",
            };
            self.push(format_args!(
                "<text class=\"{class}\"{anchor} x=\"{}\" y=\"{}\">{}</text>",
                number(x),
                number(y),
                escape(text)
            ));
        }
    }

    /// Diagonal lines over a rectangle: the sign for what does not exist.
    pub(crate) fn hatch(&mut self, x: f64, y: f64, width: f64, height: f64) {
        self.rect("panel", x, y, width, height);
        let gap = 7.0;
        let mut offset = gap;
        while offset < width + height {
            // The line x + y = offset, cut at the edges.
            let (x1, y1) = if offset <= width { (offset, 0.0) } else { (width, offset - width) };
            let (x2, y2) = if offset <= height { (0.0, offset) } else { (offset - height, height) };
            self.line("hatch", x + x1, y + y1, x + x2, y + y2);
            offset += gap;
        }
    }
}

/// A coordinate with at most two decimals, no trailing zeros and no minus before zero.
fn number(value: f64) -> String {
    let text = format!("{value:.2}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coordinates_are_short_and_never_a_negative_zero() {
        assert_eq!(number(-0.001), "0");
        assert_eq!(number(12.5), "12.5");
        assert_eq!(number(100.0), "100");
    }

    #[test]
    fn what_is_not_finite_is_not_drawn() {
        let mut canvas = Canvas::default();
        canvas.rect("accent", f64::NAN, 0.0, 1.0, 1.0);
        canvas.line("grid", 0.0, f64::INFINITY, 1.0, 1.0);
        canvas.text("", Anchor::Start, 0.0, f64::NAN, "x");
        assert!(canvas.body.is_empty());
        canvas.rect("accent", 10.0, 10.0, -4.0, -2.0);
        assert_eq!(canvas.body, "<rect class=\"accent\" x=\"6\" y=\"8\" width=\"4\" height=\"2\"/>");
    }
}
