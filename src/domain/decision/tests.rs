//! The rules of answering, told as cases: what comes in, what is known, what is to be done.

use super::*;
use crate::protocol::{
    callback::{Delivers, Scene},
    id::{BusinessId, OrderId, OrderLineId},
};

const NOW: UnixMillis = UnixMillis(1_700_000_000_000);
const EXPIRES: UnixMillis = UnixMillis(1_800_000_000_000);
const EVERY_MODE: [Provisioning<'static>; 3] =
    [Provisioning::Template(&rendered), Provisioning::Manual, Provisioning::Webhook];

fn rendered(instance_id: &InstanceId, _order: &OrderLine) -> AppInfo {
    AppInfo { front_end_url: format!("https://app.example.com/{instance_id}"), ..AppInfo::default() }
}

fn order() -> OrderLine {
    OrderLine { order_id: OrderId::new("CS1"), order_line_id: OrderLineId::new("CS1-000001") }
}

fn id() -> InstanceId {
    InstanceId::new("i-1")
}

fn purchase(business_id: &str) -> Activity {
    Activity::purchase(order(), BusinessId::new(business_id))
}

fn refresh(scene: Scene, product_id: Option<&str>) -> Activity {
    let product_id = product_id.map(str::to_owned);
    Activity::RefreshInstance { instance_id: id(), order: order(), scene, product_id, expire_time: EXPIRES }
}

fn status(status: StatusChange) -> Activity {
    Activity::UpdateInstanceStatus { instance_id: id(), order: None, status }
}

fn release() -> Activity {
    Activity::ReleaseInstance { instance_id: id(), order: None }
}

fn upgrade() -> Activity {
    Activity::UpgradeInstance { instance_id: id(), order: order(), sku_code: None, product_id: None }
}

fn check() -> Activity {
    Activity::ChangeInstanceCheck { instance_id: id(), product_info: serde_json::json!({ "productId": "p" }) }
}

fn query(ids: &[&str]) -> Activity {
    Activity::QueryInstance { instance_ids: ids.iter().map(|id| InstanceId::new(*id)).collect() }
}

fn changes() -> [Activity; 6] {
    [
        refresh(Scene::Renewal, None),
        upgrade(),
        release(),
        status(StatusChange::Freeze),
        status(StatusChange::Unfreeze),
        check(),
    ]
}

fn live(activity: &Activity) -> Call<'_> {
    Call { activity, wire: Wire::V2, world: World::Live, endpoint: "main", client_secret: None }
}

fn debugging(activity: &Activity) -> Call<'_> {
    Call { world: World::Test, ..live(activity) }
}

fn instance(status: InstanceStatus) -> Instance {
    let bought = Instance::bought(World::Live, id(), order(), "main", NOW);
    let app_info = (status != InstanceStatus::Provisioning).then(|| rendered(&id(), &order()));
    Instance { status, app_info, ..bought }
}

fn nothing() -> Known {
    Known::default()
}

fn knowing(status: InstanceStatus) -> Known {
    Known { instances: vec![instance(status)], ..Known::default() }
}

fn after(progress: Progress, known: Known) -> Known {
    Known { message: Some(KnownMessage { progress, claimed: false, waits_for_upload: false }), ..known }
}

fn by_hand(instance: &Instance, app_info: AppInfo) -> Result<Instance, Exception> {
    fulfil_by_hand(instance, app_info, Wire::V2, Delivers::AppInfo, NOW)
}

fn finished(step: Step) -> Outcome {
    match step {
        Step::Finish(outcome) => outcome,
        other => panic!("not decided: {other:?}"),
    }
}

/// What the product is asked about, where it is new.
fn asked(step: Step) -> Instance {
    let Step::Ask(Some(change)) = step else { panic!("{step:?}") };
    let Change::Instance(instance) = *change else { panic!("{change:?}") };
    instance
}

fn done() -> Fulfilled {
    Fulfilled::Done { app_info: Some(rendered(&id(), &order())) }
}

fn refused() -> Fulfilled {
    Fulfilled::Refused { result_code: ResultCode::SOLD_OUT, result_msg: "no seats are left".into() }
}

mod purchases {
    use super::*;

    #[test]
    fn from_a_template_an_instance_is_active_at_once() {
        let outcome = finished(decide(live(&purchase("b-1")), &nothing(), EVERY_MODE[0], NOW));
        let bought =
            Answer { app_info: Some(rendered(&InstanceId::new("b-1"), &order())), ..Answer::of(ResultCode::SUCCESS) };
        assert_eq!(outcome.answer, bought.with_instance(InstanceId::new("b-1")));
        assert_eq!(outcome.progress, Progress::Succeeded);
        let bought = outcome.instance().cloned().unwrap();
        assert_eq!(bought.status, InstanceStatus::Active);
        assert_eq!(bought.app_info.unwrap().front_end_url, "https://app.example.com/b-1");
    }

    #[test]
    fn by_hand_an_instance_waits_for_the_operator() {
        let outcome = finished(decide(live(&purchase("b-1")), &nothing(), Provisioning::Manual, NOW));
        assert_eq!(outcome.answer, Answer::of(ResultCode::IN_PROGRESS).with_instance(InstanceId::new("b-1")));
        assert_eq!(outcome.progress, Progress::InProgress);
        assert_eq!(outcome.exception, Some(Exception::WaitsForOperator));
        assert_eq!(outcome.instance().cloned().unwrap().status, InstanceStatus::Provisioning);
    }

    #[test]
    fn with_a_webhook_the_product_is_asked_about_the_instance_to_be() {
        let bought = asked(decide(live(&purchase("b-1")), &nothing(), Provisioning::Webhook, NOW));
        assert_eq!((bought.instance_id.as_str(), bought.status), ("b-1", InstanceStatus::Provisioning));
    }

    #[test]
    fn the_order_line_names_the_instance_where_the_business_id_is_anothers() {
        let known = Known { business_id_taken: true, ..nothing() };
        let outcome = finished(decide(live(&purchase("b-1")), &known, EVERY_MODE[0], NOW));
        assert_eq!(outcome.instance().cloned().unwrap().instance_id.as_str(), "CS1-000001");
    }

    #[test]
    fn made_again_it_is_answered_with_the_first_calls_instance() {
        for mode in EVERY_MODE {
            let known = after(Progress::Succeeded, knowing(InstanceStatus::Active));
            let step = decide(live(&purchase("b-2")), &known, mode, NOW);
            let first = Answer { app_info: Some(rendered(&id(), &order())), ..Answer::of(ResultCode::SUCCESS) };
            assert_eq!(step, Step::Repeat(first.with_instance(id())));
        }
    }

    #[test]
    fn made_again_while_somebody_works_on_it_waits_for_them() {
        let message = Some(KnownMessage { progress: Progress::InProgress, claimed: true, waits_for_upload: false });
        let known = Known { message, ..knowing(InstanceStatus::Provisioning) };
        assert_eq!(decide(live(&purchase("b-2")), &known, Provisioning::Webhook, NOW), Step::Wait);
    }

    #[test]
    fn left_behind_by_a_crash_it_is_asked_again_about_the_same_instance() {
        let known = after(Progress::InProgress, knowing(InstanceStatus::Provisioning));
        let step = decide(live(&purchase("b-2")), &known, Provisioning::Webhook, NOW);
        assert_eq!(asked(step), instance(InstanceStatus::Provisioning));
    }

    #[test]
    fn still_waiting_for_the_operator_it_is_promised_again() {
        let known = after(Progress::InProgress, knowing(InstanceStatus::Provisioning));
        let outcome = finished(decide(live(&purchase("b-2")), &known, Provisioning::Manual, NOW));
        assert_eq!(outcome.answer, Answer::of(ResultCode::IN_PROGRESS).with_instance(id()));
    }

    #[test]
    fn provisioned_meanwhile_it_succeeds_and_nobody_is_asked() {
        for mode in EVERY_MODE {
            let known = after(Progress::Failing, knowing(InstanceStatus::Frozen));
            let outcome = finished(decide(live(&purchase("b-2")), &known, mode, NOW));
            assert_eq!(outcome.progress, Progress::Succeeded);
            assert_eq!(outcome.instance().cloned(), Some(instance(InstanceStatus::Frozen)));
        }
    }

    #[test]
    fn for_debugging_it_is_answered_in_full_and_nobody_is_asked() {
        for mode in EVERY_MODE {
            let outcome = finished(decide(debugging(&purchase("b-1")), &nothing(), mode, NOW));
            assert_eq!(outcome.answer.result_code, ResultCode::SUCCESS);
            let bought = outcome.instance().cloned().unwrap();
            assert_eq!((bought.world, bought.status), (World::Test, InstanceStatus::Active));
            assert!(bought.app_info.is_some());
        }
    }

    #[test]
    fn refunded_while_provisioning_an_instance_does_not_come_back_to_life() {
        let known = knowing(InstanceStatus::Released);
        let outcome = apply(live(&purchase("b-1")), &known, done(), NOW);
        assert_eq!((outcome.progress, outcome.instance().cloned()), (Progress::Failing, None));
        assert_eq!(outcome.exception, Some(Exception::InstanceReleased { instance_id: id() }));
        assert!(by_hand(&known.instances[0], rendered(&id(), &order())).is_err());
    }

    #[test]
    fn refunded_while_provisioning_nobody_is_asked_or_waited_for_again() {
        for progress in [Progress::InProgress, Progress::Failing] {
            for mode in EVERY_MODE {
                let known = after(progress, knowing(InstanceStatus::Released));
                let outcome = finished(decide(live(&purchase("b-1")), &known, mode, NOW));
                assert_eq!(outcome.progress, Progress::Failing);
                assert_eq!(outcome.exception, Some(Exception::InstanceReleased { instance_id: id() }));
            }
        }
    }

    #[test]
    fn refused_by_the_product_it_fails_with_the_products_own_code() {
        let outcome = apply(live(&purchase("b-1")), &knowing(InstanceStatus::Provisioning), refused(), NOW);
        assert_eq!(outcome.answer, Answer::new(ResultCode::SOLD_OUT, "no seats are left").with_instance(id()));
        assert_eq!(outcome.progress, Progress::Failing);
        assert_eq!(outcome.instance().cloned().unwrap().status, InstanceStatus::Failed);
    }

    #[test]
    fn refused_once_it_may_be_asked_again_and_granted() {
        let known = after(Progress::Failing, knowing(InstanceStatus::Failed));
        let again = asked(decide(live(&purchase("b-2")), &known, Provisioning::Webhook, NOW));
        assert_eq!(again.status, InstanceStatus::Failed);
        let outcome = apply(live(&purchase("b-2")), &known, done(), NOW);
        assert_eq!(outcome.instance().cloned().unwrap().status, InstanceStatus::Active);
    }

    #[test]
    fn while_the_product_works_it_is_promised() {
        let outcome = apply(live(&purchase("b-1")), &knowing(InstanceStatus::Provisioning), Fulfilled::Working, NOW);
        assert_eq!(outcome.answer.result_code, ResultCode::IN_PROGRESS);
        assert_eq!(outcome.answer.instance_id, Some(id()));
        assert_eq!((outcome.progress, outcome.instance().cloned()), (Progress::InProgress, None));
    }

    #[test]
    fn when_the_product_fails_so_does_the_purchase_and_nothing_changes() {
        let failed = Exception::WebhookStatus { status: 500, excerpt: "boom".into() };
        let known = knowing(InstanceStatus::Provisioning);
        let outcome = apply(live(&purchase("b-1")), &known, Fulfilled::Failed(failed.clone()), NOW);
        assert_eq!(outcome.answer.result_code, ResultCode::INTERNAL_ERROR);
        assert_eq!((&outcome.exception, outcome.instance()), (&Some(failed), None));
    }

    #[test]
    fn access_data_that_koogallery_would_not_take_are_not_kept() {
        let app_info = AppInfo { front_end_url: "x".repeat(513), ..AppInfo::default() };
        let known = knowing(InstanceStatus::Provisioning);
        let told = Fulfilled::Done { app_info: Some(app_info) };
        let outcome = apply(live(&purchase("b-1")), &known, told, NOW);
        assert_eq!((outcome.progress, outcome.instance().cloned()), (Progress::Failing, None));
        assert!(matches!(outcome.exception, Some(Exception::FieldTooLong { length: 513, .. })));
    }
}

mod questions {
    use super::*;

    #[test]
    fn access_data_are_told_as_soon_as_there_are_some() {
        use InstanceStatus::{Active, Failed, Frozen, Provisioning, Released};
        let table = [
            (Provisioning, ResultCode::IN_PROGRESS, Progress::Succeeded),
            (Active, ResultCode::SUCCESS, Progress::Succeeded),
            (Frozen, ResultCode::SUCCESS, Progress::Succeeded),
            (Released, ResultCode::SUCCESS, Progress::Succeeded),
            (Failed, ResultCode::PRODUCT_INTERNAL_ERROR, Progress::Failing),
        ];
        for mode in EVERY_MODE {
            for (status, code, progress) in table.clone() {
                let outcome = finished(decide(live(&query(&["i-1"])), &knowing(status), mode, NOW));
                assert_eq!(
                    (outcome.answer.result_code.clone(), outcome.progress),
                    (code.clone(), progress),
                    "{status}"
                );
                assert_eq!(outcome.answer.info.len(), usize::from(code.is_success()), "{status}");
                assert_eq!(outcome.instance().cloned(), None);
            }
        }
    }

    #[test]
    fn of_many_those_that_are_known_are_told() {
        let activity = query(&["i-0", "i-1"]);
        let outcome = finished(decide(live(&activity), &knowing(InstanceStatus::Active), Provisioning::Manual, NOW));
        assert_eq!(outcome.answer.info.len(), 1);
        let outcome = finished(decide(live(&activity), &nothing(), Provisioning::Manual, NOW));
        assert_eq!(outcome.answer.result_code, ResultCode::INSTANCE_NOT_FOUND);
        assert_eq!(outcome.exception, Some(Exception::UnknownInstance { instance_id: InstanceId::new("i-0") }));
    }

    #[test]
    fn they_are_answered_anew_every_time() {
        for question in [query(&["i-1"]), check()] {
            let known = after(Progress::Succeeded, knowing(InstanceStatus::Active));
            let step = decide(live(&question), &known, Provisioning::Manual, NOW);
            assert!(matches!(step, Step::Finish(_)), "{step:?}");
        }
    }

    #[test]
    fn whether_a_change_is_possible_is_the_products_to_say() {
        let known = knowing(InstanceStatus::Active);
        assert_eq!(decide(live(&check()), &known, Provisioning::Webhook, NOW), Step::Ask(None));
        let outcome = apply(live(&check()), &known, refused(), NOW);
        assert_eq!((&outcome.answer.result_code, outcome.instance()), (&ResultCode::SOLD_OUT, None));
    }
}

mod the_rest {
    use super::*;

    #[test]
    fn an_order_that_is_notified_is_recorded() {
        for mode in EVERY_MODE {
            let outcome = finished(decide(live(&Activity::OrderNotify { order: order() }), &nothing(), mode, NOW));
            assert_eq!((&outcome.answer, outcome.instance()), (&Answer::of(ResultCode::SUCCESS), None));
        }
    }

    #[test]
    fn what_this_version_does_not_know_fails_visibly() {
        let activity = Activity::Unknown { name: "paintInstance".into() };
        let outcome = finished(decide(live(&activity), &nothing(), Provisioning::Webhook, NOW));
        assert_eq!(outcome.answer.result_code, ResultCode::INVALID_PARAMETER);
        assert_eq!(outcome.exception, Some(Exception::UnknownActivity { activity: "paintInstance".into() }));
        let activity = status(StatusChange::Unknown("MELT".into()));
        let known = knowing(InstanceStatus::Active);
        let outcome = finished(decide(live(&activity), &known, Provisioning::Webhook, NOW));
        assert_eq!(outcome.answer.result_code, ResultCode::INVALID_PARAMETER);
        assert_eq!(outcome.exception, Some(Exception::UnknownStatus { status: "MELT".into() }));
    }

    #[test]
    fn access_data_told_a_second_time_replace_the_first() {
        let app_info = AppInfo { front_end_url: "https://new.example.com".into(), ..AppInfo::default() };
        for status in [InstanceStatus::Provisioning, InstanceStatus::Active, InstanceStatus::Failed] {
            let after = by_hand(&instance(status), app_info.clone()).unwrap();
            assert_eq!((after.status, after.app_info.as_ref()), (InstanceStatus::Active, Some(&app_info)));
        }
        let frozen = by_hand(&instance(InstanceStatus::Frozen), app_info).unwrap();
        assert_eq!(frozen.status, InstanceStatus::Frozen);
    }
}

mod changing;
mod generation_tests;
