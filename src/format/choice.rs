//! The format that an endpoint chooses.

use super::{FORMATS, WireFormat};

/// The format that an endpoint chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormatChoice {
    /// Each event in the format of the product that defines it.
    Native,
    /// All events in this format.
    All(&'static WireFormat),
}

impl WireFormat {
    /// The choice by which an endpoint gets this format.
    pub fn choice(&'static self) -> FormatChoice {
        if self.writes_every_event { FormatChoice::All(self) } else { FormatChoice::Native }
    }
}

impl FormatChoice {
    /// Every choice: `native`, and each format that can write every event.
    pub fn all() -> impl Iterator<Item = Self> {
        let formats = FORMATS.into_iter().filter(|format| format.writes_every_event);
        std::iter::once(Self::Native).chain(formats.map(Self::All))
    }

    /// The choice's name in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::All(format) => format.name,
        }
    }

    /// Finds a choice by its name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::all().find(|choice| choice.name() == name)
    }
}
