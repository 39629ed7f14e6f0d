//! One file per signature scheme. Each signs, verifies in constant time, and can tell what it computed.

pub mod auth_token;
pub mod body_sign;
pub mod kit_header;
pub mod mac;
pub mod sdk_hmac;
pub mod url;
pub mod usage_push;

#[cfg(test)]
mod known_answers;
