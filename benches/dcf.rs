//! Speed of one discounted cash-flow valuation and of a grid of them.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde_json::json;
use valor_ivx::catalogue::find;
use valor_ivx::evaluate;
use valor_ivx::valuation::Dcf;

fn seven_years() -> serde_json::Value {
    json!({
        "base_revenue": 500, "tax_rate": 0.23, "wacc": 0.09, "shares": 150, "bridge": {"net_debt": 300},
        "stages": [
            {"years": 3, "growth": 0.12, "ebit_margin": 0.2, "sales_to_capital": 2.5, "nwc_pct": 0.05},
            {"years": 3, "growth": 0.08, "ebit_margin": 0.22, "sales_to_capital": 3, "nwc_pct": 0.04},
            {"years": 1, "growth": 0.04, "ebit_margin": 0.24, "sales_to_capital": 3.5, "nwc_pct": 0.035}
        ],
        "terminal": {"method": "gordon", "growth": 0.025}
    })
}

fn dcf(c: &mut Criterion) {
    let input = seven_years();
    let typed: Dcf = serde_json::from_value(input.clone()).expect("a valid input");
    let prepared = find("dcf").and_then(|model| model.prepare(&input, &[], &[])).expect("a valid input");
    let numbers = prepared.numbers().values();

    let mut group = c.benchmark_group("dcf, 7 years");
    group.bench_function("scalars, prepared", |b| b.iter(|| prepared.evaluate(black_box(&numbers))));
    group.bench_function("typed, with schedule", |b| b.iter(|| black_box(&typed).value()));
    group.bench_function("json in, json out", |b| b.iter(|| evaluate("dcf", black_box(&input))));
    group.finish();

    let grid = json!({
        "model": "dcf", "input": input,
        "axes": [
            {"path": "wacc", "start": 0.07, "stop": 0.12, "steps": 200},
            {"path": "terminal.growth", "start": 0.0, "stop": 0.04, "steps": 200}
        ]
    });
    let typed: valor_ivx::sensitivity::Grid = serde_json::from_value(grid).expect("a valid input");
    let mut group = c.benchmark_group("sensitivity grid");
    group.throughput(Throughput::Elements(200 * 200));
    group.bench_function("200 x 200, dcf of 7 years", |b| b.iter(|| black_box(&typed).value()));
    group.finish();
}

criterion_group!(benches, dcf);
criterion_main!(benches);
