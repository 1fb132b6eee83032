// Embeddable, governed valuation: engines, Monte Carlo, model routing, tenancy and audit in one process.

export { Engine, evaluate, models, schema } from "./engine.js";
export * from "./engines.js";
export { ValorError } from "./errors.js";
