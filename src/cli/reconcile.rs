//! `reconcile`: orders, calls, instances and codes held against each other.

use std::path::PathBuf;

use clap::Args;
use serde_json::{Value, json};

use super::{args::Output, list, print};
use crate::{
    desk::{Desk, RetryResult, export::ExportedList, watching::finding_row},
    domain::{
        World,
        reconcile::{Assumption, Finding, Mend, Reconciled},
    },
    protocol::id::{InstanceId, LicenseCode},
};

#[derive(Debug, Args)]
pub struct ReconcileArguments {
    #[command(flatten)]
    pub output: Output,
    /// Have the product release this instance, as the call that did not come would have
    #[arg(long, value_name = "INSTANCE", conflicts_with = "freeze")]
    pub release: Option<String>,
    /// Have the product freeze this instance, likewise
    #[arg(long, value_name = "INSTANCE")]
    pub freeze: Option<String>,
    /// Write the findings to a file instead, which ends with .csv or .xlsx
    #[arg(long, value_name = "FILE", conflicts_with_all = ["release", "freeze"])]
    pub export: Option<PathBuf>,
}

pub(super) async fn run(desk: &Desk, arguments: &ReconcileArguments) -> anyhow::Result<bool> {
    for (id, mend) in [(&arguments.release, Mend::Release), (&arguments.freeze, Mend::Freeze)] {
        if let Some(id) = id {
            return mended(desk, id, mend, arguments.output).await;
        }
    }
    if let Some(file) = &arguments.export {
        return list::write(desk, ExportedList::Findings, usize::MAX, file, arguments.output).await;
    }
    let Reconciled { findings, called_since, before } = desk.reconcile().await?;
    if arguments.output.json {
        print::json(&findings.iter().map(finding_row).collect::<Value>())?;
        return Ok(true);
    }
    findings.iter().map(line).try_for_each(print::line)?;
    if findings.is_empty() {
        print::line("orders, calls, instances and codes agree")?;
    }
    if let Some(since) = called_since.filter(|_| before > 0) {
        print::line(format_args!(
            "assumed: calls come since {}; {before} older orders without a call are left out ([reconcile] called_since)",
            print::at(since)
        ))?;
    }
    Ok(true)
}

async fn mended(desk: &Desk, id: &str, mend: Mend, output: Output) -> anyhow::Result<bool> {
    let result = desk.mend_instance(World::Live, InstanceId::new(id), mend).await?;
    let done = matches!(result, RetryResult::Succeeded | RetryResult::AlreadySucceeded);
    let exception = match &result {
        RetryResult::InProgress(exception) | RetryResult::Failed { exception, .. } => exception.as_ref(),
        _ => None,
    };
    let exception = exception.map(ToString::to_string);
    if output.json {
        print::json(&json!({ "instanceId": id, "mend": mend.name(), "done": done, "exception": exception }))?;
    } else {
        let word = if done { "done" } else { "not done" };
        let exception = exception.map(|exception| format!(": {exception}")).unwrap_or_default();
        print::line(format_args!("{} {id}  {word}{exception}", mend.name()))?;
    }
    Ok(done)
}

pub(super) fn line(finding: &Finding) -> String {
    let order = finding.order.as_ref().map_or("-", |order| order.order_id.as_str());
    let about = finding.instance_id.as_ref().map(InstanceId::as_str);
    let about = about.or(finding.license.as_ref().map(LicenseCode::as_str)).unwrap_or("-");
    let name = finding.mismatch.name();
    let remedy = finding.remedies.iter().map(|remedy| remedy.name()).collect::<Vec<_>>().join(", ");
    let assumed = match finding.assumes {
        Some(Assumption::Grace { days, until }) => {
            format!("  (assumed: {days} days of grace, until {})", print::at(until))
        }
        Some(Assumption::CalledSince { .. }) | None => String::new(),
    };
    format!("{name:<23}  {order}  {about}  since {}  {remedy}{assumed}", print::at(finding.since))
}
