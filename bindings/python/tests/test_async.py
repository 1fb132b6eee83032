"""Runs that are awaited."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from typing import Any

import pytest

import valor_ivx
from valor_ivx import CancelToken, Simulation, SimulationResult, normal

ENDLESS: dict[str, Any] = {"trials": 2**40, "seed": 1, "statistics": {"quantile_mode": "sketch"}}


@pytest.fixture
def simulation(dcf_inputs: dict[str, Any]) -> Simulation:
    return Simulation("dcf", dcf_inputs, {"wacc": normal(0.09, 0.005)})


def plain(result: SimulationResult) -> dict[str, Any]:
    return {**result.to_dict(), "elapsed": 0.0}


def test_an_awaited_run_is_the_same_run_and_several_go_on_at_once(simulation: Simulation) -> None:
    async def both() -> list[SimulationResult]:
        return await asyncio.gather(*(simulation.run_async(trials=20_000, seed=seed) for seed in (1, 2)))

    assert [plain(result) for result in asyncio.run(both())] == [
        plain(simulation.run(trials=20_000, seed=seed)) for seed in (1, 2)
    ]


def test_cancelling_the_task_stops_the_run_before_the_task_ends(simulation: Simulation) -> None:
    async def cancelled() -> None:
        started = asyncio.Event()
        task = asyncio.create_task(simulation.run_async(**ENDLESS, progress=lambda _: started.set()))
        # The event loop goes on while the run does.
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())


def test_a_token_ends_an_awaited_run_with_what_is_finished(simulation: Simulation) -> None:
    token = CancelToken()
    result = asyncio.run(simulation.run_async(**ENDLESS, cancel=token, progress=lambda _: token.cancel()))
    assert result.stopped == "cancelled" and result.trials > 0


def test_progress_is_told_by_the_event_loop_and_its_exception_ends_the_run(simulation: Simulation) -> None:
    class Enough(Exception):
        pass

    seen: list[tuple[int, Any]] = []

    def enough(progress: valor_ivx.Progress) -> None:
        seen.append((threading.get_ident(), progress))
        raise Enough

    with pytest.raises(Enough):
        asyncio.run(simulation.run_async(**ENDLESS, progress=enough))
    thread, progress = seen[0]
    assert thread == threading.get_ident()
    assert progress.rate == pytest.approx(progress.done / progress.elapsed)
    assert progress.remaining == pytest.approx((progress.total - progress.done) / progress.rate)


def test_what_a_function_raises_passes_through_an_awaited_run() -> None:
    failure = KeyError("my own")

    def broken(columns: dict[str, Any]) -> Any:
        raise failure

    with pytest.raises(KeyError) as raised:
        asyncio.run(Simulation(broken, {"x": 1.0}, {"x": normal(0.0, 1.0)}).run_async(trials=5000, seed=1))
    assert raised.value is failure


def test_a_refusal_is_raised_where_it_is_awaited(simulation: Simulation) -> None:
    with pytest.raises(valor_ivx.InvalidInputError):
        asyncio.run(simulation.run_async(trials=0, seed=1))


@pytest.mark.skipif(os.name == "nt", reason="a signal of one's own ends the process there")
def test_an_interrupt_stops_an_awaited_run(simulation: Simulation) -> None:
    with pytest.raises(KeyboardInterrupt):
        asyncio.run(simulation.run_async(**ENDLESS, progress=lambda _: os.kill(os.getpid(), signal.SIGINT)))
