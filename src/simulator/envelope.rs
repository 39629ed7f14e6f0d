//! One call of the marketplace as it is put together and sent, distorted where a fault is ordered.

use std::{io::Write as _, net::SocketAddr, time::Duration};

use reqwest::Client;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio::{io::AsyncWriteExt as _, net::TcpStream};

use super::{
    body,
    call::{self, Exchange, NoReply},
    call_faults::CallFault,
    delivery::{Shared, lock},
    ids,
    query::{self, Params},
    setup::Generation,
};
use crate::protocol::{
    Secret,
    callback::{
        Activity, KitVersion,
        kit::{Interface, sub_path},
    },
    signature::{
        auth_token::{self, AUTH_TOKEN, TIME_STAMP},
        kit_header::KitHeaders,
        url::UrlSignature,
    },
};

const STALE_MILLIS: i64 = 10 * 60_000;
const UNKNOWN: &str = "somethingNew";
/// Characters of a time without its milliseconds.
const SECONDS: usize = "yyyyMMddHHmmss".len();

/// A request that is ready to be sent.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Envelope {
    target: String,
    query: String,
    /// Of the kit, whose signature stands there.
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Envelope {
    async fn send(&self, client: &Client) -> Exchange {
        let headers: Vec<(&str, &str)> =
            self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        call::raw(client, &self.target, &self.query, &headers, &self.body).await
    }

    fn url(&self) -> String {
        if self.query.is_empty() { self.target.clone() } else { format!("{}?{}", self.target, self.query) }
    }
}

/// How a call differs from a right one.
#[derive(Clone, Copy, Default)]
struct Distortion {
    wrong_key: bool,
    seconds: bool,
    off_by: i64,
    shuffled: bool,
    unknown_field: bool,
    unknown_activity: bool,
}

impl Distortion {
    fn of(fault: Option<&CallFault>) -> Self {
        let right = Self::default();
        match fault {
            Some(CallFault::WrongKey) => Self { wrong_key: true, ..right },
            Some(CallFault::Seconds) => Self { seconds: true, ..right },
            Some(CallFault::Stale) => Self { off_by: -STALE_MILLIS, ..right },
            Some(CallFault::ClockSkew { millis }) => Self { off_by: *millis, ..right },
            Some(CallFault::Shuffled) => Self { shuffled: true, ..right },
            Some(CallFault::UnknownField) => Self { unknown_field: true, ..right },
            _ => right,
        }
    }

    fn strange() -> Self {
        Self { unknown_activity: true, ..Self::default() }
    }
}

impl Shared {
    /// Makes the call, and whatever goes wrong with it. `None` without a key, or where the generation has no words.
    pub(super) async fn call(&self, activity: &Activity, test: bool) -> Option<Exchange> {
        let nothing = Activity::QueryInstance { instance_ids: vec![] };
        let write = |distortion: Distortion| match distortion.unknown_activity {
            true => self.envelope(&nothing, false, distortion),
            false => self.envelope(activity, test, distortion),
        };
        self.call_as_ordered(activity.name(), write).await
    }

    /// A call of the kit with that body, and whatever goes wrong with it. `None` without a key.
    pub(super) async fn call_kit(&self, interface: Interface, body: &Map<String, Value>) -> Option<Exchange> {
        self.call_as_ordered(interface.name(), |distortion| self.kit_envelope(interface, body, distortion)).await
    }

    /// `write` puts the call together, each time with a signature of its own.
    async fn call_as_ordered(&self, name: &str, write: impl Fn(Distortion) -> Option<Envelope>) -> Option<Exchange> {
        let fault = self.call_faults.draw(name);
        let distortion = Distortion::of(fault.as_ref());
        let envelope = write(distortion)?;
        let late = std::mem::take(&mut *lock(&self.held_up));
        let exchange = match fault {
            None => envelope.send(&self.client).await,
            Some(fault) => self.go_wrong(fault, envelope, distortion, &write).await,
        };
        for late in late {
            late.send(&self.client).await;
        }
        Some(exchange)
    }

    async fn go_wrong(
        &self,
        fault: CallFault,
        envelope: Envelope,
        distortion: Distortion,
        write: impl Fn(Distortion) -> Option<Envelope>,
    ) -> Exchange {
        let again = || write(distortion);
        match fault {
            CallFault::Slow { millis } => {
                tokio::time::sleep(Duration::from_millis(millis)).await;
                envelope.send(&self.client).await
            }
            CallFault::HangUp { millis } => {
                let patience = Duration::from_millis(millis);
                let answered = tokio::time::timeout(patience, envelope.send(&self.client)).await;
                unanswered(&envelope, answered.ok(), NoReply::Timeout(millis))
            }
            CallFault::LostAnswer => {
                let answered = envelope.send(&self.client).await;
                unanswered(&envelope, Some(answered), timed_out(self.timeout))
            }
            CallFault::Reset => {
                // Where it cannot even be sent, nothing was lost by it.
                let why = reset(&envelope).await.err().unwrap_or_else(|| "connection reset".to_owned());
                unanswered(&envelope, None, NoReply::Unreachable(why))
            }
            CallFault::HalfAnswer => {
                let mut answered = envelope.send(&self.client).await;
                if let Ok(reply) = &mut answered.reply {
                    reply.body.truncate(reply.body.len() / 2);
                }
                answered
            }
            CallFault::Duplicate => {
                let first = envelope.send(&self.client).await;
                match again() {
                    Some(again) => again.send(&self.client).await,
                    None => first,
                }
            }
            CallFault::Concurrent { calls } => {
                let mut sending = tokio::task::JoinSet::new();
                for envelope in (1..calls).filter_map(|_| again()) {
                    let client = self.client.clone();
                    sending.spawn(async move { envelope.send(&client).await });
                }
                let first = envelope.send(&self.client).await;
                sending.join_all().await;
                first
            }
            CallFault::Reordered => {
                let lost = unanswered(&envelope, None, timed_out(self.timeout));
                lock(&self.held_up).push(envelope);
                lost
            }
            CallFault::Replayed => {
                let first = envelope.send(&self.client).await;
                envelope.send(&self.client).await;
                first
            }
            CallFault::UnknownActivity => {
                if let Some(strange) = write(Distortion::strange()) {
                    strange.send(&self.client).await;
                }
                envelope.send(&self.client).await
            }
            CallFault::WrongKey
            | CallFault::Seconds
            | CallFault::Stale
            | CallFault::ClockSkew { .. }
            | CallFault::Shuffled
            | CallFault::UnknownField => envelope.send(&self.client).await,
        }
    }

    fn envelope(&self, activity: &Activity, test: bool, distortion: Distortion) -> Option<Envelope> {
        let wrong = Secret::new("nobody's key");
        let right = self.keys.get(&self.key_class(activity))?;
        let key = if distortion.wrong_key { &wrong } else { right };
        let target = lock(&self.target).clone();
        let now = self.clock.now().plus_millis(distortion.off_by);
        Some(match self.generation {
            Generation::V1 => {
                let mut params = query::encode(activity, lock(&self.ledger).known(activity), test)?;
                let time = if distortion.seconds { now.to_compact_utc() } else { now.to_compact_utc_millis() };
                params.push((TIME_STAMP, time.into()));
                distort(&mut params, distortion);
                // Fails only without a time.
                let query = auth_token::sign_query(key, &params).unwrap_or_default();
                Envelope { target, query, headers: vec![], body: vec![] }
            }
            Generation::V2 => {
                let body = body::encode(activity, test);
                let (signed, sent) = distorted(body, distortion);
                let time = if distortion.seconds { now.0 / 1000 } else { now.0 };
                let signature = UrlSignature::sign(key, &ids::nonce(), &time.to_string(), signed.as_bytes());
                Envelope { target, query: signature.to_query(), headers: vec![], body: sent.into_bytes() }
            }
        })
    }
}

impl Shared {
    /// What no page of the kit knows is an interface, because it has no word for what is done.
    fn kit_envelope(
        &self,
        interface: Interface,
        body: &Map<String, Value>,
        distortion: Distortion,
    ) -> Option<Envelope> {
        let wrong = Secret::new("nobody's key");
        let right = self.keys.get(&self.kit_key_class())?;
        let key = if distortion.wrong_key { &wrong } else { right };
        let path = sub_path(self.kit_version(), interface);
        let path = if distortion.unknown_activity { path.replace(interface.name(), UNKNOWN) } else { path };
        let target = format!("{}{path}", lock(&self.target));
        let mut body = body.clone();
        if let (KitVersion::V1, true, Some(Value::String(time))) =
            (self.kit_version(), distortion.seconds, body.get_mut(TIME_STAMP))
        {
            time.truncate(SECONDS);
        }
        let body = Value::Object(body).to_string();
        let (signed, sent) = distorted(body, Distortion { unknown_activity: false, ..distortion });
        let headers = match self.kit_version() {
            // Its time is the body's. Signing fails only without one.
            KitVersion::V1 => {
                let token = auth_token::sign_kit(key, signed.as_bytes()).unwrap_or_default();
                vec![(AUTH_TOKEN.to_owned(), token)]
            }
            KitVersion::V2 => {
                let now = self.clock.now().plus_millis(distortion.off_by);
                let time = if distortion.seconds { now.0 / 1000 } else { now.0 };
                let signature = KitHeaders::sign(key, &ids::nonce(), &time.to_string(), signed.as_bytes());
                signature.to_headers().iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
            }
        };
        Some(Envelope { target, query: String::new(), headers, body: sent.into_bytes() })
    }
}

fn distort(params: &mut Params, distortion: Distortion) {
    if distortion.unknown_field {
        params.push((UNKNOWN, "1".into()));
    }
    if distortion.unknown_activity {
        params.iter_mut().filter(|(name, _)| *name == "activity").for_each(|(_, value)| *value = UNKNOWN.into());
    }
    if distortion.shuffled {
        params.reverse();
    }
}

/// What is signed, which is sorted, and what is sent.
fn distorted(body: String, distortion: Distortion) -> (String, String) {
    if !(distortion.unknown_field || distortion.unknown_activity || distortion.shuffled) {
        return (body.clone(), body);
    }
    let mut members: Map<String, Value> = serde_json::from_str(&body).unwrap_or_default();
    if distortion.unknown_field {
        members.insert(UNKNOWN.to_owned(), Value::from("1"));
    }
    if distortion.unknown_activity {
        members.insert("activity".to_owned(), Value::from(UNKNOWN));
    }
    members.sort_keys();
    let signed = Value::Object(members.clone()).to_string();
    if !distortion.shuffled {
        return (signed.clone(), signed);
    }
    let sent = Value::Object(members.into_iter().rev().collect()).to_string();
    (signed, sent)
}

fn unanswered(envelope: &Envelope, answered: Option<Exchange>, why: NoReply) -> Exchange {
    let nothing = || Exchange {
        url: envelope.url(),
        body: envelope.body.clone(),
        reply: Err(why.clone()),
        duration: Duration::ZERO,
    };
    Exchange { reply: Err(why.clone()), ..answered.unwrap_or_else(nothing) }
}

/// Sends the whole request over a connection of its own and resets it.
async fn reset(envelope: &Envelope) -> Result<(), String> {
    let text = |error: &dyn std::error::Error| error.to_string();
    let url = url::Url::parse(&envelope.url()).map_err(|error| text(&error))?;
    let addresses: Vec<SocketAddr> = url.socket_addrs(|| None).map_err(|error| text(&error))?;
    let mut stream = TcpStream::connect(addresses.as_slice()).await.map_err(|error| text(&error))?;
    let mut request = Vec::new();
    let method = if envelope.body.is_empty() { "GET" } else { "POST" };
    let path = &url[url::Position::BeforePath..url::Position::AfterQuery];
    write!(
        request,
        "{method} {path} HTTP/1.1\r\nhost: {}\r\ncontent-type: application/json;charset=utf8\r\ncontent-length: {}\r\n",
        url.authority(),
        envelope.body.len(),
    )
    .map_err(|error| text(&error))?;
    for (name, value) in &envelope.headers {
        write!(request, "{name}: {value}\r\n").map_err(|error| text(&error))?;
    }
    request.extend_from_slice(b"\r\n");
    request.extend_from_slice(&envelope.body);
    stream.write_all(&request).await.map_err(|error| text(&error))?;
    stream.set_zero_linger().map_err(|error| text(&error))
}

fn timed_out(after: Duration) -> NoReply {
    NoReply::Timeout(u64::try_from(after.as_millis()).unwrap_or(u64::MAX))
}
