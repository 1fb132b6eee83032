import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

import { Platform } from "../lib/index.js";

const folder = mkdtempSync(join(tmpdir(), "valor-ivx-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));

const OPERATORS = [["host", "root", "Operator"]];
const DAY = 86_400_000_000;
const person = (subject) => ({ issuer: "idp", subject, email: `${subject}@example.com`, displayName: subject });
const root = (platform) => platform.principal({ issuer: "host", subject: "root", kind: "Platform" });

async function house(url) {
  const platform = Platform.open(url, { operators: OPERATORS });
  const operator = root(platform);
  const made = await platform.tenants.create(operator, { slug: "acme", name: "Acme", plan: "professional", admin: person("ada") });
  const tenant = made.tenant.id;
  return { platform, operator, tenant, admin: platform.principal({ issuer: "idp", subject: "ada", tenant }) };
}

for (const [name, url] of [["memory", "memory:"], ["SQLite", `sqlite:${join(folder, "store.db")}`]]) {
  test(`a plan is previewed and committed once, in ${name}`, async () => {
    const { platform: { subscriptions }, operator, tenant, admin } = await house(url);
    const mine = await subscriptions.preview(admin, { plan: "enterprise", cycle: "Yearly" });
    assert.deepEqual([mine.direction, mine.blockedBy, mine.lines[1].amountMinor], ["upgrade", [], 999_000]);
    await assert.rejects(subscriptions.commit(admin, { token: mine.token, idemKey: "k" }), { reason: "billing_not_authorized" });
    const preview = await subscriptions.preview(operator, { plan: "enterprise", cycle: "Yearly", tenant });
    const changed = await subscriptions.commit(operator, { token: preview.token, idemKey: "k", tenant });
    assert.deepEqual(await subscriptions.commit(operator, { token: preview.token, idemKey: "k", tenant }), changed);
    assert.equal(changed.invoices[0].totalMinor, preview.netMinor);
    assert.equal((await subscriptions.get(admin)).plan, "enterprise");
    assert.deepEqual((await subscriptions.invoices(admin)).map((invoice) => invoice.number), [2, 1]);
    await assert.rejects(subscriptions.commit(operator, { token: preview.token, idemKey: "l", tenant }), { reason: "preview_stale" });
  });
}

test("what is not paid, cancelled and begun again goes its way", async () => {
  const { platform: { subscriptions }, operator, tenant } = await house("memory:");
  const [{ id: invoice }] = await subscriptions.invoices(operator, { tenant });
  assert.equal((await subscriptions.paymentFailed(operator, { invoice, tenant })).subscription.state, "PastDue");
  assert.equal((await subscriptions.paymentReceived(operator, { invoice, tenant })).invoices[0].state, "Paid");
  assert.equal((await subscriptions.cancel(operator, { tenant })).subscription.cancelAtPeriodEnd, true);
  assert.equal((await subscriptions.withdraw(operator, { tenant })).subscription.cancelAtPeriodEnd, false);
  assert.equal((await subscriptions.cancel(operator, { when: "now", tenant })).subscription.state, "Cancelled");
  await assert.rejects(subscriptions.withdraw(operator, { tenant }), { reason: "illegal_transition", current: "Cancelled" });
  assert.equal((await subscriptions.reactivate(operator, { plan: "basic", tenant })).invoices[0].totalMinor, 9_900);
  const [waiting] = await subscriptions.outbox(operator);
  assert.deepEqual([waiting.tenant, waiting.invoice.id], [tenant, invoice]);
  await subscriptions.delivered(operator, { invoice, tenant });
  assert.equal((await subscriptions.outbox(operator))[0].invoice.number, 2);
  assert.equal((await subscriptions.advance(operator)).done, 0);
});

test("use is recorded once, with what the host calls it, and reported", async () => {
  const { platform: { usage }, admin } = await house("memory:");
  const event = { kind: "export", quantity: 3, idemKey: "k", at: 1_000 * DAY + 1, dims: { fromRegion: "eu" } };
  const first = await usage.record(admin, event);
  assert.deepEqual([first.duplicate, first.event.dims], [false, { fromRegion: "eu" }]);
  assert.equal((await usage.record(admin, event)).duplicate, true);
  await assert.rejects(usage.record(admin, { ...event, quantity: 4 }), { reason: "idempotency_conflict" });
  await assert.rejects(usage.record(admin, { ...event, quantity: -1 }), { code: "INVALID_INPUT", field: "quantity", value: -1 });
  const totals = await usage.totals(admin, "export", { from: 999 * DAY, to: 1_002 * DAY });
  assert.deepEqual(totals, [{ start: 1_000 * DAY, quantity: 3 }]);
  const report = await usage.report(admin);
  assert.deepEqual([report.plan, report.limits[0].kind, report.limits[0].usedPpm], ["professional", "users", 20_000]);
});

test("a host brings its own plans, and they are checked whole", async () => {
  const { platform, admin } = await house("memory:");
  const plans = await platform.plans(admin);
  plans.plans[0].monthlyMinor = 5_000;
  const own = Platform.open("memory:", { operators: OPERATORS, plans: [plans] });
  const made = await own.tenants.create(root(own), { slug: "acme", name: "Acme", plan: "basic", admin: person("ada"), trialDays: 30 });
  assert.equal(made.subscription.state, "Trial");
  const bought = await own.subscriptions.activate(root(own), { tenant: made.tenant.id });
  assert.equal(bought.invoices[0].totalMinor, 5_000);
  plans.plans[0].monthlyMinor = -1;
  assert.throws(() => Platform.open("memory:", { plans: [plans] }), { code: "INVALID_INPUT" });
});

test("a host's sink says who may buy and takes invoices, by promises, and what it throws comes out", async () => {
  const till = {
    taken: [],
    asked: [],
    async authorize(change) {
      this.asked.push(change);
      if (this.shut) {
        throw this.shut;
      }
      return true;
    },
    issue(invoice, idemKey) {
      if (this.shut) {
        throw this.shut;
      }
      this.taken.push([invoice.number, idemKey, invoice.tenant]);
    },
  };
  const platform = Platform.open("memory:", { operators: OPERATORS, billing: till });
  const operator = root(platform);
  const made = await platform.tenants.create(operator, { slug: "acme", name: "Acme", plan: "professional", admin: person("ada") });
  const admin = platform.principal({ issuer: "idp", subject: "ada", tenant: made.tenant.id });
  const preview = await platform.subscriptions.preview(admin, { plan: "enterprise" });
  const commit = () => platform.subscriptions.commit(admin, { token: preview.token, idemKey: "k" });

  till.shut = new RangeError("the till is shut");
  await assert.rejects(commit(), (error) => error === till.shut);
  await assert.rejects(platform.subscriptions.deliver(operator), (error) => error === till.shut);
  assert.equal((await platform.subscriptions.get(admin)).plan, "professional");

  till.shut = undefined;
  assert.equal((await commit()).subscription.plan, "enterprise");
  const asked = till.asked.at(-1);
  assert.deepEqual([asked.toPlan, asked.netMinor, asked.tenant], ["enterprise", preview.netMinor, made.tenant.id]);
  assert.equal((await platform.subscriptions.deliver(operator)).done, 2);
  assert.deepEqual(till.taken.map(([number, , tenant]) => [number, tenant]), [[1, made.tenant.id], [2, made.tenant.id]]);

  const vague = Platform.open("memory:", { operators: OPERATORS, billing: { authorize: () => "yes", issue() {} } });
  const { tenant } = await vague.tenants.create(root(vague), { slug: "acme", name: "Acme", plan: "basic", admin: person("ada") });
  const ada = vague.principal({ issuer: "idp", subject: "ada", tenant: tenant.id });
  const { token } = await vague.subscriptions.preview(ada, { plan: "enterprise" });
  await assert.rejects(vague.subscriptions.commit(ada, { token, idemKey: "k" }), TypeError);
});
