//! Reports of who used codes, and what became of each: whoever typed them is told code by code.

use std::collections::HashMap;

use super::{
    batch,
    event::{Event, FormCommand, UseResults},
    run::{Done, Run},
    snapshot::Doing,
};
use crate::{
    desk::Desk,
    domain::{Exception, Message, MessageId, World, license_use::UseReport, message::Progress},
    store::StoreError,
};

impl Run {
    pub(super) fn report_use(&mut self, world: World, reports: Vec<UseReport>) {
        let (desk, done, cancel) = (self.desk.clone(), self.done.clone(), self.begin_batch());
        tokio::spawn(async move {
            let reporting = async {
                let ids = desk.keep_use_reports(world, reports.clone()).await?;
                let kept = std::future::ready(Ok(ids.clone()));
                batch::carry_out(desk.clone(), done.clone(), cancel, Doing::Reporting, kept).await;
                results(&desk, reports.into_iter().zip(ids).collect()).await
            };
            let event = match reporting.await {
                Ok(results) => Event::UseReported(results),
                Err(error) => Event::RefusedTo(FormCommand::ReportUse, error.into()),
            };
            drop(done.send(Done::Event(event)).await);
        });
    }
}

async fn results(desk: &Desk, kept: Vec<(UseReport, MessageId)>) -> Result<UseResults, StoreError> {
    let messages = desk.messages(kept.iter().map(|(_, id)| id.0).collect()).await?;
    let messages: HashMap<MessageId, Message> = messages.into_iter().map(|message| (message.id, message)).collect();
    let mut results = UseResults::default();
    for (report, id) in kept {
        match messages.get(&id).map(|message| (message.progress, message.exception.clone())) {
            // What was never sent is forgotten.
            None | Some((_, Some(Exception::NotSent))) => results.not_sent.push(report),
            Some((Progress::Succeeded, None)) => results.taken.push(report),
            Some((_, exception)) => results.failed.push((report, exception)),
        }
    }
    Ok(results)
}
