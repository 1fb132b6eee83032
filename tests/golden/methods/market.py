"""Multiples of peers and transactions, sums of parts, ranges side by side."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from .exact import case, d

ROSENBAUM = "Rosenbaum, Pearl, Investment Banking: "
DAMODARAN = "Damodaran, Investment Valuation: "
HYNDMAN = "Hyndman, Fan (1996), Sample Quantiles in Statistical Packages: definition 7"

# EV/EBITDA of 6, 8, 9, 10, 12; f loses money; P/E of 10, 12, 14, 16, 20.
PEERS = [
    {
        "name": name,
        "market_cap": cap,
        "net_debt": 10 * ev - cap,
        "ebitda": 10,
        "net_income": cap / pe,
        "revenue": revenue,
    }
    for name, ev, cap, pe, revenue in (
        ("a", 6, 50, 10, 40),
        ("b", 8, 60, 12, 50),
        ("c", 9, 70, 14, 60),
        ("d", 10, 80, 16, 65),
        ("e", 12, 100, 20, 80),
    )
] + [{"name": "f", "enterprise_value": 90, "ebitda": -4}]
TARGET = {"ebitda": 20, "net_income": 8, "net_debt": 30, "shares": 10}


def multiples() -> None:
    inputs: dict[str, Any] = {"peers": PEERS, "target": TARGET, "multiples": ["ev/ebitda"]}
    quarter = [d(6), d(8), d(9), d(10), d(12)]
    harmonic = 5 / sum(1 / x for x in quarter)
    summary = {
        "n_used": 5,
        "min": 6,
        "p25": 8,
        "median": 9,
        "p75": 10,
        "max": 12,
        "mean": 9,
        "harmonic_mean": harmonic,
        "sd": d(5).sqrt(),
    }
    for statistic, extra, applied, source in (
        ("median", {}, d(9), ROSENBAUM + "comparable companies, median multiple"),
        ("mean", {}, d(9), ROSENBAUM + "comparable companies, mean multiple"),
        ("harmonic_mean", {}, harmonic, "Baker, Ruback (1999), Estimating Industry Multiples: harmonic mean"),
        ("trimmed_mean", {"trim": 0.2}, d(9), DAMODARAN + "relative valuation, outliers; one of five cut at each end"),
        ("quantile", {"quantile": 0.9}, d("11.2"), HYNDMAN),
    ):
        value = applied * 20
        expected = {
            "mid": value - 30,
            "multiples": {
                "ev/ebitda": {
                    **summary,
                    "applied": applied,
                    "implied_ev": value,
                    "implied_equity": value - 30,
                    "implied_per_share": (value - 30) / 10,
                }
            },
        }
        case(
            f"comparables_{statistic}",
            "comparables",
            {**inputs, "statistic": statistic, **extra},
            expected,
            source=source,
        )

    # Two methods, weighted three to one: 150 and 14 x 8 = 112.
    inputs = {**inputs, "multiples": ["ev/ebitda", "p/net_income"], "weights": [3, 1]}
    expected = {
        "low": 112,
        "mid": d("140.5"),
        "high": 150,
        "multiples": {"p/net_income": {"median": 14, "implied_equity": 112, "implied_ev": 142}},
    }
    case(
        "comparables_two_multiples",
        "comparables",
        inputs,
        expected,
        source=ROSENBAUM + "enterprise and equity multiples, weighted",
    )

    # Quartiles 8 and 10 of 6, 8, 9, 10, 12: fences at 5 and 13; a multiple of 20 lies outside of its own.
    peers = [*PEERS[:4], {**PEERS[4], "market_cap": 200, "net_debt": 0}]
    inputs = {"peers": peers, "target": TARGET, "multiples": ["ev/ebitda"], "outliers": "iqr"}
    values = [{"excluded": False}] * 4 + [{"name": "e", "value": 20, "excluded": True}]
    expected = {"multiples": {"ev/ebitda": {"n_used": 4, "values": values, "mean": d("8.25"), "applied": d("8.5")}}}
    case(
        "comparables_tukey_fences",
        "comparables",
        inputs,
        expected,
        source="Tukey (1977), Exploratory Data Analysis: fences at 1.5 interquartile ranges",
    )
    # Median 9, absolute deviations 3 1 0 1 11, their median 1: |20 - 9| > 3.5 x 1.4826.
    case(
        "comparables_median_deviation",
        "comparables",
        {**inputs, "outliers": "mad"},
        expected,
        source="Hampel (1974); 1.4826 makes the median deviation that of a normal distribution",
    )
    case(
        "comparables_nobody_left",
        "comparables",
        {"peers": [PEERS[5]], "target": TARGET, "multiples": ["ev/ebitda"]},
        error={"kind": "Undefined"},
        source=ROSENBAUM + "negative multiples are not meaningful",
    )


def regression() -> None:
    """Least squares on one driver by the sums of squares."""
    growth, pe = [1, 2, 3, 4, 6], [8, 11, 11, 15, 19]
    peers = [
        {"name": str(i), "market_cap": 10 * y, "net_debt": 0, "net_income": 10, "metrics": {"growth": x}}
        for i, (x, y) in enumerate(zip(growth, pe))
    ]
    n = len(pe)
    mx, my = Fraction(sum(growth), n), Fraction(sum(pe), n)
    sxx = sum((x - mx) ** 2 for x in growth)
    sxy = sum((x - mx) * (y - my) for x, y in zip(growth, pe))
    slope = sxy / sxx
    intercept = my - slope * mx
    rest = sum((y - intercept - slope * x) ** 2 for x, y in zip(growth, pe))
    variance = rest / (n - 2)

    def error(factor: Fraction) -> Any:
        both = variance * factor
        return (d(both.numerator) / d(both.denominator)).sqrt()

    inputs = {
        "peers": peers,
        "target": {"net_income": 5, "metrics": {"growth": 5}, "shares": 1, "net_debt": 0},
        "multiples": ["p/net_income"],
        "regression": {"multiple": "p/net_income", "drivers": ["growth"]},
    }
    expected = {
        "regression": {
            "coefficients": [float(intercept), float(slope)],
            "se": [error(Fraction(1, n) + mx**2 / sxx), error(1 / sxx)],
            "r2": float(1 - rest / sum((y - my) ** 2 for y in pe)),
            "predicted": float(intercept + 5 * slope),
            "prediction_se": error(1 + Fraction(1, n) + (5 - mx) ** 2 / sxx),
        }
    }
    case(
        "comparables_regression",
        "comparables",
        inputs,
        expected,
        rel=1e-10,
        source=DAMODARAN
        + "regression of P/E on growth; prediction error of a simple regression as in any text on least squares",
    )


def deals() -> None:
    # One and three years old with a half-life of two years: weights 2^-0.5 and 2^-1.5.
    peers = [
        {"name": "new", "enterprise_value": 80, "ebitda": 10, "date": "2023-01-01"},
        {"name": "old", "enterprise_value": 120, "ebitda": 10, "date": "2021-01-01"},
    ]
    inputs = {
        "peers": peers,
        "target": {"ebitda": 10, "net_debt": 0},
        "multiples": ["ev/ebitda"],
        "statistic": "mean",
        "as_of": "2024-01-01",
        "half_life": 2,
    }
    # 2:1 by powers of two, where a year has 365 days and none is a leap year: 365 and 1,095 days.
    weighted = (2 * d(8) + d(12)) / 3
    case(
        "precedents_half_life",
        "precedents",
        inputs,
        {"mid": 10 * weighted},
        source=ROSENBAUM + "precedent transactions, recent deals weigh more; exponential weights",
    )
    inputs = {**inputs, "statistic": "harmonic_mean"}
    case(
        "precedents_weighted_harmonic_mean",
        "precedents",
        inputs,
        {"mid": 10 * 3 / (2 / d(8) + 1 / d(12))},
        source="Weighted harmonic mean",
    )
    inputs = {
        "peers": [{"name": "x", "market_cap": 120, "net_debt": 0, "net_income": 10}],
        "target": {"net_income": 5, "net_debt": 0, "shares": 2},
        "multiples": ["p/net_income"],
        "premium": 0.25,
    }
    case(
        "precedents_premium",
        "precedents",
        inputs,
        {"mid": 75},
        source=ROSENBAUM + "control premium on equity multiples",
    )


def parts() -> None:
    inputs: dict[str, Any] = {
        "segments": [
            {"name": "steel", "metric": 50, "multiple": 6},
            {"name": "rail", "value": 200, "ownership": 0.75},
            {
                "name": "mill",
                "model": "dcf",
                "input": {"forecast": {"fcff": [10]}, "wacc": 0.1, "terminal": {"method": "gordon", "growth": 0}},
            },
        ],
        "corporate_costs": {"annual": 10, "multiple": 5},
        "holding_discount": 0.1,
        "bridge": {"net_debt": 90},
        "shares": 36,
    }
    # 300 + 150 + 100 - 50 = 500; a tenth is the discount.
    expected = {
        "enterprise_value": 450,
        "equity_value": 360,
        "value_per_share": 10,
        "segments": [{"value": 300}, {"value": 150}, {"value": 100}],
    }
    case("sotp", "sotp", inputs, expected, source=ROSENBAUM + "sum of the parts; conglomerate discount")
    inputs = {**inputs, "segments": [{"name": "steel", "value": 1, "metric": 50, "multiple": 6}]}
    case("sotp_valued_twice", "sotp", inputs, error={"kind": "InvalidInput"}, source=ROSENBAUM + "one value a segment")

    dcf = {"forecast": {"fcff": [10]}, "wacc": 0.1, "terminal": {"method": "gordon", "growth": 0}}
    rows = [
        {"name": "trading", "low": 80, "mid": 95, "high": 110},
        {
            "name": "dcf",
            "model": "dcf",
            "input": dcf,
            "output": "equity_value",
            "path": "wacc",
            "low_value": 0.08,
            "high_value": 0.125,
        },
    ]
    expected = {
        "rows": [
            {"low": 80, "upside_low": d("-0.2"), "upside_high": d("0.1")},
            {"low": 80, "mid": 100, "high": 125, "upside_high": d("0.25")},
        ],
        "overlap": {"low": 80, "high": 110},
        "range": {"low": 80, "high": 125},
    }
    case(
        "football_field", "football_field", {"rows": rows, "price": 100}, expected, source=ROSENBAUM + "football field"
    )
    rows = [{"name": "one", "low": 1, "mid": 2, "high": 3}, {"name": "two", "low": 4, "mid": 5, "high": 6}]
    case(
        "football_field_no_overlap",
        "football_field",
        {"rows": rows},
        {"overlap": None, "range": {"low": 1, "high": 6}},
        source="Intersection of intervals",
    )
    rows = [{"name": "one", "low": 3, "mid": 2, "high": 1}]
    case(
        "football_field_ends_swapped",
        "football_field",
        {"rows": rows},
        error={"kind": "InvalidInput"},
        source="An interval has its low end first",
    )


def write() -> None:
    multiples()
    regression()
    deals()
    parts()
