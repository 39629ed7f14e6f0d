//! The gateway in front of the APIs: bounds, path, authentication, and then the interface that was asked. Everything that
//! arrives is written down.

use std::{
    net::SocketAddr,
    sync::{
        Arc, Mutex, OnceLock, Weak,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{
    body::{Body, Bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, HeaderValue, header::CONTENT_TYPE, request},
    response::Response,
};
use uuid::Uuid;

use super::{
    answer::{ApiAnswer, store},
    api::{Api, Found},
    condition::Condition,
    connection::Resets,
    door::Door,
    faults::FaultRule,
    heartbeat, licenses,
    log::{Log, ReceivedRequest, RequestVerdict},
    orders, push_signature,
    setup::{Holder, OpenApiSetup},
    signature::{Authorization, Parts},
    software_usage,
    spoil::{self, Head},
    upload, usage_push,
};
use crate::{
    protocol::{KeyClass, UnixMillis},
    simulator::delivery::{Shared, lock},
};

const MAX_BODY: usize = 12 * 1024 * 1024;
/// What is read of a longer one before it is refused; a caller that is cut off while it sends reads no answer.
const READ_ANYWAY: usize = 64 * 1024 * 1024;
const MAX_URI: usize = 32 * 1024;
const MINUTE_MILLIS: i64 = 60_000;
const NO_SUCH_API: &str = "The API does not exist or has not been published in the environment.";

pub(super) struct Gateway {
    shared: Arc<Shared>,
    /// Whose orders can be asked about too.
    others: Vec<Arc<Shared>>,
    setup: OpenApiSetup,
    lock_out: AtomicBool,
    /// When the minute of the last order query began, and how many it has seen.
    order_queries: Mutex<(UnixMillis, u32)>,
    resets: Resets,
    door: OnceLock<Weak<Door>>,
    pub(super) log: Log,
}

/// A request as it arrived.
struct Received {
    head: request::Parts,
    body: Bytes,
    too_large: bool,
    now: UnixMillis,
    business_now: UnixMillis,
}

impl Received {
    fn parts(&self) -> Parts<'_> {
        Parts {
            method: self.head.method.as_str(),
            path: self.head.uri.path(),
            query: self.head.uri.query().unwrap_or_default(),
            headers: &self.head.headers,
            body: &self.body,
        }
    }
}

pub(super) async fn receive(
    State(gateway): State<Arc<Gateway>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    // What is signed is measured by the real clock, what is done by the marketplace's.
    let (now, business_now) = (gateway.shared.clock.now(), gateway.shared.timeline.now());
    // Where it cannot be read to its end, it is far too long, or the caller is gone and hears nothing anyway.
    let body = axum::body::to_bytes(Body::new(body), READ_ANYWAY).await.ok();
    let too_large = body.as_ref().is_none_or(|body| body.len() > MAX_BODY);
    let received = Received { head, body: body.unwrap_or_default(), too_large, now, business_now };
    let found = Api::find(received.head.method.as_str(), received.head.uri.path());
    let rule = match &found {
        Found::Api { api, .. } => gateway.condition().faults.draw(*api).map(|rule| (*api, rule)),
        Found::OtherMethod(_) | Found::Nothing => None,
    };
    let (answer, handled) = match &rule {
        Some((api, rule)) if !rule.is_done() => {
            let nothing = || ApiAnswer::of(*api, 0, "", "nothing was done");
            (spoil::instead(*api, &rule.fault).unwrap_or_else(nothing), None)
        }
        Some((api, rule)) => {
            let handled = gateway.handle(&found, &received).await;
            (spoil::instead(*api, &rule.fault).unwrap_or_else(|| handled.clone()), Some(handled))
        }
        None => {
            let handled = gateway.handle(&found, &received).await;
            (handled.clone(), Some(handled))
        }
    };
    let rule = rule.map(|(_, rule)| rule);
    gateway.write_down(&received, &found, handled.as_ref().unwrap_or(&answer), rule.as_ref());
    let head = Head { request_id: Uuid::new_v4().simple().to_string(), now };
    spoil::respond(&answer, rule.as_ref().map(|rule| &rule.fault), &head, peer, &gateway.resets).await
}

impl Gateway {
    pub(super) fn new(shared: Arc<Shared>, others: Vec<Arc<Shared>>, setup: OpenApiSetup, resets: Resets) -> Self {
        Self {
            lock_out: setup.lock_out.into(),
            shared,
            others,
            setup,
            order_queries: Mutex::default(),
            resets,
            door: OnceLock::new(),
            log: Log::default(),
        }
    }

    /// The marketplace's, so that it is kept with it.
    pub(super) fn condition(&self) -> &Condition {
        &self.shared.open_apis
    }

    /// By the real clock.
    pub(super) fn now(&self) -> UnixMillis {
        self.shared.clock.now()
    }

    pub(super) fn is_behind(&self, door: &Arc<Door>) {
        // Weak, for the door leads here.
        drop(self.door.set(Arc::downgrade(door)));
    }

    /// `None` before it is opened, and after it is gone.
    pub(super) fn door(&self) -> Option<Arc<Door>> {
        self.door.get().and_then(Weak::upgrade)
    }

    pub(super) fn set_lock_out(&self, on: bool) {
        self.lock_out.store(on, Ordering::Relaxed);
    }

    async fn handle(&self, found: &Found, received: &Received) -> ApiAnswer {
        self.enter(found, received).await.unwrap_or_else(|refused| refused)
    }

    async fn enter(&self, found: &Found, received: &Received) -> Result<ApiAnswer, ApiAnswer> {
        if received.head.uri.to_string().len() > MAX_URI {
            return Err(ApiAnswer::gateway(414, "0201", "Request URI too large"));
        }
        let stage = received.head.headers.get("x-stage").map(HeaderValue::as_bytes);
        if stage.is_some_and(|stage| stage != b"RELEASE") {
            return Err(ApiAnswer::gateway(404, "0101", NO_SUCH_API));
        }
        if received.too_large {
            return Err(ApiAnswer::gateway(413, "0201", "Request entity too large"));
        }
        match found {
            Found::Nothing => Err(ApiAnswer::gateway(404, "0101", NO_SUCH_API)),
            Found::OtherMethod(api) if api.is_license() => {
                self.caller(*api, received)?;
                Err(ApiAnswer::of(*api, 405, "95000002", "Request method not supported"))
            }
            Found::OtherMethod(_) => Err(ApiAnswer::gateway(404, "0101", "The API does not exist.")),
            Found::Api { api, event_id } => {
                let holder = self.caller(*api, received)?;
                self.serve(*api, event_id.as_deref(), holder, received).await
            }
        }
    }

    fn caller(&self, api: Api, received: &Received) -> Result<Holder, ApiAnswer> {
        if api == Api::UsagePush {
            let key = self.shared.keys.get(&KeyClass::Base);
            let signed = key.is_some_and(|key| push_signature::is_signed(key, &received.head.headers, &received.body));
            let refused = || ApiAnswer::of(api, 401, "94060002", "Signature verification failed");
            return if signed { Ok(Holder::Seller) } else { Err(refused()) };
        }
        let lock_out = self.lock_out.load(Ordering::Relaxed);
        self.condition().access.check(&self.setup, lock_out, &received.parts(), received.now)
    }

    async fn serve(
        &self,
        api: Api,
        event_id: Option<&str>,
        holder: Holder,
        received: &Received,
    ) -> Result<ApiAnswer, ApiAnswer> {
        let (now, body) = (received.business_now, &received.body);
        if api.is_license() {
            if holder == Holder::Buyer {
                return Err(ApiAnswer::of(api, 403, "92020001", "Unauthorized"));
            }
            if !is_json(&received.head.headers) {
                return Err(ApiAnswer::of(api, 415, "95000003", "Content type not supported"));
            }
        }
        let asking = licenses::Asking { api, holder, now };
        let ledger = || lock(&self.shared.ledger);
        match api {
            Api::OrderQuery => {
                self.count_order_query(received.now)?;
                let query = received.parts().query;
                let theirs = self.others.iter().find(|other| orders::knows(&lock(&other.ledger), query));
                Ok(orders::query(&lock(&theirs.unwrap_or(&self.shared).ledger), holder, query))
            }
            Api::ActivateV1 | Api::ActivateV2 => {
                let activated = match api {
                    Api::ActivateV1 => licenses::activate_one(&mut ledger(), asking, body),
                    _ => licenses::activate_many(&mut ledger(), asking, body),
                };
                self.shared.plan_license_expiries();
                activated
            }
            Api::HeartbeatV1 => heartbeat::query_one(&mut ledger(), asking, body),
            Api::HeartbeatV2 => heartbeat::query_many(&mut ledger(), asking, body),
            Api::SoftwareUsage => software_usage::report(&mut ledger(), asking, body),
            Api::UsagePush => {
                let taken = usage_push::push_new(&mut ledger(), now, body, self.setup.names_abnormal_records);
                self.shared.run_bill_job();
                taken
            }
            Api::UsagePushOld => {
                let taken = usage_push::push_old(&mut ledger(), holder, now, body);
                self.shared.run_bill_job();
                taken
            }
            Api::Upload => {
                let license = upload::read(&received.head.headers, body.clone()).await?;
                Ok(upload::deliver(&mut ledger(), holder, event_id.unwrap_or_default(), license))
            }
        }
    }

    fn count_order_query(&self, now: UnixMillis) -> Result<(), ApiAnswer> {
        let Some(limit) = self.setup.order_queries_per_minute else { return Ok(()) };
        let mut queries = lock(&self.order_queries);
        let (begun, seen) = &mut *queries;
        if now.millis_since(*begun) >= MINUTE_MILLIS {
            (*begun, *seen) = (now, 0);
        }
        *seen += 1;
        if *seen > limit { Err(store::too_often(Api::OrderQuery)) } else { Ok(()) }
    }

    fn write_down(&self, received: &Received, found: &Found, answer: &ApiAnswer, rule: Option<&FaultRule>) {
        let parts = received.parts();
        let authorization = received.head.headers.get("authorization").and_then(|value| value.to_str().ok());
        self.log.add(ReceivedRequest {
            at: received.now,
            method: parts.method.to_owned(),
            path: parts.path.to_owned(),
            query: parts.query.to_owned(),
            body: String::from_utf8_lossy(parts.body).into_owned(),
            api: match found {
                Found::Api { api, .. } | Found::OtherMethod(api) => Some(*api),
                Found::Nothing => None,
            },
            access: authorization.and_then(Authorization::parse).map(|authorization| authorization.access.to_owned()),
            verdict: RequestVerdict {
                status: answer.status,
                code: answer.code.clone(),
                message: answer.message.clone(),
            },
            fault: rule.map(|rule| rule.fault.clone()),
        });
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let media_type = content_type.split([';', ' ']).next().unwrap_or_default();
    media_type.eq_ignore_ascii_case("application/json")
}
