//! Answers that are known: published with the KooGallery pages and the API signing guide, or computed apart from this
//! program. The vectors in JSON lie in `tests/data`.

use std::borrow::Cow;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use proptest::prelude::*;
use serde_json::Value;

use super::{
    auth_token, body_sign,
    kit_header::KitHeaders,
    sdk_hmac::{Authorization, Covers, Request, SdkHmacError},
    usage_push::{self, PushHeaders, SignedForm},
};
use crate::protocol::{
    Secret, UnixMillis,
    credential::{self, CredentialError, EncryptType, Iv},
};

const KEY: &str = "demo-key-for-tests-0001";

fn key() -> Secret {
    Secret::new(KEY)
}

fn vectors(text: &str) -> Vec<Value> {
    serde_json::from_str(text).unwrap()
}

fn text<'a>(vector: &'a Value, name: &str) -> &'a str {
    vector[name].as_str().unwrap()
}

#[test]
fn open_api_requests_are_signed_as_the_signing_guide_does() {
    let vectors = vectors(include_str!("../../../tests/data/open-api-signing.json"));
    assert_eq!(vectors.len(), 9);
    for vector in &vectors {
        let id = text(vector, "id");
        let url = url::Url::parse(text(vector, "url")).unwrap();
        let mut headers = vec![("host", url.host_str().unwrap())];
        let given = vector["headers"].as_object().unwrap();
        headers.extend(given.iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap())));
        let date = given["X-Sdk-Date"].as_str().unwrap();
        let request = Request {
            method: text(vector, "method"),
            path: url.path(),
            query: url.query().unwrap_or_default(),
            headers: &headers,
            body: text(vector, "body").as_bytes(),
        };
        let secret = Secret::new(text(vector, "sk"));
        let signed = request.sign(text(vector, "ak"), &secret, date).unwrap();
        assert_eq!(signed.computed.canonical_request, text(vector, "canonical_request"), "{id}");
        assert_eq!(signed.computed.string_to_sign, text(vector, "string_to_sign"), "{id}");
        assert_eq!(signed.signature, text(vector, "signature"), "{id}");
        assert_eq!(signed.authorization, text(vector, "authorization"), "{id}");

        let authorization = Authorization::parse(&signed.authorization).unwrap();
        let covers = authorization.verify(&request, &secret).unwrap();
        assert_eq!(covers == Covers::AllButBody, text(vector, "id").contains("multipart"), "{id}");
        let elsewhere = Request { path: "/other", ..request };
        assert_eq!(authorization.verify(&elsewhere, &secret), Err(SdkHmacError::Mismatch), "{id}");
    }
}

#[test]
fn usage_is_pushed_with_the_signature_of_the_page() {
    for vector in vectors(include_str!("../../../tests/data/usage-push-signing.json")) {
        let key = Secret::new(text(&vector, "isv_key"));
        for (form, expected) in vector["forms"].as_object().unwrap() {
            let body = text(expected, "body_text");
            let headers =
                PushHeaders::sign(&key, text(&vector, "ts"), text(&vector, "nonce"), body.as_bytes()).unwrap();
            assert_eq!(headers.string_to_sign(body.as_bytes()), text(expected, "message"), "{form}");
            assert_eq!(headers.signature, text(expected, "signature"), "{form}");
            assert_eq!(headers.verify(&key, body.as_bytes()), Ok(SignedForm::Raw), "{form}");
        }
        let sorted = usage_push::canonical_body(&vector["body"]);
        assert_eq!(sorted, text(&vector["forms"]["sorted_keys_compact"], "body_text"));
    }
}

#[test]
fn the_published_auth_token_is_computed() {
    let query = "activity=newInstance&businessId=61e834ba-7b97-4418-b8f7-e5345137278c&customerId=68cbc86abc2018ab880d92f36422fa0e\
                 &expireTime=20200727153156&orderId=CS1906666666ABCDE&productId=00301-666666-0--0&testFlag=1\
                 &timeStamp=20200727073711903";
    let signable = auth_token::Signable::from_query(query).unwrap();
    assert_eq!(signable.string_to_sign(), query);
    assert_eq!(signable.sign(&Secret::new("xxxxxxx")), "Gzbfjf9LHRBcI3bFVi++sLinCNOBF6qa7is1fvjEgYQ=");
}

#[test]
fn a_get_call_of_v1_verifies_with_its_blanks_and_plus_signs() {
    let query = "activity=newInstance&businessId=03pf80c2bae96vc49b80b917bea776d7&customerId=68cbc86abc2018ab880d92f36422fa0e\
                 &customerName=hw%E6%B5%8B%E8%AF%95+01&mobilePhone=A1b2C3d4E5f6G7h8iuGb51wC25JlkO2AeCTIiA%3D%3D\
                 &orderId=CS1906666666ABCDE&productId=00301-666666-0--0\
                 &saasExtendParams=W3sibmFtZSI6ImNvbXBhbnlOYW1lIiwidmFsdWUiOiLnpLrkvovlhazlj7gifSx7Im5hbWUiOiJzZWF0cyIsInZhbHVlIjoiMTAifV0%3D\
                 &testFlag=1&timeStamp=20261123080910123";
    let token = "gfEROEG3TbgdCj6R8HZxo3Ay3Z65+MgvC3VM9MsHq2Y=";
    let escaped = token.replace('+', "%2B").replace('=', "%3D");
    let signable = auth_token::verify_query(&key(), &format!("{query}&authToken={escaped}")).unwrap();
    assert_eq!(signable.get("customerName"), Some("hw测试 01"));
    let lost = auth_token::verify_query(&key(), &format!("{query}&authToken={token}"));
    assert_eq!(lost.unwrap_err(), auth_token::Refusal::LostPlus);
    let changed = auth_token::verify_query(&key(), &format!("{query}0&authToken={escaped}"));
    assert_eq!(changed.unwrap_err(), auth_token::Refusal::Mismatch);
    let phone = credential::decrypt(&key(), EncryptType::Aes256, signable.get("mobilePhone").unwrap()).unwrap();
    assert_eq!(phone.expose(), "13800000000");
}

#[test]
fn a_kit_call_of_v1_is_signed_over_its_members_that_are_not_blank() {
    let body = r#"{"instanceId":"huaiweitest123456","orderId":"CS1906666666ABCDE","tenantId":"68cbc86abc2018ab880d92f36422fa0e",
        "tenantCode":"huawei","name":"huaiweitest","domainName":"https://example.tenantaccount.com","flag":1,"testFlag":0,
        "remark":" ","timeStamp":"20220413093539534"}"#;
    let token = "lZ7MCXOIBJ95bfeDXt8ZF7n1ub2Y0Oqf0cz6jLYppVY=";
    assert_eq!(auth_token::sign_kit(&key(), body.as_bytes()).unwrap(), token);
    assert!(auth_token::verify_kit(&key(), Some(token), body.as_bytes()).is_ok());
}

#[test]
fn kit_headers_of_v2_sign_the_text_itself() {
    let body = r#"{"domainName":"https://example.tenantaccount.com","flag":1,"instanceId":"huaiweitest123456","name":"示例企业","orderId":"CS1906666666ABCDE","tenantCode":"huawei","tenantId":"68cbc86abc2018ab880d92f36422fa0e","testFlag":0,"timeStamp":"20220413093539534"}"#;
    let headers = KitHeaders::sign(&key(), "RLLUammMSInlrNWb", "1716363778801", body.as_bytes());
    assert_eq!(headers.sign, "07452f9969cb2716b9718066a0614b946a34a5856a0e42c3a06e0edf8e339f76");
    assert!(headers.verify(&key(), body.as_bytes()).is_ok());
    assert!(headers.verify(&key(), body.replace("示例", "实例").as_bytes()).is_err());
}

#[test]
fn an_answer_is_signed_over_its_exact_bytes() {
    let body = br#"{"resultCode":"000000","resultMsg":"success.","instanceId":"03pf80c2bae96vc49b80b917bea776d7"}"#;
    let header = r#"sign_type="HMAC-SHA256", signature="aSSw4SyVEPpSl20BGNq4a6R+nGgF+xZ7nxKj4pVO2t8=""#;
    assert_eq!(body_sign::header(&key(), body), header);
    assert_eq!(body_sign::signature(&Secret::new("abcde"), b"a=1&b=2"), "4sbEVd9vKZQGPRRr8TyjWery0lZV7tetTnzfX3Gb9Ok=");
    assert_eq!(body_sign::verify(&key(), header, body), Ok(()));
    // The pages write a blank after the equals sign; both forms are about.
    assert_eq!(body_sign::verify(&key(), &header.replace("signature=", "signature= "), body), Ok(()));
    assert_eq!(body_sign::verify(&key(), header, b"{}"), Err(body_sign::Refusal::Mismatch));
    assert_eq!(body_sign::verify(&key(), "signature=abc", body), Err(body_sign::Refusal::Malformed));
}

#[test]
fn aes_keys_are_those_of_javas_sha1prng() {
    for (key, long) in [
        (KEY, "539da014c2a63bd290d4cefd8298cac5a23d2288735165a4a23fd050870dbc96"),
        ("xxxxxxx", "c962ef8500ad13239b5ec0eb6a5c570b3cae0fd0e5c28e793eb6aaa22d251123"),
        ("9f0c1d2e-0000-4000-8000-000000000001", "568333ae6daffb2da99bb6e1a3e96a50dfb187b2076ec4c51b58c7e4fec68fc8"),
    ] {
        let key = Secret::new(key);
        assert_eq!(hex::encode(&*credential::aes_key(&key, EncryptType::Aes256)), long);
        assert_eq!(Some(hex::encode(&*credential::aes_key(&key, EncryptType::Aes128)).as_str()), long.get(..32));
    }
}

#[test]
fn credentials_of_v1_are_encrypted_as_the_java_sample_does() {
    for (plain, iv, short, long) in [
        (
            "admin@example.com",
            "A1b2C3d4E5f6G7h8",
            "A1b2C3d4E5f6G7h8gqnNjkrpuukoig3v00F51ckU8TpMGCUwzGSZI1yADd0=",
            "A1b2C3d4E5f6G7h88B9HlLM1RDpcJPL0WofOF9wkM6U+F6FWn+Xg9GuywXE=",
        ),
        (
            "Passw0rd!",
            "Z9y8X7w6V5u4T3s2",
            "Z9y8X7w6V5u4T3s2U7wCLdP8uVMrINn4OIUvdg==",
            "Z9y8X7w6V5u4T3s2SroxKfRyiulBU62IdoMqDQ==",
        ),
        (
            "13800000000",
            "A1b2C3d4E5f6G7h8",
            "A1b2C3d4E5f6G7h8vJnbDdcOP86Rx9mYcXWp/Q==",
            "A1b2C3d4E5f6G7h8iuGb51wC25JlkO2AeCTIiA==",
        ),
    ] {
        for (kind, value) in [(EncryptType::Aes128, short), (EncryptType::Aes256, long)] {
            let iv = Iv::new(iv).unwrap();
            assert_eq!(credential::encrypt(&key(), kind, &iv, plain).unwrap(), value);
            assert_eq!(credential::decrypt(&key(), kind, value).unwrap().expose(), plain);
        }
    }
}

#[test]
fn what_does_not_decrypt_says_why() {
    let decrypt = |value| credential::decrypt(&key(), EncryptType::Aes256, value).unwrap_err();
    assert_eq!(decrypt("short"), CredentialError::Malformed);
    assert_eq!(decrypt("A1b2C3d4E5f6G7h8iuGb51wC25Jlk 2AeCTIiA=="), CredentialError::LostPlus);
    assert_eq!(decrypt("A1b2C3d4E5f6G7h8iuGb51wC25JlkO2AeCTIiB=="), CredentialError::Malformed);
    let of_another =
        credential::decrypt(&Secret::new("another"), EncryptType::Aes256, "Z9y8X7w6V5u4T3s2SroxKfRyiulBU62IdoMqDQ==");
    assert!(of_another.is_err());
}

proptest! {
    #[test]
    fn what_is_signed_verifies(body in proptest::collection::vec(any::<u8>(), 0..300), nonce in "[A-Za-z0-9]{1,64}", ms in 1_000_000_000_000_i64..2_000_000_000_000) {
        let (ts, key) = (ms.to_string(), key());
        prop_assert!(KitHeaders::sign(&key, &nonce, &ts, &body).verify(&key, &body).is_ok());
        prop_assert!(PushHeaders::sign(&key, &ts, &nonce, &body).unwrap().verify(&key, &body).is_ok());
        prop_assert_eq!(body_sign::verify(&key, &body_sign::header(&key, &body), &body), Ok(()));
    }

    #[test]
    fn whatever_a_get_call_of_v1_says_is_signed_and_read_back(params in some_params(), changed in any::<prop::sample::Index>()) {
        let params: Vec<(&str, Cow<'_, str>)> =
            params.iter().map(|(name, value)| (name.as_str(), Cow::from(value.as_str()))).collect();
        let query = auth_token::sign_query(&key(), &params).unwrap();
        let read = auth_token::verify_query(&key(), &query).unwrap();
        for (name, value) in &params {
            prop_assert_eq!(read.get(name), Some(value.as_ref()));
        }
        prop_assert_eq!(auth_token::verify_query(&Secret::new("another"), &query), Err(auth_token::Refusal::Mismatch));
        let token = auth_token::of_query(&query).unwrap();
        let mut other = params.clone();
        let at = changed.index(other.len());
        other[at].1.to_mut().push('x');
        let forged = auth_token::Signable::from_params(other).unwrap();
        prop_assert_eq!(forged.verify(&key(), &token), Err(auth_token::Refusal::Mismatch));
    }

    #[test]
    fn whatever_a_kit_call_of_v1_says_is_signed(members in prop::collection::hash_map("\\PC{1,12}", some_member(), 0..8)) {
        let mut members: serde_json::Map<String, Value> = members.into_iter().collect();
        members.insert("timeStamp".into(), "20220413093539534".into());
        let body = Value::Object(members.clone()).to_string();
        let token = auth_token::sign_kit(&key(), body.as_bytes()).unwrap();
        prop_assert!(auth_token::verify_kit(&key(), Some(&token), body.as_bytes()).is_ok());
        members.insert("flag".into(), "another".into());
        let forged = Value::Object(members).to_string();
        prop_assert_eq!(auth_token::verify_kit(&key(), Some(&token), forged.as_bytes()), Err(auth_token::Refusal::Mismatch));
    }

    #[test]
    fn whatever_is_asked_of_the_open_apis_is_signed(
        path in "/[ -~]{0,30}", query in "[ -~]{0,40}", header in "[ -~]{0,20}", body in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        let headers = [("Host", "mkt.myhuaweicloud.com"), ("X-Project-Id", header.as_str())];
        let request = Request { method: "POST", path: &path, query: &query, headers: &headers, body: &body };
        let signed = request.sign("AK", &key(), "20261123T080910Z").unwrap();
        let mut sent = headers.to_vec();
        sent.push(("X-Sdk-Date", &signed.date));
        let arrived = Request { headers: &sent, ..request };
        let authorization = Authorization::parse(&signed.authorization).unwrap();
        prop_assert_eq!(authorization.verify(&arrived, &key()), Ok(Covers::Everything));
        let longer = [&body[..], b"x"].concat();
        prop_assert_eq!(authorization.verify(&Request { body: &longer, ..arrived }, &key()), Err(SdkHmacError::Mismatch));
    }

    #[test]
    fn any_credential_of_a_customer_survives(plain in "\\PC{0,19}") {
        let iv = Iv::from_random(*b"0123456789abcdef");
        for kind in [EncryptType::Aes128, EncryptType::Aes256] {
            let value = credential::encrypt(&key(), kind, &iv, &plain).unwrap();
            prop_assert!(value.len() <= credential::MAX_VALUE_CHARS);
            let back = credential::decrypt(&key(), kind, &value).unwrap();
            prop_assert_eq!(back.expose(), &plain);
        }
    }

    #[test]
    fn no_header_makes_a_parser_panic(text in "\\PC{0,200}") {
        drop(Authorization::parse(&text));
        drop(body_sign::BodySign::parse(&text));
        drop(auth_token::verify_query(&key(), &text));
        drop(credential::decrypt(&key(), EncryptType::Aes128, &text));
        drop(KitHeaders::from_headers(|_| Some(text.as_str())).map(|headers| headers.check_freshness(UnixMillis(0))));
        drop(PushHeaders::from_headers(|_| Some(text.as_str())));
        drop(auth_token::verify_kit(&key(), Some(&text), text.as_bytes()));
    }

    #[test]
    fn no_ciphertext_makes_a_decryption_panic(sealed in proptest::collection::vec(any::<u8>(), 0..100), iv in "\\PC{0,17}") {
        let value = format!("{iv}{}", STANDARD.encode(sealed));
        for kind in [EncryptType::Aes128, EncryptType::Aes256] {
            drop(credential::decrypt(&key(), kind, &value));
        }
    }
}

/// Names that differ, in any order, and the timestamp among them.
fn some_params() -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::hash_map("\\PC{1,12}", "\\PC{0,20}", 0..8).prop_map(|params| {
        let others = params.into_iter().filter(|(name, _)| name != "authToken" && name != "timeStamp");
        others.chain([("timeStamp".to_owned(), "20261123080910123".to_owned())]).collect()
    })
}

fn some_member() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
        proptest::collection::vec("\\PC{0,5}".prop_map(Value::from), 0..3).prop_map(Value::from),
    ]
}
