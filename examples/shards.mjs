// One simulation over several processes: `node examples/shards.mjs`
//
// The program forks itself once for each shard. A worker takes a task as JSON, runs its shard, and sends
// the bytes of the result back as base64 text; any queue could carry both. What the shards merge to has the
// bits of the run in one piece. Outside this repository the import is from "valor-ivx".

import assert from "node:assert/strict";
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import { normal, Simulation, SimulationResult, triangular } from "../bindings/node/lib/index.js";

const SHARDS = 4;
const OPTIONS = { trials: 200_000, seed: 7 };

if (process.send === undefined) {
  await lead();
} else {
  process.once("message", work);
}

/** Runs the shard of a task. */
async function work({ simulation, ...options }) {
  const result = await Simulation.from(simulation).runShard(options);
  process.send(Buffer.from(result.toBytes()).toString("base64"), () => process.disconnect());
}

/** Spreads the shards over processes, merges what they send, and compares. */
async function lead() {
  const simulation = new Simulation("npv", { rate: 0.1, cashflows: [-100, 40, 50, 45] }, {
    draws: { rate: normal(0.1, 0.01), "cashflows[3]": triangular(30, 45, 70) },
  });
  const summaries = await Promise.all(Array.from({ length: SHARDS }, (_, shard) => ask({ simulation: simulation.toJSON(), shard, shards: SHARDS, ...OPTIONS })));
  const merged = SimulationResult.merge(summaries.map((summary) => SimulationResult.fromBytes(Buffer.from(summary, "base64"))));
  const whole = await simulation.run(OPTIONS);
  assert.deepEqual({ ...merged.toJSON(), elapsed: 0 }, { ...whole.toJSON(), elapsed: 0 });
  assert.deepEqual(merged.output("npv").samples, whole.output("npv").samples);
  console.log(`${merged.trials} trials over ${SHARDS} processes, ${merged.stopped}`);
  console.log(`mean               ${merged.output("npv").mean.toFixed(6)}`);
  console.log("the bits of the run in one piece");
}

/** What a process of its own answers to a task. */
async function ask(task) {
  const worker = fork(fileURLToPath(import.meta.url));
  worker.send(task);
  const answered = once(worker, "message").then(([summary]) => summary);
  // The channel closes when all that was sent has been read, or when the worker is lost.
  const gone = once(worker, "disconnect").then(() => {
    throw new Error("a worker ended without an answer");
  });
  try {
    return await Promise.race([answered, gone]);
  } finally {
    gone.catch(() => {});
  }
}
