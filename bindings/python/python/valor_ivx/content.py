"""What users keep: runs, scenarios and notes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import _native
from ._record import Record
from ._service import Lister

__all__ = ["Notes", "Runs", "Scenarios"]

Principal = _native.Principal


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
