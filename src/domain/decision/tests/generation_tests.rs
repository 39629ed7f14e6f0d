//! The rules for what came before V2.0 and beside it: V1, licenses, the kit.

use super::*;
use crate::protocol::{
    callback::{KitSync, LicenseApplication, LicenseChange, OrderDetails, SyncChange, kit::Flag},
    id::{EventId, LicenseCode, TenantId},
};

fn bought(delivers: Delivers) -> Activity {
    let details = OrderDetails {
        customer_name: Some("hw 01".into()),
        product_id: Some("p".into()),
        expire_time: Some(EXPIRES),
        ..OrderDetails::default()
    };
    let details = Some(Box::new(details));
    Activity::NewInstance { order: order(), business_id: BusinessId::new("b-1"), delivers, details }
}

fn v1(activity: &Activity) -> Call<'_> {
    Call { wire: Wire::V1, ..live(activity) }
}

fn licensed(_: &InstanceId, _: &OrderLine) -> AppInfo {
    AppInfo { license: Some(Secret::new("0078-LICENSE")), ..AppInfo::default() }
}

#[test]
fn what_v1_tells_of_the_order_is_the_instances() {
    let outcome = finished(decide(v1(&bought(Delivers::AppInfo)), &nothing(), EVERY_MODE[0], NOW));
    let instance = outcome.instance().unwrap();
    assert_eq!(instance.customer_name.as_deref(), Some("hw 01"));
    assert_eq!((instance.product_id.as_deref(), instance.expire_time), (Some("p"), Some(EXPIRES)));
    assert!(outcome.answer.app_info.is_some());
}

#[test]
fn a_license_is_delivered_alone_and_a_purchase_needs_what_it_delivers() {
    let licenses = Provisioning::Template(&licensed);
    let outcome = finished(decide(v1(&bought(Delivers::License)), &nothing(), licenses, NOW));
    assert_eq!(outcome.answer.app_info.unwrap().license, Some(Secret::new("0078-LICENSE")));
    let outcome = finished(decide(v1(&bought(Delivers::License)), &nothing(), EVERY_MODE[0], NOW));
    assert_eq!((outcome.progress, outcome.exception), (Progress::Failing, Some(Exception::NoLicense)));
    let outcome = finished(decide(v1(&bought(Delivers::AppInfo)), &nothing(), licenses, NOW));
    assert_eq!((outcome.progress, outcome.exception), (Progress::Failing, Some(Exception::NoFrontEndUrl)));
}

#[test]
fn an_online_license_has_no_page_to_open() {
    let outcome = finished(decide(live(&purchase("b-1")), &nothing(), Provisioning::Template(&licensed), NOW));
    assert_eq!(outcome.progress, Progress::Succeeded);
    assert!(!outcome.answer.encode_v2().contains("LICENSE"), "it is uploaded, not answered");
    let by_hand = by_hand(&instance(InstanceStatus::Provisioning), licensed(&id(), &order())).unwrap();
    assert_eq!(by_hand.status, InstanceStatus::Active);
    let nothing_told = super::by_hand(&instance(InstanceStatus::Provisioning), AppInfo::default());
    assert_eq!(nothing_told, Err(Exception::NoFrontEndUrl));
}

#[test]
fn what_cannot_be_encrypted_within_its_length_is_not_provisioned() {
    let long = |_: &InstanceId, _: &OrderLine| AppInfo { user_name: Some("x".repeat(80)), ..rendered(&id(), &order()) };
    let outcome = finished(decide(v1(&bought(Delivers::AppInfo)), &nothing(), Provisioning::Template(&long), NOW));
    let too_long = Exception::FieldTooLong { field: "userName".into(), length: 80, max: 79 };
    assert_eq!(outcome.exception, Some(too_long));
}

#[test]
fn an_application_for_a_license_waits_for_its_upload_and_is_made_once() {
    let activity = Activity::GetLicenseAsync(LicenseApplication {
        instance_id: id(),
        event_id: EventId::new("e"),
        effective_time: "2023-10-27 10:30:15 z".into(),
        expire_time: None,
        device_fingerprint: None,
    });
    let outcome = finished(decide(live(&activity), &knowing(InstanceStatus::Active), Provisioning::Manual, NOW));
    assert_eq!(outcome.answer, Answer::of(ResultCode::IN_PROGRESS));
    assert_eq!((outcome.progress, outcome.exception), (Progress::InProgress, Some(Exception::WaitsForUpload)));
    let message = Some(KnownMessage { progress: Progress::InProgress, claimed: false, waits_for_upload: true });
    let known = Known { message, ..knowing(InstanceStatus::Active) };
    let again = finished(decide(live(&activity), &known, Provisioning::Webhook, NOW));
    assert_eq!((again.answer, again.change), (Answer::of(ResultCode::IN_PROGRESS), None), "nobody is asked twice");
    let quota = Fulfilled::Refused { result_code: ResultCode::new("000900"), result_msg: "no quota".into() };
    let refused = apply(live(&activity), &knowing(InstanceStatus::Active), quota, NOW);
    assert_eq!((refused.answer.result_code.as_str(), refused.progress), ("000900", Progress::Failing));
    let unknown = finished(decide(live(&activity), &nothing(), Provisioning::Webhook, NOW));
    assert_eq!(unknown.answer.result_code, ResultCode::INSTANCE_NOT_FOUND);
}

#[test]
fn a_code_becomes_known_by_the_first_call_about_it() {
    let change = LicenseChange::Status(StatusChange::Freeze);
    let activity = Activity::License { license: LicenseCode::new("PL1"), change };
    let outcome = finished(decide(live(&activity), &nothing(), Provisioning::Manual, NOW));
    let Some(Change::License(license)) = outcome.change.as_deref() else { panic!() };
    assert_eq!((license.license.as_str(), license.status.name()), ("PL1", "frozen"));
    assert_eq!(license.endpoint.as_deref(), Some("main"));
    // Known even where the product cannot be asked, or the call not be done.
    let step = decide(live(&activity), &nothing(), Provisioning::Webhook, NOW);
    let Step::Ask(Some(seen)) = step else { panic!("{step:?}") };
    let Change::License(license) = *seen else { panic!("{seen:?}") };
    assert_eq!((license.license.as_str(), license.status.name()), ("PL1", "added"));
    let change = LicenseChange::Status(StatusChange::Unknown("MELT".into()));
    let strange = Activity::License { license: LicenseCode::new("PL1"), change };
    let outcome = finished(decide(live(&strange), &nothing(), Provisioning::Webhook, NOW));
    assert_eq!(outcome.answer.result_code, ResultCode::INVALID_PARAMETER);
    assert!(matches!(outcome.change.as_deref(), Some(Change::License(_))));
}

fn of_department(flag: Flag) -> Activity {
    let department =
        crate::protocol::callback::kit::Department { org_code: "d".into(), name: "总部".into(), parent_code: None };
    let change = SyncChange::Department { flag, department };
    Activity::Kit(Box::new(KitSync { instance_id: None, tenant_id: TenantId::new("t"), time_stamp: None, change }))
}

#[test]
fn a_flag_that_means_nothing_here_changes_nothing_and_is_told() {
    for (flag, told) in [(Flag::Revoke, "3"), (Flag::Unknown("9".into()), "9")] {
        for mode in EVERY_MODE {
            let outcome = finished(decide(live(&of_department(flag.clone())), &nothing(), mode, NOW));
            assert_eq!(outcome.exception, Some(Exception::UnknownFlag { flag: told.into() }));
            assert_eq!((outcome.answer.result_code, outcome.change), (ResultCode::INTERNAL_ERROR, None));
        }
    }
}

#[test]
fn what_the_kit_says_twice_is_done_twice() {
    let activity = of_department(Flag::Add);
    let known = after(Progress::Succeeded, nothing());
    let outcome = finished(decide(live(&activity), &known, Provisioning::Manual, NOW));
    assert!(matches!(outcome.change.as_deref(), Some(Change::Organisation(_))), "a removal may have come in between");
    assert_eq!(outcome.answer, Answer::of(ResultCode::SUCCESS));
}

#[test]
fn a_late_renewal_of_v1_thaws_what_expired_because_no_other_call_does() {
    for (scene, status) in [
        (Scene::Renewal, InstanceStatus::Active),
        (Scene::TrialToFormal, InstanceStatus::Active),
        (Scene::UnsubscribeRenewalPeriod, InstanceStatus::Frozen),
    ] {
        let activity = refresh(scene, None);
        let outcome = finished(decide(v1(&activity), &knowing(InstanceStatus::Frozen), EVERY_MODE[0], NOW));
        assert_eq!(outcome.instance().map(|after| after.status), Some(status), "{activity:?}");
    }
}
