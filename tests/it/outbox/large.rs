//! Ten thousand pasted lines, some of them twice: none is lost, none is sent twice.

use std::collections::HashMap;

use sellerdesk::{
    domain::{World, message::Progress},
    simulator::open_api::Api,
};
use serde_json::Value;

use crate::support::{app::MANUAL, trade::Trade};

const LINES: usize = 10_000;
const REPEATED: usize = 37;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_pasted_lines_with_thirty_seven_duplicates() {
    let trade = Trade::open("", MANUAL).await;
    let number = u16::try_from(LINES - REPEATED).unwrap();
    let codes = trade.received(number);
    let mut lines: Vec<&str> = codes.iter().map(sellerdesk::protocol::id::LicenseCode::as_str).collect();
    for position in 0..REPEATED {
        lines.insert(position * 250, codes[codes.len() - 1 - position].as_str());
    }
    assert_eq!(lines.len(), LINES);
    let checks = trade.app.desk.check_activation(World::Live, &lines.join("\r\n")).await.unwrap();
    assert_eq!((checks.ready.len(), checks.repeated.len(), checks.malformed.len()), (codes.len(), REPEATED, 0));

    let messages = trade.activate(&checks.ready).await;
    assert_eq!(messages.len(), codes.len());
    assert!(messages.iter().all(|message| message.progress == Progress::Succeeded));
    let mut sent: HashMap<String, usize> = HashMap::new();
    let requests = trade.requests(Api::ActivateV2);
    for request in &requests {
        let body: Value = serde_json::from_str(&request.body).unwrap();
        let list = body["license_list"].as_array().unwrap();
        assert!(list.len() <= 100);
        list.iter().for_each(|code| *sent.entry(code.as_str().unwrap().to_owned()).or_default() += 1);
    }
    assert_eq!((requests.len(), sent.len()), (100, codes.len()));
    assert!(sent.values().all(|times| *times == 1));
    assert!(codes.iter().all(|code| trade.is_alive(code)));
}
