//! Resolutions as numbers: routing gives the same few answers over and over, and each is told as text once.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};

use valor_ivx::registry::{ExperimentTag, Resolution};

use crate::json::write;

/// Points are below 1,000,000; above them a number has room for 2^33 answers.
const POINTS: f64 = 1_048_576.0;

/// Answers that are known at a time: beyond, numbering goes on with none.
const MOST: usize = 4_096;

/// A resolution but for the point of its unit.
#[derive(PartialEq, Eq)]
struct Outcome(Resolution);

impl Hash for Outcome {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // What tells most of them apart.
        self.0.config_hash.hash(state);
        self.0.served.as_str().hash(state);
    }
}

#[derive(Default)]
struct Known {
    numbers: HashMap<Outcome, u32>,
    /// By number, after `forgotten`.
    texts: Vec<String>,
    /// Numbers that are known no more.
    forgotten: u32,
    /// Of the last one that comes only once.
    once: String,
}

/// Resolutions that have been told, by number.
#[derive(Default)]
pub(crate) struct Outcomes(Mutex<Known>);

impl Outcomes {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A resolution as its number, of 2^20 each, and the point of its unit; 0 for one that comes only once.
    pub(crate) fn number(&self, mut resolution: Resolution) -> f64 {
        let mut known = self.known();
        let drawn = matches!(resolution.experiment, Some(ExperimentTag { draw: Some(_), .. }));
        if drawn || resolution.fallback.is_some() {
            known.once = write(&resolution.to_json());
            return 0.0;
        }
        let point = resolution.experiment.as_mut().map_or(0, |tag| std::mem::take(&mut tag.point));
        let outcome = Outcome(resolution);
        let number = match known.numbers.get(&outcome) {
            Some(number) => *number,
            None => known.learn(outcome),
        };
        f64::from(number) * POINTS + f64::from(point)
    }

    /// The text of the resolution that `number` has just stood for, its point 0.
    pub(crate) fn text(&self, number: u32) -> String {
        let known = self.known();
        match number.checked_sub(known.forgotten + 1) {
            Some(place) => known.texts.get(place as usize).cloned().unwrap_or_default(),
            None => known.once.clone(),
        }
    }
}

impl Known {
    fn learn(&mut self, outcome: Outcome) -> u32 {
        if self.texts.len() == MOST {
            self.forgotten += u32::try_from(MOST).unwrap_or(u32::MAX);
            self.numbers.clear();
            self.texts.clear();
        }
        self.texts.push(write(&outcome.0.to_json()));
        let number = self.forgotten + u32::try_from(self.texts.len()).unwrap_or(u32::MAX);
        self.numbers.insert(outcome, number);
        number
    }
}
