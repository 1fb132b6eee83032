"""Corners of the larger engines: one rule at a time, in figures small enough for mental arithmetic."""

from __future__ import annotations

from typing import Any

from .buyout import LOAN, PLAIN, ROSENBAUM
from .exact import case, d, present_value, root
from .firm import DAMODARAN, KOLLER, stage


def company_rules() -> None:
    base: dict[str, Any] = {"base_revenue": 100, "tax_rate": 0.25, "wacc": 0.1}
    # Capital of 0.5 a unit of sales contains working capital: growth 10, 20 % margin, reinvestment 5.
    inputs = {
        **base,
        "reinvestment_basis": "sales_to_invested_capital",
        "base_invested_capital": 50,
        "stages": [stage(2, growth=0.1, ebit_margin=0.2, sales_to_capital=2)],
        "terminal": {"method": "value_driver", "growth": 0.05, "ronic": 0.2},
    }
    nopat = [d("16.5"), d("18.15")]
    flows = [d("11.5"), d("12.65")]
    after = nopat[1] * d("1.05")
    terminal = after * d("0.75") / d("0.05")
    expected = {
        "schedule": {
            "fcff": flows,
            "reinvestment": [5, d("5.5")],
            "invested_capital": [55, d("60.5")],
            "roic": [d("0.33"), d("0.33")],
        },
        "terminal_nopat": after,
        "terminal_value": terminal,
        "implied_ronic": d("0.2"),
        "enterprise_value": present_value(flows, d("0.1")) + terminal / d("1.21"),
    }
    case(
        "dcf_invested_capital",
        "dcf",
        inputs,
        expected,
        source=KOLLER + "invested capital, ROIC and the value driver formula",
    )
    case(
        "dcf_working_capital_counted_twice",
        "dcf",
        {**inputs, "stages": [stage(2, growth=0.1, ebit_margin=0.2, sales_to_capital=2, nwc_pct=0.1)]},
        error={"kind": "InvalidInput", "field": "stages[0].nwc_pct"},
        source=KOLLER + "invested capital contains working capital",
    )

    # Depreciation 4 %, investment 6 %, working capital 10 %: growth of 10 takes 2.2 and 1.
    inputs = {
        **base,
        "reinvestment_basis": "capex_da_nwc",
        "stages": [stage(1, growth=0.1, ebit_margin=0.2, da_pct=0.04, capex_pct=0.06, nwc_pct=0.1)],
        "terminal": {"method": "gordon", "growth": 0.02},
    }
    flow = d("16.5") - d("2.2") - 1
    after = d("16.5") * d("1.02") - d("0.02") * 110 * d("1.02") - d("0.1") * d("0.02") * 110
    expected = {
        "schedule": {"fcff": [flow], "da": [d("4.4")], "nwc": [11]},
        "terminal_fcff": after,
        "terminal_value": after / d("0.08"),
    }
    case(
        "dcf_capital_expenditure",
        "dcf",
        inputs,
        expected,
        source=DAMODARAN + "FCFF = EBIT (1 - t) + depreciation - capital expenditure - change in working capital",
    )
    # An override replaces the item, and what follows flows from it.
    inputs = {**inputs, "overrides": [{"year": 1, "revenue": 120, "tax": 3}], "terminal": {"method": "none"}}
    flow = 24 - 3 - d("2.4") - 2
    expected = {
        "schedule": {"revenue": [120], "ebit": [24], "nopat": [21], "fcff": [flow]},
        "enterprise_value": flow / d("1.1"),
    }
    case("dcf_overrides_flow_on", "dcf", inputs, expected, source="Arithmetic of the forecast")

    # Sales fall by a fifth: assets keep their book value unless they are sold.
    inputs = {
        **base,
        "tax_rate": 0,
        "stages": [stage(1, growth=-0.2, ebit_margin=0.1, sales_to_capital=2)],
        "terminal": {"method": "none"},
    }
    for name, sold, capital in (("kept", False, 0), ("sold", True, -10)):
        expected = {
            "schedule": {"net_capex": [capital], "fcff": [8 - capital]},
            "warnings": [{"code": "divestment_floored"}] if not sold else [],
        }
        case(
            f"dcf_idle_assets_{name}",
            "dcf",
            {**inputs, "allow_divestment": sold},
            expected,
            source=DAMODARAN + "reinvestment of shrinking firms",
        )

    # Half a year earlier, also for a fading terminal: F0 = 102/1.02.
    inputs = {
        "forecast": {"fcff": [100]},
        "wacc": 0.1,
        "mid_year": True,
        "terminal": {"method": "h_model", "growth": 0.02, "growth_initial": 0.08, "half_life": 3},
    }
    terminal = 100 * (d("1.02") + 3 * d("0.06")) / d("0.08")
    expected = {
        "terminal_value": terminal,
        "terminal_value_at_horizon": terminal * d("1.1").sqrt(),
        "enterprise_value": (100 + terminal) / d("1.1").sqrt(),
    }
    case("dcf_h_model_mid_year", "dcf", inputs, expected, source="Fuller, Hsia (1984), half a year sooner")
    # Rates by year with a stub: the first one counts for its part of a year only.
    inputs = {"forecast": {"fcff": [100, 100]}, "wacc": [0.05, 0.1], "stub": 0.5, "terminal": {"method": "none"}}
    first = 50 / d("1.05").sqrt()
    expected = {"enterprise_value": first + 100 / d("1.05").sqrt() / d("1.1")}
    case("dcf_rates_by_year_with_stub", "dcf", inputs, expected, source=ROSENBAUM + "stub year")
    inputs = {
        "forecast": {"fcff": [100]},
        "wacc": 0.1,
        "terminal": {"method": "gordon", "growth": 0},
        "bridge": {"net_debt": 1200},
        "shares": 10,
        "options": [{"count": 5, "strike": 0}],
    }
    case(
        "dcf_claims_exceed_value",
        "dcf",
        inputs,
        {"equity_value": -200, "value_per_share": -20, "diluted_shares": 10},
        source="No option is exercised on a negative value",
    )


def buyout_rules() -> None:
    # Equal priority: 60 of cash to loans of 300 and 100 as three to one.
    tranches = [{**LOAN, "name": "a", "amount": 300}, {**LOAN, "name": "b", "amount": 100}]
    expected = {"tranches": [{"sweep": [45, d("49.5"), d("54.45")]}, {"sweep": [15, d("16.5"), d("18.15")]}]}
    case(
        "lbo_equal_rank",
        "lbo",
        {**PLAIN, "tranches": tranches},
        expected,
        source=ROSENBAUM + "equal rank shares in proportion to balances",
    )
    # A loan added for a dividend in year 2, which leaves the cash alone: 340 - 66 + 50 = 324, then 100 - 32.4.
    inputs = {**PLAIN, "tranches": [LOAN], "dividends": [{"year": 2, "amount": 50, "tranche": "loan"}]}
    exit_debt = d(324) - d("67.6")
    irr = root(lambda r: -400 + 50 / (1 + r) ** 2 + (800 - exit_debt) / (1 + r) ** 3, 0, 1)
    case(
        "lbo_recapitalization",
        "lbo",
        inputs,
        {"exit_debt": exit_debt, "irr": irr, "tranches": [{"balance": [400, 340, 324, exit_debt], "irr": d("0.1")}]},
        source=ROSENBAUM + "dividend recapitalization",
    )
    # An exit a year before the horizon.
    inputs = {**PLAIN, "tranches": [LOAN], "exit": {"multiple": 8, "year": 2, "fee_pct": 0.02}}
    moic = (784 - d(274)) / 400
    expected = {"exit_equity": 510, "moic": moic, "irr": moic.sqrt() - 1, "total_interest": 74}
    case("lbo_early_exit", "lbo", inputs, expected, source=ROSENBAUM + "exit year and costs of the sale")
    # Interest on cash: 30 of minimum cash earn 5 %, taxed at 20 %.
    inputs = {**PLAIN, "tax_rate": 0.2, "minimum_cash": 30, "cash_rate": 0.05}
    cash = [d(30)]
    for _ in range(3):
        cash.append(cash[-1] + (100 + d("0.05") * cash[-1]) * d("0.8"))
    case(
        "lbo_interest_on_cash",
        "lbo",
        inputs,
        {"schedule": {"cash": cash}, "sponsor_equity": 830},
        source=ROSENBAUM + "interest income",
    )
    # Income is no loss that the limit could hold back, and its use of losses is that of a dcf.
    inputs = {**PLAIN, "tax_rate": 0.25, "da_pct": 0.05, "tranches": [LOAN], "nol": {"opening": 30, "usage_limit": 0.5}}
    debt, losses, taxes = d(400), d(30), []
    for _ in range(3):
        taxable = 50 - debt / 10
        used = min(losses, taxable / 2)
        losses -= used
        taxes.append((taxable - used) / 4)
        debt -= 100 - debt / 10 - taxes[-1]
    case(
        "lbo_losses_carried_forward",
        "lbo",
        inputs,
        {"schedule": {"tax": taxes}, "exit_debt": debt},
        source=DAMODARAN + "net operating losses",
    )
    # Fixed charges: (EBITDA 100 - 20 of investment) over interest and 40 due.
    loan = {**LOAN, "amortization": 0.1, "sweep_priority": None}
    inputs = {**PLAIN, "capex_pct": 0.02, "tranches": [loan], "covenants": [{"kind": "min_fccr", "level": 0.8}]}
    charges = [d(80), d(76), d(72)]
    expected = {
        "covenants": [{"actual": [80 / c for c in charges], "headroom": [(80 - d("0.8") * c) / 100 for c in charges]}],
        "schedule": {"cash": [0, 0, 4, 12]},
    }
    case("lbo_fixed_charge_cover", "lbo", inputs, expected, source=ROSENBAUM + "fixed charge coverage covenant")
    # Tested only once more than a tenth of the revolver is drawn: 30, 63 and 99.3 of 400.
    covenants = [{"kind": "max_total_leverage", "level": 4, "springing_utilization": 0.1}]
    inputs = {
        **PLAIN,
        "capex_pct": 0.09,
        "tranches": [LOAN],
        "revolver": {"limit": 400, "rate": 0.1},
        "covenants": covenants,
    }
    case(
        "lbo_springing_covenant",
        "lbo",
        inputs,
        {"covenants": [{"actual": [d("4.3"), d("4.63"), d("4.993")], "breached": [False, True, True]}]},
        source=ROSENBAUM + "springing covenants",
    )
    # Sales grow by a tenth; a fifth of what they grow by is tied up.
    inputs = {**PLAIN, "revenue_growth": 0.1, "nwc_pct": 0.2, "base_nwc": 150}
    expected = {"schedule": {"cfads": [110 - 70, 121 - 22, d("133.1") - d("24.2")], "ebitda": [110, 121, d("133.1")]}}
    case("lbo_working_capital", "lbo", inputs, expected, source=ROSENBAUM + "cash flow before debt service")


def merger_rules() -> None:
    source = "Brealey, Myers, Allen, Principles of Corporate Finance: gains and costs of mergers"
    inputs: dict[str, Any] = {
        "years": 2,
        "acquirer": {
            "shares": 100,
            "share_price": 20,
            "net_income": [200, 220],
            "tax_rate": 0.25,
            "revenue": 900,
            "ebitda": 400,
        },
        "target": {
            "shares": 50,
            "share_price": 8,
            "net_income": 20,
            "tax_rate": 0.2,
            "revenue": 300,
            "ebitda": 50,
            "net_debt": 10,
        },
        "offer": {"price_per_share": 10},
        "consideration": {"cash_pct": 1, "stock_pct": 0},
        "financing": {"new_debt_rate": 0.08},
        "synergies": {
            "revenue": 40,
            "revenue_margin": 0.5,
            "duration": 3,
            "discount_rate": 0.1,
            "cost_to_achieve": [0, 4],
        },
        "max_price_year": 2,
    }
    # Twenty before tax for three years, also beyond the two that are shown.
    pv = 15 / d("1.1") + 12 / d("1.21") + 15 / d("1.331")
    expected = {
        "premium": d("0.25"),
        "equity_price": 500,
        "pv_synergies": pv,
        # Year 2 bears 35 less 3 after tax; after-tax interest eats it at (20 + 12) / 0.06.
        "max_price": 32 / d("0.06"),
        "gain_target": 100,
        "gain_acquirer": pv - 100,
        "contribution": {
            "revenue": {"acquirer": d("0.75"), "target": d("0.25")},
            "ebitda": {"target": 50 / d(450)},
            "net_income": {"target": 20 / d(220)},
            "ownership": {"acquirer": 1, "target": 0},
        },
        "leverage": d(510) / 450,
        "leverage_with_synergies": d(510) / 470,
        "pro_forma_net_debt": 510,
        "schedule": {"accretion": [(20 + 15 - 30) / d(100), (20 + 12 - 30) / d(100)], "synergies": [20, 20]},
    }
    case("merger_revenue_synergies", "merger", inputs, expected, rel=1e-9, source=source)
    # Debt repaid by a quarter of the original a year: interest on the balance at the start.
    inputs = {
        **inputs,
        "years": 3,
        "acquirer": {**inputs["acquirer"], "net_income": 200},
        "financing": {"new_debt_rate": 0.08, "new_debt_amortization": 0.4},
        "max_price_year": 1,
    }
    case(
        "merger_debt_repaid",
        "merger",
        inputs,
        {"schedule": {"financing_cost": [40, 24, 8]}},
        source=ROSENBAUM + "acquisition debt",
    )


def write() -> None:
    company_rules()
    buyout_rules()
    merger_rules()
