//! What becomes of a push whose records were withdrawn, refused, corrected, or of which the answer does not say which it means.

use sellerdesk::{
    desk::{Cancel, RetryResult},
    domain::{
        Exception, Message, MessageId, Origin, World,
        action::UsageApi,
        message::Progress,
        usage::{RecordCode, UsageEvent, UsageRecord},
    },
    protocol::id::InstanceId,
    simulator::{
        Generation,
        open_api::{Api, Fault, FaultRule},
    },
};
use serde_json::{Value, json};

use super::usage::{bills, kept, metered, naming, push, records, row, states};
use crate::support::{app::TEMPLATE, trade::Trade};

async fn keep(trade: &Trade, record: &UsageRecord) -> Vec<MessageId> {
    let desk = &trade.app.desk;
    desk.enter_usage(World::Live, vec![record.clone()], true).await.unwrap();
    desk.keep_pushes(World::Live, vec![record.metering_sn.clone()], UsageApi::New).await.unwrap().pushes
}

async fn cancel(trade: &Trade, ids: Vec<MessageId>) {
    let cancelled = Cancel::default();
    cancelled.cancel();
    let left = trade.app.desk.carry_out(ids, Origin::Operator, &cancelled, None).await.unwrap();
    assert_eq!(left, 1);
}

#[tokio::test]
async fn what_was_cancelled_is_in_no_push_that_comes_after() {
    let trade = Trade::open("", TEMPLATE).await;
    let instance = metered(&trade).await;
    let records = records(&trade, &[row(&trade, &instance, 30, "1"), row(&trade, &instance, 29, "2")]).await;
    let withdrawn = keep(&trade, &records[0]).await;
    cancel(&trade, withdrawn.clone()).await;
    assert_eq!(kept(&trade).await[0].push, None);

    let next = keep(&trade, &records[1]).await;
    assert!(next[0] > withdrawn[0], "whoever remembers the withdrawn one must not find another in its place");
    trade.carry_out(next).await;
    let bodies: Vec<String> = trade.requests(Api::UsagePush).into_iter().map(|request| request.body).collect();
    assert_eq!(bodies.len(), 1);
    assert!(!bodies[0].contains(&records[0].metering_sn) && bodies[0].contains(&records[1].metering_sn), "{bodies:?}");
    assert_eq!(states(&trade).await, ["entered", "sent"]);
    // Nothing of it is lost either.
    assert_eq!(push(&trade, vec![records[0].clone()], UsageApi::New).await[0].progress, Progress::Succeeded);
    assert_eq!(bills(&trade).await, ["billed"; 2]);
}

/// A record of an instance that nobody has is refused beside one that is taken.
async fn half_refused() -> (Trade, InstanceId, Vec<UsageRecord>, Message) {
    let trade = Trade::open_with(naming(), Generation::V2, "", TEMPLATE).await;
    let instance = metered(&trade).await;
    let rows = [row(&trade, &instance, 30, "1"), row(&trade, &InstanceId::new("nobody"), 29, "2")];
    let mut records = records(&trade, &rows).await;
    records[1].metering_sn = "mine-2".into();
    let message = push(&trade, records.clone(), UsageApi::New).await.remove(0);
    assert_eq!((message.progress, states(&trade).await), (Progress::Failing, vec!["sent", "refused"]));
    (trade, instance, records, message)
}

#[tokio::test]
async fn a_retry_does_not_make_a_success_of_what_was_refused() {
    let (trade, _, records, message) = half_refused().await;
    let refused = Exception::UsageRefused {
        count: 1,
        metering_sn: records[1].metering_sn.clone(),
        code: RecordCode::InstanceUnknown,
    };
    for attempts in [2, 3] {
        let result = trade.app.desk.retry(message.id).await.unwrap();
        assert!(
            matches!(&result, RetryResult::Failed { exception, .. } if *exception == Some(refused.clone())),
            "{result:?}"
        );
        let after = trade.message(message.id).await;
        assert_eq!(
            (after.progress, after.attempts, after.exception),
            (Progress::Failing, attempts, Some(refused.clone()))
        );
    }
    assert_eq!(trade.requests(Api::UsagePush).len(), 1, "there is nothing that could be sent");
}

#[tokio::test]
async fn a_push_is_settled_once_what_it_was_refused_for_was_corrected_and_taken() {
    for new_id in [false, true] {
        let (trade, instance, records, message) = half_refused().await;
        let (desk, wrong) = (&trade.app.desk, &records[1]);
        let mut right = UsageRecord { instance_id: instance.clone(), ..wrong.clone() };
        if new_id {
            right.metering_sn = "another-id".into();
        }
        let sn = desk.correct_usage(World::Live, wrong.metering_sn.clone(), right).await.unwrap().unwrap();
        assert!(matches!(desk.retry(message.id).await.unwrap(), RetryResult::Failed { .. }), "it is not there yet");
        let told = trade.message(message.id).await.exception;
        assert!(matches!(told, Some(Exception::UsageRefused { count: 1, .. })), "{told:?}");

        let ids = desk.keep_pushes(World::Live, vec![sn], UsageApi::New).await.unwrap().pushes;
        assert_eq!(trade.carry_out(ids).await[0].progress, Progress::Succeeded);
        let settled = trade.message(message.id).await;
        assert_eq!((settled.progress, settled.exception), (Progress::Succeeded, None), "new id: {new_id}");
        assert_eq!(desk.retry(message.id).await.unwrap(), RetryResult::AlreadySucceeded);
        assert_eq!(bills(&trade).await, ["billed", "001", "billed"]);
    }
}

#[tokio::test]
async fn a_push_is_settled_once_nobody_owes_what_it_was_refused_for() {
    let (trade, _, records, message) = half_refused().await;
    let desk = &trade.app.desk;
    desk.change_usage(World::Live, records[1].metering_sn.clone(), UsageEvent::Discarded)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert_eq!(trade.message(message.id).await.progress, Progress::Succeeded);
}

fn answer(entries: &Value) -> Fault {
    let body = json!({ "error_code": "MKT.0000", "error_msg": "Success", "data": entries }).to_string();
    Fault::Answer { status: 200, content_type: "application/json".into(), body }
}

#[tokio::test]
async fn what_an_answer_does_not_take_is_not_counted_as_sent_whatever_it_is_called() {
    for (entries, expected, matched) in [
        (json!([{ "meteringSn": "mine-1", "errorCode": "001" }]), ["refused", "sent", "sent"], true),
        (json!([{ "instanceId": "OTHER", "errorCode": 1 }]), ["sent", "sent", "refused"], true),
        // Of the instance there are two.
        (json!([{ "instanceId": "INSTANCE", "errorCode": "003" }]), ["in-doubt", "in-doubt", "sent"], false),
        (
            json!([{ "meteringSn": "mine-2", "code": "003" }, { "code": "013" }]),
            ["in-doubt", "refused", "in-doubt"],
            false,
        ),
        (json!({ "failed": [{ "meteringSn": "nobodys", "code": "003" }] }), ["in-doubt"; 3], false),
    ] {
        let trade = Trade::open("", TEMPLATE).await;
        let (instance, other) = (metered(&trade).await, metered(&trade).await);
        let rows = [row(&trade, &instance, 30, "1"), row(&trade, &instance, 29, "2"), row(&trade, &other, 28, "3")];
        let mut records = records(&trade, &rows).await;
        for (number, record) in (1..).zip(&mut records) {
            record.metering_sn = format!("mine-{number}");
        }
        let entries = entries.to_string().replace("INSTANCE", instance.as_str()).replace("OTHER", other.as_str());
        let entries: Value = serde_json::from_str(&entries).unwrap();
        let rule = FaultRule::next(1, answer(&entries)).at(Api::UsagePush);
        trade.server.faults().add(if matched { rule } else { rule.after_the_deed() });
        let message = push(&trade, records, UsageApi::New).await.remove(0);
        assert_eq!((message.progress, states(&trade).await), (Progress::Failing, expected.to_vec()), "{entries}");
        if matched {
            assert!(matches!(message.exception, Some(Exception::UsageRefused { count: 1, .. })), "{message:?}");
            continue;
        }
        assert!(matches!(message.exception, Some(Exception::UsageUnmatched { count: 1, .. })), "{message:?}");
        // Those in doubt go once more, and what is there counts once.
        let result = trade.app.desk.retry(message.id).await.unwrap();
        let left = if expected.contains(&"refused") { "refused" } else { "sent" };
        assert_eq!(result == RetryResult::Succeeded, left == "sent", "{entries} {result:?}");
        let billed = bills(&trade).await.into_iter().filter(|bill| *bill == "billed").count();
        assert_eq!(billed, 3, "{entries}");
        assert!(states(&trade).await.iter().all(|state| [left, "sent"].contains(state)), "{entries}");
    }
}
