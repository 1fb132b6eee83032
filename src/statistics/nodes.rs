//! Moments (or other sums) of numbered blocks, merged along one fixed binary tree so that the order in which blocks
//! arrive, and who computed them, leaves no trace.
//!
//! The node at level l and index k covers blocks k 2^l up to (k + 1) 2^l. Two nodes merge only as
//! siblings, left first; what remains is folded from left to right.

use crate::by_key::by_key;
use std::collections::BTreeMap;

use super::Moments;

/// What blocks leave behind and siblings join.
pub trait Merge: Clone + Default {
    /// Both together; `self` stands to the left. The default is what nothing leaves behind.
    #[must_use]
    fn merge(&self, right: &Self) -> Self;
}

impl Merge for Moments {
    fn merge(&self, right: &Self) -> Self {
        Moments::merge(self, right)
    }
}

/// The nodes present, the smallest set that covers the blocks added.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Nodes<T = Moments> {
    /// First block to level and moments.
    present: BTreeMap<u64, (u32, T)>,
    /// Level to moments of the node that starts at block 0, for the prefixes of 2^level blocks.
    prefixes: BTreeMap<u32, T>,
}

impl<T: Merge> Nodes<T> {
    /// Adds the moments of block `block`, which must not have been added before.
    pub fn add(&mut self, block: u64, moments: T) {
        self.add_node(block, 0, moments);
    }

    fn add_node(&mut self, mut first: u64, mut level: u32, mut moments: T) {
        loop {
            if first == 0 {
                self.prefixes.insert(level, moments.clone());
            }
            let width = 1_u64 << level;
            let sibling = first ^ width;
            match self.present.get(&sibling) {
                Some((there, other)) if *there == level && level < 63 => {
                    moments = if sibling < first { other.merge(&moments) } else { moments.merge(other) };
                    self.present.remove(&sibling);
                    first = first.min(sibling);
                    level += 1;
                }
                _ => break,
            }
        }
        self.present.insert(first, (level, moments));
    }

    /// Adds all blocks of `other`, of which none may be here already.
    pub fn absorb(&mut self, other: &Self) {
        for (&level, moments) in &other.prefixes {
            self.prefixes.insert(level, moments.clone());
        }
        for (&first, (level, moments)) in &other.present {
            self.add_node(first, *level, moments.clone());
        }
    }

    /// The moments of all blocks.
    #[must_use]
    pub fn total(&self) -> T {
        self.present.values().fold(T::default(), |left, (_, right)| left.merge(right))
    }

    /// The moments of the first 2^level blocks, for each level whose blocks have all been added.
    pub fn prefixes(&self) -> impl Iterator<Item = (u32, &T)> {
        self.prefixes.iter().map(|(&level, moments)| (level, moments))
    }

    /// The nodes as `(first block, level, moments)`, in order of blocks.
    pub fn iter(&self) -> impl Iterator<Item = (u64, u32, &T)> {
        self.present.iter().map(|(&first, (level, moments))| (first, *level, moments))
    }

    /// Nodes from what [`Nodes::iter`] and [`Nodes::prefixes`] gave.
    #[must_use]
    pub fn from_parts(nodes: Vec<(u64, u32, T)>, prefixes: Vec<(u32, T)>) -> Self {
        let present = by_key(nodes.into_iter().map(|(first, level, moments)| (first, (level, moments))));
        Self { present, prefixes: by_key(prefixes) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_order_of_arrival_leaves_the_same_bits() {
        let blocks: Vec<Moments> = (0..37)
            .map(|b| Moments::of(&(0..50).map(|i| f64::from(i * b % 17) * 0.1 + f64::from(b)).collect::<Vec<_>>()))
            .collect();
        let mut in_order = Nodes::default();
        for (block, moments) in (0..).zip(&blocks) {
            in_order.add(block, *moments);
        }
        let mut scattered = Nodes::default();
        for i in 0..37 {
            let block = i * 11 % 37;
            scattered.add(block as u64, blocks[block]);
        }
        assert_eq!(scattered, in_order);
        let (mut left, mut right) = (Nodes::default(), Nodes::default());
        for (block, moments) in (0..).zip(&blocks) {
            if block < 13 { left.add(block, *moments) } else { right.add(block, *moments) }
        }
        right.absorb(&left);
        assert_eq!(right, in_order);
        assert_eq!(in_order.prefixes().map(|(level, _)| level).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5]);
    }
}
