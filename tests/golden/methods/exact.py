"""Numbers of fifty digits, and how a case is written down."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal, getcontext
from typing import Any

getcontext().prec = 50

CASES: list[dict[str, Any]] = []


def d(number: float | str | Decimal) -> Decimal:
    """The decimal number as it is written, not its binary neighbour."""
    return number if isinstance(number, Decimal) else Decimal(str(number))


def ds(numbers: Iterable[float]) -> list[Decimal]:
    return [d(number) for number in numbers]


def case(
    name: str,
    model: str,
    inputs: dict[str, Any],
    expected: dict[str, Any] | None = None,
    *,
    source: str,
    error: dict[str, Any] | None = None,
    rel: float = 1e-11,
    absolute: float = 1e-11,
) -> None:
    """Adds a case: a (partial) result or a (partial) error, and where its formula stands."""
    outcome = {"expected": plain(expected)} if error is None else {"expected_error": error}
    tolerance = {"rel": rel, "abs": absolute}
    CASES.append(
        {"id": f"book_{name}", "model": model, "inputs": inputs, **outcome, "tolerance": tolerance, "source": source}
    )


def plain(value: Any) -> Any:
    """The same with every decimal as the nearest float."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return value


def printed(computed: Decimal, in_the_book: str) -> Decimal:
    """The computed number, which must round to the one that the source prints."""
    digits = Decimal(in_the_book)
    rounded = computed.quantize(digits)
    assert rounded == digits, f"computed {computed}, printed {in_the_book}"
    return computed


def root(function: Callable[[Decimal], Decimal], low: float | Decimal, high: float | Decimal) -> Decimal:
    """The root between two points of opposite sign, by halving."""
    low, high = d(low), d(high)
    rising = function(low) < 0
    assert rising != (function(high) < 0)
    for _ in range(170):
        middle = (low + high) / 2
        if (function(middle) < 0) == rising:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def present_value(flows: Sequence[Decimal], rate: Decimal, first: int = 1) -> Decimal:
    """Flows at the ends of years, the first of them `first` years ahead."""
    return sum((flow / (1 + rate) ** (i + first) for i, flow in enumerate(flows)), d(0))
