//! What the tests share.

pub mod app;
pub mod backend;
pub mod certificates;
pub mod open_api;
pub mod peer;
pub mod program;
pub mod raw_peer;
pub mod seller;
pub mod snapshot;
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::cast_possible_wrap,
    reason = "pixels"
)]
pub mod soft_renderer;
pub mod trade;
pub mod waiting;
pub mod window;
pub mod wrong_seller;
pub mod year;
