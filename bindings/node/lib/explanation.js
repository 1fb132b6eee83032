// A result told as a sum: what it consists of, line by line.

import { fromNative, toNative } from "./convert.js";
import { known } from "./engine.js";
import { call } from "./native.js";
import { named } from "./sensitivity.js";

/** Values the inputs and explains the result: `total`, and `lines` that add up to it; `text` is a table. */
export function explain(model, inputs) {
  const { model: name, input } = named(model, inputs);
  return fromNative(call("explain", name, toNative(input, known(name).inputs)));
}
