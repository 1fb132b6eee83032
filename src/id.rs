//! Ids: distinct types over UUID v7, and the [`IdSource`] they come from.
//!
//! An id is not a secret and never a permission. Ids are made by an injected [`IdSource`], so that
//! tests and replays can fix them; nothing in the core draws one from the air.

use std::fmt;
use std::str::FromStr;
use std::sync::Mutex;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::Error;
use crate::time::Timestamp;

macro_rules! id_types {
    ($($(#[$doc:meta])* $name:ident $field:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(Uuid);

        impl $name {
            /// Makes a new id from `ids` at the instant `now`.
            pub fn new(ids: &dyn IdSource, now: Timestamp) -> Self {
                Self(ids.next(now))
            }

            /// The 16 bytes of the id, most significant first.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl FromStr for $name {
            type Err = Error;

            /// Reads the canonical 36-character form; the nil id is refused.
            fn from_str(text: &str) -> Result<Self, Error> {
                parse($field, text).map(Self)
            }
        }

        impl TryFrom<String> for $name {
            type Error = Error;
            fn try_from(text: String) -> Result<Self, Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }
    )*};
}

id_types! {
    /// A tenant: one customer of the host.
    TenantId "tenant_id";
    /// An organization inside a tenant.
    OrganizationId "organization_id";
    /// A user of a tenant.
    UserId "user_id";
    /// A role of a tenant.
    RoleId "role_id";
    /// A grant of a role to a user.
    GrantId "grant_id";
    /// A rule of separation of duty.
    SodRuleId "sod_rule_id";
    /// A feature or limit apart from the plan.
    OverrideId "override_id";
    /// A subscription of a tenant to a plan.
    SubscriptionId "subscription_id";
    /// A reservation of quota.
    ReservationId "reservation_id";
    /// A usage event.
    UsageEventId "usage_event_id";
    /// An invoice or credit note.
    InvoiceId "invoice_id";
    /// A governed run.
    RunId "run_id";
    /// Named inputs that a user keeps.
    ScenarioId "scenario_id";
    /// A note that a user keeps.
    NoteId "note_id";
    /// A legal hold.
    HoldId "hold_id";
    /// A request that a second operator confirms.
    ControlRequestId "control_request_id";
    /// A process instance, new at every start.
    InstanceId "instance_id";
}

/// Reads the canonical 36-character form; the nil id is refused.
pub(crate) fn parse(field: &str, text: &str) -> Result<Uuid, Error> {
    let refuse = || {
        Error::invalid_input(field, text, "a UUID in the canonical 36-character form, not nil")
            .with_reason("invalid_id")
    };
    if text.len() != 36 || text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(refuse());
    }
    match Uuid::try_parse(text) {
        Ok(uuid) if !uuid.is_nil() => Ok(uuid),
        _ => Err(refuse()),
    }
}

/// Where new ids come from.
pub trait IdSource: Send + Sync {
    /// A new UUID v7 for the instant `now`.
    fn next(&self, now: Timestamp) -> Uuid;
}

/// UUID v7 from a secret seed and a counter: unique, ordered by time, and free of ambient randomness.
///
/// The 74 bits after the time are a keyed digest of (time, counter), so two sources with different
/// seeds do not collide and one source never repeats.
#[derive(Debug)]
pub struct SeededIds {
    seed: [u8; 32],
    counter: Mutex<u64>,
}

impl SeededIds {
    /// A source with the given seed; a host passes 32 bytes from its secure random source.
    #[must_use]
    pub fn new(seed: [u8; 32]) -> Self {
        Self { seed, counter: Mutex::new(0) }
    }
}

impl IdSource for SeededIds {
    fn next(&self, now: Timestamp) -> Uuid {
        use hmac::{Hmac, KeyInit, Mac};
        let count = {
            let mut counter = self.counter.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            *counter += 1;
            *counter
        };
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&self.seed).expect("HMAC takes any key length");
        mac.update(b"valor-ivx/id/v1\0");
        mac.update(&now.as_micros().to_be_bytes());
        mac.update(&count.to_be_bytes());
        let digest = mac.finalize().into_bytes();
        let mut random = [0u8; 10];
        random.copy_from_slice(&digest[..10]);
        let millis = u64::try_from(now.as_micros() / 1_000).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_version_7_unique_and_read_back() {
        let ids = SeededIds::new([7; 32]);
        let now = Timestamp::from_micros(1_700_000_000_000_000);
        let first = RunId::new(&ids, now);
        let second = RunId::new(&ids, now);
        assert_ne!(first, second);
        assert_eq!(first.to_string().parse::<RunId>().unwrap(), first);
        assert_eq!(first.0.get_version_num(), 7);
    }

    #[test]
    fn nil_short_and_foreign_forms_are_refused() {
        for text in ["", "0", "00000000-0000-0000-0000-000000000000", "1 OR 1", "018BCFE568007CB5A7B3C4D5E6F70819"] {
            assert_eq!(text.parse::<TenantId>().unwrap_err().field(), Some("tenant_id"), "{text}");
        }
    }
}
