//! What to try for the schemes of the access guide V2.0: the URL signature and the kit's headers.

use std::borrow::Cow;

use url::form_urlencoded;

use super::{
    Case, Group, Hypothesis, MAX_ANEW, Part, Scheme, Unreadable, bodies, clock,
    forms::Forms,
    members, missing,
    recipe::{Callback, Inner, Recipe},
};
use crate::protocol::{
    UnixMillis,
    signature::{
        kit_header::{X_NONCE, X_TIMESTAMP},
        url::{Refusal, UrlSignature, sorted_compact},
    },
};

pub(super) fn of_url<'a>(query: &'a str, body: &'a [u8], now: UnixMillis) -> Result<Case<'a>, Unreadable> {
    let UrlSignature { signature, timestamp, nonce } = UrlSignature::from_query(query).map_err(|refusal| {
        let misspelt = match refusal {
            Refusal::Missing(wanted) => of_other_case(query, wanted).map(|found| (wanted, found)),
            _ => None,
        };
        let found = |wanted: &str| {
            let mut pairs = form_urlencoded::parse(query.as_bytes());
            pairs.find(|(name, value)| name == wanted && !value.is_empty()).map(|(_, value)| value.into_owned())
        };
        let [nonce, timestamp] = ["nonce", "timestamp"].map(|name| found(name).unwrap_or_else(|| missing(name)));
        let canonical = recipe(plain(nonce, timestamp, body, Inner::LowerHex)).canonical();
        Unreadable { scheme: Scheme::Url, canonical, presented: found("signature").unwrap_or_default(), misspelt }
    })?;
    let plain = plain(nonce, timestamp, body, Inner::LowerHex);
    let mut groups = groups(&plain, now, Inner::Raw);
    groups.extend([
        Group::of_one(
            Hypothesis::InnerWithoutKey,
            [Callback { inner: Inner::WithoutKey, ..plain.clone() }].map(recipe),
        ),
        Group::of_one(Hypothesis::InnerUpperCase, [Callback { inner: Inner::UpperHex, ..plain.clone() }].map(recipe)),
    ]);
    Ok(case(Scheme::Url, signature, plain, groups, now))
}

pub(super) fn of_kit<'a>(
    [sign, timestamp, nonce]: [Option<&str>; 3],
    body: &'a [u8],
    now: UnixMillis,
) -> Result<Case<'a>, Unreadable> {
    let or_missing = |value: Option<&str>, name| value.map_or_else(|| missing(name), str::to_owned);
    let is_whole = sign.is_some() && timestamp.is_some() && nonce.is_some();
    let (nonce, timestamp) = (or_missing(nonce, X_NONCE), or_missing(timestamp, X_TIMESTAMP));
    let sign = sign.unwrap_or_default().to_owned();
    let plain = plain(nonce, timestamp, body, Inner::Raw);
    if !is_whole {
        let canonical = recipe(plain).canonical();
        return Err(Unreadable { scheme: Scheme::KitHeaders, canonical, presented: sign, misspelt: None });
    }
    let groups = groups(&plain, now, Inner::LowerHex);
    Ok(case(Scheme::KitHeaders, sign, plain, groups, now))
}

/// A parameter of that name in another letter case.
pub(super) fn of_other_case(query: &str, wanted: &str) -> Option<String> {
    let mut names = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name);
    names.find(|name| name != wanted && name.eq_ignore_ascii_case(wanted)).map(Cow::into_owned)
}

const fn plain(nonce: String, timestamp: String, body: &[u8], inner: Inner) -> Callback<'_> {
    Callback { with_key: true, nonce, timestamp, timestamp_first: false, payload: Cow::Borrowed(body), inner }
}

const fn recipe(callback: Callback<'_>) -> Recipe<'_> {
    Recipe::Callback(callback)
}

/// What both schemes try. `other` is how the other one takes the body.
fn groups<'a>(plain: &Callback<'a>, now: UnixMillis, other: Inner) -> Vec<Group<'a>> {
    let seconds = plain.timestamp.parse::<i64>().ok().map(|millis| (millis / 1_000).to_string());
    let in_seconds = seconds.map(|timestamp| recipe(Callback { timestamp, ..plain.clone() }));
    let seconds = Group {
        known: clock::is_seconds(&plain.timestamp, now),
        ..Group::of_one(Hypothesis::SecondsForMilliseconds, in_seconds)
    };
    let over = |bytes: Vec<u8>| recipe(Callback { payload: Cow::Owned(bytes), ..plain.clone() });
    let is_short = plain.payload.len() <= MAX_ANEW;
    let body = if is_short { bodies::written_anew(&plain.payload) } else { Vec::new() };
    let anew = body.into_iter().map(|(form, bytes)| (Hypothesis::BodyWrittenAnew { form: Some(form) }, over(bytes)));
    let added = if is_short { members::without_each(&plain.payload) } else { Vec::new() };
    let added = added.into_iter().map(|(name, bytes)| (Hypothesis::MemberAdded { name: Some(name) }, over(bytes)));
    let lost = if is_short { members::with_each_lost(&plain.payload) } else { Vec::new() };
    let lost = lost.into_iter().map(|(name, bytes)| (Hypothesis::MemberLost { name: Some(name) }, over(bytes)));
    let left_out = [
        (Part::AccessKey, Callback { with_key: false, ..plain.clone() }),
        (Part::Nonce, Callback { nonce: String::new(), ..plain.clone() }),
        (Part::Timestamp, Callback { timestamp: String::new(), ..plain.clone() }),
    ];
    let left_out = left_out.map(|(part, callback)| (Hypothesis::PartLeftOut { part: Some(part) }, recipe(callback)));
    let alone = Callback {
        with_key: false,
        nonce: String::new(),
        timestamp: String::new(),
        inner: Inner::Raw,
        ..plain.clone()
    };
    vec![
        seconds,
        Group::new(Hypothesis::BodyWrittenAnew { form: None }, anew.collect()),
        Group::new(Hypothesis::MemberAdded { name: None }, added.collect()),
        Group::new(Hypothesis::MemberLost { name: None }, lost.collect()),
        Group::new(Hypothesis::PartLeftOut { part: None }, Vec::from(left_out)),
        Group::of_one(Hypothesis::PartsSwapped, [recipe(Callback { timestamp_first: true, ..plain.clone() })]),
        Group::of_one(Hypothesis::OtherFormula, [Callback { inner: other, ..plain.clone() }, alone].map(recipe)),
    ]
}

fn case<'a>(
    scheme: Scheme,
    presented: String,
    plain: Callback<'a>,
    groups: Vec<Group<'a>>,
    now: UnixMillis,
) -> Case<'a> {
    let body_length = plain.payload.len();
    let clock = clock::tried(&plain.timestamp, now);
    // The second form of a body that is right too.
    let sorted = sorted_compact(&plain.payload).filter(|sorted| **sorted != *plain.payload);
    let sorted = sorted.map(|sorted| recipe(Callback { payload: Cow::Owned(sorted), ..plain.clone() }));
    let forms = Forms::of_hex(&presented);
    let plain = [recipe(plain)].into_iter().chain(sorted).collect();
    Case { scheme, presented, forms, plain, body_length, clock, groups }
}
