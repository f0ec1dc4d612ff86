//! `settings!` declares a group of settings, `words!` a type whose values are words.

/// Declares a group of settings: the struct, its `KEYS`, and readers for the group and for each setting.
///
/// ```text
/// settings! {
///     /// Doc comment of the group.
///     pub struct General {
///         /// Help, one line
///         #[input]                            also an input of the Action; `#[input = "x"]`: with another default
///         #[private]                          not passed on to the command of `run`, like types of secrets
///         state_dir: PathBuf                  Option<PathBuf>
///         keep_days: u32 = "30"               u32, with a default, parsed like any value
///         url: EndpointUrl = required         EndpointUrl, a mistake without one
///         name: String as NAME                with another placeholder than the type's
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
                $(#[private $($private:literal)?])?
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
                    is_private: <$type as $crate::settings::Setting>::IS_SECRET $(|| settings!(@private $($private)?))?,
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

    (@private) => { true };

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
