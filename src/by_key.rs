//! Maps from pairs, and sets, built by insertion.
//!
//! `collect` and `from` sort first, and a stable sort is six kilobytes of machine code for each type of
//! pair: two dozen of them were 0.14 MB of the Node addon. The maps made here are small, or made once.

use std::collections::{BTreeMap, BTreeSet};

/// The map of these pairs; of two with one key the last stays.
pub(crate) fn by_key<K: Ord, V>(pairs: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, V> {
    let mut map = BTreeMap::new();
    map.extend(pairs);
    map
}

/// The set of these.
pub(crate) fn set_of<K: Ord>(keys: impl IntoIterator<Item = K>) -> BTreeSet<K> {
    let mut set = BTreeSet::new();
    set.extend(keys);
    set
}
