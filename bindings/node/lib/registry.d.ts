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
  readonly outOfRange: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly sd: number | null;
  readonly median: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
  readonly exact: boolean;
  readonly relError: number;
  readonly window: "Lifetime" | { readonly Rolling: { readonly from: number; readonly to: number } };
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

/** What is said of an arm. */
export type Verdict =
  | "NoDifference"
  | "Better"
  | "Worse"
  | { readonly Invalid: { readonly why: "Srm" | "MixedConfig" | "NoControl" } }
  | { readonly Insufficient: { readonly needPerArm: number | null } };

/** One metric of one arm beside the control. */
export interface MetricReport {
  readonly kind: string;
  readonly better: string;
  readonly primary: boolean;
  readonly test: string;
  readonly asymptotic: boolean;
  readonly units: readonly [number, number];
  readonly estimate: number | null;
  readonly interval: readonly [number, number] | null;
  readonly p: number | null;
  readonly pAdjusted: number | null;
  readonly verdict: Verdict;
  readonly practicallyEquivalent: boolean;
}

/** What an experiment shows at one look. */
export interface Report {
  readonly experiment: string;
  readonly model: string;
  readonly status: unknown;
  readonly mode: unknown;
  readonly at: number;
  readonly srm: { readonly test: string; readonly chiSquare: number; readonly df: number; readonly p: number };
  readonly arms: readonly {
    readonly key: string;
    readonly variant: string;
    readonly weightPpm: number;
    readonly units: number;
    readonly exposures: number;
    readonly sharePpm: number;
    readonly verdict: Verdict | null;
    readonly metrics: Readonly<Record<string, MetricReport>>;
  }[];
  readonly warnings: readonly string[];
  readonly look: Record<string, any>;
  readonly data: Record<string, any>;
  /** A page that stands alone: arms, intervals over time, verdicts, sample-ratio check. */
  toHtml(): string;
}

/** A guardrail that the data are beyond. */
export type Breach = Readonly<Record<string, any>>;

/** The point below 1,000,000 that `unit` has in `experiment`; `salt` is bytes. */
export function assignPoint(salt: Uint8Array, experiment: string, unit: string): number;

/** Variants of models, the routing between them, and how they do. */
export class Registry {
  /**
   * A registry without models; `clock` gives the time of now, and is asked when a call of the registry begins and
   * when a function of yours has answered. Durations are measured by the machine's clock.
   */
  constructor(options?: { clock?: () => Date });
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
  /** As `resolve` for a call that you serve yourself: books the exposure, if it is one. */
  expose(model: string, request?: { unit?: string; tenant?: string; force?: string; draw?: number | bigint }): Resolution;
  /** Books what was observed of a unit, in the arm it was first exposed to; `at` is now unless given. */
  recordOutcome(experiment: string, unit: string, metric: string, value: number, options?: { at?: Date; tenant?: string }): void;
  /** The report of an experiment now; each is a look. */
  analyze(experiment: string, scope?: { tenant?: string }): Report;
  /** The guardrails that an experiment is beyond at present. */
  breaches(experiment: string, scope?: { tenant?: string }): Breach[];
  /** Pauses an experiment whose guardrails say so; the breaches that were acted on. */
  enforceGuardrails(experiment: string, scope?: { tenant?: string }): Breach[];
  /** The breaches that were acted on, oldest first: those that paused, and those that only tell. */
  actedBreaches(experiment: string, scope?: { tenant?: string }): { readonly at: number; readonly breach: Breach }[];
  /** Exposures, pauses and breaches of every experiment. */
  experimentCounts(): Record<string, any>[];
  /**
   * Performance by the variant that served, of all calls or of those for `tenant`; over the lifetime, or
   * with `window: "rolling"` over the last 15 minutes.
   */
  performance(model: string, options?: { window?: "lifetime" | "rolling"; tenant?: string }): Record<string, StatsView>;
  /** Forgets the performance of `model`, or of all; usage stays. */
  clearPerformance(model?: string): void;
  /** How often each variant served, by model and variant. */
  usage(): UsageRow[];
  /** The `n` variants with most calls, over the lifetime or with `window: "rolling"` the last 15 minutes. */
  popularity(n: number, options?: { window?: "lifetime" | "rolling" }): UsageRow[];
  /** All that the registry counts, as text in Prometheus' exposition format 0.0.4. */
  prometheus(): string;
}
