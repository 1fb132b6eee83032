//! Draws a block at a time: uniforms, scores where needed, dependence, values.

use std::ops::Range;

use super::dependence::{Copula, Dependence, Factor, MatrixUsed};
use super::distribution::Distribution;
use super::inverse::StudentScores;
use super::latin;
use super::marginal::Marginal;
use super::sobol::{MOST_DIMENSIONS, Sobol};
use super::{BLOCK, Stream, TILE, normal};
use crate::error::Error;

/// How trials are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// Independent trials.
    Random,
    /// Trials 2k and 2k + 1 are mirrors of each other.
    Antithetic,
    /// Every `size` trials are a replicate with one trial in each of `size` strata of each draw.
    LatinHypercube {
        /// Trials of a replicate.
        size: u64,
    },
    /// Every `size` trials are a replicate: the first points of Sobol's sequence, scrambled anew.
    Sobol {
        /// Trials of a replicate, a power of two.
        size: u64,
    },
}

/// Fills columns with the draws of any block of trials.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampler {
    seed: u64,
    layout: Layout,
    marginals: Vec<Marginal>,
    dependent: Option<Dependent>,
    /// Only for its layout.
    sobol: Option<Sobol>,
}

/// The draws that depend on each other.
#[derive(Clone, Debug, PartialEq)]
struct Dependent {
    /// Their columns, in the order of the matrix; constants are left out with their row and column.
    order: Vec<usize>,
    factor: Factor,
    student: Option<StudentScores>,
    used: MatrixUsed,
}

impl Sampler {
    /// A sampler of draws, given by name and distribution.
    pub fn new(
        seed: u64,
        layout: Layout,
        draws: &[(&str, &Distribution)],
        dependence: Option<&Dependence>,
    ) -> Result<Self, Error> {
        let marginals: Vec<Marginal> = draws.iter().map(|(_, distribution)| Marginal::of(distribution)).collect();
        let dependent = match dependence {
            None => None,
            Some(dependence) => Some(Dependent::new(dependence, draws, &marginals)?),
        };
        let sobol = match layout {
            Layout::Sobol { .. } => {
                let chi_square = dependent.as_ref().is_some_and(|dependent| dependent.student.is_some());
                let dimensions = draws.len() + usize::from(chi_square);
                if dimensions > MOST_DIMENSIONS {
                    let constraint =
                        format!("at most {MOST_DIMENSIONS} dimensions with sobol, of which a Student copula takes one");
                    return Err(Error::invalid_input("draws", draws.len(), constraint));
                }
                Some(Sobol::new(dimensions))
            }
            _ => None,
        };
        Ok(Self { seed, layout, marginals, dependent, sobol })
    }

    /// The correlations of scores that draws are made with; `None` when they are independent.
    #[must_use]
    pub fn matrix_used(&self) -> Option<&MatrixUsed> {
        self.dependent.as_ref().map(|dependent| &dependent.used)
    }

    /// Columns that [`Sampler::fill`] needs: the draws, rounded up to whole streams.
    #[must_use]
    pub fn columns(&self) -> Vec<Vec<f64>> {
        vec![vec![0.0; BLOCK]; self.marginals.len().next_multiple_of(2)]
    }

    /// Fills the first `length` places (at most [`BLOCK`]) of each column, made by
    /// [`Sampler::columns`], with the draws of trials `first..`; column j holds draw j.
    pub fn fill(&self, first: u64, length: usize, columns: &mut [Vec<f64>]) {
        for start in (0..length).step_by(TILE) {
            self.fill_tile(first + start as u64, start..length.min(start + TILE), columns);
        }
    }

    fn fill_tile(&self, first: u64, places: Range<usize>, columns: &mut [Vec<f64>]) {
        self.uniforms(first, &places, columns);
        let correlated = self.dependent.as_ref().map_or(&[][..], |dependent| &dependent.order);
        for (j, (marginal, column)) in self.marginals.iter().zip(columns.iter_mut()).enumerate() {
            if marginal.wants_scores() || correlated.contains(&j) {
                normal::scores(&mut column[places.clone()]);
            }
        }
        if let Some(dependent) = &self.dependent {
            dependent.factor.correlate(columns, &dependent.order, &places);
            if let Some(student) = &dependent.student {
                let mut mixing = [0.0; TILE];
                let mixing = &mut mixing[..places.len()];
                self.chi_square_uniforms(first, mixing);
                normal::scores(mixing);
                student.mixing(mixing);
                for &j in &dependent.order {
                    student.scores(&mut columns[j][places.clone()], mixing);
                }
            }
        }
        for (j, (marginal, column)) in self.marginals.iter().zip(columns.iter_mut()).enumerate() {
            let column = &mut column[places.clone()];
            if !marginal.wants_scores() && correlated.contains(&j) {
                normal::probabilities(column);
            }
            marginal.values(column);
        }
    }

    /// The uniforms of each draw, held by their nearer end.
    fn uniforms(&self, first: u64, places: &Range<usize>, columns: &mut [Vec<f64>]) {
        if let (Layout::Sobol { size }, Some(sobol)) = (self.layout, &self.sobol) {
            for (j, column) in columns.iter_mut().enumerate().take(self.marginals.len()) {
                self.points(sobol, size, j, first, &mut column[places.clone()]);
            }
            return;
        }
        for (number, pair) in (0..).zip(columns.chunks_exact_mut(2)) {
            let (even, odd) = pair.split_at_mut(1);
            self.stream(number).fill(first, &mut even[0][places.clone()], &mut odd[0][places.clone()]);
        }
        if let Layout::LatinHypercube { size } = self.layout {
            for (j, column) in columns.iter_mut().enumerate().take(self.marginals.len()) {
                self.stratify(size, j, first, &mut column[places.clone()]);
            }
        }
    }

    /// The uniforms of the chi-square that all dependent draws of a trial share. Where trials are laid out
    /// together it has a dimension of its own.
    fn chi_square_uniforms(&self, first: u64, column: &mut [f64]) {
        if let (Layout::Sobol { size }, Some(sobol)) = (self.layout, &self.sobol) {
            self.points(sobol, size, self.marginals.len(), first, column);
            return;
        }
        self.stream(Stream::CHI_SQUARE).fill(first, column, &mut [0.0; TILE]);
        match self.layout {
            Layout::LatinHypercube { size } => self.stratify(size, latin::CHI_SQUARE, first, column),
            // A pair has one chi-square: the mirror is undone.
            Layout::Antithetic => {
                for (value, trial) in column.iter_mut().zip(first..) {
                    *value = if trial.is_multiple_of(2) { *value } else { -*value };
                }
            }
            Layout::Random | Layout::Sobol { .. } => {}
        }
    }

    fn stratify(&self, size: u64, dimension: usize, first: u64, column: &mut [f64]) {
        by_replicate(size, first, column, |replicate, position, part| {
            latin::stratify(self.seed, replicate, dimension, size, position, part);
        });
    }

    fn points(&self, sobol: &Sobol, size: u64, dimension: usize, first: u64, column: &mut [f64]) {
        by_replicate(size, first, column, |replicate, position, part| {
            sobol.fill(self.seed, replicate, dimension, position, part);
        });
    }

    fn stream(&self, number: u32) -> Stream {
        Stream { seed: self.seed, number, antithetic: self.layout == Layout::Antithetic }
    }
}

/// Cuts a column of trials `first..` where a replicate of `size` trials ends; each part comes with its
/// replicate and its first position there.
fn by_replicate(size: u64, first: u64, column: &mut [f64], mut fill: impl FnMut(u64, u64, &mut [f64])) {
    let mut trial = first;
    let mut rest = column;
    while !rest.is_empty() {
        let position = trial % size;
        let length = usize::try_from(size - position).map_or(rest.len(), |left| left.min(rest.len()));
        let (part, after) = rest.split_at_mut(length);
        fill(trial / size, position, part);
        trial += length as u64;
        rest = after;
    }
}

impl Dependent {
    fn new(dependence: &Dependence, draws: &[(&str, &Distribution)], marginals: &[Marginal]) -> Result<Self, Error> {
        let names: Vec<&str> = draws.iter().map(|(name, _)| *name).collect();
        let order = dependence.order(&names)?;
        let mut matrix = dependence.scores_matrix(order.len())?;
        let varying: Vec<usize> = (0..order.len()).filter(|&i| !marginals[order[i]].is_constant()).collect();
        let kept: Vec<Vec<f64>> = varying.iter().map(|&i| varying.iter().map(|&j| matrix[i][j]).collect()).collect();
        let (possible, distance) = dependence.possible(kept)?;
        for (&i, row) in varying.iter().zip(&possible) {
            for (&j, &entry) in varying.iter().zip(row) {
                matrix[i][j] = entry;
            }
        }
        let student = match (dependence.copula, dependence.df) {
            (Copula::StudentT, Some(df)) => Some(StudentScores::new(df)),
            _ => None,
        };
        Ok(Self {
            order: varying.iter().map(|&i| order[i]).collect(),
            factor: Factor::new(&possible),
            student,
            used: MatrixUsed { matrix, distance },
        })
    }
}
