from __future__ import annotations

import json
import struct

from golden import ROOT

from valor_ivx import Simulation

GOLDEN = json.loads((ROOT / "tests/golden/simulation.json").read_text())


def bits(number: float | None) -> str:
    assert number is not None
    return struct.pack(">d", number).hex()


def test_a_run_has_the_same_bits_as_in_rust() -> None:
    for threads in (1, 2, 7):
        result = Simulation.from_dict(GOLDEN["simulation"]).run(GOLDEN["trials"], GOLDEN["seed"], threads)
        for name, want in GOLDEN["outputs"].items():
            stats = result[name]
            folded = 0
            for word in stats.samples.view("uint64").tolist():
                folded = ((folded << 1 | folded >> 63) & (2**64 - 1)) ^ word
            assert {
                "mean": bits(stats.mean),
                "standard_deviation": bits(stats.standard_deviation),
                "quantile_5": bits(stats.quantile(0.05)),
                "samples": f"{folded:016x}",
            } == want
