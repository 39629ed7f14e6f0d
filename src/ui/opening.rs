//! Opening the window on this computer's display.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, OnceLock},
};

use eframe::CreationContext;
use egui::{Context, ViewportBuilder};

use super::{App, AppParts};
use crate::desk::session::Wake;

#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    #[error(
        "the window cannot be opened: {0}; on a computer without a display use `sellerdesk serve`, on Debian the window \
         needs the packages libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0 libgl1"
    )]
    Display(String),
}

/// A window that may be woken before it is open.
#[derive(Clone, Default)]
pub struct Wakeable {
    context: Arc<OnceLock<Context>>,
}

impl Wakeable {
    pub fn wake(&self) -> Wake {
        let context = self.context.clone();
        Arc::new(move || {
            if let Some(context) = context.get() {
                context.request_repaint();
            }
        })
    }
}

/// Shows the window until the user closes it. To be called on the main thread.
pub fn open(title: &str, wakeable: &Wakeable, parts: AppParts) -> Result<(), WindowError> {
    let viewport = ViewportBuilder::default()
        .with_title(title)
        .with_app_id("sellerdesk")
        .with_inner_size([1280.0, 800.0])
        .with_min_inner_size([820.0, 520.0]);
    let context = wakeable.context.clone();
    run(viewport, move |creation| {
        drop(context.set(creation.egui_ctx.clone()));
        App::new(&creation.egui_ctx, parts)
    })
}

/// Runs an app on the display there is.
pub(super) fn run<A: eframe::App + 'static>(
    viewport: ViewportBuilder,
    app: impl FnOnce(&CreationContext<'_>) -> A,
) -> Result<(), WindowError> {
    let options =
        eframe::NativeOptions { renderer: eframe::Renderer::Glow, viewport, ..eframe::NativeOptions::default() };
    let run = || eframe::run_native("sellerdesk", options, Box::new(move |creation| Ok(Box::new(app(creation)))));
    // A missing library of the display makes the toolkit panic instead of telling.
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(WindowError::Display(error.to_string())),
        Err(panic) => Err(WindowError::Display(words_of(panic.as_ref()))),
    }
}

fn words_of(panic: &(dyn Any + Send)) -> String {
    let words = panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    words.unwrap_or("the display's library failed").to_owned()
}
