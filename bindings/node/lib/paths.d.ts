/** A geometric Brownian motion, and the paths wanted of it. */
export interface GeometricBrownian {
  /** Where every path begins. */
  spot: number;
  /** Expected growth a year, continuously compounded. */
  drift: number;
  /** Standard deviation of the logarithm a year. */
  volatility: number;
  /** Years from the first to the last time. */
  horizon: number;
  /** Steps from the first to the last time. */
  steps: number;
  /** Number of paths. */
  paths: number;
  /** Path i is a function of the seed and i alone. */
  seed: number | bigint;
  /** Threads; all cores unless given. */
  threads?: number;
}

/**
 * Paths of a geometric Brownian motion, each `steps` + 1 long from `spot` on. Path i is the same bits
 * whatever `paths` and `threads` are.
 */
export function gbmPaths(motion: GeometricBrownian): Float64Array[];
