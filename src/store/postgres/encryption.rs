//! Encrypted connections: whom they are with is verified, by the certificates that the address names.

use std::sync::Arc;

use rustls::crypto::ring::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;

use crate::error::Error;

/// An address as the client reads it, and how connections are encrypted, if they are.
pub(super) struct Address {
    pub(super) url: String,
    pub(super) encryption: Option<ClientConfig>,
}

impl Address {
    /// Takes out of a URL what only this library reads: `sslrootcert`, the file of the certificates that are
    /// trusted, which `sslmode=require` and `sslmode=verify-full`, here the same, must name.
    pub(super) fn read(url: &str) -> Result<Self, Error> {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let (mut required, mut trusted, mut rest) = (false, None, Vec::new());
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=').unwrap_or((pair, "")) {
                ("sslrootcert", path) => trusted = Some(decoded(path)?),
                ("sslmode", "require" | "verify-full") => {
                    required = true;
                    rest.push("sslmode=require");
                }
                _ => rest.push(pair),
            }
        }
        let url = if rest.is_empty() { base.to_owned() } else { format!("{base}?{}", rest.join("&")) };
        let encryption = match (required, trusted) {
            (false, None) => None,
            (true, Some(path)) => Some(trusting(&path)?),
            (true, None) => {
                let needed = "beside sslmode=require an sslrootcert, the file of the certificates that are trusted";
                return Err(refused(needed));
            }
            (false, Some(_)) => return Err(refused("sslmode=require beside an sslrootcert: it has no use without")),
        };
        Ok(Self { url, encryption })
    }
}

/// The address itself may hold a password.
fn refused(allowed: &str) -> Error {
    Error::invalid_input("url", "postgresql://…", allowed)
}

/// Connections to whoever shows a certificate for the host's name by one of those in a file.
fn trusting(path: &str) -> Result<ClientConfig, Error> {
    let unreadable = |cause: String| {
        Error::invalid_input("url", Value::from(path), format!("an sslrootcert of PEM certificates ({cause})"))
    };
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|cause| unreadable(cause.to_string()))? {
        let certificate = certificate.map_err(|cause| unreadable(cause.to_string()))?;
        roots.add(certificate).map_err(|cause| unreadable(cause.to_string()))?;
    }
    if roots.is_empty() {
        return Err(unreadable("there is none in it".to_owned()));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|cause| Error::internal("encryption", cause.to_string()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// A part of an address without its `%` and two digits.
fn decoded(text: &str) -> Result<String, Error> {
    let malformed = || refused("`%` and two hexadecimal digits");
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let Some((&byte, after)) = rest.split_first() {
        if byte == b'%' {
            let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok()).ok_or_else(malformed)?;
            bytes.push(u8::from_str_radix(digits, 16).map_err(|_| malformed())?);
            rest = &after[2..];
        } else {
            bytes.push(byte);
            rest = after;
        }
    }
    String::from_utf8(bytes).map_err(|_| malformed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_asks_for_encryption_names_whom_it_trusts_or_is_refused() {
        let plain = Address::read("postgresql://valor@localhost/valor?connect_timeout=7").unwrap();
        assert_eq!(plain.url, "postgresql://valor@localhost/valor?connect_timeout=7");
        assert!(plain.encryption.is_none());
        for (query, told) in [
            ("sslmode=require", "sslrootcert"),
            ("sslmode=verify-full", "sslrootcert"),
            ("sslrootcert=/ca.pem", "sslmode=require"),
            ("sslmode=require&sslrootcert=/nowhere%20else.pem", "sslrootcert"),
            ("sslmode=require&sslrootcert=/a%2", "hexadecimal"),
            ("sslmode=require&sslrootcert=Cargo.toml", "none in it"),
        ] {
            let address = format!("postgresql://valor:secret@localhost/valor?{query}");
            let error = Address::read(&address).map(|_| ()).unwrap_err();
            let constraint = error.detail("constraint").unwrap().as_str().unwrap().to_owned();
            assert!(error.field() == Some("url") && constraint.contains(told), "{query}: {error}");
            assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
        }
    }
}
