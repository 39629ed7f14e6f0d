//! What the tests share.

pub mod app;
pub mod backend;
pub mod waiting;
