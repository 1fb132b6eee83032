import assert from "node:assert/strict";
import { test } from "node:test";

import { assignPoint, Npv, Registry } from "../lib/index.js";

const salt = Uint8Array.from({ length: 16 }, (_, i) => i);

const config = (version = 0, weights = [700_000, 300_000]) => ({
  schema: 1,
  scope: "Global",
  version,
  models: {
    growth: {
      experiment: {
        id: "exp-1",
        status: "Running",
        salt: Buffer.from(salt).toString("base64"),
        arms: [
          { key: "a", variant: "v1", weightPpm: weights[0] },
          { key: "b", variant: "v_two", weight_ppm: weights[1] },
        ],
        control: "a",
      },
    },
  },
});

const one = ({ my_base: base }) => ({ myGrowth: base + 0.01 });
const two = async ({ my_base: base }, { seed }) => ({ myGrowth: base + 0.02, seed });

function made() {
  const registry = new Registry();
  registry.register("growth", "v1", one);
  registry.register("growth", "v_two", two);
  return registry;
}

test("units are served by the arm of their point", () => {
  const registry = made();
  assert.equal(registry.apply(config(), { reason: "first" }).version, 1);
  for (let i = 0; i < 50; i += 1) {
    const point = assignPoint(salt, "exp-1", `user-${i}`);
    const resolution = registry.resolve("growth", { unit: `user-${i}` });
    assert.equal(resolution.served, point < 700_000 ? "v1" : "v_two");
    assert.equal(resolution.experiment.point, point);
    assert.equal(resolution.configVersion.global, 1);
  }
});

test("a million units fall as published", () => {
  let [beyond70, beyond60] = [0, 0];
  for (let i = 0; i < 1_000_000; i += 1) {
    const point = assignPoint(salt, "exp-1", `u${i}`);
    beyond70 += point >= 700_000;
    beyond60 += point >= 600_000;
  }
  assert.deepEqual([beyond70, beyond60], [300_032, 399_381]);
});

test("a run is booked under the variant that served, and the caller's names stay", async () => {
  const registry = made();
  registry.apply(config());
  const runs = await Promise.all(Array.from({ length: 40 }, (_, i) =>
    registry.execute("growth", { my_base: 0.1 }, { unit: `user-${i}`, seed: 2n ** 63n })));
  for (const { output, resolution, elapsed, record } of runs) {
    assert.deepEqual(output, resolution.served === "v1" ? { myGrowth: 0.1 + 0.01 } : { myGrowth: 0.1 + 0.02, seed: 2n ** 63n });
    assert.ok(elapsed >= 0);
    assert.equal(record.seed, 2n ** 63n);
  }
  const views = registry.performance("growth");
  assert.equal(views.v1.count + views.v_two.count, 40);
  assert.ok(views.v1.count > views.v_two.count && views.v_two.count > 0);
  assert.equal(registry.usage().reduce((sum, row) => sum + row.calls, 0), 40);
  assert.equal(registry.popularity(1)[0].variant, "v1");
});

test("a bad configuration is refused whole with every problem", () => {
  const registry = made();
  const bad = config(0, [700_000, 300_001]);
  bad.models.unheard = {};
  const problems = registry.validate(bad);
  assert.ok(problems.some((problem) => problem.code === "unknown_model") && problems.length > 1);
  assert.throws(() => registry.apply(bad), (error) => {
    assert.deepEqual([error.code, error.reason, error.problems.length], ["INVALID_INPUT", "invalid_config", problems.length]);
    return true;
  });
  assert.equal(registry.config().version, 0);
});

test("a stale configuration is a conflict and history is kept", () => {
  const registry = made();
  registry.apply(config());
  assert.throws(() => registry.apply(config()), { code: "CONFLICT", reason: "version_conflict", current: 1 });
  registry.apply(config(1, [600_000, 400_000]));
  assert.equal(registry.rollback(1, { expected: 2 }).version, 3);
  assert.deepEqual(registry.history().map((version) => version.version), [1, 2, 3]);
  assert.deepEqual(registry.diff(1, 3), []);
  assert.deepEqual(Object.keys(registry.config().models), ["growth"]);
  assert.throws(() => registry.apply(registry.config() && config(7)), { reason: "version_conflict" });
});

test("what a variant throws passes through and counts as an error", async () => {
  const registry = made();
  const failure = new RangeError("my own");
  registry.register("broken", "now", () => { throw failure; });
  registry.register("broken", "later", () => Promise.reject(failure));
  for (const force of ["now", "later"]) {
    await assert.rejects(registry.execute("broken", {}, { force }), (error) => error === failure);
    assert.equal(registry.performance("broken")[force].errors, 1);
  }
});

test("performance is of a window and of a tenant", async () => {
  const registry = made();
  const tenant = "018bcfe5-6800-7cb5-a7b3-c4d5e6f70819";
  for (const options of [{}, {}, { tenant }]) {
    await registry.execute("growth", { my_base: 0.1 }, options);
  }
  const view = registry.performance("growth").v1;
  assert.deepEqual([view.count, view.exact, view.relError, view.outOfRange, view.window], [3, true, 0, 0, "Lifetime"]);
  const rolling = registry.performance("growth", { window: "rolling" }).v1;
  const { from, to } = rolling.window.Rolling;
  assert.ok(rolling.count === 3 && to - from >= 885_000_000 && to - from < 900_000_000);
  assert.equal(registry.performance("growth", { tenant }).v1.count, 1);
  assert.equal(registry.popularity(1, { window: "rolling" })[0].calls, 3);
  registry.clearPerformance("growth");
  assert.equal(registry.performance("growth", { window: "rolling" }).v1.median, null);
  assert.equal(registry.usage()[0].calls, 3);
  assert.throws(() => registry.performance("growth", { window: "yesterday" }), { code: "INVALID_INPUT", field: "window" });
});

test("metrics are text of families, samples and their labels", async () => {
  const registry = made();
  registry.apply(config());
  await Promise.all(Array.from({ length: 30 }, (_, i) => registry.execute("growth", { my_base: 0.1 }, { unit: `user-${i}` })));
  const calls = {};
  for (const line of registry.prometheus().trimEnd().split("\n")) {
    const sample = /^[a-z_]+(\{[a-z_]+="[^"\\]*"(,[a-z_]+="[^"\\]*")*\})? [0-9.]+$/;
    assert.ok(/^# HELP valor_[a-z_]+ .+$/.test(line) || /^# TYPE valor_[a-z_]+ (counter|gauge|histogram)$/.test(line) || sample.test(line), line);
    const ok = /^valor_model_calls_total\{model="growth",outcome="ok",variant="(\w+)"\} (\d+)$/.exec(line);
    if (ok) {
      calls[ok[1]] = Number(ok[2]);
    }
  }
  const views = registry.performance("growth");
  assert.deepEqual(calls, { v1: views.v1.count, v_two: views.v_two.count });
});

test("engines and models of the library are variants", async () => {
  const registry = new Registry();
  registry.register("npv", "plain", "npv");
  registry.register("npv", "class", Npv);
  registry.register("npv", "house", new Npv({ rate: 0.1, cashflows: [0] }));
  const cashflows = [-100, 110];
  assert.equal((await registry.dryRun("npv", { rate: 0, cashflows, firstPeriod: 0 }, { variant: "plain" })).output.npv, 10);
  assert.ok(Math.abs((await registry.dryRun("npv", { cashflows }, { variant: "house" })).output.npv) < 1e-12);
  assert.deepEqual(registry.models(), { npv: ["plain", "class", "house"] });
  assert.equal(registry.performance("npv").plain.count, 0);
});

test("a record replays and a changed input is a mismatch", async () => {
  const registry = made();
  const done = await registry.execute("growth", { my_base: 0.1 }, { seed: 7 });
  assert.deepEqual((await registry.replay(done.record, { my_base: 0.1 })).output, done.output);
  await assert.rejects(registry.replay(done.record, { my_base: 0.2 }), { code: "CONFLICT", reason: "record_mismatch" });
});

test("names are checked", async () => {
  const registry = made();
  assert.throws(() => registry.resolve("unheard"), { code: "NOT_FOUND", reason: "unknown_model" });
  assert.throws(() => registry.register("growth", "v1", two), { code: "CONFLICT", reason: "already_registered" });
  registry.register("growth", "v1", one);
  assert.throws(() => registry.register("growth", "v3", 3), { code: "INVALID_INPUT", field: "servable" });
});

test("a resolution tells the same whichever field is asked for first", () => {
  const registry = made();
  registry.apply(config());
  const [first, second] = [registry.resolve("growth", { unit: "user-1" }), registry.resolve("growth", { unit: "user-1" })];
  assert.equal(first.reason, "Experiment");
  assert.deepEqual(first.toJSON(), second.toJSON());
  assert.deepEqual(JSON.parse(JSON.stringify(first)).experiment, second.experiment && { ...second.experiment });
  assert.throws(() => registry.resolve("unheard"), { code: "NOT_FOUND" });
});

test("an override shadows the experiment, and an unknown variant is served by the base", () => {
  const registry = made();
  registry.apply(config());
  const tenant = "018bd8f0-5c00-7000-8000-000000000001";
  const own = { schema: 1, scope: { Tenant: tenant }, version: 0, models: { growth: { override_variant: "v_two" } } };
  assert.deepEqual(registry.apply(own).warnings.map((warning) => warning.code), ["override_shadows_experiment"]);
  const shadowed = registry.resolve("growth", { unit: "user-1", tenant });
  assert.deepEqual([shadowed.reason, shadowed.served, shadowed.shadowed], ["TenantOverride", "v_two", "exp-1"]);
  const forced = registry.resolve("growth", { unit: "user-1", force: "nope" });
  assert.deepEqual([forced.reason, forced.served, forced.requested], ["FallbackUnknown", "v1", "nope"]);
});

test("a clock of the caller's dates history and windows", async () => {
  let now = new Date("2026-01-02T03:04:05Z");
  const registry = new Registry({ clock: () => now });
  registry.register("growth", "v1", one);
  registry.register("growth", "v_two", two);
  registry.apply(config());
  assert.equal(registry.history()[0].at, 1_767_323_045_000_000);
  await registry.execute("growth", { my_base: 0.1 }, { unit: "user-1" });
  assert.equal(registry.performance("growth", { window: "rolling" }).v1.count, 1);
  now = new Date("2026-01-02T04:04:05Z");
  assert.equal(registry.performance("growth", { window: "rolling" }).v1.count, 0);
  assert.equal(registry.performance("growth").v1.count, 1);
});
