//! A format in a record: its name.

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{FORMATS, WireFormat};

impl Serialize for WireFormat {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name)
    }
}

impl<'de> Deserialize<'de> for &'static WireFormat {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        FORMATS
            .into_iter()
            .find(|format| format.name == name)
            .ok_or_else(|| D::Error::custom(format_args!("unknown format `{}`", name.escape_debug())))
    }
}

#[cfg(test)]
mod tests {
    use super::{FORMATS, WireFormat};

    #[test]
    fn records_of_earlier_versions_name_their_format() {
        let stored = r#"["bitrise","buildstash","cdevents"]"#;
        assert_eq!(serde_json::to_string(&FORMATS).unwrap(), stored);
        let formats: Vec<&'static WireFormat> = serde_json::from_str(stored).unwrap();
        assert_eq!(formats, FORMATS);
        let error = serde_json::from_str::<&'static WireFormat>(r#""morse""#).unwrap_err();
        assert!(error.to_string().contains("unknown format `morse`"), "{error}");
    }
}
