// Any model over typed arrays, one output a row.

import { snakePath, toNative } from "./convert.js";
import { evaluate, known } from "./engine.js";
import { call, native, using } from "./native.js";
import { ValorError } from "./errors.js";

const isArray = (value) => Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));

function doubles(values, path) {
  if (values instanceof Float64Array) {
    return values;
  }
  const wrong = Array.prototype.findIndex.call(values, (value) => typeof value !== "number" && typeof value !== "bigint");
  if (wrong >= 0) {
    const field = `${path}[${wrong}]`;
    throw new ValorError(`${field}: not a number`, { kind: "InvalidInput", field, value: values[wrong], constraint: "finite number" });
  }
  return Float64Array.from(values, Number);
}

/**
 * One output of `model` a row, as a Float64Array. `columns` maps paths to arrays of equal length;
 * `inputs` holds what is the same in each row; `output` is the model's primary unless given.
 */
export function evaluateColumns(model, inputs, columns, output) {
  const text = toNative(inputs, known(model).inputs);
  return call("evaluateColumns", model, text, ...taken(columns), output === undefined ? undefined : snakePath(output));
}

/** The paths of columns, and their numbers. */
function taken(columns) {
  const paths = Object.keys(columns);
  return [paths.map(snakePath), paths.map((path) => doubles(columns[path], path))];
}

/** A model made ready once for columns at `paths`, to be called with columns again and again. */
export class ColumnModel {
  #native;

  constructor(model, inputs, paths, output) {
    const text = toNative(inputs, known(model).inputs);
    const primary = output === undefined ? undefined : snakePath(output);
    this.#native = using(() => new native.NativeColumnModel(model, text, paths.map(snakePath), primary));
  }

  /** One value a row, as `evaluateColumns` gives them; where a path has no column, its input holds. */
  evaluate(columns) {
    return using(() => this.#native.evaluate(...taken(columns)));
  }
}

/** A number for numbers, a Float64Array for arrays; the arrays among `numbers` have the same length. */
export function over(model, output, fixed, numbers) {
  const given = Object.entries(numbers).filter(([, value]) => value !== undefined && value !== null);
  const columns = given.filter(([, value]) => isArray(value));
  if (columns.length === 0) {
    return evaluate(model, { ...fixed, ...numbers })[output];
  }
  const same = Object.fromEntries(given.filter(([, value]) => !isArray(value)));
  return evaluateColumns(model, { ...fixed, ...same }, Object.fromEntries(columns), output);
}

/** As `over` with one series of flows, or a list of them for a result each. */
export function overSeries(model, output, fixed, cashflows, each = {}) {
  if (!Array.isArray(cashflows) || !cashflows.some(isArray)) {
    return over(model, output, { ...fixed, cashflows }, each);
  }
  const row = (i) => Object.fromEntries(Object.entries(each).map(([name, value]) => [name, isArray(value) ? value[i] : value]));
  return Float64Array.from(cashflows, (series, i) => evaluate(model, { ...fixed, ...row(i), cashflows: series })[output]);
}

