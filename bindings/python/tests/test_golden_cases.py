from __future__ import annotations

import sys
from typing import Any

import pytest
from golden import CASES, ROOT, differences

import valor_ivx

KNOWN = [case for case in CASES if case["model"] in valor_ivx.models()]


@pytest.mark.parametrize("case", KNOWN, ids=lambda case: case["id"])
def test_each_golden_case_comes_out_as_in_rust(case: dict[str, Any]) -> None:
    if "expected_error" in case:
        with pytest.raises(valor_ivx.ValorError) as refused:
            valor_ivx.evaluate(case["model"], case["inputs"])
        for name, value in case["expected_error"].items():
            assert getattr(refused.value, name) == value
    else:
        result = valor_ivx.evaluate(case["model"], case["inputs"])
        assert differences(result, case["expected"], case["tolerance"]) == []


@pytest.mark.parametrize("case", [case for case in KNOWN if "expected" in case], ids=lambda case: case["id"])
def test_the_class_of_each_engine_gives_what_the_uniform_door_gives(case: dict[str, Any]) -> None:
    name = "".join(word.capitalize() for word in case["model"].split("_"))
    engine = getattr(valor_ivx, name, None)
    if engine is None:
        # A study over other models is a function and has no class.
        assert "model" in case["inputs"] or case["model"].startswith("scenarios_")
        return
    assert engine(**case["inputs"]).value().to_dict() == valor_ivx.evaluate(case["model"], case["inputs"])


def test_the_textbook_cases_are_what_their_script_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = ROOT / "tests/golden"
    monkeypatch.setattr(sys, "path", [str(folder), *sys.path])
    import textbook

    assert textbook.text() == (folder / "textbook.json").read_text(encoding="utf-8")
