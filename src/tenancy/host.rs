//! Names of hosts in the public internet, and addresses that lead to one.

/// The most bytes of an address of a page.
const MOST_URL_BYTES: usize = 2_048;

/// Last labels that lead into a private network.
const INNER: &[&str] = &["localhost", "local", "internal", "intranet", "lan", "home", "corp", "arpa"];

/// Whether `text` names a host: two labels or more of a-z, 0-9 and inner hyphens, the last of which begins
/// with a letter, so that no reader takes it for a number of an address, and leads into no private network.
pub(crate) fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(allowed)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = text.rsplit('.').next().unwrap_or_default();
    text.len() <= 253
        && text.contains('.')
        && text.split('.').all(label)
        && last.starts_with(|first: char| first.is_ascii_lowercase())
        && !INNER.contains(&last)
}

/// Whether `text` is an address of a page: https, a host by its name, no user, at most 2,048 bytes.
pub(crate) fn is_https(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_graphic() && !br#""<>\^`{|}"#.contains(&byte);
    let Some(rest) = text.strip_prefix("https://") else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
    let is_port = |port: &str| port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok();
    text.len() <= MOST_URL_BYTES
        && text.bytes().all(plain)
        && port.is_none_or(is_port)
        && is_host(&host.to_ascii_lowercase())
}

/// Whether `text` is an address of mail: plain characters, `@`, and a host by its name.
pub(crate) fn is_email(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte);
    text.split_once('@').is_some_and(|(user, host)| {
        (1..=64).contains(&user.len())
            && user.bytes().all(plain)
            && !user.starts_with('.')
            && !user.ends_with('.')
            && !user.contains("..")
            && text.len() <= 254
            && is_host(&host.to_ascii_lowercase())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_https_to_a_named_public_host_is_an_address_of_a_page() {
        for good in [
            "https://example.com",
            "https://cdn.example.com:8443/a/b.svg?v=1#x",
            "https://xn--bcher-kva.example/logo.png",
            "https://1.Example.com/",
        ] {
            assert!(is_https(good), "{good}");
        }
        for bad in [
            "",
            "https://",
            "http://example.com/",
            "HTTPS://example.com/",
            "//example.com/",
            "javascript:alert(1)",
            "data:image/svg+xml,<svg/>",
            "https://user@example.com/",
            "https://user:word@example.com/",
            "https://example.com@127.0.0.1/",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f.0.0.1/",
            "https://0x7f000001/",
            "https://a.0x7f/",
            "https://127.0.0.1./",
            "https://example.com./",
            "https://[::1]/",
            "https://[::ffff:169.254.169.254]/",
            "https://%31%32%37.0.0.1/",
            "https://１２７.0.0.1/",
            "https://localhost/",
            "https://a.localhost/",
            "https://metadata/",
            "https://metadata.google.internal/x.svg",
            "https://printer.local/",
            "https://example.com:99999/",
            "https://example.com:+80/",
            "https://example.com\\@127.0.0.1/",
            "https://example.com/a b",
            "https://example.com/\u{9}a",
            "https://example.com/\"onload=",
            "https://-a.example.com/",
        ] {
            assert!(!is_https(bad), "{bad}");
        }
        assert!(is_https(&format!("https://example.com/{}", "a".repeat(2_028))));
        assert!(!is_https(&format!("https://example.com/{}", "a".repeat(2_029))));
    }

    #[test]
    fn an_address_of_mail_carries_nothing_but_itself() {
        assert!(is_email("help.desk+a@Example.com"));
        for bad in
            ["", "a", "a@", "@b.example", "a@b", "a@b@c.example", "a b@c.example", "a@127.0.0.1", "a..b@c.example"]
        {
            assert!(!is_email(bad), "{bad}");
        }
        for bad in ["a@c.example?cc=x@y.example", "a\"@c.example", "a@c.example\r\nBcc: x", "a%0a@c.example"] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
