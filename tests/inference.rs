//! Tests and intervals of experiments against cases computed with 50 digits apart from the library, and
//! what holds for all of them.

use proptest::prelude::*;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use valor_ivx::statistics::*;

fn cases(method: &str) -> Vec<Value> {
    let whole: Value = serde_json::from_str(include_str!("golden/inference.json")).unwrap();
    let cases: Vec<Value> =
        whole["cases"].as_array().unwrap().iter().filter(|case| case["method"] == method).cloned().collect();
    assert!(!cases.is_empty(), "{method}");
    cases
}

fn given<T: DeserializeOwned>(case: &Value) -> T {
    serde_json::from_value(case["given"].clone()).unwrap()
}

fn check(case: &Value, found: &[(&str, f64)]) {
    for (name, value) in found {
        let want = case["found"][name].as_f64().unwrap();
        assert!((value - want).abs() <= 1e-10 * want.abs(), "{case}: {name} {value}");
    }
}

#[test]
fn the_sample_ratio_is_pearsons() {
    #[derive(Deserialize)]
    struct Given {
        counts: Vec<u64>,
        weights: Vec<f64>,
    }
    for case in cases("sample_ratio") {
        let Given { counts, weights } = given(&case);
        let ratio = sample_ratio(&counts, &weights).unwrap();
        check(&case, &[("chi_square", ratio.chi_square), ("p", ratio.p())]);
    }
}

#[test]
fn means_are_compared_as_welch_does() {
    #[derive(Deserialize)]
    struct Given {
        first: [f64; 3],
        second: [f64; 3],
    }
    for case in cases("welch") {
        let given: Given = given(&case);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole counts")]
        let sample = |[count, mean, sd]: [f64; 3]| Sample { count: count as u64, mean, variance: sd * sd };
        let found = welch(&sample(given.first), &sample(given.second), 0.95).unwrap();
        let (low, high) = found.interval;
        check(&case, &[("t", found.t), ("df", found.df), ("p", found.p), ("low", low), ("high", high)]);
    }
}

#[test]
fn shares_have_the_intervals_of_wilson_and_newcombe() {
    #[derive(Deserialize)]
    struct One {
        hits: u64,
        count: u64,
    }
    #[derive(Deserialize)]
    struct Two {
        first: [u64; 2],
        second: [u64; 2],
    }
    for case in cases("wilson") {
        let One { hits, count } = given(&case);
        let (low, high) = wilson(hits, count, 0.95).unwrap();
        check(&case, &[("low", low), ("high", high)]);
    }
    for case in cases("newcombe") {
        let Two { first, second } = given(&case);
        let share = |[hits, count]: [u64; 2]| Share { hits, count };
        let found = newcombe(share(first), share(second), 0.95).unwrap();
        let [low, high] = [found.interval.0, found.interval.1];
        check(&case, &[("difference", found.difference), ("low", low), ("high", high), ("p", found.p)]);
    }
}

#[test]
fn ranks_are_compared_exactly_or_by_the_corrected_normal_law() {
    #[derive(Deserialize)]
    struct Given {
        first: Vec<f64>,
        second: Vec<f64>,
    }
    for case in cases("mann_whitney") {
        let Given { first, second } = given(&case);
        let found = mann_whitney(&first, &second).unwrap();
        check(&case, &[("u", found.u), ("p", found.p), ("effect", found.effect)]);
        let mut all = [first, second].concat();
        all.sort_unstable_by(f64::total_cmp);
        assert_eq!(found.exact, all.windows(2).all(|pair| pair[0] < pair[1]));
    }
}

#[test]
fn the_sequence_is_wider_than_one_look_by_the_published_amount() {
    #[derive(Deserialize)]
    struct Given {
        variance: f64,
        tau2: f64,
        alpha: f64,
        difference: f64,
    }
    for case in cases("always_valid") {
        let Given { variance, tau2, alpha, difference } = given(&case);
        let half = always_valid_half_width(variance, tau2, alpha).unwrap();
        let p = always_valid_p(difference, variance, tau2).unwrap();
        let fixed = normal_interval(0.0, variance.sqrt(), 0.95).1;
        check(&case, &[("half_width", half), ("p", p), ("fixed_half_width", fixed)]);
    }
}

#[test]
fn the_evidence_of_counts_keeps_its_digits_up_to_ten_billion_units() {
    #[derive(Deserialize)]
    struct Given {
        counts: Vec<u64>,
        split: Vec<f64>,
        concentration: f64,
    }
    for case in cases("count_evidence") {
        let Given { counts, split, concentration } = given(&case);
        check(&case, &[("ln_e", count_evidence(&counts, &split, concentration).unwrap())]);
    }
}

#[test]
fn the_needed_units_are_those_of_the_tables() {
    #[derive(Deserialize)]
    struct Given {
        variances: [f64; 2],
        difference: f64,
        share: f64,
    }
    for case in cases("minimum_n") {
        let Given { variances, difference, share } = given(&case);
        let needed = minimum_n(variances, difference, share, 0.05, 0.8).unwrap();
        let [first, second] = needed.per_arm.map(|n| n as f64);
        check(&case, &[("total", needed.total as f64), ("first", first), ("second", second)]);
    }
}

#[test]
fn holm_steps_down_and_never_back() {
    let adjusted = holm(&[0.01, 0.04, 0.03, 0.005]).unwrap();
    for (found, want) in adjusted.iter().zip([0.03, 0.06, 0.06, 0.02]) {
        assert!((found - want).abs() < 1e-15, "{adjusted:?}");
    }
    assert_eq!(holm(&[0.9, 0.8]).unwrap(), [1.0, 1.0]);
    assert_eq!(holm(&[]).unwrap(), [0.0; 0]);
    let refused = holm(&[f64::NAN, 0.5, 1.5]).unwrap_err();
    assert_eq!((refused.field(), refused.also().len()), (Some("p[0]"), 1));
}

#[test]
fn a_covariate_takes_away_what_was_there_before() {
    let control = Paired::of(&[20.0, 25.0, 27.0, 33.0, 35.0], &[10.0, 12.0, 14.0, 16.0, 18.0]).unwrap();
    let test = Paired::of(&[24.0, 28.0, 32.0, 35.0, 41.0], &[11.0, 13.0, 15.0, 17.0, 19.0]).unwrap();
    let theta = covariate_slope(&[control, test]).unwrap();
    assert!((theta - 1.975).abs() < 1e-12);
    let effect = |slope: f64| test.adjusted(slope).unwrap().mean - control.adjusted(slope).unwrap().mean;
    assert!((effect(0.0) - 4.0).abs() < 1e-12 && (effect(theta) - 2.025).abs() < 1e-12);
    assert!(test.adjusted(theta).unwrap().variance < 0.1 * test.adjusted(0.0).unwrap().variance);
}

proptest! {
    #[test]
    fn the_sample_of_a_column_is_its_moments(values in prop::collection::vec(-1e6..1e6_f64, 2..40)) {
        let sample = Sample::of(&values).unwrap();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        prop_assert!((sample.mean - mean).abs() < 1e-9);
        let paired = Paired::of(&values, &vec![0.0; values.len()]).unwrap().adjusted(0.0).unwrap();
        prop_assert!((paired.variance - sample.variance).abs() <= 1e-9 * sample.variance.max(1e-3));
    }

    #[test]
    fn evidence_does_not_know_the_order_of_the_arms(
        counts in prop::collection::vec(0_u64..1_000_000, 2..8), shares in prop::collection::vec(0.001..1.0_f64, 8)
    ) {
        let split = &shares[..counts.len()];
        let e = count_evidence(&counts, split, 100.0).unwrap();
        let (mut counts, mut split) = (counts.clone(), split.to_vec());
        counts.reverse();
        split.reverse();
        let turned = count_evidence(&counts, &split, 100.0).unwrap();
        prop_assert!((e - turned).abs() <= 1e-9 * e.abs().max(1.0), "{} {}", e, turned);
    }

    #[test]
    fn evidence_for_a_larger_ratio_than_seen_falls_and_rises_again(
        control in 1_u64..5_000, arm in 1_u64..5_000, share in 0.02..0.98_f64
    ) {
        // ln E over the assumed share: what lies further from the counts is never believed more.
        let at = |share: f64| count_evidence(&[control, arm], &[1.0 - share, share], 2.0).unwrap();
        let seen = arm as f64 / (control + arm) as f64;
        let further = if share > seen { share + 0.3 * (1.0 - share) } else { 0.7 * share };
        if at(share) > 3.0 {
            prop_assert!(at(further) > at(share), "{} {}", at(share), at(further));
        }
    }

    #[test]
    fn no_input_makes_a_number_that_is_none(
        numbers in prop::array::uniform6(prop_oneof![
            Just(0.0), Just(f64::NAN), Just(f64::INFINITY), Just(-1.0), Just(1e-300), Just(1e300), 0.0..1.0_f64, -1e3..1e3_f64
        ]),
        counts in prop::array::uniform4(prop_oneof![0_u64..5, 0_u64..=u64::MAX / 8]),
    ) {
        let [a, b, c, d, e, f] = numbers;
        let [n1, n2, n3, n4] = counts;
        let is_number = |x: f64| !x.is_nan();
        if let Ok(found) = welch(&Sample { count: n1, mean: a, variance: b }, &Sample { count: n2, mean: c, variance: d }, e) {
            prop_assert!([found.t, found.df, found.p, found.interval.0, found.interval.1].into_iter().all(is_number), "{:?}", found);
            prop_assert!((0.0..=1.0).contains(&found.p));
        }
        if let Ok(found) = newcombe(Share { hits: n1, count: n2 }, Share { hits: n3, count: n4 }, a) {
            prop_assert!([found.p, found.interval.0, found.interval.1].into_iter().all(is_number), "{:?}", found);
        }
        if let Ok(found) = sample_ratio(&counts, &[a, b, c, d]) {
            prop_assert!(is_number(found.p()), "{:?}", found);
        }
        if let Ok(found) = count_evidence(&counts, &[a, b, c, d], e) {
            prop_assert!(is_number(found), "{}", found);
        }
        if let Ok(found) = always_valid_half_width(a, b, c) {
            prop_assert!(is_number(found));
        }
        if let Ok(found) = always_valid_p(a, b, c) {
            prop_assert!((0.0..=1.0).contains(&found));
        }
        if let Ok(found) = cluster_mean(&[n1, n2], &[a, b]) {
            prop_assert!(is_number(found.mean) && is_number(found.variance));
        }
        let _ = minimum_n([a, b], c, d, e, f);
        let _ = minimum_n_always_valid([a, b], c, d, e, f, a);
        if let Ok(found) = mann_whitney(&[a, b, c], &[d, e, f]) {
            prop_assert!((0.0..=1.0).contains(&found.p));
        }
    }
}
