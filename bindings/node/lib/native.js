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

/** A promise, rejected with what a function of the caller's threw, kept in `thrown` by calls, when that is why. */
export async function passing(promise, thrown) {
  try {
    return await promise;
  } catch (error) {
    const found = error instanceof Error ? THROWN.exec(error.message) : null;
    if (found === null) {
      throw error;
    }
    const number = Number(found[1]);
    const cause = thrown.get(number);
    thrown.delete(number);
    throw cause;
  }
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
