//! A result as portable bytes, to be stored or sent and merged elsewhere.
//!
//! Little endian throughout: a magic word, the length of a JSON header and the header, then for each
//! output its moments, those of pairs and replicates, and its values or what was counted of them; then the sums for
//! indices, and at the end SHA-256 of all before it.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::definition::{QuantileMode, Simulate};
use super::indices::{Differences, IndexSums};
use super::result::{Column, Header, SimulationResult, Spread, Stopped};
use super::tally::Tally;
use crate::error::{Error, ErrorKind};
use crate::model::Fault;
use crate::statistics::{Merge, Moments, Nodes, Sketch};

/// Format 2.
const MAGIC: &[u8; 8] = b"VLRSIM02";
const DIGEST: usize = 32;

impl SimulationResult {
    /// The result as bytes, the same on every machine.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let undefined: Vec<Value> = self
            .undefined
            .iter()
            .map(|(fault, (count, first))| json!([fault.kind.row().name, fault.what, count, first]))
            .collect();
        // Floats go as bits, since JSON has no word for the infinite.
        let base = self.header.base.as_ref().map(|base| base.iter().map(|value| value.to_bits()).collect::<Vec<_>>());
        let header = json!({
            "definition": self.header.definition,
            "names": self.header.names,
            "base": base,
            "digest": self.header.digest,
            "first_trial": self.first_trial,
            "trials": self.trials,
            "stopped": self.stopped.name(),
            "elapsed": self.elapsed,
            "undefined": undefined,
        })
        .to_string();
        let mut bytes = Vec::with_capacity(header.len() + self.outputs.len() * self.outputs[0].values.len() * 8 + 4096);
        bytes.extend(MAGIC);
        put(&mut bytes, header.len() as u64);
        bytes.extend(header.as_bytes());
        for column in &self.outputs {
            put_nodes(&mut bytes, &column.spread.moments, put_moments);
            put_nodes(&mut bytes, &column.spread.pairs, put_moments);
            put(&mut bytes, column.spread.replicates.iter().len() as u64);
            for (replicate, nodes) in column.spread.replicates.iter() {
                put(&mut bytes, replicate);
                put_nodes(&mut bytes, nodes, put_moments);
            }
            for value in &column.values {
                put(&mut bytes, value.to_bits());
            }
            if let Some(tally) = &column.tally {
                put_tally(&mut bytes, tally);
            }
        }
        put_nodes(&mut bytes, &self.indices, put_indices);
        let digest = Sha256::digest(&bytes);
        bytes.extend(digest.iter());
        bytes
    }

    /// The result that [`SimulationResult::to_bytes`] wrote; refuses bytes of another kind or damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<SimulationResult, Error> {
        read(bytes).ok_or_else(|| {
            Error::invalid_input(
                "summary",
                format!("{} bytes", bytes.len()),
                "the undamaged bytes of a simulation result",
            )
        })
    }
}

fn put(bytes: &mut Vec<u8>, word: u64) {
    bytes.extend(word.to_le_bytes());
}

fn put_moments(bytes: &mut Vec<u8>, moments: &Moments) {
    put(bytes, moments.count);
    for value in [moments.mean, moments.m2, moments.m3, moments.m4, moments.min, moments.max] {
        put(bytes, value.to_bits());
    }
}

fn put_nodes<T: Merge>(bytes: &mut Vec<u8>, nodes: &Nodes<T>, put_one: fn(&mut Vec<u8>, &T)) {
    put(bytes, nodes.iter().count() as u64);
    for (first, level, one) in nodes.iter() {
        put(bytes, first);
        put(bytes, level.into());
        put_one(bytes, one);
    }
    put(bytes, nodes.prefixes().count() as u64);
    for (level, one) in nodes.prefixes() {
        put(bytes, level.into());
        put_one(bytes, one);
    }
}

fn put_tally(bytes: &mut Vec<u8>, tally: &Tally) {
    put(bytes, tally.sketch.bins().count() as u64);
    for (bin, count) in tally.sketch.bins() {
        put(bytes, bin.into());
        put(bytes, count);
    }
    // The edges are in the definition.
    if let Some(histogram) = &tally.histogram {
        for &count in [&histogram.below, &histogram.above].into_iter().chain(&histogram.counts) {
            put(bytes, count);
        }
    }
}

fn put_indices(bytes: &mut Vec<u8>, sums: &IndexSums) {
    for &count in &sums.exchanged {
        put(bytes, count);
    }
    for moments in &sums.values {
        put_moments(bytes, moments);
    }
    for of_part in &sums.differences {
        put(bytes, of_part.count);
        put(bytes, of_part.second.to_bits());
        put(bytes, of_part.own.to_bits());
    }
}

/// The bytes not read yet; every step is `None` where they end too early.
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, length: u64) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(usize::try_from(length).ok()?)?;
        self.0 = rest;
        Some(taken)
    }

    fn word(&mut self) -> Option<u64> {
        self.take(8)?.try_into().ok().map(u64::from_le_bytes)
    }

    fn number(&mut self) -> Option<f64> {
        self.word().map(f64::from_bits)
    }

    fn level(&mut self) -> Option<u32> {
        self.word().and_then(|level| u32::try_from(level).ok()).filter(|&level| level < 64)
    }

    fn moments(&mut self) -> Option<Moments> {
        Some(Moments {
            count: self.word()?,
            mean: self.number()?,
            m2: self.number()?,
            m3: self.number()?,
            m4: self.number()?,
            min: self.number()?,
            max: self.number()?,
        })
    }

    fn nodes<T: Merge>(&mut self, one: impl Fn(&mut Self) -> Option<T>) -> Option<Nodes<T>> {
        let count = self.word()?;
        let nodes = (0..count).map(|_| Some((self.word()?, self.level()?, one(self)?))).collect::<Option<_>>()?;
        let count = self.word()?;
        let prefixes = (0..count).map(|_| Some((self.level()?, one(self)?))).collect::<Option<_>>()?;
        Some(Nodes::from_parts(nodes, prefixes))
    }

    fn values(&mut self, count: u64) -> Option<Vec<f64>> {
        let words = self.take(count.checked_mul(8)?)?.chunks_exact(8);
        Some(words.filter_map(|word| word.try_into().ok()).map(f64::from_le_bytes).collect())
    }

    fn tally(&mut self, mut empty: Tally) -> Option<Tally> {
        let count = self.word()?;
        let bin = |_| Some((u32::try_from(self.word()?).ok()?, self.word()?));
        empty.sketch = Sketch::from_bins(&(0..count).map(bin).collect::<Option<Vec<_>>>()?)?;
        if let Some(histogram) = &mut empty.histogram {
            for count in [&mut histogram.below, &mut histogram.above].into_iter().chain(&mut histogram.counts) {
                *count = self.word()?;
            }
        }
        Some(empty)
    }

    fn indices(&mut self, outputs: usize, draws: usize) -> Option<IndexSums> {
        let [exchanged, values, differences] = IndexSums::sizes(outputs, draws);
        Some(IndexSums {
            exchanged: (0..exchanged).map(|_| self.word()).collect::<Option<_>>()?,
            values: (0..values).map(|_| self.moments()).collect::<Option<_>>()?,
            differences: (0..differences).map(|_| self.differences()).collect::<Option<_>>()?,
        })
    }

    fn differences(&mut self) -> Option<Differences> {
        Some(Differences { count: self.word()?, second: self.number()?, own: self.number()? })
    }
}

fn read(bytes: &[u8]) -> Option<SimulationResult> {
    let (body, digest) = bytes.split_at_checked(bytes.len().checked_sub(DIGEST)?)?;
    if Sha256::digest(body).as_slice() != digest {
        return None;
    }
    let mut reader = Reader(body);
    if reader.take(MAGIC.len() as u64)? != MAGIC {
        return None;
    }
    let length = reader.word()?;
    let header: Value = serde_json::from_slice(reader.take(length)?).ok()?;
    let definition = header["definition"].clone();
    let (simulation, options) = serde_json::from_value::<Simulate>(definition.clone()).ok()?.split();
    let draws: Vec<String> = simulation.draws.iter().map(|draw| draw.label().to_owned()).collect();
    let names: Vec<String> = serde_json::from_value(header["names"].clone()).ok()?;
    let base: Option<Vec<u64>> = serde_json::from_value(header["base"].clone()).ok()?;
    let trials = header["trials"].as_u64()?;
    let mut outputs = Vec::with_capacity(names.len());
    for name in &names {
        let (moments, pairs) = (reader.nodes(Reader::moments)?, reader.nodes(Reader::moments)?);
        let count = reader.word()?;
        let replicates =
            (0..count).map(|_| Some((reader.word()?, reader.nodes(Reader::moments)?))).collect::<Option<_>>()?;
        let values = reader.values(if options.holds_values() { trials } else { 0 })?;
        let sketched = options.statistics.quantile_mode == QuantileMode::Sketch;
        let empty = sketched.then(|| Tally::new(options.statistics.edges.get(name)));
        let tally = match empty {
            Some(empty) => Some(reader.tally(empty)?),
            None => None,
        };
        outputs.push(Column::new(Spread { moments, pairs, replicates }, values, tally));
    }
    let indices = reader.nodes(|reader| reader.indices(names.len(), draws.len()))?;
    let mut undefined = BTreeMap::new();
    for reason in header["undefined"].as_array()? {
        let kind = ErrorKind::TABLE.iter().find(|row| Some(row.name) == reason[0].as_str())?.kind;
        let fault = Fault { kind, what: reason[1].as_str()?.to_owned() };
        undefined.insert(fault, (reason[2].as_u64()?, reason[3].as_u64()?));
    }
    Some(SimulationResult {
        header: Header {
            sampler: simulation.sampler(&options, 1).ok()?,
            definition,
            options,
            names,
            draws,
            base: base.map(|base| base.into_iter().map(f64::from_bits).collect()),
            digest: header["digest"].as_str()?.to_owned(),
        },
        first_trial: header["first_trial"].as_u64()?,
        trials,
        stopped: Stopped::ALL.iter().copied().find(|word| Some(word.name()) == header["stopped"].as_str())?,
        elapsed: header["elapsed"].as_f64()?,
        outputs,
        indices,
        undefined,
        threads: None,
        drawn: OnceLock::new(),
    })
}
