//! The maximum price: the equity price at which a year's earnings per share stay as they are, by a root
//! search. Trials that ask for it are valued one by one, without allocating.

use super::formula::{COMPUTED, Terms};
use super::plan::Plan;
use crate::cashflow::root::{Bracket, NoRoot};
use crate::error::Error;
use crate::model::{Formula, Slot, TrialFormula};

/// Accuracy and iterations of the search.
const PRICE_TOLERANCE: f64 = 1e-14;
const PRICE_ITERATIONS: u64 = 500;

/// A price that needs new debt of which no rate is told.
#[derive(Clone, Copy, Debug)]
pub(super) struct NoDebtRate {
    price: f64,
}

impl From<NoDebtRate> for Error {
    fn from(NoDebtRate { price }: NoDebtRate) -> Self {
        let why = format!("a price of {price} needs new debt, and there is no financing.new_debt_rate");
        Error::undefined("max_price", why)
    }
}

/// The equity price at which accretion in `max_price_year` is zero, financed as `terms` are.
pub(super) fn max_price(plan: &Plan<Slot>, terms: &Terms<f64>, numbers: &[f64]) -> Result<f64, NoRoot<NoDebtRate>> {
    let cash_pct = terms.cash / terms.equity_price;
    let accretion = |price: f64| {
        let terms = plan.terms_at(price, cash_pct, numbers);
        if plan.new_debt_rate.is_none() && terms.new_debt > 0.0 {
            return Err(NoDebtRate { price });
        }
        Ok(plan.year(&terms, plan.max_price_year, numbers).accretion)
    };
    let bracket = Bracket {
        low: 0.01 * terms.equity_price,
        high: 100.0 * terms.equity_price,
        tolerance: PRICE_TOLERANCE,
        most_iterations: PRICE_ITERATIONS,
    };
    bracket.find(accretion, |accretion| accretion == 0.0).map(|(price, _)| price)
}

/// A merger of which trials are valued one by one.
pub(super) struct Trial(pub(super) Plan<Slot>);

/// The position of the maximum price, after what lanes compute as well.
const MAX_PRICE: usize = COMPUTED.len();

impl Trial {
    /// The names of what is computed.
    pub(super) fn computed() -> Vec<&'static str> {
        COMPUTED.iter().copied().chain(["max_price"]).collect()
    }
}

impl TrialFormula for Trial {
    type Scratch = ();

    fn scratch(&self) {}

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "codes are small whole numbers")]
    fn evaluate(&self, numbers: &[f64], (): &mut (), outputs: &mut [f64]) -> Result<(), u8> {
        let fault = self.0.evaluate(numbers, outputs, &mut ());
        if fault != 0.0 {
            return Err(fault as u8);
        }
        let terms = self.0.terms(numbers, &mut 0.0);
        outputs[MAX_PRICE] = max_price(&self.0, &terms, numbers).unwrap_or(f64::NAN);
        Ok(())
    }
}
