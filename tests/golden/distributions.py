"""Quantiles of every distribution to 17 digits, apart from the library: writes distributions.json.

Needs mpmath. Run it from anywhere: python tests/golden/distributions.py
"""

from __future__ import annotations

import json
from pathlib import Path

import mpmath as mp

mp.mp.dps = 60

# Probabilities below where negative, above where positive, as the library holds them.
TAILS = [-1e-12, -1e-9, -1e-5, -0.001, -0.03, -0.2, -0.45, -0.4999, 0.4999, 0.4, 0.15, 0.01, 1e-4, 1e-7, 1e-12]


def solve(tail, below, above, low, high):
    """The x at which one of two monotone functions meets a probability: bisection, then secants."""
    tail = mp.mpf(tail)

    def miss(x):
        return mp.log(below(x)) - mp.log(-tail) if tail < 0 else mp.log(tail) - mp.log(above(x))

    while high - low > mp.mpf("1e-9") * max(1, abs(low)):
        middle = (low + high) / 2
        try:
            left = miss(middle) < 0
        except ValueError:
            left = False
        low, high = (middle, high) if left else (low, middle)
    return mp.findroot(miss, (low, high), solver="secant", tol=mp.mpf("1e-70"))


def gamma(shape):
    a = mp.mpf(shape)
    return (
        lambda y: mp.gammainc(a, 0, a * mp.exp(y), regularized=True),
        lambda y: mp.gammainc(a, a * mp.exp(y), mp.inf, regularized=True),
    )


def beta(alpha, beta):
    a, b = mp.mpf(alpha), mp.mpf(beta)

    def share(y):
        odds = mp.exp(y) * a / b
        return odds / (1 + odds), 1 / (1 + odds)

    return (
        lambda y: mp.betainc(a, b, 0, share(y)[0], regularized=True),
        lambda y: mp.betainc(b, a, 0, share(y)[1], regularized=True),
    )


def width(curvature, tail):
    """A distance from the mode that no tail here is beyond, for a density of this curvature."""
    return 40 / min(mp.mpf(curvature), mp.sqrt(curvature))


def gamma_values(shape, scale):
    low = -width(shape, 0)
    high = max(6 / mp.sqrt(mp.mpf(shape)) * 3, mp.log(100 / mp.mpf(shape) + 3))
    return [mp.mpf(shape) * mp.mpf(scale) * mp.exp(solve(t, *gamma(shape), low, high)) for t in TAILS]


def beta_values(alpha, beta_, low, high):
    curvature = mp.mpf(alpha) * mp.mpf(beta_) / (mp.mpf(alpha) + mp.mpf(beta_))
    reach = width(min(curvature, mp.mpf(alpha), mp.mpf(beta_)), 0)
    values = []
    for t in TAILS:
        odds = mp.exp(solve(t, *beta(alpha, beta_), -reach, reach)) * mp.mpf(alpha) / mp.mpf(beta_)
        values.append(mp.mpf(low) + (mp.mpf(high) - mp.mpf(low)) * odds / (1 + odds))
    return values


def student_values(df, location, scale):
    n = mp.mpf(df)

    def beyond(t):
        return mp.betainc(n / 2, mp.mpf(1) / 2, 0, n / (n + t * t), regularized=True) / 2

    def size(probability):
        within = 1 - 2 * mp.mpf(probability)
        if within < 0.1:
            inside = lambda y: mp.betainc(mp.mpf(1) / 2, n / 2, 0, mp.exp(2 * y) / (n + mp.exp(2 * y)), regularized=True)
            return mp.exp(mp.findroot(lambda y: mp.log(inside(y)) - mp.log(within), (mp.log(within), mp.log(within) + 1)))
        y = solve(probability, None, lambda y: beyond(mp.exp(y)), mp.mpf(-5), mp.mpf(30) / min(n, 1) + 10)
        return mp.exp(y)

    return [mp.mpf(location) + mp.sign(t) * mp.mpf(scale) * size(abs(mp.mpf(t))) for t in TAILS]


def case(values, **distribution):
    distribution["type"] = distribution.pop("kind")
    return {"distribution": distribution, "values": [float(value) for value in values]}


def cases():
    for shape, scale in [(0.02, 1.0), (0.5, 2.0), (1.0, 3.0), (2.5, 0.1), (40.0, 7.0), (3000.0, 1e-3)]:
        yield case(gamma_values(shape, scale), kind="gamma", shape=shape, scale=scale)
    for alpha, beta_, low, high in [
        (0.5, 0.5, 0.0, 1.0),
        (2.0, 5.0, -1.0, 3.0),
        (0.05, 0.3, 0.0, 1.0),
        (1.0, 1.0, 0.0, 1.0),
        (0.02, 4.0, 0.0, 1.0),
        (80.0, 0.7, 0.0, 2.0),
        (300.0, 200.0, 0.0, 1.0),
    ]:
        yield case(beta_values(alpha, beta_, low, high), kind="beta", alpha=alpha, beta=beta_, low=low, high=high)
    for low, mode, high, shape in [(0.01, 0.02, 0.06, 4.0), (1.0, 1.0, 2.0, 4.0), (-3.0, 5.0, 6.0, 12.5)]:
        rise = mp.mpf(shape) / (mp.mpf(high) - mp.mpf(low))
        a, b = 1 + rise * (mp.mpf(mode) - mp.mpf(low)), 1 + rise * (mp.mpf(high) - mp.mpf(mode))
        yield case(beta_values(a, b, low, high), kind="pert", low=low, mode=mode, high=high, shape=shape)
    for df, location, scale in [(0.4, 0.0, 1.0), (1.0, 0.0, 1.0), (3.0, 0.1, 0.02), (7.5, 0.0, 1.0), (200.0, 0.0, 1.0)]:
        yield case(student_values(df, location, scale), kind="student_t", df=df, location=location, scale=scale)


if __name__ == "__main__":
    lines = ",\n".join(json.dumps(one) for one in cases())
    head = json.dumps({"description": "by tests/golden/distributions.py", "tails": TAILS})
    text = head[:-1] + ', "cases": [\n' + lines + "\n]}\n"
    (Path(__file__).parent / "distributions.json").write_text(text, encoding="utf-8", newline="\n")
