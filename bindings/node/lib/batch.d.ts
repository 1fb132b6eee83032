import type { ValorError } from "./errors.js";

/** Results of many inputs, in their order. */
export interface Batch {
  /** Outputs of each input; null where it failed. */
  results: (Record<string, any> | null)[];
  /** Position and reason of each failure, in order. */
  errors: { index: number; error: ValorError }[];
}

/**
 * Outputs of `model` for each of `rows`, on all cores unless `threads` says how many. A row maps
 * inputs to values, or with `base` paths such as `stages[0].growth` to what replaces the value there.
 */
export function evaluateMany(model: string, rows: readonly object[], options?: { base?: object; threads?: number }): Batch;
