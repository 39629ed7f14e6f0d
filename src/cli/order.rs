//! `order` and `upload`: orders asked about by hand or taken from the console's export, and Licenses handed over.

use std::{collections::HashSet, io::Read as _};

use anyhow::{Context as _, bail};
use serde_json::{Value, json};

use super::{
    args::{OrderCommand, Output, UploadArguments},
    carry, import, print,
};
use crate::{
    desk::{Desk, DeskError, LicenseContent, import::ImportKind, is_id},
    domain::{World, order_status::ListedOrder},
    protocol::{
        Secret,
        id::{EventId, OrderId},
    },
};

/// More than a License may have.
const LONGEST_TEXT: u64 = 64 * 1024;

pub(super) async fn run(desk: &Desk, command: &OrderCommand) -> anyhow::Result<bool> {
    match command {
        OrderCommand::Query { ids, output, test } => query(desk, ids, *output, World::of_test_flag(*test)).await,
        OrderCommand::Import(arguments) => import::run(desk, ImportKind::Orders, arguments).await,
        OrderCommand::Imports(output) => import::list(desk, ImportKind::Orders, *output).await,
        OrderCommand::TakeBack { import, output } => import::take_back(desk, *import, *output).await,
    }
}

async fn query(desk: &Desk, ids: &[String], output: Output, world: World) -> anyhow::Result<bool> {
    let mut named = HashSet::new();
    let ids: Vec<&String> = ids.iter().filter(|id| named.insert(id.as_str())).collect();
    if let Some(none) = ids.iter().find(|id| !is_id(id)) {
        bail!("`{none}` is no order id: it has 1 to 64 characters and no blanks; nothing was asked");
    }
    let ids: Vec<OrderId> = ids.into_iter().map(OrderId::new).collect();
    let asked = ids.len();
    let kept = desk.keep_order_queries(world, ids.clone()).await?;
    let told = carry::run(desk, kept, output).await?;
    let mut lines = Vec::new();
    for order_id in ids {
        lines.extend(desk.order(world, order_id).await?.0);
    }
    let lines = desk.with_status(lines).await?;
    if output.json {
        let mut results: Vec<Value> = told.iter().map(carry::result).collect();
        for result in &mut results {
            let of = |line: &&ListedOrder| result["orderId"] == line.order.order.order_id.as_str();
            let orders: Vec<Value> = lines.iter().filter(of).map(print::order).collect();
            result["orderLine"] = orders.into();
        }
        print::json(&Value::Array(results))?;
    } else {
        lines.iter().try_for_each(|order| print::line(print::order_line(order)))?;
    }
    Ok(carry::all_done(&told, asked))
}

pub(super) async fn upload(desk: &Desk, arguments: &UploadArguments) -> anyhow::Result<bool> {
    let content = match &arguments.file {
        Some(path) => LicenseContent::File(path.clone()),
        None => LicenseContent::Text(text()?),
    };
    let world = World::of_test_flag(arguments.test);
    let kept = match desk.keep_upload(world, EventId::new(&arguments.event_id), content).await {
        Ok(kept) => kept,
        Err(error) => {
            if let (true, DeskError::HandedOverBefore { message_id, at }) = (arguments.output.json, &error) {
                print::json(&json!([{
                    "id": message_id.0, "result": "handed-over-before", "handedOverAt": at.to_string(),
                    "exception": error.to_string(),
                }]))?;
            }
            return Err(error.into());
        }
    };
    let told = carry::run(desk, vec![kept], arguments.output).await?;
    if arguments.output.json {
        print::json(&told.iter().map(carry::result).collect())?;
    }
    Ok(carry::all_done(&told, 1))
}

fn text() -> anyhow::Result<Secret> {
    let mut text = String::new();
    let read = std::io::stdin().take(LONGEST_TEXT).read_to_string(&mut text);
    read.context("the License cannot be read from standard input")?;
    Ok(Secret::new(text.trim_end_matches(['\r', '\n'])))
}
