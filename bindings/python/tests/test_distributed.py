"""One simulation over a real cluster that loses a worker in the middle."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dask.distributed import Client, LocalCluster

from valor_ivx import Simulation, SimulationResult, distributed, normal, triangular


def plain(result: SimulationResult) -> dict[str, Any]:
    return {**result.to_dict(), "elapsed": 0.0}


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        yield client


pytestmark = [
    # What the cluster and its event loop warn of is theirs.
    pytest.mark.filterwarnings("default"),
    pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs a signal that nobody can catch"),
]


def test_two_worker_processes_give_the_bits_of_one_thread(client: Client, dcf_inputs: dict[str, Any]) -> None:
    pids = set(client.run(os.getpid).values())
    assert len(pids) == 2 and os.getpid() not in pids
    draws = {"wacc": normal(0.09, 0.005), "stages[*].ebit_margin": triangular(0.18, 0.2, 0.24)}
    simulation = Simulation("dcf", dcf_inputs, draws, correlation=[[1.0, 0.3], [0.3, 1.0]])
    whole = simulation.run(trials=50_000, seed=7, threads=1)
    merged = distributed.run(simulation, client.get_executor(), trials=50_000, seed=7, shards=6)
    assert plain(merged) == plain(whole)
    assert np.array_equal(merged["value_per_share"].samples, whole["value_per_share"].samples)


def test_a_worker_killed_in_the_middle_changes_no_bit(client: Client, tmp_path: Path) -> None:
    killed = tmp_path / "killed"

    def model(columns: dict[str, Any]) -> dict[str, Any]:
        """The first process that comes to the middle of its shard dies without a word."""
        if len(columns["price"]) > 1 and columns["price"].max() > 13.0:
            try:
                killed.touch(exist_ok=False)
            except FileExistsError:
                pass
            else:
                os.kill(os.getpid(), signal.SIGKILL)
        return {"revenue": columns["price"] * columns["volume"]}

    draws = {"price": normal(10.0, 1.0), "volume": normal(100.0, 5.0)}
    simulation = Simulation(model, {"price": 10.0, "volume": 100.0}, draws, outputs=["revenue"])
    before = set(client.run(os.getpid).values())
    merged = distributed.run(simulation, client.get_executor(), trials=100_000, seed=7, shards=8, threads=1)
    assert killed.exists(), "a worker has died"
    client.wait_for_workers(2)
    assert len(before - set(client.run(os.getpid).values())) == 1
    whole = simulation.run(trials=100_000, seed=7, threads=1)
    assert plain(merged) == plain(whole)
    assert np.array_equal(merged["revenue"].samples, whole["revenue"].samples)
