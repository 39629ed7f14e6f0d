//! `license`: authorization codes that the operator adds, activates, asks about and reports the use of; named, or one a line
//! on standard input.

use std::{collections::HashMap, io::Read as _, path::Path};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::{
    args::{LicenseCommand, Output, Reported, ReportedColumn, StatsArguments},
    calendar, carry, import, print, print_organisation as of,
};
use crate::{
    desk::{CodeList, Desk, files::TableSource, import::ImportKind},
    domain::{
        Message, MessageId, World,
        license_use::{UseKind, UseList, UseReport},
    },
    protocol::{UnixMillis, id::LicenseCode, open_api::license::ClientUse},
};

/// More codes than anybody pastes.
const LONGEST_INPUT: u64 = 16 * 1024 * 1024;
/// Of a code that is named twice; it counts once.
const REPEATED: &str = "repeated";

pub(super) async fn run(desk: &Desk, command: &LicenseCommand) -> anyhow::Result<bool> {
    match command {
        LicenseCommand::Add { file: Some(file), column, output, test, .. } => {
            add_file(desk, World::of_test_flag(*test), file, column.as_deref(), *output).await
        }
        LicenseCommand::Add { codes, output, test, .. } => {
            add(desk, World::of_test_flag(*test), &named_or_read(codes)?, *output).await
        }
        LicenseCommand::Activate { codes, real_effect_time, output, test } => {
            let time = real_effect_time.as_deref().map(read_time).transpose()?;
            activate(desk, World::of_test_flag(*test), &named_or_read(codes)?, time, *output).await
        }
        LicenseCommand::Query { codes, output, test } => {
            query(desk, World::of_test_flag(*test), &named_or_read(codes)?, *output).await
        }
        LicenseCommand::Calendar(arguments) => calendar::run(desk, arguments).await,
        LicenseCommand::Stats(arguments) => stats(desk, arguments).await,
    }
}

/// The codes of a file. What is wrong is left out, and told.
async fn add_file(
    desk: &Desk,
    world: World,
    file: &Path,
    column: Option<&str>,
    output: Output,
) -> anyhow::Result<bool> {
    let columns: Vec<String> = column.map(|heading| format!("license={heading}")).into_iter().collect();
    let source = TableSource::File(file.to_owned());
    let order = import::order(desk, ImportKind::LicenseCodes, world, source, &columns, None).await?;
    let imported = import::enter(desk, order, true).await?;
    import::tell(&imported, "added", output)?;
    Ok(imported.skipped.iter().all(|(_, problem)| problem.is_harmless()))
}

async fn add(desk: &Desk, world: World, text: &str, output: Output) -> anyhow::Result<bool> {
    let outcome = desk.add_licenses(world, text).await?;
    if output.json {
        print::json(&json!({
            "added": outcome.added, "known": outcome.known, "repeated": outcome.repeated, "malformed": outcome.malformed,
        }))?;
    } else {
        outcome.added.iter().try_for_each(|code| print::line(format_args!("{code}  added")))?;
        outcome.known.iter().try_for_each(|code| print::line(format_args!("{code}  was known, nothing changed")))?;
        outcome.repeated.iter().try_for_each(|code| print::line(format_args!("{code}  stood there more than once")))?;
        outcome.malformed.iter().try_for_each(|text| print::line(format_args!("{text}  is no code")))?;
    }
    Ok(outcome.malformed.is_empty())
}

async fn activate(
    desk: &Desk,
    world: World,
    text: &str,
    time: Option<UnixMillis>,
    output: Output,
) -> anyhow::Result<bool> {
    let checks = desk.check_activation(world, text).await?;
    let left_out: Vec<(String, &str)> = [
        (names(&checks.active), "already-active"),
        (names(&checks.ended), "ended"),
        (checks.malformed.clone(), "malformed"),
        (names(&checks.repeated), REPEATED),
    ]
    .into_iter()
    .flat_map(|(codes, word)| codes.into_iter().map(move |code| (code, word)))
    .collect();
    tell_left_out(&left_out, output);
    let asked = checks.ready.len();
    let kept = desk.keep_activations(world, checks.ready, time).await?;
    let told = carry::run(desk, kept, output).await?;
    print_results(&told, &left_out, output)?;
    let refused = checks.ended.len() + checks.malformed.len();
    Ok(carry::all_done(&told, asked) && refused == 0)
}

async fn query(desk: &Desk, world: World, text: &str, output: Output) -> anyhow::Result<bool> {
    let CodeList { codes, repeated, malformed } = CodeList::read(text);
    let words = malformed.iter().map(|text| (text.clone(), "malformed"));
    let left_out: Vec<(String, &str)> =
        words.chain(names(&repeated).into_iter().map(|code| (code, REPEATED))).collect();
    tell_left_out(&left_out, output);
    let asked = codes.len();
    let kept: Vec<MessageId> = desk.query_licenses(world, codes.clone()).await?;
    let told = carry::run(desk, kept, output).await?;
    if output.json {
        let mut values = Vec::with_capacity(told.len());
        for message in &told {
            let mut value = carry::result(message);
            if let Some(code) = &message.license
                && let Some((license, _)) = desk.license(world, code.clone()).await?
            {
                value["standing"] = of::license(&license);
            }
            values.push(value);
        }
        values.extend(left_out.iter().map(told_left_out));
        print::json(&Value::Array(values))?;
    } else {
        for code in codes {
            if let Some((license, _)) = desk.license(world, code).await? {
                print::line(of::license_line(&license))?;
            }
        }
    }
    Ok(carry::all_done(&told, asked) && malformed.is_empty())
}

async fn stats(desk: &Desk, arguments: &StatsArguments) -> anyhow::Result<bool> {
    let StatsArguments { codes, reported: Reported { id, active_num, column }, output, test } = arguments;
    let (kind, of_all) = match (active_num, column) {
        (Some(number), _) => (UseKind::ActiveNum, vec![number.to_string()]),
        (None, Some(ReportedColumn::ActiveNum)) => (UseKind::ActiveNum, Vec::new()),
        (None, Some(ReportedColumn::Id) | None) => (UseKind::Id, id.clone()),
    };
    let UseList { reports, repeated, wrong } = UseList::read(&named_or_read(codes)?, kind, &of_all);
    if !output.json {
        wrong.iter().for_each(|(code, problem)| print::tell(format_args!("{code}  not sent: {problem}")));
        repeated.iter().for_each(|report| print::tell(format_args!("{report}  stood there more than once, sent once")));
    }
    let kept = desk.keep_use_reports(World::of_test_flag(*test), reports.clone()).await?;
    let reported: HashMap<MessageId, UseReport> = kept.iter().copied().zip(reports).collect();
    let asked = kept.len();
    let told = carry::run(desk, kept, *output).await?;
    if output.json {
        let of_report = |report: &UseReport| match report.client() {
            ClientUse::Id(id) => json!({ "license": report.license(), "clientId": id }),
            ClientUse::ActiveNum(number) => json!({ "license": report.license(), "activeNum": number }),
        };
        let joined = |mut left: Value, right: Value| {
            if let (Value::Object(left), Value::Object(right)) = (&mut left, right) {
                left.extend(right);
            }
            left
        };
        let results = told.iter().map(|message| {
            joined(carry::result(message), reported.get(&message.id).map(of_report).unwrap_or_default())
        });
        let wrong = wrong
            .iter()
            .map(|(code, problem)| json!({ "license": code, "result": "malformed", "exception": problem.to_string() }));
        let repeated = repeated.iter().map(|report| joined(of_report(report), json!({ "result": REPEATED })));
        print::json(&results.chain(wrong).chain(repeated).collect())?;
    }
    Ok(carry::all_done(&told, asked) && wrong.is_empty())
}

fn print_results(told: &[Message], left_out: &[(String, &str)], output: Output) -> anyhow::Result<()> {
    if output.json {
        let results = told.iter().map(carry::result);
        print::json(&results.chain(left_out.iter().map(told_left_out)).collect())?;
    }
    Ok(())
}

fn told_left_out((license, word): &(String, &str)) -> Value {
    json!({ "license": license, "result": word })
}

fn tell_left_out(left_out: &[(String, &str)], output: Output) {
    if output.json {
        return;
    }
    for (code, word) in left_out {
        match *word {
            REPEATED => print::tell(format_args!("{code}  stood there more than once, sent once")),
            word => print::tell(format_args!("{code}  {word}, not sent")),
        }
    }
}

fn names(codes: &[LicenseCode]) -> Vec<String> {
    codes.iter().map(ToString::to_string).collect()
}

/// ISO with its offset, or the wire's own form in UTC.
fn read_time(text: &str) -> anyhow::Result<UnixMillis> {
    if let Ok(time) = UnixMillis::from_compact_utc(text) {
        return Ok(time);
    }
    UnixMillis::from_iso(text)
        .with_context(|| format!("`{text}` is no time; write 2026-01-31T08:00:00+08:00 or 20260131000000"))
}

fn named_or_read(codes: &[String]) -> anyhow::Result<String> {
    let text = if codes.is_empty() { read_codes()? } else { codes.join("\n") };
    if text.trim().is_empty() {
        bail!("no code was named; name some, or send them on standard input, one a line");
    }
    Ok(text)
}

fn read_codes() -> anyhow::Result<String> {
    let mut text = String::new();
    let read = std::io::stdin().take(LONGEST_INPUT).read_to_string(&mut text);
    read.context("the codes cannot be read from standard input")?;
    Ok(text)
}
