//! What was acknowledged is there, whenever the program is killed.

use std::{
    collections::{HashMap, HashSet},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde_json::Value;
use tokio::task::JoinSet;

use crate::support::{
    app::{Client, TEMPLATE, purchase},
    program::{Serving, json, set_key},
};

const ACKNOWLEDGED: usize = 200;
const CALLERS: usize = 16;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_acknowledged_orders_survive_a_kill_under_load() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.toml"), TEMPLATE).unwrap();
    set_key(dir.path());
    let serving = Serving::start(dir.path());
    let client = Client::new(&serving.url);

    let count = Arc::new(AtomicUsize::new(0));
    let mut callers = JoinSet::new();
    for caller in 0..CALLERS {
        let (client, count) = (client.clone(), count.clone());
        callers.spawn(async move {
            let mut acknowledged = HashMap::new();
            // Until there is nobody who answers.
            for number in 0.. {
                let order = format!("CS{caller:02}{number:06}");
                let Ok(reply) = client.try_call(purchase(&order)).await else { break };
                if reply.code() == "000000" {
                    acknowledged.insert(order, reply.instance_id());
                    count.fetch_add(1, Ordering::Relaxed);
                }
            }
            acknowledged
        });
    }
    while count.load(Ordering::Relaxed) < ACKNOWLEDGED {
        tokio::task::yield_now().await;
    }
    serving.kill();
    let mut acknowledged = HashMap::new();
    while let Some(of_one) = callers.join_next().await {
        acknowledged.extend(of_one.unwrap());
    }
    assert!(acknowledged.len() >= ACKNOWLEDGED);

    // The receiver that comes next answers each of them with the same instance, and makes none anew.
    let serving = Serving::start(dir.path());
    let kept = json(dir.path(), &["list", "instances", "--json", "--limit", "1000000"]);
    let mut kept_ids: HashMap<String, String> = HashMap::new();
    for instance in kept.as_array().unwrap() {
        let text = |name: &str| instance[name].as_str().unwrap().to_owned();
        assert!(kept_ids.insert(text("orderId"), text("instanceId")).is_none(), "made twice: {instance}");
    }
    for (order, instance_id) in &acknowledged {
        assert_eq!(kept_ids.get(order), Some(instance_id), "{order}");
    }
    let client = Client::new(&serving.url);
    let some: Vec<_> = acknowledged.iter().take(20).collect();
    for (order, instance_id) in some {
        let again = client.call(purchase(order)).await;
        assert_eq!((again.code(), again.instance_id()), ("000000", instance_id.clone()));
    }
    let messages = json(dir.path(), &["list", "messages", "--json", "--limit", "1000000"]);
    let orders: HashSet<&str> =
        messages.as_array().unwrap().iter().filter_map(|message: &Value| message["orderId"].as_str()).collect();
    assert!(acknowledged.keys().all(|order| orders.contains(order.as_str())));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_nonce_that_was_used_before_a_kill_is_refused_after_it() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.toml"), TEMPLATE).unwrap();
    set_key(dir.path());
    let serving = Serving::start(dir.path());
    let client = Client::new(&serving.url);
    let body = purchase("CS1").to_string();
    let query = client.signed(crate::support::app::KEY, body.as_bytes()).to_query();
    assert_eq!(client.raw(&query, body.clone()).await.code(), "000000");
    serving.kill();
    let serving = Serving::start(dir.path());
    assert_eq!(Client::new(&serving.url).raw(&query, body).await.code(), "000001");
}
