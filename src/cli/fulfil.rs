//! `fulfil`: the access data of a purchase that waits for the operator.

use std::io::Read as _;

use anyhow::{Context as _, bail};
use serde_json::json;

use super::{args::FulfilArguments, print};
use crate::{
    desk::Desk,
    domain::{MessageId, World},
    protocol::{Secret, callback::AppInfo, id::InstanceId},
};

pub(super) async fn run(desk: &Desk, arguments: &FulfilArguments) -> anyhow::Result<bool> {
    let front_end_url = arguments.front_end_url.clone().unwrap_or_default().trim().to_owned();
    let license = if arguments.license_stdin {
        Some(from_stdin("license")?)
    } else {
        arguments.license.as_deref().map(Secret::new)
    };
    if front_end_url.is_empty() && license.is_none() {
        bail!("a purchase needs --front-end-url, or --license where it is a license that was bought");
    }
    let (world, instance_id) = find(desk, arguments).await?;
    let password = if arguments.password_stdin { Some(from_stdin("password")?) } else { None };
    let app_info = AppInfo {
        front_end_url,
        admin_url: arguments.admin_url.clone(),
        user_name: arguments.user_name.clone(),
        password,
        memo: arguments.memo.clone(),
        license,
    };
    let message_id = desk.fulfil(world, instance_id.clone(), app_info).await?;
    if arguments.output.json {
        print::json(&json!({ "instanceId": instance_id, "messageId": message_id.0, "status": "active" }))?;
    } else {
        print::line(format_args!("instance {instance_id} is active; the next call about it tells its access data"))?;
    }
    Ok(true)
}

/// The instance of that id, or the one that the message of that number is about.
async fn find(desk: &Desk, arguments: &FulfilArguments) -> anyhow::Result<(World, InstanceId)> {
    let world = World::of_test_flag(arguments.test);
    let instance_id = InstanceId::new(&arguments.id);
    if desk.instance(world, instance_id.clone()).await?.is_some() {
        return Ok((world, instance_id));
    }
    if let Ok(id) = arguments.id.parse()
        && let Some((message, ..)) = desk.message(MessageId(id)).await?
        && let Some(instance_id) = message.instance_id
    {
        return Ok((message.world, instance_id));
    }
    bail!("`{}` is neither a known instance nor a message about one", arguments.id)
}

fn from_stdin(what: &str) -> anyhow::Result<Secret> {
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .with_context(|| format!("the {what} cannot be read from standard input"))?;
    Ok(Secret::new(text.trim_end_matches(['\n', '\r'])))
}
