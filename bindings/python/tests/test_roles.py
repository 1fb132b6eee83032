from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from people import OPERATORS, person

import valor_ivx
from valor_ivx import Platform


@pytest.fixture
def house(url: str) -> SimpleNamespace:
    """A tenant with an administrator."""
    platform = Platform.open(url, operators=OPERATORS)
    operator = platform.principal(issuer="host", subject="root", kind="Platform")
    made = platform.tenants.create(operator, slug="acme", name="Acme", plan="enterprise", admin=person("ada"))
    member: Callable[[str], Any] = lambda subject: platform.principal(
        issuer="idp", subject=subject, tenant=made.tenant.id
    )
    return SimpleNamespace(
        platform=platform, operator=operator, made=made, admin=member("ada"), member=member, tenant=made.tenant.id
    )


def test_a_role_is_made_given_changed_and_taken_back(house: SimpleNamespace) -> None:
    platform, admin = house.platform, house.admin
    names = [(role.name, role.built_in) for role in platform.roles.list(admin)]
    assert names == [("Admin", True), ("Analyst", True), ("Guest", True), ("Viewer", True)]
    clerk = platform.roles.create(admin, "Clerk", permissions=["write_models"], inherits=["Guest"])
    assert list(clerk.effective) == ["read_models", "write_models"]
    ben = platform.users.create(admin, **person("ben"))
    given = platform.roles.grant(admin, ben.id, "clerk")
    assert (given.role, given.role_id, given.scope) == ("Clerk", clerk.id, "Tenant")
    assert platform.permissions(house.member("ben")) == ["read_models", "write_models"]
    changed = platform.roles.update(admin, clerk.id, 1, permissions=["export_data"])
    assert changed.version == 2 and platform.can(house.member("ben"), "export_data")
    assert [one.role for one in platform.roles.grants(admin, filter={"role": "Clerk"})] == ["Clerk"]
    with pytest.raises(valor_ivx.ConflictError) as refused:
        platform.roles.remove(admin, clerk.id, 2)
    assert refused.value.reason == "in_use"
    platform.roles.revoke(admin, given.id)
    platform.roles.remove(admin, clerk.id, 2)
    with pytest.raises(valor_ivx.NotFoundError):
        platform.roles.get(admin, "Clerk")


def test_what_nobody_may_give_is_refused_by_its_reason(house: SimpleNamespace) -> None:
    platform, admin = house.platform, house.admin
    own = platform.users.list(admin)[0].id
    platform.roles.create(admin, "keeper", permissions=["admin_users"])
    platform.users.create(admin, **person("ben", role="keeper"))
    ben = house.member("ben")
    for who, user, role, reason in [(admin, own, "Guest", "self_grant"), (ben, own, "Admin", "no_permission")]:
        with pytest.raises(valor_ivx.DeniedError) as denied:
            platform.roles.grant(who, user, role)
        assert denied.value.reason == reason
    with pytest.raises(valor_ivx.InvalidInputError):
        platform.roles.create(admin, "x", permissions=["platform_write_tenants"])
    with pytest.raises(valor_ivx.ConflictError) as kept:
        platform.roles.create_sod_rule(admin, "apart", ["write_models", "delete_models"])
    assert kept.value.reason == "sod_violation" and kept.value.offenders[0]["user_id"] == own
    assert platform.roles.sod_rules(admin) == []


def test_a_decision_is_explained_and_asked_of_a_thing(house: SimpleNamespace) -> None:
    platform, admin = house.platform, house.admin
    ben = platform.users.create(admin, **person("ben"))
    told = platform.explain(admin, "write_models", user_id=ben.id)
    assert (told.decision.allow, told.decision.reason) == (False, "no_permission")
    assert [step["check"] for step in told.steps if not step["passed"]] == ["permission"]
    thing = {"owner_id": platform.users.list(admin, search={"name": "ada"})[0].id}
    assert platform.can(admin, "read_models", thing)
    assert not platform.can(house.member("ben"), "read_models", thing)


def test_features_and_limits_apart_from_the_plan(house: SimpleNamespace) -> None:
    platform, admin, tenant = house.platform, house.admin, house.tenant
    run = {"model": "npv", "inputs": {"rate": 0.1, "cashflows": [-100.0, 60.0, 60.0]}}
    revoked = platform.entitlements.set_feature(admin, "basic_analytics", "Revoke", "not here")
    with pytest.raises(valor_ivx.DeniedError) as disabled:
        platform.run(admin, run)
    assert disabled.value.reason == "feature_disabled"
    platform.entitlements.remove(admin, revoked.id)
    platform.run(admin, run)
    platform.entitlements.set_limit(house.operator, "users", 1, "a small house", tenant=tenant)
    with pytest.raises(valor_ivx.LimitExceededError):
        platform.users.create(admin, **person("ben"))
    assert [one.value for one in platform.entitlements.get(admin).limits] == [{"At": 1}]
    assert platform.usage.recount(admin, "storage_bytes").drift == 0


def test_users_and_organizations_are_changed_by_version(house: SimpleNamespace) -> None:
    platform, admin = house.platform, house.admin
    north = platform.organizations.create(admin, "North")
    ben = platform.users.create(admin, **person("ben", role="Analyst"), organization_id=north.id)
    assert ben.organization_id == north.id
    changed = platform.users.update(admin, ben.id, 1, display_name="Ben")
    assert platform.users.get(admin, ben.id) == changed and changed.version == 2
    closed = platform.organizations.set_active(admin, north.id, 1, False)
    assert not closed.active and not platform.can(house.member("ben"), "read_models")
    renamed = platform.organizations.rename(admin, north.id, 2, "Far North")
    assert platform.organizations.get(admin, north.id).name == renamed.name == "Far North"
