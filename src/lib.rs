//! Sellerdesk.

pub mod domain;
pub mod protocol;
