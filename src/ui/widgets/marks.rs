//! Which rows of a list are marked: some, or all but some. Marking everything costs nothing, and nothing is done for every row
//! but when the list changes.

use std::{collections::BTreeSet, sync::Arc};

pub(in crate::ui) struct Marks<Q> {
    /// Those that are named are the ones that are not marked.
    all_but: bool,
    named: BTreeSet<i64>,
    /// What the list shows, and what it answers.
    among: Arc<[i64]>,
    query: Option<Q>,
}

impl<Q> Default for Marks<Q> {
    fn default() -> Self {
        Self { all_but: false, named: BTreeSet::new(), among: Arc::from([]), query: None }
    }
}

impl<Q: Clone + PartialEq> Marks<Q> {
    /// What is marked is always something that the list shows. All of one list is not all of another.
    pub(in crate::ui) fn follow(&mut self, query: &Q, ids: &Arc<[i64]>) {
        let other_query = self.query.as_ref() != Some(query);
        if Arc::ptr_eq(&self.among, ids) && !other_query {
            return;
        }
        if other_query && self.all_but {
            self.clear();
        }
        if let (Some(first), Some(last)) = (self.named.first(), self.named.last()) {
            let span = *first..=*last;
            let there = |id: &i64| span.contains(id) && self.named.contains(id);
            self.named = ids.iter().copied().filter(there).collect();
        }
        self.among = ids.clone();
        self.query = Some(query.clone());
    }
}

impl<Q> Marks<Q> {
    pub(in crate::ui) fn contains(&self, id: i64) -> bool {
        self.all_but != self.named.contains(&id)
    }

    pub(in crate::ui) fn len(&self) -> usize {
        match self.all_but {
            true => self.among.len().saturating_sub(self.named.len()),
            false => self.named.len(),
        }
    }

    pub(in crate::ui) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// In the list's order. Goes through all of it.
    pub(in crate::ui) fn ids(&self) -> Vec<i64> {
        self.among.iter().copied().filter(|id| self.contains(*id)).collect()
    }

    pub(in crate::ui) fn mark_all(&mut self) {
        self.all_but = true;
        self.named.clear();
    }

    pub(in crate::ui) fn clear(&mut self) {
        self.all_but = false;
        self.named.clear();
    }

    pub(in crate::ui) fn toggle(&mut self, id: i64) {
        if !self.named.remove(&id) {
            self.named.insert(id);
        }
    }

    pub(in crate::ui) fn mark(&mut self, ids: &[i64]) {
        if self.all_but {
            for id in ids {
                self.named.remove(id);
            }
        } else {
            self.named.extend(ids);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn among(ids: &[i64]) -> (Marks<&'static str>, Arc<[i64]>) {
        let (mut marks, ids) = (Marks::default(), Arc::from(ids));
        marks.follow(&"a", &ids);
        (marks, ids)
    }

    #[test]
    fn everything_is_marked_without_naming_anything() {
        let many: Vec<i64> = (0..1_000_000).rev().collect();
        let (mut marks, ids) = among(&many);
        marks.mark_all();
        marks.toggle(7);
        assert_eq!((marks.len(), marks.contains(7), marks.contains(8)), (999_999, false, true));
        assert_eq!(marks.named.len(), 1);
        marks.mark(&[6, 7]);
        assert_eq!((marks.len(), marks.ids()[..] == ids[..]), (1_000_000, true));
        marks.clear();
        assert!(marks.is_empty() && marks.ids().is_empty());
    }

    #[test]
    fn what_leaves_the_list_is_not_marked_any_more() {
        let (mut marks, _) = among(&[5, 3, 1]);
        marks.mark(&[5, 1]);
        marks.follow(&"a", &Arc::from([6, 3, 1]));
        assert_eq!((marks.len(), marks.ids()), (1, vec![1]));
        marks.follow(&"b", &Arc::from([1, 3]));
        assert_eq!(marks.ids(), [1], "another order of the same rows");
    }

    #[test]
    fn all_that_is_shown_takes_in_what_comes_but_not_another_list() {
        let (mut marks, _) = among(&[5, 3]);
        marks.mark_all();
        marks.toggle(3);
        marks.follow(&"a", &Arc::from([6, 5, 3]));
        assert_eq!(marks.ids(), [6, 5]);
        marks.follow(&"a", &Arc::from([6, 5]));
        assert_eq!((marks.len(), marks.ids()), (2, vec![6, 5]));
        marks.follow(&"b", &Arc::from([9, 8, 6, 5, 3]));
        assert!(marks.is_empty());
    }
}
