//! `list probes`: how KooGallery probes each saved case of an own address, and what is wrong with it.

use serde_json::{Value, json};

use super::print;
use crate::{
    desk::Desk,
    domain::probe::{CaseProbes, ProbeFinding},
    protocol::UnixMillis,
};

pub(super) async fn rows(desk: &Desk) -> anyhow::Result<(Vec<Value>, Vec<String>)> {
    let (known, now) = (desk.debugging().await?, desk.now());
    let missing = known.probes.findings.iter().find(|finding| matches!(finding, ProbeFinding::Missing { .. }));
    let row = |probes: &CaseProbes| {
        let case = known.case(probes.case)?;
        let failing = known
            .probes
            .findings
            .iter()
            .find(|finding| matches!(finding, ProbeFinding::Failing { case, .. } if *case == Some(probes.case)));
        let found = failing.or(missing);
        let sentence = found.map(|finding| finding.sentence(&case.name, now));
        let last = probes.last.as_ref();
        let reason = last.and_then(|last| {
            let exception = last.exception.as_ref().map(ToString::to_string);
            last.refused.as_ref().map(ToString::to_string).or(exception)
        });
        let value = json!({
            "name": case.name,
            "generation": case.call.generation.name(),
            "activity": case.call.activity,
            "probes": probes.count,
            "lastProbeAt": last.map(|last| last.at.to_string()),
            "resultCode": last.map(|last| last.result_code.as_str()),
            "exception": reason,
            "failingSince": probes.failing_since.map(|since| since.to_string()),
            "alarm": found.map(word),
        });
        let at = last.map_or_else(|| "-".to_owned(), |last| print::at(last.at));
        let code = last.map_or("-", |last| last.result_code.as_str());
        let told = sentence.map(|sentence| format!("  {sentence}")).unwrap_or_default();
        let line = format!("{}  {}  {} probes, last {at}  {code}{told}", case.name, case.call.activity, probes.count);
        Some((value, line))
    };
    // What is saved as no case has a row where it fails.
    let unsaved = known.probes.findings.iter().filter_map(|finding| {
        let ProbeFinding::Failing { case: None, activity, since, .. } = finding else { return None };
        let value = json!({
            "name": null, "generation": null, "activity": activity, "probes": null, "lastProbeAt": null, "resultCode": null,
            "exception": null, "failingSince": since.to_string(), "alarm": word(finding),
        });
        Some((value, format!("-  {}", finding.sentence("", now))))
    });
    Ok(known.probes.cases.iter().filter_map(row).chain(unsaved).unzip())
}

/// What is wrong with a case, with what is saved as none, or with all.
pub(super) fn alarm(finding: &ProbeFinding, name: &str, now: UnixMillis) -> Value {
    let (activity, since, days) = match finding {
        ProbeFinding::Failing { activity, since, days, .. } => (Some(activity), since, Some(days)),
        ProbeFinding::Missing { since } => (None, since, None),
    };
    json!({
        "alarm": word(finding),
        "name": Some(name).filter(|name| !name.is_empty()),
        "activity": activity,
        "since": since.to_string(),
        "days": days,
        "sentence": finding.sentence(name, now),
    })
}

const fn word(finding: &ProbeFinding) -> &'static str {
    match finding {
        ProbeFinding::Failing { refused: Some(_), .. } => "refused",
        ProbeFinding::Failing { refused: None, .. } => "failing",
        ProbeFinding::Missing { .. } => "missing",
    }
}
