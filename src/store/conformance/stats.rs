//! Statistics of calls: each batch counts once, each scope has its own, and clearing keeps usage.

use std::sync::Arc;

use serde_json::json;

use super::{Maker, operator};
use crate::error::Error;
use crate::id::{InstanceId, TenantId};
use crate::registry::{
    BatchResult, ChangeMeta, ExecOpts, FunctionOptions, MergedStats, ModelId, Registry, RouteRequest, RoutingScope,
    RunCx, StatsBatch, StatsFilter,
};
use crate::store::{ScopeCtx, Store};

/// A process that counts calls of one variant, of which those with `fail` in their input fail.
fn process(maker: &Maker) -> (Registry, ModelId) {
    let registry = Registry::builder().instance(InstanceId::new(&maker.ids, maker.now()), 1).build();
    let model: ModelId = "growth".parse().expect("a name");
    let function = Arc::new(|input: &serde_json::Value, _: &mut RunCx<'_>| {
        if input.get("fail").is_some() { Err(Error::internal("model_internal", "fails")) } else { Ok(json!({})) }
    });
    let variant = "v1".parse().expect("a name");
    registry.register_fn(model, variant, FunctionOptions::default(), function).expect("a new variant");
    (registry, model)
}

fn call(registry: &Registry, model: &ModelId, tenant: Option<TenantId>, times: usize) {
    let request = RouteRequest { tenant, ..RouteRequest::default() };
    for n in 0..times {
        let input = if n % 3 == 2 { json!({"fail": true}) } else { json!({}) };
        // Some fail on purpose.
        let _ = registry.execute(model, &request, &input, &ExecOpts::default());
    }
}

fn told(registry: &Registry, scope: RoutingScope) -> StatsBatch {
    registry.stats_batch_of(scope).expect("an instance").expect("calls")
}

/// What two totals tell must be the same.
fn assert_same(found: &MergedStats, expected: &MergedStats, model: &ModelId) {
    let filter = StatsFilter::default();
    assert_eq!(found.performance(model, &filter), expected.performance(model, &filter));
    assert_eq!(found.usage(&filter), expected.usage(&filter));
    assert_eq!(found.missing(), expected.missing());
}

/// However often and in whatever order batches of several processes come, the totals are those of each once.
pub fn batches_of_statistics_count_once_in_any_order(store: &dyn Store) {
    let maker = Maker::new(31);
    let room = maker.room(store, "acme");
    let (tenant, platform) = (room.cx.tenant(), operator());
    for (scope, cx) in [
        (RoutingScope::Tenant(tenant), ScopeCtx::Tenant(&room.cx)),
        (RoutingScope::Global, ScopeCtx::Platform(&platform)),
    ] {
        let mut batches = Vec::new();
        let called = (scope == RoutingScope::Tenant(tenant)).then_some(tenant);
        let model = process(&maker).1;
        for size in [3, 700] {
            let (registry, model) = process(&maker);
            for part in 1..=4 {
                call(&registry, &model, called, size * part);
                batches.push(told(&registry, scope));
            }
        }
        let mut expected = MergedStats::new();
        assert_same(&store.totals(cx, &StatsFilter::default()).expect("totals"), &expected, &model);
        // The second of the first process comes last.
        for at in [3, 0, 0, 7, 5, 2, 4, 6, 5, 1, 1] {
            let counted = store.publish(cx, &batches[at]).expect("published");
            assert_eq!(counted, expected.apply(&batches[at]).expect("a number"), "batch {at}");
            assert_same(&store.totals(cx, &StatsFilter::default()).expect("totals"), &expected, &model);
        }
        assert!(expected.missing().is_empty());
        let unnumbered = StatsBatch { seq: 0, ..batches[0].clone() };
        assert_eq!(store.publish(cx, &unnumbered).expect_err("no number").reason(), Some("out_of_range"));
    }
}

/// A tenant's statistics are its own, and no other's batch comes among them.
pub fn statistics_of_scopes_are_apart(store: &dyn Store) {
    let maker = Maker::new(32);
    let rooms = ["acme", "other"].map(|slug| maker.room(store, slug));
    let [one, other] = rooms.each_ref().map(|room| RoutingScope::Tenant(room.cx.tenant()));
    let (registry, model) = process(&maker);
    call(&registry, &model, Some(rooms[0].cx.tenant()), 5);
    call(&registry, &model, None, 7);
    let (of_one, of_all) = (told(&registry, one), told(&registry, RoutingScope::Global));
    assert!(registry.stats_batch_of(other).expect("an instance").is_none());
    let platform = operator();
    let [first, second] = rooms.each_ref().map(|room| ScopeCtx::Tenant(&room.cx));
    for (cx, foreign) in [(second, &of_one), (ScopeCtx::Platform(&platform), &of_one), (first, &of_all)] {
        assert_eq!(store.publish(cx, foreign).expect_err("foreign").field(), Some("of"));
        let renamed = StatsBatch { of: Some(cx.scope()), ..foreign.clone() };
        assert_eq!(store.publish(cx, &renamed).expect_err("foreign").field(), Some("series"));
    }
    store.publish(first, &of_one).expect("published");
    store.publish(ScopeCtx::Platform(&platform), &of_all).expect("published");
    let calls = |cx: ScopeCtx<'_>| -> Vec<u64> {
        let filter = StatsFilter::default();
        store.totals(cx, &filter).expect("totals").usage(&filter).iter().map(|row| row.calls).collect()
    };
    assert_eq!([calls(first), calls(second), calls(ScopeCtx::Platform(&platform))], [vec![5], vec![], vec![7]]);
    // The same number from the same process counts in each scope by itself.
    assert_eq!(store.publish(first, &of_one).expect("known"), BatchResult::Duplicate);
}

/// Clearing forgets performance, keeps usage, and is on record in the tenant's chain.
pub fn clearing_statistics_keeps_usage_and_is_on_record(store: &dyn Store) {
    let maker = Maker::new(33);
    let room = maker.room(store, "acme");
    let (cx, scope) = (ScopeCtx::Tenant(&room.cx), RoutingScope::Tenant(room.cx.tenant()));
    let (registry, model) = process(&maker);
    call(&registry, &model, Some(room.cx.tenant()), 6);
    store.publish(cx, &told(&registry, scope)).expect("published");
    let filter = StatsFilter::default();
    let seen = || {
        let totals = store.totals(cx, &filter).expect("totals");
        let performance = totals.performance(&model, &filter).get("v1").map_or(0, |view| view.count);
        (performance, totals.usage(&filter)[0].calls)
    };
    assert_eq!(seen(), (6, 6));
    let meta = ChangeMeta { actor: "ada".to_owned(), reason: Some("a new release".to_owned()) };
    let elsewhere: ModelId = "elsewhere".parse().expect("a name");
    assert_eq!(store.clear(cx, Some(&elsewhere), &meta).expect("cleared"), 1);
    assert_eq!(seen(), (6, 6));
    assert_eq!(store.clear(cx, Some(&model), &meta).expect("cleared"), 2);
    assert_eq!(seen(), (0, 6));
    call(&registry, &model, Some(room.cx.tenant()), 2);
    store.publish(cx, &told(&registry, scope)).expect("published");
    assert_eq!(seen(), (2, 8));
    assert_eq!(store.clear(cx, None, &ChangeMeta::default()).expect("cleared"), 3);
    let (records, _) = store.read(&room.cx).expect("a reading").audit().expect("a chain");
    let on_record: Vec<_> = records
        .iter()
        .filter(|record| record.event.action == "statistics.clear")
        .map(|record| (record.event.resource_id.as_str(), record.event.reason.as_deref()))
        .collect();
    let reason = Some("a new release");
    assert_eq!(on_record, [("elsewhere", reason), ("growth", reason), ("all", None)]);
    let platform = operator();
    assert_eq!(store.clear(ScopeCtx::Platform(&platform), None, &meta).expect("cleared"), 1);
}
