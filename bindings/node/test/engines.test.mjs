import assert from "node:assert/strict";
import { test } from "node:test";

import { Dcf, evaluate, models, Npv, schema } from "../lib/index.js";
import { inCamel, named } from "./golden.mjs";

const { inputs, expected } = named("dcf_three_stage_gordon_last_flow");
const company = inCamel(inputs);

test("an engine gives what the uniform door gives", () => {
  const result = new Dcf(company).value();
  assert.ok(Math.abs(result.valuePerShare - expected.value_per_share) < 1e-9);
  assert.deepEqual(result, evaluate("dcf", company));
  assert.deepEqual(result, evaluate("dcf", inputs));
});

test("inputs are refused when the engine is made", () => {
  assert.throws(() => new Npv({ rate: 0.1, cashflows: [1], growth: 2 }), { code: "INVALID_INPUT", field: "growth" });
});

test("an engine shows its inputs and makes changed copies", () => {
  const engine = new Npv({ rate: 0.1, cashflows: Float64Array.of(-100, 120) });
  assert.deepEqual(JSON.parse(JSON.stringify(engine)), { rate: 0.1, cashflows: [-100, 120] });
  engine.inputs.cashflows.push(NaN);
  assert.deepEqual(engine.inputs.cashflows, [-100, 120]);
  assert.ok(Math.abs(engine.withInputs({ rate: 0.2 }).value().npv) < 1e-12);
});

test("every model has one line and a schema", () => {
  for (const [name, line] of Object.entries(models())) {
    assert.ok(line.length > 0);
    assert.ok(schema(name).inputs.properties);
  }
});
