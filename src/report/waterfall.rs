//! A result as a sum: each step from where the last one ended, and what they come to.

use std::fmt::Write as _;

use super::axis::{Axis, Range};
use super::distribution::draw_ticks;
use super::format::{Format, UNDEFINED};
use super::picture::{Anchor, Canvas, Picture, WIDTH};
use super::table::{Emphasis, Table};
use super::text::{fitted, width};
use crate::model::ExplanationLine;

const TOP: f64 = 4.0;
const ROW: f64 = 32.0;
const BAR: f64 = 18.0;
const RIGHT: f64 = WIDTH - 1.0;

/// One of the amounts that lead to the result.
#[derive(Clone, Debug, PartialEq)]
pub struct WaterfallStep {
    /// A name people read.
    pub label: String,
    /// How it comes about, told to a pointer and in the table.
    pub remark: String,
    /// What it adds; negative when it takes away.
    pub amount: f64,
}

impl From<&ExplanationLine> for WaterfallStep {
    fn from(line: &ExplanationLine) -> Self {
        Self { label: line.label.clone(), remark: line.formula.clone(), amount: line.amount }
    }
}

/// Amounts that lead to a result, drawn one under the other.
///
/// ```
/// use serde_json::json;
/// use valor_ivx::report::{Format, Waterfall, WaterfallStep};
/// let explanation = valor_ivx::explain("capm", json!({"risk_free": 0.03, "beta": 1.2, "equity_risk_premium": 0.05}))?;
/// let steps: Vec<_> = explanation.lines.iter().map(WaterfallStep::from).collect();
/// let picture = Waterfall {
///     title: "What owners ask for",
///     steps: &steps,
///     result: "Cost of equity",
///     format: Format::percent(1),
/// }
/// .draw();
/// assert!(picture.description().ends_with("Cost of equity: 9.0%."));
/// # Ok::<(), valor_ivx::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Waterfall<'a> {
    /// Title of the picture.
    pub title: &'a str,
    /// The amounts in order; the first starts at zero.
    pub steps: &'a [WaterfallStep],
    /// What they come to, in words.
    pub result: &'a str,
    /// How amounts are written.
    pub format: Format,
}

/// A bar between two running totals.
struct Bar<'a> {
    label: &'a str,
    remark: &'a str,
    amount: f64,
    from: f64,
    to: f64,
    class: &'static str,
}

impl Waterfall<'_> {
    /// Draws a bar for each step and one for the result.
    #[must_use]
    pub fn draw(&self) -> Picture {
        let mut canvas = Canvas::default();
        let bars = self.bars();
        let names = bars.iter().map(|bar| width(bar.label, 12.0));
        let left = names.fold(80.0, f64::max).min(260.0) + 20.0;
        let range = Range::over(bars.iter().flat_map(|bar| [bar.from, bar.to]).chain([0.0]));
        let beside = |bars: &mut dyn Iterator<Item = &Bar<'_>>| {
            let labels = bars.map(|bar| width(&self.format.show(bar.amount), 11.0) + 10.0);
            labels.fold(0.0, f64::max).min((RIGHT - left) * 0.3)
        };
        let room_left = beside(&mut bars.iter().filter(|bar| bar.amount < 0.0)).max(8.0);
        let room_right = beside(&mut bars.iter());
        let axis = Axis::new(range, left + room_left, RIGHT - room_right);
        let bottom = TOP + bars.len() as f64 * ROW;
        for (row, bar) in bars.iter().enumerate() {
            let y = TOP + row as f64 * ROW;
            let is_result = row + 1 == bars.len();
            canvas.line(if is_result { "rule" } else { "grid" }, 0.0, y, RIGHT, y);
            let weight = if is_result { "strong" } else { "" };
            let baseline = y + ROW / 2.0 + 4.0;
            canvas.text(weight, Anchor::Start, 0.0, baseline, &fitted(bar.label, 12.0, left - 14.0));
            self.bar(&mut canvas, bar, &axis, y + (ROW - BAR) / 2.0, weight);
            if !is_result && bar.to.is_finite() {
                let x = axis.at(bar.to);
                canvas.line("fine dash", x, y + f64::midpoint(ROW, BAR), x, y + ROW + (ROW - BAR) / 2.0);
            }
        }
        canvas.line("base", axis.at(0.0), TOP, axis.at(0.0), bottom);
        canvas.line("rule", left, bottom, RIGHT, bottom);
        draw_ticks(&mut canvas, &axis, range, &self.format, bottom, RIGHT - left - room_left - room_right);
        Picture::new(self.title, self.description(), self.table(), canvas, bottom + 26.0)
    }

    fn bars(&self) -> Vec<Bar<'_>> {
        let mut from = 0.0;
        let mut bars = Vec::with_capacity(self.steps.len() + 1);
        for WaterfallStep { label, remark, amount } in self.steps {
            let to = from + amount;
            let class = if *amount < 0.0 { "loss" } else { "accent" };
            bars.push(Bar { label, remark, amount: *amount, from, to, class });
            from = to;
        }
        bars.push(Bar { label: self.result, remark: "", amount: from, from: 0.0, to: from, class: "soft" });
        bars
    }

    fn bar(&self, canvas: &mut Canvas, bar: &Bar<'_>, axis: &Axis, y: f64, weight: &str) {
        let class = format!("small over {weight}");
        if !bar.from.is_finite() || !bar.to.is_finite() {
            let room = width(UNDEFINED, 10.0) + 12.0;
            canvas.hatch(axis.at(0.0), y, room, BAR);
            canvas.text("tiny over", Anchor::Middle, axis.at(0.0) + room / 2.0, y + 12.5, UNDEFINED);
            return;
        }
        let (start, end) = (axis.at(bar.from), axis.at(bar.to));
        let amount = self.format.show(bar.amount);
        let separator = if bar.remark.is_empty() { "" } else { ": " };
        let title = format!("{}: {amount}{separator}{}", bar.label, bar.remark);
        canvas.titled_rect(bar.class, start, y, end - start, BAR, &title);
        if bar.amount < 0.0 {
            canvas.text(&class, Anchor::End, start.min(end) - 6.0, y + 13.0, &amount);
        } else {
            let x = start.max(end) + 6.0;
            canvas.text(&class, Anchor::Start, x, y + 13.0, &fitted(&amount, 11.0, RIGHT - x + 2.0));
        }
    }

    fn description(&self) -> String {
        let mut text = String::new();
        for step in self.steps {
            let _ = write!(text, "{}: {}. ", step.label, self.format.show(step.amount));
        }
        let total: f64 = self.steps.iter().map(|step| step.amount).sum();
        let _ = write!(text, "{}: {}.", self.result, self.format.show(total + 0.0));
        text
    }

    fn table(&self) -> Table {
        let mut table = Table::new("").headings(["Step", "Amount", "From"]);
        for bar in self.bars() {
            let emphasis = if bar.class == "soft" { Emphasis::Total } else { Emphasis::Plain };
            table.push(emphasis, [bar.label, &self.format.show(bar.amount), bar.remark]);
        }
        table
    }
}
