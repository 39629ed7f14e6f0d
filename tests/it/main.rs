//! Tests of the whole: over real sockets, on real files, in the window.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says what is wrong by failing")]
#![expect(clippy::string_slice, reason = "so does a slice of the source or of an answer")]

mod support;

mod asking_window;
mod bounds;
mod check;
mod cli;
mod client_secret;
mod debugging;
mod debugging_window;
mod ended_keys;
mod endpoint_window;
mod every_activity;
mod explained;
mod export;
mod fault_control;
mod foreseen;
mod foreseen_organisation;
mod fulfilment;
mod generations;
mod generations_asked;
mod hostile;
mod import_window;
mod key_window;
mod kill;
mod kit;
mod kit_order;
mod license_calendar;
mod licenses_window;
mod limits;
mod limits_window;
mod list_keys;
mod load;
mod mending;
mod open_api_client;
mod open_api_faults;
mod order_import;
mod order_status;
mod organisations_window;
mod outbox;
#[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "pixels")]
mod pictures;
mod played_apis;
mod probe_alarm;
mod receiver;
mod registers;
mod registers_window;
mod replayed_timing;
mod rotation;
mod scenarios;
mod session;
mod settings;
mod settlement;
mod settlement_window;
mod signed_refusals;
mod simulate_cli;
mod simulated_faults;
mod simulated_life;
mod simulated_time;
mod simulated_year;
mod simulator;
mod simulator_open_api;
mod targets;
mod texts;
mod tidy;
mod unsubscription;
mod upkeep;
mod usage_correct_window;
mod usage_sources;
mod usage_texts;
mod usage_window;
mod watching;
mod window;
