//! `list`: what is kept, newest first.

use std::path::Path;

use anyhow::bail;
use serde_json::{Value, json};

use super::{
    args::{ListArguments, Listed, Output},
    limits, print, print_organisation as of, probes, targets,
};
use crate::{
    desk::{
        Cancel, Desk,
        export::{ExportProgress, ExportedList},
        limits::review_rows,
        rows,
        targets::{TARGET_REVIEW, target_review_rows},
        unsubscriptions::requested_row,
        watching::{DELISTING, delisting_row, finding_row, supervised_row},
    },
    domain::{
        OrderStatus, World,
        limit::Question,
        listing::{InstanceQuery, LicenseQuery, MessageFilter, MessageQuery, OrderQuery, UsageQuery},
    },
};

/// Where nobody says how many.
const SHOWN: usize = 100;

pub(super) async fn run(desk: &Desk, arguments: &ListArguments) -> anyhow::Result<bool> {
    refuse_what_filters_nothing(arguments)?;
    refuse_a_status_of_no_order(desk, arguments).await?;
    if let Some(file) = &arguments.export {
        return export(desk, arguments, file).await;
    }
    let world = World::of_test_flag(arguments.test);
    let limit = arguments.limit.unwrap_or(SHOWN);
    let (values, lines): (Vec<Value>, Vec<String>) = match arguments.what {
        Listed::Messages => {
            let mut ids = desk.message_ids(messages(arguments), Cancel::default()).await?;
            ids.truncate(limit);
            let (policy, now) = (desk.policy(), desk.now());
            let messages = desk.messages(ids).await?;
            messages
                .iter()
                .map(|message| (print::message(message, &policy, now), print::message_line(message, &policy, now)))
                .unzip()
        }
        Listed::Instances => {
            let mut ids = desk.instance_ids(instances(arguments), Cancel::default()).await?;
            ids.truncate(limit);
            let instances = desk.instances(ids).await?;
            instances.iter().map(|(_, instance)| (print::instance(instance), print::instance_line(instance))).unzip()
        }
        Listed::Orders => {
            let mut ids = desk.order_ids(orders(arguments), Cancel::default()).await?;
            ids.truncate(limit);
            let orders = desk.listed_orders(ids).await?;
            orders.iter().map(|(_, order)| (print::order(order), print::order_line(order))).unzip()
        }
        Listed::Licenses => {
            let mut ids = desk.license_ids(licenses(arguments), Cancel::default()).await?;
            ids.truncate(limit);
            let licenses = desk.licenses(ids).await?;
            licenses.iter().map(|(_, license)| (of::license(license), of::license_line(license))).unzip()
        }
        Listed::Usage => {
            let mut ids = desk.usage_ids(usage(arguments), Cancel::default()).await?;
            ids.truncate(limit);
            let usage = desk.usage(ids).await?;
            usage.iter().map(|(_, stored)| (print::usage(stored), print::usage_line(stored))).unzip()
        }
        Listed::Limits => {
            let limits = desk.limits().await?;
            limits.iter().take(limit).map(|kept| (rows::limit(kept), limits::limit_line(kept))).unzip()
        }
        Listed::Targets => {
            let targets = desk.sales_targets().await?;
            targets.iter().take(limit).map(|kept| (rows::target(kept), targets::target_line(kept))).unzip()
        }
        Listed::Review => {
            let material = desk.review_material().await?;
            let rows = review_rows(&material.review(Question::default()));
            rows.into_iter().take(limit).map(|row| (row.clone(), review_line(&row))).unzip()
        }
        Listed::TargetReview => {
            let material = desk.review_material().await?;
            let rows = target_review_rows(&material.target_review());
            rows.into_iter().take(limit).map(|row| (row.clone(), told(&row, TARGET_REVIEW))).unzip()
        }
        Listed::LimitChanges => {
            let changes = desk.limit_changes(None, limit).await?;
            let rows = changes.iter().map(rows::limit_change);
            rows.map(|row| (row.clone(), told(&row, rows::LIMIT_CHANGE))).unzip()
        }
        Listed::TargetChanges => {
            let changes = desk.sales_target_changes(limit).await?;
            let rows = changes.iter().map(rows::target_change);
            rows.map(|row| (row.clone(), told(&row, rows::TARGET_CHANGE))).unzip()
        }
        Listed::Delisting => {
            let products = desk.product_standings(World::Live).await?;
            let rows = products.iter().take(limit).map(delisting_row);
            rows.map(|row| (row.clone(), told(&row, DELISTING))).unzip()
        }
        Listed::Findings => {
            let findings = desk.reconcile().await?.findings;
            let shown = findings.iter().take(limit);
            shown.map(|finding| (finding_row(finding), super::reconcile::line(finding))).unzip()
        }
        Listed::Supervised => {
            let (orders, now) = (desk.all_supervised().await?, desk.now());
            let shown = orders.iter().take(limit);
            shown.map(|order| (supervised_row(order, now), super::supervision::line(order, now))).unzip()
        }
        Listed::Unsubscriptions => {
            let (requests, now) = (desk.unsubscription_requests().await?, desk.now());
            let shown = requests.iter().take(limit);
            shown.map(|one| (requested_row(one, now), super::unsubscription::line(one, now))).unzip()
        }
        Listed::Tenants => {
            let tenants = desk.tenants(world, &arguments.search).await?;
            tenants.iter().take(limit).map(|tenant| (of::tenant(tenant), of::tenant_line(tenant))).unzip()
        }
        Listed::Users => {
            let users = desk.users(world).await?;
            users.iter().take(limit).map(|user| (of::user(user), of::user_line(user))).unzip()
        }
        Listed::Departments => {
            let departments = desk.departments(world).await?;
            let shown = departments.iter().take(limit);
            shown.map(|entry| (of::department(entry), of::department_line(entry))).unzip()
        }
        Listed::Applications => {
            let applications = desk.applications(world).await?;
            let shown = applications.iter().take(limit);
            shown.map(|entry| (of::application(entry), of::application_line(entry))).unzip()
        }
        Listed::Rejected => {
            let calls = desk.rejected(limit).await?;
            calls
                .iter()
                .map(|call| {
                    let line = format!(
                        "{:>6}  {}  {:<15}  {}",
                        call.id,
                        print::at(call.received_at),
                        call.peer,
                        call.rejection
                    );
                    (print::rejected(call), line)
                })
                .unzip()
        }
        Listed::Probes => probes::rows(desk).await?,
        Listed::Endpoints => {
            let config = desk.config();
            config
                .endpoints
                .iter()
                .map(|endpoint| {
                    let mode = serde_json::to_value(endpoint.fulfilment).unwrap_or_default();
                    let scheme = if config.receiver.tls.is_some() { "https" } else { "http" };
                    let address = format!("{scheme}://{}{}", config.receiver.listen, endpoint.path);
                    let line = format!("{}  {address}  {}", endpoint.name, mode.as_str().unwrap_or_default());
                    let value = json!({
                        "name": endpoint.name, "path": endpoint.path, "address": address, "fulfilment": mode,
                        "bodySignV2": endpoint.body_sign_v2, "encryptType": endpoint.encrypt_type,
                    });
                    (value, line)
                })
                .unzip()
        }
    };
    if arguments.output.json {
        print::json(&Value::Array(values))?;
    } else {
        lines.iter().try_for_each(print::line)?;
    }
    Ok(true)
}

fn messages(arguments: &ListArguments) -> MessageQuery {
    let filter = if arguments.failing { MessageFilter::Failing } else { MessageFilter::All };
    let world = World::of_test_flag(arguments.test);
    MessageQuery { world, filter, search: arguments.search.clone(), ..MessageQuery::default() }
}

fn instances(arguments: &ListArguments) -> InstanceQuery {
    let world = World::of_test_flag(arguments.test);
    InstanceQuery { world, search: arguments.search.clone(), ..InstanceQuery::default() }
}

fn licenses(arguments: &ListArguments) -> LicenseQuery {
    let world = World::of_test_flag(arguments.test);
    LicenseQuery { world, search: arguments.search.clone(), ..LicenseQuery::default() }
}

fn orders(arguments: &ListArguments) -> OrderQuery {
    let world = World::of_test_flag(arguments.test);
    let status = arguments.status.as_deref().map(OrderStatus::from_word);
    OrderQuery { world, search: arguments.search.clone(), status, ..OrderQuery::default() }
}

fn usage(arguments: &ListArguments) -> UsageQuery {
    let world = World::of_test_flag(arguments.test);
    UsageQuery { world, search: arguments.search.clone(), ..UsageQuery::default() }
}

/// Writes the list to a file. Ctrl-C ends it and leaves what stood there.
async fn export(desk: &Desk, arguments: &ListArguments, file: &Path) -> anyhow::Result<bool> {
    let world = World::of_test_flag(arguments.test);
    let list = match arguments.what {
        Listed::Messages => ExportedList::Messages(messages(arguments)),
        Listed::Instances => ExportedList::Instances(instances(arguments)),
        Listed::Orders => ExportedList::Orders(orders(arguments)),
        Listed::Licenses => ExportedList::Licenses(licenses(arguments)),
        Listed::Usage => ExportedList::Usage(usage(arguments)),
        Listed::Tenants => ExportedList::Tenants { world, search: arguments.search.clone() },
        Listed::Users => ExportedList::Users(world),
        Listed::Departments => ExportedList::Departments(world),
        Listed::Applications => ExportedList::Applications(world),
        Listed::Rejected => ExportedList::Rejected,
        Listed::Limits => ExportedList::Limits,
        Listed::Targets => ExportedList::SalesTargets,
        Listed::Review => ExportedList::Review,
        Listed::TargetReview => ExportedList::TargetReview,
        Listed::LimitChanges => ExportedList::LimitChanges,
        Listed::TargetChanges => ExportedList::TargetChanges,
        Listed::Delisting => ExportedList::Delisting,
        Listed::Findings => ExportedList::Findings,
        Listed::Supervised => ExportedList::Supervised,
        Listed::Unsubscriptions => ExportedList::Unsubscriptions,
        Listed::Endpoints => bail!("endpoints are not exported; they lie in config.toml"),
        Listed::Probes => bail!("probes are not exported; `list probes --json` tells them"),
    };
    write(desk, list, arguments.limit.unwrap_or(usize::MAX), file, arguments.output).await
}

/// Writes a list to a file, and tells how many rows it had.
pub(super) async fn write(
    desk: &Desk,
    list: ExportedList,
    limit: usize,
    file: &Path,
    output: Output,
) -> anyhow::Result<bool> {
    let cancel = Cancel::default();
    let interrupted = cancel.clone();
    let listening = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            interrupted.cancel();
        }
    });
    let progress = |progress: ExportProgress| print::progress(format_args!("{} rows ", progress.rows));
    let done = desk.export(list, limit, file, cancel, progress).await;
    listening.abort();
    print::progress("");
    let rows = done?;
    if output.json {
        print::json(&json!({ "file": file, "rows": rows }))?;
    } else {
        let noun = if rows == 1 { "row" } else { "rows" };
        print::line(format_args!("{rows} {noun} written to {}", file.display()))?;
    }
    Ok(true)
}

/// What a row has, in the order of its columns; what is empty is left out.
fn told(row: &Value, columns: &[&str]) -> String {
    let cell = |name: &&str| match &row[*name] {
        Value::Null => None,
        Value::String(text) if text.is_empty() => None,
        Value::String(text) => Some(format!("{name} {}", print::for_people(text))),
        Value::Array(list) if list.is_empty() => None,
        Value::Array(list) => {
            let list: Vec<&str> = list.iter().filter_map(Value::as_str).collect();
            Some(format!("{name} {}", list.join(" ")))
        }
        other => Some(format!("{name} {other}")),
    };
    columns.iter().filter_map(cell).collect::<Vec<_>>().join("  ")
}

fn review_line(row: &Value) -> String {
    let text = |name: &str| row[name].as_str().unwrap_or("-").to_owned();
    let (verdict, customer, product, rule) = (text("verdict"), text("customerId"), text("productId"), text("rule"));
    format!("{verdict:<8}  {customer}  {product} {}  {rule}: {} of {}", text("skuCode"), row["used"], row["limit"])
}

/// A filter that filters nothing would have the whole list taken for its answer.
fn refuse_what_filters_nothing(arguments: &ListArguments) -> anyhow::Result<()> {
    if arguments.failing && !matches!(arguments.what, Listed::Messages) {
        bail!("--failing is for messages; only they can fail");
    }
    if arguments.status.is_some() && !matches!(arguments.what, Listed::Orders) {
        bail!("--status is for orders");
    }
    let searched =
        [Listed::Messages, Listed::Instances, Listed::Orders, Listed::Licenses, Listed::Usage, Listed::Tenants];
    if !arguments.search.is_empty() && !searched.contains(&arguments.what) {
        bail!("--search is for messages, instances, orders, licenses, usage and tenants");
    }
    Ok(())
}

/// One that is misspelt would find nothing, which is an answer as well.
async fn refuse_a_status_of_no_order(desk: &Desk, arguments: &ListArguments) -> anyhow::Result<()> {
    let asked = arguments.status.as_deref().map(OrderStatus::from_word);
    let Some(asked @ OrderStatus::Other(_)) = asked else { return Ok(()) };
    let others = desk.other_order_statuses(World::of_test_flag(arguments.test)).await?;
    if !others.contains(&asked) {
        let names: Vec<&str> = OrderStatus::KNOWN.iter().chain(&others).map(OrderStatus::name).collect();
        bail!("no order has a status called `{}`; there are {}", asked.name(), names.join(", "));
    }
    Ok(())
}
