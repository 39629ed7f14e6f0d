//! A caller that costs little: calls signed beforehand, sent one after the other over plain HTTP/1.1 connections.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use sellerdesk::protocol::{Secret, UnixMillis, signature::url::UrlSignature};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use uuid::Uuid;

/// A purchase, ready to be sent.
pub struct Prepared {
    pub body: String,
    pub query: String,
    pub nonce: String,
}

pub fn prepare(count: usize, now: UnixMillis) -> Vec<Prepared> {
    let key = Secret::new(super::KEY);
    let one = |_| {
        // As KooGallery writes them: the minute, then something of its own.
        let minute = now.to_compact_utc();
        let order = format!("{}{}", minute.get(2..12).unwrap(), Uuid::new_v4().simple());
        let nonce = Uuid::new_v4().simple().to_string();
        let body = format!(
            r#"{{"activity":"newInstance","businessId":"{}","orderId":"CS{order}","orderLineId":"CS{order}-000001"}}"#,
            Uuid::new_v4()
        );
        let query = UrlSignature::sign(&key, &nonce, &now.0.to_string(), body.as_bytes()).to_query();
        Prepared { body, query, nonce }
    };
    (0..count).map(one).collect()
}

/// How long each call took, whichever connection it was on.
pub async fn call_all(address: SocketAddr, prepared: Vec<Vec<Prepared>>) -> Vec<Duration> {
    let connections: Vec<_> = prepared.into_iter().map(|calls| tokio::spawn(call_in_turn(address, calls))).collect();
    let mut taken = Vec::new();
    for connection in connections {
        taken.extend(connection.await.unwrap());
    }
    taken
}

async fn call_in_turn(address: SocketAddr, calls: Vec<Prepared>) -> Vec<Duration> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.set_nodelay(true).unwrap();
    let mut taken = Vec::with_capacity(calls.len());
    let mut answer = Vec::with_capacity(2048);
    for Prepared { body, query, .. } in calls {
        let request = format!(
            "POST /produce?{query} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\n\r\n{body}",
            body.len()
        );
        let begun = Instant::now();
        stream.write_all(request.as_bytes()).await.unwrap();
        answer.clear();
        while !is_whole(&answer) {
            assert!(stream.read_buf(&mut answer).await.unwrap() > 0, "the server hung up");
        }
        taken.push(begun.elapsed());
        let text = String::from_utf8_lossy(&answer);
        assert!(text.contains(r#""resultCode":"000000""#), "{text}");
    }
    taken
}

/// Head and as many bytes behind it as it says.
fn is_whole(answer: &[u8]) -> bool {
    let Some(end) = answer.windows(4).position(|window| window == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
    let length =
        head.split("content-length:").nth(1).and_then(|rest| rest.lines().next()?.trim().parse::<usize>().ok());
    length.is_some_and(|length| answer.len() >= end + 4 + length)
}
