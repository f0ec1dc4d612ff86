//! Settings as they were written, before they are parsed.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Mistake;

/// The text of a setting and where it was found.
#[derive(Debug, Clone)]
pub struct RawSetting {
    /// The value as written.
    pub value: RawValue,
    /// The flag, the variable, or the file, line and key.
    pub origin: String,
    /// Whether it contains other variables. They may be secrets, so no message shows the value.
    pub interpolated: bool,
}

/// A value as written.
#[derive(Debug, Clone)]
pub enum RawValue {
    /// One text, which may be a list separated by commas.
    Text(String),
    /// An array of the file.
    List(Vec<String>),
    /// A table of the file.
    Table(Vec<(String, String)>),
    /// A table of the file whose values keep their types.
    Pairs(Vec<(String, Value)>),
}

impl RawSetting {
    /// A string and its origin.
    pub fn text(value: impl Into<String>, origin: impl Into<String>) -> Self {
        Self { value: RawValue::Text(value.into()), origin: origin.into(), interpolated: false }
    }

    /// The text, trimmed. `None` for arrays and tables.
    pub fn as_text(&self) -> Option<&str> {
        self.as_exact_text().map(str::trim)
    }

    /// The text with its white space. `None` for arrays and tables.
    pub fn as_exact_text(&self) -> Option<&str> {
        match &self.value {
            RawValue::Text(text) => Some(text),
            RawValue::List(_) | RawValue::Table(_) | RawValue::Pairs(_) => None,
        }
    }

    /// The items of a list, trimmed, without blank ones. `None` for tables.
    pub fn items(&self) -> Option<Vec<&str>> {
        let items: Vec<&str> = match &self.value {
            RawValue::Text(text) => text.split(',').collect(),
            RawValue::List(items) => items.iter().map(String::as_str).collect(),
            RawValue::Table(_) | RawValue::Pairs(_) => return None,
        };
        Some(items.into_iter().map(str::trim).filter(|item| !item.is_empty()).collect())
    }

    /// Whether the value is empty or white space.
    pub fn is_blank(&self) -> bool {
        match &self.value {
            RawValue::Text(text) => text.trim().is_empty(),
            RawValue::List(items) => items.iter().all(|item| item.trim().is_empty()),
            RawValue::Table(pairs) => pairs.is_empty(),
            RawValue::Pairs(pairs) => pairs.is_empty(),
        }
    }

    /// A mistake that shows the value.
    pub(super) fn mistake(&self, expected: impl Into<String>) -> Mistake {
        let found = match &self.value {
            RawValue::Text(text) => Some(text.trim().to_owned()),
            RawValue::List(items) => Some(items.join(", ")),
            RawValue::Table(_) | RawValue::Pairs(_) => None,
        };
        let found = found.filter(|_| !self.interpolated);
        Mistake::BadValue { origin: self.origin.clone(), found, expected: expected.into() }
    }

    /// A mistake that does not show the value: it is a secret, or long.
    pub(super) fn mistake_without_value(&self, expected: impl Into<String>) -> Mistake {
        Mistake::BadValue { origin: self.origin.clone(), found: None, expected: expected.into() }
    }
}

/// Settings by name, from one source or from several.
#[derive(Debug, Clone, Default)]
pub struct RawSettings(BTreeMap<String, RawSetting>);

impl RawSettings {
    /// Adds a setting, or replaces the one of this name.
    pub fn insert(&mut self, name: impl Into<String>, setting: RawSetting) {
        self.0.insert(name.into(), setting);
    }

    /// Adds the settings that are missing or blank here.
    pub(super) fn add_missing(&mut self, other: Self) {
        for (name, setting) in other.0 {
            if self.get(&name).is_none() {
                self.0.insert(name, setting);
            }
        }
    }

    /// The setting of this name, unless it is blank.
    pub(super) fn get(&self, name: &str) -> Option<&RawSetting> {
        self.get_or_blank(name).filter(|setting| !setting.is_blank())
    }

    /// The setting of this name as it was written, and its origin. No value if it may contain secrets.
    pub fn written(&self, name: &str) -> Option<(Option<String>, String)> {
        let raw = self.get(name)?;
        let text = match &raw.value {
            RawValue::Text(text) => text.clone(),
            RawValue::List(items) => items.join(","),
            RawValue::Table(pairs) => {
                pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(",")
            }
            RawValue::Pairs(pairs) => {
                pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(",")
            }
        };
        Some((Some(text).filter(|_| !raw.interpolated), raw.origin.clone()))
    }

    /// The setting of this name, even if it is blank.
    pub(super) fn get_or_blank(&self, name: &str) -> Option<&RawSetting> {
        self.0.get(name)
    }

    /// The origin of the first setting, by name.
    pub(super) fn first_origin(&self) -> Option<&str> {
        self.0.values().next().map(|setting| setting.origin.as_str())
    }
}
