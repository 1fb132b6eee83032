//! What a company or a deal is worth: one room an engine, each with its input, formula and output
//! side by side. Engines know numbers and the model trait; they know no simulation and no tenant.

mod apv;
pub(crate) mod claims;
mod company;
pub mod comparables;
pub mod dcf;
mod dividend;
mod eva;
mod fcfe;
pub mod lbo;
mod losses;
pub mod merger;
mod reconcile;
mod residual_income;
mod stages;
mod warning;

pub use apv::{Apv, ApvSchedule, ApvValuation, ShieldDiscount};
pub use comparables::{Comparables, Precedents};
pub use dcf::Dcf;
pub use dividend::{
    Ddm, DdmValuation, DividendDrivers, DividendMethod, DividendSchedule, DividendStage, DividendTerminal,
};
pub use eva::{Eva, EvaSchedule, EvaValuation};
pub use fcfe::{Fcfe, FcfeSchedule, FcfeTerminal, FcfeValuation};
pub use lbo::Lbo;
pub use losses::Nol;
pub use merger::Merger;
pub use reconcile::{Reconcile, ReconcileMethod, ReconciledEquity, Reconciliation};
pub use residual_income::{
    ResidualIncome, ResidualIncomeSchedule, ResidualIncomeValuation, ResidualTerminal, ResidualTerminalMethod,
};
pub use stages::Fade;
pub use warning::Warning;
pub(crate) use warning::inert_paths;
