//! Columns as long as a caller asks for: an allocation that fails would end the process, so it is asked for
//! first, and refused as an error.
//!
//! Long ones are asked for in large pages, as NumPy does: 200 MB are then written for the first time in half the
//! time (`benches/peers/gbm.py`), since the system comes in for every 2 MB and not for every 4 KB. The call for
//! it is the only unsafe code here.
#![allow(unsafe_code)]

use crate::error::Error;

/// `count` zeros, or the error that there is no memory for `what`; `None` counts more than can be counted.
pub(crate) fn zeros(count: Option<usize>, what: &str, hint: &str) -> Result<Vec<f64>, Error> {
    let refused = || {
        Error::limit_exceeded("out_of_memory", format!("memory for {what}"))
            .with("limit", "8 bytes for each")
            .with_hint(hint)
    };
    let count = count.ok_or_else(refused)?;
    Vec::<f64>::new().try_reserve_exact(count).map_err(|_| refused())?;
    let mut zeros = vec![0.0; count];
    in_large_pages(&mut zeros);
    Ok(zeros)
}

/// Asks that pages not yet written to be large ones. A system that has none, or refuses, changes nothing.
#[cfg(target_os = "linux")]
fn in_large_pages(numbers: &mut [f64]) {
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
fn in_large_pages(_: &mut [f64]) {}

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
    fn what_no_memory_holds_is_an_error_and_not_the_end_of_the_process() {
        assert_eq!(zeros(Some(3), "three numbers", "").unwrap(), [0.0; 3]);
        for count in [None, Some(usize::MAX), Some(usize::MAX / 16)] {
            let error = zeros(count, "all of them", "ask for fewer").unwrap_err();
            assert_eq!(error.reason(), Some("out_of_memory"));
            assert!(error.to_string().contains("all of them"));
        }
    }
}
