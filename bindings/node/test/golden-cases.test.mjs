import assert from "node:assert/strict";
import { test } from "node:test";

import * as valor from "../lib/index.js";
import { CASES, differences } from "./golden.mjs";

const known = CASES.filter((one) => one.model in valor.models());

for (const { id, model, inputs, expected, expected_error: refusal, tolerance } of known) {
  test(`golden case ${id} comes out as in Rust`, () => {
    if (refusal !== undefined) {
      assert.throws(() => valor.evaluate(model, inputs), (error) => {
        assert.ok(error instanceof valor.ValorError);
        for (const [name, value] of Object.entries(refusal)) {
          assert.deepEqual(differences(error[name], value, {}, name), []);
        }
        return true;
      });
      return;
    }
    assert.deepEqual(differences(valor.evaluate(model, inputs), expected, tolerance), []);
  });
}
