//! What the views share. No widget here knows what it shows.

mod console;
mod export;
mod file_dialog;
mod file_field;
mod import_form;
mod list;
mod marks;
mod more_rows;
mod pieces;
mod table;
mod zone;

pub(super) use console::console_button;
pub(super) use export::ExportForm;
pub use file_dialog::{FileAnswer, FileDialog, FileDialogs, system_dialogs};
pub(super) use file_field::{FileField, dropped_file};
pub(super) use import_form::{ImportForm, ImportOutcome};
pub(super) use list::{ListView, Listed};
pub(super) use marks::Marks;
pub(super) use more_rows::MoreRows;
pub(super) use pieces::{badge, card, copyable, dot, empty_state, field, primary_button, raw_text, time};
pub(super) use table::{Click, Column, Marking, Order, Table, marked_by_keyboard, moved_by_keyboard};
pub(super) use zone::Zone;
