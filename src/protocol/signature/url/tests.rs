//! Known answers and properties of the URL signature.

use proptest::prelude::*;

use super::*;

const NONCE: &str = "RLLUammMSInlrNWb";
const TIMESTAMP: &str = "1716363778801";

fn key() -> Secret {
    Secret::new("demo-key-for-tests-0001")
}

const KNOWN: [(&str, &str, &str); 3] = [
    (
        r#"{"activity":"newInstance","businessId":"87b94795-0603-4e24-8ae5-69420d60e3c8","orderId":"CS2211181819B4LVS","orderLineId":"CS2211181819B4LVS-000001","testFlag":"1"}"#,
        "c6d248ffa4d47a1397e7f15af8b8d05f4e4bafc0d09da2aabfe4edb9ba0ea502",
        "6b000d6710b96c90f441e9e9a5873150f321f889a2f43121db92068775ee44ee",
    ),
    (
        r#"{"activity":"queryInstance","instanceId":"10e758d0-31ad-4c4b-8f1b-81d03469a10e"}"#,
        "24abe8fcd159f8b4fc1089d0807832713a3fa3e010ec844d15427521e6cffcfb",
        "dd092a484278ffa66b6f5f9da0e279c47a816fe592ddc2e922d9351960b7e86c",
    ),
    (
        r#"{"activity":"refreshInstance","expireTime":"20271124023618","instanceId":"10e758d0-31ad-4c4b-8f1b-81d03469a10e","orderId":"CS2211181819B4LVS","orderLineId":"CS2211181819B4LVS-000001","scene":"RENEWAL"}"#,
        "33fb79a113601f91488f5ce79fea023d427b0f99d4f42fe5cdb93071f843d29f",
        "80dc7d8ddbe9b25d8cf1dc03ee5b9d6aef4f1808f02229162ef67b05f3898cfb",
    ),
];

#[test]
fn known_answers_are_reproduced() {
    for (body, inner, signature) in KNOWN {
        let signed = UrlSignature::sign(&key(), NONCE, TIMESTAMP, body.as_bytes());
        assert_eq!(signed.signature.to_lowercase(), signature);
        assert_eq!(signed.verify(&key(), body.as_bytes()), Ok(SignedForm::Raw));
        assert_eq!(hex::encode(hmac_sha256(key().expose().as_bytes(), &[body.as_bytes()])), inner);
    }
}

#[test]
fn an_unkeyed_inner_digest_is_no_signature() {
    let signed = UrlSignature {
        signature: "300e4018c920623d1cc49996c865d7c65cc9b2f1e85dab22110033c15ea249c5".into(),
        timestamp: TIMESTAMP.into(),
        nonce: NONCE.into(),
    };
    assert_eq!(signed.verify(&key(), KNOWN[1].0.as_bytes()), Err(Refusal::Mismatch));
}

#[test]
fn the_case_of_the_hex_does_not_matter() {
    let (body, _, signature) = KNOWN[0];
    for text in [signature.to_uppercase(), signature.to_lowercase()] {
        let signed = UrlSignature { signature: text, timestamp: TIMESTAMP.into(), nonce: NONCE.into() };
        assert!(signed.verify(&key(), body.as_bytes()).is_ok());
    }
}

#[test]
fn a_body_signed_in_sorted_compact_form_verifies_however_it_is_laid_out() {
    let laid_out =
        r#"{ "orderId": "CS1", "name": "示例/企业", "activity": "orderNotify", "gone": null, "n": {"b":1,"a":2} }"#;
    let sorted = sorted_compact(laid_out.as_bytes()).unwrap();
    assert_eq!(
        String::from_utf8(sorted.clone()).unwrap(),
        r#"{"activity":"orderNotify","n":{"b":1,"a":2},"name":"示例/企业","orderId":"CS1"}"#
    );
    let signed = UrlSignature::sign(&key(), NONCE, TIMESTAMP, &sorted);
    assert_eq!(signed.verify(&key(), laid_out.as_bytes()), Ok(SignedForm::SortedCompact));
}

#[test]
fn sixty_seconds_either_way_are_fresh_and_no_more() {
    let signed = UrlSignature::sign(&key(), NONCE, TIMESTAMP, b"{}");
    let sent = 1_716_363_778_801;
    for now in [sent - 60_000, sent, sent + 60_000] {
        assert_eq!(signed.check_freshness(UnixMillis(now)), Ok(()));
    }
    assert_eq!(signed.check_freshness(UnixMillis(sent - 60_001)), Err(Refusal::Stale { skew_millis: 60_001 }));
    assert_eq!(signed.check_freshness(UnixMillis(sent + 60_001)), Err(Refusal::Stale { skew_millis: -60_001 }));
    let seconds = UrlSignature { timestamp: "1716363778".into(), ..signed.clone() };
    assert!(matches!(seconds.check_freshness(UnixMillis(sent)), Err(Refusal::Stale { .. })));
    let words = UrlSignature { timestamp: "now".into(), ..signed };
    assert_eq!(words.check_freshness(UnixMillis(sent)), Err(Refusal::MalformedTimestamp));
}

/// The same text is signed, so only the timestamp's form tells that it is another nonce.
#[test]
fn a_nonce_hands_none_of_its_characters_to_the_timestamp() {
    for last in ['0', '+'] {
        let signed = UrlSignature::sign(&key(), &format!("{NONCE}{last}"), TIMESTAMP, b"{}");
        let moved = UrlSignature { nonce: NONCE.into(), timestamp: format!("{last}{TIMESTAMP}"), ..signed };
        assert!(moved.verify(&key(), b"{}").is_ok());
        assert_eq!(moved.check_freshness(UnixMillis(1_716_363_778_801)), Err(Refusal::MalformedTimestamp));
    }
}

#[test]
fn each_missing_parameter_is_named() {
    assert_eq!(UrlSignature::from_query("nonce=a&signature=b"), Err(Refusal::Missing("timestamp")));
    assert_eq!(UrlSignature::from_query("timestamp=1&signature=b&nonce="), Err(Refusal::Missing("nonce")));
    assert_eq!(UrlSignature::from_query("timestamp=1&nonce=b"), Err(Refusal::Missing("signature")));
}

proptest! {
    #[test]
    fn what_is_signed_verifies_and_survives_the_query_string(
        secret in ".{1,40}", nonce in "[ -~]{1,64}", timestamp in "[0-9]{1,17}", body in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let key = Secret::new(secret);
        let signed = UrlSignature::sign(&key, &nonce, &timestamp, &body);
        let read = UrlSignature::from_query(&signed.to_query()).unwrap();
        prop_assert_eq!(&read, &signed);
        prop_assert_eq!(read.verify(&key, &body), Ok(SignedForm::Raw));
    }

    #[test]
    fn a_flipped_bit_of_the_body_never_verifies(mut body in prop::collection::vec(any::<u8>(), 1..200), at in any::<prop::sample::Index>(), bit in 0..8u8) {
        let signed = UrlSignature::sign(&key(), NONCE, TIMESTAMP, &body);
        let at = at.index(body.len());
        body[at] ^= 1u8 << bit;
        prop_assert_eq!(signed.verify(&key(), &body), Err(Refusal::Mismatch));
    }

    #[test]
    fn arbitrary_input_is_refused_without_panic(query in ".{0,200}", body in prop::collection::vec(any::<u8>(), 0..200), now in any::<i64>()) {
        if let Ok(read) = UrlSignature::from_query(&query) {
            let _ = read.check_freshness(UnixMillis(now));
            prop_assert!(read.verify(&key(), &body).is_err());
        }
    }
}
