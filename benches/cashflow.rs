//! Speed of present values and rates of return: one series, and many.

use std::hint::black_box;

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use serde_json::json;
use valor_ivx::cashflow::{DayCount, Irr, ManySeries, Npv, RateSearch, Xirr, npv};
use valor_ivx::{evaluate, evaluate_many};

const SERIES: usize = 10_000;
const FLOWS: usize = 20;

/// Series of one outlay and returns that differ from series to series.
fn series() -> Vec<Vec<f64>> {
    let flows =
        |i: usize| (0..FLOWS).map(move |t| if t == 0 { -1_000.0 } else { 80.0 + ((i * 7 + t * 13) % 40) as f64 });
    (0..SERIES).map(|i| flows(i).collect()).collect()
}

fn cashflow(c: &mut Criterion) {
    let all = series();
    let flows = &all[0];
    let mut group = c.benchmark_group("npv, 20 flows");
    group.bench_function("formula", |b| b.iter(|| npv(black_box(0.08), black_box(flows).iter().copied(), 0)));
    let typed = Npv { rate: 0.08, cashflows: flows.clone(), ..Npv::default() };
    group.bench_function("typed", |b| b.iter(|| black_box(&typed).value()));
    let input = json!({"rate": 0.08, "cashflows": flows});
    group.bench_function("json in, json out", |b| b.iter(|| evaluate("npv", black_box(&input))));
    group.finish();

    let mut group = c.benchmark_group("10,000 series of 20 flows");
    group.throughput(Throughput::Elements(SERIES as u64));
    group.sample_size(20);
    group.bench_function("npv", |b| {
        b.iter(|| all.iter().map(|flows| npv(black_box(0.08), flows.iter().copied(), 0)).sum::<f64>());
    });
    let typed: Vec<Irr> = all.iter().map(|flows| Irr { cashflows: flows.clone(), ..Irr::default() }).collect();
    group.bench_function("irr, typed", |b| b.iter(|| typed.iter().filter(|irr| irr.value().is_ok()).count()));
    let dates: Vec<_> = (0..FLOWS).map(|t| json!(format!("{}-{:02}-15", 2015 + t / 2, 1 + 6 * (t % 2)))).collect();
    let dated = |flows: &Vec<f64>| serde_json::from_value(json!({"cashflows": flows, "dates": dates}));
    let typed: Vec<Xirr> = all.iter().map(dated).collect::<Result<_, _>>().expect("valid inputs");
    group.bench_function("xirr, typed", |b| b.iter(|| typed.iter().filter(|xirr| xirr.value().is_ok()).count()));
    many(&mut group, &all);
    group.finish();
}

/// The doors for arrays, on one core and on all.
fn many(group: &mut BenchmarkGroup<'_, WallTime>, all: &[Vec<f64>]) {
    let flows = all.concat();
    let first_days = (0..30).cycle().take(SERIES);
    let days: Vec<i64> =
        first_days.flat_map(|first| (0..).step_by(182).take(FLOWS).map(move |t| 16_000 + first + t)).collect();
    let periodic = ManySeries::of_length(&flows, FLOWS).expect("whole series");
    let shared = periodic.on_days(&days[..FLOWS], DayCount::Act365F).expect("dates of one");
    let each = periodic.on_days(&days, DayCount::Act365F).expect("dates of all");
    for (cores, threads) in [("one core", Some(1)), ("all cores", None)] {
        group.bench_function(format!("npv, many, {cores}"), |b| b.iter(|| periodic.npv(&[0.08], 0, threads)));
        for (name, series) in [("irr", periodic), ("xirr, shared dates", shared), ("xirr, own dates", each)] {
            group.bench_function(format!("{name}, many, {cores}"), |b| {
                b.iter(|| series.irr(RateSearch::default(), threads));
            });
        }
        let inputs: Vec<_> = all[..1_000].iter().map(|flows| json!({"rate": 0.08, "cashflows": flows})).collect();
        group.throughput(Throughput::Elements(1_000));
        group.bench_function(format!("npv of 1,000 by JSON, {cores}"), |b| {
            b.iter(|| evaluate_many("npv", &inputs, threads));
        });
        group.throughput(Throughput::Elements(SERIES as u64));
    }
}

criterion_group!(benches, cashflow);
criterion_main!(benches);
