"""Threats to tenants as they come through Python; the same on every store in Rust below `tests/stores`."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from people import OPERATORS, person

from valor_ivx import ConflictError, DeniedError, InvalidInputError, NotFoundError, Platform, ValorError

NPV = {"model": "npv", "inputs": {"rate": 0.1, "cashflows": [-100.0, 60.0, 60.0]}}
UNKNOWN = "018bcfe5-6800-7cb5-a7b3-c4d5e6f70819"


@pytest.fixture
def house(url: str) -> SimpleNamespace:
    """Two tenants, each with an administrator of the same name."""
    platform = Platform.open(url, operators=OPERATORS)
    operator = platform.principal(issuer="host", subject="root", kind="Platform")
    admins, tenants = [], []
    for slug in ("acme", "bolt"):
        made = platform.tenants.create(operator, slug=slug, name=slug, plan="enterprise", admin=person("ada"))
        tenants.append(made.tenant.id)
        admins.append(platform.principal(issuer="idp", subject="ada", tenant=made.tenant.id))
    return SimpleNamespace(platform=platform, operator=operator, acme=admins[0], bolt=admins[1], tenants=tenants)


def told(error: ValorError) -> Any:
    return type(error), str(error), error.reason


def test_threat_1_a_tenant_that_is_named_and_is_anothers_is_not_found(house: SimpleNamespace) -> None:
    subscriptions = house.platform.subscriptions
    answers = []
    for tenant in (house.tenants[1], UNKNOWN):
        with pytest.raises(NotFoundError) as refused:
            subscriptions.get(house.acme, tenant=tenant)
        answers.append(told(refused.value))
    assert answers[0] == answers[1]
    denied = [one for one in house.platform.audit.list(house.acme) if one["event"]["outcome"] == "denied"]
    assert len(denied) == 2


@pytest.mark.parametrize(
    "tenant", ["0", "", "00000000-0000-0000-0000-000000000000", "1 OR 1", "018bcfe568007cb5a7b3c4d5e6f70819"]
)
def test_threat_2_what_is_no_tenant_cannot_be_said(house: SimpleNamespace, tenant: str) -> None:
    with pytest.raises(InvalidInputError):
        house.platform.principal(issuer="idp", subject="ada", tenant=tenant)
    with pytest.raises(InvalidInputError):
        house.platform.tenants.get(house.operator, tenant)
    with pytest.raises(TypeError):
        house.platform.principal(issuer="idp", subject="ada", tenant=0)  # type: ignore[arg-type]


def test_threat_10_foreign_unknown_and_invisible_runs_get_one_answer(house: SimpleNamespace) -> None:
    platform = house.platform
    platform.users.create(house.acme, **person("ben", role="Analyst"))
    ben = platform.principal(issuer="idp", subject="ben", tenant=house.tenants[0])
    foreign, invisible = (platform.run(who, NPV).run_id for who in (house.bolt, house.acme))
    answers = []
    for run_id in (foreign, invisible, UNKNOWN):
        for ask in (platform.runs.get, platform.replay):
            with pytest.raises(NotFoundError) as refused:
                ask(ben, run_id)
            answers.append(told(refused.value))
    assert len(set(map(str, answers))) == 1


def test_threat_11_a_cursor_edited_or_in_other_hands_is_invalid(house: SimpleNamespace) -> None:
    platform = house.platform
    for _ in range(3):
        platform.run(house.acme, NPV)
    cursor = platform.runs.list(house.acme, size=1).next
    assert cursor is not None and len(platform.runs.list(house.acme, size=1, cursor=cursor)) == 1
    edited = ("A" if cursor[20] != "A" else "B").join([cursor[:20], cursor[21:]])
    for ask in (
        lambda: platform.runs.list(house.acme, size=1, cursor=edited),
        lambda: platform.runs.list(house.bolt, size=1, cursor=cursor),
        lambda: platform.runs.list(house.acme, size=1, cursor=cursor, filter={"model": "npv"}),
        lambda: platform.notes.list(house.acme, size=1, cursor=cursor),
        lambda: platform.runs.list(house.acme, size=1, cursor="' OR 1"),
    ):
        with pytest.raises(InvalidInputError) as refused:
            ask()
        assert refused.value.reason == "invalid_cursor"


@pytest.mark.parametrize(
    "query",
    [
        {"sort": "password_hash"},
        {"sort": "created; DROP TABLE run"},
        {"filter": {"inputs": "x"}},
        {"filter": {"model' OR '1": "x"}},
        {"search": {"subject": "AC"}},
    ],
)
def test_threat_13_an_order_or_filter_that_no_list_offers_is_refused(house: SimpleNamespace, query: Any) -> None:
    with pytest.raises(InvalidInputError) as refused:
        house.platform.runs.list(house.acme, **query)
    assert refused.value.reason == "unsupported_query" and refused.value.allowed


def test_threat_3_an_administrator_of_a_tenant_manages_no_tenant(house: SimpleNamespace) -> None:
    tenants = house.platform.tenants
    for ask in (
        lambda: tenants.get(house.acme, house.tenants[1]),
        lambda: tenants.update(house.acme, house.tenants[1], 1, name="Mine"),
        lambda: tenants.set_status(house.acme, house.tenants[1], 1, "Suspended"),
        lambda: tenants.by_domain(house.acme, "a.example"),
        lambda: tenants.create(house.acme, slug="mine", name="x", plan="basic", admin=person("eve"), idem_key="k"),
    ):
        with pytest.raises((DeniedError, ConflictError)) as refused:
            ask()
        assert refused.value.reason == "not_member"
    assert tenants.get(house.operator, house.tenants[1]).name == "bolt"
