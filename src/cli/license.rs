//! `license`: authorization codes that the operator adds, activates, asks about and reports the use of; named, or one a line
//! on standard input.

use std::{io::Read as _, path::Path};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::{
    args::{LicenseCommand, Output},
    carry, import, print, print_organisation as of,
};
use crate::{
    desk::{CodeList, Desk, files::TableSource, import::ImportKind},
    domain::{Message, MessageId, World},
    protocol::{UnixMillis, id::LicenseCode, open_api::license::ClientUse},
};

/// More codes than anybody pastes.
const LONGEST_INPUT: u64 = 16 * 1024 * 1024;

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
        LicenseCommand::Stats { code, id, active_num, output, test } => {
            let client = match (id, active_num) {
                (Some(id), None) => ClientUse::Id(id.clone()),
                (None, Some(number)) => ClientUse::ActiveNum(*number),
                _ => bail!("exactly one of --id and --active-num is reported"),
            };
            let world = World::of_test_flag(*test);
            let kept = desk.keep_use_report(world, LicenseCode::new(code), client).await?;
            let told = carry::run(desk, vec![kept], *output).await?;
            print_results(&told, &[], *output)?;
            Ok(carry::all_done(&told, 1))
        }
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
    ]
    .into_iter()
    .flat_map(|(codes, word)| codes.into_iter().map(move |code| (code, word)))
    .collect();
    if !output.json {
        for (code, word) in &left_out {
            print::tell(format_args!("{code}  {word}, not sent"));
        }
        for code in &checks.repeated {
            print::tell(format_args!("{code}  stood there more than once, sent once"));
        }
    }
    let asked = checks.ready.len();
    let kept = desk.keep_activations(world, checks.ready, time).await?;
    let told = carry::run(desk, kept, output).await?;
    print_results(&told, &left_out, output)?;
    let refused = checks.ended.len() + checks.malformed.len();
    Ok(carry::all_done(&told, asked) && refused == 0)
}

async fn query(desk: &Desk, world: World, text: &str, output: Output) -> anyhow::Result<bool> {
    let CodeList { codes, malformed, .. } = CodeList::read(text);
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

fn print_results(told: &[Message], left_out: &[(String, &str)], output: Output) -> anyhow::Result<()> {
    if output.json {
        let results = told.iter().map(carry::result);
        let left_out = left_out.iter().map(|(license, word)| json!({ "license": license, "result": word }));
        print::json(&results.chain(left_out).collect())?;
    }
    Ok(())
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
