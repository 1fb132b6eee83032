"""Any model over arrays: NumPy broadcasting in, arrays out, one native call."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _native

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ._types import Floats, Inputs

__all__ = ["evaluate_columns"]


def evaluate_columns(
    model: str, inputs: Inputs, columns: Mapping[str, Any], output: str | None = None
) -> Floats:
    """One output of `model` for each element of the broadcast `columns`, which maps paths to arrays.

    `inputs` holds what is the same for each; `output` is the model's primary unless given. The first
    element without a value is the error, with its number in `hint`.

    Axes broadcast against each other, `axis[:, None]` and `axis[None, :]`, make a grid that is valued as
    one: what only the first touches is computed once a row.

    >>> evaluate_columns("npv", {"cashflows": [-100.0, 110.0]}, {"rate": [0.0, 0.1]}).round(12).tolist()
    [10.0, 0.0]
    """
    arrays = [np.asarray(values, dtype=np.float64) for values in columns.values()]
    shape = np.broadcast_shapes(*(array.shape for array in arrays)) if arrays else (0,)
    laid = [_laid(array, shape) for array in arrays]
    return _native.evaluate_columns(model, inputs, list(columns), laid, output).reshape(shape)


def _laid(array: Floats, shape: tuple[int, ...]) -> tuple[Floats, int, int]:
    """The numbers of an array broadcast to `shape`, the rows each holds for, and how often they come."""
    own = (1,) * (len(shape) - array.ndim) + array.shape
    varying = [axis for axis, length in enumerate(own) if length != 1]
    first, last = (varying[0], varying[-1] + 1) if varying else (0, 0)
    if own[first:last] != shape[first:last]:
        return np.ascontiguousarray(np.broadcast_to(array, shape)).reshape(-1), 1, 1
    return np.ascontiguousarray(array).reshape(-1), math.prod(shape[last:]), math.prod(shape[:first])


def over(model: str, output: str, fixed: Inputs, numbers: Mapping[str, Any], series: Mapping[str, Any]) -> Any:
    """A number for numbers, an array for arrays; of `series` the last axis is the series itself."""
    given = {name: value for name, value in numbers.items() if value is not None}
    if all(np.ndim(value) == 0 for value in given.values()) and all(_is_single(value) for value in series.values()):
        return _native.evaluate(model, {**fixed, **given, **series})[output]
    try:
        rows = {name: np.asarray(values, dtype=np.float64) for name, values in series.items()}
    except ValueError:
        return _ragged(model, output, {**fixed, **given}, series)
    columns = dict(given)
    inputs = dict(fixed)
    for name, array in rows.items():
        inputs[name] = [0.0] * array.shape[-1]
        columns.update({f"{name}[{i}]": array[..., i] for i in range(array.shape[-1])})
    return evaluate_columns(model, inputs, columns, output)


def _is_single(values: Any) -> bool:
    first = next(iter(values), None)
    return first is None or isinstance(first, str) or np.ndim(first) == 0


def _ragged(model: str, output: str, inputs: Inputs, series: Mapping[str, Any]) -> Floats:
    """Series of different lengths, one result each."""
    names = list(series)
    if any(np.ndim(value) > 0 for value in inputs.values() if not isinstance(value, str)):
        raise ValueError("series of different lengths go with single numbers")
    rows = zip(*(series[name] for name in names), strict=True)
    return np.array([_native.evaluate(model, {**inputs, **dict(zip(names, row, strict=True))})[output] for row in rows])
