//! Plans: what a tenant has bought, as versioned data. Prices are minor units, sizes bytes.
//!
//! A host ships its plans as JSON ([`PlanCatalogue::from_json`]); [`PlanCatalogue::check`] refuses a
//! catalogue with every problem it has. [`Catalogues`] holds the versions that subscriptions are pinned to.

mod check;
mod seed;
mod versions;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::audit::hex;
use super::proration::Rounding;
use super::subscription::Cycle;
use super::usage::UsageKind;
use crate::error::Error;
use crate::model::canonical_json;

pub use check::FEATURES;
pub use versions::Catalogues;

/// Something a plan may hold; wire names are those of the catalogue.
pub type Feature = String;

/// How much of something a plan allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Limit {
    /// None of it.
    Absent,
    /// Any amount.
    Unlimited,
    /// At most this.
    At(u64),
}

impl Limit {
    /// Whether `amount` is within the limit.
    #[must_use]
    pub fn allows(self, amount: u64) -> bool {
        match self {
            Limit::Absent => amount == 0,
            Limit::Unlimited => true,
            Limit::At(most) => amount <= most,
        }
    }
}

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LimitKind {
    /// Active users.
    Users,
    /// Bytes of saved runs, scenarios and notes.
    StorageBytes,
    /// Requests in any 60 seconds.
    RequestsPerMinute,
    /// Governed runs in a calendar month.
    RunsPerMonth,
    /// Trials of one simulation.
    TrialsPerRun,
}

impl LimitKind {
    /// Its wire name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            LimitKind::Users => "users",
            LimitKind::StorageBytes => "storage_bytes",
            LimitKind::RequestsPerMinute => "requests_per_minute",
            LimitKind::RunsPerMonth => "runs_per_month",
            LimitKind::TrialsPerRun => "trials_per_run",
        }
    }

    /// The reason of a refusal at this limit.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            LimitKind::Users => "user_limit",
            LimitKind::StorageBytes => "storage_limit",
            LimitKind::RequestsPerMinute => "rate_limited",
            LimitKind::RunsPerMonth | LimitKind::TrialsPerRun => "quota_exceeded",
        }
    }
}

/// One plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Its id.
    pub id: String,
    /// Price a month, minor units.
    pub monthly_minor: i64,
    /// Price a quarter, minor units.
    pub quarterly_minor: i64,
    /// Price a year, minor units.
    pub yearly_minor: i64,
    /// Most active users.
    pub users: Limit,
    /// Most bytes saved.
    pub storage_bytes: Limit,
    /// Most requests a minute.
    pub requests_per_minute: Limit,
    /// Most runs a month.
    pub runs_per_month: Limit,
    /// Most trials of one simulation.
    pub trials_per_run: Limit,
    /// The plan whose features it includes.
    pub includes: Option<String>,
    /// Features of its own.
    pub features: Vec<Feature>,
    /// Commitments, shown and not enforceable by code.
    pub commitments: Vec<String>,
    /// Prices of what is billed by use, beside the price of the period; none in the seed catalogue.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub usage: BTreeMap<UsageKind, UsagePrice>,
}

/// The price of something used: `unit_minor` for each `per` of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UsagePrice {
    /// Minor units.
    pub unit_minor: i64,
    /// For so many of its kind.
    pub per: u64,
}

impl Plan {
    /// The price of one period of `cycle`, minor units.
    #[must_use]
    pub fn price_minor(&self, cycle: Cycle) -> i64 {
        match cycle {
            Cycle::Monthly => self.monthly_minor,
            Cycle::Quarterly => self.quarterly_minor,
            Cycle::Yearly => self.yearly_minor,
        }
    }

    /// The plan's own limit of `kind`.
    #[must_use]
    pub fn limit(&self, kind: LimitKind) -> Limit {
        match kind {
            LimitKind::Users => self.users,
            LimitKind::StorageBytes => self.storage_bytes,
            LimitKind::RequestsPerMinute => self.requests_per_minute,
            LimitKind::RunsPerMonth => self.runs_per_month,
            LimitKind::TrialsPerRun => self.trials_per_run,
        }
    }
}

/// All plans of one version, from the least to the most by their monthly price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanCatalogue {
    /// Version, from 1.
    pub version: u32,
    /// Currency of all its prices: three capital letters of ISO 4217.
    pub currency: String,
    /// How each line of an invoice is rounded.
    #[serde(default)]
    pub rounding: Rounding,
    /// Whether who cancels at once gets a credit note for the time not used.
    #[serde(default)]
    pub credit_on_cancel: bool,
    /// Features that the host's own models name beside [`FEATURES`].
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub own_features: BTreeSet<Feature>,
    /// The plans.
    pub plans: Vec<Plan>,
}

impl PlanCatalogue {
    /// Reads a catalogue and checks it whole.
    pub fn from_json(catalogue: &Value) -> Result<Self, Error> {
        let read: Self = serde_json::from_value(catalogue.clone())
            .map_err(|cause| Error::invalid_input("catalogue", Value::Null, cause.to_string()))?;
        read.check()?;
        Ok(read)
    }

    /// SHA-256 of its canonical JSON, in hexadecimal: equal for equal catalogues, in whatever order their
    /// fields were written.
    #[must_use]
    pub fn hash(&self) -> String {
        let value = serde_json::to_value(self).expect("names and numbers are JSON");
        hex(&Sha256::digest(canonical_json(&value).as_bytes()))
    }

    /// The plan called `id`.
    pub fn plan(&self, id: &str) -> Result<&Plan, Error> {
        self.plans.iter().find(|plan| plan.id == id).ok_or_else(|| {
            let known: Vec<_> = self.plans.iter().map(|plan| plan.id.as_str()).collect();
            Error::invalid_input("plan", id, format!("one of {}", known.join(", ")))
        })
    }

    /// The features of a plan and of those it includes.
    #[must_use]
    pub fn features(&self, id: &str) -> BTreeSet<Feature> {
        let mut features = BTreeSet::new();
        let mut next = Some(id.to_owned());
        // Each plan once, so that a circle in a hand-made catalogue ends.
        for _ in 0..self.plans.len() {
            let Some(plan) = next.take().and_then(|id| self.plans.iter().find(|plan| plan.id == id)) else { break };
            features.extend(plan.features.iter().cloned());
            next.clone_from(&plan.includes);
        }
        features
    }

    /// The least plan that holds `feature`.
    #[must_use]
    pub fn needed_plan(&self, feature: &str) -> Option<&str> {
        self.plans.iter().map(|plan| plan.id.as_str()).find(|id| self.features(id).contains(feature))
    }
}
