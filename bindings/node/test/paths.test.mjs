import assert from "node:assert/strict";
import { test } from "node:test";

import { gbmPaths, ValorError } from "../lib/index.js";

const motion = { spot: 100, drift: 0.05, volatility: 0.2, horizon: 1, steps: 12, paths: 500, seed: 2n ** 64n - 1n };

test("paths are the same bits whatever is made with them", () => {
  const many = gbmPaths(motion);
  assert.equal(many.length, 500);
  assert.ok(many.every((path) => path instanceof Float64Array && path.length === 13 && path[0] === 100));
  const few = gbmPaths({ ...motion, paths: 200, threads: 1 });
  assert.deepEqual(few, many.slice(0, 200));
  assert.notDeepEqual(gbmPaths({ ...motion, paths: 200, seed: 1 }), few);
});

test("what no motion can be is refused by name", () => {
  for (const [field, value] of Object.entries({ spot: 0, volatility: -1, drift: NaN, steps: 0, paths: -1, seed: "x", horizon: "1" })) {
    assert.throws(
      () => gbmPaths({ ...motion, [field]: value }),
      (error) => error instanceof ValorError && error.field === field && error.code === "INVALID_INPUT",
      field,
    );
  }
});
