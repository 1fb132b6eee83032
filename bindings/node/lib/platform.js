// The governed run: permission checked, plan limited, routed, measured, metered, audited, reproducible.

import { fromNative, toNative } from "./convert.js";
import { Sink } from "./billing.js";
import { known } from "./engine.js";
import { later, native, using } from "./native.js";
import { PermissionSnapshot } from "./permissions.js";
import { BY_NAME, Registry, side } from "./registry.js";

const FREE = { properties: { config: { properties: { models: BY_NAME } }, dims: BY_NAME } };
const EVENT = { properties: { event: { properties: { dims: BY_NAME } } } };

/** Options of the caller in JSON's names; the inputs have the names of their model. */
function requestText(request) {
  const { draws, ...simulation } = known("simulate").inputs.properties;
  return toNative(request, {
    properties: { inputs: side(request.model, "inputs"), simulation: { properties: { draws, ...simulation } } },
  });
}

/** Models, tenants, plans and records tied together. */
export class Platform {
  #native;
  #sink;

  constructor(platform, sink) {
    this.#native = platform;
    this.#sink = sink;
    const call = (service) => (principal, fields = {}) => this.#call(principal, service, fields);
    /** Variants of models, and their performance. */
    this.registry = Registry.of(using(() => platform.registry()));
    // Each list takes { sort, filter, search, size, cursor, page, total } and gives a page.
    /** Tenants, for operators. */
    this.tenants = {
      create: call("tenants.create"),
      list: call("tenants.list"),
      get: (principal, id) => this.#call(principal, "tenants.get", { id }),
      byDomain: (principal, domain) => this.#call(principal, "tenants.by_domain", { domain }),
      update: (principal, id, expected, changes) => this.#call(principal, "tenants.update", { ...changes, id, expected }),
      bySlug: (principal, slug) => this.#call(principal, "tenants.by_slug", { slug }),
      setStatus: (principal, id, expected, status) => this.#call(principal, "tenants.set_status", { id, expected, status }),
    };
    /** The users of a tenant. */
    this.users = {
      create: call("users.create"),
      list: call("users.list"),
      get: (principal, id) => this.#call(principal, "users.get", { id }),
      update: (principal, id, expected, changes) => this.#call(principal, "users.update", { ...changes, id, expected }),
      grants: call("users.grants"),
      setActive: (principal, id, expected, active) => this.#call(principal, "users.set_active", { id, expected, active }),
      erase: (principal, id, expected) => this.#call(principal, "users.erase", { id, expected }),
    };
    /** The organizations of a tenant. */
    this.organizations = {
      create: (principal, name) => this.#call(principal, "organizations.create", { name }),
      get: (principal, id) => this.#call(principal, "organizations.get", { id }),
      rename: (principal, id, expected, name) => this.#call(principal, "organizations.rename", { id, expected, name }),
      setActive: (principal, id, expected, active) =>
        this.#call(principal, "organizations.set_active", { id, expected, active }),
      list: call("organizations.list"),
    };
    /** The roles of a tenant, who holds them, and what they keep apart. */
    this.roles = {
      create: call("roles.create"),
      get: (principal, role) => this.#call(principal, "roles.get", { role }),
      update: (principal, id, expected, changes) => this.#call(principal, "roles.update", { ...changes, id, expected }),
      remove: async (principal, id, expected) => void (await this.#call(principal, "roles.remove", { id, expected })),
      list: call("roles.list"),
      grant: call("roles.grant"),
      revoke: async (principal, id) => void (await this.#call(principal, "roles.revoke", { id })),
      grants: call("roles.grants"),
      createSodRule: call("roles.create_sod_rule"),
      sodRules: call("roles.sod_rules"),
      removeSodRule: async (principal, id) => void (await this.#call(principal, "roles.remove_sod_rule", { id })),
    };
    /** What a tenant has apart from its plan: the caller's own, or, for an operator, that of the `tenant` named. */
    this.entitlements = {
      get: call("entitlements.get"),
      setFeature: call("entitlements.set_feature"),
      setLimit: (principal, { value, ...limit }) =>
        this.#call(principal, "entitlements.set_limit", { ...limit, value: typeof value === "number" ? { At: value } : value }),
      remove: async (principal, which) => void (await this.#call(principal, "entitlements.remove", which)),
    };
    /** Which variant serves whom, with permission and on record. */
    this.routing = {
      apply: (principal, config) => this.#call(principal, "routing.apply", { config }),
      history: call("routing.history"),
    };
    /** What a tenant has used, from `from` until before `to` (microseconds since 1970). */
    this.usage = {
      total: (principal, kind, { from = 0, to = Number.MAX_SAFE_INTEGER } = {}) =>
        this.#call(principal, "usage.total", { kind, from, to }),
      totals: (principal, kind, { from, to, by = "day" }) => this.#call(principal, "usage.totals", { kind, from, to, by }),
      record: (principal, event) => this.#call(principal, "usage.record", event, EVENT),
      recount: (principal, kind) => this.#call(principal, "usage.recount", { kind }),
      report: call("usage.report"),
      list: call("usage.list"),
    };
    /** The audit log of the caller's tenant; for operators the platform's own. */
    this.audit = {
      list: call("audit.list"),
      verify: call("audit.verify"),
      // The path is the file system's: no name in it is converted.
      export: async (principal, path, { from, to } = {}) =>
        fromNative(await later(() => platform.call(principal, "audit.export", JSON.stringify({ path, from, to })))),
      privateFields: (principal, seq) => this.#call(principal, "audit.private_fields", { seq }, BY_NAME),
      records: call("audit.records"),
      anchor: call("audit.anchor"),
      retain: call("audit.retain"),
    };
    /** Legal holds, for operators. */
    this.holds = {
      set: (principal, tenant, { reason, user, resource }) => {
        const subject = user ? { user } : resource ? { resource: { resourceType: resource[0], resourceId: resource[1] } } : "tenant";
        return this.#call(principal, "holds.set", { tenant, subject, reason });
      },
      list: (principal, tenant) => this.#call(principal, "holds.list", { tenant }),
    };
    /** What one operator asks for and another confirms. */
    this.control = {
      redactAudit: (principal, range) => this.#call(principal, "control.request", { act: "redact_audit", ...range }),
      releaseHold: (principal, tenant, hold) => this.#call(principal, "control.request", { act: "release_hold", tenant, hold }),
      purgeTenant: (principal, tenant) => this.#call(principal, "control.request", { act: "purge_tenant", tenant }),
      confirm: (principal, id) => this.#call(principal, "control.confirm", { id }),
      list: call("control.list"),
    };
    /** The runs a tenant keeps. */
    this.runs = {
      get: (principal, id) => this.#call(principal, "runs.get", { id }),
      list: call("runs.list"),
    };
    /** Named inputs that users keep. */
    this.scenarios = {
      create: call("scenarios.create"),
      get: (principal, id) => this.#call(principal, "scenarios.get", { id }),
      update: async (principal, id, expected, changes) => {
        // Which names the inputs have is known by their model.
        const model = changes.inputs && (await this.scenarios.get(principal, id)).model;
        return this.#call(principal, "scenarios.update", { ...changes, id, expected, model });
      },
      remove: async (principal, id, expected) => void (await this.#call(principal, "scenarios.remove", { id, expected })),
      list: call("scenarios.list"),
    };
    /** Notes that users keep. */
    this.notes = {
      create: call("notes.create"),
      get: (principal, id) => this.#call(principal, "notes.get", { id }),
      on: (principal, subject) => this.#call(principal, "notes.on", { subject }),
      update: (principal, id, expected, changes) => this.#call(principal, "notes.update", { ...changes, id, expected }),
      remove: async (principal, id, expected) => void (await this.#call(principal, "notes.remove", { id, expected })),
      list: call("notes.list"),
    };
    /** How variants did and how much they were used, over all processes that share the store. */
    this.statistics = {
      publish: call("statistics.publish"),
      performance: (principal, model) => this.#call(principal, "statistics.performance", { model }, BY_NAME),
      usage: call("statistics.usage"),
      clear: (principal, { model, reason } = {}) => this.#call(principal, "statistics.clear", { model, reason }),
    };
    /** How a tenant's pages look. */
    this.branding = {
      get: call("branding.get"),
      patch: (principal, expected, patch) => {
        const given = typeof patch === "string" ? { json: patch } : { patch };
        return this.#call(principal, "branding.patch", { ...given, expected });
      },
    };
    /** What a tenant sets under the keys that the host has registered; values keep their own names. */
    this.configuration = {
      get: (principal, key) => this.#setting(principal, "configuration.get", { key }),
      set: (principal, key, expected, value) =>
        this.#setting(principal, "configuration.set", { key, expected, json: JSON.stringify(value) }),
      setJson: (principal, key, expected, json) => this.#setting(principal, "configuration.set", { key, expected, json }),
      unset: async (principal, key, expected) => void (await this.#call(principal, "configuration.unset", { key, expected })),
      list: (principal, page = {}) => this.#setting(principal, "configuration.list", page),
    };
    /**
     * A tenant's subscription: the caller's own, or, for an operator, that of the `tenant` named. Amounts are minor
     * units, instants microseconds since 1970.
     */
    this.subscriptions = {
      get: call("subscriptions.get"),
      history: call("subscriptions.history"),
      preview: call("subscriptions.preview"),
      commit: call("subscriptions.commit"),
      cancel: (principal, { when = "period_end", tenant } = {}) => this.#call(principal, "subscriptions.cancel", { when, tenant }),
      withdraw: call("subscriptions.withdraw"),
      reactivate: call("subscriptions.reactivate"),
      activate: call("subscriptions.activate"),
      migrate: call("subscriptions.migrate"),
      paymentReceived: call("subscriptions.payment_received"),
      paymentFailed: call("subscriptions.payment_failed"),
      invoices: call("subscriptions.invoices"),
      invoice: call("subscriptions.invoice"),
      advance: call("subscriptions.advance"),
      deliver: call("subscriptions.deliver"),
      outbox: call("subscriptions.outbox"),
      delivered: call("subscriptions.delivered"),
    };
    Object.freeze(this);
  }

  /**
   * Brings the store at `url` to this version's tables; for PostgreSQL in the role that owns them. A database
   * is migrated by this alone, a file when it is opened, too.
   */
  static migrate(url) {
    using(() => native.NativePlatform.migrate(url));
  }

  /**
   * Opens "memory:", "sqlite:path.db" or, where it was built in, "postgresql://role@host/database"; `operators` are
   * [issuer, subject, role], `plans` versions of the catalogue, of which the newest is on offer, `cursorKeys` the
   * secret of cursors, and after it the one before while cursors of that are still read, `configuration` the keys
   * under which tenants set values, each with its schema, `billing` the host's sink.
   */
  static open(url, { operators = [], plans = [], cursorKeys = [], configuration = {}, billing } = {}) {
    const [ids, secrets] = ["id", "secret"].map((name) => cursorKeys.map((key) => key[name]));
    const catalogues = plans.map((catalogue) => toNative(catalogue));
    const [schemas, sink] = [JSON.stringify(configuration), billing && new Sink(billing)];
    const open = () => native.NativePlatform.open(url, operators, catalogues, ids, secrets, schemas, sink?.native);
    return new Platform(using(open), sink);
  }

  async #call(principal, service, fields, shape) {
    const told = later(() => this.#native.call(principal, service, toNative(fields, FREE)));
    return fromNative(await (this.#sink === undefined ? told : this.#sink.passing(told)), shape);
  }

  /** As `#call`, of configuration, whose values are the caller's own JSON: no name in them is converted. */
  async #setting(principal, service, fields) {
    const text = await later(() => this.#native.call(principal, service, toNative(fields, FREE)));
    const told = fromNative(text);
    const [items, raw] = [told.items ?? [told], JSON.parse(text)];
    (raw.items ?? [raw]).forEach(({ value }, i) => {
      items[i].value = value;
    });
    return told;
  }

  /** The plans on offer, as a catalogue that `open` takes. */
  plans(principal) {
    return this.#call(principal, "plans", {});
  }

  /**
   * The host's own assertion that it has verified this caller; `kind` is User, Service or Platform. What it tells of the
   * request, `networkAddress` and `clientSoftware`, are private fields of what the call puts on record. A sign-in is on
   * record once for each `authenticatedAt`, in microseconds since 1970; now unless given: a host that calls this with
   * every request says when the caller signed in.
   */
  principal({ issuer, subject, tenant, kind = "User", networkAddress, clientSoftware, requestId, authenticatedAt }) {
    const told = {
      network_address: networkAddress,
      client_software: clientSoftware,
      request_id: requestId,
      authenticated_at: authenticatedAt?.toString(),
    };
    const origin = Object.fromEntries(Object.entries(told).filter(([, text]) => text !== undefined));
    return using(() => this.#native.principal(issuer, subject, tenant, kind, origin));
  }

  /** Verifies an exported log without any store, against anchors that are known from elsewhere. */
  static verifyExport(path, anchors = []) {
    return fromNative(using(() => native.NativePlatform.verifyExport(path, toNative(anchors))));
  }

  /** Runs a model under the rights, the plan and the routing of the caller. */
  async run(principal, request, { signal, onProgress } = {}) {
    const token = new native.CancelToken();
    const cancel = () => token.cancel();
    if (signal?.aborted) {
      cancel();
    }
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      const text = requestText(request);
      const show = onProgress && ((state) => onProgress(fromNative(state)));
      const outputs = request.simulation ? known("simulate").outputs : side(request.model, "outputs");
      const start = () => this.#native.run(principal, text, token, show);
      return fromNative(await this.registry.passing(later(start)), { properties: { output: outputs } });
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  /** Runs a kept run again and compares bit for bit. */
  replay(principal, id) {
    return this.registry.passing(this.#call(principal, "runs.replay", { id }));
  }

  /** All that the platform and its registry count, as text in Prometheus' exposition format 0.0.4. */
  prometheus() {
    return using(() => this.#native.prometheus());
  }

  /**
   * Whether a principal may do what `permission` names, such as "read_models", in its tenant, or on something that a
   * user keeps: { ownerId, organizationId, audience }.
   */
  can(principal, permission, on = {}) {
    return this.#call(principal, "can", { ...on, permission });
  }

  /** For administrators: the decision about a user, or the principal itself, with every step it takes. */
  explain(principal, permission, { userId, on = {} } = {}) {
    return this.#call(principal, "explain", { ...on, permission, userId });
  }

  /**
   * What a principal may do, to be asked without waiting: `can(permission)` answers by what was true when it was
   * taken or last refreshed, for menus and pages. What acts is decided anew by the platform in any case.
   */
  permissionSnapshot(principal) {
    return PermissionSnapshot.of(() => this.#call(principal, "permission_snapshot", {}));
  }

  /** Everything a principal may do in its tenant. */
  permissions(principal) {
    return this.#call(principal, "permissions", {});
  }
}
