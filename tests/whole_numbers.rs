//! Whole numbers of an input, such as the years of a stage, are varied and drawn like any other number:
//! each trial has the value of its own input.

mod buy_outs;
mod runs;

use serde_json::{Value, json};
use valor_ivx::columns::{Column, evaluate_columns};
use valor_ivx::model::Field;
use valor_ivx::random::Distribution;
use valor_ivx::simulation::{OnUndefined, RunOptions, Simulation, SimulationResult};
use valor_ivx::valuation::lbo::Lbo;
use valor_ivx::{Error, ErrorKind, evaluate};

use runs::{run, settled};

fn company() -> Value {
    json!({
        "base_revenue": 500.0, "tax_rate": 0.23, "wacc": 0.09, "shares": 150.0, "bridge": {"net_debt": 300.0},
        "stages": [
            {"years": 4, "growth": 0.12, "ebit_margin": 0.20, "sales_to_capital": 2.5},
            {"years": 3, "growth": 0.06, "ebit_margin": 0.22, "sales_to_capital": 3.0}
        ],
        "terminal": {"method": "gordon", "growth": 0.025}
    })
}

fn years() -> Distribution {
    Distribution::discrete([3.0, 5.0, 8.0], [0.25, 0.5, 0.25])
}

fn drawn() -> Simulation {
    Simulation::of("dcf")
        .input(company())
        .draw("stages[0].years", years())
        .draw("wacc", Distribution::normal(0.09, 0.005))
        .shift("stages[1].years", Distribution::discrete([-1.0, 0.0, 2.0], [0.2, 0.5, 0.3]))
        .outputs(["value_per_share", "enterprise_value"])
}

fn kept(trials: u64) -> RunOptions {
    RunOptions { keep_samples: true, keep_inputs: true, ..RunOptions::new(trials, 5) }
}

#[test]
fn each_trial_has_the_value_of_a_company_with_its_years() {
    let result = run(&drawn(), &kept(2_500));
    let [first, wacc, second] = ["stages[0].years", "wacc", "stages[1].years"].map(|name| result.drawn(name).unwrap());
    for trial in (0..2_500).step_by(37) {
        let mut input = company();
        input["stages"][0]["years"] = first[trial].into();
        input["stages"][1]["years"] = (3.0 + second[trial]).into();
        input["wacc"] = wacc[trial].into();
        let alone = evaluate("dcf", input).unwrap();
        for output in ["value_per_share", "enterprise_value"] {
            assert_eq!(
                result.stats(output).unwrap().samples()[trial],
                alone[output].as_f64().unwrap(),
                "trial {trial}"
            );
        }
    }
    let of_base = evaluate("dcf", company()).unwrap();
    assert_eq!(result.base().unwrap()[0], of_base["value_per_share"].as_f64().unwrap());
}

#[test]
fn threads_and_shards_leave_no_trace_in_drawn_years() {
    let whole = settled(&run(&drawn(), &RunOptions { threads: Some(1), ..kept(6_000) }));
    assert_eq!(settled(&run(&drawn(), &RunOptions { threads: Some(2), ..kept(6_000) })), whole);
    let parts = [2, 0, 1].map(|i| run(&drawn(), &kept(6_000).shard(i, 3).unwrap()));
    assert_eq!(settled(&SimulationResult::merge(parts.to_vec()).unwrap()), whole);
}

#[test]
fn models_without_lanes_draw_whole_numbers_too() {
    // A series of five years would not be one of four.
    let deal = Lbo { revenue_growth: 0.06.into(), ..buy_outs::example() }.write();
    let simulation = Simulation::of("lbo")
        .input(deal.clone())
        .draw("years", Distribution::discrete([4.0, 5.0, 6.0], [0.3, 0.4, 0.3]))
        .draw("exit.multiple", Distribution::normal(10.0, 0.5));
    for output in ["irr", "tranches[0].interest[0]"] {
        let result = run(&simulation.clone().outputs([output]), &kept(1_100));
        let (years, multiple) = (result.drawn("years").unwrap(), result.drawn("exit.multiple").unwrap());
        for trial in (0..1_100).step_by(101) {
            let mut input = deal.clone();
            (input["years"], input["exit"]["multiple"]) = (years[trial].into(), multiple[trial].into());
            let alone = evaluate("lbo", input).unwrap();
            let path = valor_ivx::model::Path::parse(output, "output").unwrap();
            let want = path.get(&alone).and_then(Value::as_f64).unwrap();
            assert_eq!(result.stats(output).unwrap().samples()[trial], want, "{output} of trial {trial}");
        }
    }
}

#[test]
fn a_year_left_to_its_default_is_drawn_from_there() {
    let deal = buy_outs::example().write();
    assert_eq!((&deal["exit"]["year"], &deal["tranches"][0]["fee_years"]), (&Value::Null, &Value::Null));
    let simulation = Simulation::of("lbo")
        .input(deal.clone())
        .shift("exit.year", Distribution::discrete([-2.0, -1.0, 0.0], [0.3, 0.3, 0.4]))
        .shift("tranches[0].fee_years", Distribution::discrete([-1.0, 0.0], [0.5, 0.5]));
    let result = run(&simulation, &kept(1_030));
    let at_default = evaluate("lbo", deal.clone()).unwrap()["irr"].as_f64().unwrap();
    assert_eq!(result.base(), Some(&[at_default][..]));
    let (exit, fees) = (result.drawn("exit.year").unwrap(), result.drawn("tranches[0].fee_years").unwrap());
    for trial in (0..1_030).step_by(103) {
        let mut input = deal.clone();
        input["exit"]["year"] = (5.0 + exit[trial]).into();
        input["tranches"][0]["fee_years"] = (5.0 + fees[trial]).into();
        let alone = evaluate("lbo", input).unwrap()["irr"].as_f64().unwrap();
        assert_eq!(result.stats("irr").unwrap().samples()[trial], alone, "trial {trial}");
    }
}

#[test]
fn more_combinations_than_are_kept_have_their_values_all_the_same() {
    // 17 x 17 x 17 = 4,913, of which the last trials have some that come up when no more models are kept.
    let many = || {
        let values: Vec<f64> = (1..=17).map(f64::from).collect();
        Distribution::discrete(values.clone(), vec![1.0 / 17.0; values.len()])
    };
    let stage = json!({"years": 1, "growth": 0.02, "ebit_margin": 0.2, "sales_to_capital": 2.5});
    let mut input = company();
    input["stages"] = json!([stage, stage, stage]);
    let simulation = (0..3).fold(Simulation::of("dcf").input(input.clone()), |simulation, i| {
        simulation.draw(format!("stages[{i}].years"), many())
    });
    let result = run(&simulation, &kept(9_000));
    let drawn: Vec<&[f64]> = result.draw_names().iter().map(|name| result.drawn(name).unwrap()).collect();
    let samples = result.stats("value_per_share").unwrap().samples();
    for trial in (0..8_000).step_by(523).chain(8_000..9_000) {
        for (i, years) in drawn.iter().enumerate() {
            input["stages"][i]["years"] = years[trial].into();
        }
        assert_eq!(samples[trial], evaluate("dcf", input.clone()).unwrap()["value_per_share"].as_f64().unwrap());
    }
}

#[test]
fn a_whole_number_is_drawn_from_whole_values_alone() {
    let refused = |distribution: Distribution| -> Error {
        let simulation = Simulation::of("dcf").input(company()).draw("stages[0].years", distribution);
        simulation.validate(&RunOptions::new(10, 1)).unwrap_err()
    };
    for distribution in [
        Distribution::normal(4.0, 1.0),
        Distribution::constant(4.5),
        Distribution::discrete([3.0, 4.5], [0.5, 0.5]),
        Distribution::empirical([3.0, 4.0]),
        Distribution::uniform(3.0, 5.0).truncated(3.5, None),
    ] {
        let error = refused(distribution);
        assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some("draws[0].distribution")));
        assert!(error.to_string().contains("stages[0].years is a whole number"), "{error}");
    }
    for distribution in [Distribution::constant(4.0), years().truncated(4.0, None)] {
        let simulation = Simulation::of("dcf").input(company()).draw("stages[*].years", distribution);
        simulation.validate(&RunOptions::new(10, 1)).unwrap();
    }
}

#[test]
fn years_that_no_company_has_leave_their_trials_without_a_value() {
    let simulation = Simulation::of("dcf")
        .input(company())
        .draw("stages[0].years", Distribution::discrete([0.0, 4.0, 199.0], [0.1, 0.7, 0.2]));
    let options = RunOptions { on_undefined: OnUndefined::Discard, max_undefined_fraction: 0.5, ..kept(4_000) };
    let result = run(&simulation, &options);
    let sampled = run(
        &Simulation::of("npv")
            .input(json!({"rate": 0.0, "cashflows": [1.0]}))
            .draw("cashflows[0]", Distribution::discrete([0.0, 4.0, 199.0], [0.1, 0.7, 0.2])),
        &kept(4_000),
    );
    let count =
        |years: f64| sampled.stats("npv").unwrap().samples().iter().filter(|&&value| value == years).count() as u64;
    let mut reasons: Vec<(String, u64)> = result.undefined().into_iter().map(|of| (of.what, of.count)).collect();
    reasons.sort();
    // 199 and the 3 of the second stage are more than 200.
    assert_eq!(reasons, [("stages".to_owned(), count(199.0)), ("stages[0].years".to_owned(), count(0.0))]);
    assert_eq!(result.trials_defined(), count(4.0));
}

#[test]
fn a_grid_over_years_is_the_model_at_each_number_of_years() {
    let grid = evaluate(
        "sensitivity_grid",
        json!({"model": "dcf", "input": company(), "axes": [
            {"path": "stages[0].years", "values": [1, 2.5, 4, 9]}, {"path": "wacc", "values": [0.08, 0.1]}
        ]}),
    )
    .unwrap();
    let values = grid["values"]["value_per_share"].as_array().unwrap();
    for (i, years) in [json!(1), json!(2.5), json!(4), json!(9)].into_iter().enumerate() {
        for (j, wacc) in [0.08, 0.1].into_iter().enumerate() {
            let mut input = company();
            (input["stages"][0]["years"], input["wacc"]) = (years.clone(), wacc.into());
            let alone = evaluate("dcf", input).map_or(Value::Null, |value| value["value_per_share"].clone());
            assert_eq!(values[2 * i + j], alone, "{years} years at {wacc}");
        }
    }
    let errors = grid["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 2);
    assert_eq!((&errors[0]["error"]["field"], &errors[0]["error"]["value"]), (&json!("stages[0].years"), &json!(2.5)));
}

#[test]
fn a_gradient_has_a_derivative_but_for_whole_numbers() {
    let gradient =
        evaluate("gradient", json!({"model": "dcf", "input": company(), "paths": ["stages[0].years", "wacc"]}))
            .unwrap();
    let alone = evaluate("gradient", json!({"model": "dcf", "input": company(), "paths": ["wacc"]})).unwrap();
    assert_eq!(gradient["gradient"], json!([null, alone["gradient"][0]]));
    let error = &gradient["errors"][0]["error"];
    assert_eq!(
        (&error["field"], &error["constraint"]),
        (&json!("stages[0].years"), &json!("whole number >= 1 and <= 200"))
    );
}

#[test]
fn columns_of_years_have_the_values_of_their_rows() {
    let (years, wacc) = ([2.0, 7.0, 2.0], [0.08, 0.09, 0.10]);
    let columns = [Column::new("stages[0].years", &years), Column::new("wacc", &wacc)];
    let values = evaluate_columns("dcf", &company(), &columns, None).unwrap();
    for row in 0..3 {
        let mut input = company();
        (input["stages"][0]["years"], input["wacc"]) = (years[row].into(), wacc[row].into());
        assert_eq!(values[row], evaluate("dcf", input).unwrap()["value_per_share"].as_f64().unwrap());
    }
    let refused = evaluate_columns("dcf", &company(), &[Column::new("stages[0].years", &[2.0, 2.5])], None);
    assert_eq!(refused.unwrap_err().field(), Some("stages[0].years"));
}

#[test]
fn no_target_is_sought_between_whole_numbers() {
    let seek =
        json!({"model": "dcf", "input": company(), "path": "stages[0].years", "target": 10, "lower": 1, "upper": 9});
    let error = evaluate("goal_seek", seek).unwrap_err();
    assert_eq!((error.kind(), error.field()), (ErrorKind::InvalidInput, Some("path")));
}

#[test]
fn longer_years_have_their_part_in_the_change_between_two_companies() {
    let mut longer = company();
    (longer["stages"][0]["years"], longer["wacc"]) = (6.into(), 0.085.into());
    let value = |input: &Value| evaluate("dcf", input.clone()).unwrap()["value_per_share"].as_f64().unwrap();
    let change = value(&longer) - value(&company());
    let attribution = json!({
        "model": "dcf", "from_input": company(), "to_input": longer, "paths": ["stages[0].years", "wacc"],
    });
    let found = evaluate("attribution", attribution).unwrap();
    let parts: Vec<f64> =
        found["contributions"].as_array().unwrap().iter().map(|part| part["amount"].as_f64().unwrap()).collect();
    assert!(parts.iter().all(|part| *part > 0.0) && (parts.iter().sum::<f64>() - change).abs() < 1e-12, "{found}");
}
