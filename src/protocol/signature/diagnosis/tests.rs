//! Each likely mistake is found by its name, and no diagnosis holds a key.

use proptest::prelude::*;

use super::*;
use crate::protocol::signature::{auth_token, body_sign, kit_header::KitHeaders, url::UrlSignature};

const KEY: &str = "demo-key-for-tests-0001";
const OTHER: &str = "demo-key-for-tests-0002";
const NOW: UnixMillis = UnixMillis(1_716_363_778_801);

fn tried_with(call: &Call<'_>, key: &str, other: &str) -> Diagnosis {
    let other =
        OtherKey { class: KeyClass::Kit, endpoint: Some("second".into()), age: KeyAge::Old, key: Secret::new(other) };
    diagnose(call, &Keys { own: &[Secret::new(key)], others: &[other] }, NOW)
}

fn of_url(signature: &UrlSignature, body: &str) -> Diagnosis {
    let query = signature.to_query();
    tried_with(&Call::Url { query: &query, body: body.as_bytes() }, KEY, OTHER)
}

fn signed_at(timestamp: &str, body: &str) -> UrlSignature {
    UrlSignature::sign(&Secret::new(KEY), "RLLUammMSInlrNWb", timestamp, body.as_bytes())
}

#[test]
fn a_body_written_anew_is_told_with_the_first_difference() {
    let body = r#"{"b":"示例/1","a":{"d":1,"c":[1,2]}}"#;
    for (form, signed) in [
        (BodyForm::Ends, "{\"b\":\"示例/1\",\"a\":{\"d\":1,\"c\":[1,2]}}\n"),
        (BodyForm::Sorted, r#"{"a":{"c":[1,2],"d":1},"b":"示例/1"}"#),
        (
            BodyForm::Pretty,
            "{\n  \"b\": \"示例/1\",\n  \"a\": {\n    \"d\": 1,\n    \"c\": [\n      1,\n      2\n    ]\n  }\n}",
        ),
        (BodyForm::Spaced, r#"{"b": "示例/1", "a": {"d": 1, "c": [1, 2]}}"#),
        (BodyForm::Spaced, r#"{"b": "\u793a\u4f8b/1", "a": {"d": 1, "c": [1, 2]}}"#),
        (BodyForm::Escaped, r#"{"b":"\u793a\u4f8b/1","a":{"d":1,"c":[1,2]}}"#),
        (BodyForm::EscapedSlashes, r#"{"b":"示例\/1","a":{"d":1,"c":[1,2]}}"#),
    ] {
        let found = of_url(&signed_at("1716363778801", signed), body);
        assert_eq!(found.likely(), Some(&Hypothesis::BodyWrittenAnew { form: Some(form) }), "{signed}");
        let difference = found.first_difference.unwrap();
        assert_ne!(difference.expected, difference.signed);
        assert!(found.canonical.starts_with("<accessKey>RLLUammMSInlrNWb1716363778801hex(HMAC-SHA256(<accessKey>, {"));
    }
    let spaced = r#"{ "b": 1, "a": 2 }"#;
    let found = of_url(&signed_at("1716363778801", r#"{"b":1,"a":2}"#), spaced);
    assert_eq!(found.likely(), Some(&Hypothesis::BodyWrittenAnew { form: Some(BodyForm::Compact) }));
    let found = of_url(&signed_at("1716363778801", r#"{"b":1,"a":2}"#), r#"{"a":2,"b":1}"#);
    assert_eq!(found.likely(), Some(&Hypothesis::BodyWrittenAnew { form: Some(BodyForm::Descending) }));
}

#[test]
fn a_clock_is_told_by_its_kind() {
    let likely = |timestamp: &str| of_url(&signed_at(timestamp, "{}"), "{}").likely().cloned();
    assert_eq!(likely("1716363778"), Some(Hypothesis::SecondsForMilliseconds));
    assert_eq!(likely("20240522074258"), Some(Hypothesis::DateForMilliseconds));
    let after = |seconds: i64| (NOW.0 + seconds * 1_000).to_string();
    assert_eq!(likely(&after(8 * 3_600 + 3)), Some(Hypothesis::TimeZone { minutes: Some(480) }));
    assert_eq!(likely(&after(-19_800)), Some(Hypothesis::TimeZone { minutes: Some(-330) }));
    assert_eq!(likely(&after(-700)), Some(Hypothesis::ClockOff { seconds: -700 }));
    assert_eq!(likely(&after(59)), None);
    assert!(of_url(&signed_at(&after(-700), "{}"), "{}").signature_holds);
}

#[test]
fn nothing_is_made_up_for_a_stranger() {
    let stranger = UrlSignature::sign(&Secret::new("stranger"), "n", "1716363778801", b"{}");
    let found = of_url(&stranger, "{}");
    assert_eq!((found.likely(), found.first_difference.as_ref()), (None, None));
    assert!(found.tried.len() > 10);
    let text = serde_json::to_string(&found).unwrap();
    assert_eq!(serde_json::from_str::<Diagnosis>(&text).unwrap(), found);
}

#[test]
fn a_name_in_another_letter_case_is_told() {
    let found = tried_with(&Call::Url { query: "Signature=0&timestamp=1&nonce=2", body: b"" }, KEY, OTHER);
    let misspelt = Hypothesis::MisspeltParameter { wanted: "signature".into(), found: "Signature".into() };
    assert_eq!(found.likely(), Some(&misspelt));
    assert_eq!(tried_with(&Call::Url { query: "nonce=1", body: b"" }, KEY, OTHER).likely(), None);
}

#[test]
fn a_long_body_is_not_hashed_without_end() {
    let body = vec![b' '; 1024 * 1024];
    let signature = UrlSignature::sign(&Secret::new(OTHER), "n", "1716363778801", &body).to_query();
    let found = tried_with(&Call::Url { query: &signature, body: &body }, KEY, OTHER);
    assert!(matches!(found.likely(), Some(Hypothesis::Key { old: true, .. })), "{:?}", found.likely());
    assert!(found.canonical.len() < 2 * LONGEST_CANONICAL);
}

proptest! {
    /// However the caller scatters the key over the call, and whatever it signed with.
    #[test]
    fn no_diagnosis_holds_a_key_or_a_right_signature(
        key in "[!-~]{12,40}", other in "[!-~]{12,40}", signs in any::<bool>(), value in "\\PC{0,40}",
    ) {
        let (own, signer) = (Secret::new(&key), Secret::new(if signs { &*other } else { "stranger" }));
        let body = serde_json::json!({ "timeStamp": "20260420114117642", "name": key, &*key: value, "n": other });
        let body = body.to_string();
        let nonce = format!("{key}{other}");
        let url = UrlSignature::sign(&signer, &nonce, "1716363778801", body.as_bytes()).to_query();
        let headers = KitHeaders::sign(&signer, &nonce, &key, body.as_bytes());
        let params = [("timeStamp", "20260420114117642".into()), ("name", (&*key).into()), (&*key, (&*value).into())];
        let query = auth_token::sign_query(&signer, &params).unwrap();
        let token = auth_token::sign_kit(&signer, body.as_bytes()).unwrap();
        let right = [
            UrlSignature::sign(&own, &nonce, "1716363778801", body.as_bytes()).signature,
            KitHeaders::sign(&own, &nonce, &key, body.as_bytes()).sign,
            auth_token::Signable::from_query(&query).unwrap().sign(&own),
            auth_token::sign_kit(&own, body.as_bytes()).unwrap(),
            body_sign::signature(&own, body.as_bytes()),
        ];
        for call in [
            Call::Url { query: &url, body: body.as_bytes() },
            Call::KitHeaders { headers: Some(&headers), body: body.as_bytes() },
            Call::AuthToken { query: &query },
            Call::KitAuthToken { auth_token: Some(&token), body: body.as_bytes() },
            Call::KitAuthToken { auth_token: Some(&key), body: body.as_bytes() },
        ] {
            let found = tried_with(&call, &key, &other);
            let told = format!("{found:?} {}", serde_json::to_string(&found).unwrap());
            let words: String = found.causes().map(|cause| format!("{cause} {}", cause.remedy())).collect();
            for secret in [&key, &other] {
                prop_assert!(!told.contains(&**secret) && !found.canonical.contains(&**secret), "{told}");
                prop_assert!(!words.contains(&**secret));
            }
            for right in &right {
                prop_assert!(!told.to_lowercase().contains(&right.to_lowercase()), "{told}");
            }
        }
    }
}
