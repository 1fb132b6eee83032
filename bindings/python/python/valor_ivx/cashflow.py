"""Cash-flow mathematics: a number for numbers, an array for arrays.

Arrays broadcast as in NumPy. Of `cashflows` the last axis is time, so a table of many series gives a
result each; a list of series of different lengths does so too. The first series without a result is
the error; `irr_many` and its like keep failures beside the results of the others. Rates are fractions, payments made are
negative, `due` is `"end"` or `"begin"` of the period.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from . import _native
from .columns import over
from .series import first_error_raised, irr_many, npv_many, xirr_many, xnpv_many

if TYPE_CHECKING:
    from ._types import Date

__all__ = [
    "convert_rate",
    "fv",
    "ipmt",
    "irr",
    "mirr",
    "nper",
    "npv",
    "pmt",
    "ppmt",
    "pv",
    "rate",
    "xirr",
    "xnpv",
    "year_fraction",
]


def npv(rate: Any, cashflows: Any, first_period: int = 0) -> Any:
    """Net present value of flows one period apart; the first is now, or with `first_period=1` in one period.

    >>> npv([0.0, 0.1], [-100.0, 110.0]).round(12).tolist()
    [10.0, 0.0]
    """
    if np.ndim(rate) == 0 and _is_many(cashflows):
        return first_error_raised(npv_many(rate, cashflows, first_period))
    return over("npv", "npv", {"first_period": first_period}, {"rate": rate}, {"cashflows": cashflows})


def irr(cashflows: Any, guess: Any = None) -> Any:
    """Internal rate of return; of several roots the one nearest to `guess` (0.1)."""
    if np.ndim(guess) == 0 and _is_many(cashflows):
        return first_error_raised(irr_many(cashflows, guess=guess))
    return over("irr", "irr", {}, {"guess": guess}, {"cashflows": cashflows})


def mirr(cashflows: Any, finance_rate: Any, reinvest_rate: Any) -> Any:
    """Modified internal rate of return."""
    rates = {"finance_rate": finance_rate, "reinvest_rate": reinvest_rate}
    return over("mirr", "mirr", {}, rates, {"cashflows": cashflows})


def xnpv(rate: Any, cashflows: Any, dates: Any, day_count: str | None = None) -> Any:
    """Present value at the first date of dated flows; `dates` is one list for all series, or one for each."""
    if (np.ndim(rate) == 0 and _is_many(cashflows)) or not _one_list(dates):
        each = _for_each(cashflows, dates)
        return first_error_raised(xnpv_many(rate, each, dates, day_count=day_count))
    return over("xnpv", "npv", {"day_count": day_count, "dates": dates}, {"rate": rate}, {"cashflows": cashflows})


def xirr(cashflows: Any, dates: Any, guess: Any = None, day_count: str | None = None) -> Any:
    """Internal rate of return of dated flows; `dates` is one list for all series, or one for each."""
    if (np.ndim(guess) == 0 and _is_many(cashflows)) or not _one_list(dates):
        each = _for_each(cashflows, dates)
        return first_error_raised(xirr_many(each, dates, guess=guess, day_count=day_count))
    return over("xirr", "irr", {"day_count": day_count, "dates": dates}, {"guess": guess}, {"cashflows": cashflows})


def _for_each(cashflows: Any, dates: Any) -> Any:
    """The flows, as many times as there are lists of dates when there is one series only."""
    return cashflows if _is_many(cashflows) else np.broadcast_to(cashflows, (len(dates), len(cashflows)))


def _is_many(cashflows: Any) -> bool:
    """Whether it is a list of series or a table; tables of more axes broadcast."""
    if isinstance(cashflows, np.ndarray) or hasattr(cashflows, "columns"):
        return np.ndim(cashflows) == 2
    first: Any = next(iter(cashflows), None)
    return np.ndim(first) == 1


def _one_list(dates: Any) -> bool:
    return np.ndim(next(iter(dates), None)) == 0  # type: ignore[arg-type]


def pmt(rate: Any, nper: Any, pv: Any, fv: Any = 0.0, due: str = "end") -> Any:
    """Payment a period that turns `pv` into `fv`."""
    return over("pmt", "pmt", {"due": due}, {"rate": rate, "nper": nper, "pv": pv, "fv": fv}, {})


def pv(rate: Any, nper: Any, pmt: Any, fv: Any = 0.0, due: str = "end") -> Any:
    """Present value of payments."""
    return over("pv", "pv", {"due": due}, {"rate": rate, "nper": nper, "pmt": pmt, "fv": fv}, {})


def fv(rate: Any, nper: Any, pmt: Any, pv: Any = 0.0, due: str = "end") -> Any:
    """Future value of payments."""
    return over("fv", "fv", {"due": due}, {"rate": rate, "nper": nper, "pmt": pmt, "pv": pv}, {})


def nper(rate: Any, pmt: Any, pv: Any, fv: Any = 0.0, due: str = "end") -> Any:
    """Number of periods, which may be fractional."""
    return over("nper", "nper", {"due": due}, {"rate": rate, "pmt": pmt, "pv": pv, "fv": fv}, {})


def rate(nper: Any, pmt: Any, pv: Any, fv: Any = 0.0, due: str = "end", guess: Any = None) -> Any:
    """Rate a period."""
    return over("rate", "rate", {"due": due}, {"nper": nper, "pmt": pmt, "pv": pv, "fv": fv, "guess": guess}, {})


def ipmt(rate: Any, period: int, nper: Any, pv: Any, fv: Any = 0.0, due: str = "end") -> Any:
    """Interest part of the payment of `period`, counted from 1."""
    fixed = {"due": due, "period": period}
    return over("ipmt", "ipmt", fixed, {"rate": rate, "nper": nper, "pv": pv, "fv": fv}, {})


def ppmt(rate: Any, period: int, nper: Any, pv: Any, fv: Any = 0.0, due: str = "end") -> Any:
    """Principal part of the payment of `period`, counted from 1."""
    fixed = {"due": due, "period": period}
    return over("ppmt", "ppmt", fixed, {"rate": rate, "nper": nper, "pv": pv, "fv": fv}, {})


def year_fraction(start: Date, end: Date, day_count: str | None = None) -> float:
    """Years from `start` to `end` by a day count, such as `"act/365f"` or `"30/360"`."""
    years: float = _native.evaluate("year_fraction", {"start": start, "end": end, "day_count": day_count})["years"]
    return years


def convert_rate(rate: Any, from_compounding: str, to_compounding: str) -> Any:
    """The same growth in another compounding, such as `"monthly"` to `"annual"`."""
    fixed = {"from_compounding": from_compounding, "to_compounding": to_compounding}
    return over("convert_rate", "rate", fixed, {"rate": rate}, {})
