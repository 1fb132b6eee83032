//! The distribution of an outcome: a histogram with its percentiles, and a price to hold against it.

use std::fmt::Write as _;

use super::axis::{Axis, Range, ticks};
use super::format::{Format, show_count};
use super::picture::{Anchor, Canvas, Picture, WIDTH};
use super::table::Table;
use super::text::{Wish, fitted, stagger, width};

const LEFT: f64 = 52.0;
const RIGHT: f64 = WIDTH - 12.0;
const PLOT_HEIGHT: f64 = 250.0;
const LABEL_ROW: f64 = 19.0;
const LABEL_SIZE: f64 = 12.0;

/// A value to be marked, such as a percentile.
#[derive(Clone, Debug, PartialEq)]
pub struct Marker {
    /// What it is called, such as p5.
    pub label: String,
    /// Where it lies.
    pub value: f64,
}

/// A price, or another value, that outcomes are compared with.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// What it is called, such as "Price".
    pub label: String,
    /// Where it lies.
    pub value: f64,
    /// Probability of an outcome above it, as a fraction.
    pub probability_above: f64,
}

/// A histogram of simulated outcomes.
#[derive(Clone, Debug)]
pub struct Distribution<'a> {
    /// Title of the picture.
    pub title: &'a str,
    /// What is counted, the label of the axis.
    pub quantity: &'a str,
    /// Ends of the bins, one more than there are counts, rising.
    pub edges: &'a [f64],
    /// Outcomes in each bin.
    pub counts: &'a [u64],
    /// Outcomes below the first edge.
    pub below: u64,
    /// Outcomes above the last edge.
    pub above: u64,
    /// Percentiles to mark.
    pub markers: &'a [Marker],
    /// A value to hold against the distribution.
    pub reference: Option<Reference>,
    /// How outcomes are written.
    pub format: Format,
}

struct Bin {
    low: f64,
    high: f64,
    count: u64,
}

impl Distribution<'_> {
    /// Draws the histogram; bins whose edges do not exist or do not rise are left out.
    #[must_use]
    pub fn draw(&self) -> Picture {
        let bins: Vec<_> = self
            .edges
            .windows(2)
            .zip(self.counts)
            .filter(|(edges, _)| edges[0].is_finite() && edges[1].is_finite() && edges[0] <= edges[1])
            .map(|(edges, &count)| Bin { low: edges[0], high: edges[1], count })
            .collect();
        let marked: Vec<_> = self.markers.iter().filter(|marker| marker.value.is_finite()).collect();
        let reference = self.reference.as_ref().filter(|reference| reference.value.is_finite());
        let range = Range::over(
            bins.iter()
                .flat_map(|bin| [bin.low, bin.high])
                .chain(marked.iter().map(|marker| marker.value))
                .chain(reference.map(|reference| reference.value)),
        )
        .padded(0.01, 0.01);
        let axis = Axis::new(range, LEFT, RIGHT);

        let labels = self.labels(&marked, reference);
        let wishes: Vec<_> = labels
            .iter()
            .map(|label| Wish { centre: axis.at(label.value), width: width(&label.text, LABEL_SIZE) })
            .collect();
        let places = stagger(&wishes, LEFT, RIGHT, 10.0);
        let rows = places.iter().map(|place| place.row + 1).max().unwrap_or(0);
        let top = 8.0 + rows as f64 * LABEL_ROW;
        let base = top + PLOT_HEIGHT;

        let mut canvas = Canvas::default();
        self.bars(&mut canvas, &bins, &axis, top, base, reference);
        self.value_axis(&mut canvas, &axis, range, base);
        // Lines first, so that the halo of a label interrupts those that pass it.
        let baseline_of = |row: usize| top - 7.0 - row as f64 * LABEL_ROW;
        for (label, place) in labels.iter().zip(&places) {
            let x = axis.at(label.value);
            canvas.line(label.line, x, baseline_of(place.row) + 3.0, x, base);
        }
        for (label, place) in labels.iter().zip(&places) {
            let shown = fitted(&label.text, LABEL_SIZE, RIGHT - LEFT);
            canvas.text(label.class, Anchor::Middle, place.centre, baseline_of(place.row), &shown);
        }
        Picture::new(self.title, self.description(reference), self.table(), canvas, base + 46.0)
    }

    fn total(&self) -> f64 {
        self.counts.iter().chain([&self.below, &self.above]).map(|&count| count as f64).sum()
    }

    fn bars(&self, canvas: &mut Canvas, bins: &[Bin], axis: &Axis, top: f64, base: f64, reference: Option<&Reference>) {
        let total = self.total().max(1.0);
        let tallest = bins.iter().map(|bin| bin.count as f64 / total).fold(0.0, f64::max);
        let shares = Range { low: 0.0, high: if tallest > 0.0 { tallest } else { 1.0 } };
        let heights = Axis::new(shares.padded(0.0, 0.04), base, top);
        let marks = ticks(shares, 4);
        for &share in marks.values.iter().filter(|&&share| share > 0.0) {
            let y = heights.at(share);
            canvas.line("grid", LEFT, y, RIGHT, y);
            let text = Format::percent(0).show_tick(share, marks.step);
            canvas.text("tiny muted", Anchor::End, LEFT - 8.0, y + 3.5, &text);
        }
        canvas.text("tiny muted", Anchor::End, LEFT - 8.0, base + 3.5, "0%");
        for bin in bins {
            let (from, to) = (axis.at(bin.low), axis.at(bin.high));
            let y = heights.at(bin.count as f64 / total);
            // A hairline between bars where they are wide enough, and always something to see.
            let gap = if to - from > 4.0 { 1.0 } else { 0.0 };
            let (from, to) = if to - from < 1.0 { (from - 0.5, from + 0.5) } else { (from, to - gap) };
            let title = format!(
                "{} to {}: {} of trials",
                self.format.show(bin.low),
                self.format.show(bin.high),
                Format::percent(2).show(bin.count as f64 / total)
            );
            let split = reference.map_or(from, |reference| axis.at(reference.value).clamp(from, to));
            if split > from {
                canvas.titled_rect("soft", from, y, split - from, base - y, &title);
            }
            if split < to {
                canvas.titled_rect("accent", split, y, to - split, base - y, &title);
            }
        }
        if bins.is_empty() {
            let middle = f64::midpoint(LEFT, RIGHT);
            canvas.text("muted", Anchor::Middle, middle, f64::midpoint(top, base), "no outcome is defined");
        }
        let note = |count: u64| format!("{} of trials", Format::percent(2).show(count as f64 / total));
        if self.below > 0 {
            canvas.text("tiny muted", Anchor::Start, LEFT, base + 38.0, &format!("‹ {} below", note(self.below)));
        }
        if self.above > 0 {
            canvas.text("tiny muted", Anchor::End, RIGHT, base + 38.0, &format!("{} above ›", note(self.above)));
        }
    }

    fn value_axis(&self, canvas: &mut Canvas, axis: &Axis, range: Range, base: f64) {
        canvas.line("base", LEFT, base, RIGHT, base);
        draw_ticks(canvas, axis, range, &self.format, base, RIGHT - LEFT);
        let quantity = fitted(self.quantity, 11.0, (RIGHT - LEFT) * 0.55);
        canvas.text("small muted", Anchor::Middle, f64::midpoint(LEFT, RIGHT), base + 38.0, &quantity);
    }

    fn labels(&self, marked: &[&Marker], reference: Option<&Reference>) -> Vec<Label> {
        let markers = marked.iter().map(|marker| Label {
            value: marker.value,
            text: format!("{} {}", marker.label, self.format.show(marker.value)),
            class: "over",
            line: "fine dash",
        });
        let reference = reference.map(|reference| Label {
            value: reference.value,
            text: format!(
                "{} {} · {} of trials above",
                reference.label,
                self.format.show(reference.value),
                probability(reference.probability_above)
            ),
            class: "mark strong over",
            line: "reference",
        });
        reference.into_iter().chain(markers).collect()
    }

    fn description(&self, reference: Option<&Reference>) -> String {
        let trials =
            self.counts.iter().chain([&self.below, &self.above]).fold(0_u64, |sum, &count| sum.saturating_add(count));
        let mut text = format!("Histogram of {} over {} trials.", self.quantity, show_count(trials));
        for marker in self.markers {
            let _ = write!(text, " {} is {}.", marker.label, self.format.show(marker.value));
        }
        if let Some(reference) = reference {
            let _ = write!(
                text,
                " {} is {}; {} of trials lie above it.",
                reference.label,
                self.format.show(reference.value),
                probability(reference.probability_above)
            );
        }
        text
    }

    fn table(&self) -> Table {
        let mut table = Table::new("").headings(["Outcome", "Trials"]);
        if self.below > 0 {
            table = table.row(["below the first bin".to_owned(), show_count(self.below)]);
        }
        for (edges, &count) in self.edges.windows(2).zip(self.counts) {
            let bin = format!("{} to {}", self.format.show(edges[0]), self.format.show(edges[1]));
            table = table.row([bin, show_count(count)]);
        }
        if self.above > 0 {
            table = table.row(["above the last bin".to_owned(), show_count(self.above)]);
        }
        table
    }
}

struct Label {
    value: f64,
    text: String,
    class: &'static str,
    line: &'static str,
}

/// A probability that never reads 0% or 100% unless it is.
pub(crate) fn probability(value: f64) -> String {
    match value {
        p if !p.is_finite() => Format::percent(1).show(p),
        p if p > 0.0 && p < 0.0005 => "less than 0.1%".into(),
        p if p < 1.0 && p > 0.9995 => "more than 99.9%".into(),
        p => Format::percent(1).show(p),
    }
}

/// Tick marks and labels under a horizontal axis, as many as have room side by side.
pub(crate) fn draw_ticks(canvas: &mut Canvas, axis: &Axis, range: Range, format: &Format, y: f64, room: f64) {
    let fit = (2..=9).rev().map(|most| ticks(range, most)).find(|ticks| {
        let widest = ticks.values.iter().map(|&value| width(&format.show_tick(value, ticks.step), 11.0));
        let labels = ticks.values.len() as f64;
        labels > 0.0 && widest.fold(0.0, f64::max) + 14.0 <= room / labels
    });
    let Some(fit) = fit else { return };
    for &value in &fit.values {
        let x = axis.at(value);
        canvas.line("base", x, y, x, y + 4.0);
        canvas.text("small", Anchor::Middle, x, y + 17.0, &format.show_tick(value, fit.step));
    }
}
