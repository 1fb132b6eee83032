"""The centre of the inverse normal in `src/random/normal.rs`: python3 tests/golden/normal_score.py

z(q)/q, where q is the probability less one half, is a function of s = q^2 that is smooth up to the
singularity at s = 1/4. It is interpolated on [0, 0.47^2] by a rational function of degree 9 over 9 at
the nodes which are best for an interval beside a half-line (Zolotarev's, by an elliptic function).
Prints the coefficients in powers of r = 0.47^2 - s, highest first, and the largest relative error.
Needs mpmath.
"""

from mpmath import ellipfun, ellipk, erfinv, lu_solve, matrix, mp, mpf, nstr, pi, polyval, sin, sqrt

mp.dps = 60
DEGREE = 9
END = mpf("0.47") ** 2
SINGULARITY = mpf(1) / 4


def ratio(s):
    q = sqrt(s)
    return sqrt(mpf(2)) * erfinv(2 * q) / q


nodes = 2 * DEGREE + 1
modulus = END / SINGULARITY
step = ellipk(modulus) / (2 * nodes)
system, right = matrix(nodes, nodes), matrix(nodes, 1)
for row in range(nodes):
    s = END * ellipfun("sn", step * (2 * row + 1), m=modulus) ** 2
    r, want = END - s, ratio(s)
    for power in range(DEGREE + 1):
        system[row, power] = r**power
    for power in range(1, DEGREE + 1):
        system[row, DEGREE + power] = -want * r**power
    right[row] = want
solution = lu_solve(system, right)
numerator = [solution[i] for i in range(DEGREE, -1, -1)]
denominator = [solution[DEGREE + i] for i in range(DEGREE, 0, -1)] + [mpf(1)]

worst = mpf(0)
for i in range(1, 1001):
    s = END * sin(pi * i / 2000) ** 2
    value = polyval(numerator, END - s) / polyval(denominator, END - s)
    worst = max(worst, abs(value / ratio(s) - 1))
print("numerator", [float(c) for c in numerator])
print("denominator", [float(c) for c in denominator])
print("largest relative error", nstr(worst, 3))
