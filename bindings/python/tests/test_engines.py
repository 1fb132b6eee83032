from __future__ import annotations

import pickle
import threading
from typing import Any

import numpy as np
import pytest

import valor_ivx
from valor_ivx import Dcf, Npv


def test_an_engine_gives_its_outputs_as_attributes(dcf_inputs: dict[str, Any]) -> None:
    result = Dcf(**dcf_inputs).value()
    plain = valor_ivx.evaluate("dcf", dcf_inputs)
    assert result.value_per_share == plain["value_per_share"]
    assert result.schedule is not None and result.schedule.fcff == plain["schedule"]["fcff"]
    assert result.to_dict() == plain
    with pytest.raises(AttributeError, match="value_per_share"):
        _ = result.value_per_shares  # type: ignore[attr-defined]


def test_inputs_are_refused_when_the_engine_is_made() -> None:
    with pytest.raises(valor_ivx.InvalidInputError) as refused:
        Npv(rate=0.1, cashflows=[1.0], growth=0.2)  # type: ignore[call-arg]
    assert refused.value.field == "growth"


def test_engines_and_results_pickle(dcf_inputs: dict[str, Any]) -> None:
    engine = Dcf(**dcf_inputs)
    again = pickle.loads(pickle.dumps(engine))
    assert again == engine and again.to_dict() == dcf_inputs
    assert pickle.loads(pickle.dumps(engine.value())) == engine.value()
    assert Dcf.from_dict(engine.to_dict()) == engine


def test_numpy_inputs_become_plain_numbers() -> None:
    engine = Npv(rate=np.float64(0.1), cashflows=np.array([-100.0, 120.0]))
    assert engine.to_dict() == {"rate": 0.1, "cashflows": [-100.0, 120.0]}
    assert engine.with_inputs(rate=0.2).value().npv == pytest.approx(0.0, abs=1e-12)


def test_engines_cannot_be_changed_and_copies_are_copies() -> None:
    engine = Npv(rate=0.1, cashflows=[-100.0, 120.0])
    with pytest.raises(AttributeError):
        engine.rate = 0.2  # type: ignore[attr-defined]
    engine.to_dict()["cashflows"].append(float("nan"))
    assert engine.to_dict()["cashflows"] == [-100.0, 120.0]


def test_reprs_are_readable(dcf_inputs: dict[str, Any]) -> None:
    assert repr(Npv(rate=0.1, cashflows=[-100, 120])) == "Npv(rate=0.1, cashflows=[-100, 120])"
    result = Dcf(**dcf_inputs).value()
    assert "value_per_share" in repr(result) and "10.637192" in repr(result)
    assert "<th" in result._repr_html_() and "10.637192" in result._repr_html_()


def test_every_model_has_one_line_and_a_schema() -> None:
    lines = valor_ivx.models()
    assert {"npv", "dcf"} <= set(lines)
    for name, line in lines.items():
        assert line
        assert {"inputs", "outputs"} <= set(valor_ivx.schema(name))


def test_threads_value_at_the_same_time(dcf_inputs: dict[str, Any]) -> None:
    want = valor_ivx.evaluate("dcf", dcf_inputs)
    got: list[Any] = []

    def work() -> None:
        for _ in range(200):
            got.append(valor_ivx.evaluate("dcf", dcf_inputs))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 1600 and all(result == want for result in got)
