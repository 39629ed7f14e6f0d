//! What the tests share.

pub mod app;
pub mod backend;
pub mod program;
pub mod waiting;
