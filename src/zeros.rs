//! Columns as long as a caller asks for: an allocation that fails would end the process, so it is asked for
//! first, and refused as an error.

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
    Ok(vec![0.0; count])
}

#[cfg(test)]
mod tests {
    use super::*;

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
