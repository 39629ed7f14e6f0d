//! From claimed actions to concluded ones: which go together, what is asked before an activation is sent twice, and how a
//! refused batch is divided until the code is found that it was refused for.

use std::collections::VecDeque;

use tokio::task::JoinSet;

use super::{
    BATCH,
    errand::Errand,
    send::{Asked, LICENSE_SUCCESS, Sent, Texts},
};
use crate::{
    config::LicenseApi,
    desk::Desk,
    domain::{Action, ActionEffect, ActionOutcome, ApiFault, MessageId},
    protocol::{
        UnixMillis,
        id::LicenseCode,
        open_api::{Signing, code::CodeMeaning, license::LicenseLife},
    },
    store::{ClaimedAction, ConcludedAction, StoreError},
};

impl Desk {
    pub(super) async fn send_claimed(
        &self,
        claimed: Vec<ClaimedAction>,
        errand: &mut Errand<'_>,
    ) -> Result<(), StoreError> {
        let (activations, rest): (Vec<_>, Vec<_>) =
            claimed.into_iter().partition(|claimed| matches!(claimed.action, Action::ActivateLicense { .. }));
        // Where nobody knows whether an activation arrived, KooGallery is asked first.
        let (unsettled, fresh): (Vec<_>, Vec<_>) = activations.into_iter().partition(|claimed| claimed.unsettled);
        let in_batches = self.config().marketplace.license_api == LicenseApi::V2;
        let (together, single) = if in_batches { (fresh, Vec::new()) } else { (Vec::new(), fresh) };
        self.activate_together(together, errand).await?;
        let asks_in_batches = self.config().marketplace.license_query_api == LicenseApi::V2;
        let (questions, rest): (Vec<_>, Vec<_>) = rest
            .into_iter()
            .partition(|claimed| asks_in_batches && matches!(claimed.action, Action::QueryLicense { .. }));
        self.ask_together(questions, errand).await?;
        let (reports, rest): (Vec<_>, Vec<_>) =
            rest.into_iter().partition(|claimed| matches!(claimed.action, Action::ReportLicenseUse { .. }));
        self.report_together(reports, errand).await?;
        self.one_by_one(unsettled.into_iter().chain(single).chain(rest).collect(), errand).await
    }

    /// Some at a time; once that is cancelled, none is begun any more.
    pub(super) async fn one_by_one(
        &self,
        claimed: Vec<ClaimedAction>,
        errand: &mut Errand<'_>,
    ) -> Result<(), StoreError> {
        let mut waiting: VecDeque<ClaimedAction> = claimed.into();
        let mut running = JoinSet::new();
        loop {
            waiting = errand.leave_unsent(waiting.into()).await?.into();
            while !errand.is_cancelled()
                && let Some(next) = waiting.pop_front_if(|next| running.len() < errand.at_once(&next.action))
            {
                for one in self.still_claimed(&errand.claims, vec![next]).await? {
                    let desk = self.clone();
                    running.spawn(async move {
                        let (action, ended) = (one.action.clone(), desk.carry_out_one(one).await?);
                        let (id, outcome) = (ended.message_id, ended.outcome.clone());
                        desk.inner.store.conclude_actions(vec![ended], desk.now()).await?;
                        Ok::<_, StoreError>((id, action, outcome))
                    });
                }
            }
            match running.join_next().await {
                Some(Ok(ended)) => {
                    let (id, action, outcome) = ended?;
                    errand.learn(&action, &outcome);
                    errand.ended(id).await?;
                }
                Some(Err(_panicked)) => return Err(StoreError::Panicked),
                None if waiting.is_empty() || errand.is_cancelled() => return errand.give_back(waiting.into()).await,
                None => errand.pause().await,
            }
        }
    }

    async fn activate_together(&self, claimed: Vec<ClaimedAction>, errand: &mut Errand<'_>) -> Result<(), StoreError> {
        // Codes that share a request share its time of delivery.
        let mut groups: Vec<(Option<UnixMillis>, Vec<ClaimedAction>)> = Vec::new();
        for one in claimed {
            let Action::ActivateLicense { real_effect_time, .. } = &one.action else { continue };
            match groups.iter_mut().find(|(time, group)| time == real_effect_time && group.len() < BATCH) {
                Some((_, group)) => group.push(one),
                None => groups.push((*real_effect_time, vec![one])),
            }
        }
        while let Some((time, group)) = groups.pop() {
            let group = errand.ready(group).await?;
            if group.is_empty() {
                continue;
            }
            let codes: Vec<LicenseCode> = group.iter().filter_map(|one| one.action.license().cloned()).collect();
            let sent = self.activate(codes, time).await;
            errand.met(Signing::AkSk, sent.outcome.as_ref().err());
            match sent.outcome {
                Ok(()) => {
                    let now = self.now();
                    let activated_at = time.unwrap_or(now);
                    let done = |one: &ClaimedAction| ActionOutcome::activated(&one.action, activated_at);
                    self.conclude_group(&group, &sent.texts, done).await?;
                    self.ask_about_activated(&group).await;
                    errand.tell_rest_of(&ids_of(&group)).await?;
                }
                Err(fault) if group.len() > 1 && is_about_some(&fault) => {
                    let now = self.now();
                    self.conclude_group(&group, &sent.texts, |_| ActionOutcome::divided(fault.clone(), now)).await?;
                    let ids = ids_of(&group);
                    for half in ids.chunks(ids.len().div_ceil(2)) {
                        let again = self.claim(half.to_vec(), errand.origin, &errand.claims).await?;
                        if !again.is_empty() {
                            groups.push((time, again));
                        }
                    }
                }
                // The batch interface does not say why; the one for single codes does.
                Err(fault) if fault.meaning() == Some(CodeMeaning::LicenseBatchInvalid) => {
                    self.one_by_one(group, errand).await?;
                }
                Err(fault) => {
                    let mut ended = Vec::with_capacity(group.len());
                    for one in group {
                        ended.push(self.end_of_activation(one, time, fault.clone(), &sent.texts).await);
                    }
                    self.inner.store.conclude_actions(ended, self.now()).await?;
                }
            }
        }
        Ok(())
    }

    /// One question about many codes; a code that the answer leaves out is asked about by itself.
    async fn ask_together(&self, claimed: Vec<ClaimedAction>, errand: &mut Errand<'_>) -> Result<(), StoreError> {
        if claimed.is_empty() {
            return Ok(());
        }
        let claimed = errand.ready(claimed).await?;
        if claimed.is_empty() {
            return Ok(());
        }
        let codes: Vec<LicenseCode> = claimed.iter().filter_map(|one| one.action.license().cloned()).collect();
        let sent = self.ask_about(codes).await;
        errand.met(Signing::AkSk, sent.outcome.as_ref().err());
        let told = match sent.outcome {
            Ok(told) => told,
            // Refused for some of its codes, or not the form that it is taken for: each is asked about by itself.
            Err(fault) if is_about_some(&fault) || matches!(fault, ApiFault::NotUnderstood { .. }) => Vec::new(),
            Err(fault) => {
                let now = self.now();
                let failed = |one: &ClaimedAction| {
                    ActionOutcome::failed(&one.action, fault.clone(), one.attempts, one.kept_at, now)
                };
                return self.conclude_group(&claimed, &sent.texts, failed).await;
            }
        };
        let (answered, left): (Vec<_>, Vec<_>) = claimed
            .into_iter()
            .partition(|one| one.action.license().is_some_and(|code| told.iter().any(|info| info.license == *code)));
        let done = |one: &ClaimedAction| {
            let info = told.iter().find(|info| Some(&info.license) == one.action.license()).cloned();
            let effect = info.map(|info| ActionEffect::LicenseTold(Box::new(info)));
            concluded(one, sent.texts.clone(), ActionOutcome::succeeded(LICENSE_SUCCESS, effect.into_iter().collect()))
        };
        self.inner.store.conclude_actions(answered.iter().map(done).collect(), self.now()).await?;
        errand.tell_rest_of(&ids_of(&answered)).await?;
        self.one_by_one(left, errand).await
    }

    /// «Not in a state that allows it» is said of codes that are active already: then nothing is wrong.
    async fn end_of_activation(
        &self,
        one: ClaimedAction,
        time: Option<UnixMillis>,
        fault: ApiFault,
        texts: &Texts,
    ) -> ConcludedAction {
        let mut outcome = None;
        if fault.meaning() == Some(CodeMeaning::LicenseIllegalState)
            && let Some(license) = one.action.license()
        {
            outcome = self.activated_before(license, time).await.ok().flatten();
        }
        let outcome =
            outcome.unwrap_or_else(|| ActionOutcome::failed(&one.action, fault, one.attempts, one.kept_at, self.now()));
        concluded(&one, texts.clone(), outcome)
    }

    async fn activate_singly(
        &self,
        one: ClaimedAction,
        license: LicenseCode,
        time: Option<UnixMillis>,
    ) -> ConcludedAction {
        let sent = self.activate_one(&license, time).await;
        match sent.outcome {
            Ok(told) => {
                let at = time.unwrap_or_else(|| self.now());
                concluded(&one, sent.texts, ActionOutcome::activated_and_told(license, at, told))
            }
            Err(fault) => self.end_of_activation(one, time, fault, &sent.texts).await,
        }
    }

    async fn carry_out_one(&self, one: ClaimedAction) -> Result<ConcludedAction, StoreError> {
        if let Action::ActivateLicense { license, real_effect_time } = &one.action {
            let (license, time) = (license.clone(), *real_effect_time);
            if one.unsettled {
                match self.activated_before(&license, time).await {
                    Ok(Some(outcome)) => return Ok(concluded(&one, Texts::default(), outcome)),
                    // It did not arrive: send it.
                    Ok(None) => {}
                    Err(asked) => {
                        let now = self.now();
                        let outcome = ActionOutcome::failed(&one.action, asked.fault, one.attempts, one.kept_at, now);
                        return Ok(concluded(&one, asked.texts, outcome));
                    }
                }
            }
            return Ok(self.activate_singly(one, license, time).await);
        }
        let Sent { texts, outcome } = self.send(&one).await?;
        let outcome = outcome
            .unwrap_or_else(|fault| ActionOutcome::failed(&one.action, fault, one.attempts, one.kept_at, self.now()));
        Ok(concluded(&one, texts, outcome))
    }

    /// `Some` where KooGallery says that the code is active.
    async fn activated_before(
        &self,
        license: &LicenseCode,
        time: Option<UnixMillis>,
    ) -> Result<Option<ActionOutcome>, Asked> {
        let told = self.look_up(license).await?;
        Ok(told.filter(|told| told.status == Some(LicenseLife::Alive)).map(|told| {
            let at = told.activate_time.or(time).unwrap_or_else(|| self.now());
            ActionOutcome::activated_and_told(license.clone(), at, told)
        }))
    }

    async fn conclude_group(
        &self,
        group: &[ClaimedAction],
        texts: &Texts,
        outcome: impl Fn(&ClaimedAction) -> ActionOutcome,
    ) -> Result<(), StoreError> {
        let ended = group.iter().map(|one| concluded(one, texts.clone(), outcome(one))).collect();
        self.inner.store.conclude_actions(ended, self.now()).await
    }
}

pub(super) fn concluded(one: &ClaimedAction, texts: Texts, outcome: ActionOutcome) -> ConcludedAction {
    ConcludedAction {
        message_id: one.message_id,
        attempt_id: one.attempt_id,
        world: one.world,
        exchange: texts,
        outcome,
    }
}

pub(super) fn ids_of(group: &[ClaimedAction]) -> Vec<MessageId> {
    group.iter().map(|one| one.message_id).collect()
}

/// Whether a refusal of a batch may be about some of its codes only.
pub(super) fn is_about_some(fault: &ApiFault) -> bool {
    matches!(
        fault.meaning(),
        Some(
            CodeMeaning::LicenseBatchInvalid
                | CodeMeaning::LicenseIllegalState
                | CodeMeaning::LicenseNotReceived
                | CodeMeaning::LicenseUnknown
                | CodeMeaning::LicenseNotActivated
                | CodeMeaning::InvalidRequest
        )
    )
}
