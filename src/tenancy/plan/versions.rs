//! The versions of a catalogue: a subscription is pinned to the one its period was opened under, and the
//! newest is on offer.

use std::collections::BTreeMap;

use super::{Plan, PlanCatalogue};
use crate::error::Error;

/// Every version of the plans that subscriptions may be pinned to; at least one.
#[derive(Clone, Debug)]
pub struct Catalogues {
    newest: PlanCatalogue,
    earlier: BTreeMap<u32, PlanCatalogue>,
}

impl Catalogues {
    /// Takes versions in any order, each of them sound, no two of one number, all in one currency.
    pub fn new(mut versions: Vec<PlanCatalogue>) -> Result<Self, Error> {
        let place = |version: u32| format!("catalogue[{version}]");
        versions.sort_by_key(|catalogue| catalogue.version);
        let mut problems: Vec<_> = versions
            .iter()
            .filter_map(|catalogue| catalogue.check().err().map(|error| error.under(&place(catalogue.version))))
            .collect();
        for pair in versions.windows(2) {
            let field = |name: &str| format!("{}.{name}", place(pair[1].version));
            if pair[0].version == pair[1].version && pair[0] != pair[1] {
                problems.push(Error::invalid_input(field("version"), pair[1].version, "a number given once"));
            }
            if pair[0].currency != pair[1].currency {
                let same = format!("{}: credits outlive a version", pair[0].currency);
                problems.push(Error::invalid_input(field("currency"), pair[1].currency.clone(), same));
            }
        }
        if let Some(error) = Error::collect(problems) {
            return Err(error);
        }
        let newest = versions.pop().ok_or_else(|| Error::invalid_input("catalogue", 0, "at least one version"))?;
        let mut earlier = BTreeMap::new();
        earlier.extend(versions.into_iter().map(|catalogue| (catalogue.version, catalogue)));
        Ok(Self { newest, earlier })
    }

    /// The version on offer.
    #[must_use]
    pub fn newest(&self) -> &PlanCatalogue {
        &self.newest
    }

    /// A version by its number.
    pub fn version(&self, version: u32) -> Result<&PlanCatalogue, Error> {
        if version == self.newest.version {
            return Ok(&self.newest);
        }
        self.earlier.get(&version).ok_or_else(|| {
            Error::conflict("unknown_catalogue", format!("version {version} of the plans"))
                .with("current", self.newest.version)
                .with_hint("open the platform with every version that a subscription is pinned to")
        })
    }

    /// Under which version a new period of `plan` opens: the newest, or, where that offers it no more, the
    /// version it was bought under.
    pub(in crate::tenancy) fn opening(&self, plan: &str, pinned: u32) -> Result<(&PlanCatalogue, &Plan), Error> {
        if let Ok(found) = self.newest.plan(plan) {
            return Ok((&self.newest, found));
        }
        let catalogue = self.version(pinned)?;
        Ok((catalogue, catalogue.plan(plan)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_sound_of_one_currency_and_given_once() {
        let seed = PlanCatalogue::seed();
        let second = PlanCatalogue { version: 2, ..seed.clone() };
        let both = Catalogues::new(vec![second.clone(), seed.clone()]).unwrap();
        assert_eq!((both.newest(), both.version(1).unwrap()), (&second, &seed));
        assert_eq!(both.version(3).unwrap_err().reason(), Some("unknown_catalogue"));
        let foreign = PlanCatalogue { currency: "EUR".to_owned(), ..second };
        let error = Catalogues::new(vec![seed.clone(), foreign]).unwrap_err();
        assert_eq!(error.field(), Some("catalogue[2].currency"));
        let other = PlanCatalogue { credit_on_cancel: true, ..seed.clone() };
        assert_eq!(Catalogues::new(vec![seed, other]).unwrap_err().field(), Some("catalogue[1].version"));
        assert!(Catalogues::new(Vec::new()).is_err());
    }
}
