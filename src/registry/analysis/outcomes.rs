//! The outcomes of units: one cell a unit and metric, and sums by arm, epoch and bucket of units.

use std::collections::BTreeMap;

use super::super::keyed::UnitKey;
use super::super::route::{MetricKind, MetricPlan};
use super::data::{ExperimentData, Measured};
use crate::number::Number;
use crate::statistics::{Paired, cluster_mean};
use crate::time::Timestamp;

/// Buckets of units that single values are summed in.
const BUCKETS: usize = 256;
/// A unit that was exposed.
#[derive(Clone, Copy)]
pub(super) struct Unit {
    pub(super) key: UnitKey,
    /// The place of its arm, and of the epoch it was first exposed in.
    pub(super) arm: usize,
    pub(super) epoch: usize,
    pub(super) since: Timestamp,
    /// Whether a change of the weights assigned it to another arm later.
    pub(super) moved: bool,
}

/// The outcomes of one unit in one metric.
#[derive(Clone, Copy, Default)]
pub(super) struct Cell {
    count: u64,
    sum: f64,
    event: bool,
}

/// The outcomes of one metric.
#[derive(Default)]
pub(super) struct Column {
    /// By the place of the unit; shorter than the units where none of the last has an outcome.
    pub(super) cells: Vec<Cell>,
    sums: BTreeMap<(usize, usize), Sums>,
}

/// Single values of one arm in one epoch.
struct Sums {
    events: u64,
    counts: Vec<u64>,
    values: Vec<f64>,
    /// Sums of logarithms, while all values are above 0.
    logs: Option<Vec<f64>>,
}

impl Default for Sums {
    fn default() -> Self {
        Self { events: 0, counts: vec![0; BUCKETS], values: vec![0.0; BUCKETS], logs: Some(vec![0.0; BUCKETS]) }
    }
}

impl Sums {
    fn add(&mut self, bucket: usize, value: f64) {
        self.counts[bucket] += 1;
        self.values[bucket] += value;
        match &mut self.logs {
            Some(logs) if value > 0.0 => logs[bucket] += Number::ln(value),
            logs => *logs = None,
        }
    }

    fn measured(&self) -> Measured {
        Measured {
            events: self.events,
            values: self.counts.iter().sum(),
            mean: cluster_mean(&self.counts, &self.values).ok(),
            log_mean: self.logs.as_ref().and_then(|logs| cluster_mean(&self.counts, logs).ok()),
            units: None,
        }
    }
}

impl Cell {
    /// The cell of `place`, added when there is none.
    pub(super) fn of(cells: &mut Vec<Cell>, place: usize) -> &mut Cell {
        if cells.len() <= place {
            cells.resize(place + 1, Cell::default());
        }
        &mut cells[place]
    }

    pub(super) fn add(&mut self, value: f64) {
        self.count += 1;
        self.sum += value;
    }
}

impl Column {
    /// What one arm measured in one epoch.
    pub(super) fn measured(&self, epoch: usize, arm: usize) -> Option<Measured> {
        self.sums.get(&(epoch, arm)).map(Sums::measured)
    }

    pub(super) fn add(&mut self, place: usize, unit: &Unit, value: f64) {
        let cell = Cell::of(&mut self.cells, place);
        let sums = self.sums.entry((unit.epoch, unit.arm)).or_default();
        cell.add(value);
        if value > 0.0 && !cell.event {
            cell.event = true;
            sums.events += 1;
        }
        // The bytes before decide about arm and enrolment; the last one does not.
        sums.add(usize::from(unit.key[unit.key.len() - 1]), value);
    }
}

/// Units' outcomes as the report needs them.
pub(super) struct Rows {
    pub(super) units: Vec<Unit>,
    pub(super) metrics: BTreeMap<String, Vec<Cell>>,
    pub(super) covariates: BTreeMap<String, Vec<Cell>>,
}

impl Rows {
    /// Puts the moments of one value a unit into the tallies.
    pub(super) fn fill(self, data: &mut ExperimentData) {
        let arms = data.arms.len();
        // By key and not by arrival, so that threads leave no trace in the sums.
        let keyed = |(place, unit): (usize, &Unit)| (unit.key, place, unit.epoch * arms + unit.arm);
        let mut order: Vec<(UnitKey, usize, usize)> = self.units.iter().enumerate().map(keyed).collect();
        order.sort_unstable();
        let planned: Vec<MetricPlan> = data.plan.metrics().cloned().collect();
        for metric in planned {
            let Some(cells) = self.metrics.get(&metric.name) else { continue };
            let covariates = metric.cuped.as_ref().and_then(|name| self.covariates.get(name));
            let mut columns = vec![Pairs::default(); arms * data.epochs.len()];
            for &(_, place, slot) in &order {
                let Some(mean) = mean_of(cells, place) else { continue };
                let Pairs { values, covariates: beside } = &mut columns[slot];
                values.push(if metric.kind == MetricKind::LogMean { Number::ln(mean) } else { mean });
                beside.push(covariates.and_then(|cells| mean_of(cells, place)));
            }
            let known = || columns.iter().flat_map(|pairs| &pairs.covariates).flatten();
            let centre = known().sum::<f64>() / (known().count().max(1) as f64);
            for (slot, Pairs { values, covariates }) in columns.iter().enumerate() {
                // Without a covariate a unit is taken for an average one.
                let beside: Vec<f64> =
                    covariates.iter().map(|known| known.map_or(0.0, |known| known - centre)).collect();
                let tally = &mut data.epochs[slot / arms].tallies[slot % arms];
                if let Some(measured) = tally.metrics.get_mut(&metric.name) {
                    measured.units = Paired::of(values, &beside).ok();
                }
            }
        }
    }
}

/// The values of one arm in one epoch, each with its covariate.
#[derive(Clone, Default)]
struct Pairs {
    values: Vec<f64>,
    covariates: Vec<Option<f64>>,
}

/// The mean of a unit's outcomes, if it has any.
fn mean_of(cells: &[Cell], place: usize) -> Option<f64> {
    cells.get(place).filter(|cell| cell.count > 0).map(|cell| cell.sum / cell.count as f64)
}
