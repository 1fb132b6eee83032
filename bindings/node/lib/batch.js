// A model over many whole inputs, in parallel; what fails is kept beside what does not.

import { fromParsed, snakePath, toNative } from "./convert.js";
import { known } from "./engine.js";
import { ValorError } from "./errors.js";
import { call, told } from "./native.js";

/**
 * Outputs of `model` for each of `rows`, on all cores unless `threads` says how many. A row maps
 * inputs to values, or with `base` paths such as `stages[0].growth` to what replaces the value there.
 */
export function evaluateMany(model, rows, { base = {}, threads } = {}) {
  const { inputs, outputs } = known(model);
  const errors = [];
  const results = new Array(rows.length).fill(null);
  const texts = [];
  const places = [];
  rows.forEach((row, index) => {
    try {
      texts.push(rowText(row, inputs));
      places.push(index);
    } catch (error) {
      // A row that cannot be read fails alone, as one that cannot be valued does.
      if (!(error instanceof ValorError)) {
        throw error;
      }
      errors.push({ index, error });
    }
  });
  const text = call("evaluateMany", model, toNative(base, inputs), `[${texts.join(",")}]`, threads);
  JSON.parse(text).forEach(({ output, error }, i) => {
    if (error === undefined) {
      results[places[i]] = fromParsed(output, outputs);
    } else {
      errors.push({ index: places[i], error: told(error) });
    }
  });
  errors.sort((a, b) => a.index - b.index);
  return { results, errors };
}

/** The core's JSON text of a row: names as they are, and what looks like a path in the core's names. */
function rowText(row, schema) {
  const entries = Object.entries(row).map(([name, value]) => [/[.[]/.test(name) ? snakePath(name) : name, value]);
  return toNative(Object.fromEntries(entries), schema);
}
