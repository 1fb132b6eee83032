"""One simulation on many machines: its shards through any `concurrent.futures.Executor`.

A process pool, `client.get_executor()` of Dask, or anything else with `submit`. The result is the one
of a run in one piece, bit for bit, whatever the number of shards and the order they finish in.
"""

from __future__ import annotations

from concurrent.futures import FIRST_EXCEPTION, Executor, wait
from typing import TYPE_CHECKING, Any

from .simulation import SimulationResult

if TYPE_CHECKING:
    from .simulation import Simulation

__all__ = ["run"]


def run(
    simulation: Simulation, executor: Executor, *, trials: int, seed: int, shards: int, **options: Any
) -> SimulationResult:
    """Runs `simulation` as `shards` tasks of `executor` and merges them; `options` are those of `run_shard`.

    Each task uses all cores of its machine unless `threads` says otherwise. The first task that fails
    ends the run with its exception; those that have not started are cancelled.
    """
    tasks = [executor.submit(_shard, simulation, i, shards, trials, seed, options) for i in range(shards)]
    try:
        wait(tasks, return_when=FIRST_EXCEPTION)
        return SimulationResult.merge([task.result() for task in tasks])
    finally:
        for task in tasks:
            task.cancel()


def _shard(
    simulation: Simulation, shard: int, shards: int, trials: int, seed: int, options: dict[str, Any]
) -> SimulationResult:
    return simulation.run_shard(shard=shard, shards=shards, trials=trials, seed=seed, **options)
