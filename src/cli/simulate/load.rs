//! `simulate load`: purchases at a steady rate against a production address. Fails where one purchase does, or its
//! verification.

use std::{path::Path, time::Duration};

use crate::{
    cli::{args::LoadArguments, print, wire_keys},
    protocol::KeyClass,
    simulator::{
        call::TIMEOUT,
        load::{self, LoadPlan, LoadReport, Stage},
    },
};

pub(super) async fn run(arguments: &LoadArguments, data_dir: Option<&Path>) -> anyhow::Result<bool> {
    let target = wire_keys::address(&arguments.target)?.to_owned();
    let class = KeyClass::Base;
    let mut keys = wire_keys::keys(&[class], arguments.endpoint.as_deref(), data_dir)?;
    let Some(key) = keys.remove(&class) else { return Ok(false) };
    let plan = LoadPlan {
        target,
        key,
        rate: arguments.rate,
        count: arguments.count,
        connections: arguments.connections,
        test: !arguments.live,
        limit: TIMEOUT,
        patience: Duration::from_secs(arguments.wait),
    };
    let report = load::run(plan, Box::new(tell)).await?;
    print::progress("");
    if arguments.output.json {
        print::json(&report.to_json())?;
    } else {
        for line in lines(&report) {
            print::line(line)?;
        }
    }
    Ok(report.failed() == 0)
}

fn tell(stage: Stage, done: usize, all: usize) {
    // Every call would be more than anybody reads.
    let step = (all / 100).max(1);
    if done.is_multiple_of(step) || done == all {
        let what = match stage {
            Stage::Buying => "bought",
            Stage::BuyingAgain => "bought again",
            Stage::Querying => "queried",
        };
        print::progress(format_args!("{what:<12} {done} of {all}    "));
    }
}

fn lines(report: &LoadReport) -> Vec<String> {
    let seconds = report.took.as_secs_f64();
    let mut lines = vec![
        format!(
            "{} purchases in {seconds:.1} s: {:.1} a second of {} asked for",
            report.count,
            report.achieved(),
            report.rate
        ),
        format!(
            "{} accepted, {} in progress; {} instance ids verified; {} failures",
            report.accepted,
            report.in_progress,
            report.verified,
            report.failed()
        ),
    ];
    let told = report.latencies;
    for (name, latency) in
        [("p50", told.p50), ("p90", told.p90), ("p99", told.p99), ("p99.9", told.p999), ("max", told.max)]
    {
        lines.push(format!("  {name:<6} {:>10.1} ms", latency.as_secs_f64() * 1_000.0));
    }
    for (name, kind) in &report.failures {
        lines.push(format!("FAILED  {name}: {} times, as {}", kind.count, kind.example));
    }
    lines
}
