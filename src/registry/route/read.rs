//! The one judge of routing configurations: reads the JSON form and names every problem at once.
//!
//! With a [`Ground`] it also judges what depends on the registry: which variants there are and what
//! the experiments of the scope have been. A typed configuration is judged through its JSON form.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use super::place::Place;
use super::{
    AnalysisPlan, Arm, Assignment, ConfigProblem, Experiment, ExperimentStatus, FallbackPolicy, Guardrail, Mirror,
    ModelRouting, ROUTING_SCHEMA, RoutingConfig, RoutingScope, Salt,
};
use crate::error::Error;
use crate::registry::experiment::{Allocation, Range};
use crate::registry::keyed::WHOLE_PPM;
use crate::registry::model::{ArmKey, ExperimentId, ModelId, VariantId};

/// How a variant stands in the catalogue.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Serves,
    Disabled,
    Unknown,
}

/// What an experiment id has been in its scope.
#[derive(Default)]
pub(crate) struct Past<'a> {
    /// Whether any version ever held it.
    pub(crate) seen: bool,
    /// Its form in the current version.
    pub(crate) current: Option<&'a Experiment>,
    /// Its form when it first ran.
    pub(crate) ran: Option<&'a Experiment>,
}

/// What a configuration is judged against.
pub(crate) trait Ground {
    fn has_model(&self, model: &ModelId) -> bool;
    fn standing(&self, model: &ModelId, variant: &VariantId) -> Standing;
    fn past(&self, scope: RoutingScope, model: &ModelId, id: &ExperimentId) -> Past<'_>;
}

/// A configuration as far as it could be read, and what is wrong with it.
pub(crate) struct Reading {
    pub(crate) config: Option<RoutingConfig>,
    pub(crate) problems: Vec<ConfigProblem>,
}

/// Codes of problems that are conflicts with the past and not faults of the document.
const CONFLICTS: [&str; 3] = ["experiment_retired", "experiment_immutable", "allocation_fragmented"];

impl Reading {
    /// Whether the document is at fault by itself, whatever the past.
    pub(crate) fn is_faulty(&self) -> bool {
        self.config.is_none() || self.problems.iter().any(|problem| !CONFLICTS.contains(&problem.code.as_str()))
    }

    pub(crate) fn into_config(self) -> Result<RoutingConfig, Error> {
        let faulty = self.is_faulty();
        let Some(first) = self.problems.first() else {
            return self
                .config
                .ok_or_else(|| Error::internal("unread_config", "a configuration had no problem and was not read"));
        };
        let problems = serde_json::to_value(&self.problems).unwrap_or_default();
        let error = if faulty {
            Error::invalid_input(first.path.clone(), Value::Null, first.message.clone()).with_reason("invalid_config")
        } else {
            let reason = CONFLICTS.into_iter().find(|code| *code == first.code).unwrap_or("experiment_immutable");
            Error::conflict(reason, first.to_string())
        };
        Err(error.with("problems", problems))
    }
}

/// Reads `value`; a schema above this library's is an error at once, since nothing else can be judged.
pub(crate) fn read(value: &Value, ground: Option<&dyn Ground>) -> Result<Reading, Error> {
    if let Some(schema) = value.get("schema").and_then(Value::as_u64)
        && schema > u64::from(ROUTING_SCHEMA)
    {
        return Err(Error::invalid_input("schema", schema, format!("{ROUTING_SCHEMA}"))
            .with_reason("unsupported_schema")
            .with_hint("it was written by a newer version of the library"));
    }
    let mut reader = Reader { ground, problems: Vec::new(), experiments: BTreeSet::new() };
    let config = reader.config(value);
    let config = config.filter(|_| reader.problems.is_empty() || ground.is_some());
    Ok(Reading { config, problems: reader.problems })
}

/// Whether two experiments have the same arms with the same variants, in whatever order.
fn same_arms(one: &Experiment, other: &Experiment) -> bool {
    let sorted = |experiment: &Experiment| {
        let mut arms: Vec<(ArmKey, VariantId)> = experiment.arms.iter().map(|arm| (arm.key, arm.variant)).collect();
        arms.sort_unstable();
        arms
    };
    sorted(one) == sorted(other)
}

struct Reader<'a> {
    ground: Option<&'a dyn Ground>,
    problems: Vec<ConfigProblem>,
    experiments: BTreeSet<ExperimentId>,
}

impl Reader<'_> {
    fn problem(&mut self, path: &Place<'_>, code: &str, message: impl Into<String>) {
        self.problems.push(ConfigProblem::new(path.to_string(), code, message));
    }

    fn wrong_type(&mut self, path: &Place<'_>, value: &Value, wanted: &str) {
        self.problem(path, "wrong_type", format!("{value} is not {wanted}"));
    }

    fn object<'v>(
        &mut self,
        path: &Place<'_>,
        value: &'v Value,
        required: &[&str],
        optional: &[&str],
    ) -> Option<&'v Map<String, Value>> {
        let Some(object) = value.as_object() else {
            self.wrong_type(path, value, "an object");
            return None;
        };
        for name in
            object.keys().filter(|name| !required.contains(&name.as_str()) && !optional.contains(&name.as_str()))
        {
            let known = [required, optional].concat().join(", ");
            self.problem(&path.field(name), "unknown_field", format!("no such field; known: {known}"));
        }
        for name in required.iter().filter(|name| !object.contains_key(**name)) {
            self.problem(&path.field(name), "missing_field", "required");
        }
        Some(object)
    }

    fn name<T: FromStr<Err = Error>>(&mut self, path: &Place<'_>, value: &Value) -> Option<T> {
        let Some(text) = value.as_str() else {
            self.wrong_type(path, value, "a text");
            return None;
        };
        self.named(path, text)
    }

    fn named<T: FromStr<Err = Error>>(&mut self, path: &Place<'_>, text: &str) -> Option<T> {
        text.parse().map_err(|error: Error| self.problem(path, "invalid_id", error.to_string())).ok()
    }

    fn ppm(&mut self, path: &Place<'_>, value: &Value) -> Option<u32> {
        let in_range = |n: &u64| *n <= u64::from(WHOLE_PPM);
        match (value.as_u64().filter(in_range), value.is_i64() || value.is_u64()) {
            (Some(n), _) => u32::try_from(n).ok(),
            (None, true) => {
                self.problem(path, "out_of_range", format!("{value} is not in 0 to 1000000 parts per million"));
                None
            }
            (None, false) => {
                self.wrong_type(path, value, "a whole number of parts per million");
                None
            }
        }
    }

    /// A part whose type reads itself; its first problem of shape and its first broken rule count.
    fn part<T: DeserializeOwned>(
        &mut self,
        path: &Place<'_>,
        value: &Value,
        fault: fn(&T) -> Option<(&'static str, &'static str)>,
    ) -> Option<T> {
        match T::deserialize(value) {
            Ok(part) => {
                if let Some((field, allowed)) = fault(&part) {
                    self.problem(&path.field(field), "out_of_range", format!("must be {allowed}"));
                }
                Some(part)
            }
            Err(error) => {
                self.problem(path, "wrong_type", error.to_string());
                None
            }
        }
    }

    fn config(&mut self, value: &Value) -> Option<RoutingConfig> {
        let object = self.object(&Place::Root, value, &["schema", "scope", "version", "models"], &[])?;
        if let Some(schema) = object.get("schema").filter(|schema| schema.as_u64() != Some(ROUTING_SCHEMA.into())) {
            self.problem(&Place::Root.field("schema"), "out_of_range", format!("{schema} is not {ROUTING_SCHEMA}"));
        }
        let version = object.get("version").and_then(|version| {
            if version.as_u64().is_none() {
                self.wrong_type(&Place::Root.field("version"), version, "a whole number of 0 or more");
            }
            version.as_u64()
        });
        let scope = object.get("scope").and_then(|scope| {
            let read = serde_json::from_value::<RoutingScope>(scope.clone()).ok();
            if read.is_none() {
                self.wrong_type(&Place::Root.field("scope"), scope, "\"Global\" or {\"Tenant\": \"<uuid>\"}");
            }
            read
        });
        let listed = object.get("models").and_then(|models| self.object_of_models(models))?;
        let mut models = BTreeMap::new();
        let under = Place::Root.field("models");
        for (name, routing) in listed {
            let path = under.field(name);
            let Some(model) = self.named::<ModelId>(&path, name) else { continue };
            if self.ground.is_some_and(|ground| !ground.has_model(&model)) {
                self.problem(&path, "unknown_model", format!("no model {model} is registered"));
            }
            if let Some(routing) = self.routing(&path, routing, scope, &model) {
                models.insert(model, routing);
            }
        }
        Some(RoutingConfig { scope: scope?, version: version?, models })
    }

    fn object_of_models<'v>(&mut self, models: &'v Value) -> Option<&'v Map<String, Value>> {
        if models.as_object().is_none() {
            self.wrong_type(&Place::Root.field("models"), models, "an object of models");
        }
        models.as_object()
    }

    fn variant(&mut self, path: &Place<'_>, value: &Value, model: &ModelId, must_serve: bool) -> Option<VariantId> {
        let variant = self.name::<VariantId>(path, value)?;
        self.stands(path, variant, model, must_serve);
        Some(variant)
    }

    /// A variant that is there, and can serve where it must.
    fn stands(&mut self, path: &Place<'_>, variant: VariantId, model: &ModelId, must_serve: bool) {
        let standing =
            self.ground.filter(|ground| ground.has_model(model)).map(|ground| ground.standing(model, &variant));
        match standing {
            Some(Standing::Unknown) => {
                self.problem(path, "unknown_variant", format!("model {model} has no variant {variant}"));
            }
            Some(Standing::Disabled) if must_serve => {
                self.problem(path, "variant_disabled", format!("variant {variant} of model {model} is disabled"));
            }
            _ => {}
        }
    }

    fn routing(
        &mut self,
        path: &Place<'_>,
        value: &Value,
        scope: Option<RoutingScope>,
        model: &ModelId,
    ) -> Option<ModelRouting> {
        let fields = ["default", "override_variant", "experiment", "opt_out_global_experiment", "fallback", "mirror"];
        let object = self.object(path, value, &[], &fields)?;
        let given = |name: &str| object.get(name).filter(|value| !value.is_null());
        for (name, of_tenants) in [("default", false), ("override_variant", true), ("opt_out_global_experiment", true)]
        {
            let misplaced = scope.is_some_and(|scope| (scope == RoutingScope::Global) == of_tenants);
            if misplaced && given(name).is_some_and(|value| *value != Value::Bool(false)) {
                let legal = if of_tenants { "a tenant" } else { "the global scope" };
                self.problem(&path.field(name), "not_for_scope", format!("legal for {legal} only"));
            }
        }
        let mut variant_at =
            |name: &str| given(name).and_then(|value| self.variant(&path.field(name), value, model, true));
        let (default, override_variant) = (variant_at("default"), variant_at("override_variant"));
        let opt_out = given("opt_out_global_experiment").map(|value| {
            if !value.is_boolean() {
                self.wrong_type(&path.field("opt_out_global_experiment"), value, "true or false");
            }
            value == &Value::Bool(true)
        });
        let fallback =
            given("fallback").and_then(|value| self.part::<FallbackPolicy>(&path.field("fallback"), value, |_| None));
        let mirror = given("mirror").and_then(|value| {
            let path = path.field("mirror");
            let mirror = self.part(&path, value, Mirror::fault)?;
            self.stands(&path.field("variant"), mirror.variant, model, true);
            Some(mirror)
        });
        let experiment =
            given("experiment").and_then(|value| self.experiment(&path.field("experiment"), value, scope, model));
        Some(ModelRouting {
            default,
            override_variant,
            experiment,
            opt_out_global_experiment: opt_out.unwrap_or(false),
            fallback,
            mirror,
        })
    }

    fn experiment(
        &mut self,
        path: &Place<'_>,
        value: &Value,
        scope: Option<RoutingScope>,
        model: &ModelId,
    ) -> Option<Experiment> {
        let required = ["id", "status", "salt", "arms", "control"];
        let optional = ["allocation", "enrol_ppm", "assignment", "plan", "guardrails"];
        let object = self.object(path, value, &required, &optional)?;
        let at = |name: &'static str| path.field(name);
        let given = |name: &str| object.get(name).filter(|value| !value.is_null());

        let id = object.get("id").and_then(|value| self.name::<ExperimentId>(&at("id"), value));
        if let Some(id) = id
            && !self.experiments.insert(id)
        {
            self.problem(&at("id"), "duplicate_experiment", format!("experiment {id} is in this document twice"));
        }
        let status =
            object.get("status").and_then(|value| self.part::<ExperimentStatus>(&at("status"), value, |_| None));
        let salt = object.get("salt").and_then(|value| self.salt(&at("salt"), value));
        let must_serve = matches!(status, Some(ExperimentStatus::Draft | ExperimentStatus::Running) | None);
        let arms = object.get("arms").and_then(|value| self.arms(&at("arms"), value, model, must_serve));
        let control = object.get("control").and_then(|value| self.name::<ArmKey>(&at("control"), value));
        if let (Some(arms), Some(control)) = (&arms, control)
            && !arms.iter().any(|arm| arm.key == control)
        {
            self.problem(&at("control"), "unknown_control", format!("{control} is not one of the arms"));
        }
        let enrol_ppm =
            given("enrol_ppm").map_or(Some(WHOLE_PPM), |value| self.ppm(&at("enrol_ppm"), value)).unwrap_or_default();
        let assignment =
            given("assignment").map_or(Some(Assignment::Sticky), |value| self.assignment(&at("assignment"), value));
        let plan = given("plan")
            .map_or(Some(AnalysisPlan::default()), |value| self.part(&at("plan"), value, AnalysisPlan::fault));
        let guardrails = given("guardrails").map(|value| self.guardrails(&at("guardrails"), value)).unwrap_or_default();
        let allocation = given("allocation").and_then(|value| self.allocation(&at("allocation"), value));

        let experiment = Experiment {
            id: id?,
            status: status?,
            salt: salt?,
            arms: arms?,
            control: control?,
            allocation,
            enrol_ppm,
            assignment: assignment?,
            plan: plan?,
            guardrails,
        };
        if let (Some(ground), Some(scope)) = (self.ground, scope) {
            self.against_past(path, &experiment, &ground.past(scope, model, &experiment.id));
        }
        Some(experiment)
    }

    fn against_past(&mut self, path: &Place<'_>, experiment: &Experiment, past: &Past<'_>) {
        let id = experiment.id;
        let stopped = |experiment: &Experiment| experiment.status == ExperimentStatus::Stopped;
        match past.current {
            None if past.seen => {
                self.problem(&path.field("id"), "experiment_retired", format!("experiment {id} was used before"));
            }
            Some(current) if stopped(current) && !stopped(experiment) => {
                self.problem(&path.field("status"), "experiment_retired", format!("experiment {id} is over"));
            }
            _ => {}
        }
        if past.current.is_none()
            && let Some(allocation) = &experiment.allocation
            && !allocation.has_sizes(&experiment.weights())
        {
            self.problem(
                &path.field("allocation"),
                "allocation_mismatch",
                "the sizes of the ranges are not the weights",
            );
        }
        let Some(ran) = past.ran else { return };
        let fixed = [
            ("salt", ran.salt == experiment.salt),
            ("arms", same_arms(ran, experiment)),
            ("control", ran.control == experiment.control),
            ("assignment", ran.assignment == experiment.assignment),
            ("plan", ran.plan == experiment.plan),
            ("status", experiment.status != ExperimentStatus::Draft),
        ];
        for (field, _) in fixed.into_iter().filter(|(_, kept)| !kept) {
            let message = format!("fixed since experiment {id} ran; start a new experiment");
            self.problem(&path.field(field), "experiment_immutable", message);
        }
    }

    fn base64(&mut self, path: &Place<'_>, value: &Value) -> Option<Vec<u8>> {
        let bytes = value.as_str().and_then(|text| BASE64.decode(text).ok());
        if bytes.is_none() {
            // The text itself is a secret and stays out of the message.
            self.problem(path, "wrong_type", "not standard base64 with padding");
        }
        bytes
    }

    fn salt(&mut self, path: &Place<'_>, value: &Value) -> Option<Salt> {
        let bytes = self.base64(path, value)?;
        let length = bytes.len();
        let salt = Salt::new(bytes).ok();
        if salt.is_none() {
            self.problem(path, "salt_length", format!("{length} bytes; 16 to 64 are allowed"));
        }
        salt
    }

    fn assignment(&mut self, path: &Place<'_>, value: &Value) -> Option<Assignment> {
        if value == "Sticky" {
            return Some(Assignment::Sticky);
        }
        let object = self.object(path, value, &["Random"], &[])?;
        let random = object.get("Random")?;
        let path = path.field("Random");
        let seed = self.object(&path, random, &["seed"], &[])?.get("seed")?;
        let bytes = self.base64(&path.field("seed"), seed)?;
        let length = bytes.len();
        let Ok(seed) = <[u8; 32]>::try_from(bytes) else {
            self.problem(&path.field("seed"), "out_of_range", format!("{length} bytes; 32 are needed"));
            return None;
        };
        Some(Assignment::Random { seed })
    }

    fn arms(&mut self, path: &Place<'_>, value: &Value, model: &ModelId, must_serve: bool) -> Option<Vec<Arm>> {
        let Some(list) = value.as_array() else {
            self.wrong_type(path, value, "a list of arms");
            return None;
        };
        if !(2..=16).contains(&list.len()) {
            self.problem(path, "arm_count", format!("{} arms; 2 to 16 are allowed", list.len()));
        }
        let (mut keys, mut variants) = (BTreeSet::new(), BTreeSet::new());
        let mut arms = Vec::new();
        let mut weights = Vec::new();
        for (index, value) in list.iter().enumerate() {
            let path = path.item(index);
            let Some(object) = self.object(&path, value, &["key", "variant", "weight_ppm"], &[]) else { continue };
            let at = |name: &'static str| path.field(name);
            let key = object.get("key").and_then(|value| self.name::<ArmKey>(&at("key"), value));
            if let Some(key) = key
                && !keys.insert(key)
            {
                self.problem(&at("key"), "duplicate_arm", format!("another arm is called {key}"));
            }
            let variant =
                object.get("variant").and_then(|value| self.variant(&at("variant"), value, model, must_serve));
            if let Some(variant) = variant
                && !variants.insert(variant)
            {
                self.problem(&at("variant"), "duplicate_arm_variant", format!("another arm is served by {variant}"));
            }
            let weight = object.get("weight_ppm").and_then(|value| self.ppm(&at("weight_ppm"), value));
            weights.extend(weight);
            if let (Some(key), Some(variant)) = (key, variant) {
                arms.push(Arm { key, variant, weight_ppm: weight.unwrap_or_default() });
            }
        }
        // A weight that could not be read is a problem of its own; a sum without it says nothing.
        let sum: u64 = weights.iter().copied().map(u64::from).sum();
        if weights.len() == list.len() && sum != u64::from(WHOLE_PPM) {
            self.problem(path, "weight_sum", format!("the weights sum to {sum}; 1000000 is needed"));
        }
        Some(arms)
    }

    fn guardrails(&mut self, path: &Place<'_>, value: &Value) -> Vec<Guardrail> {
        let Some(list) = value.as_array() else {
            self.wrong_type(path, value, "a list of guardrails");
            return Vec::new();
        };
        let read = |(index, value): (usize, &Value)| self.part(&path.item(index), value, Guardrail::fault);
        list.iter().enumerate().filter_map(read).collect()
    }

    fn allocation(&mut self, path: &Place<'_>, value: &Value) -> Option<Allocation> {
        let Some(list) = value.as_array() else {
            self.wrong_type(path, value, "a list of ranges");
            return None;
        };
        let before = self.problems.len();
        let mut ranges = Vec::with_capacity(list.len());
        for (index, value) in list.iter().enumerate() {
            let path = path.item(index);
            let Some(object) = self.object(&path, value, &["from", "to", "arm"], &[]) else { continue };
            let mut point = |name: &str| object.get(name).and_then(|value| self.ppm(&path.field(name), value));
            let (from, to) = (point("from"), point("to"));
            let arm = object.get("arm").and_then(|value| self.name::<ArmKey>(&path.field("arm"), value));
            if let (Some(from), Some(to), Some(arm)) = (from, to, arm) {
                ranges.push(Range { from, to, arm });
            }
        }
        if self.problems.len() > before {
            return None;
        }
        Allocation::new(ranges)
            .map_err(|error| {
                let code = if error.reason() == Some("allocation_fragmented") {
                    "allocation_fragmented"
                } else {
                    "allocation_mismatch"
                };
                self.problem(path, code, error.to_string());
            })
            .ok()
    }
}
