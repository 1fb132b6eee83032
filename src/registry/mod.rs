//! Which variant of a model serves whom, and how well it does.
//!
//! The registry holds the variants of every model, routes each call by a versioned configuration,
//! runs it, and keeps count. It knows no tenants beyond a routing key, no storage and no clock but the
//! one it is given. Start at [`Registry`].

mod experiment;
mod model;
mod performance;
mod route;
mod snapshot;
mod variant;

pub use experiment::{Allocation, Range, assign_point, reallocate};
pub use model::{ArmKey, Digest, ExperimentId, ModelId, SemVer, UnitId, VariantId, build_id};
pub use performance::{FailureKind, LONGEST_NANOS, Series, StatsView, UsageRow};
pub use route::*;
pub use variant::{Availability, CancelToken, FunctionOptions, HostFunction, RunCx, Servable, VariantSpec, VariantStatus};
