import type { Engine } from "./engine.js";
import type { ColumnFunction } from "./simulation.js";

type Model = string | Engine<any, any>;
type Mode = "set" | "shift" | "scale";
type Result = Record<string, any>;

/** A driver of a tornado. */
export interface Driver {
  path: string;
  low: number;
  high: number;
  mode?: Mode;
}

/** An axis of a grid: its values, or `start`, `stop` and `steps`. */
export interface Axis {
  path: string;
  values?: readonly number[] | Float64Array;
  start?: number;
  stop?: number;
  steps?: number;
  mode?: Mode;
}

/** Derivative and elasticity of an output with respect to each path. */
export function gradient(model: Model, inputs: object | undefined, paths: readonly string[], output?: string, more?: object): Result;
export function gradient(model: ColumnFunction, inputs: object | undefined, paths: readonly string[], output?: string, more?: object): Promise<Result>;
/** The output at the low and high value of each driver, the widest first. */
export function tornado(model: Model, inputs: object | undefined, drivers: readonly Driver[], output?: string, more?: object): Result;
export function tornado(model: ColumnFunction, inputs: object | undefined, drivers: readonly Driver[], output?: string, more?: object): Promise<Result>;
/** Outputs over every combination of the values of up to six inputs, row-major. */
export function grid(model: Model, inputs: object | undefined, axes: readonly Axis[], outputs?: readonly string[], more?: object): Result;
export function grid(model: ColumnFunction, inputs: object | undefined, axes: readonly Axis[], outputs?: readonly string[], more?: object): Promise<Result>;
/** Outputs over the values of one input. */
export function oneWay(model: Model, inputs: object | undefined, path: string, values?: readonly number[], outputs?: readonly string[], more?: object): Result;
export function oneWay(model: ColumnFunction, inputs: object | undefined, path: string, values?: readonly number[], outputs?: readonly string[], more?: object): Promise<Result>;
/** The output when each driver in turn is changed by each relative step. */
export function spider(model: Model, inputs: object | undefined, drivers: readonly string[], steps: readonly number[], output?: string, more?: object): Result;
export function spider(model: ColumnFunction, inputs: object | undefined, drivers: readonly string[], steps: readonly number[], output?: string, more?: object): Promise<Result>;
/** What each path contributes to the change of the output from one input to another. */
export function attribution(model: Model, fromInput: object, toInput: object, paths: readonly string[], more?: object): Result;
export function attribution(model: ColumnFunction, fromInput: object, toInput: object, paths: readonly string[], more?: object): Promise<Result>;
/** The value at `path` between `lower` and `upper` for which the output is `target`. */
export function goalSeek(model: Model, inputs: object | undefined, path: string, output: string | undefined, target: number, lower: number, upper: number, more?: object): Result;
export function goalSeek(model: ColumnFunction, inputs: object | undefined, path: string, output: string | undefined, target: number, lower: number, upper: number, more?: object): Promise<Result>;
