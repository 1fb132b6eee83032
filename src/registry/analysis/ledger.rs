//! What an experiment gathers while it runs: which units were exposed to which arm, and their outcomes.
//!
//! A unit is kept as the first 16 bytes of its keyed digest, and stays in the arm it was first exposed
//! to. Sums by bucket of units are kept up to date, so that guardrails are looked at without a walk over
//! the units; what the report needs of single units is copied out in one piece.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use super::super::keyed::{Keyed, UnitKey};
use super::super::model::{ArmKey, Digest, ModelId, UnitId, VariantId};
use super::super::performance::{Durations, LONGEST_NANOS};
use super::super::route::{Arm, Assignment, Experiment, ExperimentStatus, GuardAction, Guardrail, MetricKind};
use super::super::snapshot::Identity;
use super::data::{DataArm, Epoch, ExperimentData, Tally};
use super::guard::{ActedBreach, Breach};
use super::outcomes::{Cell, Column, Rows, Unit};
use super::report::{Look, Report};
use crate::by_key::by_key;
use crate::error::Error;
use crate::time::Timestamp;

/// The automatic outcome of a call's time in nanoseconds.
pub(super) const LATENCY: &str = "latency";
/// The automatic outcome of a call that failed (1) or did not (0).
pub(super) const ERROR: &str = "error";
/// Outcomes that every call has.
pub(super) const AUTOMATIC: [&str; 2] = [LATENCY, ERROR];

/// Metrics and covariates of one experiment.
const MOST_METRICS: usize = 64;
/// Looks kept; beyond that every second one is dropped.
const MOST_LOOKS: usize = 256;
/// Breaches kept that were acted on; beyond that the oldest go.
const MOST_ACTED: usize = 256;
/// Guardrails are looked at again when calls and outcomes have grown by this part.
const LOOK_GROWTH: u64 = 100;

/// The data of one experiment, shared by the routes that expose to it.
pub(crate) struct Book {
    ledger: Mutex<Ledger>,
    /// Held from one look's data to its keeping, so that each look knows all before it.
    looking: Mutex<()>,
    /// Held from the breaches to what is done about them, so that each acts once.
    enforcing: Mutex<()>,
}

struct Ledger {
    model: ModelId,
    experiment: Experiment,
    keyed: Keyed,
    /// In the order of the configuration that began the experiment.
    arms: Vec<ArmLedger>,
    epochs: Vec<EpochLedger>,
    places: HashMap<UnitKey, usize>,
    units: Vec<Unit>,
    moved: u64,
    metrics: BTreeMap<String, Column>,
    covariates: BTreeMap<String, Vec<Cell>>,
    /// Calls and outcomes.
    events: u64,
    next_look: u64,
    /// Guardrails that acted, and have not been kept since.
    fired: Vec<(ArmKey, Guardrail)>,
    breaches: BTreeMap<(String, String), u64>,
    /// Oldest first.
    acted: VecDeque<ActedBreach>,
    looks: Vec<Look>,
}

struct ArmLedger {
    key: ArmKey,
    variant: VariantId,
    durations: Durations,
    implementation: Option<(Digest, Identity)>,
    replaced: bool,
}

struct EpochLedger {
    config_version: u64,
    from: Timestamp,
    weights_ppm: Vec<u32>,
    /// Units and exposures by arm.
    exposed: Vec<[u64; 2]>,
}

/// How often an experiment was exposed to, and what its guardrails did.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Counts {
    pub(super) paused: bool,
    pub(super) exposures: Vec<(ArmKey, u64)>,
    pub(super) breaches: BTreeMap<(String, String), u64>,
}

impl Book {
    pub(super) fn new(model: ModelId, experiment: &Experiment) -> Self {
        let arm = |held: &Arm| ArmLedger {
            key: held.key,
            variant: held.variant,
            durations: Durations::default(),
            implementation: None,
            replaced: false,
        };
        let automatic = AUTOMATIC.map(|name| (name.to_owned(), Column::default()));
        let ledger = Ledger {
            model,
            experiment: experiment.clone(),
            keyed: experiment.keyed(),
            arms: experiment.arms.iter().map(arm).collect(),
            epochs: Vec::new(),
            places: HashMap::new(),
            units: Vec::new(),
            moved: 0,
            metrics: by_key(automatic),
            covariates: BTreeMap::new(),
            events: 0,
            next_look: 1,
            fired: Vec::new(),
            breaches: BTreeMap::new(),
            acted: VecDeque::new(),
            looks: Vec::new(),
        };
        Self { ledger: Mutex::new(ledger), looking: Mutex::default(), enforcing: Mutex::default() }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // Sums and cells that a panic left half added are off by one value at most.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The experiment is in a new version of its configuration; the epoch that exposures belong to now.
    pub(super) fn configure(&self, experiment: &Experiment, config_version: u64, now: Timestamp) -> usize {
        let mut ledger = self.ledger();
        ledger.experiment = experiment.clone();
        let weight =
            |arm: &ArmLedger| experiment.arms.iter().find(|held| held.key == arm.key).map_or(0, |held| held.weight_ppm);
        let weights_ppm: Vec<u32> = ledger.arms.iter().map(weight).collect();
        if ledger.epochs.last().is_none_or(|epoch| epoch.weights_ppm != weights_ppm) {
            let exposed = vec![[0; 2]; weights_ppm.len()];
            ledger.epochs.push(EpochLedger { config_version, from: now, weights_ppm, exposed });
        }
        let guardrails = &experiment.guardrails;
        ledger.fired.retain(|(_, guardrail)| guardrails.contains(guardrail));
        ledger.epochs.len() - 1
    }

    /// Whether it is the book of a draft that never ran.
    pub(super) fn is_blank(&self) -> bool {
        let ledger = self.ledger();
        ledger.experiment.status == ExperimentStatus::Draft && ledger.units.is_empty()
    }

    /// No configuration names the experiment any more.
    pub(super) fn stop(&self) {
        self.ledger().experiment.status = ExperimentStatus::Stopped;
    }

    /// Books an exposure of the unit `key` to `arm`, served by `implementation` unless another stepped
    /// in; the unit's place.
    pub(crate) fn expose(
        &self,
        epoch: usize,
        arm: ArmKey,
        key: UnitKey,
        implementation: Option<(Digest, &Identity)>,
        now: Timestamp,
    ) -> Option<usize> {
        let mut ledger = self.ledger();
        let Ledger { arms, epochs, places, units, moved, .. } = &mut *ledger;
        let at = arms.iter().position(|held| held.key == arm)?;
        if let Some((digest, identity)) = implementation {
            let held = &mut arms[at];
            let (known, of) = held.implementation.get_or_insert_with(|| (digest, identity.clone()));
            held.replaced |= (*known, &*of) != (digest, identity);
        }
        let place = match places.entry(key) {
            Entry::Occupied(known) => {
                let place = *known.get();
                if units[place].arm != at && !units[place].moved {
                    units[place].moved = true;
                    *moved += 1;
                }
                place
            }
            Entry::Vacant(free) => {
                let place = units.len();
                free.insert(place);
                units.push(Unit { key, arm: at, epoch, since: now, moved: false });
                epochs[epoch].exposed[at][0] += 1;
                place
            }
        };
        let unit = &units[place];
        epochs[unit.epoch].exposed[unit.arm][1] += 1;
        Some(place)
    }

    /// Books the automatic outcomes of a call by the unit at `place`; whether guardrails should be
    /// looked at.
    pub(crate) fn called(&self, place: usize, nanos: u64, failed: bool) -> bool {
        let mut ledger = self.ledger();
        let Ledger { arms, units, metrics, .. } = &mut *ledger;
        let unit = units[place];
        // As `Series` has it: what is longer is a clock gone wrong.
        if nanos <= LONGEST_NANOS {
            arms[unit.arm].durations.add(nanos);
        }
        // What is shorter than the clock tells apart took one nanosecond: its logarithm must exist.
        for (name, value) in [(LATENCY, nanos.max(1) as f64), (ERROR, f64::from(u8::from(failed)))] {
            metrics.get_mut(name).expect("every book has them").add(place, &unit, value);
        }
        ledger.grow()
    }

    /// A call was exposed that the host serves itself; whether guardrails should be looked at.
    pub(crate) fn served_by_host(&self) -> bool {
        self.ledger().grow()
    }

    /// Books an outcome that the host observed; whether guardrails should be looked at.
    pub(super) fn outcome(
        &self,
        unit: &UnitId,
        metric: &str,
        value: f64,
        at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<bool, Error> {
        let mut ledger = self.ledger();
        ledger.accept(metric, value)?;
        let place = ledger.place_of(unit)?;
        let exposed = ledger.units[place];
        let at = at.unwrap_or(now.max(exposed.since));
        let plan = &ledger.experiment.plan;
        let is_covariate = plan.metrics().any(|planned| planned.cuped.as_deref() == Some(metric));
        if is_covariate {
            if at >= exposed.since {
                return Err(Error::invalid_input("at", at.as_micros(), "a time before the unit's first exposure")
                    .with_reason("out_of_range")
                    .with_hint(format!("{metric} is a covariate, and what came after may be an effect")));
            }
            Cell::of(ledger.covariates.entry(metric.to_owned()).or_default(), place).add(value);
            // No guardrail watches what was before.
            return Ok(false);
        }
        if at < exposed.since {
            return Err(ledger.not_exposed().with_hint("the outcome is dated before the unit's first exposure"));
        }
        ledger.metrics.entry(metric.to_owned()).or_default().add(place, &exposed, value);
        Ok(ledger.grow())
    }

    /// What was gathered, without a walk over the units.
    pub(super) fn tallied(&self) -> ExperimentData {
        self.ledger().tallied()
    }

    /// The report of what was gathered, unit by unit where the plan has a metric for it, and kept as a look.
    pub(super) fn look(&self, now: Timestamp) -> Report {
        let _looking = self.looking.lock().unwrap_or_else(PoisonError::into_inner);
        let ledger = self.ledger();
        let (mut data, rows) = (ledger.tallied(), ledger.rows());
        // The walk over the units is on copies, so that no call waits for it.
        drop(ledger);
        rows.fill(&mut data);
        let report = data.report(now);
        self.keep(report.look.clone());
        report
    }

    fn keep(&self, look: Look) {
        let mut ledger = self.ledger();
        ledger.looks.push(look);
        if ledger.looks.len() > MOST_LOOKS {
            // The first and the last of an odd number stay.
            let mut stays = false;
            ledger.looks.retain(|_| {
                stays = !stays;
                stays
            });
        }
    }

    /// The right to act on breaches; none while somebody else does.
    pub(super) fn enforcing(&self) -> Option<MutexGuard<'_, ()>> {
        match self.enforcing.try_lock() {
            Ok(held) => Some(held),
            Err(TryLockError::Poisoned(held)) => Some(held.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    pub(super) fn is_running(&self) -> bool {
        self.ledger().experiment.status == ExperimentStatus::Running
    }

    /// The breaches that have not acted yet; those that are over may act again.
    pub(super) fn fresh(&self, breaches: Vec<Breach>) -> Vec<Breach> {
        let mut ledger = self.ledger();
        let same = |breach: &Breach, (arm, guardrail): &(ArmKey, Guardrail)| {
            breach.arm == *arm && breach.guardrail == *guardrail
        };
        ledger.fired.retain(|fired| breaches.iter().any(|breach| same(breach, fired)));
        breaches.into_iter().filter(|breach| !ledger.fired.iter().any(|fired| same(breach, fired))).collect()
    }

    /// The breach has been acted on.
    pub(super) fn acted(&self, breaches: &[Breach], at: Timestamp) {
        let mut ledger = self.ledger();
        for breach in breaches {
            let Breach { arm, guardrail, .. } = breach;
            ledger.fired.push((*arm, guardrail.clone()));
            let action = match guardrail.action {
                GuardAction::Pause => "pause",
                GuardAction::Alert => "alert",
            };
            *ledger.breaches.entry((guardrail.metric.name().to_owned(), action.to_owned())).or_default() += 1;
            ledger.acted.push_back(ActedBreach { at, breach: breach.clone() });
        }
        while ledger.acted.len() > MOST_ACTED {
            ledger.acted.pop_front();
        }
    }

    pub(super) fn acted_breaches(&self) -> Vec<ActedBreach> {
        self.ledger().acted.iter().cloned().collect()
    }

    pub(super) fn counts(&self) -> Counts {
        let ledger = self.ledger();
        let exposures = |place: usize| ledger.epochs.iter().map(|epoch| epoch.exposed[place][1]).sum();
        Counts {
            paused: matches!(ledger.experiment.status, ExperimentStatus::Paused { .. }),
            exposures: ledger.arms.iter().enumerate().map(|(place, arm)| (arm.key, exposures(place))).collect(),
            breaches: ledger.breaches.clone(),
        }
    }

    pub(super) fn guardrails(&self) -> Vec<Guardrail> {
        self.ledger().experiment.guardrails.clone()
    }
}

impl Ledger {
    /// Counts one call or outcome more; whether guardrails should be looked at.
    fn grow(&mut self) -> bool {
        self.events += 1;
        let due = self.is_guarded() && self.events >= self.next_look;
        if due {
            self.next_look = self.events + (self.events / LOOK_GROWTH).max(1);
        }
        due
    }

    fn is_guarded(&self) -> bool {
        self.experiment.status == ExperimentStatus::Running && !self.experiment.guardrails.is_empty()
    }

    fn not_exposed(&self) -> Error {
        // The unit itself is the caller's secret and stays out of the message.
        Error::conflict("not_exposed", format!("outcome of a unit never exposed to experiment {}", self.experiment.id))
    }

    fn place_of(&self, unit: &UnitId) -> Result<usize, Error> {
        let key = match self.experiment.assignment {
            Assignment::Sticky => Some(self.keyed.unit(unit).key),
            Assignment::Random { .. } => unit.as_draw().map(|draw| self.keyed.draw(draw).key),
        };
        key.and_then(|key| self.places.get(&key).copied()).ok_or_else(|| match self.experiment.assignment {
            Assignment::Sticky => self.not_exposed(),
            Assignment::Random { .. } => {
                self.not_exposed().with_hint("in a random experiment the unit is the number of the draw")
            }
        })
    }

    /// Refuses what the metric cannot be.
    fn accept(&self, metric: &str, value: f64) -> Result<(), Error> {
        if !value.is_finite() {
            return Err(Error::invalid_number("value", value, "a finite number").with_reason("not_finite"));
        }
        let plan = &self.experiment.plan;
        let planned = plan.metric(metric).map(|planned| planned.kind);
        // What every call has is of its own kind, planned or not.
        let kind = planned.or(match metric {
            ERROR => Some(MetricKind::Proportion),
            LATENCY => Some(MetricKind::LogMean),
            _ => None,
        });
        let (legal, allowed) = match kind {
            Some(MetricKind::Proportion) => (value == 0.0 || value == 1.0, "0 or 1, since the metric is a share"),
            Some(MetricKind::LogMean) => (value > 0.0, "above 0, since the metric is a mean of logarithms"),
            _ => (true, ""),
        };
        if !legal {
            return Err(Error::invalid_number("value", value, allowed).with_reason("out_of_range"));
        }
        // What the plan names always has a place.
        let named = kind.is_some() || plan.metrics().any(|planned| planned.cuped.as_deref() == Some(metric));
        let known = self.metrics.contains_key(metric) || self.covariates.contains_key(metric);
        if !named && !known && self.metrics.len() + self.covariates.len() >= MOST_METRICS {
            let allowed = format!("one of at most {MOST_METRICS} metrics of an experiment");
            return Err(Error::invalid_input("metric", metric, allowed).with_reason("out_of_range"));
        }
        Ok(())
    }

    fn tallied(&self) -> ExperimentData {
        let weights = self.epochs.last().map(|epoch| epoch.weights_ppm.as_slice()).unwrap_or_default();
        let arms = self.arms.iter().enumerate().map(|(place, arm)| DataArm {
            key: arm.key,
            variant: arm.variant,
            weight_ppm: weights.get(place).copied().unwrap_or_default(),
            replaced: arm.replaced,
            latency_p95: arm.durations.quantiles([0.95])[0],
        });
        let tally = |epoch: usize, arm: usize| {
            let [units, exposures] = self.epochs[epoch].exposed[arm];
            let measured = |(name, column): (&String, &Column)| Some((name.clone(), column.measured(epoch, arm)?));
            let metrics = self.metrics.iter().filter_map(measured);
            Tally { units, exposures, metrics: metrics.collect() }
        };
        let epochs = self.epochs.iter().enumerate().map(|(place, epoch)| Epoch {
            config_version: epoch.config_version,
            from: epoch.from,
            weights_ppm: epoch.weights_ppm.clone(),
            tallies: (0..self.arms.len()).map(|arm| tally(place, arm)).collect(),
        });
        ExperimentData {
            experiment: self.experiment.id,
            model: self.model,
            status: self.experiment.status.clone(),
            plan: self.experiment.plan.clone(),
            control: self.experiment.control,
            arms: arms.collect(),
            epochs: epochs.collect(),
            moved: self.moved,
            looks: self.looks.clone(),
        }
    }

    /// The units and what the plan asks of each, as they are now.
    fn rows(&self) -> Rows {
        let planned = || self.experiment.plan.metrics().filter(|metric| metric.kind != MetricKind::Proportion);
        let metrics =
            planned().filter_map(|metric| Some((metric.name.clone(), self.metrics.get(&metric.name)?.cells.clone())));
        let covariates = planned().filter_map(|metric| {
            let name = metric.cuped.as_ref()?;
            Some((name.clone(), self.covariates.get(name)?.clone()))
        });
        let (metrics, covariates) = (by_key(metrics), by_key(covariates));
        // Shares are tallied already; without another metric no unit is looked at.
        let units = if metrics.is_empty() { Vec::new() } else { self.units.clone() };
        Rows { units, metrics, covariates }
    }
}
