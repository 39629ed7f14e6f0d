//! Chance that comes out the same from a seed, and that goes on where it was when a marketplace was kept.

use std::convert::Infallible;

use chacha20::ChaCha12Rng;
use rand::{SeedableRng as _, TryRng};

#[derive(Debug)]
pub struct Chance(ChaCha12Rng);

impl Chance {
    /// Without a seed another one each time.
    pub fn new(seed: Option<u64>) -> Self {
        Self(seed.map_or_else(rand::make_rng, ChaCha12Rng::seed_from_u64))
    }

    /// How much was drawn. Nobody draws more than 64 bits can count.
    pub(super) fn position(&self) -> u64 {
        u64::try_from(self.0.get_word_pos()).unwrap_or(u64::MAX)
    }

    pub(super) fn go_on_from(&mut self, position: u64) {
        self.0.set_word_pos(position.into());
    }
}

impl TryRng for Chance {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.0.try_next_u32()
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        self.0.try_next_u64()
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        self.0.try_fill_bytes(bytes)
    }
}

#[cfg(test)]
mod tests {
    use rand::RngExt as _;

    use super::*;

    #[test]
    fn it_goes_on_where_it_was() {
        let drawn =
            |chance: &mut Chance| (chance.random::<u64>(), chance.random_range(0..36_u32), chance.random::<f64>());
        let mut whole = Chance::new(Some(7));
        for draws in [0, 1, 7, 40] {
            for _ in 0..draws {
                drawn(&mut whole);
                whole.random::<u32>();
            }
            let mut resumed = Chance::new(Some(7));
            resumed.go_on_from(whole.position());
            assert_eq!(drawn(&mut resumed), drawn(&mut whole), "after {draws} draws");
        }
    }
}
