// The uniform door, and what the class of every engine has in common.

import { fromNative, toNative, useSchemas } from "./convert.js";
import { call, later, native } from "./native.js";

const schemas = new Map();

/** The schema in the core's names; asked for once a model. */
export function known(model) {
  let found = schemas.get(model);
  if (found === undefined) {
    found = JSON.parse(call("schema", model));
    schemas.set(model, found);
  }
  return found;
}

useSchemas((model) => {
  try {
    return known(model);
  } catch {
    // An unknown model is refused by the call that names it.
    return undefined;
  }
});

/** Values `inputs` by the model of that name. */
export function evaluate(model, inputs) {
  const { inputs: given, outputs } = known(model);
  return fromNative(call("evaluate", model, toNative(inputs, given)), outputs);
}

/** As `evaluate`, on a thread of its own: for grids and other studies that take long. */
export async function evaluateAsync(model, inputs) {
  const { inputs: given, outputs } = known(model);
  const text = toNative(inputs, given);
  return fromNative(await later(() => native.evaluateLater(model, text)), outputs);
}

/** Names of the models with one line each. */
export function models() {
  return JSON.parse(call("models"));
}

/** JSON Schema of the inputs and outputs of the model of that name, in the core's snake_case names. */
export function schema(model) {
  return structuredClone(known(model));
}

/** A model with its inputs, checked when it is made; `value()` computes the outputs. */
export class Engine {
  #inputs;
  #text;

  constructor(inputs = {}) {
    const { model } = this.constructor;
    this.#text = toNative(inputs, known(model).inputs);
    call("validate", model, this.#text);
    this.#inputs = fromNative(this.#text, known(model).inputs);
  }

  /** Name of the model. */
  get model() {
    return this.constructor.model;
  }

  /** The inputs given. */
  get inputs() {
    return structuredClone(this.#inputs);
  }

  /** The outputs for these inputs. */
  value() {
    return fromNative(call("evaluate", this.model, this.#text), known(this.model).outputs);
  }

  /** The same engine with some inputs replaced. */
  withInputs(changes) {
    return new this.constructor({ ...this.#inputs, ...changes });
  }

  /** The inputs given, for JSON and for other models that take this one as an input. */
  toJSON() {
    return this.inputs;
  }
}
