//! `check`: a conformance run against a production address, Sellerdesk's own or any other, for which no desk is opened. Fails
//! where a case does.

use std::{collections::BTreeMap, path::Path, time::Duration};

use anyhow::{Context as _, bail};

use super::{args::CheckArguments, print};
use crate::{
    config::{KeyRing, open_data_dir},
    protocol::{KeyClass, Secret, id::LicenseCode},
    simulator::conformance::{self, Case, Family, Plan, Report, junit},
};

pub(super) async fn run(arguments: &CheckArguments, data_dir: Option<&Path>) -> anyhow::Result<bool> {
    let plan = plan(arguments, data_dir)?;
    let target = plan.target.clone();
    let listener: conformance::Listener =
        if arguments.output.json { Box::new(|_| {}) } else { Box::new(|case| print::tell(line(case))) };
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
    let address = url::Url::parse(&arguments.url).ok().filter(|url| matches!(url.scheme(), "http" | "https"));
    if address.is_none() {
        bail!("`{}` is no address; one looks like https://www.example.com/produce", arguments.url);
    }
    let families = families(arguments);
    let keys = keys(arguments, &families, data_dir)?;
    if let Some(missing) = families.iter().map(|family| family.key_class()).find(|class| !keys.contains_key(class)) {
        bail!(
            "no key of the class {missing} is set; set {} in the environment, or `sellerdesk key set {missing}`",
            variable(missing)
        );
    }
    Ok(Plan {
        keys,
        families,
        test: !arguments.live,
        patience: Duration::from_secs(arguments.wait),
        license: arguments.code.as_deref().map(LicenseCode::new),
        ..Plan::new(arguments.url.trim_end_matches('/'))
    })
}

fn families(arguments: &CheckArguments) -> Vec<Family> {
    let [saas, kit, license] = if arguments.v1 {
        [Family::SaasV1, Family::KitV1, Family::LicenseV1]
    } else {
        [Family::Saas, Family::Kit, Family::Codes]
    };
    let named = [(arguments.kit, kit), (arguments.license, license)];
    let named: Vec<Family> = named.into_iter().filter_map(|(is_named, family)| is_named.then_some(family)).collect();
    if named.is_empty() { vec![saas] } else { named }
}

/// Those of the environment. The data directory is opened only where they do not suffice, because another seller's address is
/// checked on computers without one.
fn keys(
    arguments: &CheckArguments,
    families: &[Family],
    data_dir: Option<&Path>,
) -> anyhow::Result<BTreeMap<KeyClass, Secret>> {
    let of_environment = |class| std::env::var(variable(class)).ok().filter(|key| !key.is_empty()).map(Secret::new);
    let keys: BTreeMap<KeyClass, Secret> =
        KeyClass::ALL.into_iter().filter_map(|class| Some((class, of_environment(class)?))).collect();
    if arguments.endpoint.is_none() && families.iter().all(|family| keys.contains_key(&family.key_class())) {
        return Ok(keys);
    }
    let ring = KeyRing::open(&open_data_dir(data_dir)?)?;
    let endpoint = arguments.endpoint.as_deref().unwrap_or_default();
    Ok(KeyClass::ALL.into_iter().filter_map(|class| Some((class, ring.key(endpoint, class)?))).collect())
}

fn variable(class: KeyClass) -> String {
    format!("SELLERDESK_KEY_{}", class.name().to_uppercase())
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
    format!("{} passed, {} failed, {} warnings", report.passed(), report.failed(), report.warnings())
}
