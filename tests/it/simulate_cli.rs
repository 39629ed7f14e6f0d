//! `simulate serve` as a seller's developer runs it: beside a receiver of their own, driven by JSON.

use std::time::Duration;

use reqwest::Method;
use sellerdesk::{cli::open::system_time, simulator::call};
use serde_json::{Value, json};

use crate::support::{
    open_api::{ACTIVATE_V2, Call, ORDER_QUERY, basic_time, sign},
    program::{Serving, command, set_key},
};

struct Simulated {
    program: Serving,
    client: reqwest::Client,
    _dir: tempfile::TempDir,
}

impl Simulated {
    fn start(more: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let mut arguments = vec!["simulate", "serve", "--listen", "127.0.0.1:0", "--seed", "7"];
        arguments.extend(more);
        let mut command = command(dir.path(), &arguments);
        command.env("SELLERDESK_KEY_BASE", crate::support::app::KEY).env_remove("SELLERDESK_AK");
        command.env_remove("SELLERDESK_SK");
        let program = Serving::start_with(command);
        Self { program, client: call::client(Duration::from_secs(10)).unwrap(), _dir: dir }
    }

    async fn ask(&self, method: Method, action: &str, body: &Value) -> (u16, Value) {
        let request = self.client.request(method, format!("{}/control/{action}", self.program.url));
        let request = if body.is_null() { request } else { request.body(body.to_string()) };
        let response = request.send().await.unwrap();
        (response.status().as_u16(), serde_json::from_str(&response.text().await.unwrap()).unwrap())
    }

    async fn does(&self, action: &str, body: Value) -> Value {
        let (status, answer) = self.ask(Method::POST, action, &body).await;
        assert_eq!(status, 200, "{action} {body}: {answer}");
        answer
    }

    async fn state(&self) -> Value {
        self.ask(Method::GET, "state", &Value::Null).await.1
    }

    /// Calls an open API with the simulator's own keys.
    async fn call(&self, call: Call) -> (u16, Value) {
        let call = Call { secret: "simulated-secret-key".into(), ..call.by("SIMULATEDACCESSKEY00") };
        let host = self.program.url.trim_start_matches("http://");
        let date = basic_time(system_time());
        let question = if call.query.is_empty() { "" } else { "?" };
        let url = format!("{}{}{question}{}", self.program.url, call.path, call.query);
        let mut request = self.client.request(call.method.parse().unwrap(), url);
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        let request = request.header("authorization", sign(&call, host, &date)).header("x-sdk-date", date);
        let response = request.body(call.body).send().await.unwrap();
        (response.status().as_u16(), serde_json::from_str(&response.text().await.unwrap()).unwrap())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_developer_sells_to_their_own_receiver_and_asks_the_open_apis() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.toml"), crate::support::app::TEMPLATE).unwrap();
    set_key(dir.path());
    let seller = Serving::start(dir.path());
    let simulated = Simulated::start(&["--target", "http://127.0.0.1:1/produce"]);
    assert_eq!(simulated.does("target", json!({ "url": seller.url })).await["target"], seller.url);

    let bought = simulated.does("buy", json!({ "trialDays": 15, "linearValue": 5 })).await;
    assert_eq!((&bought["state"], &bought["activity"]), (&json!("succeeded"), &json!("newInstance")), "{bought}");
    let order_id = bought["orderId"].as_str().unwrap();
    let (status, order) = simulated.call(Call::get(ORDER_QUERY, &format!("orderId={order_id}"))).await;
    assert_eq!((status, &order["orderInfo"]["orderType"]), (200, &json!("TRIAL")), "{order}");

    let subject = json!({ "instanceId": bought["instanceId"] });
    for (action, status) in
        [("formalise", "active"), ("freeze", "frozen"), ("unfreeze", "active"), ("release", "released")]
    {
        let done = simulated.does(action, subject.clone()).await;
        assert_eq!(done["state"], "succeeded", "{done}");
        assert_eq!(simulated.state().await["instances"][0]["status"], status);
    }
    assert_eq!(simulated.state().await["messages"].as_array().unwrap().len(), 5);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn codes_are_bought_received_and_activated_through_a_fault() {
    let simulated = Simulated::start(&["--target", "http://127.0.0.1:1", "--hour", "1"]);
    let codes = simulated.does("licenses", json!({ "number": 2 })).await["licenses"].clone();
    for code in codes.as_array().unwrap() {
        assert_eq!(simulated.does("receive", json!({ "license": code })).await["done"], true);
    }
    let rule =
        json!({ "api": "activate-v2", "fault": { "kind": "bad-gateway" }, "when": { "requests": { "count": 1 } } });
    assert_eq!(simulated.does("faults", rule).await[0]["api"], "activate-v2");
    let activate = || Call::post(ACTIVATE_V2, json!({ "license_list": codes }));
    assert_eq!(simulated.call(activate()).await.0, 502);
    assert_eq!(simulated.call(activate()).await, (200, json!({ "error_code": "92020000", "error_msg": "success" })));
    assert_eq!(simulated.ask(Method::GET, "faults", &Value::Null).await, (200, json!([])), "it was for one request");

    let state = simulated.state().await;
    assert_eq!((&state["licenses"][0]["status"], &state["orders"][0]["state"]), (&json!("alive"), &json!("fulfilled")));
    let (_, requests) = simulated.ask(Method::GET, "requests", &Value::Null).await;
    assert_eq!((requests.as_array().unwrap().len(), &requests[0]["fault"]["kind"]), (2, &json!("bad-gateway")));
    let frozen = simulated.does("freeze", json!({ "license": codes[0] })).await;
    assert_ne!(frozen["state"], "succeeded", "nobody listens there");
    assert!(frozen["exception"].as_str().unwrap().contains("生产地址不可达"), "{frozen}");
    let tests = simulated.does("test-codes", Value::Null).await;
    assert_eq!(tests["licenses"].as_array().unwrap().len(), 1);
    assert_ne!(tests["licenses"][0], codes[0]);
    simulated.does("faults", json!({ "fault": { "kind": "hang" }, "when": "always" })).await;
    assert_eq!(simulated.ask(Method::DELETE, "faults", &Value::Null).await, (200, json!([])));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_control_api_asks_others_for_its_token() {
    let client = call::client(Duration::from_secs(10)).unwrap();
    for (arguments, variable, token) in [
        (["--listen", "127.0.0.1:0", "--control-token", "the-token"], "", "the-token"),
        (["--listen", "127.0.0.1:0", "--seed", "1"], "the-token-of-the-environment", "the-token-of-the-environment"),
        // Everybody may reach it: a token is made and printed.
        (["--listen", "0.0.0.0:0", "--seed", "1"], "", ""),
    ] {
        let dir = tempfile::tempdir().unwrap();
        let mut command = command(dir.path(), &["simulate", "serve"]);
        command.args(arguments).env("SELLERDESK_CONTROL_TOKEN", variable);
        let mut program = Serving::start_with(command);
        let printed = if token.is_empty() { program.line() } else { format!("control token {token}") };
        let token = printed.trim().strip_prefix("control token ").unwrap().to_owned();
        assert!(token.len() > 8, "{printed}");
        let url = format!("{}/control/state", program.url.replace("0.0.0.0", "127.0.0.1"));
        for (header, status) in [
            (None, 401),
            (Some("Bearer another-token".to_owned()), 401),
            (Some(token.clone()), 401),
            (Some(format!("Bearer {token}")), 200),
        ] {
            let request = client.get(&url);
            let request = header.iter().fold(request, |request, value| request.header("authorization", value));
            assert_eq!(request.send().await.unwrap().status().as_u16(), status, "{header:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_year_goes_by_over_the_control_api_and_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.toml"), crate::support::app::TEMPLATE).unwrap();
    set_key(dir.path());
    let seller = Serving::start(dir.path());
    let file = dir.path().join("marketplace.json");
    let arguments = ["--target", &seller.url, "--hour", "0", "--state", file.to_str().unwrap()];
    let simulated = Simulated::start(&arguments);
    let products = simulated.ask(Method::GET, "products", &Value::Null).await.1;
    let kinds: std::collections::BTreeSet<&str> =
        products.as_array().unwrap().iter().map(|offer| offer["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds.len(), 5, "{kinds:?}");
    simulated
        .does("call-faults", json!({ "fault": { "kind": "lost-answer" }, "when": { "requests": { "count": 1 } } }))
        .await;
    let bought = simulated.does("buy", json!({ "productId": "SAAS-MONTH" })).await;
    assert_eq!(bought["state"], "failing");
    let stood = simulated.ask(Method::GET, "clock", &Value::Null).await.1;
    assert_eq!(stood["jumps"], true);
    let moved = simulated.does("clock", json!({ "by": "2h" })).await;
    assert!(moved["now"].as_str() > stood["now"].as_str());
    let state = simulated.state().await;
    assert_eq!(state["messages"][0]["attempts"], 2);
    assert_eq!(state["instances"].as_array().unwrap().len(), 1, "the seller knew what it had answered");
    simulated.does("clock", json!({ "by": "1 year" })).await;
    assert_eq!(simulated.state().await["instances"][0]["status"], "released");
    let books = simulated.ask(Method::GET, "books", &Value::Null).await.1;
    assert_eq!((&books["failedOrdersThisMonth"], &books["exceptions"]), (&json!(0), &json!([])));
    let policy = simulated.ask(Method::GET, "retry-policy", &Value::Null).await.1;
    assert!(policy["rules"].as_array().unwrap().iter().all(|rule| rule["source"] != ""), "{policy}");
    simulated.does("retry-policy", json!({ "rules": [], "pollMinutes": 1 })).await;
    let kept = async || std::fs::read_to_string(&file).ok().filter(|kept| kept.contains(r#""rules":[]"#));
    crate::support::waiting::until("the file", kept).await;
    drop(simulated);
    let again = Simulated::start(&arguments);
    assert_eq!(again.state().await["instances"][0]["status"], "released");
    assert_eq!(again.ask(Method::GET, "retry-policy", &Value::Null).await.1["rules"], json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_speaks_https_with_a_certificate_that_it_makes_and_tries_as_its_site_does() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("ca.pem");
    let arguments = ["--ca", file.to_str().unwrap(), "--site", "international", "--v1", "--hour", "0"];
    let mut simulated = Simulated::start(&arguments);
    let authority = reqwest::Certificate::from_pem(&std::fs::read(&file).unwrap()).unwrap();
    simulated.client = reqwest::Client::builder().no_proxy().tls_certs_only([authority]).build().unwrap();
    assert!(simulated.program.url.starts_with("https://127.0.0.1:"), "{}", simulated.program.url);
    simulated.does("target", json!({ "url": "http://127.0.0.1:1" })).await;
    simulated.does("buy", json!({ "productId": "SAAS-MONTH" })).await;
    simulated.does("clock", json!({ "by": "1h" })).await;
    assert_eq!(simulated.state().await["messages"][0]["attempts"], 21, "every three minutes");

    let unknown = command(dir.path(), &["simulate", "serve", "--site", "mars"]).output().unwrap();
    let complaint = String::from_utf8_lossy(&unknown.stderr).into_owned();
    assert!(complaint.contains("a site is china, international or europe"), "{complaint}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn orders_of_another_seller_and_too_many_queries_are_refused() {
    let simulated = Simulated::start(&["--target", "http://127.0.0.1:1", "--order-queries", "2"]);
    let foreign = simulated.does("sold-by-another", json!({})).await;
    let asked = || Call::get(ORDER_QUERY, &format!("orderId={}", foreign["orderId"].as_str().unwrap()));
    let (status, refused) = simulated.call(asked()).await;
    assert_eq!((status, &refused["resultCode"]), (401, &json!("MKT.0150")), "{refused}");
    simulated.call(asked()).await;
    assert_eq!(simulated.call(asked()).await.0, 406);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_done_is_said() {
    let simulated = Simulated::start(&["--v1"]);
    for (action, body, status, words) in [
        ("sing", json!({}), 404, "no such action"),
        ("buy", json!({ "colour": "red" }), 400, "unknown field `colour`"),
        ("buy", json!({ "chargingMode": "BARTER" }), 400, "unknown variant `BARTER`"),
        ("buy", json!({ "chargingMode": "ONE_TIME", "trialDays": 3 }), 400, "there is no trial of ONE_TIME"),
        ("buy", json!({ "trialDays": 181 }), 400, "a trial is for 3 to 180 days"),
        ("try", json!({ "days": 2 }), 400, "a trial is for 3 to 180 days"),
        (
            "products",
            json!({
                "product": { "productId": "P", "skuCode": "S", "name": "N", "months": 1 },
                "charging": "one-time", "trialDays": 2,
            }),
            400,
            "a trial is for 3 to 180 days",
        ),
        ("licenses", json!({ "number": 0 }), 400, "from 1 to 10000"),
        ("receive", json!({ "license": "PLNOBODY" }), 404, "no authorization code PLNOBODY"),
        ("renew", json!({}), 400, "either instanceId or license"),
        ("renew", json!({ "instanceId": "nobody" }), 404, "no instance nobody"),
        ("freeze", json!({ "license": "PLNOBODY" }), 404, "no authorization code PLNOBODY"),
        ("apply", json!({ "instanceId": "nobody" }), 404, "no instance nobody"),
        ("buy", json!({ "productId": "NOTHING" }), 404, "no product NOTHING"),
        ("restart", json!({ "message": "M000099" }), 404, "no message M000099"),
        ("clock", json!({}), 400, "either `to` or `by`"),
        ("clock", json!({ "by": "soon" }), 400, "`soon` is no time"),
        ("call-faults", json!({ "fault": { "kind": "fire" }, "when": "always" }), 400, "unknown variant `fire`"),
        ("faults", json!({ "fault": { "kind": "fire" }, "when": "always" }), 400, "unknown variant `fire`"),
    ] {
        let (told, answer) = simulated.ask(Method::POST, action, &body).await;
        assert_eq!(told, status, "{action} {body}: {answer}");
        assert!(answer["error"].as_str().unwrap().contains(words), "{action} {body}: {answer}");
    }
    let (status, refused) = simulated.call(Call::get(ORDER_QUERY, "orderId=CSNOBODY")).await;
    assert_eq!((status, &refused["resultCode"]), (400, &json!("MKT.0101")));
}

/// Nobody listens at the seller's address: the ids are the marketplace's own.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_seed_and_a_beginning_give_the_same_ids_and_a_state_goes_on_from_them() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("marketplace.json");
    let fixed = ["--target", "http://127.0.0.1:1", "--hour", "0", "--begins", "2026-11-15T12:00:00Z"];
    let kept = [&fixed[..], &["--state", file.to_str().unwrap()]].concat();
    let bought = async |simulated: &Simulated| {
        let message = simulated.does("buy", json!({ "productId": "SAAS-MONTH" })).await;
        message["orderId"].as_str().unwrap().to_owned()
    };
    let whole = Simulated::start(&fixed);
    let orders = [bought(&whole).await, bought(&whole).await, bought(&whole).await];
    assert!(orders[0].starts_with("CS2611151200"), "{orders:?}");
    for order in &orders {
        let simulated = Simulated::start(&kept);
        assert_eq!(bought(&simulated).await, *order);
        let id = order.clone();
        let is_kept = async || std::fs::read_to_string(&file).ok().filter(|kept| kept.contains(&id));
        crate::support::waiting::until("the file", is_kept).await;
    }
    let simulated = Simulated::start(&kept);
    assert_eq!(simulated.state().await["orders"].as_array().unwrap().len(), 3);
}
