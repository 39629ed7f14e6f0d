//! `show`: one message or instance, with everything that happened to it.

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::{
    args::{ShowArguments, Shown},
    print, print_organisation,
};
use crate::{
    desk::Desk,
    domain::{MessageId, World},
    protocol::{
        Secret,
        id::{InstanceId, LicenseCode, OrderId, TenantId},
    },
};

pub(super) async fn run(desk: &Desk, arguments: &ShowArguments) -> anyhow::Result<bool> {
    let mut value = match arguments.what {
        Shown::Message => {
            let Some(value) = message(desk, number(&arguments.id)?).await? else {
                bail!("no message {} is kept", arguments.id)
            };
            value
        }
        Shown::Instance => {
            let world = World::of_test_flag(arguments.test);
            let Some((instance, messages)) = desk.instance(world, InstanceId::new(&arguments.id)).await? else {
                bail!("no instance `{}` is known", arguments.id)
            };
            let (policy, now) = (desk.policy(), desk.now());
            let mut value = print::instance(&instance);
            let app_info = instance.app_info.as_ref();
            value["frontEndUrl"] = json!(app_info.map(|info| info.front_end_url.clone()));
            value["adminUrl"] = json!(app_info.and_then(|info| info.admin_url.clone()));
            value["license"] = json!(app_info.and_then(|info| info.license.as_ref()).map(|_| "***"));
            value["memo"] = json!(app_info.and_then(|info| info.memo.clone()));
            value["messages"] = messages.iter().map(|message| print::message(message, &policy, now)).collect();
            value
        }
        Shown::Order => {
            let world = World::of_test_flag(arguments.test);
            let (lines, messages) = desk.order(world, OrderId::new(&arguments.id)).await?;
            if lines.is_empty() && messages.is_empty() {
                bail!("no order `{}` is known", arguments.id)
            }
            let lines = desk.with_status(lines).await?;
            let (policy, now) = (desk.policy(), desk.now());
            let mut value = json!({ "orderId": arguments.id });
            value["orderLine"] = lines.iter().map(print::order).collect();
            value["messages"] = messages.iter().map(|message| print::message(message, &policy, now)).collect();
            value
        }
        Shown::License => {
            let world = World::of_test_flag(arguments.test);
            let Some((license, messages)) = desk.license(world, LicenseCode::new(&arguments.id)).await? else {
                bail!("no license `{}` is known", arguments.id)
            };
            let (policy, now) = (desk.policy(), desk.now());
            let mut value = print_organisation::license(&license);
            value["messages"] = messages.iter().map(|message| print::message(message, &policy, now)).collect();
            value
        }
        Shown::Tenant => {
            let world = World::of_test_flag(arguments.test);
            let Some((organisation, messages)) = desk.organisation(world, TenantId::new(&arguments.id)).await? else {
                bail!("no tenant `{}` is known", arguments.id)
            };
            let (policy, now) = (desk.policy(), desk.now());
            let mut value = print_organisation::tenant(&organisation.tenant);
            value["applications"] = organisation.applications.iter().map(print_organisation::application).collect();
            value["departments"] = organisation.departments.iter().map(print_organisation::department).collect();
            value["users"] = organisation.users.iter().map(print_organisation::user).collect();
            value["messages"] = messages.iter().map(|message| print::message(message, &policy, now)).collect();
            value
        }
        Shown::Application => {
            let world = World::of_test_flag(arguments.test);
            let mut found = desk.applications(world).await?;
            found.retain(|it| it.app_id == arguments.id || format!("{}/{}", it.tenant_id, it.app_id) == arguments.id);
            let application = match &found[..] {
                [] => bail!("no application `{}` is known", arguments.id),
                [application] => application,
                several => {
                    let names: Vec<_> = several.iter().map(|it| format!("{}/{}", it.tenant_id, it.app_id)).collect();
                    bail!("several applications are called so, name one with its tenant: {}", names.join(", "))
                }
            };
            let mut value = print_organisation::application(application);
            if arguments.reveal {
                let (tenant_id, app_id) = (application.tenant_id.clone(), application.app_id.clone());
                let secret = desk.client_secret(world, tenant_id, app_id).await?;
                value["clientSecret"] = json!(secret.as_ref().map(Secret::expose));
            }
            value
        }
        Shown::Rejected => {
            let id = number(&arguments.id)?;
            let calls = desk.rejected(usize::MAX).await?;
            let Some(call) = calls.iter().find(|call| call.id == id) else { bail!("no refused call {id} is kept") };
            print::rejected(call)
        }
    };
    if arguments.output.json {
        print::json(&value)?;
    } else {
        tried_in_lines(&mut value);
        lines(&value, 0)?;
    }
    Ok(true)
}

async fn message(desk: &Desk, id: i64) -> anyhow::Result<Option<Value>> {
    let Some((message, attempts, _)) = desk.message(MessageId(id)).await? else { return Ok(None) };
    let policy = desk.policy();
    let mut value = print::message(&message, &policy, desk.now());
    if let Some(window) = policy.window(&message.activity, message.received_at) {
        value["calledByKooGalleryUntil"] = json!(window.closes_at.to_string());
    }
    let told = desk.said(&message, &attempts);
    value["call"] = told.iter().map(print::said).collect::<serde_json::Map<_, _>>().into();
    value["newToThisVersion"] = told.iter().filter(|said| said.is_new).map(|said| said.name.as_str()).collect();
    // The number stays the contract's; the history has a name of its own.
    value["history"] = attempts.iter().map(print::attempt).collect();
    Ok(Some(value))
}

fn number(id: &str) -> anyhow::Result<i64> {
    id.parse().with_context(|| format!("`{id}` is no id; ids are numbers, `list` tells them"))
}

/// One line for each cause that was tried.
fn tried_in_lines(value: &mut Value) {
    if let Some(Value::Array(tried)) = value.get("tried") {
        let line = |tried: &Value| {
            let what = tried["what"].as_str().unwrap_or_default().to_owned();
            (what, json!(if tried["holds"] == true { "yes" } else { "no" }))
        };
        value["tried"] = tried.iter().map(line).collect::<serde_json::Map<_, _>>().into();
    }
}

/// `name: value` lines, nested ones indented; what is not there is left out.
fn lines(value: &Value, depth: usize) -> anyhow::Result<()> {
    let indent = "  ".repeat(depth);
    let Value::Object(members) = value else { return Ok(()) };
    for (name, member) in members {
        match member {
            Value::Null => {}
            Value::Array(entries) if entries.is_empty() => {}
            Value::Array(entries) if entries.iter().all(Value::is_string) => {
                let texts: Vec<&str> = entries.iter().filter_map(Value::as_str).collect();
                print::line(format_args!("{indent}{name}: {}", texts.join(", ")))?;
            }
            Value::Object(members) if members.is_empty() => {}
            Value::Object(_) => {
                print::line(format_args!("{indent}{name}:"))?;
                lines(member, depth + 1)?;
            }
            Value::Array(entries) => {
                print::line(format_args!("{indent}{name}:"))?;
                for entry in entries {
                    print::line(format_args!("{indent}  -"))?;
                    lines(entry, depth + 2)?;
                }
            }
            Value::String(text) if text.is_empty() => {}
            Value::String(text) => print::line(format_args!("{indent}{name}: {}", print::for_people(text)))?,
            other => print::line(format_args!("{indent}{name}: {other}"))?,
        }
    }
    Ok(())
}
