//! How a tenant's pages look: its product name, colours, pictures and address for help, each bounded so that
//! it can be put into a page without a way out of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::document::Document;
use super::host::{is_email, is_https};
use crate::error::Error;
use crate::time::Timestamp;

/// The product's own name, which a tenant without another shows.
pub const PRODUCT_NAME: &str = "Valor IVX";

/// The most variables of style that a tenant has.
const MOST_VARIABLES: usize = 50;

/// Light or dark pages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// Light.
    Light,
    /// Dark.
    Dark,
    /// As the reader's machine is set.
    #[default]
    System,
}

/// How a tenant's pages look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Branding {
    /// The name that pages bear, 1 to 60 characters.
    pub product_name: String,
    /// The first colour, `#rrggbb`.
    pub primary_color: String,
    /// The second colour, `#rrggbb`.
    pub secondary_color: String,
    /// Light or dark pages.
    pub theme: Theme,
    /// The logo: https, a host by its name, at most 2,048 bytes.
    pub logo_url: Option<String>,
    /// The small picture of a page, as `logo_url`.
    pub favicon_url: Option<String>,
    /// Where users find help.
    pub support_email: Option<String>,
    /// Variables of style, at most 50: names `--valor-…`, values a colour, a length or names of fonts.
    pub css_variables: BTreeMap<String, String>,
}

impl Default for Branding {
    fn default() -> Self {
        Self {
            product_name: PRODUCT_NAME.to_owned(),
            primary_color: "#2563eb".to_owned(),
            secondary_color: "#64748b".to_owned(),
            theme: Theme::System,
            logo_url: None,
            favicon_url: None,
            support_email: None,
            css_variables: BTreeMap::new(),
        }
    }
}

/// A tenant's branding as it is kept, of version 0 where none is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantBranding {
    /// What it is.
    #[serde(flatten)]
    pub branding: Branding,
    /// When it was first changed.
    pub created_at: Option<Timestamp>,
    /// When it was changed last.
    pub updated_at: Option<Timestamp>,
    /// Raised by each change.
    pub version: u64,
}

/// What a field of text must be, and how that is told.
type Rule = (&'static str, fn(&str) -> bool, &'static str);

const ADDRESS: &str =
    "an address https://… of at most 2048 bytes, without a user, whose host is a public name and no number";

const TEXTS: [Rule; 7] = [
    ("product_name", is_product_name, "1 to 60 characters, not all blank and none of control"),
    ("primary_color", is_color, "a colour #rrggbb"),
    ("secondary_color", is_color, "a colour #rrggbb"),
    ("theme", |text| matches!(text, "light" | "dark" | "system"), "one of light, dark, system"),
    ("logo_url", is_https, ADDRESS),
    ("favicon_url", is_https, ADDRESS),
    ("support_email", is_email, "an address name@domain of letters, digits and . _ + -"),
];

impl Branding {
    /// This after a JSON merge patch (RFC 7396): what is absent stays, null takes back to the default. The
    /// result is checked as a whole; every problem of it is told, as `invalid_branding`.
    pub fn merged(&self, patch: &Document) -> Result<Self, Error> {
        let Value::Object(_) = patch.value() else {
            return Err(refused("patch", patch.value(), "an object of fields"));
        };
        let mut fields = json!(self);
        merge(&mut fields, patch.value());
        Self::read(&fields)
    }

    fn read(fields: &Value) -> Result<Self, Error> {
        let fields: Map<_, _> =
            fields.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()).map(owned).collect();
        let mut problems = Vec::new();
        for (name, value) in &fields {
            if name == "css_variables" {
                problems.extend(check_variables(value));
            } else if let Some((_, allows, constraint)) = TEXTS.iter().find(|(text, ..)| text == name) {
                let fits = value.as_str().is_some_and(allows);
                problems.extend((!fits).then(|| refused(name, value, constraint)));
            } else {
                let known: Vec<_> = TEXTS.iter().map(|(name, ..)| *name).chain(["css_variables"]).collect();
                problems.push(refused(name, value, &format!("one of the fields {}", known.join(", "))));
            }
        }
        if let Some(error) = Error::collect(problems) {
            return Err(error);
        }
        serde_json::from_value(fields.clone().into())
            .map_err(|cause| refused("patch", &Value::Null, &cause.to_string()))
    }

    /// Refuses one that no tenant could have, as [`Branding::merged`] does.
    pub fn check(&self) -> Result<(), Error> {
        Self::read(&json!(self)).map(drop)
    }

    /// Whether it shows another name in place of the product's own.
    #[must_use]
    pub fn hides_product_name(&self) -> bool {
        self.product_name != PRODUCT_NAME
    }

    /// Names of the fields in which it differs from `other`.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<&'static str> {
        let (one, two) = (json!(self), json!(other));
        let names = TEXTS.iter().map(|(name, ..)| *name).chain(["css_variables"]);
        names.filter(|name| one[*name] != two[*name]).collect()
    }

    /// What of it a tenant shows that may not have a branding of its own (`custom`), or may but not hide the
    /// product's name (`white_label`).
    #[must_use]
    pub fn as_allowed(self, custom: bool, white_label: bool) -> Self {
        match (custom, white_label) {
            (false, _) => Self::default(),
            (true, false) => Self { product_name: PRODUCT_NAME.to_owned(), ..self },
            (true, true) => self,
        }
    }
}

fn owned((name, value): (&String, &Value)) -> (String, Value) {
    (name.clone(), value.clone())
}

fn refused(field: &str, value: &Value, constraint: &str) -> Error {
    Error::invalid_input(field, value.clone(), constraint).with_reason("invalid_branding")
}

/// Merges a patch into a document (RFC 7396).
fn merge(document: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        *document = patch.clone();
        return;
    };
    if !document.is_object() {
        *document = Value::Object(Map::new());
    }
    let Some(fields) = document.as_object_mut() else { return };
    for (name, change) in changes {
        if change.is_null() {
            fields.shift_remove(name);
        } else {
            merge(fields.entry(name.clone()).or_insert(Value::Null), change);
        }
    }
}

fn is_product_name(text: &str) -> bool {
    (1..=60).contains(&text.chars().count()) && !text.trim().is_empty() && !text.chars().any(char::is_control)
}

fn is_color(text: &str) -> bool {
    text.len() == 7 && is_hex(text)
}

fn is_hex(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
}

fn check_variables(value: &Value) -> Vec<Error> {
    let Some(variables) = value.as_object() else {
        return vec![refused("css_variables", value, "an object of texts")];
    };
    let mut problems = Vec::new();
    if variables.len() > MOST_VARIABLES {
        let count = variables.len().into();
        problems.push(refused("css_variables", &count, &format!("at most {MOST_VARIABLES} variables")));
    }
    for (name, value) in variables {
        let field = format!("css_variables.{name}");
        if !is_variable(name) {
            problems.push(refused(&field, &name.clone().into(), "a name --valor-… of at most 64 of a-z, 0-9 and -"));
        } else if !value.as_str().is_some_and(|text| is_color_of_style(text) || is_length(text) || is_font(text)) {
            problems.push(refused(&field, value, "a colour #rrggbb, a length such as 1.5rem, or names of fonts"));
        }
    }
    problems
}

fn is_variable(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    name.len() <= 64 && name.strip_prefix("--valor-").is_some_and(|rest| !rest.is_empty() && rest.bytes().all(allowed))
}

/// A colour of three, four, six or eight hexadecimal digits; one by its name is among the names of fonts.
fn is_color_of_style(text: &str) -> bool {
    matches!(text.len(), 4 | 5 | 7 | 9) && is_hex(text)
}

fn is_length(text: &str) -> bool {
    const UNITS: [&str; 12] = ["", "px", "pt", "em", "rem", "ex", "ch", "vw", "vh", "mm", "cm", "%"];
    let number = text.strip_prefix('-').unwrap_or(text);
    let end = number.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(number.len());
    let (digits, unit) = number.split_at(end);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let are_digits = |text: &str| (1..=6).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    UNITS.contains(&unit) && are_digits(whole) && are_digits(part)
}

/// Names of fonts, by commas: words of letters, digits and inner hyphens, between quotation marks or not.
fn is_font(text: &str) -> bool {
    let word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_alphabetic())
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    let name = |name: &str| {
        let name = name.trim_matches(' ');
        let quoted = |mark: char| name.strip_prefix(mark).and_then(|rest| rest.strip_suffix(mark));
        quoted('"').or_else(|| quoted('\'')).unwrap_or(name).split(' ').all(word)
    };
    text.len() <= 200 && text.split(',').all(name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn patched(patch: Value) -> Result<Branding, Error> {
        Branding::default().merged(&Document::of("patch", patch).unwrap())
    }

    fn fields(error: &Error) -> Vec<&str> {
        std::iter::once(error).chain(error.also()).filter_map(Error::field).collect()
    }

    #[test]
    fn threat_33_what_could_leave_its_place_in_a_page_is_refused_by_its_field() {
        for address in [
            "javascript:alert(1)",
            "data:image/svg+xml;base64,PHN2Zy8+",
            "https://169.254.169.254/logo.svg",
            "https://[::1]/logo.svg",
            "https://localhost/logo.svg",
            "https://user@example.com/logo.svg",
            "https://example.com/\"><script>",
        ] {
            for field in ["logo_url", "favicon_url"] {
                let error = patched(json!({ field: address })).unwrap_err();
                assert_eq!((error.field(), error.reason()), (Some(field), Some("invalid_branding")), "{address}");
            }
        }
        for style in [
            "url(https://example.com/a.png)",
            "URL(javascript:alert(1))",
            "u\\72l(x)",
            "expression(alert(1))",
            "red;background:url(x)",
            "red}body{display:none",
            "</style><script>",
            "var(--x)",
            "/**/",
            "\"a",
            "",
            "#12",
            "1e9px",
            "Inter,,Arial",
        ] {
            let error = patched(json!({"css_variables": {"--valor-a": style}})).unwrap_err();
            assert_eq!((error.field(), error.reason()), (Some("css_variables.--valor-a"), Some("invalid_branding")));
        }
        for name in ["--other", "--valor-", "--valor-A", "--valor-a;b", "color", &format!("--valor-{}", "a".repeat(57))]
        {
            assert!(patched(json!({"css_variables": {name: "red"}})).is_err(), "{name}");
        }
        for color in ["red", "#12345", "#12345g", "#1234567", "url(#a)"] {
            assert!(patched(json!({"primary_color": color})).is_err(), "{color}");
        }
    }

    #[test]
    fn every_problem_is_told_at_once() {
        let error = patched(json!({
            "product_name": "", "primary_color": "red", "secondary_color": 7, "theme": "pink", "logo_url": "x",
            "favicon_url": "y", "support_email": "z", "css": "body{}", "css_variables": {"a": "b", "--valor-b": 1},
        }))
        .unwrap_err();
        let mut told = fields(&error);
        told.sort_unstable();
        let mut all = vec![
            "product_name",
            "primary_color",
            "secondary_color",
            "theme",
            "logo_url",
            "favicon_url",
            "support_email",
            "css",
            "css_variables.a",
            "css_variables.--valor-b",
        ];
        all.sort_unstable();
        assert_eq!(told, all);
        let many: Map<_, _> = (0..51).map(|i| (format!("--valor-{i}"), json!("red"))).collect();
        assert_eq!(patched(json!({ "css_variables": many })).unwrap_err().field(), Some("css_variables"));
        assert_eq!(patched(json!([])).unwrap_err().field(), Some("patch"));
        assert_eq!(patched(json!({"product_name": "ä".repeat(60)})).unwrap().product_name.chars().count(), 60);
        assert!(patched(json!({"product_name": "ä".repeat(61)})).is_err());
    }

    #[test]
    fn a_patch_merges_by_field_and_null_takes_back_to_the_default() {
        let patch = json!({
            "product_name": "Acme", "theme": "dark", "logo_url": "https://acme.example/logo.svg",
            "support_email": "help@acme.example",
            "css_variables": {"--valor-radius": "1.5rem", "--valor-font": "Inter, \"Helvetica Neue\", sans-serif"},
        });
        let first = patched(patch).unwrap();
        let second = json!({
            "theme": null, "logo_url": null, "primary_color": "#AbCdEf",
            "css_variables": {"--valor-radius": null, "--valor-ink": "#123"},
        });
        let second = first.merged(&Document::of("patch", second).unwrap()).unwrap();
        assert_eq!(
            (second.product_name.as_str(), second.theme, second.logo_url.as_ref()),
            ("Acme", Theme::System, None)
        );
        assert_eq!(second.css_variables.keys().collect::<Vec<_>>(), ["--valor-font", "--valor-ink"]);
        assert_eq!(first.differences(&second), ["primary_color", "theme", "logo_url", "css_variables"]);
        let nothing = json!({
            "product_name": null, "primary_color": null, "support_email": null, "css_variables": null,
        });
        assert_eq!(second.merged(&Document::of("patch", nothing).unwrap()).unwrap(), Branding::default());
    }

    #[test]
    fn a_tenant_shows_of_it_what_its_plan_allows() {
        let own = patched(json!({"product_name": "Acme", "theme": "dark"})).unwrap();
        assert_eq!(own.clone().as_allowed(false, true), Branding::default());
        let named = own.clone().as_allowed(true, false);
        assert_eq!((named.product_name.as_str(), named.theme), (PRODUCT_NAME, Theme::Dark));
        assert_eq!(own.clone().as_allowed(true, true), own);
    }

    proptest! {
        #[test]
        fn what_is_taken_as_a_style_has_nothing_to_leave_its_place_by(text in ".{0,24}") {
            if patched(json!({"css_variables": {"--valor-a": text.clone()}})).is_ok() {
                let allowed = |c: char| c.is_ascii_alphanumeric() || " #,.-%'\"".contains(c);
                prop_assert!(text.chars().all(allowed), "{}", text);
            }
        }

        #[test]
        fn a_patch_of_itself_changes_nothing(name in "[a-zA-Z ]{1,20}[a-z]", color in "#[0-9a-f]{6}") {
            let one = patched(json!({"product_name": name, "primary_color": color})).unwrap();
            let again = one.merged(&Document::of("patch", json!(one)).unwrap()).unwrap();
            prop_assert_eq!(one, again);
        }
    }
}
