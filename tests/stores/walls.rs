//! The walls between tenants that PostgreSQL itself keeps, and the doors for which a database is refused.

use postgres_cluster::Cluster;
use serde_json::json;
use valor_ivx::ErrorKind;
use valor_ivx::platform::{NewFeatureOverride, NewLimitOverride, NewNote, NewScenario, Platform, RunRequest};
use valor_ivx::store::{PageReq, PostgresStore};
use valor_ivx::tenancy::{Audience, Limit, LimitKind, OverrideEffect, PrincipalKind, VerifiedPrincipal};

use crate::{Place, database, opened, tenant};

/// A database with two tenants, each with a run whose statistics were cleared.
struct Walls {
    platform: Platform,
    database: String,
    admins: [VerifiedPrincipal; 2],
}

const TABLES: &str = "SELECT relname FROM pg_class WHERE relnamespace = 'valor'::regnamespace AND relkind IN ('r', 'p')
    AND relname <> 'schema_version'";

impl Walls {
    fn new() -> Self {
        let Place { url, name } = &database();
        let platform = opened(url);
        let admins = ["acme", "bolt"].map(|slug| {
            let ada = tenant(&platform, slug, "enterprise").with_network_address("192.0.2.7").unwrap();
            platform.run(&ada, &RunRequest::new("npv", json!({"rate": 0.1, "cashflows": [-100, 60, 60]}))).unwrap();
            let inputs = json!({"rate": 0.1});
            let audience = Audience::Private;
            let (model, name) = ("npv".to_owned(), "base".to_owned());
            let scenario = NewScenario { model, subject: None, name, inputs, audience };
            platform.scenarios().create(&ada, &scenario).unwrap();
            let note = NewNote { subject: "ACME".to_owned(), body: "x".to_owned(), audience };
            platform.notes().create(&ada, &note).unwrap();
            platform.statistics().clear(&ada, None, None).unwrap();
            let operator = platform.principal("host", "root", None, PrincipalKind::Platform).unwrap();
            let entitlements = platform.entitlements().of(ada.tenant().unwrap());
            let (reason, expires_at) = ("because".to_owned(), None);
            let feature = "ml_models".to_owned();
            let granted =
                NewFeatureOverride { feature, effect: OverrideEffect::Grant, expires_at, reason: reason.clone() };
            entitlements.set_feature(&operator, &granted).unwrap();
            let limit = NewLimitOverride { limit: LimitKind::Users, value: Limit::Unlimited, expires_at, reason };
            entitlements.set_limit(&operator, &limit).unwrap();
            ada
        });
        let walls = Self { platform, database: name.to_str().unwrap().to_owned(), admins };
        walls.tamper("INSERT INTO valor.sod_rule SELECT id, id, 'x', '{}' FROM valor.tenant");
        walls.tamper("INSERT INTO valor.routing SELECT id, 1, '{}', 'x', 1 FROM valor.tenant");
        walls.tamper("INSERT INTO valor.audit_checkpoint SELECT tenant_id, seq, hash FROM valor.audit WHERE seq = 1");
        walls.tamper("INSERT INTO valor.legal_hold SELECT id, id, 1, '{}' FROM valor.tenant");
        walls.tamper("INSERT INTO valor.branding SELECT id, 1, '{}' FROM valor.tenant");
        walls.tamper("INSERT INTO valor.config_entry SELECT id, 'k', 1, '{}' FROM valor.tenant");
        walls.tamper(
            "INSERT INTO valor.usage_adjustment
             SELECT tenant_id, min(idem_key), NULL, '{}' FROM valor.usage_event GROUP BY tenant_id",
        );
        walls
    }

    fn id(&self, tenant: usize) -> String {
        self.admins[tenant].tenant().unwrap().to_string()
    }

    /// As the superuser.
    fn tamper(&self, sql: &str) -> String {
        Cluster::shared().run(&self.database, sql).unwrap()
    }

    /// As the application role, acting for a tenant; the last line that is printed.
    fn acting(&self, tenant: &str, sql: &str) -> Result<String, String> {
        let sql = format!("SET ROLE valor_app; SELECT set_config('valor.tenant', '{tenant}', false); {sql}");
        let printed = Cluster::shared().run_as("valor", &self.database, &sql)?;
        Ok(printed.lines().last().unwrap_or_default().to_owned())
    }

    /// Why the database is refused.
    fn refusal(&self) -> String {
        let error = PostgresStore::open(&Cluster::shared().url("valor", &self.database)).unwrap_err();
        assert_eq!((error.kind(), error.reason()), (ErrorKind::Denied, Some("unsafe_schema")), "{error}");
        error.what().unwrap().to_owned()
    }
}

#[test]
fn every_table_forces_row_security_on_all_roles() {
    let walls = Walls::new();
    assert_eq!(walls.tamper(&format!("{TABLES} AND NOT (relrowsecurity AND relforcerowsecurity)")), "");
    let tables = walls.tamper(TABLES);
    assert!(tables.lines().count() >= 13 && tables.contains("audit"), "{tables}");
    let without_policy = format!("{TABLES} AND NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = pg_class.oid)");
    assert_eq!(walls.tamper(&without_policy), "");
}

#[test]
fn without_a_tenant_no_table_shows_a_row() {
    let walls = Walls::new();
    for table in walls.tamper(&format!("{TABLES} AND relname NOT LIKE 'global%'")).lines() {
        let count = format!("SELECT count(*) FROM valor.\"{table}\"");
        assert_ne!(walls.tamper(&count), "0", "{table} would show that there is nothing to see");
        let absent = format!("SET ROLE valor_app; {count}");
        assert_eq!(Cluster::shared().run_as("valor", &walls.database, &absent).unwrap(), "0", "{table}");
        assert_eq!(walls.acting("", &count).unwrap(), "0", "{table}");
        // What a transaction leaves behind is an empty text.
        let after = format!(
            "BEGIN; SELECT set_config('valor.tenant', '{}', true); COMMIT; SET ROLE valor_app;
             SELECT current_setting('valor.tenant') || (SELECT count(*) FROM valor.\"{table}\")",
            walls.id(0)
        );
        let printed = Cluster::shared().run_as("valor", &walls.database, &after).unwrap();
        assert_eq!(printed.lines().last(), Some("0"), "{table}");
    }
}

#[test]
fn threat_15_a_statement_that_forgets_its_tenant_finds_its_own_rows_alone() {
    let walls = Walls::new();
    let [acme, bolt] = [walls.id(0), walls.id(1)];
    let count = "SELECT count(*) || '/' || count(DISTINCT tenant_id) FROM valor.run";
    assert_eq!(walls.tamper(count), "2/2");
    assert_eq!(walls.acting(&acme, count).unwrap(), "1/1");
    let foreign = format!("SELECT count(*) FROM valor.run WHERE tenant_id = '{bolt}'");
    assert_eq!(walls.acting(&acme, &foreign).unwrap(), "0");
    let change = "WITH changed AS (UPDATE valor.tenant SET body = '{}' RETURNING id) SELECT string_agg(id::text, ' ') FROM changed";
    assert_eq!(walls.acting(&acme, change).unwrap(), acme);
    let refused =
        walls.acting(&acme, &format!("INSERT INTO valor.routing VALUES ('{bolt}', 7, '{{}}', 'x', 1)")).unwrap_err();
    assert!(refused.contains("row-level security"), "{refused}");
}

#[test]
fn threat_9_a_reference_to_what_another_tenant_owns_cannot_be_stored() {
    let walls = Walls::new();
    let [acme, bolt] = [walls.id(0), walls.id(1)];
    // Even by a superuser: the key holds both.
    let foreign = format!(
        "INSERT INTO valor.run (tenant_id, id, owner_id, audience, created_at, body)
         SELECT '{acme}', gen_random_uuid(), id, 'tenant', 1, '{{}}' FROM valor.\"user\" WHERE tenant_id = '{bolt}'"
    );
    let refused = Cluster::shared().run(&walls.database, &foreign).unwrap_err();
    assert!(refused.contains("foreign key"), "{refused}");
}

#[test]
fn an_issued_invoice_is_changed_and_removed_by_nobody() {
    let walls = Walls::new();
    let acme = walls.id(0);
    for sql in
        ["UPDATE valor.invoice SET body = '{}'", "UPDATE valor.invoice SET number = 9", "DELETE FROM valor.invoice"]
    {
        let refused = walls.acting(&acme, sql).unwrap_err();
        assert!(refused.contains("permission denied"), "{refused}");
        let refused = Cluster::shared().run(&walls.database, sql).unwrap_err();
        assert!(refused.contains("issued invoices"), "{refused}");
    }
}

#[test]
fn the_platform_role_reaches_nothing_that_tenants_own() {
    let walls = Walls::new();
    for table in walls.tamper(TABLES).lines() {
        let read = format!("SET ROLE valor_platform; SELECT count(*) FROM valor.\"{table}\"");
        let told = Cluster::shared().run_as("valor", &walls.database, &read);
        match table {
            "tenant" => assert_eq!(told.unwrap(), "2"),
            "global_routing"
            | "global_stats_come"
            | "global_stats_total"
            | "global_stats_cleared"
            | "global_audit_private"
            | "global_control_request"
            // Of a tenant that is purged how far, and of none other.
            | "audit_checkpoint" => assert_eq!(told.unwrap(), "0"),
            "global_audit_head" => assert_eq!(told.unwrap(), "1"),
            "global_audit" => assert_ne!(told.unwrap(), "0"),
            _ => assert!(told.unwrap_err().contains("permission denied"), "{table}"),
        }
    }
}

#[test]
fn threat_16_one_connection_serves_two_tenants_in_turn_and_mixes_nothing() {
    let walls = Walls::new();
    for _ in 0..20 {
        for (i, ada) in walls.admins.iter().enumerate() {
            let runs = walls.platform.runs().list(ada, &PageReq::default()).unwrap().items;
            let record = &runs[0].record;
            assert_eq!((runs.len(), record["tenant"].as_str()), (1, Some(walls.id(i).as_str())));
        }
    }
    let connections =
        format!("SELECT count(*) FROM pg_stat_activity WHERE datname = '{}' AND usename = 'valor'", walls.database);
    assert_eq!(walls.tamper(&connections), "1");
}

#[test]
fn threat_17_a_role_that_row_security_does_not_bind_is_refused() {
    let walls = Walls::new();
    let cluster = Cluster::shared();
    let roles = "
        CREATE ROLE past_row_security LOGIN BYPASSRLS IN ROLE valor_app, valor_platform;
        CREATE ROLE kin_of_the_owner LOGIN NOINHERIT IN ROLE valor_app, valor_platform, valor_owner;
        CREATE ROLE kin_of_a_bypass LOGIN NOINHERIT IN ROLE valor_app, valor_platform, past_row_security;
        CREATE ROLE stranger LOGIN;";
    walls.tamper(roles);
    for (role, why) in [
        ("postgres", "superuser"),
        ("valor_owner", "owns tables"),
        ("past_row_security", "bypasses row security"),
        ("kin_of_the_owner", "valor_owner owns tables"),
        ("kin_of_a_bypass", "past_row_security bypasses"),
        ("stranger", "is not a member of valor_app"),
    ] {
        let error = PostgresStore::open(&cluster.url(role, &walls.database)).unwrap_err();
        let all: Vec<_> = [&error].into_iter().chain(error.also()).filter_map(|error| error.what()).collect();
        assert_eq!((error.kind(), error.reason()), (ErrorKind::Denied, Some("unsafe_role")), "{role}: {error}");
        assert!(all.iter().any(|what| what.contains(why)), "{role}: {all:?}");
    }
    let error = PostgresStore::migrate(&cluster.url("postgres", &walls.database)).unwrap_err();
    assert_eq!(error.reason(), Some("unsafe_role"), "tables of a superuser would leak through its views");
    walls.tamper("DROP ROLE kin_of_a_bypass, kin_of_the_owner, past_row_security, stranger");
}

#[test]
fn a_view_of_a_superuser_leaks_every_tenant_and_is_refused() {
    for kind in ["VIEW", "MATERIALIZED VIEW"] {
        let walls = Walls::new();
        walls.tamper(&format!("CREATE {kind} valor.all_runs AS SELECT tenant_id FROM valor.run"));
        PostgresStore::open(&Cluster::shared().url("valor", &walls.database)).expect("nobody may read it");
        walls.tamper("GRANT SELECT ON valor.all_runs TO valor_app");
        let leak = walls.acting(&walls.id(0), "SELECT count(DISTINCT tenant_id) FROM valor.all_runs").unwrap();
        assert_eq!(leak, "2", "the trap is there");
        assert!(walls.refusal().contains("all_runs"), "{}", walls.refusal());
    }
    let walls = Walls::new();
    walls.tamper(
        "CREATE VIEW valor.own_runs WITH (security_invoker = true) AS SELECT tenant_id FROM valor.run;
         GRANT SELECT ON valor.own_runs TO valor_app",
    );
    PostgresStore::open(&Cluster::shared().url("valor", &walls.database)).expect("a view with its reader's rights");
    assert_eq!(walls.acting(&walls.id(0), "SELECT count(*) FROM valor.own_runs").unwrap(), "1");
}

#[test]
fn a_view_that_leaks_through_another_is_refused_however_deep_the_table_lies() {
    for (first, second, third, leaks) in [
        ("VIEW inner_runs", "VIEW middle_runs", "VIEW all_runs", true),
        ("VIEW inner_runs WITH (security_invoker = true)", "VIEW middle_runs", "MATERIALIZED VIEW all_runs", true),
        ("VIEW inner_runs WITH (security_invoker = true)", "VIEW middle_runs", "VIEW all_runs", false),
    ] {
        let walls = Walls::new();
        walls.tamper(&format!(
            "CREATE SCHEMA host; SET search_path = host; GRANT USAGE ON SCHEMA host TO valor_app;
             CREATE {first} AS SELECT tenant_id FROM valor.run;
             CREATE {second} AS SELECT tenant_id FROM inner_runs;
             CREATE {third} AS SELECT tenant_id FROM middle_runs;
             GRANT SELECT (tenant_id) ON all_runs TO valor_app"
        ));
        let told = walls.acting(&walls.id(0), "SELECT count(DISTINCT tenant_id) FROM host.all_runs");
        assert_eq!(told.as_deref(), Ok(if leaks { "2" } else { "1" }), "{first}, {second}, {third}");
        if leaks {
            assert!(walls.refusal().contains("all_runs"), "{first}, {second}, {third}: {}", walls.refusal());
        } else {
            PostgresStore::open(&Cluster::shared().url("valor", &walls.database)).expect("its reader's rights");
        }
    }
}

#[test]
fn doors_in_the_walls_are_found_before_the_store_is_opened() {
    for (tampering, leak, named) in [
        ("CREATE POLICY more ON valor.run TO valor_app USING (true)", Some("2"), "policy more on run"),
        ("ALTER POLICY own_rows ON valor.run USING (true)", Some("2"), "policy own_rows on run"),
        (
            "ALTER POLICY own_rows ON valor.run
                 USING (tenant_id = COALESCE(tenant_id, current_setting('valor.tenant', true)::uuid))
                 WITH CHECK (tenant_id = COALESCE(tenant_id, current_setting('valor.tenant', true)::uuid))",
            Some("2"),
            "policy own_rows on run",
        ),
        ("ALTER POLICY own_rows ON valor.run TO PUBLIC", None, "policy own_rows on run"),
        ("ALTER TABLE valor.run DISABLE ROW LEVEL SECURITY", Some("2"), "table run has no forced row security"),
        ("ALTER TABLE valor.run NO FORCE ROW LEVEL SECURITY", None, "table run has no forced row security"),
        ("CREATE TABLE valor.later (tenant_id uuid)", None, "table later has no forced row security"),
        ("GRANT TRUNCATE ON valor.run TO valor_app", None, "valor_app may truncate the table run"),
        ("GRANT TRUNCATE ON valor.run TO PUBLIC", None, "may truncate the table run"),
        ("GRANT TRIGGER ON valor.run TO valor_app", None, "valor_app may trigger the table run"),
        ("GRANT UPDATE (event) ON valor.audit TO valor_app", None, "valor_app may change records of the audit log"),
        ("GRANT DELETE ON valor.audit TO valor", None, "valor may change records of the audit log"),
        ("GRANT SELECT (body) ON valor.run TO valor_platform", None, "valor_platform may reach the table run"),
    ] {
        let walls = Walls::new();
        walls.tamper(tampering);
        if let Some(leak) = leak {
            let seen = walls.acting(&walls.id(0), "SELECT count(*) FROM valor.run").unwrap();
            assert_eq!(seen, leak, "{tampering} is a trap");
        }
        assert!(walls.refusal().contains(named), "{tampering}: {}", walls.refusal());
    }
}

#[test]
fn truncate_ignores_row_security_and_is_nobodys_right() {
    let walls = Walls::new();
    let refused = walls.acting(&walls.id(0), "TRUNCATE valor.run").unwrap_err();
    assert!(refused.contains("permission denied"), "{refused}");
    // Whoever has the right empties the table of every tenant.
    walls.tamper("GRANT TRUNCATE ON valor.run TO valor_app");
    walls.acting(&walls.id(0), "TRUNCATE valor.run").unwrap();
    assert_eq!(walls.tamper("SELECT count(*) FROM valor.run"), "0");
}

#[test]
fn the_log_takes_no_change_and_no_fork_whoever_asks() {
    let walls = Walls::new();
    let acme = walls.id(0);
    for change in ["UPDATE valor.audit SET event = '{}'", "DELETE FROM valor.audit"] {
        let refused = walls.acting(&acme, change).unwrap_err();
        assert!(refused.contains("permission denied"), "{change}: {refused}");
    }
    for change in ["UPDATE valor.audit SET event = '{}'", "DELETE FROM valor.audit", "TRUNCATE valor.audit CASCADE"] {
        let refused = Cluster::shared().run(&walls.database, change).unwrap_err();
        assert!(refused.contains("audit records do not change"), "{change}: {refused}");
    }
    for (fork, rule) in [
        ("SELECT tenant_id, seq, 'x', hash, event FROM valor.audit WHERE seq = 1", "audit_pkey"),
        ("SELECT tenant_id, seq + 90, prev_hash, hash, event FROM valor.audit WHERE seq = 1", "prev_hash"),
    ] {
        let refused = walls.acting(&acme, &format!("INSERT INTO valor.audit {fork}")).unwrap_err();
        assert!(refused.contains("duplicate key") && refused.contains(rule), "{fork}: {refused}");
    }
}
