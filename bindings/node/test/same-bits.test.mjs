import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Simulation, SimulationResult } from "../lib/index.js";
import { ROOT } from "./golden.mjs";

const golden = JSON.parse(readFileSync(new URL("tests/golden/simulation.json", ROOT), "utf8"));
const { on_undefined: onUndefined, ...options } = golden.options;
const simulation = Simulation.from(golden.simulation);
const words = (numbers) => new BigUint64Array(numbers.buffer, numbers.byteOffset, numbers.length);
const hex = (word) => word.toString(16).padStart(16, "0");
const bits = (number) => hex(words(Float64Array.of(number))[0]);

function found(result) {
  const one = (name) => {
    const stats = result.output(name);
    let sum = 0n;
    let weight = 1n;
    for (const word of words(stats.samples)) {
      sum = BigInt.asUintN(64, sum + word * weight);
      weight += 2n;
    }
    return {
      mean: bits(stats.mean),
      standard_deviation: bits(stats.standardDeviation),
      quantile_5: bits(stats.quantile(0.05)),
      samples: hex(sum),
    };
  };
  return Object.fromEntries(Object.keys(golden.outputs).map((name) => [name, one(name)]));
}

for (const threads of [1, 2, 3]) {
  test(`the main job has the bits of Rust on ${threads} threads`, async () => {
    const result = await simulation.run({ ...options, onUndefined, threads });
    assert.deepEqual(found(result), golden.outputs);
    assert.equal(result.trialsDefined, golden.trials_defined);
  });
}

for (const [shards, step] of [[2, 1], [5, 3], [8, 5]]) {
  test(`the main job has the bits of Rust in ${shards} shards merged in another order`, async () => {
    const part = (i) => simulation.runShard({ ...options, onUndefined, shard: (i * step) % shards, shards });
    const parts = await Promise.all(Array.from({ length: shards }, (_, i) => part(i)));
    assert.deepEqual(found(SimulationResult.merge(parts)), golden.outputs);
  });
}
