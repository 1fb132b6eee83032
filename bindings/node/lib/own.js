// A function of the caller's over columns in place of a model.

import { ValorError } from "./errors.js";

/** Whether a model is a function of the caller's own, and no class of an engine. */
export function isOwn(model) {
  return typeof model === "function" && typeof model.model !== "string";
}

/** The error that refuses `value` at `field`. */
export function refuse(field, value, constraint) {
  return new ValorError(`${field}: ${JSON.stringify(value)} is not allowed: ${constraint}`, { kind: "InvalidInput", field, value, constraint });
}

/**
 * `model` as the native half calls it: the columns of `names` one after the other in, those of
 * `outputs` out, nothing when it threw; what it threw first is kept in `failure` to be thrown again.
 */
export function block(model, names, outputs, failure) {
  return (numbers) => {
    try {
      const length = numbers.length / names.length;
      const given = model(Object.fromEntries(names.map((name, i) => [name, numbers.slice(i * length, (i + 1) * length)])));
      const single = ArrayBuffer.isView(given) || Array.isArray(given);
      const result = new Float64Array(length * outputs.length);
      outputs.forEach((output, i) => {
        const column = single ? given : given[output];
        if (column?.length !== length) {
          throw refuse(output, column?.length ?? null, `an array of ${length} numbers, as the inputs`);
        }
        result.set(column, i * length);
      });
      return result;
    } catch (error) {
      failure.thrown ??= { error };
      return null;
    }
  };
}
