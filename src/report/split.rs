//! Whether what was counted divides as it should: a bar for each part, a mark for its due.

use std::fmt::Write as _;

use super::axis::{Axis, Range};
use super::distribution::draw_ticks;
use super::format::{Format, show_count};
use super::picture::{Anchor, Canvas, Picture, WIDTH};
use super::table::Table;
use super::text::{fitted, width};

const TOP: f64 = 12.0;
const ROW: f64 = 34.0;
const BAR: f64 = 16.0;
const RIGHT: f64 = WIDTH - 1.0;

/// One part.
#[derive(Clone, Debug, PartialEq)]
pub struct SplitPart {
    /// Its name.
    pub name: String,
    /// What was counted.
    pub count: u64,
    /// The share it should have.
    pub due: f64,
}

/// Counts beside the shares they should have.
#[derive(Clone, Debug)]
pub struct SplitChart<'a> {
    /// Title of the picture.
    pub title: &'a str,
    /// What is counted.
    pub counted: &'a str,
    /// The parts in order.
    pub parts: &'a [SplitPart],
}

impl SplitChart<'_> {
    /// Draws a bar of each part's share and a mark where it should end.
    #[must_use]
    pub fn draw(&self) -> Picture {
        let mut canvas = Canvas::default();
        let format = Format::percent(1);
        let names = self.parts.iter().map(|part| width(&part.name, 12.0));
        let left = names.fold(80.0, f64::max).min(240.0) + 20.0;
        let all = self.parts.iter().fold(0_u64, |sum, part| sum.saturating_add(part.count));
        let share = |part: &SplitPart| if all > 0 { part.count as f64 / all as f64 } else { 0.0 };
        let range = Range::over(self.parts.iter().flat_map(|part| [share(part), part.due]).chain([0.0]));
        let axis = Axis::new(range, left, RIGHT - 130.0);
        let bottom = TOP + self.parts.len() as f64 * ROW;
        for (index, part) in self.parts.iter().enumerate() {
            let y = TOP + index as f64 * ROW;
            canvas.line("grid", 0.0, y, RIGHT, y);
            canvas.text("", Anchor::Start, 0.0, y + ROW / 2.0 + 4.0, &fitted(&part.name, 12.0, left - 14.0));
            let title =
                format!("{}: {} {}, {}", part.name, show_count(part.count), self.counted, format.show(share(part)));
            let (top, to, due) = (y + (ROW - BAR) / 2.0, axis.at(share(part)), axis.at(part.due));
            canvas.titled_rect("soft", left, top, to - left, BAR, &title);
            canvas.line("reference", due, top - 4.0, due, top + BAR + 4.0);
            let label = format!("{} · {}", show_count(part.count), format.show(share(part)));
            canvas.text("small over", Anchor::Start, to.max(due) + 8.0, top + 12.0, &label);
        }
        canvas.line("rule", left, bottom, RIGHT, bottom);
        draw_ticks(&mut canvas, &axis, range, &Format::percent(0), bottom, RIGHT - 130.0 - left);
        let y = bottom + 31.0;
        canvas.rect("soft", 0.0, y, 10.0, 10.0);
        canvas.text("small muted", Anchor::Start, 15.0, y + 9.0, &fitted(self.counted, 11.0, 200.0));
        canvas.line("reference", 230.0, y - 1.0, 230.0, y + 11.0);
        canvas.text("small muted", Anchor::Start, 238.0, y + 9.0, "due by the weights");
        let mut text = format!("Shares of {} {}.", show_count(all), self.counted);
        let mut table = Table::new("").headings(["", self.counted, "Share", "Due"]);
        for part in self.parts {
            let (shown, due) = (format.show(share(part)), format.show(part.due));
            let _ = write!(text, " {}: {shown}, due {due}.", part.name);
            table = table.row([part.name.clone(), show_count(part.count), shown, due]);
        }
        Picture::new(self.title, text, table, canvas, bottom + 46.0)
    }
}
