// How an output answers to the inputs: derivatives, tornado, grids, one-way tables, goal seek. Each
// takes a model by its name with its inputs, an engine that has its own, or a function over columns; of a
// function it gives a promise, since the function is called from another thread.

import { fromNative, toNative } from "./convert.js";
import { Engine, evaluate, known } from "./engine.js";
import { later, native } from "./native.js";
import { block, isOwn } from "./own.js";

/** A model's name and inputs; an engine's own inputs unless others are given. */
export function named(model, inputs) {
  if (model instanceof Engine) {
    return { model: model.model, input: { ...model.inputs, ...inputs } };
  }
  return { model: typeof model === "string" ? model : model.model, input: inputs ?? {} };
}

function study(name, model, inputs, fields) {
  return isOwn(model) ? ofFunction(name, model, { input: inputs ?? {}, ...fields }) : evaluate(name, { ...named(model, inputs), ...fields });
}

/** A promise of a study of the caller's function; what that throws passes through. */
async function ofFunction(name, model, fields) {
  const { inputs, outputs } = known(name);
  const failure = {};
  const spec = toNative({ model: "function", ...fields }, inputs);
  const wanted = fields.outputs ?? (fields.output === undefined ? ["value"] : [fields.output]);
  const call = block(model, Object.keys(fields.input ?? fields.fromInput), wanted, failure);
  const given = JSON.parse(spec);
  const names = given.outputs ?? [given.output ?? "value"];
  try {
    return fromNative(await later(() => native.study(name, spec, names, call)), outputs);
  } catch (error) {
    throw failure.thrown === undefined ? error : failure.thrown.error;
  }
}

/** Derivative and elasticity of an output with respect to each path. */
export const gradient = (model, inputs, paths, output, more) => study("gradient", model, inputs, { paths, output, ...more });

/** The output at the low and high value of each driver, the widest first. */
export const tornado = (model, inputs, drivers, output, more) => study("tornado", model, inputs, { drivers, output, ...more });

/** Outputs over every combination of the values of up to six inputs, row-major. */
export const grid = (model, inputs, axes, outputs, more) => study("sensitivity_grid", model, inputs, { axes, outputs, ...more });

/** Outputs over the values of one input. */
export const oneWay = (model, inputs, path, values, outputs, more) => study("sensitivity_1d", model, inputs, { path, values, outputs, ...more });

/** The output when each driver in turn is changed by each relative step. */
export const spider = (model, inputs, drivers, steps, output, more) => study("spider", model, inputs, { drivers, steps, output, ...more });

/** What each path contributes to the change of the output from one input to another. */
export const attribution = (model, fromInput, toInput, paths, more) =>
  isOwn(model)
    ? ofFunction("attribution", model, { fromInput, toInput, paths, ...more })
    : evaluate("attribution", { model: named(model).model, fromInput, toInput, paths, ...more });

/** The value at `path` between `lower` and `upper` for which the output is `target`. */
export const goalSeek = (model, inputs, path, output, target, lower, upper, more) =>
  study("goal_seek", model, inputs, { path, output, target, lower, upper, ...more });
