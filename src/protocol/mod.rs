//! What KooGallery says on the wire, as plain values. Pure: bytes, keys and `now` come in as arguments; no I/O, clock,
//! runtime, random source or store is named here.

pub mod address;
pub mod callback;
pub mod credential;
pub mod debugging;
pub mod id;
pub mod key_class;
pub mod oaep;
pub mod open_api;
pub mod result_code;
pub mod secret;
pub mod signature;
pub mod site;
pub mod timestamp;

pub use key_class::KeyClass;
pub use result_code::ResultCode;
pub use secret::Secret;
pub use timestamp::UnixMillis;
