//! Models some of whose whole numbers are drawn: the years of a stage, a maturity, an exit year.
//!
//! Such a number shapes the formula: how many years there are, what is due in which. No lane can differ
//! from its neighbour in it, so the trials of a block are sorted by their whole numbers and each sort is
//! evaluated by the model made ready for it, which is made once. A trial's bits are those that it has alone.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::any::{AnyEngine, check_engine};
use super::field::Place;
use super::prepare::{Block, Draw, Fault, Numbers, Prepared, Slot, lower};
use crate::error::Error;

/// Models kept at most; with more combinations of whole numbers, the others are made ready each time.
const MOST_KEPT: usize = 4096;

/// A model with whole numbers that can be drawn.
pub(super) struct Shaped {
    input: Box<dyn AnyEngine>,
    outputs: Vec<String>,
    /// Those of the base input, then the whole ones.
    numbers: Numbers,
    /// Where the whole ones begin.
    whole: usize,
    /// By the bits of the whole numbers.
    kept: Mutex<BTreeMap<Vec<u64>, Arc<Shape>>>,
}

/// The model for one combination of whole numbers, or why it has none.
type Shape = Result<Lowered, Error>;

struct Lowered {
    prepared: Box<dyn Prepared>,
    /// The slot there of each number here; none for constants of a formula.
    slots: Vec<Option<Slot>>,
}

impl Shaped {
    /// The model of `input` in which the numbers in `whole`, all whole, can be drawn too.
    pub(super) fn boxed(
        input: Box<dyn AnyEngine>,
        whole: &Numbers,
        outputs: &[String],
    ) -> Result<Box<dyn Prepared>, Error> {
        let mut numbers = lower(input.boxed_clone(), outputs)?.numbers().clone();
        let first = numbers.all().len();
        numbers.extend(whole);
        Ok(Box::new(Self { input, outputs: outputs.to_vec(), numbers, whole: first, kept: Mutex::default() }))
    }

    /// The model for these whole numbers.
    fn shape(&self, whole: &[f64]) -> Arc<Shape> {
        let key: Vec<u64> = whole.iter().map(|number| number.to_bits()).collect();
        let kept = || self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept().get(&key) {
            return Arc::clone(known);
        }
        // Made outside the lock: another thread may make the same, which is as good.
        let made = Arc::new(self.make(whole));
        let mut kept = kept();
        if kept.len() < MOST_KEPT {
            kept.insert(key, Arc::clone(&made));
        }
        made
    }

    fn make(&self, whole: &[f64]) -> Shape {
        let of_whole = &self.numbers.all()[self.whole..];
        for (number, &value) in of_whole.iter().zip(whole) {
            if !number.domain.contains(value) {
                return Err(Error::invalid_number(number.path.to_string(), value, number.domain.constraint()));
            }
        }
        let mut input = self.input.boxed_clone();
        input.numbers(&Place::ROOT, &mut |place, number| {
            if place.domain().is_whole()
                && let Some(i) = of_whole.iter().position(|whole| whole.path.leads_to(place))
            {
                *number = whole[i];
            }
        });
        check_engine(&*input)?;
        let prepared = lower(input, &self.outputs)?;
        let slots = (0..self.whole).map(|i| self.slot_in(prepared.numbers(), i)).collect();
        Ok(Lowered { prepared, slots })
    }

    /// The slot in `numbers` of number `i`, which is mostly the same.
    fn slot_in(&self, numbers: &Numbers, i: usize) -> Option<Slot> {
        let path = &self.numbers.all()[i].path;
        if path.ends_at(0) {
            return None;
        }
        let same = |j: &usize| numbers.all().get(*j).is_some_and(|number| number.path == *path);
        Some(i).filter(same).or_else(|| (0..numbers.all().len()).find(same)).map(|j| numbers.slot(j))
    }

    /// Evaluates the trials at `places` of a block, whose whole numbers are the same.
    fn evaluate_sort(&self, whole: &[f64], places: &[usize], block: &mut Block<'_>) {
        let shape = self.shape(whole);
        let lowered = match &*shape {
            Ok(lowered) => lowered,
            Err(error) => {
                let code = block.code(Fault::from(error));
                for &place in places {
                    block.faults[place] = code;
                }
                return;
            }
        };
        let gathered = block.draws.iter().filter_map(|draw| {
            let slot = (*lowered.slots.get(draw.slot.index())?)?;
            Some((slot, places.iter().map(|&place| draw.column[place]).collect::<Vec<_>>()))
        });
        let columns: Vec<_> = gathered.collect();
        let draws: Vec<_> = columns.iter().map(|(slot, column)| Draw { slot: *slot, column }).collect();
        let mut outputs = vec![vec![0.0; places.len()]; self.outputs.len()];
        let mut faults = vec![0; places.len()];
        let mut reasons = Vec::new();
        lowered.prepared.block(&mut Block {
            draws: &draws,
            outputs: &mut outputs,
            faults: &mut faults,
            reasons: &mut reasons,
        });
        let codes: Vec<u8> = reasons.into_iter().map(|reason| block.code(reason)).collect();
        for (i, &place) in places.iter().enumerate() {
            for (column, output) in block.outputs.iter_mut().zip(&outputs) {
                column[place] = output[i];
            }
            block.faults[place] = if faults[i] == 0 { 0 } else { codes[usize::from(faults[i]) - 1] };
        }
    }
}

impl Prepared for Shaped {
    fn numbers(&self) -> &Numbers {
        &self.numbers
    }

    fn outputs(&self) -> &[String] {
        &self.outputs
    }

    fn evaluate(&self, numbers: &[f64]) -> Result<Vec<f64>, Error> {
        self.numbers.check(numbers)?;
        let shape = self.shape(&numbers[self.whole..]);
        let lowered = shape.as_ref().as_ref().map_err(Error::clone)?;
        lowered.prepared.evaluate(&lowered.numbers(numbers))
    }

    fn block(&self, block: &mut Block<'_>) {
        let mut whole: Vec<f64> = self.numbers.all()[self.whole..].iter().map(|number| number.value).collect();
        let draws = block.draws.iter().filter(|draw| draw.slot.index() >= self.whole);
        let drawn: Vec<(usize, &[f64])> = draws.map(|draw| (draw.slot.index() - self.whole, draw.column)).collect();
        let order = |a: usize, b: usize| {
            let orders = drawn.iter().map(|(_, column)| column[a].total_cmp(&column[b]));
            orders.fold(Ordering::Equal, Ordering::then)
        };
        let mut places: Vec<usize> = (0..block.faults.len()).collect();
        places.sort_unstable_by(|a, b| order(*a, *b));
        for places in places.chunk_by(|a, b| order(*a, *b).is_eq()) {
            for &(i, column) in &drawn {
                whole[i] = column[places[0]];
            }
            self.evaluate_sort(&whole, places, block);
        }
    }

    fn derivative(&self, numbers: &[f64], slots: &[Slot]) -> Option<Vec<f64>> {
        let shape = self.shape(&numbers[self.whole..]);
        let lowered = shape.as_ref().as_ref().ok()?;
        // None for a whole number, which has no derivative.
        let slots = slots.iter().map(|slot| lowered.slots.get(slot.index()).copied().flatten());
        lowered.prepared.derivative(&lowered.numbers(numbers), &slots.collect::<Option<Vec<_>>>()?)
    }
}

impl Lowered {
    /// The numbers of this model, from those of the model with whole numbers.
    fn numbers(&self, numbers: &[f64]) -> Vec<f64> {
        let mut own = self.prepared.numbers().values();
        for (slot, &number) in self.slots.iter().zip(numbers) {
            if let Some(slot) = slot {
                own[slot.index()] = number;
            }
        }
        own
    }
}
