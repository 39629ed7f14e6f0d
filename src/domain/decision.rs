//! The rules of answering: given a call and what is known at that moment, what is to be done, and what follows from it.
//!
//! [`decide`] and [`apply`] run inside one unit of work of the store each, so what they were told stays true until their
//! outcome is on disk. They ask nobody and know no clock.

use super::{Exception, Fulfilled, Instance, InstanceStatus, World, message::Progress};
use crate::protocol::{
    ResultCode, UnixMillis,
    callback::{Activity, Answer, AppInfo, InstanceInfo, Scene, StatusChange},
    id::{BusinessId, InstanceId, OrderLine},
};

/// What is asked, by whom it is answered.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    pub activity: &'a Activity,
    pub world: World,
    pub endpoint: &'a str,
}

/// What the store knows of a call, read in the unit of work that will write the outcome.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The newest message with the call's key.
    pub message: Option<KnownMessage>,
    /// The instances that the activity names, or the one of its order line.
    pub instances: Vec<Instance>,
    /// The `businessId` of a purchase is already the id of another order's instance.
    pub business_id_taken: bool,
    /// How often the message was tried, and when it first came.
    pub attempts: u32,
    pub received_at: UnixMillis,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KnownMessage {
    pub progress: Progress,
    /// Somebody works on it and their lease has not run out.
    pub claimed: bool,
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
    /// The product has to be asked; the instance as it stands meanwhile, where it is new.
    Ask(Option<Instance>),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    pub answer: Answer,
    pub progress: Progress,
    pub exception: Option<Exception>,
    /// To be written, where it is new or changed.
    pub instance: Option<Instance>,
}

impl Outcome {
    fn succeeded(answer: Answer, instance: Option<Instance>) -> Self {
        Self { answer, progress: Progress::Succeeded, exception: None, instance }
    }

    fn failing(code: ResultCode, exception: Exception) -> Self {
        let answer = Answer::of(code);
        Self { answer, progress: Progress::Failing, exception: Some(exception), instance: None }
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
    }
    match call.activity {
        Activity::NewInstance { order, business_id } => {
            new_instance(call, order, business_id, known, provisioning, now)
        }
        Activity::QueryInstance { instance_ids } => Step::Finish(query_instance(instance_ids, &known.instances)),
        Activity::OrderNotify { .. } => Step::Finish(Outcome::succeeded(Answer::of(ResultCode::SUCCESS), None)),
        Activity::Unknown { name } => Step::Finish(Outcome::failing(
            ResultCode::INVALID_PARAMETER,
            Exception::UnknownActivity { activity: name.clone() },
        )),
        Activity::UpdateInstanceStatus { status: StatusChange::Unknown(status), .. } => Step::Finish(Outcome::failing(
            ResultCode::INVALID_PARAMETER,
            Exception::UnknownStatus { status: status.clone() },
        )),
        _ => match (known.instances.first(), provisioning, call.world) {
            (Some(_), Provisioning::Webhook, World::Live) => Step::Ask(None),
            _ => Step::Finish(apply(call, known, Fulfilled::Done { app_info: None }, now)),
        },
    }
}

/// What follows from the product's word.
pub fn apply(call: Call<'_>, known: &Known, fulfilled: Fulfilled, now: UnixMillis) -> Outcome {
    let Some(instance) = known.instances.first() else {
        return match call.activity.instance_id() {
            Some(instance_id) => Outcome::failing(
                ResultCode::INSTANCE_NOT_FOUND,
                Exception::UnknownInstance { instance_id: instance_id.clone() },
            ),
            None => Outcome::failing(ResultCode::INTERNAL_ERROR, Exception::Interrupted),
        };
    };
    let purchase = matches!(call.activity, Activity::NewInstance { .. });
    let mut outcome = match fulfilled {
        Fulfilled::Done { app_info } => match changed(call.activity, instance, app_info, now) {
            Ok(instance) => Outcome::succeeded(Answer::of(ResultCode::SUCCESS), Some(instance)),
            Err(exception) => Outcome::failing(ResultCode::INTERNAL_ERROR, exception),
        },
        Fulfilled::Working => {
            // Only a purchase may be answered "in progress"; for the rest KooGallery has to call again.
            let code = if purchase { ResultCode::IN_PROGRESS } else { ResultCode::INTERNAL_ERROR };
            Outcome {
                answer: Answer::new(code, ResultCode::IN_PROGRESS.message()),
                progress: Progress::InProgress,
                exception: Some(Exception::WebhookWorking),
                instance: None,
            }
        }
        Fulfilled::Refused { result_code, result_msg } => {
            let mut refused = instance.clone();
            let failed = purchase && instance.status == InstanceStatus::Provisioning;
            if failed {
                refused.status = InstanceStatus::Failed;
                refused.changed_at = now;
            }
            Outcome {
                answer: Answer::new(result_code.clone(), &result_msg),
                progress: Progress::Failing,
                exception: Some(Exception::Refused { result_code: result_code.to_string(), result_msg }),
                instance: failed.then_some(refused),
            }
        }
        Fulfilled::Failed(exception) => Outcome::failing(ResultCode::INTERNAL_ERROR, exception),
    };
    if purchase {
        outcome.answer.instance_id = Some(instance.instance_id.clone());
    }
    outcome
}

/// The access data that the operator filled in, as if the product had told it.
pub fn fulfil_by_hand(instance: &Instance, app_info: AppInfo, now: UnixMillis) -> Result<Instance, Exception> {
    provisioned(instance, Some(app_info), now)
}

fn new_instance(
    call: Call<'_>,
    order: &OrderLine,
    business_id: &BusinessId,
    known: &Known,
    provisioning: Provisioning<'_>,
    now: UnixMillis,
) -> Step {
    let bought = known.instances.first().cloned().unwrap_or_else(|| {
        // The advice of the pages is the first call's businessId. The order line's id is as unique, should that be taken.
        let id = if known.business_id_taken { order.order_line_id.as_str() } else { business_id.as_str() };
        Instance::bought(call.world, InstanceId::new(id), order.clone(), call.endpoint, now)
    });
    let known = Known { instances: vec![bought.clone()], ..known.clone() };
    let at_once = |app_info| Step::Finish(apply(call, &known, Fulfilled::Done { app_info }, now));
    // What is provisioned is not provisioned twice; what was refunded meanwhile, not at all.
    if bought.is_provisioned() || bought.status == InstanceStatus::Released {
        return at_once(bought.app_info);
    }
    match (provisioning, call.world) {
        (Provisioning::Template(render), _) => at_once(Some(render(&bought.instance_id, order))),
        // A debugging call is answered in full and starts nothing.
        (_, World::Test) => at_once(Some(sample_app_info(&bought.instance_id))),
        (Provisioning::Webhook, World::Live) => Step::Ask(Some(bought)),
        (Provisioning::Manual, World::Live) => Step::Finish(Outcome {
            answer: Answer::of(ResultCode::IN_PROGRESS).with_instance(bought.instance_id.clone()),
            progress: Progress::InProgress,
            exception: Some(Exception::WaitsForOperator),
            instance: Some(bought),
        }),
    }
}

fn sample_app_info(instance_id: &InstanceId) -> AppInfo {
    AppInfo { front_end_url: format!("https://example.com/{instance_id}"), ..AppInfo::default() }
}

fn query_instance(asked: &[InstanceId], found: &[Instance]) -> Outcome {
    if let Some(unknown) = asked.iter().find(|id| found.is_empty() && !id.as_str().is_empty()) {
        let instance_id = unknown.clone();
        return Outcome::failing(ResultCode::INSTANCE_NOT_FOUND, Exception::UnknownInstance { instance_id });
    }
    let info: Vec<InstanceInfo> = found
        .iter()
        .filter(|instance| !matches!(instance.status, InstanceStatus::Provisioning | InstanceStatus::Failed))
        .map(|instance| InstanceInfo { instance_id: instance.instance_id.clone(), app_info: instance.app_info.clone() })
        .collect();
    if !info.is_empty() {
        return Outcome::succeeded(Answer { info, ..Answer::of(ResultCode::SUCCESS) }, None);
    }
    if found.iter().any(|instance| instance.status == InstanceStatus::Provisioning) {
        // The question is answered; only the instance is not there yet.
        return Outcome::succeeded(Answer::of(ResultCode::IN_PROGRESS), None);
    }
    let code = ResultCode::PRODUCT_INTERNAL_ERROR;
    let exception = Exception::Refused { result_code: code.to_string(), result_msg: code.message().to_owned() };
    Outcome::failing(code, exception)
}

/// The instance after the activity was done.
fn changed(
    activity: &Activity,
    instance: &Instance,
    app_info: Option<AppInfo>,
    now: UnixMillis,
) -> Result<Instance, Exception> {
    let gone = matches!(instance.status, InstanceStatus::Released | InstanceStatus::Failed);
    let released = || Exception::InstanceReleased { instance_id: instance.instance_id.clone() };
    let mut after = instance.clone();
    match activity {
        Activity::NewInstance { .. } => return provisioned(instance, app_info, now),
        Activity::ReleaseInstance { .. } => after.status = InstanceStatus::Released,
        // Nothing is left that could be used: frozen enough.
        Activity::UpdateInstanceStatus { status: StatusChange::Freeze, .. } if gone => {}
        _ if gone => return Err(released()),
        Activity::UpdateInstanceStatus { status: StatusChange::Freeze, .. } => {
            if instance.status == InstanceStatus::Provisioning {
                return Err(Exception::StillProvisioning { instance_id: instance.instance_id.clone() });
            }
            after.status = InstanceStatus::Frozen;
        }
        Activity::UpdateInstanceStatus { status: StatusChange::Unfreeze, .. }
            if instance.status == InstanceStatus::Frozen =>
        {
            after.status = InstanceStatus::Active;
        }
        Activity::RefreshInstance { expire_time, product_id, scene, .. } => {
            after.expire_time = Some(*expire_time);
            if !matches!(scene, Scene::UnsubscribeRenewalPeriod) && product_id.is_some() {
                after.product_id.clone_from(product_id);
            }
        }
        _ => {}
    }
    if after != *instance {
        after.changed_at = now;
    }
    Ok(after)
}

fn provisioned(instance: &Instance, app_info: Option<AppInfo>, now: UnixMillis) -> Result<Instance, Exception> {
    if let Some(Err(long)) = app_info.as_ref().map(AppInfo::check_limits) {
        return Err(Exception::FieldTooLong { field: long.name.to_owned(), length: long.length, max: long.max });
    }
    let mut after = instance.clone();
    match instance.status {
        InstanceStatus::Provisioning | InstanceStatus::Failed => after.status = InstanceStatus::Active,
        // A second telling of the access data replaces the first.
        InstanceStatus::Active | InstanceStatus::Frozen => {}
        // Refunded meanwhile: it must not come back to life.
        InstanceStatus::Released => {
            return Err(Exception::InstanceReleased { instance_id: instance.instance_id.clone() });
        }
    }
    if app_info.is_some() {
        after.app_info = app_info;
    }
    if after != *instance {
        after.changed_at = now;
    }
    Ok(after)
}

/// Whether a call whose message succeeded is that message again, or new business with the same words.
fn is_repeat(activity: &Activity, known: &Known) -> bool {
    match activity {
        activity if activity.is_question() => false,
        // Freezing comes without an order id: what was thawed meanwhile is frozen anew.
        Activity::UpdateInstanceStatus { status, .. } => {
            known.instances.first().is_some_and(|instance| match instance.status {
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
        (Activity::NewInstance { .. }, Some(instance)) => answer.with_instance(instance.instance_id.clone()),
        _ => answer,
    }
}

#[cfg(test)]
mod tests;
