// A billing sink of the host's: the native half asks, and waits until what it gave is settled.

import { fromNative } from "./convert.js";
import { native, passing } from "./native.js";

/** The sink of an object with `authorize(change)` and `issue(invoice, idemKey)`, each of which may give a promise. */
export class Sink {
  #thrown = new Map();

  constructor(billing) {
    const thrown = this.#thrown;
    const answered = async ({ change, invoice, idemKey }) => {
      if (invoice !== undefined) {
        await billing.issue(invoice, idemKey);
        return null;
      }
      const answer = await billing.authorize(change);
      if (typeof answer !== "boolean") {
        throw new TypeError("billing.authorize must give true or false");
      }
      return answer;
    };
    const half = new native.NativeSink((message) => {
      const { call, ...question } = fromNative(message);
      // All outcomes are answers.
      void answered(question).then(
        (answer) => half.answer(call, JSON.stringify(answer)),
        (error) => {
          thrown.set(call, error);
          half.answer(call, undefined);
        },
      );
    });
    this.native = half;
  }

  /** A promise, rejected with what the host's object threw when that is why it is rejected. */
  passing(promise) {
    return passing(promise, this.#thrown);
  }
}
