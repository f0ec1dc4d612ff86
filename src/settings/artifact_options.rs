//! Options of the builds that artifacts make.

use std::path::PathBuf;

use super::declaration::settings;
use super::key::Flag;
use super::{Mistake, RawSetting, RawSettings, Setting, WebUrl};
use crate::artifact::{Architecture, Platform, Version, catalog};

settings! {
    /// Options of the builds that artifacts make. Releases, moves and labels use some of them.
    pub struct ArtifactOptions {
        /// Semantic version
        version: Version => "the tag, unless the artifact has one",
        /// Buildstash platform, such as `ios`, `android` or `windows`
        platform: &'static Platform => "from the artifact",
        /// Buildstash architectures, such as `arm64v8,x64`
        architectures: Vec<&'static Architecture> = "" => "from the artifact",
        /// Stream of the build, such as `nightlies`: at most 12 letters, digits, `_`, `-` and `+`
        stream: StreamName as STREAM,
        /// Labels, separated by commas, at most 10
        labels: Labels = "",
        /// Notes, Markdown; at most 1000 characters for a build
        notes: String,
        /// Build number: at most 100 letters, digits, `.`, `_` and `-`
        build_number: BuildNumber as NUMBER => "the run number, unless the artifact has one",
        /// Expansion file of an apk
        expansion: PathBuf,
        /// Files related to the build, such as its log; at most 10 of up to 5 MB each
        metadata: Vec<PathBuf> = "",
        /// URL to download the artifact from
        download_url: WebUrl,
    }
}

/// Longest notes of a build, in characters, as in Buildstash's API.
const MAX_NOTES_CHARS: usize = 1000;

impl ArtifactOptions {
    /// Reads the options of builds, whose notes are limited.
    pub fn read_for_builds(settings: &RawSettings) -> Result<Self, Mistake> {
        let options = Self::read(settings)?;
        let length = options.notes.as_deref().map_or(0, |notes| notes.chars().count());
        match settings.get("notes").filter(|_| length > MAX_NOTES_CHARS) {
            Some(raw) => Err(raw.mistake_without_value(format!(
                "at most {MAX_NOTES_CHARS} characters for the notes of a build, not {length}"
            ))),
            None => Ok(options),
        }
    }
}

/// The name of a stream, within the limits of Buildstash's API.
#[derive(Debug, Clone)]
pub struct StreamName(pub String);

impl Setting for StreamName {
    const PLACEHOLDER: &'static str = "STREAM";
    const EXPECTED: &'static str = "a stream of at most 12 letters, digits, `_`, `-` and `+`";

    fn parse(text: &str) -> Option<Self> {
        has_only(text, 12, "_-+").then(|| Self(text.to_owned()))
    }
}

/// The labels of a build, within the limits of Buildstash's API.
#[derive(Debug, Clone)]
pub struct Labels(pub Vec<String>);

impl Setting for Labels {
    const PLACEHOLDER: &'static str = Vec::<String>::PLACEHOLDER;
    const EXPECTED: &'static str = "at most 10 labels, separated by commas";
    const FLAG: Flag = Vec::<String>::FLAG;

    fn parse(text: &str) -> Option<Self> {
        Vec::parse(text).map(Self)
    }

    fn read(raw: &RawSetting) -> Result<Self, Mistake> {
        let mut labels: Vec<String> = Vec::new();
        for label in Vec::read(raw)? {
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
        match labels.len() {
            0..=10 => Ok(Self(labels)),
            _ => Err(raw.mistake(Self::EXPECTED)),
        }
    }
}

/// A build number, within the limits of Buildstash's API.
#[derive(Debug, Clone)]
pub struct BuildNumber(pub String);

impl Setting for BuildNumber {
    const PLACEHOLDER: &'static str = "NUMBER";
    const EXPECTED: &'static str = "a build number of at most 100 letters, digits, `.`, `_` and `-`";

    fn parse(text: &str) -> Option<Self> {
        has_only(text, 100, "._-").then(|| Self(text.to_owned()))
    }
}

/// Whether a string consists of ASCII letters, digits and these other characters.
fn has_only(text: &str, max_len: usize, others: &str) -> bool {
    text.len() <= max_len && text.chars().all(|c| c.is_ascii_alphanumeric() || others.contains(c))
}

/// A semantic version, within the limits of Buildstash's API.
impl Setting for Version {
    const PLACEHOLDER: &'static str = "VERSION";
    const EXPECTED: &'static str = "a semantic version such as 1.4.0 or 1.4.0-rc.1+7, with numbers up to 9999, at most 25 characters \
                                    after `-` and 64 after `+`";

    fn parse(text: &str) -> Option<Self> {
        Self::parse(text).filter(|version| {
            let is_small = version.numbers().iter().all(|number| *number <= 9999);
            is_small && version.extra().len() <= 25 && version.meta().len() <= 64
        })
    }
}

impl Setting for &'static Platform {
    const PLACEHOLDER: &'static str = "PLATFORM";
    const EXPECTED: &'static str = "a Buildstash platform";

    fn words() -> Vec<&'static str> {
        catalog::PLATFORMS.iter().map(|platform| platform.identifier).collect()
    }

    fn parse(text: &str) -> Option<Self> {
        catalog::PLATFORMS.iter().find(|platform| platform.identifier.eq_ignore_ascii_case(text))
    }
}

impl Setting for &'static Architecture {
    const PLACEHOLDER: &'static str = "ARCHITECTURE";
    const EXPECTED: &'static str = "a Buildstash architecture";

    fn words() -> Vec<&'static str> {
        catalog::ARCHITECTURES.iter().map(|architecture| architecture.identifier).collect()
    }

    fn parse(text: &str) -> Option<Self> {
        catalog::find_architecture(text)
    }
}
