// Which variant of a model serves whom, and how well it does.

import { fromNative, toNative } from "./convert.js";
import { Engine, evaluate, known } from "./engine.js";
import { ValorError } from "./errors.js";
import { call, later, native, passing, using } from "./native.js";

/** Objects keyed by the caller: by models, by variants. */
export const BY_NAME = { additionalProperties: {} };
const CONFIG = { properties: { models: BY_NAME } };
const REQUEST = { properties: { config: CONFIG } };
const WITH_METRICS = { items: { properties: { metrics: BY_NAME } } };
const REPORT = {
  properties: { arms: WITH_METRICS, data: { properties: { epochs: { items: { properties: { tallies: WITH_METRICS } } } } } },
};
const COUNTS = { items: { properties: { exposures: BY_NAME } } };

/** How a call was routed: what calls have in common, and the point of this one's unit. */
class Resolution {
  #common;
  #point;

  constructor(common, point) {
    this.#common = common;
    this.#point = point;
  }

  static {
    const names = ["model", "requested", "assigned", "served", "reason", "configVersion", "configHash", "shadowed", "fallback", "deprecated"];
    for (const name of names) {
      Object.defineProperty(Resolution.prototype, name, { get() { return this.#common[name]; }, enumerable: true });
    }
  }

  get experiment() {
    const { experiment } = this.#common;
    return experiment && { ...experiment, point: this.#point };
  }

  toJSON() {
    return { ...this.#common, experiment: this.experiment };
  }

  [Symbol.for("nodejs.util.inspect.custom")]() {
    return this.toJSON();
  }
}

/** Points are below 2^20. */
const POINTS = 2 ** 20;

/** What is known of resolutions by their numbers; beyond, all are asked for again. */
const MOST_KNOWN = 4096;

/** Numbers of functions, so that the same one registered again is known for the same. */
const identities = new WeakMap();
let lastIdentity = 0;

function identity(servable) {
  if (!identities.has(servable)) {
    lastIdentity += 1;
    identities.set(servable, lastIdentity);
  }
  return identities.get(servable);
}

/** Microseconds since 1970. */
const micros = (date) => date.getTime() * 1000;

/** The schema of a model of the library; of any other model the names are the caller's. */
export function side(model, which) {
  try {
    return known(model)[which];
  } catch (error) {
    if (error instanceof ValorError && error.code === "NOT_FOUND") {
      return BY_NAME;
    }
    throw error;
  }
}

/** The point below 1,000,000 that `unit` has in `experiment`; `salt` is bytes. */
export const assignPoint = (salt, experiment, unit) => call("assignPoint", salt, experiment, unit);

/** Variants of models, the routing between them, and how they do. */
export class Registry {
  #native;
  #clock;
  #thrown = new Map();
  #resolutions = new Map();

  /**
   * A registry without models. `clock` gives the time of now as a Date; it is asked when a call of the registry
   * begins and when a function of yours has answered. Durations are measured by the machine's clock.
   */
  constructor({ clock } = {}) {
    this.#clock = clock;
    this.#native = new native.NativeRegistry(clock === undefined ? undefined : micros(clock()));
  }

  /** Tells the native half the time by the caller's clock. */
  #tell() {
    if (this.#clock !== undefined) {
      this.#native.tell(micros(this.#clock()));
    }
  }

  /** The registry of a platform. */
  static of(registry) {
    const made = new Registry();
    made.#native = registry;
    return made;
  }

  /**
   * Registers a variant; the first of a model is its base. `servable` is the name or class of an
   * engine, an engine whose inputs stand in for those a call leaves out, or a function of the inputs
   * and `{ seed }` to the outputs or a promise of them. The same function again changes nothing.
   */
  register(model, variant, servable, options = {}) {
    this.#tell();
    const engine = typeof servable === "string" ? servable : servable?.prototype instanceof Engine ? servable.model : undefined;
    if (engine !== undefined) {
      using(() => this.#native.registerModel(model, variant, engine, options.base ?? false));
      return;
    }
    this.#function(model, variant, servable, options, undefined);
  }

  /** Puts another implementation in the place of the one with digest `expected`; statistics go on. */
  replace(model, variant, servable, expected, options = {}) {
    this.#tell();
    this.#function(model, variant, servable, options, expected);
  }

  #function(model, variant, servable, { base, version, params, schema, feature }, expected) {
    const run = servable instanceof Engine ? (inputs) => evaluate(servable.model, { ...servable.inputs, ...inputs }) : servable;
    if (typeof run !== "function") {
      const details = { kind: "InvalidInput", field: "servable", value: typeof servable, constraint: "a model's name, an engine, or a function" };
      throw new ValorError(`servable: ${details.value} is not allowed: ${details.constraint}`, details);
    }
    const options = toNative({
      base,
      version,
      params: params ?? (servable instanceof Engine ? servable.inputs : undefined),
      inputSchema: schema?.inputs,
      outputSchema: schema?.outputs,
      feature,
      identity: identity(servable),
    }, { properties: { params: BY_NAME, input_schema: BY_NAME, output_schema: BY_NAME } });
    using(() => this.#native.registerFunction(model, variant, this.#answering(model, run), options, expected));
  }

  /** A function that the native half calls: what it gives or throws goes back by the number of the call. */
  #answering(model, run) {
    // Without a hold on the registry, so that a registry nobody uses can go.
    const [answering, clock, thrown] = [this.#native, this.#clock, this.#thrown];
    const answer = (number, output) => {
      if (clock !== undefined) {
        answering.tell(micros(clock()));
      }
      answering.answer(number, output);
    };
    return (message) => {
      const { call: number, input, seed } = JSON.parse(message);
      const finish = async () => {
        try {
          const inputs = fromNative(JSON.stringify(input), side(model, "inputs"));
          const output = await run(inputs, { seed: BigInt(seed) });
          answer(number, toNative(output, side(model, "outputs")));
        } catch (error) {
          thrown.set(number, error);
          answer(number, undefined);
        }
      };
      // All outcomes are answers.
      void finish();
    };
  }

  #ask(question, fields = {}, answer = undefined) {
    this.#tell();
    return fromNative(using(() => this.#native.ask(question, toNative(fields, REQUEST))), answer);
  }

  async #run(start, model) {
    this.#tell();
    const schema = { properties: { output: side(model, "outputs") } };
    return fromNative(await this.passing(later(start)), schema);
  }

  /** A promise, rejected with what a function of the caller's threw when that is why it is rejected. */
  passing(promise) {
    return passing(promise, this.#thrown);
  }

  /** Names of the variants by model, the base first. */
  models() {
    return this.#ask("models", {}, BY_NAME);
  }

  /** What a registered variant is. */
  variant(model, variant) {
    return this.#ask("variant", { model, variant }, { properties: { params: BY_NAME, input_schema: BY_NAME, output_schema: BY_NAME } });
  }

  /** Every problem of a routing configuration; none means that it would be applied. */
  validate(config) {
    return this.#ask("validate", { config });
  }

  /** Takes a whole routing configuration as the next version of its scope, or changes nothing. */
  apply(config, { reason, actor } = {}) {
    return this.#ask("apply", { config, reason, actor });
  }

  /** Writes the content of version `to` as a new version; `expected` is the current one. */
  rollback(to, { expected, tenant, reason, actor } = {}) {
    return this.#ask("rollback", { to, expected, tenant, reason, actor });
  }

  /** The versions of the configuration, oldest first. */
  history({ tenant } = {}) {
    return this.#ask("history", { tenant }, { items: { properties: { config: CONFIG } } });
  }

  /** The current configuration, to be changed and applied; version 0 when there is none yet. */
  config({ tenant } = {}) {
    return this.#ask("config", { tenant }, CONFIG);
  }

  /** What changed from version `from` to version `to`. */
  diff(from, to, { tenant } = {}) {
    return this.#ask("diff", { from, to, tenant });
  }

  /** Which variant would serve `unit`, and why. */
  resolve(model, { unit, tenant, force, draw } = {}) {
    const resolved = using(() => this.#native.resolve(model, unit, tenant, force, draw?.toString()));
    if (resolved === 0) {
      const once = fromNative(this.#native.told(0));
      return new Resolution(once, once.experiment?.point);
    }
    const number = Math.floor(resolved / POINTS);
    return new Resolution(this.#resolutions.get(number) ?? this.#told(number), resolved - number * POINTS);
  }

  /** What resolutions of a number have in common. */
  #told(number) {
    if (this.#resolutions.size === MOST_KNOWN) {
      this.#resolutions.clear();
    }
    const common = fromNative(this.#native.told(number));
    this.#resolutions.set(number, common);
    return common;
  }

  /** Routes and runs a call and books it under the variant that served; what that throws passes through. */
  execute(model, inputs, { unit, tenant, force, seed, draw } = {}) {
    const [given, fields] = [toNative(inputs, side(model, "inputs")), toNative({ unit, tenant, force, seed, draw })];
    return this.#run(() => this.#native.execute(model, given, fields), model);
  }

  /** Runs the inputs through a variant, or the one routing gives, and counts it nowhere. */
  dryRun(model, inputs, { variant, seed } = {}) {
    const [given, fields] = [toNative(inputs, side(model, "inputs")), toNative({ variant, seed })];
    return this.#run(() => this.#native.dryRun(model, given, fields), model);
  }

  /** Runs what `record` says again and compares; `record_mismatch` when anything differs. */
  replay(record, inputs) {
    const [given, written] = [toNative(inputs, side(record.model, "inputs")), toNative(record)];
    return this.#run(() => this.#native.replay(written, given), record.model);
  }

  /** As `resolve` for a call that you serve yourself: books the exposure, if it is one, and no outcome. */
  expose(model, { unit, tenant, force, draw } = {}) {
    return this.#ask("expose", { model, unit, tenant, force, draw });
  }

  /**
   * Books what was observed of a unit, in the arm it was first exposed to; `at` is a Date, now unless given.
   * Outcomes `latency` and `error` of executed calls come by themselves.
   */
  recordOutcome(experiment, unit, metric, value, { at, tenant } = {}) {
    this.#ask("record_outcome", { experiment, unit, metric, value, at: at === undefined ? undefined : micros(at), tenant });
  }

  /**
   * The report of an experiment now; each is a look, which sequential tests allow at any time. Its `toHtml()`
   * is a page that stands alone.
   */
  analyze(experiment, { tenant } = {}) {
    const { report, page } = this.#ask("analyze", { experiment, tenant }, { properties: { report: REPORT } });
    return Object.defineProperty(report, "toHtml", { value: () => page });
  }

  /** The guardrails that an experiment is beyond at present; nothing is done about them. */
  breaches(experiment, { tenant } = {}) {
    return this.#ask("breaches", { experiment, tenant });
  }

  /** Pauses an experiment whose guardrails say so; the breaches that were acted on. */
  enforceGuardrails(experiment, { tenant } = {}) {
    return this.#ask("enforce_guardrails", { experiment, tenant });
  }

  /** The breaches that were acted on, oldest first: those that paused, and those that only tell. */
  actedBreaches(experiment, { tenant } = {}) {
    return this.#ask("acted_breaches", { experiment, tenant });
  }

  /** Exposures, pauses and breaches of every experiment. */
  experimentCounts() {
    return this.#ask("experiment_counts", {}, COUNTS);
  }

  /**
   * Performance by the variant that served; times in nanoseconds. Over the lifetime, or with
   * `window: "rolling"` over the last 15 minutes; of all calls, or of those for `tenant`.
   */
  performance(model, { window, tenant } = {}) {
    return this.#ask("performance", { model, window, tenant }, BY_NAME);
  }

  /** Forgets the performance of `model`, or of all; usage stays. */
  clearPerformance(model) {
    this.#ask("clear_performance", { model });
  }

  /** How often each variant served, by model and variant. */
  usage() {
    return this.#ask("usage");
  }

  /** The `n` variants with most calls, over the lifetime or the last 15 minutes (`window: "rolling"`). */
  popularity(n, { window } = {}) {
    return this.#ask("popularity", { n, window });
  }

  /** All that the registry counts, as text in Prometheus' exposition format 0.0.4. */
  prometheus() {
    return this.#ask("prometheus");
  }
}
