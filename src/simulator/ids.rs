//! The ids that the marketplace gives. From a seed they come out the same each time, but that an order's tells the minute;
//! nonces never do, because a seller rightly refuses one that it has seen.

use rand::{
    RngExt as _,
    distr::{Alphanumeric, SampleString as _},
};
use uuid::Builder;

use super::chance::Chance;
use crate::protocol::{
    UnixMillis,
    id::{BusinessId, EventId, InstanceId, LicenseCode, OrderId, OrderLine, OrderLineId},
};

const LETTERS: &[u8; 36] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

#[derive(Debug)]
pub struct Ids(Chance);

impl Ids {
    pub fn random() -> Self {
        Self(Chance::new(None))
    }

    pub fn seeded(seed: u64) -> Self {
        Self(Chance::new(Some(seed)))
    }

    pub(super) fn position(&self) -> u64 {
        self.0.position()
    }

    pub(super) fn go_on_from(&mut self, position: u64) {
        self.0.go_on_from(position);
    }

    /// An order of one line: `CS`, the minute, and seven letters or digits, as `CS2211181819B4LVSQX`.
    pub fn order(&mut self, now: UnixMillis) -> OrderLine {
        let time = now.to_compact_utc();
        let mut id = format!("CS{}", time.get(2..12).unwrap_or(&time));
        self.letters(7, &mut id);
        OrderLine { order_line_id: OrderLineId::new(format!("{id}-000001")), order_id: OrderId::new(id) }
    }

    pub fn business(&mut self) -> BusinessId {
        BusinessId::new(self.uuid())
    }

    pub fn event(&mut self) -> EventId {
        EventId::new(self.uuid())
    }

    /// An instance of another seller's.
    pub fn instance(&mut self) -> InstanceId {
        InstanceId::new(self.uuid())
    }

    /// `PL` and eighteen letters or digits.
    pub fn license(&mut self) -> LicenseCode {
        let mut code = "PL".to_owned();
        self.letters(18, &mut code);
        LicenseCode::new(code)
    }

    fn letters(&mut self, count: usize, text: &mut String) {
        for _ in 0..count {
            text.push(char::from(LETTERS[self.0.random_range(0..LETTERS.len())]));
        }
    }

    fn uuid(&mut self) -> String {
        Builder::from_random_bytes(self.0.random()).into_uuid().to_string()
    }
}

/// 32 letters and digits, another one on every call.
pub fn nonce() -> String {
    Alphanumeric.sample_string(&mut rand::rng(), 32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_ids_and_other_nonces() {
        let now = UnixMillis(1_669_257_378_000);
        let (mut left, mut right) = (Ids::seeded(7), Ids::seeded(7));
        let order = left.order(now);
        assert!(order.order_id.as_str().starts_with("CS2211240236"), "{order:?}");
        assert_eq!(order, right.order(now));
        assert_eq!(left.business(), right.business());
        assert_eq!(left.license(), right.license());
        assert_ne!(left.business(), left.business());
        assert_ne!(nonce(), nonce());
    }
}
