"""The governed run: permission checked, plan limited, routed, measured, metered, audited, reproducible."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Protocol

from . import _native
from ._record import Record
from ._service import Lister, Page, Service, with_async
from ._waiting import awaited, on_the_loop
from .audit import Audit, Control, Holds
from .registry import Registry, Resolution, StatsView, UsageRow
from .settings import Branding, Configuration
from .simulation import CancelToken, Progress, _shown

__all__ = ["BillingSink", "GovernedRun", "Invoice", "Page", "Platform", "Preview", "Principal", "RunRequest"]

Principal = _native.Principal


class GovernedRun(Record):
    """A run that ended well: `run_id`, `output`, `resolution`, `elapsed` in nanoseconds, `record`."""

    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {"resolution": Resolution, "record": Record}


class RunRequest(Record):
    """A run that is asked for: `RunRequest(model, inputs, simulation=None, unit=None, title=None, ...)`."""

    __slots__ = ()

    def __init__(self, model: str | Mapping[str, Any], inputs: Mapping[str, Any] | None = None, **more: Any) -> None:
        fields = model if isinstance(model, Mapping) else {"model": model, "inputs": inputs or {}, **more}
        super().__init__(fields)


class Tenants(Lister):
    """Tenants, for operators: newest first or by `name`; filter `status` or `plan`, search `name`."""

    __slots__ = ()
    _list = "tenants.list"

    def create(
        self,
        principal: Principal,
        *,
        slug: str,
        name: str,
        plan: str,
        admin: Mapping[str, Any],
        cycle: str = "Monthly",
        trial_days: int | None = None,
        idem_key: str | None = None,
    ) -> Record:
        """Makes a tenant with its organization, subscription and first administrator.

        `admin` has `issuer`, `subject`, `email`, `display_name`; `cycle` is Monthly, Quarterly or Yearly. Without a
        trial the first period opens, and is billed, at once. Asked again under the same `idem_key` it gives the tenant
        that was made; another request under it is a `ConflictError`.
        """
        terms = {"cycle": cycle, "trial_days": trial_days, "idem_key": idem_key}
        made = self._call(principal, "tenants.create", slug=slug, name=name, plan=plan, admin=admin, **terms)
        return Record({part: Record(value) for part, value in made.items()})

    def get(self, principal: Principal, id: str) -> Record:
        """A tenant."""
        return Record(self._call(principal, "tenants.get", id=id))

    def by_slug(self, principal: Principal, slug: str) -> Record:
        """The tenant of a short name."""
        return Record(self._call(principal, "tenants.by_slug", slug=slug))

    def by_domain(self, principal: Principal, domain: str) -> Record:
        """The tenant of a host name of its own."""
        return Record(self._call(principal, "tenants.by_domain", domain=domain))

    def update(
        self, principal: Principal, id: str, expected: int, *, name: str | None = None, domain: str | None = None
    ) -> Record:
        """Changes name or domain of the tenant whose version is `expected`; an empty domain is none."""
        return Record(self._call(principal, "tenants.update", id=id, expected=expected, name=name, domain=domain))

    def set_status(self, principal: Principal, id: str, expected: int, status: str) -> Record:
        """Makes the tenant whose version is `expected` `Active`, `Suspended` or `Deactivated`."""
        return Record(self._call(principal, "tenants.set_status", id=id, expected=expected, status=status))


class Users(Lister):
    """The users of a tenant, newest first; filter `organization`, search `name` or `email`."""

    __slots__ = ()
    _list = "users.list"

    def create(
        self,
        principal: Principal,
        *,
        issuer: str,
        subject: str,
        email: str,
        display_name: str,
        role: str | None = None,
        organization_id: str | None = None,
    ) -> Record:
        """Makes a user with a role, by name or id, in the whole tenant; nobody gives a permission that they lack.

        The user is of the caller's organization where none is named.
        """
        fields = {"issuer": issuer, "subject": subject, "email": email, "display_name": display_name, "role": role}
        return Record(self._call(principal, "users.create", organization_id=organization_id, **fields))

    def get(self, principal: Principal, id: str) -> Record:
        """A user of the tenant's."""
        return Record(self._call(principal, "users.get", id=id))

    def update(
        self,
        principal: Principal,
        id: str,
        expected: int,
        *,
        display_name: str | None = None,
        email: str | None = None,
        organization_id: str | None = None,
        no_organization: bool | None = None,
    ) -> Record:
        """Changes the user whose version is `expected`; what is not given stays."""
        fields = {"display_name": display_name, "email": email, "organization_id": organization_id}
        which = {"id": id, "expected": expected, "no_organization": no_organization}
        return Record(self._call(principal, "users.update", **which, **fields))

    def grants(
        self,
        principal: Principal,
        *,
        filter: Mapping[str, str],
        size: int = 20,
        cursor: str | None = None,
        total: bool = False,
    ) -> Page:
        """Roles given, newest first, filtered by `user`, or by `role`, its name or id."""
        return self._page(principal, "users.grants", filter=filter, size=size, cursor=cursor, total=total)

    def set_active(self, principal: Principal, id: str, expected: int, active: bool) -> Record:
        """Activates or deactivates the user whose version is `expected`."""
        return Record(self._call(principal, "users.set_active", id=id, expected=expected, active=active))

    def erase(self, principal: Principal, id: str, expected: int) -> Record:
        """Makes the user whose version is `expected` a pseudonym, and deletes what the audit log tells of the person."""
        return Record(self._call(principal, "users.erase", id=id, expected=expected))


class Organizations(Lister):
    """The organizations of a tenant, by name or the newest first (`created`); search `name`."""

    __slots__ = ()
    _list = "organizations.list"

    def create(self, principal: Principal, name: str) -> Record:
        """Makes an organization."""
        return Record(self._call(principal, "organizations.create", name=name))

    def get(self, principal: Principal, id: str) -> Record:
        """An organization of the tenant's."""
        return Record(self._call(principal, "organizations.get", id=id))

    def rename(self, principal: Principal, id: str, expected: int, name: str) -> Record:
        """Gives the organization whose version is `expected` another name."""
        return Record(self._call(principal, "organizations.rename", id=id, expected=expected, name=name))

    def set_active(self, principal: Principal, id: str, expected: int, active: bool) -> Record:
        """Activates or deactivates the organization whose version is `expected`, with all that belongs to it."""
        return Record(self._call(principal, "organizations.set_active", id=id, expected=expected, active=active))


class Roles(Lister):
    """The roles of a tenant by name, who holds them, and what they keep apart.

    Nobody gives, changes or takes away a permission that they lack in the same scope, nor their own grants.
    """

    __slots__ = ()
    _list = "roles.list"

    def create(
        self,
        principal: Principal,
        name: str,
        *,
        permissions: Sequence[str] = (),
        inherits: Sequence[str] = (),
        description: str = "",
    ) -> Record:
        """Makes a role of its own permissions and those of the roles it inherits from, by name or id."""
        fields = {"permissions": list(permissions), "inherits": list(inherits), "description": description}
        return Record(self._call(principal, "roles.create", name=name, **fields))

    def get(self, principal: Principal, role: str) -> Record:
        """A role, by name or id; `effective` is all that it comes to."""
        return Record(self._call(principal, "roles.get", role=role))

    def update(
        self,
        principal: Principal,
        id: str,
        expected: int,
        *,
        name: str | None = None,
        permissions: Sequence[str] | None = None,
        inherits: Sequence[str] | None = None,
        description: str | None = None,
    ) -> Record:
        """Changes what is given of the role whose version is `expected`, for all who hold it."""
        fields = {"name": name, "permissions": permissions, "inherits": inherits, "description": description}
        return Record(self._call(principal, "roles.update", id=id, expected=expected, **fields))

    def remove(self, principal: Principal, id: str, expected: int) -> None:
        """Removes the role whose version is `expected`; a conflict while it is given or inherited from."""
        self._call(principal, "roles.remove", id=id, expected=expected)

    def grant(
        self,
        principal: Principal,
        user_id: str,
        role: str,
        *,
        organization_id: str | None = None,
        expires_at: int | None = None,
    ) -> Record:
        """Gives a role, by name or id, in the whole tenant or in one organization, for good or until an instant."""
        fields = {"organization_id": organization_id, "expires_at": expires_at}
        return Record(self._call(principal, "roles.grant", user_id=user_id, role=role, **fields))

    def revoke(self, principal: Principal, grant_id: str) -> None:
        """Takes a role back."""
        self._call(principal, "roles.revoke", id=grant_id)

    def grants(
        self,
        principal: Principal,
        *,
        filter: Mapping[str, str],
        size: int = 20,
        cursor: str | None = None,
        total: bool = False,
    ) -> Page:
        """Roles given, newest first, filtered by `user`, or by `role`, its name or id."""
        return self._page(principal, "roles.grants", filter=filter, size=size, cursor=cursor, total=total)

    def create_sod_rule(
        self, principal: Principal, name: str, permissions: Sequence[str], *, organization_id: str | None = None
    ) -> Record:
        """Forbids one user two or more of the permissions; a conflict that names `offenders` while there are any."""
        fields = {"permissions": list(permissions), "organization_id": organization_id}
        return Record(self._call(principal, "roles.create_sod_rule", name=name, **fields))

    def sod_rules(self, principal: Principal) -> Sequence[Record]:
        """The rules that keep permissions apart."""
        return [Record(rule) for rule in self._call(principal, "roles.sod_rules")]

    def remove_sod_rule(self, principal: Principal, id: str) -> None:
        """Removes a rule."""
        self._call(principal, "roles.remove_sod_rule", id=id)


class Entitlements(Service):
    """What a tenant has apart from its plan: the caller's own, or, for an operator, that of the `tenant` named."""

    __slots__ = ()

    def get(self, principal: Principal, *, tenant: str | None = None) -> Record:
        """All `features` granted or revoked and `limits` set, ended ones among them."""
        told = self._call(principal, "entitlements.get", tenant=tenant)
        return Record({part: [Record(one) for one in told[part]] for part in ("features", "limits")})

    def set_feature(
        self,
        principal: Principal,
        feature: str,
        effect: str,
        reason: str,
        *,
        expires_at: int | None = None,
        tenant: str | None = None,
    ) -> Record:
        """`Grant`s or `Revoke`s a feature from now on; a tenant only revokes."""
        fields = {"effect": effect, "reason": reason, "expires_at": expires_at, "tenant": tenant}
        return Record(self._call(principal, "entitlements.set_feature", feature=feature, **fields))

    def set_limit(
        self,
        principal: Principal,
        limit: str,
        value: int | str,
        reason: str,
        *,
        tenant: str,
        expires_at: int | None = None,
    ) -> Record:
        """For operators: a limit in place of the plan's; a number, `Unlimited` or `Absent`."""
        told = {"At": value} if isinstance(value, int) else value
        fields = {"value": told, "reason": reason, "expires_at": expires_at, "tenant": tenant}
        return Record(self._call(principal, "entitlements.set_limit", limit=limit, **fields))

    def remove(self, principal: Principal, id: str, *, tenant: str | None = None) -> None:
        """Takes an override back; a tenant only those of its own."""
        self._call(principal, "entitlements.remove", id=id, tenant=tenant)


class Routing(Service):
    """Which variant serves whom, with permission and on record."""

    __slots__ = ()

    def history(
        self, principal: Principal, *, size: int = 20, cursor: str | None = None, total: bool = False
    ) -> Page:
        """The versions of the tenant's own routing, newest first."""
        return Page(self._call(principal, "routing.history", size=size, cursor=cursor, total=total))

    def apply(self, principal: Principal, config: Mapping[str, Any]) -> int:
        """Applies a routing configuration; its new version."""
        return int(self._call(principal, "routing.apply", config=config))


class Usage(Lister):
    """What a tenant has used; its events newest first, filter `kind`."""

    __slots__ = ()
    _list = "usage.list"

    def total(self, principal: Principal, kind: str, start: int = 0, end: int = 2**62) -> int:
        """What was used of `kind`, such as `model_run`, from `start` until before `end` (microseconds since 1970)."""
        return int(self._platform.call(principal, "usage.total", {"kind": kind, "from": start, "to": end}))

    def totals(self, principal: Principal, kind: str, start: int, end: int, by: str = "day") -> Sequence[Record]:
        """What was used of `kind` by `hour`, `day` or `month`: `start` and `quantity` of each such window with use.

        `start` and `end` are the starts of such windows, in microseconds since 1970 UTC.
        """
        fields = {"kind": kind, "from": start, "to": end, "by": by}
        return [Record(window) for window in self._platform.call(principal, "usage.totals", fields)]

    def record(
        self,
        principal: Principal,
        kind: str,
        quantity: int,
        *,
        idem_key: str,
        at: int | None = None,
        dims: Mapping[str, str] | None = None,
    ) -> Record:
        """Records use that the host tells of, once under its key: `event` and whether it is a `duplicate`."""
        fields = {"kind": kind, "quantity": quantity, "idem_key": idem_key, "at": at, "dims": dims}
        return _Recorded(self._call(principal, "usage.record", **fields))

    def recount(self, principal: Principal, kind: str) -> Record:
        """Adds up the rows behind the counter of `users` or `storage_bytes`; `drift` is 0."""
        return Record(self._call(principal, "usage.recount", kind=kind))

    def report(self, principal: Principal) -> Record:
        """Plan, state and period, and how much of each limit is taken."""
        return _Report(self._call(principal, "usage.report"))


class Runs(Lister):
    """The runs a tenant keeps, newest first; filter `model` or `subject`."""

    __slots__ = ()
    _list = "runs.list"

    def get(self, principal: Principal, run_id: str) -> Record:
        """A run that is shown to the principal."""
        return Record(self._call(principal, "runs.get", id=run_id))


class Scenarios(Lister):
    """Named inputs that users keep, the last changed first; filter `subject`."""

    __slots__ = ()
    _list = "scenarios.list"

    def create(
        self,
        principal: Principal,
        *,
        model: str,
        name: str,
        inputs: Mapping[str, Any],
        subject: str | None = None,
        audience: str = "private",
    ) -> Record:
        """Keeps named inputs of a model; `audience` is private, organization or tenant."""
        fields = {"model": model, "name": name, "inputs": inputs, "subject": subject, "audience": audience}
        return Record(self._call(principal, "scenarios.create", **fields))

    def get(self, principal: Principal, id: str) -> Record:
        """A scenario that is shown to the principal."""
        return Record(self._call(principal, "scenarios.get", id=id))

    def update(
        self,
        principal: Principal,
        id: str,
        expected: int,
        *,
        name: str | None = None,
        inputs: Mapping[str, Any] | None = None,
        audience: str | None = None,
    ) -> Record:
        """Changes what is given of the scenario whose version is `expected`."""
        fields = {"id": id, "expected": expected, "name": name, "inputs": inputs, "audience": audience}
        return Record(self._call(principal, "scenarios.update", **fields))

    def remove(self, principal: Principal, id: str, expected: int) -> None:
        """Removes the scenario whose version is `expected`."""
        self._call(principal, "scenarios.remove", id=id, expected=expected)


class Notes(Lister):
    """Notes that users keep, the last changed first."""

    __slots__ = ()
    _list = "notes.list"

    def create(self, principal: Principal, *, subject: str, body: str, audience: str = "private") -> Record:
        """Keeps a note, the only one of its owner on its subject; `audience` is private, organization or tenant."""
        return Record(self._call(principal, "notes.create", subject=subject, body=body, audience=audience))

    def get(self, principal: Principal, id: str) -> Record:
        """A note that is shown to the principal."""
        return Record(self._call(principal, "notes.get", id=id))

    def on(self, principal: Principal, subject: str) -> Record:
        """The principal's own note on a subject."""
        return Record(self._call(principal, "notes.on", subject=subject))

    def update(
        self, principal: Principal, id: str, expected: int, *, body: str | None = None, audience: str | None = None
    ) -> Record:
        """Changes what is given of the note whose version is `expected`."""
        return Record(self._call(principal, "notes.update", id=id, expected=expected, body=body, audience=audience))

    def remove(self, principal: Principal, id: str, expected: int) -> None:
        """Removes the note whose version is `expected`."""
        self._call(principal, "notes.remove", id=id, expected=expected)


class _Recorded(Record):
    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {"event": Record}


class _Report(Record):
    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {"limits": Record}


class Preview(Record):
    """What a change of plan would do.

    `direction`, `effective_at`, `lines`, `net_minor`, `blocked_by`, `token`, `expires_at`, and the `plan`, `cycle` and
    `currency` it is about.
    """

    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {"lines": Record, "blocked_by": Record}


class Invoice(Record):
    """An invoice or credit note: `number`, `kind`, `state`, `lines` that add up to `total_minor`, `currency`."""

    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {"lines": Record}


class _Changed(Record):
    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {"subscription": Record, "invoices": Invoice}


class _Waiting(Record):
    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {"invoice": Invoice}


class BillingSink(Protocol):
    """What a host connects its payments to; what it raises comes out of the call that asked it, unchanged."""

    def authorize(self, change: Record) -> bool:
        """Whether a tenant's own user may make this change: `tenant`, `user`, `event`, `to_plan`, `net_minor`, ..."""

    def issue(self, invoice: Invoice, idem_key: str) -> object:
        """Takes an invoice of its `tenant`, at least once; again under the same key it is the same invoice."""


def _sink(billing: BillingSink) -> tuple[Callable[[Any], bool], Callable[[Any, str], object]]:
    return lambda change: billing.authorize(Record(change)), lambda invoice, key: billing.issue(Invoice(invoice), key)


class Subscriptions(Service):
    """A tenant's subscription: the caller's own, or, for an operator, that of the `tenant` named.

    Changes give the `subscription` after them and the `invoices` that they billed. Amounts are minor units, instants
    microseconds since 1970.
    """

    __slots__ = ()

    def get(self, principal: Principal, *, tenant: str | None = None) -> Record:
        """The subscription as it is now."""
        return Record(self._call(principal, "subscriptions.get", tenant=tenant))

    def history(self, principal: Principal, size: int = 50, *, tenant: str | None = None) -> Sequence[Record]:
        """At most `size` (1 to 100) changes of it, newest first."""
        return [Record(one) for one in self._call(principal, "subscriptions.history", size=size, tenant=tenant)]

    def preview(
        self, principal: Principal, plan: str, cycle: str | None = None, *, tenant: str | None = None
    ) -> Preview:
        """What a change of plan would do now; it changes nothing, and is honoured for 10 minutes by its `token`."""
        return Preview(self._call(principal, "subscriptions.preview", plan=plan, cycle=cycle, tenant=tenant))

    def commit(self, principal: Principal, token: str, idem_key: str, *, tenant: str | None = None) -> Record:
        """Carries out a preview, once under a key: asked for again it gives the first answer."""
        fields = {"token": token, "idem_key": idem_key, "tenant": tenant}
        return _Changed(self._call(principal, "subscriptions.commit", **fields))

    def cancel(self, principal: Principal, when: str = "period_end", *, tenant: str | None = None) -> Record:
        """Cancels it at the `period_end`, or `now`."""
        return _Changed(self._call(principal, "subscriptions.cancel", when=when, tenant=tenant))

    def withdraw(self, principal: Principal, *, tenant: str | None = None) -> Record:
        """Neither a downgrade nor a cancellation happens at the end of the period."""
        return _Changed(self._call(principal, "subscriptions.withdraw", tenant=tenant))

    def reactivate(
        self, principal: Principal, plan: str, cycle: str | None = None, *, tenant: str | None = None
    ) -> Record:
        """One that has ended begins again, on this plan of today's catalogue."""
        return _Changed(self._call(principal, "subscriptions.reactivate", plan=plan, cycle=cycle, tenant=tenant))

    def activate(self, principal: Principal, *, tenant: str | None = None) -> Record:
        """A trial is bought: its first period opens and is billed."""
        return _Changed(self._call(principal, "subscriptions.activate", tenant=tenant))

    def migrate(self, principal: Principal, *, tenant: str) -> Record:
        """For operators: it is pinned to the newest version of the plans before it renews."""
        return _Changed(self._call(principal, "subscriptions.migrate", tenant=tenant))

    def payment_received(self, principal: Principal, invoice: str, *, tenant: str) -> Record:
        """For operators: an invoice has been paid."""
        return _Changed(self._call(principal, "subscriptions.payment_received", invoice=invoice, tenant=tenant))

    def payment_failed(self, principal: Principal, invoice: str, *, tenant: str) -> Record:
        """For operators: its payment has failed; everything goes on for seven days."""
        return _Changed(self._call(principal, "subscriptions.payment_failed", invoice=invoice, tenant=tenant))

    def invoices(
        self, principal: Principal, before: int | None = None, size: int = 50, *, tenant: str | None = None
    ) -> Sequence[Invoice]:
        """At most `size` (1 to 100) invoices with numbers below `before`, newest first."""
        fields = {"before": before, "size": size, "tenant": tenant}
        return [Invoice(one) for one in self._call(principal, "subscriptions.invoices", **fields)]

    def invoice(self, principal: Principal, id: str, *, tenant: str | None = None) -> Invoice:
        """An invoice."""
        return Invoice(self._call(principal, "subscriptions.invoice", id=id, tenant=tenant))

    def advance(self, principal: Principal) -> Record:
        """For operators: carries out what time has brought to every tenant by now; `done` and `failed`."""
        return Record(self._call(principal, "subscriptions.advance"))

    def deliver(self, principal: Principal) -> Record:
        """For operators: hands invoices that wait to the platform's billing sink; `done` and `failed`.

        What the sink raises is raised here, after the other tenants had their turn; its invoice waits on.
        """
        return Record(self._call(principal, "subscriptions.deliver"))

    def outbox(self, principal: Principal, size: int = 50) -> Sequence[Record]:
        """For operators: of each tenant the first invoice that has not been handed on, with its `tenant`."""
        return [_Waiting(one) for one in self._call(principal, "subscriptions.outbox", size=size)]

    def delivered(self, principal: Principal, invoice: str, *, tenant: str) -> None:
        """For operators: an invoice has been handed on, and waits no longer."""
        self._call(principal, "subscriptions.delivered", invoice=invoice, tenant=tenant)


class Statistics(Service):
    """How variants did and how much they were used, over all processes that share the store.

    Of a tenant's calls; for an operator, of those that are for no tenant.
    """

    __slots__ = ()

    def publish(self, principal: Principal) -> None:
        """Publishes what this process has counted; runs do so every 15 seconds, this is for one about to end."""
        self._call(principal, "statistics.publish")

    def performance(self, principal: Principal, model: str) -> dict[str, StatsView]:
        """Performance of the variants of `model` that served, with times in nanoseconds."""
        views = self._call(principal, "statistics.performance", model=model)
        return {variant: StatsView(view) for variant, view in views.items()}

    def usage(self, principal: Principal) -> Sequence[UsageRow]:
        """How often each variant served."""
        return [UsageRow(row) for row in self._call(principal, "statistics.usage")]

    def clear(self, principal: Principal, model: str | None = None, reason: str | None = None) -> int:
        """Forgets the performance of `model`, or of all models, and keeps usage; how often that was done."""
        return int(self._call(principal, "statistics.clear", model=model, reason=reason))


class _Explanation(Record):
    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {"decision": Record}


def _about(on: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: on[name] for name in ("owner_id", "organization_id", "audience") if name in on} if on else {}


@with_async
class Platform:
    """Models, tenants, plans and records tied together, in memory, in a SQLite file or in PostgreSQL.

    What asks the store has an awaited form of the same name with `_async` at its end, here and in every service:
    `await platform.users.create_async(...)`. A thread asks, and the event loop goes on.
    """

    __slots__ = (
        "_native",
        "audit",
        "branding",
        "configuration",
        "control",
        "entitlements",
        "holds",
        "notes",
        "organizations",
        "registry",
        "roles",
        "routing",
        "runs",
        "scenarios",
        "statistics",
        "subscriptions",
        "tenants",
        "usage",
        "users",
    )

    def __init__(self, platform: _native.NativePlatform) -> None:
        self._native = platform
        self.registry = Registry._of(platform.registry())
        self.tenants = Tenants(platform)
        self.users = Users(platform)
        self.organizations = Organizations(platform)
        self.roles = Roles(platform)
        self.entitlements = Entitlements(platform)
        self.routing = Routing(platform)
        self.usage = Usage(platform)
        self.audit = Audit(platform)
        self.holds = Holds(platform)
        self.control = Control(platform)
        self.runs = Runs(platform)
        self.scenarios = Scenarios(platform)
        self.notes = Notes(platform)
        self.subscriptions = Subscriptions(platform)
        self.statistics = Statistics(platform)
        self.branding = Branding(platform)
        self.configuration = Configuration(platform)

    @staticmethod
    def open(
        url: str,
        operators: Sequence[tuple[str, str, str]] = (),
        plans: Sequence[Mapping[str, Any]] = (),
        cursor_keys: Sequence[tuple[int, bytes]] = (),
        configuration: Mapping[str, Mapping[str, Any]] | None = None,
        billing: BillingSink | None = None,
    ) -> Platform:
        """Opens `memory:`, `sqlite:path.db` or, where it was built in, `postgresql://role@host/database`.

        `operators` are (issuer, subject, role), the only ones who act on the platform; `plans` are versions of the
        catalogue, of which the newest is on offer: Basic, Professional and Enterprise when there are none.
        `cursor_keys` are (id, secret of 32 bytes): the secret of cursors, and after it the one before while cursors of
        that are still read. Processes that serve the same callers need the same; otherwise each makes its own.
        `configuration` are the keys under which tenants set values, each with its schema: `type` (string, bool,
        integer, decimal or json), `minimum`, `maximum`, `enum`, `secret`, `default`, and the `permission` that setting
        takes, `manage_tenant` or `configure_integrations`. `billing` says whether a tenant's own user may buy, and takes
        the invoices that `subscriptions.deliver` hands on.
        """
        keys, schemas = list(cursor_keys), dict(configuration or {})
        sink = None if billing is None else _sink(billing)
        return Platform(_native.NativePlatform.open(url, list(operators), list(plans), keys, schemas, sink))

    @staticmethod
    def migrate(url: str) -> None:
        """Brings the store at `url` to this version's tables; for PostgreSQL in the role that owns them.

        A database is migrated by this alone, a file when it is opened, too.
        """
        _native.NativePlatform.migrate(url)

    def principal(
        self,
        *,
        issuer: str,
        subject: str,
        tenant: str | None = None,
        kind: str = "User",
        network_address: str | None = None,
        client_software: str | None = None,
        request_id: str | None = None,
        authenticated_at: int | None = None,
    ) -> Principal:
        """The host's own assertion that it has verified this caller; `kind` is User, Service or Platform.

        `network_address` and `client_software` are private fields of what the call puts on record, `request_id` is the
        host's own name of the request. A sign-in is on record once for each `authenticated_at`, in microseconds since
        1970; now unless given: a host that calls this with every request says when the caller signed in.
        """
        told = {
            "network_address": network_address,
            "client_software": client_software,
            "request_id": request_id,
            "authenticated_at": authenticated_at,
        }
        origin = {name: str(value) for name, value in told.items() if value is not None}
        return self._native.principal(issuer, subject, tenant, kind, origin)

    def run(
        self,
        principal: Principal,
        request: RunRequest | Mapping[str, Any],
        *,
        progress: bool | Callable[[Progress], object] = False,
        cancel: CancelToken | None = None,
    ) -> GovernedRun:
        """Runs a model under the rights, the plan and the routing of the caller."""
        with _shown(progress) as show:
            return GovernedRun(self._native.run(principal, request, show, cancel))

    async def run_async(
        self,
        principal: Principal,
        request: RunRequest | Mapping[str, Any],
        *,
        progress: bool | Callable[[Progress], object] = False,
        cancel: CancelToken | None = None,
    ) -> GovernedRun:
        """As `run`, awaited: cancelling the task stops the run, and `progress` is called by the event loop."""
        told = on_the_loop(progress)
        return await awaited(lambda token: self.run(principal, request, progress=told, cancel=token), cancel)

    def replay(self, principal: Principal, run_id: str) -> Record:
        """Runs a kept run again and compares bit for bit: `identical`, `differences`, `output_hash`."""
        return Record(self._native.call(principal, "runs.replay", {"id": run_id}))

    def prometheus(self) -> str:
        """All that the platform and its registry count, as text in Prometheus' exposition format 0.0.4."""
        return self._native.prometheus()

    def plans(self, principal: Principal) -> dict[str, Any]:
        """The plans on offer, as a catalogue that `open` takes."""
        return dict(self._native.call(principal, "plans", {}))

    def can(self, principal: Principal, permission: str, on: Mapping[str, Any] | None = None) -> bool:
        """Whether a principal may do what `permission` names, such as `read_models`, in its tenant.

        `on` is something that a user keeps: its `owner_id`, and `organization_id` and `audience` where it has them.
        """
        return bool(self._native.call(principal, "can", {**_about(on), "permission": permission}))

    def explain(
        self,
        principal: Principal,
        permission: str,
        *,
        user_id: str | None = None,
        on: Mapping[str, Any] | None = None,
    ) -> Record:
        """For administrators: the `decision` about a user, or the principal itself, with every step it takes."""
        fields = {**_about(on), "permission": permission, "user_id": user_id}
        return _Explanation(self._native.call(principal, "explain", fields))

    def permissions(self, principal: Principal) -> list[str]:
        """Everything a principal may do in its tenant."""
        return list(self._native.call(principal, "permissions", {}))
