//! Which variables `run` keeps from its command.

use std::path::PathBuf;

use super::groups;

const PREFIX: &str = "BUILDHOOK_";

/// The variable that marks the environment of the command of `run`. Its value is written and read by [`ParentRun`].
pub const IN_RUN: &str = "BUILDHOOK_IN_RUN";

/// The `run` that a command is a part of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParentRun {
    /// The id of the run where no CI names one.
    pub id: String,
    /// The folder of its build.
    pub folder: PathBuf,
}

impl ParentRun {
    /// The value of [`IN_RUN`].
    pub fn to_variable(&self) -> Option<String> {
        Some(format!("{} {}", self.id, self.folder.to_str()?))
    }

    /// Reads the value of [`IN_RUN`]. `None` if the run and its folder are unknown.
    pub(super) fn from_variable(text: &str) -> Option<Self> {
        let (id, folder) = text.split_once(' ')?;
        Some(Self { id: id.to_owned(), folder: folder.into() })
    }
}

/// Whether a variable holds a secret, an address, or a configuration that may contain them. A number at its
/// end, as in `BUILDHOOK_SECRET_2`, makes no difference, and neither does the case of what follows the
/// prefix.
pub fn is_private_variable(name: &str) -> bool {
    let Some((prefix, setting)) = name.split_at_checked(PREFIX.len()) else { return false };
    let has_prefix = if cfg!(windows) { prefix.eq_ignore_ascii_case(PREFIX) } else { prefix == PREFIX };
    let setting = setting.trim_end_matches(|c: char| c.is_ascii_digit());
    let setting = setting.strip_suffix('_').unwrap_or(setting);
    let mut keys = groups::top_level().chain(groups::ENDPOINT.keys);
    has_prefix && keys.any(|key| key.is_private && key.name.eq_ignore_ascii_case(setting))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_and_addresses_are_private_and_nothing_else() {
        let keys = groups::top_level().chain(groups::ENDPOINT.keys);
        let private: Vec<&str> = keys.filter(|key| key.is_private).map(|key| key.name).collect();
        assert_eq!(private, ["config", "url", "secret", "previous_secret", "headers", "client_key"]);
    }

    #[test]
    fn numbers_and_case_make_no_difference() {
        for name in
            ["BUILDHOOK_URL", "BUILDHOOK_SECRET_2", "BUILDHOOK_PREVIOUS_SECRET_13", "BUILDHOOK_Headers"]
        {
            assert!(is_private_variable(name), "{name}");
        }
        for name in
            ["BUILDHOOK_NAME_2", "BUILDHOOK_STATE_DIR", "BUILDHOOK_RUN_URL", "URL", "X_BUILDHOOK_URL", "é"]
        {
            assert!(!is_private_variable(name), "{name}");
        }
    }
}
