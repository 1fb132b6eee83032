import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { Platform } from "../lib/index.js";

const folder = mkdtempSync(join(tmpdir(), "valor-ivx-settings-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

const person = (subject, role) => ({ issuer: "idp", subject, email: `${subject}@example.com`, displayName: subject, role });
const configuration = {
  retries: { type: "integer", minimum: 0, maximum: 10, default: 3 },
  "hook.token": { type: "string", secret: true, permission: "configure_integrations" },
  discount: { type: "decimal", minimum: "0", maximum: "0.5" },
  limits: { type: "json" },
};

async function house(name, plan = "enterprise") {
  const url = `sqlite:${join(folder, `${name}.db`)}`;
  const platform = Platform.open(url, { operators: [["host", "root", "Operator"]], configuration });
  const operator = platform.principal({ issuer: "host", subject: "root", kind: "Platform" });
  const { tenant } = await platform.tenants.create(operator, { slug: "acme", name: "Acme", plan, admin: person("ada") });
  const ada = platform.principal({ issuer: "idp", subject: "ada", tenant: tenant.id });
  return { platform, operator, tenant, ada };
}

test("a branding is patched by version and null takes back to the default", async () => {
  const { platform, ada } = await house("branding");
  assert.equal((await platform.branding.get(ada)).version, 0);
  const first = await platform.branding.patch(ada, 0, {
    productName: "Acme", theme: "dark", cssVariables: { "--valor-radius": "4px" },
  });
  assert.deepEqual([first.productName, first.theme, first.cssVariables], ["Acme", "dark", { "--valor-radius": "4px" }]);
  await assert.rejects(platform.branding.patch(ada, 0, { theme: "light" }), { code: "CONFLICT", reason: "version_conflict" });
  const second = await platform.branding.patch(ada, 1, '{"theme": null, "css_variables": null}');
  assert.deepEqual([second.theme, second.cssVariables, second.version], ["system", {}, 2]);
  assert.deepEqual(await platform.branding.get(ada), second);
});

test("a plan without the feature refuses a branding and names the plan that has it", async () => {
  const { platform, ada } = await house("plan", "professional");
  const refused = platform.branding.patch(ada, 0, { theme: "dark" });
  await assert.rejects(refused, { code: "LIMIT_EXCEEDED", reason: "feature_not_in_plan", neededPlan: "enterprise" });
});

test("threat 33: a branding with a way out of the page is refused by its field", async () => {
  const { platform, ada } = await house("threat33");
  for (const [patch, field] of [
    [{ logoUrl: "javascript:alert(1)" }, "logoUrl"],
    [{ logoUrl: "data:image/svg+xml,<svg/>" }, "logoUrl"],
    [{ faviconUrl: "https://169.254.169.254/x.svg" }, "faviconUrl"],
    [{ primaryColor: "url(x)" }, "primaryColor"],
  ]) {
    await assert.rejects(platform.branding.patch(ada, 0, patch), { code: "INVALID_INPUT", reason: "invalid_branding", field });
  }
  const style = platform.branding.patch(ada, 0, { cssVariables: { "--valor-a": "url(https://x.example)" } });
  await assert.rejects(style, { reason: "invalid_branding" });
});

test("threat 34: deep, long or doubled JSON is refused", async () => {
  const { platform, ada } = await house("threat34");
  for (const text of [
    '{"theme": "dark", "theme": "light"}',
    `{"css_variables": ${"[".repeat(17)}${"]".repeat(17)}}`,
    JSON.stringify({ product_name: "a".repeat(65_536) }),
  ]) {
    await assert.rejects(platform.branding.patch(ada, 0, text), { code: "INVALID_INPUT", field: "patch" });
  }
  await assert.rejects(platform.configuration.setJson(ada, "limits", 0, '{"a": 1, "a": 2}'), { field: "value" });
});

test("configuration is typed, keeps the names in its values, and tells no secret", async () => {
  const { platform, ada } = await house("configuration");
  assert.deepEqual([(await platform.configuration.get(ada, "retries")).value, 3], [3, 3]);
  assert.equal((await platform.configuration.set(ada, "retries", 0, 5)).version, 1);
  await assert.rejects(platform.configuration.set(ada, "retries", 1, 11), { reason: "invalid_config_value" });
  await assert.rejects(platform.configuration.get(ada, "unknown"), { reason: "invalid_config_value", field: "key" });
  assert.equal((await platform.configuration.set(ada, "discount", 0, "0.250")).value, "0.250");
  const limits = { perUser: { max_runs: 3, sameName: true }, same_name: [{ aB: 1 }] };
  assert.deepEqual((await platform.configuration.set(ada, "limits", 0, limits)).value, limits);
  const token = await platform.configuration.set(ada, "hook.token", 0, "canary-9a1");
  assert.deepEqual([token.value, token.secret], [null, true]);
  const page = await platform.configuration.list(ada);
  assert.deepEqual(page.items.map((item) => item.key), ["discount", "hook.token", "limits", "retries"]);
  assert.deepEqual(page.items[2].value, limits);
  const told = JSON.stringify([token, page, await platform.audit.list(ada, { size: 100 })]);
  assert.doesNotMatch(told, /canary/);
  await platform.configuration.unset(ada, "retries", 1);
  assert.equal((await platform.configuration.get(ada, "retries")).version, 0);
});

test("a tenant is made once under a key, renamed, and found by its domain", async () => {
  const { platform, operator, ada } = await house("provisioning");
  const bolt = { slug: "bolt", name: "Bolt", plan: "basic", admin: person("bo"), idemKey: "order-7" };
  const first = await platform.tenants.create(operator, bolt);
  assert.deepEqual(await platform.tenants.create(operator, bolt), first);
  const other = platform.tenants.create(operator, { ...bolt, name: "Other" });
  await assert.rejects(other, { code: "CONFLICT", reason: "idempotency_conflict" });
  const changed = await platform.tenants.update(operator, first.tenant.id, 1, { name: "Bolt AG", domain: "bolt.example.com" });
  assert.deepEqual(await platform.tenants.byDomain(operator, "bolt.example.com"), changed);
  assert.deepEqual(await platform.tenants.get(operator, first.tenant.id), changed);
  await assert.rejects(platform.tenants.get(ada, first.tenant.id), { code: "DENIED" });
});

test("a snapshot of permissions answers without waiting, and is refreshed when rights have moved", async () => {
  const { platform, tenant, ada } = await house("snapshot");
  const ben = await platform.users.create(ada, person("ben", "Viewer"));
  const asBen = platform.principal({ issuer: "idp", subject: "ben", tenant: tenant.id });
  const snapshot = await platform.permissionSnapshot(asBen);
  assert.deepEqual([snapshot.can("read_models"), snapshot.can("write_models")], [true, false]);
  assert.deepEqual(snapshot.permissions, await platform.permissions(asBen));
  assert.throws(() => snapshot.can("platform_read_tenants"), { code: "INVALID_INPUT", field: "permission" });
  assert.equal(await snapshot.refresh(), false);
  await platform.users.setActive(ada, ben.id, 1, false);
  assert.equal(snapshot.can("read_models"), true, "as it was");
  const version = snapshot.version;
  assert.equal(await snapshot.refresh(), true);
  assert.ok(snapshot.version > version);
  assert.equal(snapshot.can("read_models"), false);
});
