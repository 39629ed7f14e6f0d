//! Small sellers that do everything right but one thing: what a conformance run has to catch, and whom a scenario can put in
//! the real seller's place. Know the wire alone.

mod early;
mod serving;

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    sync::{Arc, Mutex},
};

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderName, Method, StatusCode, Uri, header},
    response::{IntoResponse as _, Response},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::{sync::Barrier, task::JoinHandle};

use super::{Clock, delivery::lock, ids};
use crate::protocol::{
    KeyClass, Secret,
    callback::{Activity, Delivers, KitSync, KitVersion, StatusChange, SyncChange, Wire, kit, v2},
    credential::{self, EncryptType, Iv},
    id::{InstanceId, OrderLine},
    signature::{auth_token, body_sign, kit_header::KitHeaders, url::UrlSignature},
};

/// In which one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wrong {
    Nothing,
    SignatureUnchecked,
    OtherCodeForSignature,
    StaleTaken,
    NewIdOnRetry,
    NewIdForConcurrent,
    OneIdForAll,
    LongId,
    #[serde(rename = "status-500")]
    Status500,
    NumberCode,
    NoCode,
    ContentType,
    NeverAnswers,
    BodySign,
    NoBodySign,
    PlainCredentials,
    UnknownTaken,
    UnknownTold,
    UnknownActivityTaken,
    MissingTaken,
    MalformedTaken,
    LongFrontEndUrl,
    NoFrontEndUrl,
    NeverProvisions,
    NoBatch,
    ReleasedOnce,
    DeletionNeedsExistence,
    /// Whatever is signed right is answered 000005.
    RefusesAll,
    /// The same of whatever is no purchase.
    RefusesChanges,
    /// Whatever comes is answered 000000 with all that an answer may have.
    TakesAll,
    /// What came before is answered 000005.
    RefusesRepeated,
    /// What comes while the same is worked on is answered 000005.
    RefusesConcurrent,
    /// Says AES128 and encrypts with AES256.
    EncryptType,
    /// Calls of V1 with a mobilePhone.
    PrivateValuesRefused,
    LongIdsRefused,
    CheckRefused,
    ManyUsersRefused,
    OtherFormRefused,
    NoStatisticalTime,
    LowerCaseRefused,
    ShuffledRefused,
    NeedsFingerprint,
    LongFingerprintRefused,
    UnknownMembersRefused,
    Slow,
    /// Writes its headers in small letters.
    HeaderCase,
    /// Takes a call that is signed with any of its keys.
    KeyOfOtherClassTaken,
    /// Shows a certificate that nobody but itself has signed.
    Certificate,
}

/// Calls of one order that have come and wait for each other.
const CONCURRENT: usize = 8;

struct Shop {
    wrong: Wrong,
    keys: BTreeMap<KeyClass, Secret>,
    books: Mutex<Books>,
    crowd: Barrier,
}

#[derive(Default)]
struct Books {
    sold: BTreeMap<String, InstanceId>,
    known: BTreeSet<InstanceId>,
    released: BTreeSet<InstanceId>,
    purchases: usize,
    /// What was done, without what differs in each call, and how often.
    seen: BTreeMap<String, usize>,
}

pub struct WrongSeller {
    pub url: String,
    server: JoinHandle<()>,
}

impl Drop for WrongSeller {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl WrongSeller {
    /// To be used inside a tokio runtime.
    pub fn open(wrong: Wrong, keys: BTreeMap<KeyClass, Secret>) -> io::Result<Self> {
        let shop = Arc::new(Shop { wrong, keys, books: Mutex::default(), crowd: Barrier::new(CONCURRENT) });
        let (base, server) = serving::serve(shop)?;
        Ok(Self { url: format!("{base}/produce"), server })
    }
}

async fn answer(
    State(shop): State<Arc<Shop>>,
    method: Method,
    uri: Uri,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let query = query.unwrap_or_default();
    let interface = kit::split_path(uri.path());
    // Who has no key for it takes nothing for signed.
    let key = shop.key(interface.map(|(_, version, _)| version), method == Method::GET, &body);
    let signed_with = |key: &Secret| match interface {
        Some((_, KitVersion::V1, _)) => {
            let token = headers.get("authToken").and_then(|value| value.to_str().ok());
            auth_token::verify_kit(key, token, &body).map(drop).map_err(|_refusal| "000001")
        }
        Some(_) => kit_signed(key, &headers, &body),
        None if method == Method::GET => auth_token::verify_query(key, &query).map(drop).map_err(|_refusal| "000001"),
        None => url_signed(&shop, key, &query, &body),
    };
    let signed = match signed_with(&key) {
        Err(_)
            if shop.wrong == Wrong::KeyOfOtherClassTaken && shop.keys.values().any(|key| signed_with(key).is_ok()) =>
        {
            Ok(())
        }
        signed => signed,
    };
    let said = match signed {
        Err(_) if matches!(shop.wrong, Wrong::SignatureUnchecked | Wrong::TakesAll) => Ok(()),
        Err("000001") if shop.wrong == Wrong::OtherCodeForSignature => Err("000005"),
        signed => signed,
    };
    let asked = early::Asked { kit: interface.map(|(_, version, _)| version), query: &query, body: &body };
    let early = said.ok().and_then(|()| early::answer(&shop, &asked));
    let answer = match (said, interface) {
        (Err(code), _) => code_of(code),
        _ if early.is_some() => early.unwrap_or_default(),
        (Ok(()), Some((_, version, interface))) => match kit::parse(version, interface, &body) {
            Ok(call) => synced(&shop, &call.activity),
            Err(_) => not_understood(shop.wrong, &body),
        },
        (Ok(()), None) => {
            let wire = if method == Method::GET { Wire::V1 } else { Wire::V2 };
            match wire.read("", &query, &body) {
                Ok(call) => shop.done(&call.activity, wire, &key).await,
                Err(_) => not_understood(shop.wrong, &body),
            }
        }
    };
    respond(shop.wrong, &key, &answer)
}

fn code_of(code: &str) -> Value {
    json!({ "resultCode": code, "resultMsg": "as it is" })
}

/// To what lacks something, or is nothing at all. V1 has no body.
fn not_understood(wrong: Wrong, body: &[u8]) -> Value {
    let lacks_something = body.is_empty() || serde_json::from_slice::<Value>(body).is_ok();
    let taken = wrong == Wrong::MalformedTaken || (wrong == Wrong::MissingTaken && lacks_something);
    code_of(if taken { "000000" } else { "000002" })
}

fn url_signed(shop: &Shop, key: &Secret, query: &str, body: &[u8]) -> Result<(), &'static str> {
    let signature = UrlSignature::from_query(query).map_err(|_missing| "000001")?;
    if shop.wrong != Wrong::StaleTaken && signature.check_freshness(Clock::system().now()).is_err() {
        return Err("000002");
    }
    signature.verify(key, body).map(drop).map_err(|_mismatch| "000001")
}

fn kit_signed(key: &Secret, headers: &HeaderMap, body: &[u8]) -> Result<(), &'static str> {
    let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let signed = KitHeaders::from_headers(header).map_err(|_missing| "000001")?;
    signed.check_freshness(Clock::system().now()).map_err(|_stale| "000002")?;
    signed.verify(key, body).map(drop).map_err(|_mismatch| "000001")
}

fn synced(shop: &Shop, activity: &Activity) -> Value {
    let Activity::Kit(sync) = activity else { return code_of("000005") };
    let KitSync { change, .. } = &**sync;
    let deletes = matches!(
        change,
        SyncChange::Tenant { flag: kit::Flag::Delete, .. }
            | SyncChange::Department { flag: kit::Flag::Delete, .. }
            | SyncChange::Users { flag: kit::Flag::Delete, .. }
            | SyncChange::Application { flag: kit::Flag::Delete, .. }
    );
    code_of(if deletes && shop.wrong == Wrong::DeletionNeedsExistence { "000003" } else { "000000" })
}

fn respond(wrong: Wrong, key: &Secret, answer: &Value) -> Response {
    let mut answer = answer.clone();
    match wrong {
        Wrong::NumberCode => answer["resultCode"] = json!(0),
        Wrong::NoCode => {
            if let Some(members) = answer.as_object_mut() {
                members.shift_remove("resultCode");
            }
        }
        _ => {}
    }
    let body = answer.to_string();
    let mut sign = body_sign::header(key, body.as_bytes());
    if wrong == Wrong::BodySign {
        sign = body_sign::header(key, b"another body");
    }
    let content_type = if wrong == Wrong::ContentType { "text/html" } else { "application/json" };
    let status = if wrong == Wrong::Status500 { StatusCode::INTERNAL_SERVER_ERROR } else { StatusCode::OK };
    let mut response = (status, [(header::CONTENT_TYPE, content_type)], body).into_response();
    if wrong != Wrong::NoBodySign {
        response.headers_mut().extend(sign.parse().ok().map(|sign| (HeaderName::from_static("body-sign"), sign)));
    }
    response
}

impl Shop {
    fn key(&self, kit: Option<KitVersion>, is_get: bool, body: &[u8]) -> Secret {
        let class = match kit {
            Some(KitVersion::V1) => KeyClass::V1,
            Some(KitVersion::V2) => KeyClass::Kit,
            None if is_get => KeyClass::V1,
            None => v2::key_class(body),
        };
        self.keys.get(&class).cloned().unwrap_or_else(|| Secret::new(ids::nonce()))
    }

    async fn done(&self, activity: &Activity, wire: Wire, key: &Secret) -> Value {
        let is_known = |id: &InstanceId| lock(&self.books).known.contains(id);
        match activity {
            Activity::NewInstance { order, business_id, delivers, .. } => {
                let business_id = InstanceId::new(business_id.as_str());
                let id = self.sold(order, business_id).await;
                let mut answer = code_of("000000");
                answer["instanceId"] = json!(id);
                if *delivers == Delivers::License {
                    answer["license"] = json!("the license itself");
                } else if wire == Wire::V1 {
                    if self.wrong == Wrong::EncryptType {
                        answer["encryptType"] = json!("2");
                    }
                    answer["appInfo"] = self.app_info(&id, Some(key));
                }
                answer
            }
            Activity::QueryInstance { instance_ids } => {
                let mut told: Vec<&InstanceId> =
                    instance_ids.iter().filter(|id| is_known(id) || self.wrong == Wrong::UnknownTold).collect();
                if told.is_empty() {
                    return code_of("000003");
                }
                if self.wrong == Wrong::NeverProvisions {
                    return code_of("000004");
                }
                if self.wrong == Wrong::NoBatch {
                    told.truncate(1);
                }
                let key = (wire == Wire::V1).then_some(key);
                let info = |id: &&InstanceId| {
                    let mut info = json!({ "instanceId": id, "appInfo": self.app_info(id, key) });
                    if self.wrong == Wrong::NoStatisticalTime {
                        info["usageInfo"] = json!([{ "usageValue": 1 }]);
                    }
                    info
                };
                let mut answer = code_of("000000");
                answer["info"] = told.iter().map(info).collect();
                answer
            }
            Activity::UpdateInstanceStatus { status: StatusChange::Unknown(_), .. } => code_of("000002"),
            Activity::UpgradeInstance { .. } if self.wrong == Wrong::NeverAnswers => std::future::pending().await,
            Activity::UpgradeInstance { .. } if self.wrong == Wrong::Slow => {
                tokio::time::sleep(std::time::Duration::from_millis(2_300)).await;
                code_of("000000")
            }
            Activity::GetLicenseAsync(application) => {
                code_of(if is_known(&application.instance_id) { "000004" } else { "000003" })
            }
            Activity::License { .. } | Activity::OrderNotify { .. } => code_of("000000"),
            Activity::RefreshInstance { instance_id, .. }
            | Activity::UpdateInstanceStatus { instance_id, .. }
            | Activity::UpgradeInstance { instance_id, .. }
            | Activity::ChangeInstanceCheck { instance_id, .. } => {
                let taken = is_known(instance_id) || self.wrong == Wrong::UnknownTaken;
                code_of(if taken { "000000" } else { "000003" })
            }
            Activity::ReleaseInstance { instance_id, .. } => {
                let first = lock(&self.books).released.insert(instance_id.clone());
                let taken = is_known(instance_id) && (first || self.wrong != Wrong::ReleasedOnce);
                code_of(if taken { "000000" } else { "000003" })
            }
            _ if self.wrong == Wrong::UnknownActivityTaken => code_of("000000"),
            _ => code_of("000002"),
        }
    }

    async fn sold(&self, order: &OrderLine, business_id: InstanceId) -> InstanceId {
        // The first order is bought twice, one after the other; those that follow come together.
        let purchases = {
            let mut books = lock(&self.books);
            books.purchases += 1;
            books.purchases
        };
        let is_concurrent = (3..3 + CONCURRENT).contains(&purchases);
        if is_concurrent && self.wrong == Wrong::NewIdForConcurrent {
            self.crowd.wait().await;
        }
        let id = match self.wrong {
            Wrong::OneIdForAll => InstanceId::new("the-only-one"),
            Wrong::LongId => InstanceId::new(format!("{}{}", order.order_id, "x".repeat(64))),
            _ => business_id,
        };
        let mut books = lock(&self.books);
        let forgets = self.wrong == Wrong::NewIdOnRetry || (self.wrong == Wrong::NewIdForConcurrent && is_concurrent);
        let name = format!("{} {}", order.order_id, order.order_line_id);
        let id = if forgets { id } else { books.sold.entry(name).or_insert(id).clone() };
        books.known.insert(id.clone());
        id
    }

    /// Encrypted for V1.
    fn app_info(&self, id: &InstanceId, key: Option<&Secret>) -> Value {
        let mut user_name = "admin".to_owned();
        if let Some(key) = key.filter(|_| self.wrong != Wrong::PlainCredentials) {
            let encrypted = |iv| credential::encrypt(key, EncryptType::Aes256, &iv, &user_name).ok();
            user_name = Iv::new("Z9y8X7w6V5u4T3s2").ok().and_then(encrypted).unwrap_or_default();
        }
        let path = if self.wrong == Wrong::LongFrontEndUrl { "x".repeat(512) } else { id.to_string() };
        let mut info = json!({ "userName": user_name });
        if self.wrong != Wrong::NoFrontEndUrl {
            info["frontEndUrl"] = json!(format!("https://app.example.com/{path}"));
        }
        info
    }
}
