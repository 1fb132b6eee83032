//! What a database must be for row security to hold, checked before anything is read from it.
//!
//! Row security binds neither superusers nor roles that bypass it, nor views that such a role owns, nor
//! TRUNCATE; and where several policies permit, any of them is enough. Each of these has leaked whole
//! tables elsewhere, so that a database with one of them is refused.

use super::connection::Open;
use super::schema::{APP, PLATFORM};
use crate::error::Error;
use crate::store::sql::{Connection as _, Parameter};

/// Roles that the connection has or may take, and that row security would not bind.
const UNBOUND_ROLES: &str = "
    SELECT format('role %s %s', r.rolname, CASE WHEN r.rolsuper THEN 'is a superuser'
        WHEN r.rolbypassrls THEN 'bypasses row security' ELSE 'owns tables of the library' END)
    FROM pg_roles r
    WHERE pg_has_role(session_user, r.oid, 'MEMBER') AND (r.rolsuper OR r.rolbypassrls OR EXISTS (
        SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'valor' AND c.relowner = r.oid))
    ORDER BY r.rolname";

/// As which of the two acting roles the connection may not act.
const ROLES_NOT_TAKEN: &str = "
    SELECT format('role %s is not a member of %s', session_user, wanted)
    FROM unnest(ARRAY[?1, ?2]) AS wanted
    WHERE NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = wanted AND pg_has_role(session_user, r.oid, 'MEMBER'))";

const MISSING_ROLES: &str = "
    SELECT format('there is no role %s', wanted) FROM unnest(ARRAY[?1, ?2]) AS wanted
    WHERE NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = wanted)";

/// Tables whose rows are open, policies that are not the library's own, views that see more than who
/// asks them, and rights that reach past row security.
///
/// A view that reads through others is followed to the tables. The last of them is what counts: it reads
/// with its owner's rights, or, a security invoker, with those of who asks the query. Whoever refreshes a
/// materialized view asks in place of all its readers.
const OPEN_DOORS: &str = "
    WITH RECURSIVE owned AS (
        SELECT c.oid, c.relname, c.relkind, c.relrowsecurity AND c.relforcerowsecurity AS forced
        FROM pg_class c WHERE c.relnamespace = 'valor'::regnamespace AND c.relname <> 'schema_version'
    ), acting AS (
        SELECT unnest(ARRAY[?1, ?2, session_user::text]) AS role
    ), of_platform AS (
        SELECT unnest(ARRAY['tenant', 'global_routing', 'global_stats_come', 'global_stats_total',
            'global_stats_cleared', 'global_audit', 'global_audit_head', 'global_audit_private',
            'global_control_request']) AS name
    ), step AS (
        SELECT DISTINCT v.oid AS view, d.refobjid AS source, v.relkind = 'm' AS stored, v.relkind = 'v' AND coalesce(
            v.reloptions && ARRAY['security_invoker=true', 'security_invoker=on', 'security_invoker=1'], false) AS invokes
        FROM pg_depend d
            JOIN pg_rewrite w ON w.oid = d.objid
            JOIN pg_class v ON v.oid = w.ev_class AND v.oid <> d.refobjid AND v.relkind IN ('v', 'm')
        WHERE d.classid = 'pg_rewrite'::regclass AND d.refclassid = 'pg_class'::regclass
    ), reading AS (
        SELECT s.view, o.relname, NOT s.invokes AS leaks
        FROM owned o JOIN step s ON s.source = o.oid WHERE o.relkind IN ('r', 'p')
        UNION
        SELECT s.view, r.relname, r.leaks OR s.stored FROM reading r JOIN step s ON s.source = r.view
    )
    SELECT format('table %s has no forced row security', relname) FROM owned WHERE relkind IN ('r', 'p') AND NOT forced
    UNION ALL
    SELECT format('policy %s on %s is not the library''s own', p.polname, o.relname)
    FROM pg_policy p JOIN owned o ON o.oid = p.polrelid,
        LATERAL (SELECT regexp_replace(pg_get_expr(p.polqual, p.polrelid), '[[:space:]]+', ' ', 'g') AS shown,
            pg_get_expr(p.polwithcheck, p.polrelid) AS taken,
            format('%s = (NULLIF(current_setting(''valor.tenant''::text, true), ''''::text))::uuid',
                CASE o.relname WHEN 'tenant' THEN 'id' ELSE 'tenant_id' END) AS own) AS rule
    WHERE p.polpermissive AND NOT CASE p.polname
        WHEN 'own_rows' THEN p.polcmd = '*' AND p.polroles = ARRAY[?1::regrole::oid] AND rule.shown = rule.taken
            AND rule.shown = format('(%s)', rule.own)
        WHEN 'platform_rows' THEN p.polcmd = '*' AND p.polroles = ARRAY[?2::regrole::oid] AND rule.shown = rule.taken
            AND o.relname IN (SELECT name FROM of_platform) AND rule.shown = 'true'
        -- What lies before the checkpoint of the tenant that is purged, and that checkpoint.
        WHEN 'purged_rows' THEN p.polroles = ARRAY[?2::regrole::oid] AND rule.taken IS NULL AND CASE o.relname
            WHEN 'audit_checkpoint' THEN p.polcmd = 'r' AND rule.shown = format('(%s)', rule.own)
            WHEN 'audit' THEN p.polcmd = 'd' AND replace(rule.shown, 'FROM valor.', 'FROM ') = format(
                '((%s) AND (seq <= ( SELECT c.seq FROM audit_checkpoint c WHERE (c.%1$s))))', rule.own)
            ELSE false END
        ELSE false END
    UNION ALL
    SELECT DISTINCT format('view %s reads the table %s as its owner', r.view::regclass, r.relname)
    FROM reading r, acting
    WHERE r.leaks AND (has_any_column_privilege(acting.role, r.view, 'SELECT, INSERT, UPDATE')
        OR has_table_privilege(acting.role, r.view, 'DELETE'))
    UNION ALL
    SELECT format('role %s may %s the table %s', acting.role, lower(reaching.kind), o.relname)
    FROM owned o, acting, unnest(ARRAY['TRUNCATE', 'TRIGGER', 'REFERENCES']) AS reaching (kind)
    WHERE o.relkind IN ('r', 'p') AND has_table_privilege(acting.role, o.oid, reaching.kind)
    UNION ALL
    SELECT format('role %s may change records of the audit log', acting.role)
    FROM owned o, acting
    WHERE o.relname IN ('audit', 'global_audit') AND (has_any_column_privilege(acting.role, o.oid, 'UPDATE')
        OR has_table_privilege(acting.role, o.oid, 'DELETE') AND (acting.role, o.relname) <> (?2, 'audit'))
    UNION ALL
    SELECT format('role %s may reach the table %s of tenants', ?2, o.relname)
    FROM owned o
    WHERE o.relkind IN ('r', 'p') AND o.relname NOT IN (SELECT name FROM of_platform)
        AND (has_any_column_privilege(?2, o.oid, 'SELECT') AND o.relname <> 'audit_checkpoint'
            OR has_any_column_privilege(?2, o.oid, 'INSERT') OR has_any_column_privilege(?2, o.oid, 'UPDATE')
            OR has_table_privilege(?2, o.oid, 'DELETE') AND o.relname <> 'audit')";

/// Every problem that `sql` finds.
fn problems(database: &Open<'_>, sql: &str, reason: &'static str) -> Result<Vec<Error>, Error> {
    let roles = [APP, PLATFORM].map(Parameter::from);
    let parameters = if sql.contains('?') { &roles[..] } else { &[] };
    let found = database.query(sql, parameters)?;
    found.iter().map(|row| Ok(Error::denied(reason, row.text(0)?))).collect()
}

fn none(problems: Vec<Error>, hint: &str) -> Result<(), Error> {
    Error::collect(problems).map_or(Ok(()), |error| Err(error.with_hint(hint)))
}

/// Refuses a role that row security does not bind, or that may not act for tenants and platform.
pub(super) fn require_safe_roles(database: &Open<'_>) -> Result<(), Error> {
    let mut found = problems(database, UNBOUND_ROLES, "unsafe_role")?;
    if found.is_empty() {
        found = problems(database, ROLES_NOT_TAKEN, "unsafe_role")?;
    }
    none(found, "connect as the role valor of PostgresStore::ROLES")
}

/// Refuses to make tables that row security would not guard from their own owner.
pub(super) fn require_safe_owner(database: &Open<'_>) -> Result<(), Error> {
    let unbound = "
        SELECT format('role %s is a superuser or bypasses row security', rolname) FROM pg_roles
        WHERE rolname = session_user AND (rolsuper OR rolbypassrls)";
    let mut found = problems(database, unbound, "unsafe_role")?;
    found.extend(problems(database, MISSING_ROLES, "unsafe_role")?);
    none(found, "migrate as the role valor_owner of PostgresStore::ROLES")
}

/// Refuses tables through which one tenant could see or change what another owns.
pub(super) fn require_safe_tables(database: &Open<'_>) -> Result<(), Error> {
    none(problems(database, OPEN_DOORS, "unsafe_schema")?, "close it before the store is opened")
}
