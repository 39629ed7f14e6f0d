//! Orders that came through against a limit: KooGallery would have stopped them, so its configuration is another than the
//! mirror's, or was when they were placed.

use std::{cmp::Reverse, collections::BinaryHeap};

use super::{
    judge::weight,
    policy::LimitPolicy,
    purchase::Purchase,
    review::{Rule, in_time},
};
use crate::protocol::UnixMillis;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CameThrough<'a> {
    pub purchase: &'a Purchase,
    /// What this customer had used with it.
    pub used: i64,
}

/// Goes through one customer's purchases in time, each beside what ran when it was placed. What was given back since is
/// taken for never bought, because no order tells when that took effect.
pub fn came_through<'a>(
    bought: &[&'a Purchase],
    rule: Rule,
    allowed: i64,
    frees_expired: bool,
    policy: LimitPolicy,
) -> Vec<CameThrough<'a>> {
    let mut counting: Vec<(&'a Purchase, i64)> =
        bought.iter().filter_map(|purchase| Some((*purchase, weight(purchase, rule, policy).ok()?))).collect();
    counting.sort_by_key(|(purchase, _)| in_time(purchase));
    let mut running: BinaryHeap<Reverse<(UnixMillis, i64)>> = BinaryHeap::new();
    let mut used: i64 = 0;
    let mut found = Vec::new();
    for (purchase, weight) in counting {
        while let Some(Reverse((expires, gone))) = running.peek().copied()
            && expires <= purchase.ordered_at
        {
            running.pop();
            used -= gone;
        }
        used = used.saturating_add(weight);
        if used > allowed {
            found.push(CameThrough { purchase, used });
        }
        if let Some(expires) = purchase.expire_time.filter(|_| frees_expired) {
            running.push(Reverse((expires, weight)));
        }
    }
    found
}
