export * from "./cashflow.js";
export { evaluateColumns } from "./columns.js";
export { Engine, evaluate, models, schema, type NumberArray } from "./engine.js";
export * from "./engines.js";
export { ValorError, type ErrorCode, type ErrorKind } from "./errors.js";
export { attribution, goalSeek, gradient, grid, oneWay, spider, tornado, type Axis, type Driver } from "./sensitivity.js";
