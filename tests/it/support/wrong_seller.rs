//! The simulator's wrong sellers, who here have one key for everything.

use sellerdesk::protocol::{KeyClass, Secret};
pub use sellerdesk::simulator::wrong_seller::{Wrong, WrongSeller};

pub const SELLER_KEY: &str = "the-key-of-a-small-seller";

pub async fn open(wrong: Wrong) -> WrongSeller {
    let keys = KeyClass::ALL.into_iter().map(|class| (class, Secret::new(SELLER_KEY)));
    WrongSeller::open(wrong, keys.collect()).await.unwrap()
}
