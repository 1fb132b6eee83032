//! One HTML file that holds a whole report: no script, no external resource, for screen and paper.

use std::fmt::Write as _;

use super::palette;
use super::picture::{Picture, RULES, heat_rules};
use super::table::Table;
use super::text::escape;
use crate::error::Error;
use crate::tenancy::{Branding, Theme};

/// The rules of the page; the colours are the palette's variables.
const PAGE_RULES: &str = include_str!("page.css");

/// A report put together from headings, words, tables and pictures.
///
/// ```
/// use valor_ivx::report::{Page, Table};
///
/// let html = Page::new("Example AG")
///     .eyebrow("Valuation")
///     .headline("Value per share", "$42.10", "base case")
///     .aside_table(Table::new("Key figures").row(["Cost of capital", "8.5%"]))
///     .paragraph("One paragraph says what was valued and how.")
///     .to_html();
/// assert!(html.contains("$42.10"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Page {
    title: String,
    eyebrow: String,
    standfirst: String,
    dateline: String,
    headlines: Vec<[String; 3]>,
    main: Vec<Block>,
    aside: Vec<Block>,
    notes: Vec<String>,
    branding: Option<Branding>,
}

#[derive(Clone, Debug)]
enum Block {
    Heading(String),
    Paragraph(String),
    Picture(Box<Picture>, String),
    Table(Table),
}

impl Page {
    /// An empty page with a title.
    #[must_use]
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), ..Self::default() }
    }

    /// The name, the colours, the theme and the logo of a tenant; refused, as `invalid_branding`, when it is
    /// not one that a tenant could have.
    ///
    /// A logo is the one thing that a page shows from elsewhere.
    ///
    /// ```
    /// use valor_ivx::{report::Page, tenancy::Branding};
    ///
    /// let branding = Branding { product_name: "Acme & Sons".into(), ..Branding::default() };
    /// let html = Page::new("Example AG").branded(&branding)?.to_html();
    /// assert!(html.contains("Acme &amp; Sons"));
    /// # Ok::<(), valor_ivx::Error>(())
    /// ```
    pub fn branded(self, branding: &Branding) -> Result<Self, Error> {
        branding.check()?;
        Ok(Self { branding: Some(branding.clone()), ..self })
    }

    /// A short line above the title: what kind of document this is.
    #[must_use]
    pub fn eyebrow(self, text: impl Into<String>) -> Self {
        Self { eyebrow: text.into(), ..self }
    }

    /// A line opposite the eyebrow, such as the date.
    #[must_use]
    pub fn dateline(self, text: impl Into<String>) -> Self {
        Self { dateline: text.into(), ..self }
    }

    /// The sentence under the title that a hurried reader takes away.
    #[must_use]
    pub fn standfirst(self, text: impl Into<String>) -> Self {
        Self { standfirst: text.into(), ..self }
    }

    /// A figure set large at the top, with its name above and a remark below.
    #[must_use]
    pub fn headline(mut self, name: impl Into<String>, figure: impl Into<String>, remark: impl Into<String>) -> Self {
        self.headlines.push([name.into(), figure.into(), remark.into()]);
        self
    }

    /// A heading in the main column.
    #[must_use]
    pub fn heading(mut self, text: impl Into<String>) -> Self {
        self.main.push(Block::Heading(text.into()));
        self
    }

    /// A paragraph in the main column.
    #[must_use]
    pub fn paragraph(mut self, text: impl Into<String>) -> Self {
        self.main.push(Block::Paragraph(text.into()));
        self
    }

    /// A picture in the main column with a remark under it, which may be empty.
    #[must_use]
    pub fn picture(mut self, picture: Picture, remark: impl Into<String>) -> Self {
        self.main.push(Block::Picture(Box::new(picture), remark.into()));
        self
    }

    /// A table in the main column.
    #[must_use]
    pub fn table(mut self, table: Table) -> Self {
        self.main.push(Block::Table(table));
        self
    }

    /// A table in the side column.
    #[must_use]
    pub fn aside_table(mut self, table: Table) -> Self {
        self.aside.push(Block::Table(table));
        self
    }

    /// A paragraph in the side column.
    #[must_use]
    pub fn aside_paragraph(mut self, text: impl Into<String>) -> Self {
        self.aside.push(Block::Paragraph(text.into()));
        self
    }

    /// A note at the foot: a source, a limit of the method.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// The whole page.
    #[must_use]
    pub fn to_html(&self) -> String {
        let mut out = String::with_capacity(64 * 1024);
        let _ = write!(
            out,
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
             <title>{}</title>\n<style>\n{}\n{}{}\n{}{}</style>\n</head>\n<body>\n",
            escape(&self.title),
            palette::variables(self.branding.as_ref().map_or(Theme::System, |branding| branding.theme)),
            RULES,
            heat_rules(),
            PAGE_RULES,
            self.branding.as_ref().map(brand_rules).unwrap_or_default()
        );
        self.write_masthead(&mut out);
        let columns = if self.aside.is_empty() { "columns single" } else { "columns" };
        let _ = writeln!(out, "<div class=\"{columns}\">");
        let mut figures = 0;
        if !self.aside.is_empty() {
            out.push_str("<aside>\n");
            write_blocks(&mut out, &self.aside, &mut figures);
            out.push_str("</aside>\n");
        }
        out.push_str("<main>\n");
        write_blocks(&mut out, &self.main, &mut figures);
        out.push_str("</main>\n</div>\n");
        if !self.notes.is_empty() {
            out.push_str("<footer>\n");
            for note in &self.notes {
                let _ = writeln!(out, "<p>{}</p>", escape(note));
            }
            out.push_str("</footer>\n");
        }
        out.push_str("</body>\n</html>\n");
        out
    }

    fn write_masthead(&self, out: &mut String) {
        out.push_str("<header>\n");
        if let Some(branding) = &self.branding {
            write_brand(out, branding);
        }
        if !self.eyebrow.is_empty() || !self.dateline.is_empty() {
            let _ = writeln!(
                out,
                "<p class=\"eyebrow\"><span>{}</span><span>{}</span></p>",
                escape(&self.eyebrow),
                escape(&self.dateline)
            );
        }
        let _ = writeln!(out, "<h1>{}</h1>", escape(&self.title));
        if !self.standfirst.is_empty() {
            let _ = writeln!(out, "<p class=\"standfirst\">{}</p>", escape(&self.standfirst));
        }
        if !self.headlines.is_empty() {
            out.push_str("<dl class=\"headlines\">\n");
            for [name, figure, remark] in &self.headlines {
                let _ = writeln!(
                    out,
                    "<div><dt>{}</dt><dd class=\"figure\">{}</dd><dd>{}</dd></div>",
                    escape(name),
                    escape(figure),
                    escape(remark)
                );
            }
            out.push_str("</dl>\n");
        }
        out.push_str("</header>\n");
    }
}

/// Its colours bound the line that it stands on, and are the ground of no text: nothing is said of their
/// contrast. They have been checked to be colours alone.
fn brand_rules(branding: &Branding) -> String {
    let Branding { primary_color, secondary_color, .. } = branding;
    format!(".brand{{border-top-color:{primary_color};border-bottom-color:{secondary_color}}}\n")
}

fn write_brand(out: &mut String, branding: &Branding) {
    let name = escape(&branding.product_name);
    let logo = branding
        .logo_url
        .as_deref()
        .map(|url| format!("<img src=\"{}\" alt=\"\" height=\"32\" referrerpolicy=\"no-referrer\"/>", escape(url)));
    let _ = writeln!(out, "<p class=\"brand\">{}<span>{name}</span></p>", logo.unwrap_or_default());
}

fn write_blocks(out: &mut String, blocks: &[Block], figures: &mut u32) {
    for block in blocks {
        let _ = match block {
            Block::Heading(text) => writeln!(out, "<h2>{}</h2>", escape(text)),
            Block::Paragraph(text) => writeln!(out, "<p>{}</p>", escape(text)),
            Block::Table(table) => writeln!(out, "<div class=\"scroll\">{}</div>", table.to_html()),
            Block::Picture(picture, remark) => {
                *figures += 1;
                let remark = if remark.is_empty() {
                    String::new()
                } else {
                    format!("<p class=\"remark\">{}</p>", escape(remark))
                };
                writeln!(
                    out,
                    "<figure>\n<figcaption><span>Figure {figures}</span> {}</figcaption>\n<div class=\"scroll\">{}</div>\n{remark}\
                     <details><summary>The numbers</summary><div class=\"scroll\">{}</div></details>\n</figure>",
                    escape(picture.title()),
                    picture.to_element(),
                    picture.table().to_html()
                )
            }
        };
    }
}
