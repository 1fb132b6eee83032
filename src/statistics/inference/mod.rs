//! Tests and intervals that decide: does one arm differ from another, and may one look yet?
//!
//! Each file is one method with its source. A function says what it cannot take and never answers with
//! NaN. Start at [`welch`] for means, [`newcombe`] for shares, [`count_evidence`] for counts that are
//! looked at again and again, [`always_valid_half_width`] for means that are. Which of them decides
//! about an experiment is the registry's matter.

mod clusters;
mod count_evidence;
mod covariate;
mod domain;
mod holm;
mod mann_whitney;
mod minimum_n;
mod sample_ratio;
mod sequence;
mod shares;
mod welch;

pub use clusters::{ClusterMean, cluster_mean};
pub use count_evidence::count_evidence;
pub use covariate::{Paired, covariate_slope};
pub use holm::holm;
pub use mann_whitney::{MannWhitney, mann_whitney};
pub use minimum_n::{MinimumN, minimum_n, minimum_n_always_valid};
pub use sample_ratio::{SampleRatio, sample_ratio};
pub use sequence::{always_valid_half_width, always_valid_p};
pub use shares::{Share, ShareDifference, newcombe};
pub use welch::{Sample, Welch, welch};
