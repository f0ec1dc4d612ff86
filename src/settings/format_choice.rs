//! The `format` of an endpoint: its words come from the list of wire formats.

use super::Setting;
use crate::format::FormatChoice;

impl Setting for FormatChoice {
    const PLACEHOLDER: &'static str = "FORMAT";
    const EXPECTED: &'static str = "one of";

    fn words() -> Vec<&'static str> {
        Self::all().map(Self::name).collect()
    }

    fn parse(text: &str) -> Option<Self> {
        Self::by_name(&text.to_ascii_lowercase())
    }
}
