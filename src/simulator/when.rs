//! When a fault that was ordered comes. Pure but for the dice, which are handed in.

use rand::RngExt as _;
use serde::{Deserialize, Serialize};

use super::chance::Chance;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum When {
    Always,
    /// This many requests, after some that go well.
    Requests {
        #[serde(default)]
        after: u32,
        count: u32,
    },
    /// Each with this probability, from 0 to 1.
    Chance(f64),
}

impl When {
    /// Whether it comes with this request, which is counted.
    pub(super) fn comes(&mut self, dice: &mut Chance) -> bool {
        match self {
            Self::Always => true,
            Self::Chance(chance) => dice.random::<f64>() < *chance,
            Self::Requests { after: 0, count } => {
                let left = *count > 0;
                *count = count.saturating_sub(1);
                left
            }
            Self::Requests { after, .. } => {
                *after -= 1;
                false
            }
        }
    }

    pub(super) const fn is_spent(&self) -> bool {
        matches!(self, Self::Requests { count: 0, .. })
    }
}
