//! What goes wrong on purpose: rules that can be set and taken back while the marketplace runs. Knows when, not how.

use std::{sync::Mutex, time::Duration};

use serde::{Deserialize, Serialize};

use super::api::Api;
pub use crate::simulator::when::When;
use crate::simulator::{chance::Chance, delivery::lock};

/// So that faults do not follow the ids, which come from the same seed.
const STREAM: u64 = 0x5eed_fa17;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Fault {
    /// Answers, but later.
    Slow { millis: u64 },
    /// Never answers; the connection stays open.
    Hang,
    /// The connection is reset when half of the body is sent.
    Reset,
    /// The text of the answer ends in its middle, as an HTTP answer it is whole.
    Half,
    /// A page of some proxy instead of JSON, with status 200.
    Html,
    /// 200 and nothing.
    Empty,
    /// The gateway's 429, with `Retry-After` in seconds where one is told.
    TooManyRequests {
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_after: Option<u32>,
    },
    /// The store's own 406.
    TooOften,
    /// 500, with the interface's code for it.
    InternalError,
    /// The gateway's 502.
    BadGateway,
    /// The gateway's 504.
    GatewayTimeout,
    /// Whatever is told.
    Answer { status: u16, content_type: String, body: String },
}

impl Fault {
    pub const fn slow(by: Duration) -> Self {
        #[expect(clippy::cast_possible_truncation, reason = "nobody waits for longer than 64 bits of milliseconds")]
        Self::Slow { millis: by.as_millis() as u64 }
    }

    /// Whether what was asked is done nevertheless, where the rule does not say.
    const fn comes_after_the_deed(&self) -> bool {
        matches!(self, Self::Slow { .. } | Self::Hang | Self::Reset | Self::Half)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// `None`: every API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api: Option<Api>,
    pub fault: Fault,
    pub when: When,
    /// Whether the marketplace does what it is asked before the answer is spoilt: the worst kind of fault, for then the
    /// caller does not know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub done: Option<bool>,
}

impl FaultRule {
    pub const fn new(fault: Fault, when: When) -> Self {
        Self { api: None, fault, when, done: None }
    }

    pub const fn always(fault: Fault) -> Self {
        Self::new(fault, When::Always)
    }

    /// The next requests.
    pub const fn next(count: u32, fault: Fault) -> Self {
        Self::new(fault, When::Requests { after: 0, count })
    }

    #[must_use]
    pub const fn at(mut self, api: Api) -> Self {
        self.api = Some(api);
        self
    }

    #[must_use]
    pub const fn after_the_deed(mut self) -> Self {
        self.done = Some(true);
        self
    }

    #[must_use]
    pub const fn instead_of_the_deed(mut self) -> Self {
        self.done = Some(false);
        self
    }

    pub(super) fn is_done(&self) -> bool {
        self.done.unwrap_or_else(|| self.fault.comes_after_the_deed())
    }
}

/// The rules in force; the first that applies is the one.
#[derive(Debug)]
pub struct ApiFaults(Mutex<State>);

#[derive(Debug)]
struct State {
    rules: Vec<FaultRule>,
    dice: Chance,
}

impl ApiFaults {
    pub(super) fn new(seed: Option<u64>) -> Self {
        let dice = Chance::new(seed.map(|seed| seed ^ STREAM));
        Self(Mutex::new(State { rules: vec![], dice }))
    }

    pub fn add(&self, rule: FaultRule) {
        lock(&self.0).rules.push(rule);
    }

    pub fn clear(&self) {
        lock(&self.0).rules.clear();
    }

    /// What is in force; of scripted rules what is left of them.
    pub fn rules(&self) -> Vec<FaultRule> {
        lock(&self.0).rules.clone()
    }

    pub(super) fn drawn(&self) -> u64 {
        lock(&self.0).dice.position()
    }

    pub(super) fn resume(&self, rules: Vec<FaultRule>, drawn: u64) {
        let mut state = lock(&self.0);
        state.rules = rules;
        state.dice.go_on_from(drawn);
    }

    /// The rule for the next request to `api`. Scripted ones count it.
    pub(super) fn draw(&self, api: Api) -> Option<FaultRule> {
        let mut state = lock(&self.0);
        let State { rules, dice } = &mut *state;
        let mut fitting = rules.iter_mut().filter(|rule| rule.api.is_none_or(|of| of == api));
        let hit = fitting.find_map(|rule| rule.when.comes(dice).then(|| rule.clone()));
        rules.retain(|rule| !rule.when.is_spent());
        hit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(faults: &ApiFaults, requests: usize) -> String {
        (0..requests).map(|_| if faults.draw(Api::OrderQuery).is_some() { 'x' } else { '.' }).collect()
    }

    #[test]
    fn a_scripted_fault_comes_when_it_is_due_and_is_gone_then() {
        let faults = ApiFaults::new(Some(1));
        faults.add(FaultRule::new(Fault::Hang, When::Requests { after: 2, count: 3 }));
        assert_eq!(drawn(&faults, 7), "..xxx..");
        assert_eq!(faults.rules(), []);
        faults.add(FaultRule::always(Fault::Empty).at(Api::Upload));
        assert_eq!(drawn(&faults, 3), "...", "for another API");
        assert!(faults.draw(Api::Upload).is_some());
    }

    #[test]
    fn chance_is_the_same_for_the_same_seed() {
        let of = |seed, chance| {
            let faults = ApiFaults::new(Some(seed));
            faults.add(FaultRule::new(Fault::Html, When::Chance(chance)));
            drawn(&faults, 400)
        };
        assert_eq!(of(7, 0.2), of(7, 0.2));
        assert_ne!(of(7, 0.2), of(8, 0.2));
        let hits = of(7, 0.2).matches('x').count();
        assert!((40..=120).contains(&hits), "{hits}");
        assert_eq!((of(1, 0.0).contains('x'), of(1, 1.0).contains('.')), (false, false));
    }

    #[test]
    fn a_rule_is_read_as_it_is_written() {
        let rule = FaultRule::next(2, Fault::TooManyRequests { retry_after: Some(3) }).at(Api::ActivateV2);
        let text = serde_json::to_string(&rule).unwrap();
        assert_eq!(
            text,
            r#"{"api":"activate-v2","fault":{"kind":"too-many-requests","retry_after":3},"when":{"requests":{"after":0,"count":2}}}"#
        );
        assert_eq!(serde_json::from_str::<FaultRule>(&text).unwrap(), rule);
        let short = r#"{"fault":{"kind":"slow","millis":5},"when":"always"}"#;
        assert_eq!(
            serde_json::from_str::<FaultRule>(short).unwrap(),
            FaultRule::always(Fault::slow(Duration::from_millis(5)))
        );
    }
}
