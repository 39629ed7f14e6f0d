//! `license`: authorization codes that the operator adds, named or one a line on standard input.

use std::io::Read as _;

use anyhow::{Context as _, bail};
use serde_json::json;

use super::{args::LicenseCommand, print};
use crate::{desk::Desk, domain::World};

/// More codes than anybody pastes.
const LONGEST_INPUT: u64 = 16 * 1024 * 1024;

pub(super) async fn run(desk: &Desk, command: &LicenseCommand) -> anyhow::Result<bool> {
    let LicenseCommand::Add { codes, output, test } = command;
    let text = if codes.is_empty() { read_codes()? } else { codes.join("\n") };
    if text.trim().is_empty() {
        bail!("no code was named; name some, or send them on standard input, one a line");
    }
    let outcome = desk.add_licenses(World::of_test_flag(*test), &text).await?;
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

fn read_codes() -> anyhow::Result<String> {
    let mut text = String::new();
    let read = std::io::stdin().take(LONGEST_INPUT).read_to_string(&mut text);
    read.context("the codes cannot be read from standard input")?;
    Ok(text)
}
