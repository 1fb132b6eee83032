"""XIRR of many series, by pyxirr, NumPy, Numba and valor-ivx, in one run on one machine.

The work: 10,000 series of 20 dated flows, an outlay and returns that differ from series to series, on
dates of their own, to 1e-9 or better. Dates are given as NumPy holds them, `datetime64[D]`.

    python benches/peers/xirr.py [series] [repeats]

NumPy and Numba run Newton's method from 0.1 with the year fractions computed from the dates; Numba is
left out where it is not installed.
"""

import sys

import numpy as np
import pyxirr
from turns import race

import valor_ivx

FLOWS = 20


def work(series):
    i, t = np.arange(series)[:, None], np.arange(FLOWS)[None, :]
    flows = np.where(t == 0, -1000.0, 80.0 + (i * 7 + t * 13) % 40)
    days = 16_000 + 182 * t + (i + t) % 30 * (t > 0)
    return flows, days.astype("datetime64[D]")


def years(dates):
    days = dates.view(np.int64)
    return (days - days[:, :1]) / 365.0


def numpy_newton(flows, dates):
    times = years(dates)
    rate = np.full(len(flows), 0.1)
    for _ in range(50):
        terms = flows * (1.0 + rate[:, None]) ** -times
        step = terms.sum(axis=1) / ((terms * times).sum(axis=1) / (1.0 + rate))
        rate += step
        if np.abs(step).max() < 1e-10:
            break
    return rate


def numba_newton():
    import numba

    @numba.njit(parallel=True, fastmath=False)
    def rates(flows, days):
        found = np.empty(len(flows))
        for i in numba.prange(len(flows)):
            rate = 0.1
            for _ in range(50):
                value, slope = 0.0, 0.0
                for k in range(flows.shape[1]):
                    time = (days[i, k] - days[i, 0]) / 365.0
                    term = flows[i, k] * (1.0 + rate) ** -time
                    value += term
                    slope += term * time
                step = value / (slope / (1.0 + rate))
                rate += step
                if abs(step) < 1e-10:
                    break
            found[i] = rate
        return found

    return lambda flows, dates: rates(flows, dates.view(np.int64))


def main():
    series = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 15
    flows, dates = work(series)
    one = dates[0]
    contestants = {
        "pyxirr, series by series": lambda: np.array([pyxirr.xirr(d, f) for d, f in zip(dates, flows)]),
        "NumPy Newton": lambda: numpy_newton(flows, dates),
        "valor-ivx, one core": lambda: valor_ivx.xirr_many(flows, dates, threads=1).values,
        "valor-ivx, all cores": lambda: valor_ivx.xirr_many(flows, dates).values,
    }
    try:
        newton = numba_newton()
        contestants["Numba Newton, all cores"] = lambda: newton(flows, dates)
    except ImportError:
        print("Numba is not installed")
    answers = race(contestants, series, "series", repeats, "pyxirr, series by series")
    wanted = answers["valor-ivx, all cores"]
    for name, found in answers.items():
        assert np.abs(found - wanted).max() < 1e-9, f"{name} finds other rates"

    # Doors beside the one above; no peer has them all.
    irr = {
        "NumPy Newton on dates one has made": lambda: numpy_newton(flows, np.broadcast_to(one, flows.shape).copy()),
        "valor-ivx xirr, one list of dates, all cores": lambda: valor_ivx.xirr_many(flows, one).values,
        "valor-ivx irr, all cores": lambda: valor_ivx.irr_many(flows).values,
        "valor-ivx npv, all cores": lambda: valor_ivx.npv_many(0.08, flows).values,
    }
    race(irr, series, "series", repeats, "NumPy Newton on dates one has made")


if __name__ == "__main__":
    main()
