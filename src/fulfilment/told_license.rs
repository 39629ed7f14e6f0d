//! The License that a backend tells in answer to an application (`getLicenseAsync`): a text as `license`, or a file as
//! `licenseFile`. Whether KooGallery can take it is known before it is sent.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::Deserialize;

use crate::{
    domain::ToldLicense,
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

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoLicense {
    #[error(
        "`license` has {length} characters; KooGallery takes 1 to {MAX_CHARACTERS}, and longer ones as `licenseFile`"
    )]
    Text { length: usize },
    #[error("`licenseFile.name` has {length} characters; KooGallery takes 1 to {MAX_FILE_NAME}")]
    Name { length: usize },
    #[error("`licenseFile.base64` is no base64: {reason}")]
    Base64 { reason: String },
    #[error("`licenseFile` has {length} bytes; KooGallery takes 1 to {MAX_FILE}")]
    File { length: usize },
    #[error("it has both `license` and `licenseFile`; one License is handed over")]
    Both,
    #[error("`licenseFile` is taken with getLicenseAsync alone")]
    NotAskedFor,
}

/// A text that can be handed over.
pub(super) fn check_text(license: &str) -> Result<(), NoLicense> {
    let length = license.chars().count();
    if (1..=MAX_CHARACTERS).contains(&length) { Ok(()) } else { Err(NoLicense::Text { length }) }
}

impl ToldFile {
    pub(super) fn check(self) -> Result<ToldLicense, NoLicense> {
        let length = self.name.chars().count();
        if !(1..=MAX_FILE_NAME).contains(&length) {
            return Err(NoLicense::Name { length });
        }
        let bytes = STANDARD.decode(&self.base64).map_err(|error| NoLicense::Base64 { reason: error.to_string() })?;
        if !(1..=MAX_FILE).contains(&bytes.len()) {
            return Err(NoLicense::File { length: bytes.len() });
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
        assert_eq!(file("", "TElDRU5TRQ=="), Err(NoLicense::Name { length: 0 }));
        assert!(matches!(file("a.lic", "not base64"), Err(NoLicense::Base64 { .. })));
        assert_eq!(file("a.lic", ""), Err(NoLicense::File { length: 0 }));
        let long = STANDARD.encode(vec![0; MAX_FILE + 1]);
        assert_eq!(file("a.lic", &long), Err(NoLicense::File { length: MAX_FILE + 1 }));
        assert_eq!(check_text("许可"), Ok(()));
        assert_eq!(
            (check_text(""), check_text(&"x".repeat(1025))),
            (Err(NoLicense::Text { length: 0 }), Err(NoLicense::Text { length: 1025 }),)
        );
    }
}
