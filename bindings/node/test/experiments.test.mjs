import assert from "node:assert/strict";
import { test } from "node:test";

import { Registry, ValorError } from "../lib/index.js";

const config = {
  schema: 1,
  scope: "Global",
  version: 0,
  models: {
    growth: {
      experiment: {
        id: "exp-1",
        status: "Running",
        salt: Buffer.from(Uint8Array.from({ length: 16 }, (_, i) => i)).toString("base64"),
        control: "a",
        arms: [
          { key: "a", variant: "v1", weightPpm: 500_000 },
          { key: "new_arm", variant: "v2", weightPpm: 500_000 },
        ],
        plan: {
          primary: { name: "error", kind: "Proportion", better: "Lower" },
          secondary: [{ name: "net_revenue", kind: "Mean", better: "Higher" }],
        },
      },
    },
  },
};

function made(second) {
  const registry = new Registry();
  registry.register("growth", "v1", () => ({ by: 1 }));
  registry.register("growth", "v2", second);
  registry.apply(config);
  return registry;
}

test("an arm that fails is found worse, and the report is a page", async () => {
  const registry = made(() => {
    throw new Error("the second variant broke");
  });
  for (let i = 0; i < 400; i++) {
    await registry.execute("growth", {}, { unit: `user-${i}` }).catch(() => undefined);
  }
  const report = registry.analyze("exp-1");
  const [control, arm] = report.arms;
  assert.equal(control.units + arm.units, 400);
  assert.equal(control.verdict, null);
  assert.equal(arm.verdict, "Worse");
  assert.equal(arm.metrics.error.test, "exact_count");
  assert.ok(report.toHtml().startsWith("<!DOCTYPE html>"));
});

test("outcomes count in the arm that a unit was exposed to", () => {
  const registry = made(() => ({ by: 2 }));
  const later = new Date(Date.now() + 1000);
  const arms = Array.from({ length: 40 }, (_, i) => registry.expose("growth", { unit: `user-${i}` }).experiment.arm);
  arms.forEach((arm, i) => registry.recordOutcome("exp-1", `user-${i}`, "net_revenue", arm === "a" ? 1 : 2, { at: later }));
  const { metrics } = registry.analyze("exp-1").arms[1];
  assert.ok(Math.abs(metrics.net_revenue.estimate - 1) < 1e-12);
  assert.deepEqual(metrics.net_revenue.units, [arms.filter((arm) => arm === "a").length, arms.filter((arm) => arm === "new_arm").length]);
  assert.deepEqual(registry.breaches("exp-1"), []);
  assert.deepEqual(registry.enforceGuardrails("exp-1"), []);
  const [counts] = registry.experimentCounts();
  assert.deepEqual(Object.keys(counts.exposures), ["a", "new_arm"]);
  assert.ok("net_revenue" in registry.analyze("exp-1").data.epochs[0].tallies[0].metrics);
});

test("what cannot be booked is refused by reason", () => {
  const registry = made(() => ({ by: 2 }));
  registry.expose("growth", { unit: "known" });
  for (const [call, reason] of [
    [["nowhere", "known", "revenue", 1], "unknown_experiment"],
    [["exp-1", "stranger", "revenue", 1], "not_exposed"],
    [["exp-1", "known", "Not a name", 1], "invalid_id"],
  ]) {
    assert.throws(
      () => registry.recordOutcome(...call),
      (error) => error instanceof ValorError && error.reason === reason,
      reason,
    );
  }
  assert.throws(() => registry.recordOutcome("exp-1", "known", "revenue", NaN), (error) => error instanceof ValorError);
});

test("a guardrail pauses or tells, and what it acted on is kept", async () => {
  const limit = { metric: "ErrorRate", bound: { Absolute: 0.5 }, test: "Threshold", minN: 5 };
  for (const [action, reason] of [["Pause", "ExperimentPaused"], ["Alert", "Experiment"]]) {
    const registry = new Registry();
    registry.register("growth", "v1", () => ({ by: 1 }));
    registry.register("growth", "v2", () => { throw new Error("the second variant broke"); });
    const guarded = structuredClone(config);
    guarded.models.growth.experiment.guardrails = [{ ...limit, action }];
    registry.apply(guarded);
    for (let i = 0; i < 60; i++) {
      await registry.execute("growth", {}, { unit: `user-${i}` }).catch(() => undefined);
    }
    assert.equal(registry.resolve("growth", { unit: "user-1" }).reason, reason);
    const [{ at, breach }, ...more] = registry.actedBreaches("exp-1");
    assert.deepEqual([breach.arm, breach.guardrail.action, more.length], ["new_arm", action, 0]);
    assert.ok(breach.value > 0.5 && at > 0);
  }
});
