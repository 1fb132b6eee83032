// Cash-flow mathematics: a number for numbers, a Float64Array for arrays of equal length. Rates are
// fractions, payments made are negative, `due` is "end" or "begin" of the period.

import { over, overSeries } from "./columns.js";
import { evaluate } from "./engine.js";

/** Net present value of flows one period apart; the first is now, or with `firstPeriod: 1` in one period. */
export const npv = (rate, cashflows, { firstPeriod } = {}) => overSeries("npv", "npv", { firstPeriod }, cashflows, { rate });

/** Internal rate of return; of several roots the one nearest to `guess` (0.1). */
export const irr = (cashflows, { guess } = {}) => overSeries("irr", "irr", {}, cashflows, { guess });

/** Modified internal rate of return. */
export const mirr = (cashflows, financeRate, reinvestRate) => overSeries("mirr", "mirr", {}, cashflows, { financeRate, reinvestRate });

/** Present value at the first date of dated flows. */
export const xnpv = (rate, cashflows, dates, { dayCount } = {}) => overSeries("xnpv", "npv", { dates, dayCount }, cashflows, { rate });

/** Internal rate of return of dated flows. */
export const xirr = (cashflows, dates, { guess, dayCount } = {}) => overSeries("xirr", "irr", { dates, dayCount }, cashflows, { guess });

/** Payment a period that turns `pv` into `fv`. */
export const pmt = (rate, nper, pv, { fv = 0, due } = {}) => over("pmt", "pmt", { due }, { rate, nper, pv, fv });

/** Present value of payments. */
export const pv = (rate, nper, pmt, { fv = 0, due } = {}) => over("pv", "pv", { due }, { rate, nper, pmt, fv });

/** Future value of payments. */
export const fv = (rate, nper, pmt, { pv = 0, due } = {}) => over("fv", "fv", { due }, { rate, nper, pmt, pv });

/** Number of periods, which may be fractional. */
export const nper = (rate, pmt, pv, { fv = 0, due } = {}) => over("nper", "nper", { due }, { rate, pmt, pv, fv });

/** Rate a period. */
export const rate = (nper, pmt, pv, { fv = 0, due, guess } = {}) => over("rate", "rate", { due }, { nper, pmt, pv, fv, guess });

/** Interest part of the payment of `period`, counted from 1. */
export const ipmt = (rate, period, nper, pv, { fv = 0, due } = {}) => over("ipmt", "ipmt", { due, period }, { rate, nper, pv, fv });

/** Principal part of the payment of `period`, counted from 1. */
export const ppmt = (rate, period, nper, pv, { fv = 0, due } = {}) => over("ppmt", "ppmt", { due, period }, { rate, nper, pv, fv });

/** Years from `start` to `end` by a day count, such as "act/365f" or "30/360". */
export const yearFraction = (start, end, { dayCount } = {}) => evaluate("year_fraction", { start, end, dayCount }).years;

/** The same growth in another compounding, such as "monthly" to "annual". */
export const convertRate = (rate, fromCompounding, toCompounding) => over("convert_rate", "rate", { fromCompounding, toCompounding }, { rate });
