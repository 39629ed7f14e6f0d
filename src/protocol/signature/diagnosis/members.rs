//! The same body with one member more or less, as it was where somebody between the caller's signature and the call adds or
//! drops members. Of a member that is lost, the value has to be guessed: those are tried that have few values, or one that
//! the other members tell.

use serde_json::{Map, Value};

use crate::protocol::signature::url::sorted_compact;

/// So many members are left out one by one.
const MAX_LEFT_OUT: usize = 32;
/// Bytes of bodies that are made, at most, for each of both kinds.
const BUDGET: usize = 128 * 1024;

/// Members that proxies and readers of JSON drop when they are null or empty.
const OFTEN_EMPTY: &[&str] = &[
    "testFlag",
    "trialFlag",
    "productId",
    "orderId",
    "orderLineId",
    "instanceId",
    "expireTime",
    "deviceFingerprint",
    "productInfo",
    "tenantCode",
    "domainName",
    "parentCode",
    "extension",
];
/// Those with few values, texts or numbers.
const OF_FEW_VALUES: &[(&str, &[&str])] = &[
    ("testFlag", &["1", "0"]),
    ("trialFlag", &["1", "0"]),
    ("flag", &["0", "1", "2", "3"]),
    ("scene", &["RENEWAL", "TRIAL_TO_FORMAL", "UNSUBSCRIBE_RENEWAL_PERIOD", "RENEWAL_CHANGE"]),
    ("status", &["FREEZE", "UNFREEZE"]),
    (
        "activity",
        &[
            "newInstance",
            "queryInstance",
            "refreshInstance",
            "updateInstanceStatus",
            "upgradeInstance",
            "releaseInstance",
            "changeInstanceCheck",
            "orderNotify",
            "getLicenseAsync",
            "refreshLicenseCode",
            "updateLicenseCodeStatus",
            "releaseLicenseCode",
        ],
    ),
];

/// Each with the name of the member that it lacks.
pub(super) fn without_each(body: &[u8]) -> Vec<(String, Vec<u8>)> {
    let Ok(members) = serde_json::from_slice::<Map<String, Value>>(body) else { return Vec::new() };
    let names = members.keys().take(MAX_LEFT_OUT.min(affordable(body)));
    let without = |name: &String| {
        let mut others = members.clone();
        others.shift_remove(name);
        both_orders(&others).map(|bytes| (name.clone(), bytes)).collect::<Vec<_>>()
    };
    other_than(body, names.flat_map(without))
}

/// Each with the name of the member that it has more.
pub(super) fn with_each_lost(body: &[u8]) -> Vec<(String, Vec<u8>)> {
    let Ok(members) = serde_json::from_slice::<Map<String, Value>>(body) else { return Vec::new() };
    let empty = OFTEN_EMPTY.iter().flat_map(|name| [(*name, Value::from("")), (*name, Value::Null)]);
    let few = OF_FEW_VALUES.iter().flat_map(|(name, values)| values.iter().flat_map(|value| written(name, value)));
    let lost = told_by_others(&members).into_iter().chain(few).chain(empty);
    let lost = lost.filter(|(name, _)| !members.contains_key(*name)).take(affordable(body));
    let with = |(name, value): (&str, Value)| {
        let mut more = members.clone();
        more.insert(name.to_owned(), value.clone());
        let behind = both_orders(&more).collect::<Vec<_>>();
        let mut before = Map::from_iter([(name.to_owned(), value)]);
        before.extend(members.clone());
        let before = Value::Object(before).to_string().into_bytes();
        behind.into_iter().chain([before]).map(|bytes| (name.to_owned(), bytes)).collect::<Vec<_>>()
    };
    other_than(body, lost.flat_map(with))
}

/// What is null makes no difference to the second form of a body that is right too.
fn other_than(body: &[u8], made: impl Iterator<Item = (String, Vec<u8>)>) -> Vec<(String, Vec<u8>)> {
    let sorted = sorted_compact(body);
    made.filter(|(_, bytes)| bytes != body && Some(bytes) != sorted.as_ref()).collect()
}

fn affordable(body: &[u8]) -> usize {
    BUDGET / body.len().max(1)
}

/// In the order in which they came, and as the marketplace's own sample writes them.
fn both_orders(members: &Map<String, Value>) -> impl Iterator<Item = Vec<u8>> + use<> {
    let as_it_came = serde_json::to_vec(members).unwrap_or_default();
    let sorted = sorted_compact(&as_it_came).filter(|sorted| *sorted != as_it_came);
    [as_it_came].into_iter().chain(sorted)
}

/// Digits are written as a text and as a number.
fn written(name: &'static str, value: &'static str) -> impl Iterator<Item = (&'static str, Value)> {
    let number = value.parse::<i64>().ok().map(|number| (name, Value::from(number)));
    [(name, Value::from(value))].into_iter().chain(number)
}

/// An order line is mostly named after its order.
fn told_by_others(members: &Map<String, Value>) -> Vec<(&'static str, Value)> {
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    let order = text("orderLineId").and_then(|line| line.rsplit_once('-'));
    let order = order.map(|(order, _)| ("orderId", Value::from(order)));
    let line = text("orderId").map(|order| ("orderLineId", Value::from(format!("{order}-000001"))));
    order.into_iter().chain(line).collect()
}
