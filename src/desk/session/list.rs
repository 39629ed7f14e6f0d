//! One list of the window, looked for only while it is shown: the newest query wins, and one that is under way goes on
//! whatever is written meanwhile, so that it comes to an end. Rows are fetched by id as they come into sight, and only those
//! that were in sight lately are kept.

use std::{
    collections::HashMap,
    ops::Range,
    sync::Arc,
    time::{Duration, Instant},
};

use super::snapshot::Listing;
use crate::store::{Asked, Cancel, FirstIds, StoreError};

/// Rows fetched beyond what is in sight, each way.
const MARGIN: usize = 50;
/// More rows than this are not kept.
const KEPT: usize = 2_000;
/// A list that is looked for again and again leaves as much time between as it takes, and no more than this.
const LONGEST_REST: Duration = Duration::from_secs(2);

/// What a list is asked for and what is known of the answer.
pub(super) struct List<Q, R> {
    pub(super) wanted: Q,
    pub(super) sight: Range<usize>,
    pub(super) listing: Arc<Listing<Q, R>>,
    shown: bool,
    /// Something may have changed since its ids were last asked for.
    stale: bool,
    running: Option<Running<Q>>,
    started: u64,
    took: Duration,
}

struct Running<Q> {
    number: u64,
    query: Q,
    cancel: Cancel,
    since: Instant,
}

/// A query that is to be run now.
pub(super) struct Search<Q> {
    number: u64,
    query: Q,
    cancel: Cancel,
    rest: Duration,
    /// Nothing that is shown answers it.
    is_new: bool,
}

/// The answer of a query that ran in the background.
pub(super) struct Found<Q> {
    pub(super) number: u64,
    pub(super) query: Q,
    pub(super) ids: Result<Vec<i64>, StoreError>,
    /// More are still to come.
    pub(super) first: bool,
}

impl<Q: Clone + Send + 'static> Search<Q> {
    /// `first` is told what fills a window, where nothing is shown yet that answers the query.
    pub(super) async fn find<F>(
        self,
        first: impl FnOnce(Found<Q>) + Send + 'static,
        ids: impl FnOnce(Q, Asked) -> F,
    ) -> Found<Q>
    where
        F: Future<Output = Result<Vec<i64>, StoreError>>,
    {
        if !self.rest.is_zero() {
            tokio::time::sleep(self.rest).await;
        }
        let (number, query) = (self.number, self.query.clone());
        let tell = move |ids| first(Found { number, query, ids: Ok(ids), first: true });
        let first: Option<FirstIds> = if self.is_new { Some(Box::new(tell)) } else { None };
        let ids = ids(self.query.clone(), Asked { cancel: self.cancel, first }).await;
        Found { number, query: self.query, ids, first: false }
    }
}

impl<Q: Clone + Default + PartialEq, R> List<Q, R> {
    pub(super) fn new() -> Self {
        Self {
            wanted: Q::default(),
            sight: 0..MARGIN,
            listing: Arc::default(),
            shown: false,
            stale: true,
            running: None,
            started: 0,
            took: Duration::ZERO,
        }
    }

    /// Whether its ids have to be found: for another query, or because something changed while nobody looked.
    pub(super) fn look(&mut self, query: Q, rows: Range<usize>) -> bool {
        self.sight = rows;
        let other = query != self.wanted;
        self.wanted = query;
        let back = !std::mem::replace(&mut self.shown, true);
        other || (back && self.stale)
    }

    pub(super) fn look_away(&mut self) {
        self.shown = false;
        if let Some(running) = self.running.take() {
            running.cancel.cancel();
            self.stale = true;
        }
    }

    /// Something changed. What is to be run now: nothing while the same query is under way, or nobody looks.
    pub(super) fn begin(&mut self) -> Option<Search<Q>> {
        self.stale = true;
        if !self.shown {
            return None;
        }
        let rest = match &self.running {
            Some(running) if running.query == self.wanted => return None,
            Some(other) => {
                other.cancel.cancel();
                Duration::ZERO
            }
            None if self.listing.query == self.wanted => self.took.min(LONGEST_REST),
            None => Duration::ZERO,
        };
        self.stale = false;
        self.started += 1;
        let (number, query, cancel) = (self.started, self.wanted.clone(), Cancel::default());
        self.running =
            Some(Running { number, query: query.clone(), cancel: cancel.clone(), since: Instant::now() + rest });
        let is_new = self.listing.loading || self.listing.query != query;
        Some(Search { number, query, cancel, rest, is_new })
    }

    /// Whether something changed while that query ran.
    pub(super) fn ended(&mut self, found: &Found<Q>) -> bool {
        let number = found.number;
        if found.first {
            return false;
        }
        match self.running.take_if(|running| running.number == number) {
            Some(running) => {
                self.took = running.since.elapsed();
                self.stale
            }
            None => false,
        }
    }

    /// The ids that answer `query`, or the first of them. False where another one is wanted since.
    pub(super) fn answered(&mut self, query: Q, ids: Vec<i64>, first: bool) -> bool {
        let known = self.listing.query == query && !self.listing.loading;
        if query != self.wanted || (first && known) {
            return false;
        }
        // Rows may have changed with whatever made the query run again: what is in sight is fetched anew.
        self.listing = Arc::new(Listing { query, ids: ids.into(), rows: self.listing.rows.clone(), loading: first });
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

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(query: &'static str) -> List<&'static str, ()> {
        let mut list = List::new();
        assert!(list.look(query, 0..10));
        list
    }

    fn found(search: &Search<&'static str>) -> Found<&'static str> {
        Found { number: search.number, query: search.query, ids: Ok(Vec::new()), first: false }
    }

    #[tokio::test]
    async fn under_steady_changes_a_slow_query_still_arrives() {
        let mut list = shown("all");
        for ids in 1..=3 {
            let search = list.begin().unwrap();
            for _ in 0..50 {
                assert!(list.begin().is_none(), "what changes meanwhile starts no second one");
            }
            let cancel = search.cancel.clone();
            let found = search.find(|_| {}, |_, _| async { Ok(vec![ids]) }).await;
            assert!(!cancel.is_cancelled());
            assert!(list.ended(&found), "it is looked for once more");
            assert!(list.answered(found.query, found.ids.unwrap(), false));
            assert_eq!(list.listing.ids[..], [ids]);
        }
        let last = list.begin().unwrap();
        assert!(!list.ended(&found(&last)), "nothing changed since");
    }

    #[test]
    fn another_query_ends_the_one_that_is_under_way() {
        let mut list = shown("a");
        let first = list.begin().unwrap();
        assert!(list.look("b", 0..10));
        let second = list.begin().unwrap();
        assert!(first.cancel.is_cancelled() && !second.cancel.is_cancelled());
        assert!(!list.ended(&found(&first)), "the second is still under way");
        assert!(!list.answered("a", vec![1], false));
        assert!(list.answered("b", vec![2], false));
        assert_eq!(list.listing.ids[..], [2]);
    }

    #[test]
    fn what_nobody_looks_at_is_looked_for_when_somebody_does_again() {
        let mut list = shown("a");
        let search = list.begin().unwrap();
        assert!(!list.ended(&found(&search)));
        list.look_away();
        assert!(!list.look("a", 0..10), "nothing changed");
        list.look_away();
        assert!(list.begin().is_none());
        assert!(list.look("a", 0..10));
        let under_way = list.begin().unwrap();
        list.look_away();
        assert!(under_way.cancel.is_cancelled());
        assert!(list.look("a", 0..10), "it was not found");
    }

    #[tokio::test]
    async fn what_fills_a_window_is_shown_before_all_is_found() {
        let mut list = shown("all");
        let (sender, mut firsts) = tokio::sync::mpsc::channel(4);
        let search = async |list: &mut List<&'static str, ()>| {
            let (search, sender) = (list.begin().unwrap(), sender.clone());
            let tell = move |found| drop(sender.try_send(found));
            let ids = async |_, asked: Asked| {
                if let Some(first) = asked.first {
                    first(vec![3, 2]);
                }
                Ok(vec![3, 2, 1])
            };
            search.find(tell, ids).await
        };
        let whole = search(&mut list).await;
        let first = firsts.try_recv().unwrap();
        assert!(!list.ended(&first) && list.begin().is_none(), "it is still under way");
        assert!(list.answered(first.query, first.ids.unwrap(), first.first));
        assert_eq!((list.listing.ids.len(), list.listing.loading), (2, true));
        assert!(list.ended(&whole));
        assert!(list.answered(whole.query, whole.ids.unwrap(), whole.first));
        assert_eq!((list.listing.ids.len(), list.listing.loading), (3, false));
        // What is shown does not become less while it is looked for again.
        search(&mut list).await;
        assert!(firsts.try_recv().is_err());
    }
}
