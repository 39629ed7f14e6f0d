//! What one program works on no other begins, however long it takes; and what another took over meanwhile it neither sends nor
//! concludes.

use std::time::Duration;

use sellerdesk::{
    desk::{Cancel, RetryResult},
    domain::{Origin, World, message::Progress},
    simulator::open_api::{Api, Fault, FaultRule},
};
use tokio::time::sleep;

use crate::support::{app::MANUAL, trade::Trade, waiting::until};

/// Longer than half a lease, shorter than one.
const LONG: Duration = Duration::from_secs(45);
/// Longer than a lease.
const TOO_LONG: Duration = Duration::from_secs(80);
/// Until whoever works has looked at its claims.
const A_LOOK: Duration = Duration::from_millis(1_500);

#[tokio::test]
async fn work_that_outlasts_a_lease_stays_with_who_does_it() {
    let trade = Trade::open("license_api = \"v1\"", MANUAL).await;
    let codes = trade.received(2);
    let ids = trade.app.desk.keep_activations(World::Live, codes.clone(), None).await.unwrap();
    trade.server.faults().add(FaultRule::next(1, Fault::slow(Duration::from_secs(5))).at(Api::ActivateV1));
    let (desk, of_desk) = (trade.app.desk.clone(), ids.clone());
    let working =
        tokio::spawn(async move { desk.carry_out(of_desk, Origin::Operator, &Cancel::default(), None).await.unwrap() });
    until("the request", async || (!trade.called().is_empty()).then_some(())).await;
    for _ in 0..2 {
        trade.app.advance(LONG);
        sleep(A_LOOK).await;
    }
    let another = trade.another_desk();
    for id in &ids {
        assert!(matches!(another.retry(*id).await.unwrap(), RetryResult::InProgress(_)));
    }
    assert_eq!(working.await.unwrap(), 0);
    assert_eq!(trade.called(), [Api::ActivateV1; 2]);
    for id in ids {
        let message = trade.message(id).await;
        assert_eq!((message.progress, message.attempts), (Progress::Succeeded, 1));
    }
    another.close().await;
}

#[tokio::test]
async fn what_another_took_over_is_neither_sent_again_nor_made_a_failure() {
    let trade = Trade::open("license_api = \"v1\"\ntimeout_secs = 4", MANUAL).await;
    let codes = trade.received(3);
    let ids = trade.app.desk.keep_activations(World::Live, codes.clone(), None).await.unwrap();
    trade.server.faults().add(FaultRule::next(1, Fault::Hang).at(Api::ActivateV1).after_the_deed());
    let (desk, of_desk) = (trade.app.desk.clone(), ids.clone());
    let working =
        tokio::spawn(async move { desk.carry_out(of_desk, Origin::Operator, &Cancel::default(), None).await.unwrap() });
    until("the request", async || (!trade.called().is_empty()).then_some(())).await;
    // As if the computer had slept.
    let another = trade.another_desk();
    for id in &ids {
        until("another to take over", async || {
            trade.app.advance(TOO_LONG);
            (another.retry(*id).await.unwrap() == RetryResult::Succeeded).then_some(())
        })
        .await;
    }
    working.await.unwrap();
    assert_eq!(trade.requests(Api::ActivateV1).len(), 3, "the one that hung, and the other two");
    for (id, code) in ids.into_iter().zip(&codes) {
        let message = trade.message(id).await;
        assert_eq!((message.progress, message.exception), (Progress::Succeeded, None));
        assert!(trade.is_alive(code));
    }
    another.close().await;
}
