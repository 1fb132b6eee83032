// Written by `cargo xtask generate`; edit the core instead.

import type { Engine, NumberArray } from "./engine.js";

/** Net present value of flows one period apart. */
export interface NpvInputs {
  /** Discount rate per period. */
  rate: number;
  /** Flows in order; positive is received. */
  cashflows: NumberArray;
  /** Period of the first flow: 0 is now, 1 the end of the first period, as spreadsheets have it. Default: 0. */
  firstPeriod?: number | undefined;
}

/** The present value. */
export interface NpvResult {
  /** Net present value at period 0. */
  readonly npv: number;
}

/** Net present value of equally spaced cash flows */
export class Npv extends Engine<NpvInputs, NpvResult> {
  static readonly model: "npv";
  constructor(inputs: NpvInputs);
}
