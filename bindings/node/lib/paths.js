// Paths of stochastic processes as typed arrays.

import { toNative } from "./convert.js";
import { call } from "./native.js";

const SCHEMA = { type: "object" };

/**
 * Paths of a geometric Brownian motion as a list of Float64Arrays, each `steps` + 1 long from `spot` on.
 * Path i is the same bits whatever `paths` and `threads` are.
 */
export function gbmPaths({ threads, ...motion }) {
  const seed = typeof motion.seed === "bigint" ? motion.seed.toString() : motion.seed;
  const values = call("gbmPaths", toNative({ ...motion, seed }, SCHEMA), threads);
  const length = motion.steps + 1;
  return Array.from({ length: motion.paths }, (_, path) => values.subarray(path * length, (path + 1) * length));
}
