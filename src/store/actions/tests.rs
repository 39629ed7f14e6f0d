//! What a batch leaves behind on disk.

use super::*;
use crate::{
    domain::{ActionOutcome, Origin, World},
    store::Lease,
};

const CODES: usize = 100;

fn sum(connection: &Connection, sql: &str) -> i64 {
    connection.query_row(sql, (), |row| row.get::<_, Option<i64>>(0)).unwrap().unwrap_or_default()
}

/// Queries so many codes in one request and concludes them.
async fn asked_together(store: &Store, now: UnixMillis, exchange: &Arc<Exchanged>) -> Vec<MessageId> {
    let question = |number: usize| NewAction {
        world: World::Live,
        action: Action::QueryLicense { license: LicenseCode::new(format!("PL-{number}")) },
        origin: Origin::Operator,
    };
    let kept = store.keep_actions((0..CODES).map(|number| (question(number), None)).collect(), now, now).await.unwrap();
    let ids: Vec<MessageId> = kept.into_iter().map(|kept| kept.message_id).collect();
    let lease = Lease { holder: "me".into(), until: now.plus_millis(1_000) };
    let claimed = store.claim_actions(ids.clone(), Origin::Operator, lease, now).await.unwrap();
    let concluded = claimed.iter().map(|one| ConcludedAction {
        message_id: one.message_id,
        attempt_id: one.attempt_id,
        world: one.world,
        exchange: exchange.clone(),
        outcome: ActionOutcome::succeeded("92020000", Vec::new()),
    });
    store.conclude_actions(concluded.collect(), now).await.unwrap();
    ids
}

#[tokio::test]
async fn what_a_batch_was_answered_is_kept_once_and_told_for_each_of_it() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s.db");
    let store = Store::open(&path, SealKey::from_slice(&[7; 32]).unwrap()).unwrap();
    let exchange = Arc::new(Exchanged {
        request: "POST https://koogallery/license/heartbeat".into(),
        request_body: "[]".into(),
        answer: "x".repeat(64 * 1024),
    });
    let now = UnixMillis(1_795_435_200_000);
    let ids = asked_together(&store, now, &exchange).await;
    for id in &ids {
        let attempt = store.attempts(*id).await.unwrap().remove(0);
        assert_eq!((&attempt.request_query, &attempt.request_body), (&exchange.request, &exchange.request_body));
        assert_eq!(attempt.answer.as_ref(), Some(&exchange.answer));
    }
    // Day after day: what is pruned takes along what nobody else has.
    for day in 1..30 {
        asked_together(&store, now.plus_millis(day * 86_400_000), &exchange).await;
    }
    let file = Connection::open(&path).unwrap();
    let bytes =
        "SELECT sum(octet_length(answer)) FROM (SELECT answer FROM attempt_raw UNION ALL SELECT answer FROM exchange)";
    assert_eq!(sum(&file, bytes), 30 * 64 * 1024);
    store.clean_up(now.plus_millis(30 * 86_400_000), 365).await.unwrap();
    let left = sum(&file, "SELECT count(*) FROM exchange");
    assert!((20..=22).contains(&left), "{left}");
    store.close().await;
}
