"""Leveraged buy-outs small enough to be followed by hand."""

from __future__ import annotations

from typing import Any

from .exact import case, d, root

ROSENBAUM = "Rosenbaum, Pearl, Investment Banking: leveraged buyouts, "

# 100 of EBITDA, bought and sold at 8.0x; neither growth nor tax.
PLAIN: dict[str, Any] = {
    "years": 3,
    "base_revenue": 1000,
    "revenue_growth": 0,
    "ebitda_margin": 0.1,
    "tax_rate": 0,
    "entry_multiple": 8,
    "exit": {"multiple": 8},
}
LOAN = {"name": "loan", "amount": 400, "rate": 0.1, "sweep_priority": 1}


def returns() -> None:
    # Without debt the cash of three years is kept and comes with the exit.
    after_tax = 100 - d(0.25) * 100
    proceeds = 800 + 3 * after_tax
    moic = proceeds / 800
    inputs = {**PLAIN, "tax_rate": 0.25}
    expected = {
        "sponsor_equity": 800,
        "total_debt": 0,
        "exit_cash": 225,
        "moic": moic,
        "irr": moic ** (d(1) / 3) - 1,
        "schedule": {"cash": [0, 75, 150, 225]},
        "wiped_out": False,
    }
    case("lbo_all_equity", "lbo", inputs, expected, source=ROSENBAUM + "(1 + IRR)^n = MOIC without interim flows")

    # Swept debt: 400, 340, 274, 201.4.
    inputs = {**PLAIN, "tranches": [LOAN]}
    moic = d("598.6") / 400
    expected = {
        "sponsor_equity": 400,
        "leverage": 4,
        "exit_equity": d("598.6"),
        "moic": moic,
        "irr": moic ** (d(1) / 3) - 1,
        "tranches": [{"balance": [400, 340, 274, d("201.4")], "interest": [40, 34, d("27.4")], "irr": d("0.1")}],
        "total_interest": d("101.4"),
        "value_bridge": {"net_debt_reduction": d("198.6"), "ebitda_growth": 0, "total": d("198.6")},
        "credit": {
            "leverage": [d("3.4"), d("2.74"), d("2.014")],
            "interest_cover": [d("2.5"), 100 / d(34), 100 / d("27.4")],
        },
    }
    case(
        "lbo_one_tranche_swept",
        "lbo",
        inputs,
        expected,
        source=ROSENBAUM + "cash available for debt repayment, 100 % sweep",
    )

    # Average balances: with sweep s, interest is r (B - s/2) and s = (1 - t)(E - interest) + t DA - capex.
    rate, tax, balance, balances = d("0.1"), d("0.25"), d(400), [d(400)]
    for _ in range(3):
        balance -= (1 - tax) * (100 - rate * balance) / (1 - (1 - tax) * rate / 2)
        balances.append(balance)
    inputs = {**PLAIN, "tax_rate": 0.25, "tranches": [LOAN], "interest_basis": "average"}
    moic = (800 - balance) / 400
    expected = {"tranches": [{"balance": balances}], "moic": moic, "irr": moic ** (d(1) / 3) - 1}
    case(
        "lbo_average_interest_closed_form",
        "lbo",
        inputs,
        expected,
        rel=1e-10,
        source=ROSENBAUM + "average interest; the circle is linear in the sweep and solved in closed form",
    )

    for name, multiple, expected in (
        ("wiped_out", 1, {"exit_equity": d("-101.4"), "proceeds": 0, "moic": 0, "irr": -1, "wiped_out": True}),
        (
            "loss",
            5,
            {
                "exit_equity": d("298.6"),
                "moic": d("298.6") / 400,
                "irr": (d("298.6") / 400) ** (d(1) / 3) - 1,
                "wiped_out": False,
            },
        ),
    ):
        inputs = {**PLAIN, "tranches": [LOAN], "exit": {"multiple": multiple}}
        case(f"lbo_{name}", "lbo", inputs, expected, source=ROSENBAUM + "returns; limited liability of the sponsor")


def debt_terms() -> None:
    # Interest that accrues compounds; the lender earns its rate.
    note = {"name": "pik", "amount": 200, "rate": 0, "pik_rate": 0.12}
    inputs = {**PLAIN, "tranches": [note]}
    owed = 200 * d("1.12") ** 3
    moic = (800 + 300 - owed) / 600
    expected = {
        "exit_debt": owed,
        "tranches": [{"balance": [200, 224, d("250.88"), owed], "irr": d("0.12")}],
        "moic": moic,
        "irr": moic ** (d(1) / 3) - 1,
        "schedule": {"cash_interest": [0, 0, 0], "pik_interest": [24, d("26.88"), owed - d("250.88")]},
    }
    case("lbo_pik", "lbo", inputs, expected, source=ROSENBAUM + "payment-in-kind notes compound")
    toggled = {"name": "toggle", "amount": 200, "rate": 0.1, "pik_toggle_years": [2], "pik_premium": 0.01}
    expected = {"tranches": [{"balance": [200, 200, 222, 222], "interest": [20, 0, d("22.2")], "pik": [0, 22, 0]}]}
    case(
        "lbo_pik_toggle",
        "lbo",
        {**PLAIN, "tranches": [toggled]},
        expected,
        source=ROSENBAUM + "PIK toggle with a premium",
    )

    # 40 of interest and 90 of investment against 100: the revolver lends 30, then 33, then 36.3.
    inputs = {**PLAIN, "capex_pct": 0.09, "tranches": [LOAN], "revolver": {"limit": 200, "rate": 0.1}}
    expected = {
        "schedule": {
            "revolver": [0, 30, 63, d("99.3")],
            "revolver_draw": [30, 33, d("36.3")],
            "sweep": [0, 0, 0],
            "total_debt": [400, 430, 463, d("499.3")],
        },
        "exit_equity": d("300.7"),
    }
    case("lbo_revolver", "lbo", inputs, expected, source=ROSENBAUM + "revolver draws fund the shortfall")
    case(
        "lbo_revolver_limit",
        "lbo",
        {**inputs, "revolver": {"limit": 50, "rate": 0.1}},
        error={"kind": "Undefined", "what": "liquidity"},
        source=ROSENBAUM + "a revolver lends up to its commitment",
    )
    # A fee of 1 % on what is not drawn: 2, then on 168 (200 less 32), and so on.
    inputs = {**inputs, "revolver": {"limit": 200, "rate": 0.1, "undrawn_fee": 0.01}}
    drawn = [d(0)]
    for _ in range(3):
        drawn.append(drawn[-1] + 30 + d("0.1") * drawn[-1] + d("0.01") * (200 - drawn[-1]))
    case(
        "lbo_commitment_fee",
        "lbo",
        inputs,
        {"schedule": {"revolver": drawn}},
        source=ROSENBAUM + "commitment fee on the undrawn part",
    )

    # Senior first; 5 % of the original amount is due every year on the term loan, whatever the sweep.
    tranches = [
        {"name": "term", "amount": 200, "rate": 0.05, "amortization": 0.05, "sweep_priority": 1},
        {"name": "junior", "amount": 200, "rate": 0.1, "sweep_priority": 2},
        {"name": "bond", "amount": 100, "floating": {"base": 0.02, "spread": 0.06, "floor": 0.04}},
    ]
    term, junior, mandatory, sweep = d(200), d(200), [], []
    for _ in range(3):
        cash = 100 - d("0.05") * term - d("0.1") * junior - 10
        mandatory.append(d(10) if term >= 10 else term)
        free = cash - mandatory[-1]
        term -= mandatory[-1]
        to_term = min(term, free)
        to_junior = min(junior, free - to_term)
        sweep.append(to_term + to_junior)
        term, junior = term - to_term, junior - to_junior
    inputs = {**PLAIN, "tranches": tranches}
    expected = {"schedule": {"mandatory": mandatory, "sweep": sweep}, "exit_debt": term + junior + 100}
    case(
        "lbo_waterfall_by_seniority",
        "lbo",
        inputs,
        expected,
        source=ROSENBAUM + "mandatory amortization, then sweep in order of priority; floor on the base rate",
    )

    # Due in year 2, refinanced by the revolver.
    inputs = {
        **PLAIN,
        "tranches": [{"name": "bullet", "amount": 400, "rate": 0.1, "maturity": 2}],
        "revolver": {"rate": 0.08},
    }
    # 60 kept in year 1, 60 in year 2: 280 are drawn; then 100 less 22.4 repay.
    expected = {"schedule": {"mandatory": [0, 400, 0], "revolver": [0, 0, 280, d("202.4")], "cash": [0, 60, 0, 0]}}
    case("lbo_maturity", "lbo", inputs, expected, source=ROSENBAUM + "bullet maturity")


def sources_and_tax() -> None:
    # Uses: 800 + 20 + 3 % of 400 + 10 of cash; sponsor and rollover of 42 are what debt leaves.
    inputs = {
        **PLAIN,
        "tax_rate": 0.3,
        "da_pct": 0.02,
        "transaction_fees": 20,
        "minimum_cash": 10,
        "rollover_equity": 42,
        "tranches": [{**LOAN, "fee_pct": 0.02, "oid_pct": 0.01}],
        "management_pool": {"pct": 0.1, "hurdle_moic": 1},
    }
    tax = d("0.3")
    debt, taxes = d(400), []
    for _ in range(3):
        interest = debt / 10
        taxes.append(tax * (100 - 20 - 4 - interest))
        debt -= 100 - taxes[-1] - interest
    proceeds = 800 - debt + 10
    pool = d("0.1") * (proceeds - 442)
    moic = (proceeds - pool) / 442
    expected = {
        "uses": {"total": 842},
        "sources": {"total": 842},
        "sponsor_equity": 400,
        "exit_equity": proceeds,
        "schedule": {"tax": taxes, "fee_amortization": [4, 4, 4]},
        "moic": moic,
        "irr": moic ** (d(1) / 3) - 1,
        "value_bridge": {"fees": -32, "management_pool": -pool, "total": proceeds - pool - 442},
    }
    case(
        "lbo_fees_and_pool",
        "lbo",
        inputs,
        expected,
        source=ROSENBAUM + "sources and uses, amortization of financing fees, management options",
    )
    case(
        "lbo_debt_exceeds_uses",
        "lbo",
        {**PLAIN, "tranches": [{**LOAN, "amount": 900}]},
        error={"kind": "Undefined", "what": "sponsor_equity"},
        source=ROSENBAUM + "equity is the plug of sources and uses",
    )
    case(
        "lbo_two_prices",
        "lbo",
        {**PLAIN, "purchase_price": 800},
        error={"kind": "InvalidInput"},
        source=ROSENBAUM + "one purchase price",
    )

    # 30 % of EBITDA may be deducted; of 40, 35.8 and so on the rest is carried forward.
    inputs = {**PLAIN, "tax_rate": 0.25, "tranches": [LOAN], "interest_limit": {"pct": 0.3, "base": "ebitda"}}
    debt, carried, taxes = d(400), d(0), []
    for _ in range(3):
        interest = debt / 10
        deductible = min(interest + carried, d(30))
        carried += interest - deductible
        taxes.append((100 - deductible) / 4)
        debt -= 100 - taxes[-1] - interest
    case(
        "lbo_interest_limit",
        "lbo",
        inputs,
        {"schedule": {"tax": taxes}, "exit_debt": debt},
        source="26 U.S.C. 163(j); Directive (EU) 2016/1164, art. 4: 30 % of EBITDA, excess carried forward",
    )

    # Half of the cash is swept, also of what was kept before; 40 are paid out in year 2.
    inputs = {**PLAIN, "tranches": [LOAN], "cash_sweep": 0.5, "dividends": [{"year": 2, "amount": 40}]}
    # Year 1: 60, half each. Year 2: 30 + 63, half of it less 40 is kept. Year 3: 6.5 + 100 - 32.35.
    exit_debt, exit_cash = d("370") - d("46.5") - d("37.075"), d("37.075")
    proceeds = 800 - exit_debt + exit_cash
    irr = root(lambda r: -400 + 40 / (1 + r) ** 2 + proceeds / (1 + r) ** 3, 0, 1)
    expected = {"exit_debt": exit_debt, "exit_cash": exit_cash, "moic": (40 + proceeds) / 400, "irr": irr}
    case(
        "lbo_dividend", "lbo", inputs, expected, source=ROSENBAUM + "dividend recapitalization: IRR with interim flows"
    )
    case(
        "lbo_dividend_without_the_cash",
        "lbo",
        {**inputs, "dividends": [{"year": 2, "amount": 60}]},
        error={"kind": "Undefined", "what": "liquidity", "why": "year 2 short by 13.5"},
        source=ROSENBAUM + "dividends are paid from cash",
    )

    # Covenants: EBITDA may fall until leverage is 3.5x, or until cover is 2.0x.
    inputs = {
        **PLAIN,
        "tranches": [LOAN],
        "covenants": [{"kind": "max_total_leverage", "level": 3.5}, {"kind": "min_interest_cover", "level": 3}],
    }
    leverage, cover = [d("3.4"), d("2.74"), d("2.014")], [d("2.5"), 100 / d(34), 100 / d("27.4")]
    expected = {
        "covenants": [
            {"actual": leverage, "headroom": [1 - x / d("3.5") for x in leverage], "breached": [False, False, False]},
            {"actual": cover, "headroom": [1 - 3 / x for x in cover], "breached": [True, True, False]},
        ]
    }
    case(
        "lbo_covenants", "lbo", inputs, expected, source=ROSENBAUM + "maintenance covenants; headroom as fall of EBITDA"
    )


def write() -> None:
    returns()
    debt_terms()
    sources_and_tax()
