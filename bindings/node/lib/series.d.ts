import type { NumberArray } from "./engine.js";
import type { ValorError } from "./errors.js";

/** Series of flows: a list of them, or one array of all flows with `offsets`. */
type Flows = readonly NumberArray[] | NumberArray;
/** Dates for each flow, or one list for all series; an Int32Array holds days since 1970-01-01. */
type Dates = readonly (string | Date)[] | readonly (readonly (string | Date)[])[] | Int32Array;

/** A number for each series, and the reasons of those that have none. */
export interface Outcomes {
  /** The numbers; NaN, and nothing else, where there is an error. */
  values: Float64Array;
  /** Position and reason of each series without a number, in order. */
  errors: { index: number; error: ValorError }[];
}

interface ManyOptions {
  /** Where each series begins in one array of all flows, and where the last ends. */
  offsets?: ArrayLike<number>;
  /** Threads; all cores unless given. */
  threads?: number;
}

/** Internal rate of return of each series of flows one period apart. */
export function irrMany(cashflows: Flows, options?: ManyOptions & { guess?: number }): Outcomes;
/** Internal rate of return of each series of dated flows; the dates may be one list for all. */
export function xirrMany(cashflows: Flows, dates: Dates, options?: ManyOptions & { guess?: number; dayCount?: string }): Outcomes;
/** Net present value of each series, at its own rate or at the one given. */
export function npvMany(rate: number | NumberArray, cashflows: Flows, options?: ManyOptions & { firstPeriod?: 0 | 1 }): Outcomes;
/** Present value at its first date of each series of dated flows, at its own rate or at the one given. */
export function xnpvMany(
  rate: number | NumberArray,
  cashflows: Flows,
  dates: Dates,
  options?: ManyOptions & { dayCount?: string },
): Outcomes;
