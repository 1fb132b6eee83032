//! Speed of the ten-year DCF Monte Carlo, whole and by its parts.

use std::hint::black_box;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use serde_json::json;
use valor_ivx::catalogue::find;
use valor_ivx::model::{Block, Draw, Path};
use valor_ivx::random::{BLOCK, Dependence, Distribution, Layout, Sampler, Stream, normal};
use valor_ivx::simulation::{Control, QuantileMode, RunOptions, Simulation};
use valor_ivx::statistics::{Moments, OrderStatistics, Sketch};

const TRIALS: u64 = 1_000_000;

/// The company of `benches/peers/dcf_monte_carlo.py`.
fn input() -> serde_json::Value {
    let stage = |years: u32, growth: f64, ebit_margin: f64, sales_to_capital: f64, nwc_pct: f64| {
        json!({
            "years": years, "growth": growth, "ebit_margin": ebit_margin, "sales_to_capital": sales_to_capital,
            "nwc_pct": nwc_pct
        })
    };
    json!({
        "base_revenue": 500.0, "tax_rate": 0.23, "wacc": 0.09, "shares": 150.0, "bridge": {"net_debt": 300.0},
        "stages": [
            stage(4, 0.12, 0.20, 2.5, 0.05), stage(3, 0.08, 0.22, 3.0, 0.04), stage(3, 0.04, 0.24, 3.5, 0.035)
        ],
        "terminal": {"method": "gordon", "growth": 0.025}
    })
}

/// Drivers: normal, normal, normal, triangular, lognormal.
fn drivers() -> [(&'static str, Distribution); 5] {
    [
        ("stages[0].growth", Distribution::normal(0.12, 0.02)),
        ("stages[0].ebit_margin", Distribution::normal(0.20, 0.02)),
        ("wacc", Distribution::normal(0.09, 0.005)),
        ("terminal.growth", Distribution::triangular(0.015, 0.025, 0.035)),
        ("stages[0].sales_to_capital", Distribution::lognormal(2.5, 0.25)),
    ]
}

fn correlation() -> Vec<Vec<f64>> {
    vec![
        vec![1.0, 0.3, 0.2, 0.1, 0.0],
        vec![0.3, 1.0, 0.1, 0.0, 0.2],
        vec![0.2, 0.1, 1.0, 0.4, 0.0],
        vec![0.1, 0.0, 0.4, 1.0, 0.1],
        vec![0.0, 0.2, 0.0, 0.1, 1.0],
    ]
}

fn simulation() -> Simulation {
    let simulation = Simulation::of("dcf").input(input()).correlation(correlation());
    drivers().into_iter().fold(simulation, |simulation, (path, distribution)| simulation.draw(path, distribution))
}

fn random(c: &mut Criterion) {
    let mut group = c.benchmark_group("random, a block");
    group.throughput(Throughput::Elements(BLOCK as u64));
    let (mut even, mut odd) = (vec![0.0; BLOCK], vec![0.0; BLOCK]);
    let stream = Stream { seed: 7, number: 0, antithetic: false };
    group.bench_function("philox, two columns", |b| b.iter(|| stream.fill(black_box(1024), &mut even, &mut odd)));
    stream.fill(1024, &mut even, &mut odd);
    let tails = even.clone();
    group.bench_function("inverse normal, a column", |b| {
        b.iter(|| {
            odd.copy_from_slice(black_box(&tails));
            normal::scores(&mut odd);
        });
    });
    let scores = odd.clone();
    group.bench_function("normal probability, a column", |b| {
        b.iter(|| {
            even.copy_from_slice(black_box(&scores));
            normal::probabilities(&mut even);
        });
    });
    group.finish();

    let mut group = c.benchmark_group("draws, a block");
    group.throughput(Throughput::Elements(BLOCK as u64));
    let drivers = drivers();
    let draws: Vec<_> = drivers.iter().map(|(path, distribution)| (*path, distribution)).collect();
    let mut fill = |name: &str, draws: &[(&str, &Distribution)], dependence: Option<&Dependence>| {
        let sampler = Sampler::new(7, Layout::Random, draws, dependence).expect("valid draws");
        let mut columns = sampler.columns();
        group.bench_function(name, |b| b.iter(|| sampler.fill(black_box(1024), BLOCK, &mut columns)));
    };
    fill("one uniform", &[("u", &Distribution::uniform(0.0, 1.0))], None);
    fill("one triangular", &draws[3..4], None);
    fill("one normal", &draws[..1], None);
    fill("one lognormal", &draws[4..], None);
    fill("five drivers", &draws, None);
    fill("five correlated drivers", &draws, Some(&Dependence::correlation(correlation())));
    group.finish();
}

/// Distributions whose inverse is a table or a list, and trials laid out together.
fn laws(c: &mut Criterion) {
    let mut group = c.benchmark_group("laws, a block");
    group.throughput(Throughput::Elements(BLOCK as u64));
    let mut fill = |name: &str, layout: Layout, distribution: &Distribution| {
        // Two, since a stream gives two.
        let draws = [("one", distribution), ("other", distribution)];
        let sampler = Sampler::new(7, layout, &draws, None).expect("valid draws");
        let mut columns = sampler.columns();
        group.bench_function(name, |b| b.iter(|| sampler.fill(black_box(1024), BLOCK, &mut columns)));
    };
    let normal = Distribution::normal(0.0, 1.0);
    fill("two normal", Layout::Random, &normal);
    fill("two gamma", Layout::Random, &Distribution::gamma(2.5, 1.0));
    fill("two pert", Layout::Random, &Distribution::pert(0.0, 2.0, 5.0));
    fill("two student_t", Layout::Random, &Distribution::student_t(5.0, 0.0, 1.0));
    fill("two truncated normal", Layout::Random, &normal.clone().truncated(-1.0, 2.0));
    fill("two discrete", Layout::Random, &Distribution::discrete([1.0, 2.0, 3.0], [0.2, 0.5, 0.3]));
    fill("two normal of a Latin hypercube", Layout::LatinHypercube { size: 100_000 }, &normal);
    fill("two normal of Sobol's points", Layout::Sobol { size: 65_536 }, &normal);
    group.bench_function("a gamma made ready", |b| {
        let gamma = Distribution::gamma(2.5, 1.0);
        b.iter(|| Sampler::new(7, Layout::Random, &[("one", black_box(&gamma))], None));
    });
    group.finish();
}

fn model(c: &mut Criterion) {
    let mut group = c.benchmark_group("model, a block");
    group.throughput(Throughput::Elements(BLOCK as u64));
    let drivers = drivers();
    let draws: Vec<_> = drivers.iter().map(|(path, distribution)| (*path, distribution)).collect();
    let sampler = Sampler::new(7, Layout::Random, &draws, None).expect("valid draws");
    let mut columns = sampler.columns();
    sampler.fill(0, BLOCK, &mut columns);
    let paths: Vec<Path> = draws.iter().map(|(path, _)| Path::parse(path, "path").expect("a path")).collect();
    let prepared = find("dcf").and_then(|model| model.prepare(&input(), &paths, &[])).expect("a valid input");
    let draws: Vec<_> = paths
        .iter()
        .zip(&columns)
        .flat_map(|(path, column)| prepared.numbers().select(path).into_iter().map(move |slot| Draw { slot, column }))
        .collect();
    let (mut outputs, mut faults, mut reasons) = (vec![vec![0.0; BLOCK]], vec![0; BLOCK], Vec::new());
    group.bench_function("dcf of ten years", |b| {
        b.iter(|| {
            prepared.block(&mut Block {
                draws: black_box(&draws),
                outputs: &mut outputs,
                faults: &mut faults,
                reasons: &mut reasons,
            });
        });
    });
    group.finish();
}

fn statistics(c: &mut Criterion) {
    let sampler =
        Sampler::new(7, Layout::Random, &[("z", &Distribution::normal(25.0, 8.0))], None).expect("a valid draw");
    let mut columns = sampler.columns();
    let mut values = Vec::new();
    for block in 0..TRIALS / BLOCK as u64 {
        sampler.fill(block * BLOCK as u64, BLOCK, &mut columns);
        values.extend_from_slice(&columns[0]);
    }
    let mut group = c.benchmark_group("statistics, a million values");
    group.throughput(Throughput::Elements(values.len() as u64));
    group.bench_function("moments", |b| {
        b.iter(|| values.chunks(BLOCK).map(|block| Moments::of(black_box(block)).mean).sum::<f64>());
    });
    group.bench_function("sketch", |b| {
        b.iter(|| {
            let mut sketch = Sketch::default();
            values.chunks(BLOCK).for_each(|block| sketch.record(black_box(block)));
            sketch
        });
    });
    let total = values.chunks(BLOCK).map(Moments::of).fold(Moments::default(), |left, right| left.merge(&right));
    group.bench_function("three quantiles", |b| {
        b.iter(|| {
            let order = OrderStatistics::new(black_box(&values), total.min, total.max, 1);
            order.quantiles(&values, &[0.05, 0.5, 0.95])
        });
    });
    group.finish();
}

fn whole(c: &mut Criterion) {
    let mut group = c.benchmark_group("dcf monte carlo, a million trials");
    group.throughput(Throughput::Elements(TRIALS)).sample_size(20);
    for (threads, quantile_mode) in
        [(1, QuantileMode::Exact), (2, QuantileMode::Exact), (1, QuantileMode::Sketch), (2, QuantileMode::Sketch)]
    {
        let mut options = RunOptions { threads: Some(threads), ..RunOptions::new(TRIALS, 7) };
        options.statistics.quantile_mode = quantile_mode;
        group.bench_function(format!("{threads} threads, {}", quantile_mode.name()), |b| {
            b.iter(|| {
                let result = simulation().run(&options, &mut Control::default()).expect("a valid run");
                let stats = result.stats("value_per_share").expect("an output");
                (stats.mean(), stats.standard_deviation(), stats.quantiles_at(&[0.05, 0.5, 0.95]))
            });
        });
    }
    let years = Distribution::discrete([2.0, 4.0, 7.0], [0.3, 0.4, 0.3]);
    let names = drivers().map(|(path, _)| path.to_owned()).to_vec();
    let of_drivers = Dependence { names: Some(names), ..Dependence::correlation(correlation()) };
    let drawn_years = simulation().dependence(of_drivers).draw("stages[0].years", years);
    let options = RunOptions { threads: Some(1), ..RunOptions::new(TRIALS, 7) };
    group.bench_function("1 threads, of three numbers of years", |b| {
        b.iter(|| drawn_years.run(&options, &mut Control::default()).expect("a valid run"));
    });
    let result = simulation().run(&RunOptions::new(TRIALS, 7), &mut Control::default()).expect("a valid run");
    group.bench_function("contributions", |b| b.iter(|| black_box(&result).contributions()));
    group.bench_function("report of all statistics", |b| b.iter(|| black_box(&result).report()));
    group.finish();
}

/// How a run and what is asked of it later gain from a second thread.
fn scaling(c: &mut Criterion) {
    const TRIALS: u64 = 4_000_000;
    let mut group = c.benchmark_group("dcf monte carlo, four million trials");
    group.throughput(Throughput::Elements(TRIALS)).sample_size(20);
    for threads in [1, 2] {
        let options = RunOptions { threads: Some(threads), ..RunOptions::new(TRIALS, 7) };
        let run = || simulation().run(&options, &mut Control::default()).expect("a valid run");
        group.bench_function(format!("{threads} threads, run alone"), |b| b.iter(run));
        group.bench_function(format!("{threads} threads, with three quantiles"), |b| {
            b.iter(|| {
                let result = run();
                let stats = result.stats("value_per_share").expect("an output");
                (stats.mean(), stats.standard_deviation(), stats.quantiles_at(&[0.05, 0.5, 0.95]))
            });
        });
        let result = run();
        group.bench_function(format!("{threads} threads, statistics of an output alone"), |b| {
            // A clone has to find its order statistics anew.
            let fresh = || result.clone();
            b.iter_batched_ref(
                fresh,
                |result| result.stats("value_per_share").expect("an output").report(),
                BatchSize::LargeInput,
            );
        });
    }
    group.finish();
}

criterion_group!(benches, random, laws, model, statistics, whole, scaling);
criterion_main!(benches);
