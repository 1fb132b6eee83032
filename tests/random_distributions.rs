//! Draws have the distributions and the dependence they are named after.

use valor_ivx::random::{BLOCK, CorrelationKind, Dependence, Distribution, Layout, Sampler, normal};

const TRIALS: usize = 1_000_000;

fn draw(draws: &[(&str, &Distribution)], dependence: Option<&Dependence>, trials: usize) -> Vec<Vec<f64>> {
    let sampler = Sampler::new(2026, Layout::Random, draws, dependence).unwrap();
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
    let not_unit = Dependence::correlation(vec![vec![1.0, 0.2], vec![0.2, 0.9]]);
    assert_eq!(refused(not_unit).as_deref(), Some("dependence.matrix[1][1]"));
}
