# Written by `cargo xtask generate`; edit the core instead.
"""One class an engine: keyword arguments are its inputs, `.value()` its outputs as attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from ._record import Engine, Record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from typing_extensions import Required, TypedDict

    from ._types import Date, Number, Numbers

__all__ = [
    "Npv",
    "NpvResult",
]


class NpvResult(Record):
    """The present value.

    - `npv`: Net present value at period 0.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def npv(self) -> float: ...


class Npv(Engine):
    """Net present value of equally spaced cash flows.

    - `rate`: Discount rate per period.
    - `cashflows`: Flows in order; positive is received.
    - `first_period`: Period of the first flow: 0 is now, 1 the end of the first period, as spreadsheets have it. Default: 0.
    """

    __slots__ = ()
    model = "npv"
    _result: ClassVar[type[Record]] = NpvResult

    if TYPE_CHECKING:

        def __init__(
            self,
            *,
            rate: Number,
            cashflows: Numbers,
            first_period: int | None = None,
        ) -> None: ...

        def value(self) -> NpvResult:
            """The outputs for these inputs."""
            ...
