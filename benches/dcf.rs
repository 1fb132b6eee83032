//! Speed of one discounted cash-flow valuation and of a grid of them.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use serde_json::json;
use valor_ivx::catalogue::find;
use valor_ivx::columns::{Column, ColumnModel, evaluate_columns};
use valor_ivx::evaluate;
use valor_ivx::model::{Path, Prepared, Rows};
use valor_ivx::sensitivity::Grid;
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

    grid(c, &input);
}

/// A cell is what is asked for; a study also reads, prepares and writes.
fn grid(c: &mut Criterion, input: &serde_json::Value) {
    let mut group = c.benchmark_group("sensitivity grid, dcf of 7 years");
    for side in [200_u32, 1000] {
        group.throughput(Throughput::Elements(u64::from(side * side)));
        let study = json!({
            "model": "dcf", "input": input,
            "axes": [
                {"path": "wacc", "start": 0.07, "stop": 0.12, "steps": side},
                {"path": "terminal.growth", "start": 0.0, "stop": 0.04, "steps": side}
            ]
        });
        let typed: Grid = serde_json::from_value(study).expect("a valid input");
        group.bench_function(format!("study, {side} x {side}"), |b| b.iter(|| black_box(&typed).value()));

        let point = |i: u32, from: f64, to: f64| from + (to - from) * f64::from(i) / f64::from(side - 1);
        let axes =
            [(0.07, 0.12), (0.0, 0.04)].map(|(from, to)| (0..side).map(|i| point(i, from, to)).collect::<Vec<_>>());
        let waccs: Vec<f64> = axes[0].iter().flat_map(|wacc| vec![*wacc; side as usize]).collect();
        let growths: Vec<f64> = axes[1].iter().copied().cycle().take(waccs.len()).collect();
        let columns = [Column::new("wacc", &waccs), Column::new("terminal.growth", &growths)];
        group.bench_function(format!("columns, {side} x {side}"), |b| {
            b.iter(|| evaluate_columns("dcf", black_box(input), &columns, None));
        });
        let columns = [
            Column { each: side as usize, ..Column::new("wacc", &axes[0]) },
            Column { times: side as usize, ..Column::new("terminal.growth", &axes[1]) },
        ];
        group.bench_function(format!("axes, {side} x {side}"), |b| {
            b.iter(|| evaluate_columns("dcf", black_box(input), &columns, None));
        });
        let ready = ColumnModel::new("dcf", input, &["wacc", "terminal.growth"], None).expect("a valid input");
        group.bench_function(format!("axes made ready, {side} x {side}"), |b| {
            b.iter(|| ready.evaluate(black_box(&columns)));
        });

        let paths = ["wacc", "terminal.growth"].map(|path| Path::parse(path, "path").expect("a path"));
        let prepared = find("dcf").and_then(|model| model.prepare(input, &paths, &[])).expect("a valid input");
        let prepared: Arc<dyn Prepared> = prepared.into();
        let [wacc, growth] = paths.map(|path| prepared.numbers().select(&path));
        group.bench_function(format!("rows, {side} x {side}"), |b| {
            b.iter(|| {
                let mut rows = Rows::new(&prepared, &wacc, &growth);
                for waccs in axes[0].chunks(Rows::AHEAD) {
                    rows.hold(&[waccs]);
                    for row in 0..waccs.len() {
                        for growths in axes[1].chunks(rows.longest()) {
                            rows.draw(&[growths], growths.len());
                            rows.evaluate(row);
                            black_box(rows.output(0));
                        }
                    }
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, dcf);
criterion_main!(benches);
