//! Columns that a reader may keep.

use std::ops::Deref;
use std::sync::Arc;

/// A column of numbers that whoever reads it may keep: it never changes, and clones share its memory.
#[derive(Clone, Debug)]
pub struct Column {
    values: Arc<Vec<f64>>,
    length: usize,
}

impl Column {
    /// The column of these values.
    #[must_use]
    pub fn new(values: Vec<f64>) -> Self {
        Self { length: values.len(), values: Arc::new(values) }
    }

    /// The first `length` values; all of them when there are fewer.
    #[must_use]
    pub fn first(&self, length: usize) -> Self {
        Self { values: Arc::clone(&self.values), length: length.min(self.length) }
    }

    /// The memory to write into again; a copy when somebody has kept the column.
    pub(crate) fn into_values(self) -> Vec<f64> {
        Arc::try_unwrap(self.values).unwrap_or_else(|kept| kept.to_vec())
    }
}

impl Deref for Column {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        &self.values[..self.length]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_that_is_kept_is_not_written_into_again() {
        let column = Column::new(vec![1.0, 2.0, 3.0]);
        let kept = column.first(2);
        let mut again = column.into_values();
        again.fill(0.0);
        assert_eq!((&*kept, again.as_slice()), (&[1.0, 2.0][..], &[0.0; 3][..]));
    }

    #[test]
    fn a_column_that_nobody_keeps_gives_its_own_memory_back() {
        let values = vec![1.0, 2.0];
        let memory = values.as_ptr();
        let column = Column::new(values);
        drop(column.first(1));
        let again = column.into_values();
        assert_eq!(again.as_ptr(), memory);
    }
}
