"""Tests and intervals of experiments to 17 digits, apart from the library: writes inference.json.

Needs mpmath. Run it from anywhere: python tests/golden/inference.py
Each case is checked against the digits that the specification prints.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import mpmath as mp

mp.mp.dps = 50

CASES = []


def case(method, given, found, printed):
    """Keeps a case; what is printed must be what was found, to the digits printed."""
    for name, digits in printed.items():
        value, want = found[name], mp.mpf(digits)
        mantissa, _, exponent = digits.partition("e")
        places = len(mantissa.partition(".")[2])
        unit = mp.mpf(10) ** (int(exponent or 0) - places)
        assert abs(value - want) <= unit * mp.mpf("0.5000001"), (method, name, value, digits)
    CASES.append({"method": method, "given": given, "found": {name: float(value) for name, value in found.items()}})


def chi_square_above(df, value):
    return mp.gammainc(mp.mpf(df) / 2, mp.mpf(value) / 2, mp.inf, regularized=True)


def normal_quantile(p):
    return mp.sqrt(2) * mp.erfinv(2 * mp.mpf(p) - 1)


def student_beyond(df, t):
    t = mp.mpf(t)
    return mp.betainc(df / 2, mp.mpf(1) / 2, 0, df / (df + t * t), regularized=True)


def sample_ratio(counts, weights, printed):
    n, whole = sum(counts), sum(mp.mpf(w) for w in weights)
    expected = [n * mp.mpf(w) / whole for w in weights]
    chi = sum((c - e) ** 2 / e for c, e in zip(counts, expected))
    found = {"chi_square": chi, "p": chi_square_above(len(counts) - 1, chi)}
    case("sample_ratio", {"counts": counts, "weights": [float(w) for w in weights]}, found, printed)


def welch(first, second, printed):
    (n1, m1, s1), (n2, m2, s2) = [[mp.mpf(x) for x in side] for side in (first, second)]
    v1, v2 = s1**2 / n1, s2**2 / n2
    df = (v1 + v2) ** 2 / (v1**2 / (n1 - 1) + v2**2 / (n2 - 1))
    t = (m2 - m1) / mp.sqrt(v1 + v2)
    quantile = mp.findroot(lambda x: mp.log(student_beyond(df, x) / mp.mpf("0.05")), 2)
    half = quantile * mp.sqrt(v1 + v2)
    found = {"t": t, "df": df, "p": student_beyond(df, t), "low": m2 - m1 - half, "high": m2 - m1 + half}
    given = {"first": [float(x) for x in first], "second": [float(x) for x in second]}
    case("welch", given, found, printed)


def wilson_bounds(hits, count):
    z, n = normal_quantile("0.975"), mp.mpf(count)
    p = hits / n
    centre = (p + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * mp.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return (mp.mpf(0) if hits == 0 else centre - half), (mp.mpf(1) if hits == count else centre + half)


def wilson(hits, count, printed):
    low, high = wilson_bounds(hits, count)
    case("wilson", {"hits": hits, "count": count}, {"low": low, "high": high}, printed)


def newcombe(first, second, printed):
    (l1, u1), (l2, u2) = wilson_bounds(*first), wilson_bounds(*second)
    p1, p2 = mp.mpf(first[0]) / first[1], mp.mpf(second[0]) / second[1]
    d = p2 - p1
    found = {
        "difference": d,
        "low": d - mp.sqrt((p2 - l2) ** 2 + (u1 - p1) ** 2),
        "high": d + mp.sqrt((u2 - p2) ** 2 + (p1 - l1) ** 2),
    }
    pooled = mp.mpf(first[0] + second[0]) / (first[1] + second[1])
    score = d**2 / (pooled * (1 - pooled) * (mp.mpf(1) / first[1] + mp.mpf(1) / second[1]))
    found["p"] = mp.erfc(mp.sqrt(score / 2))
    case("newcombe", {"first": first, "second": second}, found, printed)


def mann_whitney(first, second, printed):
    pairs = [mp.mpf(1) if a > b else mp.mpf("0.5") if a == b else mp.mpf(0) for a in first for b in second]
    u, n1, n2 = sum(pairs), len(first), len(second)
    both = first + second
    groups = [len(list(group)) for _, group in itertools.groupby(sorted(both))]
    ties = sum(t**3 - t for t in groups)
    if ties == 0:
        near = min(u, n1 * n2 - u)
        far = total = 0
        for chosen in itertools.combinations(range(n1 + n2), n1):
            total += 1
            of_set = sum(rank - place for place, rank in enumerate(chosen))
            far += of_set <= near
        p = min(mp.mpf(1), mp.mpf(2) * far / total)
    else:
        n = n1 + n2
        variance = mp.mpf(n1 * n2) / 12 * (n + 1 - mp.mpf(ties) / (n * (n - 1)))
        z = max(abs(u - mp.mpf(n1 * n2) / 2) - mp.mpf("0.5"), mp.mpf(0)) / mp.sqrt(variance)
        p = mp.erfc(z / mp.sqrt(2))
    case("mann_whitney", {"first": first, "second": second}, {"u": u, "p": p, "effect": u / (n1 * n2)}, printed)


def always_valid(v, t, alpha, difference, printed):
    given = {"variance": v, "tau2": t, "alpha": alpha, "difference": difference}
    v, t, a, d = (mp.mpf(repr(x)) for x in (v, t, alpha, difference))
    half = mp.sqrt(v * (v + t) / t * mp.log((v + t) / (v * a**2)))
    p = mp.sqrt((v + t) / v) * mp.exp(-(d**2) * t / (2 * v * (v + t)))
    fixed = normal_quantile("0.975") * mp.sqrt(v)
    case("always_valid", given, {"half_width": half, "p": min(p, mp.mpf(1)), "fixed_half_width": fixed}, printed)


def count_evidence(counts, split, k, printed):
    theta = [mp.mpf(str(share)) for share in split]
    after = [k * share + count for share, count in zip(theta, counts)]
    before = [k * share for share in theta]

    def ln_beta(a):
        return sum(mp.loggamma(x) for x in a) - mp.loggamma(sum(a))

    e = ln_beta(after) - ln_beta(before) - sum(c * mp.log(share) for c, share in zip(counts, theta))
    given = {"counts": counts, "split": split, "concentration": k}
    case("count_evidence", given, {"ln_e": e}, printed)


def minimum_n(v1, v2, d, share, printed):
    z = normal_quantile("0.975") + normal_quantile("0.8")
    v1_, v2_, d_, r = (mp.mpf(repr(x)) for x in (v1, v2, d, share))
    total = z**2 * (v1_ / r + v2_ / (1 - r)) / d_**2
    found = {"total": mp.ceil(total), "first": mp.ceil(total * r), "second": mp.ceil(total * (1 - r))}
    case("minimum_n", {"variances": [v1, v2], "difference": d, "share": share}, found, printed)


sample_ratio([52000, 48000], [0.5, 0.5], {"chi_square": "160", "p": "1.1315e-36"})
sample_ratio([50200, 49800], [0.5, 0.5], {"chi_square": "1.6", "p": "0.205903"})
sample_ratio([69500, 30500], [0.7, 0.3], {"chi_square": "11.904762", "p": "0.000559906"})
sample_ratio([331, 350, 319, 402], [0.25, 0.25, 0.25, 0.25], {})
welch(
    ("1000", "10.0", "2.0"),
    ("1200", "10.3", "2.5"),
    {"t": "3.126301", "df": "2194.4188", "p": "0.00179339", "low": "0.111818", "high": "0.488182"},
)
welch(("5", "1.5", "0.25"), ("9", "1.25", "3"), {})
wilson(10, 100, {"low": "0.0552291", "high": "0.1743657"})
wilson(0, 20, {"low": "0", "high": "0.1611252"})
newcombe([48, 80], [56, 70], {"difference": "0.2", "low": "0.0524315", "high": "0.3338727"})
newcombe([0, 20], [3, 25], {})
mann_whitney([1.1, 2.2, 3.3, 4.4, 5.5], [2.0, 6.1, 7.2, 8.3, 9.4], {"u": "4", "p": "0.0952381"})
mann_whitney([1.0, 2.0, 3.0, 4.0, 5.0], [3.0, 4.0, 5.0, 6.0, 7.0], {"u": "4.5", "p": "0.1138463"})
mann_whitney([3.5, 0.5, 9.0, 7.25], [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 0.25], {})
always_valid(2e-4, 1e-3, 0.05, 0.05, {"half_width": "0.0432201", "p": "0.0134006", "fixed_half_width": "0.0277181"})
always_valid(3.5, 0.02, 0.01, 9.0, {})
count_evidence([52000, 48000], [0.5, 0.5], 100, {"ln_e": "76.485287"})
count_evidence([50200, 49800], [0.5, 0.5], 100, {"ln_e": "-2.657664"})
count_evidence([190, 31], [0.95, 0.05], 2, {})
count_evidence([3, 0, 7], [0.25, 0.25, 0.5], 2, {})
count_evidence([9500321002, 499678998], [0.95, 0.05], 100, {})
minimum_n(1.0, 1.0, 0.1, 0.5, {"first": "1570", "second": "1570"})
minimum_n(0.09, 0.1056, 0.02, 0.5, {"first": "3839", "second": "3839"})
minimum_n(1.0, 1.0, 0.1, 0.9, {"total": "8721"})

lines = ",\n".join(json.dumps(each) for each in CASES)
Path(__file__).with_name("inference.json").write_text(
    '{"description": "by tests/golden/inference.py", "cases": [\n' + lines + "\n]}\n", encoding="utf-8"
)
