//! Signed purchases acknowledged per second over loopback, at 1 and at 64 connections: the whole receiver, beside the same
//! server without a store, the same store without a server, and the bare ceiling (a server, the signature check and four
//! inserts in a group commit, nothing else). All in one run, turn by turn, because machines are noisy; ratios are what
//! counts. `BENCH_ROUNDS` and `BENCH_CALLS` (per connection count of 64) change its length.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a benchmark says what is wrong by failing"
)]
#![expect(clippy::cast_precision_loss, reason = "a few thousand calls")]

mod ceiling;
mod client;

use std::{
    net::SocketAddr,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Router, body::Bytes, extract::RawQuery, http::header, routing::post};
use client::{Prepared, prepare};
use sellerdesk::{
    cli::open::system_time,
    config::{Config, KeyRing},
    desk::{Desk, DeskParts, ReceivedCall, ReceiverState},
    fulfilment::WebhookClient,
    protocol::{
        KeyClass, ResultCode, Secret,
        callback::{Activity, Answer, v2},
        id::InstanceId,
        signature::{body_sign, url::UrlSignature},
    },
    receiver,
};
use tokio::runtime::Runtime;

pub const KEY: &str = "demo-key-for-tests-0001";

const CONNECTIONS: [usize; 2] = [1, 64];
const NAMES: [&str; 4] = ["whole receiver", "server without store", "store without server", "bare ceiling"];

const CONFIG: &str = r#"
[[endpoint]]
name = "main"
path = "/produce"
fulfilment = "template"
[endpoint.template]
front_end_url = "https://app.example.com/{instanceId}"
"#;

fn main() {
    let number =
        |name: &str, default: usize| std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default);
    let (rounds, calls) = (number("BENCH_ROUNDS", 5), number("BENCH_CALLS", 12_800));
    drop(rustls::crypto::ring::default_provider().install_default());
    // Beside the build, so that all three files lie on the disk and none in memory.
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let servers = runtime("server");
    let callers = runtime("caller");
    let desk = open_desk(&servers, &dir.path().join("whole"));
    let store_alone = open_desk(&servers, &dir.path().join("store"));
    let whole = servers.block_on(serve_whole(&desk));
    let bare_server = servers.block_on(listen(storeless()));
    let ceiling = servers.block_on(listen(ceiling::router(&dir.path().join("ceiling.db"))));

    for connections in CONNECTIONS {
        let calls = if connections == 1 { (calls / 8).max(1) } else { calls };
        let mut rates = [const { Vec::new() }; 4];
        let mut latencies = Vec::new();
        for _ in 0..rounds {
            for (variant, rates) in rates.iter_mut().enumerate() {
                let share = |_| prepare(calls / connections, system_time());
                let prepared: Vec<Vec<Prepared>> = (0..connections).map(share).collect();
                let begun = Instant::now();
                let taken: Vec<Duration> = match variant {
                    0 => callers.block_on(client::call_all(whole, prepared)),
                    1 => callers.block_on(client::call_all(bare_server, prepared)),
                    2 => callers.block_on(ask_all(&store_alone, prepared)),
                    _ => callers.block_on(client::call_all(ceiling, prepared)),
                };
                rates.push(taken.len() as f64 / begun.elapsed().as_secs_f64());
                if variant == 0 {
                    latencies.extend(taken);
                }
            }
        }
        report(connections, &rates, &mut latencies);
    }
}

fn report(connections: usize, rates: &[Vec<f64>; 4], latencies: &mut [Duration]) {
    let medians: Vec<f64> = rates.iter().map(|rates| median(rates)).collect();
    println!("\n{connections} connection(s)");
    for (name, median) in NAMES.iter().zip(&medians) {
        println!("  {name:<22} {median:>9.0} calls/s   {:.2} of it is the whole receiver", medians[0] / median);
    }
    latencies.sort_unstable();
    let at = |share: usize| latencies[(latencies.len() * share / 1000).min(latencies.len() - 1)];
    println!("  whole receiver: p50 {:?}, p99 {:?}, p99.9 {:?}", at(500), at(990), at(999));
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

fn runtime(name: &str) -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).thread_name(name).enable_all().build().unwrap()
}

fn open_desk(runtime: &Runtime, dir: &Path) -> Desk {
    std::fs::create_dir_all(dir).unwrap();
    std::fs::write(dir.join("config.toml"), CONFIG).unwrap();
    let keys = KeyRing::open_with(dir, false, Arc::new(|_| None)).unwrap();
    keys.set(None, KeyClass::Base, Secret::new(KEY)).unwrap();
    runtime.block_on(async {
        Desk::new(DeskParts {
            store: Desk::open_store(dir, keys.seal_key()).unwrap(),
            keys,
            config: Config::load(dir).unwrap(),
            webhooks: WebhookClient::new().unwrap(),
            clock: Arc::new(system_time),
            data_dir: dir.to_owned(),
        })
    })
}

async fn serve_whole(desk: &Desk) -> SocketAddr {
    let serving = desk.clone();
    tokio::spawn(async move {
        receiver::serve(&serving, ([127, 0, 0, 1], 0).into(), std::future::pending()).await.unwrap();
    });
    let mut state = desk.watch_receiver();
    let state = state.wait_for(|state| matches!(**state, ReceiverState::Listening { .. })).await.unwrap().clone();
    let ReceiverState::Listening { address, .. } = *state else { panic!("not listening: {state:?}") };
    address
}

async fn listen(router: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

/// Verifies, parses, answers and signs, and forgets.
fn storeless() -> Router {
    Router::new().route(
        "/produce",
        post(async |RawQuery(query): RawQuery, body: Bytes| {
            let key = Secret::new(KEY);
            verified(&key, &query.unwrap_or_default(), &body);
            let Activity::NewInstance { business_id, .. } = v2::parse(&body).unwrap().activity else { panic!() };
            let instance_id = InstanceId::new(business_id.as_str());
            let answer = v2_answer(instance_id);
            let sign = body_sign::header(&key, answer.as_bytes());
            ([(header::CONTENT_TYPE, "application/json".to_owned()), ("Body-Sign".parse().unwrap(), sign)], answer)
        }),
    )
}

pub fn verified(key: &Secret, query: &str, body: &[u8]) {
    let signature = UrlSignature::from_query(query).unwrap();
    signature.check_freshness(system_time()).unwrap();
    signature.verify(key, body).unwrap();
}

pub fn v2_answer(instance_id: InstanceId) -> String {
    Answer::of(ResultCode::SUCCESS).with_instance(instance_id).encode_v2()
}

/// The desk asked directly, by as many at the same time as there would be connections.
async fn ask_all(desk: &Desk, prepared: Vec<Vec<Prepared>>) -> Vec<Duration> {
    let callers = prepared.into_iter().map(|calls| {
        let desk = desk.clone();
        tokio::spawn(async move {
            let config = desk.config();
            let endpoint = config.endpoint("main").unwrap();
            let mut taken = Vec::with_capacity(calls.len());
            for call in calls {
                let begun = Instant::now();
                let callback = v2::parse(call.body.as_bytes()).unwrap();
                let received = ReceivedCall { callback, nonce: Some(call.nonce), query: call.query, body: call.body };
                let answer = desk.answer(endpoint, received).await.unwrap();
                assert!(answer.result_code.is_success());
                taken.push(begun.elapsed());
            }
            taken
        })
    });
    let mut taken = Vec::new();
    for caller in callers.collect::<Vec<_>>() {
        taken.extend(caller.await.unwrap());
    }
    taken
}
