import type { Registry, Resolution } from "./registry.js";
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

/** Models, tenants, plans and records tied together. */
export class Platform {
  private constructor();
  /** Brings the store at `url` to this version's tables; for PostgreSQL in the role that owns them. */
  static migrate(url: string): void;
  /** Opens "memory:", "sqlite:path.db" or, where it was built in, "postgresql://role@host/database"; `operators` are [issuer, subject, role]. */
  static open(url: string, options?: { operators?: readonly (readonly [string, string, string])[] }): Platform;
  /** The host's own assertion that it has verified this caller. */
  principal(caller: { issuer: string; subject: string; tenant?: string; kind?: "User" | "Service" | "Platform" }): Principal;
  /** Runs a model under the rights, the plan and the routing of the caller. */
  run(principal: Principal, request: RunRequest, options?: { signal?: AbortSignal; onProgress?: (progress: Progress) => void }): Promise<GovernedRun>;
  /** Runs a kept run again and compares bit for bit. */
  replay(principal: Principal, runId: string): Promise<{ identical: boolean; differences: Thing[]; outputHash: string }>;
  /** All that the platform and its registry count, as text in Prometheus' exposition format 0.0.4. */
  prometheus(): string;
  /** Whether a principal may do what `permission` names, such as "read_models", in its tenant. */
  can(principal: Principal, permission: string): Promise<boolean>;
  /** Everything a principal may do in its tenant. */
  permissions(principal: Principal): Promise<string[]>;
  readonly registry: Registry;
  readonly tenants: {
    create(principal: Principal, tenant: { slug: string; name: string; plan: string; admin: NewUser }): Promise<Thing>;
    /** Newest first or by `name`; filter `status` or `plan`, search `name`. */
    list: List;
    bySlug(principal: Principal, slug: string): Promise<Thing>;
    setStatus(principal: Principal, id: string, expected: number, status: "Active" | "Suspended" | "Deactivated"): Promise<Thing>;
  };
  readonly users: {
    create(principal: Principal, user: NewUser): Promise<Thing>;
    /** Newest first; filter `organization`, search `name` or `email`. */
    list: List;
    /** Roles given, newest first; filter `user` or `role`. */
    grants: List;
    setActive(principal: Principal, id: string, expected: number, active: boolean): Promise<Thing>;
  };
  readonly organizations: {
    create(principal: Principal, name: string): Promise<Thing>;
    /** By name, or the newest first (`created`); search `name`. */
    list: List;
  };
  readonly routing: { apply(principal: Principal, config: object): Promise<number>; history: List };
  readonly usage: {
    total(principal: Principal, kind: string, span?: { from?: number; to?: number }): Promise<number>;
    /** Events, newest first; filter `kind`. */
    list: List;
  };
  readonly audit: {
    verify(principal: Principal): Promise<any>;
    /** Newest first; filter `actor`, `action`, or `resourceType` with `resourceId`. */
    list: List;
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
  readonly subscriptions: { get(principal: Principal): Promise<Thing> };
}
