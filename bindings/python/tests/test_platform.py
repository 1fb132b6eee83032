from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from people import OPERATORS, person

import valor_ivx
from valor_ivx import Platform, RunRequest

NPV = {"model": "npv", "inputs": {"rate": 0.1, "cashflows": [-100.0, 60.0, 60.0]}}


@pytest.fixture
def house(url: str) -> SimpleNamespace:
    """A tenant with an administrator, an analyst and a viewer."""
    platform = Platform.open(url, operators=OPERATORS)
    operator = platform.principal(issuer="host", subject="root", kind="Platform")
    made = platform.tenants.create(operator, slug="acme", name="Acme", plan="enterprise", admin=person("ada"))
    member: Callable[[str], Any] = lambda subject: platform.principal(
        issuer="idp", subject=subject, tenant=made.tenant.id
    )
    admin = member("ada")
    platform.users.create(admin, **person("ben", role="Analyst"))
    platform.users.create(admin, **person("cy", role="Viewer"))
    return SimpleNamespace(
        platform=platform, url=url, operator=operator, made=made, admin=admin, analyst=member("ben"), viewer=member("cy")
    )


def test_a_governed_run_is_kept_metered_audited_and_replays(house: SimpleNamespace) -> None:
    platform = house.platform
    run = platform.run(house.analyst, RunRequest("npv", NPV["inputs"], title="first"))
    assert run.output == valor_ivx.evaluate("npv", NPV["inputs"])
    assert run.resolution.served == "built_in" and run.elapsed >= 0
    kept = platform.runs.get(house.analyst, run.run_id)
    assert kept.id == run.run_id and kept.title == "first"
    assert [one.id for one in platform.runs.list(house.analyst)] == [run.run_id]
    assert platform.runs.list(house.admin) == []
    assert platform.usage.total(house.admin, "model_run") == 1
    assert platform.replay(house.analyst, run.run_id).identical
    assert any(run.run_id in repr(record.to_dict()) for record in platform.audit.list(house.admin))
    assert "Broken" not in repr(platform.audit.verify(house.admin))
    told = platform.prometheus()
    assert '\nvalor_usage_events_total{kind="model_run",result="new"} 1\n' in told
    assert '\nvalor_model_calls_total{model="npv",outcome="ok",variant="built_in"} 1\n' in told


def test_lists_come_by_the_page_and_cursors_lead_on(house: SimpleNamespace) -> None:
    platform = house.platform
    made = [platform.run(house.analyst, {**NPV, "subject": subject}).run_id for subject in ("A", "B", "A")]
    first = platform.runs.list(house.analyst, size=2, total=True)
    assert [run.id for run in first] == made[:0:-1] and len(first) == 2 and first.total == 3 and first.prev is None
    last = platform.runs.list(house.analyst, size=2, cursor=first.next)
    assert [run.id for run in last.items] == made[:1] and last.next is None
    assert platform.runs.list(house.analyst, size=2, cursor=last.prev) == first
    assert platform.runs.list(house.analyst, size=2, page=2) == last.items
    found = platform.runs.list(house.analyst, sort="created", filter={"subject": "A"})
    assert [run.id for run in found] == [made[2], made[0]]
    with pytest.raises(valor_ivx.InvalidInputError) as refused:
        platform.runs.list(house.analyst, sort="password_hash")
    assert refused.value.reason == "unsupported_query"
    assert refused.value.allowed[0] == {"sort": "created", "filter": [], "search": None}
    with pytest.raises(valor_ivx.InvalidInputError) as refused:
        platform.runs.list(house.admin, size=2, cursor=first.next)
    assert refused.value.reason == "invalid_cursor"
    with pytest.raises(valor_ivx.InvalidInputError) as refused:
        platform.runs.list(house.analyst, cursor=first.next, page=2)
    assert refused.value.field == "page"

    users = platform.users.list(house.admin, search={"email": "BEN@"})
    assert [user.subject for user in users] == ["ben"]
    assert len(platform.users.list(house.admin)) == 3
    assert [one.name for one in platform.organizations.list(house.admin, search={"name": "ac"})] == ["Acme"]
    assert [tenant.slug for tenant in platform.tenants.list(house.operator, filter={"plan": "enterprise"})] == ["acme"]
    created = platform.audit.list(house.admin, filter={"action": "run.create"}, size=1, total=True)
    assert (created.total, created[0].event["resource_id"]) == (3, made[2])
    assert platform.usage.list(house.admin, filter={"kind": "model_run"}, total=True).total == 3
    grants = platform.users.grants(house.admin, filter={"role": "Viewer"})
    assert [grant.role for grant in grants] == ["Viewer"]
    assert platform.routing.history(house.admin) == []


def test_cursors_are_read_by_processes_of_one_secret(tmp_path: Path) -> None:
    url = f"sqlite:{tmp_path / 'store.db'}"
    old, new = (1, b"o" * 32), (2, b"n" * 32)

    def listed(keys: list[tuple[int, bytes]], cursor: str | None = None) -> valor_ivx.Page:
        platform = Platform.open(url, operators=OPERATORS, cursor_keys=keys)
        operator = platform.principal(issuer="host", subject="root", kind="Platform")
        if cursor is None:
            for slug in ("acme", "bolt"):
                platform.tenants.create(operator, slug=slug, name=slug, plan="basic", admin=person("ada"))
        return platform.tenants.list(operator, sort="name", size=1, cursor=cursor)

    first = listed([old])
    assert [tenant.slug for tenant in listed([new, old], first.next)] == ["bolt"]
    for strangers in ([new], []):
        with pytest.raises(valor_ivx.InvalidInputError) as refused:
            listed(strangers, first.next)
        assert refused.value.reason == "invalid_cursor"
    for wrong in ([(1, b"short")], [old, old], [old, new, old]):
        with pytest.raises(valor_ivx.InvalidInputError) as refused:
            Platform.open("memory:", cursor_keys=wrong)
        assert refused.value.field and refused.value.field.startswith("cursor_keys")


def test_scenarios_and_notes_are_kept_shared_changed_and_removed(house: SimpleNamespace) -> None:
    platform = house.platform
    made = platform.scenarios.create(house.analyst, model="npv", name="base", inputs=NPV["inputs"], subject="ACME")
    assert platform.scenarios.list(house.viewer) == [] and made.version == 1
    shared = platform.scenarios.update(house.analyst, made.id, 1, audience="tenant")
    assert [one.id for one in platform.scenarios.list(house.viewer, filter={"subject": "ACME"})] == [made.id]
    assert platform.scenarios.get(house.viewer, made.id) == shared
    assert valor_ivx.evaluate("npv", shared.inputs) == valor_ivx.evaluate("npv", NPV["inputs"])
    with pytest.raises(valor_ivx.ConflictError) as stale:
        platform.scenarios.update(house.analyst, made.id, 1, name="bear")
    assert stale.value.reason == "version_conflict" and stale.value.current == 2
    with pytest.raises(valor_ivx.DeniedError):
        platform.scenarios.remove(house.analyst, made.id, 2)
    platform.scenarios.remove(house.admin, made.id, 2)
    with pytest.raises(valor_ivx.NotFoundError):
        platform.scenarios.get(house.analyst, made.id)

    note = platform.notes.create(house.analyst, subject="ACME", body="Margins look stretched.")
    assert platform.notes.on(house.analyst, "ACME") == note and platform.notes.list(house.admin) == []
    changed = platform.notes.update(house.analyst, note.id, 1, body="Margins have come back.", audience="tenant")
    assert platform.notes.get(house.viewer, note.id).body == changed.body
    platform.notes.remove(house.admin, note.id, 2)
    assert platform.notes.list(house.analyst) == []


def test_a_simulation_is_governed_too(house: SimpleNamespace, dcf_inputs: dict[str, Any]) -> None:
    draws = [{"path": "wacc", "distribution": valor_ivx.normal(0.09, 0.005)}]
    request = {"model": "dcf", "inputs": dcf_inputs, "simulation": {"draws": draws, "trials": 5000, "seed": 7}}
    run = house.platform.run(house.analyst, request)
    direct = valor_ivx.Simulation("dcf", dcf_inputs, draws).run(trials=5000, seed=7)
    assert run.output["outputs"]["value_per_share"]["mean"] == direct["value_per_share"].mean
    assert house.platform.usage.total(house.admin, "trials") == 5000
    assert house.platform.replay(house.analyst, run.run_id).identical


def test_a_governed_run_can_be_awaited_and_stopped(house: SimpleNamespace, dcf_inputs: dict[str, Any]) -> None:
    platform = house.platform
    run = asyncio.run(platform.run_async(house.analyst, RunRequest("npv", NPV["inputs"])))
    assert run.output == valor_ivx.evaluate("npv", NPV["inputs"])
    draws = [{"path": "wacc", "distribution": valor_ivx.normal(0.09, 0.005)}]
    sketch = {"draws": draws, "trials": 90_000_000, "seed": 7, "statistics": {"quantile_mode": "sketch"}}
    request = {"model": "dcf", "inputs": dcf_inputs, "simulation": sketch}

    async def stopped() -> None:
        started = asyncio.Event()
        told = lambda _: started.set()
        task = asyncio.create_task(platform.run_async(house.analyst, request, progress=told))
        await asyncio.wait([task, asyncio.ensure_future(started.wait())], return_when=asyncio.FIRST_COMPLETED)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(stopped())
    with pytest.raises(valor_ivx.DeniedError):
        asyncio.run(platform.run_async(house.viewer, RunRequest("npv", NPV["inputs"])))


def test_what_a_role_lacks_is_denied(house: SimpleNamespace) -> None:
    platform = house.platform
    assert platform.can(house.viewer, "read_models") and not platform.can(house.viewer, "admin_users")
    assert "read_models" in platform.permissions(house.viewer)
    with pytest.raises(valor_ivx.DeniedError) as denied:
        platform.users.create(house.viewer, **person("dee"))
    assert isinstance(denied.value, PermissionError) and denied.value.reason
    with pytest.raises(valor_ivx.ValorError) as refused:
        platform.tenants.list(house.admin)
    assert refused.value.kind in {"Denied", "Unauthenticated", "NotFound"}
    with pytest.raises(valor_ivx.InvalidInputError):
        platform.can(house.viewer, "do_magic")


def test_what_a_host_model_raises_passes_through(house: SimpleNamespace) -> None:
    failure = LookupError("my own")

    def broken(inputs: dict[str, Any]) -> dict[str, Any]:
        raise failure

    house.platform.registry.register("broken", "v1", broken)
    with pytest.raises(LookupError) as raised:
        house.platform.run(house.analyst, {"model": "broken", "inputs": {}})
    assert raised.value is failure


def test_what_is_kept_in_a_file_is_there_again(tmp_path: Path) -> None:
    url = f"sqlite:{tmp_path / 'kept.db'}"
    platform = Platform.open(url, operators=OPERATORS)
    operator = platform.principal(issuer="host", subject="root", kind="Platform")
    made = platform.tenants.create(operator, slug="acme", name="Acme", plan="enterprise", admin=person("ada"))
    admin = platform.principal(issuer="idp", subject="ada", tenant=made.tenant.id)
    run_id = platform.run(admin, NPV).run_id
    del platform
    again = Platform.open(url, operators=OPERATORS)
    admin = again.principal(issuer="idp", subject="ada", tenant=made.tenant.id)
    assert again.replay(admin, run_id).identical


@pytest.mark.parametrize(("url", "kind"), [("mysql://x", "InvalidInput"), ("postgresql://x", "Unavailable")])
def test_a_store_that_is_not_there_is_said_so(url: str, kind: str) -> None:
    with pytest.raises(valor_ivx.ValorError) as refused:
        Platform.open(url)
    assert refused.value.kind == kind


def test_a_stranger_is_nobody(house: SimpleNamespace) -> None:
    stranger = house.platform.principal(issuer="idp", subject="eve", tenant=house.made.tenant.id)
    with pytest.raises(valor_ivx.ValorError) as refused:
        house.platform.run(stranger, NPV)
    assert refused.value.kind in {"Denied", "Unauthenticated", "NotFound"}


def test_statistics_of_runs_are_kept_in_the_store_and_cleared_on_record(house: SimpleNamespace) -> None:
    platform = house.platform
    for _ in range(3):
        platform.run(house.analyst, NPV)
    assert platform.statistics.performance(house.analyst, "npv")["built_in"].count == 3
    assert [(row.model, row.calls) for row in platform.statistics.usage(house.admin)] == [("npv", 3)]
    with pytest.raises(valor_ivx.DeniedError):
        platform.statistics.clear(house.analyst)
    assert platform.statistics.clear(house.admin, model="npv", reason="a new release") == 1
    assert platform.statistics.performance(house.analyst, "npv")["built_in"].count == 0
    platform.run(house.analyst, NPV)
    platform.statistics.publish(house.analyst)
    assert [row.calls for row in platform.statistics.usage(house.admin)] == [4]
    with pytest.raises(valor_ivx.NotFoundError):
        platform.statistics.performance(house.analyst, "unheard")
