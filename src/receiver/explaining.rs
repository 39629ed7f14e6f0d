//! Why a call is refused, for the operator's eyes alone: the call's signature, tried with every key that is set, and the
//! request without any of them.

use super::verifying::{Form, Presented};
use crate::{
    config::Endpoint,
    desk::Desk,
    domain::Computed,
    protocol::{
        KeyClass, Secret,
        callback::KitVersion,
        signature::{
            auth_token::AUTH_TOKEN,
            diagnosis::{Call, KeyAge, Keys, Mask, OtherKey, diagnose},
            kit_header::{X_NONCE, X_SIGN, X_TIMESTAMP},
        },
    },
};

/// A refused request without any key, and what is wrong with it.
pub(super) struct Explained {
    pub(super) computed: Computed,
    pub(super) query: String,
    pub(super) body: String,
}

impl Presented<'_> {
    /// `looks_into`: whether there is time to find out why.
    pub(super) fn explain(&self, desk: &Desk, endpoint: &Endpoint, looks_into: bool) -> Explained {
        let own: Vec<Secret> = self.keys(desk, endpoint).into_iter().map(|(_, key)| key).collect();
        let others = others(self.form, desk, endpoint, &own);
        let keys = Keys { own: &own, others: &others };
        let piece = |name: &str| self.header(name).filter(|value| !value.is_empty());
        let call = match self.form {
            Form::V1 => Call::AuthToken { query: self.query },
            Form::V2 => Call::Url { query: self.query, body: self.body },
            Form::Kit(KitVersion::V1, _) => {
                let auth_token = self.header(AUTH_TOKEN).map(|token| token.trim_matches('"'));
                Call::KitAuthToken { auth_token, body: self.body }
            }
            Form::Kit(KitVersion::V2, _) => Call::KitHeaders {
                sign: piece(X_SIGN),
                timestamp: piece(X_TIMESTAMP),
                nonce: piece(X_NONCE),
                body: self.body,
            },
        };
        let computed = match looks_into {
            true => Computed::Diagnosis(Box::new(diagnose(&call, &keys, desk.now()))),
            false => Computed::Nothing,
        };
        let mask = Mask::of(&keys);
        let (query, body) = (mask.apply(self.query), mask.apply(&String::from_utf8_lossy(self.body)));
        Explained { computed, query, body }
    }
}

/// Each key that may not sign the call, once; those of its class or of its endpoint first. Those that ended are tried here
/// and nowhere else.
fn others(form: Form, desk: &Desk, endpoint: &Endpoint, own: &[Secret]) -> Vec<OtherKey> {
    let is_near =
        |class: KeyClass, of: Option<&str>| form.classes().contains(&class) || of.is_none_or(|of| of == endpoint.name);
    let mut others: Vec<OtherKey> = Vec::new();
    let valid = desk.keys().every_valid().into_iter().map(|(info, valid)| {
        let age = if valid.is_old() { KeyAge::Old } else { KeyAge::Current };
        (info, age, valid.key)
    });
    let ended = desk.keys().every_ended().into_iter().map(|(info, key)| (info, KeyAge::Ended, key));
    for (info, age, key) in valid.chain(ended) {
        if own.contains(&key) || others.iter().any(|other| other.key == key) {
            continue;
        }
        others.push(OtherKey { class: info.class, endpoint: info.endpoint, age, key });
    }
    others.sort_by_key(|other| (!is_near(other.class, other.endpoint.as_deref()), other.age));
    others
}
