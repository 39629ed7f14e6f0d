//! One table for every big list. Only rows in sight are asked for, so any number of them costs the same. Where they stand is
//! counted in points of 24 bits: exact to 645,000 rows; with more of them, rows stand a point or two off, and from 1.3 million
//! on up to four, while the slowest scrolling stands still. The keyboard, which names a row, reaches each of them.
//! Sorts nothing and fetches nothing itself: it says what is in sight and what was clicked.

use std::ops::Range;

use egui::{Align, Id, Key, Modifiers, Rect, RichText, Role, Sense, Ui, UiBuilder, WidgetInfo, vec2};
use egui_table::{CellInfo, HeaderCellInfo, HeaderRow, PrefetchInfo, TableDelegate, TableState};

use crate::ui::theme::{HEADER_HEIGHT, Palette, ROW_HEIGHT};

const CELL_MARGIN: f32 = 6.0;

pub(in crate::ui) struct Column<K> {
    pub(in crate::ui) title: String,
    pub(in crate::ui) width: f32,
    /// What a click on the title sorts by.
    pub(in crate::ui) sorts_by: Option<K>,
}

impl<K> Column<K> {
    pub(in crate::ui) const fn new(title: String, width: f32) -> Self {
        Self { title, width, sorts_by: None }
    }

    pub(in crate::ui) fn sorted_by(mut self, key: K) -> Self {
        self.sorts_by = Some(key);
        self
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ui) struct Order<K> {
    pub(in crate::ui) key: K,
    pub(in crate::ui) ascending: bool,
}

pub(in crate::ui) struct Click {
    pub(in crate::ui) row: usize,
    pub(in crate::ui) modifiers: Modifiers,
}

pub(in crate::ui) struct Table<'a, K> {
    pub(in crate::ui) id: &'a str,
    pub(in crate::ui) columns: &'a [Column<K>],
    pub(in crate::ui) rows: usize,
    pub(in crate::ui) order: Option<Order<K>>,
    /// The row of which the detail pane tells.
    pub(in crate::ui) current: Option<usize>,
    /// Brought into sight.
    pub(in crate::ui) scroll_to: Option<usize>,
    /// What a screen reader says of a row.
    pub(in crate::ui) name: &'a dyn Fn(usize) -> String,
    pub(in crate::ui) marked: &'a dyn Fn(usize) -> bool,
}

pub(in crate::ui) struct TableOutcome<K> {
    pub(in crate::ui) in_sight: Range<usize>,
    pub(in crate::ui) clicked: Option<Click>,
    pub(in crate::ui) order: Option<Order<K>>,
}

impl<K: Copy + PartialEq> Table<'_, K> {
    pub(in crate::ui) fn show(self, ui: &mut Ui, cell: &mut dyn FnMut(&mut Ui, usize, usize)) -> TableOutcome<K> {
        let table = egui_table::Table::new()
            .id_salt(self.id)
            .num_rows(self.rows as u64)
            .columns(
                self.columns
                    .iter()
                    .map(|column| egui_table::Column::new(column.width).range(40.0..=900.0))
                    .collect::<Vec<_>>(),
            )
            .headers([HeaderRow::new(HEADER_HEIGHT)]);
        let table = match self.scroll_to {
            Some(row) => table.scroll_to_row(row as u64, None),
            None => table,
        };
        let first_show = TableState::load(ui.ctx(), table.get_id(ui)).is_none();
        let outcome = TableOutcome { in_sight: 0..0, clicked: None, order: None };
        let mut delegate = Delegate { table: &self, cell, first_show, last_row: None, outcome };
        table.show(ui, &mut delegate);
        delegate.outcome
    }
}

/// Where the keyboard moves from `current`. Answers the row that is current then.
pub(in crate::ui) fn moved_by_keyboard(ui: &Ui, current: Option<usize>, rows: usize, page: usize) -> Option<usize> {
    let last = rows.checked_sub(1)?;
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let page = page.max(2) - 1;
    let step = |down: usize, up: usize| match current {
        None => 0,
        Some(current) => (current + down).min(last).saturating_sub(up),
    };
    if pressed(Key::ArrowDown) {
        Some(step(1, 0))
    } else if pressed(Key::ArrowUp) {
        Some(step(0, 1))
    } else if pressed(Key::PageDown) {
        Some(step(page, 0))
    } else if pressed(Key::PageUp) {
        Some(step(0, page))
    } else if pressed(Key::Home) {
        Some(0)
    } else if pressed(Key::End) {
        Some(last)
    } else {
        None
    }
}

/// What the keyboard marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::ui) enum Marking {
    All,
    /// The current row, or no longer.
    Current,
}

pub(in crate::ui) fn marked_by_keyboard(ui: &Ui) -> Option<Marking> {
    let pressed = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    if pressed(Modifiers::COMMAND, Key::A) {
        Some(Marking::All)
    } else if pressed(Modifiers::NONE, Key::Space) {
        Some(Marking::Current)
    } else {
        None
    }
}

struct Delegate<'a, 'b, K> {
    table: &'a Table<'b, K>,
    cell: &'a mut dyn FnMut(&mut Ui, usize, usize),
    /// `egui_table` measures columns when it is shown first; ours keep the widths that they were given.
    first_show: bool,
    last_row: Option<usize>,
    outcome: TableOutcome<K>,
}

impl<K: Copy + PartialEq> Delegate<'_, '_, K> {
    fn title(&mut self, ui: &mut Ui, column: usize) {
        let Some(Column { title, sorts_by, .. }) = self.table.columns.get(column) else { return };
        let Some(key) = *sorts_by else {
            ui.add(egui::Label::new(RichText::new(title).strong()).truncate());
            return;
        };
        let ascending = self.table.order.filter(|order| order.key == key).map(|order| order.ascending);
        let arrow = match ascending {
            Some(true) => " ▲",
            Some(false) => " ▼",
            None => "",
        };
        let button = egui::Button::new(RichText::new(format!("{title}{arrow}")).strong()).frame(false).truncate();
        if ui.add(button).clicked() {
            // A new key begins with the newest or the worst.
            self.outcome.order = Some(Order { key, ascending: ascending.is_some_and(|ascending| !ascending) });
        }
    }
}

impl<K: Copy + PartialEq> TableDelegate for Delegate<'_, '_, K> {
    fn prepare(&mut self, info: &PrefetchInfo) {
        let row = |row: u64| usize::try_from(row).unwrap_or(usize::MAX);
        self.outcome.in_sight = row(info.visible_rows.start)..row(info.visible_rows.end);
    }

    fn header_cell_ui(&mut self, ui: &mut Ui, cell: &HeaderCellInfo) {
        let rect = ui.max_rect();
        ui.painter().hline(rect.x_range(), rect.bottom(), (1.0, Palette::of(ui.visuals()).line));
        padded(ui, |ui| self.title(ui, cell.group_index));
    }

    fn row_ui(&mut self, ui: &mut Ui, row: u64) {
        let Ok(row) = usize::try_from(row) else { return };
        // `egui_table` asks for all rows a second time, for the sticky columns, of which there are none here.
        if self.last_row.is_some_and(|last| row <= last) {
            return;
        }
        self.last_row = Some(row);
        let rect = ui.max_rect();
        let palette = Palette::of(ui.visuals());
        let current = self.table.current == Some(row);
        let response = ui.interact(rect, ui.scope_id().with("row"), Sense::click());
        if current || (self.table.marked)(row) {
            ui.painter().rect_filled(rect, 0.0, palette.selected);
        } else if response.hovered() {
            ui.painter().rect_filled(rect, 0.0, ui.visuals().widgets.hovered.weak_bg_fill.gamma_multiply(0.5));
        } else if row % 2 == 1 {
            ui.painter().rect_filled(rect, 0.0, palette.stripe);
        }
        response.widget_info(|| WidgetInfo::selected(Role::Row, true, current, (self.table.name)(row)));
        if response.clicked() {
            self.outcome.clicked = Some(Click { row, modifiers: ui.input(|input| input.modifiers) });
        }
        // Otherwise the text of a row would take the click.
        ui.style_mut().interaction.selectable_labels = false;
    }

    fn cell_ui(&mut self, ui: &mut Ui, cell: &CellInfo) {
        let Ok(row) = usize::try_from(cell.row_nr) else { return };
        if self.first_show && ui.is_sizing_pass() {
            let width = self.table.columns.get(cell.col_nr).map_or(0.0, |column| column.width);
            ui.allocate_space(vec2(width, ROW_HEIGHT));
            return;
        }
        ui.style_mut().interaction.selectable_labels = false;
        padded(ui, |ui| (self.cell)(ui, row, cell.col_nr));
    }

    fn default_row_height(&self) -> f32 {
        ROW_HEIGHT
    }
}

fn padded(ui: &mut Ui, contents: impl FnOnce(&mut Ui)) {
    let rect: Rect = ui.max_rect().shrink2(vec2(CELL_MARGIN, 0.0));
    let layout = egui::Layout::left_to_right(Align::Center);
    ui.scope_builder(UiBuilder::new().max_rect(rect).layout(layout).id_salt(Id::NULL), contents);
}
