//! Who sits before the computer, for histories of what was changed by hand. Knows nothing of what was.

/// The user of this computer, as the environment names them, or `operator`.
pub fn operator() -> String {
    let name = ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| std::env::var(name).ok());
    name.filter(|name| !name.trim().is_empty()).unwrap_or_else(|| "operator".to_owned())
}
