//! Statistics of columns: mergeable moments, exact order statistics, intervals.
//!
//! Every sum has a fixed order, so results do not depend on how the work was divided. Start at
//! [`Moments`] and [`Nodes`] for what is accumulated, at [`OrderStatistics`] for quantiles. This
//! room knows no model and no simulation.

// Lane code is compiled for the chosen instruction set only where it is inlined into `dispatch`.
#![allow(clippy::inline_always)]

mod bins;
mod interval;
mod least_squares;
mod moments;
mod nodes;
mod order;

pub(crate) use bins::Bins;
pub use interval::{binomial_quantile, normal_interval, wilson};
pub(crate) use least_squares::LeastSquares;
pub use moments::Moments;
pub use nodes::Nodes;
pub use order::OrderStatistics;
pub(crate) use order::quantile_of_sorted;
