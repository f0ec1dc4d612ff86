//! A setting as it was written, before anything is made of it.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::{Mistake, Time, keys};

/// A setting's text and where it stands.
#[derive(Debug, Clone)]
pub struct RawSetting {
    /// What was written.
    pub value: RawValue,
    /// The flag, the variable, or the file and line.
    pub origin: String,
    /// Whether other variables were put into it: they may be secrets, so no message shows the value.
    pub interpolated: bool,
}

/// What can be written.
#[derive(Debug, Clone)]
pub enum RawValue {
    /// A text; lists are texts with commas.
    Text(String),
    /// Names with values, from a table of the file.
    Pairs(Vec<(String, String)>),
}

impl RawSetting {
    /// A text from somewhere.
    pub fn text(value: impl Into<String>, origin: impl Into<String>) -> Self {
        Self { value: RawValue::Text(value.into()), origin: origin.into(), interpolated: false }
    }

    /// The text, trimmed; a table has none.
    pub fn as_text(&self) -> Option<&str> {
        self.as_exact_text().map(str::trim)
    }

    /// The text to the last byte; a table has none.
    pub fn as_exact_text(&self) -> Option<&str> {
        match &self.value {
            RawValue::Text(text) => Some(text),
            RawValue::Pairs(_) => None,
        }
    }

    /// Whether there is nothing in it.
    pub fn is_blank(&self) -> bool {
        match &self.value {
            RawValue::Text(text) => text.trim().is_empty(),
            RawValue::Pairs(pairs) => pairs.is_empty(),
        }
    }

    /// What to say when the value is not as it should be.
    pub fn mistake(&self, expected: impl Into<String>) -> Mistake {
        self.mistake_in(self.as_text(), expected)
    }

    /// What to say when a part of the value is not as it should be.
    pub fn mistake_in<'a>(&self, part: impl Into<Option<&'a str>>, expected: impl Into<String>) -> Mistake {
        let found = part.into().filter(|_| !self.interpolated).map(str::to_owned);
        Mistake::BadValue { origin: self.origin.clone(), found, expected: expected.into() }
    }

    /// The same for a value that must not be shown.
    pub fn secret_mistake(&self, expected: impl Into<String>) -> Mistake {
        self.mistake_in(None, expected)
    }
}

/// Settings by name, from one source or merged.
#[derive(Debug, Clone, Default)]
pub struct RawSettings(BTreeMap<String, RawSetting>);

impl RawSettings {
    /// Adds one; what was there under its name is replaced.
    pub fn insert(&mut self, name: impl Into<String>, entry: RawSetting) {
        self.0.insert(name.into(), entry);
    }

    /// Adds those that are not there yet. A blank one is as good as none.
    pub fn add_missing(&mut self, other: RawSettings) {
        for (name, entry) in other.0 {
            if self.get(&name).is_none() {
                self.0.insert(name, entry);
            }
        }
    }

    /// The setting of this name, unless it is blank.
    pub fn get(&self, name: &str) -> Option<&RawSetting> {
        self.0.get(name).filter(|entry| !entry.is_blank())
    }

    /// The setting of this name, which may be blank.
    pub fn get_blank(&self, name: &str) -> Option<&RawSetting> {
        self.0.get(name)
    }

    /// All of them, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &RawSetting)> {
        self.0.iter().map(|(name, entry)| (name.as_str(), entry))
    }

    /// The setting as a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_text()
    }

    /// The setting as a list: parts of a text between commas, trimmed, without blank ones.
    pub fn list(&self, name: &str) -> Vec<String> {
        let text = self.get(name).and_then(RawSetting::as_text).unwrap_or_default();
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
    }

    /// The setting as yes or no.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>, Mistake> {
        self.read(name, "true or false", |text| match text.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" => Some(true),
            "false" | "0" | "no" | "off" => Some(false),
            _ => None,
        })
    }

    /// The setting as a length of time.
    pub fn time(&self, name: &str) -> Result<Option<Time>, Mistake> {
        self.read(name, Time::EXPECTED, |text| Time::from_str(text).ok())
    }

    /// The setting as something that `parse` makes of its text.
    pub fn read<T>(
        &self,
        name: &str,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Mistake> {
        let Some(entry) = self.get(name) else { return Ok(None) };
        match entry.as_text().and_then(parse) {
            Some(value) => Ok(Some(value)),
            None => Err(entry.mistake(expected)),
        }
    }

    /// The setting as one of a few words; a mistake names the nearest of them.
    pub fn one_of<T: Copy>(&self, name: &str, words: &[(&'static str, T)]) -> Result<Option<T>, Mistake> {
        let Some(entry) = self.get(name) else { return Ok(None) };
        let text = entry.as_text().unwrap_or_default();
        match words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)) {
            Some((_, value)) => Ok(Some(*value)),
            None => {
                let all: Vec<_> = words.iter().map(|(word, _)| *word).collect();
                let mut expected = format!("one of: {}", all.join(", "));
                if let Some(nearest) = keys::nearest(text, all.iter().copied()) {
                    expected += &format!("; did you mean `{nearest}`?");
                }
                Err(entry.mistake(expected))
            }
        }
    }
}
