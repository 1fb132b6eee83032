"""The golden cases that all languages share, and how a result is compared with one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]
CASES: list[dict[str, Any]] = [
    case
    for name in ("valuation", "textbook")
    for case in json.loads((ROOT / f"tests/golden/{name}.json").read_text(encoding="utf-8"))["cases"]
]


def case(name: str) -> dict[str, Any]:
    return next(case for case in CASES if case["id"] == name)


def differences(got: Any, want: Any, tolerance: dict[str, Any], path: str = "") -> list[str]:
    """Compares only what is wanted; a line for each difference."""
    if isinstance(want, dict) and isinstance(got, dict):
        inner = [(f"{path}.{name}" if path else name, got.get(name), value) for name, value in want.items()]
    elif isinstance(want, list) and isinstance(got, list) and len(want) == len(got):
        inner = [(f"{path}[{i}]", got[i], value) for i, value in enumerate(want)]
    elif _is_number(want) and _is_number(got):
        own = _tolerance(tolerance, path)
        return [] if abs(got - want) <= max(own["abs"], own["rel"] * abs(want)) else [f"{path}: {got} != {want}"]
    else:
        return [] if got == want else [f"{path}: {got} != {want}"]
    return [line for at, got, want in inner for line in differences(got, want, tolerance, at)]


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _tolerance(tolerance: dict[str, Any], path: str) -> dict[str, float]:
    fields = tolerance.get("fields", {})
    covering = [field for field in fields if path == field or path.startswith((f"{field}.", f"{field}["))]
    own = fields[max(covering, key=len)] if covering else {}
    return {name: own.get(name, tolerance.get(name, 0.0)) for name in ("rel", "abs")}
