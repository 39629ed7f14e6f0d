//! Every text of the window, in Chinese and in English (`assets/i18n`). A message that does not exist does not compile;
//! that both languages have the same ones is a test. Knows no widget.

use i18n_embed::{
    DesktopLanguageRequester, LanguageLoader as _,
    fluent::{FluentLanguageLoader, fluent_language_loader},
};
use rust_embed::RustEmbed;
use unic_langid::LanguageIdentifier;

#[derive(RustEmbed)]
#[folder = "assets/i18n/"]
struct Assets;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    English,
    Chinese,
}

impl Language {
    /// From the setting: `en`, `zh-CN`, or the system's language for everything else.
    pub fn of_setting(setting: &str) -> Self {
        match setting {
            "en" => Self::English,
            "zh-CN" => Self::Chinese,
            _ => Self::of_system(),
        }
    }

    fn of_system() -> Self {
        let wanted = DesktopLanguageRequester::requested_languages();
        match wanted.first() {
            Some(language) if language.language.as_str() == "zh" => Self::Chinese,
            _ => Self::English,
        }
    }

    const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Chinese => "zh-CN",
        }
    }
}

/// The texts in one language. Made anew when the language changes.
pub struct Texts {
    language: Language,
    loader: FluentLanguageLoader,
}

impl Texts {
    pub fn new(language: Language) -> Self {
        let loader = fluent_language_loader!();
        let wanted: Vec<LanguageIdentifier> = language.tag().parse().into_iter().collect();
        if let Err(error) = loader.load_languages(&Assets, &wanted) {
            tracing::error!(%error, "texts cannot be loaded");
        }
        // Marks around arguments that fonts have no glyph for.
        loader.set_use_isolating(false);
        Self { language, loader }
    }

    pub const fn language(&self) -> Language {
        self.language
    }

    /// For [`text!`](super::text).
    pub const fn loader(&self) -> &FluentLanguageLoader {
        &self.loader
    }
}
