//! The weighted average cost of capital (Modigliani and Miller 1963; Miles and Ezzell 1980), at market
//! values, at target weights, or with weights that follow from the value they lead to.
//!
//! Whether amounts have an average at all differs from trial to trial, so trials run one by one without
//! allocating; `iterations` alone is read off the whole account.

use serde_json::{Map, Value, json};

use super::beta::{BetaMethod, relever, require_cost_of_debt};
use super::capm::Capm;
use crate::error::Error;
use crate::model::{
    ByTrials, Domain, Engine, Explained, ExplanationLine, Field, Lower, ModelSpec, Numbers, Place, Prepared, Problems,
    Slot, TrialFormula, choice, figure, record, value_of,
};

/// Relative change of value at which iterated weights stand still.
const STILL: f64 = 1e-12;
/// Most rounds of that iteration.
const MOST_ROUNDS: u64 = 200;

choice! {
    /// Where the weights come from.
    pub enum WeightBasis {
        /// From the market values given.
        Values = "values",
        /// From the target weights given.
        Target = "target",
        /// From the value of the firm that they lead to; only inside a dcf.
        Iterated = "iterated",
    }
}

/// A cost of equity given, or one that follows from the capital asset pricing model.
#[derive(Clone, Debug, PartialEq)]
pub enum CostOfEquity<N = f64> {
    /// The rate.
    Rate(N),
    /// What it follows from.
    Capm(Box<Capm<N>>),
}

impl From<f64> for CostOfEquity {
    fn from(rate: f64) -> Self {
        CostOfEquity::Rate(rate)
    }
}

impl Field for CostOfEquity {
    fn read(value: &Value, at: &Place<'_>, problems: &mut Problems) -> Option<Self> {
        if value.is_object() {
            Capm::read(value, at, problems).map(|capm| CostOfEquity::Capm(Box::new(capm)))
        } else {
            f64::read(value, at, problems).map(CostOfEquity::Rate)
        }
    }
    fn placeholder() -> Self {
        CostOfEquity::Rate(f64::NAN)
    }
    fn check(&self, at: &Place<'_>, problems: &mut Problems) {
        match self {
            CostOfEquity::Rate(rate) => rate.check(at, problems),
            CostOfEquity::Capm(capm) => capm.check(at, problems),
        }
    }
    fn write(&self) -> Value {
        match self {
            CostOfEquity::Rate(rate) => rate.write(),
            CostOfEquity::Capm(capm) => capm.write(),
        }
    }
    fn numbers(&mut self, at: &Place<'_>, visit: &mut dyn FnMut(&Place<'_>, &mut f64)) {
        match self {
            CostOfEquity::Rate(rate) => rate.numbers(at, visit),
            CostOfEquity::Capm(capm) => capm.numbers(at, visit),
        }
    }
    fn schema(domain: &Domain) -> Map<String, Value> {
        Map::from_iter([("anyOf".to_owned(), json!([f64::schema(domain), Capm::schema(domain)]))])
    }
}

impl<M> Lower<M> for CostOfEquity {
    type Out = CostOfEquity<M>;
    fn lower(&self, at: &Place<'_>, exchange: &mut dyn FnMut(&Place<'_>, f64) -> M) -> CostOfEquity<M> {
        match self {
            CostOfEquity::Rate(rate) => CostOfEquity::Rate(exchange(at, *rate)),
            CostOfEquity::Capm(capm) => CostOfEquity::Capm(capm.lower(at, exchange)),
        }
    }
}

record! {
    /// What a weighted average cost of capital follows from.
    pub struct Wacc<N> {
        /// Cost of equity: a rate, or a capm object.
        pub cost_of_equity: CostOfEquity<N> [Domain::RATE],
        /// Cost of debt before tax; required when debt has a weight.
        pub cost_of_debt: Option<N> [Domain::RATE],
        /// Cost of preferred shares; required when they have a weight.
        pub cost_of_preferred: Option<N> [Domain::FRACTION],
        /// Tax rate.
        pub tax_rate: N [Domain::TAX_RATE],
        /// Market value of equity.
        pub equity_value: Option<N> [Domain::MONEY.at_least(0.0)],
        /// Market value of debt.
        pub debt_value: Option<N> [Domain::MONEY.at_least(0.0)],
        /// Market value of preferred shares.
        pub preferred_value: Option<N> [Domain::MONEY.at_least(0.0)],
        /// Target weight of debt, instead of the values.
        pub debt_weight: Option<N> [Domain::SHARE],
        /// Target weight of preferred shares, instead of the values.
        pub preferred_weight: Option<N> [Domain::SHARE],
        /// Where the weights come from; by the fields present.
        pub weights: Option<WeightBasis>,
        /// Asset beta, relevered at the weights in use; cost_of_equity must be a capm object.
        pub unlevered_beta: Option<N> [Domain::NUMBER],
        /// How it is relevered.
        pub beta_method: BetaMethod = BetaMethod::default(),
        /// Beta of debt.
        pub debt_beta: Option<N> [Domain::NUMBER],
    }
}

record! {
    /// A weighted average cost of capital.
    pub struct WaccOutput {
        /// we ke + wd kd (1 - t) + wp kp.
        pub wacc: f64 [Domain::FRACTION],
        /// Cost of equity used.
        pub cost_of_equity: f64 [Domain::FRACTION],
        /// Beta used; null when the cost of equity was given as a rate.
        pub beta: Option<f64> [Domain::NUMBER],
        /// Weight of equity.
        pub equity_weight: f64 [Domain::FRACTION],
        /// Weight of debt.
        pub debt_weight: f64 [Domain::FRACTION],
        /// Weight of preferred shares.
        pub preferred_weight: f64 [Domain::FRACTION],
        /// Rounds of the iteration of weights; 0 where there was none.
        pub iterations: u64 [Domain::COUNT],
    }
}

impl<N: Copy> Wacc<N> {
    /// Where the weights come from.
    pub(crate) fn basis(&self) -> WeightBasis {
        self.weights.unwrap_or(if self.debt_weight.is_some() || self.preferred_weight.is_some() {
            WeightBasis::Target
        } else {
            WeightBasis::Values
        })
    }
}

/// What is wrong with amounts, which differ from trial to trial.
struct Amiss {
    /// The sum of market values, where it is not positive.
    values: Option<f64>,
    /// The sum of target weights, where it is above 1.
    targets: Option<f64>,
    /// Debt weighs, and has no cost.
    no_cost_of_debt: bool,
    /// Preferred shares weigh, and have no cost.
    no_cost_of_preferred: bool,
}

/// Why there is no average, which differs from trial to trial.
pub(crate) enum NoAverage {
    /// Without equity there is no beta to relever.
    NoEquity,
    /// Debt and preferred shares leave nothing of the value of the firm.
    ValueExceeded {
        /// Debt.
        debt: f64,
        /// Preferred shares.
        preferred: f64,
        /// Value of the firm.
        value: f64,
    },
    /// The value of the firm did not come to rest.
    Restless {
        /// What it last changed by.
        change: f64,
        /// What it was last.
        value: f64,
    },
}

impl From<NoAverage> for Error {
    fn from(why: NoAverage) -> Self {
        match why {
            NoAverage::NoEquity => Error::undefined("wacc", "without equity there is no beta to relever"),
            NoAverage::ValueExceeded { debt, preferred, value } => Error::undefined(
                "wacc",
                format!("debt {debt} and preferred shares {preferred} exceed the value of the firm {value}"),
            ),
            NoAverage::Restless { change, value } => Error::no_convergence("wacc", MOST_ROUNDS, change, value),
        }
    }
}

/// The codes of reasons why a trial has no average; those of what is amiss come before.
impl From<NoAverage> for u8 {
    fn from(why: NoAverage) -> Self {
        match why {
            NoAverage::NoEquity => 5,
            NoAverage::ValueExceeded { .. } => 6,
            NoAverage::Restless { .. } => 7,
        }
    }
}

impl<S: Copy> Wacc<S> {
    fn amiss(&self, of: impl Fn(S) -> f64) -> Amiss {
        let sum = |parts: &[Option<S>]| parts.iter().flatten().map(|part| of(*part)).sum::<f64>();
        let values = sum(&[self.equity_value, self.debt_value, self.preferred_value]);
        let targets = sum(&[self.debt_weight, self.preferred_weight]);
        let weighs = |value: Option<S>, weight: Option<S>| value.or(weight).is_some_and(|weight| of(weight) > 0.0);
        Amiss {
            values: (self.basis() == WeightBasis::Values && values <= 0.0).then_some(values),
            targets: (self.basis() == WeightBasis::Target && targets > 1.0).then_some(targets),
            no_cost_of_debt: self.cost_of_debt.is_none() && weighs(self.debt_value, self.debt_weight),
            no_cost_of_preferred: self.cost_of_preferred.is_none()
                && weighs(self.preferred_value, self.preferred_weight),
        }
    }

    /// Refuses amounts that the rules refuse, with the code of the first reason.
    pub(crate) fn refuse(&self, of: impl Fn(S) -> f64) -> Result<(), u8> {
        let amiss = self.amiss(of);
        let reasons =
            [amiss.values.is_some(), amiss.targets.is_some(), amiss.no_cost_of_debt, amiss.no_cost_of_preferred];
        (1..).zip(reasons).find(|(_, is_amiss)| *is_amiss).map_or(Ok(()), |(code, _)| Err(code))
    }

    /// The average of an input that the rules have passed.
    pub(crate) fn average(&self, of: impl Fn(S) -> f64) -> Result<WaccOutput, NoAverage> {
        let given = |number: Option<S>| number.map_or(0.0, &of);
        match self.basis() {
            WeightBasis::Target => {
                let (debt, preferred) = (given(self.debt_weight), given(self.preferred_weight));
                self.at([1.0 - debt - preferred, debt, preferred], of)
            }
            WeightBasis::Values | WeightBasis::Iterated => {
                self.at([self.equity_value, self.debt_value, self.preferred_value].map(given), of)
            }
        }
    }

    /// What equity, debt and preferred shares add to the average: we ke, wd kd (1 - t) and wp kp.
    fn parts(&self, [equity, debt, preferred]: [f64; 3], cost_of_equity: f64, of: impl Fn(S) -> f64) -> [f64; 3] {
        let given = |number: Option<S>| number.map_or(0.0, &of);
        [
            equity * cost_of_equity,
            debt * given(self.cost_of_debt) * (1.0 - of(self.tax_rate)),
            preferred * given(self.cost_of_preferred),
        ]
    }

    /// The average at the given market values of equity, debt and preferred shares.
    fn at(&self, [equity, debt, preferred]: [f64; 3], of: impl Fn(S) -> f64) -> Result<WaccOutput, NoAverage> {
        let total = equity + debt + preferred;
        let (equity_weight, debt_weight, preferred_weight) = (equity / total, debt / total, preferred / total);
        let (cost_of_equity, beta) = match &self.cost_of_equity {
            CostOfEquity::Rate(rate) => (of(*rate), None),
            CostOfEquity::Capm(capm) => {
                let beta = match self.unlevered_beta {
                    None => of(capm.beta),
                    Some(_) if equity <= 0.0 => return Err(NoAverage::NoEquity),
                    Some(beta) => {
                        let given = |number: Option<S>| number.map_or(0.0, &of);
                        let cost_of_debt = given(self.cost_of_debt);
                        let weight = self.beta_method.weight(debt / equity, of(self.tax_rate), cost_of_debt);
                        relever(of(beta), given(self.debt_beta), weight)
                    }
                };
                let (beta_used, cost_of_equity) = capm.cost(beta, &of);
                (cost_of_equity, Some(beta_used))
            }
        };
        let weights = [equity_weight, debt_weight, preferred_weight];
        let [equity, debt, preferred] = self.parts(weights, cost_of_equity, of);
        let wacc = equity + debt + preferred;
        Ok(WaccOutput { wacc, cost_of_equity, beta, equity_weight, debt_weight, preferred_weight, iterations: 0 })
    }

    /// The average whose weights follow from the value of the firm that it leads to.
    ///
    /// `value_at` is the enterprise value at a cost of capital. Debt and preferred shares stay at the
    /// amounts given; equity is the rest.
    pub(crate) fn iterate<E: From<NoAverage>>(
        &self,
        of: impl Fn(S) -> f64,
        mut value_at: impl FnMut(f64) -> Result<f64, E>,
    ) -> Result<WaccOutput, E> {
        let [debt, preferred] = [self.debt_value, self.preferred_value].map(|number| number.map_or(0.0, &of));
        let mut value = value_at(self.at([1.0, 0.0, 0.0], &of)?.wacc)?;
        let mut change = f64::INFINITY;
        for iterations in 1..=MOST_ROUNDS {
            let equity = value - debt - preferred;
            if equity <= 0.0 {
                return Err(NoAverage::ValueExceeded { debt, preferred, value }.into());
            }
            let average = self.at([equity, debt, preferred], &of)?;
            let next = value_at(average.wacc)?;
            change = (next - value).abs();
            value = next;
            if change <= STILL * value.abs() {
                return Ok(WaccOutput { iterations, ..average });
            }
        }
        Err(NoAverage::Restless { change, value }.into())
    }
}

/// Whether amounts have an average differs from trial to trial, so these run one by one.
impl TrialFormula for Wacc<Slot> {
    type Scratch = ();

    fn scratch(&self) {}

    fn evaluate(&self, numbers: &[f64], (): &mut (), outputs: &mut [f64]) -> Result<(), u8> {
        let of = |slot: Slot| slot.of(numbers);
        self.refuse(of)?;
        let average = self.average(of)?;
        outputs.copy_from_slice(&[
            average.wacc,
            average.cost_of_equity,
            average.beta.unwrap_or(f64::NAN),
            average.equity_weight,
            average.debt_weight,
            average.preferred_weight,
        ]);
        Ok(())
    }
}

/// The names of what a trial computes.
const COMPUTED: [&str; 6] = ["wacc", "cost_of_equity", "beta", "equity_weight", "debt_weight", "preferred_weight"];

impl Wacc {
    /// The weighted average.
    pub fn value(&self) -> Result<WaccOutput, Error> {
        value_of(self)
    }

    /// The rules, with `place` before each field's name; `inside_dcf` allows iterated weights.
    pub(crate) fn rules_at(&self, place: &str, inside_dcf: bool, problems: &mut Problems) {
        let field = |name: &str| format!("{place}{name}");
        let basis = self.basis();
        let values = [
            ("equity_value", self.equity_value),
            ("debt_value", self.debt_value),
            ("preferred_value", self.preferred_value),
        ];
        let targets = [("debt_weight", self.debt_weight), ("preferred_weight", self.preferred_weight)];
        let unwanted: &[(&str, Option<f64>)] = match basis {
            WeightBasis::Values | WeightBasis::Iterated => &targets,
            WeightBasis::Target => &values,
        };
        for (name, _) in unwanted.iter().filter(|(_, given)| given.is_some()) {
            problems.refuse(field(name), "given", "either market values or target weights, not both");
        }
        let amiss = self.amiss(|number| number);
        if let Some(sum) = amiss.values {
            problems.refuse(field("equity_value"), sum, "market values with a sum above 0");
        }
        if let Some(sum) = amiss.targets {
            problems.refuse(field("debt_weight"), sum, "weights with a sum of at most 1");
        }
        if basis == WeightBasis::Iterated && !inside_dcf {
            problems.refuse(field("weights"), "iterated", "values or target: only a dcf can iterate weights");
        }
        if basis == WeightBasis::Iterated && self.equity_value.is_some() {
            problems.refuse(
                field("equity_value"),
                "given",
                "not with iterated weights, which find the value of equity",
            );
        }
        if amiss.no_cost_of_debt {
            problems.missing(field("cost_of_debt"), "required when debt has a weight: finite number > -1");
        }
        if amiss.no_cost_of_preferred {
            problems.missing(field("cost_of_preferred"), "required when preferred shares have a weight");
        }
        match &self.cost_of_equity {
            CostOfEquity::Capm(capm) => capm.rules_at(&field("cost_of_equity."), problems),
            CostOfEquity::Rate(rate) if self.unlevered_beta.is_some() => {
                problems.refuse(field("cost_of_equity"), *rate, "a capm object, since unlevered_beta is given");
            }
            CostOfEquity::Rate(_) => {}
        }
        if self.unlevered_beta.is_some() {
            require_cost_of_debt(self.beta_method, self.cost_of_debt, &field("cost_of_debt"), problems);
        }
    }

    fn lines(&self, output: &WaccOutput) -> Vec<ExplanationLine> {
        let weights = [output.equity_weight, output.debt_weight, output.preferred_weight];
        let [equity, debt, preferred] = self.parts(weights, output.cost_of_equity, |number| number);
        let [equity_weight, debt_weight, preferred_weight] = weights.map(figure);
        let cost = |cost: Option<f64>| figure(cost.unwrap_or(0.0));
        let of_equity = format!("equity_weight {equity_weight} x cost_of_equity {}", figure(output.cost_of_equity));
        let of_debt = format!(
            "debt_weight {debt_weight} x cost_of_debt {} x (1 - tax_rate {})",
            cost(self.cost_of_debt),
            figure(self.tax_rate)
        );
        let of_preferred =
            format!("preferred_weight {preferred_weight} x cost_of_preferred {}", cost(self.cost_of_preferred));
        vec![
            ExplanationLine::new("Equity", of_equity, equity),
            ExplanationLine::new("Debt after tax", of_debt, debt),
            ExplanationLine::new("Preferred shares", of_preferred, preferred),
        ]
    }
}

impl Engine for Wacc {
    const SPEC: ModelSpec = ModelSpec {
        name: "wacc",
        about: "Weighted average cost of capital",
        version: "1.0.0",
        primary: "wacc",
        feature: "basic_analytics",
    };

    const EXPLAINED: Option<Explained<Self>> =
        Some(Explained { output: "wacc", lines: |wacc, output| Ok(wacc.lines(output)) });

    type Output = WaccOutput;

    fn rules(&self, problems: &mut Problems) {
        self.rules_at("", false, problems);
    }

    fn compute(&self) -> Result<WaccOutput, Error> {
        self.average(|number| number).map_err(Error::from)
    }

    fn lowered(&self, numbers: &mut Numbers, outputs: &[String]) -> Option<Box<dyn Prepared>> {
        let slots: Wacc<Slot> = self.lower(&Place::ROOT, &mut |place, value| numbers.add(place, value));
        ByTrials::boxed(self, slots, std::mem::take(numbers), &COMPUTED, outputs)
    }
}
