export { Engine, evaluate, models, schema, type NumberArray } from "./engine.js";
export * from "./engines.js";
export { ValorError, type ErrorCode, type ErrorKind } from "./errors.js";
