//! Why a signature does not hold, found out by trying: what would be right had the caller taken another key, written the body
//! anew, or read the rules otherwise. Handed to the operator alone; a caller is never told. Holds neither a key nor a
//! signature that was made here. Knows no clock and no place where keys lie.
//!
//! Every guess is computed, whether an earlier one holds or not: how long it takes tells nothing.

mod bodies;
mod callback;
mod clock;
mod forms;
mod mask;
mod members;
mod recipe;
mod token;
mod words;

use serde::{Deserialize, Deserializer, Serialize};

pub use self::{bodies::BodyForm, mask::Mask};
use self::{
    forms::{Forms, Found},
    mask::{cut, first_difference},
    recipe::Recipe,
};
use crate::protocol::{KeyClass, Secret, UnixMillis};

/// Longer bodies are not written anew.
const MAX_ANEW: usize = 64 * 1024;
const MAX_OWN: usize = 6;
const MAX_OTHERS: usize = 64;
/// How many bytes of bodies are hashed with the keys of each of both kinds, at most.
const BUDGET: usize = MAX_ANEW * MAX_OTHERS;
const LONGEST_CANONICAL: usize = 4 * 1024;
const LONGEST_SIGNATURE: usize = 256;
const LONGEST_NAME: usize = 64;

/// A call as it was presented.
pub enum Call<'a> {
    Url { query: &'a str, body: &'a [u8] },
    KitHeaders { sign: Option<&'a str>, timestamp: Option<&'a str>, nonce: Option<&'a str>, body: &'a [u8] },
    AuthToken { query: &'a str },
    KitAuthToken { auth_token: Option<&'a str>, body: &'a [u8] },
}

/// A key that may not sign the call.
pub struct OtherKey {
    pub class: KeyClass,
    /// `None`: for every endpoint that has none of its own.
    pub endpoint: Option<String>,
    pub age: KeyAge,
    pub key: Secret,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyAge {
    Current,
    /// Valid elsewhere, beside a current one.
    Old,
    /// Valid no more: it was replaced or ended.
    Ended,
}

/// With what is tried.
pub struct Keys<'a> {
    /// With which the call may be signed, the likeliest first.
    pub own: &'a [Secret],
    pub others: &'a [OtherKey],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Scheme {
    /// `?signature=&timestamp=&nonce=` of the base interfaces (KooGallery page zh-cn_topic_0070649476).
    Url,
    /// `x-sign` of the kit V2.0 (zh-cn_topic_0070649476).
    KitHeaders,
    /// `authToken` of the base interfaces V1.0 (zh-cn_topic_0070649156).
    AuthToken,
    /// The header `authToken` of the kit V1.0 (zh-cn_topic_0070649135).
    KitAuthToken,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Diagnosis {
    pub scheme: Scheme,
    /// The text that is signed, by the rules, with the key masked; what is missing of it stands as such.
    pub canonical: String,
    pub presented_signature: String,
    /// The signature itself is right; something else is wrong with the call.
    pub signature_holds: bool,
    /// Where the caller signed another text, and it was found out which.
    pub first_difference: Option<Difference>,
    #[serde(deserialize_with = "known")]
    pub tried: Vec<Tried>,
}

/// What another version tried, and this one knows nothing of, is passed over.
fn known<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Tried>, D::Error> {
    let tried = Vec::<serde_json::Value>::deserialize(deserializer)?;
    Ok(tried.into_iter().filter_map(|tried| serde_json::from_value(tried).ok()).collect())
}

/// The first place at which two texts differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// The first character is 1.
    pub position: usize,
    pub expected: String,
    pub signed: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tried {
    #[serde(flatten)]
    pub hypothesis: Hypothesis,
    pub holds: bool,
}

/// What may have gone wrong. What is `None` is known of those alone that hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "hypothesis", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Hypothesis {
    MisspeltParameter {
        wanted: String,
        found: String,
    },
    SecondsForMilliseconds,
    DateForMilliseconds,
    /// Local time was taken for UTC, or the other way round. Positive where the caller is ahead.
    TimeZone {
        minutes: Option<i64>,
    },
    ClockOff {
        seconds: i64,
    },
    Base64ForHex,
    HexForBase64,
    /// Blanks or quotes around the signature.
    SignatureWrapped,
    LostPlus,
    Base64Alphabet,
    LetterCase,
    EncodedTwice,
    Key {
        class: String,
        endpoint: Option<String>,
        old: bool,
    },
    /// A key that was valid until it was replaced or ended.
    EndedKey {
        class: String,
        endpoint: Option<String>,
    },
    KeyWithBlank,
    KeyWithoutTimeStamp,
    BodyWrittenAnew {
        form: Option<BodyForm>,
    },
    /// A member of the body that was added behind the signature.
    MemberAdded {
        name: Option<String>,
    },
    /// A member of the body that was signed and is there no more.
    MemberLost {
        name: Option<String>,
    },
    PartLeftOut {
        part: Option<Part>,
    },
    PartsSwapped,
    InnerWithoutKey,
    InnerUpperCase,
    OtherFormula,
    PlusKept,
    ValuesEncoded,
    NotSorted,
    EmptyLeftOut,
    EmptyKept,
    ParameterNotSigned {
        name: Option<String>,
    },
    ParameterMissing {
        name: Option<String>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Part {
    AccessKey,
    Nonce,
    Timestamp,
}

impl Part {
    pub const fn name(self) -> &'static str {
        match self {
            Self::AccessKey => "accessKey",
            Self::Nonce => "nonce",
            Self::Timestamp => "timestamp",
        }
    }
}

impl Diagnosis {
    /// The likeliest cause first.
    pub fn causes(&self) -> impl Iterator<Item = &Hypothesis> {
        self.tried.iter().filter(|tried| tried.holds).map(|tried| &tried.hypothesis)
    }

    pub fn likely(&self) -> Option<&Hypothesis> {
        self.causes().next()
    }
}

pub fn diagnose(call: &Call<'_>, keys: &Keys<'_>, now: UnixMillis) -> Diagnosis {
    let mask = Mask::of(keys);
    let case = match call {
        Call::Url { query, body } => callback::of_url(query, body, now),
        Call::KitHeaders { sign, timestamp, nonce, body } => callback::of_kit([*sign, *timestamp, *nonce], body, now),
        Call::AuthToken { query } => token::of_query(query),
        Call::KitAuthToken { auth_token, body } => token::of_kit(*auth_token, body),
    };
    match case {
        Ok(case) => case.run(keys, &mask),
        Err(Unreadable { scheme, canonical, presented, misspelt }) => {
            let tried = misspelt.map(|(wanted, found)| Tried {
                hypothesis: Hypothesis::MisspeltParameter {
                    wanted: wanted.to_owned(),
                    found: cut(&mask.apply(&found), LONGEST_NAME),
                },
                holds: true,
            });
            Diagnosis {
                scheme,
                canonical: cut(&mask.apply(&canonical), LONGEST_CANONICAL),
                presented_signature: cut(&mask.apply(&presented), LONGEST_SIGNATURE),
                signature_holds: false,
                first_difference: None,
                tried: tried.into_iter().collect(),
            }
        }
    }
}

/// A signature that is not whole.
struct Unreadable {
    scheme: Scheme,
    /// As far as it can be told; empty where nothing can.
    canonical: String,
    presented: String,
    /// The name that is missing, and as what it came.
    misspelt: Option<(&'static str, String)>,
}

/// Stands in a canonical text for a piece that did not come.
fn missing(name: &str) -> String {
    format!("<{name} is missing>")
}

/// What there is to compute for one call.
struct Case<'a> {
    scheme: Scheme,
    presented: String,
    forms: Forms,
    /// By the rules; the first is what is shown.
    plain: Vec<Recipe<'a>>,
    body_length: usize,
    clock: Vec<Tried>,
    groups: Vec<Group<'a>>,
}

/// Guesses of one kind, told as one.
struct Group<'a> {
    /// What is told where none holds.
    kind: Hypothesis,
    /// It holds already, without a signature.
    known: bool,
    guesses: Vec<(Hypothesis, Recipe<'a>)>,
}

impl<'a> Group<'a> {
    const fn new(kind: Hypothesis, guesses: Vec<(Hypothesis, Recipe<'a>)>) -> Self {
        Self { kind, known: false, guesses }
    }

    fn of_one(kind: Hypothesis, guesses: impl IntoIterator<Item = Recipe<'a>>) -> Self {
        let guesses = guesses.into_iter().map(|recipe| (kind.clone(), recipe)).collect();
        Self { kind, known: false, guesses }
    }
}

impl Case<'_> {
    fn run(mut self, keys: &Keys<'_>, mask: &Mask) -> Diagnosis {
        let affordable = BUDGET / self.body_length.max(1);
        let own = keys.own.get(..keys.own.len().min(MAX_OWN).min(affordable / 10).max(1)).unwrap_or(keys.own);
        let others = keys.others.get(..keys.others.len().min(MAX_OTHERS).min(affordable)).unwrap_or(keys.others);
        let mut signature_holds = false;
        for (key, recipe) in pairs(own, &self.plain) {
            signature_holds |= self.forms.look(&recipe.mac(key.expose()), true) == Found::Right;
        }
        let mut by_key: Vec<Tried> = Vec::new();
        for other in others {
            let mut holds = false;
            for recipe in &self.plain {
                holds |= self.forms.look(&recipe.mac(other.key.expose()), false) != Found::Not;
            }
            let (class, endpoint) = (other.class.name().to_owned(), other.endpoint.clone());
            let hypothesis = match other.age {
                KeyAge::Current => Hypothesis::Key { class, endpoint, old: false },
                KeyAge::Old => Hypothesis::Key { class, endpoint, old: true },
                KeyAge::Ended => Hypothesis::EndedKey { class, endpoint },
            };
            by_key.push(Tried { hypothesis, holds });
        }
        by_key.push(self.with_blanks(own));
        let canonical = self.plain.first().map(|plain| mask.apply(&plain.canonical())).unwrap_or_default();
        let mut first_difference = None;
        let mut by_text = Vec::new();
        for group in &self.groups {
            let mut found = None;
            for ((hypothesis, recipe), key) in
                group.guesses.iter().flat_map(|guess| own.iter().map(move |key| (guess, key)))
            {
                let holds = self.forms.look(&recipe.mac(key.expose()), false) != Found::Not;
                found = found.or(holds.then_some((hypothesis, recipe)));
            }
            if let Some((_, recipe)) = found {
                first_difference =
                    first_difference.or_else(|| first_difference_of(&canonical, &mask.apply(&recipe.canonical())));
            }
            let hypothesis = found.map_or(&group.kind, |(hypothesis, _)| hypothesis);
            let holds = group.known || found.is_some();
            by_text.push(Tried { hypothesis: masked(hypothesis, mask), holds });
        }
        let mut tried = std::mem::take(&mut self.clock);
        // Where the signature is right, the clock alone can be wrong.
        if signature_holds {
            tried.extend(by_text.into_iter().filter(|tried| tried.holds));
        } else {
            tried.extend(self.forms.tried());
            tried.extend(by_key);
            tried.extend(by_text);
        }
        Diagnosis {
            scheme: self.scheme,
            canonical: cut(&canonical, LONGEST_CANONICAL),
            presented_signature: cut(&mask.apply(&self.presented), LONGEST_SIGNATURE),
            signature_holds,
            first_difference,
            tried,
        }
    }

    fn with_blanks(&mut self, own: &[Secret]) -> Tried {
        let mut holds = false;
        for (key, recipe) in pairs(own, self.plain.get(..1).unwrap_or_default()) {
            let key = key.expose();
            for (before, behind) in [("", "\n"), ("", "\r\n"), ("", " "), (" ", ""), ("", "\t")] {
                let key = zeroize::Zeroizing::new([before, key, behind].concat());
                holds |= self.forms.look(&recipe.mac(&key), false) != Found::Not;
            }
        }
        Tried { hypothesis: Hypothesis::KeyWithBlank, holds }
    }
}

fn pairs<'k, 'r, R>(keys: &'k [Secret], recipes: &'r [R]) -> impl Iterator<Item = (&'k Secret, &'r R)> {
    keys.iter().flat_map(move |key| recipes.iter().map(move |recipe| (key, recipe)))
}

fn first_difference_of(expected: &str, signed: &str) -> Option<Difference> {
    first_difference(expected, signed).map(|(position, expected, signed)| Difference { position, expected, signed })
}

/// Names of parameters and members are the caller's words.
fn masked(hypothesis: &Hypothesis, mask: &Mask) -> Hypothesis {
    let name = |name: &Option<String>| name.as_ref().map(|name| cut(&mask.apply(name), LONGEST_NAME));
    match hypothesis {
        Hypothesis::ParameterNotSigned { name: found } => Hypothesis::ParameterNotSigned { name: name(found) },
        Hypothesis::ParameterMissing { name: found } => Hypothesis::ParameterMissing { name: name(found) },
        Hypothesis::MemberAdded { name: found } => Hypothesis::MemberAdded { name: name(found) },
        Hypothesis::MemberLost { name: found } => Hypothesis::MemberLost { name: name(found) },
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests;
