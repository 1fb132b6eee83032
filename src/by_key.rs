//! Maps from pairs, built by insertion.
//!
//! `collect` sorts the pairs first, and a stable sort is six kilobytes of machine code for each type of
//! pair: two dozen of them were 0.14 MB of the Node addon. The maps made here are small, or made once.

use std::collections::BTreeMap;

/// The map of these pairs; of two with one key the last stays.
pub(crate) fn by_key<K: Ord, V>(pairs: impl IntoIterator<Item = (K, V)>) -> BTreeMap<K, V> {
    let mut map = BTreeMap::new();
    map.extend(pairs);
    map
}
