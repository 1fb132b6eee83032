//! What an experiment shows: exposures and outcomes by unit, a report with a verdict for each arm, and
//! guardrails that pause it.
//!
//! [`Registry::execute`](super::Registry::execute) exposes units and books time and failure of each
//! call; [`Registry::record_outcome`](super::Registry::record_outcome) books what the host observes;
//! [`Registry::analyze`](super::Registry::analyze) looks. Everything that is decided is a pure function
//! of [`ExperimentData`]: [`ExperimentData::report`] and [`evaluate`]. The data of an experiment live as
//! long as the registry.

mod books;
mod compare;
mod data;
mod experiments;
mod guard;
mod ledger;
mod outcomes;
mod report;

pub(super) use books::{Books, Enrolment};
pub use compare::DecidingTest;
pub use data::{DataArm, Epoch, ExperimentData, Measured, Tally};
pub use experiments::{BreachCount, ExperimentCounts, ExperimentRef};
pub use guard::{ActedBreach, Breach, evaluate};
pub(super) use ledger::Book;
pub use report::{ArmReport, Invalidity, Look, MetricReport, Report, SampleRatioCheck, Sight, Verdict};
