//! The names and small values of the registry: validated ids, versions and digests.
//!
//! Ids are short and `Copy`, so that a resolution carries its own and touches no shared counter.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::sha256;
use crate::error::Error;
use crate::model::canonical_json;

/// The name of models and variants that are counted together.
const OTHER: &str = "_other";

/// Names the HTTP routes of the registry use for themselves.
const RESERVED_MODELS: [&str; 5] = ["performance", "usage", "ab-test-stats", "clear-metrics", OTHER];

macro_rules! text_forms {
    ($name:ident) => {
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
    };
}

macro_rules! name_types {
    ($($(#[$doc:meta])* $name:ident $length:literal $field:literal $form:literal $first:expr, $rest:expr, $also:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name {
            // Bytes beyond the name are zero, so the derived comparisons are those of the text.
            bytes: [u8; $length],
            length: u8,
        }

        impl $name {
            /// The text of the id.
            #[must_use]
            pub fn as_str(&self) -> &str {
                std::str::from_utf8(self.as_bytes()).expect("ids are ASCII")
            }

            /// The bytes of the text.
            #[must_use]
            pub fn as_bytes(&self) -> &[u8] {
                &self.bytes[..usize::from(self.length)]
            }
        }

        impl FromStr for $name {
            type Err = Error;

            #[doc = concat!("Reads `", $form, "`.")]
            fn from_str(text: &str) -> Result<Self, Error> {
                let (first, rest): (fn(u8) -> bool, fn(u8) -> bool) = ($first, $rest);
                let legal = text.len() <= $length
                    && text.bytes().next().is_some_and(first)
                    && text.bytes().skip(1).all(rest);
                if !legal && $also != Some(text) {
                    return Err(Error::invalid_input($field, text, $form).with_reason("invalid_id"));
                }
                let mut bytes = [0; $length];
                bytes[..text.len()].copy_from_slice(text.as_bytes());
                Ok(Self { bytes, length: u8::try_from(text.len()).expect("ids are at most 64 bytes") })
            }
        }

        text_forms!($name);

        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.as_bytes().hash(state);
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(self.as_str(), f)
            }
        }
    )*};
}

fn lower(byte: u8) -> bool {
    byte.is_ascii_lowercase()
}

fn lower_or_digit(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

name_types! {
    /// The name of a model.
    ModelId 64 "model" "[a-z][a-z0-9_]{0,63}" lower, |byte| lower_or_digit(byte) || byte == b'_', Some(OTHER);
    /// The name of a variant, unique inside its model.
    VariantId 64 "variant" "[a-z0-9][a-z0-9_.-]{0,63}" lower_or_digit, |byte| lower_or_digit(byte) || b"_.-".contains(&byte), Some(OTHER);
    /// The name of an experiment, unique in its scope for ever.
    ExperimentId 64 "experiment" "[a-z0-9][a-z0-9-]{0,63}" lower_or_digit, |byte| lower_or_digit(byte) || byte == b'-', None;
    /// The name of an arm inside its experiment.
    ArmKey 32 "arm" "[a-z0-9_-]{1,32}" |byte| lower_or_digit(byte) || b"_-".contains(&byte), |byte| lower_or_digit(byte) || b"_-".contains(&byte), None;
}

macro_rules! counted_together {
    ($name:ident $length:literal) => {
        impl $name {
            /// `_other`: all that have no count of their own; nothing is registered under it.
            pub const OTHER: $name = {
                let mut bytes = [0; $length];
                let mut at = 0;
                while at < OTHER.len() {
                    bytes[at] = OTHER.as_bytes()[at];
                    at += 1;
                }
                #[expect(clippy::cast_possible_truncation, reason = "six")]
                let length = OTHER.len() as u8;
                $name { bytes, length }
            };
        }
    };
}

counted_together!(ModelId 64);
counted_together!(VariantId 64);

impl VariantId {
    /// Refuses the name that counts of many are under.
    pub(crate) fn not_reserved(&self) -> Result<(), Error> {
        if *self == Self::OTHER {
            return Err(Error::invalid_input("variant", OTHER, "a name that is not reserved").with_reason("invalid_id"));
        }
        Ok(())
    }
}

impl ModelId {
    /// Refuses the names that routes of the registry use for themselves.
    pub(crate) fn not_reserved(&self) -> Result<(), Error> {
        if RESERVED_MODELS.contains(&self.as_str()) {
            return Err(Error::invalid_input("model", self.as_str(), "a name that is not reserved")
                .with_reason("invalid_id")
                .with_hint(format!("reserved: {}", RESERVED_MODELS.join(", "))));
        }
        Ok(())
    }
}

/// The caller's sticky key (user, portfolio, deal): 1 to 256 bytes of UTF-8, compared bytewise.
///
/// Never a metric label and never shown raw in an error or a log.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UnitId(String);

impl UnitId {
    /// The bytes that are assigned.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The number of a draw, written in decimal.
    pub(crate) fn as_draw(&self) -> Option<u64> {
        self.0.parse().ok()
    }
}

impl FromStr for UnitId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        if (1..=256).contains(&text.len()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::invalid_input("unit", format!("{} bytes", text.len()), "1 to 256 bytes of UTF-8")
                .with_reason("invalid_id"))
        }
    }
}

impl TryFrom<String> for UnitId {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<UnitId> for String {
    fn from(unit: UnitId) -> String {
        unit.0
    }
}

impl fmt::Debug for UnitId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UnitId({} bytes)", self.0.len())
    }
}

/// A version `major.minor.patch`; informational.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SemVer {
    /// Changed defaults, formulas or rules.
    pub major: u32,
    /// New abilities.
    pub minor: u32,
    /// Corrections.
    pub patch: u32,
}

impl SemVer {
    /// 1.0.0.
    pub const ONE: SemVer = SemVer { major: 1, minor: 0, patch: 0 };
}

impl FromStr for SemVer {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let number = |part: &str| {
            let plain = part.bytes().all(|byte| byte.is_ascii_digit()) && (part == "0" || !part.starts_with('0'));
            if plain { part.parse::<u32>().ok() } else { None }
        };
        let parts: Option<Vec<u32>> = text.split('.').map(number).collect();
        match parts.as_deref() {
            Some(&[major, minor, patch]) => Ok(Self { major, minor, patch }),
            _ => Err(Error::invalid_input("version", text, "major.minor.patch").with_reason("invalid_id")),
        }
    }
}

text_forms!(SemVer);

impl fmt::Display for SemVer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

/// A SHA-256, written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    #[must_use]
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(sha256::digest(bytes))
    }

    /// The digest of the canonical form of `value`.
    #[must_use]
    pub fn of_json(value: &Value) -> Self {
        Self::of_bytes(canonical_json(value).as_bytes())
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for Digest {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let refuse =
            || Error::invalid_input("digest", text, "64 lower-case hexadecimal digits").with_reason("invalid_id");
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte - b'0'),
            b'a'..=b'f' => Some(byte - b'a' + 10),
            _ => None,
        };
        let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return Err(refuse()) };
        if pairs.len() != 32 {
            return Err(refuse());
        }
        let mut bytes = [0; 32];
        for (byte, &[high, low]) in bytes.iter_mut().zip(pairs) {
            *byte = digit(high).zip(digit(low)).map(|(high, low)| high << 4 | low).ok_or_else(refuse)?;
        }
        Ok(Self(bytes))
    }
}

text_forms!(Digest);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

/// What computes here: this crate's version and the machine it was built for.
#[must_use]
pub fn build_id() -> String {
    format!("valor-ivx {} {}-{}", env!("CARGO_PKG_VERSION"), std::env::consts::ARCH, std::env::consts::OS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_outside_their_form_are_refused_with_their_field() {
        for text in ["", "Growth", "9x", "a-b", "a b", &"a".repeat(65)] {
            assert_eq!(text.parse::<ModelId>().unwrap_err().field(), Some("model"), "{text}");
        }
        for text in ["", "-v", "_v", "V1", "v/1", "vé"] {
            assert_eq!(text.parse::<VariantId>().unwrap_err().reason(), Some("invalid_id"), "{text}");
        }
        assert!(&"a".repeat(64).parse::<ModelId>().is_ok());
        assert!("_-".parse::<ArmKey>().is_ok());
        assert!("é".repeat(129).parse::<UnitId>().is_err());
        assert!("performance".parse::<ModelId>().unwrap().not_reserved().is_err());
    }

    #[test]
    fn ids_sort_as_their_text() {
        let mut ids: Vec<VariantId> = ["v10", "v1", "v1-a", "v2", "0"].map(|text| text.parse().unwrap()).into();
        ids.sort_unstable();
        assert_eq!(ids.iter().map(VariantId::as_str).collect::<Vec<_>>(), ["0", "v1", "v1-a", "v10", "v2"]);
    }

    #[test]
    fn digests_and_versions_read_back() {
        let digest = Digest::of_bytes(b"abc");
        assert!(digest.to_string().starts_with("ba7816bf"));
        assert_eq!(digest.to_string().parse::<Digest>().unwrap(), digest);
        assert_eq!("1.20.3".parse::<SemVer>().unwrap().to_string(), "1.20.3");
        for text in ["1.2", "1.2.3.4", "01.2.3", "1.2.x", "+1.2.3"] {
            assert!(text.parse::<SemVer>().is_err(), "{text}");
        }
    }
}
