import type { Engine } from "./engine.js";

type Model = string | Engine<any, any>;

/** What one scenario is: a patch of the base's inputs, or inputs of its own. */
export interface Scenario {
  /** New values by path; instead of `inputs`. */
  patch?: Record<string, unknown>;
  /** The whole input; instead of `patch`. */
  inputs?: object;
  /** The base's by default. */
  model?: Model;
  /** 1 by default. */
  weight?: number;
  notes?: string;
  created?: string;
}

/** One output over the scenarios. */
export interface ComparedOutput {
  readonly output: string;
  readonly base: number | null;
  readonly scenarios: readonly {
    readonly name: string;
    readonly value: number | null;
    readonly difference: number | null;
    readonly rank: number | null;
    readonly error: Record<string, any> | null;
  }[];
}

/** One output over the weighted scenarios. */
export interface WeightedOutput {
  readonly output: string;
  readonly mean: number;
  readonly sd: number;
  readonly min: number;
  readonly minScenario: string;
  readonly max: number;
  readonly maxScenario: string;
  readonly probabilityBelow: number | null;
}

/** A difference between two inputs. */
export interface Difference {
  readonly path: string;
  readonly old: unknown;
  readonly new: unknown;
  readonly kind: "added" | "removed" | "changed";
}

/** A base, and scenarios that are a patch of its inputs or inputs of their own. */
export class ScenarioSet {
  constructor(model: Model, inputs?: object);
  /** The set that `toJSON` gave, in any language; other formats and versions are refused. */
  static from(set: object): ScenarioSet;
  /** The set with one more scenario. */
  withScenario(name: string, scenario?: Scenario): ScenarioSet;
  /** The whole result of each scenario, or its error. */
  evaluate(): {
    readonly results: readonly { name: string; model: string; result: Record<string, any> | null; error: Record<string, any> | null }[];
    readonly warnings: readonly Record<string, any>[];
  };
  /** Outputs of each scenario, their difference to the base and their rank. */
  compare(options?: { outputs?: readonly string[] }): {
    readonly outputs: readonly ComparedOutput[];
    readonly warnings: readonly Record<string, any>[];
  };
  /** Weighted mean, spread and extremes, and the chance of falling below `threshold`. */
  weighted(options?: { outputs?: readonly string[]; threshold?: number; skipUndefined?: boolean }): {
    readonly outputs: readonly WeightedOutput[];
    readonly weights: readonly { name: string; weight: number }[];
    readonly droppedWeight: number;
    readonly skipped: readonly Record<string, any>[];
    readonly warnings: readonly Record<string, any>[];
  };
  /** What is different between two inputs, by path; empty when they are equal. */
  static diff(a: object, b: object): Difference[];
  /** Number of scenarios. */
  readonly length: number;
  /** The set in the core's names, to be kept. */
  toJSON(): Record<string, any>;
}
