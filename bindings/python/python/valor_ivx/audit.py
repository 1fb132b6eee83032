"""The audit log, legal holds, and what takes two operators."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from . import _native
from ._record import Record
from ._service import Lister, Principal, Service

__all__ = ["Audit", "Control", "Holds", "verify_export"]

Anchors = Sequence[Mapping[str, Any]]


class Audit(Lister):
    """The audit log of the caller's tenant, newest first; for operators the platform's own.

    Filter `actor`, `action`, or `resource_type` with `resource_id`. A tenant needs the feature `audit_logs`, and whoever
    reads is on record.
    """

    __slots__ = ()
    _list = "audit.list"

    def verify(
        self, principal: Principal, *, start: int | None = None, end: int | None = None, anchors: Anchors = ()
    ) -> Any:
        """Verifies the log, or its positions `start` to `end`: `{"Intact": ...}` or `{"Broken": {"seq", "kind"}}`.

        `anchors` are heads that `anchor` gave before, kept where nobody who can change the store can change them.
        """
        fields = {"from": start, "to": end, "anchors": [dict(anchor) for anchor in anchors]}
        return self._platform.call(principal, "audit.verify", fields)

    def export(
        self, principal: Principal, path: str | os.PathLike[str], *, start: int | None = None, end: int | None = None
    ) -> Record:
        """Writes the log into a file, one record a line, and a trailer, which it gives; see `verify_export`."""
        fields = {"path": os.fspath(path), "from": start, "to": end}
        return _Trailer(self._platform.call(principal, "audit.export", fields))

    def private_fields(self, principal: Principal, seq: int) -> dict[str, str]:
        """The private fields of a record that have not been redacted."""
        return dict(self._call(principal, "audit.private_fields", seq=seq))

    def records(self, principal: Principal, after: int = 0, size: int = 100) -> Sequence[Record]:
        """For operators: at most `size` (1 to 1,000) records of the platform's own log after a position, oldest first."""
        return [_Kept(one) for one in self._call(principal, "audit.records", after=after, size=size)]

    def anchor(self, principal: Principal) -> dict[str, Any]:
        """The head of the log, to be kept elsewhere and handed to `verify`."""
        return dict(self._call(principal, "audit.anchor"))

    def retain(self, principal: Principal) -> Record:
        """For operators who may redact: purges what is older than the platform keeps it; `done` and `failed`."""
        return Record(self._call(principal, "audit.retain"))


class _Kept(Record):
    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {"event": Record}


class _Trailer(Record):
    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {"head": Record, "start": Record, "anchors": Record}


class Holds(Service):
    """Legal holds, for operators: what is held is neither deleted nor redacted, erased or purged."""

    __slots__ = ()

    def set(
        self,
        principal: Principal,
        tenant: str,
        *,
        reason: str,
        user: str | None = None,
        resource: tuple[str, str] | None = None,
    ) -> Record:
        """Holds the tenant, or one `user` of it, or one `resource`: (run, scenario or note, its id)."""
        subject: Any = "tenant"
        if user is not None:
            subject = {"user": user}
        elif resource is not None:
            subject = {"resource": {"resource_type": resource[0], "resource_id": resource[1]}}
        return Record(self._call(principal, "holds.set", tenant=tenant, subject=subject, reason=reason))

    def list(self, principal: Principal, tenant: str) -> Sequence[Record]:
        """The holds of a tenant, released ones among them, in the order they were set."""
        return [Record(one) for one in self._call(principal, "holds.list", tenant=tenant)]


class Control(Service):
    """What one operator asks for and another confirms within 24 hours."""

    __slots__ = ()

    def redact_audit(
        self, principal: Principal, start: int, end: int, *, tenant: str | None = None, field: str | None = None
    ) -> Record:
        """Asks that private fields of records go: of a `tenant`, or of the platform's own log; all, or one `field`."""
        fields = {"act": "redact_audit", "tenant": tenant, "from": start, "to": end, "field": field}
        return Record(self._platform.call(principal, "control.request", fields))

    def release_hold(self, principal: Principal, tenant: str, hold: str) -> Record:
        """Asks that a legal hold ends."""
        return Record(self._call(principal, "control.request", act="release_hold", tenant=tenant, hold=hold))

    def purge_tenant(self, principal: Principal, tenant: str) -> Record:
        """Asks that what the users of a deactivated tenant kept goes, and that they become pseudonyms."""
        return Record(self._call(principal, "control.request", act="purge_tenant", tenant=tenant))

    def confirm(self, principal: Principal, id: str) -> Record:
        """Confirms what another operator asked for, and does it."""
        return Record(self._call(principal, "control.confirm", id=id))

    def list(self, principal: Principal, size: int = 50) -> Sequence[Record]:
        """At most `size` (1 to 100) requests, the newest first."""
        return [Record(one) for one in self._call(principal, "control.list", size=size)]


def verify_export(path: str | os.PathLike[str], anchors: Anchors = ()) -> Any:
    """Verifies an exported log without any store: `{"Intact": ...}` or `{"Broken": {"seq", "kind"}}`."""
    return _native.NativePlatform.verify_export(os.fspath(path), [dict(anchor) for anchor in anchors])
