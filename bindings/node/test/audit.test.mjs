import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { Platform } from "../lib/index.js";

const folder = mkdtempSync(join(tmpdir(), "valor-ivx-audit-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

const person = (subject) => ({ issuer: "idp", subject, email: `${subject}@example.com`, displayName: subject });
const ROLES = { root: "Operator", second: "Operator", judge: "Auditor", juror: "Auditor" };

async function house() {
  const operators = Object.entries(ROLES).map(([name, role]) => ["host", name, role]);
  const platform = Platform.open("memory:", { operators });
  const by = Object.fromEntries(
    Object.keys(ROLES).map((name) => [name, platform.principal({ issuer: "host", subject: name, kind: "Platform" })]),
  );
  const { tenant } = await platform.tenants.create(by.root, { slug: "acme", name: "Acme", plan: "enterprise", admin: person("ada") });
  const ada = platform.principal({ issuer: "idp", subject: "ada", tenant: tenant.id, networkAddress: "192.0.2.7" });
  return { platform, by, tenant, ada };
}

test("a sign-in is on record once however often it is asserted", async () => {
  const { platform, tenant, ada } = await house();
  const authenticatedAt = 1_700_000_000_000_000;
  for (let i = 0; i < 3; i += 1) {
    await platform.can(platform.principal({ issuer: "idp", subject: "ada", tenant: tenant.id, authenticatedAt }), "read_models");
  }
  const { items } = await platform.audit.list(ada, { filter: { action: "sign_in" } });
  assert.equal(items.filter(({ event }) => event.detail.authenticatedAt === authenticatedAt).length, 1);
});

test("the log is verified, carried away, and every change of it is told", async () => {
  const { platform, ada } = await house();
  await platform.organizations.create(ada, "North");
  assert.equal((await platform.audit.verify(ada)).Intact.from, 1);
  assert.equal((await platform.audit.verify(ada, { from: 2, to: 3 })).Intact.count, 2);
  const anchor = await platform.audit.anchor(ada);
  const path = join(folder, "auditLog.ndjson");
  const trailer = await platform.audit.export(ada, path);
  assert.equal(Platform.verifyExport(path, [anchor]).Intact.count, trailer.count);
  assert.deepEqual(Platform.verifyExport(path, [{ ...anchor, hash: "ff" }]).Broken, { seq: anchor.seq, kind: "Fork" });
  writeFileSync(path, readFileSync(path, "utf8").replace("organization.create", "organization.delete"));
  assert.equal(Platform.verifyExport(path).Broken.kind, "Mismatch");
  writeFileSync(path, "{}");
  assert.throws(() => Platform.verifyExport(path), { code: "INVALID_INPUT" });
});

test("private fields go by two operators and the chain stays whole", async () => {
  const { platform, by, tenant, ada } = await house();
  await platform.organizations.create(ada, "North");
  const [{ seq }] = (await platform.audit.list(ada, { filter: { action: "organization.create" } })).items;
  assert.deepEqual(await platform.audit.privateFields(ada, seq), { network_address: "192.0.2.7" });
  const request = await platform.control.redactAudit(by.judge, { tenant: tenant.id, from: seq, to: seq });
  await assert.rejects(platform.control.confirm(by.judge, request.id), { code: "DENIED", reason: "separation_of_duty" });
  assert.equal((await platform.control.confirm(by.juror, request.id)).confirmed.by, "host/juror");
  assert.deepEqual(await platform.audit.privateFields(ada, seq), {});
  assert.ok((await platform.audit.verify(ada)).Intact);
  const actions = (await platform.audit.records(by.judge, { size: 1000 })).map((record) => record.event.action);
  assert.ok(actions.includes("control.request") && actions.includes("audit.redact"));
});

test("what is held is not erased until two operators release it", async () => {
  const { platform, by, tenant, ada } = await house();
  const ben = await platform.users.create(ada, person("ben"));
  const hold = await platform.holds.set(by.root, tenant.id, { user: ben.id, reason: "Matter 7" });
  await assert.rejects(platform.users.erase(ada, ben.id, ben.version), { code: "CONFLICT", reason: "legal_hold" });
  const request = await platform.control.releaseHold(by.root, tenant.id, hold.id);
  await platform.control.confirm(by.second, request.id);
  assert.equal((await platform.holds.list(by.root, tenant.id))[0].released.confirmedBy, "host/second");
  const erased = await platform.users.erase(ada, ben.id, ben.version);
  assert.deepEqual([erased.active, erased.email.includes("ben")], [false, false]);
});
