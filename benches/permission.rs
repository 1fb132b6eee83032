//! Speed of a permission check, in memory: from a context, from ids and from strings where a host keeps the
//! contexts it has entered, from a principal by the rights of this moment, and the first one after the rights
//! of its tenant have changed.

use std::cell::Cell;
use std::collections::HashMap;
use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use valor_ivx::id::{TenantId, UserId};
use valor_ivx::platform::{NewGrant, NewTenant, NewUser, Platform};
use valor_ivx::tenancy::{
    Audience, GrantScope, Limit, Permission, PlanCatalogue, PlatformRole, PrincipalKind, Resource, TenantCtx,
    VerifiedPrincipal,
};

/// Users of the tenant.
const USERS: usize = 1_000;

fn person(subject: &str, role: &str) -> NewUser {
    NewUser {
        issuer: "idp".into(),
        subject: subject.into(),
        email: format!("{subject}@example.com"),
        display_name: subject.into(),
        role: Some(role.into()),
    }
}

/// A tenant in memory with many users, and the principals of all.
fn house() -> (Platform, Vec<VerifiedPrincipal>) {
    let mut plans = PlanCatalogue::seed();
    plans.plans.iter_mut().for_each(|plan| plan.users = Limit::Unlimited);
    let builder = Platform::builder("memory:").plans(plans).operator("host", "root", PlatformRole::Operator);
    let platform = builder.open().expect("a platform");
    let operator = platform.principal("host", "root", None, PrincipalKind::Platform).expect("an operator");
    let admin = person("ada", "Admin");
    let new = NewTenant { slug: "acme".into(), name: "Acme".into(), plan: "enterprise".into(), admin };
    let tenant = platform.tenants().create(&operator, &new).expect("a tenant").tenant.id;
    let principal =
        |subject: &str| platform.principal("idp", subject, Some(tenant), PrincipalKind::User).expect("a principal");
    let mut principals = vec![principal("ada")];
    for i in 1..USERS {
        let subject = format!("user-{i}");
        platform.users().create(&principals[0], &person(&subject, "Analyst")).expect("a user");
        principals.push(principal(&subject));
    }
    (platform, principals)
}

fn checks(criterion: &mut Criterion) {
    let (platform, principals) = house();
    let contexts: HashMap<(TenantId, UserId), TenantCtx> = principals
        .iter()
        .map(|principal| {
            let cx = platform.enter(principal).expect("a user");
            ((cx.tenant(), cx.user()), cx)
        })
        .collect();
    let keys: Vec<_> = contexts.keys().copied().collect();
    let texts: Vec<_> = keys.iter().map(|(tenant, user)| (tenant.to_string(), user.to_string())).collect();
    let next = Cell::new(0);
    let turn = || {
        next.set((next.get() + 1) % USERS);
        next.get()
    };
    let cx = &contexts[&keys[0]];
    criterion.bench_function("permission: from a context", |bencher| {
        bencher.iter(|| black_box(cx).can(black_box(Permission::WriteModels)));
    });
    let kept = Resource::Owned { owner: keys[1].1, organization: cx.organization(), audience: Audience::Organization };
    criterion.bench_function("permission: from a context, on what another user keeps", |bencher| {
        bencher.iter(|| black_box(cx).decide(black_box(Permission::ReadModels), black_box(&kept)));
    });
    criterion.bench_function("permission: from ids", |bencher| {
        bencher.iter(|| contexts[black_box(&keys[turn()])].can(Permission::WriteModels));
    });
    criterion.bench_function("permission: from strings", |bencher| {
        bencher.iter(|| {
            let (tenant, user) = black_box(&texts[turn()]);
            let key = (tenant.parse().expect("an id"), user.parse().expect("an id"));
            let permission = Permission::parse(black_box("write_models")).expect("a permission");
            contexts[&key].can(permission)
        });
    });
    criterion.bench_function("permission: from a principal, by the rights of this moment", |bencher| {
        bencher.iter(|| platform.can(&principals[turn()], Permission::WriteModels).expect("an answer"));
    });
}

fn changes(criterion: &mut Criterion) {
    let (platform, principals) = house();
    let (ada, user) = (&principals[0], platform.enter(&principals[1]).expect("a user").user());
    let grant = NewGrant { user_id: user, role: "Viewer".into(), scope: GrantScope::Tenant, expires_at: None };
    criterion.bench_function("permission: from a principal, after a change of rights", |bencher| {
        bencher.iter_batched(
            || {
                let given = platform.roles().grant(ada, &grant).expect("a grant");
                platform.roles().revoke(ada, given.grant.id).expect("a grant");
            },
            |()| platform.can(&principals[1], Permission::WriteModels).expect("an answer"),
            BatchSize::PerIteration,
        );
    });
}

criterion_group!(benches, checks, changes);
criterion_main!(benches);
