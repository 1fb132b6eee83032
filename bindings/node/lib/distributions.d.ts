import type { NumberArray } from "./engine.js";

/** A distribution by its type and parameters. */
export interface Distribution {
  readonly type: string;
  readonly [parameter: string]: unknown;
}

/** A distribution at a path: its draw replaces, is added to, or multiplies the base value. */
export interface Draw {
  readonly path: string;
  readonly distribution: Distribution;
  readonly mode?: "set" | "shift" | "scale";
  readonly name?: string;
}

/** A draw at `path`; `mode` is "set", "shift" or "scale", `name` labels it in results. */
export function draw(path: string, distribution: Distribution, options?: { mode?: "set" | "shift" | "scale"; name?: string }): Draw;
/** Always `value`. */
export function constant(value: number): Distribution;
/** Normal with this mean and standard deviation. */
export function normal(mean: number, sd: number): Distribution;
/** Lognormal by its own `mean` and `sd`, or by the `mu` and `sigma` of its logarithm, moved by `shift`. */
export function lognormal(parameters: { mean: number; sd: number; shift?: number } | { mu: number; sigma: number; shift?: number }): Distribution;
/** Uniform between `low` and `high`. */
export function uniform(low: number, high: number): Distribution;
/** Triangular with its peak at `mode`. */
export function triangular(low: number, mode: number, high: number): Distribution;
/** A smooth triangular: a beta between `low` and `high`, the more peaked the larger `shape` (4). */
export function pert(low: number, mode: number, high: number, shape?: number): Distribution;
/** Beta between `low` (0) and `high` (1). */
export function beta(alpha: number, beta: number, low?: number, high?: number): Distribution;
/** Student's t; `scale` is not the standard deviation. */
export function studentT(df: number, location?: number, scale?: number): Distribution;
/** Gamma with mean `shift + shape * scale`. */
export function gamma(shape: number, scale: number, shift?: number): Distribution;
/** Observations: linear between them, or with `interpolation: "step"` the observations themselves. */
export function empirical(values: NumberArray, options?: { weights?: NumberArray; interpolation?: "step" | "linear" }): Distribution;
/** One of `values` with these probabilities, which sum to 1. */
export function discrete(values: NumberArray, probabilities: NumberArray): Distribution;
/** `of` given that it falls between `low` and `high`; nothing gathers at the bounds. */
export function truncated(of: Distribution, low?: number, high?: number): Distribution;
