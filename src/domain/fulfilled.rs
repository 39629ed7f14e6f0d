//! What came of asking the seller's product to do something. Knows nothing of how it was asked.

use super::Exception;
use crate::protocol::{ResultCode, Secret, callback::AppInfo};

#[derive(Clone, Debug, PartialEq)]
pub enum Fulfilled {
    /// Done; access data, or a license, where the product has some to tell.
    Done { app_info: Option<AppInfo> },
    /// Done: the License that was applied for is a file.
    LicenseFile(ToldLicense),
    /// Accepted, not finished: ask again later.
    Working,
    /// The product says no, with a code of its own choice.
    Refused { result_code: ResultCode, result_msg: String },
    /// Nobody knows; try again.
    Failed(Exception),
}

/// A License that the product told in answer to an application, as it is kept until it is handed over.
#[derive(Clone, Debug, PartialEq)]
pub struct ToldLicense {
    /// `None` where it is a text.
    pub file_name: Option<String>,
    /// Of a file its bytes as base64.
    pub content: Secret,
}

impl ToldLicense {
    pub const fn text(content: Secret) -> Self {
        Self { file_name: None, content }
    }
}
