//! `check`: a conformance run against a production address, Sellerdesk's own or any other, for which no desk is opened. Fails
//! where a case does.

use std::{path::Path, time::Duration};

use anyhow::Context as _;

use super::{args::CheckArguments, print, wire_keys};
use crate::{
    protocol::{KeyClass, id::LicenseCode},
    simulator::conformance::{self, Case, Family, News, Plan, Report, Skipped, junit},
};

pub(super) async fn run(arguments: &CheckArguments, data_dir: Option<&Path>) -> anyhow::Result<bool> {
    let plan = plan(arguments, data_dir)?;
    let target = plan.target.clone();
    let listener: conformance::Listener =
        if arguments.output.json { Box::new(|_| {}) } else { Box::new(|news| print::tell(told(news))) };
    let report = conformance::run(plan, listener).await?;
    if let Some(path) = &arguments.junit {
        std::fs::write(path, junit::to_xml(&report, &target))
            .with_context(|| format!("{} cannot be written", path.display()))?;
    }
    if arguments.output.json {
        print::json(&report.to_json())?;
    } else {
        print::line(summary(&report))?;
    }
    Ok(report.failed() == 0)
}

fn plan(arguments: &CheckArguments, data_dir: Option<&Path>) -> anyhow::Result<Plan> {
    let target = wire_keys::address(&arguments.url)?;
    let families = families(arguments);
    let wanted: Vec<KeyClass> = families.iter().map(|family| family.key_class()).collect();
    let keys = wire_keys::keys(&wanted, arguments.endpoint.as_deref(), data_dir)?;
    Ok(Plan {
        keys,
        families,
        test: !arguments.live,
        patience: Duration::from_secs(arguments.wait),
        license: arguments.code.as_deref().map(LicenseCode::new),
        ..Plan::new(target)
    })
}

fn families(arguments: &CheckArguments) -> Vec<Family> {
    let [saas, kit, license] = if arguments.v1 {
        [Family::SaasV1, Family::KitV1, Family::LicenseV1]
    } else {
        [Family::Saas, Family::Kit, Family::Codes]
    };
    let online = (arguments.online_license, Family::OnlineLicense);
    let named = [(arguments.kit, kit), (arguments.license, license), online];
    let named: Vec<Family> = named.into_iter().filter_map(|(is_named, family)| is_named.then_some(family)).collect();
    if named.is_empty() { vec![saas] } else { named }
}

fn told(news: News<'_>) -> String {
    match news {
        News::Closed(case) => line(case),
        News::Skipped(Skipped { name, family, why }) => format!("{:<8} {family}, {name}: {why}", "skipped"),
    }
}

/// A case that is kept tells its rule, any other what speaks against it.
fn line(case: &Case) -> String {
    let word = if case.is_failed() {
        "FAILED"
    } else if case.is_warning() {
        "warning"
    } else {
        "ok"
    };
    let reason = case.why().unwrap_or(case.rule).replace('\n', " ");
    format!("{word:<8} {}, {}: {reason} [{}]", case.family, case.name, case.source)
}

fn summary(report: &Report) -> String {
    let (passed, failed, warnings) = (report.passed(), report.failed(), report.warnings());
    format!("{passed} passed, {failed} failed, {warnings} warnings, {} skipped", report.skipped.len())
}
