//! Whether a catalogue is sound, with every problem it has.

use std::collections::BTreeSet;

use super::{Plan, PlanCatalogue};
use crate::error::Error;

/// The features that the library's own gates name.
pub const FEATURES: &[&str] = &[
    "dcf_analysis",
    "basic_analytics",
    "standard_reports",
    "data_export",
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
    "custom_integrations",
    "custom_branding",
    "white_label",
    "advanced_security",
    "audit_logs",
];

/// The highest price: sums of invoices stay far inside 64 bits.
const MOST_MINOR: i64 = 1_000_000_000_000;

impl PlanCatalogue {
    /// Refuses a catalogue that is not sound, with every problem at once.
    pub fn check(&self) -> Result<(), Error> {
        let mut problems = Vec::new();
        let mut refuse = |field: String, value: serde_json::Value, constraint: String| {
            problems.push(Error::invalid_input(field, value, constraint));
        };
        if self.version == 0 {
            refuse("version".into(), self.version.into(), "from 1".into());
        }
        if self.currency.len() != 3 || !self.currency.bytes().all(|byte| byte.is_ascii_uppercase()) {
            let constraint = "three capital letters of ISO 4217, one currency for all prices";
            refuse("currency".into(), self.currency.clone().into(), constraint.into());
        }
        if self.plans.is_empty() {
            refuse("plans".into(), serde_json::json!([]), "at least one plan".into());
        }
        let mut known = BTreeSet::new();
        for (i, plan) in self.plans.iter().enumerate() {
            let at = |name: &str| format!("plans[{i}].{name}");
            let well_formed = (1..=64).contains(&plan.id.len())
                && plan.id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
            if !well_formed {
                refuse(at("id"), plan.id.clone().into(), "1 to 64 of a-z, 0-9 and _".into());
            }
            if !known.insert(plan.id.as_str()) {
                refuse(at("id"), plan.id.clone().into(), "given to one plan".into());
            }
            for (name, price) in prices(plan) {
                if !(0..=MOST_MINOR).contains(&price) {
                    refuse(at(&name), price.into(), format!("0 to {MOST_MINOR} minor units"));
                }
            }
            for (kind, price) in &plan.usage {
                if price.per == 0 {
                    refuse(at(&format!("usage.{}.per", kind.name())), 0.into(), "at least 1".into());
                }
            }
            let mut own = BTreeSet::new();
            for feature in &plan.features {
                if !FEATURES.contains(&feature.as_str()) && !self.own_features.contains(feature) {
                    let constraint = "a feature of the library or one of own_features";
                    refuse(at("features"), feature.clone().into(), constraint.into());
                }
                if !own.insert(feature) {
                    refuse(at("features"), feature.clone().into(), "listed once".into());
                }
            }
            if i > 0 && plan.monthly_minor <= self.plans[i - 1].monthly_minor {
                let constraint = "more than the plan before: plans stand from the least to the most";
                refuse(at("monthly_minor"), plan.monthly_minor.into(), constraint.into());
            }
            if let Some(included) = &plan.includes {
                if !self.plans.iter().any(|other| other.id == *included) {
                    refuse(at("includes"), included.clone().into(), "a plan of this catalogue".into());
                } else if self.comes_back(plan) {
                    refuse(at("includes"), included.clone().into(), "no plan that includes this one".into());
                }
            }
        }
        Error::collect(problems).map_or(Ok(()), Err)
    }

    /// Whether following what a plan includes leads back to it.
    fn comes_back(&self, plan: &Plan) -> bool {
        let included = |plan: &Plan| self.plans.iter().find(|other| Some(&other.id) == plan.includes.as_ref());
        std::iter::successors(included(plan), |next| included(next))
            .take(self.plans.len())
            .any(|next| std::ptr::eq(next, plan))
    }
}

/// Every price of a plan with its path.
fn prices(plan: &Plan) -> impl Iterator<Item = (String, i64)> {
    let periods = [
        ("monthly_minor", plan.monthly_minor),
        ("quarterly_minor", plan.quarterly_minor),
        ("yearly_minor", plan.yearly_minor),
    ];
    let used = plan.usage.iter().map(|(kind, price)| (format!("usage.{}.unit_minor", kind.name()), price.unit_minor));
    periods.into_iter().map(|(name, price)| (name.to_owned(), price)).chain(used)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::tenancy::plan::UsagePrice;
    use crate::tenancy::usage::UsageKind;

    #[test]
    fn every_problem_of_a_catalogue_is_told_at_once() {
        let mut wrong = PlanCatalogue::seed();
        wrong.currency = "usd".to_owned();
        wrong.plans[0].includes = Some("enterprise".to_owned());
        wrong.plans[1].features.push("teleportation".to_owned());
        wrong.plans[1].yearly_minor = -1;
        wrong.plans[2].id = "basic".to_owned();
        wrong.plans[2].usage.insert(UsageKind::Trials, UsagePrice { unit_minor: -2, per: 0 });
        let error = wrong.check().unwrap_err();
        let fields: Vec<_> = std::iter::once(&error).chain(error.also()).filter_map(Error::field).collect();
        assert_eq!(
            fields,
            [
                "currency",
                "plans[0].includes",
                "plans[1].yearly_minor",
                "plans[1].features",
                "plans[2].id",
                "plans[2].usage.trials.unit_minor",
                "plans[2].usage.trials.per",
            ]
        );
    }

    #[test]
    fn a_circle_of_plans_is_refused_at_each_plan_in_it_and_nowhere_else() {
        let mut circle = PlanCatalogue::seed();
        circle.plans[0].includes = Some("professional".to_owned());
        let error = circle.check().unwrap_err();
        let fields: Vec<_> = std::iter::once(&error).chain(error.also()).filter_map(Error::field).collect();
        // Enterprise includes a plan of the circle and is in none itself.
        assert_eq!(fields, ["plans[0].includes", "plans[1].includes"]);
        circle.plans[0].includes = Some("basic".to_owned());
        assert_eq!(circle.check().unwrap_err().field(), Some("plans[0].includes"));
    }

    #[test]
    fn a_catalogue_is_read_from_json_and_hashed_whatever_the_order_of_its_fields() {
        let seed = PlanCatalogue::seed();
        let value = json!(seed);
        let turned: serde_json::Map<_, _> = value.as_object().unwrap().clone().into_iter().rev().collect();
        let read = PlanCatalogue::from_json(&turned.into()).unwrap();
        assert_eq!((read.hash(), &read), (seed.hash(), &seed));
        let mut dearer = seed.clone();
        dearer.plans[0].monthly_minor += 1;
        assert_ne!(dearer.hash(), seed.hash());
        let mut negative = value;
        negative["plans"][0]["monthly_minor"] = json!(-9900);
        assert_eq!(PlanCatalogue::from_json(&negative).unwrap_err().field(), Some("plans[0].monthly_minor"));
        negative["colour"] = json!("blue");
        assert_eq!(PlanCatalogue::from_json(&negative).unwrap_err().field(), Some("catalogue"));
    }

    #[test]
    fn a_feature_of_the_hosts_own_is_known_where_it_is_listed() {
        let mut own = PlanCatalogue::seed();
        own.plans[1].features.push("esg_scores".to_owned());
        assert_eq!(own.check().unwrap_err().field(), Some("plans[1].features"));
        own.own_features.insert("esg_scores".to_owned());
        own.check().unwrap();
        assert_eq!(own.needed_plan("esg_scores"), Some("professional"));
    }
}
