"""What a tenant uses, its subscription, and what is billed for both."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Protocol

from . import _native
from ._record import Record
from ._service import Lister, Service

__all__ = ["BillingSink", "Invoice", "Preview", "Subscriptions", "Usage"]

Principal = _native.Principal


class _Recorded(Record):
    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {"event": Record}


class _Report(Record):
    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {"limits": Record}


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


def sink_of(billing: BillingSink) -> tuple[Callable[[Any], bool], Callable[[Any, str], object]]:
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
