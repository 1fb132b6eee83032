import assert from "node:assert/strict";
import { test } from "node:test";

import { evaluate, ValorError } from "../lib/index.js";
import { inCamel, named } from "./golden.mjs";

const cashflows = [-100, 60, 60];
const company = inCamel(named("dcf_three_stage_gordon_last_flow").inputs);

function refusal(model, inputs) {
  try {
    evaluate(model, inputs);
  } catch (error) {
    assert.ok(error instanceof ValorError, String(error));
    return error;
  }
  throw new assert.AssertionError({ message: "nothing was refused" });
}

test("an unknown field is refused by name", () => {
  const error = refusal("npv", { rate: 0.1, cashflows, cashFlows: cashflows });
  assert.deepEqual([error.code, error.kind, error.field, error.constraint], ["INVALID_INPUT", "InvalidInput", "cashFlows", "unknown field"]);
});

test("a missing field is refused by name, and undefined is missing", () => {
  for (const inputs of [{ cashflows }, { rate: undefined, cashflows }, { rate: null, cashflows }]) {
    const error = refusal("npv", inputs);
    assert.deepEqual([error.field, error.constraint], ["rate", "required"]);
    assert.equal(error.what, undefined);
  }
});

test("a number that is not finite is refused by its path", () => {
  for (const [value, shown] of [[NaN, "NaN"], [Infinity, "inf"], [-Infinity, "-inf"]]) {
    const error = refusal("npv", { rate: 0.1, cashflows: [-100, value] });
    assert.deepEqual([error.field, error.value, error.constraint], ["cashflows[1]", shown, "finite number"]);
  }
});

test("a text is never read as a number", () => {
  const error = refusal("npv", { rate: "0.1", cashflows });
  assert.deepEqual([error.field, error.value], ["rate", "0.1"]);
});

test("an empty array is refused", () => {
  assert.equal(refusal("npv", { rate: 0.1, cashflows: [] }).field, "cashflows");
});

test("growth above the discount rate is undefined", () => {
  const error = refusal("dcf", { ...company, wacc: 0.025, terminal: { ...company.terminal, growth: 0.03 } });
  assert.deepEqual([error.code, error.what, error.field], ["UNDEFINED", "terminal_value", undefined]);
});

test("an unknown model is not found", () => {
  const error = refusal("dcff", {});
  assert.deepEqual([error.code, error.reason], ["NOT_FOUND", "unknown_model"]);
});

test("all problems of one input are reported together", () => {
  const error = refusal("npv", { rate: "x", cashflows: [1], firstPeriod: "now" });
  assert.deepEqual([error.field, ...error.also.map((other) => other.field)], ["rate", "firstPeriod"]);
  assert.ok(error.also.every((other) => other instanceof ValorError));
  const both = refusal("npv", { rate: NaN, cashflows: [Infinity] });
  assert.deepEqual([both.field, ...both.also.map((other) => other.field)], ["rate", "cashflows[0]"]);
});
