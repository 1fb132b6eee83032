"""How accurate a mean is, and at what price: the four ways of sampling over time, as a chart.

The work: the company of `peers/dcf_monte_carlo.py`, five correlated drivers, the mean of its value per
share. The true mean is taken from two million scrambled Sobol points. The error of a method at a number of
trials is the root of the mean square of what it missed in runs of different seeds; its time is the median.

    python benches/accuracy.py [seeds] [chart.svg]

Prints a table, and writes the chart that `docs/guides/accuracy.md` shows. Needs matplotlib.
"""

import pathlib
import statistics
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE / "peers"))

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "valor-ivx"

import matplotlib.pyplot as plt
from dcf_monte_carlo import SIMULATION

METHODS = {
    "random": {"method": "random"},
    "antithetic": {"method": "antithetic"},
    "Latin hypercube": {"method": "latin_hypercube", "replicates": 8},
    "scrambled Sobol": {"method": "sobol", "replicates": 8},
}
TRIALS = [2**power for power in range(10, 21, 2)]
TRUE_TRIALS, TRUE_SEED = 2**21, 1_000_003


def mean_of(sampling, trials, seed):
    start = time.perf_counter()
    result = SIMULATION.run(trials=trials, seed=seed, sampling=sampling, threads=1)
    return result["value_per_share"].mean, time.perf_counter() - start


def main():
    seeds = int(sys.argv[1]) if len(sys.argv) > 1 else 24
    chart = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else HERE.parent / "docs/guides/accuracy.svg"
    truth, _ = mean_of(METHODS["scrambled Sobol"], TRUE_TRIALS, TRUE_SEED)
    print(f"true mean {truth:.9f}, {seeds} seeds, one core")
    figure, axes = plt.subplots(figsize=(7.2, 4.6))
    found = {}
    for name, sampling in METHODS.items():
        times, errors = [], []
        for trials in TRIALS:
            runs = [mean_of(sampling, trials, seed) for seed in range(seeds)]
            times.append(statistics.median(seconds for _, seconds in runs))
            errors.append(statistics.fmean((mean - truth) ** 2 for mean, _ in runs) ** 0.5)
            found[name, trials] = errors[-1]
            print(f"{name:16} {trials:>9,} trials {times[-1] * 1e3:9.2f} ms  error {errors[-1]:.2e}")
        axes.loglog(times, errors, marker="o", label=name)
    axes.axhline(found["random", TRIALS[-1]], color="grey", linewidth=0.8, linestyle=":")
    axes.set_xlabel("seconds on one core")
    axes.set_ylabel("error of the mean value per share")
    axes.set_title("Error of the mean against time, five correlated drivers")
    axes.grid(True, which="major", alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(chart, metadata={"Date": None})
    print(f"drawn in {chart}")


if __name__ == "__main__":
    main()
