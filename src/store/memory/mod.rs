//! The store in memory: for tests, notebooks and programs that keep nothing.
//!
//! One lock guards all; a transaction changes in place and keeps the way back, which dropping it
//! without commit takes.

mod audit;
mod billing;
mod content;
mod lists;
mod platform;
mod provisioning;
mod roles;
mod settings;
mod stats;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::error::Error;
use crate::id::{
    ControlRequestId, GrantId, HoldId, NoteId, OrganizationId, ReservationId, RoleId, RunId, ScenarioId, SodRuleId,
    TenantId, UserId,
};
use crate::store::roles::{Governed, require_grantable};
use crate::store::{
    BillingTx, CustodyTx, Identity, PlatformTx, RoleRead as _, RoutingDocument, Store, TenantRead, TenantTx, UserPatch,
    absent, compare_usage, duplicate, fold, require_committable, require_countable, require_key, require_openable,
    require_organization_keys, require_routable, require_run_keys, require_user_keys, require_user_names,
    require_version, require_within,
};
use crate::tenancy::{
    ConfigEntry, ControlRequest, LegalHold, Limit, LimitKind, Note, Organization, Origin, Overrides, PlatformCtx,
    Recorded, Reservation, ReservationState, Role, RoleGrant, Run, Scenario, SodRule, Subscription, Tenant,
    TenantBranding, TenantCtx, UsageEvent, User, VerifiedPrincipal,
};
use crate::time::Timestamp;
use audit::Log;
use billing::Ledger;
use platform::PlatformTransaction;

/// A store that lives as long as the process.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    tenants: BTreeMap<TenantId, Owned>,
    /// The platform's own chain.
    log: Log,
    requests: BTreeMap<ControlRequestId, ControlRequest>,
    routing: Vec<RoutingDocument>,
    stats: stats::Stats,
}

/// A tenant and what it owns.
#[derive(Debug)]
struct Owned {
    tenant: Tenant,
    organizations: BTreeMap<OrganizationId, Organization>,
    users: BTreeMap<UserId, User>,
    grants: Vec<RoleGrant>,
    roles: BTreeMap<RoleId, Role>,
    rules: BTreeMap<SodRuleId, SodRule>,
    overrides: Overrides,
    subscription: Subscription,
    reservations: BTreeMap<ReservationId, Reservation>,
    committed: BTreeMap<(LimitKind, Timestamp), u64>,
    billing: Ledger,
    usage: BTreeMap<String, UsageEvent>,
    scenarios: BTreeMap<ScenarioId, Scenario>,
    notes: BTreeMap<NoteId, Note>,
    runs: BTreeMap<(Timestamp, RunId), Run>,
    run_places: BTreeMap<RunId, Timestamp>,
    run_keys: BTreeMap<(UserId, String), RunId>,
    audit: Log,
    holds: BTreeMap<HoldId, LegalHold>,
    routing: Vec<RoutingDocument>,
    branding: Option<TenantBranding>,
    config: BTreeMap<String, ConfigEntry>,
    made: provisioning::Made,
}

impl Owned {
    fn require_user(&self, id: UserId) -> Result<(), Error> {
        self.users.contains_key(&id).then_some(()).ok_or_else(|| absent("user"))
    }

    fn require_organization(&self, id: Option<OrganizationId>) -> Result<(), Error> {
        let known = id.is_none_or(|id| self.organizations.contains_key(&id));
        known.then_some(()).ok_or_else(|| absent("organization"))
    }

    /// How many reservations are open.
    fn open(&self, now: Timestamp) -> u64 {
        self.reservations.values().filter(|held| is_open(held, now)).count() as u64
    }

    /// Committed and held amounts of a limit.
    fn counted(&self, kind: LimitKind, window: Timestamp, now: Timestamp) -> u64 {
        let counts = |held: &&Reservation| held.kind == kind && held.window == window && is_open(held, now);
        let open = self.reservations.values().filter(counts);
        let committed = self.committed.get(&(kind, window)).copied().unwrap_or(0);
        open.fold(committed, |sum, held| sum.saturating_add(held.amount))
    }
}

/// The version in force; 0 for none.
fn latest(routing: &[RoutingDocument]) -> u64 {
    routing.last().map_or(0, |document| document.version)
}

fn is_open(held: &Reservation, now: Timestamp) -> bool {
    held.state == ReservationState::Open && now < held.expires_at
}

impl MemoryStore {
    /// A store with nothing in it.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    // A panic inside a transaction has been undone by its drop, so the state is sound.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn transaction(&self, tenant: TenantId, origin: &Arc<Origin>) -> Result<Transaction<'_>, Error> {
        let state = self.lock();
        if !state.tenants.contains_key(&tenant) {
            return Err(absent("tenant"));
        }
        Ok(Transaction { state, tenant, origin: origin.clone(), undo: Vec::new() })
    }
}

impl Store for MemoryStore {
    fn read<'s>(&'s self, cx: &TenantCtx) -> Result<Box<dyn TenantRead + 's>, Error> {
        Ok(Box::new(self.transaction(cx.tenant(), cx.origin())?))
    }

    fn write<'s>(&'s self, cx: &TenantCtx) -> Result<Box<dyn TenantTx + 's>, Error> {
        Ok(Box::new(self.transaction(cx.tenant(), cx.origin())?))
    }

    fn billing<'s>(&'s self, cx: &PlatformCtx, tenant: TenantId) -> Result<Box<dyn BillingTx + 's>, Error> {
        Ok(Box::new(self.transaction(tenant, cx.origin())?))
    }

    fn custody<'s>(&'s self, cx: &PlatformCtx, tenant: TenantId) -> Result<Box<dyn CustodyTx + 's>, Error> {
        Ok(Box::new(self.transaction(tenant, cx.origin())?))
    }

    fn platform<'s>(&'s self, cx: &PlatformCtx) -> Result<Box<dyn PlatformTx + 's>, Error> {
        Ok(Box::new(PlatformTransaction { state: self.lock(), origin: cx.origin().clone(), undo: Vec::new() }))
    }

    fn lookup(&self, principal: &VerifiedPrincipal) -> Result<Identity, Error> {
        let state = self.lock();
        let owned = principal.tenant().and_then(|id| state.tenants.get(&id)).ok_or_else(|| absent("principal"))?;
        let named = |user: &&User| user.issuer == principal.issuer() && user.subject == principal.subject();
        let user = owned.users.values().find(named).ok_or_else(|| absent("principal"))?;
        let mut grants: Vec<_> = owned.grants.iter().filter(|grant| grant.user_id == user.id).cloned().collect();
        grants.sort_unstable_by_key(|grant| grant.id);
        let inactive = owned.organizations.values().filter(|organization| !organization.active);
        let given = |role: &&Role| grants.iter().any(|grant| grant.role_id == role.id);
        Ok(Identity {
            tenant: owned.tenant.clone(),
            user: user.clone(),
            organization: user.organization_id.and_then(|id| owned.organizations.get(&id).cloned()),
            inactive: inactive.map(|organization| organization.id).collect(),
            roles: owned.roles.values().filter(given).cloned().collect(),
            grants,
            overrides: owned.overrides.clone(),
            subscription: owned.subscription.clone(),
        })
    }

    fn auth_version(&self, principal: &VerifiedPrincipal) -> Result<u64, Error> {
        let state = self.lock();
        let owned = principal.tenant().and_then(|id| state.tenants.get(&id)).ok_or_else(|| absent("principal"))?;
        Ok(owned.tenant.auth_version)
    }

    fn global_routing(&self) -> Result<Option<RoutingDocument>, Error> {
        Ok(self.lock().routing.last().cloned())
    }

    fn global_routing_version(&self) -> Result<u64, Error> {
        Ok(latest(&self.lock().routing))
    }
}

type Undo = Box<dyn FnOnce(&mut State)>;

struct Transaction<'s> {
    state: MutexGuard<'s, State>,
    tenant: TenantId,
    origin: Arc<Origin>,
    undo: Vec<Undo>,
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        for undo in self.undo.drain(..).rev() {
            undo(&mut self.state);
        }
    }
}

impl Transaction<'_> {
    fn owned(&mut self) -> Result<&mut Owned, Error> {
        self.state.tenants.get_mut(&self.tenant).ok_or_else(|| absent("tenant"))
    }

    /// Keeps the way back from a change that has been made.
    fn remember(&mut self, undo: impl FnOnce(&mut Owned) + 'static) {
        let tenant = self.tenant;
        self.undo.push(Box::new(move |state| {
            if let Some(owned) = state.tenants.get_mut(&tenant) {
                undo(owned);
            }
        }));
    }

    fn raise_auth_version(&mut self) -> Result<(), Error> {
        self.owned()?.tenant.auth_version += 1;
        self.remember(|owned| owned.tenant.auth_version -= 1);
        Ok(())
    }

    fn replace_user(&mut self, user: User) -> Result<(), Error> {
        let id = user.id;
        if let Some(before) = self.owned()?.users.insert(id, user) {
            self.remember(move |owned| {
                owned.users.insert(id, before);
            });
        }
        self.raise_auth_version()
    }

    fn replace_organization(&mut self, organization: Organization) -> Result<(), Error> {
        let id = organization.id;
        if let Some(before) = self.owned()?.organizations.insert(id, organization) {
            self.remember(move |owned| {
                owned.organizations.insert(id, before);
            });
        }
        self.raise_auth_version()
    }

    fn set_reservation(&mut self, reservation: Reservation) -> Result<(), Error> {
        let id = reservation.id;
        let before = self.owned()?.reservations.insert(id, reservation);
        self.remember(move |owned| {
            match before {
                Some(before) => owned.reservations.insert(id, before),
                None => owned.reservations.remove(&id),
            };
        });
        Ok(())
    }
}

impl TenantRead for Transaction<'_> {
    fn auth_version(&mut self) -> Result<u64, Error> {
        Ok(self.owned()?.tenant.auth_version)
    }

    fn run(&mut self, id: RunId) -> Result<Run, Error> {
        let owned = self.owned()?;
        let run = owned.run_places.get(&id).and_then(|at| owned.runs.get(&(*at, id)));
        run.cloned().ok_or_else(|| absent("run"))
    }

    fn run_by_key(&mut self, owner: UserId, key: &str) -> Result<Option<Run>, Error> {
        let id = self.owned()?.run_keys.get(&(owner, key.to_owned())).copied();
        id.map(|id| self.run(id)).transpose()
    }

    fn user(&mut self, id: UserId) -> Result<User, Error> {
        self.owned()?.users.get(&id).cloned().ok_or_else(|| absent("user"))
    }

    fn user_by_identity(&mut self, issuer: &str, subject: &str) -> Result<User, Error> {
        let named = |user: &&User| user.issuer == issuer && user.subject == subject;
        self.owned()?.users.values().find(named).cloned().ok_or_else(|| absent("user"))
    }

    fn list_grants(&mut self, user: UserId) -> Result<Vec<RoleGrant>, Error> {
        let mut grants: Vec<_> = self.owned()?.grants.iter().filter(|grant| grant.user_id == user).cloned().collect();
        grants.sort_unstable_by_key(|grant| grant.id);
        Ok(grants)
    }

    fn list_users(&mut self) -> Result<Vec<User>, Error> {
        let mut users: Vec<_> = self.owned()?.users.values().cloned().collect();
        users.sort_unstable_by_key(|user| (user.created_at, user.id));
        Ok(users)
    }

    fn organization(&mut self, id: OrganizationId) -> Result<Organization, Error> {
        self.owned()?.organizations.get(&id).cloned().ok_or_else(|| absent("organization"))
    }

    fn list_organizations(&mut self) -> Result<Vec<Organization>, Error> {
        let mut all: Vec<_> = self.owned()?.organizations.values().cloned().collect();
        all.sort_unstable_by_key(|organization| (organization.created_at, organization.id));
        Ok(all)
    }

    fn kept_bytes(&mut self) -> Result<u64, Error> {
        let owned = self.owned()?;
        let (runs, scenarios, notes) = (owned.runs.values(), owned.scenarios.values(), owned.notes.values());
        let bytes = runs.map(|kept| kept.bytes).chain(scenarios.map(|kept| kept.bytes));
        Ok(bytes.chain(notes.map(|kept| kept.bytes)).sum())
    }

    fn routing(&mut self) -> Result<Option<RoutingDocument>, Error> {
        Ok(self.owned()?.routing.last().cloned())
    }

    fn routing_version(&mut self) -> Result<u64, Error> {
        Ok(latest(&self.owned()?.routing))
    }

    fn routing_history(&mut self, size: usize) -> Result<Vec<RoutingDocument>, Error> {
        Ok(self.owned()?.routing.iter().rev().take(size).cloned().collect())
    }
}

impl TenantTx for Transaction<'_> {
    fn insert_run(&mut self, run: &Run) -> Result<(), Error> {
        let owned = self.owned()?;
        owned.require_user(run.owner_id)?;
        owned.require_organization(run.organization_id)?;
        require_run_keys(run)?;
        let key = run.idem_key.clone().map(|key| (run.owner_id, key));
        if owned.run_places.contains_key(&run.id) || key.as_ref().is_some_and(|key| owned.run_keys.contains_key(key)) {
            return Err(duplicate("run"));
        }
        let (id, at) = (run.id, run.created_at);
        owned.runs.insert((at, id), run.clone());
        owned.run_places.insert(id, at);
        if let Some(key) = key.clone() {
            owned.run_keys.insert(key, id);
        }
        self.remember(move |owned| {
            owned.runs.remove(&(at, id));
            owned.run_places.remove(&id);
            key.map(|key| owned.run_keys.remove(&key));
        });
        Ok(())
    }

    fn insert_user(&mut self, user: &User) -> Result<(), Error> {
        let owned = self.owned()?;
        owned.require_organization(user.organization_id)?;
        require_user_keys(user)?;
        let clash = |other: &User| {
            other.id == user.id
                || (other.issuer == user.issuer && other.subject == user.subject)
                || fold(&other.email) == fold(&user.email)
        };
        if owned.users.values().any(clash) {
            return Err(duplicate("user"));
        }
        let id = user.id;
        owned.users.insert(id, user.clone());
        self.remember(move |owned| {
            owned.users.remove(&id);
        });
        self.raise_auth_version()
    }

    fn insert_organization(&mut self, organization: &Organization) -> Result<(), Error> {
        require_organization_keys(organization)?;
        let owned = self.owned()?;
        let clash = |other: &Organization| other.id == organization.id || fold(&other.name) == fold(&organization.name);
        if owned.organizations.values().any(clash) {
            return Err(duplicate("organization"));
        }
        let id = organization.id;
        owned.organizations.insert(id, organization.clone());
        self.remember(move |owned| {
            owned.organizations.remove(&id);
        });
        Ok(())
    }

    fn insert_grant(&mut self, grant: &RoleGrant) -> Result<(), Error> {
        require_grantable(self, grant)?;
        let owned = self.owned()?;
        let same = |other: &RoleGrant| {
            other.id == grant.id
                || (other.user_id, other.role_id, other.scope) == (grant.user_id, grant.role_id, grant.scope)
        };
        if owned.grants.iter().any(same) {
            return Err(duplicate("grant"));
        }
        owned.grants.push(grant.clone());
        self.remember(|owned| {
            owned.grants.pop();
        });
        self.raise_auth_version()
    }

    fn set_user_active(&mut self, id: UserId, expected: u64, active: bool) -> Result<User, Error> {
        let user = self.user(id)?;
        require_version("user", expected, user.version)?;
        let after = User { active, version: user.version + 1, ..user };
        if !active {
            let before = Governed::of(self)?;
            before.require_administered(&before.with_user(&after))?;
        }
        self.replace_user(after.clone())?;
        Ok(after)
    }

    fn update_user(&mut self, id: UserId, expected: u64, patch: &UserPatch) -> Result<User, Error> {
        let owned = self.owned()?;
        let user = owned.users.get(&id).ok_or_else(|| absent("user"))?;
        require_version("user", expected, user.version)?;
        let after = patch.applied(user);
        owned.require_organization(after.organization_id)?;
        require_user_names(&after)?;
        if owned.users.values().any(|other| other.id != id && fold(&other.email) == fold(&after.email)) {
            return Err(duplicate("user"));
        }
        if patch.organization_id.is_some() {
            let before = Governed::of(self)?;
            before.require_administered(&before.with_user(&after))?;
        }
        self.replace_user(after.clone())?;
        Ok(after)
    }

    fn erase_user(&mut self, id: UserId, expected: u64) -> Result<User, Error> {
        self.erase(id, expected)
    }

    fn set_organization_active(
        &mut self,
        id: OrganizationId,
        expected: u64,
        active: bool,
    ) -> Result<Organization, Error> {
        let organization = self.organization(id)?;
        require_version("organization", expected, organization.version)?;
        let after = Organization { active, version: organization.version + 1, ..organization };
        if !active {
            let before = Governed::of(self)?;
            before.require_administered(&before.with_organization(&after))?;
        }
        self.replace_organization(after.clone())?;
        Ok(after)
    }

    fn rename_organization(&mut self, id: OrganizationId, expected: u64, name: &str) -> Result<Organization, Error> {
        let organization = self.organization(id)?;
        require_version("organization", expected, organization.version)?;
        let after = Organization { name: name.to_owned(), version: organization.version + 1, ..organization };
        require_organization_keys(&after)?;
        let clashes = |other: &Organization| other.id != id && fold(&other.name) == fold(name);
        if self.owned()?.organizations.values().any(clashes) {
            return Err(duplicate("organization"));
        }
        self.replace_organization(after.clone())?;
        Ok(after)
    }

    fn remove_grant(&mut self, id: GrantId) -> Result<(), Error> {
        self.grant(id)?;
        let before = Governed::of(self)?;
        before.require_administered(&before.without_grant(id))?;
        let owned = self.owned()?;
        let place = owned.grants.iter().position(|grant| grant.id == id).ok_or_else(|| absent("grant"))?;
        let removed = owned.grants.remove(place);
        self.remember(move |owned| owned.grants.insert(place, removed));
        self.raise_auth_version()
    }

    fn reserve(&mut self, reservation: &Reservation, limit: Limit, now: Timestamp) -> Result<(), Error> {
        let owned = self.owned()?;
        require_openable(reservation, owned.open(now))?;
        let used = owned.counted(reservation.kind, reservation.window, now);
        require_within(reservation.kind, limit, used, reservation.amount)?;
        if owned.reservations.contains_key(&reservation.id) {
            return Err(duplicate("reservation"));
        }
        self.set_reservation(reservation.clone())
    }

    fn commit_reservation(
        &mut self,
        id: ReservationId,
        actual: u64,
        limit: Limit,
        now: Timestamp,
    ) -> Result<(), Error> {
        let owned = self.owned()?;
        let held = owned.reservations.get(&id).cloned().ok_or_else(|| absent("reservation"))?;
        require_committable(&held, actual, limit, owned.counted(held.kind, held.window, now), now)?;
        let key = (held.kind, held.window);
        *owned.committed.entry(key).or_default() += actual;
        self.remember(move |owned| {
            if let Some(committed) = owned.committed.get_mut(&key) {
                *committed -= actual;
            }
        });
        self.set_reservation(Reservation { state: ReservationState::Committed, ..held })
    }

    fn release_reservation(&mut self, id: ReservationId) -> Result<(), Error> {
        let held = self.owned()?.reservations.get(&id).cloned().ok_or_else(|| absent("reservation"))?;
        if held.state == ReservationState::Committed {
            return Err(Error::conflict("illegal_transition", "a committed reservation cannot be released"));
        }
        self.set_reservation(Reservation { state: ReservationState::Released, ..held })
    }

    fn record_usage(&mut self, event: &UsageEvent) -> Result<Recorded, Error> {
        let owned = self.owned()?;
        if let Some(known) = owned.usage.get(&event.idem_key) {
            return compare_usage(known, event);
        }
        require_key("idem_key", &event.idem_key)?;
        require_countable(event)?;
        let key = event.idem_key.clone();
        owned.usage.insert(key.clone(), event.clone());
        self.remember(move |owned| {
            owned.usage.remove(&key);
        });
        self.roll_up(event)?;
        Ok(Recorded::New)
    }

    fn set_routing(&mut self, expected: u64, document: &RoutingDocument) -> Result<(), Error> {
        let routing = &mut self.owned()?.routing;
        require_routable(document, expected, latest(routing))?;
        routing.push(document.clone());
        self.remember(|owned| {
            owned.routing.pop();
        });
        Ok(())
    }
}
