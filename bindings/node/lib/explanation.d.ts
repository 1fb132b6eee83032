import type { Engine } from "./engine.js";

/** One of the things that a result consists of. */
export interface ExplanationLine {
  readonly label: string;
  /** Fields and the figures used. */
  readonly formula: string;
  /** What it adds to the total. */
  readonly amount: number;
}

/** A result as the sum of what it consists of. */
export interface Explanation {
  readonly model: string;
  readonly output: string;
  readonly total: number;
  readonly lines: readonly ExplanationLine[];
  /** The same as a table in plain text. */
  readonly text: string;
}

/** Values the inputs and explains the result; `UNDEFINED` for a model that no sum leads to. */
export function explain(model: string | Engine<any, any>, inputs?: object): Explanation;
