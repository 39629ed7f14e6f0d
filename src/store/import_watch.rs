//! Watching many rows being written: how far that is, and ending it. In one unit of work what was written is undone then.

use std::sync::Arc;

use super::{Cancel, StoreError};

/// Rows between two words to who waits.
const EVERY: usize = 50;

/// Hears how far an import is, and may end it.
#[derive(Clone, Default)]
pub struct ImportWatch {
    pub cancel: Cancel,
    /// Rows that are entered, and all that are to be.
    pub progress: Option<Arc<dyn Fn(usize, usize) + Send + Sync>>,
}

impl ImportWatch {
    pub fn tell(&self, done: usize, all: usize) {
        if let Some(progress) = &self.progress {
            progress(done, all);
        }
    }

    /// Rows one after the other, for a unit of work that is undone where it is cancelled.
    pub(super) fn each<'a, T>(
        &self,
        rows: &'a [T],
        mut write: impl FnMut(&'a T) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        for (done, row) in (1..).zip(rows) {
            if self.cancel.is_cancelled() {
                return Err(StoreError::Cancelled);
            }
            write(row)?;
            if done % EVERY == 0 || done == rows.len() {
                self.tell(done, rows.len());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[test]
    fn it_is_told_how_far_the_rows_are_until_somebody_has_enough() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let cancel = Cancel::default();
        let hear = told.clone();
        let progress = move |done, all| hear.lock().unwrap().push((done, all));
        let watch = ImportWatch { cancel: cancel.clone(), progress: Some(Arc::new(progress)) };
        let rows: Vec<usize> = (0..120).collect();
        watch.each(&rows, |_| Ok(())).unwrap();
        assert_eq!(*told.lock().unwrap(), [(50, 120), (100, 120), (120, 120)]);
        let mut written = 0;
        let ended = watch.each(&rows, |row| {
            written += 1;
            if *row == 9 {
                cancel.cancel();
            }
            Ok(())
        });
        assert!(matches!(ended, Err(StoreError::Cancelled)) && written == 10, "{written}");
    }
}
