//! The rules of answering: given a call and what is known at that moment, what is to be done, and what follows from it.
//!
//! [`decide`] and [`apply`] run inside one unit of work of the store each, so what they were told stays true until their
//! outcome is on disk. They ask nobody and know no clock.

mod instance;
mod kit;

pub use instance::fulfil_by_hand;

use super::{
    Exception, Fulfilled, Instance, InstanceStatus, License, SecretFlaw, ToldLicense, World,
    message::Progress,
    organisation::{OrganisationChange, OrganisationRows},
    sync_order::Newer,
};
use crate::protocol::{
    ResultCode, Secret, UnixMillis,
    callback::{Activity, Answer, AppInfo, LicenseApplication, LicenseChange, StatusChange, Wire},
    id::{InstanceId, LicenseCode, OrderLine},
};

/// What is asked, by whom it is answered.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    pub activity: &'a Activity,
    pub wire: Wire,
    pub world: World,
    pub endpoint: &'a str,
    /// What became of opening the `clientSecret`, where the call carries one.
    pub client_secret: Option<&'a Result<Secret, SecretFlaw>>,
}

/// What the store knows of a call, read in the unit of work that will write the outcome.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The newest message with the call's key.
    pub message: Option<KnownMessage>,
    /// The instances that the activity names, or the one of its order line.
    pub instances: Vec<Instance>,
    /// The authorization code that the activity names.
    pub license: Option<License>,
    /// The `businessId` of a purchase is already the id of another order's instance.
    pub business_id_taken: bool,
    /// What was told of newer than by the synchronisation that the activity is.
    pub newer: Newer,
    /// The organisation that the activity is about, where a change is only foreseen.
    pub organisation: OrganisationRows,
    /// How often the message was tried, and when it first came.
    pub attempts: u32,
    pub received_at: UnixMillis,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownMessage {
    pub progress: Progress,
    /// Somebody works on it and their lease has not run out.
    pub claimed: bool,
    /// Everything is done but the upload of a License.
    pub waits_for_upload: bool,
}

/// How purchases are provisioned at the call's endpoint.
#[derive(Clone, Copy)]
pub enum Provisioning<'a> {
    /// At once, with access data made from a template.
    Template(&'a dyn Fn(&InstanceId, &OrderLine) -> AppInfo),
    /// By the operator, who fills in the access data.
    Manual,
    /// By the seller's product, which is asked about every activity.
    Webhook,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Done before: the same answer again.
    Repeat(Answer),
    /// Somebody is at it: wait for their result.
    Wait,
    /// Decided.
    Finish(Outcome),
    /// The product has to be asked; what is new, as it stands meanwhile.
    Ask(Option<Box<Change>>),
}

/// What is to be written beside the message.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    Instance(Instance),
    License(License),
    Organisation(Box<OrganisationChange>),
    /// An application for a License, with the License where the product told it already.
    Application {
        application: LicenseApplication,
        license: Option<ToldLicense>,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    pub answer: Answer,
    pub progress: Progress,
    pub exception: Option<Exception>,
    pub change: Option<Box<Change>>,
}

impl Outcome {
    fn succeeded(change: Option<Change>) -> Self {
        let change = change.map(Box::new);
        Self { answer: Answer::of(ResultCode::SUCCESS), progress: Progress::Succeeded, exception: None, change }
    }

    fn failing(code: ResultCode, exception: Exception) -> Self {
        let answer = Answer::of(code);
        Self { answer, progress: Progress::Failing, exception: Some(exception), change: None }
    }

    fn waiting(exception: Exception, change: Option<Change>) -> Self {
        let change = change.map(Box::new);
        let answer = Answer::of(ResultCode::IN_PROGRESS);
        Self { answer, progress: Progress::InProgress, exception: Some(exception), change }
    }

    /// The instance that is to be written.
    pub fn instance(&self) -> Option<&Instance> {
        match self.change.as_deref() {
            Some(Change::Instance(instance)) => Some(instance),
            _ => None,
        }
    }
}

/// What to do about a call.
pub fn decide(call: Call<'_>, known: &Known, provisioning: Provisioning<'_>, now: UnixMillis) -> Step {
    if let Some(message) = known.message {
        if message.progress == Progress::Succeeded && is_repeat(call.activity, known) {
            return Step::Repeat(repeated_answer(call.activity, known));
        }
        if message.claimed {
            return Step::Wait;
        }
        if message.waits_for_upload {
            return Step::Finish(Outcome::waiting(Exception::WaitsForUpload, None));
        }
    }
    let asks = matches!((provisioning, call.world), (Provisioning::Webhook, World::Live));
    match call.activity {
        Activity::NewInstance { .. } => instance::buy(call, known, provisioning, now),
        Activity::QueryInstance { instance_ids } => {
            Step::Finish(instance::query(instance_ids, &known.instances, call.world))
        }
        Activity::OrderNotify { .. } => Step::Finish(Outcome::succeeded(None)),
        Activity::Unknown { name } => {
            let exception = Exception::UnknownActivity { activity: name.clone() };
            Step::Finish(Outcome::failing(ResultCode::INVALID_PARAMETER, exception))
        }
        Activity::UpdateInstanceStatus { status: StatusChange::Unknown(status), .. }
        | Activity::License { change: LicenseChange::Status(StatusChange::Unknown(status)), .. } => {
            let exception = Exception::UnknownStatus { status: status.clone() };
            let change = seen_now(call, known, now);
            Step::Finish(Outcome { change, ..Outcome::failing(ResultCode::INVALID_PARAMETER, exception) })
        }
        _ => {
            let done = apply(call, known, Fulfilled::Done { app_info: None }, now);
            // The product is not asked to do what cannot be done here afterwards.
            let asks = asks && done.exception != Some(Exception::OvertakenSync);
            if asks && done.progress != Progress::Failing {
                Step::Ask(seen_now(call, known, now))
            } else {
                Step::Finish(done)
            }
        }
    }
}

/// What follows from the product's word.
pub fn apply(call: Call<'_>, known: &Known, fulfilled: Fulfilled, now: UnixMillis) -> Outcome {
    match call.activity {
        Activity::License { license, change } => concluded(call, fulfilled, |_| {
            let before = known.license.clone().unwrap_or_else(|| first_seen(call, license, now));
            before.changed(change, now).map(Change::License)
        }),
        Activity::Kit(sync) => kit::apply(call, sync, known, fulfilled),
        _ => match known.instances.first() {
            Some(instance) => instance::apply(call, instance, fulfilled, now),
            None => match call.activity.instance_id() {
                // The debugging page's cases name instances that it makes up, and have to be answered with success in
                // any order (KooGallery page zh-cn_topic_0070649478).
                Some(instance_id) if call.world == World::Test => {
                    let exception = Exception::MadeUpInstance { instance_id: instance_id.clone() };
                    Outcome { exception: Some(exception), ..Outcome::succeeded(None) }
                }
                Some(instance_id) => Outcome::failing(
                    ResultCode::INSTANCE_NOT_FOUND,
                    Exception::UnknownInstance { instance_id: instance_id.clone() },
                ),
                None => Outcome::failing(ResultCode::INTERNAL_ERROR, Exception::Interrupted),
            },
        },
    }
}

/// The product's word as an outcome; `done` says what is to be written where it did what was asked.
fn concluded(
    call: Call<'_>,
    fulfilled: Fulfilled,
    done: impl FnOnce(Option<AppInfo>) -> Result<Change, Exception>,
) -> Outcome {
    match fulfilled {
        Fulfilled::Done { app_info } => match done(app_info) {
            Ok(change) => Outcome::succeeded(Some(change)),
            Err(exception) => Outcome::failing(ResultCode::INTERNAL_ERROR, exception),
        },
        Fulfilled::LicenseFile(_) => concluded(call, Fulfilled::Done { app_info: None }, done),
        Fulfilled::Working => {
            // Only a purchase or an application may be answered "in progress"; for the rest KooGallery has to call again.
            let may_wait = matches!(call.activity, Activity::NewInstance { .. } | Activity::GetLicenseAsync(_));
            let code = if may_wait { ResultCode::IN_PROGRESS } else { ResultCode::INTERNAL_ERROR };
            let answer = Answer::new(code, ResultCode::IN_PROGRESS.message());
            Outcome { answer, ..Outcome::waiting(Exception::WebhookWorking, None) }
        }
        Fulfilled::Refused { result_code, result_msg } => {
            let answer = Answer::new(result_code.clone(), &result_msg);
            let exception = Exception::Refused { result_code: result_code.to_string(), result_msg };
            Outcome { answer, ..Outcome::failing(result_code, exception) }
        }
        Fulfilled::Failed(exception) => Outcome::failing(ResultCode::INTERNAL_ERROR, exception),
    }
}

/// A code that no call named before, whatever becomes of this one.
fn seen_now(call: Call<'_>, known: &Known, now: UnixMillis) -> Option<Box<Change>> {
    match call.activity {
        Activity::License { license, .. } if known.license.is_none() => {
            Some(Box::new(Change::License(first_seen(call, license, now))))
        }
        _ => None,
    }
}

/// No call tells of a code's purchase, so the first one that names it is where it becomes known.
fn first_seen(call: Call<'_>, license: &LicenseCode, now: UnixMillis) -> License {
    License { endpoint: Some(call.endpoint.to_owned()), ..License::added(call.world, license.clone(), now) }
}

/// Whether a call whose message succeeded is that message again, or new business with the same words.
fn is_repeat(activity: &Activity, known: &Known) -> bool {
    match activity {
        activity if activity.is_question() => false,
        // The same words may have been taken back in between; doing them again changes nothing.
        Activity::Kit(_) => false,
        Activity::License { change: LicenseChange::Status(status), .. } => {
            known.license.as_ref().is_some_and(|license| license.stands_after(status))
        }
        // Freezing comes without an order id: what was thawed meanwhile is frozen anew.
        Activity::UpdateInstanceStatus { status, .. } => {
            // A made-up instance of a debugging call is known to nobody.
            known.instances.first().is_none_or(|instance| match instance.status {
                InstanceStatus::Frozen => *status == StatusChange::Freeze,
                InstanceStatus::Active => *status == StatusChange::Unfreeze,
                InstanceStatus::Released | InstanceStatus::Failed => true,
                InstanceStatus::Provisioning => false,
            })
        }
        _ => true,
    }
}

fn repeated_answer(activity: &Activity, known: &Known) -> Answer {
    let answer = Answer::of(ResultCode::SUCCESS);
    match (activity, known.instances.first()) {
        (Activity::NewInstance { .. }, Some(instance)) => {
            Answer { app_info: instance.app_info.clone(), ..answer }.with_instance(instance.instance_id.clone())
        }
        _ => answer,
    }
}

#[cfg(test)]
mod tests;
