import type { Registry, Resolution, StatsView, UsageRow } from "./registry.js";
import type { Progress } from "./simulation.js";

declare const verified: unique symbol;

/** A caller whom the host has verified; made by `platform.principal`. */
export interface Principal {
  readonly [verified]: true;
}

/** A run that is asked for. */
export interface RunRequest {
  model: string;
  inputs: object;
  /** A simulation of it: draws, trials, seed and so on. */
  simulation?: object;
  unit?: string;
  force?: string;
  seed?: number | bigint;
  save?: boolean;
  audience?: unknown;
  title?: string;
  subject?: string;
  idemKey?: string;
}

/** A run that ended well; `elapsed` in nanoseconds. */
export interface GovernedRun {
  readonly runId: string;
  readonly output: Record<string, any>;
  readonly resolution: Resolution;
  readonly elapsed: number;
  readonly record: Record<string, any>;
}

/** A user to be made. */
export interface NewUser {
  issuer: string;
  subject: string;
  email: string;
  displayName: string;
  role?: string;
}

type Thing = Record<string, any>;

/** Who may see what a user keeps. */
export type Audience = "private" | "organization" | "tenant";

/** A page that is asked for; what no list offers is refused with those there are as `allowed`. */
export interface PageRequest {
  /** Most rows, 1 to 100; 20 by default. */
  size?: number;
  /** `next` or `prev` of another page. */
  cursor?: string;
  /** The number of the page, from 1, in place of a cursor. */
  page?: number;
  sort?: string;
  filter?: Record<string, string>;
  /** How one name or address begins. */
  search?: Record<string, string>;
  /** Whether the whole list is counted. */
  total?: boolean;
}

/** One page of a list; a cursor that is null leads nowhere. */
export interface Page {
  readonly items: Thing[];
  readonly next: string | null;
  readonly prev: string | null;
  readonly size: number;
  readonly total: number | null;
  readonly page: number | null;
}

type List = (principal: Principal, page?: PageRequest) => Promise<Page>;

export type Cycle = "Monthly" | "Quarterly" | "Yearly";

/** A line of an invoice: `quantity` times `unitMinor` for the share `part / whole` of it, rounded once. */
export interface InvoiceLine {
  readonly kind: "plan" | "credit" | "usage" | "adjustment" | "credit_used" | "credit_carried";
  readonly text: string;
  readonly quantity: number;
  readonly unitMinor: number;
  readonly part: number;
  readonly whole: number;
  readonly amountMinor: number;
  readonly periodStart: number;
  readonly periodEnd: number;
}

/** An invoice or credit note. */
export interface Invoice {
  readonly id: string;
  readonly number: number;
  readonly kind: "invoice" | "credit_note";
  readonly state: "Draft" | "Issued" | "Paid" | "Void";
  readonly periodStart: number;
  readonly periodEnd: number;
  readonly currency: string;
  readonly lines: readonly InvoiceLine[];
  readonly totalMinor: number;
  readonly issuedAt: number;
}

/** What a change of plan would do. */
export interface Preview {
  readonly direction: "upgrade" | "downgrade" | "same";
  readonly plan: string;
  readonly cycle: Cycle;
  readonly effectiveAt: number;
  readonly lines: readonly InvoiceLine[];
  readonly netMinor: number;
  readonly currency: string;
  readonly blockedBy: readonly { kind: string; used: number; limit: number }[];
  readonly token: string;
  readonly expiresAt: number;
}

/** A change that was made. */
export interface Changed {
  readonly subscription: Thing;
  readonly invoices: readonly Invoice[];
}

/** Something that a user keeps. */
export interface Kept {
  ownerId: string;
  organizationId?: string;
  audience?: Audience;
}

/** Why a decision is as it is: every check in order, and the grants that hold the permission. */
export interface Explanation {
  readonly userId: string;
  readonly permission: string;
  readonly decision: { readonly allow: boolean; readonly reason: string; readonly policyVersion: number; readonly neededPlan: string | null };
  readonly steps: readonly { readonly check: string; readonly passed: boolean; readonly reason: string | null }[];
  readonly grants: readonly { readonly role: string; readonly scope: Scope; readonly expiresAt: number | null; readonly counts: boolean }[];
  readonly ownPolicy: boolean;
}

/** Where a grant or a rule counts. */
export type Scope = "Tenant" | { readonly Organization: string };

/** A role; `effective` is all that it comes to. */
export interface Role {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly permissions: readonly string[];
  readonly inherits: readonly string[];
  readonly effective: readonly string[];
  readonly builtIn: boolean;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly version: number;
}

/** A role given to a user, with its name. */
export interface Granted {
  readonly id: string;
  readonly userId: string;
  readonly roleId: string;
  readonly role: string;
  readonly scope: Scope;
  readonly grantedBy: string | null;
  readonly expiresAt: number | null;
}

/** A rule by which one user holds at most one of its permissions. */
export interface SodRule {
  readonly id: string;
  readonly name: string;
  readonly permissions: readonly string[];
  readonly scope: Scope;
  readonly createdAt: number;
  readonly version: number;
}

/** The tenant whose subscription it is, for an operator. */
interface Of {
  tenant?: string;
}

/** Models, tenants, plans and records tied together. */
/** What a principal may do in its tenant, as it was when asked last. */
export interface PermissionSnapshot {
  /** The version of the tenant's rights that it was taken by. */
  readonly version: number;
  /** Everything the principal may do. */
  readonly permissions: string[];
  /** Whether the principal may do what `permission` names, such as "read_models"; an unknown name is refused. */
  can(permission: string): boolean;
  /** Asks again; a promise of whether the rights of the tenant have moved, or what the principal may do. */
  refresh(): Promise<boolean>;
}

/** How a tenant's pages look. */
export interface Branding {
  productName: string;
  primaryColor: string;
  secondaryColor: string;
  theme: "light" | "dark" | "system";
  logoUrl: string | null;
  faviconUrl: string | null;
  supportEmail: string | null;
  cssVariables: Record<string, string>;
  createdAt: number | null;
  updatedAt: number | null;
  version: number;
}

/** What changes of a branding; null takes back to the default. */
export type BrandingPatch = {
  [Field in keyof Omit<Branding, "createdAt" | "updatedAt" | "version" | "cssVariables">]?: Branding[Field] | null;
} & { cssVariables?: Record<string, string | null> | null };

/** What a host connects its payments to; what it throws comes out of the call that asked it, unchanged. */
export interface BillingSink {
  /** Whether a tenant's own user may make this change. */
  authorize(change: Thing): boolean | Promise<boolean>;
  /** Takes an invoice of its `tenant`, at least once; again under the same key it is the same invoice. */
  issue(invoice: Invoice & { tenant: string }, idemKey: string): unknown;
}

/** What may stand under a key. */
export interface ConfigSchema {
  type: "string" | "bool" | "integer" | "decimal" | "json";
  minimum?: number | string;
  maximum?: number | string;
  enum?: readonly (number | string)[];
  secret?: boolean;
  default?: unknown;
  permission?: "manage_tenant" | "configure_integrations";
}

/** What a caller is told of a key. */
export interface ConfigItem {
  key: string;
  type: ConfigSchema["type"] | null;
  value: any;
  secret: boolean;
  version: number;
  updatedAt: number | null;
}

/** A head of an audit log, kept where nobody who can change the store can change it. */
export interface Anchor {
  readonly tenant?: string | null;
  readonly seq: number;
  readonly hash: string;
  readonly at: number;
}

/** What verifying an audit log finds. */
export type Verification =
  | { readonly Intact: { readonly from: number; readonly to: number; readonly count: number; readonly head: string } }
  | { readonly Broken: { readonly seq: number; readonly kind: "Mismatch" | "Gap" | "Fork" | "Truncated" } };

/** A request that a second operator confirms. */
export interface ControlRequest {
  readonly id: string;
  readonly act: Thing;
  readonly requestedBy: string;
  readonly requestedAt: number;
  readonly expiresAt: number;
  readonly confirmed: { readonly by: string; readonly at: number } | null;
}

export class Platform {
  private constructor();
  /** Brings the store at `url` to this version's tables; for PostgreSQL in the role that owns them. */
  static migrate(url: string): void;
  /**
   * Opens "memory:", "sqlite:path.db" or, where it was built in, "postgresql://role@host/database"; `operators` are
   * [issuer, subject, role], `plans` versions of the catalogue, of which the newest is on offer. `cursorKeys` are the
   * secret of cursors, 32 bytes under an id below 256, and after it the one before while cursors of that are still
   * read; processes that serve the same callers need the same, otherwise each makes its own. `configuration` are the
   * keys under which tenants set values, each with its schema; `billing` is the host's sink.
   */
  static open(url: string, options?: { operators?: readonly (readonly [string, string, string])[]; plans?: readonly object[]; cursorKeys?: readonly { id: number; secret: Uint8Array }[]; configuration?: Record<string, ConfigSchema>; billing?: BillingSink }): Platform;
  /** The host's own assertion that it has verified this caller. */
  principal(caller: { issuer: string; subject: string; tenant?: string; kind?: "User" | "Service" | "Platform"; networkAddress?: string; clientSoftware?: string; requestId?: string; authenticatedAt?: number | bigint }): Principal;
  /** Verifies an exported log without any store, against anchors that are known from elsewhere. */
  static verifyExport(path: string, anchors?: readonly Anchor[]): Verification;
  /** Runs a model under the rights, the plan and the routing of the caller. */
  run(principal: Principal, request: RunRequest, options?: { signal?: AbortSignal; onProgress?: (progress: Progress) => void }): Promise<GovernedRun>;
  /** Runs a kept run again and compares bit for bit. */
  replay(principal: Principal, runId: string): Promise<{ identical: boolean; differences: Thing[]; outputHash: string }>;
  /** All that the platform and its registry count, as text in Prometheus' exposition format 0.0.4. */
  prometheus(): string;
  /** The plans on offer, as a catalogue that `open` takes. */
  plans(principal: Principal): Promise<Thing>;
  /** Whether a principal may do what `permission` names, such as "read_models", in its tenant, or on what a user keeps. */
  can(principal: Principal, permission: string, on?: Kept): Promise<boolean>;
  /** For administrators: the decision about a user, or the principal itself, with every step it takes. */
  explain(principal: Principal, permission: string, about?: { userId?: string; on?: Kept }): Promise<Explanation>;
  /** Everything a principal may do in its tenant. */
  permissions(principal: Principal): Promise<string[]>;
  /** What a principal may do, to be asked without waiting; what acts is decided anew by the platform in any case. */
  permissionSnapshot(principal: Principal): Promise<PermissionSnapshot>;
  readonly registry: Registry;
  readonly tenants: {
    create(principal: Principal, tenant: { slug: string; name: string; plan: string; admin: NewUser; cycle?: Cycle; trialDays?: number; idemKey?: string }): Promise<Thing>;
    get(principal: Principal, id: string): Promise<Thing>;
    /** The tenant of a host name of its own. */
    byDomain(principal: Principal, domain: string): Promise<Thing>;
    /** Changes name or domain of the tenant whose version is `expected`; an empty domain is none. */
    update(principal: Principal, id: string, expected: number, changes: { name?: string; domain?: string }): Promise<Thing>;
    /** Newest first or by `name`; filter `status` or `plan`, search `name`. */
    list: List;
    bySlug(principal: Principal, slug: string): Promise<Thing>;
    setStatus(principal: Principal, id: string, expected: number, status: "Active" | "Suspended" | "Deactivated"): Promise<Thing>;
  };
  readonly users: {
    /** With a role by name or id; of the caller's organization where none is named. */
    create(principal: Principal, user: NewUser & { organizationId?: string }): Promise<Thing>;
    get(principal: Principal, id: string): Promise<Thing>;
    update(principal: Principal, id: string, expected: number, changes: { displayName?: string; email?: string; organizationId?: string; noOrganization?: boolean }): Promise<Thing>;
    /** Newest first; filter `organization`, search `name` or `email`. */
    list: List;
    /** Roles given, newest first; filter `user`, or `role` by name or id. */
    grants: List;
    setActive(principal: Principal, id: string, expected: number, active: boolean): Promise<Thing>;
    /** Makes the user a pseudonym, and deletes what the audit log tells of the person. */
    erase(principal: Principal, id: string, expected: number): Promise<Thing>;
  };
  readonly organizations: {
    create(principal: Principal, name: string): Promise<Thing>;
    get(principal: Principal, id: string): Promise<Thing>;
    rename(principal: Principal, id: string, expected: number, name: string): Promise<Thing>;
    /** Deactivates or activates it with all that belongs to it. */
    setActive(principal: Principal, id: string, expected: number, active: boolean): Promise<Thing>;
    /** By name, or the newest first (`created`); search `name`. */
    list: List;
  };
  readonly roles: {
    /** Of its own permissions and those of the roles it inherits from, by name or id. */
    create(principal: Principal, role: { name: string; description?: string; permissions?: readonly string[]; inherits?: readonly string[] }): Promise<Role>;
    get(principal: Principal, role: string): Promise<Role>;
    update(principal: Principal, id: string, expected: number, changes: { name?: string; description?: string; permissions?: readonly string[]; inherits?: readonly string[] }): Promise<Role>;
    remove(principal: Principal, id: string, expected: number): Promise<void>;
    /** By name. */
    list: List;
    /** In the whole tenant or in one organization, for good or until an instant. */
    grant(principal: Principal, grant: { userId: string; role: string; organizationId?: string; expiresAt?: number }): Promise<Granted>;
    revoke(principal: Principal, grantId: string): Promise<void>;
    /** Newest first; filter `user`, or `role` by name or id. */
    grants: List;
    /** A conflict that names `offenders` while there are any. */
    createSodRule(principal: Principal, rule: { name: string; permissions: readonly string[]; organizationId?: string }): Promise<SodRule>;
    sodRules(principal: Principal): Promise<SodRule[]>;
    removeSodRule(principal: Principal, id: string): Promise<void>;
  };
  readonly entitlements: {
    get(principal: Principal, of?: Of): Promise<{ features: Thing[]; limits: Thing[] }>;
    /** A tenant only revokes. */
    setFeature(principal: Principal, override: { feature: string; effect: "Grant" | "Revoke"; reason: string; expiresAt?: number } & Of): Promise<Thing>;
    /** For operators: in place of the plan's. */
    setLimit(principal: Principal, override: { limit: string; value: number | "Unlimited" | "Absent"; reason: string; expiresAt?: number; tenant: string }): Promise<Thing>;
    remove(principal: Principal, which: { id: string } & Of): Promise<void>;
  };
  readonly routing: { apply(principal: Principal, config: object): Promise<number>; history: List };
  readonly usage: {
    total(principal: Principal, kind: string, span?: { from?: number; to?: number }): Promise<number>;
    totals(principal: Principal, kind: string, span: { from: number; to: number; by?: "hour" | "day" | "month" }): Promise<{ start: number; quantity: number }[]>;
    record(principal: Principal, event: { kind: string; quantity: number; idemKey: string; at?: number; dims?: Record<string, string> }): Promise<{ event: Thing; duplicate: boolean }>;
    /** The counter of "users" or "storage_bytes" beside its rows; `drift` is 0. */
    recount(principal: Principal, kind: "users" | "storage_bytes"): Promise<{ kind: string; counted: number; found: number; drift: number }>;
    report(principal: Principal): Promise<Thing>;
    /** Events, newest first; filter `kind`. */
    list: List;
  };
  readonly audit: {
    /** Newest first; filter `actor`, `action`, or `resource_type` with `resource_id`. */
    list: List;
    /** The whole log, or positions `from` to `to`, against anchors that were kept elsewhere. */
    verify(principal: Principal, part?: { from?: number; to?: number; anchors?: readonly Anchor[] }): Promise<Verification>;
    /** Into a file, one record a line, and a trailer. */
    export(principal: Principal, path: string, part?: { from?: number; to?: number }): Promise<Thing>;
    /** What of a record's private fields has not been redacted. */
    privateFields(principal: Principal, seq: number): Promise<Record<string, string>>;
    /** For operators: the platform's own log after a position, oldest first. */
    records(principal: Principal, part?: { after?: number; size?: number }): Promise<Thing[]>;
    anchor(principal: Principal): Promise<Anchor>;
    /** For operators who may redact: purges what is older than the platform keeps it. */
    retain(principal: Principal): Promise<{ done: number; failed: readonly Thing[] }>;
  };
  readonly holds: {
    /** The tenant, or one user of it, or one resource: run, scenario or note, and its id. */
    set(principal: Principal, tenant: string, hold: { reason: string; user?: string; resource?: readonly [string, string] }): Promise<Thing>;
    list(principal: Principal, tenant: string): Promise<Thing[]>;
  };
  readonly control: {
    redactAudit(principal: Principal, range: { from: number; to: number; tenant?: string; field?: string }): Promise<ControlRequest>;
    releaseHold(principal: Principal, tenant: string, hold: string): Promise<ControlRequest>;
    purgeTenant(principal: Principal, tenant: string): Promise<ControlRequest>;
    confirm(principal: Principal, id: string): Promise<ControlRequest>;
    list(principal: Principal, part?: { size?: number }): Promise<ControlRequest[]>;
  };
  readonly runs: {
    get(principal: Principal, runId: string): Promise<Thing>;
    /** Newest first; filter `model` or `subject`. */
    list: List;
  };
  readonly scenarios: {
    create(principal: Principal, scenario: { model: string; subject?: string; name: string; inputs: object; audience?: Audience }): Promise<Thing>;
    get(principal: Principal, id: string): Promise<Thing>;
    update(principal: Principal, id: string, expected: number, changes: { name?: string; inputs?: object; audience?: Audience }): Promise<Thing>;
    remove(principal: Principal, id: string, expected: number): Promise<void>;
    /** The last changed first; filter `subject`. */
    list: List;
  };
  readonly notes: {
    create(principal: Principal, note: { subject: string; body: string; audience?: Audience }): Promise<Thing>;
    get(principal: Principal, id: string): Promise<Thing>;
    /** The caller's own note on a subject. */
    on(principal: Principal, subject: string): Promise<Thing>;
    update(principal: Principal, id: string, expected: number, changes: { body?: string; audience?: Audience }): Promise<Thing>;
    remove(principal: Principal, id: string, expected: number): Promise<void>;
    /** The last changed first. */
    list: List;
  };
  /** How a tenant's pages look. */
  readonly branding: {
    get(principal: Principal): Promise<Branding>;
    /**
     * Changes the branding whose version is `expected` (0 when none was set) by a JSON merge patch, an object or its
     * text: what is absent stays, null takes back to the default. Text in which a key stands twice is refused.
     */
    patch(principal: Principal, expected: number, patch: BrandingPatch | string): Promise<Branding>;
  };
  /** What a tenant sets under the keys that the host has registered; values keep their own names. */
  readonly configuration: {
    /** What is set, or, with version 0, the default; of a secret only that it is set. */
    get(principal: Principal, key: string): Promise<ConfigItem>;
    /** Sets the value of a key whose version is `expected`, 0 when nothing is set. */
    set(principal: Principal, key: string, expected: number, value: unknown): Promise<ConfigItem>;
    /** As `set`, from JSON text, in which no key of an object stands twice. */
    setJson(principal: Principal, key: string, expected: number, text: string): Promise<ConfigItem>;
    /** Takes a key whose version is `expected` back to its default. */
    unset(principal: Principal, key: string, expected: number): Promise<void>;
    /** By key. */
    list: List;
  };
  readonly statistics: {
    publish(principal: Principal): Promise<null>;
    performance(principal: Principal, model: string): Promise<Record<string, StatsView>>;
    usage(principal: Principal): Promise<UsageRow[]>;
    clear(principal: Principal, what?: { model?: string; reason?: string }): Promise<number>;
  };
  readonly subscriptions: {
    get(principal: Principal, of?: Of): Promise<Thing>;
    history(principal: Principal, page?: { size?: number } & Of): Promise<Thing[]>;
    preview(principal: Principal, change: { plan: string; cycle?: Cycle } & Of): Promise<Preview>;
    commit(principal: Principal, preview: { token: string; idemKey: string } & Of): Promise<Changed>;
    cancel(principal: Principal, how?: { when?: "period_end" | "now" } & Of): Promise<Changed>;
    withdraw(principal: Principal, of?: Of): Promise<Changed>;
    reactivate(principal: Principal, change: { plan: string; cycle?: Cycle } & Of): Promise<Changed>;
    activate(principal: Principal, of?: Of): Promise<Changed>;
    migrate(principal: Principal, of: { tenant: string }): Promise<Changed>;
    paymentReceived(principal: Principal, payment: { invoice: string; tenant: string }): Promise<Changed>;
    paymentFailed(principal: Principal, payment: { invoice: string; tenant: string }): Promise<Changed>;
    invoices(principal: Principal, page?: { before?: number; size?: number } & Of): Promise<Invoice[]>;
    invoice(principal: Principal, which: { id: string } & Of): Promise<Invoice>;
    advance(principal: Principal): Promise<{ done: number; failed: { tenant: string; reason: string }[] }>;
    /** For operators: hands invoices that wait to the platform's billing sink; what that throws is thrown here. */
    deliver(principal: Principal): Promise<{ done: number; failed: { tenant: string; reason: string }[] }>;
    outbox(principal: Principal, page?: { size?: number }): Promise<{ tenant: string; invoice: Invoice }[]>;
    delivered(principal: Principal, which: { invoice: string; tenant: string }): Promise<null>;
  };
}
