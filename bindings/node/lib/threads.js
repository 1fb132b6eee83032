// How many threads work takes that is not told how many.

import { call } from "./native.js";

/**
 * Sets how many threads work takes that is not told how many; null for one a core, as it is at first. It
 * holds for the whole process and never changes a bit of a result.
 */
export function setNumThreads(threads) {
  call("setNumThreads", threads ?? undefined);
}

/** How many threads work takes that is not told how many. */
export function numThreads() {
  return call("numThreads");
}
