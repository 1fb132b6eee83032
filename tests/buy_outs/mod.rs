//! The worked buy-out of three tranches, for the tests of its terms and of its properties.

use valor_ivx::valuation::lbo::{Exit, Lbo, Tranche};

/// A tranche by its amount.
pub(crate) fn tranche(name: &str, amount: f64, rate: f64, priority: Option<u32>) -> Tranche {
    Tranche {
        name: name.into(),
        amount: Some(amount),
        rate: Some(rate.into()),
        sweep_priority: priority,
        ..Tranche::default()
    }
}

/// The worked example of three tranches.
pub(crate) fn example() -> Lbo {
    Lbo {
        years: 5,
        base_revenue: 500.0,
        revenue_growth: vec![0.08, 0.07, 0.06, 0.05, 0.04].into(),
        ebitda_margin: 0.2.into(),
        da_pct: 0.03.into(),
        capex_pct: 0.04.into(),
        nwc_pct: 0.15.into(),
        tax_rate: 0.25.into(),
        purchase_price: Some(1000.0),
        tranches: vec![
            tranche("senior", 360.0, 0.06, Some(1)),
            tranche("mezzanine", 180.0, 0.1, Some(2)),
            tranche("high_yield", 60.0, 0.12, Some(3)),
        ],
        exit: Exit { multiple: 10.0, ..Exit::default() },
        ..Lbo::default()
    }
}
