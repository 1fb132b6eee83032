import assert from "node:assert/strict";
import { test } from "node:test";

import { draw, normal, Simulation, SimulationResult, triangular, ValorError } from "../lib/index.js";
import { inCamel, named } from "./golden.mjs";

const company = inCamel(named("dcf_three_stage_gordon_last_flow").inputs);
const simulation = () =>
  new Simulation("dcf", company, {
    draws: { wacc: normal(0.09, 0.005), "stages[*].ebitMargin": triangular(0.18, 0.2, 0.24) },
    correlation: [[1, 0.3], [0.3, 1]],
    outputs: ["valuePerShare", "enterpriseValue"],
  });
const plain = (result) => ({ ...result.toJSON(), elapsed: 0 });

test("a run gives statistics of each output", async () => {
  const result = await simulation().run({ trials: 20_000, seed: 7 });
  assert.deepEqual([result.stopped, result.trials, result.trialsRequested, result.seed], ["complete", 20_000, 20_000, 7n]);
  assert.deepEqual(result.outputNames, ["valuePerShare", "enterpriseValue"]);
  const share = result.output("valuePerShare");
  assert.deepEqual(share.quantile(Float64Array.of(0.05, 0.5)), [share.quantile(0.05), share.quantile(0.5)]);
  assert.ok(share.quantile(0.05) < share.mean && share.mean < share.quantile(0.95));
  assert.equal(share.samples.length, 20_000);
  const mean = share.samples.reduce((sum, value) => sum + value, 0) / 20_000;
  assert.ok(Math.abs(mean - share.mean) < 1e-9);
  assert.equal(share.quantiles.length, 9);
  assert.equal(result.output("value_per_share").mean, share.mean);
  assert.throws(() => result.output("price"), { code: "INVALID_INPUT", value: "price" });
  assert.throws(() => share.quantile(1.5), { code: "INVALID_INPUT", field: "p" });
});

test("shards merge to the run bit for bit, also through bytes and in any order", async () => {
  const whole = await simulation().run({ trials: 10_000, seed: 2n ** 63n + 1n, threads: 1 });
  assert.equal(whole.seed, 2n ** 63n + 1n);
  const parts = await Promise.all([2, 0, 1].map((shard) => simulation().runShard({ shard, shards: 3, trials: 10_000, seed: 2n ** 63n + 1n })));
  const merged = SimulationResult.merge(parts.map((part) => SimulationResult.fromBytes(part.toBytes())));
  assert.deepEqual(plain(merged), plain(whole));
  assert.deepEqual(merged.output("valuePerShare").samples, whole.output("valuePerShare").samples);
  await assert.rejects(simulation().runShard({ shard: 0, shards: 11, trials: 10_000, seed: 1 }), { code: "INVALID_INPUT", field: "shards" });
});

test("a seed that is not given is made and returned", async () => {
  const [one, other] = await Promise.all([simulation().run({ trials: 1024 }), simulation().run({ trials: 1024 })]);
  assert.notEqual(one.seed, other.seed);
  assert.deepEqual(plain(await simulation().run({ trials: 1024, seed: one.seed })), plain(one));
});

test("a simulation survives JSON", async () => {
  const again = Simulation.from(JSON.parse(JSON.stringify(simulation())));
  assert.deepEqual(plain(await again.run({ trials: 2048, seed: 3 })), plain(await simulation().run({ trials: 2048, seed: 3 })));
});

test("a matrix that is no correlation is refused", async () => {
  const draws = { wacc: normal(0.09, 0.01), "terminal.growth": normal(0.02, 0.001) };
  for (const correlation of [[[1, 2], [2, 1]], [[1, 0.5], [0.1, 1]], [[1, 0.5]], [[1, NaN], [NaN, 1]]]) {
    await assert.rejects(async () => new Simulation("dcf", company, { draws, correlation }).run({ trials: 1024, seed: 1 }), (error) => {
      assert.equal(error.code, "INVALID_INPUT");
      assert.match(error.field, /^dependence\.matrix/);
      return true;
    });
  }
});

test("bad draws are refused before a trial runs", async () => {
  const run = (draws) => new Simulation("dcf", company, { draws }).run({ trials: 1024, seed: 1 });
  await assert.rejects(run({ waccc: normal(0.09, 0.01) }), { code: "INVALID_INPUT" });
  await assert.rejects(run({ wacc: normal(0.09, -1) }), { code: "INVALID_INPUT" });
  await assert.rejects(run({}), { code: "INVALID_INPUT", field: "draws" });
  await assert.rejects(simulation().run({ trials: 0, seed: 1 }), { code: "INVALID_INPUT", field: "trials" });
});

test("a function over columns stands in for a model, and what it throws passes through", async () => {
  const draws = [draw("price", normal(10, 1)), draw("volume", normal(1, 0.1), { mode: "scale" })];
  const model = ({ price, volume }) => ({ revenue: price.map((value, i) => value * volume[i]) });
  const result = await new Simulation(model, { price: 10, volume: 100 }, { draws, outputs: ["revenue"] }).run({ trials: 5000, seed: 1 });
  assert.ok(Math.abs(result.output("revenue").mean - 1000) < 10);
  const failure = new RangeError("my own");
  const broken = new Simulation(() => { throw failure; }, { price: 10 }, { draws: { price: normal(10, 1) } });
  await assert.rejects(broken.run({ trials: 5000, seed: 1 }), (error) => error === failure);
});

test("an aborted signal ends a run, one that is aborted before it starts too", async () => {
  const started = Date.now();
  await assert.rejects(simulation().run({ trials: 1e9, seed: 1, signal: AbortSignal.abort("enough") }), { code: "CANCELLED", cause: "enough" });
  const controller = new AbortController();
  let calls = 0;
  controller.signal.onabort = () => { calls += 1; };
  const run = simulation().run({ trials: 50_000_000, seed: 1, signal: controller.signal });
  setTimeout(() => controller.abort(), 100);
  await assert.rejects(run, (error) => {
    assert.ok(error instanceof ValorError && error.code === "CANCELLED");
    assert.equal(error.cause, controller.signal.reason);
    assert.equal(error.partial.stopped, "cancelled");
    assert.ok(error.partial.trials > 0 && error.partial.trials < 50_000_000);
    return true;
  });
  assert.equal(calls, 1);
  assert.ok(Date.now() - started < 60_000);
});

test("the event loop goes on and progress is told while a run is under way", async () => {
  let ticks = 0;
  const timer = setInterval(() => { ticks += 1; }, 5);
  const seen = [];
  const result = await simulation().run({ trials: 10_000_000, seed: 1, onProgress: (progress) => seen.push(progress) });
  clearInterval(timer);
  assert.ok(ticks > 3, `${ticks} ticks`);
  assert.ok(seen.every(({ done, total }) => done > 0 && done <= total && total === result.trials));
});
