//! The plans that are on offer where a host brings none.

use std::collections::{BTreeMap, BTreeSet};

use super::{Limit, Plan, PlanCatalogue};
use crate::tenancy::proration::Rounding;

impl PlanCatalogue {
    /// Version 1: Basic, Professional and Enterprise.
    #[must_use]
    pub fn seed() -> Self {
        let texts = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let plan =
            |id: &str, monthly_minor: i64, users: u64, gigabytes: u64, requests: u64, includes: Option<&str>| Plan {
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
                usage: BTreeMap::new(),
            };
        Self {
            version: 1,
            currency: "USD".to_owned(),
            rounding: Rounding::Nearest,
            credit_on_cancel: false,
            own_features: BTreeSet::new(),
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_catalogue_has_the_exact_figures() {
        let seed = PlanCatalogue::seed();
        seed.check().unwrap();
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
