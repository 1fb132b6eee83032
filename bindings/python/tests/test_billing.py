from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from people import OPERATORS, person

import valor_ivx
from valor_ivx import Platform

DAY = 86_400_000_000


@pytest.fixture
def house(url: str) -> SimpleNamespace:
    """A tenant on the professional plan, with its administrator."""
    platform = Platform.open(url, operators=OPERATORS)
    operator = platform.principal(issuer="host", subject="root", kind="Platform")
    made = platform.tenants.create(operator, slug="acme", name="Acme", plan="professional", admin=person("ada"))
    admin = platform.principal(issuer="idp", subject="ada", tenant=made.tenant.id)
    return SimpleNamespace(platform=platform, url=url, operator=operator, tenant=made.tenant.id, admin=admin)


def test_a_plan_is_previewed_and_committed_once(house: SimpleNamespace) -> None:
    subscriptions = house.platform.subscriptions
    preview = subscriptions.preview(house.admin, "enterprise", "Yearly")
    assert preview.direction == "upgrade" and preview.blocked_by == []
    assert sum(line.amount_minor for line in preview.lines) == preview.net_minor
    assert preview.lines[1].amount_minor == 999_000
    with pytest.raises(valor_ivx.LimitExceededError) as refused:
        subscriptions.commit(house.admin, preview.token, "k")
    assert refused.value.reason == "billing_not_authorized"
    preview = subscriptions.preview(house.operator, "enterprise", "Yearly", tenant=house.tenant)
    changed = subscriptions.commit(house.operator, preview.token, "k", tenant=house.tenant)
    assert changed == subscriptions.commit(house.operator, preview.token, "k", tenant=house.tenant)
    assert (changed.subscription.plan, changed.subscription.cycle) == ("enterprise", "Yearly")
    assert changed.invoices[0].total_minor == preview.net_minor
    assert [invoice.number for invoice in subscriptions.invoices(house.admin)] == [2, 1]
    assert subscriptions.invoice(house.admin, changed.invoices[0].id) == changed.invoices[0]
    assert subscriptions.get(house.admin).plan == "enterprise"
    with pytest.raises(valor_ivx.ConflictError) as stale:
        subscriptions.commit(house.operator, preview.token, "other", tenant=house.tenant)
    assert stale.value.reason == "preview_stale"


def test_a_plan_that_use_is_beyond_is_blocked(house: SimpleNamespace) -> None:
    for i in range(10):
        house.platform.users.create(house.admin, **person(f"user-{i}"))
    subscriptions = house.platform.subscriptions
    preview = subscriptions.preview(house.operator, "basic", tenant=house.tenant)
    assert [(one.kind, one.used, one.limit) for one in preview.blocked_by] == [("users", 11, 10)]
    with pytest.raises(valor_ivx.ConflictError) as blocked:
        subscriptions.commit(house.operator, preview.token, "k", tenant=house.tenant)
    assert blocked.value.reason == "blocked" and blocked.value.blocked_by[0]["used"] == 11


def test_what_is_not_paid_ends_and_what_is_cancelled_can_begin_again(house: SimpleNamespace) -> None:
    subscriptions, of = house.platform.subscriptions, {"tenant": house.tenant}
    (first,) = subscriptions.invoices(house.operator, **of)
    assert subscriptions.payment_failed(house.operator, first.id, **of).subscription.state == "PastDue"
    paid = subscriptions.payment_received(house.operator, first.id, **of)
    assert (paid.subscription.state, paid.invoices[0].state) == ("Active", "Paid")
    assert subscriptions.cancel(house.operator, **of).subscription.cancel_at_period_end
    assert not subscriptions.withdraw(house.operator, **of).subscription.cancel_at_period_end
    assert subscriptions.cancel(house.operator, "now", **of).subscription.state == "Cancelled"
    with pytest.raises(valor_ivx.DeniedError) as denied:
        house.platform.run(house.admin, {"model": "npv", "inputs": {"rate": 0.1, "cashflows": [-1.0, 2.0]}})
    assert denied.value.reason == "subscription_state"
    again = subscriptions.reactivate(house.operator, "basic", **of)
    assert (again.subscription.state, again.invoices[0].total_minor) == ("Active", 9_900)
    assert subscriptions.history(house.operator, 1, **of)[0].event == "reactivate"
    assert subscriptions.advance(house.operator).done == 0


def test_invoices_wait_until_they_are_fetched(house: SimpleNamespace) -> None:
    subscriptions = house.platform.subscriptions
    (waiting,) = subscriptions.outbox(house.operator)
    assert (waiting.tenant, waiting.invoice.number) == (house.tenant, 1)
    subscriptions.delivered(house.operator, waiting.invoice.id, tenant=house.tenant)
    assert subscriptions.outbox(house.operator) == []


def test_use_is_recorded_once_and_reported(house: SimpleNamespace) -> None:
    usage, at = house.platform.usage, 1_000 * DAY + 1
    told = usage.record(house.admin, "export", 3, idem_key="k", at=at, dims={"region": "eu"})
    assert not told.duplicate and told.event.quantity == 3
    assert usage.record(house.admin, "export", 3, idem_key="k", at=at, dims={"region": "eu"}).duplicate
    with pytest.raises(valor_ivx.ConflictError):
        usage.record(house.admin, "export", 4, idem_key="k", at=at)
    with pytest.raises(valor_ivx.InvalidInputError) as refused:
        usage.record(house.admin, "export", -1, idem_key="less")
    assert (refused.value.field, refused.value.value) == ("quantity", -1)
    (day,) = usage.totals(house.admin, "export", 999 * DAY, 1_002 * DAY)
    assert (day.start, day.quantity) == (1_000 * DAY, 3)
    report = usage.report(house.admin)
    assert (report.plan, report.limits[0].kind, report.limits[0].used) == ("professional", "users", 1)


def test_a_host_brings_its_own_plans_and_they_are_checked_whole(house: SimpleNamespace) -> None:
    plans = house.platform.plans(house.admin)
    assert [plan["id"] for plan in plans["plans"]] == ["basic", "professional", "enterprise"]
    plans["plans"][0]["monthly_minor"] = 5_000
    own = Platform.open("memory:", operators=OPERATORS, plans=[plans])
    operator = own.principal(issuer="host", subject="root", kind="Platform")
    made = own.tenants.create(operator, slug="acme", name="Acme", plan="basic", admin=person("ada"), trial_days=30)
    assert made.subscription.state == "Trial"
    bought = own.subscriptions.activate(operator, tenant=made.tenant.id)
    assert bought.invoices[0].total_minor == 5_000
    plans["plans"][0]["monthly_minor"], plans["plans"][1]["features"] = -1, ["teleportation"]
    with pytest.raises(valor_ivx.InvalidInputError) as refused:
        Platform.open("memory:", plans=[plans])
    assert refused.value.field == "plans[0].monthly_minor" and len(refused.value.also) == 1


class Till:
    """A host's till that allows what is asked, unless it is shut."""

    def __init__(self) -> None:
        self.shut: BaseException | None = None
        self.asked: list[Any] = []
        self.taken: list[tuple[int, str, str]] = []

    def authorize(self, change: Any) -> bool:
        self.asked.append(change)
        if self.shut is not None:
            raise self.shut
        return True

    def issue(self, invoice: Any, idem_key: str) -> None:
        if self.shut is not None:
            raise self.shut
        self.taken.append((invoice.number, idem_key, invoice.tenant))


def test_a_hosts_sink_says_who_may_buy_takes_invoices_and_raises_through() -> None:
    till = Till()
    platform = Platform.open("memory:", operators=OPERATORS, billing=till)
    operator = platform.principal(issuer="host", subject="root", kind="Platform")
    made = platform.tenants.create(operator, slug="acme", name="Acme", plan="professional", admin=person("ada"))
    admin = platform.principal(issuer="idp", subject="ada", tenant=made.tenant.id)
    preview = platform.subscriptions.preview(admin, "enterprise")

    till.shut = LookupError("the till is shut")
    with pytest.raises(LookupError) as refused:
        platform.subscriptions.commit(admin, preview.token, "k")
    assert refused.value is till.shut
    assert platform.subscriptions.get(admin).plan == "professional"
    with pytest.raises(LookupError) as refused:
        platform.subscriptions.deliver(operator)
    assert refused.value is till.shut and till.taken == []

    till.shut = None
    assert platform.subscriptions.commit(admin, preview.token, "k").subscription.plan == "enterprise"
    asked = till.asked[-1]
    assert (asked.to_plan, asked.net_minor, asked.tenant) == ("enterprise", preview.net_minor, made.tenant.id)
    assert platform.subscriptions.deliver(operator).done == 2
    invoices = {invoice.number: invoice.id for invoice in platform.subscriptions.invoices(admin)}
    assert till.taken == [(number, invoices[number], made.tenant.id) for number in (1, 2)]


def test_a_sink_that_says_neither_yes_nor_no_is_an_error_and_sells_nothing() -> None:
    till = Till()
    till.authorize = lambda change: "yes"  # type: ignore[assignment,return-value]
    platform = Platform.open("memory:", operators=OPERATORS, billing=till)
    operator = platform.principal(issuer="host", subject="root", kind="Platform")
    made = platform.tenants.create(operator, slug="acme", name="Acme", plan="professional", admin=person("ada"))
    admin = platform.principal(issuer="idp", subject="ada", tenant=made.tenant.id)
    with pytest.raises(TypeError):
        platform.subscriptions.commit(admin, platform.subscriptions.preview(admin, "enterprise").token, "k")
    assert platform.subscriptions.get(admin).plan == "professional"
