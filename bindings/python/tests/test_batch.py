from __future__ import annotations

import math
from typing import Any

import pandas as pd
import polars as pl
import pytest

import valor_ivx as v


def test_each_input_has_its_result_in_its_place(dcf_inputs: dict[str, Any]) -> None:
    rows = [{**dcf_inputs, "wacc": wacc} for wacc in (0.08, 0.01, 0.10, math.nan)]
    for threads in (None, 1, 3):
        batch = v.evaluate_many("dcf", rows, threads=threads)
        assert len(batch) == 4
        assert batch.results[0] == v.evaluate("dcf", rows[0])
        assert batch.results[2] == v.evaluate("dcf", rows[2])
        assert batch.results[1] is None and batch.results[3] is None
        assert [(i, type(error)) for i, error in batch.errors] == [(1, v.UndefinedError), (3, v.InvalidInputError)]


@pytest.mark.parametrize("frame", [pd.DataFrame, pl.DataFrame])
def test_rows_of_a_frame_replace_what_their_columns_name(frame: Any, dcf_inputs: dict[str, Any]) -> None:
    rows = frame({"wacc": [0.08, 0.09], "stages[0].growth": [0.1, 0.2]})
    batch = v.evaluate_many("dcf", rows, base=dcf_inputs)
    stages = [{**dcf_inputs["stages"][0], "growth": 0.2}, *dcf_inputs["stages"][1:]]
    assert batch.results[1] == v.evaluate("dcf", {**dcf_inputs, "wacc": 0.09, "stages": stages})


def test_a_path_that_is_not_there_fails_its_row_alone(dcf_inputs: dict[str, Any]) -> None:
    batch = v.evaluate_many("dcf", [{"stages[9].growth": 0.1}, {}], base=dcf_inputs)
    assert [(i, error.field) for i, error in batch.errors] == [(0, "stages[9].growth")]
    assert batch.results[1] == v.evaluate("dcf", dcf_inputs)


def test_frames_hold_the_single_numbers_of_the_outputs(dcf_inputs: dict[str, Any]) -> None:
    batch = v.evaluate_many("dcf", [{"wacc": 0.09}, {"wacc": -2.0}], base=dcf_inputs)
    pandas, polars = batch.to_pandas(), batch.to_polars()
    want = v.evaluate("dcf", {**dcf_inputs, "wacc": 0.09})["value_per_share"]
    assert pandas["value_per_share"][0] == polars["value_per_share"][0] == want
    assert math.isnan(pandas["value_per_share"][1]) and polars["value_per_share"][1] is None
    assert set(pandas.columns) == set(polars.columns) and "warnings" not in pandas
    assert v.evaluate_many("npv", []).to_pandas().shape[0] == 0


def test_an_unknown_model_is_raised() -> None:
    with pytest.raises(v.NotFoundError):
        v.evaluate_many("nothing", [{}])
