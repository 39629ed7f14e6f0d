//! `usage push FILE`: usage records from a table, checked as a whole, entered, sent.

use anyhow::{Context as _, bail};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{
    args::{UsageArguments, UsageCommand, UsageInterface},
    carry, print,
};
use crate::{
    desk::{Desk, UsageTable, files::read_sheet},
    domain::{World, action::UsageApi},
};

pub(super) async fn run(desk: &Desk, command: &UsageCommand) -> anyhow::Result<bool> {
    let UsageCommand::Push(arguments) = command;
    let UsageArguments { file, interface, zone, dry_run, output, test } = arguments;
    let api = match interface {
        UsageInterface::New => UsageApi::New,
        UsageInterface::Old => UsageApi::Old,
    };
    let zone = zone.as_deref().map(TimeZone::get).transpose().context("--zone is no time zone")?;
    let sheet = read_sheet(file.clone()).await?;
    let UsageTable { records, problems } = desk.read_usage(&sheet, api, zone.as_ref())?;
    if !problems.is_empty() {
        if output.json {
            let told = problems.iter().map(|(row, problem)| json!({ "row": row, "problem": problem.to_string() }));
            print::json(&json!({ "problems": told.collect::<Value>() }))?;
        } else {
            problems.iter().try_for_each(|(row, problem)| print::line(format_args!("row {row}: {problem}")))?;
        }
        bail!("nothing was sent: {} problems in {}", problems.len(), file.display());
    }
    let world = World::of_test_flag(*test);
    let records: Vec<_> = records.into_iter().map(|(_, record)| record).collect();
    if *dry_run {
        print::line(format_args!("{} records are in order; nothing was sent", records.len()))?;
        return Ok(true);
    }
    let sns: Vec<String> = records.iter().map(|record| record.metering_sn.clone()).collect();
    let entered = desk.enter_usage(world, records, false).await?;
    let kept = desk.keep_pushes(world, sns, api).await?;
    let asked = kept.len();
    let told = carry::run(desk, kept, *output).await?;
    let done = carry::all_done(&told, asked) && entered.refused.is_empty();
    if output.json {
        let refused = entered.refused.iter().map(|(sn, reason)| json!({ "meteringSn": sn, "reason": reason }));
        print::json(&json!({
            "new": entered.new, "corrected": entered.corrected, "known": entered.known,
            "refused": refused.collect::<Value>(), "pushes": told.iter().map(carry::result).collect::<Value>(),
        }))?;
    } else {
        entered.refused.iter().try_for_each(|(sn, reason)| print::line(format_args!("{sn}  not changed: {reason}")))?;
        print::line(format_args!(
            "{} new, {} corrected, {} known before; {asked} pushes",
            entered.new, entered.corrected, entered.known
        ))?;
    }
    Ok(done)
}
