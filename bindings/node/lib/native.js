// The one door to the native half: its errors come out as ValorError.

import * as native from "../native.js";
import { ValorError } from "./errors.js";
import { errorFromNative } from "./convert.js";

const MARK = "valor-ivx:";

function converted(error) {
  const message = error instanceof Error ? error.message : "";
  if (!message.startsWith(MARK)) {
    return error;
  }
  return told(JSON.parse(message.slice(MARK.length)));
}

/** The ValorError of the native half's details. */
export function told(native) {
  const details = errorFromNative(native);
  return new ValorError(details.message, details);
}

const THROWN = /^valor-ivx-thrown:(\d+)$/;

/** The number of the call in which a function of the caller's threw, if that is what the error says. */
export function thrownIn(error) {
  const found = error instanceof Error ? THROWN.exec(error.message) : null;
  return found === null ? undefined : Number(found[1]);
}

/** Calls a native function. */
export function call(name, ...values) {
  try {
    return native[name](...values);
  } catch (error) {
    throw converted(error);
  }
}

/** Calls a native function or method that gives a promise. */
export function later(start) {
  return new Promise((resolve, reject) => {
    const refuse = (error) => reject(converted(error));
    try {
      start().then(resolve, refuse);
    } catch (error) {
      refuse(error);
    }
  });
}

/** Runs a call on a native object. */
export function using(work) {
  try {
    return work();
  } catch (error) {
    throw converted(error);
  }
}

export { native };
