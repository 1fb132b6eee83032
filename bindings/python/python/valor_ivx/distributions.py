"""Distributions of drawn inputs. Each is sampled by its inverse, so that every sampling scheme and copula works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._record import Record, _line

if TYPE_CHECKING:
    from ._types import Number, Numbers

__all__ = [
    "Distribution",
    "Draw",
    "beta",
    "constant",
    "discrete",
    "draw",
    "empirical",
    "gamma",
    "lognormal",
    "normal",
    "pert",
    "student_t",
    "triangular",
    "truncated",
    "uniform",
]


class Distribution(Record):
    """A distribution by its type and parameters."""

    __slots__ = ()

    def __repr__(self) -> str:
        inner = ", ".join(f"{name}={_line(value)}" for name, value in self._data.items() if name != "type")
        return f"{self._data['type']}({inner})"


class Draw(Record):
    """A distribution at a path: its draw replaces, is added to, or multiplies the base value."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "draw(" + ", ".join(f"{name}={value!r}" for name, value in self._data.items()) + ")"


def _made(kind: str, **parameters: Any) -> Distribution:
    return Distribution({"type": kind, **{name: value for name, value in parameters.items() if value is not None}})


def draw(path: str, distribution: Distribution, mode: str = "set", name: str | None = None) -> Draw:
    """A draw at `path`; `mode` is `"set"`, `"shift"` or `"scale"`, `name` labels it in results."""
    fields = {"path": path, "distribution": distribution, "mode": mode}
    return Draw(fields if name is None else {**fields, "name": name})


def constant(value: Number) -> Distribution:
    """Always `value`."""
    return _made("constant", value=value)


def normal(mean: Number, sd: Number) -> Distribution:
    """Normal with this mean and standard deviation."""
    return _made("normal", mean=mean, sd=sd)


def lognormal(
    mean: Number | None = None,
    sd: Number | None = None,
    *,
    mu: Number | None = None,
    sigma: Number | None = None,
    shift: Number | None = None,
) -> Distribution:
    """Lognormal by its own `mean` and `sd`, or by the `mu` and `sigma` of its logarithm, moved by `shift`."""
    return _made("lognormal", mean=mean, sd=sd, mu=mu, sigma=sigma, shift=shift)


def uniform(low: Number, high: Number) -> Distribution:
    """Uniform between `low` and `high`."""
    return _made("uniform", low=low, high=high)


def triangular(low: Number, mode: Number, high: Number) -> Distribution:
    """Triangular with its peak at `mode`."""
    return _made("triangular", low=low, mode=mode, high=high)


def pert(low: Number, mode: Number, high: Number, shape: Number | None = None) -> Distribution:
    """A smooth triangular: a beta between `low` and `high`, the more peaked the larger `shape` (4)."""
    return _made("pert", low=low, mode=mode, high=high, shape=shape)


def beta(alpha: Number, beta: Number, low: Number | None = None, high: Number | None = None) -> Distribution:
    """Beta between `low` (0) and `high` (1)."""
    return _made("beta", alpha=alpha, beta=beta, low=low, high=high)


def student_t(df: Number, location: Number = 0.0, scale: Number = 1.0) -> Distribution:
    """Student's t; `scale` is not the standard deviation, which is `scale * sqrt(df / (df - 2))`."""
    return _made("student_t", df=df, location=location, scale=scale)


def gamma(shape: Number, scale: Number, shift: Number | None = None) -> Distribution:
    """Gamma with mean `shift + shape * scale`."""
    return _made("gamma", shape=shape, scale=scale, shift=shift)


def empirical(values: Numbers, weights: Numbers | None = None, interpolation: str | None = None) -> Distribution:
    """Observations: linear between them, or with `interpolation="step"` the observations themselves."""
    return _made("empirical", values=values, weights=weights, interpolation=interpolation)


def discrete(values: Numbers, probabilities: Numbers) -> Distribution:
    """One of `values` with these probabilities, which sum to 1."""
    return _made("discrete", values=values, probabilities=probabilities)


def truncated(of: Distribution, low: Number | None = None, high: Number | None = None) -> Distribution:
    """`of` given that it falls between `low` and `high`; nothing gathers at the bounds."""
    return _made("truncated", of=of, low=low, high=high)
