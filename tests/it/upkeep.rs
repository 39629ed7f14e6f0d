//! What is forgotten of the history: attempts at what succeeded long since, by number, age and size; never of what fails.

use std::time::Duration;

use sellerdesk::{
    desk::RetryResult,
    domain::{Attempt, Message, MessageState, Origin, World},
};
use serde_json::json;

use crate::{
    generations::{TEMPLATES, bought, start, v1},
    support::{
        app::{MANUAL, TEMPLATE, TestApp, release, with},
        waiting::until,
    },
};

const DAY: u64 = 24 * 3_600;

/// Cleans up as a start does, and waits until there are so many attempts.
async fn cleaned_up(app: &mut TestApp, message: &Message, left: usize) -> Vec<Attempt> {
    app.work_in_background();
    let (desk, id) = (app.desk.clone(), message.id);
    let attempts = async || desk.message(id).await.unwrap().unwrap().1;
    until("the pruned attempts", async || Some(attempts().await).filter(|kept| kept.len() == left)).await
}

#[tokio::test]
async fn of_an_often_repeated_purchase_the_first_and_the_newest_attempts_are_kept() {
    let mut app = start(TEMPLATES).await;
    let ask = async |app: &TestApp, number: usize| {
        let mut params = bought("newInstance", "CS1", "b-1");
        let flag = number.to_string();
        params.push(("customerName", &flag));
        assert_eq!(v1(app, "/produce", &params).await.code(), "000000");
    };
    for number in 0..30 {
        ask(&app, number).await;
    }
    let message = app.message("newInstance").await;
    let all = app.attempts(&message).await;
    assert_eq!((message.attempts, all.len()), (30, 30));
    let left = cleaned_up(&mut app, &message, 21).await;
    assert_eq!(left[0], all[0], "the first keeps the request");
    assert_eq!(left[1..], all[10..]);
    let message = app.message("newInstance").await;
    assert_eq!((message.attempts, app.state(&message)), (30, MessageState::Succeeded), "the number stays");
    ask(&app, 31).await;
    assert_eq!(app.attempts(&message).await.len(), 22);
}

#[tokio::test]
async fn what_is_old_goes_but_the_attempt_that_succeeded() {
    let mut app = TestApp::start(TEMPLATE).await;
    let purchase = crate::support::app::purchase("CS1");
    let id = purchase["businessId"].as_str().unwrap().to_owned();
    // Before its purchase: failed twice, then done by itself, then repeated.
    for _ in 0..2 {
        assert_eq!(app.call(release(&id)).await.code(), "000003");
    }
    assert_eq!(app.call(purchase).await.code(), "000000");
    let message = app.message("releaseInstance").await;
    let desk = app.desk.clone();
    until("the parked call", async || {
        let attempts = desk.message(message.id).await.unwrap().unwrap().1;
        let done = |attempt: &&Attempt| attempt.origin == Origin::Automatic && attempt.ended_at.is_some();
        attempts.iter().find(done).cloned()
    })
    .await;
    for _ in 0..4 {
        assert_eq!(app.call(release(&id)).await.code(), "000000");
    }
    app.advance(Duration::from_secs(80 * DAY));
    assert_eq!(app.call(release(&id)).await.code(), "000000");
    let all = app.attempts(&message).await;
    assert_eq!(all.len(), 8);
    app.advance(Duration::from_secs(11 * DAY));
    let left = cleaned_up(&mut app, &message, 4).await;
    let ids = |attempts: &[Attempt]| attempts.iter().map(|attempt| attempt.id).collect::<Vec<_>>();
    let first_done_and_newest = [&all[..1], &all[2..3], &all[6..]].concat();
    assert_eq!(ids(&left), ids(&first_done_and_newest));
}

#[tokio::test]
async fn long_requests_go_before_there_are_many() {
    let mut app = start(MANUAL).await;
    let question = json!({ "activity": "queryInstance", "instanceId": "", "remark": "x".repeat(200 * 1024) });
    app.call(crate::support::app::purchase("CS1")).await;
    let id = app.message("newInstance").await.instance_id.unwrap();
    for _ in 0..8 {
        assert_eq!(app.call(with(question.clone(), "instanceId", id.as_str())).await.code(), "000004");
    }
    let message = app.message("queryInstance").await;
    assert_eq!(app.attempts(&message).await.len(), 8);
    let left = cleaned_up(&mut app, &message, 3).await;
    assert_eq!(left.len(), 3, "the first and the newest two");
}

#[tokio::test]
async fn of_what_still_fails_nothing_is_forgotten() {
    let mut app = TestApp::start(TEMPLATE).await;
    for _ in 0..30 {
        assert_eq!(app.call(release("nobody")).await.code(), "000003");
    }
    let failing = app.message("releaseInstance").await;
    let purchase = crate::support::app::purchase("CS1");
    for _ in 0..30 {
        assert_eq!(app.call(purchase.clone()).await.code(), "000000");
    }
    app.advance(Duration::from_secs(200 * DAY));
    let done = app.message("newInstance").await;
    // Both in one go: when the one is pruned, the other was looked at.
    cleaned_up(&mut app, &done, 3).await;
    assert_eq!(app.attempts(&failing).await.len(), 30);
    assert_eq!(app.state(&failing), MessageState::Stopped);
}

#[tokio::test]
async fn requests_and_answers_of_what_is_long_done_are_forgotten_and_nothing_else() {
    let mut app = TestApp::start(&format!("{TEMPLATE}\n[history]\ntexts_days = 60\n")).await;
    let purchase = crate::support::app::purchase("CS1");
    let bought = app.call(purchase.clone()).await;
    assert_eq!(bought.code(), "000000");
    assert_eq!(app.call(release("nobody")).await.code(), "000003");
    let (done, failing) = (app.message("newInstance").await, app.message("releaseInstance").await);
    app.advance(Duration::from_secs(50 * DAY));
    assert_eq!(app.call(crate::support::app::purchase("CS2")).await.code(), "000000");
    let young = app.messages(World::Live).await.into_iter().find(|message| message.about() == Some("CS2")).unwrap();
    let attempts = app.attempts(&done).await;
    let (of_failing, of_young) = (app.attempts(&failing).await, app.attempts(&young).await);
    // What the orders are put together from has to be read first.
    app.work_in_background();
    until("the orders", async || {
        let (lines, _) = app.desk.order(World::Live, young.order_id.clone().unwrap()).await.unwrap();
        (!lines.is_empty()).then_some(())
    })
    .await;
    app.advance(Duration::from_secs(11 * DAY));
    app.work_in_background();
    let left = until("what is left", async || {
        let attempts = app.attempts(&done).await;
        attempts.iter().all(|attempt| attempt.forgotten).then_some(attempts)
    })
    .await;
    let told = |attempt: &Attempt| (attempt.id, attempt.started_at, attempt.result_code.clone());
    assert_eq!(left.iter().map(told).collect::<Vec<_>>(), attempts.iter().map(told).collect::<Vec<_>>());
    assert!(left.iter().all(|attempt| attempt.request_body.is_empty() && attempt.answer.is_none()));
    assert_eq!(app.attempts(&failing).await, of_failing, "what fails keeps everything");
    assert_eq!(app.attempts(&young).await, of_young, "what is younger does too");
    // What it was about is as it was.
    let again = app.call(purchase).await;
    assert_eq!((again.code(), again.instance_id()), ("000000", bought.instance_id()));
    assert_eq!(app.desk.retry(done.id).await.unwrap(), RetryResult::AlreadySucceeded);
}

#[tokio::test]
async fn a_body_that_is_repeated_while_a_message_fails_is_kept_once_and_shown_each_time() {
    let mut app = TestApp::start(TEMPLATE).await;
    let other = with(release("nobody"), "remark", "other words");
    for body in [release("nobody"), release("nobody"), other, release("nobody")] {
        assert_eq!(app.call(body).await.code(), "000003");
    }
    let failing = app.message("releaseInstance").await;
    let before = app.attempts(&failing).await;
    app.work_in_background();
    let file = rusqlite::Connection::open(app.dir.path().join("sellerdesk.db")).unwrap();
    until("what is kept", async || {
        let kept: i64 =
            file.query_row("SELECT count(*) FROM attempt_raw WHERE request_body <> ''", (), |row| row.get(0)).unwrap();
        (kept == 2).then_some(())
    })
    .await;
    assert_eq!(app.attempts(&failing).await, before);
    // It is tried again with what it came with.
    assert!(matches!(app.desk.retry(failing.id).await.unwrap(), RetryResult::Failed { .. }));
}
