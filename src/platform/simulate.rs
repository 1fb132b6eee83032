//! The simulation of a model as a variant of the registry: stopped and watched from outside, and with
//! an output that is the same at every run.

use serde_json::Value;

use crate::catalogue;
use crate::error::Error;
use crate::model;
use crate::registry::{RunCx, Servable, VariantSpec};
use crate::simulation::{Control, Progress, Simulate};

/// The model `simulate`.
pub(super) struct Simulated {
    spec: VariantSpec,
}

impl Simulated {
    pub(super) fn new() -> Result<Self, Error> {
        let model = catalogue::find("simulate")?;
        let mut spec = VariantSpec::new(model.spec().name.parse()?, "watched".parse()?);
        spec.version = model.spec().version.parse()?;
        spec.input_schema = model.schema()["inputs"].clone();
        spec.output_schema = model.schema()["outputs"].clone();
        spec.feature = Some(model.spec().feature.to_owned());
        Ok(Self { spec })
    }
}

impl Servable for Simulated {
    fn spec(&self) -> &VariantSpec {
        &self.spec
    }

    fn run(&self, input: &Value, cx: &mut RunCx<'_>) -> Result<Value, Error> {
        let (simulation, options) = model::read_engine::<Simulate>(input)?.split();
        let told = cx.progress;
        let mut tell = |progress: &Progress| {
            if let Some(told) = told {
                told(progress);
            }
        };
        let mut control = Control { cancel: Some(cx.cancel), progress: Some(&mut tell), clock: None };
        let mut output = simulation.run(&options, &mut control)?.to_json();
        // How long it took is no part of what it found.
        if let Value::Object(output) = &mut output {
            output.shift_remove("elapsed");
        }
        Ok(output)
    }
}
