import type { NumberArray } from "./engine.js";

type Due = "end" | "begin";
type Day = string | Date;
type Series = NumberArray | readonly NumberArray[];
/** An array when one of the arguments is, else a number. */
type Over<Arguments extends readonly unknown[]> = Extract<Arguments[number], NumberArray> extends never ? number : Float64Array;
/** An array when several series are given or one of the arguments is an array, else a number. */
type OverSeries<Flows, Arguments extends readonly unknown[] = []> = Flows extends readonly NumberArray[]
  ? Float64Array
  : Over<Arguments>;
type Value = number | NumberArray;

/** Net present value of flows one period apart; the first is now, or with `firstPeriod: 1` in one period. */
export function npv<R extends Value, S extends Series>(rate: R, cashflows: S, options?: { firstPeriod?: 0 | 1 }): OverSeries<S, [R]>;
/** Internal rate of return; of several roots the one nearest to `guess` (0.1). */
export function irr<S extends Series>(cashflows: S, options?: { guess?: number }): OverSeries<S>;
/** Modified internal rate of return. */
export function mirr<S extends Series, F extends Value, R extends Value>(cashflows: S, financeRate: F, reinvestRate: R): OverSeries<S, [F, R]>;
/** Present value at the first date of dated flows. */
export function xnpv<R extends Value, S extends Series>(rate: R, cashflows: S, dates: readonly Day[], options?: { dayCount?: string }): OverSeries<S, [R]>;
/** Internal rate of return of dated flows. */
export function xirr<S extends Series>(cashflows: S, dates: readonly Day[], options?: { guess?: number; dayCount?: string }): OverSeries<S>;
/** Payment a period that turns `pv` into `fv`. */
export function pmt<R extends Value, N extends Value, P extends Value>(rate: R, nper: N, pv: P, options?: { fv?: number; due?: Due }): Over<[R, N, P]>;
/** Present value of payments. */
export function pv<R extends Value, N extends Value, P extends Value>(rate: R, nper: N, pmt: P, options?: { fv?: number; due?: Due }): Over<[R, N, P]>;
/** Future value of payments. */
export function fv<R extends Value, N extends Value, P extends Value>(rate: R, nper: N, pmt: P, options?: { pv?: number; due?: Due }): Over<[R, N, P]>;
/** Number of periods, which may be fractional. */
export function nper<R extends Value, M extends Value, P extends Value>(rate: R, pmt: M, pv: P, options?: { fv?: number; due?: Due }): Over<[R, M, P]>;
/** Rate a period. */
export function rate<N extends Value, M extends Value, P extends Value>(nper: N, pmt: M, pv: P, options?: { fv?: number; due?: Due; guess?: number }): Over<[N, M, P]>;
/** Interest part of the payment of `period`, counted from 1. */
export function ipmt<R extends Value, N extends Value, P extends Value>(rate: R, period: number, nper: N, pv: P, options?: { fv?: number; due?: Due }): Over<[R, N, P]>;
/** Principal part of the payment of `period`, counted from 1. */
export function ppmt<R extends Value, N extends Value, P extends Value>(rate: R, period: number, nper: N, pv: P, options?: { fv?: number; due?: Due }): Over<[R, N, P]>;
/** Years from `start` to `end` by a day count, such as "act/365f" or "30/360". */
export function yearFraction(start: Day, end: Day, options?: { dayCount?: string }): number;
/** The same growth in another compounding, such as "monthly" to "annual". */
export function convertRate<R extends Value>(rate: R, fromCompounding: string, toCompounding: string): Over<[R]>;
