//! A push that KooGallery refuses as a whole because of some of its records: it is divided until they are found, and the rest
//! is taken. What a part came to is on disk before the next is sent.

use std::sync::Arc;

use super::{
    send::{Sent, Texts},
    usage::{failed, taken},
};
use crate::{
    desk::Desk,
    domain::{
        ActionEffect, ActionOutcome, ApiFault, Exception,
        action::UsageApi,
        message::Progress,
        usage::{RecordCode, UsageEvent, code_of_refusal},
    },
    protocol::UnixMillis,
    store::{ClaimedAction, Exchanged, StoreError, UsageToSend},
};

/// Calls of one attempt: enough for four records of a thousand. What is not found by then waits for the next attempt, which
/// has fewer to look through.
const MOST_CALLS: usize = 60;
/// Nothing else is held up for much longer.
const LONGEST_MILLIS: i64 = 30_000;
/// Before the next attempt goes on.
const GOES_ON_MILLIS: i64 = 10_000;
/// Of each of many answers this much is kept, in characters.
const EXCERPT: usize = 300;

/// What passed over the wire in one attempt.
#[derive(Default)]
struct Transcript {
    first: Texts,
    answers: Vec<String>,
}

impl Transcript {
    fn note(&mut self, records: usize, texts: Texts) {
        let answer: String = texts.answer.chars().take(EXCERPT).collect();
        self.answers.push(format!("{records} records: {answer}"));
        if self.answers.len() == 1 {
            self.first = texts;
        }
    }

    /// The whole push, and what was answered to it and to its parts.
    fn texts(self) -> Texts {
        match self.answers.as_slice() {
            [] | [_] => self.first,
            answers => Arc::new(Exchanged { answer: answers.join("\n"), ..(*self.first).clone() }),
        }
    }
}

impl Desk {
    pub(super) async fn push_in_parts(
        &self,
        one: &ClaimedAction,
        api: UsageApi,
        ready: Vec<UsageToSend>,
    ) -> Result<Sent<ActionOutcome>, StoreError> {
        let begun = self.now();
        let (mut transcript, mut told, mut is_some_decided) = (Transcript::default(), None, false);
        let mut waiting = vec![ready];
        let mut outcome = ActionOutcome::succeeded(super::usage::SUCCESS, Vec::new());
        while let Some(mut part) = waiting.pop() {
            let sent = self.push_part(&part, api).await;
            transcript.note(part.len(), sent.texts);
            outcome = match sent.outcome {
                Ok(abnormal) => taken(&part, abnormal),
                Err(fault) => match (code_of(&fault), part.as_slice()) {
                    (Some(code), [only]) => refused(only, code),
                    // An attempt that decided nothing would be followed by another like it.
                    (Some(_), _)
                        if !is_some_decided
                            || transcript.answers.len() < MOST_CALLS
                                && self.now().millis_since(begun) < LONGEST_MILLIS =>
                    {
                        let second = part.split_off(part.len() / 2);
                        waiting.extend([second, part]);
                        continue;
                    }
                    (code, _) => {
                        let rest = waiting.drain(..).flatten();
                        let not_sent = rest.map(|it| (it.record.metering_sn, UsageEvent::NothingTaken)).collect();
                        let now = self.now();
                        self.inner.store.settle_usage(one.world, not_sent, now).await?;
                        let outcome = if code.is_some() { goes_on(fault, now) } else { failed(one, fault, now) };
                        return Ok(Sent { texts: transcript.texts(), outcome: Ok(outcome) });
                    }
                },
            };
            is_some_decided = true;
            told = together(told, outcome.exception.take());
            if !waiting.is_empty() {
                self.inner.store.settle_usage(one.world, events_of(&part, &outcome), self.now()).await?;
            }
        }
        let progress = if told.is_none() { Progress::Succeeded } else { Progress::Failing };
        let outcome = Ok(ActionOutcome { progress, exception: told, ..outcome });
        Ok(Sent { texts: transcript.texts(), outcome })
    }
}

/// What a refusal says of the records of the call, where it is about them.
fn code_of(fault: &ApiFault) -> Option<RecordCode> {
    match fault {
        ApiFault::Refused { code, message } => code_of_refusal(code, message),
        _ => None,
    }
}

/// The attempt has taken long enough, and there are records left to be found.
fn goes_on(fault: ApiFault, now: UnixMillis) -> ActionOutcome {
    let others = UsageEvent::NothingTaken;
    ActionOutcome {
        progress: Progress::Failing,
        result_code: fault.code().map(str::to_owned),
        exception: Some(Exception::PushGoesOn),
        again_at: Some(now.plus_millis(GOES_ON_MILLIS)),
        effects: vec![ActionEffect::UsagePushed { named: Vec::new(), others }],
    }
}

fn refused(only: &UsageToSend, code: RecordCode) -> ActionOutcome {
    let metering_sn = only.record.metering_sn.clone();
    let named = vec![(metering_sn.clone(), UsageEvent::Named { code: code.clone() })];
    let effect = ActionEffect::UsagePushed { named, others: UsageEvent::NothingTaken };
    let exception = Some(Exception::UsageRefused { count: 1, metering_sn, code });
    ActionOutcome { exception, ..ActionOutcome::succeeded(super::usage::SUCCESS, vec![effect]) }
}

/// Record by record.
fn events_of(part: &[UsageToSend], outcome: &ActionOutcome) -> Vec<(String, UsageEvent)> {
    let mut events = Vec::with_capacity(part.len());
    for effect in &outcome.effects {
        let ActionEffect::UsagePushed { named, others } = effect else { continue };
        events.extend(part.iter().map(|it| {
            let sn = &it.record.metering_sn;
            let own = named.iter().find(|(named, _)| named == sn).map(|(_, event)| event);
            (sn.clone(), own.unwrap_or(others).clone())
        }));
    }
    events
}

/// What two parts have to tell.
fn together(first: Option<Exception>, second: Option<Exception>) -> Option<Exception> {
    match (first, second) {
        (
            Some(Exception::UsageRefused { count, metering_sn, code }),
            Some(Exception::UsageRefused { count: more, .. }),
        ) => Some(Exception::UsageRefused { count: count + more, metering_sn, code }),
        (first, second) => first.or(second),
    }
}
