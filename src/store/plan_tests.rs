//! How SQLite goes about the store's statements: none that is asked for often may read all of a table that grows with every
//! call. Listens to what this room's own connections run, and knows none of it by heart.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::{Arc, Mutex},
};

use rusqlite::{
    Connection,
    trace::{TraceEvent, TraceEventCodes},
};
use tokio::sync::watch;

use super::{Cancel, IncomingCall, Inner, Lease, NewBatch, Nonce, Store, readers, schema, writer};
use crate::{
    domain::{
        Action, Change, Instance, InstanceStatus, License, MessageId, MessageKey, NewAction, Order, Origin, Outcome,
        Step, World,
        action::UsageApi,
        license_calendar::{CalendarQuery, GracePolicy},
        listing::{InstanceQuery, LicenseQuery, MessageFilter, MessageOrder, MessageQuery, OrderQuery, UsageQuery},
        message::Progress,
        usage::{UsageRecord, UsageValue},
    },
    protocol::{
        ResultCode, UnixMillis,
        callback::{Answer, LicenseApplication, Wire},
        id::{EventId, InstanceId, LicenseCode, OrderId, OrderLine, OrderLineId, TenantId},
        open_api::order::OrderType,
    },
    sealing::SealKey,
};

type Heard = Arc<Mutex<BTreeSet<String>>>;

/// Notes what the connection runs from now on.
fn listened(mut connection: Connection, heard: &Heard) -> Connection {
    let heard = heard.clone();
    let hear = move |event: TraceEvent<'_>| {
        if let TraceEvent::Stmt(_, sql) = event {
            heard.lock().unwrap().insert(sql.to_owned());
        }
    };
    connection.trace_v2(TraceEventCodes::SQLITE_TRACE_STMT, Some(hear)).unwrap();
    connection
}

/// A store whose writer, and whose one reader while nothing is asked at the same time, are listened to.
fn listened_store(path: &Path, heard: &Heard) -> Store {
    let connection = listened(schema::open(path).unwrap(), heard);
    let (revision, trouble) = (watch::channel(0).0, watch::channel(None).0);
    let told = writer::Told { revision: revision.clone(), trouble: trouble.clone() };
    let writer = writer::Writer::start(connection, told).unwrap();
    let readers = readers::Readers::new(path);
    readers.take_back(listened(readers.open().unwrap(), heard));
    let seal_key = SealKey::from_slice(&[7; 32]).unwrap();
    Store { inner: Arc::new(Inner { writer, readers, seal_key, nonces: Arc::default(), revision, trouble }) }
}

const GROWING: [&str; 10] = [
    "message",
    "attempt",
    "attempt_raw",
    "action",
    "license_application",
    "nonce",
    "instance",
    "order_line",
    "license",
    "usage_record",
];

/// Indices of what is open, or of debugging calls: never many.
const SHORT: [&str; 5] = ["message_unfinished", "message_parked", "message_due", "message_tested", "usage_record_owed"];

/// What may read everything, by words of it, and why.
const ALLOWED: [(&str, &str); 14] = [
    ("SELECT id FROM message WHERE world = ?1 ORDER BY", "all ids of a list, while it is shown"),
    (
        "SELECT id FROM message WHERE world = ?1 AND (order_id LIKE",
        "a piece of any text; what an id names is told before",
    ),
    ("SELECT id FROM instance WHERE world = ?1 AND (?2 = ''", "all ids of a list, while it is shown"),
    ("SELECT id FROM order_line WHERE world = ?1 AND (?2 = ''", "all ids of a list, while it is shown"),
    ("SELECT id FROM license WHERE world = ?1 AND (?2 = ''", "all ids of a list, while it is shown"),
    ("SELECT id FROM usage_record WHERE world = ?1 AND (?2 = ''", "all ids of a list, while it is shown"),
    ("repayment_status FROM order_line", "every order, to be held against limits, bills and instances"),
    ("SELECT received_at FROM message WHERE world = 0 AND wire", "the oldest call, with which it ends"),
    (
        "SELECT instance_id, status, expire_time, changed_at FROM instance WHERE world = 0",
        "every instance, for the same",
    ),
    ("FROM instance WHERE world = 0", "every instance, for the same"),
    ("FROM license WHERE world = 0", "every code, for the same; and once a day those in use"),
    ("AS done, min(CASE WHEN activity IN", "every order, for settlement while it is shown"),
    ("FROM usage_record WHERE world = 0 ORDER BY id", "all use, for settlement while it is shown"),
    ("row_number() OVER newest", "cleaning up, every ten minutes"),
];

/// The steps of the statement's plan that read all of a growing table.
fn steps_that_read_all(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let mut rows = statement.raw_query();
    let mut found = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let step: String = row.get(3).unwrap();
        if reads_all(&step) {
            found.push(step);
        }
    }
    found
}

fn reads_all(step: &str) -> bool {
    let words: Vec<&str> = step.split_whitespace().collect();
    let [how, table, ..] = words.as_slice() else { return false };
    let index = words.iter().skip_while(|word| **word != "INDEX").nth(1);
    let alias_of_one = ["upload", "other", "this", "raw", "repeated", "said", "first"].contains(table);
    let grows = GROWING.contains(table) || alias_of_one;
    let is_short = index.is_some_and(|index| SHORT.contains(index));
    // In one of two worlds lies nearly everything.
    grows && !is_short && (*how == "SCAN" || step.ends_with("(world=?)") || step.contains("AUTOMATIC"))
}

#[test]
fn a_plan_that_reads_everything_is_told_from_one_that_does_not() {
    for (step, all) in [
        ("SCAN message", true),
        ("SCAN attempt USING COVERING INDEX attempt_by_message", true),
        ("SEARCH message USING INDEX message_by_time (world=?)", true),
        ("SEARCH license USING AUTOMATIC COVERING INDEX (order_id=?)", true),
        ("SEARCH message USING INDEX message_by_time (world=? AND received_at>?)", false),
        ("SEARCH message USING COVERING INDEX message_unfinished (world=?)", false),
        ("SCAN message USING INDEX message_tested", false),
        ("SCAN wanted VIRTUAL TABLE INDEX 1:", false),
        ("SCAN hourly", false),
        ("USE TEMP B-TREE FOR ORDER BY", false),
    ] {
        assert_eq!(reads_all(step), all, "{step}");
    }
}

#[tokio::test]
async fn nothing_that_is_asked_often_reads_all_of_what_grows_with_every_call() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("sellerdesk.db");
    let heard = Heard::default();
    let store = listened_store(&path, &heard);
    write(&store).await;
    read(&store).await;
    store.close().await;
    let heard = heard.lock().unwrap().clone();
    assert!(heard.len() > 100, "{}", heard.len());
    let connection = schema::open(&path).unwrap();
    let mut reading_all = BTreeMap::new();
    for sql in heard {
        let words = sql.split_whitespace().collect::<Vec<_>>().join(" ");
        if !["SELECT ", "UPDATE ", "DELETE ", "INSERT ", "WITH "].iter().any(|verb| words.starts_with(verb)) {
            continue;
        }
        let steps = steps_that_read_all(&connection, &sql);
        if !steps.is_empty() {
            reading_all.insert(words, steps);
        }
    }
    let allowed = |sql: &String| ALLOWED.iter().any(|(words, _)| sql.contains(words));
    let refused: Vec<_> = reading_all.iter().filter(|(sql, _)| !allowed(sql)).collect();
    let unused: Vec<_> =
        ALLOWED.iter().filter(|(words, _)| !reading_all.keys().any(|sql| sql.contains(words))).collect();
    assert!(refused.is_empty() && unused.is_empty(), "{refused:#?}\nno longer needed: {unused:#?}");
}

const NOW: UnixMillis = UnixMillis(1_790_000_000_000);
const LIVE: World = World::Live;

fn line() -> OrderLine {
    OrderLine { order_id: OrderId::new("CS1"), order_line_id: OrderLineId::new("CS1-000001") }
}

fn lease() -> Lease {
    Lease { holder: "this".into(), until: NOW.plus_millis(60_000) }
}

pub(super) fn call(body: &str, nonce: &str) -> IncomingCall {
    let callback = Arc::new(Wire::V2.read("", "", body.as_bytes()).unwrap());
    IncomingCall {
        world: LIVE,
        endpoint: "main".into(),
        key: MessageKey::of(&callback),
        callback,
        client_secret: None,
        nonce: Some(Nonce(nonce.into())),
        query: String::new(),
        body: body.to_owned(),
        origin: Origin::KooGallery,
        now: NOW,
        lease: lease(),
        retry_of: None,
    }
}

fn instance(status: InstanceStatus) -> Instance {
    Instance {
        world: LIVE,
        instance_id: InstanceId::new("i-1"),
        order: line(),
        endpoint: "main".into(),
        status,
        product_id: None,
        sku_code: None,
        customer_id: None,
        customer_name: None,
        expire_time: None,
        app_info: None,
        created_at: NOW,
        changed_at: NOW,
    }
}

fn outcome(progress: Progress, change: Option<Change>) -> Outcome {
    let answer = Answer::of(ResultCode::SUCCESS).with_instance(InstanceId::new("i-1"));
    Outcome { answer, progress, exception: None, change: change.map(Box::new) }
}

/// Everything that is written while calls come in, actions go out and orders are read.
async fn write(store: &Store) {
    const BUY: &str =
        r#"{"activity":"newInstance","businessId":"i-1","orderId":"CS1","orderLineId":"CS1-000001","customerId":"c"}"#;
    const RELEASE: &str = r#"{"activity":"releaseInstance","instanceId":"i-1"}"#;
    let bought = || Some(Change::Instance(instance(InstanceStatus::Provisioning)));
    let asked = store.answer_call(call(BUY, "a"), move |_| Step::Ask(bought().map(Box::new))).await.unwrap();
    let super::Answered::Ask { message_id, attempt_id, .. } = asked else { panic!("{asked:?}") };
    let active = || Some(Change::Instance(instance(InstanceStatus::Active)));
    store
        .conclude(call(BUY, "b"), (message_id, attempt_id), true, move |_| {
            (outcome(Progress::Succeeded, active()), None)
        })
        .await
        .unwrap();
    store.answer_call(call(BUY, "c"), |_| Step::Repeat(Answer::of(ResultCode::SUCCESS))).await.unwrap();
    store.note_answer(call(BUY, "d"), message_id, Answer::of(ResultCode::SUCCESS), NOW).await.unwrap();
    store.answer_call(call(RELEASE, "e"), |_| Step::Finish(outcome(Progress::Failing, None))).await.unwrap();
    let application = || Change::Application {
        application: LicenseApplication {
            instance_id: InstanceId::new("i-1"),
            event_id: EventId::new("e-1"),
            effective_time: "2023-10-27".into(),
            expire_time: None,
            device_fingerprint: None,
        },
        license: Some(crate::domain::ToldLicense::text(crate::protocol::Secret::new("text"))),
    };
    store
        .answer_call(call(RELEASE, "f"), move |_| Step::Finish(outcome(Progress::InProgress, Some(application()))))
        .await
        .unwrap();
    store.foresee(call(RELEASE, "g"), |_| ()).await.unwrap();

    let license = LicenseCode::new("code");
    store.add_licenses(vec![License::added(LIVE, license.clone(), NOW)]).await.unwrap();
    let new = |action| (NewAction { world: LIVE, action, origin: Origin::Operator }, None);
    let question = Action::QueryOrder { order_id: OrderId::new("CS1"), order_line_id: None };
    let kept = store.keep_actions(vec![new(question), new(Action::QueryLicense { license })], NOW, NOW).await.unwrap();
    let ids: Vec<MessageId> = kept.iter().map(|kept| kept.message_id).collect();
    store.hold_actions(ids.clone(), NOW).await.unwrap();
    let claimed = store.claim_actions(ids.clone(), Origin::Automatic, lease(), NOW).await.unwrap();
    let claims = claimed.iter().map(|one| (one.message_id, one.attempt_id)).collect();
    assert_eq!(store.renew_claims(claims, lease()).await.unwrap(), ids);
    store.withdraw_claimed(claimed, NOW).await.unwrap();
    store.withdraw_actions(ids.clone(), NOW).await.unwrap();
    store.reopen_question(ids[0]).await.unwrap();

    let mut order = Order::new(LIVE, line(), NOW);
    order.instance_id = Some(InstanceId::new("i-1"));
    order.order_type = Some(OrderType::Change);
    order.queried_at = Some(NOW);
    order.product_id = Some("p".into());
    store.put_called_orders(vec![order], attempt_id).await.unwrap();
    store.complete_changed(LIVE, line(), InstanceId::new("i-1")).await.unwrap();

    let record = UsageRecord {
        instance_id: InstanceId::new("i-1"),
        begin_time: NOW,
        end_time: NOW.plus_millis(3_600_000),
        usage_value: UsageValue::of_stored("1".into()),
        relate_pkg_instance: None,
        metering_sn: "sn".into(),
        product_id: None,
    };
    store.enter_usage(LIVE, vec![record], true, NOW).await.unwrap();
    let pushes = store.keep_pushes(LIVE, vec!["sn".into()], UsageApi::New, NOW, NOW).await.unwrap();
    store.begin_push(pushes[0].message_id, NOW).await.unwrap();

    let batch = NewBatch { kind: "licenses", world: LIVE, source: "a.csv".into(), rows: 1, by: "o".into(), at: NOW };
    let batch = store.begin_import(batch).await.unwrap();
    store.put_imported_licenses(batch, vec![License::added(LIVE, LicenseCode::new("new"), NOW)]).await.unwrap();
    store.take_back_licenses(batch, 10, NOW).await.unwrap();
    store.take_back_orders(batch, 10, NOW).await.unwrap();
    store.clean_up(NOW.plus_millis(86_400_000 * 400), 365).await.unwrap();
}

/// Everything that the window, the background and the command line look at.
async fn read(store: &Store) {
    let (id, order, instance) = (MessageId(1), OrderId::new("CS1"), InstanceId::new("i-1"));
    for filter in [MessageFilter::All, MessageFilter::Failing, MessageFilter::InProgress] {
        let query = MessageQuery { filter, ..MessageQuery::default() };
        store.message_ids(query.clone(), Cancel::default()).await.unwrap();
        store.message_ids(MessageQuery { search: "CS1".into(), ..query.clone() }, Cancel::default()).await.unwrap();
        store.message_ids(MessageQuery { order: MessageOrder::OrderId, ..query }, Cancel::default()).await.unwrap();
    }
    store.messages(vec![1]).await.unwrap();
    store.message(id).await.unwrap();
    store.attempts(id).await.unwrap();
    store.stored_request(id).await.unwrap();
    store.action(id).await.unwrap();
    store.messages_of_instance(LIVE, instance.clone()).await.unwrap();
    store.messages_of_order(LIVE, order.clone()).await.unwrap();
    store.messages_of_license(LIVE, LicenseCode::new("code")).await.unwrap();
    store.messages_of_tenant(LIVE, TenantId::new("t")).await.unwrap();
    store.overview(LIVE, NOW).await.unwrap();
    store.rejected(10).await.unwrap();
    store.due(NOW, 10).await.unwrap();
    store.due_actions(NOW, 10).await.unwrap();
    store.next_due().await.unwrap();
    store.parked_for(LIVE, instance.clone()).await.unwrap();
    store.parked_instances_that_exist().await.unwrap();
    store.application_of(LIVE, EventId::new("e-1")).await.unwrap();
    assert_eq!(store.licenses_to_upload().await.unwrap().len(), 1);
    store.received_tests().await.unwrap();
    store.orders_at_risk(LIVE, NOW).await.unwrap();
    store.orders_under_review().await.unwrap();
    store.books().await.unwrap();
    store.supervision(LIVE, order.clone()).await.unwrap();
    store.supervised().await.unwrap();
    store.activated_at(LIVE, order.clone()).await.unwrap();
    store.calls_not_read_for_orders(10).await.unwrap();
    store.orders_to_query(NOW, 10).await.unwrap();
    store.orders_of(LIVE, order.clone()).await.unwrap();
    store.order_ids(OrderQuery::default(), NOW, Cancel::default()).await.unwrap();
    store.status_books(LIVE).await.unwrap();
    store.orders(vec![1]).await.unwrap();
    store.instance(LIVE, instance).await.unwrap();
    store.instance_ids(InstanceQuery::default(), Cancel::default()).await.unwrap();
    store.instances(vec![1]).await.unwrap();
    store.license(LIVE, LicenseCode::new("code")).await.unwrap();
    store.license_ids(LicenseQuery::default(), Cancel::default()).await.unwrap();
    store.licenses(vec![1]).await.unwrap();
    store.licenses_to_query(NOW, 10).await.unwrap();
    let calendar = CalendarQuery { world: LIVE, until: None };
    store.license_calendar(calendar, GracePolicy::default(), NOW, 10).await.unwrap();
    store.settlement_books(None).await.unwrap();
    store.settlement_books(Some(order.clone())).await.unwrap();
    store.usage_record(LIVE, "sn".into()).await.unwrap();
    store.usage_ids(UsageQuery::default(), Cancel::default()).await.unwrap();
    store.usage_ids(UsageQuery { unsent: true, ..UsageQuery::default() }, Cancel::default()).await.unwrap();
    store.usage(vec![1]).await.unwrap();
    store.usage_corrections(LIVE, "sn".into()).await.unwrap();
    store.unsent_usage(LIVE, 10).await.unwrap();
}
