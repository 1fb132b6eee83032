"""A result told as a sum: what it consists of, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from . import _native
from ._record import Engine, Record
from .sensitivity import named

if TYPE_CHECKING:
    from ._types import Inputs

__all__ = ["Explanation", "explain"]


class Explanation(Record):
    """The `total` of an `output` and the `lines` (`label`, `formula`, `amount`) that add up to it.

    As text it is a table.
    """

    __slots__ = ()

    @property
    def lines(self) -> list[Record]:
        """What the total consists of, in order; what adds nothing is left out."""
        return [Record(line) for line in self._data["lines"]]

    def to_dict(self) -> dict[str, Any]:
        """Plain dicts, lists, numbers and texts; a copy."""
        return {name: value for name, value in super().to_dict().items() if name != "text"}

    def __repr__(self) -> str:
        return str(self._data["text"])


def explain(model: str | Engine, inputs: Inputs | None = None) -> Explanation:
    """Values the inputs and explains the result; `UndefinedError` for a model that no sum leads to."""
    name, given = named(model, inputs)
    told, text = _native.explain(name, given)
    return Explanation({**told, "text": text})
