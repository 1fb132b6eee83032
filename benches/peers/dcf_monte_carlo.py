"""The DCF Monte Carlo of one company, by NumPy and by valor-ivx, in one run on one machine.

The work: ten years in three stages, five correlated drivers (first growth, first margin and cost of
capital normal; terminal growth triangular; capital ratio lognormal), a Gordon terminal value, and of
the value per share the mean, the standard deviation and the 5th, 50th and 95th percentile.

    python benches/peers/dcf_monte_carlo.py [trials] [repeats]

NumPy runs twice: as most people write it (whole columns), and in chunks that stay in cache. Both run
on one core; valor-ivx runs on one core and on two. Medians and spreads are printed, then ratios.
"""

import os

# Linear algebra must not use a second core behind NumPy's back.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import platform
import statistics
import sys
import time

import numpy as np

import valor_ivx

CORRELATION = np.array(
    [
        [1.0, 0.3, 0.2, 0.1, 0.0],
        [0.3, 1.0, 0.1, 0.0, 0.2],
        [0.2, 0.1, 1.0, 0.4, 0.0],
        [0.1, 0.0, 0.4, 1.0, 0.1],
        [0.0, 0.2, 0.0, 0.1, 1.0],
    ]
)
CHOLESKY = np.linalg.cholesky(CORRELATION)
STAGES = [(4, 0.12, 0.20, 2.5, 0.05), (3, 0.08, 0.22, 3.0, 0.04), (3, 0.04, 0.24, 3.5, 0.035)]
TAX, NET_DEBT, SHARES, REVENUE = 0.23, 300.0, 150.0, 500.0
LOW, MODE, HIGH = 0.015, 0.025, 0.035
SIGMA = np.sqrt(np.log1p((0.25 / 2.5) ** 2))
MU = np.log(2.5) - SIGMA**2 / 2


def normal_cdf(z):
    """Within 7.5e-8 (Abramowitz and Stegun 26.2.17): what a NumPy user without SciPy writes."""
    t = 1.0 / (1.0 + 0.2316419 * np.abs(z))
    tail = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
    tail *= np.exp(-0.5 * z * z) * 0.3989422804014327
    return np.where(z > 0, 1.0 - tail, tail)


def numpy_trials(generator, trials):
    z = generator.standard_normal((trials, 5)) @ CHOLESKY.T
    growth1 = 0.12 + 0.02 * z[:, 0]
    margin1 = 0.20 + 0.02 * z[:, 1]
    wacc = 0.09 + 0.005 * z[:, 2]
    u = normal_cdf(z[:, 3])
    split = (MODE - LOW) / (HIGH - LOW)
    growth = np.where(
        u < split,
        LOW + np.sqrt(u * (HIGH - LOW) * (MODE - LOW)),
        HIGH - np.sqrt((1.0 - u) * (HIGH - LOW) * (HIGH - MODE)),
    )
    capital1 = np.exp(MU + SIGMA * z[:, 4])

    revenue = np.full(trials, REVENUE)
    working = REVENUE * STAGES[0][4]
    discount = np.ones(trials)
    factor = 1.0 / (1.0 + wacc)
    value = np.zeros(trials)
    for i, (years, g, m, capital, ratio) in enumerate(STAGES):
        g, m, capital = (growth1, margin1, capital1) if i == 0 else (g, m, capital)
        for _ in range(years):
            before = revenue
            revenue = before * (1.0 + g)
            ebit = revenue * m
            nopat = ebit - TAX * np.maximum(ebit, 0.0)
            capex = np.maximum((revenue - before) / capital, 0.0)
            ending = revenue * ratio
            discount = discount * factor
            value += (nopat - capex - (ending - working)) * discount
            working = ending
    _, _, m, capital, ratio = STAGES[-1]
    nopat = revenue * (1.0 + growth) * m * (1.0 - TAX)
    flow = nopat - np.maximum(growth * revenue / capital, 0.0) - ratio * growth * revenue
    value += flow / (wacc - growth) * discount
    return (value - NET_DEBT) / SHARES


def summary(values):
    return values.mean(), values.std(ddof=1), *np.quantile(values, [0.05, 0.5, 0.95])


def numpy_naive(trials, seed):
    return summary(numpy_trials(np.random.default_rng(seed), trials))


def numpy_chunked(trials, seed, chunk=8192):
    generator = np.random.default_rng(seed)
    values = np.empty(trials)
    for start in range(0, trials, chunk):
        stop = min(start + chunk, trials)
        values[start:stop] = numpy_trials(generator, stop - start)
    return summary(values)


INPUTS = {
    "base_revenue": REVENUE,
    "tax_rate": TAX,
    "wacc": 0.09,
    "shares": SHARES,
    "bridge": {"net_debt": NET_DEBT},
    "stages": [
        {"years": n, "growth": g, "ebit_margin": m, "sales_to_capital": c, "nwc_pct": w} for n, g, m, c, w in STAGES
    ],
    "terminal": {"method": "gordon", "growth": MODE},
}
SIMULATION = valor_ivx.Simulation(
    "dcf",
    INPUTS,
    draws={
        "stages[0].growth": valor_ivx.normal(0.12, 0.02),
        "stages[0].ebit_margin": valor_ivx.normal(0.20, 0.02),
        "wacc": valor_ivx.normal(0.09, 0.005),
        "terminal.growth": valor_ivx.triangular(LOW, MODE, HIGH),
        "stages[0].sales_to_capital": valor_ivx.lognormal(mean=2.5, sd=0.25),
    },
    correlation=CORRELATION.tolist(),
    outputs=["value_per_share"],
)


def ours(threads):
    def run(trials, seed):
        result = SIMULATION.run(trials=trials, seed=seed, threads=threads)
        r = result["value_per_share"]
        return r.mean, r.standard_deviation, *r.quantile([0.05, 0.5, 0.95])

    return run


def main():
    trials = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    contestants = {
        "NumPy, whole columns, one core": numpy_naive,
        "NumPy, chunks of 8,192, one core": numpy_chunked,
        "valor-ivx, one core": ours(1),
        "valor-ivx, two cores": ours(2),
    }
    times = {name: [] for name in contestants}
    answers = {}
    # Turn by turn, so that a busy moment of the machine meets all of them.
    for repeat in range(repeats + 1):
        for name, run in contestants.items():
            start = time.perf_counter()
            answers[name] = run(trials, 7 + repeat)
            elapsed = time.perf_counter() - start
            if repeat:
                times[name].append(trials / elapsed)

    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, NumPy {np.__version__}, {trials:,} trials")
    for name, rates in times.items():
        mean, sd, p5, p50, p95 = answers[name]
        print(
            f"{name:34} {statistics.median(rates) / 1e6:6.1f}M trials/s"
            f"  ({min(rates) / 1e6:.1f} to {max(rates) / 1e6:.1f})"
            f"   mean {mean:.3f} sd {sd:.3f} p5 {p5:.3f} p50 {p50:.3f} p95 {p95:.3f}"
        )
    median = {name: statistics.median(rates) for name, rates in times.items()}
    chunked = median["NumPy, chunks of 8,192, one core"]
    print(f"ratio to chunked NumPy: one core {median['valor-ivx, one core'] / chunked:.2f}, "
          f"two cores {median['valor-ivx, two cores'] / chunked:.2f}")
    means = [answer[0] for answer in answers.values()]
    assert max(means) - min(means) < 0.05, "the contestants do not value the same company"


if __name__ == "__main__":
    main()
