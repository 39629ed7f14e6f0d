//! When a picture counts as the one that lies in `tests/snapshots`. Drawing it is the renderer's business.

use std::path::PathBuf;

use egui_kittest::SnapshotOptions;

/// Squared distance of two greys that are 2 of 255 apart. Where a glyph lies in the atlas moves its edges by 1, and
/// processors may round differently.
const TWO_OF_255: f32 = 2.1;

/// `NAME.new.png` and `NAME.diff.png` appear beside a picture that differs; `UPDATE_SNAPSHOTS=1` takes the new one as right.
pub fn strict() -> SnapshotOptions {
    let pictures = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots");
    SnapshotOptions::new().threshold(TWO_OF_255).max_failed_pixels(0).output_path(pictures)
}
