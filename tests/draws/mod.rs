//! Columns of draws, and laws that they are held against.

use valor_ivx::random::{BLOCK, Dependence, Distribution, Layout, Sampler, normal};

pub(crate) const TRIALS: usize = 1_000_000;

pub(crate) fn draw(draws: &[(&str, &Distribution)], dependence: Option<&Dependence>, trials: usize) -> Vec<Vec<f64>> {
    draw_by(Layout::Random, draws, dependence, trials)
}

pub(crate) fn draw_by(
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
pub(crate) fn phi(z: f64) -> f64 {
    let tail = normal::probability(z);
    if tail < 0.0 { -tail } else { 1.0 - tail }
}

/// A distribution, and what its draws must follow.
pub(crate) struct Law {
    pub(crate) distribution: Distribution,
    below: Box<dyn Fn(f64) -> f64>,
    mean: f64,
    sd: f64,
    /// Fourth central moment over the square of the variance.
    kurtosis: f64,
}

pub(crate) fn laws() -> Vec<Law> {
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
pub(crate) fn student_below(df: u32, t: f64) -> f64 {
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

pub(crate) fn more_laws() -> Vec<Law> {
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

pub(crate) fn assert_is(column: &[f64], law: &Law) {
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
