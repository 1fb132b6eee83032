//! Draws a block at a time: uniforms, scores where needed, dependence, values.

use std::ops::Range;

use super::dependence::{Dependence, Factor};
use super::distribution::Distribution;
use super::marginal::Marginal;
use super::{BLOCK, Stream, TILE, normal};
use crate::error::Error;

/// Fills columns with the draws of any block of trials.
#[derive(Clone, Debug, PartialEq)]
pub struct Sampler {
    seed: u64,
    antithetic: bool,
    marginals: Vec<Marginal>,
    copula: Option<(Factor, Vec<usize>)>,
}

impl Sampler {
    /// A sampler of draws, given by name and distribution; with `antithetic`, trials 2k and 2k + 1
    /// are mirrors of each other.
    pub fn new(
        seed: u64,
        antithetic: bool,
        draws: &[(&str, &Distribution)],
        dependence: Option<&Dependence>,
    ) -> Result<Self, Error> {
        let marginals: Vec<Marginal> = draws.iter().map(|(_, distribution)| Marginal::of(distribution)).collect();
        let copula = match dependence {
            None => None,
            Some(dependence) => Some(copula(dependence, draws, &marginals)?),
        };
        Ok(Self { seed, antithetic, marginals, copula })
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
        for (number, pair) in (0..).zip(columns.chunks_exact_mut(2)) {
            let (even, odd) = pair.split_at_mut(1);
            let stream = Stream { seed: self.seed, number, antithetic: self.antithetic };
            stream.fill(first, &mut even[0][places.clone()], &mut odd[0][places.clone()]);
        }
        let correlated = self.copula.as_ref().map_or(&[][..], |(_, order)| order);
        for (j, (marginal, column)) in self.marginals.iter().zip(columns.iter_mut()).enumerate() {
            if marginal.wants_scores() || correlated.contains(&j) {
                normal::scores(&mut column[places.clone()]);
            }
        }
        if let Some((factor, order)) = &self.copula {
            factor.correlate(columns, order, &places);
        }
        for (j, (marginal, column)) in self.marginals.iter().zip(columns.iter_mut()).enumerate() {
            let column = &mut column[places.clone()];
            if !marginal.wants_scores() && correlated.contains(&j) {
                normal::probabilities(column);
            }
            marginal.values(column);
        }
    }
}

/// The factor and the draws it applies to; constants are left out with their row and column.
fn copula(
    dependence: &Dependence,
    draws: &[(&str, &Distribution)],
    marginals: &[Marginal],
) -> Result<(Factor, Vec<usize>), Error> {
    let mut order = Vec::new();
    match &dependence.names {
        None => order.extend(0..draws.len()),
        Some(names) => {
            for (i, name) in names.iter().enumerate() {
                let field = format!("dependence.names[{i}]");
                let known = || draws.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
                let Some(j) = draws.iter().position(|(draw, _)| draw == name) else {
                    return Err(Error::invalid_input(field, name.as_str(), format!("the name of a draw: {}", known())));
                };
                if order.contains(&j) {
                    return Err(Error::invalid_input(field, name.as_str(), "each draw once"));
                }
                order.push(j);
            }
        }
    }
    let matrix = dependence.scores_matrix(order.len())?;
    let varying: Vec<usize> = (0..order.len()).filter(|&i| !marginals[order[i]].is_constant()).collect();
    let kept: Vec<Vec<f64>> = varying.iter().map(|&i| varying.iter().map(|&j| matrix[i][j]).collect()).collect();
    Ok((Factor::new(&kept)?, varying.iter().map(|&i| order[i]).collect()))
}
