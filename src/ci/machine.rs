//! What becomes of the machine of a job when the job has ended.

use super::{Context, generic_marker, provider_of};
use crate::system::Environment;

/// What becomes of the machine, or the container, when the job has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Machine {
    /// It is thrown away, with all files. By this variable.
    Discarded(&'static str),
    /// It stays.
    Kept,
    /// The CI has machines of both kinds, and its variables do not show which this is.
    Unknown,
}

impl Machine {
    /// The machine of this job. Outside of CIs it stays.
    pub fn detect(context: &Context, environment: &Environment) -> Self {
        let Some(provider) = provider_of(context) else {
            return if generic_marker(environment).is_none() { Self::Kept } else { Self::Unknown };
        };
        let mut discards = provider.discards_machine.iter();
        let mut keeps = provider.keeps_machine.iter();
        if let Some(variable) = discards.find_map(|marker| marker.find(environment)) {
            Self::Discarded(variable)
        } else if keeps.any(|marker| marker.find(environment).is_some()) {
            Self::Kept
        } else {
            Self::Unknown
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Machine::{self, Discarded, Kept, Unknown};
    use crate::ci::{Context, from_environment};
    use crate::system::System;

    #[test]
    fn the_variables_of_the_ci_show_what_becomes_of_the_machine() {
        let github = ("GITHUB_ACTIONS", "true");
        let gitlab = [("GITLAB_CI", "true"), ("CI_PIPELINE_ID", "900")];
        let cases: &[(&[(&str, &str)], Machine)] = &[
            (&[], Kept),
            (&[("CI", "true")], Unknown),
            (&[github], Unknown),
            (&[github, ("RUNNER_ENVIRONMENT", "github-hosted")], Discarded("RUNNER_ENVIRONMENT")),
            (&[github, ("RUNNER_ENVIRONMENT", "self-hosted")], Kept),
            (&gitlab, Kept),
            (
                &[gitlab[0], gitlab[1], ("CI_DISPOSABLE_ENVIRONMENT", "true")],
                Discarded("CI_DISPOSABLE_ENVIRONMENT"),
            ),
            (&[("TF_BUILD", "True"), ("AGENT_ISSELFHOSTED", "0")], Discarded("AGENT_ISSELFHOSTED")),
            (&[("TF_BUILD", "True"), ("AGENT_ISSELFHOSTED", "1")], Kept),
            (&[("BITRISE_BUILD_SLUG", "x")], Discarded("BITRISE_BUILD_SLUG")),
            (&[("JENKINS_URL", "x"), ("BUILD_TAG", "jenkins-app-7")], Unknown),
        ];
        for (variables, expected) in cases {
            let environment = variables.iter().copied().collect();
            let system = System { environment, ..System::from_process() };
            let context = from_environment(&system, Context::default()).context;
            assert_eq!(Machine::detect(&context, &system.environment), *expected, "{variables:?}");
        }
    }
}
