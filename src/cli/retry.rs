//! `retry`: messages again, on the same path as a call; one line and one result each. With `--dry-run` what it would change
//! is told, and nothing is done.

use serde_json::{Value, json};

use super::{args::RetryArguments, foreseen, print};
use crate::{
    desk::{Cancel, Desk, Foreseen, RetryResult, RetryRun},
    domain::{
        MessageId, World,
        listing::{MessageFilter, MessageQuery},
    },
};

pub(super) async fn run(desk: &Desk, arguments: &RetryArguments) -> anyhow::Result<bool> {
    let ids = if arguments.all {
        let world = World::of_test_flag(arguments.test);
        let query = MessageQuery { world, filter: MessageFilter::Failing, ascending: true, ..MessageQuery::default() };
        desk.message_ids(query, Cancel::default()).await?
    } else {
        arguments.ids.clone()
    };
    let (mut results, mut all_done, mut run) = (Vec::new(), true, RetryRun::default());
    let count = ids.len();
    for (position, id) in (1..).zip(ids) {
        if arguments.dry_run {
            let foreseen = desk.foresee_retry(MessageId(id)).await?;
            all_done &= !matches!(foreseen, Foreseen::Gone | Foreseen::Impossible(_));
            if arguments.output.json {
                results.push(foreseen::to_json(id, &foreseen));
            } else {
                print::tell(format_args!("[{position}/{count}] message {id}"));
                foreseen::lines(&foreseen).iter().for_each(|line| print::tell(format_args!("  {line}")));
            }
            continue;
        }
        let result = desk.retry_next(&mut run, MessageId(id)).await?;
        let (word, sentence) = told(&result);
        all_done &= matches!(result, RetryResult::Succeeded | RetryResult::AlreadySucceeded);
        if arguments.output.json {
            results.push(json!({ "id": id, "result": word, "exception": sentence }));
        } else {
            let sentence = sentence.map(|sentence| format!(": {sentence}")).unwrap_or_default();
            print::tell(format_args!("[{position}/{count}] message {id} {word}{sentence}"));
        }
    }
    if arguments.output.json {
        print::json(&Value::Array(results))?;
    }
    Ok(all_done)
}

/// The word of the contract, and the reason where it did not succeed.
pub(super) fn told(result: &RetryResult) -> (&'static str, Option<String>) {
    match result {
        RetryResult::Succeeded => ("succeeded", None),
        RetryResult::AlreadySucceeded => ("already-succeeded", None),
        RetryResult::InProgress(exception) => ("in-progress", exception.as_ref().map(ToString::to_string)),
        RetryResult::Failed { result_code, exception } => {
            let reason = exception.as_ref().map_or_else(|| result_code.message().to_owned(), ToString::to_string);
            ("failed", Some(reason))
        }
        RetryResult::Busy => ("busy", Some("somebody else works on it just now".into())),
        RetryResult::Gone => ("gone", Some("no such message is kept".into())),
    }
}
