//! Plans: what a tenant has bought, as versioned data. Prices are minor units, sizes bytes.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::error::Error;

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
    /// Price a month.
    pub monthly_minor: u64,
    /// Price a quarter.
    pub quarterly_minor: u64,
    /// Price a year.
    pub yearly_minor: u64,
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
}

impl Plan {
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

/// All plans of one version, from the least to the most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanCatalogue {
    /// Version, from 1.
    pub version: u32,
    /// Currency of the prices.
    pub currency: String,
    /// The plans.
    pub plans: Vec<Plan>,
}

impl PlanCatalogue {
    /// Version 1: Basic, Professional and Enterprise.
    #[must_use]
    pub fn seed() -> Self {
        let texts = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let plan =
            |id: &str, monthly_minor: u64, users: u64, gigabytes: u64, requests: u64, includes: Option<&str>| Plan {
                id: id.to_owned(),
                monthly_minor,
                quarterly_minor: 3 * monthly_minor,
                yearly_minor: 10 * monthly_minor,
                users: Limit::At(users),
                storage_bytes: Limit::At(gigabytes * 1_000_000_000),
                requests_per_minute: Limit::At(requests),
                runs_per_month: Limit::Unlimited,
                trials_per_run: Limit::Unlimited,
                includes: includes.map(str::to_owned),
                features: Vec::new(),
                commitments: Vec::new(),
            };
        Self {
            version: 1,
            currency: "USD".to_owned(),
            plans: vec![
                Plan {
                    features: texts(&["dcf_analysis", "basic_analytics", "standard_reports", "data_export"]),
                    commitments: texts(&["email_support"]),
                    ..plan("basic", 9_900, 10, 1, 100, None)
                },
                Plan {
                    features: texts(&[
                        "lbo_analysis",
                        "merger_analysis",
                        "real_options",
                        "portfolio_optimization",
                        "risk_assessment",
                        "credit_analysis",
                        "advanced_analytics",
                        "custom_reports",
                        "api_access",
                        "ml_models",
                    ]),
                    commitments: texts(&["priority_support"]),
                    ..plan("professional", 29_900, 50, 10, 500, Some("basic"))
                },
                Plan {
                    features: texts(&[
                        "custom_integrations",
                        "custom_branding",
                        "white_label",
                        "advanced_security",
                        "audit_logs",
                    ]),
                    commitments: texts(&["dedicated_support", "sla_guarantee"]),
                    ..plan("enterprise", 99_900, 500, 100, 2_000, Some("professional"))
                },
            ],
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_catalogue_has_the_exact_figures() {
        let seed = PlanCatalogue::seed();
        let figures: Vec<_> = seed
            .plans
            .iter()
            .map(|plan| {
                (
                    plan.monthly_minor,
                    plan.quarterly_minor,
                    plan.yearly_minor,
                    plan.users,
                    plan.storage_bytes,
                    plan.requests_per_minute,
                )
            })
            .collect();
        assert_eq!(
            figures,
            [
                (9_900, 29_700, 99_000, Limit::At(10), Limit::At(1_000_000_000), Limit::At(100)),
                (29_900, 89_700, 299_000, Limit::At(50), Limit::At(10_000_000_000), Limit::At(500)),
                (99_900, 299_700, 999_000, Limit::At(500), Limit::At(100_000_000_000), Limit::At(2_000)),
            ]
        );
        assert_eq!([4, 14, 19], ["basic", "professional", "enterprise"].map(|plan| seed.features(plan).len()));
        assert_eq!(seed.needed_plan("lbo_analysis"), Some("professional"));
        assert_eq!(seed.needed_plan("dcf_analysis"), Some("basic"));
        assert_eq!(seed.needed_plan("teleportation"), None);
    }
}
