"""What-if questions about perpetuities, whose answers are algebra: V = F/(w - g)."""

from __future__ import annotations

from itertools import permutations
from math import factorial
from typing import Any

from .exact import case, d

SALTELLI = "Saltelli and others, Sensitivity Analysis: "


def perpetuity(flow: float, rate: float, growth: float) -> dict[str, Any]:
    """One flow, then growing for ever: worth flow/(rate - growth)."""
    return {"forecast": {"fcff": [flow]}, "wacc": rate, "terminal": {"method": "gordon", "growth": growth}}


def value(flow: float, rate: float, growth: float) -> Any:
    return d(flow) / (d(rate) - d(growth))


def tables() -> None:
    base = {"model": "dcf", "input": perpetuity(80, 0.1, 0.02), "outputs": ["enterprise_value"]}
    rates, growths = [0.08, 0.1, 0.12], [0, 0.02, 0.08]
    values = [value(80, w, 0.02) for w in rates]
    expected = {
        "x": ds_of(rates),
        "y": {"enterprise_value": values},
        "base": {"enterprise_value": 1000},
        "change": {"enterprise_value": [v / 1000 - 1 for v in values]},
    }
    case(
        "sensitivity_1d",
        "sensitivity_1d",
        {**base, "path": "wacc", "values": rates},
        expected,
        source="Gordon, Shapiro (1956), in closed form",
    )
    inputs = {**base, "path": "wacc", "start": 0.08, "stop": 0.12, "steps": 3}
    case("sensitivity_1d_range", "sensitivity_1d", inputs, expected, source="Gordon, Shapiro (1956), in closed form")
    inputs = {**base, "path": "wacc", "values": [-0.02, 0.02], "mode": "shift"}
    expected = {"y": {"enterprise_value": [values[0], values[2]]}}
    case("sensitivity_1d_shift", "sensitivity_1d", inputs, expected, source="Gordon, Shapiro (1956), in closed form")

    # The cell where growth is the rate is empty, and says so.
    axes = [{"path": "wacc", "values": rates}, {"path": "terminal.growth", "values": growths}]
    cells = [None if w == g else value(80, w, g) for w in rates for g in growths]
    expected = {
        "shape": [3, 3],
        "values": {"enterprise_value": cells},
        "errors": [{"index": 2, "error": {"kind": "Undefined", "what": "terminal_value"}}],
    }
    case(
        "sensitivity_grid",
        "sensitivity_grid",
        {**base, "axes": axes},
        expected,
        source="Gordon, Shapiro (1956), in closed form; undefined at r = g",
    )

    drivers = [
        {"path": "forecast.fcff[0]", "low": 72, "high": 88},
        {"path": "wacc", "low": 0.09, "high": 0.12},
        {"path": "terminal.growth", "low": 0.01, "high": 0.03},
    ]
    ends = {
        "wacc": (value(80, 0.09, 0.02), value(80, 0.12, 0.02)),
        "terminal.growth": (value(80, 0.1, 0.01), value(80, 0.1, 0.03)),
        "forecast.fcff[0]": (d(900), d(1100)),
    }
    rows = [
        {"path": path, "low_output": low, "high_output": high, "swing": abs(high - low)}
        for path, (low, high) in ends.items()
    ]
    rows.sort(key=lambda row: -row["swing"])
    case(
        "tornado",
        "tornado",
        {**base, "drivers": drivers},
        {"base": 1000, "rows": rows},
        source="Clemen, Reilly, Making Hard Decisions: tornado diagrams",
    )

    inputs = {**base, "drivers": ["forecast.fcff[0]", "wacc"], "steps": [-0.1, 0, 0.1]}
    matrix = [[d(900), d(1000), d(1100)], [value(80, w, 0.02) for w in (0.09, 0.1, 0.11)]]
    case(
        "spider",
        "spider",
        inputs,
        {"base": 1000, "matrix": matrix},
        source="Eschenbach (1992), Spiderplots versus Tornado Diagrams",
    )


def ds_of(numbers: list[float]) -> list[Any]:
    return [d(number) for number in numbers]


def derivatives() -> None:
    # dV/dF = 1/(w - g), dV/dw = -V/(w - g), dV/dg: the flow of year 2 grows as well.
    inputs = {
        "model": "dcf",
        "input": perpetuity(80, 0.1, 0.02),
        "outputs": ["enterprise_value"],
        "paths": ["forecast.fcff[0]", "wacc", "terminal.growth"],
    }
    gap = d("0.08")
    gradient = [1 / gap, -80 / gap**2, 80 / gap**2]
    elasticity = [1, -d("0.1") / gap, d("0.02") / gap]
    expected = {"exact": True, "gradient": gradient, "elasticity": elasticity}
    case("gradient", "gradient", inputs, expected, source="Calculus on F/(w - g); Euler: flows scale value one for one")
    # Macaulay: duration is the derivative of the logarithm of price.
    inputs = {"model": "npv", "input": {"rate": 0.05, "cashflows": [6, 6, 106], "first_period": 1}, "paths": ["rate"]}
    weights = [t * flow / d("1.05") ** t for t, flow in ((1, 6), (2, 6), (3, 106))]
    case(
        "gradient_is_duration",
        "gradient",
        inputs,
        {"gradient": [-sum(weights) / d("1.05")]},
        source="Macaulay (1938); modified duration times price",
    )


def causes() -> None:
    flow, rate, growth = (80, 100), (0.1, 0.12), (0.02, 0.04)
    ends = (flow, rate, growth)
    paths = ["forecast.fcff[0]", "wacc", "terminal.growth"]

    def at(changed: set[int]) -> Any:
        return value(*(pair[i in changed] for i, pair in enumerate(ends)))

    def along(order: tuple[int, ...]) -> list[Any]:
        steps, changed = [d(0)] * 3, set()
        for i in order:
            before = at(changed)
            changed.add(i)
            steps[i] = at(changed) - before
        return steps

    orders = list(permutations(range(3)))
    shapley = [sum(along(order)[i] for order in orders) / factorial(3) for i in range(3)]
    common = {
        "model": "dcf",
        "from_input": perpetuity(80, 0.1, 0.02),
        "to_input": perpetuity(100, 0.12, 0.04),
        "outputs": ["enterprise_value"],
        "paths": paths,
    }
    for method, amounts, source in (
        ("stepwise", along((0, 1, 2)), "One at a time, in the order given"),
        ("shapley", shapley, "Shapley (1953), A Value for n-Person Games: mean over all orders"),
    ):
        expected = {
            "from": 1000,
            "to": 1250,
            "change": 250,
            "contributions": [{"path": p, "amount": a} for p, a in zip(paths, amounts)],
            "other": 0,
        }
        case(
            f"attribution_{method}", "attribution", {**common, "method": method}, expected, source=source, absolute=1e-9
        )


def goals() -> None:
    base = {"model": "dcf", "input": perpetuity(80, 0.1, 0.02), "output": "enterprise_value"}
    # 80/(w - 0.02) = 800 at 12 %.
    inputs = {**base, "path": "wacc", "target": 800, "lower": 0.05, "upper": 0.3}
    case(
        "goal_seek_market_rate",
        "goal_seek",
        inputs,
        {"x": d("0.12"), "output_value": 800, "multiple": False},
        rel=1e-10,
        source="Rappaport, Mauboussin, Expectations Investing: solve for what the price implies",
    )
    inputs = {**base, "path": "terminal.growth", "target": 1600, "lower": 0, "upper": 0.09}
    case(
        "goal_seek_market_growth",
        "goal_seek",
        inputs,
        {"x": d("0.05")},
        rel=1e-10,
        source="Rappaport, Mauboussin, Expectations Investing: market-implied growth",
    )
    inputs = {**base, "path": "forecast.fcff[*]", "mode": "scale", "target": 1500, "lower": 0.5, "upper": 3}
    case("goal_seek_scale", "goal_seek", inputs, {"x": d("1.5")}, rel=1e-10, source="Value is proportional to flows")
    # x^2 in disguise: NPV of -4000, 25000, -25000 is zero at 25 % and 400 %.
    inputs = {
        "model": "npv",
        "input": {"rate": 0.1, "cashflows": [-4000, 25000, -25000]},
        "path": "rate",
        "target": 0,
        "lower": 0,
        "upper": 9,
    }
    expected = {"x": d("0.25"), "roots": [d("0.25"), 4], "multiple": True}
    case(
        "goal_seek_two_answers",
        "goal_seek",
        inputs,
        expected,
        rel=1e-9,
        source="Brealey, Myers, Allen, Principles of Corporate Finance: pitfalls of IRR",
    )
    inputs = {**base, "path": "wacc", "target": -5, "lower": 0.05, "upper": 0.3}
    case(
        "goal_seek_out_of_reach",
        "goal_seek",
        inputs,
        error={"kind": "Undefined", "what": "goal_seek"},
        source="A positive flow has no negative value",
    )


def write() -> None:
    tables()
    derivatives()
    causes()
    goals()
