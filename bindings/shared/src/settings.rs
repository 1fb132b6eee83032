//! Branding and configuration as JSON in and JSON out.

use serde_json::{Value, json};
use valor_ivx::Error;
use valor_ivx::platform::Platform;
use valor_ivx::tenancy::{ConfigSchema, Document, VerifiedPrincipal};

use crate::{page, text, typed, whole};

/// The keys and schemas of `configuration`, an object.
pub(crate) fn schemas(configuration: &Value) -> Result<Vec<(String, ConfigSchema)>, Error> {
    let schemas = match configuration {
        Value::Null => return Ok(Vec::new()),
        Value::Object(schemas) => schemas,
        other => {
            return Err(Error::invalid_input("configuration", other.clone(), "an object of schemas by their keys"));
        }
    };
    let read = |(key, schema): (&String, &Value)| {
        Ok((key.clone(), typed(&format!("configuration.{key}"), &crate::given(schema))?))
    };
    schemas.iter().map(read).collect()
}

/// The document that is given as the text `json`, or as the value `name`.
fn document(fields: &Value, name: &str) -> Result<Document, Error> {
    match fields["json"].as_str() {
        Some(text) => Document::parse(name, text),
        None => Document::of(name, fields[name].clone()),
    }
}

/// Calls a service of branding or configuration; `None` when it is one of another room.
pub(crate) fn call(
    platform: &Platform,
    who: &VerifiedPrincipal,
    service: &str,
    fields: &Value,
) -> Result<Option<Value>, Error> {
    let configuration = platform.configuration();
    let key = || text(fields, "key");
    let expected = || whole(fields, "expected");
    Ok(Some(match service {
        "branding.get" => json!(platform.branding().get(who)?),
        "branding.patch" => json!(platform.branding().patch(who, expected()?, &document(fields, "patch")?)?),
        "configuration.get" => json!(configuration.get(who, key()?)?),
        "configuration.set" => json!(configuration.set(who, key()?, expected()?, &document(fields, "value")?)?),
        "configuration.unset" => configuration.unset(who, key()?, expected()?).map(|()| Value::Null)?,
        "configuration.list" => json!(configuration.list(who, &page(fields)?)?),
        _ => return Ok(None),
    }))
}
