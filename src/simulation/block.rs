//! One block of trials: draw columns, put them on the input's numbers, evaluate, find the trials
//! that have no value, take the moments.

use std::ops::Range;

use crate::error::{Error, ErrorKind};
use crate::model::{Block, Column, Domain, Draw, Fault, Prepared, Slot};
use crate::number::dispatch;
use crate::random::{BLOCK, Sampler};
use crate::statistics::Moments;

use super::definition::Mode;
use super::indices::{Design, IndexSums, Parts};
use super::replicates::parts;

/// A number that a draw is applied to.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// Column of the draw.
    pub(super) draw: usize,
    pub(super) slot: Slot,
    pub(super) mode: Mode,
    pub(super) base: f64,
    pub(super) domain: Domain,
    /// Path of the number.
    pub(super) field: String,
}

/// What every block of a run needs, shared by all threads.
pub(super) struct Plan<'a> {
    pub(super) prepared: &'a dyn Prepared,
    pub(super) sampler: &'a Sampler,
    pub(super) targets: &'a [Target],
    pub(super) antithetic: bool,
    /// Trials of a replicate, for sampling that has them.
    pub(super) replicate: Option<u64>,
    /// Whether each trial is evaluated with exchanged draws too; the sampler then has every draw twice.
    pub(super) indices: bool,
    /// Draws of a trial.
    pub(super) draws: usize,
}

/// The trials of one block that have no value for one reason.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Undefined {
    pub(super) reason: Fault,
    pub(super) count: u64,
    pub(super) first_trial: u64,
}

/// What a block leaves behind besides its columns.
pub(super) struct Finished {
    /// An entry an output.
    pub(super) moments: Vec<Moments>,
    /// Moments of the means of antithetic pairs, an entry an output; empty for other sampling.
    pub(super) pairs: Vec<Moments>,
    /// Moments by replicate, an entry an output; empty for sampling without them.
    pub(super) replicates: Vec<Vec<(u64, Moments)>>,
    pub(super) undefined: Vec<Undefined>,
    /// What exchanged draws gave, when indices are wanted.
    pub(super) design: Option<Design>,
}

/// The buffers of one thread, used for one block after another.
pub(super) struct Workspace {
    draws: Vec<Vec<f64>>,
    values: Vec<Vec<f64>>,
    outputs: Vec<Vec<f64>>,
    faults: Vec<u8>,
    reasons: Vec<Fault>,
    /// For each target, whether it takes the draw's column as it is.
    as_drawn: Vec<bool>,
    /// The first target whose value is outside its domain; meant only where a block has one.
    outside: Vec<Option<usize>>,
    pairs: Vec<f64>,
    /// Outputs of the trials' own draws and of their second ones, while indices are summed.
    own: Vec<Vec<f64>>,
    second: Vec<Vec<f64>>,
}

impl Workspace {
    pub(super) fn new(plan: &Plan<'_>) -> Self {
        let outputs = vec![vec![0.0; BLOCK]; plan.prepared.outputs().len()];
        let more = if plan.indices { outputs.clone() } else { Vec::new() };
        Self {
            draws: plan.sampler.columns(),
            values: vec![vec![0.0; BLOCK]; plan.targets.len()],
            outputs,
            faults: vec![0; BLOCK],
            reasons: Vec::new(),
            as_drawn: vec![false; plan.targets.len()],
            outside: vec![None; BLOCK],
            pairs: vec![0.0; BLOCK / 2],
            own: more.clone(),
            second: more,
        }
    }

    /// The values of the block run last, a column an output; NaN where a trial has none.
    pub(super) fn outputs(&self) -> &[Vec<f64>] {
        &self.outputs
    }

    /// Runs trials `first..`, as many as `length` (at most [`BLOCK`]), and copies their values into
    /// `columns`, one an output or none at all.
    pub(super) fn run(
        &mut self,
        plan: &Plan<'_>,
        first: u64,
        length: usize,
        columns: &mut [&mut [f64]],
    ) -> Result<Finished, Error> {
        plan.sampler.fill(first, length, &mut self.draws);
        let undefined = self.find_values(plan, first, length)?;
        for (column, output) in columns.iter_mut().zip(&self.outputs) {
            column.copy_from_slice(&output[..length]);
        }
        let moments = self.outputs.iter().map(|output| Moments::of(&output[..length])).collect();
        let pairs = if plan.antithetic { self.pair_means(length) } else { Vec::new() };
        let of_replicates = |size| self.outputs.iter().map(|output| parts(size, first, &output[..length])).collect();
        let replicates = plan.replicate.map(of_replicates).unwrap_or_default();
        let design = if plan.indices { Some(self.design(plan, first, length)?) } else { None };
        Ok(Finished { moments, pairs, replicates, undefined, design })
    }

    /// Puts the values of the trials whose draws are at hand into `outputs`.
    fn find_values(&mut self, plan: &Plan<'_>, first: u64, length: usize) -> Result<Vec<Undefined>, Error> {
        let any_outside = self.place(plan, length);
        if plan.prepared.keeps_columns() {
            self.lend(plan, length);
        } else {
            self.evaluate(plan, length);
        }
        if let Some(failure) = plan.prepared.failure() {
            return Err(failure);
        }
        let clean = !any_outside
            && dispatch(
                #[inline(always)]
                || {
                    self.faults[..length].iter().all(|&fault| fault == 0)
                        && self.outputs.iter().all(|output| all_finite(&output[..length]))
                },
            );
        Ok(if clean { Vec::new() } else { self.without_value(plan, first, length, any_outside) })
    }

    /// Evaluates the trials with exchanged draws. Columns change places, so nothing is copied.
    fn design(&mut self, plan: &Plan<'_>, first: u64, length: usize) -> Result<Design, Error> {
        let mut missing: Vec<Undefined> = Vec::new();
        std::mem::swap(&mut self.outputs, &mut self.own);
        self.exchange(plan, 0..plan.draws);
        missing.extend(self.find_values(plan, first, length)?);
        self.exchange(plan, 0..plan.draws);
        std::mem::swap(&mut self.outputs, &mut self.second);
        let parts = Parts::of(plan.replicate);
        let mut sums = IndexSums::of(parts, first, length, plan.draws, &self.own, &self.second);
        for draw in 0..plan.draws {
            let pairs = self.draws[draw][..length].iter().zip(&self.draws[plan.draws + draw]);
            sums.exchanged[draw] = pairs.filter(|(own, second)| own != second).count() as u64;
            self.exchange(plan, draw..draw + 1);
            missing.extend(self.find_values(plan, first, length)?);
            self.exchange(plan, draw..draw + 1);
            sums.add(parts, first, draw, [&self.own, &self.second, &self.outputs], length);
        }
        std::mem::swap(&mut self.outputs, &mut self.own);
        let undefined = missing.into_iter().map(|missing| (missing.first_trial, missing.reason)).min();
        Ok(Design { sums, undefined })
    }

    fn exchange(&mut self, plan: &Plan<'_>, draws: Range<usize>) {
        for draw in draws {
            self.draws.swap(draw, plan.draws + draw);
        }
    }

    /// Applies draws to the numbers they change; a value outside its domain is noted and the base
    /// value put in its place, so that the model sees only numbers it allows.
    fn place(&mut self, plan: &Plan<'_>, length: usize) -> bool {
        let mut any_outside = false;
        for (i, (target, values)) in plan.targets.iter().zip(&mut self.values).enumerate() {
            let draws = &self.draws[target.draw][..length];
            let values = &mut values[..length];
            let inside = dispatch(
                #[inline(always)]
                || match target.mode {
                    Mode::Set => target.domain.contains_all(draws),
                    Mode::Shift => {
                        values.iter_mut().zip(draws).for_each(|(value, draw)| *value = target.base + draw);
                        target.domain.contains_all(values)
                    }
                    Mode::Scale => {
                        values.iter_mut().zip(draws).for_each(|(value, draw)| *value = target.base * draw);
                        target.domain.contains_all(values)
                    }
                },
            );
            self.as_drawn[i] = inside && target.mode == Mode::Set;
            if inside {
                continue;
            }
            if target.mode == Mode::Set {
                values.copy_from_slice(draws);
            }
            if !any_outside {
                self.outside[..length].fill(None);
                any_outside = true;
            }
            for (value, outside) in values.iter_mut().zip(&mut self.outside[..length]) {
                if !target.domain.contains(*value) {
                    *value = target.base;
                    outside.get_or_insert(i);
                }
            }
        }
        any_outside
    }

    fn evaluate(&mut self, plan: &Plan<'_>, length: usize) {
        // A handful of references a block; the loop over trials is inside.
        let draws: Vec<Draw<'_>> = (plan.targets.iter().zip(&self.values).zip(&self.as_drawn))
            .map(|((target, values), as_drawn)| {
                let column = if *as_drawn { &self.draws[target.draw] } else { values };
                Draw { slot: target.slot, column: &column[..length] }
            })
            .collect();
        self.reasons.clear();
        plan.prepared.block(&mut Block {
            draws: &draws,
            outputs: &mut self.outputs,
            faults: &mut self.faults[..length],
            reasons: &mut self.reasons,
        });
    }

    /// As `evaluate` for a model that may keep the columns: it gets the memory itself, which comes back
    /// unless it has been kept.
    fn lend(&mut self, plan: &Plan<'_>, length: usize) {
        let whole = |columns: &mut Vec<Vec<f64>>| std::mem::take(columns).into_iter().map(Column::new).collect();
        let (draws, values): (Vec<Column>, Vec<Column>) = (whole(&mut self.draws), whole(&mut self.values));
        let columns: Vec<(Slot, Column)> = (plan.targets.iter().zip(&values).zip(&self.as_drawn))
            .map(|((target, values), as_drawn)| {
                let column = if *as_drawn { &draws[target.draw] } else { values };
                (target.slot, column.first(length))
            })
            .collect();
        self.reasons.clear();
        plan.prepared.block_of_columns(
            &columns,
            &mut Block {
                draws: &[],
                outputs: &mut self.outputs,
                faults: &mut self.faults[..length],
                reasons: &mut self.reasons,
            },
        );
        drop(columns);
        self.draws = draws.into_iter().map(Column::into_values).collect();
        self.values = values.into_iter().map(Column::into_values).collect();
    }

    /// Puts NaN where a trial has no value and counts the reasons.
    fn without_value(&mut self, plan: &Plan<'_>, first: u64, length: usize, any_outside: bool) -> Vec<Undefined> {
        let mut found: Vec<Undefined> = Vec::new();
        for i in 0..length {
            let reason = if let Some(target) = self.outside[i].filter(|_| any_outside) {
                Fault { kind: ErrorKind::InvalidInput, what: plan.targets[target].field.clone() }
            } else if self.faults[i] > 0 {
                self.reasons[usize::from(self.faults[i]) - 1].clone()
            } else if self.outputs.iter().any(|output| !output[i].is_finite()) {
                Fault { kind: ErrorKind::Undefined, what: "non_finite".to_owned() }
            } else {
                continue;
            };
            for output in &mut self.outputs {
                output[i] = f64::NAN;
            }
            match found.iter_mut().find(|known| known.reason == reason) {
                Some(known) => known.count += 1,
                None => found.push(Undefined { reason, count: 1, first_trial: first + i as u64 }),
            }
        }
        found
    }

    /// Moments of the means of trials 2k and 2k + 1, an entry an output; a pair with a missing member is left out.
    fn pair_means(&mut self, length: usize) -> Vec<Moments> {
        let pairs = &mut self.pairs[..length / 2];
        let of_output = |output: &Vec<f64>| {
            for (mean, pair) in pairs.iter_mut().zip(output[..length].chunks_exact(2)) {
                *mean = 0.5 * (pair[0] + pair[1]);
            }
            Moments::of(pairs)
        };
        self.outputs.iter().map(of_output).collect()
    }
}

#[inline(always)]
#[expect(clippy::inline_always, reason = "inside lane code")]
fn all_finite(column: &[f64]) -> bool {
    let mut finite = true;
    for value in column {
        finite &= value.abs() < f64::INFINITY;
    }
    finite
}
