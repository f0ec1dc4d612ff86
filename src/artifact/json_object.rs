//! Members of a JSON object, read one by one: an invalid value costs only itself, and damage only what follows it.
//!
//! A whole document in memory would take a multiple of its size, so values stay as they are in the file.

use std::fmt;

use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::Damage;

/// The members that were asked for.
pub(super) struct Members<'a> {
    values: Vec<(&'static str, &'a RawValue)>,
    /// Why the rest of the object cannot be read.
    pub(super) damage: Option<Damage>,
}

impl<'a> Members<'a> {
    /// Reads the members with these names. Of several with the same name, the last counts.
    pub(super) fn read(json: &'a [u8], names: &[&'static str]) -> Self {
        let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
        let mut values = Vec::new();
        let mut deserializer = serde_json::Deserializer::from_slice(json);
        let result = Collector { names, values: &mut values }.deserialize(&mut deserializer);
        let damage = result.err().map(|error| Damage(format!("invalid JSON: {error}")));
        Self { values, damage }
    }

    /// The value of a member. `None` if there is none or it has another type.
    pub(super) fn get<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let (_, value) = self.values.iter().find(|(known, _)| *known == name)?;
        serde_json::from_str(value.get()).ok()
    }
}

struct Collector<'s, 'a> {
    names: &'s [&'static str],
    values: &'s mut Vec<(&'static str, &'a RawValue)>,
}

impl<'a> DeserializeSeed<'a> for Collector<'_, 'a> {
    type Value = ();

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for Collector<'_, 'a> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            match self.names.iter().find(|name| **name == key) {
                Some(name) => {
                    let value = map.next_value()?;
                    self.values.retain(|(known, _)| known != name);
                    self.values.push((name, value));
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::Members;

    #[test]
    fn members_before_damage_are_read() {
        let text = br#"{"a": 1, "other": [{}], "b": "x", "a": 2, "c": {"d": "#;
        let members = Members::read(text, &["a", "b", "c"]);
        assert_eq!((members.get::<u8>("a"), members.get::<String>("a")), (Some(2), None));
        assert_eq!(members.get::<String>("b").as_deref(), Some("x"));
        assert_eq!(members.get::<serde_json::Value>("c"), None);
        assert!(members.damage.is_some());
        for (text, is_damaged) in [("\u{feff}{}", false), ("[]", true), ("", true), ("{\"a\":1}", false)] {
            assert_eq!(Members::read(text.as_bytes(), &["a"]).damage.is_some(), is_damaged, "{text}");
        }
    }
}
