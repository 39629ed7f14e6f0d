//! Reports of who used codes, many in one call. The answer may name codes that failed its check: the rest goes again without
//! them. Where it names none, the reports are divided until the code is found that they were refused for.

use std::collections::VecDeque;

use super::{
    carry::{concluded, ids_of, is_about_some},
    errand::Errand,
    send::{LICENSE_SUCCESS, Texts},
};
use crate::{
    desk::Desk,
    domain::{Action, ActionOutcome, ApiFault, MessageId},
    protocol::{
        UnixMillis,
        id::LicenseCode,
        open_api::{
            Signing,
            license::{ClientUse, ReportLicenseUsage, UseReported},
        },
    },
    store::{ClaimedAction, StoreError},
};

/// What came of one call.
pub(super) struct Reported {
    pub(super) texts: Texts,
    taken: Result<(), ApiFault>,
    /// The codes that it names as failed.
    named: Vec<LicenseCode>,
}

impl Reported {
    fn names(&self, one: &ClaimedAction) -> bool {
        one.action.license().is_some_and(|license| self.named.contains(license))
    }

    /// For one of the reports.
    pub(super) fn outcome(&self, one: &ClaimedAction, now: UnixMillis) -> ActionOutcome {
        match &self.taken {
            Ok(()) if self.names(one) => ActionOutcome::not_counted(LICENSE_SUCCESS),
            Ok(()) => ActionOutcome::succeeded(LICENSE_SUCCESS, Vec::new()),
            Err(fault) => ActionOutcome::failed(&one.action, fault.clone(), one.attempts, one.kept_at, now),
        }
    }
}

impl Desk {
    pub(super) async fn report(&self, reports: &[ClaimedAction]) -> Reported {
        let entry = |one: &ClaimedAction| match &one.action {
            Action::ReportLicenseUse { license, client, .. } => Some((license.clone(), client.clone())),
            _ => None,
        };
        let sent = self.call(&ReportLicenseUsage { entries: reports.iter().filter_map(entry).collect() }).await;
        let (taken, named) = match sent.outcome {
            Ok(UseReported::Taken { but }) => (Ok(()), but),
            Ok(UseReported::Refused { code, licenses }) => {
                (Err(ApiFault::Refused { code: code.code, message: code.message }), licenses)
            }
            Err(fault) => (Err(fault), Vec::new()),
        };
        Reported { texts: sent.texts, taken, named }
    }

    /// As many calls as it takes.
    pub(super) async fn report_together(
        &self,
        claimed: Vec<ClaimedAction>,
        errand: &mut Errand<'_>,
    ) -> Result<(), StoreError> {
        let mut calls = calls_of(claimed);
        while let Some(call) = calls.pop_front() {
            let call = errand.ready(call).await?;
            let call = self.end_of_another_day(call, errand).await?;
            if call.is_empty() {
                continue;
            }
            if call.len() == 1 {
                self.one_by_one(call, errand).await?;
                continue;
            }
            let reported = self.report(&call).await;
            errand.met(Signing::AkSk, reported.taken.as_ref().err());
            let (ended, again) = ended_and_again(call, &reported);
            let now = self.now();
            let end = |one: &ClaimedAction| concluded(one, reported.texts.clone(), reported.outcome(one, now));
            self.inner.store.conclude_actions(ended.iter().map(end).collect(), now).await?;
            errand.tell_rest_of(&ids_of(&ended)).await?;
            let Err(fault) = &reported.taken else { continue };
            let divided = |one: &ClaimedAction| {
                concluded(one, reported.texts.clone(), ActionOutcome::divided(fault.clone(), now))
            };
            let rest = again.iter().flatten();
            self.inner.store.conclude_actions(rest.map(divided).collect(), now).await?;
            for part in again.into_iter().rev() {
                let ids: Vec<MessageId> = ids_of(&part);
                let claimed = self.claim(ids, errand.origin, &errand.claims).await?;
                if !claimed.is_empty() {
                    calls.push_front(claimed);
                }
            }
        }
        Ok(())
    }

    /// Those that can still be sent: the interface knows no day but the present one.
    async fn end_of_another_day(
        &self,
        call: Vec<ClaimedAction>,
        errand: &mut Errand<'_>,
    ) -> Result<Vec<ClaimedAction>, StoreError> {
        let now = self.now();
        let (late, call): (Vec<_>, Vec<_>) = call.into_iter().partition(|one| one.action.is_of_another_day(now));
        if late.is_empty() {
            return Ok(call);
        }
        let end = |one: &ClaimedAction| concluded(one, Texts::default(), ActionOutcome::day_over());
        self.inner.store.conclude_actions(late.iter().map(end).collect(), now).await?;
        errand.tell_rest_of(&ids_of(&late)).await?;
        Ok(call)
    }
}

/// Which reports a call decided, and what goes again, in how many calls.
fn ended_and_again(call: Vec<ClaimedAction>, reported: &Reported) -> (Vec<ClaimedAction>, Vec<Vec<ClaimedAction>>) {
    let Err(fault) = &reported.taken else { return (call, Vec::new()) };
    let (named, mut rest): (Vec<_>, Vec<_>) = call.into_iter().partition(|one| reported.names(one));
    match (named.is_empty(), rest.is_empty()) {
        (false, true) => (named, Vec::new()),
        (false, false) => (named, vec![rest]),
        (true, _) if is_about_some(fault) => {
            let half = rest.split_off(rest.len() / 2);
            (Vec::new(), vec![rest, half])
        }
        (true, _) => (rest, Vec::new()),
    }
}

/// A code has either clients or one number in a call. In the order in which they are to be sent.
fn calls_of(claimed: Vec<ClaimedAction>) -> VecDeque<Vec<ClaimedAction>> {
    let mut calls: Vec<(bool, Vec<ClaimedAction>)> = Vec::new();
    for one in claimed {
        let Action::ReportLicenseUse { client, .. } = &one.action else { continue };
        let number = matches!(client, ClientUse::ActiveNum(_));
        let has = |call: &[ClaimedAction]| call.iter().any(|other| other.action.license() == one.action.license());
        match calls.iter_mut().find(|(numbers, call)| *numbers == number && !(number && has(call))) {
            Some((_, call)) => call.push(one),
            None => calls.push((number, vec![one])),
        }
    }
    calls.into_iter().map(|(_, call)| call).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{AttemptId, World};

    fn claimed(id: i64, license: &str, number: u32) -> ClaimedAction {
        let client = ClientUse::ActiveNum(number);
        ClaimedAction {
            message_id: MessageId(id),
            attempt_id: AttemptId(id),
            world: World::Live,
            action: Action::ReportLicenseUse { license: LicenseCode::new(license), client, day: 0 },
            content: None,
            attempts: 1,
            kept_at: UnixMillis(0),
            unsettled: false,
        }
    }

    #[test]
    fn the_number_that_was_claimed_last_goes_last() {
        let calls = calls_of(vec![claimed(1, "PL1", 5), claimed(2, "PL2", 1), claimed(3, "PL1", 7)]);
        let calls: Vec<Vec<MessageId>> = calls.iter().map(|call| ids_of(call)).collect();
        assert_eq!(calls, [vec![MessageId(1), MessageId(2)], vec![MessageId(3)]]);
    }
}
