//! `usage push FILE`: usage records from a table, checked as a whole, entered, sent. `usage correct SN`: one record put right.

use anyhow::{Context as _, bail};
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{
    args::{CorrectArguments, UsageArguments, UsageCommand, UsageInterface},
    carry, print,
};
use crate::{
    desk::{Desk, KeptPushes, UsageTable, files::read_sheet, sns_to_send},
    domain::{
        World,
        action::UsageApi,
        usage::{NotCorrected, UsageProblem, UsageRecord},
    },
};

/// Of a record that was entered in time and is to be sent too late.
const TOO_OLD: &str = "it begins more than 21 days ago, and KooGallery takes it no more";

pub(super) async fn run(desk: &Desk, command: &UsageCommand) -> anyhow::Result<bool> {
    match command {
        UsageCommand::Push(arguments) => push(desk, arguments).await,
        UsageCommand::Correct(arguments) => correct(desk, arguments).await,
    }
}

const fn api_of(interface: UsageInterface) -> UsageApi {
    match interface {
        UsageInterface::New => UsageApi::New,
        UsageInterface::Old => UsageApi::Old,
    }
}

fn zone_of(zone: Option<&str>) -> anyhow::Result<Option<TimeZone>> {
    zone.map(TimeZone::get).transpose().context("--zone is no time zone")
}

async fn push(desk: &Desk, arguments: &UsageArguments) -> anyhow::Result<bool> {
    let UsageArguments { file, interface, zone, dry_run, output, test } = arguments;
    let (api, zone) = (api_of(*interface), zone_of(zone.as_deref())?);
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
        if output.json {
            print::json(&json!({ "records": records.len(), "problems": [] }))?;
        } else {
            print::line(format_args!("{} records are in order; nothing was sent", records.len()))?;
        }
        return Ok(true);
    }
    let sns: Vec<String> = records.iter().map(|record| record.metering_sn.clone()).collect();
    let entered = desk.enter_usage(world, records, false).await?;
    let sns = sns_to_send(sns, &entered, false);
    let KeptPushes { pushes, too_old } = desk.keep_pushes(world, sns, api).await?;
    let asked = pushes.len();
    let told = carry::run(desk, pushes, *output).await?;
    let done = carry::all_done(&told, asked) && entered.refused.is_empty() && too_old.is_empty();
    if output.json {
        let refused =
            entered.refused.iter().map(|(sn, reason)| json!({ "meteringSn": sn, "reason": reason.to_string() }));
        print::json(&json!({
            "new": entered.new, "corrected": entered.corrected, "known": entered.known,
            "refused": refused.collect::<Value>(), "tooOld": too_old, "pushes": told.iter().map(carry::result).collect::<Value>(),
        }))?;
    } else {
        entered.refused.iter().try_for_each(|(sn, reason)| print::line(format_args!("{sn}  not changed: {reason}")))?;
        too_old.iter().try_for_each(|sn| print::line(format_args!("{sn}  not sent: {TOO_OLD}")))?;
        print::line(format_args!(
            "{} new, {} corrected, {} known before; {asked} pushes",
            entered.new, entered.corrected, entered.known
        ))?;
    }
    Ok(done)
}

async fn correct(desk: &Desk, arguments: &CorrectArguments) -> anyhow::Result<bool> {
    let CorrectArguments { metering_sn, zone, interface, keep, output, test, .. } = arguments;
    let (api, zone, world) = (api_of(*interface), zone_of(zone.as_deref())?, World::of_test_flag(*test));
    let Some((old, _)) = desk.usage_record(world, metering_sn.clone()).await? else {
        bail!(NotCorrected::Unknown { metering_sn: metering_sn.clone() });
    };
    let record = match typed(desk, arguments, &old.record, api, zone.as_ref()) {
        Ok(record) => record,
        Err(problems) => {
            let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
            if output.json {
                print::json(&json!({ "problems": told }))?;
            } else {
                told.iter().try_for_each(|problem| print::line(format_args!("{problem}")))?;
            }
            bail!("nothing was changed: {} problems", told.len());
        }
    };
    let new = match desk.correct_usage(world, metering_sn.clone(), record).await? {
        Ok(new) => new,
        Err(error) => bail!("{metering_sn} is as it was: {error}"),
    };
    let kept = if *keep { KeptPushes::default() } else { desk.keep_pushes(world, vec![new.clone()], api).await? };
    let asked = kept.pushes.len();
    let told = carry::run(desk, kept.pushes, *output).await?;
    if output.json {
        let pushes = told.iter().map(carry::result).collect::<Value>();
        print::json(&json!({ "was": metering_sn, "meteringSn": new, "pushes": pushes }))?;
    } else if new == *metering_sn {
        print::line(format_args!("{new} is corrected; {asked} pushes"))?;
    } else {
        print::line(format_args!("{metering_sn} is replaced by {new}; {asked} pushes"))?;
    }
    Ok(carry::all_done(&told, asked) && kept.too_old.is_empty())
}

/// The record with what was typed in the place of what it was.
fn typed(
    desk: &Desk,
    arguments: &CorrectArguments,
    old: &UsageRecord,
    api: UsageApi,
    zone: Option<&TimeZone>,
) -> Result<UsageRecord, Vec<UsageProblem>> {
    let (begin, end) = (old.begin_time.to_string(), old.end_time.to_string());
    let own_sn = (!old.has_derived_sn()).then_some(old.metering_sn.as_str());
    let or = |typed: &'_ Option<String>, old: Option<&str>| typed.clone().or_else(|| old.map(str::to_owned));
    let fields = [
        or(&arguments.instance_id, Some(old.instance_id.as_str())),
        or(&arguments.begin, Some(&begin)),
        or(&arguments.end, Some(&end)),
        or(&arguments.value, Some(old.usage_value.as_str())),
        or(&arguments.package, old.relate_pkg_instance.as_deref()),
        or(&arguments.new_sn, own_sn),
        or(&arguments.product_id, old.product_id.as_deref()),
    ];
    desk.read_usage_record(fields.each_ref().map(Option::as_deref), api, zone)
}
