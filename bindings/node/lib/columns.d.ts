import type { NumberArray } from "./engine.js";

/**
 * One output of `model` a row. `columns` maps paths to arrays of equal length; `inputs` holds what is
 * the same in each row; `output` is the model's primary unless given.
 */
export function evaluateColumns(
  model: string,
  inputs: object,
  columns: Record<string, NumberArray>,
  output?: string,
): Float64Array;
