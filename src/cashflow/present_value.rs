//! Net present value of equally spaced flows: npv = sum of `c_i` (1 + rate)^-(i + `first_period`).

use crate::error::Error;
use crate::model::{Domain, Engine, ModelSpec, Problems, record, value_of};

record! {
    /// Net present value of flows one period apart.
    pub struct Npv<N> {
        /// Discount rate per period.
        pub rate: N [Domain::RATE],
        /// Flows in order; positive is received.
        pub cashflows: Vec<N> [Domain::MONEY],
        /// Period of the first flow: 0 is now, 1 the end of the first period, as spreadsheets have it.
        pub first_period: u32 [Domain::NUMBER.at_most(1.0)] = 0,
    }
}

record! {
    /// The present value.
    pub struct NpvOutput {
        /// Net present value at period 0.
        pub npv: f64 [Domain::MONEY],
    }
}

impl Npv {
    /// Values the flows.
    pub fn value(&self) -> Result<NpvOutput, Error> {
        value_of(self)
    }
}

impl Engine for Npv {
    const SPEC: ModelSpec = ModelSpec {
        name: "npv",
        about: "Net present value of equally spaced cash flows",
        version: "1.0.0",
        primary: "npv",
        feature: "basic_analytics",
    };

    type Output = NpvOutput;

    fn rules(&self, problems: &mut Problems) {
        if self.cashflows.is_empty() {
            problems.refuse("cashflows", serde_json::json!([]), "at least one flow");
        }
    }

    fn compute(&self) -> Result<NpvOutput, Error> {
        let factor = 1.0 / (1.0 + self.rate);
        let mut discount = if self.first_period == 1 { factor } else { 1.0 };
        let mut npv = 0.0;
        for flow in &self.cashflows {
            npv += flow * discount;
            discount *= factor;
        }
        Ok(NpvOutput { npv })
    }
}
