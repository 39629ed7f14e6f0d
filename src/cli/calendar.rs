//! `license calendar`: what happens next to authorization codes, the soonest first, in days of this machine's zone.

use anyhow::Context as _;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::{args::CalendarArguments, print, print_organisation as of};
use crate::{
    desk::Desk,
    domain::{
        World,
        license_calendar::{CalendarEntry, CalendarQuery, day, days_until, end_of_day},
    },
    protocol::UnixMillis,
};

/// Enough for a script; those that come later are behind a narrower question.
const PRINTED: usize = 100_000;

pub(super) async fn run(desk: &Desk, arguments: &CalendarArguments) -> anyhow::Result<bool> {
    let CalendarArguments { days, output, test } = arguments;
    let (now, zone) = (desk.now(), TimeZone::system());
    let until = match days {
        Some(days) => Some(end_of_day(now, *days, &zone).context("no calendar reaches that many days ahead")?),
        None => None,
    };
    let query = CalendarQuery { world: World::of_test_flag(*test), until };
    let calendar = desk.license_calendar(query, PRINTED).await?;
    if output.json {
        print::json(&calendar.entries.iter().map(|entry| value(entry, now, &zone)).collect::<Vec<Value>>().into())?;
    } else {
        for entry in &calendar.entries {
            print::line(line(entry, now, &zone))?;
        }
        if calendar.entries.is_empty() {
            print::tell(format_args!("nothing is to come for a code whose expireTime is known"));
        }
    }
    if calendar.more && !output.json {
        print::tell(format_args!("only the first {PRINTED} are told; ask for fewer days"));
    }
    Ok(true)
}

fn value(entry: &CalendarEntry, now: UnixMillis, zone: &TimeZone) -> Value {
    let mut value = of::license(&entry.license);
    value["next"] = entry.next.step.name().into();
    value["nextTime"] = entry.next.at.to_string().into();
    value["day"] = json!(day(entry.next.at, zone).map(|day| day.to_string()));
    value["inDays"] = json!(days_until(entry.next.at, now, zone));
    value["overdue"] = (entry.next.at <= now).into();
    value
}

fn line(entry: &CalendarEntry, now: UnixMillis, zone: &TimeZone) -> String {
    let (license, next) = (&entry.license, entry.next);
    let day = day(next.at, zone).map_or_else(|| next.at.to_string(), |day| day.to_string());
    let countdown = match days_until(next.at, now, zone).unwrap_or_default() {
        0 if next.at <= now => "overdue today".to_owned(),
        0 => "today".to_owned(),
        days if next.at <= now => format!("{} days overdue", days.unsigned_abs()),
        days => format!("in {days} days"),
    };
    format!("{day}  {countdown:<16}  {:<9}  {}", next.step.name(), of::license_line(license))
}
