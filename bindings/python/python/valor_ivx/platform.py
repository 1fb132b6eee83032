"""The governed run: permission checked, plan limited, routed, measured, metered, audited, reproducible."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from . import _native
from ._record import Record
from ._service import Page, Service, with_async
from ._waiting import awaited, on_the_loop
from .audit import Audit, Control, Holds
from .billing import BillingSink, Invoice, Preview, Subscriptions, Usage, sink_of
from .content import Notes, Runs, Scenarios
from .people import Entitlements, Organizations, Roles, Tenants, Users
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
        sink = None if billing is None else sink_of(billing)
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
