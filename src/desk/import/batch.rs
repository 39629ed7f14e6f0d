//! An import from its beginning to its end, and after: watched, cancelled, remembered as a batch, taken back.

use super::{BatchId, ImportBatch, ImportError, ImportKind, ImportWatch};
use crate::{
    desk::{Desk, operator},
    domain::World,
    store::{NewBatch, StoreError},
};

/// Imports that are remembered in sight.
const SHOWN: usize = 50;
/// Rows that are entered, or taken back, in one unit of work: a call that comes meanwhile waits for no more than these.
const PORTION: usize = 250;

/// Enters rows, a portion at a time until somebody cancels it; what was told of them, in their order.
pub(super) async fn in_portions<R: Clone, T, F>(
    rows: &[(usize, R)],
    watch: &ImportWatch,
    put: impl Fn(Vec<R>) -> F,
) -> Result<Vec<T>, ImportError>
where
    F: Future<Output = Result<Vec<T>, StoreError>>,
{
    let (mut told, mut done) = (Vec::new(), 0);
    for portion in rows.chunks(PORTION) {
        if watch.cancel.is_cancelled() {
            return Err(ImportError::Cancelled);
        }
        told.extend(put(portion.iter().map(|(_, row)| row.clone()).collect()).await?);
        done += portion.len();
        watch.tell(done, rows.len());
    }
    Ok(told)
}

impl Desk {
    /// The last imports of a kind, newest first.
    pub async fn imports(&self, kind: ImportKind) -> Result<Vec<ImportBatch>, StoreError> {
        self.inner.store.import_batches(kind.name(), SHOWN).await
    }

    /// Takes back what an import told: order lines of which nothing else is known are gone, and codes to which nothing
    /// happened since, and the lines of a bill. Returns the import as it was.
    pub async fn take_back_import(&self, batch: BatchId) -> Result<ImportBatch, ImportError> {
        let found = self.inner.store.import_batch(batch).await?.ok_or(ImportError::NoSuchBatch(batch.0))?;
        if found.taken_back_at.is_some() {
            return Err(ImportError::TakenBack(batch.0));
        }
        let kinds = [ImportKind::LicenseCodes, ImportKind::Orders, ImportKind::Bill];
        let kind = kinds.into_iter().find(|kind| kind.name() == found.kind);
        self.take_back(kind.ok_or(ImportError::NoSuchBatch(batch.0))?, batch).await?;
        Ok(found)
    }

    async fn take_back(&self, kind: ImportKind, batch: BatchId) -> Result<(), StoreError> {
        let (store, now) = (&self.inner.store, self.now());
        while match kind {
            ImportKind::LicenseCodes => store.take_back_licenses(batch, PORTION, now).await?,
            ImportKind::Orders => store.take_back_orders(batch, PORTION, now).await?,
            ImportKind::Bill => store.take_back_bill(batch, PORTION, now).await?,
            // Mirrors and registers have histories of their own; a price is changed in its place.
            ImportKind::PurchaseLimits | ImportKind::SalesTargets | ImportKind::Register(_) | ImportKind::Prices => {
                false
            }
        } {}
        Ok(())
    }

    pub(super) async fn begin_batch(
        &self,
        kind: ImportKind,
        world: World,
        source: String,
        rows: usize,
    ) -> Result<BatchId, StoreError> {
        let new = NewBatch { kind: kind.name(), world, source, rows, by: operator(), at: self.now() };
        self.inner.store.begin_import(new).await
    }

    /// What broke off is taken back.
    pub(super) async fn end_batch<T>(
        &self,
        kind: ImportKind,
        batch: BatchId,
        entered: Result<T, ImportError>,
    ) -> Result<T, ImportError> {
        match &entered {
            Ok(_) => self.inner.store.finish_import(batch, self.now()).await?,
            Err(_) => drop(self.take_back(kind, batch).await?),
        }
        entered
    }
}
