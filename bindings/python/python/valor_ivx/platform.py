"""The governed run: permission checked, plan limited, routed, measured, metered, audited, reproducible."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from . import _native
from ._record import Record
from ._waiting import awaited, on_the_loop
from .registry import Registry, Resolution
from .simulation import CancelToken, Progress, _shown

__all__ = ["GovernedRun", "Page", "Platform", "Principal", "RunRequest"]

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


class _Service:
    __slots__ = ("_platform",)

    def __init__(self, platform: _native.NativePlatform) -> None:
        self._platform = platform

    def _call(self, principal: Principal, service: str, **fields: Any) -> Any:
        return self._platform.call(principal, service, fields)


class Page(Sequence[Record]):
    """One page of a list: a sequence of its rows, which are `items` too.

    `next` and `prev` are the cursors of its neighbours, `None` where there is none; `total` and `page` are there
    when they were asked for.
    """

    __slots__ = ("items", "next", "page", "prev", "size", "total")

    def __init__(self, fields: Mapping[str, Any]) -> None:
        self.items: list[Record] = [Record(item) for item in fields["items"]]
        self.next: str | None = fields["next"]
        self.prev: str | None = fields["prev"]
        self.size: int = fields["size"]
        self.total: int | None = fields["total"]
        self.page: int | None = fields["page"]

    def __getitem__(self, at: Any) -> Any:
        return self.items[at]

    def __len__(self) -> int:
        return len(self.items)

    def __eq__(self, other: object) -> bool:
        return self.items == (other.items if isinstance(other, Page) else other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Page({len(self.items)} items, next={self.next!r}, prev={self.prev!r})"


class _Lister(_Service):
    """A service that lists: `sort`, `filter` and `search` by the names its own text tells.

    `size` is 1 to 100; a place is told by the `cursor` of another page or by the number of a `page` from 1; with
    `total` the whole list is counted. What no list offers is an `InvalidInputError` whose `allowed` holds those
    there are.
    """

    __slots__ = ()
    _list: ClassVar[str]

    def list(
        self,
        principal: Principal,
        *,
        sort: str | None = None,
        filter: Mapping[str, str] | None = None,
        search: Mapping[str, str] | None = None,
        size: int = 20,
        cursor: str | None = None,
        page: int | None = None,
        total: bool = False,
    ) -> Page:
        """A page of what the principal may see."""
        fields = {"sort": sort, "filter": filter, "search": search, "size": size, "cursor": cursor, "page": page}
        return self._page(principal, self._list, total=total, **fields)

    def _page(self, principal: Principal, service: str, **fields: Any) -> Page:
        return Page(self._call(principal, service, **fields))


class Tenants(_Lister):
    """Tenants, for operators: newest first or by `name`; filter `status` or `plan`, search `name`."""

    __slots__ = ()
    _list = "tenants.list"

    def create(self, principal: Principal, *, slug: str, name: str, plan: str, admin: Mapping[str, Any]) -> Record:
        """Makes a tenant with its organization, subscription and first administrator.

        `admin` has `issuer`, `subject`, `email`, `display_name`.
        """
        made = self._call(principal, "tenants.create", slug=slug, name=name, plan=plan, admin=admin)
        return Record({part: Record(value) for part, value in made.items()})

    def by_slug(self, principal: Principal, slug: str) -> Record:
        """The tenant of a short name."""
        return Record(self._call(principal, "tenants.by_slug", slug=slug))

    def set_status(self, principal: Principal, id: str, expected: int, status: str) -> Record:
        """Makes the tenant whose version is `expected` `Active`, `Suspended` or `Deactivated`."""
        return Record(self._call(principal, "tenants.set_status", id=id, expected=expected, status=status))


class Users(_Lister):
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
    ) -> Record:
        """Makes a user with a role in the whole tenant; nobody gives a permission that they lack."""
        fields = {"issuer": issuer, "subject": subject, "email": email, "display_name": display_name, "role": role}
        return Record(self._call(principal, "users.create", **fields))

    def grants(
        self,
        principal: Principal,
        *,
        filter: Mapping[str, str],
        size: int = 20,
        cursor: str | None = None,
        total: bool = False,
    ) -> Page:
        """Roles given, newest first, filtered by `user` or `role`."""
        return self._page(principal, "users.grants", filter=filter, size=size, cursor=cursor, total=total)

    def set_active(self, principal: Principal, id: str, expected: int, active: bool) -> Record:
        """Activates or deactivates the user whose version is `expected`."""
        return Record(self._call(principal, "users.set_active", id=id, expected=expected, active=active))


class Organizations(_Lister):
    """The organizations of a tenant, by name or the newest first (`created`); search `name`."""

    __slots__ = ()
    _list = "organizations.list"

    def create(self, principal: Principal, name: str) -> Record:
        """Makes an organization."""
        return Record(self._call(principal, "organizations.create", name=name))


class Routing(_Service):
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


class Usage(_Lister):
    """What a tenant has used; its events newest first, filter `kind`."""

    __slots__ = ()
    _list = "usage.list"

    def total(self, principal: Principal, kind: str, start: int = 0, end: int = 2**62) -> int:
        """What was used of `kind`, such as `model_run`, from `start` until before `end` (microseconds since 1970)."""
        return int(self._platform.call(principal, "usage.total", {"kind": kind, "from": start, "to": end}))


class Audit(_Lister):
    """A tenant's audit chain, newest first; filter `actor`, `action`, or `resource_type` with `resource_id`."""

    __slots__ = ()
    _list = "audit.list"

    def verify(self, principal: Principal) -> Any:
        """Verifies the whole chain."""
        return self._call(principal, "audit.verify")


class Runs(_Lister):
    """The runs a tenant keeps, newest first; filter `model` or `subject`."""

    __slots__ = ()
    _list = "runs.list"

    def get(self, principal: Principal, run_id: str) -> Record:
        """A run that is shown to the principal."""
        return Record(self._call(principal, "runs.get", id=run_id))


class Scenarios(_Lister):
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


class Notes(_Lister):
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


class Subscriptions(_Service):
    """A tenant's subscription."""

    __slots__ = ()

    def get(self, principal: Principal) -> Record:
        """The subscription in force."""
        return Record(self._call(principal, "subscriptions.get"))


class Platform:
    """Models, tenants, plans and records tied together, in memory, in a SQLite file or in PostgreSQL."""

    __slots__ = (
        "_native",
        "audit",
        "notes",
        "organizations",
        "registry",
        "routing",
        "runs",
        "scenarios",
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
        self.routing = Routing(platform)
        self.usage = Usage(platform)
        self.audit = Audit(platform)
        self.runs = Runs(platform)
        self.scenarios = Scenarios(platform)
        self.notes = Notes(platform)
        self.subscriptions = Subscriptions(platform)

    @staticmethod
    def open(url: str, operators: Sequence[tuple[str, str, str]] = ()) -> Platform:
        """Opens `memory:`, `sqlite:path.db` or, where it was built in, `postgresql://role@host/database`.

        `operators` are (issuer, subject, role), the only ones who act on the platform.
        """
        return Platform(_native.NativePlatform.open(url, list(operators)))

    @staticmethod
    def migrate(url: str) -> None:
        """Brings the store at `url` to this version's tables; for PostgreSQL in the role that owns them.

        A database is migrated by this alone, a file when it is opened, too.
        """
        _native.NativePlatform.migrate(url)

    def principal(self, *, issuer: str, subject: str, tenant: str | None = None, kind: str = "User") -> Principal:
        """The host's own assertion that it has verified this caller; `kind` is User, Service or Platform."""
        return self._native.principal(issuer, subject, tenant, kind)

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

    def can(self, principal: Principal, permission: str) -> bool:
        """Whether a principal may do what `permission` names, such as `read_models`, in its tenant."""
        return bool(self._native.call(principal, "can", {"permission": permission}))

    def permissions(self, principal: Principal) -> list[str]:
        """Everything a principal may do in its tenant."""
        return list(self._native.call(principal, "permissions", {}))
