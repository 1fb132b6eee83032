//! Several valuations brought together: the parts of a company summed, the ranges of several methods
//! side by side. Both may take values from any model of the catalogue, which is why they stand above
//! the engines.

mod football_field;
// Only what is inlined into the block loop is compiled for the wide instruction set.
#[allow(clippy::inline_always)]
mod sotp;

pub use football_field::{FieldRow, FootballField, FootballFieldOutput, Range, RowInput};
pub use sotp::{CorporateCosts, Segment, SegmentValue, Sotp, SotpValuation};
