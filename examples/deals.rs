//! One company seen by a buyer, a sponsor and an analyst: a leveraged buy-out, a merger, a football field
//! and what a bad case would change, each with its picture, as one page.
//!
//! `cargo run --release --features report --example deals` writes `out/deals.html`.
#![allow(clippy::print_stdout, reason = "an example shows what it finds")]

use serde_json::{Value, json};
use valor_ivx::report::{
    FootballFieldChart, FootballRow, Format, FundsItem, Page, Picture, SourcesAndUses, Waterfall, WaterfallStep,
};
use valor_ivx::{Error, evaluate, explain, scenario};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let page = page()?;
    std::fs::create_dir_all("out")?;
    std::fs::write("out/deals.html", page)?;
    println!("report   out/deals.html");
    Ok(())
}

fn millions() -> Format {
    Format::money("$", 0).scaled(1.0, "m")
}

/// The company on its own.
fn company() -> Value {
    json!({
        "base_revenue": 500, "tax_rate": 0.25, "wacc": 0.09, "shares": 50, "bridge": {"net_debt": 100},
        "stages": [
            {"years": 5, "growth": 0.06, "ebit_margin": 0.17, "sales_to_capital": 2.5, "nwc_pct": 0.15},
            {"years": 5, "growth": 0.03, "ebit_margin": 0.16, "sales_to_capital": 2.5, "nwc_pct": 0.15, "fade": "linear"}
        ],
        "base": {"growth": 0.06},
        "terminal": {"method": "value_driver", "growth": 0.02}
    })
}

fn buy_out() -> Value {
    json!({
        "years": 5, "base_revenue": 500, "revenue_growth": [0.08, 0.07, 0.06, 0.05, 0.04], "ebitda_margin": 0.2,
        "da_pct": 0.03, "capex_pct": 0.04, "nwc_pct": 0.15, "tax_rate": 0.25, "purchase_price": 1000,
        "transaction_fees": 20, "minimum_cash": 10,
        "tranches": [
            {"name": "Senior", "amount": 360, "rate": 0.06, "fee_pct": 0.02, "sweep_priority": 1},
            {"name": "Mezzanine", "amount": 180, "rate": 0.1, "sweep_priority": 2},
            {"name": "High yield", "amount": 60, "rate": 0.12}
        ],
        "revolver": {"limit": 50, "rate": 0.06}, "exit": {"multiple": 10.5}
    })
}

fn merger() -> Value {
    let target = json!({
        "shares": 50, "share_price": 10.5, "revenue": 500, "ebitda": 100, "da": 15, "interest": 6, "net_debt": 100
    });
    json!({
        "years": 3,
        "acquirer": {
            "shares": 100, "share_price": 24, "revenue": 1800, "ebitda": 330, "da": 70, "interest": 20,
            "net_debt": 400, "tax_rate": 0.25
        },
        "target": target, "offer": {"premium": 0.3}, "consideration": {"cash_pct": 0.6, "stock_pct": 0.4},
        "financing": {"new_debt_rate": 0.065, "financing_fees": 8}, "advisory_fees": 12,
        "ppa": {"intangibles": 150, "intangibles_life": 10},
        "synergies": {"cost": 30, "ramp": [0.5, 1], "discount_rate": 0.1}
    })
}

fn page() -> Result<String, Error> {
    let buy_out = buy_out();
    let lbo = evaluate("lbo", &buy_out)?;
    let merged = evaluate("merger", merger())?;
    let percent = Format::percent(1);
    let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
    Ok(Page::new("One company, four views")
        .eyebrow("Buy-out, merger, ranges and a bad case")
        .standfirst(format!(
            "A sponsor earns {} a year; the merger changes the acquirer's earnings a share by {} in its first year.",
            percent.show(number(&lbo["irr"])),
            percent.show(number(&merged["schedule"]["accretion_pct"][0]))
        ))
        .headline("Sponsor's return", percent.show(number(&lbo["irr"])), "internal rate, five years")
        .headline("Money multiple", Format::number(2).scaled(1.0, "×").show(number(&lbo["moic"])), "of what is put in")
        .headline("Offer", Format::money("$", 2).show(number(&merged["offer_price"])), "a share")
        .heading("The buy-out")
        .picture(funds(&lbo), "")
        .picture(bridge("lbo", &buy_out, "What the owners gain comes from", "Gain", millions())?, "")
        .heading("The merger")
        .picture(
            bridge("merger", &merger(), "From own earnings to joint ones", "Together", Format::money("$", 3))?,
            "A share of the acquirer, first year.",
        )
        .heading("What a share may be worth")
        .picture(ranges()?, "")
        .heading("What a bad case changes")
        .picture(bad_case()?, "Each change in the order of the fields, on top of those before it.")
        .to_html())
}

fn funds(lbo: &Value) -> Picture {
    let items = |side: &Value| -> Vec<FundsItem> {
        let named = side.as_object().into_iter().flatten().filter(|(name, _)| *name != "total");
        named
            .map(|(name, amount)| FundsItem {
                name: name.replace('_', " "),
                amount: amount.as_f64().unwrap_or(f64::NAN),
            })
            .collect()
    };
    SourcesAndUses {
        title: "Sources and uses",
        sources: &items(&lbo["sources"]),
        uses: &items(&lbo["uses"]),
        format: millions(),
    }
    .draw()
}

/// A model's own explanation as a picture.
fn bridge(model: &str, input: &Value, title: &str, result: &str, format: Format) -> Result<Picture, Error> {
    let explanation = explain(model, input)?;
    println!("{explanation}\n");
    let steps: Vec<_> = explanation.lines.iter().map(WaterfallStep::from).collect();
    Ok(Waterfall { title, steps: &steps, result, format }.draw())
}

fn ranges() -> Result<Picture, Error> {
    let peer = |name: &str, enterprise_value: f64, ebitda: f64| json!({"name": name, "enterprise_value": enterprise_value, "ebitda": ebitda});
    let comparables = evaluate(
        "comparables",
        json!({
            "peers": [peer("A", 900.0, 95.0), peer("B", 1400.0, 130.0), peer("C", 640.0, 72.0), peer("D", 1150.0, 104.0)],
            "target": {"ebitda": 100, "net_debt": 100, "shares": 50}, "multiples": ["ev/ebitda"]
        }),
    )?;
    let multiple = &comparables["multiples"]["ev/ebitda"];
    let at = |field: &str| (multiple[field].as_f64().unwrap_or(f64::NAN) * 100.0 - 100.0) / 50.0;
    let field = evaluate(
        "football_field",
        json!({
            "price": 13.65,
            "rows": [
                {"name": "Cash flows, cost of capital 8% to 10%", "model": "dcf", "input": company(),
                 "output": "value_per_share", "path": "wacc", "low_value": 0.08, "high_value": 0.1},
                {"name": "Cash flows, margins a point up or down", "model": "dcf", "input": company(),
                 "output": "value_per_share", "path": "stages[1].ebit_margin", "low_value": 0.15, "high_value": 0.17},
                {"name": "Peers, quartiles of EV to EBITDA", "low": at("p25"), "mid": at("median"), "high": at("p75")}
            ]
        }),
    )?;
    let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
    let rows: Vec<_> = field["rows"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|row| FootballRow {
            name: row["name"].as_str().unwrap_or_default().to_owned(),
            low: number(&row["low"]),
            mid: number(&row["mid"]),
            high: number(&row["high"]),
        })
        .collect();
    Ok(FootballFieldChart {
        title: "Ranges by method",
        quantity: "Value per share",
        rows: &rows,
        price: Some(("Offer", 13.65)),
        overlap: field["overlap"]["low"].as_f64().zip(field["overlap"]["high"].as_f64()),
        format: Format::money("$", 2),
    }
    .draw())
}

/// From the base to a bad case, change by change.
fn bad_case() -> Result<Picture, Error> {
    let base = company();
    let mut bad = base.clone();
    bad["wacc"] = json!(0.1);
    bad["stages"][0]["growth"] = json!(0.03);
    bad["stages"][0]["ebit_margin"] = json!(0.15);
    bad["stages"][1]["ebit_margin"] = json!(0.14);
    bad["terminal"]["growth"] = json!(0.015);
    let changed: Vec<_> = scenario::diff(&base, &bad)?.into_iter().map(|difference| difference.path).collect();
    let explanation = explain(
        "attribution",
        json!({"model": "dcf", "from_input": base, "to_input": bad, "paths": changed, "output": "value_per_share"}),
    )?;
    let start = evaluate("dcf", &base)?["value_per_share"].as_f64().unwrap_or(f64::NAN);
    let first = WaterfallStep { label: "Base case".to_owned(), remark: "value per share".to_owned(), amount: start };
    let steps: Vec<_> = std::iter::once(first).chain(explanation.lines.iter().map(WaterfallStep::from)).collect();
    let format = Format::money("$", 2);
    Ok(Waterfall { title: "From the base to a bad case", steps: &steps, result: "Bad case", format }.draw())
}
