//! The commands that a CI's log understands.

use super::providers::PROVIDERS;
use crate::system::Environment;

/// The commands that a CI's log understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogDialect {
    /// GitHub Actions and its imitations: annotations, groups, a summary, outputs.
    GitHub,
    /// GitLab CI: collapsible sections.
    GitLab,
    /// None.
    Plain,
}

impl LogDialect {
    /// The dialect of the log that this process writes to. It follows from the environment alone: a provider
    /// that the user set does not change where the log is shown.
    pub fn detect(environment: &Environment) -> Self {
        let detected = PROVIDERS.iter().filter(|provider| provider.detect(environment).is_some());
        detected.map(|provider| provider.log).find(|log| *log != Self::Plain).unwrap_or(Self::Plain)
    }
}

#[cfg(test)]
mod tests {
    use super::LogDialect::{self, GitHub, GitLab, Plain};

    #[test]
    fn a_dialect_is_that_of_the_ci_whose_log_is_written() {
        let cases: &[(&[(&str, &str)], LogDialect)] = &[
            (&[("GITHUB_ACTIONS", "true")], GitHub),
            (&[("GITHUB_ACTIONS", "true"), ("GITEA_ACTIONS", "true")], GitHub),
            (&[("GITHUB_ACTIONS", "true"), ("FORGEJO_ACTIONS", "true")], GitHub),
            (&[("GITLAB_CI", "true"), ("CI_PIPELINE_ID", "1")], GitLab),
            (
                &[("GITLAB_CI", "true"), ("CI_PIPELINE_ID", "1"), ("JENKINS_URL", "https://ci.example")],
                GitLab,
            ),
            (&[("GITLAB_CI", "true"), ("CI_PIPELINE_ID", "1"), ("APPCENTER_BUILD_ID", "1")], GitLab),
            (&[("JENKINS_URL", "https://ci.example")], Plain),
            (&[("GITHUB_ACTIONS", "false"), ("CI", "true")], Plain),
        ];
        let wrong: Vec<_> = cases
            .iter()
            .filter(|(variables, expected)| {
                LogDialect::detect(&variables.iter().copied().collect()) != *expected
            })
            .collect();
        assert!(wrong.is_empty(), "{wrong:?}");
    }
}
