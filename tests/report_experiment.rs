//! The page of an experiment: every picture well-formed, every verdict in words.
#![cfg(feature = "report")]

use std::sync::Arc;

use serde_json::{Value, json};
use valor_ivx::registry::*;
use valor_ivx::report::{Format, LookChart, SeenAt, SplitChart, SplitPart, experiment};

fn registry(plan: &Value) -> Registry {
    let registry = Registry::new();
    let model = "growth".parse().unwrap();
    for name in ["v1", "v2", "v3"] {
        let function = Arc::new(move |input: &Value, _: &mut RunCx<'_>| {
            if input["fails"] == name { Err(valor_ivx::Error::internal("model_internal", "no")) } else { Ok(json!({})) }
        });
        registry.register_fn(model, name.parse().unwrap(), FunctionOptions::default(), function).unwrap();
    }
    let arm = |key: &str, variant: &str, weight: u32| json!({"key": key, "variant": variant, "weight_ppm": weight});
    let config = json!({"schema": 1, "scope": "Global", "version": 0, "models": {"growth": {"experiment": {
        "id": "exp-1", "status": "Running", "salt": "AAECAwQFBgcICQoLDA0ODw==", "control": "a", "plan": plan,
        "arms": [arm("a", "v1", 400_000), arm("b", "v2", 300_000), arm("c", "v3", 300_000)]}}}});
    registry.apply_json(&config, &ChangeMeta::default()).unwrap();
    registry
}

fn page(registry: &Registry) -> String {
    let id: ExperimentId = "exp-1".parse().unwrap();
    experiment(&registry.analyze(id).unwrap()).to_html()
}

fn well_formed(html: &str) {
    assert!(!html.contains("NaN") && !html.contains("inf\""));
    let mut rest = html;
    let mut pictures = 0;
    while let Some(start) = rest.find("<svg") {
        let end = start + rest[start..].find("</svg>").unwrap() + 6;
        roxmltree::Document::parse(&rest[start..end]).expect("the SVG is well-formed");
        rest = &rest[end..];
        pictures += 1;
    }
    // All arms beside the control, each other arm over time, the split.
    assert_eq!(pictures, 4);
}

#[test]
fn a_page_shows_every_arm_its_verdict_and_the_check() {
    let plan = json!({"primary": {"name": "error", "kind": "Proportion", "better": "Lower", "equivalence": 0.01},
        "secondary": [{"name": "latency", "kind": "LogMean", "better": "Lower"}]});
    let registry = registry(&plan);
    let empty = page(&registry);
    well_formed(&empty);
    assert!(empty.contains("not enough data") && empty.contains("Sample-ratio check"));
    for n in 0..3_000 {
        let unit: UnitId = format!("user-{n}").parse().unwrap();
        let request = RouteRequest { unit: Some(&unit), ..RouteRequest::default() };
        let fails = if n % 4 == 0 { "v2" } else { "" };
        let _ = registry.execute(&"growth".parse().unwrap(), &request, &json!({"fails": fails}), &ExecOpts::default());
        if n % 500 == 0 {
            page(&registry);
        }
    }
    let full = page(&registry);
    well_formed(&full);
    assert!(full.contains("worse than the control") && full.contains("exact count test") && full.contains("passed"));
    assert!(full.contains("Arm b over time") && full.contains("geometric mean latency"));
    assert!(full.contains("at 8 looks") && !full.contains("user-"));
}

#[test]
fn charts_of_nothing_are_still_pictures() {
    let looks = [
        SeenAt { count: 0, estimate: None, interval: None },
        SeenAt { count: 5, estimate: Some(f64::NAN), interval: Some([f64::NEG_INFINITY, 1.0]) },
    ];
    for looks in [&looks[..], &[]] {
        let chart = LookChart {
            title: "t",
            quantity: "q",
            counted: "units",
            looks,
            neutral: 0.0,
            margin: 0.1,
            format: Format::number(2),
        };
        roxmltree::Document::parse(&chart.draw().to_svg()).expect("the SVG is well-formed");
    }
    let parts = [SplitPart { name: "a".into(), count: 0, due: 1.0 }];
    for parts in [&parts[..], &[]] {
        let picture = SplitChart { title: "t", counted: "units", parts }.draw();
        roxmltree::Document::parse(&picture.to_svg()).expect("the SVG is well-formed");
    }
}
