//! The football field: what each method makes of a value, side by side, with the price.

use std::fmt::Write as _;

use super::axis::{Axis, Range};
use super::distribution::draw_ticks;
use super::format::{Format, UNDEFINED};
use super::picture::{Anchor, Canvas, Picture, WIDTH};
use super::table::Table;
use super::text::{fitted, width};

const TOP: f64 = 30.0;
const ROW: f64 = 38.0;
const BAR: f64 = 18.0;
const RIGHT: f64 = WIDTH - 1.0;

/// The range of one method.
#[derive(Clone, Debug, PartialEq)]
pub struct FootballRow {
    /// Name of the method.
    pub name: String,
    /// Low end.
    pub low: f64,
    /// Value between.
    pub mid: f64,
    /// High end.
    pub high: f64,
}

impl FootballRow {
    fn is_defined(&self) -> bool {
        [self.low, self.mid, self.high].iter().all(|value| value.is_finite())
    }
}

/// The ranges of several methods for one value.
#[derive(Clone, Debug)]
pub struct FootballFieldChart<'a> {
    /// Title of the picture.
    pub title: &'a str,
    /// What is valued, the label of the axis.
    pub quantity: &'a str,
    /// The methods in order.
    pub rows: &'a [FootballRow],
    /// What the ranges are compared with, and its name.
    pub price: Option<(&'a str, f64)>,
    /// What lies in every range, from low to high.
    pub overlap: Option<(f64, f64)>,
    /// How values are written.
    pub format: Format,
}

impl FootballFieldChart<'_> {
    /// Draws a floating bar for each method.
    #[must_use]
    pub fn draw(&self) -> Picture {
        let mut canvas = Canvas::default();
        let names = self.rows.iter().map(|row| width(&row.name, 12.0));
        let left = names.fold(80.0, f64::max).min(240.0) + 20.0;
        let price = self.price.filter(|(_, price)| price.is_finite());
        let values = self.rows.iter().flat_map(|row| [row.low, row.mid, row.high]);
        let range = Range::over(values.chain(price.map(|(_, price)| price)));
        let ends = self.rows.iter().flat_map(|row| [row.low, row.high]);
        let labels = ends.map(|value| width(&self.format.show(value), 11.0)).fold(0.0, f64::max) + 12.0;
        let labels = labels.min((RIGHT - left) * 0.3);
        let axis = Axis::new(range, left + labels, RIGHT - labels);
        let bottom = TOP + self.rows.len() as f64 * ROW;
        let overlap = self.overlap.filter(|(low, high)| low.is_finite() && high.is_finite() && low <= high);
        if let Some((low, high)) = overlap {
            let (from, to) = (axis.at(low), axis.at(high));
            let title = format!("in every range: {}", self.span(low, high));
            canvas.titled_rect("band", from, TOP, (to - from).max(1.0), bottom - TOP, &title);
        }
        for (index, row) in self.rows.iter().enumerate() {
            let y = TOP + index as f64 * ROW;
            canvas.line("grid", 0.0, y, RIGHT, y);
            canvas.text("", Anchor::Start, 0.0, y + ROW / 2.0 + 4.0, &fitted(&row.name, 12.0, left - 14.0));
            self.bar(&mut canvas, row, &axis, y + (ROW - BAR) / 2.0, left);
        }
        // The price crosses the bars, and the labels lie over both.
        if let Some((name, price)) = price {
            let x = axis.at(price);
            canvas.line("reference dash", x, TOP - 8.0, x, bottom);
            let label = format!("{name} {}", self.format.show(price));
            let label = fitted(&label, 12.0, RIGHT - left);
            let half = width(&label, 12.0) / 2.0;
            let centre = x.min(RIGHT - half).max(left + half);
            canvas.text("mark strong", Anchor::Middle, centre, TOP - 14.0, &label);
        }
        for (index, row) in self.rows.iter().enumerate() {
            self.labels(&mut canvas, row, &axis, TOP + index as f64 * ROW + (ROW - BAR) / 2.0, left);
        }
        canvas.line("rule", left, bottom, RIGHT, bottom);
        draw_ticks(&mut canvas, &axis, range, &self.format, bottom, RIGHT - left - 2.0 * labels);
        self.legend(&mut canvas, overlap, bottom + 31.0);
        Picture::new(self.title, self.description(), self.table(), canvas, bottom + 46.0)
    }

    fn bar(&self, canvas: &mut Canvas, row: &FootballRow, axis: &Axis, y: f64, left: f64) {
        if !row.is_defined() {
            let room = width(UNDEFINED, 10.0) + 12.0;
            canvas.hatch(left, y, room, BAR);
            canvas.text("tiny over", Anchor::Middle, left + room / 2.0, y + 12.5, UNDEFINED);
            return;
        }
        let (from, to) = (axis.at(row.low), axis.at(row.high));
        let title = format!("{}: {}, mid {}", row.name, self.span(row.low, row.high), self.format.show(row.mid));
        // A range without length is still to be seen.
        let length = if (to - from).abs() < 2.0 { 2.0 } else { to - from };
        canvas.titled_rect("soft", from, y, length, BAR, &title);
    }

    fn labels(&self, canvas: &mut Canvas, row: &FootballRow, axis: &Axis, y: f64, left: f64) {
        if !row.is_defined() {
            return;
        }
        let (from, mid, to) = (axis.at(row.low), axis.at(row.mid), axis.at(row.high));
        canvas.line("base bold", mid, y - 3.0, mid, y + BAR + 3.0);
        // A mid outside the range keeps clear of the labels as well.
        let (first, last) = (from.min(to).min(mid), from.max(to).max(mid));
        let (low, high) = if row.low <= row.high { (row.low, row.high) } else { (row.high, row.low) };
        let low = self.format.show(low);
        let high = self.format.show(high);
        canvas.text("small over", Anchor::End, first - 6.0, y + 13.0, &fitted(&low, 11.0, first - left));
        canvas.text("small over", Anchor::Start, last + 6.0, y + 13.0, &fitted(&high, 11.0, RIGHT - last - 4.0));
    }

    fn legend(&self, canvas: &mut Canvas, overlap: Option<(f64, f64)>, y: f64) {
        canvas.rect("soft", 0.0, y, 10.0, 10.0);
        canvas.text("small muted", Anchor::Start, 15.0, y + 9.0, "low to high");
        canvas.line("base bold", 90.0, y - 1.0, 90.0, y + 11.0);
        canvas.text("small muted", Anchor::Start, 97.0, y + 9.0, "mid");
        let mut x = 132.0;
        if let Some((low, high)) = overlap {
            canvas.rect("band", x, y, 10.0, 10.0);
            let text = format!("in every range: {}", self.span(low, high));
            let text = fitted(&text, 11.0, 260.0);
            canvas.text("small muted", Anchor::Start, x + 15.0, y + 9.0, &text);
            x += 15.0 + width(&text, 11.0) + 16.0;
        }
        canvas.text("small muted", Anchor::End, RIGHT, y + 9.0, &fitted(self.quantity, 11.0, RIGHT - x));
    }

    fn span(&self, low: f64, high: f64) -> String {
        format!("{} to {}", self.format.show(low), self.format.show(high))
    }

    fn description(&self) -> String {
        let mut text = format!("{} by {} methods.", self.quantity, self.rows.len());
        for row in self.rows {
            let span = self.span(row.low, row.high);
            let _ = write!(text, " {}: {span}, mid {}.", row.name, self.format.show(row.mid));
        }
        if let Some((name, price)) = self.price {
            let _ = write!(text, " {name}: {}.", self.format.show(price));
        }
        if let Some((low, high)) = self.overlap {
            let _ = write!(text, " In every range: {}.", self.span(low, high));
        }
        text
    }

    fn table(&self) -> Table {
        let mut table = Table::new("").headings(["Method", "Low", "Mid", "High"]);
        for row in self.rows {
            let [low, mid, high] = [row.low, row.mid, row.high].map(|value| self.format.show(value));
            table = table.row([row.name.clone(), low, mid, high]);
        }
        table
    }
}
