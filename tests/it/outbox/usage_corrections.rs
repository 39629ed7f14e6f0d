//! A refused record is put right, sent once under an id that stays, and what it was is not forgotten; what is not sent is
//! warned of before it is too old.

use std::time::Duration;

use sellerdesk::{
    desk::UsageOwed,
    domain::{
        World,
        action::UsageApi,
        message::Progress,
        usage::{NotCorrected, NotPossible, RecordCode, StoredUsage, UsageEvent, UsageRecord, UsageState, UsageValue},
    },
    protocol::id::InstanceId,
    simulator::{
        Generation,
        open_api::{Api, Fault, FaultRule},
    },
};

use super::usage::{bills, kept, metered, naming, push, records, row, states};
use crate::support::{app::TEMPLATE, trade::Trade};

const DAY: Duration = Duration::from_secs(86_400);

async fn correct(trade: &Trade, sn: &str, record: UsageRecord) -> Result<String, NotCorrected> {
    trade.app.desk.correct_usage(World::Live, sn.to_owned(), record).await.unwrap()
}

async fn send(trade: &Trade, sn: &str) -> Option<Progress> {
    let ids = trade.app.desk.keep_pushes(World::Live, vec![sn.to_owned()], UsageApi::New).await.unwrap().pushes;
    if ids.is_empty() {
        return None;
    }
    Some(trade.carry_out(ids).await.remove(0).progress)
}

async fn stored(trade: &Trade, sn: &str) -> StoredUsage {
    trade.app.desk.usage_record(World::Live, sn.to_owned()).await.unwrap().unwrap().0
}

/// One record of an instance that nobody has, refused.
async fn refused(trade: &Trade, sn: Option<&str>) -> UsageRecord {
    let mut wrong = records(trade, &[row(trade, &InstanceId::new("nobody"), 30, "2")]).await.remove(0);
    if let Some(sn) = sn {
        sn.clone_into(&mut wrong.metering_sn);
    }
    push(trade, vec![wrong.clone()], UsageApi::New).await;
    let state = stored(trade, &wrong.metering_sn).await.state;
    assert_eq!(state, UsageState::Refused { code: RecordCode::InstanceUnknown });
    wrong
}

#[tokio::test]
async fn an_id_made_from_what_was_wrong_is_made_anew_and_the_old_record_replaced() {
    let trade = Trade::open_with(naming(), Generation::V2, "", TEMPLATE).await;
    let instance = metered(&trade).await;
    let wrong = refused(&trade, None).await;
    // As a corrected file would have it.
    let right = records(&trade, &[row(&trade, &instance, 30, "2")]).await.remove(0);
    assert_ne!(right.metering_sn, wrong.metering_sn);
    let sn = correct(&trade, &wrong.metering_sn, right.clone()).await.unwrap();
    assert_eq!(sn, right.metering_sn);
    assert_eq!(stored(&trade, &wrong.metering_sn).await.state, UsageState::Replaced { by: sn.clone() });
    assert_eq!(stored(&trade, &sn).await.state, UsageState::Entered, "nothing is sent before it is said");
    let was = trade.app.desk.usage_corrections(World::Live, sn.clone()).await.unwrap();
    assert_eq!(was.len(), 1);
    assert_eq!(was[0].was, wrong);
    assert_eq!(was[0].state, UsageState::Refused { code: RecordCode::InstanceUnknown });

    assert_eq!(send(&trade, &sn).await, Some(Progress::Succeeded));
    // Neither the old file nor the corrected one sends anything more.
    assert_eq!(send(&trade, &sn).await, None);
    assert_eq!(push(&trade, vec![wrong.clone()], UsageApi::New).await.len(), 0);
    assert_eq!(push(&trade, vec![right], UsageApi::New).await.len(), 0);
    assert_eq!(states(&trade).await, ["replaced", "sent"]);
    assert_eq!(bills(&trade).await, ["001", "billed"]);
    let again = correct(&trade, &wrong.metering_sn, wrong.clone()).await;
    assert_eq!(again, Err(NotCorrected::NotPossible(NotPossible::Replaced { by: sn })));
}

#[tokio::test]
async fn an_id_of_ones_own_is_kept_and_an_old_file_does_not_bring_back_what_was_wrong() {
    let trade = Trade::open_with(naming(), Generation::V2, "", TEMPLATE).await;
    let instance = metered(&trade).await;
    let wrong = refused(&trade, Some("mine-1")).await;
    let right = UsageRecord { instance_id: instance, ..wrong.clone() };
    assert_eq!(correct(&trade, "mine-1", right.clone()).await, Ok("mine-1".into()));
    let was = trade.app.desk.usage_corrections(World::Live, "mine-1".into()).await.unwrap();
    assert_eq!((was.len(), &was[0].was), (1, &wrong));

    let entered = trade.app.desk.enter_usage(World::Live, vec![wrong], true).await.unwrap();
    assert_eq!((entered.known, entered.corrected, entered.refused.len()), (1, 0, 0));
    assert_eq!(stored(&trade, "mine-1").await.record, right);

    // The answer gets lost, so it goes again as it is: the same record with the same id.
    trade.server.faults().add(FaultRule::next(1, Fault::Reset).at(Api::UsagePush).after_the_deed());
    assert_ne!(send(&trade, "mine-1").await, None);
    if stored(&trade, "mine-1").await.state == UsageState::InDoubt {
        let doubted = correct(&trade, "mine-1", UsageRecord { relate_pkg_instance: Some("p".into()), ..right }).await;
        assert_eq!(doubted, Err(NotCorrected::NotPossible(NotPossible::InDoubt)));
        send(&trade, "mine-1").await;
    }
    assert_eq!(states(&trade).await, ["sent"]);
    let bodies: Vec<String> = trade.requests(Api::UsagePush).into_iter().skip(1).map(|request| request.body).collect();
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]) && bodies[0].contains("mine-1"), "{bodies:?}");
    assert_eq!(bills(&trade).await.iter().filter(|bill| **bill == "billed").count(), 1);
}

#[tokio::test]
async fn a_record_whose_id_was_refused_goes_under_another_and_is_billed_once_all_the_same() {
    let trade = Trade::open_with(naming(), Generation::V2, "", TEMPLATE).await;
    let instance = metered(&trade).await;
    let record = records(&trade, &[row(&trade, &instance, 30, "2")]).await.remove(0);
    push(&trade, vec![record.clone()], UsageApi::New).await;
    let event = UsageEvent::FailedLater { code: RecordCode::MeteringSnRepeated };
    trade.app.desk.change_usage(World::Live, record.metering_sn.clone(), event).await.unwrap().unwrap().unwrap();

    let sn = correct(&trade, &record.metering_sn, record.clone()).await.unwrap();
    assert_ne!(sn, record.metering_sn);
    assert_eq!(send(&trade, &sn).await, Some(Progress::Succeeded));
    assert_eq!(states(&trade).await, ["replaced", "sent"]);
    assert_eq!(bills(&trade).await, ["billed", "010"], "KooGallery had it nevertheless");
}

#[tokio::test]
async fn what_cannot_be_corrected_says_why_and_stays_as_it_is() {
    let trade = Trade::open_with(naming(), Generation::V2, "", TEMPLATE).await;
    let instance = metered(&trade).await;
    let sent = records(&trade, &[row(&trade, &instance, 29, "1")]).await.remove(0);
    push(&trade, vec![sent.clone()], UsageApi::New).await;
    let wrong = refused(&trade, None).await;
    let of_sent = UsageRecord { begin_time: sent.begin_time, end_time: sent.end_time, ..sent.clone() };
    for (sn, record, reason) in [
        ("nobody", wrong.clone(), NotCorrected::Unknown { metering_sn: "nobody".into() }),
        (&wrong.metering_sn, wrong.clone(), NotCorrected::Unchanged),
        (
            &sent.metering_sn,
            UsageRecord { usage_value: UsageValue::parse("3").unwrap(), ..sent.clone() },
            NotCorrected::NotPossible(NotPossible::AlreadySent),
        ),
        (&wrong.metering_sn, of_sent, NotCorrected::SameMeteringSn { metering_sn: sent.metering_sn.clone() }),
        (
            &wrong.metering_sn,
            UsageRecord { metering_sn: "mine-2".into(), ..sent.clone() },
            NotCorrected::SamePeriod { metering_sn: sent.metering_sn.clone() },
        ),
    ] {
        assert_eq!(correct(&trade, sn, record).await, Err(reason));
    }
    assert_eq!(kept(&trade).await.iter().map(|it| it.record.clone()).collect::<Vec<_>>(), [sent, wrong]);
    assert_eq!(states(&trade).await, ["sent", "refused"]);
}

#[tokio::test]
async fn a_push_that_was_kept_before_the_correction_sends_nothing_of_it() {
    let trade = Trade::open_with(naming(), Generation::V2, "", TEMPLATE).await;
    let instance = metered(&trade).await;
    let record = records(&trade, &[row(&trade, &instance, 30, "2")]).await.remove(0);
    let desk = &trade.app.desk;
    desk.enter_usage(World::Live, vec![record.clone()], true).await.unwrap();
    let before = desk.keep_pushes(World::Live, vec![record.metering_sn.clone()], UsageApi::New).await.unwrap().pushes;
    let more = UsageRecord { usage_value: UsageValue::parse("3").unwrap(), ..record.clone() };
    let sn = correct(&trade, &record.metering_sn, more).await.unwrap();
    assert_eq!(sn, record.metering_sn);
    trade.carry_out(before).await;
    assert_eq!(trade.requests(Api::UsagePush).len(), 0);
    assert_eq!(send(&trade, &sn).await, Some(Progress::Succeeded));
    assert_eq!(trade.marketplace.usage_bills()[0].record.usage_value, "3");
}

#[tokio::test]
async fn what_is_not_sent_is_warned_of_before_it_is_too_old_and_after() {
    let hourly = format!("{TEMPLATE}\n[usage]\nbilling = \"hourly\"\n");
    for (config, late) in [(TEMPLATE, 0), (hourly.as_str(), 1)] {
        let trade = Trade::open("", config).await;
        let instance = metered(&trade).await;
        let records = records(&trade, &[row(&trade, &instance, 30, "2"), row(&trade, &instance, 20, "1")]).await;
        let (first, second) = (records[0].clone(), records[1].clone());
        let desk = &trade.app.desk;
        desk.enter_usage(World::Live, vec![first.clone()], true).await.unwrap();
        push(&trade, vec![second], UsageApi::New).await;
        let owed = async || desk.usage_owed(World::Live).await.unwrap();
        assert_eq!(owed().await, UsageOwed::default());
        trade.app.advance(DAY);
        assert_eq!(owed().await, UsageOwed { late, ..UsageOwed::default() });
        trade.app.advance(17 * DAY);
        let closes_at = Some(first.begin_time.plus_millis(21 * 86_400_000));
        assert_eq!(owed().await, UsageOwed { closing: 1, closes_at, ..UsageOwed::default() });
        trade.app.advance(3 * DAY);
        assert_eq!(owed().await, UsageOwed { too_old: 1, ..UsageOwed::default() });
        let discarded = desk.change_usage(World::Live, first.metering_sn, UsageEvent::Discarded).await.unwrap();
        assert_eq!(discarded, Some(Ok(UsageState::Discarded)));
        assert_eq!(owed().await, UsageOwed::default());
    }
}
