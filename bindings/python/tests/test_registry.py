from __future__ import annotations

import base64
import pickle
import threading
from datetime import datetime, timezone
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

import valor_ivx
from valor_ivx import Npv, Registry, assign_point

SALT = bytes(range(16))


def config(version: int = 0, weights: tuple[int, int] = (700_000, 300_000)) -> dict[str, Any]:
    arms = [
        {"key": "a", "variant": "v1", "weight_ppm": weights[0]},
        {"key": "b", "variant": "v2", "weight_ppm": weights[1]},
    ]
    experiment = {
        "id": "exp-1",
        "status": "Running",
        "salt": base64.b64encode(SALT).decode(),
        "arms": arms,
        "control": "a",
    }
    return {"schema": 1, "scope": "Global", "version": version, "models": {"growth": {"experiment": experiment}}}


def one(inputs: dict[str, Any]) -> dict[str, Any]:
    return {"growth": inputs["base"] + 0.01}


def two(inputs: dict[str, Any], seed: int) -> dict[str, Any]:
    return {"growth": inputs["base"] + 0.02, "seed": seed}


@pytest.fixture
def registry() -> Registry:
    registry = Registry()
    registry.register("growth", "v1", one)
    registry.register("growth", "v2", two)
    return registry


def test_units_are_served_by_the_arm_of_their_point(registry: Registry) -> None:
    assert registry.apply(config(), reason="first").version == 1
    for i in range(50):
        unit = f"user-{i}"
        point = assign_point(SALT, "exp-1", unit)
        resolution = registry.resolve("growth", unit=unit)
        assert 0 <= point < 1_000_000
        assert resolution.served == ("v1" if point < 700_000 else "v2")
        assert resolution.experiment.point == point
        assert resolution.reason == "Experiment"
        assert registry.resolve("growth", unit=unit) == resolution


def test_a_million_units_fall_as_published() -> None:
    points = [assign_point(SALT, "exp-1", f"u{i}") for i in range(1_000_000)]
    assert sum(point >= 700_000 for point in points) == 300_032
    assert sum(point >= 600_000 for point in points) == 399_381


def test_a_run_is_booked_under_the_variant_that_served(registry: Registry) -> None:
    registry.apply(config())
    for i in range(40):
        done = registry.execute("growth", {"base": 0.1}, unit=f"user-{i}", seed=2**63)
        expected = {"growth": 0.1 + 0.01} if done.resolution.served == "v1" else {"growth": 0.1 + 0.02, "seed": 2**63}
        assert done.output == expected
        assert isinstance(done.elapsed, int) and done.elapsed >= 0
        assert pickle.loads(pickle.dumps(done)) == done
    views = registry.performance("growth")
    assert views["v1"].count + views["v2"].count == 40 and views["v1"].count > views["v2"].count > 0
    assert views["v1"].errors == 0 and views["v1"].p95 >= views["v1"].median
    assert sum(row.calls for row in registry.usage()) == 40
    assert registry.popularity(1)[0].variant == "v1"


def test_a_bad_configuration_is_refused_whole_with_every_problem(registry: Registry) -> None:
    bad = config(weights=(700_000, 300_001))
    bad["models"]["unheard"] = {}
    codes = {problem.code for problem in registry.validate(bad)}
    assert "unknown_model" in codes and len(codes) > 1
    with pytest.raises(valor_ivx.InvalidInputError) as refused:
        registry.apply(bad)
    assert refused.value.reason == "invalid_config"
    assert len(refused.value.problems) == len(registry.validate(bad))
    assert registry.config()["version"] == 0
    assert registry.validate(config()) == []


def test_a_stale_configuration_is_a_conflict_and_history_is_kept(registry: Registry) -> None:
    registry.apply(config())
    with pytest.raises(valor_ivx.ConflictError) as stale:
        registry.apply(config())
    assert (stale.value.reason, stale.value.current) == ("version_conflict", 1)
    registry.apply(config(1, (600_000, 400_000)))
    assert registry.rollback(to=1, expected=2, reason="back").version == 3
    assert [version.version for version in registry.history()] == [1, 2, 3]
    assert registry.diff(1, 3) == [] and registry.diff(1, 2) != []


def test_what_a_variant_raises_passes_through_and_counts_as_an_error(registry: Registry) -> None:
    failure = ZeroDivisionError("my own")

    def broken(inputs: dict[str, Any]) -> dict[str, Any]:
        raise failure

    registry.register("broken", "v1", broken)
    with pytest.raises(ZeroDivisionError) as raised:
        registry.execute("broken", {})
    assert raised.value is failure
    assert registry.performance("broken")["v1"].errors == 1


def test_engines_and_models_of_the_library_are_variants() -> None:
    registry = Registry()
    registry.register("npv", "plain", "npv")
    registry.register("npv", "house", Npv(rate=0.1, cashflows=[0.0]))
    flows = {"cashflows": [-100.0, 110.0]}
    assert registry.dry_run("npv", {**flows, "rate": 0.0}, variant="plain").output["npv"] == 10.0
    assert registry.dry_run("npv", flows, variant="house").output["npv"] == pytest.approx(0.0, abs=1e-12)
    assert registry.models() == {"npv": ["plain", "house"]}
    assert registry.performance("npv")["plain"].count == 0


def test_a_record_replays_and_a_changed_input_is_a_mismatch(registry: Registry) -> None:
    done = registry.execute("growth", {"base": 0.1}, seed=7)
    assert registry.replay(done.record, {"base": 0.1}).output == done.output
    with pytest.raises(valor_ivx.ConflictError) as mismatch:
        registry.replay(done.record, {"base": 0.2})
    assert mismatch.value.reason == "record_mismatch"


def test_names_are_checked(registry: Registry) -> None:
    with pytest.raises(valor_ivx.NotFoundError) as unknown:
        registry.resolve("unheard")
    assert unknown.value.reason == "unknown_model"
    with pytest.raises(valor_ivx.ConflictError) as taken:
        registry.register("growth", "v1", two)
    assert taken.value.reason == "already_registered"
    registry.register("growth", "v1", one)
    with pytest.raises(valor_ivx.InvalidInputError):
        registry.register("growth", "v3", 3)  # type: ignore[arg-type]


def test_performance_of_a_window_and_of_a_tenant(registry: Registry) -> None:
    tenant = "018bcfe5-6800-7cb5-a7b3-c4d5e6f70819"
    for of in (None, None, tenant):
        registry.execute("growth", {"base": 0.1}, tenant=of)
    view = registry.performance("growth")["v1"]
    assert (view.count, view.exact, view.rel_error, view.out_of_range, view.window) == (3, True, 0.0, 0, "Lifetime")
    rolling = registry.performance("growth", window="rolling")["v1"]
    assert rolling.count == 3 and set(rolling.window) == {"Rolling"}
    span = rolling.window["Rolling"]
    assert 885_000_000 <= span["to"] - span["from"] < 900_000_000
    assert registry.performance("growth", tenant=tenant)["v1"].count == 1
    assert registry.popularity(1, window="rolling")[0].calls == registry.popularity(1)[0].calls == 3
    registry.clear_performance("growth")
    assert registry.performance("growth", window="rolling")["v1"].median is None
    assert registry.usage()[0].calls == 3
    with pytest.raises(valor_ivx.InvalidInputError) as refused:
        registry.performance("growth", window="yesterday")  # type: ignore[arg-type]
    assert refused.value.field == "window"


def test_an_independent_parser_reads_the_metrics(registry: Registry) -> None:
    registry.apply(config())
    for i in range(30):
        registry.execute("growth", {"base": 0.1}, unit=f"user-{i}")
    registry.dry_run("growth", {"base": 0.1})
    families = {family.name: family for family in text_string_to_metric_families(registry.prometheus())}
    assert all(name.startswith("valor_") and family.documentation for name, family in families.items())
    calls = {
        sample.labels["variant"]: sample.value
        for sample in families["valor_model_calls"].samples
        if sample.labels["outcome"] == "ok"
    }
    assert calls == {name: view.count for name, view in registry.performance("growth").items()}
    times = families["valor_model_duration_seconds"]
    assert times.type == "histogram"
    ends = [s.value for s in times.samples if s.name.endswith("_bucket") and s.labels["le"] == "+Inf"]
    assert sum(ends) == sum(s.value for s in times.samples if s.name.endswith("_count")) == 30
    exposures = families["valor_experiment_exposures"].samples
    assert {s.labels["arm"]: s.value for s in exposures} == {"a": calls["v1"], "b": calls["v2"]}
    assert [s.value for s in families["valor_dry_runs"].samples] == [1.0]


def test_threads_share_a_registry(registry: Registry) -> None:
    def work() -> None:
        for i in range(100):
            registry.execute("growth", {"base": 0.1}, unit=f"user-{i}")

    registry.apply(config())
    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(view.count for view in registry.performance("growth").values()) == 800


def test_a_resolution_is_a_value_whichever_field_is_asked_for_first(registry: Registry) -> None:
    registry.apply(config())
    first, second = (registry.resolve("growth", unit="user-1") for _ in range(2))
    assert first == second and first.reason == "Experiment"
    assert pickle.loads(pickle.dumps(first)) == second
    assert first.to_dict()["experiment"]["arm"] == "a" and "served" in first and len(list(first)) == len(first)
    with pytest.raises(AttributeError, match="it has model, requested"):
        _ = first.unheard
    with pytest.raises(AttributeError, match="cannot be changed"):
        first.served = "v2"
    assert repr(first).startswith("Resolution\n")


def test_an_override_shadows_the_experiment_and_an_unknown_variant_is_served_by_the_base(registry: Registry) -> None:
    registry.apply(config())
    tenant = "018bd8f0-5c00-7000-8000-000000000001"
    own = {"schema": 1, "scope": {"Tenant": tenant}, "version": 0, "models": {"growth": {"override_variant": "v2"}}}
    assert [warning.code for warning in registry.apply(own).warnings] == ["override_shadows_experiment"]
    shadowed = registry.resolve("growth", unit="user-1", tenant=tenant)
    assert (shadowed.reason, shadowed.served, shadowed.shadowed) == ("TenantOverride", "v2", "exp-1")
    forced = registry.resolve("growth", unit="user-1", force="nope")
    assert (forced.reason, forced.served, forced.requested) == ("FallbackUnknown", "v1", "nope")
    assert registry.resolve("growth", unit="user-1").reason == "Experiment"


def test_a_clock_of_the_callers_dates_history_and_windows() -> None:
    now = [datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)]
    registry = Registry(clock=lambda: now[0])
    registry.register("growth", "v1", one)
    registry.register("growth", "v2", two)
    registry.apply(config())
    assert registry.history()[0].at == 1_767_323_045_000_000
    registry.execute("growth", {"base": 0.1}, unit="user-1")
    assert registry.performance("growth", window="rolling")["v1"].count == 1
    now[0] = now[0].replace(hour=4)
    assert registry.performance("growth", window="rolling")["v1"].count == 0
    assert registry.performance("growth")["v1"].count == 1

    def broken() -> datetime:
        raise ZeroDivisionError("no time")

    with pytest.raises(ZeroDivisionError):
        Registry(clock=broken)
