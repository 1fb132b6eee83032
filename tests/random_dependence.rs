//! Draws depend on each other as they are told, and keep their distributions.

#![expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "strata and ranks of small samples")]

#[expect(dead_code, reason = "what other tests ask of draws")]
mod draws;

use draws::{assert_is, draw, laws, more_laws, student_below};
use valor_ivx::random::{Copula, CorrelationKind, Dependence, Distribution, Layout, Repair, Sampler};

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
