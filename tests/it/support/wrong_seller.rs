//! The simulator's wrong sellers, who here have one key for everything but order notifications.

use sellerdesk::protocol::{KeyClass, Secret};
pub use sellerdesk::simulator::wrong_seller::{Wrong, WrongSeller};

pub const SELLER_KEY: &str = "the-key-of-a-small-seller";
pub const SELLER_GENERAL_KEY: &str = "the-general-key-of-a-small-seller";

/// To be used inside a tokio runtime.
pub fn open(wrong: Wrong) -> WrongSeller {
    let key = |class| if class == KeyClass::General { SELLER_GENERAL_KEY } else { SELLER_KEY };
    let keys = KeyClass::ALL.into_iter().map(|class| (class, Secret::new(key(class))));
    WrongSeller::open(wrong, keys.collect()).unwrap()
}
