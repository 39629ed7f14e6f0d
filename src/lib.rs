//! Sellerdesk.

pub mod domain;
pub mod fulfilment;
pub mod protocol;
pub mod sealing;
pub mod store;
