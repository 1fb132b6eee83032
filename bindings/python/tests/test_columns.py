from __future__ import annotations

import datetime
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import valor_ivx as v


def test_a_number_for_numbers_an_array_for_arrays() -> None:
    assert v.npv(0.0, [-100, 110]) == 10.0
    assert isinstance(v.npv(0.1, [-100, 110]), float)
    assert v.npv([0.0, 0.0], [-100, 110]).tolist() == [10.0, 10.0]
    assert v.npv([[0.0], [0.0]], [[-100, 110], [-100, 120]]).tolist() == [[10.0, 20.0], [10.0, 20.0]]
    assert v.npv(0.0, [[-100, 110], [-100, 50, 60, 70]]).tolist() == [10.0, 80.0]


def test_each_row_is_what_the_model_gives_for_it(dcf_inputs: dict[str, Any]) -> None:
    rates = np.linspace(0.08, 0.10, 5000)
    values = v.evaluate_columns("dcf", dcf_inputs, {"wacc": rates, "stages[*].ebit_margin": 0.2}, "enterprise_value")
    stages = [{**stage, "ebit_margin": 0.2} for stage in dcf_inputs["stages"]]
    for i in (0, 1023, 1024, 4999):
        inputs = {**dcf_inputs, "wacc": rates[i], "stages": stages}
        assert values[i] == v.evaluate("dcf", inputs)["enterprise_value"]


@pytest.mark.parametrize(
    "shapes", [((70, 1), (1, 80)), ((3, 1, 5), (1, 4, 1)), ((1, 1), (6, 7)), ((), (2, 3)), ((2, 0), (1, 1))]
)
def test_axes_broadcast_against_each_other_are_the_columns_written_out(
    dcf_inputs: dict[str, Any], shapes: tuple[tuple[int, ...], tuple[int, ...]]
) -> None:
    ends = {"wacc": (0.08, 0.12), "terminal.growth": (0.0, 0.03)}
    axes = {
        path: np.linspace(low, high, int(np.prod(shape))).reshape(shape)
        for (path, (low, high)), shape in zip(ends.items(), shapes, strict=True)
    }
    whole = dict(zip(axes, (np.array(array) for array in np.broadcast_arrays(*axes.values())), strict=True))
    values = v.evaluate_columns("dcf", dcf_inputs, axes, "enterprise_value")
    assert values.shape == np.broadcast_shapes(*shapes)
    assert (values == v.evaluate_columns("dcf", dcf_inputs, whole, "enterprise_value")).all()


def test_a_grid_that_no_memory_holds_is_refused(dcf_inputs: dict[str, Any]) -> None:
    axis = np.linspace(0.05, 0.06, 10_000_000)
    with pytest.raises(v.LimitExceededError) as refused:
        v.evaluate_columns("dcf", dcf_inputs, {"wacc": axis[:, None], "terminal.growth": axis[None, :] - 0.05})
    assert refused.value.reason == "out_of_memory"


def test_the_first_row_without_a_value_is_the_error(dcf_inputs: dict[str, Any]) -> None:
    rates = np.full(3000, 0.1)
    rates[2000] = 0.01
    with pytest.raises(v.UndefinedError) as undefined:
        v.evaluate_columns("dcf", dcf_inputs, {"wacc": rates})
    assert undefined.value.hint == "in row 2000, counted from 0"
    rates[2000] = np.nan
    with pytest.raises(v.InvalidInputError) as refused:
        v.evaluate_columns("dcf", dcf_inputs, {"wacc": rates})
    assert (refused.value.field, refused.value.value) == ("wacc", "NaN")


def test_empty_arrays_give_empty_arrays(dcf_inputs: dict[str, Any]) -> None:
    assert v.evaluate_columns("dcf", dcf_inputs, {"wacc": np.empty(0)}).shape == (0,)


def test_a_model_made_ready_once_gives_what_single_calls_give(dcf_inputs: dict[str, Any]) -> None:
    model = v.ColumnModel("dcf", dcf_inputs, ["wacc", "terminal.growth"], "enterprise_value")
    axes = {"wacc": np.linspace(0.08, 0.12, 70)[:, None], "terminal.growth": np.linspace(0.0, 0.03, 80)[None, :]}
    for columns in (axes, {"wacc": axes["wacc"]}, {"terminal.growth": [0.01, 0.02]}, {"wacc": []}, axes):
        assert (model(columns) == v.evaluate_columns("dcf", dcf_inputs, columns, "enterprise_value")).all()
    restored = pickle.loads(pickle.dumps(model))
    assert (restored(axes) == model(axes)).all()
    assert repr(restored) == "ColumnModel('dcf', paths=['wacc', 'terminal.growth'], output='enterprise_value')"
    with ThreadPoolExecutor(4) as threads:
        assert all((values == model(axes)).all() for values in threads.map(model, [axes] * 40))


def test_a_model_made_ready_once_refuses_what_it_was_not_made_for(dcf_inputs: dict[str, Any]) -> None:
    model = v.ColumnModel("dcf", dcf_inputs, ["wacc"])
    with pytest.raises(v.InvalidInputError) as refused:
        model({"terminal.growth": [0.01]})
    assert refused.value.field == "terminal.growth"
    with pytest.raises(v.InvalidInputError) as refused:
        v.ColumnModel("dcf", {**dcf_inputs, "wacc": "high"}, ["wacc"])
    assert refused.value.field == "wacc"


def test_more_columns_than_numpy_broadcasts_at_once() -> None:
    flows = {f"cashflows[{i}]": np.arange(3.0) for i in range(40)}
    assert v.evaluate_columns("npv", {"rate": 0.0, "cashflows": [0.0] * 40}, flows).tolist() == [0.0, 40.0, 80.0]


def test_annuities_are_mutual_inverses_over_arrays() -> None:
    rates = np.array([0.0, 0.01, 0.05])
    payment = v.pmt(rates, 12, 1000.0)
    assert v.pv(rates, 12, payment) == pytest.approx(np.full(3, 1000.0))
    assert v.nper(rates, payment, 1000.0) == pytest.approx(np.full(3, 12.0))
    assert v.fv(rates, 12, payment, 1000.0) == pytest.approx(np.zeros(3), abs=1e-9)
    assert v.rate(12, payment, 1000.0) == pytest.approx(rates, abs=1e-9)
    parts = v.ipmt(0.01, 3, 12, 1000.0) + v.ppmt(0.01, 3, 12, 1000.0)
    assert parts == pytest.approx(v.pmt(0.01, 12, 1000.0))


def test_rates_of_return_over_many_series() -> None:
    assert v.irr([-100, 60, 60]) == pytest.approx(0.13066238629180)
    assert v.irr([[-100, 110], [-100, 120]]) == pytest.approx([0.1, 0.2])
    dates = [datetime.date(2025, 1, 1), datetime.date(2026, 1, 1)]
    assert v.xirr([-100, 110], dates) == pytest.approx(0.1)
    assert v.xirr([[-100, 110], [-100, 120]], dates) == pytest.approx([0.1, 0.2])
    assert v.xirr([[-100, 110], [-100, 120]], [dates, dates]) == pytest.approx([0.1, 0.2])
    assert v.xnpv(0.1, [-100, 110], dates) == pytest.approx(0.0, abs=1e-12)
    assert v.mirr([-100, 60, 60], 0.1, 0.1) == pytest.approx((126.0 / 100.0) ** 0.5 - 1)


def test_studies_take_an_engine_or_a_name(dcf_inputs: dict[str, Any]) -> None:
    engine = v.Dcf(**dcf_inputs)
    exact = v.gradient(engine, None, ["wacc", "terminal.growth"])
    assert exact.gradient[0] < 0 < exact.gradient[1]
    assert v.gradient("dcf", dcf_inputs, ["wacc", "terminal.growth"]) == exact
    rows = v.tornado("dcf", dcf_inputs, [{"path": "wacc", "low": 0.08, "high": 0.1}]).rows
    assert rows[0]["low_output"] > rows[0]["high_output"]
    axes = [{"path": "wacc", "values": np.array([0.08, 0.09])}, {"path": "terminal.growth", "values": [0.02, 0.025]}]
    cells = v.grid("dcf", dcf_inputs, axes, ["value_per_share"])
    assert cells.shape == [2, 2]
    assert cells["values"]["value_per_share"][3] == engine.value().value_per_share
