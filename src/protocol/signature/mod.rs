//! One file per signature scheme. Each signs, verifies in constant time, and can tell what it computed.

pub mod body_sign;
pub mod mac;
pub mod url;
