from __future__ import annotations

import pickle
from typing import Any

import pytest

import valor_ivx
from valor_ivx import InvalidInputError, NotFoundError, UndefinedError, ValorError, errors

FLOWS = [-100.0, 60.0, 60.0]


def refusal(model: str, inputs: dict[str, Any]) -> ValorError:
    with pytest.raises(ValorError) as refused:
        valor_ivx.evaluate(model, inputs)
    return refused.value


def test_an_unknown_field_is_refused_by_name() -> None:
    error = refusal("npv", {"rate": 0.1, "cashflows": FLOWS, "cash_flows": FLOWS})
    assert isinstance(error, InvalidInputError)
    assert (error.kind, error.field, error.constraint) == ("InvalidInput", "cash_flows", "unknown field")
    assert error.hint is not None and "cashflows" in error.hint


def test_a_missing_field_is_refused_by_name() -> None:
    error = refusal("npv", {"cashflows": FLOWS})
    assert (error.kind, error.field, error.constraint) == ("InvalidInput", "rate", "required")


@pytest.mark.parametrize(
    ("value", "shown"), [(float("nan"), "NaN"), (float("inf"), "inf"), (float("-inf"), "-inf")]
)
def test_a_number_that_is_not_finite_is_refused_by_its_path(value: float, shown: str) -> None:
    error = refusal("npv", {"rate": 0.1, "cashflows": [-100.0, value]})
    assert isinstance(error, ValueError)
    assert (error.field, error.value, error.constraint) == ("cashflows[1]", shown, "finite number")


def test_a_text_is_never_read_as_a_number() -> None:
    error = refusal("npv", {"rate": "0.1", "cashflows": FLOWS})
    assert (error.kind, error.field, error.value) == ("InvalidInput", "rate", "0.1")


def test_an_empty_array_is_refused() -> None:
    assert refusal("npv", {"rate": 0.1, "cashflows": []}).field == "cashflows"


def test_growth_above_the_discount_rate_is_undefined(dcf_inputs: dict[str, Any]) -> None:
    terminal = {**dcf_inputs["terminal"], "growth": 0.03}
    error = refusal("dcf", {**dcf_inputs, "wacc": 0.025, "terminal": terminal})
    assert isinstance(error, UndefinedError)
    assert isinstance(error, ArithmeticError)
    assert error.what == "terminal_value"
    assert error.field is None


def test_an_unknown_model_is_not_found() -> None:
    error = refusal("dcff", {})
    assert isinstance(error, NotFoundError)
    assert isinstance(error, LookupError)
    assert error.reason == "unknown_model"


def test_all_problems_of_one_input_are_reported_together() -> None:
    error = refusal("npv", {"rate": "x", "cashflows": [1.0], "first_period": "now"})
    assert [error.field, *(other.field for other in error.also)] == ["rate", "first_period"]
    assert all(isinstance(other, InvalidInputError) for other in error.also)
    error = refusal("npv", {"rate": float("nan"), "cashflows": [float("inf")]})
    assert [error.field, *(other.field for other in error.also)] == ["rate", "cashflows[0]"]


@pytest.mark.parametrize("name", [name for name in errors.__all__ if name != "ValorError"])
def test_every_class_pickles_with_its_details(name: str) -> None:
    kind = getattr(errors, name)
    details = {"field": "wacc", "reason": "why_not", "also": [{"kind": "Undefined", "what": "x"}]}
    error = kind("wacc: not allowed", details)
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert (str(again), again.field, again.reason, again.kind) == (str(error), "wacc", "why_not", error.kind)
    assert [type(other) for other in again.also] == [UndefinedError]
    assert again.value is None


def test_an_error_shows_the_field_the_value_and_what_is_allowed() -> None:
    error = refusal("npv", {"rate": -2, "cashflows": FLOWS})
    assert "rate" in str(error) and "-2" in str(error) and "> -1" in str(error)
    assert error.to_dict()["field"] == "rate"
