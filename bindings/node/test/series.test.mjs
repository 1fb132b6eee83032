import assert from "node:assert/strict";
import { test } from "node:test";

import { evaluate, evaluateMany, irr, irrMany, npv, npvMany, xirr, xirrMany, xnpv, xnpvMany } from "../lib/index.js";
import { inCamel, named } from "./golden.mjs";

const series = [[-100, 60, 60], Float64Array.of(-100, 50, 70, 0), [100, 50]];
const dates = [["2024-01-01", "2025-01-01", "2026-01-01"], ["2024-01-01", "2025-01-01", "2026-06-30", "2027-01-01"], ["2024-01-01", "2025-01-01"]];

test("each series has the bits of its own engine, and failures stay in their place", () => {
  const rates = irrMany(series);
  assert.deepEqual([...rates.values.slice(0, 2)], [irr(series[0]), irr(series[1])]);
  assert.ok(Number.isNaN(rates.values[2]));
  assert.deepEqual(rates.errors.map(({ index, error }) => [index, error.code]), [[2, "UNDEFINED"]]);
  const dated = xirrMany(series, dates, { threads: 2 });
  assert.deepEqual([...dated.values.slice(0, 2)], [xirr(series[0], dates[0]), xirr(series[1], dates[1])]);
  assert.deepEqual([...npvMany([0, 0.1, 0.2], series, { firstPeriod: 1 }).values], [0, 0.1, 0.2].map((rate, i) => npv(rate, series[i], { firstPeriod: 1 })));
  const values = xnpvMany(0.1, series, dates, { dayCount: "30/360" }).values;
  assert.deepEqual([...values], series.map((flows, i) => xnpv(0.1, flows, dates[i], { dayCount: "30/360" })));
});

test("one array of all flows goes with offsets, one list of dates with all series", () => {
  const flows = Float64Array.of(-100, 110, -100, 120);
  const offsets = [0, 2, 4];
  assert.deepEqual(irrMany(flows, { offsets }).values, irrMany([[-100, 110], [-100, 120]]).values);
  const shared = [new Date("2025-01-01"), "2026-01-01"];
  const wanted = Float64Array.of(xirr([-100, 110], shared), xirr([-100, 120], shared));
  assert.deepEqual(xirrMany(flows, shared, { offsets }).values, wanted);
  assert.deepEqual(xirrMany(flows, Int32Array.of(20089, 20454), { offsets }).values, wanted);
});

test("what does not fit is refused by its name", () => {
  assert.throws(() => irrMany([[-100, "110"]]), { code: "INVALID_INPUT", field: "cashflows[0][1]" });
  assert.throws(() => irrMany([-100, 110]), { code: "INVALID_INPUT", field: "cashflows" });
  assert.throws(() => irrMany(Float64Array.of(1, 2), { offsets: [0, 3] }), { code: "INVALID_INPUT", field: "offsets" });
  assert.throws(() => xirrMany([[-100, 110]], ["2025-02-30", "2026-01-01"]), { code: "INVALID_INPUT", field: "dates[0]" });
  assert.throws(() => npvMany([0.1, 0.2], series), { code: "INVALID_INPUT", field: "rate" });
});

test("a batch keeps order and failures", () => {
  const company = inCamel(named("dcf_three_stage_gordon_last_flow").inputs);
  const rows = [{ wacc: 0.08 }, { wacc: 0.01 }, { wacc: NaN }, { "stages[0].ebitMargin": 0.25 }];
  const { results, errors } = evaluateMany("dcf", rows, { base: company, threads: 2 });
  assert.deepEqual(results[0], evaluate("dcf", { ...company, wacc: 0.08 }));
  const stages = company.stages.map((stage, i) => (i === 0 ? { ...stage, ebitMargin: 0.25 } : stage));
  assert.deepEqual(results[3], evaluate("dcf", { ...company, stages }));
  assert.deepEqual(errors.map(({ index, error }) => [index, error.code]), [[1, "UNDEFINED"], [2, "INVALID_INPUT"]]);
  assert.equal(results[1], null);
  assert.deepEqual(evaluateMany("dcf", [company]).results, [evaluate("dcf", company)]);
});
