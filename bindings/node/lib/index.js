// Embeddable, governed valuation: engines, Monte Carlo, model routing, tenancy and audit in one process.

export * from "./cashflow.js";
export { evaluateMany } from "./batch.js";
export { ColumnModel, evaluateColumns } from "./columns.js";
export * from "./distributions.js";
export { Engine, evaluate, evaluateAsync, models, schema } from "./engine.js";
export * from "./engines.js";
export { ValorError } from "./errors.js";
export { explain } from "./explanation.js";
export { gbmPaths } from "./paths.js";
export { Platform } from "./platform.js";
export { assignPoint, Registry } from "./registry.js";
export { ScenarioSet } from "./scenarios.js";
export { attribution, goalSeek, gradient, grid, oneWay, spider, tornado } from "./sensitivity.js";
export { irrMany, npvMany, xirrMany, xnpvMany } from "./series.js";
export { Simulation, SimulationResult } from "./simulation.js";
export { numThreads, setNumThreads } from "./threads.js";
