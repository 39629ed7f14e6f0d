//! Entries as they are kept: who changed them when, and what was found in them.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::{Catalogue, Context, Entry, Finding, RegisterKind, STATE, Weight, findings};
use crate::{
    domain::{settlement::Terms, workdays::Workdays},
    protocol::UnixMillis,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptEntry {
    pub id: i64,
    pub kind: RegisterKind,
    pub entry: Entry,
    pub changed_by: String,
    pub changed_at: UnixMillis,
}

/// One change of an entry: nothing before it where it was added, nothing behind it where it was removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryChange {
    pub at: UnixMillis,
    pub by: String,
    pub before: Option<Entry>,
    pub after: Option<Entry>,
}

impl EntryChange {
    /// What it was and became, by field; the state among them.
    pub fn differences(&self) -> Vec<(&str, Option<&str>, Option<&str>)> {
        let sides = [self.before.as_ref(), self.after.as_ref()];
        let names: BTreeSet<&str> =
            sides.iter().flatten().flat_map(|entry| entry.values.keys().map(String::as_str)).chain([STATE]).collect();
        names
            .into_iter()
            .filter_map(|name| {
                let [before, after] = sides.map(|entry| {
                    let entry = entry?;
                    if name == STATE { Some(entry.state.as_str()) } else { entry.get(name) }
                });
                (before != after).then_some((name, before, after))
            })
            .collect()
    }
}

/// An entry with what follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    pub kept: KeptEntry,
    pub due: Option<Date>,
    pub findings: Vec<Finding>,
}

impl Judged {
    /// All of them, those that wait longest first.
    pub fn all(entries: Vec<KeptEntry>, prices: &[Terms], now: UnixMillis, workdays: &Workdays) -> Vec<Self> {
        let products = Catalogue::of(&entries).with_prices(prices);
        let context = Context { now, products: &products, workdays };
        let judge = |kept: KeptEntry| Self {
            due: kept.kind.due(&kept.entry, &context),
            findings: findings(kept.kind, &kept.entry, &context),
            kept,
        };
        let mut judged: Vec<Self> = entries.into_iter().map(judge).collect();
        judged.sort_by_key(|judged| {
            let weight = judged.weight().map(std::cmp::Reverse);
            (weight.is_none(), weight, judged.due.is_none(), judged.due, judged.kept.id)
        });
        judged
    }

    /// Of its gravest finding.
    pub fn weight(&self) -> Option<Weight> {
        self.findings.first().map(|finding| finding.weight)
    }

    pub fn is_due(&self) -> bool {
        self.weight() == Some(Weight::Due)
    }
}
