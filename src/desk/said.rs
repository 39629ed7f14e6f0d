//! What a message's call said, for people to read. What came encrypted is opened for them here and kept nowhere.

use super::Desk;
use crate::{
    domain::{Attempt, Message},
    protocol::{
        KeyClass, Secret,
        callback::{Said, said},
        credential::{self, EncryptType},
    },
};

impl Desk {
    /// The newest call's members; empty where none can be read.
    pub fn said(&self, message: &Message, attempts: &[Attempt]) -> Vec<Said> {
        let asked = |attempt: &&Attempt| !attempt.request_query.is_empty() || !attempt.request_body.is_empty();
        let Some(attempt) = attempts.iter().rev().find(asked) else { return Vec::new() };
        let (query, body) = (attempt.request_query.as_str(), attempt.request_body.as_str());
        let Some(wire) = message.wire else { return Vec::new() };
        match wire.read(&message.activity, query, body.as_bytes()) {
            Ok(callback) => said(&callback, wire.members(query, body), |text| self.decrypt(message, text)),
            Err(_) => Vec::new(),
        }
    }

    /// Which algorithm the marketplace takes is the product's setting, so both are tried, with every Key that is valid.
    fn decrypt(&self, message: &Message, text: &str) -> Option<Secret> {
        let keys = self.keys().keys(&message.endpoint, KeyClass::V1);
        keys.iter().find_map(|valid| {
            let kinds = [EncryptType::Aes256, EncryptType::Aes128];
            kinds.into_iter().find_map(|kind| credential::decrypt(&valid.key, kind, text).ok())
        })
    }
}
