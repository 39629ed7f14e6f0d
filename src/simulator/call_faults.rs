//! What goes wrong on purpose with the calls to the seller: rules that can be set and taken back while the marketplace runs,
//! in the same shape as those of the open APIs. Knows when, not how.

use std::sync::Mutex;

use serde::{Deserialize, Serialize};

use super::{Marketplace, chance::Chance, delivery::lock, when::When};

/// So that these faults follow neither the ids nor the open APIs' faults, which come from the same seed.
const STREAM: u64 = 0x5eed_ca11;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum CallFault {
    /// The call leaves later than it was signed.
    Slow {
        millis: u64,
    },
    /// The marketplace gives up before the answer may be there, and closes the connection.
    HangUp {
        millis: u64,
    },
    /// The answer is lost on its way: the seller has done it and the marketplace does not know.
    LostAnswer,
    /// The connection is reset as soon as the request is sent.
    Reset,
    /// Half of the answer's body arrives.
    HalfAnswer,
    /// The same business twice, one call after the other, each signed by itself.
    Duplicate,
    /// The same business so many times at once, each signed by itself.
    Concurrent {
        calls: u8,
    },
    /// The call is held up on its way and arrives after the next one; the marketplace takes it for lost.
    Reordered,
    WrongKey,
    /// The timestamp in seconds, as older pages have it.
    Seconds,
    /// Signed ten minutes ago.
    Stale,
    /// The marketplace's clock is off by so much.
    ClockSkew {
        millis: i64,
    },
    /// The very same request twice, signature and nonce too.
    Replayed,
    /// The members in another order than the sorted one that is signed.
    Shuffled,
    /// A member that no page knows.
    UnknownField,
    /// A call before it whose activity no page knows.
    UnknownActivity,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CallFaultRule {
    /// V2's word. `None`: every activity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub activity: Option<String>,
    pub fault: CallFault,
    pub when: When,
}

impl CallFaultRule {
    pub const fn new(fault: CallFault, when: When) -> Self {
        Self { activity: None, fault, when }
    }
}

/// The rules in force; the first that applies is the one.
#[derive(Debug)]
pub(super) struct CallFaults(Mutex<State>);

#[derive(Debug)]
struct State {
    rules: Vec<CallFaultRule>,
    dice: Chance,
}

impl CallFaults {
    pub(super) fn new(seed: Option<u64>) -> Self {
        let dice = Chance::new(seed.map(|seed| seed ^ STREAM));
        Self(Mutex::new(State { rules: vec![], dice }))
    }

    pub(super) fn draw(&self, activity: &str) -> Option<CallFault> {
        let mut state = lock(&self.0);
        let State { rules, dice } = &mut *state;
        let mut fitting = rules.iter_mut().filter(|rule| rule.activity.as_deref().is_none_or(|of| of == activity));
        let hit = fitting.find_map(|rule| rule.when.comes(dice).then(|| rule.fault.clone()));
        rules.retain(|rule| !rule.when.is_spent());
        hit
    }

    pub(super) fn set(&self, rules: Vec<CallFaultRule>) {
        lock(&self.0).rules = rules;
    }

    pub(super) fn drawn(&self) -> u64 {
        lock(&self.0).dice.position()
    }

    pub(super) fn go_on_from(&self, drawn: u64) {
        lock(&self.0).dice.go_on_from(drawn);
    }
}

impl Marketplace {
    pub fn add_call_fault(&self, rule: CallFaultRule) {
        lock(&self.shared.call_faults.0).rules.push(rule);
    }

    pub fn clear_call_faults(&self) {
        self.shared.call_faults.set(vec![]);
    }

    /// What is in force; of scripted rules what is left of them.
    pub fn call_faults(&self) -> Vec<CallFaultRule> {
        lock(&self.shared.call_faults.0).rules.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_speaks_of_an_activity_and_comes_when_it_is_due() {
        let rule =
            r#"{"activity":"newInstance","fault":{"kind":"clock-skew","millis":-5},"when":{"requests":{"count":2}}}"#;
        let faults = CallFaults::new(Some(1));
        faults.set(vec![serde_json::from_str(rule).unwrap()]);
        assert_eq!(faults.draw("releaseInstance"), None);
        assert_eq!(faults.draw("newInstance"), Some(CallFault::ClockSkew { millis: -5 }));
        assert!(faults.draw("newInstance").is_some());
        assert_eq!(faults.draw("newInstance"), None);
    }

    #[test]
    fn chance_is_the_same_for_the_same_seed() {
        let of = |seed| {
            let faults = CallFaults::new(Some(seed));
            faults.set(vec![CallFaultRule::new(CallFault::Reset, When::Chance(0.2))]);
            (0..200).map(|_| faults.draw("newInstance").is_some()).collect::<Vec<_>>()
        };
        assert_eq!(of(7), of(7));
        assert_ne!(of(7), of(8));
    }
}
