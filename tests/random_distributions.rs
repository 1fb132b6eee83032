//! Draws have the distributions that they are named after.

mod draws;

use draws::{TRIALS, assert_is, draw, laws, more_laws};
use valor_ivx::random::{Distribution, Empirical, Interpolation};

#[test]
fn a_million_draws_follow_their_distribution() {
    let laws = laws();
    let draws: Vec<_> = laws.iter().map(|law| ("draw", &law.distribution)).collect();
    for (column, law) in draw(&draws, None, TRIALS).iter().zip(&laws) {
        assert_is(column, law);
    }
}

#[test]
fn a_million_draws_follow_their_distribution_whose_inverse_is_a_table() {
    let laws = more_laws();
    let draws: Vec<_> = laws.iter().map(|law| ("draw", &law.distribution)).collect();
    let columns = draw(&draws, None, TRIALS);
    for (column, law) in columns.iter().zip(&laws) {
        assert_is(column, law);
    }
    let truncated = columns.last().unwrap();
    assert!(truncated.iter().all(|value| (-1.0..=2.0).contains(value)));
}

#[test]
fn listed_values_come_as_often_as_their_probabilities_say() {
    let discrete = Distribution::discrete([3.0, 1.0, 2.0], [0.2, 0.5, 0.3]);
    let weighted = Distribution::from(Empirical {
        values: vec![3.0, 1.0, 2.0],
        weights: Some(vec![2.0, 5.0, 3.0]),
        interpolation: Interpolation::Step,
    });
    let cut = discrete.clone().truncated(1.5, None);
    let columns = draw(&[("a", &discrete), ("b", &weighted), ("c", &cut)], None, 200_000);
    let share = |column: &[f64], value: f64| column.iter().filter(|x| **x == value).count() as f64 / 200_000.0;
    for (value, probability) in [(1.0, 0.5), (2.0, 0.3), (3.0, 0.2)] {
        for column in &columns[..2] {
            let error = 5.0 * (probability * (1.0 - probability) / 200_000.0_f64).sqrt();
            assert!((share(column, value) - probability).abs() < error, "{value}");
        }
    }
    assert_eq!(share(&columns[2], 1.0), 0.0);
    assert!((share(&columns[2], 2.0) - 0.6).abs() < 0.006);
    assert!((share(&columns[2], 2.0) + share(&columns[2], 3.0) - 1.0).abs() < 1e-12);
}

#[test]
fn parameters_that_make_no_distribution_are_refused_by_field() {
    use serde_json::{Value, json};
    let field = |distribution: Value| {
        let error = valor_ivx::model::read::<Distribution>(&distribution).and_then(|distribution| {
            let input = json!({"model": "npv", "input": {"rate": 0.1, "cashflows": [1.0]}, "seed": 1, "trials": 1,
                "draws": [{"path": "rate", "distribution": valor_ivx::model::Field::write(&distribution)}]});
            valor_ivx::evaluate("simulate", input)
        });
        let error = error.expect_err("refused");
        assert_eq!(error.kind(), valor_ivx::ErrorKind::InvalidInput, "{error}");
        error.field().unwrap_or_default().replace("draws[0].distribution", "").trim_start_matches('.').to_owned()
    };
    let normal = json!({"type": "normal", "mean": 0.0, "sd": 1.0});
    for (distribution, want) in [
        (json!({"type": "pert", "low": 1.0, "mode": 0.5, "high": 2.0}), "mode"),
        (json!({"type": "pert", "low": 1.0, "mode": 1.0, "high": 1.0}), "high"),
        (json!({"type": "pert", "low": 1.0, "mode": 1.5, "high": 2.0, "shape": 0.0}), "shape"),
        (json!({"type": "beta", "alpha": 0.0, "beta": 1.0}), "alpha"),
        (json!({"type": "beta", "alpha": 1.0, "beta": 1e16}), "beta"),
        (json!({"type": "beta", "alpha": 1.0, "beta": 1.0, "low": 1.0}), "high"),
        (json!({"type": "student_t", "df": 0.0, "location": 0.0, "scale": 1.0}), "df"),
        (json!({"type": "student_t", "df": 2.0, "location": 0.0, "scale": 0.0}), "scale"),
        (json!({"type": "gamma", "shape": -1.0, "scale": 1.0}), "shape"),
        (json!({"type": "gamma", "shape": 1.0, "scale": 0.0}), "scale"),
        (json!({"type": "empirical", "values": [1.0]}), "values"),
        (json!({"type": "empirical", "values": [1.0, 2.0], "weights": [1.0], "interpolation": "step"}), "weights"),
        (json!({"type": "empirical", "values": [1.0, 2.0], "weights": [1.0, 2.0]}), "weights"),
        (json!({"type": "empirical", "values": [1.0, 2.0], "weights": [0.0, 0.0], "interpolation": "step"}), "weights"),
        (json!({"type": "empirical", "values": [1.0, 2.0], "interpolation": "cubic"}), "interpolation"),
        (json!({"type": "discrete", "values": [], "probabilities": []}), "values"),
        (json!({"type": "discrete", "values": [1.0, 2.0], "probabilities": [1.0]}), "probabilities"),
        (json!({"type": "discrete", "values": [1.0, 2.0], "probabilities": [0.5, 0.4]}), "probabilities"),
        (json!({"type": "discrete", "values": [1.0, 2.0], "probabilities": [1.5, -0.5]}), "probabilities[0]"),
        (json!({"type": "truncated", "of": normal, "low": 2.0, "high": 1.0}), "high"),
        (json!({"type": "truncated", "of": normal, "low": 8.0, "high": 9.0}), ""),
        (json!({"type": "truncated", "of": {"type": "constant", "value": 3.0}, "low": 4.0}), ""),
        (json!({"type": "truncated", "of": {"type": "normal", "mean": 0.0, "sd": -1.0}, "low": 4.0}), "of.sd"),
        (json!({"type": "truncated", "of": {"type": "truncated", "of": normal, "low": 2.0, "high": 1.0}}), "of.high"),
        (json!({"type": "truncated", "of": {"type": "truncated", "of": normal, "high": 1.0}, "low": 2.0}), ""),
        (json!({"type": "truncated", "of": {"type": "truncated", "of": normal, "high": 1.0}, "low": 1.0}), ""),
        (json!({"type": "cauchy"}), "type"),
    ] {
        assert_eq!(field(distribution.clone()), want, "{distribution}");
    }
}

/// One distribution of each type, with two values between which it has some probability.
fn one_of_each() -> Vec<(Distribution, f64, f64)> {
    let listed = [1.0, 2.0, 3.0, 5.0];
    vec![
        (Distribution::constant(3.0), 2.0, 3.5),
        (Distribution::normal(0.0, 1.0), -0.5, 2.0),
        (Distribution::lognormal(3.0, 1.0), 2.0, 4.0),
        (Distribution::uniform(-1.0, 4.0), 0.0, 1.0),
        (Distribution::triangular(0.0, 1.0, 4.0), 0.5, 2.0),
        (Distribution::pert(0.0, 1.0, 4.0), 0.5, 2.0),
        (Distribution::beta(2.0, 3.0), 0.2, 0.6),
        (Distribution::student_t(3.0, 0.0, 1.0), -1.0, 0.3),
        (Distribution::gamma(2.0, 1.5), 1.0, 4.0),
        (Distribution::empirical(listed), 1.5, 4.0),
        (Distribution::discrete(listed, [0.1, 0.2, 0.3, 0.4]), 2.0, 3.0),
        (Distribution::normal(0.0, 1.0).truncated(-1.0, None), -0.5, 2.0),
    ]
}

#[test]
fn a_distribution_of_every_type_is_truncated_to_its_conditional_law() {
    let laws = one_of_each();
    let types: std::collections::BTreeSet<String> = laws
        .iter()
        .filter_map(|(law, ..)| valor_ivx::model::Field::write(law)["type"].as_str().map(str::to_owned))
        .collect();
    assert!(Distribution::TYPES.iter().all(|name| types.contains(*name)), "{types:?}");
    let trials = 100_000;
    for (law, low, high) in laws {
        let inside = |value: &f64| (low..=high).contains(value);
        let mut whole: Vec<f64> = draw(&[("a", &law)], None, trials).remove(0).into_iter().filter(inside).collect();
        let mut part = draw(&[("a", &law.clone().truncated(low, high))], None, trials).remove(0);
        assert!(part.iter().all(inside), "{law:?}");
        whole.sort_unstable_by(f64::total_cmp);
        part.sort_unstable_by(f64::total_cmp);
        // Two samples of one law are seldom further apart than this (Kolmogorov and Smirnov; 1e-6).
        let most = 2.7 * (1.0 / whole.len() as f64 + 1.0 / part.len() as f64).sqrt();
        let share = |sorted: &[f64], x: f64| sorted.partition_point(|&value| value <= x) as f64 / sorted.len() as f64;
        let apart = part.iter().step_by(101).map(|&x| (share(&whole, x) - share(&part, x)).abs()).fold(0.0, f64::max);
        assert!(apart < most, "{law:?}: {apart} apart");
    }
}

#[test]
fn a_truncation_of_a_truncation_is_one_to_the_range_that_both_have() {
    for (law, low, high) in one_of_each() {
        let once = draw(&[("a", &law.clone().truncated(low, high))], None, 3_000);
        let wide = law.clone().truncated(low - 0.1, high);
        assert_eq!(draw(&[("a", &wide.clone().truncated(low, high + 5.0))], None, 3_000), once, "{law:?}");
        let thrice = wide.truncated(low, None).truncated(None, high + 0.2);
        assert_eq!(draw(&[("a", &thrice)], None, 3_000), once, "{law:?}");
    }
}

#[test]
fn truncations_that_do_not_meet_are_refused_with_both_ranges() {
    let simulation = |distribution: Distribution| {
        valor_ivx::simulation::Simulation::of("npv")
            .input(serde_json::json!({"rate": 0.1, "cashflows": [1.0]}))
            .draw("rate", distribution)
            .validate(&valor_ivx::simulation::RunOptions::new(10, 1))
    };
    let normal = Distribution::normal(0.0, 1.0);
    let error = simulation(normal.clone().truncated(-0.5, 0.25).truncated(0.75, None)).unwrap_err();
    assert_eq!(error.field(), Some("draws[0].distribution"));
    let text = error.to_string();
    assert!(text.contains("0.75 and above") && text.contains("-0.5 to 0.25"), "{text}");
    // Bounds that touch hold a value of a list, and none of what is continuous.
    assert!(simulation(normal.truncated(-0.5, 0.5).truncated(0.5, 1.0)).is_err());
    let listed = Distribution::discrete([0.1, 0.2, 0.3], [0.2, 0.3, 0.5]);
    let touching = listed.truncated(0.1, 0.2).truncated(0.2, 0.3);
    simulation(touching.clone()).unwrap();
    assert!(draw(&[("a", &touching)], None, 1_000)[0].iter().all(|&value| value == 0.2));
}
