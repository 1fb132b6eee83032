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
//!
//! On a virtual machine of two cores (Xeon at 2.5 GHz) with priority over what else ran there, medians of 31
//! turns with the least and the most, in microseconds. Ours was built at level 1 (`--config
//! profile.release.package.valor-ivx.opt-level=1`), below what this folder sets; casbin 2.20 and Cedar 4.14 at
//! level 3. Rows of one column were taken turn by turn; between columns the machine was not equally busy.
//!
//! | | 100 rules | 10,000 | 100,000 |
//! |---|---|---|---|
//! | ours, a principal, the rights of now | 3.5 (2.9 to 3.6) | 2.6 (2.5 to 5.0) | 6.1 (4.3 to 8.4) |
//! | ours, a context that the host keeps | 0.059 (0.050 to 0.060) | 0.037 (0.037 to 0.063) | 0.057 (0.037 to 0.071) |
//! | casbin, answers remembered | 0.97 (0.79 to 0.98) | 0.65 (0.64 to 1.0) | 0.96 (0.64 to 1.2) |
//! | casbin, enforced | 30 (23 to 32) | 1,261 (764 to 14,555) | 22,305 (11,894 to 37,116) |
//! | Cedar, a policy a permission | 20 (17 to 21) | 16 (16 to 23) | 24 (17 to 25) |
//! | Cedar, a policy a rule | 49 (39 to 51) | 3,289 (3,091 to 5,589) | 56,025 (36,604 to 70,083) |
//!
//! So a question to us by the rights of the moment takes 1/4 to 1/6 of one to Cedar at its best, and 1/8 to
//! 1/3,700 of one that casbin evaluates; an answer that casbin remembers comes 4 to 6 times sooner than that,
//! and 16 to 18 times later than one from a context that the host keeps. casbin that evaluates and Cedar with
//! a policy a rule go through all rules; the others do not, and lose at most about twice to memory.

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
