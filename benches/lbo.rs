//! Speed of one buy-out valuation: the scalars alone, with the whole account, and with circular
//! interest.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::json;
use valor_ivx::catalogue::find;
use valor_ivx::valuation::Lbo;
use valor_ivx::valuation::lbo::InterestBasis;

fn lbo(c: &mut Criterion) {
    let input = json!({
        "years": 7, "base_revenue": 650, "revenue_growth": [0.08, 0.07, 0.06, 0.05, 0.04, 0.03, 0.02],
        "ebitda_margin": 0.22, "da_pct": 0.03, "capex_pct": 0.04, "nwc_pct": 0.15, "tax_rate": 0.25,
        "purchase_price": 1200, "exit": {"multiple": 10}, "revolver": {"rate": 0.06},
        "tranches": [
            {"name": "senior", "amount": 420, "rate": 0.06, "sweep_priority": 1},
            {"name": "mezzanine", "amount": 252, "rate": 0.1, "sweep_priority": 2},
            {"name": "high_yield", "amount": 168, "rate": 0.12, "sweep_priority": 3}
        ]
    });
    let opening: Lbo = serde_json::from_value(input.clone()).expect("a valid input");
    let average = Lbo { interest_basis: InterestBasis::Average, ..opening.clone() };
    let prepared = find("lbo").and_then(|model| model.prepare(&input, &[], &[])).expect("a valid input");
    let numbers = prepared.numbers().values();

    let mut group = c.benchmark_group("lbo, 7 years, 3 tranches");
    group.bench_function("scalars, prepared", |b| b.iter(|| prepared.evaluate(black_box(&numbers))));
    group.bench_function("typed, with account", |b| b.iter(|| black_box(&opening).value()));
    group.bench_function("typed, with account, circular interest", |b| b.iter(|| black_box(&average).value()));
    group.finish();
}

criterion_group!(benches, lbo);
criterion_main!(benches);
