import assert from "node:assert/strict";
import { test } from "node:test";

import { ColumnModel, Dcf, evaluate, evaluateColumns, gradient, grid, npv, tornado } from "../lib/index.js";
import { inCamel, named } from "./golden.mjs";

const company = inCamel(named("dcf_three_stage_gordon_last_flow").inputs);

test("a number for numbers, an array for arrays", () => {
  assert.equal(npv(0, [-100, 110]), 10);
  assert.deepEqual(npv([0, 0], [-100, 110]), Float64Array.of(10, 10));
  assert.deepEqual(npv(0, [[-100, 110], [-100, 50, 60, 70]]), Float64Array.of(10, 80));
});

test("each row is what the model gives for it", () => {
  const rates = Float64Array.from({ length: 5000 }, (_, i) => 0.08 + i * 1e-6);
  const values = evaluateColumns("dcf", company, { wacc: rates }, "enterpriseValue");
  for (const i of [0, 1023, 1024, 4999]) {
    assert.equal(values[i], evaluate("dcf", { ...company, wacc: rates[i] }).enterpriseValue);
  }
});

test("the first row without a value is the error", () => {
  const rates = new Float64Array(3000).fill(0.1);
  rates[2000] = 0.01;
  assert.throws(() => evaluateColumns("dcf", company, { wacc: rates }), { code: "UNDEFINED", hint: "in row 2000, counted from 0" });
  assert.throws(() => evaluateColumns("dcf", company, { wacc: [0.1, "0.1"] }), { code: "INVALID_INPUT", field: "wacc[1]" });
});

test("studies take an engine, and paths in the names of JavaScript", () => {
  const engine = new Dcf(company);
  const exact = gradient(engine, undefined, ["wacc", "stages[0].ebitMargin"], "valuePerShare");
  assert.equal(exact.output, "valuePerShare");
  assert.ok(exact.gradient[0] < 0 && exact.gradient[1] > 0);
  const drivers = [{ path: "wacc", low: 0.08, high: 0.1 }, { path: "stages[*].ebitMargin", low: -0.01, high: 0.01, mode: "shift" }];
  const { rows } = tornado("dcf", company, drivers);
  assert.deepEqual(rows.map((row) => row.path).sort(), ["stages[*].ebitMargin", "wacc"]);
  assert.ok(rows[0].lowOutput > rows[0].highOutput);
  const cells = grid("dcf", company, [{ path: "wacc", values: [0.08, 0.09] }], ["valuePerShare"]);
  assert.equal(cells.values.valuePerShare[1], engine.value().valuePerShare);
});

test("a model made ready once gives what single calls give", () => {
  const model = new ColumnModel("dcf", company, ["wacc", "terminal.growth"], "enterpriseValue");
  const columns = { wacc: [0.08, 0.09], "terminal.growth": [0.01, 0.02] };
  for (const each of [columns, { wacc: [0.1] }, { wacc: [] }, columns]) {
    assert.deepEqual(model.evaluate(each), evaluateColumns("dcf", company, each, "enterpriseValue"));
  }
  assert.throws(() => model.evaluate({ "stages[0].growth": [0.1] }), { code: "INVALID_INPUT", field: "stages[0].growth" });
  assert.throws(() => new ColumnModel("dcf", company, ["nothing"]), { code: "INVALID_INPUT", field: "nothing" });
});
