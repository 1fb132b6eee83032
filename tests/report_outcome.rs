//! A simulated output as a picture, whatever was held of it.
#![cfg(feature = "report")]

use serde_json::json;
use valor_ivx::random::Distribution;
use valor_ivx::report::outcome;
use valor_ivx::simulation::{Control, QuantileMode, RunOptions, Simulation, SimulationResult, StatisticsOptions};

fn run(sd: f64, mode: QuantileMode) -> SimulationResult {
    let statistics = StatisticsOptions { quantile_mode: mode, ..StatisticsOptions::default() };
    Simulation::of("npv")
        .input(json!({"rate": 0.1, "cashflows": [-100.0, 60.0, 60.0]}))
        .draw("rate", Distribution::normal(0.1, sd))
        .run(&RunOptions { statistics, ..RunOptions::new(20_000, 7) }, &mut Control::default())
        .unwrap()
}

#[test]
fn the_percentiles_are_marked_in_exact_and_sketch_mode() {
    for mode in [QuantileMode::Exact, QuantileMode::Sketch] {
        let result = run(0.01, mode);
        let stats = result.stats("npv").unwrap();
        let svg = outcome(&stats).to_svg();
        roxmltree::Document::parse(&svg).expect("the SVG is well-formed");
        for percent in [5, 25, 50, 75, 95] {
            let value = stats.quantile(f64::from(percent) / 100.0).unwrap();
            assert!(svg.contains(&format!("p{percent} {value:.2}")), "p{percent} {value}: {svg}");
        }
        assert_eq!(svg.contains("approximate"), mode == QuantileMode::Sketch);
    }
}

#[test]
fn bins_of_a_sketch_hold_every_trial_and_are_near_those_of_the_values() {
    let (exact, sketch) = (run(0.01, QuantileMode::Exact), run(0.01, QuantileMode::Sketch));
    let (exact, sketch) = (exact.stats("npv").unwrap(), sketch.stats("npv").unwrap());
    assert_eq!(Some(exact.bins()), exact.histogram());
    assert_eq!(sketch.histogram(), None);
    let (bins, wanted) = (sketch.bins(), exact.bins());
    assert_eq!(bins.edges, wanted.edges);
    assert_eq!(bins.counts.iter().sum::<u64>(), 20_000);
    for (found, wanted) in bins.counts.iter().zip(&wanted.counts) {
        assert!(found.abs_diff(*wanted) < 60, "{found} for {wanted}");
    }
}

#[test]
fn an_output_that_never_varies_is_drawn() {
    for mode in [QuantileMode::Exact, QuantileMode::Sketch] {
        let result = run(0.0, mode);
        let svg = outcome(&result.stats("npv").unwrap()).to_svg();
        assert!(svg.contains("p50 4.13") && !svg.contains("NaN"), "{svg}");
    }
}
