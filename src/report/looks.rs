//! What was seen at each look: an interval beside the one before, and where no difference lies.

use std::fmt::Write as _;

use super::axis::{Axis, Range};
use super::cash_flow::gridlines;
use super::distribution::draw_ticks;
use super::format::{Format, UNDEFINED, show_count};
use super::picture::{Anchor, Canvas, Picture, WIDTH};
use super::table::Table;
use super::text::{fitted, width};

const TOP: f64 = 34.0;
const PLOT_HEIGHT: f64 = 200.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = WIDTH - 1.0;

/// One look.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenAt {
    /// How much had been gathered: the place on the horizontal axis.
    pub count: u64,
    /// The estimate; none where there was none yet.
    pub estimate: Option<f64>,
    /// The interval about it; none where it could not be told yet.
    pub interval: Option<[f64; 2]>,
}

/// Estimates and intervals over time.
#[derive(Clone, Debug)]
pub struct LookChart<'a> {
    /// Title of the picture.
    pub title: &'a str,
    /// What is estimated, and in which direction.
    pub quantity: &'a str,
    /// What is counted on the horizontal axis.
    pub counted: &'a str,
    /// The looks in order.
    pub looks: &'a [SeenAt],
    /// The value of no difference.
    pub neutral: f64,
    /// The margin about it that is no difference either; 0 for none.
    pub margin: f64,
    /// How estimates are written.
    pub format: Format,
}

impl LookChart<'_> {
    /// Draws an upright interval for each look.
    #[must_use]
    pub fn draw(&self) -> Picture {
        let mut canvas = Canvas::default();
        let bottom = TOP + PLOT_HEIGHT;
        let seen = self.looks.iter().flat_map(|look| look.interval.into_iter().flatten().chain(look.estimate));
        let margins = [self.neutral - self.margin, self.neutral, self.neutral + self.margin];
        let range = Range::over(seen.chain(margins)).padded(0.06, 0.06);
        let heights = Axis::new(range, bottom, TOP);
        // A little room at both ends, so that the first and last interval stand clear of the edge.
        let counts = Range::over(self.looks.iter().map(|look| look.count as f64).chain([0.0])).padded(0.0, 0.03);
        let places = Axis::new(counts, LEFT, RIGHT);

        canvas.text("small muted", Anchor::Start, 0.0, TOP - 14.0, &fitted(self.quantity, 11.0, RIGHT));
        if self.margin > 0.0 {
            let (high, low) = (heights.at(self.neutral + self.margin), heights.at(self.neutral - self.margin));
            let title = format!("no difference within {}", self.format.show(self.margin));
            canvas.titled_rect("band", LEFT, high, RIGHT - LEFT, low - high, &title);
        }
        gridlines(&mut canvas, &heights, range, &self.format, LEFT, RIGHT);
        let neutral = heights.at(self.neutral);
        canvas.line("reference dash", LEFT, neutral, RIGHT, neutral);
        for look in self.looks {
            self.look(&mut canvas, look, places.at(look.count as f64), &heights);
        }
        canvas.line("rule", LEFT, bottom, RIGHT, bottom);
        draw_ticks(&mut canvas, &places, counts, &Format::number(0), bottom, RIGHT - LEFT);
        self.legend(&mut canvas, bottom + 31.0);
        Picture::new(self.title, self.description(), self.table(), canvas, bottom + 46.0)
    }

    fn look(&self, canvas: &mut Canvas, look: &SeenAt, x: f64, heights: &Axis) {
        let interval = look.interval.filter(|ends| ends.iter().all(|end| end.is_finite()));
        if let Some([low, high]) = interval {
            let (from, to) = (heights.at(high), heights.at(low));
            let title = format!("{} {}: {}", show_count(look.count), self.counted, self.span(low, high));
            canvas.titled_rect("soft", x - 2.0, from, 4.0, (to - from).max(1.0), &title);
        }
        if let Some(estimate) = look.estimate.filter(|estimate| estimate.is_finite()) {
            let y = heights.at(estimate);
            let class = if interval.is_some() { "base bold" } else { "fine" };
            canvas.line(class, x - 4.0, y, x + 4.0, y);
        }
    }

    fn legend(&self, canvas: &mut Canvas, y: f64) {
        canvas.rect("soft", 0.0, y, 4.0, 10.0);
        canvas.text("small muted", Anchor::Start, 12.0, y + 9.0, "interval");
        canvas.line("base bold", 76.0, y + 5.0, 84.0, y + 5.0);
        canvas.text("small muted", Anchor::Start, 91.0, y + 9.0, "estimate");
        canvas.line("reference dash", 156.0, y + 5.0, 176.0, y + 5.0);
        canvas.text("small muted", Anchor::Start, 183.0, y + 9.0, "no difference");
        let room = RIGHT - 280.0;
        canvas.text(
            "small muted",
            Anchor::End,
            RIGHT,
            y + 9.0,
            &fitted(self.counted, 11.0, room.min(width(self.counted, 11.0))),
        );
    }

    fn span(&self, low: f64, high: f64) -> String {
        format!("{} to {}", self.format.show(low), self.format.show(high))
    }

    fn description(&self) -> String {
        let mut text = format!("{} at {} looks.", self.quantity, self.looks.len());
        if let Some(last) = self.looks.last() {
            let estimate = last.estimate.map_or(UNDEFINED.to_owned(), |estimate| self.format.show(estimate));
            let _ = write!(text, " At the last, with {} {}: {estimate}", show_count(last.count), self.counted);
            match last.interval {
                Some([low, high]) => {
                    let _ = write!(text, ", interval {}.", self.span(low, high));
                }
                None => text.push_str(", no interval yet."),
            }
        }
        text
    }

    fn table(&self) -> Table {
        let mut table = Table::new("").headings([self.counted, "Estimate", "Low", "High"]);
        let shown = |value: Option<f64>| value.map_or(UNDEFINED.to_owned(), |value| self.format.show(value));
        for look in self.looks {
            let [low, high] = [0, 1].map(|end| shown(look.interval.map(|ends| ends[end])));
            table = table.row([show_count(look.count), shown(look.estimate), low, high]);
        }
        table
    }
}
