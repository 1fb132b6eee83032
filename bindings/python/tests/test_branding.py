from __future__ import annotations

import asyncio
from typing import Any

import pytest
from people import OPERATORS, person

from valor_ivx import ConflictError, InvalidInputError, LimitExceededError, Platform



def house(plan: str = "enterprise") -> tuple[Platform, Any, Any]:
    """A platform, its operator and the administrator of a tenant."""
    platform = Platform.open("memory:", operators=OPERATORS)
    operator = platform.principal(issuer="host", subject="root", kind="Platform")
    made = platform.tenants.create(operator, slug="acme", name="Acme", plan=plan, admin=person("ada"))
    return platform, operator, platform.principal(issuer="idp", subject="ada", tenant=made.tenant.id)


def test_a_branding_is_patched_by_version_and_null_takes_back_to_the_default() -> None:
    platform, _, ada = house()
    assert platform.branding.get(ada).version == 0
    first = platform.branding.patch(ada, 0, {"product_name": "Acme", "css_variables": {"--valor-radius": "4px"}})
    assert (first.product_name, first.css_variables, first.version) == ("Acme", {"--valor-radius": "4px"}, 1)
    with pytest.raises(ConflictError) as refused:
        platform.branding.patch(ada, 0, {"theme": "dark"})
    assert (refused.value.reason, refused.value.current) == ("version_conflict", 1)
    second = platform.branding.patch(ada, 1, '{"product_name": null, "theme": "dark"}')
    assert (second.product_name, second.theme) == ("Valor IVX", "dark")
    assert platform.branding.get(ada) == second


def test_a_plan_without_the_feature_refuses_a_branding_and_names_the_plan_that_has_it() -> None:
    platform, _, ada = house("professional")
    with pytest.raises(LimitExceededError) as refused:
        platform.branding.patch(ada, 0, {"theme": "dark"})
    assert (refused.value.reason, refused.value.needed_plan) == ("feature_not_in_plan", "enterprise")


@pytest.mark.parametrize(
    ("field", "patch"),
    [
        ("logo_url", {"logo_url": "javascript:alert(1)"}),
        ("favicon_url", {"favicon_url": "data:image/svg+xml,<svg/>"}),
        ("logo_url", {"logo_url": "https://169.254.169.254/x.svg"}),
        ("css_variables.--valor-a", {"css_variables": {"--valor-a": "url(https://x.example)"}}),
        ("css", {"css": "body{}"}),
    ],
)
def test_threat_33_a_branding_with_a_way_out_of_the_page_is_refused(field: str, patch: dict[str, Any]) -> None:
    platform, _, ada = house()
    with pytest.raises(InvalidInputError) as refused:
        platform.branding.patch(ada, 0, patch)
    assert (refused.value.field, refused.value.reason) == (field, "invalid_branding")
    assert platform.branding.get(ada).version == 0


def test_threat_33_every_problem_is_told_at_once() -> None:
    platform, _, ada = house()
    with pytest.raises(InvalidInputError) as refused:
        platform.branding.patch(ada, 0, {"theme": "pink", "primary_color": "red", "support_email": "x"})
    assert len(refused.value.also) == 2


@pytest.mark.parametrize(
    "text",
    [
        '{"theme": "dark", "theme": "light"}',
        '{"css_variables": ' + "[" * 17 + "]" * 17 + "}",
        '{"product_name": "' + "a" * 65_536 + '"}',
        '{"primary_color": 1e999}',
    ],
)
def test_threat_34_deep_long_huge_or_doubled_json_is_refused(text: str) -> None:
    platform, _, ada = house()
    with pytest.raises(InvalidInputError) as refused:
        platform.branding.patch(ada, 0, text)
    assert refused.value.field == "patch"


def test_every_service_has_an_awaited_form() -> None:
    platform, operator, ada = house()

    async def work() -> None:
        names = [
            f"{service}.{name}"
            for service in ("tenants", "users", "organizations", "routing", "usage", "audit", "runs", "scenarios")
            + ("notes", "subscriptions", "statistics", "branding", "configuration")
            for name in dir(type(getattr(platform, service)))
            if not name.startswith("_") and not name.endswith("_async")
        ]
        assert len(names) > 40
        for name in names:
            service, method = name.split(".")
            assert asyncio.iscoroutinefunction(getattr(getattr(platform, service), f"{method}_async")), name
        made = await platform.organizations.create_async(ada, "North")
        both = await asyncio.gather(platform.organizations.list_async(ada), platform.branding.get_async(ada))
        assert made.id in [one["id"] for one in both[0]]
        assert both[1] == platform.branding.get(ada)
        with pytest.raises(ConflictError):
            await platform.organizations.create_async(ada, "North")
        assert (await platform.tenants.by_slug_async(operator, "acme")).slug == "acme"
        assert await platform.can_async(ada, "manage_tenant")  # type: ignore[attr-defined]

    asyncio.run(work())


def test_a_tenant_is_made_once_under_a_key_renamed_and_found_by_its_domain() -> None:
    platform, operator, _ = house()
    bolt: dict[str, Any] = {"slug": "bolt", "name": "Bolt", "plan": "basic", "admin": person("bo")}
    first = platform.tenants.create(operator, **bolt, idem_key="order-7")
    assert platform.tenants.create(operator, **bolt, idem_key="order-7") == first
    with pytest.raises(ConflictError) as refused:
        platform.tenants.create(operator, **{**bolt, "name": "Other"}, idem_key="order-7")
    assert refused.value.reason == "idempotency_conflict"
    changed = platform.tenants.update(operator, first.tenant.id, 1, name="Bolt AG", domain="bolt.example.com")
    assert platform.tenants.by_domain(operator, "bolt.example.com") == changed
    assert platform.tenants.get(operator, first.tenant.id).name == "Bolt AG"
