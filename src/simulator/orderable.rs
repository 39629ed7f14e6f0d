//! What can be done with an instance or an authorization code as it stands: by its state, by how it is paid (the table of
//! KooGallery page zh-cn_topic_0070649414), and by what is under way. The debugging page asks for none of this.

use super::{
    Instance, InstanceStatus, Marketplace, MessageId, Product, SimulatorError,
    delivery::lock,
    ledger::Ledger,
    overtaking::{Subject, is_change, is_release},
};
use crate::protocol::{
    callback::Delivers,
    id::{InstanceId, LicenseCode},
};

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    Renew,
    CancelRenewal,
    /// 续费变更.
    Change,
    Formalise,
    Upgrade,
    Unsubscribe,
    Expire,
    Freeze,
    Unfreeze,
    Release,
    ApplyForLicense,
}

impl Deed {
    const fn infinitive(self) -> &'static str {
        match self {
            Self::Renew => "be renewed",
            Self::CancelRenewal => "have a renewal taken back",
            Self::Change => "be renewed with a change",
            Self::Formalise => "be formalised",
            Self::Upgrade => "be upgraded",
            Self::Unsubscribe => "be unsubscribed",
            Self::Expire => "expire",
            Self::Freeze => "be frozen",
            Self::Unfreeze => "be thawed",
            Self::Release => "be released",
            Self::ApplyForLicense => "be given a License",
        }
    }

    /// Has an order of its own, or ends everything.
    const fn is_change(self) -> bool {
        !matches!(self, Self::Expire | Self::Freeze | Self::Unfreeze | Self::ApplyForLicense)
    }

    const fn is_of_periods(self) -> bool {
        matches!(
            self,
            Self::Renew | Self::CancelRenewal | Self::Change | Self::Formalise | Self::Upgrade | Self::Expire
        )
    }

    /// What License 1.0 has an interface for.
    const fn is_of_license(self) -> bool {
        matches!(self, Self::Renew | Self::Expire | Self::Release | Self::Unsubscribe)
    }
}

/// Why something cannot be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Impossible {
    #[error("it is released")]
    Released,
    #[error("it is bought {0}, and has no period")]
    NoPeriod(&'static str),
    #[error("{0} is not sold for a period")]
    NotSoldForAPeriod(String),
    #[error("it is a trial, which becomes formal first")]
    Trial,
    #[error("it is no trial")]
    NoTrial,
    #[error("License 1.0 has no interface for it")]
    NotOfLicense,
    #[error("{0} is under way")]
    UnderWay(MessageId),
}

fn check(instance: &Instance, deed: Deed, target: Option<&Product>) -> Result<(), Impossible> {
    let charging = instance.terms.charging;
    if instance.status == InstanceStatus::Released {
        return Err(Impossible::Released);
    }
    if instance.delivers == Delivers::License && !deed.is_of_license() {
        return Err(Impossible::NotOfLicense);
    }
    if deed.is_of_periods() && charging.period().is_none() {
        return Err(Impossible::NoPeriod(charging.as_wire()));
    }
    match deed {
        Deed::Formalise if !instance.terms.trial => return Err(Impossible::NoTrial),
        Deed::Renew | Deed::CancelRenewal | Deed::Change if instance.terms.trial => return Err(Impossible::Trial),
        _ => {}
    }
    match target.filter(|target| target.months == 0) {
        Some(target) => Err(Impossible::NotSoldForAPeriod(target.product_id.clone())),
        None => Ok(()),
    }
}

impl Ledger {
    /// A change that was ordered before and is not done yet, or a release.
    pub(super) fn under_way(&self, subject: &Subject<'_>, deed: Deed) -> Option<MessageId> {
        let mut messages = self.messages.values().map(|entry| entry.message.borrow());
        let found = messages.find(|message| {
            let stands_in_the_way = if deed.is_change() { is_change } else { is_release };
            !message.test
                && !message.state.is_final()
                && stands_in_the_way(&message.activity)
                && Subject::of(&message.activity).as_ref() == Some(subject)
        });
        found.map(|message| message.id)
    }
}

impl Marketplace {
    /// The instance, where that can be done with it. `target`: what it is to become, where that has to have a period.
    pub(super) fn possible(
        &self,
        id: &InstanceId,
        deed: Deed,
        target: Option<&Product>,
    ) -> Result<Instance, SimulatorError> {
        let instance = self.known(id)?;
        if self.shared.is_debugging() {
            return Ok(instance);
        }
        let under_way = lock(&self.shared.ledger).under_way(&Subject::Instance(id), deed);
        let possible = check(&instance, deed, target);
        let possible = possible.and_then(|()| under_way.map_or(Ok(()), |id| Err(Impossible::UnderWay(id))));
        let told = |why| SimulatorError::Impossible { subject: format!("instance {id}"), deed: deed.infinitive(), why };
        possible.map(|()| instance).map_err(told)
    }

    /// The same of an authorization code; of one that is in no book, everything can be said.
    pub(super) fn possible_with_license(&self, code: &LicenseCode, deed: Deed) -> Result<(), SimulatorError> {
        if self.shared.is_debugging() {
            return Ok(());
        }
        let ledger = lock(&self.shared.ledger);
        let released = ledger.licenses.get(code).filter(|license| license.released).map(|_| Impossible::Released);
        let under_way = || ledger.under_way(&Subject::License(code), deed).map(Impossible::UnderWay);
        released.or_else(under_way).map_or(Ok(()), |why| {
            let subject = format!("authorization code {code}");
            Err(SimulatorError::Impossible { subject, deed: deed.infinitive(), why })
        })
    }
}
