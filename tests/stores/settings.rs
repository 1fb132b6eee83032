//! Branding, configuration and the making of tenants as services, on stores that outlive a process.

use serde_json::{Value, json};
use valor_ivx::ErrorKind;
use valor_ivx::platform::{NewTenant, Platform, Terms};
use valor_ivx::store::{PageReq, TenantPatch};
use valor_ivx::tenancy::{
    Branding, ConfigSchema, ConfigType, Document, LimitKind, PRODUCT_NAME, PlatformRole, PrincipalKind, TenantStatus,
    Verification, VerifiedPrincipal,
};

use crate::{Place, opened, places, store_at, tenant, user};

fn document(value: Value) -> Document {
    Document::of("value", value).unwrap()
}

fn reason<T>(told: Result<T, valor_ivx::Error>) -> String {
    told.err().and_then(|error| error.reason().map(str::to_owned)).unwrap_or_default()
}

fn operator(platform: &Platform) -> VerifiedPrincipal {
    platform.principal("host", "root", None, PrincipalKind::Platform).unwrap()
}

fn member(platform: &Platform, ada: &VerifiedPrincipal, subject: &str, role: &str) -> VerifiedPrincipal {
    platform.users().create(ada, &user(subject, role)).unwrap();
    platform.principal("idp", subject, ada.tenant(), PrincipalKind::User).unwrap()
}

/// A platform on which the host has registered keys.
fn configured(place: &Place, retries: ConfigSchema) -> Platform {
    Platform::builder(&place.url)
        .operator("host", "root", PlatformRole::Operator)
        .configuration("retries", retries)
        .configuration("region", ConfigSchema::of(ConfigType::String).one_of(["eu", "us"]).by_default("eu"))
        .configuration("hook.token", ConfigSchema::of(ConfigType::String).secret().by_integrations())
        .configuration("limits", ConfigSchema::of(ConfigType::Json))
        .open()
        .unwrap()
}

fn retries() -> ConfigSchema {
    ConfigSchema::of(ConfigType::Integer).at_least(0).at_most(10).by_default(3)
}

/// Actions, outcomes and details of what the tenant's chain tells, newest first, without signing in and reading.
fn chain(place: &Place, platform: &Platform, ada: &VerifiedPrincipal) -> Vec<(String, String, Value)> {
    let (mut records, _) = store_at(&place.url).read(&platform.enter(ada).unwrap()).unwrap().audit().unwrap();
    records.reverse();
    let told = records.into_iter().map(|record| (record.event.action, record.event.outcome, record.event.detail));
    told.filter(|(action, ..)| action != "sign_in" && !action.starts_with("audit.")).collect()
}

#[test]
fn branding_is_patched_by_version_under_the_plan_and_read_by_every_user() {
    for place in places() {
        let platform = opened(&place.url);
        let ada = tenant(&platform, "acme", "enterprise");
        let guest = member(&platform, &ada, "guest", "Guest");
        let branding = platform.branding();
        assert_eq!(branding.get(&guest).unwrap().version, 0);
        assert_eq!(branding.get(&guest).unwrap().branding, Branding::default());
        let patch = Document::parse("patch", r#"{"product_name": "Acme", "theme": "dark"}"#).unwrap();
        let first = branding.patch(&ada, 0, &patch).unwrap();
        assert_eq!((first.version, first.branding.product_name.as_str()), (1, "Acme"), "{}", place.url);
        assert_eq!(branding.get(&guest).unwrap(), first);
        assert_eq!(reason(branding.patch(&ada, 0, &patch)), "version_conflict");
        assert_eq!(reason(branding.patch(&guest, 1, &patch)), "no_permission");
        let invalid = document(json!({"theme": "pink", "logo_url": "x"}));
        let error = branding.patch(&ada, 1, &invalid).unwrap_err();
        assert_eq!(
            (error.kind(), error.reason(), error.also().len()),
            (ErrorKind::InvalidInput, Some("invalid_branding"), 1)
        );
        assert_eq!(branding.get(&ada).unwrap(), first, "a refused patch changes nothing");
        let again = opened(&place.url);
        let second = again.branding().patch(&ada, 1, &document(json!({"product_name": null}))).unwrap();
        assert_eq!((second.version, second.branding.product_name.as_str()), (2, PRODUCT_NAME));
        assert_eq!((second.created_at, second.branding.theme), (first.created_at, first.branding.theme));
        let records = chain(&place, &platform, &ada);
        assert_eq!(records[0], ("branding.update".into(), "ok".into(), json!({"fields": ["product_name"]})));
        assert!(matches!(platform.audit().verify(&ada).unwrap(), Verification::Intact { .. }));
    }
}

#[test]
fn a_plan_without_the_feature_has_the_default_branding_and_its_own_comes_back_with_the_plan() {
    for place in places() {
        let platform = opened(&place.url);
        let ada = tenant(&platform, "acme", "professional");
        let own = document(json!({"product_name": "Acme", "theme": "dark"}));
        let error = platform.branding().patch(&ada, 0, &own).unwrap_err();
        assert_eq!(error.reason(), Some("feature_not_in_plan"), "{}", place.url);
        assert_eq!(error.detail("needed_plan"), Some(&json!("enterprise")));
        assert_eq!(chain(&place, &platform, &ada)[0].1, "denied");
        platform.branding().patch(&ada, 0, &document(json!({}))).expect("the default is everyone's");

        let bolt = tenant(&platform, "bolt", "enterprise");
        platform.branding().patch(&bolt, 0, &own).unwrap();
        let body = "replace(body, '\"plan\":\"enterprise\"', '\"plan\":\"professional\"')";
        let mine = format!("'{}'", bolt.tenant().unwrap());
        place.tamper(&format!("UPDATE subscription SET body = {body} WHERE tenant_id = {mine}")).unwrap();
        let lesser = opened(&place.url);
        let shown = lesser.branding().get(&bolt).unwrap();
        assert_eq!((shown.branding, shown.version), (Branding::default(), 1), "{}", place.url);
        let still = reason(lesser.branding().patch(&bolt, 1, &document(json!({"theme": "light"}))));
        assert_eq!(still, "feature_not_in_plan");
        let back = "replace(body, '\"plan\":\"professional\"', '\"plan\":\"enterprise\"')";
        place.tamper(&format!("UPDATE subscription SET body = {back} WHERE tenant_id = {mine}")).unwrap();
        assert_eq!(opened(&place.url).branding().get(&bolt).unwrap().branding.product_name, "Acme");
    }
}

#[test]
fn threat_33_a_branding_with_a_way_out_of_the_page_is_refused_and_nothing_is_kept() {
    for place in places() {
        let platform = opened(&place.url);
        let ada = tenant(&platform, "acme", "enterprise");
        for (field, hostile) in [
            ("logo_url", json!({"logo_url": "javascript:alert(1)"})),
            ("favicon_url", json!({"favicon_url": "data:image/svg+xml,<svg onload=alert(1)>"})),
            ("logo_url", json!({"logo_url": "https://169.254.169.254/latest.svg"})),
            ("css_variables.--valor-a", json!({"css_variables": {"--valor-a": "url(https://x.example/)"}})),
            ("css_variables.--valor-a", json!({"css_variables": {"--valor-a": "red}body{display:none"}})),
            ("html", json!({"html": "<script>"})),
        ] {
            let error = platform.branding().patch(&ada, 0, &document(hostile)).unwrap_err();
            assert_eq!((error.field(), error.reason()), (Some(field), Some("invalid_branding")), "{}", place.url);
        }
        assert_eq!(platform.branding().get(&ada).unwrap().version, 0);
    }
}

#[test]
fn threat_34_deep_huge_or_doubled_documents_are_refused_before_they_are_kept() {
    for text in [
        format!("{{\"css_variables\": {}1{}}}", "[".repeat(16), "]".repeat(16)),
        format!("{{\"product_name\": \"{}\"}}", "a".repeat(64 * 1_024)),
        r#"{"theme": "dark", "theme": "light"}"#.to_owned(),
        r#"{"css_variables": {"--valor-a": "red", "--valor-a": "blue"}}"#.to_owned(),
        r#"{"primary_color": 1e999}"#.to_owned(),
    ] {
        assert_eq!(Document::parse("patch", &text).unwrap_err().field(), Some("patch"), "{text:.40}");
    }
}

#[test]
fn configuration_is_typed_set_by_version_and_read_by_every_user() {
    for place in places() {
        let platform = configured(&place, retries());
        let ada = tenant(&platform, "acme", "enterprise");
        let guest = member(&platform, &ada, "guest", "Guest");
        let configuration = platform.configuration();
        let item = configuration.get(&guest, "retries").unwrap();
        assert_eq!((item.value, item.version), (Some(json!(3)), 0), "the default");
        assert_eq!(configuration.get(&guest, "limits").unwrap().value, None);
        assert_eq!(configuration.set(&ada, "retries", 0, &document(json!(5))).unwrap().version, 1);
        assert_eq!(configuration.get(&guest, "retries").unwrap().value, Some(json!(5)), "{}", place.url);
        assert_eq!(reason(configuration.set(&ada, "retries", 0, &document(json!(6)))), "version_conflict");
        assert_eq!(reason(configuration.set(&guest, "retries", 1, &document(json!(6)))), "no_permission");
        for (key, value) in [("retries", json!(11)), ("retries", json!("5")), ("region", json!("mars"))] {
            let error = configuration.set(&ada, key, 1, &document(value)).unwrap_err();
            assert_eq!(error.field(), Some(format!("configuration.{key}").as_str()));
            assert_eq!(error.reason(), Some("invalid_config_value"));
        }
        for told in [
            configuration.get(&ada, "unknown").unwrap_err(),
            configuration.set(&ada, "unknown", 0, &document(json!(1))).unwrap_err(),
        ] {
            assert_eq!((told.field(), told.reason()), (Some("key"), Some("invalid_config_value")));
            assert_eq!(told.detail("allowed"), Some(&json!(["hook.token", "limits", "region", "retries"])));
        }
        configuration.set(&ada, "region", 0, &document(json!("us"))).unwrap();
        let first = configuration.list(&guest, &PageReq::of_size(1)).unwrap();
        let second = configuration.list(&guest, &PageReq::of_size(1).at(first.next.unwrap())).unwrap();
        assert_eq!((&*first.items[0].key, &*second.items[0].key), ("region", "retries"), "{}", place.url);
        assert_eq!((second.next, second.items[0].value.as_ref()), (None, Some(&json!(5))));
        assert_eq!(reason(configuration.unset(&guest, "region", 1)), "no_permission");
        assert_eq!(reason(configuration.unset(&ada, "region", 2)), "version_conflict");
        configuration.unset(&ada, "region", 1).unwrap();
        assert_eq!(configuration.get(&ada, "region").unwrap().value, Some(json!("eu")));
        assert_eq!(reason(configuration.unset(&ada, "region", 1)), "not_found");
        let bolt = tenant(&platform, "bolt", "enterprise");
        assert_eq!(configuration.get(&bolt, "retries").unwrap().version, 0, "another tenant's is its own");
    }
}

#[test]
fn what_is_kept_and_no_longer_fits_its_schema_is_an_error_and_can_be_set_anew() {
    for place in places() {
        let before = configured(&place, retries());
        let ada = tenant(&before, "acme", "enterprise");
        before.configuration().set(&ada, "retries", 0, &document(json!(9))).unwrap();
        let after = configured(&place, retries().at_most(4));
        let all = PageReq::default();
        for error in [
            after.configuration().get(&ada, "retries").unwrap_err(),
            after.configuration().list(&ada, &all).unwrap_err(),
        ] {
            assert_eq!(error.field(), Some("configuration.retries"), "{}", place.url);
            assert_eq!(error.reason(), Some("invalid_config_value"));
        }
        after.configuration().set(&ada, "retries", 1, &document(json!(4))).unwrap();
        assert_eq!(after.configuration().list(&ada, &all).unwrap().items[0].value, Some(json!(4)));

        // A host that knows the key no more tells that it is there, and lets it be removed.
        let without = opened(&place.url);
        let item = without.configuration().list(&ada, &all).unwrap().items.remove(0);
        assert_eq!((item.kind, item.value), (None, None));
        without.configuration().unset(&ada, "retries", 2).unwrap();
        assert!(without.configuration().list(&ada, &all).unwrap().items.is_empty());
    }
}

#[test]
fn a_secret_is_set_by_who_may_and_told_to_nobody_but_the_hosts_own_program() {
    const CANARY: &str = "canary-51c9";
    for place in places() {
        let platform = configured(&place, retries());
        let ada = tenant(&platform, "acme", "enterprise");
        let analyst = member(&platform, &ada, "analyst", "Analyst");
        let configuration = platform.configuration();
        let secret = document(json!(CANARY));
        assert_eq!(reason(configuration.set(&analyst, "hook.token", 0, &secret)), "no_permission");
        let set = configuration.set(&ada, "hook.token", 0, &secret).unwrap();
        let got = configuration.get(&ada, "hook.token").unwrap();
        let listed = configuration.list(&ada, &PageReq::default()).unwrap();
        let unfit = configuration.set(&ada, "hook.token", 1, &document(json!([CANARY]))).unwrap_err();
        assert_eq!((got.value.as_ref(), got.secret, got.version), (None, true, 1));
        let audit = platform.audit().list(&ada, &PageReq::of_size(100)).unwrap();
        let told =
            format!("{set:?} {got:?} {listed:?} {unfit} {unfit:?} {audit:?} {secret:?} {}", platform.prometheus());
        assert!(!told.contains(CANARY), "{}: {told}", place.url);
        assert_eq!(configuration.disclose(&ada, "hook.token").unwrap(), Some(json!(CANARY)));
        assert_eq!(reason(configuration.disclose(&analyst, "hook.token")), "no_permission");
        let records = chain(&place, &platform, &ada);
        assert_eq!((&*records[1].0, &records[1].2), ("configuration.disclose", &json!({"secret": true})));
        let store = store_at(&place.url);
        let entry = store.read(&platform.enter(&ada).unwrap()).unwrap().config("hook.token").unwrap().unwrap();
        assert!(!format!("{entry:?}").contains(CANARY));
    }
}

#[test]
fn a_tenant_is_made_once_under_a_key_by_many_at_once_and_another_request_is_a_conflict() {
    for place in places() {
        let platform = opened(&place.url);
        let root = operator(&platform);
        let new = |slug: &str| NewTenant {
            slug: slug.into(),
            name: "Acme".into(),
            plan: "professional".into(),
            admin: user("ada", "Admin"),
        };
        let tenants = platform.tenants();
        let made: Vec<_> = std::thread::scope(|scope| {
            let asking: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        loop {
                            let told = tenants.create_once(&root, &new("acme"), Terms::default(), "order-7");
                            if reason(told.clone()) != "busy" {
                                return told.unwrap();
                            }
                        }
                    })
                })
                .collect();
            asking.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(made.iter().all(|one| *one == made[0]), "{}", place.url);
        let trial = Terms { trial_days: Some(3), ..Terms::default() };
        for told in [
            tenants.create_once(&root, &new("bolt"), Terms::default(), "order-7"),
            tenants.create_once(&root, &new("acme"), trial, "order-7"),
        ] {
            assert_eq!(reason(told), "idempotency_conflict");
        }
        assert_eq!(reason(tenants.create_once(&root, &new("acme"), Terms::default(), "order-8")), "duplicate");
        assert_eq!(
            tenants.create_once(&root, &new("bolt"), Terms::default(), "").unwrap_err().field(),
            Some("idem_key")
        );
        assert_eq!(tenants.list(&root, &PageReq::default().counted()).unwrap().total, Some(1));
        let cx =
            platform.enter(&platform.principal("idp", "ada", Some(made[0].tenant.id), PrincipalKind::User).unwrap());
        assert_eq!(cx.unwrap().limit(LimitKind::Users), valor_ivx::tenancy::Limit::At(50));
    }
}

#[test]
fn a_tenant_is_renamed_and_found_by_its_domain_and_each_change_is_in_its_chain() {
    for place in places() {
        let platform = opened(&place.url);
        let (root, ada) = (operator(&platform), tenant(&platform, "acme", "enterprise"));
        tenant(&platform, "bolt", "enterprise");
        let (tenants, id) = (platform.tenants(), ada.tenant().unwrap());
        let patch = TenantPatch { name: Some("Acme AG".into()), domain: Some("valuation.acme.example".into()) };
        let changed = tenants.update(&root, id, 1, &patch).unwrap();
        assert_eq!(tenants.by_domain(&root, "valuation.acme.example").unwrap(), changed);
        assert_eq!(tenants.get(&root, id).unwrap(), changed, "{}", place.url);
        assert_eq!(reason(tenants.update(&root, id, 1, &patch)), "version_conflict");
        let other = tenants.by_slug(&root, "bolt").unwrap();
        let taken = TenantPatch { name: None, ..patch.clone() };
        assert_eq!(reason(tenants.update(&root, other.id, 1, &taken)), "duplicate");
        let both = TenantPatch { name: Some(" ".into()), domain: Some("127.0.0.1".into()) };
        let error = tenants.update(&root, id, 2, &both).unwrap_err();
        assert_eq!((error.field(), error.also()[0].field()), (Some("name"), Some("domain")));
        let suspended = tenants.set_status(&root, id, 2, TenantStatus::Suspended).unwrap();
        tenants.set_status(&root, id, suspended.version, TenantStatus::Active).unwrap();
        let of_operator = |(action, ..): &(String, String, Value)| action.starts_with("tenant.");
        let records: Vec<_> = chain(&place, &platform, &ada)
            .into_iter()
            .filter(of_operator)
            .map(|(action, _, detail)| (action, detail))
            .collect();
        let told = |action: &str, detail| (action.to_owned(), detail);
        assert_eq!(
            records[..3],
            [
                told("tenant.set_status", json!({"status": "Active"})),
                told("tenant.set_status", json!({"status": "Suspended"})),
                told("tenant.update", json!({"fields": ["name", "domain"]})),
            ],
            "{}",
            place.url
        );
        for who in [&ada, &platform.principal("idp", "ada", None, PrincipalKind::Platform).unwrap()] {
            assert_eq!(reason(tenants.update(who, id, 4, &patch)), "not_member");
            assert_eq!(reason(tenants.get(who, id)), "not_member");
            assert_eq!(reason(tenants.by_domain(who, "valuation.acme.example")), "not_member");
        }
    }
}
