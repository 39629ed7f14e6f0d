//! Calls in the words and with the signature of one generation, right or wrong in one way. Knows no cases and sends nothing.

use serde_json::{Map, Value};

use crate::{
    protocol::{
        Secret, UnixMillis,
        callback::{Activity, Delivers, KitVersion, Wire},
        id::{OrderId, OrderLine, OrderLineId},
        signature::{
            auth_token::{self, AUTH_TOKEN, TIME_STAMP},
            kit_header::{KitHeaders, X_NONCE, X_SIGN, X_TIMESTAMP},
            url::UrlSignature,
        },
    },
    simulator::{
        body,
        call::Exchange,
        ids,
        query::{self, Known},
        verdict::{self, Judgement},
    },
};

pub(in crate::simulator) type Members = Map<String, Value>;

const TEN_MINUTES: i64 = 600_000;
/// The kit writes its times in UTC+8.
const CHINA_MILLIS: i64 = 8 * 3_600_000;

/// What is wrong with a call, on purpose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::simulator) enum Flaw {
    None,
    WrongSignature,
    NoSignature,
    /// Something was added after it was signed.
    Altered,
    OtherKey(Secret),
    Seconds,
    Old,
    Ahead,
    NoTimestamp,
    NoNonce,
    /// Nothing wrong in fact: hex of the other case.
    OtherCase,
    /// Nor here: signed as the page says, sent in another order and with blanks.
    Shuffled,
}

/// A call that is ready to leave.
#[derive(Clone, Debug, Default)]
pub(in crate::simulator) struct Call {
    /// Behind the production address.
    pub(in crate::simulator) path: String,
    pub(in crate::simulator) query: String,
    pub(in crate::simulator) headers: Vec<(&'static str, String)>,
    pub(in crate::simulator) body: Vec<u8>,
    /// What its answer has to be signed with, where that is looked at.
    pub(in crate::simulator) answer_key: Option<Secret>,
    /// Whether what every answer has to keep counts here: the marketplace itself sends no malformed JSON.
    pub(in crate::simulator) counts: bool,
    /// Where it speaks of no instance yet: an answer that names one has sold it for this order.
    pub(in crate::simulator) buys: Option<OrderLine>,
}

/// Calls of one generation under one key.
#[derive(Clone, Debug)]
pub(in crate::simulator) struct Speaker {
    pub(in crate::simulator) wire: Wire,
    pub(in crate::simulator) key: Secret,
    pub(in crate::simulator) test: bool,
    /// License 1.0 has words of its own for what SaaS calls an instance.
    pub(in crate::simulator) license: bool,
}

impl Speaker {
    pub(in crate::simulator) const fn is_v1(&self) -> bool {
        matches!(self.wire, Wire::V1 | Wire::Kit(KitVersion::V1))
    }

    /// `None` where the generation has no words for it.
    pub(in crate::simulator) fn members(&self, activity: &Activity) -> Option<Members> {
        if self.wire == Wire::V1 {
            let known = Known::of(if self.license { Delivers::License } else { Delivers::AppInfo });
            let params = query::encode(activity, known, self.test)?;
            let members = params.into_iter().map(|(name, value)| (name.to_owned(), Value::from(value.into_owned())));
            return Some(members.collect());
        }
        serde_json::from_str(&body::encode(activity, self.test)).ok()
    }

    /// KooGallery's word for it in this generation.
    pub(in crate::simulator) fn word(&self, activity: &Activity) -> String {
        let members = self.members(activity).unwrap_or_default();
        members.get("activity").and_then(Value::as_str).unwrap_or_else(|| activity.name()).to_owned()
    }

    pub(in crate::simulator) fn judge(&self, activity: &Activity, exchange: &Exchange) -> Judgement {
        match self.wire {
            Wire::V1 => verdict::judge_v1(activity, &self.key, &exchange.reply),
            Wire::V2 | Wire::Kit(_) => verdict::judge(activity, &exchange.reply),
        }
    }

    /// `path` is the kit's.
    pub(in crate::simulator) fn call(&self, path: &str, members: Members, flaw: &Flaw, now: UnixMillis) -> Call {
        let buys = buys(&members);
        let mut call = match self.wire {
            Wire::V1 => self.by_query(members, flaw, now),
            Wire::V2 => self.by_url(&members, flaw, now),
            Wire::Kit(version) => self.of_kit(version, members, flaw, now),
        };
        path.clone_into(&mut call.path);
        let is_right = matches!(flaw, Flaw::None | Flaw::OtherCase | Flaw::Shuffled);
        // V1 wants every answer signed, of a refusal too; where V2 signs, a refusal need not be.
        call.answer_key = (self.is_v1() || is_right).then(|| self.key.clone());
        call.counts = true;
        call.buys = buys;
        call
    }

    /// Signed as right as that is possible, whatever the body: the token of V1.0 is made of the members that it has.
    pub(in crate::simulator) fn call_with_body(&self, path: &str, body: &[u8], now: UnixMillis) -> Call {
        let time = now.0.to_string();
        let mut call = Call { path: path.to_owned(), body: body.to_vec(), counts: true, ..Call::default() };
        match self.wire {
            Wire::V1 | Wire::Kit(KitVersion::V1) => {
                call.headers =
                    vec![(AUTH_TOKEN, auth_token::sign_kit(&self.key, body).unwrap_or_else(|_| ids::nonce()))];
            }
            Wire::V2 => call.query = UrlSignature::sign(&self.key, &ids::nonce(), &time, body).to_query(),
            Wire::Kit(KitVersion::V2) => {
                let signed = KitHeaders::sign(&self.key, &ids::nonce(), &time, body);
                call.headers = signed.to_headers().map(|(name, value)| (name, value.to_owned())).into();
            }
        }
        call
    }

    fn key_for<'a>(&'a self, flaw: &'a Flaw) -> &'a Secret {
        if let Flaw::OtherKey(key) = flaw { key } else { &self.key }
    }

    fn by_url(&self, members: &Members, flaw: &Flaw, now: UnixMillis) -> Call {
        let body = sorted(members);
        let mut signature =
            UrlSignature::sign(self.key_for(flaw), &ids::nonce(), &timestamp(flaw, now), body.as_bytes());
        if *flaw == Flaw::WrongSignature {
            signature.signature = another(&signature.signature);
        }
        if *flaw == Flaw::OtherCase {
            signature.signature = signature.signature.to_lowercase();
        }
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for (name, value, missing) in [
            ("signature", &signature.signature, Flaw::NoSignature),
            ("timestamp", &signature.timestamp, Flaw::NoTimestamp),
            ("nonce", &signature.nonce, Flaw::NoNonce),
        ] {
            if *flaw != missing {
                query.append_pair(name, value);
            }
        }
        Call { query: query.finish(), body: sent_body(members, body, flaw).into_bytes(), ..Call::default() }
    }

    fn by_query(&self, members: Members, flaw: &Flaw, now: UnixMillis) -> Call {
        let mut params: Vec<(String, String)> =
            members.into_iter().map(|(name, value)| (name, value.as_str().unwrap_or_default().to_owned())).collect();
        params.push((TIME_STAMP.to_owned(), now.to_compact_utc_millis()));
        let signable = auth_token::Signable::from_params(params.clone());
        // Fails only without a time.
        let token = signable.map(|signable| signable.sign(self.key_for(flaw))).unwrap_or_default();
        match flaw {
            Flaw::NoTimestamp => params.retain(|(name, _)| name != TIME_STAMP),
            Flaw::Altered => params.push(("altered".to_owned(), "1".to_owned())),
            _ => {}
        }
        match flaw {
            Flaw::NoSignature => {}
            Flaw::WrongSignature => params.push((AUTH_TOKEN.to_owned(), another(&token))),
            _ => params.push((AUTH_TOKEN.to_owned(), token)),
        }
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(params).finish();
        Call { query, ..Call::default() }
    }

    fn of_kit(&self, version: KitVersion, mut members: Members, flaw: &Flaw, now: UnixMillis) -> Call {
        members.insert("testFlag".into(), i32::from(self.test).into());
        members.insert(TIME_STAMP.into(), now.plus_millis(CHINA_MILLIS).to_compact_utc_millis().into());
        if *flaw == Flaw::NoTimestamp && version == KitVersion::V1 {
            members.shift_remove(TIME_STAMP);
        }
        let body = sorted(&members);
        let headers = match version {
            KitVersion::V1 => {
                // Fails only without a time.
                let token = auth_token::sign_kit(self.key_for(flaw), body.as_bytes()).unwrap_or_default();
                let token = if *flaw == Flaw::WrongSignature { another(&token) } else { token };
                vec![(AUTH_TOKEN, token, Flaw::NoSignature)]
            }
            KitVersion::V2 => {
                let time = timestamp(flaw, now);
                let mut signed = KitHeaders::sign(self.key_for(flaw), &ids::nonce(), &time, body.as_bytes());
                if *flaw == Flaw::WrongSignature {
                    signed.sign = another(&signed.sign);
                }
                if *flaw == Flaw::OtherCase {
                    signed.sign = signed.sign.to_uppercase();
                }
                vec![
                    (X_SIGN, signed.sign, Flaw::NoSignature),
                    (X_TIMESTAMP, signed.timestamp, Flaw::NoTimestamp),
                    (X_NONCE, signed.nonce, Flaw::NoNonce),
                ]
            }
        };
        let headers = headers.into_iter().filter(|(_, _, missing)| flaw != missing);
        Call {
            headers: headers.map(|(name, value, _)| (name, value)).collect(),
            body: sent_body(&members, body, flaw).into_bytes(),
            ..Call::default()
        }
    }
}

fn buys(members: &Members) -> Option<OrderLine> {
    let text = |name: &str| members.get(name).and_then(Value::as_str).unwrap_or_default();
    let speaks_of_one = ["instanceId", "license"].iter().any(|name| members.contains_key(*name));
    (!speaks_of_one).then(|| OrderLine {
        order_id: OrderId::new(text("orderId")),
        order_line_id: OrderLineId::new(text("orderLineId")),
    })
}

fn timestamp(flaw: &Flaw, now: UnixMillis) -> String {
    let millis = match flaw {
        Flaw::Seconds => now.0 / 1000,
        Flaw::Old => now.0 - TEN_MINUTES,
        Flaw::Ahead => now.0 + TEN_MINUTES,
        _ => now.0,
    };
    millis.to_string()
}

fn sorted(members: &Members) -> String {
    let mut members = members.clone();
    members.sort_keys();
    Value::Object(members).to_string()
}

fn sent_body(members: &Members, signed: String, flaw: &Flaw) -> String {
    match flaw {
        Flaw::Altered => {
            let mut members = members.clone();
            members.insert("zAltered".into(), "1".into());
            sorted(&members)
        }
        Flaw::Shuffled => {
            let mut names: Vec<&String> = members.keys().collect();
            names.sort();
            let shuffled: Members =
                names.into_iter().rev().filter_map(|name| Some((name.clone(), members.get(name)?.clone()))).collect();
            format!("{:#}", Value::Object(shuffled))
        }
        _ => signed,
    }
}

/// The same text with another first character.
fn another(signature: &str) -> String {
    let mut characters = signature.chars();
    let first = if characters.next() == Some('0') { '1' } else { '0' };
    std::iter::once(first).chain(characters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn speaker(wire: Wire) -> Speaker {
        Speaker { wire, key: Secret::new("demo-key-for-tests-0001"), test: true, license: false }
    }

    fn members() -> Members {
        serde_json::from_str(r#"{"b":"2","activity":"x"}"#).unwrap()
    }

    const NOW: UnixMillis = UnixMillis(1_669_257_378_000);

    #[test]
    fn what_is_right_verifies_and_what_is_flawed_does_not() {
        let call = |flaw| speaker(Wire::V2).call("", members(), &flaw, NOW);
        let holds = |call: &Call| {
            let signature = UrlSignature::from_query(&call.query).ok();
            let fresh = signature.filter(|signature| signature.check_freshness(NOW).is_ok());
            fresh.is_some_and(|signature| signature.verify(&speaker(Wire::V2).key, &call.body).is_ok())
        };
        for flaw in [Flaw::None, Flaw::OtherCase, Flaw::Shuffled] {
            assert!(holds(&call(flaw.clone())), "{flaw:?}");
        }
        for flaw in [
            Flaw::WrongSignature,
            Flaw::NoSignature,
            Flaw::Altered,
            Flaw::OtherKey(Secret::new("other")),
            Flaw::Seconds,
            Flaw::Old,
            Flaw::Ahead,
            Flaw::NoTimestamp,
            Flaw::NoNonce,
        ] {
            assert!(!holds(&call(flaw.clone())), "{flaw:?}");
        }
    }

    #[test]
    fn v1_and_its_kit_carry_a_token_that_their_flaws_break() {
        for wire in [Wire::V1, Wire::Kit(KitVersion::V1)] {
            let holds = |flaw: &Flaw| {
                let call = speaker(wire).call("", members(), flaw, NOW);
                let key = speaker(wire).key;
                match call.headers.first() {
                    Some((_, token)) => auth_token::verify_kit(&key, Some(token), &call.body).is_ok(),
                    None => auth_token::verify_query(&key, &call.query).is_ok(),
                }
            };
            assert!(holds(&Flaw::None));
            for flaw in [Flaw::WrongSignature, Flaw::NoSignature, Flaw::Altered, Flaw::NoTimestamp] {
                assert!(!holds(&flaw), "{flaw:?}");
            }
        }
    }
}
