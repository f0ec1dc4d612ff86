//! Settings from the TOML file.

use std::cell::RefCell;

use serde_json::Value;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::raw_setting::RawValue;
use super::{Endpoint, Mistake, RawSetting, RawSettings, groups, nearest::nearest};
use crate::system::Environment;

/// The settings in the file.
#[derive(Debug, Default)]
pub(super) struct FromFile {
    /// Settings that do not belong to an endpoint.
    pub(super) top_level: RawSettings,
    /// The line and the settings of each `[[endpoint]]`.
    pub(super) endpoints: Vec<(String, RawSettings)>,
    /// The variables that it names by `${…}`, in their order.
    pub(super) named_variables: Vec<String>,
}

/// Parses the text of the file that messages call `name`.
pub(super) fn read(text: &str, name: &str, environment: &Environment) -> Result<FromFile, Mistake> {
    let file = File { text, name, environment, named_variables: RefCell::default() };
    let table = DeTable::parse(text).map_err(|error| Mistake::Syntax {
        origin: file.origin(error.span().map_or(0, |span| span.start)),
        reason: error.message().lines().next().unwrap_or("invalid TOML").to_owned(),
    })?;
    let mut settings = FromFile::default();
    for (key, value) in table.get_ref() {
        let origin = file.origin(key.span().start);
        let name = key.get_ref().as_ref();
        if name == "endpoint" {
            settings.endpoints = file.endpoints(value)?;
            continue;
        }
        if groups::is_endpoint_setting(name) && !top_level_keys().any(|key| key == name) {
            return Err(Mistake::MisplacedKey {
                origin,
                key: name.to_owned(),
                place: "below `[[endpoint]]`",
            });
        }
        if !top_level_keys().any(|key| key == name) {
            let nearest = nearest(name, top_level_keys().chain(["endpoint"])).map(str::to_owned);
            return Err(Mistake::UnknownKey { origin, key: name.to_owned(), nearest });
        }
        settings.top_level.insert(name, file.setting(name, value)?);
    }
    settings.named_variables = file.named_variables.into_inner();
    Ok(settings)
}

/// The keys that may stand above the endpoints. A file cannot name another file.
fn top_level_keys() -> impl Iterator<Item = &'static str> {
    groups::top_level().map(|key| key.name).filter(|name| *name != "config")
}

/// A switch at the top level, whatever else is in the file.
pub(super) fn switch(text: &str, name: &str) -> Option<RawSetting> {
    let table = DeTable::parse(text).ok()?;
    let (_, value) = table.get_ref().iter().find(|(key, _)| key.get_ref() == name)?;
    match value.get_ref() {
        DeValue::Boolean(value) => Some(RawSetting::text(value.to_string(), name)),
        DeValue::String(value) => Some(RawSetting::text(value.as_ref(), name)),
        _ => None,
    }
}

struct File<'a> {
    text: &'a str,
    name: &'a str,
    environment: &'a Environment,
    named_variables: RefCell<Vec<String>>,
}

impl File<'_> {
    /// `BUILDHOOK_CONFIG line 3`, for a byte offset.
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
            let mut settings = RawSettings::default();
            for (key, value) in keys_and_values {
                let name = key.get_ref().as_ref();
                if !groups::is_endpoint_setting(name) && top_level_keys().any(|key| key == name) {
                    let origin = self.origin(key.span().start);
                    let place = "above the first `[[endpoint]]`";
                    return Err(Mistake::MisplacedKey { origin, key: name.to_owned(), place });
                }
                if !groups::is_endpoint_setting(name) {
                    let known = Endpoint::KEYS.iter().map(|key| key.name);
                    let nearest = nearest(name, known).map(str::to_owned);
                    let origin = self.origin(key.span().start);
                    return Err(Mistake::UnknownKey { origin, key: name.to_owned(), nearest });
                }
                settings.insert(name, self.setting(name, value)?);
            }
            endpoints.push((self.origin(table.span().start), settings));
        }
        Ok(endpoints)
    }

    fn setting(&self, name: &str, value: &Spanned<DeValue<'_>>) -> Result<RawSetting, Mistake> {
        let origin = self.origin(value.span().start);
        let interpolated = self.text.get(value.span()).is_some_and(|text| text.contains("${"));
        let value = match value.get_ref() {
            DeValue::Table(pairs) if name == "headers" => {
                let mut headers = Vec::new();
                for (key, value) in pairs {
                    let origin = self.origin(value.span().start);
                    headers.push((key.get_ref().to_string(), self.text_of(value.get_ref(), &origin)?));
                }
                RawValue::Table(headers)
            }
            DeValue::Table(pairs) if name == "fields" => {
                let mut fields = Vec::new();
                for (key, value) in pairs {
                    let origin = self.origin(value.span().start);
                    fields.push((key.get_ref().to_string(), self.field(value.get_ref(), &origin)?));
                }
                RawValue::Pairs(fields)
            }
            DeValue::Array(items) => {
                let items: Result<Vec<_>, _> = items
                    .iter()
                    .map(|item| self.text_of(item.get_ref(), &self.origin(item.span().start)))
                    .collect();
                RawValue::List(items?)
            }
            other => {
                let text = self.text_of(other, &origin)?;
                let is_multiplied = |written: &str| text.lines().count() > written.lines().count();
                if name == "headers" && other.as_str().is_some_and(is_multiplied) {
                    return Err(Mistake::BadValue {
                        origin: format!("{origin} (headers)"),
                        found: None,
                        expected: "variables without line breaks in headers".to_owned(),
                    });
                }
                RawValue::Text(text)
            }
        };
        Ok(RawSetting { value, origin: format!("{origin} ({name})"), interpolated })
    }

    /// A value with its type. A table or an array, which no field can be, is an empty list.
    fn field(&self, value: &DeValue<'_>, origin: &str) -> Result<Value, Mistake> {
        Ok(match value {
            DeValue::Boolean(value) => Value::from(*value),
            DeValue::Integer(number) => number.to_string().parse::<i64>().map_or(Value::Null, Value::from),
            DeValue::Float(number) => number.to_string().parse::<f64>().map_or(Value::Null, Value::from),
            DeValue::Array(_) | DeValue::Table(_) => Value::Array(Vec::new()),
            other => Value::from(self.text_of(other, origin)?),
        })
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
                expected: "a string, a number, true or false".to_owned(),
            }),
        }
    }

    /// Replaces `${NAME}` with the variable and `$$` with a dollar sign. Any other `$` stays.
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
                        expected: "`}` after `${`; write `$$` for a dollar sign".to_owned(),
                    });
                };
                self.named_variables.borrow_mut().push(name.to_owned());
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A string in TOML. JSON escapes the same characters, but for DEL.
    fn quoted(text: &str) -> String {
        serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
    }

    proptest! {
        #[test]
        fn any_string_is_read_as_written(text in any::<String>()) {
            let file = format!("\nnotes = {}", quoted(&text.replace('$', "$$")));
            let settings = read(&file, "file", &Environment::default()).unwrap().top_level;
            let notes = settings.get_or_blank("notes").unwrap();
            prop_assert_eq!(notes.as_exact_text(), Some(text.as_str()));
            prop_assert_eq!(&notes.origin, "file line 2 (notes)");
        }

        #[test]
        fn a_variable_is_inserted_once_and_not_scanned(value in any::<String>(), around in "[^$]*") {
            let file = format!("notes = {}", quoted(&format!("{around}${{TOKEN}}{around}")));
            let environment = Environment::from_iter([("TOKEN", value.as_str())]);
            let settings = read(&file, "file", &environment).unwrap().top_level;
            let notes = settings.get_or_blank("notes").unwrap();
            let expected = format!("{around}{value}{around}");
            prop_assert_eq!(notes.as_exact_text(), Some(expected.as_str()));
            prop_assert!(notes.interpolated);
        }

        #[test]
        fn no_file_makes_the_parser_panic(text in ".*") {
            let _ = read(&text, "file", &Environment::default());
        }
    }
}
