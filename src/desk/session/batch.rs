//! Long work that the window started: messages tried again, actions carried out. Tells how far it is, one result each, and
//! what became of all; ends early where the user says so.

use tokio::sync::mpsc;

use super::{
    event::Event,
    run::Done,
    snapshot::{Doing, RetryProgress},
};
use crate::{
    desk::{Desk, RetryResult, RetryRun, outbox::result_of},
    domain::{MessageId, Origin, message::Progress},
    store::{Cancel, StoreError},
};

/// Results that may wait to be told.
const AHEAD: usize = 64;

#[derive(Default)]
struct Tally {
    succeeded: usize,
    in_progress: usize,
    failed: usize,
    cancelled: usize,
}

pub(super) async fn retry(desk: Desk, done: mpsc::Sender<Done>, cancel: Cancel, ids: Vec<MessageId>) {
    let all = ids.len();
    let (mut tally, mut run) = (Tally::default(), RetryRun::default());
    for (position, message_id) in ids.into_iter().enumerate() {
        if cancel.is_cancelled() {
            tally.cancelled = all - position;
            break;
        }
        tell_progress(&done, RetryProgress { doing: Doing::Retrying, done: position, all, running: Some(message_id) })
            .await;
        let result = match desk.retry_next(&mut run, message_id).await {
            Ok(result) => result,
            Err(error) => {
                refuse(&done, error).await;
                tally.failed += 1;
                continue;
            }
        };
        match result {
            RetryResult::Succeeded | RetryResult::AlreadySucceeded => tally.succeeded += 1,
            RetryResult::InProgress(_) | RetryResult::Busy => tally.in_progress += 1,
            RetryResult::Failed { .. } | RetryResult::Gone => tally.failed += 1,
        }
        drop(done.send(Done::Event(Event::Retried { message_id, result })).await);
    }
    let Tally { succeeded, in_progress, failed, cancelled } = tally;
    end(&done, Event::RetriesDone { succeeded, in_progress, failed, cancelled }).await;
}

/// Actions that were kept for it.
pub(super) async fn carry_out(
    desk: Desk,
    done: mpsc::Sender<Done>,
    cancel: Cancel,
    doing: Doing,
    kept: impl Future<Output = Result<Vec<MessageId>, StoreError>>,
) {
    let ids = match kept.await {
        Ok(ids) => ids,
        Err(error) => return refuse(&done, error).await,
    };
    let all = ids.len();
    let mut tally = Tally::default();
    tell_progress(&done, RetryProgress { doing, done: 0, all, running: None }).await;
    let (tell, mut listen) = mpsc::channel(AHEAD);
    let carried = async {
        let carried = desk.carry_out(ids, Origin::Operator, &cancel, Some(&tell)).await;
        drop(tell);
        carried
    };
    let listened = async {
        let mut told = 0;
        while let Some(message) = listen.recv().await {
            told += 1;
            match message.progress {
                Progress::Succeeded => tally.succeeded += 1,
                Progress::InProgress => tally.in_progress += 1,
                Progress::Failing => tally.failed += 1,
            }
            let message_id = message.id;
            tell_progress(&done, RetryProgress { doing, done: told, all, running: Some(message_id) }).await;
            // The tally tells of many.
            if all == 1 {
                drop(done.send(Done::Event(Event::Retried { message_id, result: result_of(message) })).await);
            }
        }
    };
    match tokio::join!(carried, listened) {
        (Ok(withdrawn), ()) => tally.cancelled = withdrawn,
        (Err(error), ()) => refuse(&done, error).await,
    }
    let Tally { succeeded, in_progress, failed, cancelled } = tally;
    end(&done, Event::CarriedOut { succeeded, in_progress, failed, cancelled }).await;
}

async fn tell_progress(done: &mpsc::Sender<Done>, progress: RetryProgress) {
    drop(done.send(Done::Retrying(Some(progress))).await);
}

async fn refuse(done: &mpsc::Sender<Done>, error: StoreError) {
    drop(done.send(Done::Event(Event::refused(error))).await);
}

async fn end(done: &mpsc::Sender<Done>, event: Event) {
    drop(done.send(Done::Retrying(None)).await);
    drop(done.send(Done::Event(event)).await);
}
