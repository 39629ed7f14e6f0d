//! 自动化拨测: the saved debugging cases, replayed with `testFlag` 1 every morning and afternoon, and what follows where they
//! fail for days (KooGallery page zh-cn_topic_0070649414). Products that have left the catalogue are not probed, and here all
//! cases are those of one address.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{
    Marketplace, SimulatorError,
    delivery::{Shared, lock},
    message::{Message, MessageId, MessageState},
    timeline::Due,
};
use crate::protocol::{UnixMillis, callback::Activity, id::BusinessId};

/// After so many days with a failed probe trade is frozen and the products are hidden.
pub const DAYS_UNTIL_FROZEN: u32 = 5;

const DAY_MILLIS: i64 = 86_400_000;
/// Nine in the morning and three in the afternoon in China; the pages name no hour.
const HOURS_UTC: [i64; 2] = [1, 7];

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ProbeBook {
    /// Days in a row, the last one included, on which a probe failed.
    pub(super) failed_days: u32,
    /// Of the last probe, in days since 1970.
    day: i64,
    failed_today: bool,
}

impl ProbeBook {
    fn note(&mut self, at: UnixMillis, failed: bool) {
        let day = at.0.div_euclid(DAY_MILLIS);
        if day != self.day {
            if !self.failed_today || day != self.day + 1 {
                self.failed_days = 0;
            }
            (self.day, self.failed_today) = (day, false);
        }
        match (failed, self.failed_today) {
            (true, false) => {
                self.failed_today = true;
                self.failed_days += 1;
            }
            // What passes before anything failed ends the row.
            (false, false) => self.failed_days = 0,
            (_, true) => {}
        }
    }
}

/// Saved cases by name: the calls as they were when they passed.
pub(super) type Cases = BTreeMap<String, Activity>;

fn name_of_case(cases: &Cases, activity: &Activity) -> String {
    let asked = question(activity);
    if let Some((name, _)) = cases.iter().find(|(_, case)| question(case) == asked) {
        return name.clone();
    }
    let word = activity.name();
    let names = (1_u32..).map(|number| if number == 1 { word.to_owned() } else { format!("{word} {number}") });
    names.into_iter().find(|name| !cases.contains_key(name)).unwrap_or_default()
}

/// Without what is another on every call.
fn question(activity: &Activity) -> Activity {
    let mut asked = activity.clone();
    if let Activity::NewInstance { business_id, .. } = &mut asked {
        *business_id = BusinessId::new("");
    }
    asked
}

pub(super) fn next_probe(now: UnixMillis) -> UnixMillis {
    let midnight = now.0.div_euclid(DAY_MILLIS) * DAY_MILLIS;
    let hours = HOURS_UTC.into_iter().chain([HOURS_UTC[0] + 24]);
    let times = hours.map(|hour| UnixMillis(midnight + hour * 3_600_000));
    times.into_iter().find(|time| *time > now).unwrap_or(now.plus_millis(DAY_MILLIS))
}

pub(super) async fn probe_and_plan(shared: &Arc<Shared>) {
    shared.timeline.plan(next_probe(shared.timeline.now()), Due::Probe);
    probe(shared).await;
}

pub(super) async fn probe(shared: &Arc<Shared>) -> Vec<MessageId> {
    let (cases, at) = (lock(&shared.ledger).cases.clone(), shared.timeline.now());
    let mut told = Vec::with_capacity(cases.len());
    for mut activity in cases.into_values() {
        if let Activity::NewInstance { business_id, .. } = &mut activity {
            *business_id = lock(&shared.ids).business();
        }
        let id = lock(&shared.ledger).open(activity, true, at);
        shared.try_now(id).await;
        told.push(id);
    }
    let mut ledger = lock(&shared.ledger);
    let failed =
        told.iter().any(|id| ledger.message(*id).is_some_and(|message| message.state == MessageState::Stopped));
    if !told.is_empty() {
        ledger.probes.note(at, failed);
    }
    told
}

impl Marketplace {
    /// 调测并保存用例: what a debugging call asked, for the probes. Named by its activity, with a number behind it where there
    /// are others of the same; what is saved again is one case.
    pub fn save_case(&self, id: MessageId) -> Result<(), SimulatorError> {
        let message = self.message(id).ok_or(SimulatorError::UnknownMessage(id))?;
        if message.state != MessageState::Succeeded && message.state != MessageState::InProgress {
            return Err(SimulatorError::NotPassed(id));
        }
        let cases = &mut lock(&self.shared.ledger).cases;
        cases.insert(name_of_case(cases, &message.activity), message.activity);
        Ok(())
    }

    /// The names of the saved cases.
    pub fn cases(&self) -> Vec<String> {
        lock(&self.shared.ledger).cases.keys().cloned().collect()
    }

    /// Replays all saved cases now.
    pub async fn probe(&self) -> Vec<Message> {
        probe(&self.shared).await.into_iter().filter_map(|id| self.message(id)).collect()
    }

    /// Whether probes have failed for so many days in a row that nothing can be bought.
    pub fn is_trade_frozen(&self) -> bool {
        lock(&self.shared.ledger).probes.failed_days >= DAYS_UNTIL_FROZEN
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::id::{InstanceId, OrderId, OrderLine, OrderLineId};

    #[test]
    fn a_day_is_probed_in_the_morning_and_in_the_afternoon() {
        let midnight = UnixMillis::from_compact_utc("20261124000000").unwrap();
        let times: Vec<String> = std::iter::successors(Some(midnight), |time| Some(next_probe(*time)))
            .skip(1)
            .take(3)
            .map(UnixMillis::to_compact_utc)
            .collect();
        assert_eq!(times, ["20261124010000", "20261124070000", "20261125010000"]);
    }

    #[test]
    fn each_question_is_a_case_of_its_own() {
        let query = |id: &str| Activity::QueryInstance { instance_ids: vec![InstanceId::new(id)] };
        let line = || OrderLine { order_id: OrderId::new("o"), order_line_id: OrderLineId::new("l") };
        let purchase = |business: &str| Activity::purchase(line(), BusinessId::new(business));
        let mut cases = Cases::new();
        for (activity, name) in [
            (query("a"), "queryInstance"),
            (query("b"), "queryInstance 2"),
            (query("a"), "queryInstance"),
            (purchase("b-1"), "newInstance"),
            (purchase("b-2"), "newInstance"),
        ] {
            let named = name_of_case(&cases, &activity);
            assert_eq!(named, name);
            cases.insert(named, activity);
        }
        assert_eq!(cases.len(), 3);
    }

    #[test]
    fn only_days_in_a_row_count() {
        let mut book = ProbeBook::default();
        let mut note = |day: i64, failed| {
            book.note(UnixMillis(day * DAY_MILLIS + 5), failed);
            book.failed_days
        };
        assert_eq!([note(100, true), note(100, true), note(101, true), note(101, false)], [1, 1, 2, 2]);
        assert_eq!([note(102, false), note(103, true), note(105, true)], [0, 1, 1]);
    }
}
