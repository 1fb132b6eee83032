"""Contestants on the same work turn by turn, so that a busy moment of the machine meets all of them."""

import os

# Linear algebra must not use a second core behind NumPy's back, nor kernels chosen for another machine.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"
for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(name, None)

import platform
import statistics
import time


def race(contestants, items, unit, repeats, base):
    """Prints the median rate and the spread of each, and its ratio to `base`; gives the answers."""
    answers = {name: run() for name, run in contestants.items()}
    rates = {name: [] for name in contestants}
    for _ in range(repeats):
        for name, run in contestants.items():
            start = time.perf_counter()
            run()
            rates[name].append(items / (time.perf_counter() - start))
    print(f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, {items:,} {unit}, medians of {repeats}")
    reference = statistics.median(rates[base])
    for name, seen in rates.items():
        middle = statistics.median(seen)
        spread = f"({min(seen) / 1e6:.2f} to {max(seen) / 1e6:.2f})"
        print(f"{name:44} {middle / 1e6:8.2f}M {unit}/s {spread:22} {middle / reference:8.2f} times {base}")
    return answers
