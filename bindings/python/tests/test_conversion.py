from __future__ import annotations

import datetime
import decimal
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import valor_ivx

FLOWS = [-100, 60, 60]
WANT = valor_ivx.evaluate("npv", {"rate": 0.1, "cashflows": FLOWS})["npv"]
STRIDED = np.array([-100.0, 0.0, 60.0, 0.0, 60.0])[::2]


@pytest.mark.parametrize(
    "flows",
    [
        (-100, 60.0, np.float32(60)),
        np.array(FLOWS, dtype=np.float64),
        np.array(FLOWS, dtype=np.int64),
        np.array(FLOWS, dtype=np.int16),
        np.array(FLOWS, dtype=np.float32),
        np.array(FLOWS, dtype=">f8"),
        STRIDED,
        STRIDED[::-1][::-1],
        pd.Series(FLOWS),
        pd.Series(FLOWS, dtype="Int64"),
        pl.Series(FLOWS),
        [decimal.Decimal(flow) for flow in FLOWS],
    ],
    ids=lambda flows: f"{type(flows).__module__}.{type(flows).__name__}-{getattr(flows, 'dtype', '')}",
)
def test_numbers_are_taken_from_whatever_holds_them(flows: Any) -> None:
    assert valor_ivx.evaluate("npv", {"rate": np.float64(0.1), "cashflows": flows})["npv"] == WANT


def test_numpy_integers_and_none_are_what_they_mean() -> None:
    inputs = {"rate": 0.1, "cashflows": FLOWS, "first_period": np.int8(0)}
    assert valor_ivx.evaluate("npv", inputs)["npv"] == WANT
    assert valor_ivx.evaluate("npv", {**inputs, "first_period": None})["npv"] == WANT


def test_a_missing_observation_in_a_series_is_refused() -> None:
    with pytest.raises(valor_ivx.InvalidInputError) as refused:
        valor_ivx.evaluate("npv", {"rate": 0.1, "cashflows": pd.Series([-100.0, None, 60.0])})
    assert refused.value.field == "cashflows[1]"


def test_a_flag_is_no_number() -> None:
    with pytest.raises(valor_ivx.InvalidInputError) as refused:
        valor_ivx.evaluate("npv", {"rate": True, "cashflows": FLOWS})
    assert refused.value.value is True


@pytest.mark.parametrize("value", [object(), {1, 2}, 1j, b"0.1", {1: 2.0}])
def test_what_is_no_json_is_refused_by_its_path(value: Any) -> None:
    with pytest.raises(valor_ivx.InvalidInputError) as refused:
        valor_ivx.evaluate("npv", {"rate": value, "cashflows": FLOWS})
    assert refused.value.field == "rate"


def test_a_list_that_contains_itself_is_refused() -> None:
    flows: list[Any] = []
    flows.append(flows)
    with pytest.raises(valor_ivx.InvalidInputError, match="nested less deeply"):
        valor_ivx.evaluate("npv", {"rate": 0.1, "cashflows": flows})


@pytest.mark.parametrize(
    "dates",
    [
        ["2025-01-01", "2026-01-01"],
        [datetime.date(2025, 1, 1), datetime.datetime(2026, 1, 1)],
        np.array(["2025-01-01", "2026-01-01"], dtype="datetime64[D]"),
        np.array(["2025-01-01", "2026-01-01"], dtype="datetime64[ns]"),
        [np.datetime64("2025-01-01"), np.datetime64("2026-01-01", "ns")],
        pd.Series(pd.to_datetime(["2025-01-01", "2026-01-01"])),
        pl.Series([datetime.date(2025, 1, 1), datetime.date(2026, 1, 1)]),
    ],
    ids=lambda dates: f"{type(dates).__module__}-{getattr(dates, 'dtype', '')}",
)
def test_dates_are_taken_from_whatever_holds_them(dates: Any) -> None:
    got = valor_ivx.evaluate("xnpv", {"rate": 0.1, "cashflows": [-100.0, 110.0], "dates": dates})
    assert got["npv"] == pytest.approx(0.0, abs=1e-12)


def test_a_time_of_day_is_refused() -> None:
    with pytest.raises(valor_ivx.InvalidInputError) as refused:
        valor_ivx.evaluate("npv", {"rate": datetime.datetime(2026, 1, 1, 12), "cashflows": FLOWS})
    assert refused.value.constraint == "a date without a time of day"
