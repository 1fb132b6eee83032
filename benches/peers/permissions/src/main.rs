//! The same questions to our evaluator, to casbin and to Cedar, turn by turn so that a busy moment of the
//! machine meets all of them: `cargo run --release` in this folder.
//!
//! A tenant has 100 rules: what its four built-in and five custom roles hold and inherit, and 70 users with a
//! role each. There are 1, 100 and 1,000 such tenants in one platform, one casbin enforcer (RBAC with domains)
//! and one Cedar policy set with its entities. All give the same answer to each question, which is asserted
//! before anything is timed.
//!
//! Each peer also stands at its best: casbin with the cheapest comparison first in its matcher, and with its
//! answers remembered; Cedar with a policy a permission, where what roles hold is data of the tenant's, beside
//! a policy a rule. An answer that casbin remembers is found by a 64-bit hash of the question alone, and all
//! are forgotten when any rule of any tenant changes; ours are by the rights of this moment.

mod peers;
mod rules;

use std::collections::HashMap;
use std::hint::black_box;
use std::time::{Duration, Instant};

use peers::{Casbin, Cedar, Policies, Remembering};
use rules::{Question, Rules};
use valor_ivx::id::{TenantId, UserId};
use valor_ivx::platform::{NewRole, NewTenant, NewUser, Platform};
use valor_ivx::tenancy::{
    Limit, PermissionSet, PlanCatalogue, PlatformRole, PrincipalKind, TenantCtx, VerifiedPrincipal,
};

/// Turns, and how long one of each contestant's takes at least.
const TURNS: usize = 31;
const TURN: Duration = Duration::from_millis(2);

/// Fewest calls a turn, however long they take.
const FEWEST: usize = 4;

/// Tenants, of 100 rules each.
const SIZES: [usize; 3] = [1, 100, 1_000];

/// A contestant: the answer to the question of a number.
type Contestant<'a> = (&'a str, Box<dyn FnMut(usize) -> bool + 'a>);

/// Prints the median and the spread of each, and how many times the first one's it is.
fn race(what: &str, questions: usize, contestants: &mut [Contestant<'_>]) {
    let calls: Vec<usize> = contestants
        .iter_mut()
        .map(|(_, ask)| {
            let (start, mut calls) = (Instant::now(), 0);
            // The first calls warm up.
            while start.elapsed() < TURN || calls < FEWEST {
                black_box(ask(calls % questions));
                calls += 1;
            }
            calls
        })
        .collect();
    let mut nanos: Vec<Vec<f64>> = vec![Vec::new(); contestants.len()];
    for turn in 0..TURNS {
        for (((_, ask), seen), calls) in contestants.iter_mut().zip(&mut nanos).zip(&calls) {
            let first = turn * calls;
            let start = Instant::now();
            (first..first + calls).for_each(|n| {
                black_box(ask(black_box(n % questions)));
            });
            seen.push(start.elapsed().as_nanos() as f64 / *calls as f64);
        }
    }
    nanos.iter_mut().for_each(|seen| seen.sort_by(f64::total_cmp));
    println!("{what}, medians of {TURNS} turns");
    let ours = nanos[0][TURNS / 2];
    for (((name, _), seen), calls) in contestants.iter().zip(&nanos).zip(&calls) {
        let middle = seen[TURNS / 2];
        let spread = format!("({:.1} to {:.1})", seen[0], seen[TURNS - 1]);
        println!("  {name:46} {middle:12.1} ns {spread:28} {:11.2} times ours, {calls} calls a turn", middle / ours);
    }
}

fn person(subject: &str, role: &str) -> NewUser {
    NewUser {
        issuer: "idp".into(),
        subject: subject.into(),
        email: format!("{subject}@example.com"),
        display_name: subject.into(),
        role: Some(role.into()),
    }
}

/// The tenants in a platform, and the principals of those who are asked about, one a question.
fn ours(rules: &Rules) -> (Platform, Vec<VerifiedPrincipal>) {
    let mut plans = PlanCatalogue::seed();
    plans.plans.iter_mut().for_each(|plan| plan.users = Limit::Unlimited);
    let builder = Platform::builder("memory:").plans(plans).operator("host", "root", PlatformRole::Operator);
    let platform = builder.open().expect("a platform");
    let operator = platform.principal("host", "root", None, PrincipalKind::Platform).expect("an operator");
    let mut ids: HashMap<&str, TenantId> = HashMap::new();
    for tenant in rules.tenants() {
        let mut users = rules.users();
        let (first, role) = users.next().expect("an administrator");
        let new = NewTenant {
            slug: tenant.into(),
            name: tenant.into(),
            plan: "enterprise".into(),
            admin: person(&first, role),
        };
        let id = platform.tenants().create(&operator, &new).expect("a tenant").tenant.id;
        let admin = platform.principal("idp", &first, Some(id), PrincipalKind::User).expect("a principal");
        for role in rules.roles().iter().filter(|role| !role.built_in) {
            let inherits = role.inherits.iter().map(|name| (*name).to_owned()).collect();
            let permissions = PermissionSet::of(&role.permissions);
            let new = NewRole { name: role.name.into(), permissions, inherits, ..NewRole::default() };
            platform.roles().create(&admin, &new).expect("a role");
        }
        for (subject, role) in users {
            platform.users().create(&admin, &person(&subject, role)).expect("a user");
        }
        ids.insert(tenant, id);
    }
    let principal = |Question { tenant, user, .. }: &Question| {
        let tenant = Some(ids[tenant.as_str()]);
        platform.principal("idp", user, tenant, PrincipalKind::User).expect("a principal")
    };
    let principals = rules.questions().iter().map(principal).collect();
    (platform, principals)
}

fn main() {
    for tenants in SIZES {
        let rules = Rules::of(tenants);
        let questions = rules.questions();
        let (platform, principals) = ours(&rules);
        let entered: Vec<_> = principals.iter().map(|principal| platform.enter(principal).expect("a user")).collect();
        let keys: Vec<_> = entered.iter().map(|cx| (cx.tenant(), cx.user())).collect();
        let contexts: HashMap<(TenantId, UserId), TenantCtx> = keys.iter().copied().zip(entered).collect();
        let (casbin, remembering) = (Casbin::of(&rules), Remembering::of(&rules));
        let (a_rule, a_permission) = (Cedar::of(&rules, Policies::OfRules), Cedar::of(&rules, Policies::OfPermissions));
        let mut contestants: Vec<Contestant<'_>> = vec![
            (
                "valor-ivx, a principal, the rights of now",
                Box::new(|n| platform.can(&principals[n], questions[n].permission).expect("an answer")),
            ),
            ("valor-ivx, a context that the host keeps", Box::new(|n| contexts[&keys[n]].can(questions[n].permission))),
            ("casbin, answers remembered", Box::new(|n| remembering.ask(&questions[n]))),
            ("casbin, enforced", Box::new(|n| casbin.ask(&questions[n]))),
            ("Cedar, a policy a permission, roles as data", Box::new(|n| a_permission.ask(n))),
            ("Cedar, a policy a rule", Box::new(|n| a_rule.ask(n))),
        ];
        let allowed = (0..questions.len()).filter(|n| rules.allows(&questions[*n])).count();
        for (name, ask) in &mut contestants {
            for (n, question) in questions.iter().enumerate() {
                assert_eq!(ask(n), rules.allows(question), "{name}: {question:?}");
            }
        }
        println!("{} rules: {} questions, of which all allow the same {allowed}", rules.count(), questions.len());
        race("  a permission checked", questions.len(), &mut contestants);
    }
}
