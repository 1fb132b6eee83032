from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from people import person

from valor_ivx import ConflictError, DeniedError, InvalidInputError, LimitExceededError, Platform
from valor_ivx.audit import verify_export

OPERATORS = [(name, role) for role, names in [("Operator", "root second"), ("Auditor", "judge juror")] for name in names.split()]


@pytest.fixture
def house() -> SimpleNamespace:
    """A platform with its operators, a tenant on enterprise and its administrator at an address."""
    platform = Platform.open("memory:", operators=[("host", name, role) for name, role in OPERATORS])
    by = {name: platform.principal(issuer="host", subject=name, kind="Platform") for name, _ in OPERATORS}
    made = platform.tenants.create(by["root"], slug="acme", name="Acme", plan="enterprise", admin=person("ada"))
    ada = platform.principal(
        issuer="idp", subject="ada", tenant=made.tenant.id, network_address="192.0.2.7", request_id="req-1"
    )
    return SimpleNamespace(platform=platform, by=by, tenant=made.tenant.id, ada=ada)


def test_the_log_is_verified_carried_away_and_every_change_of_it_is_told(house: SimpleNamespace, tmp_path: Path) -> None:
    audit = house.platform.audit
    house.platform.organizations.create(house.ada, "North")
    assert audit.verify(house.ada)["Intact"]["from"] == 1
    assert audit.verify(house.ada, start=2, end=3)["Intact"]["count"] == 2
    anchor = audit.anchor(house.ada)
    path = tmp_path / "log.ndjson"
    trailer = audit.export(house.ada, path)
    assert trailer.head.seq == trailer.count
    assert verify_export(path, [anchor])["Intact"]["count"] == trailer.count
    assert verify_export(path, [{**anchor, "hash": "ff"}])["Broken"] == {"seq": anchor["seq"], "kind": "Fork"}
    path.write_text(path.read_text().replace("organization.create", "organization.delete"))
    assert verify_export(path)["Broken"]["kind"] == "Mismatch"
    path.write_text("{}")
    with pytest.raises(InvalidInputError):
        verify_export(path)


def test_a_sign_in_is_on_record_once_however_often_it_is_asserted(house: SimpleNamespace) -> None:
    platform = house.platform
    for _ in range(3):
        ada = platform.principal(issuer="idp", subject="ada", tenant=house.tenant, authenticated_at=1_700_000_000_000_000)
        platform.can(ada, "read_models")
    told = [record.to_dict()["event"]["detail"] for record in platform.audit.list(house.ada, filter={"action": "sign_in"})]
    assert sum(detail["authenticated_at"] == 1_700_000_000_000_000 for detail in told) == 1
    with pytest.raises(InvalidInputError) as refused:
        platform.principal(issuer="idp", subject="ada", tenant=house.tenant, authenticated_at=1.5)
    assert refused.value.field == "authenticated_at"


def test_private_fields_go_by_two_operators_and_the_chain_stays_whole(house: SimpleNamespace) -> None:
    audit, control = house.platform.audit, house.platform.control
    record = audit.list(house.ada, filter={"action": "sign_in"})[0].to_dict()
    assert record["event"]["request_id"] == "req-1"
    assert set(record["event"]["private_digests"]) == {"network_address"}
    assert audit.private_fields(house.ada, record["seq"]) == {"network_address": "192.0.2.7"}
    request = control.redact_audit(house.by["judge"], record["seq"], record["seq"], tenant=house.tenant)
    with pytest.raises(DeniedError) as alone:
        control.confirm(house.by["judge"], request.id)
    assert alone.value.reason == "separation_of_duty"
    control.confirm(house.by["juror"], request.id)
    assert audit.private_fields(house.ada, record["seq"]) == {}
    assert "Intact" in audit.verify(house.ada)
    assert "Intact" in audit.verify(house.by["judge"])
    actions = [one.event.action for one in audit.records(house.by["judge"], size=1000)]
    assert "control.request" in actions and "audit.redact" in actions
    assert len(control.list(house.by["judge"])) == 1
    assert audit.retain(house.by["judge"]).done == 0


def test_what_is_held_is_not_erased_until_two_operators_release_it(house: SimpleNamespace) -> None:
    platform = house.platform
    ben = platform.users.create(house.ada, **person("ben"))
    hold = platform.holds.set(house.by["root"], house.tenant, user=ben.id, reason="Matter 7")
    with pytest.raises(ConflictError) as held:
        platform.users.erase(house.ada, ben.id, ben.version)
    assert held.value.reason == "legal_hold"
    request = platform.control.release_hold(house.by["root"], house.tenant, hold.id)
    platform.control.confirm(house.by["second"], request.id)
    assert platform.holds.list(house.by["root"], house.tenant)[0].to_dict()["released"]["confirmed_by"] == "host/second"
    erased = platform.users.erase(house.ada, ben.id, ben.version)
    assert "ben" not in erased.email and not erased.active


def test_a_plan_without_the_feature_reads_no_log(house: SimpleNamespace) -> None:
    made = house.platform.tenants.create(
        house.by["root"], slug="bolt", name="Bolt", plan="professional", admin=person("eve")
    )
    eve = house.platform.principal(issuer="idp", subject="eve", tenant=made.tenant.id)
    with pytest.raises(LimitExceededError) as refused:
        house.platform.audit.list(eve)
    assert refused.value.needed_plan == "enterprise"
