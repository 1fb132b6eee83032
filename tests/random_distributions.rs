//! Draws have the distributions and the dependence they are named after.

#![expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "strata and ranks of small samples")]

use valor_ivx::random::{
    BLOCK, Copula, CorrelationKind, Dependence, Distribution, Empirical, Interpolation, Layout, Repair, Sampler, normal,
};

const TRIALS: usize = 1_000_000;

fn draw(draws: &[(&str, &Distribution)], dependence: Option<&Dependence>, trials: usize) -> Vec<Vec<f64>> {
    draw_by(Layout::Random, draws, dependence, trials)
}

fn draw_by(
    layout: Layout,
    draws: &[(&str, &Distribution)],
    dependence: Option<&Dependence>,
    trials: usize,
) -> Vec<Vec<f64>> {
    let sampler = Sampler::new(2026, layout, draws, dependence).unwrap();
    let mut block = sampler.columns();
    let mut columns = vec![Vec::with_capacity(trials); draws.len()];
    for first in (0..trials).step_by(BLOCK) {
        let length = BLOCK.min(trials - first);
        sampler.fill(first as u64, length, &mut block);
        for (column, drawn) in columns.iter_mut().zip(&block) {
            column.extend_from_slice(&drawn[..length]);
        }
    }
    columns
}

/// The probability below `z`.
fn phi(z: f64) -> f64 {
    let tail = normal::probability(z);
    if tail < 0.0 { -tail } else { 1.0 - tail }
}

struct Law {
    distribution: Distribution,
    below: Box<dyn Fn(f64) -> f64>,
    mean: f64,
    sd: f64,
    /// Fourth central moment over the square of the variance.
    kurtosis: f64,
}

fn laws() -> Vec<Law> {
    // A lognormal of mean 3 and sd 0.6: sigma^2 = ln 1.04.
    let variance = 1.04_f64.ln();
    let (mu, sigma) = (3.0_f64.ln() - variance / 2.0, variance.sqrt());
    let w = 1.04_f64;
    let lognormal_kurtosis = w.powi(4) + 2.0 * w.powi(3) + 3.0 * w.powi(2) - 3.0;
    let shifted = valor_ivx::random::Lognormal { mu: Some(mu), sigma: Some(sigma), shift: -2.0, ..Default::default() };
    let (low, mode, high) = (1.0_f64, 2.0_f64, 6.0_f64);
    let triangular_variance = (low * low + mode * mode + high * high - low * mode - low * high - mode * high) / 18.0;
    vec![
        Law {
            distribution: Distribution::normal(0.09, 0.01),
            below: Box::new(|x| phi((x - 0.09) / 0.01)),
            mean: 0.09,
            sd: 0.01,
            kurtosis: 3.0,
        },
        Law {
            distribution: Distribution::lognormal(3.0, 0.6),
            below: Box::new(move |x| phi((x.ln() - mu) / sigma)),
            mean: 3.0,
            sd: 0.6,
            kurtosis: lognormal_kurtosis,
        },
        Law {
            distribution: shifted.into(),
            below: Box::new(move |x| phi(((x + 2.0).ln() - mu) / sigma)),
            mean: 1.0,
            sd: 0.6,
            kurtosis: lognormal_kurtosis,
        },
        Law {
            distribution: Distribution::uniform(-2.0, 6.0),
            below: Box::new(|x| (x + 2.0) / 8.0),
            mean: 2.0,
            sd: 8.0 / 12.0_f64.sqrt(),
            kurtosis: 1.8,
        },
        Law {
            distribution: Distribution::triangular(low, mode, high),
            below: Box::new(move |x| {
                if x < mode {
                    (x - low) * (x - low) / ((high - low) * (mode - low))
                } else {
                    1.0 - (high - x) * (high - x) / ((high - low) * (high - mode))
                }
            }),
            mean: (low + mode + high) / 3.0,
            sd: triangular_variance.sqrt(),
            kurtosis: 2.4,
        },
    ]
}

/// 1 - the probability of fewer than `hits` in `count` trials of probability `p`.
fn at_least(hits: u32, count: u32, p: f64) -> f64 {
    let choose = |k: u32| (0..k).fold(1.0, |product, i| product * f64::from(count - i) / f64::from(i + 1));
    1.0 - (0..hits).map(|k| choose(k) * p.powf(k.into()) * (1.0 - p).powf((count - k).into())).sum::<f64>()
}

/// The probability below `t` of Student's t with an even number of degrees of freedom.
fn student_below(df: u32, t: f64) -> f64 {
    let n = f64::from(df);
    let (mut term, mut sum) = (1.0, 0.0);
    for k in 0..df / 2 {
        sum += term;
        term *= f64::from(2 * k + 1) / f64::from(2 * k + 2) * (n / (n + t * t));
    }
    0.5 + 0.5 * t / (n + t * t).sqrt() * sum
}

/// Mean, standard deviation and kurtosis of a beta distribution.
fn beta_moments(a: f64, b: f64) -> (f64, f64, f64) {
    let n = a + b;
    let excess = 6.0 * ((a - b) * (a - b) * (n + 1.0) - a * b * (n + 2.0)) / (a * b * (n + 2.0) * (n + 3.0));
    (a / n, (a * b / (n * n * (n + 1.0))).sqrt(), 3.0 + excess)
}

fn more_laws() -> Vec<Law> {
    let (beta_mean, beta_sd, beta_kurtosis) = beta_moments(2.0, 5.0);
    let (pert_mean, pert_sd, pert_kurtosis) = beta_moments(2.0, 4.0);
    // A normal between -1 and 2, by its recursion of moments.
    let density = |z: f64| (-0.5 * z * z).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let (low, high) = (-1.0, 2.0);
    let mass = phi(high) - phi(low);
    let mut raw = [1.0; 5];
    raw[1] = (density(low) - density(high)) / mass;
    for k in 2..5 {
        let power = i32::try_from(k).unwrap() - 1;
        let ends = low.powi(power) * density(low) - high.powi(power) * density(high);
        raw[k] = f64::from(power) * raw[k - 2] + ends / mass;
    }
    let variance = raw[2] - raw[1] * raw[1];
    let fourth = raw[4] - 4.0 * raw[3] * raw[1] + 6.0 * raw[2] * raw[1] * raw[1] - 3.0 * raw[1].powi(4);
    vec![
        Law {
            distribution: valor_ivx::random::Gamma { shape: 3.0, scale: 2.0, shift: -1.0 }.into(),
            below: Box::new(|x| {
                let x = 0.5 * (x + 1.0);
                1.0 - (-x).exp() * (1.0 + x + 0.5 * x * x)
            }),
            mean: 5.0,
            sd: 12.0_f64.sqrt(),
            kurtosis: 5.0,
        },
        Law {
            distribution: valor_ivx::random::Beta { alpha: 2.0, beta: 5.0, low: -1.0, high: 3.0 }.into(),
            below: Box::new(|x| at_least(2, 6, (x + 1.0) / 4.0)),
            mean: -1.0 + 4.0 * beta_mean,
            sd: 4.0 * beta_sd,
            kurtosis: beta_kurtosis,
        },
        Law {
            distribution: Distribution::pert(0.0, 2.5, 10.0),
            below: Box::new(|x| at_least(2, 5, x / 10.0)),
            mean: 10.0 * pert_mean,
            sd: 10.0 * pert_sd,
            kurtosis: pert_kurtosis,
        },
        Law {
            distribution: Distribution::student_t(10.0, 1.0, 0.5),
            below: Box::new(|x| student_below(10, (x - 1.0) / 0.5)),
            mean: 1.0,
            sd: 0.5 * 1.25_f64.sqrt(),
            kurtosis: 4.0,
        },
        Law {
            distribution: Distribution::empirical([4.0, 0.0, 1.0]),
            below: Box::new(|x| if x < 1.0 { 0.5 * x } else { 0.5 + (x - 1.0) / 6.0 }),
            // Half uniform on (0, 1), half on (1, 4).
            mean: 1.5,
            sd: (0.5 * (1.0 / 3.0) + 0.5 * 7.0 - 2.25_f64).sqrt(),
            kurtosis: 2.7,
        },
        Law {
            distribution: Distribution::normal(0.0, 1.0).truncated(low, high),
            below: Box::new(move |x| (phi(x) - phi(low)) / mass),
            mean: raw[1],
            sd: variance.sqrt(),
            kurtosis: fourth / (variance * variance),
        },
    ]
}

/// Kolmogorov and Smirnov's largest distance, times the root of the count.
fn distance(column: &[f64], below: &dyn Fn(f64) -> f64) -> f64 {
    let mut sorted = column.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let largest = sorted.iter().enumerate().fold(0.0_f64, |largest, (i, &value)| {
        let share = below(value);
        largest.max(share - i as f64 / n).max((i as f64 + 1.0) / n - share)
    });
    largest * n.sqrt()
}

fn assert_is(column: &[f64], law: &Law) {
    let n = column.len() as f64;
    let mean = column.iter().sum::<f64>() / n;
    let variance = column.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / (n - 1.0);
    let name = format!("{:?}", law.distribution);
    assert!((mean - law.mean).abs() < 5.0 * law.sd / n.sqrt(), "mean {mean} of {name}");
    let error = law.sd * law.sd * ((law.kurtosis - 1.0) / n).sqrt();
    assert!((variance - law.sd * law.sd).abs() < 5.0 * error, "variance {variance} of {name}");
    // Exceeded once in a hundred thousand.
    let distance = distance(column, &law.below);
    assert!(distance < 2.47, "distance {distance} of {name}");
}

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

fn ranks(column: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..column.len()).collect();
    order.sort_unstable_by(|&a, &b| column[a].total_cmp(&column[b]));
    let mut ranks = vec![0.0; column.len()];
    for (rank, i) in order.into_iter().enumerate() {
        ranks[i] = rank as f64;
    }
    ranks
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len() as f64;
    let (mean_a, mean_b) = (a.iter().sum::<f64>() / n, b.iter().sum::<f64>() / n);
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(b) {
        let (a, b) = (a - mean_a, b - mean_b);
        ab += a * b;
        aa += a * a;
        bb += b * b;
    }
    ab / (aa * bb).sqrt()
}

#[test]
fn rank_correlations_meet_their_target_and_marginals_stay() {
    let laws = laws();
    let names = ["normal", "lognormal", "shifted", "uniform", "triangular"];
    let draws: Vec<_> = names.iter().copied().zip(laws.iter().map(|law| &law.distribution)).collect();
    // `shifted` is left out and stays independent; the order of names is not that of the draws.
    let target = [[1.0, -0.5, 0.3], [-0.5, 1.0, 0.2], [0.3, 0.2, 1.0]];
    let dependence = Dependence {
        names: Some(["triangular", "normal", "uniform"].map(str::to_owned).to_vec()),
        matrix: target.iter().map(|row| row.to_vec()).collect(),
        kind: CorrelationKind::Spearman,
        ..Dependence::default()
    };
    let columns = draw(&draws, Some(&dependence), 400_000);
    for (column, law) in columns.iter().zip(&laws) {
        assert_is(column, law);
    }
    let ranks: Vec<Vec<f64>> = columns.iter().map(|column| ranks(column)).collect();
    let error = 5.0 / 400_000.0_f64.sqrt();
    for (i, a) in [4, 0, 3].into_iter().enumerate() {
        for (j, b) in [4, 0, 3].into_iter().enumerate().take(i) {
            let found = correlation(&ranks[a], &ranks[b]);
            assert!((found - target[i][j]).abs() < error, "{found} for {} and {}", names[a], names[b]);
        }
        assert!(correlation(&ranks[2], &ranks[a]).abs() < error);
    }
}

/// Kendall's correlation of columns without ties.
fn kendall(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len();
    let mut same = 0_i64;
    for i in 0..n {
        for j in 0..i {
            same += if (a[i] < a[j]) == (b[i] < b[j]) { 1 } else { -1 };
        }
    }
    same as f64 / (n * (n - 1) / 2) as f64
}

#[test]
fn kendalls_correlations_meet_their_target_in_both_copulas() {
    let (a, b) = (Distribution::gamma(2.0, 1.0), Distribution::uniform(0.0, 1.0));
    for (copula, df) in [(Copula::Gaussian, None), (Copula::StudentT, Some(3.0))] {
        let kind = CorrelationKind::Kendall;
        let matrix = vec![vec![1.0, 0.4], vec![0.4, 1.0]];
        let dependence = Dependence { copula, df, kind, matrix, ..Dependence::default() };
        let columns = draw(&[("a", &a), ("b", &b)], Some(&dependence), 12_000);
        // The standard error is below 2 / 3 over the root of the count.
        let found = kendall(&columns[0], &columns[1]);
        assert!((found - 0.4).abs() < 5.0 * 0.667 / 12_000.0_f64.sqrt(), "{copula:?}: {found}");
    }
}

#[test]
fn students_copula_brings_extremes_together_and_leaves_the_marginals() {
    let laws = more_laws();
    let names = ["gamma", "beta", "pert", "t", "empirical", "truncated"];
    let draws: Vec<_> = names.iter().copied().zip(laws.iter().map(|law| &law.distribution)).collect();
    let matrix =
        |r: f64| -> Vec<Vec<f64>> { (0..6).map(|i| (0..6).map(|j| if i == j { 1.0 } else { r }).collect()).collect() };
    let trials = 200_000;
    let student = Dependence { copula: Copula::StudentT, df: Some(3.0), ..Dependence::correlation(matrix(0.5)) };
    let columns = draw(&draws, Some(&student), trials);
    for (column, law) in columns.iter().zip(&laws) {
        assert_is(column, law);
    }
    let level = 0.004;
    let both_low = |columns: &[Vec<f64>]| {
        let bounds: Vec<f64> = columns[..2]
            .iter()
            .map(|column| {
                let mut sorted = column.clone();
                sorted.sort_unstable_by(f64::total_cmp);
                sorted[(trials as f64 * level) as usize]
            })
            .collect();
        let both = columns[0].iter().zip(&columns[1]).filter(|(a, b)| **a < bounds[0] && **b < bounds[1]).count();
        both as f64 / (trials as f64 * level)
    };
    // 2 T_4(-sqrt(4 x 0.5 / 1.5)), and what is still missing at this level.
    let limit = 2.0 * student_below(4, -(4.0_f64 * 0.5 / 1.5).sqrt());
    let found = both_low(&columns);
    assert!((found - limit).abs() < 0.02 + 5.0 * (limit / (trials as f64 * level)).sqrt(), "{found} near {limit}");
    let gaussian = both_low(&draw(&draws, Some(&Dependence::correlation(matrix(0.5))), trials));
    assert!(gaussian < 0.6 * found, "{gaussian} against {found}");
}

#[test]
fn an_impossible_matrix_is_refused_with_its_smallest_eigenvalue_or_repaired() {
    let a = Distribution::normal(0.0, 1.0);
    let draws = [("a", &a), ("b", &a), ("c", &a)];
    let mut dependence = Dependence::correlation(vec![vec![1.0, 0.9, -0.9], vec![0.9, 1.0, 0.9], vec![-0.9, 0.9, 1.0]]);
    let error = Sampler::new(1, Layout::Random, &draws, Some(&dependence)).unwrap_err();
    assert_eq!(error.field(), Some("dependence.matrix"));
    assert!(error.to_string().contains("smallest eigenvalue is -8"), "{error}");
    dependence.repair = Repair::Nearest;
    let sampler = Sampler::new(1, Layout::Random, &draws, Some(&dependence)).unwrap();
    let used = sampler.matrix_used().unwrap();
    // By symmetry the nearest one has 1/2 in place of 0.9.
    let signs = [[2.0, 1.0, -1.0], [1.0, 2.0, 1.0], [-1.0, 1.0, 2.0]];
    for (row, signs) in used.matrix.iter().zip(signs) {
        assert!(row.iter().zip(signs).all(|(entry, sign)| (entry - 0.5 * sign).abs() < 1e-9), "{:?}", used.matrix);
    }
    assert!((used.distance - 6.0_f64.sqrt() * 0.4).abs() < 1e-9);
    let columns = draw(&draws, Some(&dependence), 100_000);
    assert!((correlation(&columns[0], &columns[2]) + 0.5).abs() < 0.015);
    // A possible matrix is left alone.
    let possible = Dependence {
        repair: Repair::Nearest,
        ..Dependence::correlation(vec![vec![1.0, 1.0, 0.2], vec![1.0, 1.0, 0.2], vec![0.2, 0.2, 1.0]])
    };
    let sampler = Sampler::new(1, Layout::Random, &draws, Some(&possible)).unwrap();
    assert_eq!(
        (&sampler.matrix_used().unwrap().matrix, sampler.matrix_used().unwrap().distance),
        (&possible.matrix, 0.0)
    );
}

#[test]
fn a_latin_hypercube_has_each_stratum_of_each_draw_once_in_every_replicate() {
    let uniform = Distribution::uniform(0.0, 1.0);
    for size in [1_000, 777, 64] {
        let layout = Layout::LatinHypercube { size: size as u64 };
        let columns = draw_by(layout, &[("a", &uniform), ("b", &uniform), ("c", &uniform)], None, 3 * size);
        for column in &columns {
            let mut orders = Vec::new();
            for replicate in column.chunks(size) {
                let order: Vec<usize> = replicate.iter().map(|u| (u * size as f64) as usize).collect();
                let mut sorted = order.clone();
                sorted.sort_unstable();
                assert!(sorted.iter().copied().eq(0..size), "{size}");
                orders.push(order);
            }
            assert!(orders[0] != orders[1] && orders[1] != orders[2]);
        }
        assert_ne!(columns[0], columns[1]);
    }
}

#[test]
fn sobols_points_have_each_dyadic_interval_once_in_every_dimension_and_replicate() {
    let uniform = Distribution::uniform(0.0, 1.0);
    let draws: Vec<_> = (0..40).map(|_| ("draw", &uniform)).collect();
    let size = 256;
    let columns = draw_by(Layout::Sobol { size }, &draws, None, 3 * 256);
    for column in &columns {
        for replicate in column.chunks(256) {
            let mut strata: Vec<usize> = replicate.iter().map(|u| (u * 256.0) as usize).collect();
            strata.sort_unstable();
            assert!(strata.iter().copied().eq(0..256));
        }
        assert_ne!(column[..256], column[256..512], "scrambled anew");
    }
    // The first two dimensions fill every box of equal area once, whatever its shape.
    for bits in 0..=8 {
        let (wide, high) = (f64::from(1 << bits), f64::from(1 << (8 - bits)));
        for (a, b) in columns[0].chunks(256).zip(columns[1].chunks(256)) {
            let boxes = a.iter().zip(b).map(|(a, b)| (a * wide) as u32 * (1 << (8 - bits)) + (b * high) as u32);
            assert_eq!(boxes.collect::<std::collections::BTreeSet<_>>().len(), 256);
        }
    }
}

#[test]
fn the_chi_square_of_students_copula_has_each_stratum_once_in_every_replicate() {
    let (uniform, normal) = (Distribution::uniform(0.0, 1.0), Distribution::normal(0.0, 1.0));
    let gaussian = Dependence::correlation(vec![vec![1.0, 0.5], vec![0.5, 1.0]]);
    let student = Dependence { copula: Copula::StudentT, df: Some(2.0), ..gaussian.clone() };
    for (layout, size) in [
        (Layout::LatinHypercube { size: 1_000 }, 1_000),
        (Layout::LatinHypercube { size: 777 }, 777),
        (Layout::Sobol { size: 512 }, 512),
    ] {
        // The first score is z in both, and the first draw of the Student copula T_2(z / sqrt(w / 2)).
        let scores = draw_by(layout, &[("a", &normal), ("b", &normal)], Some(&gaussian), 3 * size).remove(0);
        let probabilities = draw_by(layout, &[("a", &uniform), ("b", &uniform)], Some(&student), 3 * size).remove(0);
        let chi_square = |(z, u): (&f64, &f64)| {
            // With two degrees of freedom T(t) = 1/2 + t / (2 sqrt(2 + t^2)) and P(W <= w) = 1 - e^(-w/2).
            let c = 2.0 * u - 1.0;
            let square = 2.0 * c * c / ((1.0 - c) * (1.0 + c));
            1.0 - (-z * z / square).exp()
        };
        let below: Vec<f64> = scores.iter().zip(&probabilities).map(chi_square).collect();
        let mut orders = Vec::new();
        for replicate in below.chunks(size) {
            let order: Vec<usize> = replicate.iter().map(|u| (u * size as f64) as usize).collect();
            let mut sorted = order.clone();
            sorted.sort_unstable();
            assert!(sorted.iter().copied().eq(0..size), "{layout:?}");
            orders.push(order);
        }
        assert!(orders[0] != orders[1] && orders[1] != orders[2]);
        let of_scores: Vec<usize> = scores[..size].iter().map(|&z| (phi(z) * size as f64) as usize).collect();
        assert_ne!(orders[0], of_scores, "a dimension of its own");
    }
}

#[test]
fn one_more_draw_leaves_the_chi_square_of_a_latin_hypercube_as_it_was() {
    let normal = Distribution::normal(0.0, 1.0);
    let student = Dependence {
        copula: Copula::StudentT,
        df: Some(3.0),
        names: Some(["a", "b"].map(str::to_owned).to_vec()),
        ..Dependence::correlation(vec![vec![1.0, 0.5], vec![0.5, 1.0]])
    };
    let layout = Layout::LatinHypercube { size: 500 };
    let fewer = draw_by(layout, &[("a", &normal), ("b", &normal)], Some(&student), 1_000);
    let more = draw_by(layout, &[("a", &normal), ("b", &normal), ("c", &normal)], Some(&student), 1_000);
    assert_eq!(fewer, more[..2]);
}

#[test]
fn scrambled_points_have_the_right_mean_over_replicates() {
    let (a, b) = (Distribution::normal(0.0, 1.0), Distribution::gamma(2.0, 1.0));
    let layouts = [Layout::Sobol { size: 16 }, Layout::LatinHypercube { size: 16 }];
    for layout in layouts {
        let columns = draw_by(layout, &[("a", &a), ("b", &b)], None, 16 * 4_000);
        // (a + b)^2 has the mean 1 + 4 + 2.
        let means: Vec<f64> = columns[0]
            .chunks(16)
            .zip(columns[1].chunks(16))
            .map(|(a, b)| a.iter().zip(b).map(|(a, b)| (a + b) * (a + b)).sum::<f64>() / 16.0)
            .collect();
        let mean = means.iter().sum::<f64>() / 4_000.0;
        let variance = means.iter().map(|value| (value - mean) * (value - mean)).sum::<f64>() / 3_999.0;
        assert!((mean - 7.0).abs() < 5.0 * (variance / 4_000.0).sqrt(), "{layout:?}: {mean}");
    }
}

#[test]
fn too_many_dimensions_for_sobols_points_are_refused() {
    let a = Distribution::constant(0.0);
    let b = Distribution::normal(0.0, 1.0);
    let mut draws: Vec<_> = (0..1_023).map(|_| ("a", &a)).collect();
    draws.push(("b", &b));
    let layout = Layout::Sobol { size: 2 };
    assert!(Sampler::new(1, layout, &draws, None).is_ok());
    let student = Dependence {
        copula: Copula::StudentT,
        df: Some(4.0),
        names: Some(vec!["b".to_owned()]),
        ..Dependence::correlation(vec![vec![1.0]])
    };
    assert_eq!(Sampler::new(1, layout, &draws, Some(&student)).unwrap_err().field(), Some("draws"));
}

#[test]
fn one_more_draw_leaves_the_others_as_they_were() {
    let (a, b, c) =
        (Distribution::normal(0.0, 1.0), Distribution::uniform(0.0, 1.0), Distribution::lognormal(1.0, 1.0));
    let fewer = draw(&[("a", &a), ("b", &b)], None, 3_000);
    let more = draw(&[("a", &a), ("b", &b), ("c", &c)], None, 3_000);
    assert_eq!(fewer, more[..2]);
}

#[test]
fn a_constant_has_no_part_in_the_dependence() {
    let (a, b) = (Distribution::normal(0.0, 1.0), Distribution::uniform(0.0, 1.0));
    let constant = Distribution::normal(5.0, 0.0);
    let two = Dependence::correlation(vec![vec![1.0, 0.6], vec![0.6, 1.0]]);
    // With the constant's row the matrix would not be positive semi-definite.
    let three = Dependence {
        names: Some(["a", "b", "c"].map(str::to_owned).to_vec()),
        ..Dependence::correlation(vec![vec![1.0, 0.6, 0.9], vec![0.6, 1.0, -0.9], vec![0.9, -0.9, 1.0]])
    };
    let with = draw(&[("a", &a), ("b", &b), ("c", &constant)], Some(&three), 2_000);
    let without = draw(&[("a", &a), ("b", &b)], Some(&two), 2_000);
    assert_eq!(with[..2], without[..]);
    assert!(with[2].iter().all(|&value| value == 5.0));
}

#[test]
fn dependence_that_names_no_draw_or_has_the_wrong_size_is_refused() {
    let a = Distribution::normal(0.0, 1.0);
    let draws = [("a", &a), ("b", &a)];
    let refused = |dependence: Dependence| {
        let error = Sampler::new(1, Layout::Random, &draws, Some(&dependence)).unwrap_err();
        error.field().map(str::to_owned)
    };
    let unit = |size: usize| (0..size).map(|i| (0..size).map(|j| f64::from(u8::from(i == j))).collect()).collect();
    assert_eq!(refused(Dependence::correlation(unit(3))).as_deref(), Some("dependence.matrix"));
    let named = |names: &[&str]| Dependence {
        names: Some(names.iter().map(|&name| name.to_owned()).collect()),
        ..Dependence::correlation(unit(2))
    };
    assert_eq!(refused(named(&["a", "z"])).as_deref(), Some("dependence.names[1]"));
    assert_eq!(refused(named(&["a", "a"])).as_deref(), Some("dependence.names[1]"));
    let lopsided = Dependence::correlation(vec![vec![1.0, 0.2], vec![0.3, 1.0]]);
    assert_eq!(refused(lopsided).as_deref(), Some("dependence.matrix[1][0]"));
    let spearman = Dependence {
        copula: Copula::StudentT,
        df: Some(4.0),
        kind: CorrelationKind::Spearman,
        ..Dependence::correlation(unit(2))
    };
    assert_eq!(refused(spearman.clone()).as_deref(), Some("dependence.kind"));
    let without_df = Dependence { df: None, kind: CorrelationKind::Kendall, ..spearman.clone() };
    assert_eq!(refused(without_df).as_deref(), Some("dependence.df"));
    let needless_df = Dependence { copula: Copula::Gaussian, ..spearman };
    assert_eq!(refused(needless_df).as_deref(), Some("dependence.df"));
    let not_unit = Dependence::correlation(vec![vec![1.0, 0.2], vec![0.2, 0.9]]);
    assert_eq!(refused(not_unit).as_deref(), Some("dependence.matrix[1][1]"));
}
