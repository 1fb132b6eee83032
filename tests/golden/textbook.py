"""Golden cases computed from textbooks, apart from the library: writes textbook.json.

Needs the standard library only. Run it from anywhere: python tests/golden/textbook.py
"""

from __future__ import annotations

import json
from pathlib import Path

from methods import MODULES
from methods.exact import CASES

COMPARISON = (
    "evaluate(model, inputs). expected is a partial object: compare only the fields present; numbers pass when "
    "abs(got-want) <= max(abs, rel*abs(want)); null must be null; arrays have equal length and order. "
    "expected_error: subset of the error object."
)


def text() -> str:
    """The file of all cases."""
    CASES.clear()
    for module in MODULES:
        module.write()
    names = [case["id"] for case in CASES]
    assert len(set(names)) == len(names), "a name is used twice"
    description = "by tests/golden/textbook.py"
    head = {"format": "valor-ivx/cases", "version": 1, "comparison": COMPARISON, "description": description}
    lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in CASES)
    return json.dumps(head)[:-1] + ', "cases": [\n' + lines + "\n]}\n"


if __name__ == "__main__":
    (Path(__file__).parent / "textbook.json").write_text(text(), encoding="utf-8", newline="\n")
