from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import valor_ivx as v

FLOWS = np.array([[-100.0, 60.0, 60.0], [-100.0, 50.0, 70.0], [100.0, 50.0, 70.0]])
DATES = np.array([["2024-01-01", "2025-01-01", "2026-01-01"]] * 3, dtype="datetime64[D]")
DATES[1, 2] = np.datetime64("2027-06-30")


def test_each_series_has_the_bits_of_its_own_engine() -> None:
    rates, errors = v.irr_many(FLOWS)
    assert rates[:2].tolist() == [v.irr(row) for row in FLOWS[:2]]
    assert np.isnan(rates[2]) and [(i, type(error)) for i, error in errors] == [(2, v.UndefinedError)]
    rates, errors = v.xirr_many(FLOWS, DATES)
    assert rates[:2].tolist() == [v.xirr(row, dates) for row, dates in zip(FLOWS[:2], DATES)]
    assert [i for i, _ in errors] == [2]
    values = v.npv_many([0.0, 0.1, 0.2], FLOWS, 1).values
    assert values.tolist() == [v.npv(rate, row, 1) for rate, row in zip([0.0, 0.1, 0.2], FLOWS)]
    values = v.xnpv_many(0.1, FLOWS, DATES, day_count="30/360").values
    assert values.tolist() == [v.xnpv(0.1, row, dates, "30/360") for row, dates in zip(FLOWS, DATES)]


def test_no_number_of_threads_changes_a_bit() -> None:
    flows = np.tile(FLOWS[:2], (3000, 1)) * (1.0 + np.arange(6000)[:, None] % 17)
    dates = np.tile(DATES[:2], (3000, 1))
    one = v.xirr_many(flows, dates, threads=1).values
    assert one.tobytes() == v.xirr_many(flows, dates, threads=3).values.tobytes()


@pytest.mark.parametrize(
    "flows",
    [FLOWS[:2], FLOWS[:2].tolist(), np.asfortranarray(FLOWS[:2]), pd.DataFrame(FLOWS[:2]), pl.DataFrame(FLOWS[:2])],
)
def test_tables_of_any_kind_are_taken(flows: Any) -> None:
    assert v.irr_many(flows).values.tolist() == [v.irr(row) for row in FLOWS[:2]]


def test_series_of_different_lengths_are_lists_or_one_array_with_offsets() -> None:
    ragged = [[-100.0, 110.0], [-100.0, 60.0, 60.0], []]
    listed = v.irr_many(ragged)
    stored = v.irr_many(np.concatenate(ragged), offsets=[0, 2, 5, 5])
    assert listed.values[:2].tolist() == stored.values[:2].tolist() == [v.irr(row) for row in ragged[:2]]
    assert listed.errors[0][1].field == stored.errors[0][1].field == "cashflows"
    dates = [["2024-01-01", "2025-01-01"], ["2024-01-01", "2025-01-01", "2026-01-01"], []]
    assert v.xirr_many(ragged, dates).values[:2].tolist() == [
        v.xirr(row, days) for row, days in zip(ragged[:2], dates[:2])
    ]
    assert v.irr_many([]).values.shape == (0,)


@pytest.mark.parametrize(
    "dates",
    [
        ["2024-01-01", "2025-01-01", "2026-01-01"],
        [datetime.date(2024, 1, 1), datetime.date(2025, 1, 1), datetime.date(2026, 1, 1)],
        pd.to_datetime(["2024-01-01", "2025-01-01", "2026-01-01"]),
        pl.Series([datetime.date(2024, 1, 1), datetime.date(2025, 1, 1), datetime.date(2026, 1, 1)]),
        DATES[0].astype("datetime64[ns]"),
    ],
)
def test_dates_of_any_kind_are_taken(dates: Any) -> None:
    assert v.xirr_many(FLOWS[:1], dates).values.tolist() == [v.xirr(FLOWS[0], DATES[0])]


def test_a_date_that_is_missing_fails_its_series_alone() -> None:
    dates = DATES.copy()
    dates[0, 1] = np.datetime64("NaT")
    errors = v.xirr_many(FLOWS[:2], dates[:2]).errors
    assert [(i, error.field) for i, error in errors] == [(0, "dates[1]")]


@pytest.mark.parametrize(
    ("call", "field"),
    [
        (lambda: v.irr_many(["1", "2"]), "cashflows"),
        (lambda: v.irr_many([1.0, 2.0]), "cashflows"),
        (lambda: v.irr_many(FLOWS, offsets=[0, 4]), "offsets"),
        (lambda: v.xirr_many(FLOWS, ["2024-1-1", "2025-01-01", "2026-01-01"]), "dates"),
        (lambda: v.xirr_many(FLOWS, ["2024-02-30", "2025-01-01", "2026-01-01"]), "dates"),
        (lambda: v.xirr_many(FLOWS, [1, 2, 3]), "dates"),
        (lambda: v.xirr_many(FLOWS, DATES.astype("datetime64[s]") + 1), "dates"),
        (lambda: v.xirr_many(FLOWS, DATES[0][:2]), "dates"),
        (lambda: v.xirr_many(FLOWS, DATES, day_count="act/364"), "day_count"),
        (lambda: v.npv_many([0.1, 0.2], FLOWS), "rate"),
        (lambda: v.npv_many("0.1", FLOWS), "rate"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_name(call: Any, field: str) -> None:
    with pytest.raises(v.InvalidInputError) as refused:
        call()
    assert refused.value.field == field


def test_the_plain_functions_raise_the_first_error_with_its_row() -> None:
    with pytest.raises(v.UndefinedError) as undefined:
        v.irr(FLOWS)
    assert undefined.value.hint == "in row 2, counted from 0"
    assert v.irr(FLOWS[:2]).tolist() == v.irr_many(FLOWS[:2]).values.tolist()
