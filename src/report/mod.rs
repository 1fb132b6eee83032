//! Tables and pictures of results, as text of SVG and HTML.
//!
//! Everything here is a function from plain data to a `String`: it reads no file, no clock and no result type of an
//! engine, of a simulation the statistics alone ([`outcome`]), of an experiment its report ([`experiment`]); the lines of a [`crate::model::Explanation`] are plain data and become the steps of a [`Waterfall`]. Files stand alone (no script, font or style from elsewhere, of pictures the logo of a branding alone), follow the reader's
//! preference for light or dark, and carry titles, descriptions and the numbers behind each picture. Start at
//! [`Page`], or draw a single [`Picture`] from [`Distribution`], [`CashFlow`], [`HeatMap`],
//! [`TornadoChart`], [`Waterfall`], [`SourcesAndUses`], [`FootballFieldChart`], [`LookChart`] or [`SplitChart`].
//!
//! ```
//! use valor_ivx::report::{Format, TornadoChart, TornadoDriver};
//!
//! let drivers = [TornadoDriver {
//!     name: "Cost of capital".into(),
//!     low_input: "8%".into(),
//!     high_input: "10%".into(),
//!     low: Some(52.0),
//!     high: Some(34.5),
//! }];
//! let picture = TornadoChart {
//!     title: "What moves the value",
//!     quantity: "Value per share",
//!     base: 42.0,
//!     drivers: &drivers,
//!     format: Format::money("$", 2),
//! }
//! .draw();
//! assert!(picture.to_svg().starts_with("<svg"));
//! ```
//!
//! Not supported: interactive pictures, other formats than SVG and HTML, scripts that run from right to left.

mod account;
mod axis;
mod cash_flow;
mod distribution;
mod experiment;
mod football_field;
mod format;
mod heat_map;
mod looks;
mod outcome;
mod page;
mod palette;
mod picture;
mod sources_and_uses;
mod split;
mod table;
mod text;
mod tornado;
mod waterfall;

pub use account::RunAccount;
pub use cash_flow::{CashFlow, ForecastYear};
pub use distribution::{Distribution, Marker, Reference};
pub use experiment::experiment;
pub use football_field::{FootballFieldChart, FootballRow};
pub use format::{Format, show_count, show_elapsed};
pub use heat_map::{HeatAxis, HeatMap};
pub use looks::{LookChart, SeenAt};
pub use outcome::outcome;
pub use page::Page;
pub use picture::Picture;
pub use sources_and_uses::{FundsItem, SourcesAndUses};
pub use split::{SplitChart, SplitPart};
pub use table::{Bridge, Emphasis, Table};
pub use tornado::{TornadoChart, TornadoDriver};
pub use waterfall::{Waterfall, WaterfallStep};
