//! A model made ready to be evaluated many times: its input as a flat list of numbers addressed by
//! [`Slot`], and evaluation of whole columns of them at once.

use serde_json::Value;

use super::any::{AnyEngine, read_engine};
use super::field::Place;
use super::path::Path;
use super::shaped::Shaped;
use super::tape::Tape;
use super::trials::OneByOne;
use super::{Column, Domain, Found};
use crate::error::{Error, ErrorKind};
use crate::number::{Dual, LaneNumber, LaneWork, Number, Record, Traced, WIDEST, record, side_by_side};

/// The position of an input number in the flat list a formula reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Slot(u32);

impl Slot {
    /// The number in this slot.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "inside lane code")]
    pub fn of<N: Copy>(self, numbers: &[N]) -> N {
        numbers[self.0 as usize]
    }

    /// Appends `value` to a flat list and returns its slot: lowering without paths.
    pub(crate) fn append(numbers: &mut Vec<f64>, value: f64) -> Self {
        numbers.push(value);
        Slot(u32::try_from(numbers.len() - 1).expect("an input has fewer than 2^32 numbers"))
    }

    /// The position itself.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// One number of an input.
#[derive(Clone, Debug, PartialEq)]
pub struct NumberAt {
    /// Its path.
    pub path: Path,
    /// What it may be.
    pub domain: Domain,
    /// Its value in the base input.
    pub value: f64,
}

/// The numbers of an input in their fixed order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Numbers(Vec<NumberAt>);

impl Numbers {
    /// Adds the number at `place`; the function to hand to `Lower::lower`.
    pub fn add(&mut self, place: &Place<'_>, value: f64) -> Slot {
        self.0.push(NumberAt { path: Path::to(place), domain: *place.domain(), value });
        self.slot(self.0.len() - 1)
    }

    /// Adds a number that no path addresses: a constant of the lowered formula.
    pub fn constant(&mut self, value: f64) -> Slot {
        self.0.push(NumberAt { path: Path::nowhere(), domain: Domain::NUMBER, value });
        self.slot(self.0.len() - 1)
    }

    /// Adds the numbers of `others`, in their order.
    pub(super) fn extend(&mut self, others: &Numbers) {
        self.0.extend_from_slice(&others.0);
    }

    /// The slot of number `index`.
    pub(super) fn slot(&self, index: usize) -> Slot {
        debug_assert!(index < self.0.len());
        Slot(u32::try_from(index).expect("an input has fewer than 2^32 numbers"))
    }

    /// All numbers in slot order.
    #[must_use]
    pub fn all(&self) -> &[NumberAt] {
        &self.0
    }

    /// The slots that `path` names; several for a pattern.
    #[must_use]
    pub fn select(&self, path: &Path) -> Vec<Slot> {
        (0..self.0.len()).filter(|&i| path.covers(&self.0[i].path)).map(|i| self.slot(i)).collect()
    }

    /// Refuses the first of `values`, one a slot, that is outside its domain.
    pub(super) fn check(&self, values: &[f64]) -> Result<(), Error> {
        match self.0.iter().zip(values).find(|(number, value)| !number.domain.contains(**value)) {
            Some((number, &value)) => {
                Err(Error::invalid_number(number.path.to_string(), value, number.domain.constraint()))
            }
            None => Ok(()),
        }
    }

    /// The base values in slot order.
    #[must_use]
    pub fn values(&self) -> Vec<f64> {
        self.0.iter().map(|number| number.value).collect()
    }
}

/// Why a trial has no value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Fault {
    /// `InvalidInput`, `Undefined` or `NoConvergence`.
    pub kind: ErrorKind,
    /// The quantity, or the field for `InvalidInput`.
    pub what: String,
}

impl From<&Error> for Fault {
    fn from(error: &Error) -> Self {
        Self { kind: error.kind(), what: error.field().or(error.what()).unwrap_or_default().to_owned() }
    }
}

/// A column of values for one slot.
#[derive(Clone, Copy, Debug)]
pub struct Draw<'a> {
    /// The slot the values go to.
    pub slot: Slot,
    /// One value a trial.
    pub column: &'a [f64],
}

/// A block of trials to evaluate: columns of numbers in, columns of outputs and fault codes out.
#[derive(Debug)]
pub struct Block<'a> {
    /// The columns that differ from the base input.
    pub draws: &'a [Draw<'a>],
    /// A column an output, in the order they were asked for. A faulty trial's number means nothing.
    pub outputs: &'a mut [Vec<f64>],
    /// 0 for a trial that has a value, otherwise 1 + the position of its reason in `reasons`.
    pub faults: &'a mut [u8],
    /// The reasons found; the caller empties it.
    pub reasons: &'a mut Vec<Fault>,
}

impl Block<'_> {
    /// The code of `reason`; beyond 254 reasons in one block the last one stands for the rest.
    pub(super) fn code(&mut self, reason: Fault) -> u8 {
        let position = self.reasons.iter().position(|known| *known == reason).unwrap_or_else(|| {
            if self.reasons.len() < 254 {
                self.reasons.push(reason);
            }
            self.reasons.len() - 1
        });
        u8::try_from(position + 1).unwrap_or(u8::MAX)
    }
}

/// A model ready for many evaluations with other numbers.
pub trait Prepared: Send + Sync {
    /// The numbers of the base input.
    fn numbers(&self) -> &Numbers;

    /// The paths of the outputs, in the order of the columns.
    fn outputs(&self) -> &[String];

    /// The outputs with `numbers` (one a slot) in place of the base numbers.
    fn evaluate(&self, numbers: &[f64]) -> Result<Vec<f64>, Error>;

    /// Evaluates a block of trials. The numbers are inside their domains.
    fn block(&self, block: &mut Block<'_>);

    /// Whether columns that it may keep save it a copy: it then takes a block by
    /// [`Prepared::block_of_columns`].
    fn keeps_columns(&self) -> bool {
        false
    }

    /// As [`Prepared::block`] from columns that it may keep beyond the call, in place of the block's draws.
    fn block_of_columns(&self, columns: &[(Slot, Column)], block: &mut Block<'_>) {
        let draws: Vec<_> = columns.iter().map(|(slot, column)| Draw { slot: *slot, column }).collect();
        let Block { outputs, faults, reasons, .. } = block;
        self.block(&mut Block { draws: &draws, outputs, faults, reasons });
    }

    /// The error of a host's own function that makes all further evaluation pointless.
    fn failure(&self) -> Option<Error> {
        None
    }

    /// The exact derivative of each output when the numbers in `slots` move together at unit speed;
    /// `None` where the model has none.
    fn derivative(&self, numbers: &[f64], slots: &[Slot]) -> Option<Vec<f64>> {
        let _ = (numbers, slots);
        None
    }

    /// For each of `slots`, whether an output, or whether it exists at all, may follow from the number there
    /// when the numbers in all of `slots` vary; true where the model does not know.
    fn may_matter(&self, slots: &[Slot]) -> Vec<bool> {
        vec![true; slots.len()]
    }

    /// The model for rows of trials that hold the numbers in `held` and draw those in `drawn`, if there is
    /// a quicker way than a block; [`Rows`](super::Rows) knows what to do.
    fn tape(&self, held: &[Slot], drawn: &[Slot]) -> Option<Tape> {
        let _ = (held, drawn);
        None
    }
}

pub(super) fn prepare(
    mut input: Box<dyn AnyEngine>,
    paths: &[Path],
    outputs: &[String],
) -> Result<Box<dyn Prepared>, Error> {
    for path in paths {
        make_addressable(&mut *input, path)?;
    }
    let outputs = if outputs.is_empty() { vec![input.primary().to_owned()] } else { outputs.to_vec() };
    let mut whole = Numbers::default();
    input.numbers(&Place::ROOT, &mut |place, value| {
        if place.domain().is_whole() && paths.iter().any(|path| path.leads_to(place)) {
            whole.add(place, *value);
        }
    });
    if whole.all().is_empty() { lower(input, &outputs) } else { Shaped::boxed(input, &whole, &outputs) }
}

/// The model of `input` for `outputs`, its whole numbers being as they are.
pub(super) fn lower(mut input: Box<dyn AnyEngine>, outputs: &[String]) -> Result<Box<dyn Prepared>, Error> {
    let mut numbers = Numbers::default();
    if let Some(prepared) = input.lowered(&mut numbers, outputs) {
        return Ok(prepared);
    }
    let mut numbers = Numbers::default();
    input.numbers(&Place::ROOT, &mut |place, value| {
        if !place.domain().is_whole() {
            numbers.add(place, *value);
        }
    });
    Ok(Box::new(OneByOne::new(input, numbers, outputs.to_vec())?))
}

/// Makes sure that `path` names at least one number, filling in a default that it addresses.
fn make_addressable(input: &mut dyn AnyEngine, path: &Path) -> Result<(), Error> {
    let mut found = false;
    input.numbers(&Place::ROOT, &mut |place, _| {
        found |= path.leads_to(place);
    });
    if found {
        return Ok(());
    }
    let default = input.default_at(&path.to_string()).ok_or_else(|| unknown_path(path))?;
    let mut json = input.write();
    if !path.set(&mut json, &default.into()) {
        return Err(unknown_path(path));
    }
    read_engine(input, &json)
}

/// The values of `outputs`, unless one is not finite.
pub(super) fn all_finite(outputs: &[String], values: Vec<f64>) -> Result<Vec<f64>, Error> {
    match values.iter().position(|value| !value.is_finite()) {
        Some(i) => Err(Error::undefined(outputs[i].clone(), "the result is not a finite number")),
        None => Ok(values),
    }
}

/// The error of a path that names no number of an input.
pub(super) fn unknown_path(path: &Path) -> Error {
    Error::invalid_input(path.to_string(), Value::Null, "unknown path")
}

/// The number at `path` of an output object.
pub(crate) fn number_at(output: &Value, path: &Path) -> Result<f64, Error> {
    Found::at(output, path, 0).number(path)
}

/// A formula over any number type, from which evaluation side by side, of what changes alone, and exact
/// derivatives follow.
///
/// `evaluate` must be `#[inline(always)]` all the way down: only what is inlined into the block loop
/// is compiled for the wide instruction set.
pub trait Formula: Send + Sync + 'static {
    /// What evaluation writes over, made once for many trials; nothing where it needs no arrays.
    type Scratch<N: Number>;

    /// Room for an evaluation, whatever stands in it.
    fn scratch<N: Number>(&self) -> Self::Scratch<N>;

    /// Computes the outputs from the numbers and returns the fault code: 0, or the code of the
    /// first reason why there is no value. It allocates nothing.
    fn evaluate<N: Number>(&self, numbers: &[N], outputs: &mut [N], scratch: &mut Self::Scratch<N>) -> N;

    /// The error that a fault code stands for, with the numbers that led to it.
    fn error(&self, code: u8, numbers: &[f64]) -> Error;
}

/// A [`Formula`] of any type.
trait AnyFormula: Send + Sync {
    /// Evaluates a block of trials: the outputs at positions `wanted` of what the formula computes, and its
    /// fault codes. `numbers` are those that are not drawn.
    fn block(&self, computed: usize, wanted: &[usize], numbers: &[f64], block: &mut Block<'_>);

    /// [`Formula::evaluate`] with a [`Traced`] number, the fault code behind the outputs.
    fn trace(&self, computed: usize, numbers: &[Traced]) -> Vec<Traced>;

    /// [`Formula::error`].
    fn error(&self, code: u8, numbers: &[f64]) -> Error;
}

impl<F: Formula> AnyFormula for F {
    fn block(&self, computed: usize, wanted: &[usize], numbers: &[f64], block: &mut Block<'_>) {
        side_by_side(Trials { formula: self, computed, wanted, numbers, block });
    }

    fn trace(&self, computed: usize, numbers: &[Traced]) -> Vec<Traced> {
        let mut results = vec![Traced::constant(0.0); computed];
        let fault = self.evaluate(numbers, &mut results, &mut self.scratch());
        results.push(fault);
        results
    }

    fn error(&self, code: u8, numbers: &[f64]) -> Error {
        F::error(self, code, numbers)
    }
}

/// A [`Formula`] as a [`Prepared`] model.
pub(crate) struct ByLanes {
    formula: Box<dyn AnyFormula>,
    numbers: Numbers,
    /// How many outputs the formula computes, and which of them are wanted.
    computed: usize,
    wanted: Vec<usize>,
    outputs: Vec<String>,
}

impl ByLanes {
    /// The formula with the names of what it computes; `None` when one of `outputs` is not among them.
    pub(crate) fn boxed(
        formula: impl Formula,
        numbers: Numbers,
        computed: &[impl AsRef<str>],
        outputs: &[String],
    ) -> Option<Box<dyn Prepared>> {
        let computed: Vec<_> = computed.iter().map(AsRef::as_ref).collect();
        Self::new(Box::new(formula), numbers, &computed, outputs)
            .map(|prepared| Box::new(prepared) as Box<dyn Prepared>)
    }

    fn new(formula: Box<dyn AnyFormula>, numbers: Numbers, computed: &[&str], outputs: &[String]) -> Option<Self> {
        let position = |output: &String| computed.iter().position(|name| name == output);
        let wanted = outputs.iter().map(position).collect::<Option<Vec<_>>>()?;
        Some(Self { formula, numbers, computed: computed.len(), wanted, outputs: outputs.to_vec() })
    }

    /// How the outputs, then the fault code, follow from the numbers in `unknown`, the others being these.
    fn record(&self, numbers: &[f64], unknown: &[Slot]) -> Record {
        record(unknown.len(), |inputs| {
            let mut numbers: Vec<_> = numbers.iter().copied().map(Traced::constant).collect();
            for (slot, input) in unknown.iter().zip(inputs) {
                numbers[slot.index()] = *input;
            }
            let results = self.formula.trace(self.computed, &numbers);
            self.wanted.iter().chain([&self.computed]).map(|&i| results[i]).collect()
        })
    }
}

impl Prepared for ByLanes {
    fn numbers(&self) -> &Numbers {
        &self.numbers
    }

    fn outputs(&self) -> &[String] {
        &self.outputs
    }

    fn evaluate(&self, numbers: &[f64]) -> Result<Vec<f64>, Error> {
        self.numbers.check(numbers)?;
        // A register full of the one trial, so that a formula is not compiled again for single numbers.
        let mut outputs = vec![vec![0.0; WIDEST]; self.outputs.len()];
        let mut faults = [0];
        let block = &mut Block { draws: &[], outputs: &mut outputs, faults: &mut faults, reasons: &mut Vec::new() };
        self.formula.block(self.computed, &self.wanted, numbers, block);
        if faults[0] != 0 {
            return Err(self.formula.error(faults[0], numbers));
        }
        all_finite(&self.outputs, outputs.iter().map(|column| column[0]).collect())
    }

    fn block(&self, block: &mut Block<'_>) {
        self.formula.block(self.computed, &self.wanted, &self.numbers.values(), block);
        // Most blocks have none, and that is seen many trials at a time.
        if block.faults.iter().fold(0, |any, code| any | code) == 0 {
            return;
        }
        for trial in 0..block.faults.len() {
            let code = block.faults[trial];
            if code != 0 {
                block.faults[trial] = block.code(Fault::from(&self.formula.error(code, &self.numbers.values())));
            }
        }
    }

    fn derivative(&self, numbers: &[f64], slots: &[Slot]) -> Option<Vec<f64>> {
        let record = self.record(numbers, slots);
        let unknown: Vec<_> = slots.iter().map(|slot| Dual::variable(numbers[slot.index()])).collect();
        let results = record.replay(&unknown);
        let (fault, outputs) = results.split_last()?;
        (fault.value == 0.0).then(|| outputs.iter().map(|output| output.derivative).collect())
    }

    fn may_matter(&self, slots: &[Slot]) -> Vec<bool> {
        let mut needed = self.record(&self.numbers.values(), slots).needed();
        // The unknown numbers are the first steps.
        needed.truncate(slots.len());
        needed
    }

    fn tape(&self, held: &[Slot], drawn: &[Slot]) -> Option<Tape> {
        Tape::new(&self.record(&self.numbers.values(), &[held, drawn].concat()), held.len())
    }
}

/// The trials of a block, a register of them at a time.
struct Trials<'a, 'b, F> {
    formula: &'a F,
    computed: usize,
    wanted: &'a [usize],
    numbers: &'a [f64],
    block: &'a mut Block<'b>,
}

impl<F: Formula> LaneWork for Trials<'_, '_, F> {
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "lane code")]
    fn work<N: LaneNumber>(self) {
        let Self { formula, computed, wanted, numbers, block } = self;
        // Once a block of a thousand trials, outside the loop over them.
        let mut numbers: Vec<N> = numbers.iter().map(|number| N::constant(*number)).collect();
        let mut computed = vec![N::constant(0.0); computed];
        let mut scratch = formula.scratch();
        let mut faults = [0.0; WIDEST];
        for start in (0..block.faults.len()).step_by(N::COUNT) {
            for draw in block.draws {
                numbers[draw.slot.index()] = N::load(&draw.column[start..]);
            }
            formula.evaluate(&numbers, &mut computed, &mut scratch).store(&mut faults[..N::COUNT]);
            for (column, &output) in block.outputs.iter_mut().zip(wanted) {
                computed[output].store(&mut column[start..]);
            }
            for (code, &fault) in block.faults[start..].iter_mut().zip(&faults[..N::COUNT]) {
                *code = fault_code(fault);
            }
        }
    }
}

/// Fault codes are small whole numbers carried in the formula's own number type.
#[inline(always)]
#[expect(clippy::inline_always, reason = "inside lane code")]
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "codes are whole numbers below 256")]
fn fault_code(code: f64) -> u8 {
    code as u8
}
