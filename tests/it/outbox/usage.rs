//! Usage is entered as a whole or not at all, and billed once whatever happens on the way.

use std::{path::PathBuf, time::Duration};

use sellerdesk::{
    desk::{Cancel, RetryResult, UsageTable, files::read_sheet},
    domain::{
        ApiFault, Exception, Message, World,
        action::UsageApi,
        listing::UsageQuery,
        message::Progress,
        usage::{RecordCode, StoredUsage, UsageEvent, UsageRecord, UsageState},
    },
    protocol::{UnixMillis, id::InstanceId},
    simulator::{
        BillState, Charging, Generation, Terms,
        open_api::{Api, Fault, FaultRule, OpenApiSetup, When},
    },
};

use crate::support::{
    app::TEMPLATE,
    trade::{Trade, customer, fault, product, setup},
    waiting::until,
};

const HOUR: Duration = Duration::from_secs(3600);

/// A pay-per-use instance that is a day old.
pub(super) async fn metered(trade: &Trade) -> InstanceId {
    let message = trade.marketplace.buy_on(&product(), &customer(), Terms::new(Charging::OnDemand)).await.unwrap();
    trade.app.advance(24 * HOUR);
    trade.marketplace.instance_of(&message).unwrap().instance_id
}

/// So many minutes ago, for one minute.
pub(super) fn row(trade: &Trade, instance_id: &InstanceId, minutes: i64, value: &str) -> String {
    let now = UnixMillis(trade.app.desk.now().0 / 1000 * 1000);
    let at = |minutes: i64| now.plus_millis(-minutes * 60_000);
    let iso = |time: UnixMillis| {
        let text = time.to_string();
        format!("{}Z", text.split(['.', 'Z']).next().unwrap())
    };
    format!("{instance_id},{},{},{value}\r\n", iso(at(minutes)), iso(at(minutes - 1)))
}

fn file(trade: &Trade, rows: &[String]) -> PathBuf {
    let text = format!("实例ID,开始时间,结束时间,用量\r\n{}", rows.concat());
    let (bytes, _, wrong) = encoding_rs::GBK.encode(&text);
    assert!(!wrong);
    let path = trade.dir().join("话单.csv");
    std::fs::write(&path, bytes).unwrap();
    path
}

async fn table(trade: &Trade, rows: &[String]) -> UsageTable {
    let sheet = read_sheet(file(trade, rows)).await.unwrap();
    trade.app.desk.read_usage(&sheet, UsageApi::New, None).unwrap()
}

pub(super) async fn push(trade: &Trade, records: Vec<UsageRecord>, api: UsageApi) -> Vec<Message> {
    let sns = records.iter().map(|record| record.metering_sn.clone()).collect();
    trade.app.desk.enter_usage(World::Live, records, false).await.unwrap();
    let ids = trade.app.desk.keep_pushes(World::Live, sns, api).await.unwrap().pushes;
    trade.carry_out(ids).await
}

pub(super) async fn records(trade: &Trade, rows: &[String]) -> Vec<UsageRecord> {
    let table = table(trade, rows).await;
    assert_eq!(table.problems, []);
    table.records.into_iter().map(|(_, record)| record).collect()
}

pub(super) async fn kept(trade: &Trade) -> Vec<StoredUsage> {
    let query = UsageQuery { ascending: true, ..UsageQuery::default() };
    let ids = trade.app.desk.usage_ids(query, Cancel::default()).await.unwrap();
    trade.app.desk.usage(ids).await.unwrap().into_iter().map(|(_, usage)| usage).collect()
}

pub(super) async fn states(trade: &Trade) -> Vec<&'static str> {
    kept(trade).await.iter().map(|usage| usage.state.name()).collect()
}

pub(super) async fn bills(trade: &Trade) -> Vec<&'static str> {
    let bills = until("the bill job", async || {
        let bills = trade.marketplace.usage_bills();
        bills.iter().all(|bill| bill.state != BillState::Waiting).then_some(bills)
    })
    .await;
    let code = |state: BillState| match state {
        BillState::Waiting => "waiting",
        BillState::Billed => "billed",
        BillState::Refused(error) => error.code(),
    };
    bills.iter().map(|bill| code(bill.state)).collect()
}

pub(super) fn naming() -> OpenApiSetup {
    OpenApiSetup { names_abnormal_records: true, ..setup() }
}

#[tokio::test]
async fn a_table_in_gbk_is_sent_as_a_whole_and_billed() {
    let trade = Trade::open("", TEMPLATE).await;
    let instance = metered(&trade).await;
    let rows =
        [row(&trade, &instance, 30, "1.5"), row(&trade, &instance, 29, "2"), row(&trade, &instance, 28, "0.0001")];
    let records = records(&trade, &rows).await;
    assert_eq!(records.len(), 3);
    let messages = push(&trade, records.clone(), UsageApi::New).await;
    assert_eq!((messages.len(), messages[0].progress), (1, Progress::Succeeded));
    assert_eq!(bills(&trade).await, ["billed"; 3]);
    assert_eq!(states(&trade).await, ["sent"; 3]);
    assert_eq!(trade.marketplace.usage_bills()[0].record.usage_value, "1.5");

    // The same file once more is the same records.
    assert_eq!(push(&trade, records, UsageApi::New).await.len(), 0);
    assert_eq!(trade.requests(Api::UsagePush).len(), 1);
}

#[tokio::test]
async fn a_record_that_is_wrong_is_told_by_its_row() {
    let trade = Trade::open("", TEMPLATE).await;
    let instance = metered(&trade).await;
    let rows = [
        row(&trade, &instance, 30, "1"),
        row(&trade, &instance, 29, "-1"),
        row(&trade, &instance, 30, "2"),
        row(&trade, &instance, -10, "1"),
        format!("{instance},2026-01-01 08:00,2026-01-01 09:00,1\r\n"),
    ];
    let table = table(&trade, &rows).await;
    let rows: Vec<usize> = table.problems.iter().map(|(row, _)| *row).collect();
    assert_eq!(rows, [3, 4, 5, 6, 6], "{:?}", table.problems);
    assert_eq!((kept(&trade).await.len(), trade.called().len()), (0, 0));
}

#[tokio::test]
async fn what_was_sent_twice_is_billed_once() {
    for setup in [setup(), naming()] {
        let trade = Trade::open_with(setup, Generation::V2, "timeout_secs = 3", TEMPLATE).await;
        let instance = metered(&trade).await;
        let records = records(&trade, &[row(&trade, &instance, 30, "1"), row(&trade, &instance, 29, "2")]).await;
        trade.server.faults().add(FaultRule::next(1, Fault::Hang).at(Api::UsagePush).after_the_deed());
        let message = push(&trade, records.clone(), UsageApi::New).await.remove(0);
        if message.progress != Progress::Succeeded {
            assert!(matches!(fault(&message), ApiFault::TimedOut { .. }), "{message:?}");
            assert_eq!(states(&trade).await, ["in-doubt"; 2]);
            assert_eq!(trade.app.desk.retry(message.id).await.unwrap(), RetryResult::Succeeded);
        }
        assert_eq!(states(&trade).await, ["sent"; 2], "there they are, and nobody has to do anything");
        assert_eq!(trade.requests(Api::UsagePush).len(), 2);
        assert_eq!(bills(&trade).await, ["billed", "billed", "005", "005"]);
        assert_eq!(push(&trade, records, UsageApi::New).await.len(), 0);
        let bodies: Vec<String> = trade.requests(Api::UsagePush).into_iter().map(|request| request.body).collect();
        assert_eq!(bodies[0], bodies[1], "the same record both times");
    }
}

#[tokio::test]
async fn a_record_that_the_answer_names_is_seen_and_corrected() {
    let trade = Trade::open_with(naming(), Generation::V2, "", TEMPLATE).await;
    let instance = metered(&trade).await;
    let unknown = InstanceId::new("nobody");
    let records = records(&trade, &[row(&trade, &instance, 30, "1"), row(&trade, &unknown, 29, "2")]).await;
    let wrong = records[1].clone();
    let message = push(&trade, records, UsageApi::New).await.remove(0);
    assert_eq!(message.progress, Progress::Failing);
    let expected =
        Exception::UsageRefused { count: 1, metering_sn: wrong.metering_sn.clone(), code: RecordCode::InstanceUnknown };
    assert_eq!(message.exception, Some(expected));
    let refused = UsageState::Refused { code: RecordCode::InstanceUnknown };
    let usage = kept(&trade).await;
    assert_eq!((&usage[0].state, &usage[1].state), (&UsageState::Sent, &refused));
    // As it is it cannot go again.
    assert_eq!(push(&trade, vec![wrong.clone()], UsageApi::New).await.len(), 0);

    let corrected = UsageRecord { instance_id: instance, ..wrong };
    let message = push(&trade, vec![corrected], UsageApi::New).await.remove(0);
    assert_eq!(message.progress, Progress::Succeeded, "{message:?}");
    assert_eq!(states(&trade).await, ["sent", "sent"]);
    assert_eq!(bills(&trade).await, ["billed", "001", "billed"]);
}

#[tokio::test]
async fn the_old_interface_wants_the_product_and_says_no_at_once() {
    let trade = Trade::open("", TEMPLATE).await;
    let instance = metered(&trade).await;
    let rows = [row(&trade, &instance, 30, "1")];
    let sheet = read_sheet(file(&trade, &rows)).await.unwrap();
    let table = trade.app.desk.read_usage(&sheet, UsageApi::Old, None).unwrap();
    assert_eq!(table.problems[0].1.to_string(), "`productId` is missing");

    let mut records = records(&trade, &rows).await;
    records[0].product_id = Some("OFFI1".into());
    let message = push(&trade, records.clone(), UsageApi::Old).await.remove(0);
    assert_eq!(message.progress, Progress::Succeeded, "{message:?}");
    assert_eq!((bills(&trade).await, states(&trade).await), (vec!["billed"], vec!["sent"]));
    assert_eq!(trade.called(), [Api::UsagePushOld]);

    let wrong = UsageRecord { instance_id: InstanceId::new("nobody"), metering_sn: "sn-2".into(), ..records.remove(0) };
    let message = push(&trade, vec![wrong], UsageApi::Old).await.remove(0);
    let expected = Exception::UsageRefused { count: 1, metering_sn: "sn-2".into(), code: RecordCode::InstanceUnknown };
    assert_eq!((message.progress, message.exception), (Progress::Failing, Some(expected)));
    assert_eq!(states(&trade).await, ["sent", "refused"]);
    assert_eq!(bills(&trade).await, ["billed"]);
}

#[tokio::test]
async fn a_push_is_divided_until_the_records_are_found_that_it_is_refused_for() {
    let trade = Trade::open("", TEMPLATE).await;
    let instance = metered(&trade).await;
    let rows: Vec<String> = (0..40).map(|n| row(&trade, &instance, 50 - n, "1")).collect();
    let mut records = records(&trade, &rows).await;
    records.iter_mut().for_each(|record| record.product_id = Some("OFFI1".into()));
    for wrong in [7, 31] {
        records[wrong].instance_id = InstanceId::new("nobody");
    }
    let message = push(&trade, records.clone(), UsageApi::Old).await.remove(0);
    let (count, metering_sn) = (2, records[7].metering_sn.clone());
    let expected = Exception::UsageRefused { count, metering_sn, code: RecordCode::InstanceUnknown };
    assert_eq!((message.progress, message.exception), (Progress::Failing, Some(expected)));
    let states = kept(&trade).await.into_iter().map(|usage| usage.state);
    for (number, state) in states.enumerate() {
        let refused = UsageState::Refused { code: RecordCode::InstanceUnknown };
        assert_eq!(state, if [7, 31].contains(&number) { refused } else { UsageState::Sent }, "{number}");
    }
    assert_eq!(bills(&trade).await, vec!["billed"; 38], "each of the others once");
    assert!(trade.requests(Api::UsagePushOld).len() < 25, "{}", trade.requests(Api::UsagePushOld).len());
    let attempts = trade.app.desk.message(message.id).await.unwrap().unwrap().1;
    let told = attempts[0].answer.clone().unwrap();
    assert!(told.starts_with("40 records: ") && told.contains("\n20 records: "), "{told}");

    // Once they are put right they go, and nothing else goes again.
    trade.server.forget_requests();
    for wrong in [7, 31] {
        records[wrong].instance_id = instance.clone();
    }
    let message = push(&trade, records, UsageApi::Old).await.remove(0);
    assert_eq!(message.progress, Progress::Succeeded, "{message:?}");
    assert_eq!(trade.requests(Api::UsagePushOld).len(), 1);
    assert_eq!(bills(&trade).await, vec!["billed"; 40]);
}

#[tokio::test]
async fn a_push_with_many_wrong_records_goes_on_by_itself_until_all_of_them_are_found() {
    let mut trade = Trade::open("", TEMPLATE).await;
    let instance = metered(&trade).await;
    let rows: Vec<String> = (0..120).map(|n| row(&trade, &instance, 130 - n, "1")).collect();
    let mut records = records(&trade, &rows).await;
    records.iter_mut().for_each(|record| record.product_id = Some("OFFI1".into()));
    let wrong = |number: usize| number.is_multiple_of(10);
    for (number, record) in records.iter_mut().enumerate() {
        if wrong(number) {
            record.instance_id = InstanceId::new("nobody");
        }
    }
    let message = push(&trade, records, UsageApi::Old).await.remove(0);
    assert_eq!((message.progress, message.exception), (Progress::Failing, Some(Exception::PushGoesOn)));
    assert!(trade.requests(Api::UsagePushOld).len() < 100, "{}", trade.requests(Api::UsagePushOld).len());
    trade.app.advance(Duration::from_secs(11));
    trade.app.work_in_background();
    until("the rest", async || {
        let states = states(&trade).await;
        states.iter().enumerate().all(|(n, it)| *it == if wrong(n) { "refused" } else { "sent" }).then_some(())
    })
    .await;
    assert_eq!(bills(&trade).await, vec!["billed"; 108], "each of the others once");
}

#[tokio::test]
async fn a_fault_while_a_push_is_divided_loses_nothing_and_sends_nothing_twice() {
    let trade = Trade::open("", TEMPLATE).await;
    let instance = metered(&trade).await;
    let rows: Vec<String> = (0..8).map(|n| row(&trade, &instance, 20 - n, "1")).collect();
    let mut records = records(&trade, &rows).await;
    records.iter_mut().for_each(|record| record.product_id = Some("OFFI1".into()));
    records[6].instance_id = InstanceId::new("nobody");
    // All eight are refused, the first four taken, and what follows meets a gateway that wants a long pause.
    let busy = Fault::TooManyRequests { retry_after: Some(60) };
    trade.server.faults().add(FaultRule::new(busy, When::Requests { after: 2, count: 9 }).at(Api::UsagePushOld));
    let message = push(&trade, records, UsageApi::Old).await.remove(0);
    assert!(matches!(fault(&message), ApiFault::Throttled { .. }), "{message:?}");
    assert_eq!(states(&trade).await, ["sent", "sent", "sent", "sent", "entered", "entered", "entered", "entered"]);
    trade.server.faults().clear();
    assert!(matches!(trade.app.desk.retry(message.id).await.unwrap(), RetryResult::Failed { .. }));
    assert_eq!(states(&trade).await, ["sent", "sent", "sent", "sent", "sent", "sent", "refused", "sent"]);
    assert_eq!(bills(&trade).await, vec!["billed"; 7]);
}

#[tokio::test]
async fn what_has_become_too_old_is_left_out_and_told() {
    let trade = Trade::open("", TEMPLATE).await;
    let instance = metered(&trade).await;
    let desk = &trade.app.desk;
    let old = records(&trade, &[row(&trade, &instance, 30, "1")]).await.remove(0);
    desk.enter_usage(World::Live, vec![old.clone()], false).await.unwrap();
    let waiting = desk.keep_pushes(World::Live, vec![old.metering_sn.clone()], UsageApi::New).await.unwrap();
    trade.app.advance(22 * 24 * HOUR);
    let young = records(&trade, &[row(&trade, &instance, 30, "2")]).await.remove(0);
    desk.enter_usage(World::Live, vec![young.clone()], false).await.unwrap();

    // A push that was kept in time and is carried out too late.
    let message = trade.carry_out(waiting.pushes).await.remove(0);
    let too_old = Exception::UsageTooOld { count: 1, metering_sn: old.metering_sn.clone() };
    assert_eq!((message.progress, message.exception), (Progress::Failing, Some(too_old)));
    assert!(trade.requests(Api::UsagePush).is_empty());

    let sns = vec![old.metering_sn.clone(), young.metering_sn];
    let kept_now = desk.keep_pushes(World::Live, sns, UsageApi::New).await.unwrap();
    assert_eq!((kept_now.pushes.len(), &kept_now.too_old), (1, &vec![old.metering_sn.clone()]));
    assert_eq!(trade.carry_out(kept_now.pushes).await[0].progress, Progress::Succeeded);
    assert_eq!(states(&trade).await, ["entered", "sent"]);
    let discarded = desk.change_usage(World::Live, old.metering_sn, UsageEvent::Discarded).await.unwrap();
    assert_eq!(discarded, Some(Ok(UsageState::Discarded)));
}

#[tokio::test]
async fn more_than_a_thousand_records_are_more_than_one_push() {
    let trade = Trade::open("", TEMPLATE).await;
    let instance = metered(&trade).await;
    let rows: Vec<String> = (0..1_001).map(|n| row(&trade, &instance, 1_010 - n, "1")).collect();
    let records = records(&trade, &rows).await;
    let messages = push(&trade, records, UsageApi::New).await;
    assert_eq!(messages.len(), 2);
    assert!(messages.iter().all(|message| message.progress == Progress::Succeeded));
    assert_eq!(trade.requests(Api::UsagePush).len(), 2);
    assert_eq!(bills(&trade).await, vec!["billed"; 1_001]);
    assert!(states(&trade).await.iter().all(|state| *state == "sent"));
}
