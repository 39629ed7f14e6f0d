//! One file per signature scheme. Each signs, verifies in constant time, and can tell what it computed.

pub mod mac;
pub mod url;
