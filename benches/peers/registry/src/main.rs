//! A sticky assignment and a recorded duration, ours beside those of other crates, turn by turn so that a busy
//! moment of the machine meets all of them: `cargo run --release` in this folder.
//!
//! `eppo_core` assigns by MD5 without a key, so that whoever knows a salt from the client can choose a unit
//! for an arm; ours is HMAC-SHA256, and its answer says what was shadowed, by which versions, and why.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use eppo_core::eval::get_assignment;
use eppo_core::ufc::UniversalFlagConfig;
use eppo_core::{Configuration, SdkMetadata, Str};
use hdrhistogram::Histogram;
use serde_json::{Value, json};
use valor_ivx::registry::{
    ChangeMeta, FunctionOptions, HostFunction, ModelId, Registry, RouteRequest, RunCx, Series, UnitId,
};
use valor_ivx::time::Timestamp;

/// Calls a turn, and turns.
const CALLS: usize = 100_000;
const TURNS: usize = 31;

/// A contestant: what it does for the number of a call.
type Contestant<'a> = (&'a str, Box<dyn FnMut(usize) + 'a>);

/// Prints the median and the spread of each, and how many times the first one's it is.
fn race(what: &str, contestants: &mut [Contestant<'_>]) {
    let mut nanos: Vec<Vec<f64>> = vec![Vec::new(); contestants.len()];
    for turn in 0..=TURNS {
        for ((_, call), seen) in contestants.iter_mut().zip(&mut nanos) {
            let start = Instant::now();
            (0..CALLS).for_each(&mut *call);
            let each = start.elapsed().as_nanos() as f64 / CALLS as f64;
            // The first turn warms up.
            if turn > 0 {
                seen.push(each);
            }
        }
    }
    nanos.iter_mut().for_each(|seen| seen.sort_by(f64::total_cmp));
    println!("{what}, medians of {TURNS} turns of {CALLS} calls");
    let ours = nanos[0][TURNS / 2];
    for ((name, _), seen) in contestants.iter().zip(&nanos) {
        let middle = seen[TURNS / 2];
        let spread = format!("({:.1} to {:.1})", seen[0], seen[TURNS - 1]);
        println!("  {name:44} {middle:8.1} ns {spread:20} {:6.2} times ours", middle / ours);
    }
}

fn ours(model: ModelId) -> Registry {
    let registry = Registry::new();
    for variant in ["v1", "v2"] {
        let function: Arc<HostFunction> = Arc::new(|_: &Value, _: &mut RunCx<'_>| Ok(json!({})));
        let variant = variant.parse().expect("a legal id");
        registry.register_fn(model, variant, FunctionOptions::default(), function).expect("a new variant");
    }
    let experiment = json!({"id": "exp-1", "status": "Running", "salt": "AAECAwQFBgcICQoLDA0ODw==", "control": "a",
        "arms": [{"key": "a", "variant": "v1", "weight_ppm": 700_000}, {"key": "b", "variant": "v2", "weight_ppm": 300_000}]});
    let config =
        json!({"schema": 1, "scope": "Global", "version": 0, "models": {"growth": {"experiment": experiment}}});
    registry.apply_json(&config, &ChangeMeta::default()).expect("a legal configuration");
    registry
}

/// The same split in `eppo_core`'s configuration.
fn eppo() -> Configuration {
    let shards = |start: u32, end: u32| json!([{"salt": "growth-exp-1", "ranges": [{"start": start, "end": end}]}]);
    let split = |variation: &str, shards: Value| json!({"variationKey": variation, "shards": shards});
    let flag = json!({
        "key": "growth", "enabled": true, "variationType": "STRING", "totalShards": 1_000_000,
        "variations": {"v1": {"key": "v1", "value": "v1"}, "v2": {"key": "v2", "value": "v2"}},
        "allocations": [{"key": "exp-1", "doLog": true,
            "splits": [split("v1", shards(0, 700_000)), split("v2", shards(700_000, 1_000_000))]}],
    });
    let config = json!({"createdAt": "2026-01-01T00:00:00.000Z", "format": "SERVER", "environment": {"name": "test"},
        "flags": {"growth": flag}});
    let metadata = SdkMetadata { name: "peers", version: "0.0.0" };
    let flags = UniversalFlagConfig::from_json(metadata, config.to_string().into_bytes()).expect("a configuration");
    Configuration::from_server_response(flags, None)
}

fn main() {
    let model: ModelId = "growth".parse().expect("a legal id");
    let (registry, configuration) = (ours(model), eppo());
    let names: Vec<String> = (0..1_024).map(|n| format!("user-{n}")).collect();
    let units: Vec<UnitId> = names.iter().map(|name| name.parse().expect("a legal unit")).collect();
    let subjects: Vec<Str> = names.iter().map(Str::new).collect();
    let (attributes, now) = (Arc::new(HashMap::default()), chrono::Utc::now());
    let resolve = |n: usize| {
        let request = RouteRequest { unit: Some(&units[n % units.len()]), ..RouteRequest::default() };
        registry.resolve(&model, black_box(&request)).expect("a resolution")
    };
    let assign = |n: usize| {
        let subject = &subjects[n % subjects.len()];
        let assigned = get_assignment(Some(&configuration), "growth", black_box(subject), &attributes, None, now);
        assigned.expect("no error").expect("an assignment")
    };
    let in_b = (0..units.len()).filter(|n| resolve(*n).served.as_str() == "v2").count();
    let theirs = (0..units.len()).filter(|n| assign(*n).value.as_str() == Some("v2")).count();
    println!("of {} units in the arm of 30 %: {in_b} by us, {theirs} by eppo_core", units.len());
    race("a sticky experiment resolved", &mut [
        ("valor-ivx, HMAC-SHA256", Box::new(|n| drop(black_box(resolve(n))))),
        ("eppo_core, MD5", Box::new(|n| drop(black_box(assign(n))))),
    ]);

    let mut state = 1_u64;
    let durations: Vec<u64> = (0..4_096)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            2_000 + (state >> 52) + if state >> 60 == 0 { state >> 44 & 0xF_FFFF } else { 0 }
        })
        .collect();
    let at = Timestamp::from_micros(1_700_000_000_000_000);
    let series = Series::new();
    let mut histogram = Histogram::<u64>::new_with_bounds(1, 86_400_000_000_000, 2).expect("legal bounds");
    race("a duration recorded", &mut [
        ("valor-ivx, any thread, windows, moments", Box::new(|n| drop(series.record(durations[n % 4_096], at, None)))),
        ("hdrhistogram, one thread, two digits", Box::new(|n| drop(histogram.record(durations[n % 4_096])))),
    ]);
    assert_eq!(series.view().count, histogram.len());
    let (p99, theirs) = (series.view().p99.expect("calls"), histogram.value_at_quantile(0.99));
    println!("99 % quantile: {p99:.0} ns by us, {theirs} by hdrhistogram");
}
