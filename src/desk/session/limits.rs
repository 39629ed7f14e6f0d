//! The session's part of purchase limits, sales targets and trial whitelists: the lines with their history, the review while
//! somebody looks at it, and for the overview what is wrong.

use std::{sync::Arc, time::Duration};

use tokio::{task::spawn_blocking, time::Instant};

use super::{
    event::Event,
    refresh::Refresh,
    run::{Done, Run},
};
use crate::{
    desk::{Desk, limits::ReviewMaterial, operator},
    domain::limit::{
        AccountKind, Assumption, Entitlement, Excluded, KeptLimit, KeptTarget, Limit, LimitChange, LimitKey, Question,
        ReviewRow, Rule, SalesTarget, TargetChange, TargetKey, TargetKind, TargetLevel, TargetRow, Verdict, WhatIf,
    },
    protocol::{UnixMillis, id::OrderLine},
    store::{LimitsPut, StoreError},
};

/// Changes that are shown.
const CHANGES: usize = 500;
/// Rows that the overview tells of.
const TOLD: usize = 5;
/// A review reads every order. For nobody who looks at it, it takes one part of the time in so many.
const SPARING: u32 = 20;

#[derive(Clone, Debug)]
pub enum LimitsCommand {
    /// Whether somebody looks at them. A review reads every order, so it is not made for nobody.
    Look(bool),
    /// The row of which everything is told.
    Detail(Option<LimitAsked>),
    Put(Limit),
    Remove(LimitKey),
    PutTarget(SalesTarget),
    RemoveTarget(TargetKey, TargetKind),
    /// Of which kind a customer's account is; `None` forgets it.
    NoteAccount(String, Option<AccountKind>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitAsked {
    pub key: LimitKey,
    pub rule: Rule,
    pub customer_id: String,
    /// One more order over so many units.
    pub what_if: i64,
}

/// What is known of limits.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LimitsKnown {
    /// Something was read.
    pub loaded: bool,
    pub lines: Vec<KeptLimit>,
    /// Newest first.
    pub changes: Vec<LimitChange>,
    /// The worst first.
    pub rows: Vec<LimitRow>,
    /// Orders under a limit that name no buyer.
    pub nobodys: usize,
    /// Orders that name no product, so that they are under no limit.
    pub unplaced: usize,
    pub targets: Vec<KeptTarget>,
    /// Newest first.
    pub target_changes: Vec<TargetChange>,
    /// Those who were not entitled first.
    pub target_rows: Vec<TargetReviewRow>,
    /// Orders under a target that name no buyer.
    pub targets_nobodys: usize,
}

/// What one customer bought under a sales target or whitelist.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetReviewRow {
    pub customer_id: String,
    pub customer_name: Option<String>,
    /// As it was noted.
    pub account: Option<AccountKind>,
    pub key: TargetKey,
    pub level: TargetLevel,
    pub verdict: Entitlement,
    /// Oldest first.
    pub orders: Vec<(OrderLine, UnixMillis, Entitlement)>,
}

/// What the overview tells: rules that were broken although the console would not have let it happen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Breaches {
    pub breached: usize,
    /// Orders that came through against a limit.
    pub came_through: usize,
    /// The worst rows, a few.
    pub worst: Vec<LimitRow>,
    /// Customers who bought and were not entitled to.
    pub not_entitled: usize,
    pub uninvited: Vec<TargetReviewRow>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct LimitRow {
    pub customer_id: String,
    pub customer_name: Option<String>,
    pub limit: Limit,
    pub rule: Rule,
    pub used: i64,
    pub allowed: i64,
    pub verdict: Verdict,
    pub allowed_again_at: Option<UnixMillis>,
    /// Orders that came through against it.
    pub came_through: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct LimitDetail {
    pub asked: LimitAsked,
    pub row: LimitRow,
    /// Oldest first.
    pub orders: Vec<LimitOrder>,
    pub assumptions: Vec<Assumption>,
    pub what_if: Option<WhatIf>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct LimitOrder {
    pub order: OrderLine,
    pub ordered_at: UnixMillis,
    pub expire_time: Option<UnixMillis>,
    pub counts: Result<i64, Excluded>,
    pub came_through: bool,
}

/// What comes back from background work.
pub(super) enum LimitsDone {
    Reviewed(Result<Reviewed, StoreError>, Duration),
    Detail(LimitAsked, Option<Box<LimitDetail>>),
}

pub(super) struct Reviewed {
    /// For whoever looks.
    known: Option<(Arc<ReviewMaterial>, LimitsKnown)>,
    breaches: Breaches,
    /// When a verdict changes by time alone.
    next: Option<UnixMillis>,
}

pub(super) struct LimitsPart {
    looks: bool,
    review: Refresh<()>,
    /// Something changed since the last review.
    stale: bool,
    /// When the next review may be made for nobody.
    due: Instant,
    next: Option<UnixMillis>,
    material: Option<Arc<ReviewMaterial>>,
    asked: Option<LimitAsked>,
}

impl LimitsPart {
    pub(super) fn new() -> Self {
        let mut review = Refresh::new();
        review.look(Some(()));
        Self { looks: false, review, stale: true, due: Instant::now(), next: None, material: None, asked: None }
    }
}

impl Run {
    pub(super) fn obey_limits(&mut self, command: LimitsCommand) {
        match command {
            LimitsCommand::Look(looks) => {
                self.limits.looks = looks;
                if looks {
                    self.review_limits();
                } else {
                    // A hundred thousand orders are not kept for nobody.
                    self.limits.material = None;
                }
            }
            LimitsCommand::Detail(asked) => {
                self.limits.asked = asked;
                if self.limits.asked.is_none() {
                    self.snapshot.limit_detail = None;
                    self.show();
                }
                self.find_limit_detail();
            }
            LimitsCommand::Put(limit) => self.change_limits(|desk| async move {
                desk.put_limits(vec![limit], false, &operator()).await.map(Event::LimitsPut)
            }),
            LimitsCommand::Remove(key) => self.change_limits(|desk| async move {
                let removed = desk.remove_limit(key, &operator()).await?;
                Ok(removed.map_or(Event::LimitsPut(LimitsPut::default()), Event::LimitRemoved))
            }),
            LimitsCommand::PutTarget(target) => self.change_limits(|desk| async move {
                desk.put_sales_targets(vec![target], false, &operator()).await.map(Event::TargetsPut)
            }),
            LimitsCommand::RemoveTarget(key, kind) => self.change_limits(move |desk| async move {
                let removed = desk.remove_sales_target(key, kind, &operator()).await?;
                Ok(removed.map_or(Event::TargetsPut(LimitsPut::default()), Event::TargetRemoved))
            }),
            LimitsCommand::NoteAccount(customer, kind) => self.change_limits(move |desk| async move {
                desk.note_account(customer, kind).await.map(|()| Event::AccountNoted)
            }),
        }
    }

    pub(super) fn take_limits(&mut self, done: LimitsDone) {
        match done {
            LimitsDone::Reviewed(reviewed, took) => {
                self.limits.due = Instant::now() + took.saturating_mul(SPARING);
                match reviewed {
                    Ok(reviewed) => self.reviewed(reviewed),
                    Err(error) => self.trouble(&error),
                }
                self.show();
                self.find_limit_detail();
                if self.limits.review.ended() {
                    self.review_limits();
                }
            }
            LimitsDone::Detail(asked, detail) => {
                if self.limits.asked.as_ref() == Some(&asked) {
                    self.snapshot.limit_detail = detail.map(Arc::from);
                    self.show();
                }
            }
        }
    }

    fn reviewed(&mut self, reviewed: Reviewed) {
        let Reviewed { known, breaches, next } = reviewed;
        self.limits.next = next;
        if *self.snapshot.breaches != breaches {
            self.snapshot.breaches = Arc::new(breaches);
        }
        if let Some((material, known)) = known.filter(|_| self.limits.looks) {
            self.limits.material = Some(material);
            if *self.snapshot.limits != known {
                self.snapshot.limits = Arc::new(known);
            }
        }
    }

    /// After something changed that a review rests on.
    pub(super) fn review_limits(&mut self) {
        self.limits.stale = true;
        self.review_if_due();
    }

    /// At once where somebody looks.
    pub(super) fn review_if_due(&mut self) {
        self.limits.stale |= self.limits.next.take_if(|next| self.desk.now() >= *next).is_some();
        let due = self.limits.looks || Instant::now() >= self.limits.due;
        if !self.limits.stale || !due || self.limits.review.begin().is_none() {
            return;
        }
        self.limits.stale = false;
        let looks = self.limits.looks;
        self.spawn(move |desk| async move {
            let begun = Instant::now();
            let reviewed = reviewed(desk, looks).await;
            Done::Limits(LimitsDone::Reviewed(reviewed, begun.elapsed()))
        });
    }

    fn find_limit_detail(&mut self) {
        let (Some(asked), Some(material)) = (self.limits.asked.clone(), self.limits.material.clone()) else { return };
        self.spawn(|_desk| async move {
            let about = asked.clone();
            let found = spawn_blocking(move || detail(&material, about).map(Box::new)).await;
            Done::Limits(LimitsDone::Detail(asked, found.unwrap_or_default()))
        });
    }

    fn change_limits<F>(&self, change: impl FnOnce(Desk) -> F)
    where
        F: Future<Output = Result<Event, StoreError>> + Send + 'static,
    {
        self.spawn(|desk| {
            let change = change(desk);
            async move { Done::Event(change.await.unwrap_or_else(Event::refused)) }
        });
    }
}

/// `looks`: everything that is known, and what the overview tells; else that alone.
async fn reviewed(desk: Desk, looks: bool) -> Result<Reviewed, StoreError> {
    let nothing = desk.limits().await?.is_empty() && desk.sales_targets().await?.is_empty();
    if nothing && !looks {
        return Ok(Reviewed { known: None, breaches: Breaches::default(), next: None });
    }
    let material = Arc::new(desk.review_material().await?);
    let (changes, target_changes) = match looks {
        true => (desk.limit_changes(None, CHANGES).await?, desk.sales_target_changes(CHANGES).await?),
        false => (Vec::new(), Vec::new()),
    };
    let kept = material.clone();
    let work = spawn_blocking(move || {
        let (review, targets) = (material.review(Question::default()), material.target_review());
        let mut rows: Vec<LimitRow> = review.rows.iter().map(row).collect();
        rows.sort_by_key(|row| std::cmp::Reverse((row.verdict, row.used)));
        let mut target_rows: Vec<TargetReviewRow> = targets.rows.iter().map(target_row).collect();
        target_rows.sort_by_key(|row| std::cmp::Reverse(row.verdict));
        let breaches = breaches(&rows, &target_rows);
        let again = rows.iter().filter_map(|row| row.allowed_again_at);
        let next = again.filter(|at| *at > material.now).min();
        let known = LimitsKnown {
            loaded: true,
            lines: material.limits.clone(),
            changes,
            rows,
            nobodys: review.nobodys.len(),
            unplaced: review.unplaced.len(),
            targets: material.targets.clone(),
            target_changes,
            target_rows,
            targets_nobodys: targets.nobodys.len(),
        };
        (known, breaches, next)
    });
    let (known, breaches, next) = work.await.map_err(|_panicked| StoreError::Panicked)?;
    Ok(Reviewed { known: looks.then_some((kept, known)), breaches, next })
}

fn breaches(rows: &[LimitRow], targets: &[TargetReviewRow]) -> Breaches {
    let is_wrong = |row: &&LimitRow| row.verdict == Verdict::Breached || row.came_through > 0;
    let uninvited = |row: &&TargetReviewRow| matches!(row.verdict, Entitlement::NotEntitled(_));
    Breaches {
        breached: rows.iter().filter(|row| row.verdict == Verdict::Breached).count(),
        came_through: rows.iter().map(|row| row.came_through).sum(),
        worst: rows.iter().filter(is_wrong).take(TOLD).cloned().collect(),
        not_entitled: targets.iter().filter(uninvited).count(),
        uninvited: targets.iter().filter(uninvited).take(TOLD).cloned().collect(),
    }
}

fn target_row(row: &TargetRow<'_>) -> TargetReviewRow {
    let order = |(purchase, verdict): &(&crate::domain::limit::Purchase, Entitlement)| {
        (purchase.order.clone(), purchase.ordered_at, *verdict)
    };
    TargetReviewRow {
        customer_id: row.customer_id.to_owned(),
        customer_name: row.customer_name.map(str::to_owned),
        account: row.account,
        key: row.target.key.clone(),
        level: row.target.level,
        verdict: row.verdict,
        orders: row.orders.iter().map(order).collect(),
    }
}

fn row(row: &ReviewRow<'_>) -> LimitRow {
    LimitRow {
        customer_id: row.customer_id.to_owned(),
        customer_name: row.customer_name.map(str::to_owned),
        limit: row.limit.clone(),
        rule: row.rule,
        used: row.used,
        allowed: row.allowed,
        verdict: row.verdict,
        allowed_again_at: row.allowed_again_at,
        came_through: row.came_through.len(),
    }
}

fn detail(material: &ReviewMaterial, asked: LimitAsked) -> Option<LimitDetail> {
    let limit = material.limits.iter().map(|kept| &kept.limit).find(|limit| limit.key == asked.key)?;
    let question = Question { customer_id: Some(&asked.customer_id), what_if: Some(asked.what_if) };
    let review = crate::domain::limit::review(&material.purchases, [limit], material.policy, question, material.now);
    let found = review.rows.iter().find(|row| row.rule == asked.rule)?;
    let came_through = |order: &OrderLine| found.came_through.iter().any(|came| came.purchase.order == *order);
    let orders = found.orders.iter().map(|judged| LimitOrder {
        order: judged.purchase.order.clone(),
        ordered_at: judged.purchase.ordered_at,
        expire_time: judged.purchase.expire_time,
        counts: judged.counts,
        came_through: came_through(&judged.purchase.order),
    });
    let (orders, row) = (orders.collect(), row(found));
    let (assumptions, what_if) = (found.assumptions.clone(), found.what_if);
    Some(LimitDetail { row, orders, assumptions, what_if, asked })
}
