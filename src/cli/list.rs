//! `list`: what is kept, newest first.

use anyhow::bail;
use serde_json::{Value, json};

use super::{
    args::{ListArguments, Listed},
    print, print_organisation as of,
};
use crate::{
    desk::{Cancel, Desk},
    domain::{
        World,
        listing::{InstanceQuery, LicenseQuery, MessageFilter, MessageQuery, OrderQuery, UsageQuery},
    },
};

pub(super) async fn run(desk: &Desk, arguments: &ListArguments) -> anyhow::Result<bool> {
    refuse_what_filters_nothing(arguments)?;
    let world = World::of_test_flag(arguments.test);
    let (values, lines): (Vec<Value>, Vec<String>) = match arguments.what {
        Listed::Messages => {
            let filter = if arguments.failing { MessageFilter::Failing } else { MessageFilter::All };
            let query = MessageQuery { world, filter, search: arguments.search.clone(), ..MessageQuery::default() };
            let mut ids = desk.message_ids(query, Cancel::default()).await?;
            ids.truncate(arguments.limit);
            let (policy, now) = (desk.policy(), desk.now());
            let messages = desk.messages(ids).await?;
            messages
                .iter()
                .map(|message| (print::message(message, &policy, now), print::message_line(message, &policy, now)))
                .unzip()
        }
        Listed::Instances => {
            let query = InstanceQuery { world, search: arguments.search.clone(), ..InstanceQuery::default() };
            let mut ids = desk.instance_ids(query, Cancel::default()).await?;
            ids.truncate(arguments.limit);
            let instances = desk.instances(ids).await?;
            instances.iter().map(|(_, instance)| (print::instance(instance), print::instance_line(instance))).unzip()
        }
        Listed::Orders => {
            let query = OrderQuery { world, search: arguments.search.clone(), ..OrderQuery::default() };
            let mut ids = desk.order_ids(query, Cancel::default()).await?;
            ids.truncate(arguments.limit);
            let orders = desk.orders(ids).await?;
            orders.iter().map(|(_, order)| (print::order(order), print::order_line(order))).unzip()
        }
        Listed::Licenses => {
            let query = LicenseQuery { world, search: arguments.search.clone(), ..LicenseQuery::default() };
            let mut ids = desk.license_ids(query, Cancel::default()).await?;
            ids.truncate(arguments.limit);
            let licenses = desk.licenses(ids).await?;
            licenses.iter().map(|(_, license)| (of::license(license), of::license_line(license))).unzip()
        }
        Listed::Usage => {
            let query = UsageQuery { world, search: arguments.search.clone(), ..UsageQuery::default() };
            let mut ids = desk.usage_ids(query, Cancel::default()).await?;
            ids.truncate(arguments.limit);
            let usage = desk.usage(ids).await?;
            usage.iter().map(|(_, stored)| (print::usage(stored), print::usage_line(stored))).unzip()
        }
        Listed::Tenants => {
            let tenants = desk.tenants(world, &arguments.search).await?;
            tenants.iter().take(arguments.limit).map(|tenant| (of::tenant(tenant), of::tenant_line(tenant))).unzip()
        }
        Listed::Users => {
            let users = desk.users(world).await?;
            users.iter().take(arguments.limit).map(|user| (of::user(user), of::user_line(user))).unzip()
        }
        Listed::Departments => {
            let departments = desk.departments(world).await?;
            let shown = departments.iter().take(arguments.limit);
            shown.map(|entry| (of::department(entry), of::department_line(entry))).unzip()
        }
        Listed::Applications => {
            let applications = desk.applications(world).await?;
            let shown = applications.iter().take(arguments.limit);
            shown.map(|entry| (of::application(entry), of::application_line(entry))).unzip()
        }
        Listed::Rejected => {
            let calls = desk.rejected(arguments.limit).await?;
            calls
                .iter()
                .map(|call| {
                    let line = format!("{:>6}  {}  {:<15}  {}", call.id, call.received_at, call.peer, call.rejection);
                    (print::rejected(call), line)
                })
                .unzip()
        }
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

/// A filter that filters nothing would have the whole list taken for its answer.
fn refuse_what_filters_nothing(arguments: &ListArguments) -> anyhow::Result<()> {
    if arguments.failing && !matches!(arguments.what, Listed::Messages) {
        bail!("--failing is for messages; only they can fail");
    }
    let searched = [
        Listed::Messages,
        Listed::Instances,
        Listed::Orders,
        Listed::Licenses,
        Listed::Usage,
        Listed::Tenants,
    ];
    if !arguments.search.is_empty() && !searched.contains(&arguments.what) {
        bail!("--search is for messages, instances, orders, licenses, usage and tenants");
    }
    Ok(())
}
