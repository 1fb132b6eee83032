//! Legal holds: what is held is neither deleted nor redacted, erased or purged.

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::id::{HoldId, UserId};
use crate::time::Timestamp;

/// What a hold keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldSubject {
    /// The whole tenant.
    Tenant,
    /// A user, and what that user keeps.
    User(UserId),
    /// One thing: a `run`, `scenario` or `note` by its id.
    Resource {
        /// What sort of thing.
        resource_type: String,
        /// Which one.
        resource_id: String,
    },
}

/// How a hold ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Who asked for it.
    pub requested_by: String,
    /// Who else confirmed it.
    pub confirmed_by: String,
    /// When.
    pub at: Timestamp,
}

/// A legal hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegalHold {
    /// Its id.
    pub id: HoldId,
    /// What it keeps.
    pub subject: HeldSubject,
    /// Why, such as the name of the matter.
    pub reason: String,
    /// Who set it.
    pub set_by: String,
    /// When.
    pub set_at: Timestamp,
    /// How it ended, if it has.
    pub released: Option<Release>,
}

impl LegalHold {
    /// Whether it is in force and keeps `subject`.
    #[must_use]
    pub fn covers(&self, subject: &HeldSubject) -> bool {
        self.released.is_none() && (self.subject == HeldSubject::Tenant || self.subject == *subject)
    }

    /// The hold after its release; once.
    pub fn released(&self, release: &Release) -> Result<Self, Error> {
        if self.released.is_some() {
            return Err(Error::conflict("illegal_transition", format!("the legal hold {} was released", self.id)));
        }
        Ok(Self { released: Some(release.clone()), ..self.clone() })
    }
}

/// Refuses with `legal_hold` what one of the holds keeps by any of the `subjects`; a hold of the tenant as a whole
/// keeps all.
pub fn require_free(holds: &[LegalHold], subjects: &[HeldSubject]) -> Result<(), Error> {
    refuse(holds.iter().find(|hold| subjects.iter().any(|subject| hold.covers(subject))))
}

/// Refuses with `legal_hold` where any hold is in force.
pub fn require_no_hold(holds: &[LegalHold]) -> Result<(), Error> {
    refuse(holds.iter().find(|hold| hold.released.is_none()))
}

fn refuse(held: Option<&LegalHold>) -> Result<(), Error> {
    held.map_or(Ok(()), |hold| {
        Err(Error::conflict("legal_hold", format!("it is kept by the legal hold {}", hold.id))
            .with_hint("it goes once two operators have released the hold"))
    })
}
