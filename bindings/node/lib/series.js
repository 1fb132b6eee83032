// Rates of return and values of many series of flows; what fails is kept beside what does not.

import { ValorError } from "./errors.js";
import { call, told } from "./native.js";

const DAY = 86_400_000;

function refuse(field, value, constraint) {
  throw new ValorError(`${field}: ${JSON.stringify(value)} is not allowed: ${constraint}`, { kind: "InvalidInput", field, value, constraint });
}

const isArray = (value) => Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));

/** All flows one after another with the offsets at which series begin. */
function flat(cashflows, offsets) {
  if (offsets !== undefined) {
    return { flows: numbers(cashflows, "cashflows"), offsets: Uint32Array.from(offsets) };
  }
  if (!Array.isArray(cashflows) || !cashflows.every(isArray)) {
    refuse("cashflows", null, "a list of series, or one array with offsets");
  }
  const ends = new Uint32Array(cashflows.length + 1);
  cashflows.forEach((series, i) => {
    ends[i + 1] = ends[i] + series.length;
  });
  const flows = new Float64Array(ends[cashflows.length]);
  cashflows.forEach((series, i) => flows.set(numbers(series, `cashflows[${i}]`), ends[i]));
  return { flows, offsets: ends };
}

function numbers(values, path) {
  if (values instanceof Float64Array) {
    return values;
  }
  if (!isArray(values)) {
    refuse(path, typeof values, "an array of numbers");
  }
  const wrong = Array.prototype.findIndex.call(values, (value) => typeof value !== "number" && typeof value !== "bigint");
  if (wrong >= 0) {
    refuse(`${path}[${wrong}]`, String(values[wrong]), "finite number");
  }
  return Float64Array.from(values, Number);
}

/** Days since 1970-01-01, as they are or of texts and dates, in one list or one for each series. */
function days(dates) {
  if (dates instanceof Int32Array) {
    return dates;
  }
  return Int32Array.from(dates.some(isArray) ? dates.flatMap((list) => Array.from(list)) : dates, dayOf);
}

function dayOf(date, i) {
  const time = date instanceof Date ? date.getTime() : /^\d{4}-\d{2}-\d{2}$/.test(date) ? Date.parse(date) : NaN;
  // JavaScript reads 30 February as 2 March.
  const exists = Number.isInteger(time / DAY) && (date instanceof Date || new Date(time).toISOString().startsWith(date));
  return exists ? time / DAY : refuse(`dates[${i}]`, String(date), "a date YYYY-MM-DD that exists, without a time of day");
}

const rates = (rate) => (isArray(rate) ? numbers(rate, "rate") : Float64Array.of(rate));

function answered({ values, errors }) {
  return { values, errors: JSON.parse(errors).map(({ index, error }) => ({ index, error: told(error) })) };
}

/** Internal rate of return of each series of flows one period apart. */
export function irrMany(cashflows, { offsets, guess, threads } = {}) {
  return answered(call("manyIrr", { ...flat(cashflows, offsets), threads }, guess));
}

/** Internal rate of return of each series of dated flows; the dates may be one list for all. */
export function xirrMany(cashflows, dates, { offsets, guess, dayCount, threads } = {}) {
  return answered(call("manyIrr", { ...flat(cashflows, offsets), days: days(dates), dayCount, threads }, guess));
}

/** Net present value of each series, at its own rate or at the one given. */
export function npvMany(rate, cashflows, { firstPeriod = 0, offsets, threads } = {}) {
  return answered(call("manyNpv", { ...flat(cashflows, offsets), threads }, rates(rate), firstPeriod));
}

/** Present value at its first date of each series of dated flows, at its own rate or at the one given. */
export function xnpvMany(rate, cashflows, dates, { offsets, dayCount, threads } = {}) {
  return answered(call("manyNpv", { ...flat(cashflows, offsets), days: days(dates), dayCount, threads }, rates(rate), 0));
}
