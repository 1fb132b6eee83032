//! What a company or a deal is worth: one room an engine, each with its input, formula and output
//! side by side. Engines know numbers and the model trait; they know no simulation and no tenant.

pub(crate) mod claims;
pub mod comparables;
pub mod dcf;
pub mod merger;
mod stages;
mod warning;

pub use comparables::{Comparables, Precedents};
pub use dcf::Dcf;
pub use merger::Merger;
pub use stages::Fade;
pub use warning::Warning;
