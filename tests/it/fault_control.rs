//! Every fault can be switched over the control API and written into a scenario: those of calls and of answers, and those of
//! the door, which is shut or shows a wrong certificate.

use std::{collections::BTreeMap, time::Duration};

use reqwest::{Certificate, Client, Method};
use sellerdesk::{
    protocol::{KeyClass, Secret},
    simulator::{
        Marketplace, OpenApiServer, Setup,
        open_api::{OpenApiSetup, certificate::tls},
        scenario::Scenario,
    },
};
use serde_json::{Value, json};

use crate::support::certificates::{Ca, Certified, self_signed};

/// What the calls to the seller may have, and what the answers of the open APIs may have.
const OF_CALLS: &str = r#"[
    {"kind": "slow", "millis": 1}, {"kind": "hang-up", "millis": 1}, {"kind": "lost-answer"}, {"kind": "reset"},
    {"kind": "half-answer"}, {"kind": "duplicate"}, {"kind": "concurrent", "calls": 8}, {"kind": "reordered"},
    {"kind": "wrong-key"}, {"kind": "seconds"}, {"kind": "stale"}, {"kind": "clock-skew", "millis": 90000},
    {"kind": "replayed"}, {"kind": "shuffled"}, {"kind": "unknown-field"}, {"kind": "unknown-activity"}
]"#;
const OF_ANSWERS: &str = r#"[
    {"kind": "slow", "millis": 1}, {"kind": "hang"}, {"kind": "reset"}, {"kind": "half"}, {"kind": "html"}, {"kind": "empty"},
    {"kind": "too-many-requests", "retry_after": 2}, {"kind": "too-often"}, {"kind": "internal-error"},
    {"kind": "bad-gateway"}, {"kind": "gateway-timeout"},
    {"kind": "answer", "status": 418, "content_type": "text/plain", "body": "no"}
]"#;

fn marketplace() -> std::sync::Arc<Marketplace> {
    let setup = Setup::new("http://127.0.0.1:1").with_key(KeyClass::Base, Secret::new("base"));
    std::sync::Arc::new(Marketplace::open(setup).unwrap())
}

async fn ask(client: &Client, method: Method, url: &str, body: &Value) -> Result<(u16, Value), reqwest::Error> {
    let reply = client.request(method, url).body(body.to_string()).send().await?;
    Ok((reply.status().as_u16(), reply.json().await?))
}

#[tokio::test]
async fn every_fault_is_switched_on_and_off_and_can_be_written_down() {
    super::support::app::install_crypto();
    let marketplace = marketplace();
    let server = OpenApiServer::start_with_control(&marketplace, OpenApiSetup::new("ak", Secret::new("sk"))).unwrap();
    let client = Client::builder().no_proxy().build().unwrap();
    for (path, list) in [("call-faults", OF_CALLS), ("faults", OF_ANSWERS)] {
        let url = format!("{}/control/{path}", server.url());
        let faults: Vec<Value> = serde_json::from_str(list).unwrap();
        for (number, fault) in (1..).zip(&faults) {
            let rule = json!({ "fault": fault, "when": { "chance": 0.2 } });
            let (status, rules) = ask(&client, Method::POST, &url, &rule).await.unwrap();
            assert_eq!((status, rules.as_array().map(Vec::len)), (200, Some(number)), "{fault}: {rules}");
            assert_eq!(rules[number - 1]["fault"]["kind"], fault["kind"]);
            if path == "call-faults" {
                let told: BTreeMap<String, Value> = serde_json::from_value(fault.clone()).unwrap();
                let members: Vec<String> = told.iter().map(|(name, value)| format!("{name} = {value}")).collect();
                let text = format!(
                    "name = \"n\"\nabout = \"a\"\n[[steps]]\nfault = {{ when = \"always\", fault = {{ {} }} }}",
                    members.join(", ")
                );
                assert!(Scenario::read(&text).is_ok(), "{text}");
            }
        }
        ask(&client, Method::DELETE, &url, &json!({})).await.unwrap();
        assert_eq!(ask(&client, Method::GET, &url, &json!({})).await.unwrap().1, json!([]));
        let (status, refused) = ask(&client, Method::POST, &url, &json!({ "fault": { "kind": "x" } })).await.unwrap();
        assert_eq!(status, 400, "{refused}");
    }
}

/// Asks until it comes to what is wanted.
async fn until(client: &Client, url: &str, wanted: impl Fn(&Result<(u16, Value), reqwest::Error>) -> bool) {
    let looking = async {
        loop {
            if wanted(&ask(client, Method::GET, &format!("{url}/control/clock"), &json!({})).await) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), looking).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_door_is_shut_for_a_while_and_shows_a_wrong_certificate() {
    super::support::app::install_crypto();
    let marketplace = marketplace();
    let (ca, wrong) = (Ca::new(), self_signed("127.0.0.1"));
    let right = ca.issue("127.0.0.1");
    let setup = OpenApiSetup::new("ak", Secret::new("sk")).with_tls(tls(&right.certificate, &right.key).unwrap());
    let server = OpenApiServer::start_with_control(&marketplace, setup).unwrap();
    let url = server.url();
    let trusting = Certificate::from_pem(ca.pem().as_bytes()).unwrap();
    let client = Client::builder().no_proxy().tls_certs_only([trusting]).build().unwrap();
    let heedless = Client::builder().no_proxy().tls_danger_accept_invalid_certs(true).build().unwrap();
    let show = |Certified { certificate, key }: Certified| json!({ "certificate": certificate, "key": key });
    let door = format!("{url}/control/door");

    let (status, _) = ask(&client, Method::POST, &door, &show(wrong)).await.unwrap();
    assert_eq!(status, 200);
    until(&client, &url, |asked| asked.as_ref().is_err_and(|error| format!("{error:?}").contains("ertificate"))).await;
    ask(&heedless, Method::POST, &door, &show(right.clone())).await.unwrap();
    until(&client, &url, |asked| asked.as_ref().is_ok_and(|(status, _)| *status == 200)).await;

    ask(&client, Method::POST, &door, &json!({ "downSeconds": 1 })).await.unwrap();
    until(&client, &url, |asked| asked.as_ref().is_err_and(reqwest::Error::is_connect)).await;
    until(&client, &url, |asked| asked.as_ref().is_ok_and(|(status, _)| *status == 200)).await;

    let mixed = json!({ "downSeconds": 1, "certificate": right.certificate });
    for wrong in [json!({}), mixed, json!({ "certificate": "x", "key": "y" })] {
        assert_eq!(ask(&client, Method::POST, &door, &wrong).await.unwrap().0, 400, "{wrong}");
    }
}
