//! The scenarios that come along with the program (`assets/scenarios`), by the names of their files.

use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "assets/scenarios/"]
struct Assets;

/// In the order of the alphabet.
pub fn names() -> Vec<String> {
    let mut names: Vec<String> =
        Assets::iter().filter_map(|file| file.strip_suffix(".toml").map(str::to_owned)).collect();
    names.sort();
    names
}

pub fn text(name: &str) -> Option<String> {
    let file = Assets::get(&format!("{name}.toml"))?;
    String::from_utf8(file.data.into_owned()).ok()
}
