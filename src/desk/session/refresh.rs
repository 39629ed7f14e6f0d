//! Something that is read as a whole, again after every write: once at a time, however often it is asked for.

/// What is asked for, and whether it is being read.
pub(super) struct Refresh<Q> {
    wanted: Option<Q>,
    running: bool,
    /// Asked for again since reading began.
    again: bool,
}

impl<Q: Clone + PartialEq> Refresh<Q> {
    pub(super) const fn new() -> Self {
        Self { wanted: None, running: false, again: false }
    }

    pub(super) const fn wanted(&self) -> Option<&Q> {
        self.wanted.as_ref()
    }

    /// Whether it is another one than before.
    pub(super) fn look(&mut self, wanted: Option<Q>) -> bool {
        let other = wanted != self.wanted;
        self.wanted = wanted;
        other
    }

    /// What is to be read now, if anything is wanted and nothing is being read.
    pub(super) fn begin(&mut self) -> Option<Q> {
        let wanted = self.wanted.clone()?;
        self.again = self.running;
        (!std::mem::replace(&mut self.running, true)).then_some(wanted)
    }

    /// Whether it is to be read again.
    pub(super) const fn ended(&mut self) -> bool {
        self.running = false;
        std::mem::replace(&mut self.again, false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_read_once_at_a_time_and_once_more_however_often_it_changed() {
        let mut refresh = Refresh::new();
        assert_eq!(refresh.begin(), None, "nothing is wanted");
        assert!(refresh.look(Some("a")));
        assert_eq!(refresh.begin(), Some("a"));
        assert!(refresh.look(Some("b")));
        assert_eq!((refresh.begin(), refresh.begin()), (None, None));
        assert!(refresh.ended());
        assert_eq!(refresh.begin(), Some("b"));
        assert!(!refresh.ended());
    }
}
