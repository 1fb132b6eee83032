import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { evaluate, normal, Platform } from "../lib/index.js";
import { inCamel, named } from "./golden.mjs";

const folder = mkdtempSync(join(tmpdir(), "valor-ivx-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

const person = (subject, role) => ({ issuer: "idp", subject, email: `${subject}@example.com`, displayName: subject, role });
const inputs = { rate: 0.1, cashflows: [-100, 60, 60], firstPeriod: 1 };

async function house(url) {
  const platform = Platform.open(url, { operators: [["host", "root", "Operator"]] });
  const operator = platform.principal({ issuer: "host", subject: "root", kind: "Platform" });
  const { tenant } = await platform.tenants.create(operator, { slug: "acme", name: "Acme", plan: "enterprise", admin: person("ada") });
  const member = (subject) => platform.principal({ issuer: "idp", subject, tenant: tenant.id });
  await platform.users.create(member("ada"), person("ben", "Analyst"));
  await platform.users.create(member("ada"), person("cy", "Viewer"));
  return { platform, operator, tenant, admin: member("ada"), analyst: member("ben"), viewer: member("cy") };
}

for (const [name, url] of [["memory", "memory:"], ["SQLite", `sqlite:${join(folder, "store.db")}`]]) {
  test(`a governed run is kept, metered, audited and replays, in ${name}`, async () => {
    const { platform, admin, analyst } = await house(url);
    const run = await platform.run(analyst, { model: "npv", inputs, title: "first" });
    assert.deepEqual(run.output, evaluate("npv", inputs));
    assert.equal(run.resolution.served, "built_in");
    const kept = await platform.runs.get(analyst, run.runId);
    assert.deepEqual([kept.id, kept.title], [run.runId, "first"]);
    assert.deepEqual((await platform.runs.list(analyst, { size: 10 })).items.map((one) => one.id), [run.runId]);
    assert.deepEqual((await platform.runs.list(admin)).items, []);
    assert.equal(await platform.usage.total(admin, "model_run"), 1);
    assert.ok((await platform.replay(analyst, run.runId)).identical);
    assert.ok((await platform.audit.list(admin)).items.length > 0);
    assert.doesNotMatch(JSON.stringify(await platform.audit.verify(admin)), /Broken/);
    assert.match(platform.prometheus(), /^valor_usage_events_total\{kind="model_run",result="new"\} 1$/m);
  });
}

test("lists come by the page, and cursors lead on", async () => {
  const { platform, operator, admin, analyst } = await house("memory:");
  const made = [];
  for (const subject of ["A", "B", "A"]) {
    made.push((await platform.run(analyst, { model: "npv", inputs, subject })).runId);
  }
  const idsOf = (page) => page.items.map((one) => one.id);
  const first = await platform.runs.list(analyst, { size: 2, total: true });
  assert.deepEqual([idsOf(first), first.total, first.prev], [[made[2], made[1]], 3, null]);
  const last = await platform.runs.list(analyst, { size: 2, cursor: first.next });
  assert.deepEqual([idsOf(last), last.next], [[made[0]], null]);
  assert.deepEqual(idsOf(await platform.runs.list(analyst, { size: 2, cursor: last.prev })), idsOf(first));
  assert.deepEqual(idsOf(await platform.runs.list(analyst, { size: 2, page: 2 })), idsOf(last));
  assert.deepEqual(idsOf(await platform.runs.list(analyst, { filter: { subject: "A" } })), [made[2], made[0]]);
  await assert.rejects(platform.runs.list(analyst, { sort: "passwordHash" }), (error) => {
    assert.equal(error.reason, "unsupported_query");
    assert.equal(error.allowed[0].sort, "created");
    return true;
  });
  await assert.rejects(platform.runs.list(admin, { cursor: first.next }), { reason: "invalid_cursor" });
  const resource = { resourceType: "run", resourceId: made[0] };
  assert.equal((await platform.audit.list(admin, { filter: resource })).items[0].event.action, "run.create");
  assert.deepEqual((await platform.users.list(admin, { search: { email: "BEN@" } })).items.map((user) => user.subject), ["ben"]);
  assert.deepEqual((await platform.tenants.list(operator, { sort: "name" })).items.map((tenant) => tenant.slug), ["acme"]);
});

test("cursors are read by processes of one secret", async () => {
  const key = (id) => ({ id, secret: new Uint8Array(32).fill(id) });
  const url = `sqlite:${join(folder, "cursors.db")}`;
  const opened = (cursorKeys) => {
    const platform = Platform.open(url, { operators: [["host", "root", "Operator"]], cursorKeys });
    const operator = platform.principal({ issuer: "host", subject: "root", kind: "Platform" });
    return { create: (tenant) => platform.tenants.create(operator, tenant), list: (page) => platform.tenants.list(operator, { sort: "name", size: 1, ...page }) };
  };
  const first = opened([key(1)]);
  for (const slug of ["acme", "bolt"]) {
    await first.create({ slug, name: slug, plan: "basic", admin: person("ada") });
  }
  const { next: cursor } = await first.list();
  assert.deepEqual((await opened([key(2), key(1)]).list({ cursor })).items.map((tenant) => tenant.slug), ["bolt"]);
  await assert.rejects(opened([key(2)]).list({ cursor }), { reason: "invalid_cursor" });
  assert.throws(() => Platform.open("memory:", { cursorKeys: [{ id: 1, secret: new Uint8Array(3) }] }), { code: "INVALID_INPUT", field: "cursorKeys" });
});

test("scenarios and notes are kept, shared, changed and removed", async () => {
  const { platform, admin, analyst, viewer } = await house("memory:");
  const made = await platform.scenarios.create(analyst, { model: "npv", name: "base", subject: "ACME", inputs });
  assert.deepEqual(made.inputs, inputs);
  assert.deepEqual((await platform.scenarios.list(viewer)).items, []);
  const changed = { ...inputs, firstPeriod: 0 };
  const shared = await platform.scenarios.update(analyst, made.id, 1, { inputs: changed, audience: "tenant" });
  assert.deepEqual([shared.inputs, shared.version], [changed, 2]);
  assert.deepEqual((await platform.scenarios.list(viewer, { filter: { subject: "ACME" } })).items, [shared]);
  await assert.rejects(platform.scenarios.update(analyst, made.id, 1, { name: "bear" }), { reason: "version_conflict", current: 2 });
  await platform.scenarios.remove(admin, made.id, 2);
  await assert.rejects(platform.scenarios.get(analyst, made.id), { code: "NOT_FOUND" });
  const note = await platform.notes.create(analyst, { subject: "ACME", body: "Margins look stretched." });
  assert.deepEqual(await platform.notes.on(analyst, "ACME"), note);
  await platform.notes.update(analyst, note.id, 1, { body: "Margins have come back.", audience: "tenant" });
  await platform.notes.remove(admin, note.id, 2);
  assert.deepEqual((await platform.notes.list(analyst)).items, []);
});

test("a simulation is governed too", async () => {
  const { platform, admin, analyst } = await house("memory:");
  const company = inCamel(named("dcf_three_stage_gordon_last_flow").inputs);
  const simulation = { draws: [{ path: "stages[0].ebitMargin", distribution: normal(0.2, 0.01) }], trials: 5000, seed: 7 };
  const run = await platform.run(analyst, { model: "dcf", inputs: company, simulation });
  assert.ok(run.output.outputs.valuePerShare.standardDeviation > 0);
  assert.equal(await platform.usage.total(admin, "trials"), 5000);
  await assert.rejects(platform.run(analyst, { model: "dcf", inputs: company, simulation }, { signal: AbortSignal.abort() }), { code: "CANCELLED" });
});

test("what a role lacks is denied", async () => {
  const { platform, viewer } = await house("memory:");
  assert.equal(await platform.can(viewer, "read_models"), true);
  assert.equal(await platform.can(viewer, "admin_users"), false);
  await assert.rejects(platform.users.create(viewer, person("dee")), { code: "DENIED" });
  await assert.rejects(platform.can(viewer, "do_magic"), { code: "INVALID_INPUT" });
});

test("what a function of the host throws passes through", async () => {
  const { platform, analyst } = await house("memory:");
  const failure = new RangeError("my own");
  platform.registry.register("broken", "v1", () => { throw failure; });
  await assert.rejects(platform.run(analyst, { model: "broken", inputs: {} }), (error) => error === failure);
});

test("a store that is not there is said so", () => {
  assert.throws(() => Platform.open("mysql://x"), { code: "INVALID_INPUT" });
  assert.throws(() => Platform.open("postgresql://x"), { code: "UNAVAILABLE" });
});

test("statistics of runs are kept in the store and cleared on record", async () => {
  const { platform, admin, analyst } = await house("memory:");
  for (let i = 0; i < 3; i++) {
    await platform.run(analyst, { model: "npv", inputs });
  }
  assert.equal((await platform.statistics.performance(analyst, "npv")).built_in.count, 3);
  assert.deepEqual((await platform.statistics.usage(admin)).map((row) => [row.model, row.calls]), [["npv", 3]]);
  await assert.rejects(platform.statistics.clear(analyst), { code: "DENIED" });
  assert.equal(await platform.statistics.clear(admin, { model: "npv", reason: "a new release" }), 1);
  assert.equal((await platform.statistics.performance(analyst, "npv")).built_in.count, 0);
});
