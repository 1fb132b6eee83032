//! An outcome over two inputs: values in cells, the base cell marked, undefined cells hatched.

use std::fmt::Write as _;

use super::axis::whole_above;
use super::format::{Format, UNDEFINED};
use super::palette::HEAT_STEPS;
use super::picture::{Anchor, Canvas, Picture, WIDTH};
use super::table::Table;
use super::text::{fitted, width};

const RIGHT: f64 = WIDTH - 1.0;
const TOP: f64 = 44.0;
const ROW: f64 = 34.0;

/// One of the two inputs of a heat map.
#[derive(Clone, Debug)]
pub struct HeatAxis<'a> {
    /// What it is called.
    pub label: &'a str,
    /// Its values.
    pub values: &'a [f64],
    /// How they are written.
    pub format: Format,
    /// Which of them is the base.
    pub base: Option<usize>,
}

/// A grid of outcomes.
#[derive(Clone, Debug)]
pub struct HeatMap<'a> {
    /// Title of the picture.
    pub title: &'a str,
    /// Input that changes from row to row.
    pub rows: HeatAxis<'a>,
    /// Input that changes from column to column.
    pub columns: HeatAxis<'a>,
    /// Outcomes row by row; none where the outcome is undefined. Missing cells count as undefined.
    pub cells: &'a [Option<f64>],
    /// What colours are measured from, with its name: cells above it are blue, below it red.
    pub pivot: (f64, &'a str),
    /// How outcomes are written.
    pub format: Format,
}

/// Half of the largest distance below and above the pivot; halves, so that no difference of two numbers overflows.
#[derive(Clone, Copy)]
struct Reach {
    below: f64,
    above: f64,
}

/// Where the cells lie.
struct Grid {
    left: f64,
    cell_width: f64,
}

impl Grid {
    fn x(&self, column: usize) -> f64 {
        self.left + column as f64 * self.cell_width
    }

    fn y(row: usize) -> f64 {
        TOP + row as f64 * ROW
    }
}

impl HeatMap<'_> {
    /// Draws the grid.
    #[must_use]
    pub fn draw(&self) -> Picture {
        let mut canvas = Canvas::default();
        let (rows, columns) = (self.rows.values.len(), self.columns.values.len());
        let labels = self.rows.values.iter().map(|&value| width(&self.rows.format.show(value), 12.0));
        let left = labels.fold(width(self.rows.label, 11.0), f64::max).clamp(40.0, 170.0) + 14.0;
        let grid = Grid { left, cell_width: (RIGHT - left) / columns.max(1) as f64 };
        self.axis_labels(&mut canvas, &grid);
        let reach = self.reach();
        let text_class = self.text_class(grid.cell_width - 6.0);
        for row in 0..rows {
            for column in 0..columns {
                match self.cell(row, column) {
                    Some(value) => self.value_cell(&mut canvas, &grid, (row, column), value, reach, text_class),
                    None => self.undefined_cell(&mut canvas, &grid, (row, column)),
                }
            }
        }
        if let Some((row, column)) = self.base_cell() {
            let (x, y) = (grid.x(column), Grid::y(row));
            canvas.rect("outline bold", x + 1.0, y + 1.0, grid.cell_width - 2.0, ROW - 2.0);
        }
        let bottom = Grid::y(rows);
        self.legend(&mut canvas, &grid, bottom);
        Picture::new(self.title, self.description(), self.table(), canvas, bottom + 40.0)
    }

    fn value_cell(
        &self,
        canvas: &mut Canvas,
        grid: &Grid,
        (row, column): (usize, usize),
        value: f64,
        reach: Reach,
        text_class: Option<&str>,
    ) {
        let (x, y) = (grid.x(column), Grid::y(row));
        let step = self.step(value, reach);
        let text = self.format.show(value);
        let title = format!("{}: {text}", self.place(row, column));
        canvas.titled_rect(&format!("heat-{step}"), x + 0.5, y + 0.5, grid.cell_width - 1.0, ROW - 1.0, &title);
        if let Some(class) = text_class {
            let weight = if self.base_cell() == Some((row, column)) { " strong" } else { "" };
            let class = format!("{class}on-heat-{step}{weight}");
            canvas.text(&class, Anchor::Middle, x + grid.cell_width / 2.0, y + ROW / 2.0 + 4.0, &text);
        }
    }

    fn undefined_cell(&self, canvas: &mut Canvas, grid: &Grid, (row, column): (usize, usize)) {
        let (x, y) = (grid.x(column), Grid::y(row));
        canvas.hatch(x + 0.5, y + 0.5, grid.cell_width - 1.0, ROW - 1.0);
        if width(UNDEFINED, 10.0) <= grid.cell_width - 6.0 {
            canvas.text("tiny over", Anchor::Middle, x + grid.cell_width / 2.0, y + ROW / 2.0 + 4.0, UNDEFINED);
        }
        let title = format!("{}: {UNDEFINED}", self.place(row, column));
        canvas.titled_rect("outline clear", x + 0.5, y + 0.5, grid.cell_width - 1.0, ROW - 1.0, &title);
    }

    fn cell(&self, row: usize, column: usize) -> Option<f64> {
        let index = row * self.columns.values.len() + column;
        self.cells.get(index).copied().flatten().filter(|value| value.is_finite())
    }

    /// Row and column of the base case, where it is in the grid.
    fn base_cell(&self) -> Option<(usize, usize)> {
        let inside = |axis: &HeatAxis<'_>| axis.base.filter(|&index| index < axis.values.len());
        inside(&self.rows).zip(inside(&self.columns))
    }

    fn place(&self, row: usize, column: usize) -> String {
        format!(
            "{} {}, {} {}",
            self.rows.label,
            self.rows.format.show(self.rows.values[row]),
            self.columns.label,
            self.columns.format.show(self.columns.values[column])
        )
    }

    /// How far the cells go to either side of the pivot.
    fn reach(&self) -> Reach {
        let distances = || self.cells.iter().flatten().map(|value| value / 2.0 - self.pivot.0 / 2.0);
        let furthest = |distances: &mut dyn Iterator<Item = f64>| {
            distances.filter(|distance| distance.is_finite()).fold(0.0, f64::max)
        };
        Reach { below: furthest(&mut distances().map(|distance| -distance)), above: furthest(&mut distances()) }
    }

    /// The colour of a value: the pivot has the middle one, the furthest value on either side the outermost.
    fn step(&self, value: f64, reach: Reach) -> usize {
        let middle = HEAT_STEPS / 2;
        let distance = value / 2.0 - self.pivot.0 / 2.0;
        let share = distance / if distance < 0.0 { reach.below } else { reach.above };
        if !share.is_finite() {
            return middle;
        }
        whole_above(((share.clamp(-1.0, 1.0) + 1.0) * middle as f64).round(), 8)
    }

    /// Class of the largest text at which every value fits its cell; none where none does.
    fn text_class(&self, room: f64) -> Option<&'static str> {
        let widest = |size: f64| {
            self.cells.iter().flatten().map(|&value| width(&self.format.show(value), size)).fold(0.0, f64::max)
        };
        let sizes = [(12.0, ""), (11.0, "small "), (10.0, "tiny ")];
        sizes.into_iter().find(|&(size, _)| widest(size) <= room).map(|(_, class)| class)
    }

    fn axis_labels(&self, canvas: &mut Canvas, grid: &Grid) {
        let room = RIGHT - grid.left;
        let label = fitted(self.columns.label, 11.0, room);
        canvas.text("small muted", Anchor::Middle, f64::midpoint(grid.left, RIGHT), 14.0, &label);
        let edge = grid.left - 12.0;
        canvas.text("small muted", Anchor::End, edge, TOP - 10.0, &fitted(self.rows.label, 11.0, grid.left));
        let weight = |base: bool| if base { "strong" } else { "" };
        let widest =
            self.columns.values.iter().map(|&value| width(&self.columns.format.show(value), 12.0)).fold(0.0, f64::max);
        let every = whole_above((widest + 6.0) / grid.cell_width, 1_000).max(1);
        for (column, &value) in self.columns.values.iter().enumerate().step_by(every) {
            let x = grid.x(column) + grid.cell_width / 2.0;
            let class = weight(self.columns.base == Some(column));
            canvas.text(class, Anchor::Middle, x, TOP - 10.0, &fitted(&self.columns.format.show(value), 12.0, room));
        }
        for (row, &value) in self.rows.values.iter().enumerate() {
            let text = self.rows.format.show(value);
            let y = Grid::y(row) + ROW / 2.0 + 4.0;
            canvas.text(weight(self.rows.base == Some(row)), Anchor::End, edge, y, &fitted(&text, 12.0, edge));
        }
    }

    fn legend(&self, canvas: &mut Canvas, grid: &Grid, bottom: f64) {
        let defined = || self.cells.iter().flatten().copied().filter(|value| value.is_finite());
        let baseline = bottom + 23.0;
        let mut x = grid.left;
        if defined().next().is_some() {
            // The ends of the colours are the furthest cells, or the pivot where no cell lies on that side.
            let low = fitted(&self.format.show(defined().fold(self.pivot.0, f64::min)), 11.0, 120.0).into_owned();
            let high = fitted(&self.format.show(defined().fold(self.pivot.0, f64::max)), 11.0, 120.0).into_owned();
            let block = 16.0;
            canvas.text("small muted", Anchor::Start, x, baseline, &low);
            x += width(&low, 11.0) + 4.0;
            for step in 0..HEAT_STEPS {
                canvas.rect(&format!("heat-{step}"), x + step as f64 * block, bottom + 14.0, block, 10.0);
            }
            x += HEAT_STEPS as f64 * block + 6.0;
            canvas.text("small muted", Anchor::Start, x, baseline, &high);
            x += width(&high, 11.0) + 16.0;
        }
        let mut text = format!("middle: {} {}", self.pivot.1, self.format.show(self.pivot.0));
        if self.base_cell().is_some() {
            text += " · outlined: base case";
        }
        if self.cells.iter().any(Option::is_none) {
            text += " · hatched: undefined";
        }
        canvas.text("small muted", Anchor::Start, x, baseline, &fitted(&text, 11.0, RIGHT - x));
    }

    fn description(&self) -> String {
        let mut text = format!("{} over {} and {}.", self.title, self.rows.label, self.columns.label);
        if let Some((row, column)) = self.base_cell() {
            let value = self.cell(row, column).map_or(UNDEFINED.to_owned(), |value| self.format.show(value));
            let _ = write!(text, " Base case {}: {value}.", self.place(row, column));
        }
        let cells = self.rows.values.len() * self.columns.values.len();
        let undefined = (0..cells).filter(|&i| self.cells.get(i).copied().flatten().is_none()).count();
        if undefined > 0 {
            let _ = write!(text, " {undefined} of {cells} cells are undefined.");
        }
        text
    }

    fn table(&self) -> Table {
        let corner = format!("{} / {}", self.rows.label, self.columns.label);
        let columns = self.columns.values.iter().map(|&value| self.columns.format.show(value));
        let mut table = Table::new("").headings([corner].into_iter().chain(columns));
        for (row, &value) in self.rows.values.iter().enumerate() {
            let cells = (0..self.columns.values.len())
                .map(|column| self.cell(row, column).map_or(UNDEFINED.to_owned(), |value| self.format.show(value)));
            table = table.row([self.rows.format.show(value)].into_iter().chain(cells));
        }
        table
    }
}
