//! The rules about instances: buying, asking about them, changing them.

use super::{Call, Change, Known, Outcome, Provisioning, Step, concluded};
use crate::{
    domain::{Exception, Fulfilled, Instance, InstanceStatus, ToldLicense, World},
    protocol::{
        ResultCode, Secret, UnixMillis,
        callback::{Activity, Answer, AppInfo, Delivers, InstanceInfo, OrderDetails, Scene, StatusChange, Wire},
        id::InstanceId,
    },
};

/// The access data that the operator filled in, as if the product had told it. `wire` is how the purchase came.
pub fn fulfil_by_hand(
    instance: &Instance,
    app_info: AppInfo,
    wire: Wire,
    delivers: Delivers,
    now: UnixMillis,
) -> Result<Instance, Exception> {
    provisioned(instance, Some(delivered(app_info, delivers, wire)?), wire, now)
}

/// A purchase, new or not finished yet.
pub(super) fn buy(call: Call<'_>, known: &Known, provisioning: Provisioning<'_>, now: UnixMillis) -> Step {
    let Activity::NewInstance { order, business_id, details, .. } = call.activity else { return Step::Wait };
    let mut bought = known.instances.first().cloned().unwrap_or_else(|| {
        // The advice of the pages is the first call's businessId. Something as unique, should that be taken.
        let id = match order.order_line_id.as_str() {
            _ if !known.business_id_taken => business_id.as_str(),
            "" => order.order_id.as_str(),
            line => line,
        };
        Instance::bought(call.world, InstanceId::new(id), order.clone(), call.endpoint, now)
    });
    if let Some(details) = details {
        take_details(&mut bought, details);
    }
    let at_once = |app_info| Step::Finish(apply(call, &bought, Fulfilled::Done { app_info }, now));
    // What is provisioned is not provisioned twice; what was refunded meanwhile, not at all.
    if bought.is_provisioned() || bought.status == InstanceStatus::Released {
        return at_once(bought.app_info.clone());
    }
    match (provisioning, call.world) {
        (Provisioning::Template(render), _) => at_once(Some(render(&bought.instance_id, order))),
        // A debugging call is answered in full and starts nothing.
        (_, World::Test) => at_once(Some(sample_app_info(&bought.instance_id))),
        (Provisioning::Webhook, World::Live) => Step::Ask(Some(Box::new(Change::Instance(bought)))),
        (Provisioning::Manual, World::Live) => {
            let id = bought.instance_id.clone();
            let waiting = Outcome::waiting(Exception::WaitsForOperator, Some(Change::Instance(bought)));
            Step::Finish(Outcome { answer: waiting.answer.with_instance(id), ..waiting })
        }
    }
}

/// What V1 tells of the order is the instance's.
fn take_details(instance: &mut Instance, details: &OrderDetails) {
    instance.product_id.clone_from(&details.product_id);
    instance.sku_code.clone_from(&details.sku_code);
    instance.customer_id.clone_from(&details.customer_id);
    instance.customer_name.clone_from(&details.customer_name);
    instance.expire_time = instance.expire_time.or(details.expire_time);
}

/// What follows from the product's word about an instance.
pub(super) fn apply(call: Call<'_>, instance: &Instance, fulfilled: Fulfilled, now: UnixMillis) -> Outcome {
    if let Activity::GetLicenseAsync(application) = call.activity {
        // Nothing is handed over to an application that the debugging page made up.
        if call.world == World::Test {
            return Outcome::succeeded(None);
        }
        let license = match &fulfilled {
            Fulfilled::Done { app_info } => {
                app_info.as_ref().and_then(|told| told.license.clone()).map(ToldLicense::text)
            }
            Fulfilled::LicenseFile(told) => Some(told.clone()),
            _ => None,
        };
        let application = Change::Application { application: application.clone(), license };
        let outcome = concluded(call, fulfilled, |_| Ok(application));
        // The License goes out in an upload of its own.
        return match outcome.change {
            Some(change) => Outcome::waiting(Exception::WaitsForUpload, Some(*change)),
            None => outcome,
        };
    }
    let purchase = matches!(call.activity, Activity::NewInstance { .. });
    let refused = matches!(fulfilled, Fulfilled::Refused { .. });
    let mut outcome =
        concluded(call, fulfilled, |app_info| changed(call, instance, app_info, now).map(Change::Instance));
    if purchase {
        if refused && instance.status == InstanceStatus::Provisioning {
            let failed = Instance { status: InstanceStatus::Failed, changed_at: now, ..instance.clone() };
            outcome.change = Some(Box::new(Change::Instance(failed)));
        } else {
            outcome.answer.app_info = outcome.instance().and_then(|instance| instance.app_info.clone());
        }
        outcome.answer.instance_id = Some(instance.instance_id.clone());
    }
    outcome
}

/// What the purchase delivers, and nothing else.
fn delivered(app_info: AppInfo, delivers: Delivers, wire: Wire) -> Result<AppInfo, Exception> {
    // An online License has no page to open: it is applied for later on.
    let of_online_license = wire == Wire::V2 && app_info.front_end_url.is_empty();
    match delivers {
        Delivers::License if app_info.license.is_none() => Err(Exception::NoLicense),
        Delivers::License => Ok(AppInfo { license: app_info.license, ..AppInfo::default() }),
        Delivers::AppInfo if of_online_license && app_info.license.is_some() => Ok(app_info),
        Delivers::AppInfo if app_info.front_end_url.is_empty() => Err(Exception::NoFrontEndUrl),
        Delivers::AppInfo => Ok(AppInfo { license: None, ..app_info }),
    }
}

fn sample_app_info(instance_id: &InstanceId) -> AppInfo {
    AppInfo {
        front_end_url: format!("https://example.com/{instance_id}"),
        license: Some(Secret::new(format!("TEST-{instance_id}"))),
        ..AppInfo::default()
    }
}

/// `queryInstance`.
pub(super) fn query(asked: &[InstanceId], found: &[Instance], world: World) -> Outcome {
    let is_known = |id: &InstanceId| found.iter().any(|instance| instance.instance_id == *id);
    let made_up: Vec<&InstanceId> =
        asked.iter().filter(|id| world == World::Test && !id.as_str().is_empty() && !is_known(id)).collect();
    let unknown = asked.iter().find(|id| found.is_empty() && !id.as_str().is_empty());
    if let Some(unknown) = unknown.filter(|_| made_up.is_empty()) {
        let instance_id = unknown.clone();
        return Outcome::failing(ResultCode::INSTANCE_NOT_FOUND, Exception::UnknownInstance { instance_id });
    }
    let info: Vec<InstanceInfo> = found
        .iter()
        .filter(|instance| !matches!(instance.status, InstanceStatus::Provisioning | InstanceStatus::Failed))
        .map(|instance| InstanceInfo { instance_id: instance.instance_id.clone(), app_info: instance.app_info.clone() })
        .chain(
            made_up.iter().map(|id| InstanceInfo { instance_id: (*id).clone(), app_info: Some(sample_app_info(id)) }),
        )
        .collect();
    if !info.is_empty() {
        let answer = Answer { info, ..Answer::of(ResultCode::SUCCESS) };
        let exception = made_up.first().map(|id| Exception::MadeUpInstance { instance_id: (*id).clone() });
        return Outcome { answer, exception, ..Outcome::succeeded(None) };
    }
    if found.iter().any(|instance| instance.status == InstanceStatus::Provisioning) {
        // The question is answered; only the instance is not there yet.
        return Outcome { answer: Answer::of(ResultCode::IN_PROGRESS), ..Outcome::succeeded(None) };
    }
    let code = ResultCode::PRODUCT_INTERNAL_ERROR;
    let exception = Exception::Refused { result_code: code.to_string(), result_msg: code.message().to_owned() };
    Outcome::failing(code, exception)
}

/// The instance after the activity was done.
fn changed(
    call: Call<'_>,
    instance: &Instance,
    app_info: Option<AppInfo>,
    now: UnixMillis,
) -> Result<Instance, Exception> {
    // The marketplace replays saved debugging cases day by day and in no order: what a case released yesterday another one
    // renews today (KooGallery page zh-cn_topic_0070649478).
    let gone =
        call.world == World::Live && matches!(instance.status, InstanceStatus::Released | InstanceStatus::Failed);
    let released = || Exception::InstanceReleased { instance_id: instance.instance_id.clone() };
    let mut after = instance.clone();
    match call.activity {
        Activity::NewInstance { delivers, .. } => {
            let told = app_info.or_else(|| instance.app_info.clone());
            if told.is_none() && *delivers == Delivers::License {
                return Err(Exception::NoLicense);
            }
            let delivered = told.map(|told| delivered(told, *delivers, call.wire)).transpose()?;
            return provisioned(instance, delivered, call.wire, now);
        }
        Activity::ReleaseInstance { .. } => after.status = InstanceStatus::Released,
        // Nothing is left that could be used: frozen enough.
        Activity::UpdateInstanceStatus { status: StatusChange::Freeze, .. } if gone => {}
        _ if gone => return Err(released()),
        // Parked, so that they are done in their order once there is something to freeze.
        Activity::UpdateInstanceStatus { .. } if instance.status == InstanceStatus::Provisioning => {
            return Err(Exception::StillProvisioning { instance_id: instance.instance_id.clone() });
        }
        Activity::UpdateInstanceStatus { status: StatusChange::Freeze, .. } => after.status = InstanceStatus::Frozen,
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
            // V1 has no call that thaws what expired: the renewal says it (zh-cn_topic_0070649014).
            let is_expired = call.wire == Wire::V1 && instance.status == InstanceStatus::Frozen;
            if is_expired && !matches!(scene, Scene::UnsubscribeRenewalPeriod) {
                after.status = InstanceStatus::Active;
            }
        }
        Activity::UpgradeInstance { sku_code, product_id, .. } => {
            after.sku_code = sku_code.clone().or(after.sku_code);
            after.product_id = product_id.clone().or(after.product_id);
        }
        _ => {}
    }
    if after != *instance {
        after.changed_at = now;
    }
    Ok(after)
}

fn provisioned(
    instance: &Instance,
    app_info: Option<AppInfo>,
    wire: Wire,
    now: UnixMillis,
) -> Result<Instance, Exception> {
    if let Some(Err(long)) = app_info.as_ref().map(|app_info| app_info.check_limits_of(wire)) {
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
