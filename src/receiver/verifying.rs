//! Whether a request is a call of KooGallery: which key, fresh, understood. Replays are the store's to tell.

use crate::{
    config::Endpoint,
    desk::{Desk, ReceivedCall},
    domain::Rejection,
    protocol::{KeyClass, Secret, callback::v2, signature::url::UrlSignature},
};

/// A request whose signature holds.
pub(super) struct Verified {
    pub(super) call: ReceivedCall,
    /// With which the answer is signed.
    pub(super) key: Secret,
}

/// A request that is refused, with what was computed, the key masked.
pub(super) struct Refused {
    pub(super) rejection: Rejection,
    pub(super) computed: String,
}

impl From<Rejection> for Refused {
    fn from(rejection: Rejection) -> Self {
        Self { rejection, computed: String::new() }
    }
}

/// The classes whose keys can sign a request to an endpoint's own path.
const CLASSES: [KeyClass; 2] = [KeyClass::Base, KeyClass::General];

pub(super) fn verify(desk: &Desk, endpoint: &Endpoint, query: &str, body: &[u8]) -> Result<Verified, Refused> {
    let of_base = |refusal: &_| Refused::from(Rejection::of_signature(refusal, KeyClass::Base));
    let signature = UrlSignature::from_query(query).map_err(|refusal| of_base(&refusal))?;
    signature.check_freshness(desk.now()).map_err(|refusal| of_base(&refusal))?;

    let keys: Vec<(KeyClass, Secret)> = CLASSES
        .into_iter()
        .flat_map(|class| desk.keys().keys(&endpoint.name, class).into_iter().map(move |valid| (class, valid.key)))
        .collect();
    let Some((first_class, first_key)) = keys.first() else {
        return Err(Rejection::NoKey { class: KeyClass::Base.name().to_owned() }.into());
    };
    let Some((used, key)) = keys.iter().find(|(_, key)| signature.verify(key, body).is_ok()) else {
        return Err(Refused {
            rejection: Rejection::Mismatch { class: first_class.name().to_owned() },
            computed: signature.explain(first_key, body),
        });
    };
    let callback = v2::parse(body).map_err(|error| Rejection::from(&error))?;
    let wanted = callback.activity.key_class();
    let wanted_is_set = keys.iter().any(|(class, _)| *class == wanted);
    // A seller without a key of the wanted class has bound one key to everything.
    if wanted != *used && wanted_is_set {
        return Err(Rejection::WrongKeyClass {
            activity: callback.activity.name().to_owned(),
            used: used.name().to_owned(),
            wanted: wanted.name().to_owned(),
        }
        .into());
    }
    let call = ReceivedCall {
        callback,
        nonce: signature.nonce,
        query: query.to_owned(),
        // A body that was parsed as JSON is UTF-8.
        body: String::from_utf8_lossy(body).into_owned(),
    };
    Ok(Verified { call, key: key.clone() })
}
