"""Named scenarios of a model: evaluated side by side, compared, weighted, kept and told apart."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from . import _native
from ._record import Engine, Record, _copy
from .sensitivity import named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ._types import Inputs

__all__ = ["ScenarioSet"]


class ScenarioResult(Record):
    """One scenario: its `result` or value, or its `error`."""

    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {"result": Record, "error": Record}


class ScenarioResults(Record):
    """The `results` of a set, in its order."""

    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {"results": ScenarioResult, "warnings": Record}


class ComparedOutput(Record):
    """One output on the `base` and in the `scenarios`."""

    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {"scenarios": ScenarioResult}


class Comparison(Record):
    """The `outputs` compared."""

    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {"outputs": ComparedOutput, "warnings": Record}


class Weighing(Record):
    """The `outputs` weighed, the `weights` used, and the scenarios `skipped`."""

    __slots__ = ()
    _shapes: ClassVar[Mapping[str, type[Record]]] = {
        "outputs": Record,
        "weights": Record,
        "skipped": ScenarioResult,
        "warnings": Record,
    }


class ScenarioSet:
    """A base, and scenarios that are a patch of its inputs or inputs of their own.

    ```python
    cases = ScenarioSet(Npv(rate=0.1, cashflows=[-100, 121]))
    cases = cases.with_scenario("Bull", patch={"cashflows[1]": 132}, weight=0.25)
    ```
    """

    __slots__ = ("_kept",)

    def __init__(self, model: str | Engine, inputs: Inputs | None = None) -> None:
        name, given = named(model, inputs)
        base = {"model": name, "input": given}
        self._kept = _checked({"format": "valor-ivx/scenarios", "version": 1, "base": base, "scenarios": []})

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> ScenarioSet:
        """The set that `to_dict` gave, in any language; other formats and versions are refused."""
        new = cls.__new__(cls)
        new._kept = _checked(kept)
        return new

    def to_dict(self) -> dict[str, Any]:
        """The set as plain dicts, lists, numbers and texts, to be kept; a copy."""
        return {name: _copy(value) for name, value in self._kept.items()}

    def with_scenario(
        self,
        name: str,
        *,
        patch: Mapping[str, Any] | None = None,
        inputs: Inputs | None = None,
        model: str | Engine | None = None,
        weight: float | None = None,
        notes: str | None = None,
        created: str | None = None,
    ) -> ScenarioSet:
        """The set with one more scenario: `patch` maps paths to new values, or `inputs` are the whole input."""
        if model is not None:
            model, inputs = named(model, inputs)
        fields = {"model": model, "input": inputs, "patch": patch, "weight": weight, "notes": notes, "created": created}
        scenario = {"name": name, **{field: value for field, value in fields.items() if value is not None}}
        return ScenarioSet.from_dict({**self._kept, "scenarios": [*self._kept["scenarios"], scenario]})

    def evaluate(self) -> ScenarioResults:
        """The whole result of each scenario, or its error."""
        return ScenarioResults(self._ask("scenarios_evaluate"))

    def compare(self, outputs: Sequence[str] | None = None) -> Comparison:
        """Outputs of each scenario, their difference to the base and their rank."""
        return Comparison(self._ask("scenarios_compare", outputs=outputs))

    def weighted(
        self, outputs: Sequence[str] | None = None, *, threshold: float | None = None, skip_undefined: bool = False
    ) -> Weighing:
        """Weighted mean, spread and extremes, and the chance of falling below `threshold`."""
        fields = {"outputs": outputs, "threshold": threshold, "skip_undefined": skip_undefined}
        return Weighing(self._ask("scenarios_weighted", **fields))

    @staticmethod
    def diff(a: Inputs | Engine, b: Inputs | Engine) -> list[Record]:
        """What is different between two inputs, by path: `old`, `new` and `kind`; empty when they are equal."""
        first, second = (one.to_dict() if isinstance(one, Engine) else one for one in (a, b))
        return [Record(each) for each in _native.evaluate("scenarios_diff", {"a": first, "b": second})["differences"]]

    def _ask(self, operation: str, **fields: Any) -> dict[str, Any]:
        given = {name: value for name, value in fields.items() if value is not None}
        return _native.evaluate(operation, {"set": self._kept, **given})

    def __len__(self) -> int:
        return len(self._kept["scenarios"])

    def __eq__(self, other: object) -> bool:
        return self._kept == other._kept if isinstance(other, ScenarioSet) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return (ScenarioSet.from_dict, (self._kept,))

    def __repr__(self) -> str:
        names = ", ".join(repr(scenario["name"]) for scenario in self._kept["scenarios"])
        return f"ScenarioSet({self._kept['base']['model']!r}, [{names}])"


def _checked(kept: Mapping[str, Any]) -> dict[str, Any]:
    return dict(_native.checked("scenarios_evaluate", {"set": kept})["set"])
