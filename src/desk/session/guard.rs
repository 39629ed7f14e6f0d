//! What is different because time passed, whatever was written: the overview is read again then, and an alarm told that a
//! product came closer to being delisted.

use std::collections::HashSet;

use super::{
    event::Event,
    run::{Done, Run},
};
use crate::{
    domain::delisting::{DelistingLevel, ProductStanding, next_change, start_of_month},
    protocol::UnixMillis,
};

const PROBES_EVERY: i64 = 10 * 60_000;

#[derive(Default)]
pub(super) struct GuardPart {
    /// When something is different, if nothing comes in.
    next: Option<UnixMillis>,
    /// When probes are looked at again, of which days begin and which may stay away.
    probes_next: Option<UnixMillis>,
    /// What was told already, so that the store is not asked again and again.
    told: HashSet<(Option<String>, DelistingLevel, UnixMillis)>,
}

impl Run {
    /// Asked every now and then: the desk's clock is not the runtime's.
    pub(super) fn look_as_time_passes(&mut self) {
        if self.guard.next.is_some_and(|next| self.desk.now() >= next) {
            self.find_overview();
            self.review_limits();
        }
        let now = self.desk.now();
        if self.guard.probes_next.is_none_or(|next| now >= next) {
            self.guard.probes_next = Some(now.plus_millis(PROBES_EVERY));
            self.find_debugging();
        }
        self.review_if_due();
    }

    /// After the overview was read.
    pub(super) fn guard_products(&mut self) {
        let (overview, now) = (self.snapshot.overview.clone(), self.desk.now());
        self.guard.next = next_change(&overview.delisting, now);
        let month = start_of_month(now);
        for product in overview.delisting.iter().filter(|product| product.level > DelistingLevel::Fine) {
            if self.guard.told.insert((product.product_id.clone(), product.level, month)) {
                self.alarm(product);
            }
        }
    }

    fn alarm(&self, product: &ProductStanding) {
        let (product_id, level) = (product.product_id.clone(), product.level);
        let alarm = Event::DelistingAlarm {
            product_id: product_id.clone(),
            level,
            failed: product.failed_orders(),
            failing: product.endangered_orders(),
        };
        self.spawn(move |desk| async move {
            // Told twice is better than not at all.
            let first = desk.tell_delisting(product_id, level).await.unwrap_or(true);
            if first { Done::Event(alarm) } else { Done::Nothing }
        });
    }
}
