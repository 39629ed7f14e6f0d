//! Actions that are taken back before they are sent: what was never sent is forgotten, what was is no longer tried by itself.

use rusqlite::{Connection, params};

use super::{ClaimedAction, Store, StoreError, actions::WIRE, claims, codec, replaced::end_replaced};
use crate::{
    domain::{Exception, MessageId},
    protocol::{
        UnixMillis,
        open_api::{OpenApi as _, license::ReportLicenseUsage},
    },
};

impl Store {
    /// Takes back what was not begun.
    pub async fn withdraw_actions(&self, ids: Vec<MessageId>, now: UnixMillis) -> Result<(), StoreError> {
        self.inner.writer.run(move |connection| ids.into_iter().try_for_each(|id| withdraw(connection, id, now))).await
    }

    /// The same for actions that were claimed and of which nothing was sent: their attempts never were.
    pub async fn withdraw_claimed(&self, claimed: Vec<ClaimedAction>, now: UnixMillis) -> Result<(), StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                for one in claimed {
                    if unclaim(connection, &one)? {
                        withdraw(connection, one.message_id, now)?;
                    }
                }
                Ok(())
            })
            .await
    }

    /// Leaves actions that were claimed and of which nothing was sent: for later, or where no time is told to the operator.
    /// `why` they were not, or as they stood before.
    pub async fn leave_unsent(
        &self,
        claimed: Vec<ClaimedAction>,
        why: Option<Exception>,
        again_at: Option<UnixMillis>,
    ) -> Result<(), StoreError> {
        self.inner
            .writer
            .run(move |connection| {
                for one in claimed {
                    if unclaim(connection, &one)? {
                        connection
                            .prepare_cached(
                                "UPDATE message SET exception = coalesce(?1, exception), next_attempt_at = ?2,
                                    progress = CASE WHEN coalesce(?1, exception) IS NULL THEN 1 ELSE 2 END
                                 WHERE id = ?3",
                            )?
                            .execute(params![
                                codec::exception(why.as_ref()),
                                again_at.map(|time| time.0),
                                one.message_id.0
                            ])?;
                    }
                }
                Ok(())
            })
            .await
    }
}

/// As if it had not been claimed; false where somebody else has claimed it since, or another took its place.
fn unclaim(connection: &Connection, one: &ClaimedAction) -> Result<bool, StoreError> {
    if !claims::is_held(connection, one.message_id, one.attempt_id)? {
        return Ok(false);
    }
    connection.prepare_cached("DELETE FROM attempt WHERE id = ?")?.execute([one.attempt_id.0])?;
    connection
        .prepare_cached(
            "UPDATE message SET claimed_by = NULL, claimed_until = NULL, attempts = attempts - 1,
                last_attempt_at = coalesce((SELECT max(started_at) FROM attempt WHERE message_id = ?1), received_at)
             WHERE id = ?1",
        )?
        .execute([one.message_id.0])?;
    Ok(!end_replaced(connection, one.message_id)?)
}

fn withdraw(connection: &Connection, id: MessageId, now: UnixMillis) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "DELETE FROM message WHERE id = ?1 AND attempts = 0 AND coalesce(claimed_until, 0) <= ?2 AND wire = ?3",
        )?
        .execute(params![id.0, now.0, WIRE])?;
    // A question that was answered before is answered still; of a number that was told, another may have been told since.
    let not_sent = codec::exception(Some(&Exception::NotSent));
    connection
        .prepare_cached(
            "WITH last (answered) AS (SELECT ended_at IS NOT NULL AND attempt.exception IS NULL AND activity <> ?5
                                      FROM attempt JOIN message ON message.id = message_id
                                      WHERE message_id = ?1 ORDER BY attempt.id DESC LIMIT 1)
             UPDATE message SET next_attempt_at = NULL,
                 progress = CASE WHEN (SELECT answered FROM last) THEN 0 ELSE 2 END,
                 exception = CASE WHEN (SELECT answered FROM last) THEN NULL ELSE ?4 END
             WHERE id = ?1 AND progress <> 0 AND coalesce(claimed_until, 0) <= ?2 AND wire = ?3",
        )?
        .execute(params![id.0, now.0, WIRE, not_sent, ReportLicenseUsage::NAME])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        domain::{Action, NewAction, Origin, Outcome, World, decision::Step, message::Progress},
        protocol::{ResultCode, callback::Answer, id::LicenseCode},
        sealing::SealKey,
        store::{Lease, plan_tests::call},
    };

    const NOW: UnixMillis = UnixMillis(1_795_435_200_000);

    #[tokio::test]
    async fn a_call_whose_attempt_gets_the_number_of_one_that_was_given_back_is_read_for_its_order() {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(&dir.path().join("s.db"), SealKey::from_slice(&[7; 32]).unwrap()).unwrap();
        let question = |number: usize| NewAction {
            world: World::Live,
            action: Action::QueryLicense { license: LicenseCode::new(format!("PL-{number}")) },
            origin: Origin::Operator,
        };
        let kept = store.keep_actions((0..9).map(|number| (question(number), None)).collect(), NOW, NOW).await.unwrap();
        let ids = kept.into_iter().map(|kept| kept.message_id).collect();
        let lease = Lease { holder: "me".into(), until: NOW.plus_millis(1_000) };
        let claimed = store.claim_actions(ids, Origin::Operator, lease, NOW).await.unwrap();
        let read = async || {
            let (calls, last) = store.calls_not_read_for_orders(10).await.unwrap();
            if let Some(last) = last {
                store.put_called_orders(Vec::new(), last).await.unwrap();
            }
            calls.len()
        };
        assert_eq!(read().await, 0);
        store.withdraw_claimed(claimed, NOW).await.unwrap();
        let done = |_: &_| {
            let answer = Answer::of(ResultCode::SUCCESS);
            Step::Finish(Outcome { answer, progress: Progress::Succeeded, exception: None, change: None })
        };
        let bought = r#"{"activity":"orderNotify","orderId":"CS1","orderLineId":"CS1-000001"}"#;
        store.answer_call(call(bought, "a"), done).await.unwrap();
        assert_eq!((read().await, read().await), (1, 0));
        store.close().await;
    }
}
