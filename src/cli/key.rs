//! `key`: which access keys are set. A key comes in on standard input and never goes out.

use std::{io::Read as _, path::Path, process::ExitCode};

use anyhow::Context as _;
use serde_json::{Value, json};

use super::{args::KeyCommand, print};
use crate::{
    config::{KeyOrigin, KeyRing, open_data_dir},
    protocol::Secret,
};

pub(super) fn run(data_dir: Option<&Path>, command: &KeyCommand) -> anyhow::Result<ExitCode> {
    let data_dir = open_data_dir(data_dir)?;
    let keys = KeyRing::open(&data_dir)?;
    match command {
        KeyCommand::Set { class, endpoint } => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).context("the key cannot be read from standard input")?;
            keys.set(endpoint.as_deref(), *class, Secret::new(text))?;
            println!("the key of the class {class} is set");
        }
        KeyCommand::Remove { class, endpoint } => {
            keys.remove(endpoint.as_deref(), *class)?;
            println!("the key of the class {class} is removed");
        }
        KeyCommand::List { output } => {
            let origin = |origin| match origin {
                KeyOrigin::Environment => "environment",
                KeyOrigin::Sealed => "sealed",
            };
            let list = keys.list();
            if output.json {
                let values = list.iter().map(
                    |key| json!({ "class": key.class.name(), "endpoint": key.endpoint, "origin": origin(key.origin) }),
                );
                print::json(&Value::Array(values.collect()));
            } else if list.is_empty() {
                println!("no key is set; `sellerdesk key set base` reads the accessKey from standard input");
            } else {
                for key in list {
                    let endpoint = key.endpoint.map(|name| format!("  endpoint {name}")).unwrap_or_default();
                    println!("{:<8}  {}{endpoint}", key.class.name(), origin(key.origin));
                }
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
