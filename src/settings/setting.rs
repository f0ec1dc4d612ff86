//! What a setting is: a value of some type under a name. [`settings!`] declares them in groups.

use super::{Mistake, RawSetting, RawSettings, nearest::nearest};

/// A type of value that a setting can have. Each type states once how it is written.
pub trait Setting: Sized {
    /// The placeholder in the help: `--timeout <DURATION>`.
    const PLACEHOLDER: &'static str;
    /// Completes "expected …" in a mistake. The [words](Setting::words), if any, follow it.
    const EXPECTED: &'static str;
    /// Whether messages must not show the value.
    const IS_SECRET: bool = false;
    /// How often its flag can be given, and whether it needs a value.
    const FLAG: Flag = Flag::Once;

    /// The accepted words, for types that have a fixed list of them.
    fn words() -> Vec<&'static str> {
        Vec::new()
    }

    /// Parses a trimmed, non-empty text.
    fn parse(text: &str) -> Option<Self>;

    /// Reads the value as it was written: by default one text.
    fn read(raw: &RawSetting) -> Result<Self, Mistake> {
        let text = raw.as_text();
        text.and_then(Self::parse).ok_or_else(|| unexpected::<Self>(raw, text))
    }
}

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

    /// The help with the default: `Timeout of one attempt [default: 10s]`.
    pub fn help_with_default(&self) -> String {
        let default = if self.default_note.is_empty() { self.default } else { self.default_note };
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

/// Reads a setting, or its default.
pub(super) fn read<T: Setting>(
    settings: &RawSettings,
    name: &str,
    default: Option<&str>,
) -> Result<Option<T>, Mistake> {
    match (settings.get(name), default) {
        (Some(raw), _) => T::read(raw).map(Some),
        (None, Some(default)) => {
            T::read(&RawSetting::text(default, format!("the default of {name}"))).map(Some)
        }
        (None, None) => Ok(None),
    }
}

/// Lists of words up to this length are always shown.
const SHORT_LIST: usize = 10;

/// The mistake for `found`, the value or a part of it. The value of another variable may be a secret, so one
/// that was interpolated is not shown.
pub(super) fn unexpected<T: Setting>(raw: &RawSetting, found: Option<&str>) -> Mistake {
    let found = found.filter(|_| !T::IS_SECRET && !raw.interpolated);
    let words = T::words();
    let nearest = found.and_then(|found| nearest(found, words.iter().copied()));
    let mut expected = T::EXPECTED.to_owned();
    if !words.is_empty() && (nearest.is_none() || words.len() <= SHORT_LIST) {
        expected += &format!(": {}", words.join(", "));
    }
    if let Some(nearest) = nearest {
        expected += &format!("; did you mean `{nearest}`?");
    }
    Mistake::BadValue { origin: raw.origin.clone(), found: found.map(str::to_owned), expected }
}

/// Declares a group of settings: the struct, its `KEYS`, and readers for the group and for each setting.
///
/// ```text
/// settings! {
///     /// What the group is.
///     pub struct General {
///         /// Help, one line
///         #[input]                            also an input of the Action; `#[input = "x"]`: with a default
///         state_dir: PathBuf                  Option<PathBuf>
///         keep_days: u32 = "30"               u32, with a default, parsed like any value
///         url: EndpointUrl = required         EndpointUrl, a mistake without one
///         name: String as NAME                with a placeholder of its own instead of the type's
///         scope: Scope => "`run`"             with a default set elsewhere, described in the help
///     }
/// }
/// ```
macro_rules! settings {
    (
        $(#[$attribute:meta])*
        pub struct $group:ident {
            $(
                $(#[doc = $help:literal])+
                $(#[input $(= $input:literal)?])?
                $name:ident: $type:ty $(as $placeholder:ident)? $(= $default:tt)? $(=> $note:literal)?,
            )+
        }
    ) => {
        $(#[$attribute])*
        #[derive(Debug, Clone)]
        pub struct $group {
            $(
                $(#[doc = $help])+
                pub $name: settings!(@type $type $(, $default)?),
            )+
        }

        impl $group {
            /// The settings of the group.
            pub const KEYS: &[$crate::settings::Key] = &[
                $($crate::settings::Key {
                    name: stringify!($name),
                    placeholder: settings!(@placeholder $type $(, $placeholder)?),
                    help: concat!($($help),+).trim_ascii(),
                    default: settings!(@default $($default)?),
                    default_note: concat!($($note)?),
                    flag: <$type as $crate::settings::Setting>::FLAG,
                    input: settings!(@option $($crate::settings::Input {
                        default: settings!(@option $($input)?),
                    })?),
                },)+
            ];

            /// Reads the group.
            pub fn read(settings: &$crate::settings::RawSettings) -> Result<Self, $crate::settings::Mistake> {
                Ok(Self { $($name: Self::$name(settings)?),+ })
            }

            $(
                $(#[doc = $help])+
                pub fn $name(
                    settings: &$crate::settings::RawSettings,
                ) -> Result<
                    settings!(@type $type $(, $default)?),
                    $crate::settings::Mistake,
                > {
                    let name = stringify!($name);
                    settings!(@read settings, name, $type $(, $default)?)
                }
            )+
        }
    };

    (@type $type:ty) => { Option<$type> };
    (@type $type:ty, $default:tt) => { $type };

    (@placeholder $type:ty) => { <$type as $crate::settings::Setting>::PLACEHOLDER };
    (@placeholder $type:ty, $placeholder:ident) => { stringify!($placeholder) };

    (@default $default:literal) => { $default };
    (@default $(required)?) => { "" };

    (@option) => { None };
    (@option $value:expr) => { Some($value) };

    (@read $settings:ident, $name:ident, $type:ty) => {
        $crate::settings::setting::read::<$type>($settings, $name, None)
    };
    (@read $settings:ident, $name:ident, $type:ty, required) => {
        $crate::settings::setting::read::<$type>($settings, $name, None)?
            .ok_or($crate::settings::Mistake::Missing { setting: $name })
    };
    (@read $settings:ident, $name:ident, $type:ty, $default:literal) => {
        $crate::settings::setting::read::<$type>($settings, $name, Some($default))?
            .ok_or($crate::settings::Mistake::Missing { setting: $name })
    };
}
pub(super) use settings;

/// A type whose values are a few words, in any case.
macro_rules! words {
    ($type:ty, $placeholder:literal, $($word:literal => $value:expr),+ $(,)?) => {
        impl $crate::settings::Setting for $type {
            const PLACEHOLDER: &'static str = $placeholder;
            const EXPECTED: &'static str = "one of";

            fn words() -> Vec<&'static str> {
                vec![$($word),+]
            }

            fn parse(text: &str) -> Option<Self> {
                let words = [$(($word, $value)),+];
                let found = words.into_iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
                found.map(|(_, value)| value)
            }
        }
    };
}
pub(super) use words;
