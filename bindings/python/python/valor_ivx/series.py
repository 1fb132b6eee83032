"""Rates of return and values of many series of flows; what fails is kept beside what does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from . import _native

if TYPE_CHECKING:
    from ._types import Floats, Numbers
    from .errors import ValorError

__all__ = ["Outcomes", "irr_many", "npv_many", "xirr_many", "xnpv_many"]


class Outcomes(NamedTuple):
    """A number for each series, and the reasons of those that have none."""

    values: Floats
    """The numbers; NaN, and nothing else, where there is an error."""
    errors: list[tuple[int, ValorError]]
    """Position and reason of each series without a number, in order."""


class Flows(NamedTuple):
    """Many series as the native half takes them: one after another, and how they are cut."""

    flows: Floats
    length: int | None
    offsets: list[int] | None
    days: Any = None
    day_count: str | None = None
    threads: int | None = None


def irr_many(
    cashflows: Any, *, offsets: Any = None, guess: float | None = None, threads: int | None = None
) -> Outcomes:
    """Internal rate of return of each series of flows one period apart.

    `cashflows` is a table with a series a row, a list of series of any lengths, or one array of all
    flows with the `offsets` at which series begin, the end of the last included.

    >>> rates = irr_many([[-100.0, 110.0], [-100.0, 60.0, 60.0], [100.0]])
    >>> rates.values.round(4).tolist(), [i for i, error in rates.errors]
    ([0.1, 0.1307, nan], [2])
    """
    return Outcomes(*_native.many_irr(_flows(cashflows, offsets, threads), guess))


def xirr_many(
    cashflows: Any,
    dates: Any,
    *,
    offsets: Any = None,
    guess: float | None = None,
    day_count: str | None = None,
    threads: int | None = None,
) -> Outcomes:
    """Internal rate of return of each series of dated flows; `dates` is shaped as `cashflows`, or is one
    list for all series.

    Arrays of `datetime64[D]` are taken as they are, which is fastest.
    """
    return Outcomes(*_native.many_irr(_dated(cashflows, dates, offsets, day_count, threads), guess))


def npv_many(
    rate: Numbers | float, cashflows: Any, first_period: int = 0, *, offsets: Any = None, threads: int | None = None
) -> Outcomes:
    """Net present value of each series, at its own rate or at the one given."""
    return Outcomes(*_native.many_npv(_flows(cashflows, offsets, threads), _rates(rate), first_period))


def xnpv_many(
    rate: Numbers | float,
    cashflows: Any,
    dates: Any,
    *,
    offsets: Any = None,
    day_count: str | None = None,
    threads: int | None = None,
) -> Outcomes:
    """Present value at its first date of each series of dated flows, at its own rate or at the one given."""
    return Outcomes(*_native.many_npv(_dated(cashflows, dates, offsets, day_count, threads), _rates(rate)))


def first_error_raised(outcomes: Outcomes) -> Floats:
    """The values, when all series have one."""
    if outcomes.errors:
        i, error = outcomes.errors[0]
        hint = f"in row {i}, counted from 0"
        raise type(error)(f"{error} ({hint})", {**error.to_dict(), "hint": hint})
    return outcomes.values


def _rates(rate: Any) -> Floats:
    return np.ascontiguousarray(_numbers(rate, "rate").reshape(-1))


def _numbers(values: Any, field: str) -> Floats:
    """An array of numbers; texts are no numbers."""
    array = np.asarray(values)
    texts = array.dtype.kind in "USM" or (array.dtype.kind == "O" and any(isinstance(v, str) for v in array.flat))
    if texts:
        raise _native.refusal(field, array.dtype.name, "numbers")
    return array.astype(np.float64, copy=False)


def _flows(cashflows: Any, offsets: Any, threads: int | None) -> Flows:
    if offsets is not None:
        flat = np.ascontiguousarray(_numbers(cashflows, "cashflows").reshape(-1))
        return Flows(flat, None, np.asarray(offsets).tolist(), threads=threads)
    try:
        table = _numbers(cashflows, "cashflows")
    except ValueError as ragged:
        if type(ragged) is not ValueError:
            raise
        rows = [_numbers(row, f"cashflows[{i}]") for i, row in enumerate(cashflows)]
        ends = np.cumsum([0, *map(len, rows)]).tolist()
        return Flows(np.concatenate(rows), None, ends, threads=threads)
    if table.ndim == 1 and table.size == 0:
        return Flows(table, None, [0], threads=threads)
    if table.ndim != 2:
        raise _native.refusal("cashflows", list(table.shape), "a table, a list of series, or one array with offsets")
    return Flows(np.ascontiguousarray(table).reshape(-1), table.shape[1], None, threads=threads)


def _dated(cashflows: Any, dates: Any, offsets: Any, day_count: str | None, threads: int | None) -> Flows:
    return _flows(cashflows, offsets, threads)._replace(days=_days(dates), day_count=day_count)


def _days(dates: Any) -> Any:
    """Days since 1970-01-01 of all dates in order; the native half refuses those of `NaT` by series."""
    try:
        array = np.asarray(dates)
    except ValueError:
        return np.concatenate([_days(row) for row in dates])
    if array.size == 0:
        return np.empty(0, dtype=np.int64)
    if array.dtype.kind == "U" and not (np.char.str_len(array) == len("2026-11-24")).all():
        raise _native.refusal("dates", "a text", "dates YYYY-MM-DD")
    if array.dtype.kind not in "MOU":
        raise _native.refusal("dates", array.dtype.name, "dates")
    try:
        days = array.astype("datetime64[D]")
        exact = array.astype("datetime64[us]") if array.dtype.kind == "O" else array
    except ValueError:
        raise _native.refusal("dates", "a text", "dates YYYY-MM-DD that exist") from None
    if exact.dtype.kind == "M" and exact.dtype != days.dtype and ((days != exact) & ~np.isnat(days)).any():
        raise _native.refusal("dates", str(exact.dtype), "dates without a time of day")
    return np.ascontiguousarray(days).reshape(-1).view(np.int64)
