//! Dual control: what one operator asks for and another confirms.

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::id::{ControlRequestId, HoldId, TenantId};
use crate::tenancy::PlatformPermission;
use crate::time::Timestamp;

/// How long a request waits for a second operator: a day.
const LASTS_MICROS: i64 = 86_400_000_000;

/// The records whose private fields are to go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redaction {
    /// The first position.
    pub from: u64,
    /// The last position.
    pub to: u64,
    /// The one field that goes, such as `network_address`; every private field where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

impl Redaction {
    /// The most records of one redaction.
    pub const MOST_RECORDS: u64 = 100_000;

    /// Refuses positions that are none, or too many.
    pub fn check(&self) -> Result<(), Error> {
        if self.from >= 1 && self.to >= self.from && self.to - self.from < Self::MOST_RECORDS {
            return Ok(());
        }
        let constraint = format!("from 1, at most to ({}), and at most {} records", self.to, Self::MOST_RECORDS);
        Err(Error::invalid_input("from", self.from, constraint))
    }
}

/// What takes two operators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum ControlledAct {
    /// Private fields of audit records go.
    RedactAudit {
        /// Whose records; none is the platform's own.
        #[serde(default)]
        tenant: Option<TenantId>,
        /// Which of them.
        #[serde(flatten)]
        redaction: Redaction,
    },
    /// A legal hold ends.
    ReleaseHold {
        /// Whose.
        tenant: TenantId,
        /// Which.
        hold: HoldId,
    },
    /// What the users of a deactivated tenant kept goes, and they become pseudonyms.
    PurgeTenant {
        /// Which.
        tenant: TenantId,
    },
}

impl ControlledAct {
    /// Its word in records: `audit.redact`, `hold.release`, `tenant.purge`.
    #[must_use]
    pub fn action(&self) -> &'static str {
        match self {
            ControlledAct::RedactAudit { .. } => "audit.redact",
            ControlledAct::ReleaseHold { .. } => "hold.release",
            ControlledAct::PurgeTenant { .. } => "tenant.purge",
        }
    }

    /// The permission that both operators need.
    #[must_use]
    pub fn permission(&self) -> PlatformPermission {
        match self {
            ControlledAct::RedactAudit { .. } => PlatformPermission::RedactAudit,
            ControlledAct::ReleaseHold { .. } | ControlledAct::PurgeTenant { .. } => PlatformPermission::WriteTenants,
        }
    }

    /// The tenant it is done to.
    #[must_use]
    pub fn tenant(&self) -> Option<TenantId> {
        match self {
            ControlledAct::RedactAudit { tenant, .. } => *tenant,
            ControlledAct::ReleaseHold { tenant, .. } | ControlledAct::PurgeTenant { tenant } => Some(*tenant),
        }
    }

    /// Refuses what could never be done.
    pub fn check(&self) -> Result<(), Error> {
        match self {
            ControlledAct::RedactAudit { redaction, .. } => redaction.check(),
            _ => Ok(()),
        }
    }
}

/// By whom a request was confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// A request for what takes two operators.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlRequest {
    /// Its id.
    pub id: ControlRequestId,
    /// What is asked for.
    pub act: ControlledAct,
    /// Who asked.
    pub requested_by: String,
    /// When.
    pub requested_at: Timestamp,
    /// When it can be confirmed no more: after 24 hours.
    pub expires_at: Timestamp,
    /// Who confirmed it, if anyone has.
    pub confirmed: Option<Confirmation>,
}

impl ControlRequest {
    /// A request of `by`, who needs [`ControlledAct::permission`].
    pub fn new(id: ControlRequestId, act: ControlledAct, by: &str, now: Timestamp) -> Result<Self, Error> {
        act.check()?;
        Ok(Self {
            id,
            act,
            requested_by: by.to_owned(),
            requested_at: now,
            expires_at: now.plus_micros(LASTS_MICROS),
            confirmed: None,
        })
    }

    /// The request confirmed by another operator, in time and once.
    ///
    /// `separation_of_duty` where it is the same operator; `illegal_transition` where it was confirmed before or
    /// has expired.
    pub fn confirmed(&self, by: &str, now: Timestamp) -> Result<Self, Error> {
        if by == self.requested_by {
            return Err(Error::denied("separation_of_duty", format!("{} by who asked for it", self.act.action()))
                .with_hint("another operator confirms it"));
        }
        if self.confirmed.is_some() {
            return Err(Error::conflict("illegal_transition", "it has been confirmed and done"));
        }
        if now >= self.expires_at {
            return Err(Error::conflict("illegal_transition", "it was to be confirmed within 24 hours")
                .with_hint("ask for it again"));
        }
        Ok(Self { confirmed: Some(Confirmation { by: by.to_owned(), at: now }), ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::SeededIds;

    #[test]
    fn another_operator_confirms_once_and_within_a_day() {
        let (ids, now) = (SeededIds::new([1; 32]), Timestamp::from_micros(1_700_000_000_000_000));
        let tenant = TenantId::new(&ids, now);
        let act = ControlledAct::PurgeTenant { tenant };
        let request = ControlRequest::new(ControlRequestId::new(&ids, now), act, "host/ada", now).unwrap();
        let reason = |by: &str, after: i64| {
            let told = request.confirmed(by, now.plus_micros(after));
            told.err().and_then(|error| error.reason().map(str::to_owned))
        };
        assert_eq!(reason("host/ada", 0).as_deref(), Some("separation_of_duty"));
        assert_eq!(reason("host/ben", LASTS_MICROS).as_deref(), Some("illegal_transition"));
        assert_eq!(reason("host/ben", LASTS_MICROS - 1), None);
        let done = request.confirmed("host/ben", now).unwrap();
        assert_eq!(done.confirmed("host/cy", now).unwrap_err().reason(), Some("illegal_transition"));
    }

    #[test]
    fn an_act_is_read_as_it_is_written() {
        let redaction = Redaction { from: 1, to: 9, field: Some("network_address".to_owned()) };
        let act = ControlledAct::RedactAudit { tenant: None, redaction };
        let text = serde_json::to_value(&act).unwrap();
        assert_eq!((text["act"].as_str(), text["from"].as_u64()), (Some("redact_audit"), Some(1)));
        assert_eq!(serde_json::from_value::<ControlledAct>(text).unwrap(), act);
        let nothing = Redaction { from: 2, to: 1, field: None };
        assert!(ControlledAct::RedactAudit { tenant: None, redaction: nothing }.check().is_err());
    }
}
