//! The window. Draws what the desk's snapshot says and asks with commands; nothing here waits, reads a file or knows
//! the store.
//!
//! - [`app`]: the shell that egui drives; `link`: its end of the wire to the desk
//! - `views`: one file per entry of the navigation; `detail`: the pane at the right
//! - `widgets`: what views share; `context`: what a view gets
//! - `theme`, `texts`, `meaning`, `times`: how it looks and what it says

mod app;
mod context;
mod detail;
mod dialog;
mod frame;
mod link;
mod meaning;
mod opening;
mod texts;
mod theme;
mod times;
mod toasts;
mod trouble;
mod views;
mod widgets;

pub use app::{App, AppParts};
pub use opening::{Wakeable, WindowError, open};
pub use texts::{Language, Texts};
pub use trouble::tell as tell_trouble;
pub use widgets::{FileAnswer, FileDialog, FileDialogs, system_dialogs};

/// A text in the window's language. `text!(texts, "id")`, or with arguments `text!(texts, "id", count = 3)`.
macro_rules! text {
    ($texts:expr, $($message:tt)+) => {
        i18n_embed_fl::fl!($texts.loader(), $($message)+)
    };
}
use text;
