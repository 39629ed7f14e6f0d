//! When something that is noted happened, as it is typed.

use anyhow::Context as _;
use jiff::tz::TimeZone;

use super::print;
use crate::{
    domain::usage::{UsageProblem, parse_time},
    protocol::UnixMillis,
};

/// Of what was left out, now.
pub(super) fn noted_at(typed: Option<&str>, zone_name: &str, now: UnixMillis) -> anyhow::Result<UnixMillis> {
    let Some(text) = typed else { return Ok(now) };
    let zone =
        TimeZone::get(zone_name).with_context(|| format!("`{zone_name}` is no time zone; write Asia/Shanghai"))?;
    let at = parse_time("at", text, Some(&zone))?;
    // Told on standard error, so that JSON stays alone.
    if matches!(parse_time("at", text, None), Err(UsageProblem::NoZone { .. })) {
        let told = print::at_in(at, &zone);
        print::assumed(format_args!("`{text}` names no offset and is taken as {zone_name}: {told}"));
    }
    Ok(at)
}
