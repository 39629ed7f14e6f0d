//! The headers `signature`, `ts` and `nonce` of the new usage push (KooGallery page zh-cn_topic_0070649410), read a second
//! time from the page. The body may be signed as it is, or with its names sorted, because the page leaves it open.

use axum::http::HeaderMap;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::Value;

use crate::protocol::{
    Secret,
    signature::mac::{constant_time_eq, hmac_sha256},
};

const MAX_SIGNATURE: usize = 1000;
const MAX_TS: usize = 20;
const MAX_NONCE: usize = 64;

pub(super) fn is_signed(key: &Secret, headers: &HeaderMap, body: &[u8]) -> bool {
    let header = |name, max| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.filter(|value| !value.is_empty() && value.len() <= max)
    };
    let (Some(signature), Some(ts), Some(nonce)) =
        (header("signature", MAX_SIGNATURE), header("ts", MAX_TS), header("nonce", MAX_NONCE))
    else {
        return false;
    };
    let signed = |body: &[u8]| {
        let prefix = format!("ts={ts}&nonce={nonce}&body=");
        let mac = hmac_sha256(key.expose().as_bytes(), &[prefix.as_bytes(), body]);
        constant_time_eq(STANDARD.encode(mac).as_bytes(), signature.as_bytes())
    };
    let sorted = || {
        let mut value: Value = serde_json::from_slice(body).ok()?;
        value.sort_all_objects();
        Some(value.to_string())
    };
    ts.bytes().all(|byte| byte.is_ascii_digit())
        && (signed(body) || sorted().is_some_and(|text| signed(text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    const VECTORS: &str = include_str!("../../../tests/data/usage-push-signing.json");

    #[test]
    fn both_forms_of_the_known_answer_are_taken() {
        let vectors: Vec<Value> = serde_json::from_str(VECTORS).unwrap();
        let vector = &vectors[0];
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let key = Secret::new(text(&vector["isv_key"]));
        let form = |name: &str| &vector["forms"][name];
        for (signed, sent, taken) in [
            ("sorted_keys_compact", "sorted_keys_compact", true),
            ("insertion_order_compact", "insertion_order_compact", true),
            ("sorted_keys_compact", "insertion_order_compact", true),
            ("insertion_order_compact", "sorted_keys_compact", false),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert("signature", text(&form(signed)["signature"]).parse().unwrap());
            headers.insert("ts", text(&vector["ts"]).parse().unwrap());
            headers.insert("nonce", text(&vector["nonce"]).parse().unwrap());
            let body = text(&form(sent)["body_text"]);
            assert_eq!(is_signed(&key, &headers, body.as_bytes()), taken, "{signed} {sent}");
            assert!(!is_signed(&Secret::new("another"), &headers, body.as_bytes()));
            headers.remove("nonce");
            assert!(!is_signed(&key, &headers, body.as_bytes()));
        }
    }
}
