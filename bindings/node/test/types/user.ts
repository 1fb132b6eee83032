// What a strict TypeScript user writes; compiled by `npm run types`, never run.

import { ColumnModel, Dcf, evaluate, Npv, numThreads, Platform, setNumThreads, tornado, ValorError, type ErrorCode, type Page } from "valor-ivx";

const present: number = new Npv({ rate: 0.1, cashflows: Float64Array.of(-100, 60, 60) }).value().npv;
const company = new Dcf({
  baseRevenue: 500,
  taxRate: 0.23,
  wacc: 0.09,
  stages: [{ years: 3, growth: 0.12, ebitMargin: 0.2 }],
  terminal: { method: "gordon", growth: 0.025 },
});
const share: number | null = company.value().valuePerShare;
// @ts-expect-error a text is no number
new Npv({ rate: "0.1", cashflows: [1] });
// @ts-expect-error an unknown input
new Npv({ rate: 0.1, cashflows: [1], growth: 2 });

try {
  evaluate("dcf", { wacc: 0.1 });
} catch (error) {
  if (error instanceof ValorError) {
    const code: ErrorCode = error.code;
    console.log(code, error.field, error.also.length, present, share);
  }
}

// A study of a name is there at once; that of a function is promised.
const swing: number = tornado("npv", { rate: 0.1, cashflows: [-1, 2] }, [{ path: "rate", low: 0, high: 0.2 }]).rows[0].swing;
const promised: Promise<Record<string, any>> = tornado(({ x = [] }) => x, { x: 1 }, [{ path: "x", low: 0, high: 2 }]);
setNumThreads(null);
console.log(swing, promised, numThreads());

// A model made ready, and a list by the page.
const values: Float64Array = new ColumnModel("npv", { rate: 0.1, cashflows: [-1, 2] }, ["rate"]).evaluate({ rate: [0, 0.1] });
const platform = Platform.open("memory:", { cursorKeys: [{ id: 1, secret: new Uint8Array(32) }] });
const listed = async (page: Page): Promise<string | null> => page.next;
// @ts-expect-error a page has no such search
platform.runs.list(platform.principal({ issuer: "idp", subject: "ada" }), { search: "ACME" });
console.log(values, listed);

// Settings, a billing sink and a snapshot of permissions.
import type { BillingSink, ConfigSchema } from "valor-ivx";

const schemas: Record<string, ConfigSchema> = { retries: { type: "integer", minimum: 0, default: 3 } };
const till: BillingSink = { authorize: async (change) => change.netMinor < 1, issue: (invoice) => invoice.tenant };
export async function settings(): Promise<void> {
  const house = Platform.open("memory:", { configuration: schemas, billing: till });
  const caller = house.principal({ issuer: "idp", subject: "ada", kind: "Platform" });
  const { productName, version } = await house.branding.patch(caller, 0, { theme: "dark", logoUrl: null, cssVariables: { "--valor-a": "red" } });
  const item = await house.configuration.set(caller, productName, version, { any: ["json"] });
  // @ts-expect-error A theme is one of three words.
  await house.branding.patch(caller, 0, { theme: "pink" });
  const snapshot = await house.permissionSnapshot(caller);
  const allowed: boolean = snapshot.can("read_models") && item.secret && (await snapshot.refresh());
  void allowed;
}
