//! The License that a backend tells in answer to an application (`getLicenseAsync`): a text as `license`, or a file as
//! `licenseFile`. Whether KooGallery can take it is known before it is sent.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;

use crate::{
    domain::{AnswerFlaw, ToldLicense},
    protocol::{
        Secret,
        open_api::upload::{MAX_CHARACTERS, MAX_FILE, MAX_FILE_NAME},
    },
};

#[derive(Deserialize)]
pub(super) struct ToldFile {
    name: String,
    base64: String,
}

/// A text that can be handed over.
pub(super) fn check_text(license: &str) -> Result<(), AnswerFlaw> {
    let length = license.chars().count();
    if (1..=MAX_CHARACTERS).contains(&length) { Ok(()) } else { Err(text_length(length)) }
}

const fn text_length(length: usize) -> AnswerFlaw {
    AnswerFlaw::LicenseText { length, max: MAX_CHARACTERS }
}

impl ToldFile {
    pub(super) fn check(self) -> Result<ToldLicense, AnswerFlaw> {
        let length = self.name.chars().count();
        if !(1..=MAX_FILE_NAME).contains(&length) {
            return Err(AnswerFlaw::LicenseFileName { length, max: MAX_FILE_NAME });
        }
        let bytes = STANDARD
            .decode(&self.base64)
            .map_err(|error| AnswerFlaw::LicenseFileBase64 { reason: error.to_string() })?;
        if !(1..=MAX_FILE).contains(&bytes.len()) {
            return Err(AnswerFlaw::LicenseFileLength { length: bytes.len(), max: MAX_FILE });
        }
        Ok(ToldLicense { file_name: Some(self.name), content: Secret::new(self.base64) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_koogallery_would_not_take_is_told_before_it_is_sent() {
        let file = |name: &str, base64: &str| ToldFile { name: name.into(), base64: base64.into() }.check();
        assert!(file("a.lic", "TElDRU5TRQ==").is_ok());
        assert_eq!(file("", "TElDRU5TRQ=="), Err(AnswerFlaw::LicenseFileName { length: 0, max: MAX_FILE_NAME }));
        assert!(matches!(file("a.lic", "not base64"), Err(AnswerFlaw::LicenseFileBase64 { .. })));
        assert_eq!(file("a.lic", ""), Err(AnswerFlaw::LicenseFileLength { length: 0, max: MAX_FILE }));
        let long = STANDARD.encode(vec![0; MAX_FILE + 1]);
        assert_eq!(file("a.lic", &long), Err(AnswerFlaw::LicenseFileLength { length: MAX_FILE + 1, max: MAX_FILE }));
        assert_eq!(check_text("许可"), Ok(()));
        assert_eq!((check_text(""), check_text(&"x".repeat(1025))), (Err(text_length(0)), Err(text_length(1025))));
    }
}
