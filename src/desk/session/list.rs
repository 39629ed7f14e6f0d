//! One list of the window: the newest query wins, older ones are cancelled; rows are fetched by id as they come into
//! sight, and only those that were in sight lately are kept.

use std::{collections::HashMap, ops::Range, sync::Arc};

use super::snapshot::Listing;
use crate::store::{Cancel, StoreError};

/// Rows fetched beyond what is in sight, each way.
const MARGIN: usize = 50;
/// More rows than this are not kept.
const KEPT: usize = 2_000;

/// What a list is asked for and what is known of the answer.
pub(super) struct List<Q, R> {
    pub(super) wanted: Q,
    pub(super) sight: Range<usize>,
    pub(super) listing: Arc<Listing<Q, R>>,
    running: Option<Cancel>,
}

impl<Q: Clone + Default + PartialEq, R> List<Q, R> {
    pub(super) fn new() -> Self {
        Self { wanted: Q::default(), sight: 0..MARGIN, listing: Arc::default(), running: None }
    }

    /// Whether the query is another one than before.
    pub(super) fn look(&mut self, query: Q, rows: Range<usize>) -> bool {
        self.sight = rows;
        let other = query != self.wanted;
        self.wanted = query;
        other
    }

    /// Ends the query that is under way and begins a new one.
    pub(super) fn begin(&mut self) -> Cancel {
        if let Some(running) = self.running.take() {
            running.cancel();
        }
        let cancel = Cancel::default();
        self.running = Some(cancel.clone());
        cancel
    }

    /// The ids that answer `query`. False where a newer query has begun since.
    pub(super) fn answered(&mut self, query: Q, ids: Vec<i64>) -> bool {
        if query != self.wanted {
            return false;
        }
        self.running = None;
        // Rows may have changed with whatever made the query run again: what is in sight is fetched anew.
        self.listing = Arc::new(Listing { query, ids: ids.into(), rows: self.listing.rows.clone(), loading: false });
        true
    }

    /// Ids of the rows in sight and around.
    pub(super) fn ids_in_sight(&self) -> Vec<i64> {
        let ids = &self.listing.ids;
        let end = self.sight.end.saturating_add(MARGIN).min(ids.len());
        let start = self.sight.start.saturating_sub(MARGIN).min(end);
        ids[start..end].to_vec()
    }

    /// Ids in sight whose rows are not known.
    pub(super) fn missing_in_sight(&self) -> Vec<i64> {
        self.ids_in_sight().into_iter().filter(|id| !self.listing.rows.contains_key(id)).collect()
    }

    pub(super) fn fetched(&mut self, rows: impl IntoIterator<Item = (i64, R)>) {
        let mut known: HashMap<i64, Arc<R>> = self.listing.rows.clone();
        known.extend(rows.into_iter().map(|(id, row)| (id, Arc::new(row))));
        if known.len() > KEPT {
            let sight = self.ids_in_sight();
            known.retain(|id, _| sight.contains(id));
        }
        self.listing = Arc::new(Listing {
            query: self.listing.query.clone(),
            ids: self.listing.ids.clone(),
            rows: known,
            loading: self.listing.loading,
        });
    }
}

/// The answer of a query that ran in the background.
pub(super) struct Found<Q> {
    pub(super) query: Q,
    pub(super) ids: Result<Vec<i64>, StoreError>,
}
