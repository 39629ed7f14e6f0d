//! The session's part of the purchase limits: the lines with their history, the review while somebody looks at it, and tables
//! that are looked through before they are taken.

use std::{path::PathBuf, sync::Arc};

use tokio::task::spawn_blocking;

use super::{
    event::Event,
    refresh::Refresh,
    run::{Done, Run},
};
use crate::{
    desk::{
        Desk,
        limits::{ReviewMaterial, read_table},
        operator,
    },
    domain::limit::{
        Assumption, Excluded, KeptLimit, Limit, LimitChange, LimitKey, LimitProblem, Question, ReadLimits, ReviewRow,
        Rule, Verdict, WhatIf,
    },
    protocol::{UnixMillis, id::OrderLine},
    store::StoreError,
};

/// Changes that are shown.
const CHANGES: usize = 500;

#[derive(Clone, Debug)]
pub enum LimitsCommand {
    /// Whether somebody looks at them. A review reads every order, so it is not made for nobody.
    Look(bool),
    /// The row of which everything is told.
    Detail(Option<LimitAsked>),
    Put(Limit),
    Remove(LimitKey),
    /// Reads a table, to be looked at before it is taken.
    Read(PathBuf),
    ForgetTable,
    /// Takes all of these or none; with `replace`, others go.
    Import {
        limits: Vec<Limit>,
        replace: bool,
    },
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

/// A table between its file and the lines.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum LimitsImport {
    #[default]
    Nothing,
    Reading,
    Read {
        limits: Vec<Limit>,
        /// By line.
        problems: Vec<(usize, LimitProblem)>,
    },
    Failed {
        reason: String,
    },
}

/// What comes back from background work.
pub(super) enum LimitsDone {
    Reviewed(Result<(Arc<ReviewMaterial>, LimitsKnown), StoreError>),
    Detail(LimitAsked, Option<Box<LimitDetail>>),
    /// The answer to that reading; a newer one may be under way.
    Table(u64, LimitsImport),
}

pub(super) struct LimitsPart {
    review: Refresh<()>,
    material: Option<Arc<ReviewMaterial>>,
    asked: Option<LimitAsked>,
    /// Numbers the readings of tables.
    reading: u64,
}

impl LimitsPart {
    pub(super) const fn new() -> Self {
        Self { review: Refresh::new(), material: None, asked: None, reading: 0 }
    }
}

impl Run {
    pub(super) fn obey_limits(&mut self, command: LimitsCommand) {
        match command {
            LimitsCommand::Look(looks) => {
                self.limits.review.look(looks.then_some(()));
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
            LimitsCommand::Import { limits, replace } => self.change_limits(move |desk| async move {
                desk.put_limits(limits, replace, &operator()).await.map(Event::LimitsPut)
            }),
            LimitsCommand::Remove(key) => self.change_limits(|desk| async move {
                let removed = desk.remove_limit(key, &operator()).await?;
                Ok(removed.map_or(Event::LimitsPut(crate::store::LimitsPut::default()), Event::LimitRemoved))
            }),
            LimitsCommand::Read(file) => self.read_limits_table(file),
            LimitsCommand::ForgetTable => {
                self.limits.reading += 1;
                self.limits_import_is(LimitsImport::Nothing);
            }
        }
    }

    pub(super) fn take_limits(&mut self, done: LimitsDone) {
        match done {
            LimitsDone::Reviewed(reviewed) => {
                match reviewed {
                    Ok((material, known)) => {
                        self.limits.material = self.limits.review.wanted().map(|()| material);
                        if *self.snapshot.limits != known {
                            self.snapshot.limits = Arc::new(known);
                        }
                    }
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
            LimitsDone::Table(reading, import) => {
                if reading == self.limits.reading {
                    self.limits_import_is(import);
                }
            }
        }
    }

    pub(super) fn review_limits(&mut self) {
        if self.limits.review.begin().is_none() {
            return;
        }
        self.spawn(|desk| async move { Done::Limits(LimitsDone::Reviewed(reviewed(desk).await)) });
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
            async move {
                Done::Event(change.await.unwrap_or_else(|error| Event::Refused { reason: error.to_string() }))
            }
        });
    }

    fn read_limits_table(&mut self, file: PathBuf) {
        self.limits.reading += 1;
        let reading = self.limits.reading;
        self.limits_import_is(LimitsImport::Reading);
        self.spawn(|_desk| async move {
            let read = async {
                let sheet = crate::desk::files::read_sheet(file).await.map_err(|error| error.to_string())?;
                let read = spawn_blocking(move || read_table(&sheet)).await.map_err(|error| error.to_string())?;
                read.map_err(|error| error.to_string())
            };
            let import = read.await.map_or_else(
                |reason| LimitsImport::Failed { reason },
                |ReadLimits { limits, problems }| LimitsImport::Read { limits, problems },
            );
            Done::Limits(LimitsDone::Table(reading, import))
        });
    }

    fn limits_import_is(&mut self, import: LimitsImport) {
        self.snapshot.limits_import = Arc::new(import);
        self.show();
    }
}

async fn reviewed(desk: Desk) -> Result<(Arc<ReviewMaterial>, LimitsKnown), StoreError> {
    let material = Arc::new(desk.review_material().await?);
    let changes = desk.limit_changes(None, CHANGES).await?;
    let kept = material.clone();
    let known = spawn_blocking(move || {
        let review = material.review(Question::default());
        let mut rows: Vec<LimitRow> = review.rows.iter().map(row).collect();
        rows.sort_by_key(|row| std::cmp::Reverse((row.verdict, row.used)));
        LimitsKnown { loaded: true, lines: material.limits.clone(), changes, rows, nobodys: review.nobodys.len() }
    });
    Ok((kept, known.await.map_err(|_panicked| StoreError::Panicked)?))
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
