//! Rates and values of many series are those of each series alone, and failures stay where they are.

use proptest::prelude::*;
use valor_ivx::ErrorKind;
use valor_ivx::cashflow::{DayCount, Irr, ManySeries, Npv, Outcomes, RateSearch, Xirr, Xnpv};
use valor_ivx::time::Date;

/// What the series' own engines say, as bits or as the error.
fn same(many: &Outcomes, i: usize, alone: Result<f64, valor_ivx::Error>) -> Result<(), TestCaseError> {
    let failure = many.failures.iter().find(|(place, _)| *place == i).map(|(_, error)| error);
    match alone {
        Ok(value) => {
            prop_assert!(failure.is_none(), "{failure:?}");
            prop_assert_eq!(many.values[i].to_bits(), value.to_bits(), "{} {}", many.values[i], value);
        }
        Err(error) => {
            prop_assert_eq!(failure, Some(&error));
            prop_assert!(many.values[i].is_nan());
        }
    }
    Ok(())
}

/// Mostly outlays with returns; also loans, several changes of sign, flows of zero, and bad numbers.
fn flows() -> impl Strategy<Value = Vec<f64>> {
    let conventional = (10.0..500.0_f64, prop::collection::vec(prop_oneof![4 => 0.0..100.0_f64, 1 => Just(0.0)], 1..9));
    prop_oneof![
        6 => conventional.prop_map(|(outlay, later)| std::iter::once(-outlay).chain(later).collect::<Vec<_>>()),
        1 => (10.0..500.0_f64, 10.0..500.0_f64).prop_map(|(loan, due)| vec![0.0, loan, 0.0, -due]),
        1 => prop::collection::vec(-100.0..100.0_f64, 1..5),
        1 => Just(vec![-100.0, f64::NAN, 60.0]),
        1 => Just(vec![100.0, 60.0]),
    ]
}

fn stored(series: &[Vec<f64>]) -> (Vec<f64>, Vec<usize>) {
    let mut offsets = vec![0];
    offsets.extend(series.iter().scan(0, |end, flows| {
        *end += flows.len();
        Some(*end)
    }));
    (series.concat(), offsets)
}

fn dates(days: &[i64]) -> Vec<Date> {
    days.iter().map(|day| Date::from_days(*day).unwrap()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn many_periodic_series_have_the_bits_and_errors_of_each_alone(
        series in prop::collection::vec(flows(), 1..14), rate in -1.2..0.5_f64, threads in 1..4_usize,
    ) {
        let (all, offsets) = stored(&series);
        let many = ManySeries::at_offsets(&all, &offsets).unwrap();
        let search = RateSearch { guess: 0.3, lower: -0.9, upper: 10.0 };
        let rates = many.irr(search, Some(threads)).unwrap();
        let values = many.npv(&[rate], 1, Some(threads)).unwrap();
        for (i, cashflows) in series.into_iter().enumerate() {
            let RateSearch { guess, lower, upper } = search;
            same(&rates, i, Irr { cashflows: cashflows.clone(), guess, lower, upper }.value().map(|output| output.irr))?;
            same(&values, i, Npv { rate, cashflows, first_period: 1 }.value().map(|output| output.npv))?;
        }
    }

    #[test]
    fn many_dated_series_have_the_bits_and_errors_of_each_alone(
        series in prop::collection::vec((flows(), prop::collection::vec(-5_000..25_000_i64, 9..10)), 1..14),
        convention in 0..DayCount::ALL.len(), rate in -0.5..0.5_f64, ordered in any::<bool>(),
    ) {
        let day_count = DayCount::ALL[convention];
        let (series, days): (Vec<_>, Vec<_>) = series.into_iter().map(|(flows, mut days)| {
            days.truncate(flows.len());
            if ordered { days.sort_unstable() }
            (flows, days)
        }).unzip();
        let (all, offsets) = stored(&series);
        let each = days.concat();
        let many = ManySeries::at_offsets(&all, &offsets).unwrap().on_days(&each, day_count).unwrap();
        let rates = many.irr(RateSearch::default(), Some(2)).unwrap();
        let values = many.npv(&[rate], 0, Some(2)).unwrap();
        for (i, (cashflows, days)) in series.into_iter().zip(days).enumerate() {
            let dates = dates(&days);
            let xirr = Xirr { cashflows: cashflows.clone(), dates: dates.clone(), day_count, ..Xirr::default() };
            same(&rates, i, xirr.value().map(|output| output.irr))?;
            let xnpv = Xnpv { rate, cashflows, dates, day_count };
            same(&values, i, xnpv.value().map(|output| output.npv))?;
        }
    }

    #[test]
    fn the_rate_of_conventional_flows_makes_their_value_zero(
        outlay in 1.0..1e6_f64, returns in prop::collection::vec(0.0..1e5_f64, 1..40),
        gaps in prop::collection::vec(1..2_000_i64, 40..41), loan in any::<bool>(),
    ) {
        let sign = if loan { -1.0 } else { 1.0 };
        let cashflows: Vec<f64> = std::iter::once(-outlay).chain(returns).map(|flow| sign * flow).collect();
        let days: Vec<i64> = gaps.iter().scan(10_000, |day, gap| { *day += gap; Some(*day) }).take(cashflows.len()).collect();
        let xirr = Xirr { cashflows: cashflows.clone(), dates: dates(&days), ..Xirr::default() };
        if let Ok(output) = xirr.value() {
            prop_assert_eq!(output.roots.len(), 1);
            let years = |day: i64| (day - days[0]) as f64 / 365.0;
            let terms: Vec<f64> = cashflows.iter().zip(&days).map(|(flow, day)| flow * (1.0 + output.irr).powf(-years(*day))).collect();
            let (npv, size) = (terms.iter().sum::<f64>(), terms.iter().map(|term| term.abs()).sum::<f64>());
            prop_assert!(npv.abs() <= 1e-11 * size, "{npv} of {size} at {}", output.irr);
        }
    }
}

#[test]
fn a_failure_in_the_middle_leaves_the_others_their_rates() {
    let mut flows: Vec<f64> = (0..10_000).flat_map(|i| [-100.0, 100.0 + f64::from(i % 50)]).collect();
    flows[2 * 6_000] = f64::NAN;
    flows[2 * 7_001] = 1.0;
    let many = ManySeries::of_length(&flows, 2).unwrap().on_days(&[20_000, 20_365], DayCount::Act365F).unwrap();
    let rates = many.irr(RateSearch::default(), None).unwrap();
    let failed: Vec<_> = rates.failures.iter().map(|(i, error)| (*i, error.kind())).collect();
    assert_eq!(failed, [(6_000, ErrorKind::InvalidInput), (7_001, ErrorKind::Undefined)]);
    assert_eq!(rates.failures[0].1.field(), Some("cashflows[0]"));
    assert!((rates.values[9_999] - 0.49).abs() < 1e-14);
    assert_eq!(rates.values.iter().filter(|rate| rate.is_nan()).count(), 2);
}

#[test]
fn a_day_that_is_no_date_fails_its_series_alone() {
    let flows = [-100.0, 110.0, -100.0, 120.0];
    let days = [0, 365, 0, i64::MIN];
    let many = ManySeries::of_length(&flows, 2).unwrap().on_days(&days, DayCount::Act365F).unwrap();
    for outcomes in [many.irr(RateSearch::default(), None).unwrap(), many.npv(&[0.05], 0, None).unwrap()] {
        let [(place, error)] = &outcomes.failures[..] else { panic!("{:?}", outcomes.failures) };
        assert_eq!((*place, error.field()), (1, Some("dates[1]")));
        assert!(outcomes.values[0].is_finite());
    }
}

#[test]
fn no_series_give_no_rates() {
    let none = ManySeries::at_offsets(&[], &[0]).unwrap();
    assert!(none.is_empty() && none.irr(RateSearch::default(), None).unwrap().values.is_empty());
}
