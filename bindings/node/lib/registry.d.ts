import type { Engine } from "./engine.js";

/** What a variant runs: a model's name, the class of an engine, an engine, or a function of the inputs. */
export type Servable =
  | string
  | { readonly model: string; readonly prototype: Engine<any, any> }
  | Engine<any, any>
  | ((inputs: Record<string, any>, context: { seed: bigint }) => object | Promise<object>);

/** What is said about a variant when it is registered. */
export interface VariantOptions {
  base?: boolean;
  version?: string;
  params?: object;
  schema?: { inputs?: object; outputs?: object };
  feature?: string;
}

/** Which variant serves a call, and why. */
export interface Resolution {
  readonly model: string;
  readonly requested: string | null;
  readonly assigned: string;
  readonly served: string;
  readonly reason: string;
  readonly configVersion: { readonly global: number; readonly tenant: number | null };
  readonly configHash: string;
  readonly experiment: { readonly id: string; readonly arm: string; readonly point: number; readonly draw: bigint | null } | null;
  readonly shadowed: string | null;
  readonly fallback: { readonly from: string; readonly kind: string; readonly detail: string } | null;
  readonly deprecated: boolean;
}

/** What ran, so that it can be run again. */
export interface RunRecord {
  readonly schema: number;
  readonly model: string;
  readonly variant: string;
  readonly version: string;
  readonly digest: string;
  readonly inputHash: string;
  readonly outputHash: string;
  readonly seed: bigint;
  readonly config: { readonly global: number; readonly tenant: number | null };
  readonly configHash: string;
  readonly build: string;
}

/** A finished run; `elapsed` in nanoseconds. */
export interface Executed {
  readonly output: Record<string, any>;
  readonly resolution: Resolution;
  readonly elapsed: number;
  readonly record: RunRecord;
  readonly kind: "Live" | "DryRun";
}

/** Performance of one variant; times in nanoseconds. */
export interface StatsView {
  readonly count: number;
  readonly errors: number;
  readonly errorKinds: Readonly<Record<string, number>>;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly sd: number | null;
  readonly median: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly exact: boolean;
  readonly relError: number;
  readonly window: string;
}

/** How often a variant served. */
export interface UsageRow {
  readonly model: string;
  readonly variant: string;
  readonly calls: number;
  readonly errors: number;
  readonly days: number;
  readonly sharePpm: number;
}

/** A problem of a configuration. */
export interface ConfigProblem {
  readonly path: string;
  readonly code: string;
  readonly message: string;
}

interface Applied {
  readonly version: number;
  readonly warnings: readonly ConfigProblem[];
}

interface Change {
  reason?: string;
  actor?: string;
}

/** The point below 1,000,000 that `unit` has in `experiment`; `salt` is bytes. */
export function assignPoint(salt: Uint8Array, experiment: string, unit: string): number;

/** Variants of models, the routing between them, and how they do. */
export class Registry {
  /** Registers a variant; the first of a model is its base. */
  register(model: string, variant: string, servable: Servable, options?: VariantOptions): void;
  /** Puts another implementation in the place of the one with digest `expected`; statistics go on. */
  replace(model: string, variant: string, servable: Servable, expected: string, options?: VariantOptions): void;
  /** Names of the variants by model, the base first. */
  models(): Record<string, string[]>;
  /** What a registered variant is. */
  variant(model: string, variant: string): Record<string, any>;
  /** Every problem of a routing configuration; none means that it would be applied. */
  validate(config: object): ConfigProblem[];
  /** Takes a whole routing configuration as the next version of its scope, or changes nothing. */
  apply(config: object, change?: Change): Applied;
  /** Writes the content of version `to` as a new version; `expected` is the current one. */
  rollback(to: number, change: Change & { expected: number; tenant?: string }): Applied;
  /** The versions of the configuration, oldest first. */
  history(scope?: { tenant?: string }): Record<string, any>[];
  /** The current configuration, to be changed and applied; version 0 when there is none yet. */
  config(scope?: { tenant?: string }): Record<string, any>;
  /** What changed from version `from` to version `to`. */
  diff(from: number, to: number, scope?: { tenant?: string }): Record<string, any>[];
  /** Which variant would serve `unit`, and why. */
  resolve(model: string, request?: { unit?: string; tenant?: string; force?: string; draw?: number | bigint }): Resolution;
  /** Routes and runs a call and books it under the variant that served. */
  execute(
    model: string,
    inputs: object,
    request?: { unit?: string; tenant?: string; force?: string; seed?: number | bigint; draw?: number | bigint },
  ): Promise<Executed>;
  /** Runs the inputs through a variant, or the one routing gives, and counts it nowhere. */
  dryRun(model: string, inputs: object, request?: { variant?: string; seed?: number | bigint }): Promise<Executed>;
  /** Runs what `record` says again and compares. */
  replay(record: RunRecord, inputs: object): Promise<Executed>;
  /** Performance by the variant that served. */
  performance(model: string): Record<string, StatsView>;
  /** Forgets the performance of `model`, or of all; usage stays. */
  clearPerformance(model?: string): void;
  /** How often each variant served, by model and variant. */
  usage(): UsageRow[];
  /** The `n` variants with most calls. */
  popularity(n: number): UsageRow[];
}
