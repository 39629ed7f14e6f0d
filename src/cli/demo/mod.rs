//! `demo`: a marketplace, a seller's product and a Sellerdesk between them, on a directory that is thrown away. In a window
//! it goes on by itself; without a display it is one story as text, every step of which is checked.

mod clock;
mod generations;
mod history;
mod live;
mod open_apis;
mod registers;
mod rules;
mod settlement;
mod stage;
mod story;
mod telling;

use tokio::runtime::Runtime;

use self::stage::Stage;
use super::{serve, window};
use crate::{receiver::Receiver, simulator::Lifecycle};

/// The story as text takes place in the last half of a day, in which it needs some of KooGallery's hours.
const BEGIN_OF_STORY: i64 = 12 * history::HOUR;

/// Whether all went as told.
pub(super) fn run(runtime: &Runtime, as_text: bool) -> anyhow::Result<bool> {
    let as_text = as_text || !has_display();
    let (begin, lifecycle) = match as_text {
        true => (BEGIN_OF_STORY, Lifecycle::default()),
        false => (history::BEGIN, Lifecycle::whole()),
    };
    let stage = runtime.block_on(Stage::set_up(begin, lifecycle))?;
    if as_text {
        return runtime.block_on(async {
            let receiver = Receiver::start(stage.desk.clone(), None)?;
            let background = tokio::spawn(stage.desk.clone().work_in_background());
            // So that the throw-away directory is thrown away then too.
            let told = tokio::select! {
                told = story::tell(&stage) => told,
                () = serve::told_to_end() => Err(anyhow::anyhow!("ended before the story was")),
            };
            background.abort();
            tokio::task::spawn_blocking(move || drop(receiver)).await?;
            stage.desk.close().await;
            told
        });
    }
    let desk = stage.desk.clone();
    let life = runtime.spawn(live::play(stage));
    let shown = window::show(runtime, desk, "Sellerdesk (demo)", None);
    life.abort();
    shown.map(|()| true)
}

fn has_display() -> bool {
    ["DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET"]
        .into_iter()
        .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
}
