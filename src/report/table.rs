//! Tables as plain rows of text, and the two tables of every valuation: key figures and the bridge.

use std::fmt::Write as _;

use super::format::Format;
use super::text::escape;

/// How a row of a table stands out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Emphasis {
    /// Not at all.
    #[default]
    Plain,
    /// As a sum, under a rule.
    Total,
    /// As the row all others lead to.
    Result,
    /// As a heading over the rows below.
    Heading,
}

/// Rows of text under headings; the first column reads from the left, the others are figures.
///
/// A row shorter than the widest is filled with empty cells.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Table {
    title: String,
    headings: Vec<String>,
    rows: Vec<(Emphasis, Vec<String>)>,
    prose: bool,
}

impl Table {
    /// An empty table with a title.
    #[must_use]
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// Sets the headings of the columns.
    #[must_use]
    pub fn headings<T: Into<String>>(mut self, headings: impl IntoIterator<Item = T>) -> Self {
        self.headings = headings.into_iter().map(Into::into).collect();
        self
    }

    /// Adds a row.
    #[must_use]
    pub fn row<T: Into<String>>(mut self, cells: impl IntoIterator<Item = T>) -> Self {
        self.push(Emphasis::Plain, cells);
        self
    }

    /// Adds a row that stands out.
    #[must_use]
    pub fn row_as<T: Into<String>>(mut self, emphasis: Emphasis, cells: impl IntoIterator<Item = T>) -> Self {
        self.push(emphasis, cells);
        self
    }

    /// Sets every column from the left, for text in place of figures.
    #[must_use]
    pub fn of_text(mut self) -> Self {
        self.prose = true;
        self
    }

    pub(crate) fn push<T: Into<String>>(&mut self, emphasis: Emphasis, cells: impl IntoIterator<Item = T>) {
        self.rows.push((emphasis, cells.into_iter().map(Into::into).collect()));
    }

    /// The title.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The table as an HTML element; its title becomes the caption.
    #[must_use]
    pub fn to_html(&self) -> String {
        let columns = self.rows.iter().map(|(_, cells)| cells.len()).chain([self.headings.len()]).max().unwrap_or(0);
        let mut out = String::from(if self.prose { "<table class=\"prose\">" } else { "<table>" });
        if !self.title.is_empty() {
            let _ = write!(out, "<caption>{}</caption>", escape(&self.title));
        }
        if !self.headings.is_empty() {
            out.push_str("<thead><tr>");
            for column in 0..columns {
                let heading = self.headings.get(column).map_or("", String::as_str);
                let _ = write!(out, "<th scope=\"col\">{}</th>", escape(heading));
            }
            out.push_str("</tr></thead>");
        }
        out.push_str("<tbody>");
        for (emphasis, cells) in &self.rows {
            let class = match emphasis {
                Emphasis::Plain => "",
                Emphasis::Total => " class=\"total\"",
                Emphasis::Result => " class=\"result\"",
                Emphasis::Heading => " class=\"heading\"",
            };
            let _ = write!(out, "<tr{class}>");
            for column in 0..columns {
                let cell = escape(cells.get(column).map_or("", String::as_str));
                let _ = if column == 0 {
                    write!(out, "<th scope=\"row\">{cell}</th>")
                } else {
                    write!(out, "<td>{cell}</td>")
                };
            }
            out.push_str("</tr>");
        }
        out.push_str("</tbody></table>");
        out
    }
}

/// The way from the value of the firm to the value of a share.
#[derive(Clone, Debug)]
pub struct Bridge<'a> {
    /// Title of the table.
    pub title: &'a str,
    /// Present value of the forecast flows.
    pub explicit_present_value: f64,
    /// Present value of what follows them.
    pub terminal_present_value: f64,
    /// Value of the firm.
    pub enterprise_value: f64,
    /// What each item adds to equity; claims are negative.
    pub items: &'a [(String, f64)],
    /// Value of equity.
    pub equity_value: f64,
    /// Shares after dilution, with their value each; none without shares.
    pub per_share: Option<(f64, f64)>,
    /// How amounts are written.
    pub amounts: Format,
    /// How the number of shares is written.
    pub shares: Format,
    /// How the value of a share is written.
    pub price: Format,
}

impl Bridge<'_> {
    /// The bridge as a table.
    #[must_use]
    pub fn table(&self) -> Table {
        let amount = |label: &str, value| [label.to_owned(), self.amounts.show(value)];
        let mut table = Table::new(self.title)
            .row(amount("Present value of the forecast", self.explicit_present_value))
            .row(amount("Present value of the terminal value", self.terminal_present_value))
            .row_as(Emphasis::Total, amount("Enterprise value", self.enterprise_value));
        for (label, value) in self.items {
            table.push(Emphasis::Plain, amount(label, *value));
        }
        table.push(Emphasis::Total, amount("Equity value", self.equity_value));
        if let Some((shares, price)) = self.per_share {
            table.push(Emphasis::Plain, ["Diluted shares".to_owned(), self.shares.show(shares)]);
            table.push(Emphasis::Result, ["Value per share".to_owned(), self.price.show(price)]);
        }
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_rows_are_filled_and_text_is_escaped() {
        let html = Table::new("A & B").headings(["<x>", "y", "z"]).row(["1"]).to_html();
        assert!(html.contains("<caption>A &amp; B</caption>") && html.contains("&lt;x&gt;"));
        assert_eq!(html.matches("<td>").count(), 2);
    }

    #[test]
    fn the_bridge_ends_at_the_share_only_when_there_are_shares() {
        let items = vec![("Debt".to_owned(), -20.0)];
        let mut bridge = Bridge {
            title: "Bridge",
            explicit_present_value: 40.0,
            terminal_present_value: 60.0,
            enterprise_value: 100.0,
            items: &items,
            equity_value: 80.0,
            per_share: Some((10.0, 8.0)),
            amounts: Format::money("$", 0),
            shares: Format::number(0),
            price: Format::money("$", 2),
        };
        let html = bridge.table().to_html();
        assert!(html.contains("−$20") && html.contains("$8.00"));
        bridge.per_share = None;
        assert!(!bridge.table().to_html().contains("share"));
    }
}
