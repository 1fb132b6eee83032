//! What a tenant sets for itself under keys that the host has named: each of a type, within a range or among
//! choices, secret or not, with the permission that setting it takes.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::audit::hex;
use super::decimal::Decimal;
use super::document::Document;
use super::permission::Permission;
use crate::error::Error;
use crate::model::canonical_json;
use crate::time::Timestamp;

/// The most bytes of a value of text.
const MOST_TEXT: usize = 4_096;

/// Of what type a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfigType {
    /// Text of at most 4,096 bytes.
    String,
    /// True or false.
    Bool,
    /// A whole number of 64 bits.
    Integer,
    /// A decimal number, kept digit by digit as text such as `"0.25"`.
    Decimal,
    /// Any JSON of at most 64 KiB and 16 levels.
    Json,
}

/// The permission that setting a value takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConfiguredBy {
    /// `manage_tenant`.
    #[default]
    ManageTenant,
    /// `configure_integrations`.
    ConfigureIntegrations,
}

impl ConfiguredBy {
    /// The permission.
    #[must_use]
    pub fn permission(self) -> Permission {
        match self {
            ConfiguredBy::ManageTenant => Permission::ManageTenant,
            ConfiguredBy::ConfigureIntegrations => Permission::ConfigureIntegrations,
        }
    }
}

/// What may stand under a key.
///
/// ```
/// use valor_ivx::tenancy::{ConfigSchema, ConfigType};
///
/// let retries = ConfigSchema::of(ConfigType::Integer).at_least(0).at_most(10).by_default(3);
/// let token = ConfigSchema::of(ConfigType::String).secret();
/// # let _ = (retries, token);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigSchema {
    /// The type of its value.
    #[serde(rename = "type")]
    pub kind: ConfigType,
    /// The least value of a number.
    #[serde(default)]
    pub minimum: Option<Value>,
    /// The largest value of a number.
    #[serde(default)]
    pub maximum: Option<Value>,
    /// The values there are, of text or numbers; any when empty.
    #[serde(default, rename = "enum")]
    pub choices: Vec<Value>,
    /// Whether it is told to nobody once it is set.
    #[serde(default)]
    pub secret: bool,
    /// What holds where nothing is set.
    #[serde(default)]
    pub default: Option<Value>,
    /// The permission that setting it takes.
    #[serde(default)]
    pub permission: ConfiguredBy,
}

impl ConfigSchema {
    /// Any value of a type, set by whoever may `manage_tenant`.
    #[must_use]
    pub fn of(kind: ConfigType) -> Self {
        let permission = ConfiguredBy::default();
        Self { kind, minimum: None, maximum: None, choices: Vec::new(), secret: false, default: None, permission }
    }

    /// A number of at least `minimum`.
    #[must_use]
    pub fn at_least(self, minimum: impl Into<Value>) -> Self {
        Self { minimum: Some(minimum.into()), ..self }
    }

    /// A number of at most `maximum`.
    #[must_use]
    pub fn at_most(self, maximum: impl Into<Value>) -> Self {
        Self { maximum: Some(maximum.into()), ..self }
    }

    /// One of these.
    #[must_use]
    pub fn one_of<T: Into<Value>>(self, choices: impl IntoIterator<Item = T>) -> Self {
        Self { choices: choices.into_iter().map(Into::into).collect(), ..self }
    }

    /// Told to nobody once it is set.
    #[must_use]
    pub fn secret(self) -> Self {
        Self { secret: true, ..self }
    }

    /// What holds where nothing is set.
    #[must_use]
    pub fn by_default(self, value: impl Into<Value>) -> Self {
        Self { default: Some(value.into()), ..self }
    }

    /// Set by whoever may `configure_integrations`.
    #[must_use]
    pub fn by_integrations(self) -> Self {
        Self { permission: ConfiguredBy::ConfigureIntegrations, ..self }
    }

    /// What tells this schema from others: SHA-256 of its canonical JSON, in hexadecimal.
    #[must_use]
    pub fn id(&self) -> String {
        hex(&Sha256::digest(canonical_json(&json!(self)).as_bytes()))
    }

    /// Refuses a value that does not fit, as `invalid_config_value` about `field`; a secret one is not repeated.
    pub fn check(&self, field: &str, value: &Value) -> Result<(), Error> {
        let refuse = |constraint: &str| {
            let shown = if self.secret { Value::Null } else { value.clone() };
            Err(Error::invalid_input(field, shown, constraint).with_reason("invalid_config_value"))
        };
        let typed = match self.kind {
            ConfigType::String => value.as_str().is_some_and(|text| text.len() <= MOST_TEXT),
            ConfigType::Bool => value.is_boolean(),
            ConfigType::Integer => value.is_i64(),
            ConfigType::Decimal => Decimal::read(value).is_some(),
            ConfigType::Json => Document::of(field, value.clone()).is_ok(),
        };
        if !typed {
            return refuse(match self.kind {
                ConfigType::String => "text of at most 4096 bytes",
                ConfigType::Bool => "true or false",
                ConfigType::Integer => "a whole number of 64 bits",
                ConfigType::Decimal => "a decimal number of at most 38 digits, as text such as \"0.25\"",
                ConfigType::Json => "JSON of at most 64 KiB, 16 deep",
            });
        }
        if self.minimum.as_ref().is_some_and(|minimum| self.order(value, minimum) == Ordering::Less) {
            return refuse(&format!("at least {}", shown(self.minimum.as_ref())));
        }
        if self.maximum.as_ref().is_some_and(|maximum| self.order(value, maximum) == Ordering::Greater) {
            return refuse(&format!("at most {}", shown(self.maximum.as_ref())));
        }
        if !self.choices.is_empty() && !self.choices.iter().any(|choice| self.order(value, choice).is_eq()) {
            return refuse(&format!("one of {}", Value::from(self.choices.clone())));
        }
        Ok(())
    }

    /// How two values of its type lie; both have been found to be such.
    fn order(&self, one: &Value, two: &Value) -> Ordering {
        match self.kind {
            ConfigType::Integer => one.as_i64().cmp(&two.as_i64()),
            ConfigType::Decimal => Decimal::read(one).cmp(&Decimal::read(two)),
            _ => one.as_str().cmp(&two.as_str()),
        }
    }

    /// Refuses a schema whose parts do not go together.
    fn check_itself(&self, field: &str) -> Result<(), Error> {
        let bounds = [("minimum", &self.minimum), ("maximum", &self.maximum)];
        let is_number = matches!(self.kind, ConfigType::Integer | ConfigType::Decimal);
        let unbounded = Self { minimum: None, maximum: None, choices: Vec::new(), ..self.clone() };
        let mut problems = Vec::new();
        for (name, bound) in bounds {
            let Some(bound) = bound else { continue };
            let at = format!("{field}.{name}");
            if is_number {
                problems.extend(unbounded.check(&at, bound).err());
            } else {
                problems.push(Error::invalid_input(at, bound.clone(), "a number's alone"));
            }
        }
        if !self.choices.is_empty() && matches!(self.kind, ConfigType::Bool | ConfigType::Json) {
            let at = format!("{field}.enum");
            problems.push(Error::invalid_input(at, self.choices.clone(), "of text and numbers alone"));
        }
        if problems.is_empty()
            && let (Some(minimum), Some(maximum)) = (&self.minimum, &self.maximum)
            && self.order(minimum, maximum) == Ordering::Greater
        {
            let at = format!("{field}.minimum");
            problems.push(Error::invalid_input(at, minimum.clone(), format!("at most {maximum}")));
        }
        if self.secret && self.default.is_some() {
            let at = format!("{field}.default");
            problems.push(Error::invalid_input(at, Value::Null, "none: what stands in a program is no secret"));
        }
        if problems.is_empty() {
            let within = Self { choices: Vec::new(), ..self.clone() };
            let choices = self.choices.iter().filter_map(|choice| within.check(&format!("{field}.enum"), choice).err());
            problems.extend(choices);
        }
        if problems.is_empty() {
            problems
                .extend(self.default.as_ref().and_then(|value| self.check(&format!("{field}.default"), value).err()));
        }
        Error::collect(problems).map_or(Ok(()), Err)
    }
}

fn shown(bound: Option<&Value>) -> String {
    bound.map(ToString::to_string).unwrap_or_default()
}

/// Which keys there are, and what may stand under each.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConfigSchemas(BTreeMap<String, ConfigSchema>);

impl ConfigSchemas {
    /// Checks every schema; all problems are told.
    pub fn new(schemas: impl IntoIterator<Item = (String, ConfigSchema)>) -> Result<Self, Error> {
        let (mut problems, mut known) = (Vec::new(), BTreeMap::new());
        for (key, schema) in schemas {
            let field = format!("configuration.{key}");
            if !is_key(&key) {
                let allowed = "a key of 1 to 128 of a-z, 0-9 and . _ -, a letter or digit first";
                problems.push(Error::invalid_input(field.clone(), key.clone(), allowed));
            }
            problems.extend(schema.check_itself(&field).err());
            if known.insert(key.clone(), schema).is_some() {
                problems.push(Error::invalid_input(field, key, "registered once"));
            }
        }
        Error::collect(problems).map_or(Ok(Self(known)), Err)
    }

    /// The schema of a key, if it is registered.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&ConfigSchema> {
        self.0.get(key)
    }

    /// The schema of a key; refused when it is not registered.
    pub fn require(&self, key: &str) -> Result<&ConfigSchema, Error> {
        self.get(key).ok_or_else(|| {
            let known: Vec<_> = self.0.keys().cloned().collect();
            Error::invalid_input("key", key, "one of the keys that the host has registered")
                .with_reason("invalid_config_value")
                .with("allowed", known)
        })
    }

    /// What is told of a key: what is kept under it, or its default.
    pub fn item(&self, key: &str, kept: Option<&ConfigEntry>) -> Result<ConfigItem, Error> {
        let schema = self.get(key);
        let secret = schema.is_some_and(|schema| schema.secret) || kept.is_some_and(|kept| kept.secret);
        let (value, version, updated_at) = match kept {
            None => (schema.and_then(|schema| schema.default.clone()), 0, None),
            Some(kept) => {
                if let Some(schema) = schema {
                    let told = ConfigSchema { secret, ..schema.clone() };
                    let still =
                        |error: Error| error.with_hint("it no longer fits its schema: set it anew, or unset it");
                    told.check(&format!("configuration.{key}"), &kept.value).map_err(still)?;
                }
                (Some(kept.value.clone()), kept.version, Some(kept.updated_at))
            }
        };
        // Of a key that is registered no more nothing tells whether it may be shown.
        let value = value.filter(|_| !secret && schema.is_some());
        let key = key.to_owned();
        Ok(ConfigItem { key, kind: schema.map(|schema| schema.kind), value, secret, version, updated_at })
    }
}

fn is_key(key: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    (1..=128).contains(&key.len())
        && key.bytes().all(|byte| letter(byte) || b"._-".contains(&byte))
        && key.bytes().next().is_some_and(letter)
}

/// A value that is kept under a key.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct ConfigEntry {
    /// The key.
    pub key: String,
    /// The value.
    pub value: Value,
    /// The schema that it was set under ([`ConfigSchema::id`]).
    pub schema_id: String,
    /// Whether that called it secret.
    pub secret: bool,
    /// When it was first set.
    pub created_at: Timestamp,
    /// When it was set last.
    pub updated_at: Timestamp,
    /// Raised by each change.
    pub version: u64,
}

impl fmt::Debug for ConfigEntry {
    /// A secret value is left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut told = f.debug_struct("ConfigEntry");
        told.field("key", &self.key).field("version", &self.version);
        if !self.secret {
            told.field("value", &self.value);
        }
        told.finish_non_exhaustive()
    }
}

/// What a caller is told of a key.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConfigItem {
    /// The key.
    pub key: String,
    /// Its type; none when it is registered no more.
    #[serde(rename = "type")]
    pub kind: Option<ConfigType>,
    /// What is set, or the default; none of a secret, and of a key that is registered no more.
    pub value: Option<Value>,
    /// Whether it is secret.
    pub secret: bool,
    /// The version of what is set; 0 where nothing is.
    pub version: u64,
    /// When it was set last.
    pub updated_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(key: &str, value: Value, secret: bool) -> ConfigEntry {
        let at = Timestamp::from_micros(1);
        ConfigEntry {
            key: key.to_owned(),
            value,
            schema_id: String::new(),
            secret,
            created_at: at,
            updated_at: at,
            version: 3,
        }
    }

    fn schemas(all: &[(&str, ConfigSchema)]) -> Result<ConfigSchemas, Error> {
        ConfigSchemas::new(all.iter().map(|(key, schema)| ((*key).to_owned(), schema.clone())))
    }

    #[test]
    fn a_value_is_of_its_type_within_its_range_and_among_its_choices() {
        use ConfigType as T;
        let allowed = [
            (ConfigSchema::of(T::String), json!("x")),
            (ConfigSchema::of(T::String).one_of(["a", "b"]), json!("b")),
            (ConfigSchema::of(T::Bool), json!(false)),
            (ConfigSchema::of(T::Integer).at_least(-1).at_most(5), json!(-1)),
            (ConfigSchema::of(T::Integer).at_least(-1).at_most(5), json!(5)),
            (ConfigSchema::of(T::Decimal).at_least("-0.1").at_most("0.10"), json!("0.1")),
            (ConfigSchema::of(T::Decimal).one_of(["1.50"]), json!("1.5")),
            (ConfigSchema::of(T::Json), json!({"a": [1, null]})),
        ];
        for (schema, value) in allowed {
            schema.check("x", &value).unwrap();
        }
        let refused = [
            (ConfigSchema::of(T::String), json!(1)),
            (ConfigSchema::of(T::String), json!("x".repeat(4_097))),
            (ConfigSchema::of(T::String).one_of(["a", "b"]), json!("c")),
            (ConfigSchema::of(T::Bool), json!("true")),
            (ConfigSchema::of(T::Integer), json!(1.0)),
            (ConfigSchema::of(T::Integer), json!(u64::MAX)),
            (ConfigSchema::of(T::Integer).at_least(-1), json!(-2)),
            (ConfigSchema::of(T::Integer).at_most(5), json!(6)),
            (ConfigSchema::of(T::Decimal), json!(0.1)),
            (ConfigSchema::of(T::Decimal), json!("1e5")),
            (ConfigSchema::of(T::Decimal), json!("01")),
            (ConfigSchema::of(T::Decimal), json!(".5")),
            (ConfigSchema::of(T::Decimal), json!("NaN")),
            (ConfigSchema::of(T::Decimal), json!("1".repeat(39))),
            (ConfigSchema::of(T::Decimal).at_most("0.1"), json!("0.100000000000000000001")),
            (ConfigSchema::of(T::Decimal).at_least("-0.1"), json!("-0.11")),
            (ConfigSchema::of(T::Json), (0..17).fold(json!(1), |inner, _| json!([inner]))),
        ];
        for (schema, value) in refused {
            let error = schema.check("x", &value).unwrap_err();
            assert_eq!((error.field(), error.reason()), (Some("x"), Some("invalid_config_value")), "{value}");
        }
    }

    #[test]
    fn a_schema_whose_parts_do_not_go_together_is_refused_with_all_its_problems() {
        use ConfigType as T;
        for (schema, field) in [
            (ConfigSchema::of(T::String).at_least(1), "configuration.k.minimum"),
            (ConfigSchema::of(T::Integer).at_most("1"), "configuration.k.maximum"),
            (ConfigSchema::of(T::Integer).at_least(2).at_most(1), "configuration.k.minimum"),
            (ConfigSchema::of(T::Bool).one_of([true]), "configuration.k.enum"),
            (ConfigSchema::of(T::Integer).at_most(1).one_of([2]), "configuration.k.enum"),
            (ConfigSchema::of(T::Integer).at_most(1).by_default(2), "configuration.k.default"),
            (ConfigSchema::of(T::String).secret().by_default("x"), "configuration.k.default"),
        ] {
            assert_eq!(schemas(&[("k", schema)]).unwrap_err().field(), Some(field));
        }
        for key in ["", ".a", "A", "a b", &"a".repeat(129)] {
            assert!(schemas(&[(key, ConfigSchema::of(T::Bool))]).is_err(), "{key}");
        }
        let both = [("A", ConfigSchema::of(T::Bool)), ("b", ConfigSchema::of(T::Bool).at_least(1))];
        assert_eq!(schemas(&both).unwrap_err().also().len(), 1);
    }

    #[test]
    fn a_secret_is_told_by_nothing() {
        let schemas = schemas(&[
            ("token", ConfigSchema::of(ConfigType::Integer).secret()),
            ("was", ConfigSchema::of(ConfigType::String)),
        ])
        .unwrap();
        let error = schemas.require("token").unwrap().check("token", &json!("canary")).unwrap_err();
        let kept = entry("token", json!("canary"), true);
        // Kept as text, and no whole number.
        let unfit = schemas.item("token", Some(&kept)).unwrap_err();
        // Called secret when it was set, and no more.
        let was = schemas.item("was", Some(&entry("was", json!("canary"), true))).unwrap();
        let gone = schemas.item("gone", Some(&entry("gone", json!("canary"), false))).unwrap();
        assert_eq!((was.value.as_ref(), was.secret, was.version), (None, true, 3));
        assert_eq!((gone.value.as_ref(), gone.kind), (None, None));
        let told = format!("{error} {error:?} {kept:?} {unfit} {unfit:?} {was:?} {gone:?}");
        assert!(!told.contains("canary"), "{told}");
    }

    #[test]
    fn what_no_longer_fits_its_schema_is_an_error_and_not_an_empty_value() {
        let schema = ConfigSchema::of(ConfigType::Integer).at_most(5).by_default(4);
        let schemas = schemas(&[("k", schema)]).unwrap();
        assert_eq!(schemas.item("k", None).unwrap().value, Some(json!(4)));
        assert_eq!(schemas.item("k", Some(&entry("k", json!(5), false))).unwrap().value, Some(json!(5)));
        let error = schemas.item("k", Some(&entry("k", json!(6), false))).unwrap_err();
        assert_eq!((error.field(), error.reason()), (Some("configuration.k"), Some("invalid_config_value")));
    }
}
