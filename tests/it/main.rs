//! Tests of the whole: over real sockets, on real files, in the window.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says what is wrong by failing")]
#![expect(clippy::string_slice, reason = "so does a slice of the source or of an answer")]

mod support;

mod asking_window;
mod bounds;
mod check;
mod cli;
mod endpoint_window;
mod every_activity;
mod explained;
mod export;
mod fulfilment;
mod generations;
mod generations_asked;
mod hostile;
mod key_window;
mod kill;
mod kit;
mod licenses_window;
mod open_api_client;
mod open_api_faults;
mod organisations_window;
mod outbox;
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "pixels")]
mod pictures;
mod receiver;
mod registers;
mod rotation;
mod session;
mod settings;
mod simulate_cli;
mod simulator;
mod simulator_open_api;
mod texts;
mod tidy;
mod usage_sources;
mod usage_texts;
mod usage_window;
mod window;
