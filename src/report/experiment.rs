//! The report of an experiment as a page: verdicts, intervals now and over time, the sample-ratio check.

use super::football_field::{FootballFieldChart, FootballRow};
use super::format::{Format, UNDEFINED, show_count};
use super::looks::{LookChart, SeenAt};
use super::outcome::format as spread_format;
use super::page::Page;
use super::picture::Picture;
use super::split::{SplitChart, SplitPart};
use super::table::{Emphasis, Table};
use crate::registry::{
    AnalysisMode, ArmKey, ArmReport, DecidingTest, ExperimentStatus, Invalidity, MetricKind, MetricPlan, MetricReport,
    Report, Verdict,
};

/// The report of an experiment as one page.
///
/// ```
/// # use serde_json::{Value, json};
/// # use std::sync::Arc;
/// # use valor_ivx::registry::{ChangeMeta, FunctionOptions, Registry, RunCx};
/// use valor_ivx::registry::ExperimentId;
/// use valor_ivx::report::experiment;
///
/// # let registry = Registry::new();
/// # for name in ["v1", "v2"] {
/// #     let function = Arc::new(|_: &Value, _: &mut RunCx<'_>| Ok(json!({})));
/// #     registry.register_fn("growth".parse()?, name.parse()?, FunctionOptions::default(), function)?;
/// # }
/// # registry.apply_json(&json!({"schema": 1, "scope": "Global", "version": 0, "models": {"growth": {"experiment": {
/// #     "id": "exp-1", "status": "Running", "salt": "AAECAwQFBgcICQoLDA0ODw==", "control": "a", "arms": [
/// #         {"key": "a", "variant": "v1", "weight_ppm": 700_000}, {"key": "b", "variant": "v2", "weight_ppm": 300_000}],
/// # }}}}), &ChangeMeta::default())?;
/// let id: ExperimentId = "exp-1".parse()?;
/// let html = experiment(&registry.analyze(id)?).to_html();
/// assert!(html.contains("exp-1") && html.contains("not enough data"));
/// # Ok::<(), valor_ivx::Error>(())
/// ```
#[must_use]
pub fn experiment(report: &Report) -> Page {
    let plan = &report.data.plan;
    let sequential = matches!(report.mode, AnalysisMode::Sequential { .. });
    let mode = if sequential { "read at any time" } else { "fixed horizon, read once" };
    let mut page = Page::new(format!("Experiment {}", report.experiment))
        .eyebrow(format!("Experiment on {}; {mode}", report.model))
        .dateline(report.at.to_rfc3339())
        .standfirst(standfirst(report))
        .headline("Units", show_count(report.look.units), format!("{} arms", report.arms.len()))
        .headline("Status", status(&report.status), format!("control {}", report.data.control))
        .headline("Sample ratio", show_p(Some(report.srm.p)), format!("p of the {}", test(report.srm.test)))
        .aside_table(arms(report))
        .aside_table(check(report))
        .heading("What decides")
        .table(findings(report, std::slice::from_ref(&plan.primary)))
        .picture(intervals(report, &plan.primary), interval_remark(report));
    for arm in others(report) {
        page = page.picture(looks(report, &plan.primary, arm.key), "");
    }
    if !plan.secondary.is_empty() {
        page = page.heading("Beside it").table(findings(report, &plan.secondary));
    }
    page = page.heading("Did units fall as they should?").picture(split(report), "");
    for warning in &report.warnings {
        page = page.note(warning);
    }
    page.note(note(report, sequential))
}

fn others(report: &Report) -> impl Iterator<Item = &ArmReport> {
    report.arms.iter().filter(|arm| arm.key != report.data.control)
}

fn standfirst(report: &Report) -> String {
    let said = others(report).map(|arm| {
        let verdict = arm.verdict.map_or_else(|| UNDEFINED.to_owned(), say);
        format!("Arm {} by {}: {verdict}.", arm.key, report.data.plan.primary.name)
    });
    said.collect::<Vec<_>>().join(" ")
}

/// A verdict in words.
fn say(verdict: Verdict) -> String {
    match verdict {
        Verdict::Invalid { why: Invalidity::Srm } => "invalid, units did not fall as the weights say".to_owned(),
        Verdict::Invalid { why: Invalidity::MixedConfig } => "invalid, more than one setting was mixed".to_owned(),
        Verdict::Invalid { why: Invalidity::NoControl } => "invalid, the control had no weight".to_owned(),
        Verdict::Insufficient { need_per_arm: Some(need) } => {
            format!("not enough data, about {} units are needed", show_count(need))
        }
        Verdict::Insufficient { need_per_arm: None } => "not enough data".to_owned(),
        Verdict::NoDifference => "no difference that matters".to_owned(),
        Verdict::Better => "better than the control".to_owned(),
        Verdict::Worse => "worse than the control".to_owned(),
    }
}

fn status(status: &ExperimentStatus) -> &'static str {
    match status {
        ExperimentStatus::Draft => "draft",
        ExperimentStatus::Running => "running",
        ExperimentStatus::Paused { .. } => "paused",
        ExperimentStatus::Stopped => "stopped",
    }
}

fn test(test: DecidingTest) -> &'static str {
    match test {
        DecidingTest::ExactCount => "exact count test",
        DecidingTest::AlwaysValidSequence => "always-valid sequence (asymptotic)",
        DecidingTest::ChiSquare => "chi-square test",
        DecidingTest::Welch => "Welch test",
    }
}

fn show_p(p: Option<f64>) -> String {
    match p {
        Some(p) if p < 0.0001 => "below 0.0001".to_owned(),
        Some(p) => Format::number(4).show(p),
        None => UNDEFINED.to_owned(),
    }
}

/// How differences of a metric are written; of a mean by the size of what was found in all arms.
fn format(report: &Report, metric: &MetricPlan) -> Format {
    match metric.kind {
        MetricKind::Proportion => Format::percent(2),
        MetricKind::LogMean => Format::number(4),
        MetricKind::Mean => {
            let found = others(report).filter_map(|arm| arm.metrics.get(&metric.name));
            let ends = found.flat_map(|found| found.interval.into_iter().flatten().chain(found.estimate).chain([0.0]));
            let (low, high) = ends.fold((0.0_f64, 0.0_f64), |(low, high), end| (low.min(end), high.max(end)));
            spread_format(low, high)
        }
    }
}

fn quantity(metric: &MetricPlan) -> String {
    match metric.kind {
        MetricKind::Proportion => format!("share of units with {}, arm less control", metric.name),
        MetricKind::Mean => format!("mean {}, arm less control", metric.name),
        MetricKind::LogMean => format!("geometric mean {}, arm over control", metric.name),
    }
}

fn arms(report: &Report) -> Table {
    let mut table = Table::new("Arms").headings(["", "Variant", "Units", "Exposures"]);
    for arm in &report.arms {
        let cells = [arm.key.to_string(), arm.variant.to_string(), show_count(arm.units), show_count(arm.exposures)];
        let emphasis = if arm.key == report.data.control { Emphasis::Total } else { Emphasis::Plain };
        table = table.row_as(emphasis, cells);
    }
    table
}

fn check(report: &Report) -> Table {
    let verdict = if report.srm.p < report.data.plan.srm_alpha { "failed" } else { "passed" };
    Table::new("Sample-ratio check")
        .row(["Test", test(report.srm.test)])
        .row(["p", &show_p(Some(report.srm.p))])
        .row(["Chi-square", &Format::number(3).show(report.srm.chi_square)])
        .row(["Degrees of freedom", &report.srm.df.to_string()])
        .row_as(Emphasis::Result, ["Result", verdict])
        .of_text()
}

fn findings(report: &Report, metrics: &[MetricPlan]) -> Table {
    let mut table = Table::new("").headings(["", "Estimate", "Interval", "p", "p, adjusted", "Verdict"]);
    for metric in metrics {
        let by = others(report).find_map(|arm| arm.metrics.get(&metric.name)).map(|found| found.test);
        let by = by.map_or_else(String::new, |by| format!(", by the {}", test(by)));
        table.push(Emphasis::Heading, [format!("{}{by}", quantity(metric))]);
        let show = format(report, metric);
        for arm in others(report) {
            let Some(found) = arm.metrics.get(&metric.name) else { continue };
            let shown = |value: Option<f64>| value.map_or_else(|| UNDEFINED.to_owned(), |value| show.show(value));
            let interval = found.interval.map_or_else(
                || "not yet".to_owned(),
                |[low, high]| format!("{} to {}", show.show(low), show.show(high)),
            );
            table.push(
                Emphasis::Plain,
                [
                    format!("arm {}", arm.key),
                    shown(found.estimate),
                    interval,
                    show_p(found.p),
                    show_p(found.p_adjusted),
                    verdict_of(found),
                ],
            );
        }
    }
    table
}

/// A verdict in a word or two, for the cell of a table.
fn verdict_of(found: &MetricReport) -> String {
    let verdict = match found.verdict {
        Verdict::Invalid { .. } => "invalid",
        Verdict::Insufficient { .. } => "not enough data",
        Verdict::NoDifference => "no difference",
        Verdict::Better => "better",
        Verdict::Worse => "worse",
    };
    let margin = if found.practically_equivalent { ", within the margin" } else { "" };
    format!("{verdict}{margin}")
}

fn intervals(report: &Report, metric: &MetricPlan) -> Picture {
    let row = |arm: &ArmReport| {
        let found = arm.metrics.get(&metric.name);
        let [low, high] = found.and_then(|found| found.interval).unwrap_or([f64::NAN; 2]);
        let mid = found.and_then(|found| found.estimate).unwrap_or(f64::NAN);
        FootballRow { name: format!("arm {}", arm.key), low, mid, high }
    };
    let rows: Vec<FootballRow> = others(report).map(row).collect();
    FootballFieldChart {
        title: "Each arm beside the control",
        quantity: &quantity(metric),
        rows: &rows,
        price: Some(("no difference", metric.kind.neutral())),
        overlap: None,
        format: format(report, metric),
    }
    .draw()
}

fn interval_remark(report: &Report) -> String {
    let missing = others(report)
        .any(|arm| arm.metrics.get(&report.data.plan.primary.name).is_some_and(|found| found.interval.is_none()));
    let text = if missing { "Where no interval is drawn, there are too few units for one." } else { "" };
    text.to_owned()
}

fn looks(report: &Report, metric: &MetricPlan, arm: ArmKey) -> Picture {
    let all = report.data.looks.iter().chain([&report.look]);
    let seen: Vec<SeenAt> = all
        .filter_map(|look| {
            let sight = look.sights.iter().find(|sight| sight.arm == arm && sight.metric == metric.name)?;
            Some(SeenAt { count: look.units, estimate: sight.estimate, interval: sight.interval })
        })
        .collect();
    LookChart {
        title: &format!("Arm {arm} over time"),
        quantity: &quantity(metric),
        counted: "units",
        looks: &seen,
        neutral: metric.kind.neutral(),
        margin: metric.equivalence,
        format: format(report, metric),
    }
    .draw()
}

/// What each arm has, and should have by the weights of the epochs.
fn split(report: &Report) -> Picture {
    let due = |place: usize| {
        let of_epochs = report.data.epochs.iter().map(|epoch| {
            let units: f64 = epoch.tallies.iter().map(|tally| tally.units as f64).sum();
            let weight = epoch.weights_ppm.get(place).copied().unwrap_or_default();
            units * f64::from(weight) / 1e6
        });
        of_epochs.sum::<f64>()
    };
    let all = report.look.units as f64;
    let part = |(place, arm): (usize, &ArmReport)| SplitPart {
        name: format!("arm {}", arm.key),
        count: arm.units,
        due: if all > 0.0 { due(place) / all } else { f64::from(arm.weight_ppm) / 1e6 },
    };
    let parts: Vec<SplitPart> = report.arms.iter().enumerate().map(part).collect();
    SplitChart { title: "Units by arm", counted: "units", parts: &parts }.draw()
}

fn note(report: &Report, sequential: bool) -> String {
    let plan = &report.data.plan;
    let alpha = Format::percent(1).show(plan.alpha);
    if sequential {
        format!(
            "Chance of a false alarm over all looks: {alpha}. Shares are decided by the exact count test (Lindon and \
             Malek, 2022), means by a Gaussian-mixture sequence, which holds in large samples."
        )
    } else {
        format!("Chance of a false alarm at one look: {alpha}. An earlier or second look raises it.")
    }
}
