//! Speed of a resolution with a sticky experiment, of recording one call alone and beside others, and of
//! applying the routing of a thousand models.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use serde_json::{Map, Value, json};
use valor_ivx::registry::{
    ChangeMeta, FunctionOptions, HostFunction, ModelId, Registry, RouteRequest, RunCx, Series, UnitId,
};
use valor_ivx::time::Timestamp;

const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

fn experiment(id: &str) -> Value {
    json!({"id": id, "status": "Running", "salt": "AAECAwQFBgcICQoLDA0ODw==", "control": "a",
        "arms": [{"key": "a", "variant": "v1", "weight_ppm": 700_000}, {"key": "b", "variant": "v2", "weight_ppm": 300_000}]})
}

fn registry(models: &[ModelId]) -> Registry {
    let registry = Registry::new();
    for model in models {
        for variant in ["v1", "v2"] {
            let function: Arc<HostFunction> = Arc::new(|_: &Value, _: &mut RunCx<'_>| Ok(json!({})));
            let variant = variant.parse().expect("a legal id");
            registry.register_fn(*model, variant, FunctionOptions::default(), function).expect("a new variant");
        }
    }
    registry
}

/// Durations as calls have them: a few microseconds, and now and then much more.
fn durations() -> impl FnMut() -> u64 {
    let mut state = 1_u64;
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        2_000 + (state >> 52) + if state >> 60 == 0 { state >> 44 & 0xF_FFFF } else { 0 }
    }
}

fn resolve(c: &mut Criterion) {
    let model: ModelId = "growth".parse().expect("a legal id");
    let registry = registry(&[model]);
    let config = json!({"schema": 1, "scope": "Global", "version": 0, "models": {"growth": {"experiment": experiment("exp-1")}}});
    registry.apply_json(&config, &ChangeMeta::default()).expect("a legal config");
    let unit: UnitId = "user-1".parse().expect("a legal unit");
    let sticky = RouteRequest { unit: Some(&unit), ..RouteRequest::default() };
    let mut group = c.benchmark_group("registry");
    group.bench_function("resolve, sticky experiment", |b| b.iter(|| registry.resolve(&model, black_box(&sticky))));
    group.bench_function("resolve, default", |b| {
        b.iter(|| registry.resolve(&model, black_box(&RouteRequest::default())));
    });
    group.finish();
}

fn record(c: &mut Criterion) {
    let mut group = c.benchmark_group("registry");
    let (series, mut next) = (Series::new(), durations());
    group.bench_function("a duration to record", |b| b.iter(&mut next));
    group.bench_function("record", |b| b.iter(|| series.record(black_box(next()), NOW, None)));
    group.bench_function("record, beside another thread", |b| {
        b.iter_custom(|times| {
            let start = std::sync::Barrier::new(2);
            let run = || {
                let mut next = durations();
                start.wait();
                let began = Instant::now();
                (0..times).for_each(|_| drop(series.record(black_box(next()), NOW, None)));
                began.elapsed()
            };
            std::thread::scope(|scope| {
                let other = scope.spawn(run);
                let own = run();
                own.max(other.join().expect("no panic"))
            })
        });
    });
    let viewed = Series::new();
    (0..1_000_000).for_each(|_| drop(viewed.record(next(), NOW, None)));
    group.bench_function("view of a million calls", |b| b.iter(|| viewed.view()));
    group.finish();
}

/// A thousand models, each with an experiment whose first arm has a weight by the number of the version.
fn thousand(models: &[ModelId], version: u64, moving: usize) -> Value {
    let routing = |(at, model): (usize, &ModelId)| {
        let mut experiment = experiment(&format!("e-{}", model.as_str().replace('_', "-")));
        if at < moving {
            experiment["arms"][0]["weight_ppm"] = (500_000 + version % 1_000).into();
            experiment["arms"][1]["weight_ppm"] = (500_000 - version % 1_000).into();
        }
        (model.to_string(), json!({"experiment": experiment}))
    };
    let models: Map<String, Value> = models.iter().enumerate().map(routing).collect();
    json!({"schema": 1, "scope": "Global", "version": version, "models": models})
}

fn apply(c: &mut Criterion) {
    let models: Vec<ModelId> = (0..1_000).map(|n| format!("model_{n}").parse().expect("a legal id")).collect();
    let mut group = c.benchmark_group("registry");
    group.sample_size(20);
    for (name, moving) in
        [("apply 1,000 models, all of them moved", 1_000), ("apply 1,000 models, one of them moved", 1)]
    {
        let registry = registry(&models);
        let mut version = 0;
        group.bench_function(name, |b| {
            b.iter_batched(
                || {
                    version += 1;
                    thousand(&models, version - 1, moving)
                },
                |config| {
                    registry.apply_json(&config, &ChangeMeta::default()).expect("a legal config");
                    config
                },
                BatchSize::PerIteration,
            );
        });
    }
    let registry = registry(&models);
    group.bench_function("prometheus of 2,000 variants without calls", |b| b.iter(|| registry.prometheus()));
    group.finish();
}

criterion_group!(benches, resolve, record, apply);
criterion_main!(benches);
