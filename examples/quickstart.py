"""Quick start: value a company, simulate it, read a refusal, route between variants. As quickstart.rs and .mjs."""

import valor_ivx
from valor_ivx import Dcf, Registry, Simulation, ValorError, normal, triangular

company = Dcf(
    base_revenue=500,
    stages=[
        {"years": 3, "growth": 0.12, "ebit_margin": 0.2, "sales_to_capital": 2.5},
        {"years": 3, "growth": 0.08, "ebit_margin": 0.22, "sales_to_capital": 2.5},
        {"years": 1, "growth": 0.04, "ebit_margin": 0.24, "sales_to_capital": 2.5},
    ],
    tax_rate=0.23,
    wacc=0.09,
    terminal={"method": "gordon", "growth": 0.025},
    bridge={"net_debt": 300},
    shares=150,
)
value = company.value()
print(f"value per share    {value.value_per_share:.6f}")
print(f"enterprise value   {value.enterprise_value:.6f}")

simulation = Simulation(
    company,
    draws={"wacc": normal(0.09, 0.005), "terminal.growth": triangular(0.02, 0.025, 0.03)},
    correlation=[[1.0, 0.3], [0.3, 1.0]],
    outputs=["value_per_share"],
)
result = simulation.run(trials=100_000, seed=7)
share = result["value_per_share"]
print(f"mean               {share.mean:.6f}")
print(f"5 % to 95 %        {share.quantile(0.05):.6f} to {share.quantile(0.95):.6f}")
print(f"chance above 10    {share.probability_above(10.0):.6f}")

try:
    valor_ivx.evaluate("npv", {"rate": -2.0, "cashflows": [-100.0, 110.0]})
except ValorError as error:
    print(f"refused            {error.kind} at {error.field}: {error}")

registry = Registry()
registry.register("dcf", "cautious", "dcf")
registry.register("dcf", "bold", "dcf")
arms = [
    {"key": "a", "variant": "cautious", "weight_ppm": 500_000},
    {"key": "b", "variant": "bold", "weight_ppm": 500_000},
]
experiment = {"id": "first", "status": "Running", "salt": "AAECAwQFBgcICQoLDA0ODw==", "arms": arms, "control": "a"}
registry.apply({"schema": 1, "scope": "Global", "version": 0, "models": {"dcf": {"experiment": experiment}}})
for unit in ("ada", "grace"):
    resolution = registry.resolve("dcf", unit=unit)
    print(f"{unit:<19}{resolution.served} at point {resolution.experiment.point}")
