//! Why a call was refused: found out for the operator, over real sockets, and never told to the caller.

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use egui_kittest::kittest::Queryable as _;
use reqwest::Method;
use sellerdesk::{
    config::OlderKey,
    desk::NewRejection,
    domain::{Computed, Rejection},
    protocol::{
        KeyClass, Secret,
        signature::{
            auth_token::{self, Signable},
            diagnosis::{BodyForm, Call, Diagnosis, Hypothesis, KeyAge, Keys, OtherKey, Part, Scheme, diagnose},
            kit_header::KitHeaders,
            mac::hmac_sha256,
            url::UrlSignature,
        },
    },
};
use url::form_urlencoded;

use crate::{
    generations::{GENERAL_KEY, KIT_KEY, LICENSE_KEY, V1_KEY, start},
    support::{
        app::{KEY, MANUAL, Reply, TestApp, purchase, unique},
        window::Stage,
    },
};

const SECOND_KEY: &str = "demo-key-for-tests-second";
const OLD_SECOND_KEY: &str = "demo-key-for-tests-second-old";
const TWO: &str = r#"
[[endpoint]]
name = "main"
path = "/produce"
fulfilment = "manual"

[[endpoint]]
name = "second"
path = "/second"
fulfilment = "manual"
"#;

/// A desk on which every key is set, one of them rotated.
async fn ready() -> TestApp {
    let app = start(TWO).await;
    let keys = app.desk.keys();
    keys.set(Some("second"), KeyClass::Base, Secret::new(OLD_SECOND_KEY)).unwrap();
    let now = app.desk.now();
    keys.rotate(Some("second"), KeyClass::Base, Secret::new(SECOND_KEY), now, OlderKey::Refuse).unwrap();
    app
}

/// What the desk knows of the newest refused call, in which no key can be read.
async fn newest(app: &TestApp) -> (Rejection, Diagnosis) {
    let call = app.rejected().await.remove(0);
    let told = format!("{call:?} {}", call.computed.write().unwrap());
    for key in [KEY, KIT_KEY, LICENSE_KEY, GENERAL_KEY, V1_KEY, SECOND_KEY, OLD_SECOND_KEY] {
        assert!(!told.contains(key), "{told}");
    }
    let diagnosis = call.computed.diagnosis().unwrap_or_else(|| panic!("{call:?}")).clone();
    (call.rejection, diagnosis)
}

/// Everything of an answer that a caller could read something from.
fn bytes(reply: &Reply) -> String {
    let mut headers: Vec<String> = reply.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
    headers.retain(|header| !header.starts_with("date:"));
    headers.sort();
    format!("{} {headers:?} {}", reply.status, reply.text)
}

fn key(class: &str, endpoint: Option<&str>, old: bool) -> Hypothesis {
    Hypothesis::Key { class: class.into(), endpoint: endpoint.map(str::to_owned), old }
}

fn anew(form: BodyForm) -> Hypothesis {
    Hypothesis::BodyWrittenAnew { form: Some(form) }
}

fn mac(key: &str, parts: &[&str]) -> [u8; 32] {
    let parts: Vec<&[u8]> = parts.iter().map(|part| part.as_bytes()).collect();
    hmac_sha256(key.as_bytes(), &parts)
}

#[tokio::test]
async fn a_call_of_v2_is_explained_and_the_caller_told_nothing() {
    let app = ready().await;
    let body = r#"{"orderId":"CS1","orderLineId":"CS1-000001","activity":"newInstance","businessId":"示例/1"}"#;
    let now = app.desk.now().0.to_string();
    let seconds = now.strip_suffix(&now[10..]).unwrap();
    let nonce = || unique("n");
    let sent = |signature: String, nonce: &str| UrlSignature { signature, timestamp: now.clone(), nonce: nonce.into() };
    let over = |key: &str, timestamp: &str, body: &str| {
        let nonce = nonce();
        let signature = UrlSignature::sign(&Secret::new(key), &nonce, timestamp, body.as_bytes()).signature;
        sent(signature, &nonce)
    };
    let by_hand = |text: &dyn Fn(&str, &str) -> String| {
        let nonce = nonce();
        let inner = hex::encode(mac(KEY, &[body]));
        sent(hex::encode(mac(KEY, &[&text(&nonce, &inner)])), &nonce)
    };
    let base64 = {
        let right = over(KEY, &now, body);
        let bytes = hex::decode(&right.signature).unwrap();
        UrlSignature { signature: STANDARD.encode(bytes), ..right }
    };
    let quoted = over(KEY, &now, body);
    let quoted = UrlSignature { signature: format!("\"{}\"", quoted.signature), ..quoted };
    let spaced = body.replace("\":", "\": ").replace("\",", "\", ");
    let unkeyed = hex::encode(<sha2::Sha256 as sha2::Digest>::digest(body));
    let cases = [
        (key("kit", None, false), over(KIT_KEY, &now, body)),
        (key("v1", None, false), over(V1_KEY, &now, body)),
        (key("base", Some("second"), false), over(SECOND_KEY, &now, body)),
        (key("base", Some("second"), true), over(OLD_SECOND_KEY, &now, body)),
        (Hypothesis::SecondsForMilliseconds, over(KEY, seconds, body)),
        (anew(BodyForm::Spaced), over(KEY, &now, &spaced)),
        (anew(BodyForm::Ends), over(KEY, &now, &format!("{body}\n"))),
        (anew(BodyForm::EscapedSlashes), over(KEY, &now, &body.replace('/', "\\/"))),
        (
            Hypothesis::MemberAdded { name: Some("businessId".into()) },
            over(KEY, &now, &body.replace(r#","businessId":"示例/1""#, "")),
        ),
        (
            Hypothesis::MemberLost { name: Some("testFlag".into()) },
            over(KEY, &now, &body.replace('}', r#","testFlag":"0"}"#)),
        ),
        (Hypothesis::KeyWithBlank, over_key_in_text(&format!("{KEY}\n"), &now, body)),
        (Hypothesis::KeyWithBlank, over_key_in_text(&format!("{KEY} "), &now, body)),
        (Hypothesis::Base64ForHex, base64),
        (Hypothesis::SignatureWrapped, quoted),
        (
            Hypothesis::PartLeftOut { part: Some(Part::AccessKey) },
            by_hand(&|nonce, inner| format!("{nonce}{now}{inner}")),
        ),
        (Hypothesis::PartLeftOut { part: Some(Part::Nonce) }, by_hand(&|_, inner| format!("{KEY}{now}{inner}"))),
        (
            Hypothesis::PartLeftOut { part: Some(Part::Timestamp) },
            by_hand(&|nonce, inner| format!("{KEY}{nonce}{inner}")),
        ),
        (Hypothesis::PartsSwapped, by_hand(&|nonce, inner| format!("{KEY}{now}{nonce}{inner}"))),
        (Hypothesis::InnerUpperCase, by_hand(&|nonce, inner| format!("{KEY}{nonce}{now}{}", inner.to_uppercase()))),
        (Hypothesis::InnerWithoutKey, by_hand(&|nonce, _| format!("{KEY}{nonce}{now}{unkeyed}"))),
        (Hypothesis::OtherFormula, by_hand(&|nonce, _| format!("{KEY}{nonce}{now}{body}"))),
    ];
    let mut answers = BTreeSet::new();
    for (cause, signature) in cases {
        answers.insert(bytes(&app.raw(&signature.to_query(), body).await));
        let (rejection, diagnosis) = newest(&app).await;
        assert!(matches!(rejection, Rejection::Mismatch { .. }), "{rejection:?}");
        assert_eq!(diagnosis.causes().collect::<Vec<_>>(), [&cause]);
        assert_eq!((diagnosis.scheme, diagnosis.signature_holds), (Scheme::Url, false));
        assert!(diagnosis.canonical.starts_with(&format!("<accessKey>{}{now}", signature.nonce)));
        assert_eq!(diagnosis.presented_signature, signature.signature);
    }
    answers.insert(bytes(&app.raw(&over("a stranger's", &now, body).to_query(), body).await));
    assert_eq!(newest(&app).await.1.likely(), None);
    assert_eq!(answers.len(), 1, "{answers:#?}");
}

fn over_key_in_text(key: &str, now: &str, body: &str) -> UrlSignature {
    UrlSignature::sign(&Secret::new(key), &unique("n"), now, body.as_bytes())
}

#[tokio::test]
async fn a_clock_that_is_wrong_is_explained() {
    let app = ready().await;
    let body = purchase("CS1").to_string();
    let now = app.desk.now();
    for (timestamp, is_cause) in [
        ((now.0 / 1_000).to_string(), Hypothesis::SecondsForMilliseconds),
        ("20261123080910".to_owned(), Hypothesis::DateForMilliseconds),
        (now.plus_millis(8 * 3_600_000).0.to_string(), Hypothesis::TimeZone { minutes: Some(480) }),
        (now.plus_millis(-3_600_000).0.to_string(), Hypothesis::TimeZone { minutes: Some(-60) }),
    ] {
        app.raw(&over_key_in_text(KEY, &timestamp, &body).to_query(), body.clone()).await;
        let (rejection, diagnosis) = newest(&app).await;
        assert!(matches!(rejection, Rejection::Stale { .. }), "{rejection:?}");
        assert_eq!(diagnosis.causes().collect::<Vec<_>>(), [&is_cause]);
        assert!(diagnosis.signature_holds);
    }
    let timestamp = now.plus_millis(-700_000).0.to_string();
    app.raw(&over_key_in_text(KEY, &timestamp, &body).to_query(), body.clone()).await;
    let Some(Hypothesis::ClockOff { seconds }) = newest(&app).await.1.likely().cloned() else { panic!("no clock") };
    assert!((-760..=-700).contains(&seconds), "{seconds}");
}

#[tokio::test]
async fn a_call_of_v1_is_explained_and_the_caller_told_nothing() {
    let app = ready().await;
    let stamp = "20260420114117642";
    let params = [("activity", "queryInstance"), ("Zone", ""), ("instanceId", "i+1 示例"), ("timeStamp", stamp)];
    let query = |skip: &str| {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in params.iter().filter(|(name, _)| *name != skip) {
            query.append_pair(name, value);
        }
        query.finish()
    };
    let token = |text: &str| STANDARD.encode(mac(&format!("{V1_KEY}{stamp}"), &[text]));
    let right = Signable::from_query(&query("")).unwrap();
    // One whose token has the sign that gets lost.
    let plus = (0..)
        .map(|number| format!("{}&n={number}", query("")))
        .find(|query| Signable::from_query(query).unwrap().sign(&Secret::new(V1_KEY)).contains('+'))
        .unwrap();
    let with_plus = Signable::from_query(&plus).unwrap().sign(&Secret::new(V1_KEY));
    let escaped = |token: &str| form_urlencoded::byte_serialize(token.as_bytes()).collect::<String>();
    let good = right.sign(&Secret::new(V1_KEY));
    let text = right.string_to_sign();
    let kept = text.replace(' ', "+").replace("i+1", "i%2B1").replace("i%2B1", "i+1");
    let unsorted = params.map(|(name, value)| format!("{name}={value}")).join("&");
    let named = |name: &str| Some(name.to_owned());
    let full = query("");
    let cases = [
        (Hypothesis::LostPlus, plus.clone(), with_plus.clone()),
        (Hypothesis::EncodedTwice, plus.clone(), escaped(&escaped(&with_plus))),
        (Hypothesis::Base64Alphabet, plus, escaped(&with_plus.replace('+', "-").replace('/', "_"))),
        (Hypothesis::LetterCase, full.clone(), escaped(&good.to_lowercase())),
        (Hypothesis::HexForBase64, full.clone(), hex::encode(STANDARD.decode(&good).unwrap())),
        (key("base", None, false), full.clone(), escaped(&right.sign(&Secret::new(KEY)))),
        (Hypothesis::KeyWithBlank, full.clone(), escaped(&right.sign(&Secret::new(format!("{V1_KEY}\n"))))),
        (Hypothesis::KeyWithoutTimeStamp, full.clone(), escaped(&STANDARD.encode(mac(V1_KEY, &[&text])))),
        (Hypothesis::PlusKept, full.clone(), escaped(&token(&kept))),
        (Hypothesis::ValuesEncoded, full.clone(), {
            let mut pairs: Vec<&str> = full.split('&').collect();
            pairs.sort_unstable();
            escaped(&token(&pairs.join("&")))
        }),
        (Hypothesis::NotSorted, full.clone(), escaped(&token(&unsorted))),
        (Hypothesis::ParameterNotSigned { name: named("instanceId") }, full.clone(), {
            escaped(&token(&Signable::from_query(&query("instanceId")).unwrap().string_to_sign()))
        }),
        (Hypothesis::ParameterMissing { name: named("testFlag") }, full.clone(), {
            let signed = Signable::from_query(&format!("{full}&testFlag=0")).unwrap();
            escaped(&signed.sign(&Secret::new(V1_KEY)))
        }),
    ];
    let mut answers = BTreeSet::new();
    for (cause, query, token) in cases {
        let path = format!("/produce?{query}&authToken={token}");
        answers.insert(bytes(&app.client().send(Method::GET, &path, &[], "").await));
        let (rejection, diagnosis) = newest(&app).await;
        assert!(matches!(rejection, Rejection::Mismatch { .. }), "{rejection:?}");
        assert_eq!(diagnosis.likely(), Some(&cause));
        assert_eq!(diagnosis.scheme, Scheme::AuthToken);
        assert!(diagnosis.canonical.starts_with(&format!("<accessKey>{stamp}\nZone=&activity=")));
    }
    assert_eq!(answers.len(), 1, "{answers:#?}");

    let path = format!("/produce?{}&authtoken={}", full, escaped(&good));
    app.client().send(Method::GET, &path, &[], "").await;
    let (rejection, diagnosis) = newest(&app).await;
    assert_eq!(rejection, Rejection::MissingParameter { parameter: "authToken".into() });
    let misspelt = Hypothesis::MisspeltParameter { wanted: "authToken".into(), found: "authtoken".into() };
    assert_eq!(diagnosis.likely(), Some(&misspelt));
}

#[tokio::test]
async fn calls_of_the_kit_are_explained() {
    let app = ready().await;
    let body = r#"{"timeStamp":"20260420114117642","instanceId":"i-1","tenantId":"t-1","name":""}"#;
    let now = app.desk.now().0.to_string();
    let nonce = unique("n");
    let digest = hex::encode(mac(KIT_KEY, &[body]));
    let as_base = hex::encode(mac(KIT_KEY, &[KIT_KEY, &nonce, &now, &digest]));
    for (cause, headers) in [
        (key("base", None, false), KitHeaders::sign(&Secret::new(KEY), &nonce, &now, body.as_bytes())),
        (Hypothesis::OtherFormula, KitHeaders { sign: as_base, timestamp: now.clone(), nonce: nonce.clone() }),
    ] {
        app.client().send(Method::POST, "/produce/produceAPI/v2/tenantSync", &headers.to_headers(), body).await;
        let (_, diagnosis) = newest(&app).await;
        assert_eq!((diagnosis.scheme, diagnosis.likely()), (Scheme::KitHeaders, Some(&cause)));
        assert_eq!(diagnosis.canonical, format!("<accessKey>{nonce}{now}{body}"));
    }
    let keyed = format!("{V1_KEY}20260420114117642");
    let sorted = "instanceId=i-1&name=&tenantId=t-1&timeStamp=20260420114117642";
    for (cause, token) in [
        (key("kit", None, false), auth_token::sign_kit(&Secret::new(KIT_KEY), body.as_bytes()).unwrap()),
        (Hypothesis::EmptyKept, STANDARD.encode(mac(&keyed, &[sorted]))),
        (Hypothesis::OtherFormula, STANDARD.encode(mac(V1_KEY, &[body]))),
    ] {
        let headers = [("authToken", &*token)];
        app.client().send(Method::POST, "/produce/produceAPI/tenantSync", &headers, body).await;
        let (_, diagnosis) = newest(&app).await;
        assert_eq!((diagnosis.scheme, diagnosis.likely()), (Scheme::KitAuthToken, Some(&cause)));
    }
}

#[tokio::test]
async fn a_call_without_one_of_its_pieces_is_shown_as_far_as_it_goes() {
    let app = ready().await;
    let now = app.desk.now().0.to_string();
    let client = app.client();
    app.raw(&format!("signature=ab&timestamp={now}"), "{}").await;
    let (rejection, diagnosis) = newest(&app).await;
    assert_eq!(rejection, Rejection::MissingParameter { parameter: "nonce".into() });
    let text = format!("<accessKey><nonce is missing>{now}hex(HMAC-SHA256(<accessKey>, {{}}))");
    assert_eq!((&*diagnosis.presented_signature, diagnosis.canonical), ("ab", text));

    let headers = [("x-nonce", "n-1"), ("x-sign", "ab")];
    client.send(Method::POST, "/produce/produceAPI/v2/tenantSync", &headers, "{}").await;
    let (rejection, diagnosis) = newest(&app).await;
    assert_eq!(rejection, Rejection::MissingParameter { parameter: "x-timestamp".into() });
    assert_eq!(diagnosis.canonical, "<accessKey>n-1<x-timestamp is missing>{}");

    client.send(Method::GET, "/produce?instanceId=i&activity=queryInstance&authToken=ab", &[], "").await;
    let (rejection, diagnosis) = newest(&app).await;
    assert_eq!(rejection, Rejection::MissingParameter { parameter: "timeStamp".into() });
    assert!(diagnosis.canonical.ends_with("&timeStamp=<timeStamp is missing>"), "{}", diagnosis.canonical);
}

#[tokio::test]
async fn a_key_that_is_sent_along_is_not_kept() {
    let app = ready().await;
    let query = format!("{}&accessKey={KEY}", over_key_in_text("wrong", &app.desk.now().0.to_string(), KEY).to_query());
    app.raw(&query, KEY).await;
    newest(&app).await;
    let kept = app.rejected().await.remove(0);
    assert!(kept.request_query.ends_with("&accessKey=<accessKey>"), "{}", kept.request_query);
    assert_eq!(kept.request_body, "<accessKey>");
}

#[test]
fn a_call_that_was_not_looked_into_is_told_as_such() {
    for (language, messages, refused, told) in [
        ("en", "Messages", "Refused calls", "The signature was not looked into: too many calls"),
        ("zh-CN", "消息", "被拒绝的调用", "当时被拒绝的调用过多"),
    ] {
        let stage = Stage::new(language, "dark", MANUAL).with_key();
        let refusal = NewRejection {
            received_at: stage.desk.now(),
            endpoint: "main".into(),
            peer: "203.0.113.9".into(),
            rejection: Rejection::Mismatch { class: "base".into() },
            request_query: "signature=0".into(),
            request_body: "{}".into(),
            computed: Computed::Nothing,
        };
        stage.runtime().block_on(stage.desk.reject(refusal)).unwrap();
        let call = stage.runtime().block_on(stage.desk.rejected(1)).unwrap().remove(0);
        let row = sellerdesk::desk::rows::rejected(&call);
        assert_eq!(row["notLookedInto"], "too many calls were refused at that moment");
        let mut window = stage.open();
        window.click(messages);
        window.click(refused);
        window.click_row("base");
        window.wait_for(told);
    }
}

struct Words {
    language: &'static str,
    theme: &'static str,
    messages: &'static str,
    refused: &'static str,
    cause: &'static str,
    next: &'static str,
    other: &'static str,
    presented: &'static str,
}

const ENGLISH: Words = Words {
    language: "en",
    theme: "dark",
    messages: "Messages",
    refused: "Refused calls",
    cause: "Likely cause: the body written anew, with a blank behind each comma and colon",
    next: "Sign exactly the bytes that are sent",
    other: "the key “Joint-operation SaaS synchronisation (kit)”, for all endpoints",
    presented: "Signature as presented",
};
const CHINESE: Words = Words {
    language: "zh-CN",
    theme: "light",
    messages: "消息",
    refused: "被拒绝的调用",
    cause: "可能原因：请求体被重新序列化：逗号和冒号后加了空格",
    next: "请对实际发送的字节签名",
    other: "用于所有生产地址",
    presented: "收到的签名",
};

fn pictured(words: &Words) {
    let stage = Stage::new(words.language, words.theme, MANUAL).with_key();
    let body = r#"{"activity":"newInstance","businessId":"b-1","orderId":"CS26112402000001"}"#;
    let signed = body.replace(':', ": ").replace(',', ", ");
    let now = stage.desk.now();
    let own = Secret::new(KEY);
    let query = UrlSignature::sign(&own, "RLLUammMSInlrNWb", &now.0.to_string(), signed.as_bytes()).to_query();
    let other = OtherKey { class: KeyClass::Kit, endpoint: None, age: KeyAge::Current, key: Secret::new(KIT_KEY) };
    let keys = Keys { own: &[own], others: &[other] };
    let diagnosis = diagnose(&Call::Url { query: &query, body: body.as_bytes() }, &keys, now);
    let refused = NewRejection {
        received_at: now,
        endpoint: "main".into(),
        peer: "203.0.113.9".into(),
        rejection: Rejection::Mismatch { class: "base".into() },
        request_query: query,
        request_body: body.into(),
        computed: Computed::Diagnosis(Box::new(diagnosis)),
    };
    stage.runtime().block_on(stage.desk.reject(refused)).unwrap();
    let mut window = stage.open();
    // The overview has a figure of the same name.
    window.click(words.messages);
    window.click(words.refused);
    window.click_row("base");
    window.wait_for(words.cause);
    for text in [words.next, words.other, "<accessKey>RLLUammMSInlrNWb"] {
        assert!(window.sees(text), "{text}");
    }
    assert!(!window.sees(KEY));
    window.snapshot(&format!("explained-{}", words.language));
    window.harness.get_by_label(words.presented).scroll_to_me();
    window.snapshot(&format!("explained-tried-{}", words.language));
}

#[test]
fn an_explained_call_in_english() {
    pictured(&ENGLISH);
}

#[test]
fn an_explained_call_in_chinese() {
    pictured(&CHINESE);
}
