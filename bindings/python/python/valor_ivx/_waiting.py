"""Long work awaited: a thread runs it, and the event loop goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

from . import _native

if TYPE_CHECKING:
    from .simulation import Progress

T = TypeVar("T")


async def awaited(work: Callable[[_native.CancelToken], T], cancel: _native.CancelToken | None) -> T:
    """What `work` gives on a thread of its own; cancelling the task that awaits it stops the work first."""
    token = _native.CancelToken() if cancel is None else cancel
    task = asyncio.ensure_future(asyncio.to_thread(work, token))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        token.cancel()
        # Nothing works on behind the caller's back, and nobody asks for what comes of it any more.
        await asyncio.gather(task, return_exceptions=True)
        raise


def on_the_loop(progress: bool | Callable[[Progress], object]) -> bool | Callable[[Progress], object]:
    """The caller's function called by the event loop that runs now; what it raises ends the run all the same."""
    if not callable(progress):
        return progress
    loop, function = asyncio.get_running_loop(), progress

    def told(state: Progress) -> None:
        done: Future[None] = Future()

        def tell() -> None:
            try:
                function(state)
            except BaseException as exception:
                done.set_exception(exception)
            else:
                done.set_result(None)

        loop.call_soon_threadsafe(tell)
        done.result()

    return told

