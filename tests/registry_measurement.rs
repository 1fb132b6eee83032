//! What the registry counts of its calls: times, errors, usage, over one process and several.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use proptest::prelude::*;
use serde_json::{Value, json};
use valor_ivx::id::{InstanceId, SeededIds, TenantId};
use valor_ivx::registry::*;
use valor_ivx::time::{Clock, ManualClock, Timestamp};

const NOON: Timestamp = Timestamp::from_micros(1_700_049_600_000_000);

fn model() -> ModelId {
    "growth".parse().unwrap()
}

fn variant(name: &str) -> VariantId {
    name.parse().unwrap()
}

fn meta() -> ChangeMeta {
    ChangeMeta { actor: "ada".to_owned(), reason: None }
}

fn tenant(n: u64) -> TenantId {
    format!("018bcfe5-6800-7cb5-a7b3-{n:012x}").parse().unwrap()
}

/// A clock that stands, but for the monotonic time, which the variants themselves move.
struct Ticking {
    clock: ManualClock,
    nanos: AtomicU64,
}

impl Ticking {
    fn new() -> Arc<Self> {
        Arc::new(Self { clock: ManualClock::at(NOON), nanos: AtomicU64::new(0) })
    }
}

impl Clock for Ticking {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn monotonic_nanos(&self) -> u64 {
        self.nanos.load(Ordering::Relaxed)
    }
}

/// Variants `v1` and `v2` that take as long as the input says, and fail where it says so.
fn registry(builder: RegistryBuilder, clock: &Arc<Ticking>) -> Registry {
    let registry = builder.clock(clock.clone()).build();
    for name in ["v1", "v2"] {
        let clock = clock.clone();
        let takes: Arc<HostFunction> = Arc::new(move |input: &Value, _: &mut RunCx<'_>| {
            clock.nanos.fetch_add(input["takes"].as_u64().unwrap_or(1), Ordering::Relaxed);
            if input["fails"] == true {
                return Err(valor_ivx::Error::unavailable("timeout", "too slow"));
            }
            Ok(json!({"by": name}))
        });
        registry.register_fn(model(), variant(name), FunctionOptions::default(), takes).unwrap();
    }
    registry
}

fn call(registry: &Registry, tenant: Option<TenantId>, served: &str, input: &Value) {
    let served = variant(served);
    let request = RouteRequest { tenant, force: Some(&served), ..RouteRequest::default() };
    let _ = registry.execute(&model(), &request, input, &ExecOpts::default());
}

/// Quantile of type 7 by its definition.
fn type_7(sorted: &[u64], percent: usize) -> f64 {
    let at = (sorted.len() - 1) * percent;
    let (low, high) = (sorted[at / 100] as f64, sorted[at.div_ceil(100)] as f64);
    low + (at % 100) as f64 / 100.0 * (high - low)
}

/// Acceptance A6.
#[test]
fn eight_threads_of_twenty_thousand_calls_lose_none_and_book_none_elsewhere() {
    let registry = Registry::new();
    for name in ["v1", "v2"] {
        let function: Arc<HostFunction> = Arc::new(move |_: &Value, _: &mut RunCx<'_>| Ok(json!({"by": name})));
        registry.register_fn(model(), variant(name), FunctionOptions::default(), function).unwrap();
    }
    let experiment = json!({
        "id": "exp-1", "status": "Running", "salt": "AAECAwQFBgcICQoLDA0ODw==", "control": "a",
        "arms": [{"key": "a", "variant": "v1", "weight_ppm": 700_000}, {"key": "b", "variant": "v2", "weight_ppm": 300_000}]
    });
    let config =
        json!({"schema": 1, "scope": "Global", "version": 0, "models": {"growth": {"experiment": experiment}}});
    registry.apply_json(&config, &meta()).unwrap();
    let served: Vec<[[u64; 2]; 2]> = std::thread::scope(|scope| {
        let worker = |thread: u64| {
            let registry = &registry;
            scope.spawn(move || {
                let mut served = [[0; 2]; 2];
                for n in 0..20_000 {
                    let unit: UnitId = format!("u{thread}-{n}").parse().unwrap();
                    let of_tenant = n % 2 == 1;
                    let tenant = of_tenant.then(|| tenant(thread));
                    let request = RouteRequest { unit: Some(&unit), tenant, ..RouteRequest::default() };
                    let executed = registry.execute(&model(), &request, &json!({}), &ExecOpts::default()).unwrap();
                    served[usize::from(of_tenant)][usize::from(executed.output["by"] == "v2")] += 1;
                }
                served
            })
        };
        let workers: Vec<_> = (0..8).map(worker).collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).collect()
    });
    let performance = registry.performance(&model()).unwrap();
    let own = |thread: u64| {
        let scope = Some(RoutingScope::Tenant(tenant(thread)));
        registry.performance_of(&model(), &StatsFilter { scope, ..StatsFilter::default() }).unwrap()
    };
    for (place, name) in ["v1", "v2"].into_iter().enumerate() {
        let sum = |of_tenant: usize| served.iter().map(|counts| counts[of_tenant][place]).sum::<u64>();
        assert_eq!(performance[name].count, sum(0) + sum(1));
        for (thread, counts) in (0..).zip(&served) {
            assert_eq!(own(thread)[name].count, counts[1][place]);
        }
    }
    assert_eq!(performance.values().map(|view| view.count).sum::<u64>(), 160_000);
    assert_eq!(registry.usage().iter().map(|row| row.calls).sum::<u64>(), 160_000);
    assert_eq!(registry.popularity(1, Span::Lifetime)[0].variant, variant("v1"));
}

/// Acceptance A7.
#[test]
fn durations_of_one_to_a_hundred_nanoseconds_have_their_exact_statistics() {
    let clock = Ticking::new();
    let of = |most: u64| {
        let registry = registry(Registry::builder(), &clock);
        for takes in 1..=most {
            let served = variant("v1");
            let request = RouteRequest { force: Some(&served), ..RouteRequest::default() };
            let input = json!({"takes": takes});
            assert_eq!(registry.execute(&model(), &request, &input, &ExecOpts::default()).unwrap().elapsed, takes);
        }
        registry
    };
    let registry = of(100);
    let stats = &registry.performance(&model()).unwrap()["v1"];
    assert_eq!((stats.count, stats.min, stats.max, stats.exact), (100, Some(1), Some(100), true));
    for (found, expected) in
        [(stats.median, 50.5), (stats.p95, 95.05), (stats.p99, 99.01), (stats.mean, 50.5), (stats.sd, 29.011492)]
    {
        assert!((found.unwrap() - expected).abs() < 1e-6, "{found:?} {expected}");
    }
    assert_eq!(of(4).performance(&model()).unwrap()["v1"].median, Some(2.5));
    assert!((of(20).performance(&model()).unwrap()["v1"].p95.unwrap() - 19.05).abs() < 1e-12);
    registry.clear_performance(Some(&model())).unwrap();
    assert_eq!(registry.performance(&model()).unwrap()["v1"].to_json()["median"], Value::Null);
    assert_eq!(registry.usage()[0].to_json()["calls"], 100);
}

#[test]
fn a_batch_that_did_not_come_is_told_and_an_unnamed_process_has_none() {
    let clock = Ticking::new();
    let id = InstanceId::new(&SeededIds::new([1; 32]), NOON);
    let process = registry(Registry::builder().instance(id, 3), &clock);
    assert!(process.stats_batch().unwrap().is_none());
    let batches: Vec<StatsBatch> = (0..5)
        .map(|_| {
            call(&process, None, "v1", &json!({}));
            process.stats_batch().unwrap().unwrap()
        })
        .collect();
    let mut merged = MergedStats::new();
    for place in [4, 1] {
        merged.apply(&batches[place]).unwrap();
    }
    let missing = merged.missing();
    assert_eq!((missing[0].by, &missing[0].missing), (Instance { instance: id, epoch: 3 }, &vec![1..=1, 3..=4]));
    for place in [0, 2, 3] {
        assert_eq!(merged.apply(&batches[place]).unwrap(), BatchResult::New);
    }
    assert!(merged.missing().is_empty());
    assert_eq!(merged.apply(&batches[2]).unwrap(), BatchResult::Duplicate);
    let numberless = StatsBatch { seq: 0, ..batches[0].clone() };
    assert_eq!(merged.apply(&numberless).unwrap_err().reason(), Some("out_of_range"));
    let unnamed = registry(Registry::builder(), &clock);
    assert_eq!(unnamed.stats_batch().unwrap_err().reason(), Some("invalid_id"));
    let mut wrong = batches[0].to_json();
    wrong["series"][0]["counted"]["tally"]["successes"]["max"] = json!(9);
    assert!(StatsBatch::from_json(&wrong).is_err());
}

#[test]
fn batches_of_two_scopes_of_one_process_count_each_though_they_bear_the_same_number() {
    let clock = Ticking::new();
    let ids = SeededIds::new([1; 32]);
    let process = registry(Registry::builder().instance(InstanceId::new(&ids, NOON), 3), &clock);
    let tenant = TenantId::new(&ids, NOON);
    let mut merged = MergedStats::new();
    for (scope, called, calls) in [(RoutingScope::Global, None, 2), (RoutingScope::Tenant(tenant), Some(tenant), 1)] {
        (0..calls).for_each(|_| call(&process, called, "v1", &json!({})));
        let batch = process.stats_batch_of(scope).unwrap().unwrap();
        assert_eq!((batch.of, batch.seq), (Some(scope), 1));
        assert_eq!(StatsBatch::from_json(&batch.to_json()).unwrap().of, Some(scope));
        assert_eq!(merged.apply(&batch).unwrap(), BatchResult::New);
        assert_eq!(merged.apply(&batch).unwrap(), BatchResult::Duplicate);
    }
    assert_eq!(merged.usage(&StatsFilter::default())[0].to_json()["calls"], 3);
}

#[test]
fn failures_are_counted_by_kind_and_their_times_apart() {
    let clock = Ticking::new();
    let registry = registry(Registry::builder(), &clock);
    call(&registry, None, "v1", &json!({"takes": 10}));
    call(&registry, None, "v1", &json!({"takes": 900, "fails": true}));
    let view = &registry.performance(&model()).unwrap()["v1"];
    assert_eq!((view.count, view.errors, view.error_kinds["timeout"], view.max), (2, 1, 1, Some(10)));
    let failed = &registry.failure_performance(&model()).unwrap()["v1"];
    assert_eq!((failed.count, failed.min, failed.max), (2, Some(900), Some(900)));
    assert_eq!((registry.usage()[0].calls, registry.usage()[0].errors), (2, 1));
}

#[test]
fn the_rolling_window_forgets_by_slices_and_usage_keeps_days() {
    let clock = Ticking::new();
    let registry = registry(Registry::builder(), &clock);
    let rolling = StatsFilter { span: Span::Rolling, ..StatsFilter::default() };
    let counts = || {
        let over = |filter: &StatsFilter| registry.performance_of(&model(), filter).unwrap()["v1"].count;
        (over(&rolling), over(&StatsFilter::default()))
    };
    call(&registry, None, "v1", &json!({}));
    clock.clock.advance_micros(14 * 60_000_000);
    call(&registry, None, "v1", &json!({}));
    call(&registry, None, "v2", &json!({}));
    assert_eq!(counts(), (2, 2));
    clock.clock.advance_micros(60_000_000);
    assert_eq!(counts(), (1, 2));
    let window = registry.performance_of(&model(), &rolling).unwrap()["v1"].window;
    assert_eq!(window, Window::Rolling { from: NOON.plus_micros(15_000_000), to: clock.now() });
    let popular = registry.popularity(9, Span::Rolling);
    assert_eq!(popular.iter().map(|row| (row.calls, row.share_ppm)).collect::<Vec<_>>(), [(1, 500_000); 2]);
    registry.clear_performance(None).unwrap();
    assert_eq!((counts(), registry.popularity(9, Span::Rolling).len()), ((0, 0), 2));
    clock.clock.advance_micros(86_400_000_000);
    call(&registry, None, "v1", &json!({}));
    let row = registry.popularity(1, Span::Lifetime).remove(0);
    assert_eq!((row.variant, row.calls, row.days, row.share_ppm), (variant("v1"), 3, 2, 750_000));
}

#[test]
fn tenants_beyond_the_limit_are_counted_together_and_a_named_one_stays() {
    let clock = Ticking::new();
    let builder = Registry::builder().most_series(6).tenants_in_metrics([tenant(0)]).unwrap();
    let registry = registry(builder, &clock);
    let own = |n: u64| {
        let scope = Some(RoutingScope::Tenant(tenant(n)));
        registry.performance_of(&model(), &StatsFilter { scope, ..StatsFilter::default() }).unwrap()["v1"].count
    };
    for n in 0..100 {
        call(&registry, Some(tenant(n)), "v1", &json!({"takes": n}));
        clock.clock.advance_micros(1_000);
        call(&registry, Some(tenant(1)), "v1", &json!({"takes": n}));
        clock.clock.advance_micros(1_000);
    }
    // The named one, and the one that called last each time.
    assert_eq!((own(0), own(1), own(2), own(98), own(99)), (1, 101, 0, 0, 1));
    let view = &registry.performance(&model()).unwrap()["v1"];
    assert_eq!((view.count, view.exact, view.max), (200, true, Some(99)));
    assert_eq!(registry.usage()[0].calls, 200);
    let too_many = Registry::builder().tenants_in_metrics((0..51).map(tenant));
    assert_eq!(too_many.err().and_then(|error| error.reason().map(str::to_owned)).as_deref(), Some("out_of_range"));
}

#[test]
fn names_that_come_and_go_are_counted_together_in_bounded_room() {
    let clock = Ticking::new();
    let registry = registry(Registry::builder().most_series(5), &clock);
    for n in 0..50 {
        let name = format!("passing-{n}");
        let function: Arc<HostFunction> = Arc::new(|_: &Value, _: &mut RunCx<'_>| Ok(json!({})));
        registry.register_fn(model(), variant(&name), FunctionOptions::default(), function).unwrap();
        call(&registry, None, &name, &json!({}));
        registry.remove(&model(), &variant(&name), &meta()).unwrap();
    }
    let usage = registry.usage();
    assert_eq!(usage.iter().map(|row| row.calls).sum::<u64>(), 50);
    assert!(usage.len() <= 5, "{usage:?}");
    assert!(usage.iter().any(|row| row.variant == VariantId::OTHER && row.calls > 40));
    let function: Arc<HostFunction> = Arc::new(|_: &Value, _: &mut RunCx<'_>| Ok(json!({})));
    let reserved = registry.register_fn(model(), VariantId::OTHER, FunctionOptions::default(), function).unwrap_err();
    assert_eq!(reserved.reason(), Some("invalid_id"));
}

#[test]
fn calls_of_a_series_that_is_folded_meanwhile_are_not_lost() {
    let clock = Ticking::new();
    let registry = registry(Registry::builder().most_series(4), &clock);
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let registry = &registry;
            scope.spawn(move || {
                for n in 0..1_000 {
                    call(registry, Some(tenant(thread * 7 + n % 13)), "v2", &json!({}));
                }
            });
        }
    });
    assert_eq!(registry.performance(&model()).unwrap()["v2"].count, 4_000);
    assert_eq!(registry.usage().iter().map(|row| row.calls).sum::<u64>(), 4_000);
}

/// A call: thread, variant, nanoseconds, whether it fails.
type Call = (usize, usize, u64, bool);

fn calls(most: usize) -> impl Strategy<Value = Vec<Call>> {
    let nanos = prop_oneof![0u64..2_000, 0u64..=LONGEST_NANOS];
    prop::collection::vec((0usize..5, 0usize..2, nanos, prop::bool::weighted(0.2)), 0..most)
}

fn failure((_, _, nanos, fails): &Call) -> Option<FailureKind> {
    let kind = || FailureKind::ALL[usize::try_from(nanos % FailureKind::ALL.len() as u64).unwrap()];
    fails.then(kind)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Property 8.
    #[test]
    fn any_division_order_and_repetition_of_batches_gives_the_bits_of_one_shot(
        calls in calls(1_600), shuffled in prop::collection::vec(any::<prop::sample::Index>(), 1..30)
    ) {
        let clock = Ticking::new();
        let ids = SeededIds::new([3; 32]);
        let one = registry(Registry::builder(), &clock);
        let processes: Vec<Registry> = (0..5)
            .map(|n| registry(Registry::builder().instance(InstanceId::new(&ids, NOON), n), &clock))
            .collect();
        let names = ["v1", "v2"];
        let mut batches = Vec::new();
        for (n, (process, served, takes, fails)) in calls.iter().enumerate() {
            let input = json!({"takes": takes, "fails": fails});
            for registry in [&one, &processes[*process]] {
                call(registry, Some(tenant(takes % 3)), names[*served], &input);
            }
            if n % 97 == 0 {
                batches.extend(processes[*process].stats_batch().unwrap());
            }
        }
        batches.extend(processes.iter().filter_map(|process| process.stats_batch().unwrap()));
        let mut merged = MergedStats::new();
        if !batches.is_empty() {
            for pick in &shuffled {
                merged.apply(&batches[pick.index(batches.len())]).unwrap();
            }
        }
        for batch in batches.iter().rev() {
            merged.apply(batch).unwrap();
        }
        let filter = StatsFilter::default();
        let alone = one.performance_of(&model(), &filter).unwrap();
        for (name, view) in merged.performance(&model(), &filter) {
            prop_assert_eq!(&view, &alone[&name]);
        }
        prop_assert_eq!(merged.usage(&filter), one.usage());
        prop_assert!(merged.missing().is_empty());
    }

    /// Property 9.
    #[test]
    fn a_quantile_of_any_sample_is_exact_or_within_one_percent(calls in calls(1_500)) {
        let series = Series::new();
        for call in &calls {
            series.record(call.2, NOON, failure(call)).unwrap();
        }
        let mut sorted: Vec<u64> = calls.iter().filter(|call| !call.3).map(|call| call.2).collect();
        sorted.sort_unstable();
        let view = series.view();
        prop_assert_eq!(view.exact, sorted.len() <= 512);
        for (found, percent) in [(view.median, 50), (view.p95, 95), (view.p99, 99)] {
            let Some(found) = found else {
                prop_assert!(sorted.is_empty());
                continue;
            };
            let exact = type_7(&sorted, percent);
            let (off, allowed) = ((found - exact).abs(), if view.exact { 1e-12 * exact } else { 0.01 * exact });
            prop_assert!(off <= allowed && off <= 1.000_001 * view.rel_error * exact + 1e-12 * exact, "{} {}", found, exact);
        }
    }

    /// Property 10.
    #[test]
    fn every_call_is_counted_once_under_what_served_it_whoever_else_calls(calls in calls(2_000)) {
        let series = [Series::new(), Series::new()];
        std::thread::scope(|scope| {
            for thread in 0..5 {
                let (series, calls) = (&series, &calls);
                scope.spawn(move || {
                    for call in calls.iter().filter(|call| call.0 == thread) {
                        series[call.1].record(call.2, NOON, failure(call)).unwrap();
                    }
                });
            }
            // A reader in between takes nothing away.
            for series in &series {
                assert!(series.view().count <= calls.len() as u64);
            }
        });
        for (served, series) in series.iter().enumerate() {
            let of: Vec<&Call> = calls.iter().filter(|call| call.1 == served).collect();
            let alone = Series::new();
            for call in &of {
                alone.record(call.2, NOON, failure(call)).unwrap();
            }
            prop_assert_eq!(series.view().count, of.len() as u64);
            prop_assert_eq!(series.view(), alone.view());
            prop_assert_eq!(series.failure_view(), alone.failure_view());
        }
        let kinds: BTreeSet<&str> = FailureKind::ALL.into_iter().map(FailureKind::name).collect();
        prop_assert_eq!(kinds.len(), FailureKind::ALL.len());
    }
}
