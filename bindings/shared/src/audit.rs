//! The audit log, legal holds and what takes two operators, as JSON in and JSON out.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, BufWriter};

use serde_json::{Value, json};
use valor_ivx::Error;
use valor_ivx::platform::{AuditRange, ExportFormat, NewHold, Platform};
use valor_ivx::tenancy::{Anchor, ControlledAct, VerifiedPrincipal, verify_export};
use valor_ivx::time::Timestamp;

use crate::{given, only, page, text, typed, whole};

/// Records or requests when the caller does not say.
const SOME: u64 = 100;

/// What the service gives, if it is one of these.
pub(crate) fn call(
    platform: &Platform,
    who: &VerifiedPrincipal,
    service: &str,
    fields: &Value,
) -> Result<Option<Value>, Error> {
    let audit = platform.audit();
    let size = || {
        let size = if fields["size"].is_null() { SOME } else { whole(fields, "size")? };
        Ok::<_, Error>(usize::try_from(size).unwrap_or(usize::MAX))
    };
    let range = || typed::<AuditRange>("range", &only(fields, &["from", "to"]));
    Ok(Some(match service {
        "audit.list" => json!(audit.list(who, &page(fields)?)?),
        "audit.verify" => json!(audit.verify_range(who, range()?, &anchors(&fields["anchors"])?)?),
        "audit.export" => {
            let range = range()?;
            let path = text(fields, "path")?;
            let mut file = BufWriter::new(File::create(path).map_err(|cause| unreachable(path, &cause))?);
            json!(audit.export(who, range, ExportFormat::Ndjson, &mut file)?)
        }
        "audit.private_fields" => json!(audit.private_fields(who, whole(fields, "seq")?)?),
        "audit.records" => {
            let after = if fields["after"].is_null() { 0 } else { whole(fields, "after")? };
            json!(audit.records(who, after, size()?)?)
        }
        "audit.anchor" => json!(audit.anchor(who)?),
        "audit.retain" => json!(audit.retain(who)?),
        "holds.set" => {
            let new: NewHold = typed("hold", &only(fields, &["subject", "reason"]))?;
            json!(platform.holds().set(who, text(fields, "tenant")?.parse()?, &new)?)
        }
        "holds.list" => json!(platform.holds().list(who, text(fields, "tenant")?.parse()?)?),
        "control.request" => json!(platform.control().request(who, &typed::<ControlledAct>("act", &given(fields))?)?),
        "control.confirm" => json!(platform.control().confirm(who, text(fields, "id")?.parse()?)?),
        "control.list" => json!(platform.control().list(who, size()?)?),
        "users.erase" => {
            let (id, expected) = (text(fields, "id")?.parse()?, whole(fields, "expected")?);
            json!(platform.users().erase(who, id, expected)?)
        }
        _ => return Ok(None),
    }))
}

/// Verifies an exported log, against heads that are known from elsewhere.
pub fn verify_exported(path: &str, known: &Value) -> Result<Value, Error> {
    let file = File::open(path).map_err(|cause| unreachable(path, &cause))?;
    Ok(json!(verify_export(BufReader::new(file), &anchors(known)?)?))
}

fn anchors(known: &Value) -> Result<Vec<Anchor>, Error> {
    if known.is_null() { Ok(Vec::new()) } else { typed("anchors", known) }
}

fn unreachable(path: &str, cause: &std::io::Error) -> Error {
    Error::invalid_input("path", path, format!("a file that can be reached: {cause}"))
}

/// A principal with what the host tells of its request: `network_address`, `client_software`, `request_id`, and
/// `authenticated_at` in the digits of microseconds.
pub(crate) fn told_of(
    mut principal: VerifiedPrincipal,
    origin: &BTreeMap<String, String>,
) -> Result<VerifiedPrincipal, Error> {
    for (name, told) in origin {
        principal = match name.as_str() {
            "network_address" => principal.with_network_address(told)?,
            "client_software" => principal.with_client_software(told)?,
            "request_id" => principal.with_request_id(told)?,
            "authenticated_at" => {
                let refuse = |_| Error::invalid_input(name.clone(), told.clone(), "microseconds since 1970, whole");
                principal.with_authenticated_at(Timestamp::from_micros(told.parse::<i64>().map_err(refuse)?))
            }
            _ => {
                let known = "one of network_address, client_software, request_id, authenticated_at";
                return Err(Error::invalid_input("origin", name.clone(), known));
            }
        };
    }
    Ok(principal)
}
