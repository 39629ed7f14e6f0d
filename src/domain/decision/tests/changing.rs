//! The rules about what changes an instance.

use InstanceStatus::{Active, Failed, Frozen, Provisioning as InWork, Released};

use super::*;

#[test]
fn each_change_does_to_each_status_what_the_rules_say() {
    // Provisioning, active, frozen, released, failed; nothing where it cannot be done.
    let table: [(Activity, [Option<InstanceStatus>; 5]); 6] = [
        (refresh(Scene::Renewal, None), [Some(InWork), Some(Active), Some(Frozen), None, None]),
        (upgrade(), [Some(InWork), Some(Active), Some(Frozen), None, None]),
        (release(), [Some(Released); 5]),
        (status(StatusChange::Freeze), [None, Some(Frozen), Some(Frozen), Some(Released), Some(Failed)]),
        (status(StatusChange::Unfreeze), [None, Some(Active), Some(Active), None, None]),
        (check(), [Some(InWork), Some(Active), Some(Frozen), None, None]),
    ];
    for (activity, expected) in table {
        for (before, expected) in InstanceStatus::ALL.into_iter().zip(expected) {
            let outcome = finished(decide(live(&activity), &knowing(before), Provisioning::Manual, NOW));
            let told = format!("{} of {before}", activity.name());
            assert_eq!(outcome.instance().cloned().map(|after| after.status), expected, "{told}");
            let code = if expected.is_some() { ResultCode::SUCCESS } else { ResultCode::INTERNAL_ERROR };
            assert_eq!(outcome.answer.result_code, code, "{told}");
            assert_eq!(outcome.exception.is_none(), expected.is_some(), "{told}");
        }
    }
}

#[test]
fn what_a_debugging_case_released_another_one_may_change() {
    for activity in changes() {
        for mode in EVERY_MODE {
            let outcome = finished(decide(debugging(&activity), &knowing(Released), mode, NOW));
            assert_eq!(outcome.answer.result_code, ResultCode::SUCCESS, "{}", activity.name());
        }
    }
}

#[test]
fn an_unknown_instance_is_told_and_the_product_is_not_asked() {
    for activity in changes() {
        for mode in EVERY_MODE {
            let outcome = finished(decide(live(&activity), &nothing(), mode, NOW));
            assert_eq!(outcome.answer.result_code, ResultCode::INSTANCE_NOT_FOUND);
            assert_eq!(outcome.exception, Some(Exception::UnknownInstance { instance_id: id() }));
        }
    }
}

/// Its cases may come in any order, with ids that it makes up, and have to be answered with success.
#[test]
fn the_debugging_page_may_change_and_ask_about_instances_that_it_makes_up() {
    let note = Some(Exception::MadeUpInstance { instance_id: id() });
    for activity in changes() {
        for mode in EVERY_MODE {
            let outcome = finished(decide(debugging(&activity), &nothing(), mode, NOW));
            assert_eq!(outcome.answer, Answer::of(ResultCode::SUCCESS), "{}", activity.name());
            assert_eq!((outcome.progress, &outcome.exception, &outcome.change), (Progress::Succeeded, &note, &None));
            let again = decide(debugging(&activity), &after(Progress::Succeeded, nothing()), mode, NOW);
            let is_question = activity.is_question();
            assert_eq!(matches!(again, Step::Repeat(_)), !is_question, "{}: one message for all", activity.name());
        }
    }
    let question = Activity::QueryInstance { instance_ids: vec![id(), InstanceId::new("i-9"), InstanceId::new("")] };
    for known in [nothing(), knowing(Active)] {
        let outcome = finished(decide(debugging(&question), &known, Provisioning::Webhook, NOW));
        assert_eq!((&outcome.answer.result_code, outcome.progress), (&ResultCode::SUCCESS, Progress::Succeeded));
        let told: Vec<&str> = outcome.answer.info.iter().map(|info| info.instance_id.as_str()).collect();
        assert_eq!(told, [id().as_str(), "i-9"]);
        assert!(outcome.answer.info.iter().all(|info| info.app_info.is_some()), "in full");
        assert_eq!(outcome.change, None);
    }
    let strange = status(StatusChange::Unknown("MELT".into()));
    let outcome = finished(decide(debugging(&strange), &nothing(), Provisioning::Manual, NOW));
    assert_eq!(outcome.answer.result_code, ResultCode::INVALID_PARAMETER, "what nobody understands stays so");
}

#[test]
fn the_product_is_asked_about_every_live_change_and_no_other() {
    for activity in changes() {
        let known = knowing(Active);
        assert_eq!(decide(live(&activity), &known, Provisioning::Webhook, NOW), Step::Ask(None));
        let outcome = finished(decide(debugging(&activity), &known, Provisioning::Webhook, NOW));
        assert_eq!(outcome.progress, Progress::Succeeded);
    }
}

#[test]
fn the_product_is_not_asked_about_what_cannot_be_done_here() {
    for (activity, known) in [
        (refresh(Scene::Renewal, None), knowing(Released)),
        (upgrade(), knowing(Failed)),
        (check(), knowing(Released)),
        (status(StatusChange::Freeze), knowing(InWork)),
    ] {
        let outcome = finished(decide(live(&activity), &known, Provisioning::Webhook, NOW));
        assert_eq!((outcome.progress, outcome.instance()), (Progress::Failing, None), "{}", activity.name());
    }
    assert_eq!(decide(live(&release()), &knowing(Released), Provisioning::Webhook, NOW), Step::Ask(None));
}

#[test]
fn a_change_in_work_is_never_promised_only_asked_for_again() {
    let outcome = apply(live(&release()), &knowing(Active), Fulfilled::Working, NOW);
    assert_eq!(outcome.answer.result_code, ResultCode::INTERNAL_ERROR);
    assert_eq!((outcome.progress, outcome.instance().cloned()), (Progress::InProgress, None));
}

#[test]
fn a_refused_change_leaves_the_instance_as_it_is() {
    let outcome = apply(live(&release()), &knowing(Active), refused(), NOW);
    assert_eq!((&outcome.answer.result_code, outcome.instance()), (&ResultCode::SOLD_OUT, None));
}

#[test]
fn done_before_it_is_answered_the_same_and_not_done_again() {
    for activity in [refresh(Scene::Renewal, None), upgrade(), release(), Activity::OrderNotify { order: order() }] {
        let known = after(Progress::Succeeded, knowing(Active));
        let step = decide(live(&activity), &known, Provisioning::Webhook, NOW);
        assert_eq!(step, Step::Repeat(Answer::of(ResultCode::SUCCESS)), "{}", activity.name());
    }
}

#[test]
fn freezing_again_after_a_thaw_is_new_business() {
    let table = [
        (StatusChange::Freeze, Frozen, true),
        (StatusChange::Freeze, Active, false),
        (StatusChange::Unfreeze, Active, true),
        (StatusChange::Unfreeze, Frozen, false),
        (StatusChange::Freeze, Released, true),
    ];
    for (change, now_is, repeated) in table {
        let activity = status(change);
        let known = after(Progress::Succeeded, knowing(now_is));
        let step = decide(live(&activity), &known, Provisioning::Manual, NOW);
        assert_eq!(matches!(step, Step::Repeat(_)), repeated, "{activity:?} of {now_is}");
    }
}

#[test]
fn an_unsubscribed_renewal_sets_the_time_back_and_keeps_the_product() {
    let before = Instance { product_id: Some("p-1".into()), ..instance(Active) };
    let renewed = |scene, product_id| {
        let known = Known { instances: vec![before.clone()], ..Known::default() };
        let activity = refresh(scene, product_id);
        finished(decide(live(&activity), &known, Provisioning::Manual, NOW)).instance().cloned().unwrap()
    };
    let back = renewed(Scene::UnsubscribeRenewalPeriod, Some("p-2"));
    assert_eq!((back.expire_time, back.product_id.as_deref()), (Some(EXPIRES), Some("p-1")));
    let changed = renewed(Scene::RenewalChange, Some("p-2"));
    assert_eq!((changed.expire_time, changed.product_id.as_deref()), (Some(EXPIRES), Some("p-2")));
    for scene in [Scene::Renewal, Scene::TrialToFormal, Scene::Unknown("GIFT".into())] {
        let renewed = renewed(scene, None);
        assert_eq!((renewed.expire_time, renewed.product_id.as_deref()), (Some(EXPIRES), Some("p-1")));
    }
}

#[test]
fn what_changes_nothing_leaves_the_time_of_the_last_change() {
    let known = knowing(Frozen);
    let later = NOW.plus_millis(1);
    let activity = status(StatusChange::Freeze);
    let outcome = finished(decide(live(&activity), &known, Provisioning::Manual, later));
    assert_eq!(outcome.instance().cloned().unwrap().changed_at, NOW);
}
