//! The types of values that settings can have.

use super::key::Flag;
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
