//! Free cash flow year by year, and how much of the firm's value lies beyond the forecast.

use super::axis::{Axis, Range, ticks, whole_above};
use super::format::Format;
use super::picture::{Anchor, Canvas, Picture, WIDTH};
use super::table::{Emphasis, Table};
use super::text::{fitted, width};

const TOP: f64 = 34.0;
const PLOT_HEIGHT: f64 = 230.0;
const LEFT: f64 = 58.0;
const SPLIT: f64 = 498.0;
const RIGHT_FROM: f64 = 566.0;
const RIGHT_TO: f64 = WIDTH - 1.0;

/// One year of the forecast.
#[derive(Clone, Debug, PartialEq)]
pub struct ForecastYear {
    /// What it is called, such as 2025.
    pub label: String,
    /// Free cash flow to the firm.
    pub flow: f64,
    /// Its present value.
    pub present_value: f64,
}

/// The flows of a forecast and the value of what follows.
#[derive(Clone, Debug)]
pub struct CashFlow<'a> {
    /// Title of the picture.
    pub title: &'a str,
    /// The years in order.
    pub years: &'a [ForecastYear],
    /// Present value of the terminal value.
    pub terminal_present_value: f64,
    /// How amounts are written.
    pub format: Format,
}

impl CashFlow<'_> {
    /// Draws the years on the left and the make-up of enterprise value on the right, each on its own scale.
    #[must_use]
    pub fn draw(&self) -> Picture {
        let mut canvas = Canvas::default();
        let base = TOP + PLOT_HEIGHT;
        self.years_panel(&mut canvas, base);
        self.value_panel(&mut canvas, base);
        Picture::new(self.title, self.description(), self.table(), canvas, base + 50.0)
    }

    fn explicit_present_value(&self) -> f64 {
        self.years.iter().map(|year| year.present_value).sum()
    }

    fn years_panel(&self, canvas: &mut Canvas, base: f64) {
        let range = Range::over(self.years.iter().flat_map(|year| [year.flow, year.present_value]).chain([0.0]))
            .padded_to_zero();
        let heights = Axis::new(range, base, TOP + 14.0);
        heading(canvas, LEFT, SPLIT, "Free cash flow to the firm, and its present value");
        gridlines(canvas, &heights, range, &self.format, LEFT, SPLIT);
        let zero = heights.at(0.0);
        let slot = (SPLIT - LEFT) / self.years.len().max(1) as f64;
        let bar = (slot * 0.68).min(46.0);
        let widest =
            |size: f64| self.years.iter().map(|year| width(&self.format.show(year.flow), size)).fold(0.0, f64::max);
        let values_fit = widest(10.0) <= slot - 2.0;
        let label_width = self.years.iter().map(|year| width(&year.label, 11.0)).fold(0.0, f64::max) + 6.0;
        let every = whole_above(label_width / slot, 1_000).max(1);
        for (index, year) in self.years.iter().enumerate() {
            let middle = LEFT + slot * (index as f64 + 0.5);
            let title = format!(
                "{}: {}, present value {}",
                year.label,
                self.format.show(year.flow),
                self.format.show(year.present_value)
            );
            if year.flow.is_finite() {
                let top = heights.at(year.flow);
                canvas.titled_rect(
                    if year.flow < 0.0 { "loss" } else { "soft" },
                    middle - bar / 2.0,
                    top,
                    bar,
                    zero - top,
                    &title,
                );
                if values_fit {
                    let y = if year.flow < 0.0 { top + 12.0 } else { top - 5.0 };
                    canvas.text("tiny over", Anchor::Middle, middle, y, &self.format.show(year.flow));
                }
            } else {
                canvas.hatch(middle - bar / 2.0, TOP + 14.0, bar, base - TOP - 14.0);
            }
            if year.present_value.is_finite() && year.present_value >= 0.0 {
                let top = heights.at(year.present_value);
                let inner = bar * 0.56;
                canvas.titled_rect("accent", middle - inner / 2.0, top, inner, zero - top, &title);
            }
            if index % every == 0 {
                let label = fitted(&year.label, 11.0, (slot * every as f64).max(24.0));
                canvas.text("small", Anchor::Middle, middle, base + 17.0, &label);
            }
        }
        canvas.line("base", LEFT, zero, SPLIT, zero);
        canvas.rect("soft", LEFT, base + 32.0, 10.0, 10.0);
        canvas.text("small muted", Anchor::Start, LEFT + 15.0, base + 41.0, "flow of the year");
        canvas.rect("accent", LEFT + 120.0, base + 32.0, 10.0, 10.0);
        canvas.text("small muted", Anchor::Start, LEFT + 135.0, base + 41.0, "present value");
    }

    fn value_panel(&self, canvas: &mut Canvas, base: f64) {
        let explicit = self.explicit_present_value();
        let total = explicit + self.terminal_present_value;
        let steps = [
            ("Forecast", "soft", 0.0, explicit),
            ("Terminal", "accent", explicit, total),
            ("Firm", "pale", 0.0, total),
        ];
        let range = Range::over([0.0, explicit, total]).padded_to_zero();
        let heights = Axis::new(range, base, TOP + 14.0);
        heading(canvas, RIGHT_FROM, RIGHT_TO, "Enterprise value");
        gridlines(canvas, &heights, range, &self.format, RIGHT_FROM, RIGHT_TO);
        let slot = (RIGHT_TO - RIGHT_FROM) / steps.len() as f64;
        let bar = slot * 0.7;
        for (index, (label, class, from, to)) in steps.into_iter().enumerate() {
            let middle = RIGHT_FROM + slot * (index as f64 + 0.5);
            canvas.text("small", Anchor::Middle, middle, base + 17.0, label);
            if !from.is_finite() || !to.is_finite() {
                canvas.hatch(middle - bar / 2.0, TOP + 14.0, bar, base - TOP - 14.0);
                continue;
            }
            let (start, end) = (heights.at(from), heights.at(to));
            let amount = self.format.show(to - from);
            let title = format!("{label}: {amount}");
            canvas.titled_rect(
                if to < from { "loss" } else { class },
                middle - bar / 2.0,
                end,
                bar,
                start - end,
                &title,
            );
            let y = if to < from { end.max(start) + 12.0 } else { end.min(start) - 5.0 };
            canvas.text("tiny over", Anchor::Middle, middle, y, &fitted(&amount, 10.0, slot - 2.0));
            if index < 2 && total > 0.0 && explicit >= 0.0 && self.terminal_present_value >= 0.0 {
                let share = Format::percent(0).show((to - from) / total);
                canvas.text("small muted", Anchor::Middle, middle, base + 33.0, &share);
            }
        }
        let zero = heights.at(0.0);
        canvas.line("base", RIGHT_FROM, zero, RIGHT_TO, zero);
    }

    fn description(&self) -> String {
        let flow = |year: Option<&ForecastYear>| year.map(|year| (year.label.clone(), self.format.show(year.flow)));
        let span = match (flow(self.years.first()), flow(self.years.last())) {
            (Some((first, from)), Some((last, to))) => {
                format!("Free cash flow from {from} in {first} to {to} in {last}. ")
            }
            _ => String::new(),
        };
        format!(
            "{span}Present value of the forecast {}, of the terminal value {}.",
            self.format.show(self.explicit_present_value()),
            self.format.show(self.terminal_present_value)
        )
    }

    fn table(&self) -> Table {
        let mut table = Table::new("").headings(["Year", "Free cash flow", "Present value"]);
        for year in self.years {
            let cells = [year.label.clone(), self.format.show(year.flow), self.format.show(year.present_value)];
            table = table.row(cells);
        }
        let terminal = ["Terminal value".to_owned(), String::new(), self.format.show(self.terminal_present_value)];
        let total = self.explicit_present_value() + self.terminal_present_value;
        table
            .row(terminal)
            .row_as(Emphasis::Total, ["Enterprise value".to_owned(), String::new(), self.format.show(total)])
    }
}

impl Range {
    /// Room for labels beyond the bars, but none beyond zero.
    fn padded_to_zero(self) -> Self {
        let below = if self.low < 0.0 { 0.1 } else { 0.0 };
        let above = if self.high > 0.0 { 0.08 } else { 0.0 };
        self.padded(below, above)
    }
}

fn heading(canvas: &mut Canvas, from: f64, to: f64, text: &str) {
    canvas.text("small strong", Anchor::Start, from, 14.0, &fitted(text, 11.5, to - from + 20.0));
    canvas.line("rule", from, 21.0, to, 21.0);
}

/// Round values of an upright axis, each with its line but for 0, which has its own.
pub(super) fn gridlines(canvas: &mut Canvas, heights: &Axis, range: Range, format: &Format, from: f64, to: f64) {
    let marks = ticks(range, 5);
    for &value in &marks.values {
        let y = heights.at(value);
        if value != 0.0 {
            canvas.line("grid", from, y, to, y);
        }
        let label = format.show_tick(value, marks.step);
        canvas.text("tiny muted", Anchor::End, from - 6.0, y + 3.5, &fitted(&label, 10.0, 60.0));
    }
}
