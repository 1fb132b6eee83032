//! The list of built-in models, one line an engine, and the uniform door to them.
//!
//! Start at [`evaluate`]: a model's name and a JSON object in, a JSON object out. Adding an engine is
//! one file and one line here; schema, simulation, sensitivity, registry and bindings follow.

use std::borrow::Borrow;

use serde_json::Value;

use crate::capital;
use crate::cashflow;
use crate::error::Error;
use crate::model::{Explanation, Model, ModelOf, ModelSpec};
use crate::{aggregation, scenario, sensitivity, simulation, valuation};

macro_rules! catalogue {
    ($($engine:path),* $(,)?) => {
        static MODELS: &[&dyn Model] = &[$({
            static MODEL: ModelOf = ModelOf::engine::<$engine>();
            &MODEL
        }),*];
    };
}

catalogue! {
    cashflow::Npv,
    cashflow::Xnpv,
    cashflow::Irr,
    cashflow::Xirr,
    cashflow::Mirr,
    cashflow::Pmt,
    cashflow::Pv,
    cashflow::Fv,
    cashflow::Nper,
    cashflow::Rate,
    cashflow::Ipmt,
    cashflow::Ppmt,
    cashflow::YearFraction,
    cashflow::ConvertRate,
    cashflow::Payback,
    capital::Capm,
    capital::UnleverBeta,
    capital::ReleverBeta,
    capital::PeerBeta,
    capital::SyntheticRating,
    capital::Wacc,
    valuation::Dcf,
    valuation::Ddm,
    valuation::ResidualIncome,
    valuation::Eva,
    valuation::Apv,
    valuation::Fcfe,
    valuation::Reconcile,
    valuation::Lbo,
    valuation::Merger,
    valuation::Comparables,
    valuation::Precedents,
    sensitivity::OneWay,
    sensitivity::Grid,
    sensitivity::Tornado,
    sensitivity::Gradient,
    sensitivity::Spider,
    sensitivity::Attribution,
    sensitivity::GoalSeek,
    scenario::Evaluate,
    scenario::Weighted,
    scenario::Compare,
    scenario::Diff,
    aggregation::Sotp,
    aggregation::FootballField,
    simulation::Simulate,
}

/// Every built-in model.
#[must_use]
pub fn all() -> &'static [&'static dyn Model] {
    MODELS
}

/// What every built-in model is.
pub fn models() -> impl Iterator<Item = &'static ModelSpec> {
    MODELS.iter().map(|model| model.spec())
}

/// The built-in model called `name`.
pub fn find(name: &str) -> Result<&'static dyn Model, Error> {
    MODELS.iter().copied().find(|model| model.spec().name == name).ok_or_else(|| {
        let names: Vec<_> = models().map(|spec| spec.name).collect();
        Error::not_found("unknown_model", format!("model {name}"))
            .with_hint(format!("known models: {}", names.join(", ")))
    })
}

/// Values `inputs` by the model called `name`; both are JSON objects with the model's field names.
///
/// ```
/// use serde_json::json;
/// let output = valor_ivx::evaluate("npv", json!({"rate": 0.1, "cashflows": [-100.0, 60.0, 60.0]}))?;
/// assert!((output["npv"].as_f64().unwrap() - 4.132_231_404_958_678).abs() < 1e-12);
/// # Ok::<(), valor_ivx::Error>(())
/// ```
pub fn evaluate(name: &str, inputs: impl Borrow<Value>) -> Result<Value, Error> {
    find(name)?.evaluate(inputs.borrow())
}

/// What evaluating a model takes in all: plan features, its own and those of every model inside, each
/// once, and the trials drawn.
pub fn demand(name: &str, inputs: &Value) -> Result<(Vec<&'static str>, u64), Error> {
    let mut features = Vec::new();
    let mut trials = 0_u64;
    let mut waiting = vec![(name.to_owned(), inputs.clone())];
    while let Some((name, inputs)) = waiting.pop() {
        let model = find(&name)?;
        let demand = model.demand(&inputs)?;
        if !features.contains(&model.spec().feature) {
            features.push(model.spec().feature);
        }
        trials = trials.saturating_add(demand.trials);
        waiting.extend(demand.inner);
    }
    Ok((features, trials))
}

/// Values `inputs` by the model called `name` and tells the result as a sum, line by line.
///
/// ```
/// use serde_json::json;
/// let explanation = valor_ivx::explain("npv", json!({"rate": 0.1, "cashflows": [-100.0, 66.0, 60.5]}))?;
/// let amounts: Vec<_> = explanation.lines.iter().map(|line| line.amount.round()).collect();
/// assert_eq!(amounts, [-100.0, 60.0, 50.0]);
/// println!("{explanation}");
/// # Ok::<(), valor_ivx::Error>(())
/// ```
pub fn explain(name: &str, inputs: impl Borrow<Value>) -> Result<Explanation, Error> {
    let model = find(name)?;
    let explanation = model.explain(inputs.borrow());
    if model.explained().is_some() {
        return explanation;
    }
    let able = MODELS.iter().filter(|model| model.explained().is_some()).map(|model| model.spec().name);
    explanation
        .map_err(|error| error.with_hint(format!("models that explain: {}", able.collect::<Vec<_>>().join(", "))))
}

/// `{"inputs": JSON Schema, "outputs": JSON Schema, "name", "about", "version", "primary", "feature"}`
/// of the model called `name`.
pub fn schema(name: &str) -> Result<&'static Value, Error> {
    find(name).map(Model::schema)
}
