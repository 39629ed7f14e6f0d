//! `simulate play`: a scenario against a production address. Fails where a step is not as the scenario expects it.

use std::{net::SocketAddr, path::Path, time::Duration};

use anyhow::{Context as _, bail};

use super::{ACCESS_KEY, LISTEN, SECRET_KEY, begins, certified};
use crate::{
    cli::{args::PlayArguments, print, wire_keys},
    protocol::Secret,
    simulator::{
        open_api::{OpenApiError, OpenApiSetup},
        scenario::{PlayError, Player, Scenario, Stage, StepReport, library},
    },
};

/// Of a body and an answer this much is shown.
const SHOWN: usize = 400;

pub(super) async fn run(arguments: &PlayArguments, data_dir: Option<&Path>) -> anyhow::Result<bool> {
    let Some(named) = &arguments.scenario else { return list() };
    let scenario = Scenario::read(&text(named)?).with_context(|| format!("`{named}` cannot be played"))?;
    let target = wire_keys::address(&arguments.target)?.to_owned();
    let (wanted, endpoint) = (scenario.key_classes()?, arguments.endpoint.as_deref());
    let keys = wire_keys::keys(&wanted, endpoint, data_dir)?;
    let told = wire_keys::access_key(&wanted, endpoint, data_dir)?;
    let (access, secret) = told.unwrap_or_else(|| (ACCESS_KEY.to_owned(), Secret::new(SECRET_KEY)));
    let kit_key = wire_keys::kit_key(arguments.kit_key.as_deref(), &wanted, endpoint, data_dir)?;
    if !(0.0..=1_000_000.0).contains(&arguments.speed) {
        bail!("a speed is from 0 to 1000000");
    }
    let mut open_apis = OpenApiSetup::new(access, secret);
    open_apis.order_queries_per_minute = arguments.order_queries;
    if let Some(file) = &arguments.ca {
        open_apis.tls = Some(certified(arguments.open_apis.unwrap_or(LISTEN), file)?);
    }
    let stage = Stage {
        target,
        keys,
        kit_key,
        seed: arguments.seed,
        begins_at: begins(arguments.begins.as_deref())?,
        speed: arguments.speed,
        patience: Duration::from_secs(arguments.wait),
        site: arguments.site,
        open_apis,
    };
    let player = open(&scenario, stage, arguments.open_apis)?;
    let is_text = !arguments.output.json;
    if is_text {
        print::line(format_args!("{}: {}", scenario.name, scenario.about))?;
        print::line(format_args!("open APIs {}", player.open_apis()))?;
    }
    let open_apis = player.open_apis();
    let play = player.play(|step| {
        if is_text {
            lines(step).iter().for_each(print::tell);
        }
    });
    let report = play.await;
    if is_text {
        print::line(format_args!("{} steps, {} failed", report.steps.len(), report.failed()))?;
    } else {
        let mut told = report.to_json();
        told["openApis"] = open_apis.into();
        print::json(&told)?;
    }
    Ok(report.failed() == 0)
}

/// Where nothing is said and the usual port is taken, any other will do.
fn open(scenario: &Scenario, mut stage: Stage, listen: Option<SocketAddr>) -> Result<Player<'_>, PlayError> {
    stage.open_apis.listen = listen.unwrap_or(LISTEN);
    match Player::open(scenario, stage.clone()) {
        Err(PlayError::OpenApis(OpenApiError::Listen(..))) if listen.is_none() => {
            stage.open_apis.listen.set_port(0);
            Player::open(scenario, stage)
        }
        opened => opened,
    }
}

fn list() -> anyhow::Result<bool> {
    for name in library::names() {
        let about = library::text(&name).and_then(|text| Scenario::read(&text).ok()).map(|scenario| scenario.about);
        print::line(format_args!("{name:<28} {}", about.unwrap_or_default()))?;
    }
    Ok(true)
}

/// A file goes before a name.
fn text(named: &str) -> anyhow::Result<String> {
    if Path::new(named).is_file() {
        return std::fs::read_to_string(named).with_context(|| format!("{named} cannot be read"));
    }
    match library::text(named) {
        Some(text) => Ok(text),
        None => bail!("there is no scenario `{named}`; `sellerdesk simulate play` lists those that come along"),
    }
}

fn lines(step: &StepReport) -> Vec<String> {
    let mut lines = Vec::new();
    let word = if step.why.is_some() { "FAILED" } else { "ok" };
    lines.push(format!("{word:<6} {:>3}. {}  {}", step.number, step.time, step.what));
    lines.extend(step.note.iter().map(|note| format!("            {note}")));
    if !step.made.is_empty() {
        let made = step.made.iter().map(|(name, id)| format!("{name} {id}"));
        lines.push(format!("            = {}", made.collect::<Vec<_>>().join("  ")));
    }
    for call in &step.calls {
        let sent = if call.body.is_empty() { &call.url } else { &call.body };
        lines.push(format!("            > {}", short(sent)));
        lines.push(format!("            < {}  {}", call.verdict, short(&call.answer)));
    }
    lines.extend(step.why.iter().map(|why| format!("            because {why}")));
    lines
}

fn short(text: &str) -> String {
    let text = text.replace('\n', " ");
    crate::protocol::callback::truncated(&text, SHOWN)
}
