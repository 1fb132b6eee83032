"""Any model over arrays: NumPy broadcasting in, arrays out, one native call."""

from __future__ import annotations

import copy
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _native

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ._types import Floats, Inputs

    _Laid = tuple[Floats, int, int]

__all__ = ["ColumnModel", "evaluate_columns"]


def evaluate_columns(
    model: str, inputs: Inputs, columns: Mapping[str, Any], output: str | None = None
) -> Floats:
    """One output of `model` for each element of the broadcast `columns`, which maps paths to arrays.

    `inputs` holds what is the same for each; `output` is the model's primary unless given. The first
    element without a value is the error, with its number in `hint`. A `ColumnModel` is quicker where
    other columns follow.

    Axes broadcast against each other, `axis[:, None]` and `axis[None, :]`, make a grid that is valued as
    one: what only the first touches is computed once a row.

    >>> evaluate_columns("npv", {"cashflows": [-100.0, 110.0]}, {"rate": [0.0, 0.1]}).round(12).tolist()
    [10.0, 0.0]
    """
    laid, shape = _broadcast(columns)
    return _native.evaluate_columns(model, inputs, list(columns), laid, output).reshape(shape)


class ColumnModel:
    """`model` made ready once for columns at `paths`, to be called with columns again and again.

    `inputs` are whole: where a call brings no column for one of `paths`, what stands in them holds.
    `output` is the model's primary unless given.

    >>> npv = ColumnModel("npv", {"rate": 0.1, "cashflows": [-100.0, 110.0]}, ["rate"])
    >>> npv({"rate": [0.0, 0.1]}).round(12).tolist()
    [10.0, 0.0]
    """

    def __init__(self, model: str, inputs: Inputs, paths: Iterable[str], output: str | None = None) -> None:
        self._made_of = (model, copy.deepcopy(inputs), list(paths), output)
        self._native = _native.NativeColumnModel(*self._made_of)

    def __call__(self, columns: Mapping[str, Any]) -> Floats:
        """One value for each element of the broadcast `columns`, as `evaluate_columns` gives them."""
        laid, shape = _broadcast(columns)
        return self._native.evaluate(list(columns), laid).reshape(shape)

    def __reduce__(self) -> tuple[type[ColumnModel], tuple[str, Inputs, list[str], str | None]]:
        return ColumnModel, self._made_of

    def __repr__(self) -> str:
        model, _, paths, output = self._made_of
        return f"ColumnModel({model!r}, paths={paths!r}, output={output!r})"


def _broadcast(columns: Mapping[str, Any]) -> tuple[list[_Laid], tuple[int, ...]]:
    """The columns as they are handed over, and the shape of what comes back."""
    arrays = [np.asarray(values, dtype=np.float64) for values in columns.values()]
    shape = _shape(arrays)
    return [_laid(array, shape) for array in arrays], shape


def _shape(arrays: list[Floats]) -> tuple[int, ...]:
    if not arrays:
        return (0,)
    if len(arrays) <= 32:  # As many as NumPy broadcasts in C, ten times as quickly.
        return np.broadcast(*arrays).shape
    return np.broadcast_shapes(*(array.shape for array in arrays))


def _laid(array: Floats, shape: tuple[int, ...]) -> _Laid:
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
