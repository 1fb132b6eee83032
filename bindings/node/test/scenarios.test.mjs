import assert from "node:assert/strict";
import { test } from "node:test";

import { Dcf, evaluate, explain, Npv, ScenarioSet } from "../lib/index.js";
import { inCamel, named } from "./golden.mjs";

const company = inCamel(named("dcf_three_stage_gordon_last_flow").inputs);

const cases = () =>
  new ScenarioSet(new Dcf(company))
    .withScenario("Bull", { patch: { "stages[*].ebitMargin": 0.26 }, weight: 1 })
    .withScenario("Bear", { patch: { wacc: 0.11, "bridge.netDebt": 400 }, weight: 3 })
    .withScenario("Broken", { patch: { wacc: 0.02 }, weight: 0 });

test("each scenario has its own result or error", () => {
  const [bull, bear, broken] = cases().evaluate().results;
  assert.deepEqual(bear.result, evaluate("dcf", { ...company, wacc: 0.11, bridge: { netDebt: 400 } }));
  assert.equal(broken.result, null);
  assert.equal(broken.error.kind, "Undefined");
  const [compared] = cases().compare({ outputs: ["valuePerShare"] }).outputs;
  assert.equal(compared.output, "valuePerShare");
  assert.deepEqual(compared.scenarios.map(({ rank }) => rank), [1, 2, null]);
  assert.ok(Math.abs(compared.scenarios[0].difference - (bull.result.valuePerShare - compared.base)) < 1e-9);
});

test("weights count and a weighted scenario without a value is an error", () => {
  const [weighted] = cases().weighted({ threshold: 0 }).outputs;
  assert.deepEqual([weighted.maxScenario, weighted.probabilityBelow], ["Bull", 0]);
  const heavy = cases().withScenario("Also broken", { patch: { wacc: 0.02 } });
  assert.throws(() => heavy.weighted(), { code: "UNDEFINED" });
  assert.ok(Math.abs(heavy.weighted({ skipUndefined: true }).droppedWeight - 0.2) < 1e-12);
});

test("a set is kept in the core's names and read again", () => {
  const kept = JSON.parse(JSON.stringify(cases()));
  assert.equal(kept.base.input.base_revenue, company.baseRevenue);
  assert.equal(kept.scenarios[1].patch["bridge.net_debt"], 400);
  assert.deepEqual(ScenarioSet.from(kept).toJSON(), kept);
  assert.deepEqual(ScenarioSet.from(kept).weighted(), cases().weighted());
  assert.throws(() => ScenarioSet.from({ ...kept, version: 2 }), { code: "INVALID_INPUT", field: "set.version" });
  assert.throws(() => cases().withScenario("Bull", { patch: {} }), { field: "set.scenarios[3].name" });
});

test("differences are told by path", () => {
  const [changed, added] = ScenarioSet.diff(new Npv({ rate: 0.1, cashflows: [-100, 121] }), { rate: 0.2, cashflows: [-100, 121, 5] });
  assert.deepEqual(changed, { path: "rate", old: 0.1, new: 0.2, kind: "changed" });
  assert.deepEqual([added.path, added.kind], ["cashflows[2]", "added"]);
});

test("an explanation adds up and reads as a table", () => {
  const { total, output, lines, text } = explain(new Dcf(company));
  const sum = lines.reduce((all, { amount }) => all + amount, 0);
  assert.ok(Math.abs(sum - total) <= 1e-12 * Math.abs(total));
  assert.equal(output, "equityValue");
  assert.match(text, /net_debt/);
  assert.throws(() => explain("irr", { cashflows: [-1, 2] }), { code: "UNDEFINED", what: "explanation" });
});
