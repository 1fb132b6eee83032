//! A governed valuation from door to door: an analyst values a company, simulates the value a million times,
//! and every step is permitted, routed, measured, audited, kept and replayed. The result is drawn as a page.
//!
//! `cargo run --release --features sqlite,report --example governed_valuation`
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "an example shows what it finds")]

mod arguments;
mod assumptions;
mod forecast;
mod host;
mod report;

use std::cell::Cell;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use serde_json::Value;
use valor_ivx::platform::{GovernedRun, Platform, RunControl, RunRequest};
use valor_ivx::report::{Format, RunAccount, show_count, show_elapsed};
use valor_ivx::simulation::Progress;
use valor_ivx::tenancy::{Audience, Verification, VerifiedPrincipal};
use valor_ivx::{Error, explain};

use arguments::Arguments;
use assumptions::Company;
use report::Story;

fn main() -> ExitCode {
    let outcome = Arguments::read(std::env::args().skip(1)).and_then(|arguments| match arguments {
        Ok(arguments) => tell(&arguments),
        Err(usage) => {
            println!("{usage}");
            Ok(())
        }
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn tell(arguments: &Arguments) -> Result<(), Error> {
    let company = Company::read(&arguments.data)?;
    let unwritable = |error: std::io::Error| {
        Error::unavailable("unwritable_folder", format!("{}: {error}", arguments.out.display()))
    };
    std::fs::create_dir_all(&arguments.out).map_err(unwritable)?;
    let file = arguments.out.join("governed_valuation.db");

    // Who there is.
    let platform = host::open(&file)?;
    let research = host::provision(&platform, &host::RESEARCH)?;
    let small = host::provision(&platform, &host::SMALL)?;
    let [administrator, analyst, viewer] = host::RESEARCH.people else {
        return Err(Error::internal("example", "the house has an administrator, an analyst and a viewer"));
    };
    let ada = host::principal(&platform, research, analyst)?;
    let vera = host::principal(&platform, research, viewer)?;
    let hanne = host::principal(&platform, small, &host::SMALL.people[0])?;

    // What the analyst does: forecast, value, simulate, vary. Five governed runs.
    let forecast = platform.run(&ada, &kept(host::FORECAST, company.forecast_input()))?;
    let dcf_input = company.dcf_input(&growth_path(&forecast)?);
    let valuation = platform.run(&ada, &kept("dcf", dcf_input.clone()))?;
    let simulate = simulation_request(arguments, &dcf_input, &valuation)?;
    let simulated = watched(&platform, &ada, &simulate)?;
    let grid = platform.run(&ada, &kept("sensitivity_grid", assumptions::grid_input(&dcf_input)))?;
    let tornado = platform.run(&ada, &kept("tornado", assumptions::tornado_input(&dcf_input)))?;

    // What is refused.
    let viewer_refusal = refusal(platform.run(&vera, &simulate))?;
    let plan_refusal = refusal(platform.run(&hanne, &simulate))?;

    // What remains when the process ends: the file is opened anew, the run replayed, the chain verified.
    drop(platform);
    let reopened = host::open(&file)?;
    let replay = reopened.replay(&ada, simulated.run_id)?;
    let odd = host::principal(&reopened, research, administrator)?;
    let chain = match reopened.audit().verify(&odd)? {
        Verification::Intact { count, .. } => format!("all {} records of the chain verified", show_count(count)),
        Verification::Broken { seq, kind } => format!("the chain is broken at record {seq}: {kind:?}"),
    };
    let replayed = if replay.identical { "the same bits from the reopened file" } else { "the bits differ" };

    let account = RunAccount {
        person: analyst.name.to_owned(),
        role: analyst.role.to_owned(),
        tenant: host::RESEARCH.name.to_owned(),
        plan: text(&simulated.record["plan"]),
        model: format!("dcf, simulated; growth by {}", host::FORECAST),
        variant: forecast.resolution.served.to_string(),
        why: why(&forecast),
        elapsed: Some(Duration::from_nanos(simulated.elapsed)),
        seed: Some(arguments.seed),
        trials: simulated.output["trials_completed"].as_u64(),
        undefined: simulated.output["undefined"]["count"].as_u64(),
        run_id: simulated.run_id.to_string(),
        audit: format!("record {}; {chain}", simulated.record["audit_seq"]),
        replay: replayed.to_owned(),
    };
    let story = Story {
        company: &company,
        price: arguments.price,
        dcf_input: &dcf_input,
        valuation: &valuation.output,
        explanation: explain("dcf", &dcf_input)?,
        simulation: &simulated.output,
        grid: &grid.output,
        tornado: &tornado.output,
        account,
    };
    let page = arguments.out.join("governed_valuation.html");
    std::fs::write(&page, story.page()).map_err(unwritable)?;

    print_account(&story, &forecast);
    println!("\nRefused");
    println!("  {:<18} {viewer_refusal}", format!("to {}", viewer.role.to_lowercase()));
    println!("  {:<18} {plan_refusal}", format!("on plan {}", host::SMALL.plan));
    println!("\nKept");
    println!("  replay             {replayed}, output {}", replay.output_hash.get(..16).unwrap_or_default());
    println!("  audit              {chain}");
    println!("  runs               {}", shown(&file));
    println!("  report             {}", shown(&page));
    if replay.identical { Ok(()) } else { Err(Error::internal("replay_differs", "the replayed run")) }
}

/// A run that everyone in the tenant may read.
fn kept(model: &str, inputs: Value) -> RunRequest {
    RunRequest { audience: Audience::Tenant, subject: Some("MSFT".to_owned()), ..RunRequest::new(model, inputs) }
}

fn growth_path(forecast: &GovernedRun) -> Result<Vec<f64>, Error> {
    let path = forecast.output["growth_path"].as_array().map(Vec::as_slice).unwrap_or_default();
    let path: Vec<f64> = path.iter().filter_map(Value::as_f64).collect();
    if path.is_empty() { Err(Error::undefined("growth_path", "the forecast gave none")) } else { Ok(path) }
}

fn simulation_request(arguments: &Arguments, dcf_input: &Value, valuation: &GovernedRun) -> Result<RunRequest, Error> {
    let Some(value) = valuation.output["value_per_share"].as_f64() else {
        return Err(Error::undefined("value_per_share", "the valuation has no shares"));
    };
    let edges = assumptions::histogram_edges(value);
    let simulation = assumptions::simulation(arguments.trials, arguments.seed, arguments.price, &edges);
    Ok(RunRequest { simulation: Some(simulation), seed: arguments.seed, ..kept("dcf", dcf_input.clone()) })
}

/// Runs with a bar on the terminal, where there is one.
fn watched(platform: &Platform, who: &VerifiedPrincipal, request: &RunRequest) -> Result<GovernedRun, Error> {
    let drawn = Cell::new(false);
    let bar = |progress: &Progress| {
        const WIDTH: u64 = 40;
        let filled = usize::try_from(progress.done * WIDTH / progress.total.max(1)).unwrap_or_default();
        let (done, open) = ("█".repeat(filled), "░".repeat(40 - filled.min(40)));
        eprint!("\r  {done}{open}  {} of {} trials", show_count(progress.done), show_count(progress.total));
        drawn.set(std::io::stderr().flush().is_ok());
    };
    let progress: Option<&dyn Fn(&Progress)> = if std::io::stderr().is_terminal() { Some(&bar) } else { None };
    let outcome = platform.run_with(who, request, &RunControl { cancel: None, progress });
    if drawn.get() {
        eprint!("\r\x1b[2K");
    }
    outcome
}

/// The text of a refusal that was to be expected.
fn refusal(outcome: Result<GovernedRun, Error>) -> Result<String, Error> {
    match outcome {
        Err(error) => Ok(error.to_string()),
        Ok(run) => Err(Error::internal("not_refused", format!("run {}", run.run_id))),
    }
}

/// Why a variant served, in words.
fn why(run: &GovernedRun) -> String {
    match &run.resolution.experiment {
        Some(tag) => {
            format!("experiment {}, arm {}, by the user’s point {}", tag.id, tag.arm, show_count(tag.point.into()))
        }
        None => format!("{:?}", run.resolution.reason),
    }
}

fn print_account(story: &Story<'_>, forecast: &GovernedRun) {
    let dollars = Format::money("$", 0);
    let account = &story.account;
    println!("{}, {}", story.company.name, story.company.source);
    println!("\nValue");
    println!("  per share          {}", Format::money("$", 2).show(story.value_per_share()));
    println!("  nine in ten        {} to {}", dollars.show(story.quantile(0.05)), dollars.show(story.quantile(0.95)));
    let above = Format::percent(1).show(story.probability_above());
    println!("  above {:<12} {above} of {} trials", dollars.show(story.price), show_count(story.trials()));
    println!("  undefined          {} trials, counted and left out", show_count(story.undefined_trials()));
    println!("\nRun");
    println!(
        "  by                 {}, {} of {}, plan {}",
        account.person,
        account.role.to_lowercase(),
        account.tenant,
        account.plan
    );
    println!("  forecast           {}: {}", account.variant, account.why);
    let forecasting = show_elapsed(Duration::from_nanos(forecast.elapsed));
    let simulating = account.elapsed.map(show_elapsed).unwrap_or_default();
    println!("  time               {forecasting} to forecast, {simulating} to simulate");
    println!("  id                 {}", account.run_id);
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The whole path of a file where it is known.
fn shown(path: &Path) -> String {
    path.canonicalize().unwrap_or_else(|_| path.to_owned()).display().to_string()
}
