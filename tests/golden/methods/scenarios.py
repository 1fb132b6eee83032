"""Scenarios of a perpetuity: each value, the mean over weights, ranks and differences, by hand."""

from __future__ import annotations

from typing import Any

from .exact import case, d
from .studies import perpetuity, value

KOLLER = "Koller, Goedhart, Wessels, Valuation: probability-weighted scenarios"


def scenario_set(*scenarios: dict[str, Any]) -> dict[str, Any]:
    base = {"model": "dcf", "input": perpetuity(80, 0.1, 0.02)}
    return {"format": "valor-ivx/scenarios", "version": 1, "base": base, "scenarios": list(scenarios)}


BULL = {"name": "Bull", "patch": {"wacc": 0.08}, "weight": 1}
BEAR = {"name": "Bear", "patch": {"wacc": 0.12, "forecast.fcff[0]": 70}, "weight": 3}
OTHER = {"name": "Other", "input": perpetuity(90, 0.1, 0.01), "weight": 4}
BROKEN = {"name": "Broken", "patch": {"wacc": 0.02}, "weight": 2}


def outcomes() -> None:
    bull, bear, other = value(80, 0.08, 0.02), value(70, 0.12, 0.02), value(90, 0.1, 0.01)
    results = [
        {"name": "Bull", "model": "dcf", "result": {"enterprise_value": bull}, "error": None},
        {"name": "Bear", "result": {"enterprise_value": bear}},
        {"name": "Other", "result": {"enterprise_value": other}},
        {"name": "Broken", "result": None, "error": {"kind": "Undefined", "what": "terminal_value"}},
    ]
    inputs = {"set": scenario_set(BULL, BEAR, OTHER, BROKEN)}
    case("scenarios_evaluate", "scenarios_evaluate", inputs, {"results": results}, source=KOLLER)

    outputs = ["enterprise_value"]
    compared = [
        {"name": "Bull", "value": bull, "difference": bull - 1000, "rank": 1},
        {"name": "Bear", "value": bear, "difference": bear - 1000, "rank": 3},
        {"name": "Other", "value": other, "difference": other - 1000, "rank": 2},
        {"name": "Broken", "value": None, "difference": None, "rank": None},
    ]
    expected = {"outputs": [{"output": "enterprise_value", "base": 1000, "scenarios": compared}]}
    case("scenarios_compare", "scenarios_compare", {**inputs, "outputs": outputs}, expected, source=KOLLER)

    weights = [d(1) / 8, d(3) / 8, d(4) / 8]
    mean = sum(w * v for w, v in zip(weights, (bull, bear, other), strict=True))
    variance = sum(w * (v - mean) ** 2 for w, v in zip(weights, (bull, bear, other), strict=True))
    weighted = {
        "output": "enterprise_value",
        "mean": mean,
        "sd": variance.sqrt(),
        "min": bear,
        "min_scenario": "Bear",
        "max": bull,
        "max_scenario": "Bull",
        "probability_below": d(3) / 8,
    }
    inputs = {"set": scenario_set(BULL, BEAR, OTHER), "outputs": outputs, "threshold": 800}
    case("scenarios_weighted", "scenarios_weighted", inputs, {"outputs": [weighted], "dropped_weight": 0}, source=KOLLER)
    inputs = {**inputs, "set": scenario_set(BULL, BEAR, OTHER, BROKEN), "skip_undefined": True}
    expected = {"outputs": [weighted], "dropped_weight": d(2) / 10}
    case("scenarios_weighted_without_broken", "scenarios_weighted", inputs, expected, source=KOLLER)
    case(
        "scenarios_weighted_broken",
        "scenarios_weighted",
        {**inputs, "skip_undefined": False},
        error={"kind": "Undefined", "what": "terminal_value"},
        source=KOLLER,
    )


def differences() -> None:
    new = {**perpetuity(80, 0.12, 0.02), "tax_rate": 0.25}
    expected = {
        "count": 2,
        "differences": [
            {"path": "wacc", "old": 0.1, "new": 0.12, "kind": "changed"},
            {"path": "tax_rate", "old": None, "new": 0.25, "kind": "added"},
        ],
    }
    case("scenarios_diff", "scenarios_diff", {"a": perpetuity(80, 0.1, 0.02), "b": new}, expected, source="By hand")


def write() -> None:
    outcomes()
    differences()
