import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { Platform } from "../lib/index.js";

const folder = mkdtempSync(join(tmpdir(), "valor-ivx-roles-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

const person = (subject, role) => ({ issuer: "idp", subject, email: `${subject}@example.com`, displayName: subject, role });

async function house(url) {
  const platform = Platform.open(url, { operators: [["host", "root", "Operator"]] });
  const operator = platform.principal({ issuer: "host", subject: "root", kind: "Platform" });
  const made = await platform.tenants.create(operator, { slug: "acme", name: "Acme", plan: "enterprise", admin: person("ada") });
  const member = (subject) => platform.principal({ issuer: "idp", subject, tenant: made.tenant.id });
  return { platform, operator, made, member, admin: member("ada"), own: made.admin.id };
}

for (const [name, url] of [["memory", "memory:"], ["SQLite", `sqlite:${join(folder, "store.db")}`]]) {
  test(`a role is made, given, changed and taken back, in ${name}`, async () => {
    const { platform, admin, member } = await house(url);
    const names = (await platform.roles.list(admin)).items.map((role) => [role.name, role.builtIn]);
    assert.deepEqual(names, [["Admin", true], ["Analyst", true], ["Guest", true], ["Viewer", true]]);
    const clerk = await platform.roles.create(admin, { name: "Clerk", permissions: ["write_models"], inherits: ["Guest"] });
    assert.deepEqual(clerk.effective, ["read_models", "write_models"]);
    const ben = await platform.users.create(admin, person("ben"));
    const given = await platform.roles.grant(admin, { userId: ben.id, role: "clerk" });
    assert.deepEqual([given.role, given.roleId, given.scope], ["Clerk", clerk.id, "Tenant"]);
    assert.deepEqual(await platform.permissions(member("ben")), ["read_models", "write_models"]);
    const changed = await platform.roles.update(admin, clerk.id, 1, { permissions: ["export_data"] });
    assert.equal(changed.version, 2);
    assert.ok(await platform.can(member("ben"), "export_data"));
    const grants = await platform.roles.grants(admin, { filter: { role: "Clerk" } });
    assert.deepEqual(grants.items.map((one) => one.role), ["Clerk"]);
    await assert.rejects(platform.roles.remove(admin, clerk.id, 2), { reason: "in_use" });
    await platform.roles.revoke(admin, given.id);
    await platform.roles.remove(admin, clerk.id, 2);
    await assert.rejects(platform.roles.get(admin, "Clerk"), { reason: "not_found" });
  });
}

test("what nobody may give is refused by its reason", async () => {
  const { platform, admin, member, own } = await house("memory:");
  await platform.roles.create(admin, { name: "keeper", permissions: ["admin_users"] });
  await platform.users.create(admin, person("ben", "keeper"));
  await assert.rejects(platform.roles.grant(admin, { userId: own, role: "Guest" }), { reason: "self_grant" });
  await assert.rejects(platform.roles.grant(member("ben"), { userId: own, role: "Admin" }), { reason: "no_permission" });
  await assert.rejects(platform.roles.create(admin, { name: "x", permissions: ["platform_write_tenants"] }), { kind: "InvalidInput" });
  const rule = { name: "apart", permissions: ["write_models", "delete_models"] };
  await assert.rejects(platform.roles.createSodRule(admin, rule), (error) => {
    assert.equal(error.reason, "sod_violation");
    assert.equal((error.offenders[0].userId ?? error.offenders[0].user_id), own);
    return true;
  });
  assert.deepEqual(await platform.roles.sodRules(admin), []);
});

test("a decision is explained, and asked of a thing", async () => {
  const { platform, admin, member, own } = await house("memory:");
  const ben = await platform.users.create(admin, person("ben"));
  const told = await platform.explain(admin, "write_models", { userId: ben.id });
  assert.deepEqual([told.decision.allow, told.decision.reason], [false, "no_permission"]);
  assert.deepEqual(told.steps.filter((step) => !step.passed).map((step) => step.check), ["permission"]);
  assert.ok(await platform.can(admin, "read_models", { ownerId: own }));
  assert.ok(!(await platform.can(member("ben"), "read_models", { ownerId: own })));
});

test("features and limits apart from the plan, and users by version", async () => {
  const { platform, operator, admin, made } = await house("memory:");
  const run = { model: "npv", inputs: { rate: 0.1, cashflows: [-100, 60, 60] } };
  const revoked = await platform.entitlements.setFeature(admin, { feature: "basic_analytics", effect: "Revoke", reason: "not here" });
  await assert.rejects(platform.run(admin, run), { reason: "feature_disabled" });
  await platform.entitlements.remove(admin, { id: revoked.id });
  await platform.run(admin, run);
  const north = await platform.organizations.create(admin, "North");
  const ben = await platform.users.create(admin, { ...person("ben", "Analyst"), organizationId: north.id });
  assert.equal(ben.organizationId, north.id);
  assert.equal((await platform.users.update(admin, ben.id, 1, { displayName: "Ben" })).version, 2);
  assert.equal((await platform.organizations.setActive(admin, north.id, 1, false)).active, false);
  assert.equal((await platform.organizations.rename(admin, north.id, 2, "Far North")).name, "Far North");
  await platform.entitlements.setLimit(operator, { limit: "users", value: 2, reason: "a small house", tenant: made.tenant.id });
  await assert.rejects(platform.users.create(admin, person("cy")), { reason: "user_limit" });
  assert.equal((await platform.usage.recount(admin, "storage_bytes")).drift, 0);
});
