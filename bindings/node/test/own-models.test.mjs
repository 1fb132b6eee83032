import assert from "node:assert/strict";
import { test } from "node:test";

import { attribution, evaluate, goalSeek, gradient, grid, normal, numThreads, oneWay, setNumThreads, Simulation, spider, tornado } from "../lib/index.js";

const cashflows = [-100, 40, 50, 45];
const npv = ({ discountRate }) => ({ netValue: discountRate.map((rate) => evaluate("npv", { rate, cashflows }).npv) });
const own = { discountRate: 0.1 };
const theirs = { rate: 0.1, cashflows };

// Each study of the function beside that of the model it computes, in figures that both name alike.
const studies = {
  oneWay: [
    () => oneWay(npv, own, "discountRate", undefined, ["netValue"], { start: 0, stop: 0.5, steps: 99 }).then(({ y }) => y.netValue),
    () => oneWay("npv", theirs, "rate", undefined, ["npv"], { start: 0, stop: 0.5, steps: 99 }).y.npv,
  ],
  grid: [
    () => grid(npv, own, [{ path: "discountRate", values: [0, 0.1, 0.2] }], ["netValue"]).then(({ values }) => values.netValue),
    () => grid("npv", theirs, [{ path: "rate", values: [0, 0.1, 0.2] }], ["npv"]).values.npv,
  ],
  tornado: [
    () => tornado(npv, own, [{ path: "discountRate", low: 0.05, high: 0.2 }], "netValue").then(({ rows }) => rows[0].swing),
    () => tornado("npv", theirs, [{ path: "rate", low: 0.05, high: 0.2 }], "npv").rows[0].swing,
  ],
  spider: [
    () => spider(npv, own, ["discountRate"], [-0.5, 0.5], "netValue").then(({ matrix }) => matrix),
    () => spider("npv", theirs, ["rate"], [-0.5, 0.5], "npv").matrix,
  ],
  gradient: [
    () => gradient(npv, own, ["discountRate"], "netValue", { step: 1e-4 }).then((found) => found.gradient),
    () => gradient("npv", theirs, ["rate"], "npv", { step: 1e-4 }).gradient,
  ],
  goalSeek: [
    () => goalSeek(npv, own, "discountRate", "netValue", 0, 0, 0.9).then(({ x }) => x),
    () => goalSeek("npv", theirs, "rate", "npv", 0, 0, 0.9).x,
  ],
  attribution: [
    () => attribution(npv, own, { discountRate: 0.2 }, ["discountRate"], { output: "netValue" }).then(({ change }) => change),
    () => attribution("npv", theirs, { rate: 0.2, cashflows }, ["rate"], { output: "npv" }).change,
  ],
};

for (const [name, [ofFunction, ofModel]] of Object.entries(studies)) {
  test(`${name} of a function is that of the model it computes`, async () => {
    assert.deepEqual(await ofFunction(), ofModel());
  });
}

test("what a function throws passes through a study", async () => {
  const failure = new RangeError("my own");
  const broken = ({ x }) => {
    if (x[0] !== 1) {
      throw failure;
    }
    return x;
  };
  await assert.rejects(tornado(broken, { x: 1 }, [{ path: "x", low: 0, high: 2 }]), (error) => error === failure);
});

test("an output that is not named is the one array a function gives", async () => {
  const found = await tornado(({ x }) => x.map((value) => value ** 2), { x: 3 }, [{ path: "x", low: 1, high: 4 }]);
  assert.deepEqual([found.output, found.base, found.rows[0].swing], ["value", 9, 15]);
  await assert.rejects(tornado(({ x }) => x, { x: 3 }, [{ path: "y", low: 1, high: 4 }]), { code: "INVALID_INPUT" });
});

test("a result is drawn as SVG, with its percentiles", async () => {
  const draws = { x: normal(0, 1) };
  const result = await new Simulation(({ x }) => ({ one: x, other: x.map((value) => value + 5) }), { x: 0 }, { draws, outputs: ["one", "other"] }).run({ trials: 5000, seed: 1 });
  assert.match(result.toSvg(), /^<svg.*p5 .*p95 /s);
  assert.equal(result.toSvg(), result.toSvg("one"));
  assert.notEqual(result.toSvg("other"), result.toSvg("one"));
  assert.throws(() => result.toSvg("price"), { code: "INVALID_INPUT", field: "outputs" });
});

test("progress tells the rate and what remains of it", async () => {
  const seen = [];
  const controller = new AbortController();
  const run = new Simulation("npv", theirs, { draws: { rate: normal(0.1, 0.01) } }).run({
    trials: 2 ** 40,
    seed: 1,
    statistics: { quantileMode: "sketch" },
    signal: controller.signal,
    onProgress: (progress) => {
      seen.push(progress);
      controller.abort();
    },
  });
  await assert.rejects(run, { code: "CANCELLED" });
  const [{ done, total, elapsed, rate, remaining }] = seen;
  assert.equal(rate, done / elapsed);
  assert.equal(remaining, (total - done) / rate);
});

test("the number of threads is set for the process and moves no bit", async () => {
  const run = () => new Simulation("npv", theirs, { draws: { rate: normal(0.1, 0.01) } }).run({ trials: 20_000, seed: 1 });
  const plain = (result) => ({ ...result.toJSON(), elapsed: 0 });
  const [cores, want] = [numThreads(), plain(await run())];
  for (const threads of [1, 3]) {
    setNumThreads(threads);
    assert.equal(numThreads(), threads);
    assert.deepEqual(plain(await run()), want);
  }
  for (const threads of [0, -1, 1.5, NaN]) {
    assert.throws(() => setNumThreads(threads), { code: "INVALID_INPUT", field: "threads" });
  }
  setNumThreads(null);
  assert.equal(numThreads(), cores);
});
