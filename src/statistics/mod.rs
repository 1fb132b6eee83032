//! Statistics of columns: mergeable moments, exact order statistics, intervals, tests.
//!
//! Every sum has a fixed order, so results do not depend on how the work was divided. Start at
//! [`Moments`] and [`Nodes`] for what is accumulated, at [`OrderStatistics`] for quantiles, at
//! [`Sketch`] for quantiles of more values than memory holds, at [`welch`] and its neighbours for
//! comparisons. This room knows no model and no simulation.

// Lane code is compiled for the chosen instruction set only where it is inlined into `dispatch`.
#![allow(clippy::inline_always)]

mod bins;
mod correlation;
mod histogram;
mod inference;
mod interval;
mod least_squares;
mod moments;
mod nodes;
mod order;
mod sketch;
mod sums;

pub(crate) use correlation::{correlation, mid_ranks};
pub use histogram::Histogram;
pub use inference::{
    ClusterMean, MannWhitney, MinimumN, Paired, Sample, SampleRatio, Share, ShareDifference, Welch,
    always_valid_half_width, always_valid_p, cluster_mean, count_evidence, covariate_slope, holm, mann_whitney,
    minimum_n, minimum_n_always_valid, newcombe, sample_ratio, welch,
};
pub use interval::{binomial_quantile, normal_interval, t_interval, wilson};
pub(crate) use least_squares::LeastSquares;
pub use moments::Moments;
pub use nodes::{Merge, Nodes};
pub use order::OrderStatistics;
pub(crate) use order::quantile_of_sorted;
pub use sketch::{Sketch, SketchOrder};
