//! Columns as long as a caller asks for: an allocation that fails would end the process, so it is asked for
//! first, and refused as an error.
//!
//! Long ones are asked for in large pages, as NumPy does, since the system then comes in for every 2 MB and not
//! for every 4 KB: 200 MB of NumPy's own were written for the first time in 51 ms with them and in 111 without,
//! and `benches/peers/gbm.py` went from 124 to 154 million steps a second. The call for it is unsafe code, and so
//! is to say that a column is written that was never zeros, which saves long grids a pass over memory.
#![allow(unsafe_code)]

use std::mem::{MaybeUninit, take};

use crate::error::Error;
use crate::parallel;

/// `count` zeros, or the error that there is no memory for `what`; `None` counts more than can be counted.
pub(crate) fn zeros(count: Option<usize>, what: &str, hint: &str) -> Result<Vec<f64>, Error> {
    let (count, room) = room(count, what, hint)?;
    drop(room);
    let mut zeros = vec![0.0; count];
    in_large_pages(&mut zeros);
    Ok(zeros)
}

/// What is yet to be written of a part of a column.
pub(crate) struct Unwritten<'a>(&'a mut [MaybeUninit<f64>]);

impl Unwritten<'_> {
    /// Numbers that are missing.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Writes the next numbers, no more than are missing.
    pub(crate) fn write(&mut self, numbers: &[f64]) {
        // Before anything is taken: what is left must be what is unwritten, come what may.
        assert!(numbers.len() <= self.0.len(), "more numbers than are missing");
        let (places, rest) = take(&mut self.0).split_at_mut(numbers.len());
        for (place, number) in places.iter_mut().zip(numbers) {
            place.write(*number);
        }
        self.0 = rest;
    }
}

/// A column of `count` numbers that `work` writes in parts of `part`, on so many threads, given the position of
/// a part's first number; the error is that of the first part that has one. As [`zeros`] for the rest, but
/// nothing is written twice.
pub(crate) fn written(
    count: Option<usize>,
    (what, hint): (&str, &str),
    (part, threads): (usize, usize),
    work: impl Fn(usize, &mut Unwritten<'_>) -> Result<(), Error> + Sync,
) -> Result<Vec<f64>, Error> {
    let (count, mut column) = room(count, what, hint)?;
    let places = &mut column.spare_capacity_mut()[..count];
    in_large_pages(places);
    parallel::in_parts(places, part, threads, |start, places| {
        let mut unwritten = Unwritten(places);
        work(start, &mut unwritten)?;
        match unwritten.len() {
            0 => Ok(()),
            missing => Err(Error::internal("column", format!("{missing} numbers were not written"))),
        }
    })?
    .into_iter()
    .collect::<Result<(), Error>>()?;
    // SAFETY: the room is for `count` numbers at least, and each of them is in a part of which none was left
    // unwritten: `Unwritten` grows shorter by writing alone.
    unsafe { column.set_len(count) };
    Ok(column)
}

/// Room for so many numbers, and how many they are.
fn room(count: Option<usize>, what: &str, hint: &str) -> Result<(usize, Vec<f64>), Error> {
    let refused = || {
        Error::limit_exceeded("out_of_memory", format!("memory for {what}"))
            .with("limit", "8 bytes for each")
            .with_hint(hint)
    };
    let count = count.ok_or_else(refused)?;
    let mut column = Vec::new();
    column.try_reserve_exact(count).map_err(|_| refused())?;
    Ok((count, column))
}

/// Asks that pages not yet written to be large ones. A system that has none, or refuses, changes nothing.
#[cfg(target_os = "linux")]
fn in_large_pages<T>(numbers: &mut [T]) {
    const WORTH_ASKING: usize = 4 << 20;
    // Where a page begins, on every machine.
    const PAGE: usize = 64 << 10;
    let bytes = size_of_val(numbers);
    if bytes < WORTH_ASKING {
        return;
    }
    let start = numbers.as_mut_ptr().cast::<u8>();
    let skipped = start.align_offset(PAGE).min(bytes);
    // SAFETY: the range lies within memory that is borrowed for writing, and the advice changes neither what
    // stands in it nor who may use it.
    unsafe { libc::madvise(start.add(skipped).cast(), bytes - skipped, libc::MADV_HUGEPAGE) };
}

#[cfg(not(target_os = "linux"))]
fn in_large_pages<T>(_: &mut [T]) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_long_enough_for_large_pages_hold_zeros_and_what_is_written() {
        let mut column = zeros(Some(3 << 20), "24 MB", "").unwrap();
        assert!(column.iter().all(|number| number.to_bits() == 0));
        column.iter_mut().zip(0_u32..).for_each(|(place, number)| *place = f64::from(number));
        assert!(column.iter().zip(0_u32..).all(|(place, number)| *place == f64::from(number)));
    }

    #[test]
    fn a_column_is_what_its_parts_write_on_any_number_of_threads() {
        for threads in 1..4 {
            let column = written(Some(1_003), ("", ""), (10, threads), |start, part| {
                for at in start..start + part.len() {
                    part.write(&[f64::from(u32::try_from(at).unwrap())]);
                }
                Ok(())
            });
            assert!(column.unwrap().iter().zip(0_u32..).all(|(place, number)| *place == f64::from(number)));
        }
        assert!(written(Some(0), ("", ""), (1, 1), |_, _| Ok(())).unwrap().is_empty());
    }

    #[test]
    fn a_column_of_which_something_is_missing_is_an_error() {
        let short = written(Some(20), ("", ""), (10, 1), |start, part| {
            part.write(&[1.0; 10][..10 - start / 5]);
            Ok(())
        });
        assert!(short.unwrap_err().to_string().contains("2 numbers were not written"));
        let failed = written(Some(20), ("", ""), (10, 2), |start, _| {
            if start == 10 { Err(Error::undefined("row", "no value")) } else { Ok(()) }
        });
        assert!(failed.is_err());
        assert_eq!(written(None, ("rows", ""), (1, 1), |_, _| Ok(())).unwrap_err().reason(), Some("out_of_memory"));
    }

    #[test]
    fn what_no_memory_holds_is_an_error_and_not_the_end_of_the_process() {
        assert_eq!(zeros(Some(3), "three numbers", "").unwrap(), [0.0; 3]);
        for count in [None, Some(usize::MAX), Some(usize::MAX / 16)] {
            let error = zeros(count, "all of them", "ask for fewer").unwrap_err();
            assert_eq!(error.reason(), Some("out_of_memory"));
            assert!(error.to_string().contains("all of them"));
        }
    }
}
