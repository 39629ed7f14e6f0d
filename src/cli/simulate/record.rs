//! `simulate record`: calls that are kept in a data directory become a scenario. The desk reads them, the simulator makes them
//! nobody's.

use std::path::Path;

use anyhow::{Context as _, bail};

use crate::{
    cli::{args::RecordArguments, open, print},
    desk::{Cancel, Desk},
    domain::{Attempt, Message, MessageId, Origin, World, listing::MessageQuery},
    protocol::{ResultCode, callback::Wire},
    simulator::record::{self, Heard},
};

pub(super) async fn run(arguments: &RecordArguments, data_dir: Option<&Path>) -> anyhow::Result<bool> {
    let data_dir = arguments.from.as_deref().or(data_dir);
    let desk = open::desk(data_dir, std::sync::Arc::new(open::system_time))?;
    let heard = heard(&desk, arguments).await;
    desk.close().await;
    let heard = heard?;
    let count = heard.len();
    let Some(scenario) = record::scenario(heard) else { bail!("there is no call to record") };
    let text = scenario.write().context("the calls cannot be written as a scenario")?;
    let path = arguments.file.display();
    std::fs::write(&arguments.file, text).with_context(|| format!("{path} cannot be written"))?;
    print::line(format_args!("{count} calls recorded; `sellerdesk simulate play {path}` plays them"))?;
    Ok(true)
}

async fn heard(desk: &Desk, arguments: &RecordArguments) -> anyhow::Result<Vec<Heard>> {
    let ids = if arguments.messages.is_empty() {
        let world = World::of_test_flag(arguments.test);
        desk.message_ids(MessageQuery { world, ..MessageQuery::default() }, Cancel::default()).await?
    } else {
        arguments.messages.clone()
    };
    let mut all = Vec::new();
    for id in ids {
        let Some((message, attempts, _)) = desk.message(MessageId(id)).await? else { bail!("no message {id} is kept") };
        all.extend(attempts.into_iter().filter_map(|attempt| call(&message, attempt)));
    }
    Ok(all)
}

/// `None` for what no call of KooGallery started, and where its request is forgotten.
fn call(message: &Message, attempt: Attempt) -> Option<Heard> {
    let wire = message.wire.filter(|_| attempt.origin == Origin::KooGallery && !attempt.forgotten)?;
    Some(Heard {
        at: attempt.started_at,
        wire,
        interface: matches!(wire, Wire::Kit(_)).then(|| message.activity.clone()),
        query: attempt.request_query,
        body: attempt.request_body,
        code: attempt.result_code.as_ref().map(ResultCode::to_string),
        answer: attempt.answer,
    })
}
