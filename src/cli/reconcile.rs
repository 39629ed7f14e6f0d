//! `reconcile`: orders, calls, instances and codes held against each other.

use clap::Args;
use serde_json::Value;

use super::{args::Output, print};
use crate::{
    desk::{Desk, watching::finding_row},
    domain::reconcile::Finding,
    protocol::id::{InstanceId, LicenseCode},
};

#[derive(Debug, Args)]
pub struct ReconcileArguments {
    #[command(flatten)]
    pub output: Output,
}

pub(super) async fn run(desk: &Desk, arguments: &ReconcileArguments) -> anyhow::Result<bool> {
    let findings = desk.reconcile().await?;
    if arguments.output.json {
        print::json(&findings.iter().map(finding_row).collect::<Value>())?;
        return Ok(true);
    }
    findings.iter().map(line).try_for_each(print::line)?;
    if findings.is_empty() {
        print::line("orders, calls, instances and codes agree")?;
    }
    Ok(true)
}

fn line(finding: &Finding) -> String {
    let order = finding.order.as_ref().map_or("-", |order| order.order_id.as_str());
    let about = finding.instance_id.as_ref().map(InstanceId::as_str);
    let about = about.or(finding.license.as_ref().map(LicenseCode::as_str)).unwrap_or("-");
    let (name, remedy) = (finding.mismatch.name(), finding.mismatch.remedy().name());
    format!("{name:<23}  {order}  {about}  since {}  {remedy}", finding.since)
}
