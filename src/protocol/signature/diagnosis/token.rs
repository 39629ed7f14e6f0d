//! What to try for the authToken of the access guide V1.0, of the base interfaces and of the kit.

use std::cmp::Ordering;

use serde_json::{Map, Value};
use url::form_urlencoded;

use super::{
    Case, Group, Hypothesis, MAX_ANEW, Scheme, Unreadable,
    callback::of_other_case,
    forms::Forms,
    missing,
    recipe::{Recipe, Token},
};
use crate::protocol::signature::auth_token::{self, AUTH_TOKEN, Refusal, Signable, TIME_STAMP};

/// So many parameters are left out one by one.
const MAX_LEFT_OUT: usize = 48;

/// Parameters of base calls that go missing on their way when they are empty or a flag.
const OFTEN_EMPTY: &[&str] = &[
    "activity",
    "amount",
    "businessId",
    "chargingMode",
    "customerCode",
    "customerId",
    "customerName",
    "email",
    "expireTime",
    "instanceId",
    "mobilePhone",
    "orderId",
    "packageUuid",
    "productId",
    "provisionType",
    "saasExtendParams",
    "skuCode",
    "trialFlag",
    "trialToFormal",
    "userId",
    "userName",
];
const FLAGS: &[&str] = &["testFlag", "trialFlag"];

type Fields = Vec<(String, String)>;

pub(super) fn of_query(query: &str) -> Result<Case<'static>, Unreadable> {
    let unreadable = |refusal: Refusal| {
        let misspelt = match refusal {
            Refusal::Missing(wanted) => of_other_case(query, wanted).map(|found| (wanted, found)),
            _ => None,
        };
        let pairs = form_urlencoded::parse(query.as_bytes()).into_owned();
        let presented = auth_token::of_query(query).unwrap_or_default();
        Unreadable { scheme: Scheme::AuthToken, canonical: canonical(pairs), presented, misspelt }
    };
    let presented = auth_token::of_query(query).map_err(unreadable)?;
    let signable = Signable::from_query(query).map_err(unreadable)?;
    let in_order = form_urlencoded::parse(query.as_bytes()).into_owned();
    let in_order: Fields = in_order.filter(|(name, _)| name != AUTH_TOKEN).collect();
    // As if every `+` were one.
    let plus_kept = Signable::from_query(&query.replace('+', "%2B")).map(|signable| signable.fields().to_vec());
    let encoded = query.split('&').filter_map(|pair| pair.split_once('='));
    let encoded = Signable::from_params(encoded).map(|signable| signable.fields().to_vec());
    let fields = signable.fields();
    let filled: Fields = fields.iter().filter(|(_, value)| !value.is_empty()).cloned().collect();
    let maker = Maker { time_stamp: signable.time_stamp() };
    let mut groups = vec![
        Group::of_one(Hypothesis::PlusKept, plus_kept.ok().map(|fields| maker.recipe(&fields))),
        Group::of_one(Hypothesis::ValuesEncoded, encoded.ok().map(|fields| maker.recipe(&fields))),
        Group::of_one(Hypothesis::EmptyLeftOut, [maker.recipe(&filled)]),
    ];
    groups.extend(maker.groups(&in_order, fields));
    groups.push(Group::new(Hypothesis::ParameterMissing { name: None }, maker.with_missing(fields)));
    Ok(maker.case(Scheme::AuthToken, presented, fields, groups))
}

pub(super) fn of_kit<'a>(auth_token: Option<&str>, body: &'a [u8]) -> Result<Case<'a>, Unreadable> {
    let unreadable = || {
        let filled = members(body).into_iter().filter(|(_, value)| !value.trim().is_empty());
        let presented = auth_token.unwrap_or_default().to_owned();
        Unreadable { scheme: Scheme::KitAuthToken, canonical: canonical(filled), presented, misspelt: None }
    };
    let presented = auth_token.filter(|token| !token.is_empty()).ok_or_else(unreadable)?.to_owned();
    let signable = Signable::from_kit_body(body).map_err(|_| unreadable())?;
    let maker = Maker { time_stamp: signable.time_stamp() };
    let fields = signable.fields();
    let in_order = members(body).into_iter().filter(|field| fields.contains(field)).collect();
    let mut kept = members(body);
    kept.retain(|(name, _)| name != AUTH_TOKEN);
    kept.sort_by(|(left, _), (right, _)| left.encode_utf16().cmp(right.encode_utf16()));
    let mut groups = vec![Group::of_one(Hypothesis::EmptyKept, [maker.recipe(&kept)])];
    groups.extend(maker.groups(&in_order, fields));
    if body.len() <= MAX_ANEW {
        let text = String::from_utf8_lossy(body).into_owned();
        let whole = ["", signable.time_stamp()]
            .map(|behind_key| Recipe::Token(Token { text: text.clone(), behind_key: behind_key.to_owned() }));
        groups.push(Group::of_one(Hypothesis::OtherFormula, whole));
    }
    let case = maker.case(Scheme::KitAuthToken, presented, fields, groups);
    Ok(Case { body_length: body.len(), ..case })
}

/// In the order of the body, what is empty included.
fn members(body: &[u8]) -> Fields {
    let members: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
    let text = |value: Value| match value {
        Value::Null => String::new(),
        Value::String(text) => text,
        other => other.to_string(),
    };
    members.into_iter().map(|(name, value)| (name, text(value))).collect()
}

/// Of a call that lacks its token or its timeStamp.
fn canonical(fields: impl Iterator<Item = (String, String)>) -> String {
    let mut fields: Fields = fields.collect();
    if !fields.iter().any(|(name, value)| name == TIME_STAMP && !value.is_empty()) {
        fields.retain(|(name, _)| name != TIME_STAMP);
        fields.push((TIME_STAMP.to_owned(), missing(TIME_STAMP)));
    }
    let signable = Signable::from_params(fields);
    let made = signable
        .map(|signable| Maker { time_stamp: signable.time_stamp() }.recipe_of(signable.fields().iter()).canonical());
    made.unwrap_or_default()
}

struct Maker<'s> {
    time_stamp: &'s str,
}

impl Maker<'_> {
    fn recipe<'r>(&self, fields: &Fields) -> Recipe<'r> {
        self.recipe_of(fields.iter())
    }

    fn recipe_of<'f, 'r>(&self, fields: impl Iterator<Item = &'f (String, String)>) -> Recipe<'r> {
        Recipe::Token(Token { text: text(fields), behind_key: self.time_stamp.to_owned() })
    }

    fn groups<'r>(&self, in_order: &Fields, fields: &[(String, String)]) -> Vec<Group<'r>> {
        let alone = Token { text: text(fields.iter()), behind_key: String::new() };
        let mut ignoring_case = fields.to_vec();
        ignoring_case.sort_by(|(left, _), (right, _)| ignoring_case_order(left, right));
        let not_signed = fields.iter().take(MAX_LEFT_OUT).map(|left_out| {
            let name = Some(left_out.0.clone());
            (Hypothesis::ParameterNotSigned { name }, self.recipe_of(fields.iter().filter(|field| *field != left_out)))
        });
        vec![
            Group::of_one(Hypothesis::KeyWithoutTimeStamp, [Recipe::Token(alone)]),
            Group::of_one(Hypothesis::NotSorted, [self.recipe(in_order), self.recipe(&ignoring_case)]),
            Group::new(Hypothesis::ParameterNotSigned { name: None }, not_signed.collect()),
        ]
    }

    fn with_missing<'r>(&self, fields: &[(String, String)]) -> Vec<(Hypothesis, Recipe<'r>)> {
        let is_there = |name: &str| fields.iter().any(|(field, _)| field == name);
        let empty = OFTEN_EMPTY.iter().chain(FLAGS).map(|name| (*name, ""));
        let flags = FLAGS.iter().flat_map(|name| [(*name, "0"), (*name, "1")]);
        let missing = empty.chain(flags).filter(|(name, _)| !is_there(name));
        let guess = |(name, value): (&str, &str)| {
            let field = (name.to_owned(), value.to_owned());
            let with: Vec<_> = fields.iter().cloned().chain([field]).collect();
            let with = Signable::from_params(with).map(|signable| signable.fields().to_vec()).unwrap_or_default();
            (Hypothesis::ParameterMissing { name: Some(name.to_owned()) }, self.recipe(&with))
        };
        missing.map(guess).collect()
    }

    fn case<'r>(
        &self,
        scheme: Scheme,
        presented: String,
        fields: &[(String, String)],
        groups: Vec<Group<'r>>,
    ) -> Case<'r> {
        let forms = Forms::of_base64(&presented);
        let plain = self.recipe_of(fields.iter());
        Case { scheme, presented, forms, plain: vec![plain], body_length: 0, clock: Vec::new(), groups }
    }
}

fn text<'f>(fields: impl Iterator<Item = &'f (String, String)>) -> String {
    fields.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

fn ignoring_case_order(left: &str, right: &str) -> Ordering {
    left.to_lowercase().cmp(&right.to_lowercase())
}
