//! Settings of the standard library's types.

use std::path::PathBuf;

use super::key::Flag;
use super::setting::{Setting, unexpected};
use super::{Mistake, RawSetting};

impl Setting for bool {
    const PLACEHOLDER: &'static str = "BOOL";
    const EXPECTED: &'static str = "true or false";
    const FLAG: Flag = Flag::Switch;

    fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Some(true),
            "false" | "0" | "no" | "off" => Some(false),
            _ => None,
        }
    }
}

impl Setting for u32 {
    const PLACEHOLDER: &'static str = "NUMBER";
    const EXPECTED: &'static str = "a whole number";

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Setting for usize {
    const PLACEHOLDER: &'static str = u32::PLACEHOLDER;
    const EXPECTED: &'static str = u32::EXPECTED;

    fn parse(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Setting for String {
    const PLACEHOLDER: &'static str = "TEXT";
    const EXPECTED: &'static str = "text";

    fn parse(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

/// A path as written. Whoever uses it resolves it against the working directory.
impl Setting for PathBuf {
    const PLACEHOLDER: &'static str = "FILE";
    const EXPECTED: &'static str = "a path";

    fn parse(text: &str) -> Option<Self> {
        Some(text.into())
    }
}

/// Items separated by commas, or an array in the file, whose items may contain commas.
impl<T: Setting> Setting for Vec<T> {
    const PLACEHOLDER: &'static str = "LIST";
    const EXPECTED: &'static str = T::EXPECTED;
    const FLAG: Flag = Flag::Repeatable;

    fn words() -> Vec<&'static str> {
        T::words()
    }

    fn parse(text: &str) -> Option<Self> {
        Self::read(&RawSetting::text(text, "")).ok()
    }

    fn read(raw: &RawSetting) -> Result<Self, Mistake> {
        let items = raw.items().ok_or_else(|| unexpected::<T>(raw, None))?;
        items.into_iter().map(|item| T::parse(item).ok_or_else(|| unexpected::<T>(raw, Some(item)))).collect()
    }
}
