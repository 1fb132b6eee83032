//! What the plan of each list must be, for the tests of the two databases: their own rows, every statement
//! that the catalogue builds, and the index each is to seek in.

use uuid::Uuid;

use super::ranges::{Range, Statement, Stored as _, order, ranges};
use super::{Parameter, amounts, audit, billing, content, provisioning, roles, runs};
use crate::id::{GrantId, OrganizationId, TenantId};
use crate::store::conformance::{Maker, Room, commit};
use crate::store::page::{CATALOGUE, Column, Holds, Key, Line, Position};
use crate::store::{Entity, Listing, RoutingDocument, Store};
use crate::tenancy::{AuditRecord, GrantScope, Organization, Reservation, RoleGrant, TenantCtx, User, Visibility};

/// A statement of the suite.
#[derive(Debug)]
pub(in crate::store) struct Shape {
    pub(in crate::store) name: String,
    pub(in crate::store) statement: Statement,
    /// The index it is to seek in; one that a rule of the table brings along where empty.
    pub(in crate::store) index: &'static str,
    /// Whether operators ask it.
    pub(in crate::store) of_platform: bool,
    /// Whether it lists; others add up or find one row.
    pub(in crate::store) lists: bool,
}

/// A tenant, its administrator and a user who reads in two organizations alone.
pub(in crate::store) struct House {
    pub(in crate::store) room: Room,
    pub(in crate::store) scoped: TenantCtx,
    pub(in crate::store) elsewhere: OrganizationId,
}

pub(in crate::store) fn house(store: &dyn Store, maker: &Maker, slug: &str) -> House {
    let room = maker.room(store, slug);
    let elsewhere = Organization {
        id: OrganizationId::new(&maker.ids, maker.now()),
        name: "elsewhere".to_owned(),
        ..room.provision.organization.clone()
    };
    let dee = maker.user("dee", Some(elsewhere.id));
    commit(store, &room.cx, |tx| {
        tx.insert_organization(&elsewhere)?;
        tx.insert_user(&dee)?;
        [room.provision.organization.id, elsewhere.id].into_iter().try_for_each(|id| {
            tx.insert_grant(&RoleGrant {
                id: GrantId::new(&maker.ids, maker.now()),
                user_id: dee.id,
                scope: GrantScope::Organization(id),
                ..room.provision.grant.clone()
            })
        })
    })
    .unwrap();
    let scoped = maker.enter(store, &room.provision, "dee").unwrap();
    House { room, scoped, elsewhere: elsewhere.id }
}

/// How many rows of each kind there are beside those of [`house`]; the first of the tenants has six in ten.
pub(in crate::store) const ROWS: u32 = 100_000;

/// Fills every table, from `number (i, id)` and `house (k, tenant_id, ada, dee, home, elsewhere)` alone.
pub(in crate::store) const FILL: &str = r#"
CREATE TEMP TABLE place AS
    SELECT i, id, tenant_id, ada, dee, home, elsewhere, 1700000000000000 + i / 7 AS at,
        CASE i % 4 WHEN 0 THEN ada WHEN 1 THEN dee ELSE id END AS owner_id,
        CASE i % 3 WHEN 0 THEN home WHEN 1 THEN elsewhere ELSE id END AS organization_id,
        CASE i / 5 % 3 WHEN 0 THEN 'private' WHEN 1 THEN 'organization' ELSE 'tenant' END AS audience
    FROM number JOIN house ON k = CASE WHEN i % 10 < 6 THEN 0 ELSE i % 10 - 5 END;
INSERT INTO organization (tenant_id, id, name_fold, created_at, body)
    SELECT tenant_id, id, 'name ' || i, at, '{}' FROM place;
INSERT INTO "user" (tenant_id, id, issuer, subject, email_fold, name_fold, organization_id, created_at, version, body)
    SELECT tenant_id, id, 'idp', 'subject ' || i, 'name ' || i, 'name ' || i, organization_id, at, 1, '{}' FROM place;
INSERT INTO role (tenant_id, id, name_fold, body) SELECT tenant_id, id, 'name ' || i, '{}' FROM place;
INSERT INTO role_grant (tenant_id, id, user_id, role_id, scope, body)
    SELECT tenant_id, id, owner_id, CASE i / 3 % 4 WHEN 0 THEN home WHEN 1 THEN elsewhere WHEN 2 THEN ada ELSE dee END,
        'scope ' || i, '{}'
    FROM place;
INSERT INTO usage_event (tenant_id, idem_key, id, kind, quantity, at, body)
    SELECT tenant_id, 'key ' || i, id, CASE i % 3 WHEN 0 THEN 'export' ELSE 'model_run' END, 1, at, '{}' FROM place;
INSERT INTO reservation (tenant_id, id, kind, window_start, amount, state, expires_at)
    SELECT tenant_id, id, CASE i % 5 WHEN 0 THEN '"users"' ELSE '"runs_per_month"' END, i % 12, 1,
        CASE i % 3 WHEN 0 THEN '"Open"' ELSE '"Committed"' END, at FROM place;
INSERT INTO audit (tenant_id, seq, prev_hash, hash, event, actor, action, resource_type, resource_id)
    SELECT tenant_id, 1 + i, 'hash ' || i, 'hash', '{}', 'actor ' || i % 9, 'action ' || i % 7,
        'type ' || i % 5, 'id ' || i % 11 FROM place;
INSERT INTO routing (tenant_id, version, config, actor, at) SELECT tenant_id, i, '{}', 'actor', at FROM place;
INSERT INTO run (tenant_id, id, owner_id, organization_id, audience, created_at, model, subject, body)
    SELECT tenant_id, id, owner_id, organization_id, audience, at, 'model ' || i % 7, 'subject ' || i % 11, '{}'
    FROM place;
INSERT INTO scenario (tenant_id, id, owner_id, organization_id, audience, model, subject, name, updated_at, version, body)
    SELECT tenant_id, id, owner_id, organization_id, audience, 'model', 'subject ' || i % 11, 'name ' || i, at, 1, '{}'
    FROM place;
INSERT INTO note (tenant_id, id, owner_id, organization_id, audience, subject, updated_at, version, body)
    SELECT tenant_id, id, owner_id, organization_id, audience, 'subject ' || i, at, 1, '{}' FROM place;
INSERT INTO usage_adjustment (tenant_id, idem_key, invoice_id, body)
    SELECT tenant_id, 'key ' || i, CASE i % 100 WHEN 0 THEN NULL ELSE id END, '{}' FROM place;
INSERT INTO config_entry (tenant_id, key, version, body) SELECT tenant_id, 'name ' || i, 1, '{}' FROM place;
INSERT INTO tenant (id, slug, created_at, auth_version, version, status, body, name_fold, plan, due_at, undelivered,
        domain, idem_key, made)
    SELECT id, 'slug ' || i, at, 1, 1, CASE i % 3 WHEN 0 THEN '"Active"' ELSE '"Suspended"' END, '{}', 'name ' || i,
        CASE i % 4 WHEN 0 THEN 'basic' ELSE 'professional' END, at, CASE i % 50 WHEN 0 THEN 1 ELSE 0 END,
        'domain ' || i, 'key ' || i, '{}' FROM place;
"#;

/// The tenants of `house` as rows.
pub(in crate::store) fn houses(houses: &[House]) -> String {
    let row = |(k, House { room, scoped, elsewhere }): (usize, &House)| {
        let provision = &room.provision;
        let [tenant, ada, dee] =
            [provision.tenant.id.to_string(), provision.admin.id.to_string(), scoped.user().to_string()];
        format!("({k}, '{tenant}', '{ada}', '{dee}', '{}', '{elsewhere}')", provision.organization.id)
    };
    houses.iter().enumerate().map(row).collect::<Vec<_>>().join(", ")
}

/// What rows in the middle of the order hold.
fn middle(column: Column) -> Key {
    match (column, column.holds()) {
        (Column::Seq | Column::Version, _) => Key::Integer(50_000),
        (_, Holds::Integer) => Key::Integer(1_700_000_000_007_000),
        (_, Holds::Text) => "name 55".into(),
        (_, Holds::Id) => Key::Id(Uuid::from_u128(50_000 << 96)),
    }
}

/// What many rows of a house hold.
fn value(column: Column, house: &House) -> Key {
    match column {
        // As a role any id will do where many rows have it.
        Column::OrganizationId | Column::RoleId => house.room.provision.organization.id.into(),
        Column::UserId => house.room.provision.admin.id.into(),
        Column::Kind => "model_run".into(),
        Column::State => "\"Open\"".into(),
        Column::Status => "\"Active\"".into(),
        Column::Plan => "basic".into(),
        Column::Actor => "actor 4".into(),
        Column::Action => "action 4".into(),
        Column::ResourceType => "type 4".into(),
        Column::ResourceId => "id 4".into(),
        Column::Model => "model 4".into(),
        _ => "subject 4".into(),
    }
}

/// The index of what is read through one range.
fn index(line: &Line) -> &'static str {
    let filter = line.filter.first().map(|filter| filter.column);
    match (line.entity, filter, line.order[0]) {
        (Entity::User, None, Column::CreatedAt) => "user_created",
        (Entity::User, Some(_), _) => "user_organization",
        (Entity::User, None, Column::NameFold) => "user_name",
        (Entity::Organization, None, Column::CreatedAt) => "organization_created",
        (Entity::Grant, Some(Column::UserId), _) => "role_grant_user",
        (Entity::Grant, ..) => "role_grant_role",
        (Entity::Usage, None, _) => "usage_event_at",
        (Entity::Usage, ..) => "usage_event_kind",
        (Entity::Audit, Some(Column::Actor), _) => "audit_actor",
        (Entity::Audit, Some(Column::Action), _) => "audit_action",
        (Entity::Audit, Some(_), _) => "audit_resource",
        (Entity::Reservation, ..) => "reservation_expiry",
        (Entity::Tenant, Some(Column::Status), _) => "tenant_status",
        (Entity::Tenant, Some(_), _) => "tenant_plan",
        (Entity::Tenant, None, Column::CreatedAt) => "tenant_created",
        (Entity::Tenant, None, _) => "tenant_name",
        // Users by address, organizations by name, the audit chain and routing: unique already.
        _ => "",
    }
}

/// The index of a range of what is shown.
fn index_of_shown(line: &Line, equal: &[(Column, Key)]) -> &'static str {
    const KNOWN: [&str; 24] = [
        "run_owner",
        "run_owner_organization",
        "run_audience",
        "run_audience_organization",
        "run_owner_model",
        "run_owner_organization_model",
        "run_audience_model",
        "run_audience_organization_model",
        "run_owner_subject",
        "run_owner_organization_subject",
        "run_audience_subject",
        "run_audience_organization_subject",
        "scenario_owner",
        "scenario_owner_organization",
        "scenario_audience",
        "scenario_audience_organization",
        "scenario_owner_subject",
        "scenario_owner_organization_subject",
        "scenario_audience_subject",
        "scenario_audience_organization_subject",
        "note_owner",
        "note_owner_organization",
        "note_audience",
        "note_audience_organization",
    ];
    let columns: Vec<_> = equal.iter().map(|(column, _)| column.name().trim_end_matches("_id")).collect();
    let name = format!("{}_{}", line.entity.table(), columns.join("_"));
    KNOWN.into_iter().find(|known| *known == name).expect("an index of the catalogue")
}

/// Pages from the beginning, the middle either way, and by number.
fn pages(line: &'static Line, house: &House) -> Vec<(&'static str, Listing)> {
    let listing = Listing {
        line,
        equal: line.filter.iter().map(|filter| (filter.column, value(filter.column, house))).collect(),
        prefix: line.search.map(|_| "name 5".to_owned()),
        position: None,
        skip: 0,
        size: 20,
        total: false,
        page: None,
    };
    let keys: Vec<_> = line.order.iter().map(|column| middle(*column)).collect();
    let at = |backward| Some(Position { keys: keys.clone(), backward });
    vec![
        ("first", listing.clone()),
        ("next", Listing { position: at(false), ..listing.clone() }),
        ("previous", Listing { position: at(true), ..listing.clone() }),
        ("fifth", Listing { skip: 80, page: Some(5), ..listing }),
    ]
}

/// Every statement by which the catalogue is read in a tenant, and those beside it that an index is for.
pub(in crate::store) fn shapes(house: &House, by_ids: fn(&str) -> String) -> Vec<Shape> {
    let tenant = house.room.provision.tenant.id;
    let mut shapes = Vec::new();
    for line in CATALOGUE {
        for (place, listing) in pages(line, house) {
            let wanted = [listing.size + 1, listing.skip];
            let name = |equal: &[(Column, Key)]| {
                let columns: Vec<_> = equal.iter().map(|(column, _)| column.name()).collect();
                format!("{} by {} of ({}), {place}", line.entity.table(), line.sort, columns.join(", "))
            };
            if !matches!(line.entity, Entity::Run | Entity::Scenario | Entity::Note) {
                let columns = match line.entity {
                    Entity::Audit => AuditRecord::COLUMNS,
                    Entity::Routing => RoutingDocument::COLUMNS,
                    Entity::Reservation => Reservation::COLUMNS,
                    _ => User::COLUMNS,
                };
                let scope = (line.entity != Entity::Tenant).then_some(tenant);
                shapes.push(Shape {
                    name: name(&listing.equal),
                    statement: Statement::page(columns, scope, &Range::whole(&listing), &listing, wanted),
                    index: index(line),
                    of_platform: scope.is_none(),
                    lists: true,
                });
                continue;
            }
            for cx in [&house.room.cx, &house.scoped] {
                shapes.extend(of_shown(tenant, &cx.visibility(), &listing, name));
            }
        }
    }
    for entity in [Entity::Run, Entity::Scenario, Entity::Note] {
        let ids = Parameter::Ids((1..=20).map(|i| Uuid::from_u128(i << 96)).collect());
        let statement = Statement { sql: by_ids(entity.table()), parameters: vec![tenant.into(), ids] };
        let name = format!("{} by ids", entity.table());
        shapes.push(Shape { name, statement, index: "", of_platform: false, lists: true });
    }
    shapes.extend(others(tenant, house));
    shapes
}

fn of_shown(
    tenant: TenantId,
    shown: &Visibility,
    listing: &Listing,
    name: impl Fn(&[(Column, Key)]) -> String,
) -> Vec<Shape> {
    let shape = |range: Range| Shape {
        name: name(&range.equal),
        statement: Statement::page(&order(listing), Some(tenant), &range, listing, [listing.skip + 21, 0]),
        index: index_of_shown(listing.line, &range.equal),
        of_platform: false,
        lists: true,
    };
    ranges(shown, listing).into_iter().map(shape).collect()
}

fn others(tenant: TenantId, house: &House) -> Vec<Shape> {
    let ada: Parameter<'static> = house.room.provision.admin.id.into();
    let open = ["\"runs_per_month\"".into(), 5.into(), "\"Open\"".into(), 1_700_000_000_014_000.into()];
    let statements = [
        ("what counts", amounts::COUNTED, open.to_vec(), "reservation_open"),
        ("run", runs::BY_ID, vec![Uuid::from_u128(7 << 96).into()], ""),
        ("run by key", runs::BY_KEY, vec![ada.clone(), "key".into()], ""),
        ("adjustments", billing::ADJUSTMENTS, Vec::new(), "usage_adjustment_open"),
        ("note by subject", content::NOTE_ON, vec![ada, "subject 4".into()], ""),
        ("private fields by actor", audit::PRIVATE_BY_ACTOR, vec!["actor 4".into()], "audit_actor"),
        ("private fields about a user", audit::PRIVATE_ABOUT_USER, vec!["id 4".into()], "audit_resource"),
        ("user by identity", super::USER_BY_IDENTITY, vec!["idp".into(), "subject 9".into()], ""),
        ("role by name", roles::NAMED, vec!["name 9".into()], ""),
        ("organizations at rest", super::INACTIVE, Vec::new(), "organization_inactive"),
    ];
    let of_tenant = statements.map(|(name, sql, rest, index)| {
        let parameters = std::iter::once(tenant.into()).chain(rest).collect();
        other(name, sql, parameters, index, false)
    });
    let due = vec![5.into(), 4.into(), tenant.into(), "\"Deactivated\"".into(), 20.into()];
    let of_platform = [
        other("tenants due", billing::DUE, due, "tenant_due", true),
        other("tenant by domain", provisioning::BY_DOMAIN, vec!["domain 7".into()], "tenant_domain", true),
        other("tenant by key", provisioning::BY_KEY, vec!["key 7".into()], "tenant_key", true),
        other("tenants undelivered", billing::UNDELIVERED, vec![tenant.into(), 20.into()], "tenant_undelivered", true),
    ];
    of_tenant.into_iter().chain(of_platform).collect()
}

fn other(name: &str, sql: &str, parameters: Vec<Parameter<'static>>, index: &'static str, of_platform: bool) -> Shape {
    Shape {
        name: name.to_owned(),
        statement: Statement { sql: sql.to_owned(), parameters },
        index,
        of_platform,
        lists: false,
    }
}
