import type { Distribution, Draw } from "./distributions.js";
import type { Engine } from "./engine.js";

/** A function over columns in place of a model: an array an input, to an array, or one an output. */
export type ColumnFunction = (columns: Record<string, Float64Array>) => ArrayLike<number> | Record<string, ArrayLike<number>>;

/** What depends on what. */
export interface Dependence {
  copula?: "gaussian" | "student_t";
  df?: number;
  names?: readonly string[];
  matrix: readonly (readonly number[])[];
  kind?: "latent" | "spearman" | "kendall";
  repair?: "none" | "nearest";
}

/** The parts of a simulation besides the model and its inputs. */
export interface SimulationOptions {
  /** Distributions by path, or a list of `draw(...)`. */
  draws: Readonly<Record<string, Distribution>> | readonly Draw[];
  /** The matrix of all draws in order; `dependence` is the general form. */
  correlation?: readonly (readonly number[])[];
  dependence?: Dependence;
  outputs?: readonly string[];
}

/** How far a run is. */
export interface Progress {
  readonly done: number;
  readonly total: number;
  readonly elapsed: number;
  readonly standardError: number | null;
  /** Trials a second so far. */
  readonly rate: number | null;
  /** Seconds that the rest takes at that rate. */
  readonly remaining: number | null;
}

/** How to run. */
export interface RunOptions {
  trials?: number;
  /** Made and returned when not given. */
  seed?: number | bigint;
  threads?: number;
  sampling?: string | { method: string; replicates?: number };
  onUndefined?: "fail" | "discard";
  maxUndefinedFraction?: number;
  target?: object;
  timeBudget?: number;
  statistics?: object;
  /** Ends the run; the promise is then rejected with the code `CANCELLED` and what was finished as `partial`. */
  signal?: AbortSignal;
  /** Called at most every 50 ms. */
  onProgress?: (progress: Progress) => void;
}

/** A model, its base inputs, and the distributions of those that are uncertain. */
export class Simulation {
  constructor(model: string | Engine<any, any> | ColumnFunction, inputs: object | undefined, options: SimulationOptions);
  /** Runs the trials asked for. */
  run(options: RunOptions): Promise<SimulationResult>;
  /** Part `shard` of `shards` of a run; `SimulationResult.merge` makes the run of all parts, bit for bit. */
  runShard(options: RunOptions & { shard: number; shards: number; trials: number; seed: number | bigint }): Promise<SimulationResult>;
  /** The simulation as a plain object; a function of the caller's is not part of it. */
  toJSON(): Record<string, any>;
  /** The simulation with these fields; the inverse of `toJSON`. */
  static from(spec: Record<string, any>): Simulation;
}

/** A quantile with its confidence interval. */
export interface Quantile {
  readonly p: number;
  readonly value: number;
  readonly ciLow: number | null;
  readonly ciHigh: number | null;
}

/** Statistics of one output over the defined trials. */
export interface Stats {
  readonly count: number;
  readonly mean: number;
  readonly standardDeviation: number | null;
  readonly standardError: number | null;
  readonly skewness: number | null;
  readonly kurtosis: number | null;
  readonly min: number;
  readonly max: number;
  readonly confidenceInterval: readonly [number, number] | null;
  readonly quantiles: readonly Quantile[];
  readonly probabilities: readonly Record<string, number>[];
  readonly histogram: { readonly edges: readonly number[]; readonly counts: readonly number[]; readonly below: number; readonly above: number };
  readonly convergence: readonly { readonly n: number; readonly mean: number; readonly standardError: number | null }[];
  /** The outcomes in trial order. */
  readonly samples: Float64Array;
  /** The value below which a share `p` of the outcomes lies. */
  quantile(p: number): number;
  quantile(p: ArrayLike<number>): number[];
  /** The share of outcomes greater than `threshold`. */
  probabilityAbove(threshold: number): number;
  valueAtRisk(level?: number): number;
  conditionalValueAtRisk(level?: number): number;
  toJSON(): Record<string, any>;
}

/** What a run gave. */
export class SimulationResult {
  private constructor();
  /** One result of the shards of a run, in any order. */
  static merge(parts: readonly SimulationResult[]): SimulationResult;
  /** The result whose `toBytes` this is. */
  static fromBytes(bytes: Uint8Array): SimulationResult;
  /** The whole result as bytes, the same in every language. */
  toBytes(): Uint8Array;
  /** The histogram of an output, of the first when none is named, with its percentiles: an SVG file as text. */
  toSvg(output?: string): string;
  /** Statistics of an output. */
  output(name: string): Stats;
  readonly outputNames: readonly string[];
  readonly stopped: "complete" | "target_reached" | "max_trials" | "time_budget" | "cancelled" | "partial";
  readonly trials: number;
  readonly trialsRequested: number;
  readonly trialsDefined: number;
  readonly seed: bigint;
  readonly elapsed: number;
  readonly base: Readonly<Record<string, number>> | null;
  readonly undefined: { readonly count: number; readonly fraction: number; readonly byReason: readonly Record<string, any>[] };
  readonly conditional: boolean;
  readonly warnings: readonly Record<string, any>[];
  /** The result without the samples as a plain object. */
  toJSON(): Record<string, any>;
}
