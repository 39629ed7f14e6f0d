//! Sellerdesk: the callback receiver and message desk of a KooGallery seller, in a window or without one.
//!
//! The rooms, each of which may know only those below it (`tests/it/tidy.rs` checks it):
//!
//! - [`cli`]: the command line, one file per subcommand; [`ui`]: the window; [`receiver`]: the HTTP server that KooGallery
//!   calls. Edges: they translate and decide nothing
//! - [`desk`]: everything that can happen, as functions: answer a call, retry, fulfil, read
//! - [`store`]: the SQLite file; [`fulfilment`]: templates and webhooks; [`marketplace`]: the client of the open APIs;
//!   [`sheet`]: tables as files; [`config`]: `config.toml` and keys; [`sealing`]: how secrets lie on disk. Means: none knows
//!   another
//! - [`domain`]: the rules, as pure functions
//! - [`protocol`]: what KooGallery says on the wire, pure as well
//! - [`simulator`]: a KooGallery of our own, which knows the wire alone

pub mod cli;
pub mod config;
pub mod desk;
pub mod domain;
pub mod fulfilment;
pub mod marketplace;
pub mod protocol;
pub mod receiver;
pub mod sealing;
pub mod sheet;
pub mod simulator;
pub mod store;
pub mod ui;
