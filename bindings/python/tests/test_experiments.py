"""Experiments from Python: exposures, outcomes, reports that stand alone, guardrails, clear errors."""

from __future__ import annotations

import base64
import pickle
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

import valor_ivx
from valor_ivx import Registry

PLAN = {
    "primary": {"name": "error", "kind": "Proportion", "better": "Lower"},
    "secondary": [{"name": "revenue", "kind": "Mean", "better": "Higher"}],
}


def config(plan: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    experiment = {
        "id": "exp-1",
        "status": "Running",
        "salt": base64.b64encode(bytes(range(16))).decode(),
        "control": "a",
        "arms": [
            {"key": "a", "variant": "v1", "weight_ppm": 500_000},
            {"key": "b", "variant": "v2", "weight_ppm": 500_000},
        ],
        "plan": plan or PLAN,
        **more,
    }
    return {"schema": 1, "scope": "Global", "version": 0, "models": {"growth": {"experiment": experiment}}}


def fails(inputs: dict[str, Any]) -> dict[str, Any]:
    raise RuntimeError("the second variant broke")


def made(second: Any = lambda inputs: {"by": 2}, **more: Any) -> Registry:
    registry = Registry()
    registry.register("growth", "v1", lambda inputs: {"by": 1})
    registry.register("growth", "v2", second)
    registry.apply(config(**more))
    return registry


def test_an_arm_that_fails_is_found_worse_and_the_report_is_a_page() -> None:
    registry = made(fails)
    for i in range(400):
        try:
            registry.execute("growth", {}, unit=f"user-{i}")
        except RuntimeError:
            pass
    report = registry.analyze("exp-1")
    control, arm = report.arms
    assert (control["units"] + arm["units"], control["verdict"]) == (400, None)
    assert arm["verdict"] == "Worse"
    assert arm["metrics"]["error"]["test"] == "exact_count"
    page = report.to_html()
    assert page.startswith("<!DOCTYPE html>") and "exp-1" in page
    again = pickle.loads(pickle.dumps(report))
    assert again == report and again.to_html() == page


def test_outcomes_count_in_the_arm_that_a_unit_was_exposed_to() -> None:
    registry = made()
    arms = {f"user-{i}": registry.expose("growth", unit=f"user-{i}").experiment.arm for i in range(40)}
    later = datetime.now(timezone.utc) + timedelta(seconds=1)
    for unit, arm in arms.items():
        registry.record_outcome("exp-1", unit, "revenue", 1.0 if arm == "a" else 2.0, at=later)
    found = registry.analyze("exp-1").arms[1]["metrics"]["revenue"]
    assert found["units"] == [list(arms.values()).count("a"), list(arms.values()).count("b")]
    assert found["estimate"] == pytest.approx(1.0)
    assert "Insufficient" in found["verdict"]
    counts = registry.experiment_counts()[0]
    assert sum(counts.exposures.values()) == 40
    assert registry.breaches("exp-1") == [] and registry.enforce_guardrails("exp-1") == []


def test_what_cannot_be_booked_is_refused_by_reason() -> None:
    registry = made()
    registry.expose("growth", unit="known")
    for call, error, reason in [
        (("nowhere", "known", "revenue", 1.0), valor_ivx.NotFoundError, "unknown_experiment"),
        (("exp-1", "stranger", "revenue", 1.0), valor_ivx.ConflictError, "not_exposed"),
        (("exp-1", "known", "revenue", float("nan")), valor_ivx.InvalidInputError, "not_finite"),
        (("exp-1", "known", "Not a name", 1.0), valor_ivx.InvalidInputError, "invalid_id"),
    ]:
        with pytest.raises(error) as refused:
            registry.record_outcome(*call)
        assert refused.value.reason == reason
    with pytest.raises(valor_ivx.NotFoundError):
        registry.analyze("nowhere")


def test_a_guardrail_pauses_or_tells_and_what_it_acted_on_is_kept() -> None:
    limit = {"metric": "ErrorRate", "bound": {"Absolute": 0.5}, "test": "Threshold", "min_n": 5}
    for action, reason in [("Pause", "ExperimentPaused"), ("Alert", "Experiment")]:
        registry = made(fails, guardrails=[{**limit, "action": action}])
        for i in range(60):
            try:
                registry.execute("growth", {}, unit=f"user-{i}")
            except RuntimeError:
                pass
        assert registry.resolve("growth", unit="user-1").reason == reason
        (acted,) = registry.acted_breaches("exp-1")
        assert (acted.breach.arm, acted.breach.guardrail["action"]) == ("b", action)
        assert acted.breach.value > acted.breach.limit == 0.5 and acted.at > 0


def test_a_stopped_experiment_keeps_its_report_and_its_id() -> None:
    registry = made()
    registry.expose("growth", unit="user-1")
    stopped = config(status="Stopped")
    stopped["version"] = 1
    registry.apply(stopped)
    assert registry.resolve("growth", unit="user-1").reason == "Default"
    assert sum(arm.units for arm in map(valor_ivx.registry.Record, registry.analyze("exp-1").arms)) == 1
    again = config()
    again["version"] = 2
    with pytest.raises(valor_ivx.ConflictError) as refused:
        registry.apply(again)
    assert refused.value.reason == "experiment_retired"
