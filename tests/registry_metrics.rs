//! The metrics of the registry, read by a strict reader of the format.

mod exposition;
mod trial_house;

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Value, json};
use trial_house::{House, experiment, house, house_of, id, meta, model, unit};
use valor_ivx::id::TenantId;
use valor_ivx::metrics::{CATALOGUE, FilledBy};
use valor_ivx::registry::*;

fn tenant(n: u64) -> TenantId {
    format!("018bcfe5-6800-7cb5-a7b3-{n:012x}").parse().unwrap()
}

fn call(house: &House, tenant: Option<TenantId>, force: Option<&str>, input: &Value) {
    let force = force.map(|name| name.parse::<VariantId>().unwrap());
    let request = RouteRequest { tenant, force: force.as_ref(), ..RouteRequest::default() };
    let _ = house.registry.execute(&model(), &request, input, &ExecOpts::default());
}

#[test]
fn calls_are_told_by_outcome_and_time() {
    let house = house();
    call(&house, None, None, &json!({"micros": 3}));
    call(&house, Some(tenant(1)), None, &json!({"micros": 700}));
    call(&house, None, None, &json!({"fails": "v1"}));
    call(&house, None, None, &json!({"wrong": true}));
    call(&house, None, Some("nobody"), &json!({}));
    house.registry.dry_run(&model(), None, &json!({}), &ExecOpts::default()).unwrap();
    let read = exposition::read(&house.registry.prometheus());
    let calls = |outcome: &str| read["valor_model_calls_total"].value(&[("variant", "v1"), ("outcome", outcome)]);
    assert_eq!(["ok", "internal", "invalid_input", "timeout"].map(calls), [3.0, 1.0, 1.0, 0.0]);
    let times = &read["valor_model_duration_seconds"];
    let below = |bound: &str| times.value(&[("model", "growth"), ("variant", "v1"), ("le", bound)]);
    assert_eq!(
        ["0.000001", "0.000005", "0.00005", "0.0005", "0.001", "+Inf"].map(below),
        [0.0, 1.0, 4.0, 4.0, 5.0, 5.0]
    );
    let sum = times.samples.iter().find(|(name, labels, _)| name.ends_with("_sum") && labels[1].1 == "v1").unwrap().2;
    assert_eq!(sum, 733e-6);
    let of = |family: &str, labels: &[(&str, &str)]| read[family].value(labels);
    assert_eq!(of("valor_resolutions_total", &[("reason", "default")]), 4.0);
    assert_eq!(of("valor_resolutions_total", &[("reason", "fallback_unknown")]), 1.0);
    assert_eq!(of("valor_fallbacks_total", &[("kind", "unknown"), ("model", "growth")]), 1.0);
    assert_eq!(of("valor_dry_runs_total", &[("model", "growth")]), 1.0);
    assert_eq!(of("valor_build_info", &[("schema", "1"), ("version", env!("CARGO_PKG_VERSION"))]), 1.0);
    assert_eq!(of("valor_series_folded_total", &[]), 0.0);
}

#[test]
fn routing_experiments_and_their_pauses_are_told() {
    let house = house();
    let apply = |config: &Value| house.registry.apply_json(config, &meta());
    let config = |version: u64, held: &Value| json!({"schema": 1, "scope": "Global", "version": version, "models": {"growth": {"experiment": held}}});
    let mut held = experiment(&json!({}));
    apply(&config(0, &held)).unwrap();
    for n in [1, 2, 3, 1] {
        let unit = unit(n);
        let request = RouteRequest { unit: Some(&unit), ..RouteRequest::default() };
        house.registry.execute(&model(), &request, &json!({}), &ExecOpts::default()).unwrap();
        house.registry.expose(&model(), &request).unwrap();
    }
    assert!(apply(&config(0, &held)).is_err());
    assert!(apply(&config(1, &json!({}))).is_err());
    let others =
        json!({"schema": 1, "scope": {"Tenant": tenant(1)}, "version": 0, "models": {"growth": {"experiment": held}}});
    apply(&others).unwrap();
    held["status"] = json!({"Paused": {"by": "Operator"}});
    apply(&config(1, &held)).unwrap();
    house.clock.advance_micros(2_500_000);
    let text = house.registry.prometheus();
    let read = exposition::read(&text);
    let of = |family: &str, labels: &[(&str, &str)]| read[family].value(labels);
    let name = id().to_string();
    let arm = |arm: &str| of("valor_experiment_exposures_total", &[("experiment", &name), ("arm", arm)]);
    assert_eq!(arm("a") + arm("b"), 8.0);
    assert_eq!(of("valor_resolutions_total", &[("reason", "experiment")]), 8.0);
    assert_eq!(of("valor_experiment_paused", &[("experiment", &name)]), 1.0);
    assert_eq!(of("valor_experiment_paused", &[("experiment", "_other")]), 0.0);
    let applies = ["ok", "conflict", "invalid"].map(|result| of("valor_routing_applies_total", &[("result", result)]));
    assert_eq!(applies, [3.0, 1.0, 1.0]);
    let versions = ["global", "tenant"].map(|kind| of("valor_routing_config_version", &[("scope_kind", kind)]));
    assert_eq!(versions, [2.0, 1.0]);
    assert_eq!(of("valor_routing_config_age_seconds", &[("scope_kind", "global")]), 2.5);
    house.registry.routing_is_current(RoutingScope::Global);
    let read = exposition::read(&house.registry.prometheus());
    assert_eq!(read["valor_routing_config_age_seconds"].value(&[("scope_kind", "global")]), 0.0);
    assert!(!text.contains(&tenant(1).to_string()), "no tenant is named unasked");
}

#[test]
fn only_listed_tenants_are_named() {
    let house = house_of(Registry::builder().tenants_in_metrics([tenant(1)]).unwrap());
    for n in 0..5 {
        call(&house, Some(tenant(n)), None, &json!({}));
    }
    call(&house, None, None, &json!({}));
    let read = exposition::read(&house.registry.prometheus());
    let calls = |tenant: &str| {
        read["valor_model_calls_total"].value(&[("variant", "v1"), ("outcome", "ok"), ("tenant", tenant)])
    };
    assert_eq!((calls(&tenant(1).to_string()), calls("_other")), (1.0, 5.0));
    let named: BTreeSet<&String> = read["valor_model_calls_total"]
        .samples
        .iter()
        .flat_map(|(_, labels, _)| labels.iter().filter(|(name, _)| name == "tenant").map(|(_, value)| value))
        .collect();
    assert_eq!(named.len(), 2);
}

#[test]
fn the_text_has_the_families_of_the_registry_and_no_other() {
    let read = exposition::read(&house().registry.prometheus());
    let found: BTreeSet<&str> = read.keys().map(String::as_str).collect();
    let own = CATALOGUE.iter().filter(|family| family.filled_by == FilledBy::Registry).map(|family| family.name);
    assert_eq!(found, own.collect::<BTreeSet<_>>());
}

/// Names that begin as metrics do: the crate, its binding, roles of the database.
const OTHERS: &[&str] = &["valor_ivx", "valor_app", "valor_owner", "valor_platform"];

/// A metric named anywhere but in the table would be one that nobody fills.
#[test]
fn no_metric_is_named_outside_of_the_catalogue() {
    let known: BTreeSet<&str> = CATALOGUE.iter().map(|family| family.name).collect();
    let mut folders = vec![std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src")];
    folders.extend(["docs", "examples"].map(|name| std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name)));
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).into_iter().flatten().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let Ok(text) = std::fs::read_to_string(&path) else { continue };
            files += 1;
            let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
            for word in text.split(|c: char| !is_part(c)).filter(|word| word.starts_with("valor_")) {
                let base = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| word.strip_suffix(suffix));
                let is_other = OTHERS.contains(&word);
                let is_known = known.contains(word) || base.is_some_and(|base| known.contains(base));
                assert!(is_known || is_other, "{word} in {}", path.display());
            }
        }
    }
    assert!(files > 50);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Property 12.
    #[test]
    fn any_names_are_read_back_and_the_number_of_series_is_that_of_registered_names(
        models in prop::collection::btree_set("[a-z][a-z0-9_]{0,63}", 1..4),
        variants in prop::collection::btree_set("[a-z0-9][a-z0-9_.-]{0,63}", 1..4),
        calls in prop::collection::vec((any::<prop::sample::Index>(), "[a-z0-9][a-z0-9_.-]{0,9}", 0u64..1_000), 0..60)
    ) {
        let reserved = ["performance", "usage"];
        prop_assume!(!models.iter().any(|name| reserved.contains(&name.as_str())));
        let registry = Registry::builder().most_series(40).build();
        let models: Vec<ModelId> = models.iter().map(|name| name.parse().unwrap()).collect();
        for model in &models {
            for variant in &variants {
                let function: Arc<HostFunction> = Arc::new(|_: &Value, _: &mut RunCx<'_>| Ok(json!({})));
                registry.register_fn(*model, variant.parse().unwrap(), FunctionOptions::default(), function).unwrap();
            }
        }
        let lines = |registry: &Registry| {
            let read = exposition::read(&registry.prometheus());
            read.values().map(|family| family.samples.len()).sum::<usize>()
        };
        let before = lines(&registry);
        for (pick, unheard, n) in &calls {
            let (unheard, unit): (VariantId, UnitId) = (unheard.parse().unwrap(), unheard.parse().unwrap());
            let request = RouteRequest { tenant: Some(tenant(*n)), unit: Some(&unit), force: Some(&unheard), draw: None };
            registry.execute(&models[pick.index(models.len())], &request, &json!({}), &ExecOpts::default()).unwrap();
        }
        prop_assert_eq!(lines(&registry), before);
        let read = exposition::read(&registry.prometheus());
        let counted: f64 = read["valor_model_calls_total"].samples.iter().map(|(_, _, value)| value).sum();
        prop_assert_eq!(counted, calls.len() as f64);
        let found: BTreeSet<&str> = read["valor_model_calls_total"]
            .samples.iter().map(|(_, labels, _)| labels.iter().find(|(name, _)| name == "model").unwrap().1.as_str()).collect();
        prop_assert_eq!(found, models.iter().map(ModelId::as_str).collect::<BTreeSet<_>>());
    }
}
