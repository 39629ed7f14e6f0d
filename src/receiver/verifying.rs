//! Whether a request is a call of KooGallery: which generation, which key, fresh, understood. Replays are the store's to
//! tell.

use axum::http::{HeaderMap, Method};

use crate::{
    config::Endpoint,
    desk::{Desk, ReceivedCall},
    domain::Rejection,
    protocol::{
        KeyClass, Secret, UnixMillis,
        callback::{Activity, Callback, KitVersion, ParseError, Wire, kit, v1, v2},
        signature::{
            auth_token::{self, AUTH_TOKEN, Signable},
            kit_header::{self, KitHeaders},
            url::{self, UrlSignature},
        },
    },
};

/// A request as it arrived, not believed yet.
pub(super) struct Presented<'a> {
    pub(super) form: Form,
    pub(super) query: &'a str,
    pub(super) headers: &'a HeaderMap,
    pub(super) body: &'a [u8],
}

/// What method and path say about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    V1,
    V2,
    Kit(KitVersion, kit::Interface),
}

/// A request whose signature holds.
pub(super) struct Verified {
    pub(super) call: ReceivedCall,
    pub(super) wire: Wire,
    /// With which the answer is signed, and its credentials encrypted.
    pub(super) key: Secret,
}

/// A request that is no call of KooGallery.
pub(super) struct Refused {
    pub(super) rejection: Rejection,
    /// The key that its signature is right with, where it is right: the caller is answered with a signature too.
    pub(super) key: Option<Secret>,
}

impl From<Rejection> for Refused {
    fn from(rejection: Rejection) -> Self {
        Self { rejection, key: None }
    }
}

impl Form {
    /// `None` where an endpoint takes no such request.
    pub(super) fn of(method: &Method, kit: Option<(KitVersion, kit::Interface)>) -> Option<Self> {
        match (method, kit) {
            (&Method::POST, Some((version, interface))) => Some(Self::Kit(version, interface)),
            (&Method::POST, None) => Some(Self::V2),
            (&Method::GET, None) => Some(Self::V1),
            _ => None,
        }
    }

    pub(super) const fn wire(self) -> Wire {
        match self {
            Self::V1 => Wire::V1,
            Self::V2 => Wire::V2,
            Self::Kit(version, _) => Wire::Kit(version),
        }
    }

    /// The classes whose keys may sign it, the likeliest first.
    pub(super) const fn classes(self) -> &'static [KeyClass] {
        match self {
            Self::V1 | Self::Kit(KitVersion::V1, _) => &[KeyClass::V1],
            Self::V2 => &[KeyClass::Base, KeyClass::License, KeyClass::General],
            Self::Kit(KitVersion::V2, _) => &[KeyClass::Kit],
        }
    }
}

impl Presented<'_> {
    pub(super) fn verify(&self, desk: &Desk, endpoint: &Endpoint) -> Result<Verified, Refused> {
        let keys = self.keys(desk, endpoint);
        let expected = self.expected_class();
        let signed = Signed::read(self, expected)?;
        let found = keys.iter().find(|(_, key)| signed.holds(key, self.body));
        let refused = |rejection| Refused { rejection, key: found.map(|(_, key)| key.clone()) };
        signed.check_freshness(expected, desk.now()).map_err(refused)?;
        if keys.is_empty() {
            return Err(Rejection::NoKey { class: expected.name().to_owned() }.into());
        }
        let Some((used, key)) = found else {
            return Err(Rejection::Mismatch { class: expected.name().to_owned() }.into());
        };
        let callback = self.parse().map_err(|error| refused(Rejection::from(&error)))?;
        check_class(self.form, &callback, *used, &keys).map_err(refused)?;
        let wire = self.form.wire();
        let call = ReceivedCall {
            callback,
            nonce: signed.nonce(),
            query: self.query.to_owned(),
            // A body that was parsed as JSON is UTF-8.
            body: String::from_utf8_lossy(self.body).into_owned(),
        };
        Ok(Verified { call, wire, key: key.clone() })
    }

    /// The keys that may sign it, the likeliest first.
    pub(super) fn keys(&self, desk: &Desk, endpoint: &Endpoint) -> Vec<(KeyClass, Secret)> {
        let of_class = |class: &KeyClass| {
            let class = *class;
            desk.keys().keys(&endpoint.name, class).into_iter().map(move |valid| (class, valid.key))
        };
        self.form.classes().iter().flat_map(of_class).collect()
    }

    /// Whose key the call should be signed with, going by what it says it is.
    fn expected_class(&self) -> KeyClass {
        match self.form {
            Form::V2 => v2::key_class(self.body),
            Form::V1 | Form::Kit(..) => self.form.classes().first().copied().unwrap_or(KeyClass::Base),
        }
    }

    fn parse(&self) -> Result<Callback, ParseError> {
        match self.form {
            Form::V1 => v1::parse(self.query),
            Form::V2 => v2::parse(self.body),
            Form::Kit(version, interface) => kit::parse(version, interface, self.body),
        }
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// A signature as it was presented.
enum Signed {
    Url(UrlSignature),
    Headers(KitHeaders),
    Token { signable: Signable, auth_token: String },
}

impl Signed {
    /// Takes the signature out of the request.
    fn read(presented: &Presented<'_>, class: KeyClass) -> Result<Self, Rejection> {
        match presented.form {
            Form::V2 => {
                let told = |refusal: url::Refusal| Rejection::of_signature(&refusal, class);
                UrlSignature::from_query(presented.query).map(Self::Url).map_err(told)
            }
            Form::Kit(KitVersion::V2, _) => {
                let told = |refusal: kit_header::Refusal| Rejection::of_kit_headers(&refusal, class);
                KitHeaders::from_headers(|name| presented.header(name)).map(Self::Headers).map_err(told)
            }
            Form::V1 => {
                let told = |refusal: auth_token::Refusal| Rejection::of_auth_token(&refusal, class);
                let auth_token = auth_token::of_query(presented.query).map_err(told)?;
                let signable = Signable::from_query(presented.query).map_err(told)?;
                Ok(Self::Token { signable, auth_token })
            }
            Form::Kit(KitVersion::V1, _) => {
                let told = |refusal: auth_token::Refusal| Rejection::of_auth_token(&refusal, class);
                let auth_token = presented.header(AUTH_TOKEN).filter(|token| !token.is_empty());
                // One of the pages prints it in quotes.
                let auth_token = auth_token.map(|token| token.trim_matches('"').to_owned());
                let auth_token = auth_token.ok_or_else(|| told(auth_token::Refusal::Missing(AUTH_TOKEN)))?;
                let signable = Signable::from_kit_body(presented.body).map_err(told)?;
                Ok(Self::Token { signable, auth_token })
            }
        }
    }

    /// Whether it is of now, where its scheme says when it is of.
    fn check_freshness(&self, class: KeyClass, now: UnixMillis) -> Result<(), Rejection> {
        match self {
            Self::Url(signature) => {
                signature.check_freshness(now).map_err(|refusal| Rejection::of_signature(&refusal, class))
            }
            Self::Headers(headers) => {
                headers.check_freshness(now).map_err(|refusal| Rejection::of_kit_headers(&refusal, class))
            }
            Self::Token { .. } => Ok(()),
        }
    }

    fn holds(&self, key: &Secret, body: &[u8]) -> bool {
        match self {
            Self::Url(signature) => signature.verify(key, body).is_ok(),
            Self::Headers(headers) => headers.verify(key, body).is_ok(),
            Self::Token { signable, auth_token } => signable.verify(key, auth_token).is_ok(),
        }
    }

    /// V1 knows none.
    fn nonce(self) -> Option<String> {
        match self {
            Self::Url(signature) => Some(signature.nonce),
            Self::Headers(headers) => Some(headers.nonce),
            Self::Token { .. } => None,
        }
    }
}

/// In V2 each kind of interface has a key of its own.
fn check_class(form: Form, callback: &Callback, used: KeyClass, keys: &[(KeyClass, Secret)]) -> Result<(), Rejection> {
    let wanted = callback.activity.key_class();
    let is_set = keys.iter().any(|(class, _)| *class == wanted);
    // The pages do not say which class the online License has.
    let of_online_license = matches!(callback.activity, Activity::GetLicenseAsync(_)) && used == KeyClass::License;
    // A seller without a key of the wanted class has bound the one of the basic interfaces to everything.
    let stands_in = used == KeyClass::Base && !is_set;
    if form != Form::V2 || wanted == used || stands_in || of_online_license {
        return Ok(());
    }
    Err(Rejection::WrongKeyClass {
        activity: callback.name.clone(),
        used: used.name().to_owned(),
        wanted: wanted.name().to_owned(),
    })
}
