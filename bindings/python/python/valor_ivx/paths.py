"""Paths of stochastic processes as arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _native

if TYPE_CHECKING:
    from ._types import Floats

__all__ = ["gbm_paths"]


def gbm_paths(
    spot: float,
    drift: float,
    volatility: float,
    horizon: float,
    *,
    steps: int,
    paths: int,
    seed: int,
    threads: int | None = None,
) -> Floats:
    """Paths of a geometric Brownian motion: an array of `paths` rows, each `steps` + 1 long from `spot` on.

    `drift` is the continuously compounded growth and `volatility` the standard deviation of the logarithm,
    both a year; `horizon` is in years. Steps are exact, however long. Row i is the same bits whatever
    `paths` and `threads` are.

    >>> paths = gbm_paths(100.0, 0.05, 0.2, 1.0, steps=12, paths=50_000, seed=7)
    >>> paths.shape, paths[:, -1].mean().round()
    ((50000, 13), np.float64(105.0))
    """
    wanted = {
        "spot": spot, "drift": drift, "volatility": volatility, "horizon": horizon, "steps": steps, "paths": paths,
        "seed": seed,
    }
    return _native.gbm_paths(wanted, threads)
