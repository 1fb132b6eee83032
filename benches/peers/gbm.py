"""Paths of a geometric Brownian motion, every step kept, by NumPy, Numba and valor-ivx.

The work: 100,000 paths of 252 daily steps as one array. NumPy is tuned: PCG64 and its ziggurat, sums and
exponentials in place, in chunks that stay in the cache.

    python benches/peers/gbm.py [paths] [repeats]
"""

import sys

from turns import race

import numpy as np

import valor_ivx

SPOT, DRIFT, VOLATILITY, HORIZON, STEPS = 100.0, 0.05, 0.2, 1.0, 252
CHUNK = 500
STEP = HORIZON / STEPS
TREND, SCALE = (DRIFT - 0.5 * VOLATILITY**2) * STEP, VOLATILITY * STEP**0.5


def numpy_paths(paths):
    random = np.random.default_rng(7)
    found = np.empty((paths, STEPS + 1))
    found[:, 0] = SPOT
    for first in range(0, paths, CHUNK):
        part = found[first : first + CHUNK, 1:]
        logs = random.standard_normal((len(part), STEPS))
        logs *= SCALE
        logs += TREND
        np.cumsum(logs, axis=1, out=logs)
        np.exp(logs, out=logs)
        np.multiply(logs, SPOT, out=part)
    return found


def numba_paths():
    import numba

    @numba.njit(parallel=True)
    def paths_of(paths):
        found = np.empty((paths, STEPS + 1))
        for i in numba.prange(paths):
            found[i, 0] = SPOT
            log = 0.0
            for step in range(STEPS):
                log += TREND + SCALE * np.random.standard_normal()
                found[i, step + 1] = SPOT * np.exp(log)
        return found

    return paths_of


def main():
    paths = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    repeats = int(sys.argv[2]) if len(sys.argv) > 2 else 9

    def ours(threads=None):
        return valor_ivx.gbm_paths(SPOT, DRIFT, VOLATILITY, HORIZON, steps=STEPS, paths=paths, seed=7, threads=threads)

    contestants = {
        "NumPy, chunked": lambda: numpy_paths(paths),
        "valor-ivx, one thread": lambda: ours(1),
        "valor-ivx, all cores": ours,
    }
    try:
        paths_of = numba_paths()
        contestants["Numba, all cores"] = lambda: paths_of(paths)
    except ImportError:
        print("Numba is not installed")
    answers = race(contestants, paths * STEPS, "path-steps", repeats, "NumPy, chunked")
    for name, found in answers.items():
        growth = np.log(found[:, -1] / SPOT)
        error = VOLATILITY * HORIZON**0.5 / len(growth) ** 0.5
        assert abs(growth.mean() - TREND * STEPS) < 5 * error, f"{name} follows another process"


if __name__ == "__main__":
    main()
