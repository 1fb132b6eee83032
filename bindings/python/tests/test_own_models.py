"""Functions of the caller's own in place of a model: in simulations, in every study, in the registry."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import valor_ivx
from valor_ivx import Registry, Simulation, normal

FLOWS = [-100.0, 40.0, 50.0, 45.0]


def npv(columns: dict[str, Any]) -> dict[str, Any]:
    """The net present value of `FLOWS`, in the order in which the library adds."""
    rates = columns["rate"]
    return {"npv": [valor_ivx.evaluate("npv", {"rate": rate, "cashflows": FLOWS})["npv"] for rate in rates]}


STUDIES: dict[str, Callable[[Any, dict[str, Any]], Any]] = {
    "one_way": lambda model, more: valor_ivx.one_way(
        model, {"rate": 0.1, **more}, "rate", outputs=["npv"], start=0.0, stop=0.5, steps=99
    ).y,
    "grid": lambda model, more: valor_ivx.grid(
        model, {"rate": 0.1, **more}, [{"path": "rate", "values": [0.0, 0.1, 0.2]}], ["npv"]
    ).values,
    "tornado": lambda model, more: valor_ivx.tornado(
        model, {"rate": 0.1, **more}, [{"path": "rate", "low": 0.05, "high": 0.2}], "npv"
    ).rows,
    "spider": lambda model, more: valor_ivx.spider(model, {"rate": 0.1, **more}, ["rate"], [-0.5, 0.5], "npv").matrix,
    "gradient": lambda model, more: valor_ivx.gradient(
        model, {"rate": 0.1, **more}, ["rate"], "npv", step=1e-4
    ).gradient,
    "goal_seek": lambda model, more: valor_ivx.goal_seek(
        model, {"rate": 0.1, **more}, "rate", "npv", target=0.0, lower=0.0, upper=0.9
    ).x,
    "attribution": lambda model, more: valor_ivx.attribution(
        model, {"rate": 0.1, **more}, {"rate": 0.2, **more}, ["rate"], output="npv"
    ).contributions,
}


@pytest.mark.parametrize("study", STUDIES)
def test_a_study_of_a_function_is_that_of_the_model_it_computes(study: str) -> None:
    assert STUDIES[study](npv, {}) == STUDIES[study]("npv", {"cashflows": FLOWS})


@pytest.mark.parametrize("study", STUDIES)
def test_what_a_function_raises_passes_through_every_study(study: str) -> None:
    failure = KeyError("my own")

    def broken(columns: dict[str, Any]) -> Any:
        if (columns["rate"] != 0.1).any():
            raise failure
        return npv(columns)

    with pytest.raises(KeyError) as raised:
        STUDIES[study](broken, {})
    assert raised.value is failure


def test_an_output_that_is_not_named_is_the_one_array_a_function_gives() -> None:
    rows = valor_ivx.tornado(lambda columns: columns["x"] ** 2, {"x": 3.0}, [{"path": "x", "low": 1.0, "high": 4.0}])
    assert (rows.output, rows.base, rows.rows[0]["swing"]) == ("value", 9.0, 15.0)


def test_the_input_of_a_function_is_checked() -> None:
    with pytest.raises(valor_ivx.InvalidInputError) as refused:
        valor_ivx.tornado(npv, {"rate": "high"}, [{"path": "rate", "low": 0.05, "high": 0.2}], "npv")
    assert refused.value.field == "input.rate"


def test_columns_are_views_that_cannot_be_written_and_may_be_kept() -> None:
    kept: list[Any] = []

    def keeping(columns: dict[str, Any]) -> Any:
        for column in columns.values():
            assert not column.flags.owndata and not column.flags.writeable
            with pytest.raises(ValueError, match="WRITEABLE"):
                column.flags.writeable = True
        kept.append(columns["x"])
        return columns["x"] + 0.0 * columns["held"]

    simulation = Simulation(keeping, {"x": 1.0, "held": 2.0}, {"x": normal(0.0, 1.0)})
    result = simulation.run(trials=10_000, seed=1, threads=1)
    # The first call is the base input's.
    assert kept[0].tolist() == [1.0]
    assert np.array_equal(np.concatenate(kept[1:]), result["value"].samples)


def test_arrays_of_any_stride_and_dtype_and_single_numbers_are_outputs() -> None:
    def model(columns: dict[str, Any]) -> dict[str, Any]:
        return {
            "reversed": columns["x"][::-1],
            "whole": np.round(columns["x"]).astype("int32"),
            "constant": 7,
        }

    simulation = Simulation(model, {"x": 1.0}, {"x": normal(0.0, 3.0)}, outputs=["reversed", "whole", "constant"])
    result = simulation.run(trials=1000, seed=1)
    assert np.array_equal(np.round(result["reversed"].samples[::-1]), result["whole"].samples)
    assert result["constant"].standard_deviation == 0.0 and result["constant"].mean == 7.0


def test_a_column_of_the_wrong_length_is_an_error() -> None:
    simulation = Simulation(lambda columns: np.ones(3), {"x": 1.0}, {"x": normal(0.0, 1.0)})
    with pytest.raises(ValueError, match="broadcast"):
        simulation.run(trials=1000, seed=1)


def test_an_interrupt_ends_a_study_of_a_function() -> None:
    calls = 0

    def interrupted(columns: dict[str, Any]) -> Any:
        nonlocal calls
        calls += 1
        if calls == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return columns["x"]

    cells = 5_000_000
    with pytest.raises(KeyboardInterrupt):
        valor_ivx.one_way(interrupted, {"x": 1.0}, "x", start=0.0, stop=1.0, steps=cells)
    assert calls < cells // 1024


def test_a_function_over_columns_serves_in_the_registry_too() -> None:
    def revenue(columns: dict[str, Any]) -> dict[str, Any]:
        return {"revenue": np.asarray(columns["price"]) * columns["volume"]}

    registry = Registry()
    registry.register("revenue", "own", revenue)
    inputs = {"price": 10.0, "volume": 3.0}
    assert registry.execute("revenue", inputs).output == {"revenue": 30.0}
    tornado = valor_ivx.tornado(revenue, inputs, [{"path": "price", "low": 9.0, "high": 12.0}], "revenue")
    assert tornado.base == 30.0
