//! Random numbers that are a function of seed and trial, and the distributions and dependence that
//! turn them into draws.
//!
//! Everything works on columns of at most [`BLOCK`] trials. Start at [`Sampler`]; below it are the
//! generator ([`Stream`]), the [`normal`] distribution over columns, [`Distribution`] and
//! [`Dependence`]. This room knows no model and no simulation.

// Lane code is compiled for the chosen instruction set only where it is inlined into `dispatch`.
#![allow(clippy::inline_always)]

mod brownian;
mod dependence;
mod distribution;
mod eigen;
mod inverse;
mod latin;
mod log_concave;
mod marginal;
pub mod normal;
mod philox;
mod sampler;
mod seed;
mod sobol;
mod steps;
mod table;

pub use brownian::GeometricBrownian;
pub use dependence::{Copula, CorrelationKind, Dependence, MatrixUsed, Repair};
pub use distribution::{
    Beta, Constant, Discrete, Distribution, Empirical, Gamma, Interpolation, Lognormal, Normal, Parent, Pert, StudentT,
    Triangular, Truncated, Uniform,
};
pub(crate) use inverse::{chi_square_beyond, student_beyond, student_quantile};
pub use philox::Stream;
pub use sampler::{Layout, Sampler};
pub use seed::Seed;

/// Trials in a block: the unit of work and of accumulation.
pub const BLOCK: usize = 1024;

/// Trials that all columns are worked on at a time, so that they stay in the nearest cache.
const TILE: usize = 256;
