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
fn a_member_that_was_added_or_lost_behind_the_signature_is_told_by_its_name() {
    let body = r#"{"orderId":"CS1","activity":"newInstance","orderLineId":"CS1-000001","traceId":"t/1"}"#;
    let added = |name: &str| Hypothesis::MemberAdded { name: Some(name.into()) };
    let lost = |name: &str| Hypothesis::MemberLost { name: Some(name.into()) };
    let of = |text: &str| text.to_owned();
    for (cause, signed) in [
        (added("traceId"), of(r#"{"orderId":"CS1","activity":"newInstance","orderLineId":"CS1-000001"}"#)),
        (added("orderId"), of(r#"{"activity":"newInstance","orderLineId":"CS1-000001","traceId":"t/1"}"#)),
        // As the marketplace's sample signs: sorted.
        (added("traceId"), of(r#"{"activity":"newInstance","orderId":"CS1","orderLineId":"CS1-000001"}"#)),
        (lost("testFlag"), body.replace('}', r#","testFlag":"0"}"#)),
        (lost("testFlag"), body.replace('}', r#","testFlag":1}"#)),
        (lost("productId"), body.replace('}', r#","productId":null}"#)),
        (lost("productId"), body.replace('{', r#"{"productId":"","#)),
        (lost("scene"), body.replace('}', r#","scene":"RENEWAL"}"#)),
    ] {
        let found = of_url(&signed_at("1716363778801", &signed), body);
        assert_eq!(found.causes().collect::<Vec<_>>(), [&cause], "{signed}");
        assert_ne!(found.first_difference, None, "{signed}");
    }
    let without = r#"{"activity":"newInstance","orderId":"CS1"}"#;
    let found = of_url(&signed_at("1716363778801", &without.replace('}', r#","orderLineId":"CS1-000001"}"#)), without);
    assert_eq!(found.likely(), Some(&lost("orderLineId")));
    // Two members at once are not tried.
    assert_eq!(of_url(&signed_at("1716363778801", r#"{"orderId":"CS1"}"#), body).likely(), None);
}

#[test]
fn how_many_members_are_tried_is_bounded() {
    let many: serde_json::Map<_, _> = (0..500).map(|number| (format!("m{number}"), number.into())).collect();
    let body = serde_json::to_vec(&many).unwrap();
    assert!(members::without_each(&body).len() <= 64);
    let long = serde_json::json!({ "name": "x".repeat(60_000), "other": 1 }).to_string();
    let all = [members::without_each(long.as_bytes()), members::with_each_lost(long.as_bytes())].concat();
    assert!(all.iter().map(|(_, body)| body.len()).sum::<usize>() < 1024 * 1024);
    assert!(members::without_each(b"[1]").is_empty() && members::with_each_lost(b"{").is_empty());
}

#[test]
fn what_is_signed_is_shown_where_a_piece_is_missing() {
    let found = |call: &Call<'_>| tried_with(call, KEY, OTHER);
    let url = found(&Call::Url { query: "nonce=n1&signature=ab", body: b"{}" });
    assert_eq!(url.canonical, "<accessKey>n1<timestamp is missing>hex(HMAC-SHA256(<accessKey>, {}))");
    assert_eq!((&*url.presented_signature, url.signature_holds), ("ab", false));
    let kit = found(&Call::KitHeaders { sign: None, timestamp: Some("17"), nonce: None, body: b"{}" });
    assert_eq!(kit.canonical, "<accessKey><x-nonce is missing>17{}");
    let query = found(&Call::AuthToken { query: "b=2&a=1+1&authToken=xyz" });
    assert_eq!(query.canonical, "<accessKey><timeStamp is missing>\na=1 1&b=2&timeStamp=<timeStamp is missing>");
    assert_eq!(query.presented_signature, "xyz");
    let query = found(&Call::AuthToken { query: "b=2&timeStamp=20260420114117642" });
    assert_eq!(query.canonical, "<accessKey>20260420114117642\nb=2&timeStamp=20260420114117642");
    let body = br#"{"tenantId":"t-1","name":"","timeStamp":"20260420114117642"}"#;
    let kit = found(&Call::KitAuthToken { auth_token: None, body });
    assert_eq!(kit.canonical, "<accessKey>20260420114117642\ntenantId=t-1&timeStamp=20260420114117642");
}

#[test]
fn what_another_version_tried_is_passed_over() {
    let found = of_url(&signed_at("1716363778801", r#"{"a": 1}"#), r#"{"a":1}"#);
    let mut kept = serde_json::to_value(&found).unwrap();
    let tried = kept["tried"].as_array_mut().unwrap();
    tried.insert(0, serde_json::json!({ "hypothesis": "invented", "by": { "a": 1 }, "holds": true }));
    tried.push(serde_json::json!("not even an object"));
    tried.push(serde_json::json!({ "hypothesis": "bodyWrittenAnew", "form": "invented", "holds": false }));
    assert_eq!(serde_json::from_value::<Diagnosis>(kept).unwrap(), found);
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
        let no_time = url.replace("timestamp", "time");
        let no_stamp = query.replace("timeStamp", "time");
        let right = [
            UrlSignature::sign(&own, &nonce, "1716363778801", body.as_bytes()).signature,
            KitHeaders::sign(&own, &nonce, &key, body.as_bytes()).sign,
            auth_token::Signable::from_query(&query).unwrap().sign(&own),
            auth_token::sign_kit(&own, body.as_bytes()).unwrap(),
            body_sign::signature(&own, body.as_bytes()),
        ];
        for call in [
            Call::Url { query: &url, body: body.as_bytes() },
            Call::KitHeaders {
                sign: Some(&headers.sign),
                timestamp: Some(&headers.timestamp),
                nonce: Some(&headers.nonce),
                body: body.as_bytes(),
            },
            Call::KitHeaders { sign: Some(&headers.sign), timestamp: None, nonce: Some(&nonce), body: body.as_bytes() },
            Call::Url { query: &no_time, body: body.as_bytes() },
            Call::AuthToken { query: &no_stamp },
            Call::KitAuthToken { auth_token: None, body: body.as_bytes() },
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
