//! The name of a setting, and what flags, help and documentation need to know about it.

/// How a setting's flag is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// Once, with a value.
    Once,
    /// Any number of times; each value can be a list too.
    Repeatable,
    /// Once; without a value it means `true`.
    Switch,
}

/// One declared setting.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its name in the file.
    pub name: &'static str,
    /// The placeholder of its type.
    pub placeholder: &'static str,
    /// One line of help.
    pub help: &'static str,
    /// The default, as it would be written. Empty: none.
    pub default: &'static str,
    /// A description of the default, if its value depends on something else or is unclear. May be empty.
    pub default_note: &'static str,
    /// How its flag is used.
    pub flag: Flag,
    /// Whether the value is a secret or an address, or may contain them. `run` keeps it from its command.
    pub is_private: bool,
    /// The input of the GitHub Action, for settings that are one.
    pub input: Option<Input>,
}

/// An input of the GitHub Action that passes a setting on.
#[derive(Debug, Clone, Copy)]
pub struct Input {
    /// The Action's own default, where it differs from the setting's.
    pub default: Option<&'static str>,
}

impl Key {
    /// The flag, without its dashes: `state-dir`.
    pub fn flag_name(&self) -> String {
        flag_name(self.name)
    }

    /// The environment variable: `BUILDHOOK_STATE_DIR`.
    pub fn variable(&self) -> String {
        variable(self.name)
    }

    /// The default as it is documented. Empty: none.
    pub fn documented_default(&self) -> &'static str {
        if self.default_note.is_empty() { self.default } else { self.default_note }
    }

    /// The help with the default: `Timeout of one attempt [default: 10s]`.
    pub fn help_with_default(&self) -> String {
        let default = self.documented_default();
        if default.is_empty() { self.help.to_owned() } else { format!("{} [default: {default}]", self.help) }
    }
}

/// The environment variable of a setting: `BUILDHOOK_STATE_DIR`.
pub fn variable(name: &str) -> String {
    format!("BUILDHOOK_{}", name.to_ascii_uppercase())
}

/// The flag of a setting, without its dashes: `state-dir`.
pub fn flag_name(name: &str) -> String {
    name.replace('_', "-")
}
