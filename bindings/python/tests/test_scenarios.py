from __future__ import annotations

import json
import pickle
from typing import Any

import pytest

import valor_ivx
from valor_ivx import Dcf, Npv, ScenarioSet


@pytest.fixture
def cases(dcf_inputs: dict[str, Any]) -> ScenarioSet:
    return (
        ScenarioSet(Dcf(**dcf_inputs))
        .with_scenario("Bull", patch={"stages[*].ebit_margin": 0.26}, weight=1)
        .with_scenario("Bear", patch={"wacc": 0.11, "bridge.net_debt": 400}, weight=3)
        .with_scenario("Broken", patch={"wacc": 0.02}, weight=0)
    )


def test_each_scenario_has_its_own_result_or_error(cases: ScenarioSet, dcf_inputs: dict[str, Any]) -> None:
    bull, bear, broken = cases.evaluate().results
    assert bear.result.to_dict() == valor_ivx.evaluate("dcf", {**dcf_inputs, "wacc": 0.11, "bridge": {"net_debt": 400}})
    assert broken.result is None and broken.error.kind == "Undefined"
    compared = cases.compare(["value_per_share"]).outputs[0]
    assert [one.rank for one in compared.scenarios] == [1, 2, None]
    assert compared.scenarios[0].difference == pytest.approx(bull.result.value_per_share - compared.base)


def test_weights_count_and_a_weighted_scenario_without_value_is_an_error(cases: ScenarioSet) -> None:
    bull, bear, _ = cases.evaluate().results
    weighted = cases.weighted(threshold=bull.result.value_per_share).outputs[0]
    assert weighted.mean == pytest.approx(0.25 * bull.result.value_per_share + 0.75 * bear.result.value_per_share)
    assert (weighted.max_scenario, weighted.probability_below) == ("Bull", 0.75)
    heavy = cases.with_scenario("Also broken", patch={"wacc": 0.02}, weight=1)
    with pytest.raises(valor_ivx.UndefinedError):
        heavy.weighted()
    assert heavy.weighted(skip_undefined=True).dropped_weight == pytest.approx(0.2)


def test_a_set_is_kept_and_read_again_and_pickles(cases: ScenarioSet) -> None:
    again = ScenarioSet.from_dict(json.loads(json.dumps(cases.to_dict())))
    assert again == cases == pickle.loads(pickle.dumps(cases)) and len(again) == 3
    assert again.weighted().to_dict() == cases.weighted().to_dict()
    with pytest.raises(valor_ivx.InvalidInputError) as refused:
        ScenarioSet.from_dict({**cases.to_dict(), "version": 2})
    assert refused.value.field == "set.version"
    with pytest.raises(valor_ivx.InvalidInputError) as refused:
        cases.with_scenario("Bull", patch={})
    assert refused.value.field == "set.scenarios[3].name"
    odd = cases.with_scenario("Odd", patch={"waccc": 1}).evaluate().results[3]
    assert (odd.error.kind, odd.error.field) == ("InvalidInput", "set.scenarios[3].patch.waccc")


def test_differences_are_told_by_path() -> None:
    changed, added = ScenarioSet.diff(Npv(rate=0.1, cashflows=[-100, 121]), {"rate": 0.2, "cashflows": [-100, 121, 5]})
    assert (changed.path, changed.old, changed.new, changed.kind) == ("rate", 0.1, 0.2, "changed")
    assert (added.path, added.kind) == ("cashflows[2]", "added")
    assert ScenarioSet.diff({"rate": 1}, {"rate": 1.0, "x": None}) == []


def test_an_explanation_adds_up_and_reads_as_a_table(dcf_inputs: dict[str, Any]) -> None:
    explanation = valor_ivx.explain(Dcf(**dcf_inputs))
    assert sum(line.amount for line in explanation.lines) == pytest.approx(explanation.total, rel=1e-12)
    assert explanation.total == Dcf(**dcf_inputs).value().equity_value
    assert explanation.output in str(explanation) and "net_debt" in str(explanation)
    assert "text" not in explanation.to_dict()
    with pytest.raises(valor_ivx.UndefinedError, match="no sum leads") as refused:
        valor_ivx.explain("irr", {"cashflows": [-1, 2]})
    assert "dcf" in refused.value.hint
