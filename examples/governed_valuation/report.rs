//! The report: from the answers of the models to one HTML page.

use serde_json::Value;
use valor_ivx::model::Explanation;
use valor_ivx::report::{
    Bridge, CashFlow, Distribution, Emphasis, ForecastYear, Format, HeatAxis, HeatMap, Marker, Page, Picture,
    Reference, RunAccount, Table, TornadoChart, TornadoDriver, Waterfall, WaterfallStep, show_count,
};

use crate::assumptions::{
    COST_OF_CAPITAL, Company, DRIVERS, ENDS, GRID_COST, GRID_GROWTH, LEAST_SPREAD, TERMINAL_GROWTH,
};

/// Everything the report shows: the company, the inputs and the answers of the runs.
pub(crate) struct Story<'a> {
    pub(crate) company: &'a Company,
    pub(crate) price: f64,
    pub(crate) dcf_input: &'a Value,
    pub(crate) valuation: &'a Value,
    pub(crate) explanation: Explanation,
    pub(crate) simulation: &'a Value,
    pub(crate) grid: &'a Value,
    pub(crate) tornado: &'a Value,
    pub(crate) account: RunAccount,
}

/// A number of a model's answer; one that is not there is shown as undefined.
fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or(f64::NAN)
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().map(Vec::as_slice).unwrap_or_default().iter().map(number).collect()
}

fn dollars() -> Format {
    Format::money("$", 2)
}

fn whole_dollars() -> Format {
    Format::money("$", 0)
}

fn billions() -> Format {
    Format::money("$", 1).scaled(1e-3, "bn")
}

impl Story<'_> {
    fn per_share(&self) -> &Value {
        &self.simulation["outputs"]["value_per_share"]
    }

    pub(crate) fn value_per_share(&self) -> f64 {
        number(&self.valuation["value_per_share"])
    }

    pub(crate) fn quantile(&self, p: f64) -> f64 {
        let quantiles = self.per_share()["quantiles"].as_array().map(Vec::as_slice).unwrap_or_default();
        quantiles
            .iter()
            .find(|quantile| number(&quantile["p"]) == p)
            .map_or(f64::NAN, |quantile| number(&quantile["value"]))
    }

    pub(crate) fn probability_above(&self) -> f64 {
        number(&self.per_share()["probabilities"][0]["above"])
    }

    pub(crate) fn undefined_trials(&self) -> u64 {
        self.simulation["undefined"]["count"].as_u64().unwrap_or_default()
    }

    pub(crate) fn trials(&self) -> u64 {
        self.simulation["trials_completed"].as_u64().unwrap_or_default()
    }

    /// The whole page.
    pub(crate) fn page(&self) -> String {
        let value = self.value_per_share();
        let (low, high) = (whole_dollars().show(self.quantile(0.05)), whole_dollars().show(self.quantile(0.95)));
        let above = Format::percent(1).show(self.probability_above());
        let price = whole_dollars().show(self.price);
        let terminal = Format::percent(0).show(number(&self.valuation["terminal_share"]));
        let trials = show_count(self.trials());
        Page::new(&self.company.name)
            .eyebrow("Governed valuation: three-stage discounted cash flow")
            .dateline(format!("{}; amounts in {}", self.company.source, self.company.currency))
            .standfirst(format!(
                "The model puts a share at {}. Nine in ten simulated outcomes lie between {low} and {high}; {above} of them \
                 exceed {price}.",
                dollars().show(value)
            ))
            .headline("Value per share", dollars().show(value), "base case")
            .headline("90% range", format!("{low}–{high}"), format!("p5 to p95 of {trials} trials"))
            .headline(format!("Above {price}"), above, "of trials")
            .headline(
                "Enterprise value",
                Format::money("$", 0).scaled(1e-3, "bn").show(number(&self.valuation["enterprise_value"])),
                format!("{terminal} of it beyond the forecast"),
            )
            .aside_table(self.key_figures())
            .aside_table(self.bridge())
            .aside_table(self.account.table("The governed run"))
            .heading("What a share is worth")
            .paragraph(format!(
                "Growth is the path of the revenue forecast “{}” ({}). Margins, taxes and reinvestment are assumed by \
                 stage, in the table below. Five drivers, correlated, move together in the simulation; a trial whose terminal \
                 value does not exist is counted and left out, never moved into range.",
                self.account.variant, self.account.why
            ))
            .picture(self.distribution(), self.undefined_remark())
            .picture(self.cash_flow(), "The two panels have different scales.")
            .picture(self.explanation(), "")
            .heading("What it depends on")
            .picture(self.heat_map(), "")
            .picture(self.tornado(), "Each driver alone, moved by about the width of its middle 80%.")
            .heading("What was assumed")
            .table(self.stages())
            .table(drivers())
            .note(format!(
                "Reported figures: {}. {price} is a value to compare with, not a quotation. Working capital is taken to grow \
                 with no claim on cash. Terminal value by growth for ever at {} from a cost of capital of {}; flows arrive in \
                 the middle of each year. This page shows what the library does; it is no advice to buy or sell.",
                self.company.source,
                Format::percent(1).show(TERMINAL_GROWTH),
                Format::percent(1).show(COST_OF_CAPITAL)
            ))
            .to_html()
    }

    /// The value of equity as the sum that the model itself tells.
    fn explanation(&self) -> Picture {
        let steps: Vec<_> = self.explanation.lines.iter().map(WaterfallStep::from).collect();
        Waterfall { title: "What the value consists of", steps: &steps, result: "Equity", format: billions() }.draw()
    }

    fn undefined_remark(&self) -> String {
        let points = Format::number(2).show(LEAST_SPREAD * 100.0);
        format!(
            "{} of {} trials are undefined (cost of capital within {points} points of terminal growth); all shares are of the \
             others.",
            show_count(self.undefined_trials()),
            show_count(self.trials())
        )
    }

    fn key_figures(&self) -> Table {
        let percent = Format::percent(1);
        let multiple = Format::number(1).scaled(1.0, "×");
        let revenue = self.company.revenue();
        Table::new("Key figures")
            .row([format!("Revenue, fiscal {}", self.company.fiscal_year), billions().show(revenue)])
            .row(["Operating income".to_owned(), billions().show(self.company.operating_income)])
            .row(["Operating margin".to_owned(), percent.show(self.company.operating_income / revenue)])
            .row(["Effective tax rate".to_owned(), percent.show(self.company.effective_tax_rate)])
            .row([
                "Net capital expenditure".to_owned(),
                billions().show(self.company.additions_to_property - self.company.depreciation_and_amortisation),
            ])
            .row(["Cost of capital".to_owned(), percent.show(COST_OF_CAPITAL)])
            .row(["Terminal growth".to_owned(), percent.show(TERMINAL_GROWTH)])
            .row([
                "Firm value to revenue, year 1".to_owned(),
                multiple.show(number(&self.valuation["entry_multiples"]["revenue"])),
            ])
            .row([
                "Firm value to operating income, year 1".to_owned(),
                multiple.show(number(&self.valuation["entry_multiples"]["ebit"])),
            ])
    }

    fn bridge(&self) -> Table {
        let items: Vec<_> = self.valuation["bridge"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default()
            .iter()
            .map(|item| {
                let name = match item["name"].as_str() {
                    Some("debt") => "Debt",
                    Some("cash") => "Cash and short-term investments",
                    other => other.unwrap_or("other"),
                };
                (name.to_owned(), number(&item["amount"]))
            })
            .filter(|(_, amount)| *amount != 0.0)
            .collect();
        Bridge {
            title: "From the firm to a share",
            explicit_present_value: number(&self.valuation["pv_fcff"]),
            terminal_present_value: number(&self.valuation["pv_terminal"]),
            enterprise_value: number(&self.valuation["enterprise_value"]),
            items: &items,
            equity_value: number(&self.valuation["equity_value"]),
            per_share: Some((number(&self.valuation["diluted_shares"]), number(&self.valuation["value_per_share"]))),
            amounts: billions(),
            shares: Format::number(0).scaled(1.0, "m"),
            price: dollars(),
        }
        .table()
    }

    fn distribution(&self) -> Picture {
        let histogram = &self.per_share()["histogram"];
        let count = |value: &Value| value.as_u64().unwrap_or_default();
        let counts: Vec<_> =
            histogram["counts"].as_array().map(Vec::as_slice).unwrap_or_default().iter().map(count).collect();
        let markers = [("p5", 0.05), ("median", 0.5), ("p95", 0.95)]
            .map(|(label, p)| Marker { label: label.into(), value: self.quantile(p) });
        Distribution {
            title: &format!("Value per share in {} trials", show_count(self.trials())),
            quantity: "value per share",
            edges: &numbers(&histogram["edges"]),
            counts: &counts,
            below: count(&histogram["below"]),
            above: count(&histogram["above"]),
            markers: &markers,
            reference: Some(Reference {
                label: "Price".into(),
                value: self.price,
                probability_above: self.probability_above(),
            }),
            format: whole_dollars(),
        }
        .draw()
    }

    fn cash_flow(&self) -> Picture {
        let schedule = &self.valuation["schedule"];
        let years: Vec<_> = numbers(&schedule["fcff"])
            .into_iter()
            .zip(numbers(&schedule["pv"]))
            .zip(self.company.fiscal_year + 1..)
            .map(|((flow, present_value), year)| ForecastYear { label: year.to_string(), flow, present_value })
            .collect();
        CashFlow {
            title: "Free cash flow by fiscal year, and what it adds up to",
            years: &years,
            terminal_present_value: number(&self.valuation["pv_terminal"]),
            format: Format::money("$", 0).scaled(1e-3, "bn"),
        }
        .draw()
    }

    fn heat_map(&self) -> Picture {
        let cells: Vec<_> = self.grid["values"]["value_per_share"]
            .as_array()
            .map(Vec::as_slice)
            .unwrap_or_default()
            .iter()
            .map(Value::as_f64)
            .collect();
        let at = |values: &[f64], base: f64| values.iter().position(|&value| value == base);
        HeatMap {
            title: "Value per share by terminal growth and cost of capital",
            rows: HeatAxis {
                label: "terminal growth",
                values: &GRID_GROWTH,
                format: Format::percent(1),
                base: at(&GRID_GROWTH, TERMINAL_GROWTH),
            },
            columns: HeatAxis {
                label: "cost of capital",
                values: &GRID_COST,
                format: Format::percent(1),
                base: at(&GRID_COST, COST_OF_CAPITAL),
            },
            cells: &cells,
            pivot: (self.price, "price"),
            format: whole_dollars(),
        }
        .draw()
    }

    fn tornado(&self) -> Picture {
        let rows = self.tornado["rows"].as_array().map(Vec::as_slice).unwrap_or_default();
        let drivers: Vec<_> = rows
            .iter()
            .map(|row| {
                let path = row["path"].as_str().unwrap_or_default();
                let known = DRIVERS.iter().position(|driver| driver.path == path);
                let (name, low_input, high_input) =
                    known.map_or((path, "low", "high"), |index| (DRIVERS[index].name, ENDS[index].0, ENDS[index].1));
                TornadoDriver {
                    name: name.into(),
                    low_input: low_input.into(),
                    high_input: high_input.into(),
                    low: row["low_output"].as_f64(),
                    high: row["high_output"].as_f64(),
                }
            })
            .collect();
        TornadoChart {
            title: "What moves the value",
            quantity: "value per share",
            base: number(&self.tornado["base"]),
            drivers: &drivers,
            format: whole_dollars(),
        }
        .draw()
    }

    fn stages(&self) -> Table {
        let percent = Format::percent(1);
        let headings = ["Stage", "Growth a year", "Operating margin", "Tax rate", "Sales to capital"];
        let mut table = Table::new("Stages of the forecast").headings(headings);
        let mut first = u64::from(self.company.fiscal_year) + 1;
        for stage in self.dcf_input["stages"].as_array().map(Vec::as_slice).unwrap_or_default() {
            let last = first + stage["years"].as_u64().unwrap_or(1) - 1;
            table = table.row([
                format!("Fiscal {first} to {last}"),
                percent.show(number(&stage["growth"])),
                percent.show(number(&stage["ebit_margin"])),
                percent.show(number(&stage["tax_rate"])),
                Format::number(1).show(number(&stage["sales_to_capital"])),
            ]);
            first = last + 1;
        }
        table.row_as(
            Emphasis::Total,
            [
                format!("From fiscal {first} on"),
                percent.show(TERMINAL_GROWTH),
                String::new(),
                String::new(),
                String::new(),
            ],
        )
    }
}

fn drivers() -> Table {
    DRIVERS
        .iter()
        .fold(Table::new("Drivers of the simulation").headings(["Driver", "Drawn as"]).of_text(), |table, driver| {
            table.row([driver.name, driver.law])
        })
}
