//! How many requests a tenant has made in the last 60 seconds of this process.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::error::Error;
use crate::id::TenantId;
use crate::tenancy::{Limit, LimitKind};
use crate::time::Timestamp;

/// Seconds that count.
const WINDOW: i64 = 60;
/// The same as a number of slots.
const SLOTS: usize = 60;

/// One slot a second: the second it counts for, and its requests.
type Slots = [(i64, u64); SLOTS];

/// Requests by tenant.
#[derive(Debug, Default)]
pub(super) struct Rate(Mutex<HashMap<TenantId, Slots>>);

impl Rate {
    /// How many requests the last 60 seconds hold.
    pub(super) fn used(&self, tenant: TenantId, now: Timestamp) -> u64 {
        let tenants = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let second = now.as_micros().div_euclid(1_000_000);
        tenants.get(&tenant).map_or(0, |slots| live(slots, second).map(|slot| slot.1).sum())
    }

    /// Counts a request, or refuses it when the last 60 seconds already hold `limit`.
    pub(super) fn admit(&self, tenant: TenantId, limit: Limit, now: Timestamp) -> Result<(), Error> {
        let second = now.as_micros().div_euclid(1_000_000);
        let mut tenants = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let slots = tenants.entry(tenant).or_insert([(i64::MIN, 0); SLOTS]);
        let used: u64 = live(slots, second).map(|slot| slot.1).sum();
        if !limit.allows(used + 1) {
            let oldest = live(slots, second).map(|slot| slot.0).min().unwrap_or(second);
            let wait = oldest + WINDOW - second;
            let reason = LimitKind::RequestsPerMinute.reason();
            return Err(Error::limit_exceeded(reason, format!("{used} requests in the last minute"))
                .with("used", used)
                .with_hint(format!("try again in {wait} seconds")));
        }
        // The remainder of a division by 60 is a position among the 60 slots.
        let slot = &mut slots[usize::try_from(second.rem_euclid(WINDOW)).unwrap_or(0)];
        *slot = if slot.0 == second { (second, slot.1 + 1) } else { (second, 1) };
        Ok(())
    }
}

/// The slots of the 60 seconds that end with `second`.
fn live(slots: &Slots, second: i64) -> impl Iterator<Item = &(i64, u64)> {
    slots.iter().filter(move |slot| slot.0 > second - WINDOW && slot.0 <= second)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::SeededIds;

    #[test]
    fn a_minute_holds_the_limit_and_then_opens_again() {
        let rate = Rate::default();
        let tenant = TenantId::new(&SeededIds::new([1; 32]), Timestamp::from_micros(0));
        let at = |second: i64| Timestamp::from_micros(second * 1_000_000);
        for second in 0..3 {
            rate.admit(tenant, Limit::At(3), at(second)).unwrap();
        }
        assert_eq!([rate.used(tenant, at(59)), rate.used(tenant, at(60))], [3, 2]);
        assert_eq!(rate.admit(tenant, Limit::At(3), at(59)).unwrap_err().reason(), Some("rate_limited"));
        rate.admit(tenant, Limit::At(3), at(60)).unwrap();
    }
}
