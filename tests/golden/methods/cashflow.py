"""Time value of money: examples that spreadsheets' manuals and textbooks print."""

from __future__ import annotations

import datetime
from decimal import Decimal
from fractions import Fraction

from .exact import case, d, ds, present_value, printed, root

EXCEL = "Microsoft Excel documentation, function {}, example"
IDENTITY = "Microsoft Excel documentation, function PV: pv(1+r)^n + pmt(1 + r type)((1+r)^n - 1)/r + fv = 0"
BREALEY = "Brealey, Myers, Allen, Principles of Corporate Finance: "


def net_present_value() -> None:
    flows = [-10000, 3000, 4200, 6800]
    inputs = {"rate": 0.1, "cashflows": flows, "first_period": 1}
    value = printed(present_value(ds(flows), d(0.1)), "1188.44")
    case("npv_excel", "npv", inputs, {"npv": value}, source=EXCEL.format("NPV"))
    inputs = {"rate": 0, "cashflows": [-1, 0.1, 0.2, 0.7]}
    case("npv_rate_zero_is_a_sum", "npv", inputs, {"npv": 0}, source=BREALEY + "present values at 0 %")

    flows = [-10000, 2750, 4250, 3250, 2750]
    dates = ["2008-01-01", "2008-03-01", "2008-10-30", "2009-02-15", "2009-04-01"]
    days = [(day - iso(dates[0])).days for day in map(iso, dates)]

    def dated(rate: Decimal) -> Decimal:
        return sum((d(flow) / (1 + rate) ** (d(n) / 365) for flow, n in zip(flows, days)), d(0))

    inputs = {"rate": 0.09, "cashflows": flows, "dates": dates}
    case("xnpv_excel", "xnpv", inputs, {"npv": printed(dated(d(0.09)), "2086.65")}, source=EXCEL.format("XNPV"))
    rate = printed(root(dated, 0, 1), "0.373363")
    expected = {"irr": rate, "roots": [rate], "multiple": False, "sign_changes": 1}
    case("xirr_excel", "xirr", {"cashflows": flows, "dates": dates}, expected, source=EXCEL.format("XIRR"))


def iso(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


def internal_rates() -> None:
    flows = [-70000, 12000, 15000, 18000, 21000, 26000]
    for years, bounds, shown in ((5, (0, 1), "0.087"), (4, (-0.5, 0.5), "-0.021")):
        part = flows[: years + 1]
        rate = printed(root(lambda r: present_value(ds(part), r, 0), *bounds), shown)
        expected = {"irr": rate, "multiple": False, "sign_changes": 1}
        case(f"irr_excel_{years}_years", "irr", {"cashflows": part}, expected, source=EXCEL.format("IRR"))
    rate = printed(root(lambda r: present_value(ds(flows[:3]), r, 0), -0.9, 0), "-0.444")
    inputs = {"cashflows": flows[:3], "guess": -0.1}
    case("irr_excel_deep_loss", "irr", inputs, {"irr": rate, "roots": [rate]}, source=EXCEL.format("IRR"))

    # -4x^2 + 25x - 25 = 0 with x = 1 + r: x = 1.25 and x = 5.
    inputs = {"cashflows": [-4000, 25000, -25000]}
    expected = {"irr": d(0.25), "roots": [d(0.25), d(4)], "multiple": True, "sign_changes": 2}
    case(
        "irr_two_roots",
        "irr",
        inputs,
        expected,
        source=BREALEY + "pitfalls of IRR, -4,000 +25,000 -25,000 has 25 % and 400 %",
    )
    inputs = {**inputs, "guess": 3}
    case(
        "irr_guess_picks_the_root",
        "irr",
        inputs,
        {**expected, "irr": d(4)},
        source=BREALEY + "pitfalls of IRR, two rates",
    )
    # x^2 - 3x + 2.5 has a negative discriminant.
    case(
        "irr_no_rate",
        "irr",
        {"cashflows": [1000, -3000, 2500]},
        error={"kind": "Undefined", "what": "irr"},
        source=BREALEY + "pitfalls of IRR, +1,000 -3,000 +2,500 has no IRR",
    )
    # (x - 1.1)^2: a root that touches zero.
    expected = {"irr": d(0.1), "multiple": False, "sign_changes": 2}
    case(
        "irr_double_root",
        "irr",
        {"cashflows": [-100, 220, -121]},
        expected,
        rel=1e-6,
        source="Quadratic formula: -100 + 220/x - 121/x^2 = -100 ((x - 1.1)/x)^2",
    )
    case(
        "irr_one_sign",
        "irr",
        {"cashflows": [100, 50]},
        error={"kind": "Undefined", "what": "irr", "why": "no sign change"},
        source="Descartes: no change of sign, no root",
    )

    flows = [-120000, 39000, 30000, 21000, 37000, 46000]
    for years, shown in ((5, "0.126"), (3, "-0.048")):
        part = flows[: years + 1]
        future = sum(d(flow) * d(1.12) ** (years - i) for i, flow in enumerate(part) if flow > 0)
        rate = printed((future / 120000) ** (d(1) / years) - 1, shown)
        inputs = {"cashflows": part, "finance_rate": 0.1, "reinvest_rate": 0.12}
        case(f"mirr_excel_{years}_years", "mirr", inputs, {"mirr": rate}, source=EXCEL.format("MIRR"))
    case(
        "mirr_no_outlay",
        "mirr",
        {"cashflows": [1, 2], "finance_rate": 0.1, "reinvest_rate": 0.1},
        error={"kind": "Undefined", "what": "mirr"},
        source=EXCEL.format("MIRR") + " note: at least one negative value",
    )


def annuities() -> None:
    def factor(rate: Decimal, n: int) -> Decimal:
        """Sum of n geometric terms, added one by one."""
        return sum(((1 + rate) ** k for k in range(n)), d(0))

    # A monthly rate is what the spreadsheet computes from the annual one.
    monthly = 0.08 / 12
    r = d(monthly)
    payment = printed(-10000 * (1 + r) ** 10 / factor(r, 10), "-1037.03")
    case("pmt_excel", "pmt", {"rate": monthly, "nper": 10, "pv": 10000}, {"pmt": payment}, source=EXCEL.format("PMT"))
    in_advance = printed(payment / (1 + r), "-1030.16")
    inputs = {"rate": monthly, "nper": 10, "pv": 10000, "due": "begin"}
    case("pmt_excel_in_advance", "pmt", inputs, {"pmt": in_advance}, source=EXCEL.format("PMT"))
    saving = printed(-50000 / factor(d(0.005), 216), "-129.08")
    inputs = {"rate": 0.005, "nper": 216, "pv": 0, "fv": 50000}
    case("pmt_excel_saving", "pmt", inputs, {"pmt": saving}, source=EXCEL.format("PMT"))
    inputs = {"rate": 0, "nper": 8, "pv": 1000, "fv": -200}
    case("pmt_rate_zero", "pmt", inputs, {"pmt": -100}, source=IDENTITY + "; at r = 0: pv + pmt n + fv = 0")
    inputs = {"rate": 1e-12, "nper": 360, "pv": 100000}
    tiny = -100000 * (1 + d("1e-12")) ** 360 / factor(d("1e-12"), 360)
    case("pmt_tiny_rate", "pmt", inputs, {"pmt": tiny}, source=IDENTITY)

    value = printed(-500 * factor(r, 240) / (1 + r) ** 240, "-59777.15")
    case("pv_excel", "pv", {"rate": monthly, "nper": 240, "pmt": 500}, {"pv": value}, source=EXCEL.format("PV"))
    half = d(0.005)
    value = printed(500 * (1 + half) ** 10 + 200 * (1 + half) * factor(half, 10), "2581.40")
    inputs = {"rate": 0.005, "nper": 10, "pmt": -200, "pv": -500, "due": "begin"}
    case("fv_excel", "fv", inputs, {"fv": value}, source=EXCEL.format("FV"))
    value = printed(1000 * factor(d(0.01), 12), "12682.50")
    case("fv_excel_saving", "fv", {"rate": 0.01, "nper": 12, "pmt": -1000}, {"fv": value}, source=EXCEL.format("FV"))

    def balance(n: Decimal) -> Decimal:
        return -1000 * d(1.01) ** n - 100 * d(1.01) * (d(1.01) ** n - 1) / d(0.01) + 10000

    inputs = {"rate": 0.01, "pmt": -100, "pv": -1000, "fv": 10000, "due": "begin"}
    case(
        "nper_excel",
        "nper",
        inputs,
        {"nper": printed(root(balance, 1, 100), "59.6738657")},
        source=EXCEL.format("NPER"),
    )
    inputs = {"rate": 0.1, "pmt": -50, "pv": 1000}
    case(
        "nper_payment_below_interest",
        "nper",
        inputs,
        error={"kind": "Undefined", "what": "nper"},
        source=IDENTITY + "; a payment below interest never repays",
    )
    rate = root(lambda r: 8000 * (1 + r) ** 48 - 200 * factor(r, 48), 0.001, 0.1)
    printed(rate * 12, "0.0924")
    inputs = {"nper": 48, "pmt": -200, "pv": 8000}
    case("rate_excel", "rate", inputs, {"rate": rate}, rel=1e-9, source=EXCEL.format("RATE"))

    tenth = 0.1 / 12
    interest = printed(-8000 * d(tenth), "-66.67")
    inputs = {"rate": tenth, "nper": 36, "pv": 8000, "period": 1}
    case("ipmt_excel", "ipmt", inputs, {"ipmt": interest}, source=EXCEL.format("IPMT"))
    # The last yearly payment repays what is left: its interest is a tenth of payment/1.1.
    payment = 8000 * d(1.1) ** 3 / factor(d(0.1), 3)
    interest = printed(-payment / d(1.1) / 10, "-292.45")
    inputs = {"rate": 0.1, "nper": 3, "pv": 8000, "period": 3}
    case("ipmt_excel_last_year", "ipmt", inputs, {"ipmt": interest}, source=EXCEL.format("IPMT"))
    first = printed(-2000 * (1 + d(tenth)) ** 24 / factor(d(tenth), 24) + 2000 * d(tenth), "-75.62")
    inputs = {"rate": tenth, "nper": 24, "pv": 2000, "period": 1}
    case("ppmt_excel", "ppmt", inputs, {"ppmt": first}, source=EXCEL.format("PPMT"))
    payment = 200000 * d(1.08) ** 10 / factor(d(0.08), 10)
    inputs = {"rate": 0.08, "nper": 10, "pv": 200000, "period": 10}
    last = printed(-payment / d(1.08), "-27598.05")
    case("ppmt_excel_last_year", "ppmt", inputs, {"ppmt": last}, source=EXCEL.format("PPMT"))
    inputs = {"rate": 0.1, "nper": 3, "pv": 100, "period": 4}
    case(
        "ipmt_beyond_the_last_period",
        "ipmt",
        inputs,
        error={"kind": "InvalidInput", "field": "period"},
        source=EXCEL.format("IPMT") + ": per in 1..nper",
    )


def due_in_advance() -> None:
    # 200 at 10 % in two payments at the start of periods: x + x/1.1 = 200.
    payment = 200 / (1 + 1 / d(1.1))
    inputs = {"rate": 0.1, "nper": 2, "pv": 200, "due": "begin"}
    source = EXCEL.format("IPMT") + " with type 1: no interest before the first payment"
    case("ipmt_in_advance_first", "ipmt", {**inputs, "period": 1}, {"ipmt": 0}, source=source)
    case("ppmt_in_advance_first", "ppmt", {**inputs, "period": 1}, {"ppmt": -payment}, source=source)
    interest = (200 - payment) / 10
    case("ipmt_in_advance_second", "ipmt", {**inputs, "period": 2}, {"ipmt": -interest}, source=source)
    case("ppmt_in_advance_second", "ppmt", {**inputs, "period": 2}, {"ppmt": interest - payment}, source=source)
    inputs = {"nper": 2, "pv": 200, "pmt": -104.76190476190476, "due": "begin"}
    case("rate_in_advance", "rate", inputs, {"rate": d(0.1)}, rel=1e-9, source=IDENTITY)
    # The first date counts from; a date before it has a negative exponent.
    dates, flows = ["2023-01-01", "2024-01-01", "2022-01-01"], [100, 121, 10]
    inputs = {"rate": 0.1, "cashflows": flows, "dates": dates}
    case("xnpv_earlier_date", "xnpv", inputs, {"npv": 221}, source="x(1 + r)^1 for a flow a year before the first date")
    # -100 today and 144 two years of 365 days later.
    inputs = {"cashflows": [-100, 144], "dates": ["2021-01-01", "2023-01-01"]}
    case("xirr_two_flows", "xirr", inputs, {"irr": d(0.2)}, source="(144/100)^(1/2) - 1")


def day_counts() -> None:
    isda = "ISDA, EMU and Market Conventions (1998), examples of actual/actual: "
    definitions = "2006 ISDA Definitions, section 4.16: "
    # 61 days of 2003 and 121 of 2004.
    rows = [
        (
            "act_act_isda",
            "2003-11-01",
            "2004-05-01",
            "act/act_isda",
            Fraction(61, 365) + Fraction(121, 366),
            isda + "semi-annual period",
        ),
        (
            "act_act_isda_leap_year",
            "2012-01-01",
            "2012-07-30",
            "act/act_isda",
            Fraction(211, 366),
            definitions + "Actual/Actual",
        ),
        (
            "act_365f_excel",
            "2012-01-01",
            "2012-07-30",
            "act/365f",
            Fraction(211, 365),
            EXCEL.format("YEARFRAC") + " basis 3: 0.57808219",
        ),
        (
            "30_360_excel",
            "2012-01-01",
            "2012-07-30",
            "30/360",
            Fraction(209, 360),
            EXCEL.format("YEARFRAC") + " basis 0: 0.58055556",
        ),
        ("act_360", "2007-01-15", "2007-07-15", "act/360", Fraction(181, 360), definitions + "Actual/360"),
        ("30_360_both_ends_31", "2023-01-31", "2023-03-31", "30/360", Fraction(60, 360), definitions + "30/360"),
        (
            "30_360_second_end_kept",
            "2023-01-15",
            "2023-03-31",
            "30/360",
            Fraction(76, 360),
            definitions + "30/360, D2 = 31 kept unless D1 > 29",
        ),
        (
            "30e_360",
            "2023-01-15",
            "2023-03-31",
            "30e/360",
            Fraction(75, 360),
            definitions + "30E/360, D2 = 31 becomes 30",
        ),
        (
            "30_360_february",
            "2023-02-28",
            "2024-02-29",
            "30/360",
            Fraction(1),
            "SIFMA, Standard Securities Calculation Methods: 30/360 US, last days of February",
        ),
        (
            "reversed_is_negative",
            "2024-05-01",
            "2024-04-01",
            "act/365f",
            Fraction(-30, 365),
            definitions + "Actual/365 (Fixed)",
        ),
    ]
    for name, start, end, day_count, years, source in rows:
        inputs = {"start": start, "end": end, "day_count": day_count}
        case(f"day_count_{name}", "year_fraction", inputs, {"years": float(years)}, source=source)
    case(
        "day_count_no_such_day",
        "year_fraction",
        {"start": "2023-02-29", "end": "2023-03-01"},
        error={"kind": "InvalidInput", "field": "start"},
        source="Gregorian calendar: 2023 is no leap year",
    )


def rates_and_payback() -> None:
    inputs = {"rate": 0.0525, "from_compounding": "quarterly", "to_compounding": "annual"}
    effective = printed((1 + d(0.0525) / 4) ** 4 - 1, "0.0535427")
    case("convert_rate_effect_excel", "convert_rate", inputs, {"rate": effective}, source=EXCEL.format("EFFECT"))
    hull = "Hull, Options, Futures, and Other Derivatives: compounding frequency, "
    inputs = {"rate": 0.1, "from_compounding": "semiannual", "to_compounding": "continuous"}
    continuous = printed(2 * d(1.05).ln(), "0.09758")
    case(
        "convert_rate_to_continuous",
        "convert_rate",
        inputs,
        {"rate": continuous},
        source=hull + "10 % semiannual is 9.758 % continuous",
    )
    inputs = {"rate": 0.08, "from_compounding": "continuous", "to_compounding": "quarterly"}
    quarterly = printed(4 * (d(0.02).exp() - 1), "0.0808")
    case(
        "convert_rate_from_continuous",
        "convert_rate",
        inputs,
        {"rate": quarterly},
        source=hull + "8 % continuous is 8.08 % quarterly",
    )
    inputs = {"rate": -1.5, "from_compounding": "annual", "to_compounding": "monthly"}
    case(
        "convert_rate_beyond_total_loss",
        "convert_rate",
        inputs,
        error={"kind": "InvalidInput"},
        source="The growth factor 1 + r/m must be positive",
    )
    inputs = {"cashflows": [-2000, 500, 1800, 0]}
    case(
        "payback",
        "payback",
        inputs,
        {"years": 1 + d(1500) / 1800},
        source=BREALEY + "payback rule, project B (linear within the year)",
    )
    inputs = {"cashflows": [-2000, 500, 500, 5000], "rate": 0.1}
    left = 2000 - 500 / d(1.1) - 500 / d(1.21)
    case(
        "payback_discounted",
        "payback",
        inputs,
        {"years": 2 + left / (5000 / d(1.331))},
        source=BREALEY + "discounted payback, project A",
    )
    case("payback_never", "payback", {"cashflows": [-2000, 500, 500]}, {"years": None}, source=BREALEY + "payback rule")


def write() -> None:
    net_present_value()
    internal_rates()
    annuities()
    due_in_advance()
    day_counts()
    rates_and_payback()
