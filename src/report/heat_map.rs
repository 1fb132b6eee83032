//! An outcome over two inputs: values in cells, the base cell marked, undefined cells hatched.

use super::format::{Format, UNDEFINED};
use super::palette::HEAT_STEPS;
use super::picture::{Anchor, Canvas, Picture, WIDTH};
use super::table::Table;
use super::text::{fitted, width};

const LEFT: f64 = 96.0;
const RIGHT: f64 = WIDTH - 16.0;
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

impl HeatMap<'_> {
    /// Draws the grid.
    #[must_use]
    pub fn draw(&self) -> Picture {
        let mut canvas = Canvas::default();
        let (rows, columns) = (self.rows.values.len(), self.columns.values.len());
        let cell_width = (RIGHT - LEFT) / columns.max(1) as f64;
        let room = cell_width - 6.0;
        let size = self.text_size(room);
        let furthest = self.furthest();
        self.axis_labels(&mut canvas, cell_width);
        for row in 0..rows {
            for column in 0..columns {
                let (x, y) = (LEFT + column as f64 * cell_width, TOP + row as f64 * ROW);
                match self.cell(row, column) {
                    Some(value) => {
                        let step = self.step(value, furthest);
                        let text = self.format.show(value);
                        let title = format!("{}: {text}", self.place(row, column));
                        canvas.titled_rect(
                            &format!("heat-{step}"),
                            x + 0.5,
                            y + 0.5,
                            cell_width - 1.0,
                            ROW - 1.0,
                            &title,
                        );
                        if let Some((_, class)) = size {
                            let weight = if self.is_base(row, column) { " strong" } else { "" };
                            let class = format!("{class}on-heat-{step}{weight}");
                            canvas.text(&class, Anchor::Middle, x + cell_width / 2.0, y + ROW / 2.0 + 4.0, &text);
                        }
                    }
                    None => {
                        canvas.hatch(x + 0.5, y + 0.5, cell_width - 1.0, ROW - 1.0);
                        let title = format!("{}: {UNDEFINED}", self.place(row, column));
                        if width(UNDEFINED, 10.0) <= room {
                            canvas.text(
                                "tiny over",
                                Anchor::Middle,
                                x + cell_width / 2.0,
                                y + ROW / 2.0 + 4.0,
                                UNDEFINED,
                            );
                        }
                        canvas.titled_rect("outline clear", x + 0.5, y + 0.5, cell_width - 1.0, ROW - 1.0, &title);
                    }
                }
            }
        }
        if let (Some(row), Some(column)) = (self.rows.base, self.columns.base)
            && row < rows
            && column < columns
        {
            let (x, y) = (LEFT + column as f64 * cell_width, TOP + row as f64 * ROW);
            canvas.rect("outline bold", x + 1.0, y + 1.0, cell_width - 2.0, ROW - 2.0);
        }
        let bottom = TOP + rows as f64 * ROW;
        self.legend(&mut canvas, bottom, furthest);
        Picture::new(self.title, self.description(), self.table(), canvas, bottom + 40.0)
    }

    fn cell(&self, row: usize, column: usize) -> Option<f64> {
        let index = row * self.columns.values.len() + column;
        self.cells.get(index).copied().flatten().filter(|value| value.is_finite())
    }

    fn is_base(&self, row: usize, column: usize) -> bool {
        self.rows.base == Some(row) && self.columns.base == Some(column)
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

    /// Half of the largest distance from the pivot; halves, so that no difference of two numbers overflows.
    fn furthest(&self) -> f64 {
        self.cells
            .iter()
            .flatten()
            .filter(|value| value.is_finite())
            .map(|value| (value / 2.0 - self.pivot.0 / 2.0).abs())
            .fold(0.0, f64::max)
    }

    fn step(&self, value: f64, furthest: f64) -> usize {
        let middle = (HEAT_STEPS - 1) / 2;
        let share = (value / 2.0 - self.pivot.0 / 2.0) / furthest;
        if !share.is_finite() {
            return middle;
        }
        let steps = (share.clamp(-1.0, 1.0) * middle as f64).round();
        (middle as f64 + steps) as usize
    }

    /// The largest size at which every value fits its cell.
    fn text_size(&self, room: f64) -> Option<(f64, &'static str)> {
        let widest = |size: f64| {
            self.cells.iter().flatten().map(|&value| width(&self.format.show(value), size)).fold(0.0, f64::max)
        };
        [(12.0, ""), (11.0, "small "), (10.0, "tiny ")].into_iter().find(|&(size, _)| widest(size) <= room)
    }

    fn axis_labels(&self, canvas: &mut Canvas, cell_width: f64) {
        let label = fitted(self.columns.label, 11.0, RIGHT - LEFT);
        canvas.text("small muted", Anchor::Middle, f64::midpoint(LEFT, RIGHT), 14.0, &label);
        canvas.text("small muted", Anchor::End, LEFT - 12.0, TOP - 10.0, &fitted(self.rows.label, 11.0, LEFT - 12.0));
        let weight = |base: bool| if base { "strong" } else { "" };
        let widest =
            self.columns.values.iter().map(|&value| width(&self.columns.format.show(value), 12.0)).fold(0.0, f64::max);
        let every = ((widest + 6.0) / cell_width).ceil().clamp(1.0, 1e6) as usize;
        for (column, &value) in self.columns.values.iter().enumerate().step_by(every) {
            let x = LEFT + (column as f64 + 0.5) * cell_width;
            let class = weight(self.columns.base == Some(column));
            canvas.text(class, Anchor::Middle, x, TOP - 10.0, &self.columns.format.show(value));
        }
        for (row, &value) in self.rows.values.iter().enumerate() {
            let y = TOP + (row as f64 + 0.5) * ROW + 4.0;
            let text = self.rows.format.show(value);
            let text = fitted(&text, 12.0, LEFT - 14.0);
            canvas.text(weight(self.rows.base == Some(row)), Anchor::End, LEFT - 12.0, y, &text);
        }
    }

    fn legend(&self, canvas: &mut Canvas, bottom: f64, furthest: f64) {
        let y = bottom + 14.0;
        let block = 18.0;
        for step in 0..HEAT_STEPS {
            canvas.rect(&format!("heat-{step}"), LEFT + step as f64 * block, y, block, 10.0);
        }
        let end = LEFT + HEAT_STEPS as f64 * block + 10.0;
        let pivot = format!("{} {}", self.pivot.1, self.format.show(self.pivot.0));
        let mut text = if furthest > 0.0 { format!("below to above {pivot}") } else { format!("all at {pivot}") };
        if self.base_exists() {
            text += " · outlined: base case";
        }
        if self.cells.iter().any(Option::is_none) {
            text += " · hatched: undefined";
        }
        canvas.text("small muted", Anchor::Start, end, y + 9.0, &fitted(&text, 11.0, RIGHT - end));
    }

    fn base_exists(&self) -> bool {
        self.rows.base.is_some() && self.columns.base.is_some()
    }

    fn description(&self) -> String {
        let mut text = format!("{} over {} and {}.", self.title, self.rows.label, self.columns.label);
        if let (Some(row), Some(column)) = (self.rows.base, self.columns.base)
            && row < self.rows.values.len()
            && column < self.columns.values.len()
        {
            let value = self.cell(row, column).map_or(UNDEFINED.to_owned(), |value| self.format.show(value));
            text += &format!(" Base case {}: {value}.", self.place(row, column));
        }
        let cells = self.rows.values.len() * self.columns.values.len();
        let undefined = (0..cells).filter(|&i| self.cells.get(i).copied().flatten().is_none()).count();
        if undefined > 0 {
            text += &format!(" {undefined} of {cells} cells are undefined.");
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
