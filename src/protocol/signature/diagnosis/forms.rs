//! How a signature may have been written down: 32 bytes as hex or base64, in one alphabet or another, encoded once or twice.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};
use url::form_urlencoded;

use super::{Hypothesis, Tried};
use crate::protocol::signature::mac::constant_time_eq;

type Mac = [u8; 32];

/// One presented signature, read in every form.
pub(super) struct Forms {
    right: Option<Mac>,
    others: Vec<Other>,
    /// In lower case, where the letter case counts.
    folded: Option<String>,
    folded_holds: bool,
}

struct Other {
    form: Hypothesis,
    mac: Option<Mac>,
    holds: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    Not,
    Right,
    InOtherForm,
}

impl Forms {
    /// The scheme writes hex of either case.
    pub(super) fn of_hex(presented: &str) -> Self {
        let trimmed = presented.trim_matches(['"', '\'', ' ', '\t']);
        let base64 = lenient_base64(&presented.replace(' ', "+"));
        Self::new(
            of_hex(presented.as_bytes()),
            [
                (Hypothesis::Base64ForHex, base64.or_else(|| of_base64_of_hex(presented))),
                (Hypothesis::SignatureWrapped, other_than(presented, trimmed).and_then(|text| of_hex(text.as_bytes()))),
            ],
            None,
        )
    }

    /// The scheme writes standard base64 with padding.
    pub(super) fn of_base64(presented: &str) -> Self {
        let plus = presented.replace(' ', "+");
        let once = presented.replace('+', "%2B");
        let once = form_urlencoded::parse(once.as_bytes()).next().map(|(text, _)| text.into_owned());
        let once = once.filter(|_| presented.contains('%')).unwrap_or_else(|| presented.to_owned());
        let trimmed = presented.trim_matches(['"', '\'', ' ', '\t']);
        Self::new(
            strict_base64(presented),
            [
                (Hypothesis::LostPlus, other_than(presented, &plus).and_then(strict_base64)),
                (Hypothesis::HexForBase64, of_hex(presented.as_bytes()).or_else(|| of_base64_of_hex(presented))),
                (Hypothesis::Base64Alphabet, lenient_base64(presented).filter(|_| strict_base64(presented).is_none())),
                (Hypothesis::EncodedTwice, other_than(presented, &once).and_then(strict_base64)),
                (Hypothesis::SignatureWrapped, other_than(presented, trimmed).and_then(strict_base64)),
            ],
            Some(presented.to_ascii_lowercase()),
        )
    }

    fn new<const N: usize>(right: Option<Mac>, others: [(Hypothesis, Option<Mac>); N], folded: Option<String>) -> Self {
        let others = others.map(|(form, mac)| Other { form, mac, holds: false });
        Self { right, others: Vec::from(others), folded, folded_holds: false }
    }

    /// Whether `mac` was presented, in whichever form. `by_the_rules`: it is of a key that may sign, over the right text.
    pub(super) fn look(&mut self, mac: &Mac, by_the_rules: bool) -> Found {
        let mut found = if is(self.right.as_ref(), mac) { Found::Right } else { Found::Not };
        for other in &mut self.others {
            if is(other.mac.as_ref(), mac) {
                other.holds = true;
                found = if found == Found::Right { found } else { Found::InOtherForm };
            }
        }
        if let Some(folded) = self.folded.as_ref().filter(|_| by_the_rules) {
            let expected = STANDARD.encode(mac).to_ascii_lowercase();
            self.folded_holds |= constant_time_eq(folded.as_bytes(), expected.as_bytes()) & (found == Found::Not);
        }
        found
    }

    pub(super) fn tried(&self) -> Vec<Tried> {
        let others = self.others.iter().map(|other| Tried { hypothesis: other.form.clone(), holds: other.holds });
        let case = self.folded.as_ref().map(|_| Tried { hypothesis: Hypothesis::LetterCase, holds: self.folded_holds });
        others.chain(case).collect()
    }
}

fn is(presented: Option<&Mac>, mac: &Mac) -> bool {
    presented.is_some_and(|presented| constant_time_eq(presented, mac))
}

fn other_than<'t>(presented: &str, text: &'t str) -> Option<&'t str> {
    (presented != text).then_some(text)
}

fn of_hex(text: &[u8]) -> Option<Mac> {
    hex::decode(text).ok()?.try_into().ok()
}

fn strict_base64(text: &str) -> Option<Mac> {
    STANDARD.decode(text).ok()?.try_into().ok()
}

/// Of either alphabet, with padding or without.
fn lenient_base64(text: &str) -> Option<Mac> {
    let text = text.replace('-', "+").replace('_', "/");
    STANDARD_NO_PAD.decode(text.trim_end_matches('=')).ok()?.try_into().ok()
}

fn of_base64_of_hex(text: &str) -> Option<Mac> {
    of_hex(&STANDARD.decode(text.replace(' ', "+")).ok()?)
}
