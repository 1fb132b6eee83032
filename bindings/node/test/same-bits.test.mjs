import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Simulation } from "../lib/index.js";
import { ROOT } from "./golden.mjs";

const golden = JSON.parse(readFileSync(new URL("tests/golden/simulation.json", ROOT), "utf8"));
const words = (numbers) => new BigUint64Array(numbers.buffer, numbers.byteOffset, numbers.length);
const hex = (word) => word.toString(16).padStart(16, "0");
const bits = (number) => hex(words(Float64Array.of(number))[0]);

test("a run has the same bits as in Rust", async () => {
  for (const threads of [1, 2, 7]) {
    const result = await Simulation.from(golden.simulation).run({ trials: golden.trials, seed: golden.seed, threads });
    for (const [name, want] of Object.entries(golden.outputs)) {
      const stats = result.output(name);
      let folded = 0n;
      for (const word of words(stats.samples)) {
        folded = BigInt.asUintN(64, (folded << 1n) | (folded >> 63n)) ^ word;
      }
      const found = {
        mean: bits(stats.mean),
        standard_deviation: bits(stats.standardDeviation),
        quantile_5: bits(stats.quantile(0.05)),
        samples: hex(folded),
      };
      assert.deepEqual(found, want);
    }
  }
});
