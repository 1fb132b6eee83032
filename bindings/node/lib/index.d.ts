export * from "./cashflow.js";
export { evaluateMany, type Batch } from "./batch.js";
export { ColumnModel, evaluateColumns } from "./columns.js";
export * from "./distributions.js";
export { Engine, evaluate, evaluateAsync, models, schema, type NumberArray } from "./engine.js";
export * from "./engines.js";
export { ValorError, type ErrorCode, type ErrorKind } from "./errors.js";
export { explain, type Explanation, type ExplanationLine } from "./explanation.js";
export { gbmPaths, type GeometricBrownian } from "./paths.js";
export { Platform, type Audience, type BillingSink, type Branding, type BrandingPatch, type Changed, type ConfigItem, type ConfigSchema, type Cycle, type GovernedRun, type Invoice, type InvoiceLine, type Page, type PageRequest, type PermissionSnapshot, type Preview, type Principal, type RunRequest } from "./platform.js";
export {
  assignPoint,
  Registry,
  type Breach,
  type Executed,
  type MetricReport,
  type Report,
  type Resolution,
  type RunRecord,
  type Servable,
  type StatsView,
  type UsageRow,
  type Verdict,
} from "./registry.js";
export { ScenarioSet, type ComparedOutput, type Difference, type Scenario, type WeightedOutput } from "./scenarios.js";
export { attribution, goalSeek, gradient, grid, oneWay, spider, tornado, type Axis, type Driver } from "./sensitivity.js";
export { irrMany, npvMany, xirrMany, xnpvMany, type Outcomes } from "./series.js";
export {
  Simulation,
  SimulationResult,
  type ColumnFunction,
  type Dependence,
  type Progress,
  type RunOptions,
  type SimulationOptions,
  type Stats,
} from "./simulation.js";
export { numThreads, setNumThreads } from "./threads.js";
