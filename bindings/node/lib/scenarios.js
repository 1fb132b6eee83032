// Named scenarios of a model: evaluated side by side, compared, weighted, kept and told apart. A set is
// kept in the core's names, so that every language reads it.

import { fromNative, snakePath, toNative } from "./convert.js";
import { Engine, known } from "./engine.js";
import { call } from "./native.js";
import { named } from "./sensitivity.js";

const kept = (model, inputs) => JSON.parse(toNative(inputs, known(model).inputs));
const given = (object) => Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined && value !== null));

/** A base, and scenarios that are a patch of its inputs or inputs of their own. */
export class ScenarioSet {
  #kept;

  constructor(model, inputs) {
    const { model: name, input } = named(model, inputs);
    this.#kept = checked({ format: "valor-ivx/scenarios", version: 1, base: { model: name, input: kept(name, input) }, scenarios: [] });
  }

  /** The set that `toJSON` gave, in any language; other formats and versions are refused. */
  static from(set) {
    checked(set);
    const { model, input } = set.base;
    const made = new ScenarioSet(model, input);
    made.#kept = structuredClone(set);
    return made;
  }

  /** The set with one more scenario: `patch` maps paths to new values, or `inputs` are the whole input. */
  withScenario(name, { patch, inputs, model, weight, notes, created } = {}) {
    const { model: of, input } = model === undefined ? { model: undefined, input: inputs } : named(model, inputs);
    const scenario = given({
      name,
      model: of,
      input: input === undefined ? undefined : kept(of ?? this.#kept.base.model, input),
      patch: patch && Object.fromEntries(Object.entries(patch).map(([path, value]) => [snakePath(path), plain(value)])),
      weight,
      notes,
      created,
    });
    return ScenarioSet.from({ ...this.#kept, scenarios: [...this.#kept.scenarios, scenario] });
  }

  /** The whole result of each scenario, or its error. */
  evaluate() {
    return this.#ask("scenarios_evaluate", {});
  }

  /** Outputs of each scenario, their difference to the base and their rank. */
  compare({ outputs } = {}) {
    return this.#ask("scenarios_compare", { outputs: outputs?.map(snakePath) });
  }

  /** Weighted mean, spread and extremes, and the chance of falling below `threshold`. */
  weighted({ outputs, threshold, skipUndefined } = {}) {
    return this.#ask("scenarios_weighted", { outputs: outputs?.map(snakePath), threshold, skip_undefined: skipUndefined });
  }

  /** What is different between two inputs, by path: `old`, `new` and `kind`; empty when they are equal. */
  static diff(a, b) {
    const [first, second] = [a, b].map((one) => plain(one instanceof Engine ? one.inputs : one));
    const text = JSON.stringify({ a: first, b: second });
    return fromNative(call("evaluate", "scenarios_diff", text), known("scenarios_diff").outputs).differences;
  }

  #ask(operation, fields) {
    const text = JSON.stringify({ set: this.#kept, ...given(fields) });
    return fromNative(call("evaluate", operation, text), known(operation).outputs);
  }

  /** Number of scenarios. */
  get length() {
    return this.#kept.scenarios.length;
  }

  /** The set in the core's names, to be kept. */
  toJSON() {
    return structuredClone(this.#kept);
  }
}

const plain = (value) => JSON.parse(toNative({ value })).value;

function checked(set) {
  call("validate", "scenarios_evaluate", JSON.stringify({ set }));
  return set;
}
