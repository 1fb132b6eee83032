"""Direction numbers of Sobol's sequence, and points to check them by.

Writes src/random/joe_kuo.bin: the first 1,024 dimensions of new-joe-kuo-6 (S. Joe and F. Y. Kuo, "Constructing
Sobol sequences with better two-dimensional projections", SIAM J. Sci. Comput. 30, 2008), taken from the copy that
SciPy ships. It is one stream of bits, the lowest of each byte first: for each dimension from the second on, 14
bits of the primitive polynomial, then for each i from 2 up to its degree the upper i - 1 bits of m_i, whose
lowest bit is 1; m_1 is 1.

Writes sobol.json: points of scipy.stats.qmc.Sobol without scrambling, times 2^30.

Needs SciPy. Run it from anywhere: python tests/golden/sobol.py
"""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
from scipy.stats import qmc

DIMENSIONS = 1024
HERE = Path(__file__).parent


def direction_numbers() -> bytes:
    """The stream of bits described above."""
    data = np.load(Path(find_spec("scipy").submodule_search_locations[0]) / "stats/_sobol_direction_numbers.npz")
    bits = []
    for polynomial, numbers in zip(data["poly"][1:DIMENSIONS], data["vinit"][1:DIMENSIONS]):
        degree = int(polynomial).bit_length() - 1
        bits += [int(polynomial) >> k & 1 for k in range(14)]
        for i in range(2, degree + 1):
            bits += [int(numbers[i - 1]) >> k & 1 for k in range(1, i)]
    bits += [0] * (-len(bits) % 8)
    return bytes(sum(bit << k for k, bit in enumerate(bits[i : i + 8])) for i in range(0, len(bits), 8))


def points() -> list[dict]:
    """Some points in all dimensions, far and near."""
    sobol = qmc.Sobol(DIMENSIONS, scramble=False, bits=30)
    found = []
    at = 0
    for index in [7, 1023, 65_521]:
        sobol.fast_forward(index - at)
        point = sobol.random(1)[0]
        at = index + 1
        found.append({"index": index, "point": [int(x * 2**30) for x in point]})
    return found


if __name__ == "__main__":
    (HERE.parent.parent / "src/random/joe_kuo.bin").write_bytes(direction_numbers())
    lines = ",\n".join(json.dumps(point) for point in points())
    text = '{"description": "by tests/golden/sobol.py", "points": [\n' + lines + "\n]}\n"
    (HERE / "sobol.json").write_text(text, encoding="utf-8", newline="\n")
