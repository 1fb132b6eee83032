//! Whatever is asked of whichever model, the answer is finite numbers or an error that says where and why.
//!
//! Inputs are golden cases with something wrong done to them, and objects that a model's schema allows
//! but nobody would send. `PROPTEST_CASES` lengthens the search. Numbers that say how much work to do
//! stay small, so that a case which does not end is a fault.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError};
use serde_json::{Map, Value, json};

const FILES: [&str; 2] = [include_str!("golden/valuation.json"), include_str!("golden/textbook.json")];

/// Inputs of golden cases by model.
static SEEDS: LazyLock<BTreeMap<&str, Vec<Value>>> = LazyLock::new(|| {
    let mut seeds: BTreeMap<&str, Vec<Value>> = valor_ivx::models().map(|spec| (spec.name, Vec::new())).collect();
    for file in FILES {
        let file: Value = serde_json::from_str(file).unwrap();
        for case in file["cases"].as_array().unwrap() {
            if let Some(inputs) = case["model"].as_str().and_then(|model| seeds.get_mut(model)) {
                inputs.push(case["inputs"].clone());
            }
        }
    }
    seeds
});

/// Names of numbers that say how much work to do, and the most of it here.
const WORK: [(&str, u64); 5] =
    [("trials", 64), ("trial_count", 64), ("scan", 64), ("steps", 8), ("max_iterations", 100)];

/// Something wrong done at one place of an input.
#[derive(Clone, Debug)]
enum Wrong {
    Delete,
    Replace(Value),
    Scale(f64),
    Unknown,
    Again,
    From(usize),
}

/// The values that numbers go wrong with.
fn numbers() -> impl Strategy<Value = f64> {
    prop_oneof![
        prop::sample::select(vec![
            0.0,
            -0.0,
            1.0,
            -1.0,
            0.5,
            2.0,
            0.1,
            -0.999_999,
            1e-320,
            -1e-320,
            f64::MIN_POSITIVE,
            1e-12,
            1e12,
            1e308,
            -1e308,
            f64::MAX,
            f64::MIN,
            9_007_199_254_740_993.0,
            4_294_967_296.0,
            200.0,
            30.0,
        ]),
        -1.5..1.5_f64,
        -1000.0..1000.0_f64,
        any::<f64>().prop_filter("JSON holds finite numbers", |number| number.is_finite()),
    ]
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        4 => numbers().prop_map(Value::from),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<u64>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
        1 => prop::sample::select(vec![
            "", "gordon", "dcf", "NaN", "1", "0001-01-01", "9999-12-31", "2024-02-30", "a[*].b", "a[99999999999999999999]",
            "\u{0}\u{1F4A5}", "sum", "values", "blend", "average", "liquidation", "mean",
        ]).prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[a-z_]{0,8}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn wrongs() -> impl Strategy<Value = Vec<(usize, Wrong)>> {
    let wrong = prop_oneof![
        2 => Just(Wrong::Delete),
        5 => numbers().prop_map(|number| Wrong::Replace(number.into())),
        2 => values().prop_map(Wrong::Replace),
        3 => numbers().prop_map(Wrong::Scale),
        1 => Just(Wrong::Unknown),
        2 => Just(Wrong::Again),
        2 => any::<usize>().prop_map(Wrong::From),
    ];
    prop::collection::vec((any::<usize>(), wrong), 1..5)
}

/// Where every value of a tree stands, as JSON pointers, the whole first.
fn places(value: &Value) -> Vec<String> {
    let mut found = vec![String::new()];
    let mut next = 0;
    while next < found.len() {
        let at = found[next].clone();
        match value.pointer(&at) {
            Some(Value::Object(map)) => found.extend(map.keys().map(|key| format!("{at}/{}", escaped(key)))),
            Some(Value::Array(list)) => found.extend((0..list.len()).map(|i| format!("{at}/{i}"))),
            _ => {}
        }
        next += 1;
    }
    found
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

fn spoil(inputs: &mut Value, place: usize, wrong: &Wrong) {
    let places = places(inputs);
    let at = &places[place % places.len()];
    let spare = |place: usize| inputs.pointer(&places[place % places.len()]).cloned().unwrap();
    match wrong {
        Wrong::Replace(value) => *inputs.pointer_mut(at).unwrap() = value.clone(),
        Wrong::From(place) => {
            let other = spare(*place);
            *inputs.pointer_mut(at).unwrap() = other;
        }
        Wrong::Scale(factor) => scale(inputs.pointer_mut(at).unwrap(), *factor),
        Wrong::Delete => {
            let (parent, key) = at.rsplit_once('/').unwrap_or(("", ""));
            match inputs.pointer_mut(parent) {
                Some(Value::Object(map)) => drop(map.remove(&key.replace("~1", "/").replace("~0", "~"))),
                Some(Value::Array(list)) if !list.is_empty() => drop(list.remove(place % list.len())),
                _ => {}
            }
        }
        Wrong::Unknown => {
            if let Some(Value::Object(map)) = inputs.pointer_mut(at) {
                map.insert("nobody_knows".into(), json!(1));
            }
        }
        Wrong::Again => {
            if let Some(Value::Array(list)) = inputs.pointer_mut(at)
                && list.len() < 64
            {
                list.extend(list.first().cloned());
            }
        }
    }
}

/// Multiplies every number at or below a place.
fn scale(value: &mut Value, factor: f64) {
    match value {
        Value::Object(map) => map.values_mut().for_each(|inner| scale(inner, factor)),
        Value::Array(list) => list.iter_mut().for_each(|inner| scale(inner, factor)),
        Value::Number(number) => {
            // What overflows cannot be written in JSON.
            if let Some(scaled) = number.as_f64().map(|number| number * factor).filter(|number| number.is_finite()) {
                *value = scaled.into();
            }
        }
        _ => {}
    }
}

/// Counts of work brought down to what a test may do; what is no count stays as wrong as it is.
fn bound_work(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map.iter_mut() {
                let most = WORK.iter().find(|(name, _)| name == key).map(|(_, most)| *most);
                match (most, inner.as_f64()) {
                    (Some(most), Some(count)) if count > most as f64 => *inner = most.into(),
                    _ => bound_work(inner),
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(bound_work),
        _ => {}
    }
}

/// Evaluates and refuses a panic, numbers that are not numbers, and errors that do not say where and why.
fn ask(model: &str, mut inputs: Value) -> Result<(), TestCaseError> {
    bound_work(&mut inputs);
    let fault = |what: String| TestCaseError::fail(format!("{model}: {what}\n{inputs}"));
    let answer =
        catch_unwind(AssertUnwindSafe(|| valor_ivx::evaluate(model, &inputs))).map_err(|_| fault("panicked".into()))?;
    let problem = match answer {
        Ok(output) => disagreement(&output, &valor_ivx::schema(model).unwrap()["outputs"], model),
        Err(error) => silence(&error.to_json()),
    };
    problem.map_or(Ok(()), |problem| Err(fault(problem)))
}

/// Where an output is not what its schema promises, or a number is not clean.
fn disagreement(value: &Value, schema: &Value, at: &str) -> Option<String> {
    if let Some(choices) = schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
        let each: Vec<_> = choices.iter().map(|choice| disagreement(value, choice, at)).collect();
        return each.into_iter().min_by_key(Option::is_some).flatten();
    }
    let allows = |kind: &str| match &schema["type"] {
        Value::Null => true,
        Value::Array(kinds) => kinds.iter().any(|one| one == kind),
        one => one == kind,
    };
    let below = |inner: &Value, schema: &Value, name: &str| disagreement(inner, schema, &format!("{at}.{name}"));
    match value {
        Value::Null => (!allows("null")).then(|| format!("{at} is null")),
        Value::Number(number) => {
            let number = number.as_f64().unwrap();
            let clean = number.is_finite() && !(number == 0.0 && number.is_sign_negative());
            let kind = allows("number") || allows("integer");
            (!clean || !kind).then(|| format!("{at} is {number:?}"))
        }
        Value::Array(list) => list.iter().find_map(|inner| below(inner, &schema["items"], "[]")),
        Value::Object(map) => {
            let missing = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let mut missing = missing.filter(|name| !map.contains_key(*name));
            if let Some(name) = missing.next() {
                return Some(format!("{at}.{name} is missing"));
            }
            map.iter().find_map(|(name, inner)| match (name.as_str(), &schema["properties"][name]) {
                ("error", _) if inner["kind"].is_string() => silence(inner),
                (_, Value::Null) => below(inner, &schema["additionalProperties"], name),
                (_, known) => below(inner, known, name),
            })
        }
        Value::Bool(_) | Value::String(_) => None,
    }
}

/// What an error does not say and should.
fn silence(error: &Value) -> Option<String> {
    let told = |name: &str| error[name].as_str().is_some_and(|text| !text.is_empty());
    let complete = match error["kind"].as_str() {
        Some("InvalidInput") => error["field"].is_string() && told("constraint"),
        Some("Undefined") => told("what") && told("why"),
        Some("NoConvergence") => told("what"),
        Some("NotFound") => told("what") || told("field"),
        Some("LimitExceeded") => true,
        _ => false,
    };
    (!complete).then(|| format!("incomplete error {error}"))
}

/// A stream of choices from one seed.
struct Choices(u64);

impl Choices {
    /// The next of them, by SplitMix64.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number that the domain of `schema` allows, mostly a plausible one, at times its very end.
    fn number(&mut self, schema: &Value) -> f64 {
        let end = |open: &str, closed: &str| schema[open].as_f64().or(schema[closed].as_f64());
        let (least, most) = (end("exclusiveMinimum", "minimum"), end("exclusiveMaximum", "maximum"));
        let span = if schema["x-unit"] == "fraction" { 0.5 } else { 100.0 };
        let (low, high) = (least.unwrap_or(-span).max(-span), most.unwrap_or(span).min(span));
        match self.below(16) {
            0 => low,
            1 => high,
            2 => [1e-320, 1e-12, 1e15, 1e308, -1e308, -0.0][self.below(6)],
            _ => low + (high - low) * self.unit(),
        }
    }

    /// A value of the shape that `schema` describes.
    fn shaped(&mut self, schema: &Value, depth: usize) -> Value {
        if let Some(choices) = schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
            let choice = self.below(choices.len());
            return self.shaped(&choices[choice], depth);
        }
        if let Some(choices) = schema["enum"].as_array() {
            return choices[self.below(choices.len())].clone();
        }
        if !schema["const"].is_null() {
            return schema["const"].clone();
        }
        let kind = schema["type"].as_str().or(schema["type"][0].as_str());
        match kind {
            Some("number") => self.number(schema).into(),
            Some("integer") => (self.below(4) + usize::from(schema["minimum"].as_f64() > Some(0.0))).into(),
            Some("boolean") => (self.below(2) == 0).into(),
            Some("string") if schema["format"] == "date" => {
                format!("20{:02}-{:02}-{:02}", self.below(40), 1 + self.below(12), 1 + self.below(31)).into()
            }
            Some("string") => {
                ["a", "b", "dcf", "npv", "rate", "ev/ebitda", "p/net_income", "irr"][self.below(8)].into()
            }
            Some("array") if depth < 6 => {
                let length = 1 + self.below(4);
                (0..length).map(|_| self.shaped(&schema["items"], depth + 1)).collect()
            }
            Some("object") if depth < 6 => self.object(schema, depth),
            _ => Value::Null,
        }
    }

    /// Every required field, and some of the others.
    fn object(&mut self, schema: &Value, depth: usize) -> Value {
        let mut map = Map::new();
        let required = schema["required"].as_array();
        let generous = 1 + self.below(8);
        for (name, inner) in schema["properties"].as_object().into_iter().flatten() {
            let needed = required.is_some_and(|names| names.iter().any(|one| one == name));
            if needed || self.below(generous + 1) == 0 {
                map.insert(name.clone(), self.shaped(inner, depth + 1));
            }
        }
        map.into()
    }
}

proptest! {
    #![proptest_config(Config { failure_persistence: None, max_shrink_iters: 4096, ..Config::default() })]

    #[test]
    fn a_golden_case_gone_wrong_gives_finite_numbers_or_a_clear_error(pick in any::<usize>(), wrongs in wrongs()) {
        for (model, seeds) in SEEDS.iter() {
            let mut inputs = seeds[pick % seeds.len()].clone();
            for (place, wrong) in &wrongs {
                spoil(&mut inputs, *place, wrong);
            }
            ask(model, inputs)?;
        }
    }

    #[test]
    fn whatever_a_schema_allows_gives_finite_numbers_or_a_clear_error(seed in any::<u64>()) {
        for spec in valor_ivx::models() {
            let inputs = Choices(seed).shaped(&valor_ivx::schema(spec.name).unwrap()["inputs"], 0);
            ask(spec.name, inputs)?;
        }
    }

    #[test]
    fn what_is_no_input_at_all_is_refused(value in values()) {
        for spec in valor_ivx::models() {
            ask(spec.name, value.clone())?;
        }
    }
}

#[test]
fn each_model_is_searched_from_a_golden_case() {
    let without: Vec<_> = SEEDS.iter().filter(|(_, seeds)| seeds.is_empty()).map(|(model, _)| model).collect();
    assert!(without.is_empty(), "{without:?}");
}
