//! Named scenarios of a model: a base input and what is different in each, kept as one plain object
//! that is exported and imported whole. They are evaluated side by side, compared, weighted, and any
//! two inputs are told apart field by field. (Koller, Goedhart and Wessels, "Valuation", chapter on
//! scenarios.)
//!
//! Start at [`ScenarioSet`]. A set comes in by [`ScenarioSet::import`]; each operation is also a model
//! of the catalogue. Every scenario is one full valuation, so nothing here runs by lanes; weights and
//! threshold can be varied like the numbers of any other model.
//!
//! Fields in errors are paths of the operation's input, such as `set.scenarios[0].patch.wacc`.
//!
//! Not supported: scenarios built on other scenarios, weights that depend on one another.

mod compare;
mod diff;
mod evaluate;
mod set;
mod weighted;

pub use compare::{Compare, CompareOutput, ComparedOutput, ComparedScenario};
pub use diff::{Diff, DiffOutput, Difference, DifferenceKind, diff};
pub use evaluate::{Evaluate, EvaluateOutput, ScenarioResult};
pub use set::{Base, Format, Scenario, ScenarioSet, Version};
pub use weighted::{ScenarioWeight, SkippedScenario, Weighted, WeightedOutput, WeightedScenarios};
