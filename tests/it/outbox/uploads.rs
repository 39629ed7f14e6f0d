//! The License that a buyer applied for goes to KooGallery: by itself where the product told it, else by hand.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use sellerdesk::{
    desk::{DeskError, LicenseContent},
    domain::{MessageState, World, message::Progress},
    protocol::{
        Secret,
        callback::Activity,
        id::{EventId, InstanceId},
    },
    simulator::{
        ApplicationState, Delivered,
        open_api::{Api, Fault, FaultRule},
    },
};
use serde_json::json;

use crate::support::{
    app::TEMPLATE,
    backend::{Backend, told},
    trade::{Trade, customer, fault, product},
    waiting::until,
};

async fn bought(trade: &Trade) -> InstanceId {
    let message = trade.marketplace.buy(&product(), &customer()).await.unwrap();
    trade.marketplace.instance_of(&message).unwrap().instance_id
}

async fn apply(trade: &Trade, instance_id: &InstanceId) -> EventId {
    let message = trade.marketplace.apply_for_license(instance_id, Some("MAC|DISK")).await.unwrap();
    let Activity::GetLicenseAsync(application) = message.activity else { panic!("{message:?}") };
    application.event_id
}

fn delivered(trade: &Trade, event: &EventId) -> ApplicationState {
    trade.marketplace.application(event).unwrap().state
}

#[tokio::test]
async fn what_the_product_tells_is_handed_over_by_itself() {
    let backend = Backend::start([told(200, json!({ "appInfo": { "frontEndUrl": "https://app.example.com" } }))]).await;
    let mut trade = Trade::open("", &backend.config(3_500)).await;
    trade.app.work_in_background();
    let instance_id = bought(&trade).await;
    backend.now_tells([told(200, json!({ "license": "0078-ABC-LICENSE" }))]);
    let event = apply(&trade, &instance_id).await;
    let expected = ApplicationState::Delivered(Delivered::Characters("0078-ABC-LICENSE".into()));
    until("the License", async || (delivered(&trade, &event) == expected).then_some(())).await;
    until("the application", async || {
        let message = trade.app.message("getLicenseAsync").await;
        (trade.app.state(&message) == MessageState::Succeeded).then_some(())
    })
    .await;
    assert_eq!(trade.requests(Api::Upload).len(), 1);
    let upload = trade.app.message("market-event/file").await;
    assert_eq!(
        (upload.progress, upload.result_code.unwrap().as_str().to_owned()),
        (Progress::Succeeded, "CBC.0000".into())
    );
}

#[tokio::test]
async fn a_file_that_the_product_tells_is_handed_over_by_itself() {
    let backend = Backend::start([told(200, json!({ "appInfo": { "frontEndUrl": "https://app.example.com" } }))]).await;
    let mut trade = Trade::open("", &backend.config(3_500)).await;
    trade.app.work_in_background();
    let instance_id = bought(&trade).await;
    let bytes: Vec<u8> = (0..200_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    let file = json!({ "licenseFile": { "name": "许可.lic", "base64": STANDARD.encode(&bytes) } });
    backend.now_tells([told(200, file)]);
    let event = apply(&trade, &instance_id).await;
    let content = until("the License", async || match delivered(&trade, &event) {
        ApplicationState::Delivered(Delivered::File { file_name, content, .. }) => Some((file_name, content)),
        _ => None,
    })
    .await;
    assert_eq!(content, ("许可.lic".to_owned(), bytes));
}

#[tokio::test]
async fn a_license_that_koogallery_would_not_take_is_told_before_it_is_uploaded() {
    let backend = Backend::start([told(200, json!({ "appInfo": { "frontEndUrl": "https://app.example.com" } }))]).await;
    let trade = Trade::open("", &backend.config(3_500)).await;
    let instance_id = bought(&trade).await;
    for (answer, sentence) in [
        (json!({ "license": "x".repeat(16 * 1024 * 1024) }), "it is longer than 15444648 bytes"),
        (json!({ "license": "x".repeat(1025) }), "`license` has 1025 characters; KooGallery takes 1 to 1024"),
        (json!({ "licenseFile": { "name": "a", "base64": "no base64" } }), "`licenseFile.base64` is no base64"),
        (
            json!({ "license": "L", "licenseFile": { "name": "a", "base64": "TA==" } }),
            "it has both `license` and `licenseFile`",
        ),
    ] {
        backend.now_tells([told(200, &answer)]);
        let message = trade.marketplace.apply_for_license(&instance_id, Some("MAC|DISK")).await.unwrap();
        let Activity::GetLicenseAsync(application) = message.activity else { panic!() };
        let kept = trade.app.messages(World::Live).await;
        let failing = kept.into_iter().rev().find(|message| message.activity == "getLicenseAsync").unwrap();
        let told = failing.exception.unwrap().to_string();
        assert!(told.contains(sentence), "{sentence}: {told}");
        assert!(trade.requests(Api::Upload).is_empty(), "{}", application.event_id);
    }
}

#[tokio::test]
async fn a_license_is_handed_over_by_hand_as_text_or_as_a_file() {
    let trade = Trade::open("", TEMPLATE).await;
    let instance_id = bought(&trade).await;
    let desk = &trade.app.desk;
    let upload = async |event: &EventId, content| {
        let id = desk.keep_upload(World::Live, event.clone(), content).await.unwrap();
        trade.carry_out(vec![id]).await.remove(0)
    };
    let event = apply(&trade, &instance_id).await;
    let done = upload(&event, LicenseContent::Text(Secret::new("许可-1"))).await;
    assert_eq!(done.progress, Progress::Succeeded, "{done:?}");
    assert_eq!(delivered(&trade, &event), ApplicationState::Delivered(Delivered::Characters("许可-1".into())));
    let application = trade.app.message("getLicenseAsync").await;
    assert_eq!(trade.app.state(&application), MessageState::Succeeded);

    let event = apply(&trade, &instance_id).await;
    let bytes: Vec<u8> = (0..100_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    let dir = tempfile::tempdir().unwrap();
    let written = |name: &str, bytes: &[u8]| {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        LicenseContent::File(path)
    };
    let file = written("许可 1.dat", &bytes);
    assert_eq!(upload(&event, file).await.progress, Progress::Succeeded);
    let ApplicationState::Delivered(Delivered::File { file_name, content, .. }) = delivered(&trade, &event) else {
        panic!("{:?}", delivered(&trade, &event))
    };
    assert_eq!((file_name.as_str(), content), ("许可 1.dat", bytes));

    let wrong = upload(&EventId::new("nobody"), LicenseContent::Text(Secret::new("L"))).await;
    assert_eq!((wrong.progress, fault(&wrong).code()), (Progress::Failing, Some("91381034")));
    for content in [
        LicenseContent::Text(Secret::new("")),
        LicenseContent::Text(Secret::new("x".repeat(1025))),
        written("empty", b""),
        written("long", &vec![0; 12 * 1024 * 1024]),
        LicenseContent::File(dir.path().join("missing")),
    ] {
        assert!(desk.keep_upload(World::Live, event.clone(), content).await.is_err());
    }
}

#[tokio::test]
async fn a_refused_license_is_mended_with_another() {
    let trade = Trade::open("", TEMPLATE).await;
    let instance_id = bought(&trade).await;
    let event = apply(&trade, &instance_id).await;
    let upload = async |text: &str| {
        let content = LicenseContent::Text(Secret::new(text));
        let id = trade.app.desk.keep_upload(World::Live, event.clone(), content).await.unwrap();
        trade.carry_out(vec![id]).await.remove(0)
    };
    let blank = upload("  ").await;
    assert_eq!(fault(&blank).code(), Some("91381037"));
    let mended = upload("LICENSE-2").await;
    assert_eq!((mended.id, mended.progress), (blank.id, Progress::Succeeded));
    let expected = ApplicationState::Delivered(Delivered::Characters("LICENSE-2".into()));
    assert_eq!(delivered(&trade, &event), expected);

    // KooGallery has one, so another is not said to be there.
    let content = LicenseContent::Text(Secret::new("LICENSE-3"));
    let again = trade.app.desk.keep_upload(World::Live, event.clone(), content).await.unwrap_err();
    assert!(matches!(again, DeskError::HandedOverBefore { message_id, .. } if message_id == mended.id), "{again:?}");
    let told = again.to_string();
    assert!(told.starts_with("a License was already handed over for this event at 20"), "{told}");
    assert_eq!((trade.requests(Api::Upload).len(), delivered(&trade, &event)), (2, expected));
}

#[tokio::test]
async fn a_license_that_is_on_its_way_is_not_exchanged() {
    let trade = Trade::open("", TEMPLATE).await;
    let instance_id = bought(&trade).await;
    let event = apply(&trade, &instance_id).await;
    let keep = async |text: &str| {
        let content = LicenseContent::Text(Secret::new(text));
        trade.app.desk.keep_upload(World::Live, event.clone(), content).await
    };
    trade.server.faults().add(FaultRule::next(1, Fault::slow(Duration::from_secs(2))).at(Api::Upload));
    let first = keep("LICENSE-1").await.unwrap();
    let exchanging = async {
        until("the first", async || (!trade.requests(Api::Upload).is_empty()).then_some(())).await;
        keep("LICENSE-2").await.unwrap_err()
    };
    let (done, refused) = tokio::join!(trade.carry_out(vec![first]), exchanging);
    assert!(matches!(refused, DeskError::HandingOver { message_id } if message_id == first), "{refused:?}");
    assert_eq!((done[0].progress, trade.requests(Api::Upload).len()), (Progress::Succeeded, 1));
    assert_eq!(delivered(&trade, &event), ApplicationState::Delivered(Delivered::Characters("LICENSE-1".into())));
}

#[tokio::test]
async fn an_event_id_that_is_none_is_refused_before_anything_is_kept() {
    let trade = Trade::open("", TEMPLATE).await;
    for none in ["", "e 1", "..", &"e".repeat(65)] {
        let content = LicenseContent::Text(Secret::new("LICENSE"));
        let refused = trade.app.desk.keep_upload(World::Live, EventId::new(none), content).await;
        assert!(matches!(refused, Err(DeskError::NoEventId { .. })), "{none}: {refused:?}");
    }
    assert!(trade.app.messages(World::Live).await.is_empty());
}
