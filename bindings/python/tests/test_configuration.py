from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from people import OPERATORS, person

from valor_ivx import DeniedError, InvalidInputError, NotFoundError, Platform

CANARY = "canary-9a1"
SCHEMAS: dict[str, dict[str, Any]] = {
    "retries": {"type": "integer", "minimum": 0, "maximum": 10, "default": 3},
    "region": {"type": "string", "enum": ["eu", "us"], "default": "eu"},
    "discount": {"type": "decimal", "minimum": "0", "maximum": "0.5"},
    "limits": {"type": "json"},
    "beta": {"type": "bool"},
    "hook.token": {"type": "string", "secret": True, "permission": "configure_integrations"},
}


@pytest.fixture
def house() -> tuple[Platform, Any, Any]:
    """A platform, the administrator of a tenant and a guest of it."""
    platform = Platform.open("memory:", operators=OPERATORS, configuration=SCHEMAS)
    operator = platform.principal(issuer="host", subject="root", kind="Platform")
    made = platform.tenants.create(operator, slug="acme", name="Acme", plan="enterprise", admin=person("ada"))
    ada, guest = (platform.principal(issuer="idp", subject=it, tenant=made.tenant.id) for it in ("ada", "guest"))
    platform.users.create(ada, **person("guest", role="Guest"))
    return platform, ada, guest


def test_values_are_typed_set_by_version_and_read_by_every_user(house: tuple[Platform, Any, Any]) -> None:
    platform, ada, guest = house
    configuration = platform.configuration
    assert configuration.get(guest, "retries").to_dict()["value"] == 3
    for key, value in [("retries", 5), ("region", "us"), ("limits", {"a": [1, None, {"b": 0.1}]}), ("beta", False)]:
        assert configuration.set(ada, key, 0, value).version == 1
        assert configuration.get(guest, key).to_dict()["value"] == value
    assert configuration.set(ada, "discount", 0, Decimal("0.250")).value == "0.250"
    assert [item.key for item in configuration.list(guest)] == ["beta", "discount", "limits", "region", "retries"]
    with pytest.raises(DeniedError):
        configuration.set(guest, "retries", 1, 4)
    configuration.unset(ada, "retries", 1)
    assert configuration.get(ada, "retries").version == 0
    with pytest.raises(NotFoundError):
        configuration.unset(ada, "retries", 1)


@pytest.mark.parametrize(
    ("key", "value"),
    [("retries", 11), ("retries", 1.5), ("retries", True), ("region", "mars"), ("discount", Decimal("0.51")), ("beta", 0)],
)
def test_what_does_not_fit_its_schema_is_refused(house: tuple[Platform, Any, Any], key: str, value: Any) -> None:
    platform, ada, _ = house
    with pytest.raises(InvalidInputError) as refused:
        platform.configuration.set(ada, key, 0, value)
    assert (refused.value.field, refused.value.reason) == (f"configuration.{key}", "invalid_config_value")


def test_a_key_that_the_host_has_not_registered_is_refused(house: tuple[Platform, Any, Any]) -> None:
    platform, ada, _ = house
    with pytest.raises(InvalidInputError) as refused:
        platform.configuration.get(ada, "unknown")
    assert (refused.value.field, refused.value.allowed) == ("key", sorted(SCHEMAS))


def test_a_schema_whose_parts_do_not_go_together_opens_no_platform() -> None:
    with pytest.raises(InvalidInputError) as refused:
        Platform.open("memory:", configuration={"a": {"type": "integer", "minimum": 2, "maximum": 1}})
    assert refused.value.field == "configuration.a.minimum"
    with pytest.raises(InvalidInputError):
        Platform.open("memory:", configuration={"a": {"type": "number"}})


def test_threat_30_a_secret_is_told_by_nothing(house: tuple[Platform, Any, Any]) -> None:
    platform, ada, _ = house
    told = [platform.configuration.set(ada, "hook.token", 0, CANARY), platform.configuration.get(ada, "hook.token")]
    assert [item.to_dict()["value"] for item in told] == [None, None]
    with pytest.raises(InvalidInputError) as refused:
        platform.configuration.set(ada, "hook.token", 1, [CANARY])
    listed, audit = platform.configuration.list(ada), platform.audit.list(ada, size=100)
    assert CANARY not in repr([told, listed, listed.items, audit.items, refused.value, platform.prometheus()])
    assert CANARY not in str(refused.value)


def test_threat_34_json_text_in_which_a_key_stands_twice_is_refused(house: tuple[Platform, Any, Any]) -> None:
    platform, ada, _ = house
    assert platform.configuration.set_json(ada, "limits", 0, '{"a": 1}').value == {"a": 1}
    with pytest.raises(InvalidInputError) as refused:
        platform.configuration.set_json(ada, "limits", 1, '{"a": 1, "a": 2}')
    assert refused.value.field == "value"
