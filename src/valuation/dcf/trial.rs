//! A valuation whose cost of capital follows from what the firm is financed by, for one trial after the
//! other: weights may follow from the value that they lead to, and that search ends when it will.

use super::formula::Totals;
use super::plan::Plan;
use crate::capital::{Wacc, WeightBasis};
use crate::model::{Domain, Slot, TrialFormula};

/// The plan, whose cost of capital is the number in `rate`, and what that rate follows from.
pub(super) struct Trial {
    plan: Plan<Slot>,
    wacc: Wacc<Slot>,
    rate: Slot,
}

/// Codes of reasons that follow those of the cost of capital; from the last on, those of the formula.
mod fault {
    pub(super) const RATE: u8 = 8;
    pub(super) const VALUE: u8 = 9;
    pub(super) const FORMULA: u8 = 9;
}

impl Trial {
    pub(super) fn new(plan: Plan<Slot>, wacc: Wacc<Slot>) -> Self {
        // A rate that is to be found is the same in all years.
        let rate = plan.last_year().wacc;
        Self { plan, wacc, rate }
    }

    /// The valuation at a cost of capital, which is entered among the numbers.
    fn at(&self, wacc: f64, numbers: &mut [f64]) -> Result<Totals<f64>, u8> {
        if !Domain::RATE.contains(wacc) {
            return Err(fault::RATE);
        }
        numbers[self.rate.index()] = wacc;
        let totals = self.plan.value(numbers, &mut ());
        if totals.fault != 0.0 {
            // Fault codes are small whole numbers.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            return Err(fault::FORMULA + totals.fault as u8);
        }
        if totals.enterprise_value.is_finite() { Ok(totals) } else { Err(fault::VALUE) }
    }
}

impl TrialFormula for Trial {
    /// The numbers of the trial with its cost of capital.
    type Scratch = Vec<f64>;

    fn scratch(&self) -> Vec<f64> {
        Vec::new()
    }

    fn evaluate(&self, numbers: &[f64], at: &mut Vec<f64>, outputs: &mut [f64]) -> Result<(), u8> {
        let of = |slot: Slot| slot.of(numbers);
        self.wacc.refuse(of)?;
        at.clear();
        at.extend_from_slice(numbers);
        let average = match self.wacc.basis() {
            WeightBasis::Iterated => {
                self.wacc.iterate(of, |rate| self.at(rate, at).map(|totals| totals.enterprise_value))?
            }
            WeightBasis::Values | WeightBasis::Target => self.wacc.average(of)?,
        };
        self.at(average.wacc, at)?.write(outputs);
        Ok(())
    }
}
