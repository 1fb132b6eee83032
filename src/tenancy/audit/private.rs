//! What a record tells of persons: kept beside the chain, which holds a salted digest of it alone.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{hex, unhex};
use crate::error::Error;

/// The most bytes of a private field, and of what a host tells of a request.
pub const MOST_PRIVATE_BYTES: usize = 1_024;

/// Names of the private fields that come with a request.
const PRIVATE_NAMES: [&str; 2] = ["network_address", "client_software"];

/// A private field of a record, as long as it has not been redacted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivateField {
    /// Position of its record.
    pub seq: u64,
    /// Its name.
    pub name: String,
    /// 32 bytes that nobody could foretell, in hexadecimal.
    pub salt: String,
    /// Its text.
    pub value: String,
}

impl PrivateField {
    /// A field of the record that is to come, at position 0 until then.
    #[must_use]
    pub fn new(name: &str, salt: &[u8; 32], value: &str) -> Self {
        Self { seq: 0, name: name.to_owned(), salt: hex(salt), value: value.to_owned() }
    }

    /// SHA-256(salt || text), in hexadecimal: what the record holds of it.
    #[must_use]
    pub fn digest(&self) -> String {
        hex(&Sha256::new().chain_update(unhex(&self.salt)).chain_update(&self.value).finalize())
    }
}

/// From where and by what a request came, as the host tells of it: private fields of what it puts on record.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The caller's network address.
    pub network_address: Option<String>,
    /// What the caller's program calls itself.
    pub client_software: Option<String>,
    /// The host's own name of the request; no private field.
    pub request_id: Option<String>,
}

impl fmt::Debug for Origin {
    /// Without the private texts: principals and contexts are printed into logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Origin").field("request_id", &self.request_id).finish_non_exhaustive()
    }
}

impl Origin {
    /// Refuses text that is empty or long, or that no database takes.
    pub(crate) fn check(field: &str, text: &str) -> Result<(), Error> {
        if (1..=MOST_PRIVATE_BYTES).contains(&text.len()) && !text.contains('\0') {
            return Ok(());
        }
        // The text itself may be private.
        let constraint = format!("text of 1 to {MOST_PRIVATE_BYTES} bytes, none zero");
        Err(Error::invalid_input(field, text.len(), constraint))
    }

    /// The private fields it gives a record.
    pub(crate) fn private(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let texts = [&self.network_address, &self.client_software];
        PRIVATE_NAMES.into_iter().zip(texts).filter_map(|(name, text)| Some((name, text.as_deref()?)))
    }
}
