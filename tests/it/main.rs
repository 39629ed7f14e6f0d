//! Tests of the whole: over real sockets, on real files, in the window.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says what is wrong by failing")]

mod support;

mod bounds;
mod cli;
mod fulfilment;
mod kill;
mod receiver;
mod settings;
mod texts;
mod tidy;
