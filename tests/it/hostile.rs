//! Whatever is signed well gets an answer: HTTP 200 and a result code, whatever its body says.

use proptest::{
    prelude::*,
    strategy::ValueTree as _,
    test_runner::{Config, TestRunner},
};
use serde_json::{Map, Value, json};

use crate::{
    generations::{start, v1},
    kit::kit,
    support::app::{KEY, TEMPLATE, TestApp},
};

const NAMES: [&str; 12] = [
    "activity",
    "businessId",
    "orderId",
    "orderLineId",
    "instanceId",
    "scene",
    "status",
    "expireTime",
    "testFlag",
    "productInfo",
    "productId",
    "somethingNew",
];

fn some_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,40}".prop_map(Value::from),
        Just(Value::from("x".repeat(5_000))),
        prop_oneof![
            Just("newInstance"),
            Just("refreshInstance"),
            Just("updateInstanceStatus"),
            Just("upgradeInstance"),
            Just("releaseInstance"),
            Just("queryInstance"),
            Just("changeInstanceCheck"),
            Just("RENEWAL"),
            Just("FREEZE"),
            Just("1"),
            Just("20301124023618"),
            Just("CS1"),
        ]
        .prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 20, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::hash_map("[a-z]{1,6}", inner, 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn some_call() -> impl Strategy<Value = Value> {
    proptest::collection::vec((proptest::sample::select(&NAMES[..]), some_value()), 0..10).prop_map(|members| {
        let mut call: Map<String, Value> = members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        // Half of them are of an activity that is known.
        if call.len().is_multiple_of(2) {
            call.insert("activity".into(), json!("newInstance"));
        }
        Value::Object(call)
    })
}

#[tokio::test]
async fn anything_that_is_signed_well_is_answered_with_a_result_code() {
    let app = TestApp::start(TEMPLATE).await;
    let client = app.client();
    let mut runner = runner();
    let bytes = proptest::collection::vec(any::<u8>(), 0..400);
    for number in 0..400 {
        let body = if number % 4 == 0 {
            bytes.new_tree(&mut runner).unwrap().current()
        } else {
            some_call().new_tree(&mut runner).unwrap().current().to_string().into_bytes()
        };
        let query = client.signed(KEY, &body).to_query();
        let reply = client.raw(&query, body.clone()).await;
        let shown = String::from_utf8_lossy(&body);
        // More refused calls than an address may make are sent away; what was signed well is refused for its content.
        if reply.status == 429 {
            continue;
        }
        assert_eq!(reply.status, 200, "{shown}");
        assert_eq!(reply.code().len(), 6, "{shown}: {}", reply.text);
    }
    // Still of good cheer.
    assert_eq!(app.call(crate::support::app::purchase("CS-after")).await.code(), "000000");
    app.stop().await;
}

fn runner() -> TestRunner {
    TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    )
}

#[tokio::test]
async fn so_is_anything_that_v1_and_the_kit_say() {
    let app = start(TEMPLATE).await;
    let mut runner = runner();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    // No more than an address may be refused in a minute.
    for number in 0..115 {
        let call = some_call().new_tree(&mut runner).unwrap().current();
        let reply = if number % 2 == 0 {
            let members: Vec<(String, String)> =
                call.as_object().unwrap().iter().map(|(name, value)| (name.clone(), text(value))).collect();
            let activity = ["newInstance", "getLicense", "upgrade", "instanceStatus", "queryInstance"][number % 5];
            let mut params: Vec<(&str, &str)> = members
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
                .filter(|(name, _)| *name != "activity")
                .collect();
            params.push(("activity", activity));
            // Longer than a request line may be.
            if params.iter().map(|(_, value)| value.len()).sum::<usize>() > 8_000 {
                continue;
            }
            v1(&app, "/produce", &params).await
        } else {
            let interface = ["tenantSync", "applicationSync", "authSync", "singleOrgSync", "allOrgSync"][number % 5];
            kit(&app, number % 4 == 1, interface, call).await
        };
        assert_eq!((reply.status, reply.code().len()), (200, 6), "{}", reply.text);
    }
    app.stop().await;
}
