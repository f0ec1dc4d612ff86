//! What the CI says about the release that a pipeline runs for.

use std::fs::File;
use std::io::BufReader;

use serde::Deserialize;

use crate::system::Environment;

/// A release as the CI knows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Release {
    /// Its tag.
    pub tag: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// Its notes, Markdown.
    pub notes: Option<String>,
}

/// The event file of a GitHub `release` workflow,
/// <https://docs.github.com/en/webhooks/webhook-events-and-payloads#release>.
#[derive(Deserialize)]
struct EventFile {
    release: GitHubRelease,
}

#[derive(Deserialize)]
struct GitHubRelease {
    tag_name: Option<String>,
    name: Option<String>,
    body: Option<String>,
}

/// What is known: on GitHub from the event file, on GitLab from `CI_COMMIT_TAG` and `CI_RELEASE_DESCRIPTION`,
/// <https://docs.gitlab.com/ci/variables/predefined_variables/>.
pub fn release_of(environment: &Environment) -> Release {
    let present = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    if let Some(path) = environment.get("GITHUB_EVENT_PATH")
        && let Ok(file) = File::open(path)
        && let Ok(EventFile { release }) = serde_json::from_reader(BufReader::new(file))
    {
        return Release {
            tag: present(release.tag_name),
            title: present(release.name),
            notes: present(release.body),
        };
    }
    if environment.is_set("GITLAB_CI") {
        let text = |name| environment.get(name).map(str::to_owned);
        return Release { tag: text("CI_COMMIT_TAG"), title: None, notes: text("CI_RELEASE_DESCRIPTION") };
    }
    Release::default()
}
