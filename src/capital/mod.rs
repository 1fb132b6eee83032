//! Cost of capital: the capital asset pricing model, beta and leverage, synthetic ratings, and the
//! weighted average. Market values and target weights only; the tax shield is counted once.

mod beta;
mod capm;
mod rating;
mod wacc;

pub(crate) use beta::relever;
pub use beta::{BetaMethod, BetaOutput, Peer, PeerBeta, PeerBetaOutput, PeerStatistic, ReleverBeta, UnleverBeta};
pub use capm::{BetaAdjustment, Capm, CapmOutput, cost_of_equity};
pub use rating::{RatingRow, SyntheticRating, SyntheticRatingOutput};
pub use wacc::{CostOfEquity, Wacc, WaccOutput, WeightBasis};
