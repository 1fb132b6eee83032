//! What a company or a deal is worth: one room an engine, each with its input, formula and output
//! side by side. Engines know numbers and the model trait; they know no simulation and no tenant.

mod apv;
mod company;
pub mod dcf;
mod dividend;
mod eva;
mod fcfe;
mod reconcile;
mod residual_income;
pub mod lbo;
mod losses;
mod stages;
mod warning;

pub use apv::{Apv, ApvSchedule, ApvValuation, ShieldDiscount};
pub use dcf::Dcf;
pub use dividend::{
    Ddm, DdmValuation, DividendDrivers, DividendMethod, DividendSchedule, DividendStage, DividendTerminal,
};
pub use eva::{Eva, EvaSchedule, EvaValuation};
pub use fcfe::{Fcfe, FcfeSchedule, FcfeTerminal, FcfeValuation};
pub use reconcile::{Reconcile, ReconcileMethod, ReconciledEquity, Reconciliation};
pub use residual_income::{
    ResidualIncome, ResidualIncomeSchedule, ResidualIncomeValuation, ResidualTerminal, ResidualTerminalMethod,
};
pub use lbo::Lbo;
pub use losses::Nol;
pub use stages::Fade;
pub use warning::Warning;
