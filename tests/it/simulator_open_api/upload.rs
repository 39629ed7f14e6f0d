//! A License is applied for and handed in.

use sellerdesk::{
    protocol::{
        callback::Activity,
        id::{EventId, InstanceId},
    },
    simulator::{ApplicationState, Delivered, Terms, open_api::OpenApiSetup},
};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::support::open_api::{ANOTHER_AK, ApiReply, Call, Market, product};

const BOUNDARY: &str = "----a-boundary";

/// A part's name, its file name if it has one, and its content.
type Part<'a> = (&'a str, Option<&'a str>, &'a [u8]);

fn form(parts: &[Part<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, file_name, content) in parts {
        let (file, kind) = match file_name {
            Some(file_name) => (format!("; filename=\"{file_name}\""), "multipart/form-data"),
            None => (String::new(), "application/json"),
        };
        body.extend_from_slice(
            format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\nContent-Type: {kind}\r\n\r\n"
            )
            .as_bytes(),
        );
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
    body
}

fn call(event: &str, body: Vec<u8>) -> Call {
    let call = Call::post(&format!("/api/mkp-openapi-public/global/v1/market-event/{event}/file"), "");
    Call { body, ..call }
        .with("content-type", &format!("multipart/form-data; boundary={BOUNDARY}"))
        .with("x-sdk-content-sha256", "UNSIGNED-PAYLOAD")
}

async fn upload(market: &Market, event: &EventId, asked: &Value, file: Option<(&str, &[u8])>) -> ApiReply {
    let asked = asked.to_string();
    let mut parts: Vec<Part<'_>> = file.into_iter().map(|(name, content)| ("file", Some(name), content)).collect();
    parts.push(("isvUpdateFileReq", None, asked.as_bytes()));
    market.call(call(event.as_str(), form(&parts))).await
}

async fn applied(market: &Market) -> (InstanceId, EventId) {
    let instance = market.bought(Terms::of(&product())).await;
    let message = market.marketplace.apply_for_license(&instance, Some("A|B")).await.unwrap();
    let Activity::GetLicenseAsync(application) = message.activity else { panic!("{message:?}") };
    (instance, application.event_id)
}

fn state(market: &Market, event: &EventId) -> ApplicationState {
    market.marketplace.application(event).unwrap().state
}

fn as_is(code: &str) -> (u16, String) {
    (200, code.to_owned())
}

#[tokio::test]
async fn a_license_text_is_handed_in_once() {
    let market = Market::open().await;
    let (instance, event) = applied(&market).await;
    let application = market.marketplace.application(&event).unwrap();
    assert_eq!((application.instance_id, application.device_fingerprint.as_deref()), (instance, Some("A|B")));
    assert_eq!(application.state, ApplicationState::Waiting);

    let text = json!({ "type": "CHARACTERS", "characters": "LICENSE-1" });
    assert_eq!(upload(&market, &event, &text, None).await.told(), as_is("CBC.0000"));
    let delivered = ApplicationState::Delivered(Delivered::Characters("LICENSE-1".into()));
    assert_eq!(state(&market, &event), delivered);
    assert_eq!(upload(&market, &event, &text, None).await.told(), as_is("CBC.0000"), "the same may come again");
    let other = json!({ "type": "CHARACTERS", "characters": "LICENSE-2" });
    assert_eq!(upload(&market, &event, &other, None).await.told(), as_is("91381034"));
    assert_eq!(state(&market, &event), delivered);
}

#[tokio::test]
async fn a_license_file_comes_with_its_hash() {
    let market = Market::open().await;
    let content: Vec<u8> = (0..3_000_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    let sha256 = hex::encode(Sha256::digest(&content));
    let file = Some(("license.dat", content.as_slice()));
    let (_, event) = applied(&market).await;
    let wrong = json!({ "type": "FILE", "file_name": "license.dat", "sha256": "00" });
    assert_eq!(upload(&market, &event, &wrong, file).await.told(), (400, "CBC.0101".into()));
    // As the page's sample: without the name, and with characters.
    let sample = json!({ "type": "FILE", "sha256": sha256, "characters": "" });
    assert_eq!(upload(&market, &event, &sample, file).await.told(), as_is("CBC.0000"));
    let expected = Delivered::File { file_name: "license.dat".into(), content, sha256 };
    assert_eq!(state(&market, &event), ApplicationState::Delivered(expected));
}

#[tokio::test]
async fn what_is_no_license_or_nobodys_is_refused() {
    let market = Market::open().await;
    let (_, event) = applied(&market).await;
    let text = json!({ "type": "CHARACTERS", "characters": "LICENSE-1" });
    let empty_hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    for (asked, file, told) in [
        (json!({ "type": "CHARACTERS" }), None, as_is("91381037")),
        (json!({ "type": "CHARACTERS", "characters": "x".repeat(1025) }), None, (400, "CBC.0101".into())),
        (json!({ "type": "TEXT", "characters": "x" }), None, (400, "CBC.0101".into())),
        (json!({ "type": "FILE", "sha256": "00" }), None, (400, "CBC.0101".into())),
        (json!({ "type": "FILE" }), Some(("a", b"x".as_slice())), (400, "CBC.0101".into())),
        (json!({ "type": "FILE", "sha256": empty_hash }), Some(("a", b"".as_slice())), as_is("91381037")),
        (json!("CHARACTERS"), None, (400, "CBC.0101".into())),
    ] {
        assert_eq!(upload(&market, &event, &asked, file).await.told(), told, "{asked}");
    }
    assert_eq!(upload(&market, &EventId::new("nobody"), &text, None).await.told(), as_is("91381034"));
    let asked = text.to_string();
    let parts: [Part<'_>; 1] = [("isvUpdateFileReq", None, asked.as_bytes())];
    let foreign = market.call(call(event.as_str(), form(&parts)).by(ANOTHER_AK)).await;
    assert_eq!(foreign.told(), (403, "CBC.0150".into()));
    let no_form = call(event.as_str(), asked.clone().into_bytes());
    assert_eq!(market.call(no_form.clone()).await.told(), (400, "CBC.0101".into()));
    let json = no_form.with("content-type", "application/json");
    assert_eq!(market.call(json).await.told(), (400, "CBC.0101".into()));
    assert_eq!(state(&market, &event), ApplicationState::Waiting);
}

#[tokio::test]
async fn what_was_denied_or_released_takes_no_license() {
    let market = Market::open().await;
    let text = json!({ "type": "CHARACTERS", "characters": "LICENSE-1" });
    let (_, denied) = applied(&market).await;
    market.marketplace.deny_application(&denied);
    assert_eq!(upload(&market, &denied, &text, None).await.told(), as_is("91381038"));
    let (instance, event) = applied(&market).await;
    market.marketplace.release(&instance).await.unwrap();
    assert_eq!(upload(&market, &event, &text, None).await.told(), as_is("91381033"));
}

#[tokio::test]
async fn more_than_the_gateway_takes_is_too_much() {
    let market = Market::open_with(OpenApiSetup::default()).await;
    let (_, event) = applied(&market).await;
    let file = vec![0; 12 * 1024 * 1024];
    let sha256 = hex::encode(Sha256::digest(&file));
    let asked = json!({ "type": "FILE", "file_name": "a", "sha256": sha256 });
    assert_eq!(upload(&market, &event, &asked, Some(("a", &file))).await.told(), (413, "APIGW.0201".into()));
}
