"""Free cash flow to the firm: forecasts from value drivers, terminal values, claims on the firm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from .exact import case, d, present_value, root

KOLLER = "Koller, Goedhart, Wessels, Valuation: "
DAMODARAN = "Damodaran, Investment Valuation: "
ROSENBAUM = "Rosenbaum, Pearl, Investment Banking: "


@dataclass
class Forecast:
    """Year by year; element 0 of revenue, nwc and capital is the base year, of the others year 1."""

    revenue: list[Decimal]
    nopat: list[Decimal]
    flow: list[Decimal]
    nwc: list[Decimal]


def from_drivers(base: float, years: Sequence[tuple[float, float, float, float]], tax: float) -> Forecast:
    """Growth, margin, sales to fixed capital and working capital over revenue of each year."""
    revenue, nwc, nopat, flow = [d(base)], [d(years[0][3]) * d(base)], [], []
    for growth, margin, turnover, working in years:
        sales = revenue[-1] * (1 + d(growth))
        capital = d(working) * sales
        nopat.append(sales * d(margin) * (1 - d(tax)))
        flow.append(nopat[-1] - (sales - revenue[-1]) / d(turnover) - (capital - nwc[-1]))
        revenue.append(sales)
        nwc.append(capital)
    return Forecast(revenue, nopat, flow, nwc)


def stage(years: int, **drivers: Any) -> dict[str, Any]:
    return {"years": years, **drivers}


def growing_annuity(first: Decimal, growth: Decimal, rate: Decimal, n: int) -> Decimal:
    return first / (rate - growth) * (1 - ((1 + growth) / (1 + rate)) ** n)


COMPANY = {
    "base_revenue": 1000,
    "stages": [
        stage(2, growth=0.1, ebit_margin=0.15, sales_to_capital=2, nwc_pct=0.1),
        stage(2, growth=0.05, ebit_margin=0.18, sales_to_capital=2.5, nwc_pct=0.08),
    ],
    "tax_rate": 0.25,
    "wacc": 0.09,
}
DRIVERS = 2 * [(0.1, 0.15, 2, 0.1)] + 2 * [(0.05, 0.18, 2.5, 0.08)]


def perpetuities() -> None:
    """Flows that grow for ever, in closed form."""
    inputs = {
        "base_revenue": 200,
        "tax_rate": 0.2,
        "wacc": 0.1,
        "reinvestment_basis": "reinvestment_rate",
        "stages": [stage(5, growth=0.08, ebit_margin=0.25, reinvestment_rate=0.4)],
        "terminal": {"method": "gordon", "growth": 0.03},
    }
    nopat = d(200) * d(0.25) * d(0.8)
    pv = growing_annuity(nopat * d(1.08) * d(0.6), d(0.08), d(0.1), 5)
    after = nopat * d(1.08) ** 5 * d(1.03) * d(0.6)
    terminal = after / d(0.07)
    value = pv + terminal / d(1.1) ** 5
    expected = {
        "enterprise_value": value,
        "equity_value": value,
        "value_per_share": None,
        "pv_fcff": pv,
        "terminal_fcff": after,
        "terminal_value": terminal,
        "implied_growth": d(0.03),
        "terminal_share": 1 - pv / value,
    }
    case(
        "dcf_two_stages_closed_form",
        "dcf",
        inputs,
        expected,
        source=DAMODARAN + "two-stage FCFF, growing annuity and growing perpetuity",
    )

    # Growth that earns its cost adds no value.
    inputs = {**inputs, "terminal": {"method": "value_driver", "growth": 0.03, "ronic": 0.1}}
    terminal = nopat * d(1.08) ** 5 * d(1.03) / d(0.1)
    expected = {"terminal_value": terminal, "enterprise_value": pv + terminal / d(1.1) ** 5, "implied_ronic": d(0.1)}
    case(
        "dcf_value_driver_ronic_is_wacc",
        "dcf",
        inputs,
        expected,
        source=KOLLER + "continuing value, RONIC = WACC gives NOPAT/WACC",
    )
    inputs = {**inputs, "terminal": {"method": "value_driver", "growth": 0.03, "ronic": 0.15}}
    terminal = nopat * d(1.08) ** 5 * d(1.03) * (1 - d(0.03) / d(0.15)) / d(0.07)
    expected = {"terminal_value": terminal, "enterprise_value": pv + terminal / d(1.1) ** 5}
    case(
        "dcf_value_driver",
        "dcf",
        inputs,
        expected,
        source=KOLLER + "value driver formula NOPAT (1 - g/RONIC)/(WACC - g)",
    )

    # Half a year sooner for every flow.
    inputs = {**inputs, "mid_year": True}
    expected = {"enterprise_value": (pv + terminal / d(1.1) ** 5) * d(1.1).sqrt()}
    case(
        "dcf_mid_year",
        "dcf",
        inputs,
        expected,
        source=ROSENBAUM + "mid-year convention with the perpetuity growth method",
    )

    # Growth fades linearly from 8 % to 3 % over 2 H years.
    inputs = {
        **inputs,
        "mid_year": False,
        "terminal": {"method": "h_model", "growth": 0.03, "growth_initial": 0.08, "half_life": 4},
    }
    flow = nopat * d(1.08) ** 5 * d(0.6)
    terminal = flow * (d(1.03) + 4 * d(0.05)) / d(0.07)
    expected = {"terminal_value": terminal, "enterprise_value": pv + terminal / d(1.1) ** 5}
    case(
        "dcf_h_model", "dcf", inputs, expected, source="Fuller, Hsia (1984), A Simplified Common Stock Valuation Model"
    )

    for name, terminal_inputs in (
        ("growth_is_wacc", {"method": "gordon", "growth": 0.1}),
        ("spread_below_the_least", {"method": "gordon", "growth": 0.08, "min_spread": 0.025}),
    ):
        case(
            f"dcf_{name}",
            "dcf",
            {**inputs, "terminal": terminal_inputs},
            error={"kind": "Undefined", "what": "terminal_value"},
            source="Gordon, Shapiro (1956): exists for r > g only",
        )


def drivers() -> None:
    """Year by year, with what the terminal year needs and no more."""
    years = from_drivers(1000, DRIVERS, 0.25)
    g, w = d(0.02), d(0.09)
    pv = present_value(years.flow, w)
    need = g * years.revenue[-1] * (1 / d(2.5) + d(0.08))
    flow = years.nopat[-1] * (1 + g) - need
    gordon = flow / (w - g)
    inputs = {**COMPANY, "terminal": {"method": "gordon", "growth": 0.02}}
    expected = {
        "pv_fcff": pv,
        "terminal_fcff": flow,
        "terminal_value": gordon,
        "enterprise_value": pv + gordon / (1 + w) ** 4,
        "implied_growth": g,
        "implied_multiples": {"revenue": gordon / years.revenue[-1], "nopat": gordon / years.nopat[-1], "ebitda": None},
        "schedule": {"fcff": years.flow, "nopat": years.nopat, "nwc": years.nwc[1:], "revenue": years.revenue[1:]},
    }
    case("dcf_drivers_normalised", "dcf", inputs, expected, source=KOLLER + "continuing value from normalised flow")
    naive = years.flow[-1] * (1 + g) / (w - g)
    inputs = {**COMPANY, "terminal": {"method": "gordon", "growth": 0.02, "normalize": False}}
    expected = {"terminal_value": naive, "enterprise_value": pv + naive / (1 + w) ** 4}
    case(
        "dcf_drivers_last_flow_grown",
        "dcf",
        inputs,
        expected,
        source=DAMODARAN + "stable growth model on the last year's flow",
    )

    # A blend is the weighted sum of its parts.
    revenue_multiple = d(1.2) * years.revenue[-1]
    components = [
        {"method": "gordon", "growth": 0.02, "weight": 0.6},
        {"method": "exit_multiple", "metric": "revenue", "multiple": 1.2, "weight": 0.4},
    ]
    mixed = d(0.6) * gordon + d(0.4) * revenue_multiple
    inputs = {**COMPANY, "terminal": {"method": "blend", "components": components}}
    expected = {
        "terminal_value": mixed,
        "enterprise_value": pv + mixed / (1 + w) ** 4,
        "terminal_components": [{"terminal_value": gordon}, {"terminal_value": revenue_multiple}],
    }
    case("dcf_blend", "dcf", inputs, expected, source=ROSENBAUM + "terminal value by both methods, weighted")
    ahead = d(1.2) * years.revenue[-1] * (1 + g)
    terminal = {"method": "exit_multiple", "metric": "revenue", "metric_basis": "ntm", "multiple": 1.2, "growth": 0.02}
    case(
        "dcf_forward_multiple",
        "dcf",
        {**COMPANY, "terminal": terminal},
        {"terminal_value": ahead},
        source=ROSENBAUM + "forward multiples",
    )

    # Assets realised at the horizon: opening capital and all that was reinvested.
    invested = 800 + sum(years.nopat) - sum(years.flow)
    terminal = {"method": "liquidation", "recovery_rate": 0.7, "costs": 30}
    inputs = {**COMPANY, "base_invested_capital": 800, "terminal": terminal}
    proceeds = invested * d(0.7) - 30
    expected = {"terminal_value": proceeds, "enterprise_value": pv + proceeds / (1 + w) ** 4}
    case("dcf_liquidation", "dcf", inputs, expected, source=DAMODARAN + "liquidation value as terminal value")
    expected = {"terminal_value": 0, "enterprise_value": pv, "terminal_share": 0}
    case(
        "dcf_finite_life",
        "dcf",
        {**COMPANY, "terminal": {"method": "none"}},
        expected,
        source=DAMODARAN + "finite life, no terminal value",
    )

    # Rates by year multiply up.
    rates = [0.08, 0.085, 0.09, 0.095]
    factors, factor = [], d(1)
    for rate in rates:
        factor /= 1 + d(rate)
        factors.append(factor)
    after = flow / (d(0.095) - g)
    value = sum(f * x for f, x in zip(factors, years.flow)) + after * factor
    inputs = {**COMPANY, "wacc": rates, "terminal": {"method": "gordon", "growth": 0.02}}
    expected = {"enterprise_value": value, "schedule": {"discount_factor": factors}}
    case(
        "dcf_rates_by_year",
        "dcf",
        inputs,
        expected,
        source=DAMODARAN + "cumulated cost of capital when it changes by year",
    )


def fades() -> None:
    base = {
        "base_revenue": 100,
        "tax_rate": 0,
        "wacc": 0.1,
        "reinvestment_basis": "reinvestment_rate",
        "terminal": {"method": "none"},
    }
    shape = {"linear": lambda x: x, "s_curve": lambda x: x * x * (3 - 2 * x)}
    for fade, weight in shape.items():
        growth = [d(0.1) + (d(0.02) - d(0.1)) * weight(d(j) / 4) for j in (1, 2, 3, 4)]
        sales, flows = d(100), []
        for g in growth:
            sales *= 1 + g
            flows.append(sales * d(0.2) * d(0.7))
        inputs = {
            **base,
            "base": {"growth": 0.1},
            "stages": [stage(4, growth=0.02, ebit_margin=0.2, reinvestment_rate=0.3, fade=fade)],
        }
        inputs["base"].update(ebit_margin=0.2, reinvestment_rate=0.3)
        expected = {"schedule": {"growth": growth, "fcff": flows}, "enterprise_value": present_value(flows, d(0.1))}
        source = (
            "Damodaran, Investment Valuation: linear decline of growth"
            if fade == "linear"
            else "Hermite smoothstep 3x^2 - 2x^3"
        )
        case(f"dcf_fade_{fade}", "dcf", inputs, expected, source=source)


def timing() -> None:
    flows = [100, 110, 120]
    base = {"forecast": {"fcff": flows}, "wacc": 0.1, "terminal": {"method": "gordon", "growth": 0.02}}
    # 146 of 365 days are left in year 1; flows fall in the middle of what is left, then of each year.
    inputs = {**base, "valuation_date": "2023-08-07", "first_year_end": "2023-12-31", "mid_year": True}
    r = d(1.1)
    pv = 100 * d(0.4) / r ** d(0.2) + 110 / r ** d(0.9) + 120 / r ** d(1.9)
    terminal = d(120) * d(1.02) / d(0.08)
    expected = {
        "pv_fcff": pv,
        "enterprise_value": pv + terminal / r ** d(1.9),
        "terminal_value": terminal,
        "schedule": {"time": [d(0.4), d(1.4), d(2.4)]},
    }
    case("dcf_stub_mid_year", "dcf", inputs, expected, source=ROSENBAUM + "mid-year convention and stub year")
    inputs = {**base, "stub": 0.4}
    pv = 100 * d(0.4) / r ** d(0.4) + 110 / r ** d(1.4) + 120 / r ** d(2.4)
    expected = {"pv_fcff": pv, "enterprise_value": pv + terminal / r ** d(2.4)}
    case("dcf_stub", "dcf", inputs, expected, source=ROSENBAUM + "stub year")

    # A sale at a multiple happens at the year's end, also when flows come mid-year.
    forecast = {"revenue": [100, 110], "ebit": [20, 22], "da": [5, 6], "capex": [7, 8], "nwc": [11, 12]}
    inputs = {
        "forecast": forecast,
        "base_nwc": 10,
        "tax_rate": 0.3,
        "wacc": 0.1,
        "mid_year": True,
        "terminal": {"method": "exit_multiple", "multiple": 8},
    }
    first, second = 20 * d(0.7) + 5 - 7 - 1, 22 * d(0.7) + 6 - 8 - 1
    pv = first / r ** d(0.5) + second / r ** d(1.5)
    terminal = d(8 * 28)
    value = pv + terminal / r**2
    # Growth of the same flow that is worth as much half a year earlier.
    x = terminal / r.sqrt()
    expected = {
        "enterprise_value": value,
        "terminal_value": terminal,
        "schedule": {"fcff": [first, second]},
        "implied_growth": (x * d(0.1) - second) / (x + second),
        "implied_multiples": {"ebitda": 8},
        "entry_multiples": {"ebitda": value / 25, "revenue": value / 100},
    }
    case(
        "dcf_exit_multiple_mid_year",
        "dcf",
        inputs,
        expected,
        source=ROSENBAUM + "exit multiple at year-end; implied perpetuity growth under mid-year",
    )
    inputs = {**inputs, "forecast": {**forecast, "ebit": [20, -10]}}
    case(
        "dcf_multiple_of_a_loss",
        "dcf",
        inputs,
        error={"kind": "Undefined", "what": "terminal_value"},
        source=ROSENBAUM + "multiples of negative metrics are not meaningful",
    )


def losses() -> None:
    """Losses of 10 and 20 on an opening balance of 5; then profits, of which at most 80 % are sheltered."""
    ebit = [-10, -20, 30, 40]
    inputs = {
        "forecast": {"revenue": [100] * 4, "ebit": ebit, "da": [0] * 4, "capex": [0] * 4, "nwc": [0] * 4},
        "base_nwc": 0,
        "tax_rate": 0.25,
        "wacc": 0.1,
        "nol": {"opening": 5, "usage_limit": 0.8},
        "terminal": {"method": "gordon", "growth": 0},
    }
    # 35 carried forward: 24 used against 30, the last 11 against 40.
    tax = [0, 0, d(0.25) * 6, d(0.25) * 29]
    flows = [d(e) - t for e, t in zip(ebit, tax)]
    after = d(30)
    expected = {
        "schedule": {"nol_used": [0, 0, 24, 11], "nol_balance": [15, 35, 11, 0], "tax": tax, "fcff": flows},
        "terminal_fcff": after,
        "enterprise_value": present_value(flows, d(0.1)) + after / d(0.1) / d(1.1) ** 4,
    }
    case(
        "dcf_losses_carried_forward",
        "dcf",
        inputs,
        expected,
        source=DAMODARAN + "net operating losses; 80 % limit of 26 U.S.C. 172(a)",
    )
    inputs = {**inputs, "nol": None}
    tax = [d(0), d(0), d(7.5), d(10)]
    expected = {"schedule": {"tax": tax}, "terminal_fcff": after}
    case("dcf_losses_without_relief", "dcf", inputs, expected, source=DAMODARAN + "no tax on losses, no relief later")


def claims() -> None:
    flat = {"forecast": {"fcff": [100]}, "wacc": 0.1, "terminal": {"method": "gordon", "growth": 0}}
    bridge = {
        "debt": 300,
        "cash": 50,
        "leases": 40,
        "pension_deficit": 30,
        "preferred": 20,
        "minority_interest": 10,
        "associates": 60,
        "non_operating_assets": 70,
        "other_claims": [{"name": "earn-out", "amount": 5}],
        "other_assets": [{"name": "land", "amount": 15}],
    }
    equity = d(1000 - 250 - 40 - 30 - 20 - 10 - 5 + 60 + 70 + 15)
    inputs = {**flat, "bridge": bridge, "shares": 100}
    expected = {
        "enterprise_value": 1000,
        "equity_value": equity,
        "value_per_share": equity / 100,
        "diluted_shares": 100,
    }
    case("dcf_bridge", "dcf", inputs, expected, source=KOLLER + "from enterprise value to equity value")
    case(
        "dcf_bridge_states_debt_twice",
        "dcf",
        {**flat, "bridge": {"net_debt": 1, "debt": 2}},
        error={"kind": "InvalidInput"},
        source=KOLLER + "each claim is deducted once",
    )

    # Options below the price are exercised; a convertible of 150 into 20 shares is one at 7.5.
    inputs = {
        **flat,
        "shares": 100,
        "rsus": 4,
        "options": [{"count": 10, "strike": 5}, {"count": 8, "strike": 12}],
        "convertibles": [{"principal": 150, "shares": 20}],
    }
    price = root(
        lambda p: 104 * p + sum(n * max(p - k, d(0)) for n, k in ((10, 5), (8, 12), (20, d(7.5)))) - 1000, 0, 10
    )
    expected = {"value_per_share": price, "diluted_shares": 1000 / price}
    case(
        "dcf_options_if_exercised",
        "dcf",
        inputs,
        expected,
        source=DAMODARAN + "value of equity shared with holders of options, exercised when in the money",
    )
    inputs = {
        **flat,
        "shares": 100,
        "options": [{"count": 10, "strike": 5}, {"count": 8, "strike": 12}],
        "treasury_price": 10,
    }
    expected = {"value_per_share": d(1000) / 105, "diluted_shares": 105}
    case(
        "dcf_treasury_method",
        "dcf",
        inputs,
        expected,
        source="ASC 260, Earnings Per Share: treasury stock method, 10 options at 5 with the share at 10 add 5",
    )


def iterated_weights() -> None:
    """Weights at the value that they give: E = V - D."""
    inputs = {
        "forecast": {"fcff": [90, 100]},
        "terminal": {"method": "gordon", "growth": 0.02},
        "wacc": {
            "weights": "iterated",
            "unlevered_beta": 0.9,
            "tax_rate": 0.25,
            "cost_of_debt": 0.05,
            "debt_value": 400,
            "cost_of_equity": {"risk_free": 0.03, "beta": 1, "equity_risk_premium": 0.05},
        },
    }

    def rate(value: Decimal) -> Decimal:
        equity = value - 400
        beta = d(0.9) * (1 + d(0.75) * 400 / equity)
        return (equity * (d(0.03) + beta * d(0.05)) + 400 * d(0.05) * d(0.75)) / value

    def gap(value: Decimal) -> Decimal:
        w = rate(value)
        return 90 / (1 + w) + (100 + 102 / (w - d(0.02))) / (1 + w) ** 2 - value

    value = root(gap, 1000, 5000)
    expected = {"enterprise_value": value, "wacc": [rate(value)] * 2}
    case(
        "dcf_iterated_wacc",
        "dcf",
        inputs,
        expected,
        rel=1e-10,
        source=KOLLER + "market weights and value found together; Hamada (1972)",
    )


def write() -> None:
    perpetuities()
    drivers()
    fades()
    timing()
    losses()
    claims()
    iterated_weights()
