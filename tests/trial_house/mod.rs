//! A registry with one model, two arms and a clock that calls move, as tests of experiments need it.
#![allow(dead_code, reason = "no test needs all of it")]

use std::sync::Arc;

use serde_json::{Value, json};
use valor_ivx::Error;
use valor_ivx::registry::*;
use valor_ivx::time::{ManualClock, Timestamp};

pub(crate) const SALT: &str = "AAECAwQFBgcICQoLDA0ODw==";

pub(crate) struct House {
    pub(crate) registry: Registry,
    pub(crate) clock: Arc<ManualClock>,
}

pub(crate) fn model() -> ModelId {
    "growth".parse().unwrap()
}

pub(crate) fn id() -> ExperimentId {
    "exp-1".parse().unwrap()
}

pub(crate) fn unit(n: usize) -> UnitId {
    format!("user-{n}").parse().unwrap()
}

pub(crate) fn meta() -> ChangeMeta {
    ChangeMeta { actor: "ada".to_owned(), reason: None }
}

/// Variants v1 and v2; a variant fails when the input says so, and takes the microseconds the input says.
pub(crate) fn house() -> House {
    house_of(Registry::builder())
}

pub(crate) fn house_of(builder: RegistryBuilder) -> House {
    let clock = Arc::new(ManualClock::at(Timestamp::from_micros(1_000_000)));
    let registry = builder.clock(clock.clone()).build();
    for name in ["v1", "v2", "v3"] {
        let clock = clock.clone();
        let function = Arc::new(move |input: &Value, _: &mut RunCx<'_>| {
            clock.advance_micros(input["micros"].as_i64().unwrap_or(10));
            if input["wrong"] == true {
                Err(Error::invalid_input("wrong", true, "false"))
            } else if input["fails"] == name {
                Err(Error::internal("model_internal", "it broke"))
            } else {
                Ok(json!({"by": name}))
            }
        });
        registry.register_fn(model(), name.parse().unwrap(), FunctionOptions::default(), function).unwrap();
    }
    House { registry, clock }
}

pub(crate) fn experiment(plan: &Value) -> Value {
    json!({
        "id": "exp-1", "status": "Running", "salt": SALT, "control": "a", "plan": plan,
        "arms": [{"key": "a", "variant": "v1", "weight_ppm": 500_000}, {"key": "b", "variant": "v2", "weight_ppm": 500_000}],
    })
}

pub(crate) fn metric(name: &str, kind: &str, better: &str) -> Value {
    json!({"name": name, "kind": kind, "better": better})
}

pub(crate) fn plan(primary: &Value) -> Value {
    json!({ "primary": primary })
}

impl House {
    pub(crate) fn apply(&self, experiment: &Value) -> u64 {
        let version = self.registry.config(RoutingScope::Global).version;
        let config = json!({"schema": 1, "scope": "Global", "version": version,
            "models": {"growth": {"experiment": experiment, "default": "v3"}}});
        self.registry.apply_json(&config, &meta()).unwrap().version
    }

    pub(crate) fn run(&self, n: usize, input: &Value) -> Result<Executed, Error> {
        let unit = unit(n);
        let request = RouteRequest { unit: Some(&unit), ..RouteRequest::default() };
        self.registry.execute(&model(), &request, input, &ExecOpts::default())
    }

    pub(crate) fn outcome(&self, n: usize, metric: &str, value: f64) -> Result<(), Error> {
        self.registry.record_outcome(id(), &unit(n), metric, value, None)
    }

    pub(crate) fn in_arm(&self, n: usize) -> bool {
        self.run(n, &json!({})).unwrap().resolution.experiment.unwrap().arm.as_str() == "b"
    }

    pub(crate) fn report(&self) -> Report {
        self.registry.analyze(id()).unwrap()
    }
}

pub(crate) fn found<'a>(report: &'a Report, metric: &str) -> &'a MetricReport {
    &report.arms[1].metrics[metric]
}

/// Data of two arms without a registry, one epoch.
pub(crate) fn data(plan: &Value, weights_ppm: [u32; 2], tallies: &[Tally; 2]) -> ExperimentData {
    let arm = |key: &str, weight_ppm| DataArm {
        key: key.parse().unwrap(),
        variant: key.parse().unwrap(),
        weight_ppm,
        replaced: false,
        latency_p95: None,
    };
    ExperimentData {
        experiment: id(),
        model: model(),
        status: ExperimentStatus::Running,
        plan: serde_json::from_value(plan.clone()).unwrap(),
        control: "a".parse().unwrap(),
        arms: vec![arm("a", weights_ppm[0]), arm("b", weights_ppm[1])],
        epochs: vec![Epoch {
            config_version: 1,
            from: Timestamp::from_micros(0),
            weights_ppm: weights_ppm.to_vec(),
            tallies: tallies.to_vec(),
        }],
        moved: 0,
        looks: Vec::new(),
    }
}

/// An arm with so many units, of which so many have an event of `error`, and means of `revenue`.
pub(crate) fn tally(units: u64, events: u64, mean: f64, variance: f64) -> Tally {
    let moments = valor_ivx::statistics::Paired {
        count: units,
        mean,
        m2: variance * (units.max(1) - 1) as f64,
        covariate_mean: 0.0,
        covariate_m2: 0.0,
        cross: 0.0,
    };
    let error = Measured { events, values: units, ..Measured::default() };
    let revenue = Measured { values: units, units: Some(moments), ..Measured::default() };
    let metrics = [("error".to_owned(), error), ("revenue".to_owned(), revenue)].into();
    Tally { units, exposures: units, metrics }
}

pub(crate) fn verdict(data: &ExperimentData) -> Verdict {
    data.report(Timestamp::from_micros(1)).arms[1].verdict.unwrap()
}

pub(crate) fn error_plan() -> Value {
    plan(&metric("error", "Proportion", "Lower"))
}
