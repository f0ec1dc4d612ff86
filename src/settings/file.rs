//! Settings from a TOML file.

use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::raw_setting::RawValue;
use super::{Mistake, RawSetting, RawSettings, keys};
use crate::system::Environment;

/// What the file says.
#[derive(Debug, Default)]
pub(super) struct FromFile {
    /// Settings of the whole command.
    pub(super) global: RawSettings,
    /// Settings of each `[[endpoint]]`, with the place of its header.
    pub(super) endpoints: Vec<(String, RawSettings)>,
}

/// The file to read when none is named: `.buildhook.toml` or `.github/buildhook.toml` in `folder`; in a git
/// checkout also in the folders above it up to the checkout's own. Beyond that folders belong to others.
pub(super) fn find(folder: &Path) -> Option<PathBuf> {
    let above = folder.ancestors().position(|folder| folder.join(".git").exists()).unwrap_or(0);
    folder
        .ancestors()
        .take(above + 1)
        .flat_map(|folder| [".buildhook.toml", ".github/buildhook.toml"].map(|name| folder.join(name)))
        .find(|file| file.is_file())
}

/// Reads the text of a file. `name` is how messages call it.
pub(super) fn read(text: &str, name: &str, environment: &Environment) -> Result<FromFile, Mistake> {
    let file = File { text, name, environment };
    let table = DeTable::parse(text).map_err(|error| Mistake::Syntax {
        origin: file.origin(error.span().map_or(0, |span| span.start)),
        reason: error.message().lines().next().unwrap_or("this is not TOML").to_owned(),
    })?;
    let mut settings = FromFile::default();
    for (key, value) in table.get_ref() {
        let origin = file.origin(key.span().start);
        let name = key.get_ref().as_ref();
        if name == "endpoint" {
            settings.endpoints = file.endpoints(value)?;
            continue;
        }
        // The file cannot name another file.
        let known = || keys::top_level().map(|key| key.name).filter(|name| *name != "config");
        if !known().any(|known| known == name) {
            let nearest = keys::nearest(name, known().chain(["endpoint"])).map(str::to_owned);
            return Err(Mistake::UnknownKey { origin, key: name.to_owned(), nearest });
        }
        settings.global.insert(name, file.entry(name, value)?);
    }
    Ok(settings)
}

struct File<'a> {
    text: &'a str,
    name: &'a str,
    environment: &'a Environment,
}

impl File<'_> {
    /// `.buildhook.toml line 3`, of a byte's place in the text.
    fn origin(&self, offset: usize) -> String {
        let line = self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1;
        format!("{} line {line}", self.name)
    }

    fn endpoints(&self, value: &Spanned<DeValue<'_>>) -> Result<Vec<(String, RawSettings)>, Mistake> {
        let wrong = |span: std::ops::Range<usize>| Mistake::BadValue {
            origin: self.origin(span.start),
            found: None,
            expected: "endpoints as [[endpoint]] tables".to_owned(),
        };
        let DeValue::Array(tables) = value.get_ref() else { return Err(wrong(value.span())) };
        let mut endpoints = Vec::new();
        for table in tables.iter() {
            let DeValue::Table(keys_and_values) = table.get_ref() else { return Err(wrong(table.span())) };
            let mut entries = RawSettings::default();
            for (key, value) in keys_and_values {
                let name = key.get_ref().as_ref();
                if !keys::ENDPOINT.iter().any(|key| key.name == name) {
                    let nearest =
                        keys::nearest(name, keys::ENDPOINT.iter().map(|key| key.name)).map(str::to_owned);
                    let origin = self.origin(key.span().start);
                    return Err(Mistake::UnknownKey { origin, key: name.to_owned(), nearest });
                }
                entries.insert(name, self.entry(name, value)?);
            }
            endpoints.push((self.origin(table.span().start), entries));
        }
        Ok(endpoints)
    }

    fn entry(&self, name: &str, value: &Spanned<DeValue<'_>>) -> Result<RawSetting, Mistake> {
        let origin = self.origin(value.span().start);
        let interpolated = self.text.get(value.span()).is_some_and(|text| text.contains("${"));
        let value = match value.get_ref() {
            DeValue::Table(pairs) if name == "headers" => {
                let mut headers = Vec::new();
                for (key, value) in pairs {
                    let origin = self.origin(value.span().start);
                    headers.push((key.get_ref().to_string(), self.text_of(value.get_ref(), &origin)?));
                }
                RawValue::Pairs(headers)
            }
            DeValue::Array(parts) => {
                let parts: Result<Vec<_>, _> = parts
                    .iter()
                    .map(|part| self.text_of(part.get_ref(), &self.origin(part.span().start)))
                    .collect();
                RawValue::Text(parts?.join(","))
            }
            other => RawValue::Text(self.text_of(other, &origin)?),
        };
        Ok(RawSetting { value, origin: format!("{origin} ({name})"), interpolated })
    }

    fn text_of(&self, value: &DeValue<'_>, origin: &str) -> Result<String, Mistake> {
        match value {
            DeValue::String(text) => self.interpolate(text, origin),
            DeValue::Integer(number) => Ok(number.to_string()),
            DeValue::Float(number) => Ok(number.to_string()),
            DeValue::Boolean(value) => Ok(value.to_string()),
            DeValue::Datetime(time) => Ok(time.to_string()),
            DeValue::Array(_) | DeValue::Table(_) => Err(Mistake::BadValue {
                origin: origin.to_owned(),
                found: None,
                expected: "a text, a number, true or false".to_owned(),
            }),
        }
    }

    /// Puts variables in the place of `${NAME}`. `$$` stands for a dollar sign; any other `$` is itself.
    fn interpolate(&self, text: &str, origin: &str) -> Result<String, Mistake> {
        let mut result = String::new();
        let mut rest = text;
        while let Some(start) = rest.find('$') {
            result.push_str(&rest[..start]);
            rest = &rest[start + 1..];
            if let Some(after) = rest.strip_prefix('$') {
                result.push('$');
                rest = after;
            } else if let Some(after) = rest.strip_prefix('{') {
                let Some((name, after)) = after.split_once('}') else {
                    return Err(Mistake::BadValue {
                        origin: origin.to_owned(),
                        found: None,
                        expected: "`}` behind `${`; write `$$` for a dollar sign".to_owned(),
                    });
                };
                let Some(value) = self.environment.raw(name) else {
                    return Err(Mistake::UnsetVariable { origin: origin.to_owned(), name: name.to_owned() });
                };
                result.push_str(value);
                rest = after;
            } else {
                result.push('$');
            }
        }
        result.push_str(rest);
        Ok(result)
    }
}
