"""What a tenant sets for itself: how its pages look, and values under the keys that the host has registered."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from . import _native
from ._record import Record
from ._service import Lister, Service

__all__ = ["Branding", "Configuration"]

Principal = _native.Principal


class Branding(Service):
    """How a tenant's pages look: product name, colours, theme, logo, address for help, variables of style."""

    __slots__ = ()

    def get(self, principal: Principal) -> Record:
        """The branding as far as the plan allows it, with its `version`, 0 where none was set."""
        return Record(self._call(principal, "branding.get"))

    def patch(self, principal: Principal, expected: int, patch: Mapping[str, Any] | str) -> Record:
        """Changes the branding whose version is `expected` by a JSON merge patch, an object or its text.

        What is absent stays, and `None` takes back to the default. Text in which a key stands twice is refused; an
        object cannot tell. Every problem of the result is in the error's `also`.
        """
        given = {"json": patch} if isinstance(patch, str) else {"patch": patch}
        return Record(self._call(principal, "branding.patch", expected=expected, **given))


class Configuration(Lister):
    """What a tenant sets under keys, by key. A secret is told to nobody: its `value` is `None`."""

    __slots__ = ()
    _list = "configuration.list"

    def get(self, principal: Principal, key: str) -> Record:
        """`value`, `type`, `secret` and `version` of a key: what is set, or, with version 0, the default."""
        return Record(self._call(principal, "configuration.get", key=key))

    def set(self, principal: Principal, key: str, expected: int, value: Any) -> Record:
        """Sets the value of a key whose version is `expected`, 0 when nothing is set; a `Decimal` digit by digit."""
        value = format(value, "f") if isinstance(value, Decimal) else value
        return Record(self._call(principal, "configuration.set", key=key, expected=expected, value=value))

    def set_json(self, principal: Principal, key: str, expected: int, text: str) -> Record:
        """As `set`, from JSON text, in which no key of an object stands twice."""
        return Record(self._call(principal, "configuration.set", key=key, expected=expected, json=text))

    def unset(self, principal: Principal, key: str, expected: int) -> None:
        """Takes a key whose version is `expected` back to its default."""
        self._call(principal, "configuration.unset", key=key, expected=expected)
