//! `simulate play`: a scenario against a production address. Fails where a step is not as the scenario expects it.

use std::{path::Path, time::Duration};

use anyhow::{Context as _, bail};

use crate::{
    cli::{args::PlayArguments, print, wire_keys},
    simulator::scenario::{self, Scenario, Stage, StepReport, library},
};

/// Of a body and an answer this much is shown.
const SHOWN: usize = 400;

pub(super) async fn run(arguments: &PlayArguments, data_dir: Option<&Path>) -> anyhow::Result<bool> {
    let Some(named) = &arguments.scenario else { return list() };
    let scenario = Scenario::read(&text(named)?).with_context(|| format!("`{named}` cannot be played"))?;
    let target = wire_keys::address(&arguments.target)?.to_owned();
    let keys = wire_keys::keys(&scenario.key_classes()?, arguments.endpoint.as_deref(), data_dir)?;
    if !(0.0..=1_000_000.0).contains(&arguments.speed) {
        bail!("a speed is from 0 to 1000000");
    }
    let stage = Stage {
        target,
        keys,
        seed: arguments.seed,
        speed: arguments.speed,
        patience: Duration::from_secs(arguments.wait),
    };
    let is_text = !arguments.output.json;
    if is_text {
        print::line(format_args!("{}: {}", scenario.name, scenario.about))?;
    }
    let report = scenario::play(&scenario, stage, |step| {
        if is_text {
            lines(step).iter().for_each(print::tell);
        }
    })
    .await?;
    if is_text {
        print::line(format_args!("{} steps, {} failed", report.steps.len(), report.failed()))?;
    } else {
        print::json(&report.to_json())?;
    }
    Ok(report.failed() == 0)
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
