// Monte Carlo over any model: what is drawn, how it depends, a run, and what came of it. Trial i of a
// run is the same set of bits for any number of threads, shards and machines, and in every language.

import { camelPath, fromNative, snakePath, toNative } from "./convert.js";
import { known } from "./engine.js";
import { ValorError } from "./errors.js";
import { later, native, using } from "./native.js";
import { block, isOwn, refuse } from "./own.js";
import { named } from "./sensitivity.js";

/** A seed nobody chose; it is returned in the result. */
function madeSeed() {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2));
  return (BigInt(high >>> 11) << 32n) | BigInt(low);
}

function listed(draws) {
  return Array.isArray(draws) ? draws : Object.entries(draws).map(([path, distribution]) => ({ path, distribution }));
}

/** A model, its base inputs, and the distributions of those that are uncertain. */
export class Simulation {
  #function;
  #spec;

  constructor(model, inputs, { draws, correlation, dependence, outputs } = {}) {
    if (isOwn(model)) {
      this.#function = model;
    }
    if (correlation !== undefined && dependence !== undefined) {
      throw refuse("dependence", null, "correlation or dependence, not both");
    }
    const { model: name, input } = this.#function === undefined ? named(model, inputs) : { model: "function", input: inputs ?? {} };
    this.#spec = { model: name, input, draws: listed(draws ?? []) };
    if (outputs !== undefined) {
      this.#spec.outputs = [...outputs];
    }
    if (correlation !== undefined) {
      this.#spec.dependence = { matrix: correlation };
    } else if (dependence !== undefined) {
      this.#spec.dependence = dependence;
    }
    toNative(this.#spec, known("simulate").inputs);
  }

  /** Runs `trials` trials; a seed that is not given is made and returned. */
  run(options = {}) {
    return this.#start(options, undefined, undefined);
  }

  /** Part `shard` of `shards` of a run; `SimulationResult.merge` makes the run of all parts, bit for bit. */
  runShard({ shard, shards, ...options } = {}) {
    return this.#start(options, shard, shards);
  }

  async #start({ signal, onProgress, sampling, seed = madeSeed(), ...options }, shard, shards) {
    const fields = { ...options, seed: BigInt(seed).toString() };
    if (sampling !== undefined) {
      fields.sampling = typeof sampling === "string" ? { method: sampling } : sampling;
    }
    const spec = toNative({ ...this.#spec, ...fields }, known("simulate").inputs);
    const token = new native.CancelToken();
    const cancel = () => token.cancel();
    if (signal?.aborted) {
      cancel();
    }
    signal?.addEventListener("abort", cancel, { once: true });
    const failure = {};
    try {
      const show = onProgress && ((text) => onProgress(fromNative(text)));
      const run = await later(() => native.simulate(spec, shard, shards, token, this.#block(failure), show));
      const result = new SimulationResult(run);
      if (result.stopped === "cancelled" && signal?.aborted) {
        throw Object.assign(cancelled(signal), { partial: result });
      }
      return result;
    } catch (error) {
      if (failure.thrown !== undefined) {
        throw failure.thrown.error;
      }
      if (error instanceof ValorError && error.code === "CANCELLED") {
        error.cause = signal?.reason;
      }
      throw error;
    } finally {
      signal?.removeEventListener("abort", cancel);
    }
  }

  /** The caller's function as the native half calls it. */
  #block(failure) {
    return this.#function && block(this.#function, Object.keys(this.#spec.input), this.#spec.outputs ?? ["value"], failure);
  }

  /** The simulation as a plain object; a function of the caller's is not part of it. */
  toJSON() {
    return fromNative(toNative(this.#spec, known("simulate").inputs), known("simulate").inputs);
  }

  /** The simulation with these fields; the inverse of `toJSON`. */
  static from({ model, input, draws, outputs, dependence }) {
    return new Simulation(model, input, { draws, outputs, dependence });
  }
}

function cancelled(signal) {
  const error = new ValorError("Cancelled (cancelled): simulation", { kind: "Cancelled", reason: "cancelled", what: "simulation" });
  error.cause = signal.reason;
  return error;
}

/** Statistics of one output over the defined trials. */
class Stats {
  #run;
  #name;
  #report;

  constructor(run, name, report) {
    this.#run = run;
    this.#name = name;
    this.#report = report;
  }

  #number(field) {
    return using(() => this.#run.number(this.#name, field));
  }

  /** Trials that have a value. */
  get count() {
    return this.#report().count;
  }

  /** Mean. */
  get mean() {
    return this.#number("mean");
  }

  /** Standard deviation with n - 1; null of a single trial. */
  get standardDeviation() {
    return this.#number("standard_deviation");
  }

  /** Standard error of the mean; null of a single trial. */
  get standardError() {
    return this.#number("standard_error");
  }

  /** Skewness; null when all values are equal. */
  get skewness() {
    return this.#number("skewness");
  }

  /** Excess kurtosis; null when all values are equal. */
  get kurtosis() {
    return this.#number("kurtosis");
  }

  /** Smallest value. */
  get min() {
    return this.#number("min");
  }

  /** Largest value. */
  get max() {
    return this.#number("max");
  }

  /**
   * The value below which a share `p` of the outcomes lies (linear between order statistics). Several
   * probabilities give an array, found by one walk over the outcomes.
   */
  quantile(p) {
    const one = typeof p === "number";
    const found = using(() => this.#run.quantiles(this.#name, one ? [p] : Array.from(p)));
    return one ? found[0] : found;
  }

  /** The share of outcomes greater than `threshold`. */
  probabilityAbove(threshold) {
    return using(() => this.#run.probabilityAbove(this.#name, threshold));
  }

  /** How far the outcome at `level` falls below the reference, which is the mean unless set otherwise. */
  valueAtRisk(level = 0.95) {
    return using(() => this.#run.valueAtRisk(this.#name, level));
  }

  /** How far the outcomes beyond the value at risk fall below the reference on average. */
  conditionalValueAtRisk(level = 0.95) {
    return using(() => this.#run.conditionalValueAtRisk(this.#name, level));
  }

  /** The outcomes in trial order. */
  get samples() {
    return using(() => this.#run.samples(this.#name));
  }

  /** Both ends of the confidence interval of the mean. */
  get confidenceInterval() {
    return this.#report().confidenceInterval;
  }

  /** Quantiles with their confidence intervals. */
  get quantiles() {
    return this.#report().quantiles;
  }

  /** Probabilities of exceeding the thresholds asked for. */
  get probabilities() {
    return this.#report().probabilities;
  }

  /** Counts between edges. */
  get histogram() {
    return this.#report().histogram;
  }

  /** Mean and standard error after ever more trials. */
  get convergence() {
    return this.#report().convergence;
  }

  /** All statistics as a plain object. */
  toJSON() {
    return structuredClone(this.#report());
  }
}

/** What a run gave: `result.output("valuePerShare")` is the statistics of an output. */
export class SimulationResult {
  #run;
  #head;
  #data;

  constructor(run) {
    this.#run = run;
    this.#head = fromNative(run.head());
  }

  #report() {
    this.#data ??= fromNative(using(() => this.#run.report()), known("simulate").outputs);
    return this.#data;
  }

  /** One result of the shards of a run, in any order. */
  static merge(parts) {
    return new SimulationResult(using(() => native.merge(parts.map((part) => part.#run))));
  }

  /** The result whose `toBytes` this is. */
  static fromBytes(bytes) {
    return new SimulationResult(using(() => native.Run.fromBytes(Buffer.from(bytes))));
  }

  /** The whole result as bytes, the same in every language. */
  toBytes() {
    return new Uint8Array(using(() => this.#run.toBytes()));
  }

  /** The core's name of an output. */
  #named(name) {
    const native = [name, snakePath(name)].find((one) => this.#head.names.includes(one));
    if (native === undefined) {
      throw refuse("outputs", name, `one of ${this.outputNames.join(", ")}`);
    }
    return native;
  }

  /** The histogram of an output, of the first when none is named, with its percentiles: an SVG file as text. */
  toSvg(output = this.outputNames[0]) {
    const native = this.#named(output);
    return using(() => this.#run.svg(native));
  }

  /** Statistics of an output. */
  output(name) {
    const native = this.#named(name);
    return new Stats(this.#run, native, () => this.#report().outputs[camelPath(native)]);
  }

  /** Names of the outputs. */
  get outputNames() {
    return this.#head.names.map(camelPath);
  }

  /** Why it stopped. */
  get stopped() {
    return this.#head.stopped;
  }

  /** Trials completed. */
  get trials() {
    return this.#head.trials;
  }

  /** Trials asked for. */
  get trialsRequested() {
    return this.#head.trialsRequested;
  }

  /** Trials that have a value. */
  get trialsDefined() {
    return this.#head.trialsDefined;
  }

  /** The seed; with it and the same simulation a run gives the same bits. */
  get seed() {
    return this.#head.seed;
  }

  /** Seconds it took. */
  get elapsed() {
    return this.#head.elapsed;
  }

  /** Outputs of the base input. */
  get base() {
    return this.#report().base;
  }

  /** Trials without a value: count, fraction, byReason. */
  get undefined() {
    return this.#report().undefined;
  }

  /** Whether trials without a value were left out. */
  get conditional() {
    return this.#report().conditional;
  }

  /** What the reader of the result should know. */
  get warnings() {
    return this.#report().warnings;
  }

  /** The result without the samples as a plain object. */
  toJSON() {
    return structuredClone({ ...this.#report(), seed: this.seed.toString() });
  }
}
