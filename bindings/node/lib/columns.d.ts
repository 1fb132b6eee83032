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

/**
 * A model made ready once for columns at `paths`, to be called with columns again and again. `inputs`
 * are whole: where a call brings no column for one of `paths`, what stands in them holds.
 */
export declare class ColumnModel {
  constructor(model: string, inputs: object, paths: readonly string[], output?: string);
  /** One value a row, as `evaluateColumns` gives them. */
  evaluate(columns: Record<string, NumberArray>): Float64Array;
}
