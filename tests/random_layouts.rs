//! Trials that are laid out together fill every stratum once.

#![expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "strata and ranks of small samples")]

#[expect(dead_code, reason = "what other tests ask of draws")]
mod draws;

use draws::{draw_by, phi};
use valor_ivx::random::{Copula, Dependence, Distribution, Layout, Sampler};

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
