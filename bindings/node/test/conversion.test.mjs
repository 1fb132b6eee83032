import assert from "node:assert/strict";
import { test } from "node:test";

import { evaluate, models } from "../lib/index.js";
import { fromNative, toNative } from "../lib/convert.js";

const want = evaluate("npv", { rate: 0.1, cashflows: [-100, 60, 60] }).npv;

test("numbers are taken from whatever holds them", () => {
  for (const cashflows of [Float64Array.of(-100, 60, 60), Int32Array.of(-100, 60, 60), [-100n, 60, 60n]]) {
    assert.equal(evaluate("npv", { rate: 0.1, cashflows }).npv, want);
  }
  assert.equal(evaluate("npv", new Map([["rate", 0.1], ["cashflows", [-100, 60, 60]]])).npv, want);
});

test("both styles of a name are taken, but not at once", () => {
  const inputs = { rate: 0.1, cashflows: [100] };
  assert.equal(evaluate("npv", { ...inputs, firstPeriod: 1 }).npv, evaluate("npv", { ...inputs, first_period: 1 }).npv);
  assert.throws(() => evaluate("npv", { ...inputs, firstPeriod: 1, first_period: 1 }), {
    code: "INVALID_INPUT",
    field: "first_period",
    constraint: "given both as firstPeriod and as first_period",
  });
});

test("what is no JSON is refused by its path", () => {
  for (const value of [() => 1, Symbol("x"), new Date("2026-01-01T12:00:00Z"), new Date(NaN)]) {
    assert.throws(() => evaluate("npv", { rate: value, cashflows: [1] }), { code: "INVALID_INPUT", field: "rate" });
  }
  const circle = [];
  circle.push(circle);
  assert.throws(() => evaluate("npv", { rate: 0.1, cashflows: circle }), /nested less deeply/);
});

test("dates are civil dates", { skip: !("xnpv" in models()) }, () => {
  const dates = [new Date("2025-01-01"), "2026-01-01"];
  assert.ok(Math.abs(evaluate("xnpv", { rate: 0.1, cashflows: [-100, 110], dates }).npv) < 1e-12);
});

test("integers beyond 2^53 keep every digit both ways", () => {
  assert.equal(toNative({ seed: 18446744073709551615n }), '{"seed":"18446744073709551615"}');
  assert.equal(toNative({ seed: 7n, other: 18446744073709551615n }), '{"seed":7,"other":18446744073709551615}');
  assert.deepEqual(fromNative('{"seed": "7", "sum": {"$integer": "18446744073709551615"}}'), { seed: 7n, sum: 18446744073709551615n });
});

test("the caller's own keys are never renamed, paths in texts are", () => {
  const schema = { properties: { weights: { additionalProperties: { type: "number" } }, output: { type: "string" } } };
  assert.equal(toNative({ weights: { myAsset: 1, my_asset: 2 }, output: "valuePerShare" }, schema), '{"weights":{"myAsset":1,"my_asset":2},"output":"value_per_share"}');
  assert.deepEqual(fromNative('{"weights":{"my_asset":2},"output":"schedule.pv_fcff[0]"}', schema), { weights: { my_asset: 2 }, output: "schedule.pvFcff[0]" });
});
