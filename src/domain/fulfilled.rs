//! What came of asking the seller's product to do something. Knows nothing of how it was asked.

use super::Exception;
use crate::protocol::{ResultCode, callback::AppInfo};

#[derive(Clone, Debug, PartialEq)]
pub enum Fulfilled {
    /// Done; access data, or a license, where the product has some to tell.
    Done { app_info: Option<AppInfo> },
    /// Accepted, not finished: ask again later.
    Working,
    /// The product says no, with a code of its own choice.
    Refused { result_code: ResultCode, result_msg: String },
    /// Nobody knows; try again.
    Failed(Exception),
}
