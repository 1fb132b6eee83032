//! A host's own function stands in for a model in every study and in simulations.

mod runs;

use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use serde_json::{Value, json};
use valor_ivx::model::{Column, Function, Model, Path};
use valor_ivx::random::{BLOCK, Distribution};
use valor_ivx::sensitivity::{Driver, StudyOf, Tornado, evaluate_with};
use valor_ivx::simulation::{RunOptions, Simulation, SimulationResult, StatisticsOptions};
use valor_ivx::{Error, ErrorKind, evaluate};

use runs::run;

const FLOWS: [f64; 4] = [-100.0, 40.0, 50.0, 45.0];

/// The net present value, by the library's own model.
#[expect(clippy::unnecessary_wraps, reason = "what a function over columns looks like")]
fn npv(columns: &[&[f64]], outputs: &mut [Vec<f64>]) -> Result<(), Error> {
    for (rate, npv) in columns[0].iter().zip(&mut outputs[0]) {
        *npv = match evaluate("npv", json!({"rate": rate, "cashflows": FLOWS})) {
            Ok(output) => output["npv"].as_f64().unwrap(),
            Err(_) => f64::NAN,
        };
    }
    Ok(())
}

fn own_npv() -> Function {
    Function::new(["rate"], ["npv"], npv)
}

/// A study with the part of its input that is about the model, and the fields that tell one run from another.
fn studies() -> Vec<(&'static str, Value)> {
    vec![
        ("sensitivity_1d", json!({"path": "rate", "start": -1.5, "stop": 0.5, "steps": 90})),
        ("sensitivity_grid", json!({"axes": [{"path": "rate", "values": [0.0, 0.1, -1.0, 0.2]}]})),
        ("tornado", json!({"drivers": [{"path": "rate", "low": -1.0, "high": 0.2}]})),
        ("spider", json!({"drivers": ["rate"], "steps": [-0.5, 0.5, -20.0]})),
        ("gradient", json!({"paths": ["rate"], "step": 1e-4})),
        ("goal_seek", json!({"path": "rate", "target": 0.0, "lower": -1.2, "upper": 0.9, "scan": 20})),
    ]
}

fn with_input(fields: &Value, model: &str, input: Value) -> Value {
    let mut study = fields.clone();
    study["model"] = model.into();
    study["input"] = input;
    study
}

#[test]
fn every_study_of_a_function_is_that_of_the_model_it_computes() {
    for (name, fields) in studies() {
        let of_model = with_input(&fields, "npv", json!({"rate": 0.1, "cashflows": FLOWS}));
        let mut wanted = evaluate(name, &of_model).unwrap();
        let mut found =
            evaluate_with(name, &with_input(&fields, "function", json!({"rate": 0.1})), &own_npv()).unwrap();
        // Why a cell has no value is the model's own to say, and so is what else it tells.
        for output in [&mut wanted, &mut found] {
            let places = output["errors"]
                .as_array()
                .map(|errors| errors.iter().map(|error| error["index"].clone()).collect::<Vec<_>>());
            let output = output.as_object_mut().unwrap();
            output.insert("errors".into(), json!(places));
            output.insert("result".into(), Value::Null);
        }
        assert_eq!(found, wanted, "{name}");
    }
    let ends = |extra: &Value, model: &str| {
        let end = |rate: f64| {
            let mut input = extra.clone();
            input["rate"] = rate.into();
            input
        };
        json!({"model": model, "from_input": end(0.1), "to_input": end(0.2), "paths": ["rate"]})
    };
    let wanted = evaluate("attribution", ends(&json!({"cashflows": FLOWS}), "npv")).unwrap();
    assert_eq!(evaluate_with("attribution", &ends(&json!({}), "function"), &own_npv()).unwrap(), wanted);
}

#[test]
fn what_goal_seek_finds_for_a_function_comes_with_all_its_outputs() {
    let function = Function::new(["x"], ["square", "cube"], |columns, outputs| {
        for (i, x) in columns[0].iter().enumerate() {
            (outputs[0][i], outputs[1][i]) = (x * x, x * x * x);
        }
        Ok(())
    });
    let input = json!({"model": "", "input": {"x": 1.0}, "path": "x", "output": "cube", "target": 8.0, "lower": 0.0, "upper": 5.0});
    let found = evaluate_with("goal_seek", &input, &function).unwrap();
    assert!((found["x"].as_f64().unwrap() - 2.0).abs() < 1e-9);
    assert!((found["result"]["square"].as_f64().unwrap() - 4.0).abs() < 1e-9);
}

#[test]
fn an_error_of_a_function_ends_every_study_and_is_passed_on() {
    for (name, fields) in studies() {
        let broken = Function::new(["rate"], ["npv"], |columns, outputs| {
            // The base input has a value; what is varied has none.
            if columns[0].iter().any(|rate| *rate != 0.1) {
                return Err(Error::conflict("sold_out", "the host"));
            }
            npv(columns, outputs)
        });
        let error = evaluate_with(name, &with_input(&fields, "", json!({"rate": 0.1})), &broken).unwrap_err();
        assert_eq!((error.kind(), error.reason()), (ErrorKind::Conflict, Some("sold_out")), "{name}");
    }
}

#[test]
fn a_function_that_leaves_a_column_of_another_length_is_an_error() {
    let short = Function::new(["x"], ["y"], |_, outputs| {
        outputs[0].clear();
        Ok(())
    });
    assert_eq!(short.evaluate(&json!({"x": 1.0})).unwrap_err().kind(), ErrorKind::Internal);
}

#[test]
fn the_input_of_a_function_is_checked_as_that_of_a_model() {
    let function = Function::new(["a", "b", "c"], ["y"], |_, _| Ok(()));
    let error = function.validate(&json!({"a": "one", "b": 1.0, "d": 2.0})).unwrap_err();
    let mut fields: Vec<_> = std::iter::once(&error).chain(error.also()).filter_map(Error::field).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["a", "c", "d"]);
    assert_eq!(function.validate(&json!([1.0])).unwrap_err().kind(), ErrorKind::InvalidInput);
    let unnamed = Function::new(["a", "a", "b.c"], [""; 0], |_, _| Ok(()));
    let Err(error) = unnamed.prepare(&json!({"a": 1.0, "b.c": 1.0}), &[], &[]) else { panic!("no outputs") };
    let fields: Vec<_> = std::iter::once(&error).chain(error.also()).filter_map(Error::field).collect();
    assert_eq!(fields, ["outputs", "names", "names"]);
    let path = Path::parse("price", "path").unwrap();
    let own = own_npv();
    let Err(error) = own.prepare(&json!({"rate": 0.1}), &[path], &[]) else { panic!("no such input") };
    assert_eq!(error.field(), Some("price"));
    let Err(error) = own.prepare(&json!({"rate": 0.1}), &[], &["irr".to_owned()]) else { panic!("no such output") };
    assert_eq!(error.field(), Some("outputs"));
}

#[test]
fn a_study_that_takes_no_model_is_refused_by_name() {
    assert_eq!(evaluate_with("npv", &json!({}), &own_npv()).unwrap_err().field(), Some("study"));
    assert_eq!(evaluate_with("nothing", &json!({}), &own_npv()).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn a_typed_study_takes_a_model_of_the_catalogue_too() {
    let tornado = Tornado {
        input: json!({"rate": 0.1, "cashflows": FLOWS}),
        drivers: vec![Driver { path: "rate".into(), low: 0.05, high: 0.2, ..Driver::default() }],
        ..Tornado::default()
    };
    let named = Tornado { model: "npv".into(), ..tornado.clone() };
    let model = valor_ivx::catalogue::find("npv").unwrap();
    assert_eq!(tornado.value_of(model).unwrap(), named.value().unwrap());
}

#[test]
fn one_function_serves_simulations_with_the_same_bits_however_it_is_given() {
    let options = RunOptions::new(5_000, 3);
    let drawn = |simulation: Simulation| {
        simulation.input(json!({"rate": 0.1})).draw("rate", Distribution::normal(0.1, 0.02)).outputs(["npv"])
    };
    let own = run(&drawn(Simulation::of_own(own_npv())), &options);
    let columns = run(&drawn(Simulation::of_function(["rate"], npv)), &options);
    let settled = |result: &SimulationResult| {
        let mut json = result.to_json();
        json["elapsed"] = Value::Null;
        // The bytes carry the time that the run took too.
        json["summary"] = Value::Null;
        json
    };
    assert_eq!(settled(&own), settled(&columns));
    let unnamed = run(&drawn(Simulation::of_own(own_npv())).outputs([""; 0]), &options);
    assert_eq!(unnamed.output_names(), ["npv"], "the first output is meant when none is named");
}

/// A column with what it held when it was given.
type Kept = (Column, Vec<f64>);

/// Every column that a function has been given, kept beyond the calls, and what it made of them.
fn keeping(options: &RunOptions) -> (Vec<Kept>, SimulationResult) {
    let kept: Arc<Mutex<Vec<Kept>>> = Arc::default();
    let keep = Arc::clone(&kept);
    let function = Function::of_columns(["x", "y"], ["sum"], move |columns, outputs| {
        for ((sum, x), y) in outputs[0].iter_mut().zip(&*columns[0]).zip(&*columns[1]) {
            *sum = x + y;
        }
        let mut kept = keep.lock().unwrap();
        kept.extend(columns.iter().map(|column| (column.clone(), column.to_vec())));
        Ok(())
    });
    let simulation = Simulation::of_own(function)
        .input(json!({"x": 1.0, "y": 2.0}))
        .draw("x", Distribution::normal(0.0, 1.0))
        .shift("y", Distribution::normal(0.0, 1.0));
    let result = run(&simulation, options);
    let kept = std::mem::take(&mut *kept.lock().unwrap());
    (kept, result)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn columns_that_a_function_keeps_never_change(trials in 1_u64..6_000, threads in 1_u32..4, indices: bool) {
        let statistics = StatisticsOptions { sobol_indices: indices, ..StatisticsOptions::default() };
        let options = RunOptions { threads: Some(threads), statistics, ..RunOptions::new(trials, 5) };
        let (kept, result) = keeping(&options);
        prop_assert!(kept.len() as u64 >= 2 * trials.div_ceil(BLOCK as u64));
        for (column, as_given) in &kept {
            prop_assert_eq!(&**column, as_given.as_slice());
        }
        // The same run by a function that keeps nothing.
        let plain = Simulation::of_function(["x", "y"], |columns, outputs| {
            for ((sum, x), y) in outputs[0].iter_mut().zip(columns[0]).zip(columns[1]) {
                *sum = x + y;
            }
            Ok(())
        })
        .input(json!({"x": 1.0, "y": 2.0}))
        .draw("x", Distribution::normal(0.0, 1.0))
        .shift("y", Distribution::normal(0.0, 1.0))
        .outputs(["sum"]);
        let plain = run(&plain, &options);
        prop_assert_eq!(plain.stats("sum").unwrap().samples(), result.stats("sum").unwrap().samples());
    }
}
