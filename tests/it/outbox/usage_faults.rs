//! Whatever goes wrong while usage is pushed: said in a sentence, nothing lost, and each record billed once in the end.

use sellerdesk::{
    desk::RetryResult,
    domain::{action::UsageApi, message::Progress},
    protocol::{KeyClass, Secret},
    simulator::{
        Generation,
        open_api::{Api, Fault, FaultRule},
    },
};

use super::usage::{bills, metered, push, records, row, states};
use crate::support::{
    app::{KEY, TEMPLATE},
    trade::{Trade, access_key, fault, setup},
};

const IMPATIENT: &str = "timeout_secs = 2";

async fn of(trade: &Trade, api: UsageApi) -> Vec<sellerdesk::domain::usage::UsageRecord> {
    let instance = metered(trade).await;
    let mut records = records(trade, &[row(trade, &instance, 30, "1"), row(trade, &instance, 29, "2")]).await;
    if api == UsageApi::Old {
        records.iter_mut().for_each(|record| record.product_id = Some("OFFI1".into()));
    }
    records
}

#[tokio::test]
async fn every_fault_is_told_and_each_record_billed_once() {
    for (rule, done, sentence) in [
        (Fault::Html, true, "is not KooGallery, or it has changed"),
        (Fault::Empty, true, "(the answer is empty)"),
        (Fault::Half, true, "is not KooGallery, or it has changed"),
        (Fault::Hang, true, "did not answer within 2000 ms; whether it took the request is not known"),
        (Fault::Hang, false, "did not answer within 2000 ms; whether it took the request is not known"),
        (Fault::Reset, true, "broke off before its answer was complete; whether it took the request is not known"),
        (Fault::TooManyRequests { retry_after: Some(60) }, false, "KooGallery takes no more calls for now (APIGW.0308"),
        (Fault::TooOften, false, "KooGallery takes no more calls for now (MKT.0250"),
        (Fault::InternalError, false, "KooGallery failed with HTTP 500"),
        (Fault::BadGateway, false, "KooGallery failed with HTTP 502 (APIGW.0201"),
    ] {
        for (api, path) in [(UsageApi::New, Api::UsagePush), (UsageApi::Old, Api::UsagePushOld)] {
            let trade =
                Trade::open_with(setup(), Generation::V2, if rule == Fault::Hang { IMPATIENT } else { "" }, TEMPLATE)
                    .await;
            let records = of(&trade, api).await;
            let with = FaultRule::always(rule.clone()).at(path);
            trade.server.faults().add(if done { with.after_the_deed() } else { with.instead_of_the_deed() });
            let message = push(&trade, records.clone(), api).await.remove(0);
            assert_eq!(message.progress, Progress::Failing, "{rule:?}");
            let told = fault(&message).to_string();
            assert!(told.contains(sentence), "{rule:?}: {told}");
            let state = if fault(&message).may_have_arrived() { "in-doubt" } else { "entered" };
            assert_eq!(states(&trade).await, [state; 2], "{rule:?}: nothing is lost");

            trade.server.faults().clear();
            assert_eq!(trade.app.desk.retry(message.id).await.unwrap(), RetryResult::Succeeded, "{rule:?}");
            assert_eq!(states(&trade).await, ["sent"; 2], "{rule:?}");
            assert_eq!(push(&trade, records, api).await.len(), 0, "{rule:?}: never again after a success");
            let billed = bills(&trade).await.into_iter().filter(|bill| *bill == "billed").count();
            assert_eq!(billed, 2, "{rule:?} {api:?}");
            let mut bodies: Vec<String> = trade.requests(path).into_iter().map(|request| request.body).collect();
            bodies.dedup();
            assert_eq!(bodies.len(), 1, "{rule:?}: the same records with the same ids each time");
        }
    }
}

#[tokio::test]
async fn a_key_that_is_wrong_is_tried_once_and_loses_nothing() {
    for api in [UsageApi::New, UsageApi::Old] {
        let trade = Trade::open("", TEMPLATE).await;
        let records = of(&trade, api).await;
        let wrong = sellerdesk::config::AccessKeyPair { sk: Secret::new("not-the-secret-key"), ..access_key() };
        trade.app.desk.set_access_key(wrong).await.unwrap();
        trade.app.desk.set_key(KeyClass::Base, None, Secret::new("not-the-base-key")).await.unwrap();
        let message = push(&trade, records, api).await.remove(0);
        let told = fault(&message).to_string();
        assert!(told.starts_with("KooGallery does not accept the key ("), "{told}");
        let key = if api == UsageApi::New { "`sellerdesk key set base`" } else { "copy AK and SK again" };
        assert!(told.contains(key), "{told}");
        assert_eq!((trade.called().len(), states(&trade).await), (1, vec!["entered"; 2]));
        trade.app.desk.set_access_key(access_key()).await.unwrap();
        trade.app.desk.set_key(KeyClass::Base, None, Secret::new(KEY)).await.unwrap();
        assert_eq!(trade.app.desk.retry(message.id).await.unwrap(), RetryResult::Succeeded);
        assert_eq!((bills(&trade).await, states(&trade).await), (vec!["billed"; 2], vec!["sent"; 2]));
    }
}
