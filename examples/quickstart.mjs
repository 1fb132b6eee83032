// Quick start: value a company, simulate it, read a refusal, route between variants. As quickstart.rs
// and .py.
// Outside this repository the import is from "valor-ivx".

import { Dcf, evaluate, normal, Registry, Simulation, triangular, ValorError } from "../bindings/node/lib/index.js";

const company = new Dcf({
  baseRevenue: 500,
  stages: [
    { years: 3, growth: 0.12, ebitMargin: 0.2, salesToCapital: 2.5 },
    { years: 3, growth: 0.08, ebitMargin: 0.22, salesToCapital: 2.5 },
    { years: 1, growth: 0.04, ebitMargin: 0.24, salesToCapital: 2.5 },
  ],
  taxRate: 0.23,
  wacc: 0.09,
  terminal: { method: "gordon", growth: 0.025 },
  bridge: { netDebt: 300 },
  shares: 150,
});
const value = company.value();
console.log(`value per share    ${value.valuePerShare.toFixed(6)}`);
console.log(`enterprise value   ${value.enterpriseValue.toFixed(6)}`);

const simulation = new Simulation(company, undefined, {
  draws: { wacc: normal(0.09, 0.005), "terminal.growth": triangular(0.02, 0.025, 0.03) },
  correlation: [[1, 0.3], [0.3, 1]],
  outputs: ["valuePerShare"],
});
const result = await simulation.run({ trials: 100_000, seed: 7 });
const share = result.output("valuePerShare");
console.log(`mean               ${share.mean.toFixed(6)}`);
console.log(`5 % to 95 %        ${share.quantile(0.05).toFixed(6)} to ${share.quantile(0.95).toFixed(6)}`);
console.log(`chance above 10    ${share.probabilityAbove(10).toFixed(6)}`);

try {
  evaluate("npv", { rate: -2, cashflows: [-100, 110] });
} catch (error) {
  if (!(error instanceof ValorError)) {
    throw error;
  }
  console.log(`refused            ${error.kind} at ${error.field}: ${error.message}`);
}

const registry = new Registry();
registry.register("dcf", "cautious", "dcf");
registry.register("dcf", "bold", "dcf");
const arms = [
  { key: "a", variant: "cautious", weightPpm: 500_000 },
  { key: "b", variant: "bold", weightPpm: 500_000 },
];
const experiment = { id: "first", status: "Running", salt: "AAECAwQFBgcICQoLDA0ODw==", arms, control: "a" };
registry.apply({ schema: 1, scope: "Global", version: 0, models: { dcf: { experiment } } });
for (const unit of ["ada", "grace"]) {
  const { served, experiment: exposure } = registry.resolve("dcf", { unit });
  console.log(`${unit.padEnd(19)}${served} at point ${exposure.point}`);
}
