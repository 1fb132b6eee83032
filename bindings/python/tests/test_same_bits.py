from __future__ import annotations

import json
import pickle
import struct
from typing import Any

import numpy as np
import pytest
from golden import ROOT

from valor_ivx import Simulation, SimulationResult

GOLDEN = json.loads((ROOT / "tests/golden/simulation.json").read_text())
SIMULATION = Simulation.from_dict(GOLDEN["simulation"])


def bits(number: float | None) -> str:
    assert number is not None
    return struct.pack(">d", number).hex()


def found(result: SimulationResult) -> dict[str, Any]:
    outputs = {}
    for name in result:
        stats = result[name]
        words = stats.samples.view("uint64")
        weights = np.arange(1, 2 * len(words), 2, dtype="uint64")
        outputs[name] = {
            "mean": bits(stats.mean),
            "standard_deviation": bits(stats.standard_deviation),
            "quantile_5": bits(stats.quantile(0.05)),
            "samples": f"{int((words * weights).sum()):016x}",
        }
    return outputs


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_the_main_job_has_the_bits_of_rust_on_any_number_of_threads(threads: int) -> None:
    result = SIMULATION.run(**GOLDEN["options"], threads=threads)
    assert found(result) == GOLDEN["outputs"]
    assert result.trials_defined == GOLDEN["trials_defined"]


@pytest.mark.parametrize(("shards", "step"), [(2, 1), (5, 3), (8, 5)])
def test_the_main_job_has_the_bits_of_rust_in_pickled_shards_merged_in_any_order(shards: int, step: int) -> None:
    order = [i * step % shards for i in range(shards)]
    parts = [SIMULATION.run_shard(shard=i, shards=shards, **GOLDEN["options"]) for i in order]
    assert found(SimulationResult.merge(pickle.loads(pickle.dumps(parts)))) == GOLDEN["outputs"]
