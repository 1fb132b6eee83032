//! Speed of a report over a million units, of a look at guardrails, and of booking one outcome.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::{Value, json};
use valor_ivx::registry::{
    ChangeMeta, ExecOpts, ExperimentId, FunctionOptions, HostFunction, ModelId, Registry, RouteRequest, RunCx, UnitId,
};

const UNITS: usize = 1_000_000;

fn experiment(c: &mut Criterion) {
    let registry = Registry::builder().pauses_by_host().build();
    let model: ModelId = "growth".parse().expect("a legal id");
    for variant in ["v1", "v2"] {
        let function: Arc<HostFunction> = Arc::new(|_: &Value, _: &mut RunCx<'_>| Ok(json!({})));
        let variant = variant.parse().expect("a legal id");
        registry.register_fn(model, variant, FunctionOptions::default(), function).expect("a new variant");
    }
    let config = json!({"schema": 1, "scope": "Global", "version": 0, "models": {"growth": {"experiment": {
        "id": "exp-1", "status": "Running", "salt": "AAECAwQFBgcICQoLDA0ODw==", "control": "a",
        "arms": [{"key": "a", "variant": "v1", "weight_ppm": 500_000}, {"key": "b", "variant": "v2", "weight_ppm": 500_000}],
        "plan": {
            "primary": {"name": "revenue", "kind": "Mean", "better": "Higher", "cuped": "before"},
            "secondary": [{"name": "latency", "kind": "LogMean", "better": "Lower"}, {"name": "error", "kind": "Proportion", "better": "Lower"}],
        },
        "guardrails": [
            {"metric": "ErrorRate", "bound": {"RelativeToControl": 2.0}},
            {"metric": "LatencyMean", "bound": {"RelativeToControl": 1.5}},
            {"metric": "LatencyP95", "bound": {"RelativeToControl": 2.0}},
        ],
    }}}});
    registry.apply_json(&config, &ChangeMeta::default()).expect("a legal config");
    let id: ExperimentId = "exp-1".parse().expect("a legal id");
    for n in 0..UNITS {
        let unit: UnitId = format!("u{n}").parse().expect("a legal unit");
        let request = RouteRequest { unit: Some(&unit), ..RouteRequest::default() };
        registry.execute(&model, &request, &json!({}), &ExecOpts::default()).expect("it answers");
        registry.record_outcome(id, &unit, "revenue", (n % 977) as f64, None).expect("it was exposed");
    }
    let unit: UnitId = "u17".parse().expect("a legal unit");
    let request = RouteRequest { unit: Some(&unit), ..RouteRequest::default() };

    let mut group = c.benchmark_group("experiment");
    group.sample_size(10);
    group.bench_function("report over 10^6 units", |b| b.iter(|| registry.analyze(black_box(id))));
    group.bench_function("look at three guardrails", |b| b.iter(|| registry.breaches(black_box(id))));
    group.bench_function("expose a known unit", |b| b.iter(|| registry.expose(&model, black_box(&request))));
    group.bench_function("book an outcome", |b| b.iter(|| registry.record_outcome(id, &unit, "revenue", 3.0, None)));
    group.finish();
}

criterion_group!(benches, experiment);
criterion_main!(benches);
