//! What is counted of the values of outputs when they are not held: sketches, and histograms between
//! given edges.

use std::collections::VecDeque;

use crate::statistics::{Histogram, Sketch};

/// The counts of one output.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tally {
    pub(super) sketch: Sketch,
    /// For an output whose edges are given.
    pub(super) histogram: Option<Histogram>,
}

impl Tally {
    pub(super) fn new(edges: Option<&Vec<f64>>) -> Self {
        Self { sketch: Sketch::default(), histogram: edges.map(|edges| Histogram::between(edges.clone())) }
    }

    pub(super) fn record(&mut self, column: &[f64]) {
        self.sketch.record(column);
        if let Some(histogram) = &mut self.histogram {
            histogram.record(column);
        }
    }

    pub(super) fn absorb(&mut self, other: &Self) {
        self.sketch.absorb(&other.sketch);
        if let (Some(histogram), Some(other)) = (&mut self.histogram, &other.histogram) {
            histogram.absorb(other);
        }
    }
}

/// The values of a block that the run may turn out not to need, a column an output.
struct Held {
    block: u64,
    columns: Vec<Vec<f64>>,
}

/// The tallies of one thread.
pub(super) struct Tallies {
    /// An entry an output; none when values are held.
    outputs: Vec<Tally>,
    held: VecDeque<Held>,
    /// Columns to be used again.
    spare: Vec<Vec<Vec<f64>>>,
}

impl Tallies {
    pub(super) fn new(empty: &[Tally]) -> Self {
        Self { outputs: empty.to_vec(), held: VecDeque::new(), spare: Vec::new() }
    }

    /// Counts block `block`, or holds it back when it is not among the first `needed`, which are sure
    /// to be part of the run.
    pub(super) fn take(&mut self, block: u64, columns: &[Vec<f64>], length: usize, needed: u64) {
        if self.outputs.is_empty() {
            return;
        }
        if block < needed {
            for (tally, column) in self.outputs.iter_mut().zip(columns) {
                tally.record(&column[..length]);
            }
        } else {
            let mut copies = self.spare.pop().unwrap_or_else(|| vec![Vec::new(); columns.len()]);
            for (copy, column) in copies.iter_mut().zip(columns) {
                copy.clear();
                copy.extend_from_slice(&column[..length]);
            }
            self.held.push_back(Held { block, columns: copies });
        }
        self.settle(needed);
    }

    /// Counts what is held of the first `needed` blocks. They stand in front, since a thread takes blocks in
    /// order.
    pub(super) fn settle(&mut self, needed: u64) {
        while self.held.front().is_some_and(|held| held.block < needed) {
            let Some(Held { columns, .. }) = self.held.pop_front() else { break };
            for (tally, column) in self.outputs.iter_mut().zip(&columns) {
                tally.record(column);
            }
            self.spare.push(columns);
        }
    }

    /// The counts of each output; what is still held is not part of the run.
    pub(super) fn into_outputs(self) -> Vec<Tally> {
        self.outputs
    }

    /// Takes over what another thread counted and holds.
    pub(super) fn absorb(&mut self, other: Self) {
        for (tally, other) in self.outputs.iter_mut().zip(&other.outputs) {
            tally.absorb(other);
        }
        self.held.extend(other.held);
        self.held.make_contiguous().sort_unstable_by_key(|held| held.block);
    }
}
