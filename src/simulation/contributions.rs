//! What each draw contributes to each output: correlations over the trials, and indices.
//!
//! Drawn values are a function of the trial. They are found again, so no shard has to hold them, and
//! merged shards answer as the run in one piece does.

use std::ops::Range;

use super::indices::IndexEstimate;
use super::result::SimulationResult;
use crate::error::Error;
use crate::parallel;
use crate::random::BLOCK;
use crate::statistics::{correlation, mid_ranks};

/// Draws that are ranked at a time, which bounds the memory that it takes.
const AT_A_TIME: usize = 8;

/// What one draw contributes to one output.
#[derive(Clone, Debug, PartialEq)]
pub struct Contribution {
    /// Name of the output.
    pub output: String,
    /// Label of the draw.
    pub draw: String,
    /// Spearman's rank correlation, equal values at the middle of their ranks; `None` when the draw or
    /// the output does not vary, or values were not held.
    pub spearman: Option<f64>,
    /// Pearson's correlation; `None` likewise.
    pub pearson: Option<f64>,
    /// The square of `spearman` as a share of those of all draws: an aid to ranking, not a share of variance.
    pub variance_share: Option<f64>,
    /// First-order index: the share of variance from this draw alone; `None` unless it was asked for.
    pub sobol_first: Option<IndexEstimate>,
    /// Total index: the share from this draw with all its interactions; `None` likewise.
    pub sobol_total: Option<IndexEstimate>,
}

/// Spearman's and Pearson's correlation.
type Correlations = (Option<f64>, Option<f64>);

impl SimulationResult {
    /// Labels of the draws, in their order.
    #[must_use]
    pub fn draw_names(&self) -> &[String] {
        &self.header.draws
    }

    /// The drawn values of the draw labelled `name`, in trial order; trials without a value of the model are absent.
    ///
    /// A run in `sketch` mode has them only when it keeps samples or inputs.
    pub fn drawn(&self, name: &str) -> Result<&[f64], Error> {
        let Some(position) = self.header.draws.iter().position(|known| known == name) else {
            return Err(Error::not_found("unknown_draw", format!("draw {name}"))
                .with_hint(format!("draws of this run: {}", self.header.draws.join(", "))));
        };
        if !self.header.options.holds_values() {
            return Err(Error::invalid_input("keep_inputs", false, "true, for drawn values beside a sketch"));
        }
        Ok(&self.drawn.get_or_init(|| self.draw_again(0..self.header.draws.len()))[position])
    }

    /// What each draw contributes to each output, by output and then by draw; computed when asked for.
    #[must_use]
    pub fn contributions(&self) -> Vec<Contribution> {
        let correlations = self.correlations();
        let indices = self.indices.total();
        let mut contributions = Vec::with_capacity(self.header.names.len() * self.header.draws.len());
        for (i, output) in self.header.names.iter().enumerate() {
            let square = |of_draw: &Vec<Correlations>| of_draw[i].0.map(|spearman| spearman * spearman);
            let all: f64 = correlations.iter().filter_map(square).sum();
            for (j, draw) in self.header.draws.iter().enumerate() {
                let (spearman, pearson) = correlations.get(j).map_or((None, None), |of_draw| of_draw[i]);
                let own = correlations.get(j).and_then(square);
                let (sobol_first, sobol_total) = indices.estimate(i, j).unzip();
                contributions.push(Contribution {
                    output: output.clone(),
                    draw: draw.clone(),
                    spearman,
                    pearson,
                    variance_share: own.filter(|_| all > 0.0).map(|own| own / all),
                    sobol_first,
                    sobol_total,
                });
            }
        }
        contributions
    }

    /// By draw and output; none when values were not held.
    fn correlations(&self) -> Vec<Vec<Correlations>> {
        if !self.header.options.holds_values() || self.trials_defined() == 0 {
            return Vec::new();
        }
        let threads = self.threads();
        let samples: Vec<&[f64]> = self.outputs.iter().map(|column| column.samples(self.trials_defined())).collect();
        let ranks = on_threads(&samples, threads, |samples| mid_ranks(samples));
        let of_draw = |drawn: &Vec<f64>| {
            let ranks_of_draw = mid_ranks(drawn);
            let of_output = |(samples, ranks): (&&[f64], &Vec<f64>)| {
                (correlation(&ranks_of_draw, ranks), correlation(drawn, samples))
            };
            samples.iter().zip(&ranks).map(of_output).collect()
        };
        let draws = self.header.draws.len();
        let groups = (0..draws).step_by(AT_A_TIME).map(|first| first..draws.min(first + AT_A_TIME));
        groups.flat_map(|group| on_threads(&self.draw_again(group), threads, of_draw)).collect()
    }

    /// The columns of some draws over the trials that have a value.
    fn draw_again(&self, draws: Range<usize>) -> Vec<Vec<f64>> {
        let sampler = &self.header.sampler;
        let mut block = sampler.columns();
        let mut columns = vec![Vec::new(); draws.len()];
        let Some(output) = self.outputs.first() else { return columns };
        for (first, values) in (self.first_trial..).step_by(BLOCK).zip(output.values.chunks(BLOCK)) {
            sampler.fill(first, values.len(), &mut block);
            for (column, drawn) in columns.iter_mut().zip(&block[draws.clone()]) {
                column.extend(drawn.iter().zip(values).filter(|(_, value)| !value.is_nan()).map(|(drawn, _)| *drawn));
            }
        }
        columns
    }
}

/// `work` on each column, on up to `threads` threads.
fn on_threads<C: Sync, R: Send>(columns: &[C], threads: usize, work: impl Fn(&C) -> R + Sync) -> Vec<R> {
    let mut rows: Vec<&C> = columns.iter().collect();
    let parts = parallel::in_parts(&mut rows, 1, threads, |_, rows| rows.iter().map(|column| work(column)).collect());
    let parts: Vec<Vec<R>> = parts.expect("ranking and correlating do not panic");
    parts.into_iter().flatten().collect()
}
