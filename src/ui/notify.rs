//! What the desktop tells while nobody looks at the window. A desktop without notifications is no trouble: one line in the log.

use super::{text, texts::Texts};
use crate::{desk::session::Event, protocol::UnixMillis};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub title: String,
    pub body: String,
}

/// Whoever tells a notice. It must not wait: it is called while the window is drawn.
pub trait Notifier {
    fn notify(&self, notice: Notice);
}

/// Nobody.
pub struct Silent;

impl Notifier for Silent {
    fn notify(&self, _notice: Notice) {}
}

/// The desktop, where this program was built to tell it.
pub fn desktop() -> Box<dyn Notifier> {
    #[cfg(feature = "notify")]
    return Box::new(desktop::Desktop::default());
    #[cfg(not(feature = "notify"))]
    return Box::new(Silent);
}

/// What is worth telling outside of the window.
pub(super) fn notice_of(event: &Event, texts: &Texts, now: UnixMillis) -> Option<Notice> {
    let (product_id, level) = match event {
        Event::DelistingAlarm { product_id, level, .. } => (product_id, level),
        Event::ProbeAlarm { finding, case } => {
            let body = texts.probe_finding(finding, case, now);
            return Some(Notice { title: text!(texts, "probe-notice"), body });
        }
        _ => return None,
    };
    let product = product_id.clone().unwrap_or_else(|| text!(texts, "delisting-unknown-product"));
    let level = texts.delisting_level(*level);
    Some(Notice {
        title: text!(texts, "delisting-notice", product = product, level = level),
        body: texts.delisting_alarm(event)?,
    })
}

#[cfg(feature = "notify")]
mod desktop {
    use std::{
        sync::{
            Arc,
            atomic::{AtomicBool, Ordering},
        },
        thread,
    };

    use notify_rust::Notification;

    use super::{Notice, Notifier};

    #[derive(Default)]
    pub(super) struct Desktop {
        failed: Arc<AtomicBool>,
    }

    impl Notifier for Desktop {
        fn notify(&self, notice: Notice) {
            let failed = self.failed.clone();
            // The bus may take its time to answer, or never do.
            let telling = thread::Builder::new().name("notification".to_owned()).spawn(move || {
                let shown = Notification::new().appname("Sellerdesk").summary(&notice.title).body(&notice.body).show();
                if let Err(error) = shown
                    && !failed.swap(true, Ordering::Relaxed)
                {
                    tracing::warn!(%error, "the desktop shows no notifications");
                }
            });
            drop(telling);
        }
    }
}
