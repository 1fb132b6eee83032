// Threats to tenants as they come through Node; the same on every store in Rust below `tests/stores`.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Platform } from "../lib/index.js";

const UNKNOWN = "018bcfe5-6800-7cb5-a7b3-c4d5e6f70819";
const person = (subject, role) => ({ issuer: "idp", subject, email: `${subject}@example.com`, displayName: subject, role });
const npv = { model: "npv", inputs: { rate: 0.1, cashflows: [-100, 60, 60] } };

/** Two tenants, each with an administrator of the same name. */
async function house() {
  const platform = Platform.open("memory:", { operators: [["host", "root", "Operator"]] });
  const operator = platform.principal({ issuer: "host", subject: "root", kind: "Platform" });
  const tenants = [];
  for (const slug of ["acme", "bolt"]) {
    const { tenant } = await platform.tenants.create(operator, { slug, name: slug, plan: "enterprise", admin: person("ada") });
    tenants.push(tenant.id);
  }
  const [acme, bolt] = tenants.map((tenant) => platform.principal({ issuer: "idp", subject: "ada", tenant }));
  return { platform, operator, tenants, acme, bolt };
}

/** What a caller is told by a promise that is rejected. */
async function told(promise) {
  try {
    await promise;
  } catch ({ code, reason, message }) {
    return { code, reason, message };
  }
  throw new Error("it was not refused");
}

test("threat 1: a tenant that is named and is another's is not found", async () => {
  const { platform, tenants, acme } = await house();
  const [foreign, unknown] = [tenants[1], UNKNOWN].map((tenant) => told(platform.subscriptions.get(acme, { tenant })));
  assert.equal((await foreign).code, "NOT_FOUND");
  assert.deepEqual(await foreign, await unknown);
  const records = (await platform.audit.list(acme)).items;
  assert.equal(records.filter((record) => record.event.outcome === "denied").length, 2);
});

test("threat 2: what is no tenant cannot be said", async () => {
  const { platform, operator } = await house();
  for (const tenant of ["0", "", "00000000-0000-0000-0000-000000000000", "1 OR 1", 0]) {
    assert.throws(() => platform.principal({ issuer: "idp", subject: "ada", tenant }), `${tenant}`);
    await assert.rejects(platform.tenants.get(operator, tenant), { code: "INVALID_INPUT" });
  }
});

test("threat 10: foreign, unknown and invisible runs get one answer", async () => {
  const { platform, tenants, acme, bolt } = await house();
  await platform.users.create(acme, person("ben", "Analyst"));
  const ben = platform.principal({ issuer: "idp", subject: "ben", tenant: tenants[0] });
  const [foreign, invisible] = [await platform.run(bolt, npv), await platform.run(acme, npv)];
  const answers = [];
  for (const id of [foreign.runId, invisible.runId, UNKNOWN]) {
    answers.push(await told(platform.runs.get(ben, id)), await told(platform.replay(ben, id)));
  }
  assert.equal(new Set(answers.map((answer) => JSON.stringify(answer))).size, 1);
  assert.equal(answers[0].code, "NOT_FOUND");
});

test("threat 11: a cursor edited or in other hands is invalid", async () => {
  const { platform, acme, bolt } = await house();
  for (let i = 0; i < 3; i += 1) {
    await platform.run(acme, npv);
  }
  const { next: cursor } = await platform.runs.list(acme, { size: 1 });
  assert.equal((await platform.runs.list(acme, { size: 1, cursor })).items.length, 1);
  const edited = cursor.slice(0, 20) + (cursor[20] === "A" ? "B" : "A") + cursor.slice(21);
  for (const asked of [
    () => platform.runs.list(acme, { size: 1, cursor: edited }),
    () => platform.runs.list(bolt, { size: 1, cursor }),
    () => platform.runs.list(acme, { size: 1, cursor, filter: { model: "npv" } }),
    () => platform.notes.list(acme, { size: 1, cursor }),
    () => platform.runs.list(acme, { size: 1, cursor: "' OR 1" }),
  ]) {
    // Begun when it is waited for: one that is refused before that would be nobody's.
    await assert.rejects(asked(), { code: "INVALID_INPUT", reason: "invalid_cursor" });
  }
});

test("threat 13: an order or filter that no list offers is refused", async () => {
  const { platform, acme } = await house();
  for (const query of [
    { sort: "password_hash" },
    { sort: "created; DROP TABLE run" },
    { filter: { inputs: "x" } },
    { filter: { "model' OR '1": "x" } },
    { search: { subject: "AC" } },
  ]) {
    await assert.rejects(platform.runs.list(acme, query), { code: "INVALID_INPUT", reason: "unsupported_query" });
  }
});
