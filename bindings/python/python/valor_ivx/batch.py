"""A model over many whole inputs, in parallel; what fails is kept beside what does not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from . import _native

if TYPE_CHECKING:
    from ._types import Inputs
    from .errors import ValorError

__all__ = ["Batch", "evaluate_many"]


class Batch:
    """Results of many inputs, in their order."""

    __slots__ = ("errors", "results")

    results: list[dict[str, Any] | None]
    """Outputs of each input; `None` where it failed."""
    errors: list[tuple[int, ValorError]]
    """Position and reason of each failure, in order."""

    def __init__(self, results: list[dict[str, Any] | None], errors: list[tuple[int, ValorError]]) -> None:
        self.results = results
        self.errors = errors

    def __len__(self) -> int:
        return len(self.results)

    def __iter__(self) -> Iterator[dict[str, Any] | None]:
        return iter(self.results)

    def __repr__(self) -> str:
        return f"Batch({len(self.results)} results, {len(self.errors)} errors)"

    def to_pandas(self) -> Any:
        """A pandas data frame of the outputs that are single numbers, a row each; empty where it failed."""
        import pandas

        return pandas.DataFrame(self._columns(), index=range(len(self.results)), dtype="float64")

    def to_polars(self) -> Any:
        """A polars data frame of the outputs that are single numbers, a row each; null where it failed."""
        import polars

        return polars.DataFrame(self._columns(), schema_overrides=dict.fromkeys(self._columns(), polars.Float64))

    def _columns(self) -> dict[str, list[float | None]]:
        rows = [dict(_numbers(result, "")) for result in self.results]
        names = dict.fromkeys(name for row in rows for name in row)
        return {name: [row.get(name) for row in rows] for name in names}


def _numbers(outputs: Any, path: str) -> Iterator[tuple[str, float]]:
    """Single numbers by their paths, those inside objects too."""
    if isinstance(outputs, Mapping):
        for name, value in outputs.items():
            yield from _numbers(value, f"{path}.{name}" if path else name)
    elif isinstance(outputs, (int, float)) and not isinstance(outputs, bool):
        yield path, float(outputs)


def evaluate_many(model: str, rows: Any, *, base: Inputs | None = None, threads: int | None = None) -> Batch:
    """Outputs of `model` for each of `rows`, on all cores unless `threads` says how many.

    A row maps inputs to values, or with `base` paths such as `stages[0].growth` to what replaces the
    value there. Rows are a list of dicts, or a pandas or polars frame whose columns are named so.

    >>> batch = evaluate_many("npv", [{"rate": 0.0}, {"rate": -2.0}], base={"cashflows": [-100.0, 110.0]})
    >>> batch.results[0]["npv"], [i for i, error in batch.errors]
    (10.0, [1])
    """
    results, errors = _native.evaluate_many(model, {} if base is None else base, _rows(rows), threads)
    return Batch(results, errors)


def _rows(rows: Any) -> list[Any]:
    if not hasattr(rows, "columns"):
        return list(rows)
    # What a frame holds as missing is an input that is not given; a number that is NaN is refused.
    names = [str(name) for name in rows.columns]
    values = [rows[name].to_list() for name in rows.columns]
    return [
        {name: value for name, value in zip(names, row, strict=True) if type(value).__name__ != "NAType"}
        for row in zip(*values, strict=True)
    ]
