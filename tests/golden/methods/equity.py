"""Methods that share one company: dividends, residual income, economic profit, tax shields, flows to equity."""

from __future__ import annotations

from typing import Any

from .exact import case, d, ds, present_value
from .firm import COMPANY, DAMODARAN, DRIVERS, KOLLER, from_drivers

PENMAN = "Penman, Financial Statement Analysis and Security Valuation: "
OHLSON = "Ohlson (1995), Earnings, Book Values, and Dividends in Equity Valuation"


def dividends() -> None:
    inputs = {"method": "gordon", "dividend": 2, "cost_of_equity": 0.1, "terminal": {"growth": 0.04}}
    case("ddm_gordon", "ddm", inputs, {"value": d(2.08) / d(0.06)}, source="Gordon, Shapiro (1956): D1/(k - g)")
    inputs = {
        "method": "h_model",
        "dividend": 2,
        "cost_of_equity": 0.1,
        "growth_initial": 0.12,
        "half_life": 5,
        "terminal": {"growth": 0.04},
    }
    value = 2 * (d(1.04) + 5 * d(0.08)) / d(0.06)
    case(
        "ddm_h_model",
        "ddm",
        inputs,
        {"value": value},
        source="Fuller, Hsia (1984): D0 ((1 + gL) + H (gS - gL))/(r - gL)",
    )

    k, g, q = d(0.1), d(0.04), d(1.12) / d(1.1)
    pv = 2 * q * (1 - q**6) / (1 - q)
    last = 2 * d(1.12) ** 6
    value = pv + last * (1 + g) / (k - g) / (1 + k) ** 6
    inputs = {
        "dividend": 2,
        "cost_of_equity": 0.1,
        "stages": [{"years": 6, "growth": 0.12}],
        "terminal": {"growth": 0.04},
    }
    expected = {
        "value": value,
        "pv_dividends": pv,
        "terminal_value": last * (1 + g) / (k - g),
        "terminal_share": 1 - pv / value,
    }
    case("ddm_two_stages", "ddm", inputs, expected, source=DAMODARAN + "two-stage dividend discount model")
    expected = {"value": value * (1 + k).sqrt()}
    case(
        "ddm_two_stages_mid_year",
        "ddm",
        {**inputs, "mid_year": True},
        expected,
        source=DAMODARAN + "two-stage model, half a year sooner",
    )

    growth = ds([0.1, 0.1, 0.08, 0.06, 0.04])
    paid, flows = d(3), []
    for rate in growth:
        paid *= 1 + rate
        flows.append(paid)
    after = paid * (1 + g) / (k - g)
    inputs = {
        "dividend": 3,
        "cost_of_equity": 0.1,
        "terminal": {"growth": 0.04},
        "stages": [{"years": 2, "growth": 0.1}, {"years": 3, "growth": 0.04, "fade": "linear"}],
    }
    expected = {
        "value": present_value(flows, k) + after / (1 + k) ** 5,
        "schedule": {"growth": growth, "dividend": flows},
    }
    case(
        "ddm_three_stages",
        "ddm",
        inputs,
        expected,
        source=DAMODARAN + "three-stage dividend discount model, linear transition",
    )

    # Payout in perpetuity is what growth at the return on equity leaves: 1 - g/ROE.
    eps = 5 * d(1.1) ** 3
    paid = [5 * d(1.1) ** t * d(0.3) for t in (1, 2, 3)]
    after = eps * (1 + g) * (1 - g / d(0.16)) / (k - g)
    value = present_value(paid, k) + after / (1 + k) ** 3
    inputs = {
        "eps": 5,
        "cost_of_equity": 0.1,
        "stages": [{"years": 3, "growth": 0.1, "payout": 0.3}],
        "terminal": {"growth": 0.04, "roe": 0.16},
    }
    expected = {"value": value, "terminal_value": after, "implied_pe": value / 5}
    case("ddm_payout", "ddm", inputs, expected, source=DAMODARAN + "payout = 1 - g/ROE in stable growth")
    case(
        "ddm_growth_above_the_rate",
        "ddm",
        {"method": "gordon", "dividend": 1, "cost_of_equity": 0.04, "terminal": {"growth": 0.05}},
        error={"kind": "Undefined", "what": "terminal_value"},
        source="Gordon, Shapiro (1956): exists for k > g only",
    )


def residual_income() -> None:
    income, paid, k = [12, 13, 14], [5, 6, 7], d(0.1)
    book = [d(100), d(107), d(114), d(121)]
    residual = [x - k * b for x, b in zip(income, book)]
    base = {"book_value": 100, "net_income": income, "dividends": paid, "cost_of_equity": 0.1, "shares": 10}
    pv = present_value(residual, k)
    terminals: list[tuple[str, dict[str, Any], Any]] = [
        ("zero", {}, d(0)),
        ("persistence", {"method": "persistence", "omega": 0.62}, d(0.62) * residual[-1] / (1 + k - d(0.62))),
        ("growth", {"method": "growth", "growth": 0.03}, residual[-1] * d(1.03) / (k - d(0.03))),
        ("given_value", {"method": "value", "value": 150}, 150 - book[-1]),
    ]
    sources = {
        "zero": PENMAN + "residual earnings model",
        "persistence": OHLSON,
        "growth": PENMAN + "case 3, residual earnings growing for ever",
        "given_value": PENMAN + "premium over book value at the horizon",
    }
    for name, terminal, after in terminals:
        value = 100 + pv + after / (1 + k) ** 3
        inputs = {**base, "terminal": terminal} if terminal else base
        expected = {
            "equity_value": value,
            "value_per_share": value / 10,
            "price_to_book": value / 100,
            "pv_residual_income": pv,
            "schedule": {"book_value": book, "residual_income": residual},
        }
        case(f"residual_income_{name}", "residual_income", inputs, expected, source=sources[name])
    # The same value by dividends and what the shares sell for: clean surplus at work.
    value = present_value(ds(paid), k) + 150 / (1 + k) ** 3
    inputs = {**base, "terminal": {"method": "value", "value": 150}}
    case(
        "residual_income_is_dividends",
        "residual_income",
        inputs,
        {"equity_value": value},
        source=OHLSON + ": equivalence with discounted dividends",
    )
    # ROE 15 %, payout 40 %: residual income grows with book at 9 %.
    first = 100 * d(0.05)
    pv = sum(first * d(1.09) ** t / d(1.1) ** (t + 1) for t in range(4))
    inputs = {"book_value": 100, "roe": 0.15, "payout": 0.4, "years": 4, "cost_of_equity": 0.1}
    case(
        "residual_income_sustainable_growth",
        "residual_income",
        inputs,
        {"equity_value": 100 + pv},
        source=PENMAN + "growth = ROE times retention",
    )
    case(
        "residual_income_growth_above_the_rate",
        "residual_income",
        {**base, "terminal": {"method": "growth", "growth": 0.1}},
        error={"kind": "Undefined"},
        source=PENMAN + "growth below the required return",
    )


def firm_value(rate: Any, growth: Any) -> tuple[Any, list[Any], Any, list[Any]]:
    """Value of the company of `firm` with normalised growth for ever; its flows, the next one and year-end values."""
    years = from_drivers(1000, DRIVERS, 0.25)
    after = years.nopat[-1] * (1 + growth) - growth * years.revenue[-1] * (1 / d(2.5) + d(0.08))
    values = [after / (rate - growth)]
    for flow in reversed(years.flow):
        values.insert(0, (values[0] + flow) / (1 + rate))
    return values[0], years.flow, after, values


def economic_profit() -> None:
    years = from_drivers(1000, DRIVERS, 0.25)
    w, g = d(0.09), d(0.02)
    value, flows, after, values = firm_value(w, g)
    capital = [d(700)]
    for nopat, flow in zip(years.nopat, flows):
        capital.append(capital[-1] + nopat - flow)
    profit = [nopat - w * c for nopat, c in zip(years.nopat, capital)]
    inputs = {**COMPANY, "base_invested_capital": 700, "terminal": {"method": "gordon", "growth": 0.02}}
    beyond = (values[-1] - capital[-1]) / (1 + w) ** 4
    expected = {
        "enterprise_value": 700 + present_value(profit, w) + beyond,
        "mva": value - 700,
        "pv_eva": present_value(profit, w),
        "pv_terminal_eva": beyond,
        "schedule": {"eva": profit, "capital_charge": [w * c for c in capital[:-1]]},
    }
    source = "Stewart, The Quest for Value (1991); " + KOLLER + "economic profit equals discounted cash flow"
    case("eva_equals_dcf", "eva", inputs, expected, source=source)
    case(
        "eva_mid_year",
        "eva",
        {**inputs, "mid_year": True},
        error={"kind": "InvalidInput", "field": "mid_year"},
        source=KOLLER + "capital at the start of the year bears the charge",
    )


UNLEVERED = {key: value for key, value in COMPANY.items() if key != "wacc"} | {
    "terminal": {"method": "gordon", "growth": 0.02}
}


def tax_shields() -> None:
    # Modigliani and Miller: a level perpetuity with fixed debt is worth tD more.
    level = {
        "forecast": {"revenue": [1000], "ebit": [100], "da": [0], "capex": [0], "nwc": [0]},
        "base_nwc": 0,
        "tax_rate": 0.3,
        "unlevered_cost": 0.1,
        "cost_of_debt": 0.06,
        "debt": [400, 400],
        "shield_discount": "debt",
        "terminal": {"method": "gordon", "growth": 0},
    }
    expected = {"unlevered_value": 700, "pv_tax_shield": 120, "enterprise_value": 820, "schedule": {"shield": [d(7.2)]}}
    case("apv_modigliani_miller", "apv", level, expected, source="Modigliani, Miller (1963): VL = VU + Tc D")
    # The same shield at the unlevered cost, for debt that follows value.
    expected = {"pv_tax_shield": 72, "enterprise_value": 772}
    case(
        "apv_shield_at_unlevered_cost",
        "apv",
        {**level, "shield_discount": "unlevered"},
        expected,
        source=KOLLER + "adjusted present value, shields at ku",
    )
    expected = {"enterprise_value": d(820 - 15 - 25)}
    inputs = {**level, "issue_costs": 15, "distress_cost_pv": 25}
    case(
        "apv_costs_of_debt",
        "apv",
        inputs,
        expected,
        source="Myers (1974), Interactions of Corporate Financing and Investment Decisions",
    )
    case(
        "apv_shield_grows_too_fast",
        "apv",
        {**level, "terminal_debt_growth": 0.06},
        error={"kind": "Undefined"},
        source="Growing perpetuity of shields: exists for r > g only",
    )

    # Debt that is a share of value: the same as a WACC without any shield valued apart.
    ku, kd, share, g = d(0.1), d(0.05), d(0.3), d(0.02)
    for name, rate, source in (
        ("unlevered", ku - share * d(0.25) * kd, "Harris, Pringle (1985): WACC = ku - L t kd"),
        (
            "miles_ezzell",
            ku - share * d(0.25) * kd * (1 + ku) / (1 + kd),
            "Miles, Ezzell (1980): WACC = ku - L t kd (1 + ku)/(1 + kd)",
        ),
    ):
        value, _, _, values = firm_value(rate, g)
        bare = firm_value(ku, g)[0]
        inputs = {**UNLEVERED, "unlevered_cost": 0.1, "cost_of_debt": 0.05, "leverage": 0.3, "shield_discount": name}
        expected = {
            "enterprise_value": value,
            "unlevered_value": bare,
            "pv_tax_shield": value - bare,
            "equivalent_wacc": rate,
            "schedule": {"debt": [share * v for v in values], "value": values},
        }
        case(f"apv_leverage_{name}", "apv", inputs, expected, source=source)


def flows_to_equity() -> None:
    years = from_drivers(1000, DRIVERS, 0.25)
    debt = [300, 320, 330, 335, 340]
    interest = [d(0.06) * d(0.75) * b for b in debt]
    flows = [f - i + (b - a) for f, i, a, b in zip(years.flow, interest, debt, debt[1:])]
    g, k = d(0.02), d(0.12)
    after = firm_value(d(0.09), g)[2] - interest[-1] + g * 340
    value = present_value(flows, k) + after / (k - g) / (1 + k) ** 4
    inputs = {
        **UNLEVERED,
        "cost_of_equity": 0.12,
        "cost_of_debt": 0.06,
        "debt": debt,
        "terminal": {"growth": 0.02},
        "shares": 50,
    }
    expected = {
        "equity_value": value,
        "value_per_share": value / 50,
        "terminal_fcfe": after,
        "schedule": {"fcfe": flows, "net_borrowing": [20, 10, 5, 5]},
    }
    case(
        "fcfe_from_the_firm",
        "fcfe",
        inputs,
        expected,
        source=DAMODARAN + "FCFE = FCFF - interest (1 - t) + net borrowing",
    )
    inputs = {"fcfe": [10, 11], "cost_of_equity": 0.1, "terminal": {"value": 121}}
    expected = {"equity_value": 10 / d(1.1) + 132 / d(1.21)}
    case("fcfe_explicit", "fcfe", inputs, expected, source=DAMODARAN + "present value of FCFE")
    inputs = {"fcfe": [10, 11], "cost_of_equity": 0.1, "terminal": {"growth": 0.12}}
    case(
        "fcfe_growth_above_the_rate",
        "fcfe",
        inputs,
        error={"kind": "Undefined", "what": "terminal_value"},
        source="Gordon, Shapiro (1956)",
    )


def six_methods() -> None:
    ku, kd, share, g, tax = d(0.1), d(0.05), d(0.3), d(0.02), d(0.25)
    x = share / (1 - share)
    for method, rate, k, source in (
        ("harris_pringle", ku - share * tax * kd, x, "Harris, Pringle (1985)"),
        (
            "miles_ezzell",
            ku - share * tax * kd * (1 + ku) / (1 + kd),
            x * (1 - tax * kd / (1 + kd)),
            "Miles, Ezzell (1980, 1985)",
        ),
    ):
        value = firm_value(rate, g)[0]
        equity = value * (1 - share)
        inputs = {
            **UNLEVERED,
            "base_invested_capital": 700,
            "unlevered_cost": 0.1,
            "cost_of_debt": 0.05,
            "leverage": 0.3,
            "method": method,
        }
        names = ("dcf", "apv", "eva", "fcfe", "residual_income", "capital_cash_flow")
        by_method = dict.fromkeys(names, equity)
        if method == "miles_ezzell":
            by_method["capital_cash_flow"] = None
        expected = {
            "wacc": rate,
            "cost_of_equity": ku + (ku - kd) * k,
            "equity_value": by_method,
            "max_relative_difference": 0,
        }
        source += "; Fernandez, Valuing Companies by Cash Flow Discounting: methods give the same value"
        case(f"reconcile_{method}", "reconcile", inputs, expected, source=source)


def write() -> None:
    dividends()
    residual_income()
    economic_profit()
    tax_shields()
    flows_to_equity()
    six_methods()
