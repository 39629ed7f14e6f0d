//! Recorded calls are played with the pauses in which they came, or so many times as fast.

use sellerdesk::protocol::UnixMillis;

use crate::support::{
    app::TEMPLATE,
    program::{Serving, json, run, set_key},
};

const PAUSE: i64 = 700;

fn recording() -> String {
    let call = |number: i64| {
        format!(
            "[[steps]]\nat = {}\ncall = {{ wire = \"v2\", members = {{ activity = \"newInstance\", businessId = \"b-{number}\", \
             orderId = \"CS{number}\", orderLineId = \"CS{number}-000001\" }} }}\n",
            number * PAUSE
        )
    };
    format!("name = \"Recorded\"\nabout = \"Three purchases\"\n{}{}{}", call(0), call(1), call(2))
}

/// How long after the one before each call came.
fn pauses(speed: &str) -> Vec<i64> {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.toml"), TEMPLATE).unwrap();
    set_key(dir.path());
    let seller = Serving::start(dir.path());
    let file = dir.path().join("recorded.toml");
    std::fs::write(&file, recording()).unwrap();
    let file = file.to_str().unwrap();
    let played = run(dir.path(), &["simulate", "play", file, "--target", &seller.url, "--speed", speed]);
    assert!(played.status.success(), "{}", String::from_utf8_lossy(&played.stdout));
    let messages = json(dir.path(), &["list", "messages", "--json"]);
    let at = |message: &serde_json::Value| UnixMillis::from_iso(message["receivedAt"].as_str().unwrap()).unwrap();
    let mut times: Vec<UnixMillis> =
        messages.as_array().unwrap().iter().filter(|message| message["activity"] == "newInstance").map(at).collect();
    times.sort_unstable();
    assert_eq!(times.len(), 3, "{messages}");
    times.windows(2).map(|pair| pair[1].millis_since(pair[0])).collect()
}

#[test]
fn with_their_timing_and_faster() {
    // A busy machine may be late, and is never early.
    let told = pauses("1");
    assert!(told.iter().sum::<i64>() >= 2 * PAUSE - 100, "{told:?}");
    assert!(told.iter().all(|pause| *pause >= PAUSE / 2), "{told:?}");
    let fast = pauses("0");
    assert!(fast.iter().sum::<i64>() < 2 * PAUSE, "{fast:?}");
}
