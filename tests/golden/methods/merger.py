"""Accretion and dilution, by hand."""

from __future__ import annotations

from typing import Any

from .exact import case, d, root

ROSENBAUM = "Rosenbaum, Pearl, Investment Banking: "
PIGNATARO = "Pignataro, Mergers, Acquisitions, Divestitures, and Other Restructurings: "
BREALEY = "Brealey, Myers, Allen, Principles of Corporate Finance: "


def paid_in_shares() -> None:
    # Equal price-earnings ratios, no premium: nobody's earnings per share move.
    parties = {
        "acquirer": {"shares": 100, "share_price": 20, "net_income": 200, "tax_rate": 0.25},
        "target": {"shares": 50, "share_price": 10, "net_income": 50},
    }
    inputs = {**parties, "years": 1, "offer": {"premium": 0}, "consideration": {"cash_pct": 0, "stock_pct": 1}}
    expected = {
        "equity_price": 500,
        "new_shares": 25,
        "exchange_ratio": d("0.5"),
        "ownership_target": d("0.2"),
        "new_debt": 0,
        "schedule": {"pro_forma_eps": [2], "accretion": [0], "accretion_pct": [0]},
    }
    case(
        "merger_equal_price_earnings",
        "merger",
        inputs,
        expected,
        source=BREALEY + "the bootstrap game, equal price-earnings ratios",
    )

    # World Enterprises buys Muck and Slurry: earnings 200 each, prices 40 and 20, 100,000 shares each.
    inputs = {
        "years": 1,
        "acquirer": {"shares": 100000, "share_price": 40, "net_income": 200000, "tax_rate": 0},
        "target": {"shares": 100000, "share_price": 20, "net_income": 200000},
        "offer": {"equity_price": 2000000},
        "consideration": {"cash_pct": 0, "stock_pct": 1},
    }
    expected = {
        "new_shares": 50000,
        "schedule": {"acquirer_eps": [2], "pro_forma_eps": [d(400000) / 150000], "pro_forma_shares": [150000]},
        "ownership_target": d(1) / 3,
    }
    case(
        "merger_bootstrap_game",
        "merger",
        inputs,
        expected,
        source=BREALEY + "the bootstrap game, World Enterprises and Muck and Slurry: EPS from 2.00 to 2.67",
    )

    # A ratio of 0.8 and 2 of cash for each of 50 shares, and of 5 options at 10 by the treasury method.
    price = d("0.8") * 20 + 2
    diluted = 50 + 5 * (1 - 10 / price)
    cash = 2 * diluted
    inputs = {
        "years": 1,
        "acquirer": parties["acquirer"],
        "target": {**parties["target"], "share_price": 15, "options": [{"count": 5, "strike": 10}]},
        "offer": {"exchange_ratio": 0.8, "cash_per_share": 2},
        "financing": {"new_debt_rate": 0.08},
    }
    income = 250 - d("0.08") * cash * d("0.75")
    expected = {
        "offer_price": price,
        "premium": price / 15 - 1,
        "equity_price": price * diluted,
        "new_shares": d("0.8") * diluted,
        "cash_consideration": cash,
        "new_debt": cash,
        "schedule": {"pro_forma_net_income": [income], "pro_forma_eps": [income / (100 + d("0.8") * diluted)]},
    }
    case(
        "merger_exchange_ratio_and_options",
        "merger",
        inputs,
        expected,
        source=ROSENBAUM + "exchange ratio; treasury stock method at the offer price",
    )
    # A price for all the equity: p (50 + 5) - 5 x 10 = 930 where the options are exercised.
    inputs = {**inputs, "offer": {"equity_price": 930}, "consideration": {"cash_pct": 0, "stock_pct": 1}}
    price = root(lambda p: p * (50 + 5 * (1 - 10 / p)) - 930, 11, 30)
    expected = {"offer_price": price, "new_shares": d(930) / 20, "exchange_ratio": d(930) / 20 / (930 / price)}
    case(
        "merger_price_of_all_equity",
        "merger",
        inputs,
        expected,
        source=ROSENBAUM + "fully diluted shares by the treasury stock method, price and dilution together",
    )


def financed() -> None:
    inputs: dict[str, Any] = {
        "years": 3,
        "acquirer": {
            "shares": 100,
            "share_price": 20,
            "net_income": [200, 210, 220],
            "tax_rate": 0.25,
            "net_debt": 100,
        },
        "target": {
            "shares": 50,
            "share_price": 10,
            "ebitda": [90, 95, 100],
            "da": 10,
            "interest": 8,
            "net_debt": 100,
            "book_equity": 300,
            "existing_goodwill": 40,
            "revenue": 400,
        },
        "offer": {"premium": 0.3},
        "consideration": {"cash_pct": 0.6, "stock_pct": 0.4},
        "financing": {
            "cash_on_hand": 90,
            "cash_yield": 0.03,
            "new_debt_rate": 0.07,
            "new_debt_amortization": 0.2,
            "refinance_target_debt": True,
            "financing_fees": 10,
            "fee_years": 5,
        },
        "advisory_fees": 15,
        "expense_fees": True,
        "ppa": {"intangibles": 120, "intangibles_life": 2.5, "asset_step_up": 30, "asset_life": 6},
        "synergies": {"cost": 20, "ramp": [0.5, 1], "cost_to_achieve": [8], "growth": 0.02, "discount_rate": 0.1},
    }
    # Price 650: 390 in cash, 260 as 13 shares; debt = 390 + 15 + 10 + 100 - 90.
    debt, keep = d(425), d("0.75")
    own = [d(200), d(210), d(220)]
    bought = [keep * (e - 18) for e in (90, 95, 100)]
    synergies = [d(10), 20 * d("1.02"), 20 * d("1.02") ** 2]
    achieve = [8, 0, 0]
    financing = [d("0.07") * debt * (1 - d("0.2") * t) + d("2.7") + 2 for t in range(3)]
    amortization = [d(48 + 5), d(48 + 5), d(24 + 5)]
    income, breakeven, cash_eps = [], [], []
    for t in range(3):
        before = own[t] + bought[t] + keep * (-achieve[t] - financing[t] - amortization[t] + 8) - (15 if t == 0 else 0)
        income.append(before + keep * synergies[t])
        breakeven.append((own[t] / 100 * 113 - before) / keep)
        cash_eps.append((income[t] + keep * amortization[t]) / 113)
    liability = d("0.25") * 150
    goodwill = 650 - (300 - 40 + 150 - liability)
    pv = sum(keep * (s - c) / d("1.1") ** (t + 1) for t, (s, c) in enumerate(zip(synergies, achieve)))
    combined = 2000 + 500 + pv - 390 - 25
    to_target = 390 + combined * 13 / 113
    expected = {
        "equity_price": 650,
        "transaction_ev": 750,
        "ev_ebitda": d(750) / 90,
        "ev_revenue": d(750) / 400,
        "new_debt": debt,
        "new_shares": 13,
        "uses": {"total": 775},
        "sources": {"total": 775, "stock": 260},
        "pro_forma_net_debt": 100 + 100 + 390 + 25,
        "goodwill": goodwill,
        "deferred_tax_liability": liability,
        "bargain_gain": 0,
        "schedule": {
            "synergies": synergies,
            "financing_cost": financing,
            "amortization": amortization,
            "target_net_income": bought,
            "pro_forma_net_income": income,
            "pro_forma_eps": [x / 113 for x in income],
            "breakeven_synergies": breakeven,
            "cash_eps": cash_eps,
            "accretion": [x / 113 - y / 100 for x, y in zip(income, own)],
        },
        "pv_synergies": pv,
        "gain_target": to_target - 500,
        "gain_acquirer": combined * 100 / 113 - 2000,
        "roic": (keep * 80 + keep * 10) / d(650 + 100 + 25),
    }
    case(
        "merger_cash_and_shares",
        "merger",
        inputs,
        expected,
        source=ROSENBAUM + "merger consequences, purchase price allocation; " + BREALEY + "gains and costs of mergers",
    )
    # A bargain: price 200 for net assets of 300.
    inputs = {
        "years": 1,
        "acquirer": {"shares": 100, "share_price": 20, "net_income": 200, "tax_rate": 0.25},
        "target": {"shares": 50, "net_income": 20, "book_equity": 300},
        "offer": {"equity_price": 200},
        "consideration": {"cash_pct": 1, "stock_pct": 0},
        "financing": {"cash_on_hand": 200, "cash_yield": 0.04},
    }
    expected = {
        "bargain_gain": 100,
        "goodwill": 0,
        "schedule": {"accretion": [(20 - d("0.75") * 8) / 100], "financing_cost": [8]},
    }
    case(
        "merger_bargain_purchase",
        "merger",
        inputs,
        expected,
        source="IFRS 3, Business Combinations, paragraph 34: bargain purchase",
    )
    # All debt at 8 %: 200 more is worth paying until after-tax interest eats what is bought.
    inputs = {**inputs, "financing": {"new_debt_rate": 0.08}}
    expected = {"max_price": 20 / (d("0.75") * d("0.08")), "new_debt": 200}
    case(
        "merger_maximum_price",
        "merger",
        inputs,
        expected,
        rel=1e-9,
        source=PIGNATARO + "accretion as long as the earnings yield exceeds the after-tax cost of debt",
    )
    # All shares: n = Q/20 and 2 n = 20 of income.
    inputs = {**inputs, "consideration": {"cash_pct": 0, "stock_pct": 1}, "financing": {}}
    case(
        "merger_maximum_price_in_shares",
        "merger",
        inputs,
        {"max_price": 200, "new_shares": 10},
        rel=1e-9,
        source=PIGNATARO + "accretion as long as the target's price-earnings ratio is below the acquirer's",
    )


def refusals() -> None:
    base = {
        "acquirer": {"shares": 100, "share_price": 20, "net_income": 200, "tax_rate": 0.25},
        "target": {"shares": 50, "net_income": 20},
        "offer": {"equity_price": 200},
        "consideration": {"cash_pct": 1, "stock_pct": 0},
        "financing": {"new_debt_rate": 0.08},
    }
    source = BREALEY + "growing perpetuity of synergies"
    inputs = {**base, "synergies": {"cost": 10, "growth": 0.1, "discount_rate": 0.1, "perpetual": True}}
    case(
        "merger_synergies_grow_too_fast",
        "merger",
        inputs,
        error={"kind": "Undefined", "what": "pv_synergies"},
        source=source,
    )
    inputs = {**base, "synergies": {"cost": 10, "growth": 0.02, "discount_rate": 0.1, "perpetual": True}}
    # Ten growing at 2 % for ever, after a quarter of tax.
    case("merger_synergies_for_ever", "merger", inputs, {"pv_synergies": d("7.5") / d("0.08")}, source=source)
    inputs = {**base, "consideration": {"cash_pct": 0.5, "stock_pct": 0.4}}
    case(
        "merger_mix_does_not_add_up",
        "merger",
        inputs,
        error={"kind": "InvalidInput"},
        source=ROSENBAUM + "cash and stock are the whole consideration",
    )
    loss = {**base, "acquirer": {**base["acquirer"], "net_income": -10}}
    expected = {"schedule": {"acquirer_eps": [d("-0.1")] * 3, "accretion_pct": [None] * 3}}
    case(
        "merger_no_percent_of_a_loss",
        "merger",
        loss,
        expected,
        source=ROSENBAUM + "percentages of negative earnings are not meaningful",
    )


def write() -> None:
    paid_in_shares()
    financed()
    refusals()
