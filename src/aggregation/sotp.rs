//! Sum of the parts: a company is worth what its segments are worth, less what the centre costs and
//! what a holding is discounted by. (Koller, Goedhart and Wessels, "Valuation", chapter on valuation
//! by parts.)
//!
//! A segment's value is given, a metric times a multiple, or an output of another model. What another
//! model computes is fixed before the formula runs: paths of a study address the numbers of this
//! input, not those inside a segment's own input.
//!
//! Not supported: segments in other currencies, overlaps between segments, tax on their sale.

use serde_json::Value;

use crate::catalogue;
use crate::error::Error;
use crate::model::{
    ByLanes, Domain, Engine, Explained, ExplanationLine, Formula, Lower, ModelSpec, Numbers, Place, Prepared, Problems,
    Slot, figure, record, value_of,
};
use crate::number::Number;
use crate::sensitivity::Study;
use crate::valuation::Warning;
use crate::valuation::claims::{ShareCount, bridge_lines, bridge_sum};
use crate::valuation::dcf::{Bridge, Convertible, ShareOption};

record! {
    /// A company valued by its parts.
    pub struct Sotp<N> {
        /// The parts.
        pub segments: Vec<Segment<N>>,
        /// What the centre costs, subtracted.
        pub corporate_costs: Option<CorporateCosts<N>>,
        /// Discount on the sum of segments less costs.
        pub holding_discount: N [Domain::FRACTION.at_least(0.0).below(1.0)] = 0.0,
        /// From enterprise to equity value.
        pub bridge: Bridge<N> = Bridge::default(),
        /// Basic shares outstanding.
        pub shares: Option<N> [Domain::SHARES.above(0.0)],
        /// Options on shares.
        pub options: Vec<ShareOption<N>> = Vec::new(),
        /// Restricted share units.
        pub rsus: Option<N> [Domain::SHARES.at_least(0.0)],
        /// Convertible debt; its principal is part of debt.
        pub convertibles: Vec<Convertible<N>> = Vec::new(),
        /// Share price at which dilution is taken; by default it is solved for.
        pub treasury_price: Option<N> [Domain::MONEY.above(0.0)],
    }
}

record! {
    /// A part of the company: value, or metric and multiple, or model and input.
    pub struct Segment<N> {
        /// Its name.
        pub name: String,
        /// Part of it that the company owns.
        pub ownership: N [Domain::FRACTION.above(0.0).at_most(1.0)] = 1.0,
        /// Its enterprise value.
        pub value: Option<N> [Domain::MONEY],
        /// What the multiple applies to.
        pub metric: Option<N> [Domain::MONEY],
        /// Multiple of the metric.
        pub multiple: Option<N> [Domain::NUMBER],
        /// Name of the model that values it.
        pub model: Option<String>,
        /// That model's input.
        pub input: Option<Value>,
        /// Path of that model's output; enterprise_value by default.
        pub output: Option<String>,
    }
}

record! {
    /// What the centre costs: annual and multiple, or value.
    pub struct CorporateCosts<N> {
        /// Costs of a year.
        pub annual: Option<N> [Domain::MONEY],
        /// Years' costs that they are worth.
        pub multiple: Option<N> [Domain::NUMBER],
        /// Their value.
        pub value: Option<N> [Domain::MONEY],
    }
}

record! {
    /// The value of the whole, and of each part.
    pub struct SotpValuation {
        /// Each part, in its order.
        pub segments: Vec<SegmentValue>,
        /// Value of the parts less costs and discount.
        pub enterprise_value: f64 [Domain::MONEY],
        /// Value of equity.
        pub equity_value: f64 [Domain::MONEY],
        /// Value per diluted share; null without shares.
        pub value_per_share: Option<f64> [Domain::MONEY],
        /// What deserves a second look; a warning never changes a number.
        pub warnings: Vec<Warning>,
    }
}

record! {
    /// The value of a part.
    pub struct SegmentValue {
        /// Its name.
        pub name: String,
        /// Value of the part that is owned.
        pub value: f64 [Domain::MONEY],
        /// That over the sum of all parts; null when the sum is not positive.
        pub share: Option<f64> [Domain::FRACTION],
    }
}

impl Sotp {
    /// Values the company.
    ///
    /// ```
    /// use valor_ivx::aggregation::{Segment, Sotp};
    /// let parts = Sotp {
    ///     segments: vec![
    ///         Segment { name: "Rail".into(), value: Some(400.0), ..Segment::default() },
    ///         Segment {
    ///             name: "Ports".into(),
    ///             ownership: 0.6,
    ///             metric: Some(50.0),
    ///             multiple: Some(8.0),
    ///             ..Segment::default()
    ///         },
    ///     ],
    ///     holding_discount: 0.1,
    ///     ..Sotp::default()
    /// };
    /// assert!((parts.value()?.enterprise_value - 576.0).abs() < 1e-12);
    /// # Ok::<(), valor_ivx::Error>(())
    /// ```
    pub fn value(&self) -> Result<SotpValuation, Error> {
        value_of(self)
    }
}

impl Sotp {
    fn lines(&self, output: &SotpValuation) -> Vec<ExplanationLine> {
        let segment = |(i, (input, segment)): (usize, (&Segment, &SegmentValue))| {
            let mut formula = match (input.metric.zip(input.multiple), &input.model) {
                (Some((metric, multiple)), _) => format!("metric {} x multiple {}", figure(metric), figure(multiple)),
                (None, Some(model)) => format!("by {model}"),
                (None, None) => format!("segments[{i}].value"),
            };
            if input.ownership != 1.0 {
                formula = format!("ownership {} x {formula}", figure(input.ownership));
            }
            ExplanationLine::new(segment.name.clone(), formula, segment.value)
        };
        let mut lines: Vec<_> = self.segments.iter().zip(&output.segments).enumerate().map(segment).collect();
        let before_discount = output.enterprise_value / (1.0 - self.holding_discount);
        if self.corporate_costs.is_some() {
            let parts: f64 = output.segments.iter().map(|segment| segment.value).sum();
            lines.push(ExplanationLine::new("Corporate costs", "corporate_costs, deducted", before_discount - parts));
        }
        let discount = format!("holding_discount {} on the above", figure(self.holding_discount));
        lines.push(ExplanationLine::new("Holding discount", discount, output.enterprise_value - before_discount));
        lines.extend(bridge_lines(&self.bridge));
        lines
    }
}

/// An amount, or one that two numbers give.
#[derive(Clone, Copy, Debug)]
enum Worth<S> {
    Amount(S),
    Product(S, S),
}

impl Worth<Slot> {
    #[inline(always)]
    fn of<N: Number>(self, x: &[N]) -> N {
        match self {
            Worth::Amount(amount) => amount.of(x),
            Worth::Product(one, other) => one.of(x) * other.of(x),
        }
    }
}

/// The sum, resolved.
struct Plan<S> {
    /// Ownership and worth of each segment.
    segments: Vec<(S, Worth<S>)>,
    costs: Option<Worth<S>>,
    holding_discount: S,
    bridge: Vec<(f64, S)>,
    shares: Option<ShareCount<S>>,
}

/// Resolves `sotp`, with `computed` the value of each segment that a model gives. `None` when there
/// are problems.
fn resolve<S: Copy>(sotp: &Sotp<S>, computed: &[Option<S>], problems: &mut Problems) -> Option<Plan<S>> {
    if sotp.segments.is_empty() {
        problems.refuse("segments", serde_json::json!([]), "at least one segment");
    }
    let segments: Vec<_> = sotp
        .segments
        .iter()
        .enumerate()
        .map(|(i, segment)| {
            let worth = match computed.get(i).copied().flatten() {
                Some(value) => Some(Worth::Amount(value)),
                None => worth(segment, &format!("segments[{i}]"), problems),
            };
            worth.map(|worth| (segment.ownership, worth))
        })
        .collect();
    let costs = sotp.corporate_costs.as_ref().map(|costs| {
        let CorporateCosts { annual, multiple, value } = *costs;
        match (annual, multiple, value) {
            (Some(annual), Some(multiple), None) => Some(Worth::Product(annual, multiple)),
            (None, None, Some(value)) => Some(Worth::Amount(value)),
            _ => {
                problems.refuse("corporate_costs", "given", "either annual and multiple, or value");
                None
            }
        }
    });
    let bridge = sotp.bridge.signed("bridge", problems);
    let shares =
        ShareCount::new(sotp.shares, sotp.rsus, &sotp.options, &sotp.convertibles, sotp.treasury_price, problems);
    Some(Plan {
        segments: segments.into_iter().collect::<Option<_>>()?,
        costs: match costs {
            None => None,
            Some(costs) => Some(costs?),
        },
        holding_discount: sotp.holding_discount,
        bridge,
        shares,
    })
}

/// What a segment is worth by its own numbers.
fn worth<S: Copy>(segment: &Segment<S>, field: &str, problems: &mut Problems) -> Option<Worth<S>> {
    match (segment.value, segment.metric, segment.multiple) {
        (Some(value), None, None) => Some(Worth::Amount(value)),
        (None, Some(metric), Some(multiple)) => Some(Worth::Product(metric, multiple)),
        _ => {
            problems.refuse(field, segment.name.as_str(), ONE_WAY);
            None
        }
    }
}

const ONE_WAY: &str = "one of value, metric with multiple, model with input";

impl Sotp {
    /// The value of each segment that a model gives.
    fn computed(&self) -> Result<Vec<Option<f64>>, Error> {
        let of = |(i, segment): (usize, &Segment)| {
            let (Some(model), Some(input)) = (&segment.model, &segment.input) else { return Ok(None) };
            let output = segment.output.clone().unwrap_or_else(|| "enterprise_value".to_owned());
            let values = catalogue::find(model)
                .and_then(|model| Study::new(model, input, &[], &[output]))
                .and_then(|study| study.base_outputs());
            let values = values.map_err(|error| error.under(&format!("segments[{i}]")))?;
            Ok(values.first().copied())
        };
        self.segments.iter().enumerate().map(of).collect()
    }
}

/// What the sum comes to.
struct Totals<N> {
    enterprise_value: N,
    equity_value: N,
    value_per_share: N,
}

impl Plan<Slot> {
    /// Value of the part of a segment that is owned.
    #[inline(always)]
    fn segment<N: Number>(&self, index: usize, x: &[N]) -> N {
        let (ownership, worth) = self.segments[index];
        ownership.of(x) * worth.of(x)
    }

    #[inline(always)]
    fn totals<N: Number>(&self, x: &[N]) -> Totals<N> {
        let mut sum = N::constant(0.0);
        for i in 0..self.segments.len() {
            sum = sum + self.segment(i, x);
        }
        let costs = match self.costs {
            Some(costs) => costs.of(x),
            None => N::constant(0.0),
        };
        let enterprise_value = (sum - costs) * (-self.holding_discount.of(x) + 1.0);
        let equity_value = enterprise_value + bridge_sum(&self.bridge, x);
        let value_per_share = match &self.shares {
            Some(shares) => shares.per_share(equity_value, x).0,
            None => N::constant(0.0),
        };
        Totals { enterprise_value, equity_value, value_per_share }
    }
}

const COMPUTED: &[&str] = &["enterprise_value", "equity_value", "value_per_share"];

impl Formula for Plan<Slot> {
    type Scratch<N: Number> = ();

    fn scratch<N: Number>(&self) {}

    #[inline(always)]
    fn evaluate<N: Number>(&self, numbers: &[N], outputs: &mut [N], (): &mut ()) -> N {
        let totals = self.totals(numbers);
        outputs[0] = totals.enterprise_value;
        outputs[1] = totals.equity_value;
        outputs[2] = totals.value_per_share;
        N::constant(0.0)
    }

    fn error(&self, code: u8, _: &[f64]) -> Error {
        Error::internal("unknown_fault", format!("a sum of parts raised the fault {code}"))
    }
}

impl Engine for Sotp {
    const SPEC: ModelSpec = ModelSpec {
        name: "sotp",
        about: "Sum of the parts: segments by value, multiple or model, less costs and discount",
        version: "1.0.0",
        primary: "enterprise_value",
        feature: "basic_analytics",
    };

    const EXPLAINED: Option<Explained<Self>> =
        Some(Explained { output: "equity_value", lines: |sotp, output| Ok(sotp.lines(output)) });

    type Output = SotpValuation;

    fn rules(&self, problems: &mut Problems) {
        // What a model gives does not matter here, only that it is asked.
        let mut asked = Vec::new();
        for (i, segment) in self.segments.iter().enumerate() {
            let field = format!("segments[{i}]");
            let numbers = segment.value.is_some() || segment.metric.is_some() || segment.multiple.is_some();
            match (&segment.model, &segment.input) {
                (Some(_), Some(_)) if numbers => problems.refuse(field, segment.name.as_str(), ONE_WAY),
                (Some(_), None) => problems.missing(format!("{field}.input"), "required with model"),
                (None, Some(_)) => problems.missing(format!("{field}.model"), "required with input"),
                (None, None) if segment.output.is_some() => {
                    problems.refuse(format!("{field}.output"), segment.output.clone(), "only with model");
                }
                _ => {}
            }
            asked.push((segment.model.is_some() || segment.input.is_some()).then_some(0.0));
        }
        resolve(self, &asked, problems);
    }

    fn inner(&self) -> Vec<(String, Value)> {
        self.segments.iter().filter_map(|part| part.model.clone().zip(part.input.clone())).collect()
    }

    fn compute(&self) -> Result<SotpValuation, Error> {
        let mut numbers = Vec::new();
        let slots = self.lower(&Place::ROOT, &mut |_, value| Slot::append(&mut numbers, value));
        let plan = self.plan(&slots, &mut |value| Slot::append(&mut numbers, value))?;
        let totals = plan.totals(&numbers);
        let values: Vec<f64> = (0..plan.segments.len()).map(|i| plan.segment(i, &numbers)).collect();
        let sum: f64 = values.iter().sum();
        let mut warnings = Vec::new();
        if sum <= 0.0 {
            let message = format!("null: the parts sum to {sum}");
            warnings.push(Warning { code: "base_not_positive".into(), field: "segments[*].share".into(), message });
        }
        let part = |(segment, value): (&Segment, f64)| SegmentValue {
            name: segment.name.clone(),
            value,
            share: (sum > 0.0).then(|| value / sum),
        };
        Ok(SotpValuation {
            segments: self.segments.iter().zip(values).map(part).collect(),
            enterprise_value: totals.enterprise_value,
            equity_value: totals.equity_value,
            value_per_share: self.shares.map(|_| totals.value_per_share),
            warnings,
        })
    }

    fn default_at(&self, path: &str) -> Option<f64> {
        ["bridge.net_debt", "bridge.debt", "bridge.cash", "rsus"].contains(&path).then_some(0.0)
    }

    fn lowered(&self, numbers: &mut Numbers, outputs: &[String]) -> Option<Box<dyn Prepared>> {
        if self.shares.is_none() && outputs.iter().any(|output| output == "value_per_share") {
            return None;
        }
        let slots = self.lower(&Place::ROOT, &mut |place, value| numbers.add(place, value));
        let plan = self.plan(&slots, &mut |value| numbers.constant(value)).ok()?;
        ByLanes::boxed(plan, std::mem::take(numbers), COMPUTED, outputs)
    }
}

impl Sotp {
    /// The plan of an input that has passed its rules, with its numbers in `slots`.
    fn plan(&self, slots: &Sotp<Slot>, constant: &mut dyn FnMut(f64) -> Slot) -> Result<Plan<Slot>, Error> {
        let computed: Vec<_> = self.computed()?.into_iter().map(|value| value.map(&mut *constant)).collect();
        let mut problems = Problems::default();
        let plan = resolve(slots, &computed, &mut problems);
        problems.into_result()?;
        plan.ok_or_else(|| Error::internal("unresolved_plan", "a sum of parts gave neither a plan nor a problem"))
    }
}
