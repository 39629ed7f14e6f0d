//! 授权码软件使用统计: how much the software behind a code is used (KooGallery page zh-cn_topic_0000002290055385). The name of
//! the list of codes that failed is cut off there; `check_fail_list` is a guess.

use serde::Deserialize;
use serde_json::json;

use super::{answer::ApiAnswer, licenses::Asking};
use crate::{
    protocol::id::LicenseCode,
    simulator::{
        ledger::Ledger,
        license::{Clients, License, SoftwareUsage},
    },
};

const MAX_ENTRIES: usize = 100;
const MAX_ID: usize = 256;
const MAX_NUMBER: u32 = 999_999_999;

#[derive(Deserialize)]
struct Report {
    usage_info: Vec<OfCode>,
}

#[derive(Deserialize)]
struct OfCode {
    license: String,
    /// With a capital I, as on the page.
    #[serde(rename = "software_usage_Info")]
    usage: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    id: Option<String>,
    active_num: Option<u32>,
}

impl Entry {
    fn clients(self) -> Option<Clients> {
        match (self.id, self.active_num) {
            (Some(id), None) if !id.is_empty() && id.chars().count() <= MAX_ID => Some(Clients::Id(id)),
            (None, Some(number)) if number <= MAX_NUMBER => Some(Clients::Number(number)),
            _ => None,
        }
    }
}

pub(super) fn report(ledger: &mut Ledger, asking: Asking, body: &[u8]) -> Result<ApiAnswer, ApiAnswer> {
    let report: Report = asking.read(body)?;
    let fits = |entries: usize| (1..=MAX_ENTRIES).contains(&entries);
    if !fits(report.usage_info.len()) || !report.usage_info.iter().all(|of_code| fits(of_code.usage.len())) {
        return Err(asking.malformed(&format!("each list has 1 to {MAX_ENTRIES} entries")));
    }
    let mut reported = Vec::new();
    for OfCode { license, usage } in report.usage_info {
        let clients: Option<Vec<Clients>> = usage.into_iter().map(Entry::clients).collect();
        let clients = clients.ok_or_else(|| asking.malformed("each entry has either id or active_num"))?;
        reported.push((asking.code(&license)?, clients));
    }
    let failing = |fails: &dyn Fn(Option<&License>) -> bool| -> Vec<&LicenseCode> {
        reported.iter().map(|(code, _)| code).filter(|code| fails(asking.license(ledger, code))).collect()
    };
    let unknown = failing(&|license| license.is_none());
    if !unknown.is_empty() {
        return Err(asking.invalid_in_batch().with("data", json!({ "check_fail_list": unknown })));
    }
    let idle = failing(&|license| license.is_none_or(|license| license.activated_at.is_none()));
    if !idle.is_empty() {
        return Err(asking.not_activated().with("data", json!({ "check_fail_list": idle })));
    }
    for (code, clients) in reported {
        if let Some(license) = ledger.licenses.get_mut(&code) {
            let usage = clients.into_iter().map(|clients| SoftwareUsage { reported_at: asking.now, clients });
            license.usage.extend(usage);
        }
    }
    Ok(asking.success())
}
