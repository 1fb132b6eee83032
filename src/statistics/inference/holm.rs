//! Several tests at one level (Holm, "A simple sequentially rejective multiple test procedure",
//! Scandinavian Journal of Statistics 6, 1979).

use crate::error::Error;

/// Adjusted p values in the order given: step-down, monotone, at most 1.
pub fn holm(p: &[f64]) -> Result<Vec<f64>, Error> {
    let refused = p.iter().enumerate().filter(|(_, p)| !(0.0..=1.0).contains(*p));
    let problems = refused.map(|(i, &p)| Error::invalid_number(format!("p[{i}]"), p, "0 to 1")).collect();
    if let Some(error) = Error::collect(problems) {
        return Err(error);
    }
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&one, &other| p[one].total_cmp(&p[other]));
    let mut adjusted = vec![0.0; p.len()];
    let mut least = 0.0_f64;
    for (rank, &place) in order.iter().enumerate() {
        least = least.max((p.len() - rank) as f64 * p[place]).min(1.0);
        adjusted[place] = least;
    }
    Ok(adjusted)
}
