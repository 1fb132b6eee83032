"""Paths of stochastic processes: the bits of the core as arrays, and what no motion can be."""

import numpy as np
import pytest

import valor_ivx

MOTION = {"spot": 100.0, "drift": 0.05, "volatility": 0.2, "horizon": 1.0}


def test_rows_are_paths_and_the_same_whatever_is_made_with_them():
    many = valor_ivx.gbm_paths(**MOTION, steps=12, paths=1_000, seed=2**64 - 1)
    assert many.shape == (1_000, 13)
    assert many.dtype == np.float64
    assert (many[:, 0] == 100.0).all()
    few = valor_ivx.gbm_paths(**MOTION, steps=12, paths=300, seed=2**64 - 1, threads=1)
    assert (few == many[:300]).all()
    assert not (valor_ivx.gbm_paths(**MOTION, steps=12, paths=300, seed=3) == few).all()


def test_the_last_values_have_the_mean_of_the_motion():
    last = valor_ivx.gbm_paths(**MOTION, steps=5, paths=100_000, seed=1)[:, -1]
    error = last.std() / len(last) ** 0.5
    assert abs(last.mean() - 100.0 * np.exp(0.05)) < 4.0 * error


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"spot": 0.0}, "spot"),
        ({"volatility": -0.1}, "volatility"),
        ({"drift": float("nan")}, "drift"),
        ({"steps": 0}, "steps"),
        ({"steps": 1.5}, "steps"),
        ({"paths": -1}, "paths"),
        ({"seed": "x"}, "seed"),
    ],
)
def test_what_no_motion_can_be_is_refused_by_name(wrong, field):
    with pytest.raises(valor_ivx.InvalidInputError) as refused:
        valor_ivx.gbm_paths(**{**MOTION, "steps": 2, "paths": 2, "seed": 1, **wrong})
    assert refused.value.field == field
