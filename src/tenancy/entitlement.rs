//! What a tenant may use apart from its plan: features granted or revoked, and limits set by themselves, each
//! until it ends.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::plan::{Feature, Limit, LimitKind};
use crate::by_key::{by_key, set_of};
use crate::id::OverrideId;
use crate::time::Timestamp;

/// What an override does to a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum OverrideEffect {
    /// The tenant has it, whatever its plan.
    Grant,
    /// The tenant does not have it, whatever its plan.
    Revoke,
}

impl OverrideEffect {
    /// Its stable word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            OverrideEffect::Grant => "Grant",
            OverrideEffect::Revoke => "Revoke",
        }
    }
}

/// In whose name an override was made: a tenant takes back its own alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum OverrideOrigin {
    /// An operator of the platform.
    Platform,
    /// The tenant itself.
    Tenant,
}

impl OverrideOrigin {
    /// Its stable word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            OverrideOrigin::Platform => "Platform",
            OverrideOrigin::Tenant => "Tenant",
        }
    }
}

/// A feature granted beyond the plan, or revoked in spite of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeatureOverride {
    /// Its id.
    pub id: OverrideId,
    /// The feature.
    pub feature: Feature,
    /// What is done to it.
    pub effect: OverrideEffect,
    /// In whose name.
    pub origin: OverrideOrigin,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// Why it was made.
    pub reason: String,
    /// Who made it.
    pub set_by: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A limit in place of the plan's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LimitOverride {
    /// Its id.
    pub id: OverrideId,
    /// The limit.
    pub limit: LimitKind,
    /// How much there is of it.
    pub value: Limit,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// Why it was made.
    pub reason: String,
    /// Who made it.
    pub set_by: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The overrides of a tenant, ended ones among them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overrides {
    /// Of features, one for each feature, effect and origin.
    pub features: Vec<FeatureOverride>,
    /// Of limits, one for each limit.
    pub limits: Vec<LimitOverride>,
}

/// How a feature comes out under overrides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Held,
    Revoked,
    NotInPlan,
}

fn lives(expires_at: Option<Timestamp>, now: Timestamp) -> bool {
    expires_at.is_none_or(|end| now < end)
}

impl Overrides {
    /// What a plan with `features` comes to at `now`: they and what is granted, less what is revoked.
    #[must_use]
    pub fn effective(&self, features: &BTreeSet<Feature>, now: Timestamp) -> BTreeSet<Feature> {
        let of = |effect| {
            let live = self.features.iter().filter(move |held| held.effect == effect && lives(held.expires_at, now));
            set_of(live.map(|held| held.feature.clone()))
        };
        let mut effective = features.clone();
        effective.extend(of(OverrideEffect::Grant));
        let revoked = of(OverrideEffect::Revoke);
        effective.retain(|feature| !revoked.contains(feature));
        effective
    }

    pub(super) fn standing(&self, features: &BTreeSet<Feature>, feature: &str, now: Timestamp) -> Standing {
        let is = |effect| {
            let of = |held: &&FeatureOverride| held.effect == effect && held.feature == feature;
            self.features.iter().filter(of).any(|held| lives(held.expires_at, now))
        };
        if is(OverrideEffect::Revoke) {
            Standing::Revoked
        } else if features.contains(feature) || is(OverrideEffect::Grant) {
            Standing::Held
        } else {
            Standing::NotInPlan
        }
    }

    /// The limit in place of the plan's at `now`, if there is one.
    #[must_use]
    pub fn limit(&self, kind: LimitKind, now: Timestamp) -> Option<Limit> {
        self.limits.iter().find(|held| held.limit == kind && lives(held.expires_at, now)).map(|held| held.value)
    }

    /// The limits in place of the plan's at `now`.
    #[must_use]
    pub fn limits_at(&self, now: Timestamp) -> BTreeMap<LimitKind, Limit> {
        let live = self.limits.iter().filter(|held| lives(held.expires_at, now));
        by_key(live.map(|held| (held.limit, held.value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::SeededIds;

    const NOW: Timestamp = Timestamp::from_micros(1_700_000_000_000_000);

    fn feature(feature: &str, effect: OverrideEffect, expires_at: Option<Timestamp>) -> FeatureOverride {
        FeatureOverride {
            id: OverrideId::new(&SeededIds::new([1; 32]), NOW),
            feature: feature.to_owned(),
            effect,
            origin: OverrideOrigin::Platform,
            expires_at,
            reason: "test".to_owned(),
            set_by: "host/root".to_owned(),
            created_at: NOW,
        }
    }

    #[test]
    fn a_revocation_outweighs_plan_and_grant_and_what_has_ended_counts_no_more() {
        use OverrideEffect::{Grant, Revoke};
        let plan: BTreeSet<Feature> = ["a", "b"].map(str::to_owned).into();
        let later = Some(NOW.plus_micros(1));
        let features = vec![
            feature("a", Revoke, later),
            feature("a", Grant, None),
            feature("b", Revoke, Some(NOW)),
            feature("c", Grant, later),
            feature("d", Grant, Some(NOW)),
        ];
        let overrides = Overrides { features, limits: Vec::new() };
        let names = |at| overrides.effective(&plan, at).into_iter().collect::<Vec<_>>().join(" ");
        assert_eq!(names(NOW), "b c");
        assert_eq!(names(NOW.plus_micros(1)), "a b");
        for (feature, standing) in
            [("a", Standing::Revoked), ("b", Standing::Held), ("c", Standing::Held), ("d", Standing::NotInPlan)]
        {
            assert_eq!(overrides.standing(&plan, feature, NOW), standing, "{feature}");
            assert_eq!(overrides.effective(&plan, NOW).contains(feature), standing == Standing::Held);
        }
    }

    #[test]
    fn a_limit_lasts_until_the_instant_it_ends() {
        let limit = LimitOverride {
            id: OverrideId::new(&SeededIds::new([1; 32]), NOW),
            limit: LimitKind::Users,
            value: Limit::At(3),
            expires_at: Some(NOW.plus_micros(1)),
            reason: "test".to_owned(),
            set_by: "host/root".to_owned(),
            created_at: NOW,
        };
        let overrides = Overrides { features: Vec::new(), limits: vec![limit] };
        assert_eq!(overrides.limit(LimitKind::Users, NOW), Some(Limit::At(3)));
        assert_eq!(overrides.limit(LimitKind::Users, NOW.plus_micros(1)), None);
        assert_eq!(overrides.limit(LimitKind::StorageBytes, NOW), None);
        assert_eq!(overrides.limits_at(NOW).len(), 1);
    }
}
