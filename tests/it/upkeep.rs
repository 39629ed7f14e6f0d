//! What is forgotten of the history: attempts at what succeeded long since, by number, age and size; never of what fails.

use std::time::Duration;

use sellerdesk::domain::{Attempt, Message, MessageState, Origin};
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
