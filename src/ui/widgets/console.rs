//! The button that leads to the console for what only the console can do.

use egui::{Button, OpenUrl, Response, Ui};

use crate::{
    domain::console::ConsolePage,
    ui::{context::ViewContext, text},
};

/// Opens the page; where no address is known for the site, it says under which menu the page is.
pub(in crate::ui) fn console_button(ui: &mut Ui, cx: &ViewContext<'_>, page: ConsolePage) -> Response {
    let site = cx.snapshot.settings.config.marketplace.site;
    let menu = page.menu();
    let name = menu.rsplit(" > ").next().unwrap_or(menu);
    let label = match page {
        ConsolePage::ProductionMessages => text!(cx.texts, "open-console"),
        _ => text!(cx.texts, "open-console-page", page = name),
    };
    let Some(address) = page.address(site) else {
        let button = ui.add_enabled(false, Button::new(label));
        return button.on_disabled_hover_text(text!(cx.texts, "open-console-unknown", menu = menu));
    };
    let button = ui.button(label).on_hover_text(match address.exact {
        true => address.url.to_owned(),
        false => text!(cx.texts, "open-console-menu", menu = menu),
    });
    if button.clicked() {
        ui.ctx().open_url(OpenUrl::new_tab(address.url));
    }
    button
}
