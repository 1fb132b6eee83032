//! Statistics of columns: mergeable moments, exact order statistics, intervals.
//!
//! Every sum has a fixed order, so results do not depend on how the work was divided. Start at
//! [`Moments`] and [`Nodes`] for what is accumulated, at [`OrderStatistics`] for quantiles, at
//! [`Sketch`] for quantiles of more values than memory holds. This room knows no model and no
//! simulation.

// Lane code is compiled for the chosen instruction set only where it is inlined into `dispatch`.
#![allow(clippy::inline_always)]

mod bins;
mod correlation;
mod histogram;
mod interval;
mod least_squares;
mod moments;
mod nodes;
mod order;
mod sketch;
mod sums;

pub(crate) use correlation::{correlation, mid_ranks};
pub use histogram::Histogram;
pub use interval::{binomial_quantile, normal_interval, t_interval, wilson};
pub(crate) use least_squares::LeastSquares;
pub use moments::Moments;
pub use nodes::{Merge, Nodes};
pub use order::OrderStatistics;
pub(crate) use order::{count_above, quantile_of_sorted, shortfall};
pub use sketch::{Sketch, SketchOrder};
