//! Speed of a resolution with a sticky experiment, and of recording one call.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::{Value, json};
use valor_ivx::registry::{
    ChangeMeta, FunctionOptions, HostFunction, ModelId, Registry, RouteRequest, RunCx, Series, UnitId,
};
use valor_ivx::time::Timestamp;

fn registry(c: &mut Criterion) {
    let registry = Registry::new();
    let model: ModelId = "growth".parse().expect("a legal id");
    for variant in ["v1", "v2"] {
        let function: Arc<HostFunction> = Arc::new(|_: &Value, _: &mut RunCx<'_>| Ok(json!({})));
        let variant = variant.parse().expect("a legal id");
        registry.register_fn(model, variant, FunctionOptions::default(), function).expect("a new variant");
    }
    let config = json!({"schema": 1, "scope": "Global", "version": 0, "models": {"growth": {"experiment": {
        "id": "exp-1", "status": "Running", "salt": "AAECAwQFBgcICQoLDA0ODw==", "control": "a",
        "arms": [{"key": "a", "variant": "v1", "weight_ppm": 700_000}, {"key": "b", "variant": "v2", "weight_ppm": 300_000}],
    }}}});
    registry.apply_json(&config, &ChangeMeta::default()).expect("a legal config");
    let unit: UnitId = "user-1".parse().expect("a legal unit");
    let sticky = RouteRequest { unit: Some(&unit), ..RouteRequest::default() };
    let series = Series::new();
    let now = Timestamp::from_micros(1_700_000_000_000_000);

    let mut group = c.benchmark_group("registry");
    group.bench_function("resolve, sticky experiment", |b| b.iter(|| registry.resolve(&model, black_box(&sticky))));
    group.bench_function("resolve, default", |b| {
        b.iter(|| registry.resolve(&model, black_box(&RouteRequest::default())));
    });
    let mut nanos = 0u64;
    group.bench_function("record", |b| {
        b.iter(|| {
            nanos = nanos.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            series.record(black_box(nanos >> 30), now, None)
        });
    });
    group.finish();
}

criterion_group!(benches, registry);
criterion_main!(benches);
