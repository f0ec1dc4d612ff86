//! Options of the builds that artifacts make.

use std::path::PathBuf;

use super::declaration::settings;
use super::{Setting, WebUrl};
use crate::artifact::{Architecture, Platform, Version, catalog};

settings! {
    /// Options of the builds that artifacts make. Releases, moves and labels use some of them.
    pub struct ArtifactOptions {
        /// Semantic version
        #[input]
        version: Version => "the tag, unless the artifact has one",
        /// Buildstash platform, such as `ios`, `android` or `windows`
        #[input]
        platform: &'static Platform => "from the artifact",
        /// Buildstash architectures, such as `arm64v8,x64`
        #[input]
        architectures: Vec<&'static Architecture> = "" => "from the artifact",
        /// Stream of the build, such as `nightlies`
        #[input]
        stream: String as STREAM,
        /// Labels, separated by commas
        #[input]
        labels: Vec<String> = "",
        /// Notes, Markdown
        #[input]
        notes: String,
        /// Build number
        #[input]
        build_number: String as NUMBER => "the run number, unless the artifact has one",
        /// Expansion file of an apk
        #[input]
        expansion: PathBuf,
        /// Files related to the build, such as its log; at most 10 of up to 5 MB each
        #[input]
        metadata: Vec<PathBuf> = "",
        /// URL to download the artifact from
        #[input]
        download_url: WebUrl,
    }
}

impl Setting for Version {
    const PLACEHOLDER: &'static str = "VERSION";
    const EXPECTED: &'static str = "a semantic version such as 1.4.0 or 1.4.0-rc.1+7";

    fn parse(text: &str) -> Option<Self> {
        Self::parse(text)
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
