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
    list(principal: Principal): Promise<Thing[]>;
    bySlug(principal: Principal, slug: string): Promise<Thing>;
    setStatus(principal: Principal, id: string, expected: number, status: "Active" | "Suspended" | "Deactivated"): Promise<Thing>;
  };
  readonly users: {
    create(principal: Principal, user: NewUser): Promise<Thing>;
    list(principal: Principal): Promise<Thing[]>;
    setActive(principal: Principal, id: string, expected: number, active: boolean): Promise<Thing>;
  };
  readonly organizations: {
    create(principal: Principal, name: string): Promise<Thing>;
    list(principal: Principal): Promise<Thing[]>;
  };
  readonly routing: { apply(principal: Principal, config: object): Promise<number> };
  readonly usage: { total(principal: Principal, kind: string, span?: { from?: number; to?: number }): Promise<number> };
  readonly audit: { verify(principal: Principal): Promise<any>; list(principal: Principal): Promise<Thing[]> };
  readonly runs: {
    get(principal: Principal, runId: string): Promise<Thing>;
    list(principal: Principal, page?: { after?: string; size?: number }): Promise<Thing[]>;
  };
  readonly subscriptions: { get(principal: Principal): Promise<Thing> };
  readonly statistics: {
    publish(principal: Principal): Promise<null>;
    performance(principal: Principal, model: string): Promise<Record<string, StatsView>>;
    usage(principal: Principal): Promise<UsageRow[]>;
    clear(principal: Principal, what?: { model?: string; reason?: string }): Promise<number>;
  };
}
