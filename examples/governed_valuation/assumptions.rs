//! What the valuation is told: the company's own figures from a file, and what is assumed beyond them.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};
use valor_ivx::Error;

/// Years of each stage; together as long as the growth path.
const STAGE_YEARS: [usize; 3] = [4, 3, 3];
/// Operating margin of each stage: today's, then giving way to competition.
const MARGINS: [f64; 3] = [0.446, 0.43, 0.41];
/// Tax rate of each stage: today's, then nearer to the statutory one.
const TAX_RATES: [f64; 3] = [0.18, 0.18, 0.20];
/// Revenue added for each dollar of net capital expenditure; 1.5 is fiscal 2024's.
const SALES_TO_CAPITAL: [f64; 3] = [1.5, 1.7, 1.9];
pub(crate) const COST_OF_CAPITAL: f64 = 0.085;
pub(crate) const TERMINAL_GROWTH: f64 = 0.03;
/// A terminal value is undefined unless the cost of capital exceeds terminal growth by more than this.
pub(crate) const LEAST_SPREAD: f64 = 0.0175;

/// Figures of one company, in millions of its currency but for rates.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Company {
    pub(crate) name: String,
    pub(crate) source: String,
    pub(crate) currency: String,
    pub(crate) unit: String,
    pub(crate) fiscal_year: u32,
    pub(crate) revenue_by_fiscal_year: BTreeMap<u32, f64>,
    pub(crate) operating_income: f64,
    pub(crate) depreciation_and_amortisation: f64,
    pub(crate) additions_to_property: f64,
    pub(crate) effective_tax_rate: f64,
    pub(crate) cash_and_short_term_investments: f64,
    pub(crate) commercial_paper: f64,
    pub(crate) current_portion_of_long_term_debt: f64,
    pub(crate) long_term_debt: f64,
    pub(crate) diluted_shares: f64,
}

impl Company {
    pub(crate) fn read(path: &Path) -> Result<Self, Error> {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| Error::not_found("unreadable_file", format!("{shown}: {error}")))?;
        let company: Self = serde_json::from_str(&text)
            .map_err(|error| Error::invalid_input("data", shown.clone(), format!("figures of a company: {error}")))?;
        if company.unit != "millions" || company.revenue_by_fiscal_year.keys().next_back() != Some(&company.fiscal_year)
        {
            let constraint = "figures in millions whose last revenue is that of the fiscal year";
            return Err(Error::invalid_input("data", shown, constraint));
        }
        Ok(company)
    }

    pub(crate) fn revenue(&self) -> f64 {
        self.revenue_by_fiscal_year.values().next_back().copied().unwrap_or_default()
    }

    pub(crate) fn debt(&self) -> f64 {
        self.commercial_paper + self.current_portion_of_long_term_debt + self.long_term_debt
    }

    /// Input of the revenue forecast.
    pub(crate) fn forecast_input(&self) -> Value {
        let years: usize = STAGE_YEARS.iter().sum();
        json!({"revenue": self.revenue_by_fiscal_year.values().collect::<Vec<_>>(), "years": years})
    }

    /// Input of the discounted cash flow: each stage grows at the compound rate of its years on the path.
    pub(crate) fn dcf_input(&self, growth_path: &[f64]) -> Value {
        let mut path = growth_path.iter();
        let stages: Vec<_> = (0..STAGE_YEARS.len())
            .map(|stage| {
                let years = STAGE_YEARS[stage];
                let compounded: f64 = path.by_ref().take(years).map(|growth| 1.0 + growth).product();
                json!({
                    "years": years,
                    "growth": compounded.powf(1.0 / years as f64) - 1.0,
                    "ebit_margin": MARGINS[stage],
                    "tax_rate": TAX_RATES[stage],
                    "sales_to_capital": SALES_TO_CAPITAL[stage],
                })
            })
            .collect();
        json!({
            "base_revenue": self.revenue(),
            "stages": stages,
            "wacc": COST_OF_CAPITAL,
            "mid_year": true,
            "terminal": {"method": "gordon", "growth": TERMINAL_GROWTH, "min_spread": LEAST_SPREAD},
            "bridge": {"debt": self.debt(), "cash": self.cash_and_short_term_investments},
            "shares": self.diluted_shares,
        })
    }
}

/// A driver of the simulation, in the order of the correlation matrix.
pub(crate) struct Driver {
    pub(crate) name: &'static str,
    pub(crate) path: &'static str,
    pub(crate) law: &'static str,
}

pub(crate) const DRIVERS: [Driver; 5] = [
    Driver { name: "Growth, all stages", path: "stages[*].growth", law: "shifted by a normal, sd 2 points" },
    Driver {
        name: "Operating margin, all stages",
        path: "stages[*].ebit_margin",
        law: "shifted by a normal, sd 2.5 points",
    },
    Driver { name: "Cost of capital", path: "wacc", law: "normal, mean 8.5%, sd 1 point" },
    Driver { name: "Terminal growth", path: "terminal.growth", law: "triangular, 2% to 4%, mode 3%" },
    Driver {
        name: "Sales to capital, all stages",
        path: "stages[*].sales_to_capital",
        law: "scaled by a lognormal, mean 1, sd 0.15",
    },
];

/// Correlations of the drivers: growth with margin, growth with what it takes, rates with terminal growth.
const CORRELATION: [[f64; 5]; 5] = [
    [1.0, 0.3, 0.1, 0.2, 0.2],
    [0.3, 1.0, 0.0, 0.0, 0.1],
    [0.1, 0.0, 1.0, 0.4, 0.0],
    [0.2, 0.0, 0.4, 1.0, 0.0],
    [0.2, 0.1, 0.0, 0.0, 1.0],
];

/// Round edges of sixty bins about a value.
pub(crate) fn histogram_edges(value: f64) -> Vec<f64> {
    let width = (value * 0.028 / 5.0).round().max(1.0) * 5.0;
    let first = (value * 0.3 / width).floor() * width;
    (0..=60).map(|bin| first + f64::from(bin) * width).collect()
}

/// What a simulation of the discounted cash flow draws and tells; `edges` bound the bins of its histogram.
pub(crate) fn simulation(trials: u64, seed: u64, price: f64, edges: &[f64]) -> Value {
    let laws = [
        ("shift", json!({"type": "normal", "mean": 0.0, "sd": 0.02})),
        ("shift", json!({"type": "normal", "mean": 0.0, "sd": 0.025})),
        ("set", json!({"type": "normal", "mean": COST_OF_CAPITAL, "sd": 0.01})),
        ("set", json!({"type": "triangular", "low": 0.02, "mode": TERMINAL_GROWTH, "high": 0.04})),
        ("scale", json!({"type": "lognormal", "mean": 1.0, "sd": 0.15})),
    ];
    let draws: Vec<_> = DRIVERS
        .iter()
        .zip(laws)
        .map(|(driver, (mode, distribution))| json!({"path": driver.path, "mode": mode, "distribution": distribution}))
        .collect();
    json!({
        "draws": draws,
        "dependence": {"matrix": CORRELATION},
        "outputs": ["value_per_share"],
        "trials": trials,
        "seed": seed,
        "on_undefined": "discard",
        "statistics": {
            "quantiles": [0.05, 0.25, 0.5, 0.75, 0.95],
            "thresholds": {"value_per_share": [price]},
            "edges": {"value_per_share": edges},
        },
    })
}

pub(crate) const GRID_GROWTH: [f64; 5] = [0.02, 0.025, 0.03, 0.035, 0.04];
pub(crate) const GRID_COST: [f64; 7] = [0.055, 0.065, 0.075, 0.085, 0.095, 0.105, 0.115];

/// Input of the grid of terminal growth against cost of capital.
pub(crate) fn grid_input(dcf: &Value) -> Value {
    json!({
        "model": "dcf",
        "input": dcf,
        "outputs": ["value_per_share"],
        "axes": [{"path": "terminal.growth", "values": GRID_GROWTH}, {"path": "wacc", "values": GRID_COST}],
    })
}

/// Ends of each driver in the tornado, about the 10th and 90th percentile of its law: shown as text, then the numbers.
pub(crate) const ENDS: [(&str, &str, f64, f64, &str); 5] = [
    ("−2.5 points", "+2.5 points", -0.025, 0.025, "shift"),
    ("−3 points", "+3 points", -0.03, 0.03, "shift"),
    ("7.2%", "9.8%", 0.072, 0.098, "set"),
    ("2.4%", "3.6%", 0.024, 0.036, "set"),
    ("80%", "120%", 0.8, 1.2, "scale"),
];

/// Input of the tornado.
pub(crate) fn tornado_input(dcf: &Value) -> Value {
    let drivers: Vec<_> = DRIVERS
        .iter()
        .zip(ENDS)
        .map(|(driver, (_, _, low, high, mode))| json!({"path": driver.path, "low": low, "high": high, "mode": mode}))
        .collect();
    json!({"model": "dcf", "input": dcf, "output": "value_per_share", "drivers": drivers})
}
