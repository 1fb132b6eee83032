//! The series of a registry by model, variant, scope and kind: at most so many, whoever calls.
//!
//! The series of a registered variant for calls without a tenant stays. Beyond the limit the least
//! recently used series of a tenant goes into that of all others of its variant, and one of a variant that
//! is gone into that of all such variants; nothing that was counted is lost.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use serde::{Deserialize, Serialize};

use super::super::model::{ModelId, VariantId};
use super::super::route::RoutingScope;
use super::merged::{MergedStats, SeriesDelta, StatsBatch};
use super::series::{Counted, Series};
use super::{BatchResult, Span, StatsFilter};
use crate::error::Error;
use crate::id::{InstanceId, TenantId};
use crate::time::Timestamp;

/// Series a registry keeps where the host sets no other number.
pub(in super::super) const MOST_SERIES: usize = 10_000;

/// One of so many series is folded where there is no room for another.
const FOLDED_OF: usize = 128;

/// Whose calls a series is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SeriesScope {
    /// Calls without a tenant.
    Global,
    /// Calls for one tenant.
    Tenant(TenantId),
    /// Calls for tenants that have no series of their own.
    Other,
}

impl SeriesScope {
    /// Whether `scope` keeps its statistics: a tenant its own, and the global one all others.
    pub(crate) fn is_in(self, scope: RoutingScope) -> bool {
        match self {
            SeriesScope::Tenant(tenant) => scope == RoutingScope::Tenant(tenant),
            SeriesScope::Global | SeriesScope::Other => scope == RoutingScope::Global,
        }
    }
}

impl From<RoutingScope> for SeriesScope {
    fn from(scope: RoutingScope) -> Self {
        match scope {
            RoutingScope::Global => SeriesScope::Global,
            RoutingScope::Tenant(tenant) => SeriesScope::Tenant(tenant),
        }
    }
}

/// What kind of calls a series is of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SeriesKind {
    /// Calls that were answered.
    #[default]
    Live,
    /// Runs beside them.
    Mirror,
}

/// What a series is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeriesKey {
    /// The model.
    pub model: ModelId,
    /// The variant that served.
    pub variant: VariantId,
    /// The kind of calls.
    pub kind: SeriesKind,
    /// Whose calls.
    pub scope: SeriesScope,
}

impl SeriesKey {
    /// Whether it is of `model`, or of any, and what `filter` asks for.
    pub(crate) fn is_of(&self, model: Option<&ModelId>, filter: &StatsFilter) -> bool {
        model.is_none_or(|model| self.model == *model)
            && self.kind == filter.kind
            && filter.scope.is_none_or(|scope| self.scope == scope.into())
    }

    fn gone(kind: SeriesKind) -> Self {
        Self { model: ModelId::OTHER, variant: VariantId::OTHER, kind, scope: SeriesScope::Other }
    }
}

/// The process that publishes: its id, new at every start, and the number of the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Instance {
    /// Which process.
    pub instance: InstanceId,
    /// Which start of it.
    pub epoch: u64,
}

struct Slot {
    series: Arc<Series>,
    /// Microseconds since 1970 of the last call; of a tenant's series alone.
    used: AtomicI64,
    /// Never folded: of a registered variant, or of a tenant that was asked for by name.
    stays: bool,
}

#[derive(Default)]
struct Table {
    slots: BTreeMap<SeriesKey, Slot>,
    /// Series that left the table and that a call may still hold, with where their calls belong.
    leaving: Vec<(SeriesKey, Arc<Series>)>,
}

/// What batches are numbered by: those of all series, and those of each scope, by themselves.
struct Telling {
    by: Instance,
    since: Timestamp,
    told: BTreeMap<Option<RoutingScope>, Told>,
}

/// How many batches there were, and when the last one was.
#[derive(Clone, Copy)]
struct Told {
    batches: u64,
    until: Timestamp,
}

/// All series of a registry.
pub(in super::super) struct Recorder {
    most: usize,
    /// Tenants whose series stay.
    named: Vec<TenantId>,
    table: RwLock<Table>,
    folded: AtomicU64,
    telling: Option<Mutex<Telling>>,
    merged: Mutex<MergedStats>,
}

impl Recorder {
    pub(in super::super) fn new(most: usize, named: Vec<TenantId>, by: Option<Instance>, now: Timestamp) -> Self {
        let telling = by.map(|by| Mutex::new(Telling { by, since: now, told: BTreeMap::new() }));
        let (table, merged) = (RwLock::default(), Mutex::default());
        Self { most: most.max(1), named, table, folded: AtomicU64::new(0), telling, merged }
    }

    fn table(&self) -> RwLockReadGuard<'_, Table> {
        self.table.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn changing(&self) -> RwLockWriteGuard<'_, Table> {
        self.table.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The series of a variant that is registered now, which stays.
    pub(in super::super) fn registered(&self, model: ModelId, variant: VariantId) -> Arc<Series> {
        let key = SeriesKey { model, variant, kind: SeriesKind::Live, scope: SeriesScope::Global };
        let mut table = self.changing();
        let series = self.slot(&mut table, key);
        if let Some(slot) = table.slots.get_mut(&key) {
            slot.stays = true;
        }
        series
    }

    /// The variant is gone; its series may be folded.
    pub(in super::super) fn removed(&self, model: ModelId, variant: VariantId) {
        let key = SeriesKey { model, variant, kind: SeriesKind::Live, scope: SeriesScope::Global };
        if let Some(slot) = self.changing().slots.get_mut(&key) {
            slot.stays = false;
        }
    }

    /// The series of `key`, used at `now`.
    pub(in super::super) fn series(&self, key: SeriesKey, now: Timestamp) -> Arc<Series> {
        let used = |slot: &Slot| {
            slot.used.store(now.as_micros(), Ordering::Relaxed);
            slot.series.clone()
        };
        if let Some(series) = self.table().slots.get(&key).map(used) {
            return series;
        }
        let mut table = self.changing();
        let series = self.slot(&mut table, key);
        table.slots.get(&key).map_or(series, used)
    }

    /// The series of `key`, made if there is room; else that of all that have none.
    fn slot(&self, table: &mut Table, key: SeriesKey) -> Arc<Series> {
        while !table.slots.contains_key(&key) && table.slots.len() >= self.most {
            if !self.fold(table) {
                return self.made(table, SeriesKey::gone(key.kind));
            }
        }
        self.made(table, key)
    }

    fn made(&self, table: &mut Table, key: SeriesKey) -> Arc<Series> {
        let is_named = matches!(key.scope, SeriesScope::Tenant(tenant) if self.named.contains(&tenant));
        let new = || Slot { series: Arc::default(), used: AtomicI64::new(0), stays: is_named };
        table.slots.entry(key).or_insert_with(new).series.clone()
    }

    /// Folds the least recently used series, of very many some at once, since finding them is a walk over all;
    /// whether there was one that may be.
    fn fold(&self, table: &mut Table) -> bool {
        let is_registered = |key: &SeriesKey| {
            let live = SeriesKey { kind: SeriesKind::Live, scope: SeriesScope::Global, ..*key };
            table.slots.get(&live).is_some_and(|slot| slot.stays)
        };
        let may = |(key, slot): &(&SeriesKey, &Slot)| {
            let of_tenant = matches!(key.scope, SeriesScope::Tenant(_));
            key.model != ModelId::OTHER && (!is_registered(key) || (of_tenant && !slot.stays))
        };
        let used = |(key, slot): (&SeriesKey, &Slot)| (slot.used.load(Ordering::Relaxed), *key);
        let mut candidates: Vec<(i64, SeriesKey)> = table.slots.iter().filter(may).map(used).collect();
        let most = (self.most / FOLDED_OF).max(1).min(candidates.len());
        if most == 0 {
            return false;
        }
        candidates.select_nth_unstable(most - 1);
        for (_, key) in candidates.into_iter().take(most) {
            let target = match key.scope {
                SeriesScope::Tenant(_) => SeriesKey { scope: SeriesScope::Other, ..key },
                _ => SeriesKey::gone(key.kind),
            };
            let gone = table.slots.remove(&key);
            table.leaving.extend(gone.map(|slot| (target, slot.series)));
            self.folded.fetch_add(1, Ordering::Relaxed);
        }
        self.carry(table);
        true
    }

    /// Brings what is in leaving series to where it belongs, and lets go of those that nobody holds.
    fn carry(&self, table: &mut Table) {
        for (target, mut series) in std::mem::take(&mut table.leaving) {
            // Asked before it is emptied: whoever still holds it may record once more.
            let is_last = Arc::get_mut(&mut series).is_some();
            series.fold_into(&self.made(table, target));
            if !is_last {
                table.leaving.push((target, series));
            }
        }
    }

    /// Looks at every series with all calls in it.
    fn look<R>(&self, look: impl FnOnce(&BTreeMap<SeriesKey, Slot>) -> R) -> R {
        if !self.table().leaving.is_empty() {
            // What was recorded until now; what follows while others fold and read is after the look began.
            self.carry(&mut self.changing());
        }
        look(&self.table().slots)
    }

    /// What `filter` asks for, by model and variant.
    pub(in super::super) fn counted(
        &self,
        model: Option<&ModelId>,
        filter: &StatsFilter,
        now: Timestamp,
    ) -> BTreeMap<(ModelId, VariantId), Counted> {
        self.look(|slots| {
            let mut all: BTreeMap<(ModelId, VariantId), Counted> = BTreeMap::new();
            for (key, slot) in slots.iter().filter(|(key, _)| key.is_of(model, filter)) {
                all.entry((key.model, key.variant)).or_default().merge(&slot.series.counted(filter.span, now));
            }
            all
        })
    }

    /// Shows everything that was counted, series by series, so that no two copies stand side by side.
    pub(in super::super) fn show(&self, now: Timestamp, mut show: impl FnMut(&SeriesKey, &Counted)) {
        self.look(|slots| slots.iter().for_each(|(key, slot)| show(key, &slot.series.counted(Span::Lifetime, now))));
    }

    pub(in super::super) fn clear(&self, model: Option<&ModelId>) {
        let is_meant = |(key, _): &(&SeriesKey, &Slot)| model.is_none_or(|model| key.model == *model);
        self.look(|slots| slots.iter().filter(is_meant).for_each(|(_, slot)| slot.series.clear()));
    }

    /// Tenants whose series stay.
    pub(in super::super) fn named(&self) -> &[TenantId] {
        &self.named
    }

    /// Series that were folded.
    pub(in super::super) fn folded(&self) -> u64 {
        self.folded.load(Ordering::Relaxed)
    }

    /// The next batch of all series or of those of `scope`, if anything was counted since the last one.
    pub(in super::super) fn tell(
        &self,
        scope: Option<RoutingScope>,
        now: Timestamp,
    ) -> Result<Option<StatsBatch>, Error> {
        let Some(telling) = &self.telling else {
            return Err(Error::invalid_input("instance", serde_json::Value::Null, "set when the registry is built")
                .with_reason("invalid_id"));
        };
        let mut telling = telling.lock().unwrap_or_else(PoisonError::into_inner);
        let is_meant = |(key, _): &(&SeriesKey, &Slot)| scope.is_none_or(|scope| key.scope.is_in(scope));
        let untold = |(key, slot): (&SeriesKey, &Slot)| SeriesDelta { key: *key, counted: slot.series.tell() };
        let series: Vec<SeriesDelta> = self.look(|slots| slots.iter().filter(is_meant).map(untold).collect());
        let series: Vec<SeriesDelta> = series.into_iter().filter(|delta| !delta.counted.is_empty()).collect();
        if series.is_empty() {
            return Ok(None);
        }
        let Instance { instance, epoch } = telling.by;
        let none = Told { batches: 0, until: telling.since };
        let told = telling.told.entry(scope).or_insert(none);
        told.batches += 1;
        let from = std::mem::replace(&mut told.until, now);
        Ok(Some(StatsBatch { instance, epoch, of: scope, seq: told.batches, from, to: now, series }))
    }

    pub(in super::super) fn take(&self, batch: &StatsBatch) -> Result<BatchResult, Error> {
        self.merged.lock().unwrap_or_else(PoisonError::into_inner).apply(batch)
    }

    pub(in super::super) fn merged(&self) -> MergedStats {
        self.merged.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Batches that were taken, and those that had been before.
    pub(in super::super) fn batches(&self) -> [u64; 2] {
        self.merged.lock().unwrap_or_else(PoisonError::into_inner).batches()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::SeededIds;

    const NOON: Timestamp = Timestamp::from_micros(1_700_049_600_000_000);

    /// Acceptance A8.
    #[test]
    fn a_million_samples_over_eight_processes_are_those_of_one() {
        let (model, variant): (ModelId, VariantId) = ("growth".parse().unwrap(), "v1".parse().unwrap());
        let ids = SeededIds::new([7; 32]);
        let process = |n: u64| {
            let by = Instance { instance: InstanceId::new(&ids, NOON), epoch: n };
            Recorder::new(MOST_SERIES, Vec::new(), Some(by), NOON)
        };
        let processes: Vec<Recorder> = (0..8).map(process).collect();
        let series: Vec<Arc<Series>> = processes.iter().map(|process| process.registered(model, variant)).collect();
        let whole = Series::new();
        let mut state = 1_u64;
        let mut uniform = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((state >> 11) as f64 + 0.5) / (1u64 << 53) as f64
        };
        let mut samples: Vec<u64> = Vec::with_capacity(1_000_000);
        let mut batches = Vec::new();
        for round in 1..=10 {
            for n in 0..100_000 {
                // Box and Muller; a median of one millisecond.
                let normal = (-2.0 * uniform().ln()).sqrt() * (std::f64::consts::TAU * uniform()).cos();
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a time")]
                let nanos = (1e6 * (0.8 * normal).exp()) as u64;
                samples.push(nanos);
                whole.record(nanos, NOON, None).unwrap();
                series[n % 8].record(nanos, NOON, None).unwrap();
            }
            for process in &processes {
                let batch = process.tell(None, NOON).unwrap().unwrap();
                assert_eq!(batch.seq, round);
                batches.push(StatsBatch::from_json(&batch.to_json()).unwrap());
            }
        }
        // In an order that has nothing to do with that of their numbers, each twice.
        let merging = process(9);
        let order = |n: usize| (n / 2 + n % 2 * 40) * 37 % batches.len();
        let taken: Vec<BatchResult> =
            (0..2 * batches.len()).map(|n| merging.take(&batches[order(n)]).unwrap()).collect();
        assert_eq!(taken.iter().filter(|result| **result == BatchResult::Duplicate).count(), batches.len());
        assert_eq!(merging.batches(), [80, 80]);
        let merged = merging.merged();
        assert!(merged.missing().is_empty());
        let found = &merged.performance(&model, &StatsFilter::default())["v1"];
        assert_eq!(found, &whole.view());
        assert_eq!((found.count, merged.usage(&StatsFilter::default())[0].calls), (1_000_000, 1_000_000));
        samples.sort_unstable();
        for (found, percent) in [(found.median, 50), (found.p95, 95), (found.p99, 99)] {
            let at = (samples.len() - 1) * percent;
            let (low, high) = (samples[at / 100] as f64, samples[at.div_ceil(100)] as f64);
            let exact = low + (at % 100) as f64 / 100.0 * (high - low);
            assert!((found.unwrap() - exact).abs() <= 0.01 * exact, "{percent} {found:?} {exact}");
        }
    }
}
