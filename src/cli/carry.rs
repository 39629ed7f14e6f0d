//! Carrying out what a command asks of KooGallery: a line and a result each, as they come.

use std::collections::HashMap;

use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::{args::Output, print};
use crate::{
    desk::{Cancel, Desk},
    domain::{Message, MessageId, Origin, message::Progress},
};

/// Results that may wait to be printed.
const AHEAD: usize = 64;

/// Returns the messages as they stand afterwards, in the order in which they were asked for. Ctrl-C withdraws what was not sent by then.
pub(super) async fn run(desk: &Desk, ids: Vec<MessageId>, output: Output) -> anyhow::Result<Vec<Message>> {
    let (count, mut told, cancel) = (ids.len(), Vec::new(), Cancel::default());
    let asked: HashMap<MessageId, usize> = ids.iter().enumerate().map(|(place, id)| (*id, place)).collect();
    let interrupted = cancel.clone();
    let watch = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            interrupted.cancel();
        }
    });
    let (tell, mut listen) = mpsc::channel(AHEAD);
    let carried = async {
        let carried = desk.carry_out(ids, Origin::Operator, &cancel, Some(&tell)).await;
        drop(tell);
        carried
    };
    let listened = async {
        while let Some(message) = listen.recv().await {
            if !output.json {
                print::tell(format_args!("[{}/{count}] {}", told.len() + 1, line(&message)));
            }
            told.push(message);
        }
    };
    let (carried, ()) = tokio::join!(carried, listened);
    watch.abort();
    let withdrawn = carried?;
    if withdrawn > 0 && !output.json {
        print::tell(format_args!("stopped; {withdrawn} were not sent and are withdrawn"));
    }
    // They come as they end; scripts read them as they asked.
    told.sort_by_key(|message| asked.get(&message.id).copied());
    Ok(told)
}

pub(super) fn result(message: &Message) -> Value {
    json!({
        "id": message.id.0,
        "license": message.license,
        "orderId": message.order_id,
        "result": word(message),
        "resultCode": message.result_code.as_ref().map(crate::protocol::ResultCode::as_str),
        "exception": message.exception.as_ref().map(ToString::to_string),
    })
}

pub(super) fn all_done(messages: &[Message], asked: usize) -> bool {
    messages.len() == asked && messages.iter().all(|message| message.progress == Progress::Succeeded)
}

fn line(message: &Message) -> String {
    let license = message.license.as_ref().map(ToString::to_string);
    let about = license.or_else(|| message.order_id.as_ref().map(ToString::to_string)).unwrap_or_default();
    let exception = message.exception.as_ref().map(|exception| format!(": {exception}")).unwrap_or_default();
    format!("{}  {about}  {}{exception}", message.activity, word(message))
}

const fn word(message: &Message) -> &'static str {
    match message.progress {
        Progress::Succeeded => "succeeded",
        Progress::InProgress => "in-progress",
        Progress::Failing => "failed",
    }
}
