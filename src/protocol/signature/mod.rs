//! One file per signature scheme. Each signs and verifies in constant time; [`diagnosis`] tells
//! why one does not hold. Which calls take
//! which: KooGallery pages zh-cn_topic_0070649476 (V2 and its kit), zh-cn_topic_0070649248 (license codes),
//! zh-cn_topic_0070649286 (online License), zh-cn_topic_0000002055600456 (order notification), zh-cn_topic_0070649156 and
//! zh-cn_topic_0070649135 (V1 and its kit).

pub mod auth_token;
pub mod body_sign;
pub mod diagnosis;
pub mod kit_header;
pub mod mac;
pub mod sdk_hmac;
pub mod url;
pub mod usage_push;

#[cfg(test)]
mod known_answers;
