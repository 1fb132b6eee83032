//! Runs beside calls: what they give is told, and nothing else of the call or of its counts changes.

mod exposition;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use serde_json::{Value, json};
use valor_ivx::registry::*;
use valor_ivx::time::{ManualClock, Timestamp};

fn model() -> ModelId {
    "growth".parse().unwrap()
}

fn register(registry: &Registry, name: &str, function: Arc<HostFunction>) {
    registry.register_fn(model(), name.parse().unwrap(), FunctionOptions::default(), function).unwrap();
}

fn answer(value: f64) -> Arc<HostFunction> {
    Arc::new(move |_: &Value, _: &mut RunCx<'_>| Ok(json!({"value": value})))
}

/// A registry whose calls are all mirrored to `beside`.
fn mirrored(builder: RegistryBuilder, beside: Arc<HostFunction>, mirror: &Value) -> Registry {
    let clock = Arc::new(ManualClock::at(Timestamp::from_micros(0)));
    let registry = builder.clock(clock).build();
    register(&registry, "v1", answer(100.0));
    register(&registry, "beside", beside);
    let mut held = json!({"variant": "beside", "sample_ppm": 1_000_000});
    held.as_object_mut().unwrap().extend(mirror.as_object().unwrap().clone());
    let config = json!({"schema": 1, "scope": "Global", "version": 0, "models": {"growth": {"mirror": held}}});
    registry.apply_json(&config, &ChangeMeta::default()).unwrap();
    registry
}

fn inline() -> RegistryBuilder {
    Registry::builder().mirrors(InlineMirrors)
}

fn run(registry: &Registry, seed: u64) -> Executed {
    let options = ExecOpts { seed, ..ExecOpts::default() };
    registry.execute(&model(), &RouteRequest::default(), &json!({}), &options).unwrap()
}

fn results(registry: &Registry, result: &str) -> f64 {
    let read = exposition::read(&registry.prometheus());
    read["valor_mirror_total"].value(&[("model", "growth"), ("result", result)])
}

#[test]
fn each_result_is_told_with_its_differences() {
    let tolerance = json!({"compare": {"Tolerance": {"abs": 0.0, "rel": 0.01}}});
    for (value, mirror, result, abs) in [
        (100.0, &json!({}), "equal", 0.0),
        (100.5, &tolerance, "within", 0.5),
        (102.0, &tolerance, "differs", 2.0),
        (100.5, &json!({}), "differs", 0.5),
    ] {
        let registry = mirrored(inline(), answer(value), mirror);
        assert_eq!(run(&registry, 0).output, json!({"value": 100.0}));
        assert_eq!(results(&registry, result), 1.0);
        let told = registry.mirror_runs().remove(0).to_json();
        assert_eq!((&told["result"], &told["diff"]["max_abs"]), (&json!(result), &json!(abs)));
        assert_eq!(told["diff"]["differing_paths"].as_array().unwrap().len(), usize::from(result == "differs"));
    }
}

#[test]
fn the_mirror_has_the_input_and_seed_of_the_call_and_a_series_of_its_own() {
    let echo: Arc<HostFunction> =
        Arc::new(|input: &Value, cx: &mut RunCx<'_>| Ok(json!({"x": input, "seed": cx.seed})));
    let registry = mirrored(inline(), echo.clone(), &json!({}));
    registry
        .replace_fn(
            model(),
            "v1".parse().unwrap(),
            FunctionOptions::default(),
            echo,
            registry.variant(&model(), &"v1".parse().unwrap()).unwrap().1,
        )
        .unwrap();
    run(&registry, u64::MAX);
    assert_eq!(results(&registry, "equal"), 1.0);
    let of = |kind| registry.performance_of(&model(), &StatsFilter { kind, ..StatsFilter::default() }).unwrap();
    let counts = |kind| of(kind).values().map(|view| view.count).collect::<Vec<_>>();
    assert_eq!((counts(SeriesKind::Live), counts(SeriesKind::Mirror)), (vec![0, 1], vec![1, 0]));
    assert_eq!(registry.usage().len(), 1);
}

fn times_mirrored(registry: &Registry) -> usize {
    let mirrored = StatsFilter { kind: SeriesKind::Mirror, ..StatsFilter::default() };
    usize::try_from(registry.performance_of(&model(), &mirrored).unwrap()["beside"].count).unwrap()
}

#[test]
fn a_share_of_calls_is_sampled_by_input_and_seed_alone() {
    let sampled = || {
        let registry = mirrored(inline(), answer(100.0), &json!({"sample_ppm": 300_000}));
        (0..2_000)
            .map(|seed| {
                run(&registry, seed);
                times_mirrored(&registry)
            })
            .collect::<Vec<usize>>()
    };
    let (first, second) = (sampled(), sampled());
    assert_eq!(first, second);
    let share = first[1_999] as f64 / 2_000.0;
    assert!((share - 0.3).abs() < 0.04, "{share}");
}

/// Acceptance A14, the first half.
#[test]
fn a_mirror_that_panics_changes_no_answer_and_counts_as_an_error() {
    let registry = mirrored(inline(), Arc::new(|_: &Value, _: &mut RunCx<'_>| panic!("beside itself")), &json!({}));
    let alone = Registry::new();
    register(&alone, "v1", answer(100.0));
    let (with, without) = (run(&registry, 3), run(&alone, 3));
    assert_eq!((with.output, with.record.output_hash), (without.output, without.record.output_hash));
    assert_eq!(
        (with.resolution.served, with.resolution.reason),
        (without.resolution.served, without.resolution.reason)
    );
    assert_eq!(results(&registry, "error"), 1.0);
    let error = registry.mirror_runs()[0].diff.clone().unwrap().mirror_error.unwrap();
    assert!(error.contains("beside itself"));
    assert_eq!(registry.performance(&model()).unwrap()["beside"].count, 0);
}

/// Acceptance A14, the second half: a mirror that does not end, instead of one that sleeps.
#[test]
fn a_mirror_that_does_not_end_holds_no_call_up_and_what_finds_the_queue_full_is_dropped() {
    let (started, has_started) = channel();
    let (release, released) = channel::<()>();
    let (released, runs): (Mutex<Receiver<()>>, AtomicUsize) = (Mutex::new(released), AtomicUsize::new(0));
    let stuck: Arc<HostFunction> = Arc::new(move |_: &Value, _: &mut RunCx<'_>| {
        if runs.fetch_add(1, Ordering::SeqCst) == 0 {
            started.send(()).unwrap();
            let _ = released.lock().unwrap().recv();
        }
        Ok(json!({"value": 100.0}))
    });
    let registry = mirrored(Registry::builder(), stuck, &json!({}));
    run(&registry, 0);
    has_started.recv().unwrap();
    for seed in 1..=300 {
        assert_eq!(run(&registry, seed).output["value"], 100.0);
    }
    assert_eq!((results(&registry, "dropped"), results(&registry, "equal")), (300.0 - 256.0, 0.0));
    drop(release);
    while results(&registry, "equal") < 257.0 {
        std::thread::yield_now();
    }
    assert_eq!(registry.performance(&model()).unwrap()["v1"].count, 301);
}

#[test]
fn a_mirror_beyond_its_time_or_without_its_variant_is_dropped() {
    let clock = Arc::new(ManualClock::at(Timestamp::from_micros(0)));
    let moved = clock.clone();
    let slow: Arc<HostFunction> = Arc::new(move |_: &Value, _: &mut RunCx<'_>| {
        moved.advance_micros(1_001_000);
        Ok(json!({"value": 100.0}))
    });
    let registry = inline().clock(clock).build();
    register(&registry, "v1", answer(100.0));
    register(&registry, "slow", slow);
    let config = json!({"schema": 1, "scope": "Global", "version": 0,
        "models": {"growth": {"mirror": {"variant": "slow", "sample_ppm": 1_000_000}}}});
    registry.apply_json(&config, &ChangeMeta::default()).unwrap();
    assert_eq!(run(&registry, 0).elapsed, 0);
    assert_eq!(results(&registry, "dropped"), 1.0);
    let disabled = VariantStatus::Disabled;
    registry.set_status(&model(), &"slow".parse().unwrap(), disabled, &ChangeMeta::default()).unwrap();
    run(&registry, 1);
    assert_eq!(results(&registry, "dropped"), 2.0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Property 11.
    #[test]
    fn dry_and_mirrored_runs_leave_every_live_series_unchanged(
        calls in prop::collection::vec((0usize..3, "[a-c]{1,2}", any::<u64>()), 0..80)
    ) {
        let experiment = json!({
            "id": "exp-1", "status": "Running", "salt": "AAECAwQFBgcICQoLDA0ODw==", "control": "a", "arms": [
                {"key": "a", "variant": "v1", "weight_ppm": 500_000}, {"key": "b", "variant": "v2", "weight_ppm": 500_000}]
        });
        let made = |mirror: Option<Value>| {
            let clock = Arc::new(ManualClock::at(Timestamp::from_micros(0)));
            let registry = inline().clock(clock).build();
            for name in ["v1", "v2", "v3"] {
                register(&registry, name, answer(1.0));
            }
            let mut routing = json!({"experiment": experiment});
            routing["mirror"] = mirror.unwrap_or_default();
            let config = json!({"schema": 1, "scope": "Global", "version": 0, "models": {"growth": routing}});
            registry.apply_json(&config, &ChangeMeta::default()).unwrap();
            registry
        };
        let (plain, disturbed) = (made(None), made(Some(json!({"variant": "v3", "sample_ppm": 700_000}))));
        for (way, unit, seed) in &calls {
            let unit: UnitId = unit.parse().unwrap();
            let request = RouteRequest { unit: Some(&unit), ..RouteRequest::default() };
            let options = ExecOpts { seed: *seed, ..ExecOpts::default() };
            if *way == 0 {
                disturbed.dry_run(&model(), None, &json!({}), &options).unwrap();
                disturbed.dry_run(&model(), Some(&"v2".parse().unwrap()), &json!({}), &options).unwrap();
                continue;
            }
            for registry in [&plain, &disturbed] {
                registry.execute(&model(), &request, &json!({}), &options).unwrap();
            }
        }
        prop_assert_eq!(plain.performance(&model()).unwrap(), disturbed.performance(&model()).unwrap());
        prop_assert_eq!(plain.usage(), disturbed.usage());
        prop_assert_eq!(plain.experiment_counts(), disturbed.experiment_counts());
        let id: ExperimentId = "exp-1".parse().unwrap();
        prop_assert_eq!(plain.analyze(id).unwrap().to_json(), disturbed.analyze(id).unwrap().to_json());
        let without = |registry: &Registry| {
            let text = registry.prometheus();
            let kept = |line: &&str| !line.starts_with("valor_mirror_total") && !line.starts_with("valor_dry_runs_total");
            text.lines().filter(kept).map(str::to_owned).collect::<Vec<_>>()
        };
        prop_assert_eq!(without(&plain), without(&disturbed));
    }
}
