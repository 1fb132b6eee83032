"""A DCF over a grid of 200 costs of capital and 200 terminal growth rates, by NumPy, Numba and valor-ivx.

The work: the company of `dcf_monte_carlo.py`, ten years in three stages, its value per share in each
of 40,000 cells.

    python benches/peers/dcf_grid.py [side] [repeats]

NumPy and Numba are written for this one grid: free cash flows do not depend on either axis, so they
are computed once. valor-ivx is asked in three ways: a `ColumnModel` made ready before, `evaluate_columns`
that reads the company each time, and `grid` as any study.
"""

import sys

from turns import race

import numpy as np

import valor_ivx
from dcf_monte_carlo import INPUTS, NET_DEBT, REVENUE, SHARES, STAGES, TAX


def flows():
    """Free cash flows, and revenue, margin, sales to capital and working capital ratio of the last year."""
    revenue, working, found = REVENUE, REVENUE * STAGES[0][4], []
    for years, growth, margin, capital, ratio in STAGES:
        for _ in range(years):
            before, revenue = revenue, revenue * (1.0 + growth)
            capex = max((revenue - before) / capital, 0.0)
            found.append(revenue * margin * (1.0 - TAX) - capex - (revenue * ratio - working))
            working = revenue * ratio
    return np.array(found), (revenue, margin, capital, ratio)


def numpy_grid(waccs, growths):
    found, (revenue, margin, capital, ratio) = flows()
    wacc, growth = waccs[:, None], growths[None, :]
    factor = 1.0 / (1.0 + wacc)
    present = (found * factor ** np.arange(1, len(found) + 1)).sum(axis=1, keepdims=True)
    last = revenue * (1.0 + growth) * margin * (1.0 - TAX) - growth * revenue / capital - ratio * growth * revenue
    return (present + last / (wacc - growth) * factor ** len(found) - NET_DEBT) / SHARES


def numpy_cells(waccs, growths):
    """Each cell valued whole, as a model that knows nothing of the axes must."""
    wacc, growth = (axis.ravel() for axis in np.meshgrid(waccs, growths, indexing="ij"))
    factor = 1.0 / (1.0 + wacc)
    revenue, working = np.full_like(wacc, REVENUE), np.full_like(wacc, REVENUE * STAGES[0][4])
    discount, value = np.ones_like(wacc), np.zeros_like(wacc)
    for years, g, margin, capital, ratio in STAGES:
        for _ in range(years):
            before, revenue = revenue, revenue * (1.0 + g)
            capex = np.maximum((revenue - before) / capital, 0.0)
            discount = discount * factor
            value += (revenue * margin * (1.0 - TAX) - capex - (revenue * ratio - working)) * discount
            working = revenue * ratio
    last = revenue * (1.0 + growth) * margin * (1.0 - TAX) - growth * revenue / capital - ratio * growth * revenue
    return ((value + last / (wacc - growth) * discount - NET_DEBT) / SHARES).reshape(len(waccs), len(growths))


def numba_cells():
    import numba

    stages = np.array(STAGES)

    @numba.njit(parallel=True)
    def cells(waccs, growths):
        found = np.empty((len(waccs), len(growths)))
        for i in numba.prange(len(waccs)):
            factor = 1.0 / (1.0 + waccs[i])
            for j in range(len(growths)):
                growth = growths[j]
                revenue, working, discount, value = REVENUE, REVENUE * stages[0, 4], 1.0, 0.0
                margin, capital, ratio = 0.0, 1.0, 0.0
                for s in range(len(stages)):
                    margin, capital, ratio = stages[s, 2], stages[s, 3], stages[s, 4]
                    for _ in range(int(stages[s, 0])):
                        before = revenue
                        revenue = revenue * (1.0 + stages[s, 1])
                        capex = max((revenue - before) / capital, 0.0)
                        discount *= factor
                        value += (revenue * margin * (1.0 - TAX) - capex - (revenue * ratio - working)) * discount
                        working = revenue * ratio
                last = revenue * (1.0 + growth) * margin * (1.0 - TAX)
                last -= growth * revenue / capital + ratio * growth * revenue
                found[i, j] = (value + last / (waccs[i] - growth) * discount - NET_DEBT) / SHARES
        return found

    return cells


def main():
    side = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 15
    waccs, growths = np.linspace(0.07, 0.12, side), np.linspace(0.0, 0.04, side)
    axes = [{"path": "wacc", "values": waccs}, {"path": "terminal.growth", "values": growths}]
    columns = {"wacc": waccs[:, None], "terminal.growth": growths[None, :]}

    def study():
        found = valor_ivx.grid("dcf", INPUTS, axes, ["value_per_share"])["values"]["value_per_share"]
        return np.asarray(found).reshape(side, side)

    ready = valor_ivx.ColumnModel("dcf", INPUTS, list(columns), "value_per_share")
    contestants = {
        "NumPy, each cell": lambda: numpy_cells(waccs, growths),
        "NumPy, flows once": lambda: numpy_grid(waccs, growths),
        "valor-ivx made ready, all cores": lambda: ready(columns),
        "valor-ivx columns, all cores": lambda: valor_ivx.evaluate_columns("dcf", INPUTS, columns, "value_per_share"),
        "valor-ivx grid study": study,
    }
    try:
        cells = numba_cells()
        contestants["Numba, each cell, all cores"] = lambda: cells(waccs, growths)
    except ImportError:
        print("Numba is not installed")
    answers = race(contestants, side * side, "cells", repeats, "NumPy, each cell")
    wanted = answers["valor-ivx columns, all cores"]
    for name, found in answers.items():
        assert np.abs(found - wanted).max() < 1e-9 * np.abs(wanted).max(), f"{name} values another company"


if __name__ == "__main__":
    main()
