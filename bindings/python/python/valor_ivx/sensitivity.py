"""How an output answers to the inputs: derivatives, tornado, grids, one-way tables, goal seek.

Each takes a model by its name with its inputs, an engine that has its own, or a function over columns: a
dict of NumPy arrays by input name, to a dict of arrays by output name, or one array.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from . import _native
from ._record import Engine, Record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from typing_extensions import TypeIs

    from ._types import Inputs

__all__ = ["attribution", "goal_seek", "gradient", "grid", "one_way", "spider", "study", "tornado"]

Model: TypeAlias = str | Engine | type[Engine] | Callable[..., Any]


def study(name: str, model: Model, inputs: Inputs | None = None, **more: Any) -> Record:
    """Any study of the catalogue by its name, such as `"tornado"`; `more` are its fields."""
    if is_own(model):
        return _valued(name, model, {"input": {} if inputs is None else inputs, **more})
    model, inputs = named(model, inputs)
    return _valued(name, model, {"input": inputs, **more})


def _valued(name: str, model: str | Callable[..., Any], fields: Mapping[str, Any]) -> Record:
    given = {field: value for field, value in fields.items() if value is not None}
    if isinstance(model, str):
        return Record(_native.evaluate(name, {"model": model, **given}))
    return Record(_native.study(name, {"model": "function", **given}, model))


def is_own(model: Model) -> TypeIs[Callable[..., Any]]:
    """Whether a model is a function of the caller's own."""
    return not isinstance(model, (str, Engine, type))


def named(model: str | Engine | type[Engine], inputs: Inputs | None) -> tuple[str, Any]:
    """A model's name and inputs; an engine's own inputs unless others are given."""
    if isinstance(model, Engine):
        return model.model, model.to_dict() if inputs is None else {**model.to_dict(), **inputs}
    return model if isinstance(model, str) else model.model, inputs if inputs is not None else {}


def gradient(
    model: Model, inputs: Inputs | None, paths: Sequence[str], output: str | None = None, **more: Any
) -> Record:
    """Derivative and elasticity of an output with respect to each path."""
    return study("gradient", model, inputs, paths=paths, output=output, **more)


def tornado(
    model: Model,
    inputs: Inputs | None,
    drivers: Sequence[Mapping[str, Any]],
    output: str | None = None,
    **more: Any,
) -> Record:
    """The output at the low and high value of each driver, the widest first."""
    return study("tornado", model, inputs, drivers=drivers, output=output, **more)


def grid(
    model: Model,
    inputs: Inputs | None,
    axes: Sequence[Mapping[str, Any]],
    outputs: Sequence[str] | None = None,
    **more: Any,
) -> Record:
    """Outputs over every combination of the values of up to six inputs, row-major."""
    return study("sensitivity_grid", model, inputs, axes=axes, outputs=outputs, **more)


def one_way(
    model: Model,
    inputs: Inputs | None,
    path: str,
    values: Sequence[float] | None = None,
    outputs: Sequence[str] | None = None,
    **more: Any,
) -> Record:
    """Outputs over the values of one input, given as `values` or as `start`, `stop`, `steps`."""
    return study("sensitivity_1d", model, inputs, path=path, values=values, outputs=outputs, **more)


def spider(
    model: Model,
    inputs: Inputs | None,
    drivers: Sequence[str],
    steps: Sequence[float],
    output: str | None = None,
    **more: Any,
) -> Record:
    """The output when each driver in turn is changed by each relative step."""
    return study("spider", model, inputs, drivers=drivers, steps=steps, output=output, **more)


def attribution(
    model: Model, from_input: Inputs, to_input: Inputs, paths: Sequence[str], **more: Any
) -> Record:
    """What each path contributes to the change of the output from one input to another."""
    given = {"from_input": from_input, "to_input": to_input, "paths": paths, **more}
    return _valued("attribution", model if is_own(model) else named(model, {})[0], given)


def goal_seek(
    model: Model,
    inputs: Inputs | None,
    path: str,
    output: str | None,
    target: float,
    lower: float,
    upper: float,
    **more: Any,
) -> Record:
    """The value at `path` between `lower` and `upper` for which the output is `target`."""
    fields = {"path": path, "output": output, "target": target, "lower": lower, "upper": upper}
    return study("goal_seek", model, inputs, **fields, **more)
