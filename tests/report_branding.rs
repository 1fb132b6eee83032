//! The branding of a page: shown, escaped, and refused where it could leave its place.

#![cfg(feature = "report")]

use valor_ivx::report::Page;
use valor_ivx::tenancy::{Branding, Theme};

fn branding() -> Branding {
    Branding {
        product_name: "A <b> & \"C\"".to_owned(),
        primary_color: "#Ab12cD".to_owned(),
        logo_url: Some("https://cdn.example.com/logo.svg?a='1'&b=2".to_owned()),
        ..Branding::default()
    }
}

#[test]
fn a_page_bears_the_name_the_colours_and_the_logo_escaped() {
    let html = Page::new("Example AG").branded(&branding()).unwrap().to_html();
    assert!(html.contains("<span>A &lt;b&gt; &amp; &quot;C&quot;</span>"), "{html}");
    assert!(html.contains("src=\"https://cdn.example.com/logo.svg?a=&#39;1&#39;&amp;b=2\""));
    assert!(html.contains("border-top-color:#Ab12cD;border-bottom-color:#64748b"));
    let text = html.strip_prefix("<!DOCTYPE html>\n").unwrap();
    roxmltree::Document::parse(text).expect("well formed");
}

#[test]
fn a_page_without_a_branding_shows_nothing_from_elsewhere() {
    let plain = Page::new("Example AG").to_html();
    assert!(!plain.contains("class=\"brand\"") && !plain.contains("https://"));
}

#[test]
fn the_theme_decides_between_light_and_dark() {
    let page = |theme| Page::new("x").branded(&Branding { theme, ..Branding::default() }).unwrap().to_html();
    assert!(page(Theme::System).contains("prefers-color-scheme:dark"));
    assert!(!page(Theme::Light).contains("prefers-color-scheme") && page(Theme::Light).contains("color-scheme:light;"));
    assert!(page(Theme::Dark).contains("color-scheme:dark;") && page(Theme::Dark).contains("@media screen{"));
}

#[test]
fn threat_33_a_branding_that_no_tenant_could_have_is_put_into_no_page() {
    for (hostile, field) in [
        (Branding { primary_color: "red}</style><script>".to_owned(), ..branding() }, "primary_color"),
        (Branding { secondary_color: "url(x)".to_owned(), ..branding() }, "secondary_color"),
        (Branding { logo_url: Some("javascript:alert(1)".to_owned()), ..branding() }, "logo_url"),
        (Branding { logo_url: Some("https://10.0.0.1/a.svg".to_owned()), ..branding() }, "logo_url"),
    ] {
        let error = Page::new("x").branded(&hostile).unwrap_err();
        assert_eq!((error.field(), error.reason()), (Some(field), Some("invalid_branding")));
    }
}
