/** An array of numbers. */
export type NumberArray = readonly number[] | Float64Array | Float32Array | Int32Array;

/** Values `inputs` by the model of that name. */
export function evaluate(model: string, inputs: object): Record<string, any>;

/** As `evaluate`, on a thread of its own: for grids and other studies that take long. */
export function evaluateAsync(model: string, inputs: object): Promise<Record<string, any>>;

/** Names of the models with one line each. */
export function models(): Record<string, string>;

/** JSON Schema of the inputs and outputs of the model of that name, in the core's snake_case names. */
export function schema(model: string): Record<string, any>;

/** A model with its inputs, checked when it is made; `value()` computes the outputs. */
export abstract class Engine<Inputs extends object = object, Result = Record<string, any>> {
  static readonly model: string;
  constructor(inputs: Inputs);
  /** Name of the model. */
  readonly model: string;
  /** The inputs given. */
  readonly inputs: Inputs;
  /** The outputs for these inputs. */
  value(): Result;
  /** The same engine with some inputs replaced. */
  withInputs(changes: Partial<Inputs>): this;
  /** The inputs given, for JSON and for other models that take this one as an input. */
  toJSON(): Inputs;
}
