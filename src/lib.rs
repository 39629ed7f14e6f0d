//! Sellerdesk.

pub mod cli;
pub mod config;
pub mod desk;
pub mod domain;
pub mod fulfilment;
pub mod protocol;
pub mod receiver;
pub mod sealing;
pub mod simulator;
pub mod store;
pub mod ui;
