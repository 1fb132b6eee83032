//! Which inputs matter: the outcome at both ends of each, widest first as given.

use std::fmt::Write as _;

use super::axis::{Axis, Range};
use super::distribution::draw_ticks;
use super::format::{Format, UNDEFINED};
use super::picture::{Anchor, Canvas, Picture, WIDTH};
use super::table::Table;
use super::text::{fitted, width};

const TOP: f64 = 34.0;
const ROW: f64 = 40.0;
const BAR: f64 = 20.0;
const RIGHT: f64 = WIDTH - 1.0;

/// One input moved to both ends of its range.
#[derive(Clone, Debug, PartialEq)]
pub struct TornadoDriver {
    /// A name people read.
    pub name: String,
    /// Low end of the input, as text.
    pub low_input: String,
    /// High end of the input, as text.
    pub high_input: String,
    /// Outcome at the low end; none where undefined.
    pub low: Option<f64>,
    /// Outcome at the high end; none where undefined.
    pub high: Option<f64>,
}

/// Inputs compared by what they do to an outcome.
#[derive(Clone, Debug)]
pub struct TornadoChart<'a> {
    /// Title of the picture.
    pub title: &'a str,
    /// What is measured, the label of the axis.
    pub quantity: &'a str,
    /// Outcome of the base case.
    pub base: f64,
    /// The inputs, drawn in the order given.
    pub drivers: &'a [TornadoDriver],
    /// How outcomes are written.
    pub format: Format,
}

/// An outcome at the end of a bar.
struct End<'a> {
    value: f64,
    input: &'a str,
    class: &'static str,
}

impl TornadoChart<'_> {
    /// Draws a bar for each input.
    #[must_use]
    pub fn draw(&self) -> Picture {
        let mut canvas = Canvas::default();
        let names = self.drivers.iter().map(|driver| width(&driver.name, 12.0).max(width(&range_of(driver), 10.0)));
        let left = names.fold(80.0, f64::max).min(240.0) + 20.0;
        let outcomes = || self.drivers.iter().flat_map(|driver| [driver.low, driver.high]).flatten();
        let range = Range::over(outcomes().chain([self.base]));
        // The ends of the bars carry labels; the axis keeps room for them on both sides.
        let labels = outcomes().map(|value| width(&self.format.show(value), 11.0)).fold(0.0, f64::max) + 10.0;
        let labels = labels.min((RIGHT - left) * 0.3);
        let axis = Axis::new(range, left + labels, RIGHT - labels);
        let base = axis.at(self.base);
        let bottom = TOP + self.drivers.len() as f64 * ROW;

        for (index, driver) in self.drivers.iter().enumerate() {
            let y = TOP + index as f64 * ROW;
            canvas.line("grid", 0.0, y, RIGHT, y);
            canvas.text("", Anchor::Start, 0.0, y + 18.0, &fitted(&driver.name, 12.0, left - 16.0));
            canvas.text("tiny muted", Anchor::Start, 0.0, y + 32.0, &fitted(&range_of(driver), 10.0, left - 16.0));
            self.bars(&mut canvas, driver, &axis, y + (ROW - BAR) / 2.0, left);
        }
        canvas.line("base", base, TOP - 8.0, base, bottom);
        let label = format!("base {}", self.format.show(self.base));
        let half = width(&label, 12.0) / 2.0;
        canvas.text(
            "strong",
            Anchor::Middle,
            base.clamp(left + half, (RIGHT - half).max(left + half)),
            TOP - 14.0,
            &label,
        );
        canvas.line("rule", left, bottom, RIGHT, bottom);
        draw_ticks(&mut canvas, &axis, range, &self.format, bottom, RIGHT - left - 2.0 * labels);
        self.legend(&mut canvas, left, bottom);
        Picture::new(self.title, self.description(), self.table(), canvas, bottom + 46.0)
    }

    fn bars(&self, canvas: &mut Canvas, driver: &TornadoDriver, axis: &Axis, y: f64, left: f64) {
        let base = axis.at(self.base);
        let end = |value: Option<f64>, input, class| {
            value.filter(|value| value.is_finite()).map(|value| End { value, input, class })
        };
        let mut ends: Vec<_> = [
            end(driver.low, driver.low_input.as_str(), "soft"),
            end(driver.high, driver.high_input.as_str(), "accent"),
        ]
        .into_iter()
        .flatten()
        .collect();
        // The longer bar first, so that a shorter one on the same side stays visible.
        ends.sort_by(|a, b| (axis.at(b.value) - base).abs().total_cmp(&(axis.at(a.value) - base).abs()));
        let mut labels = [Vec::new(), Vec::new()];
        for end in &ends {
            let x = axis.at(end.value);
            let title = format!("{} at {}: {}", driver.name, end.input, self.format.show(end.value));
            canvas.titled_rect(end.class, base, y, x - base, BAR, &title);
            labels[usize::from(x >= base)].push((x, self.format.show(end.value)));
        }
        for (side, labels) in labels.iter().enumerate() {
            let Some((x, _)) = labels.first() else { continue };
            let text = labels.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>().join(" · ");
            if side == 1 {
                canvas.text("small over", Anchor::Start, x + 6.0, y + 14.0, &fitted(&text, 11.0, RIGHT - x - 4.0));
            } else {
                canvas.text("small over", Anchor::End, x - 6.0, y + 14.0, &fitted(&text, 11.0, x - left));
            }
        }
        if ends.len() < 2 {
            let missing = [(driver.low, &driver.low_input), (driver.high, &driver.high_input)];
            let missing: Vec<_> = missing
                .into_iter()
                .filter(|(value, _)| value.is_none_or(|value| !value.is_finite()))
                .map(|(_, input)| input.as_str())
                .collect();
            let text = format!("{UNDEFINED} at {}", missing.join(" and "));
            let room = width(&text, 10.0) + 12.0;
            // On the side that carries no bar.
            let on_right = labels[1].is_empty();
            let x = if on_right { (base + 8.0).min(RIGHT - room) } else { (base - 8.0 - room).max(left) };
            canvas.hatch(x, y, room, BAR);
            canvas.text("tiny over", Anchor::Middle, x + room / 2.0, y + 13.5, &text);
        }
    }

    fn legend(&self, canvas: &mut Canvas, left: f64, bottom: f64) {
        let y = bottom + 31.0;
        canvas.rect("soft", 0.0, y, 10.0, 10.0);
        canvas.text("small muted", Anchor::Start, 15.0, y + 9.0, "low end");
        canvas.rect("accent", 70.0, y, 10.0, 10.0);
        canvas.text("small muted", Anchor::Start, 85.0, y + 9.0, "high end");
        let from = left.max(145.0);
        let quantity = fitted(self.quantity, 11.0, RIGHT - from);
        canvas.text("small muted", Anchor::Middle, f64::midpoint(from, RIGHT), y + 9.0, &quantity);
    }

    fn description(&self) -> String {
        let mut text = format!("{}: base {}.", self.quantity, self.format.show(self.base));
        for driver in self.drivers {
            let shown = |value: Option<f64>| value.map_or(UNDEFINED.to_owned(), |value| self.format.show(value));
            let _ = write!(
                text,
                " {} at {}: {}, at {}: {}.",
                driver.name,
                driver.low_input,
                shown(driver.low),
                driver.high_input,
                shown(driver.high)
            );
        }
        text
    }

    fn table(&self) -> Table {
        let shown = |value: Option<f64>| value.map_or(UNDEFINED.to_owned(), |value| self.format.show(value));
        let mut table = Table::new("").headings(["Input", "Low end", "Outcome", "High end", "Outcome"]);
        for driver in self.drivers {
            table = table.row([
                driver.name.clone(),
                driver.low_input.clone(),
                shown(driver.low),
                driver.high_input.clone(),
                shown(driver.high),
            ]);
        }
        table
    }
}

fn range_of(driver: &TornadoDriver) -> String {
    format!("{} to {}", driver.low_input, driver.high_input)
}
