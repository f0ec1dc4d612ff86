//! The services that host repositories, and the addresses of their pages.

/// A kind of service that hosts git repositories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forge {
    /// github.com, `*.ghe.com` and GitHub Enterprise Server.
    GitHub,
    /// gitlab.com and GitLab on one's own machine.
    GitLab,
    /// bitbucket.org.
    Bitbucket,
    /// Azure Repos.
    Azure,
    /// Gitea, Forgejo, Codeberg.
    Gitea,
    /// Sourcehut.
    Sourcehut,
    /// Any other; its pages are not known.
    Other,
}

impl Forge {
    /// Told from the CI, where it is part of the forge, else from the host's name.
    pub fn of(provider: Option<&str>, host: Option<&str>) -> Self {
        match provider {
            Some("ghactions") => return Self::GitHub,
            Some("gitlab-ci") => return Self::GitLab,
            Some("gitea-actions" | "forgejo-actions") => return Self::Gitea,
            _ => {}
        }
        let host = host.unwrap_or_default();
        let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let part_of = |domain: &str| name == domain || name.ends_with(&format!(".{domain}"));
        let label = |word: &str| name.split('.').any(|label| label == word);
        if part_of("github.com") || part_of("ghe.com") || label("github") {
            Self::GitHub
        } else if part_of("gitlab.com") || label("gitlab") {
            Self::GitLab
        } else if part_of("bitbucket.org") {
            Self::Bitbucket
        } else if part_of("dev.azure.com") || part_of("visualstudio.com") {
            Self::Azure
        } else if part_of("codeberg.org") || label("gitea") || label("forgejo") {
            Self::Gitea
        } else if part_of("sr.ht") {
            Self::Sourcehut
        } else {
            Self::Other
        }
    }

    /// The page of a commit.
    pub fn commit_url(self, repository: &str, sha: &str) -> Option<String> {
        match self {
            Self::GitHub | Self::Azure | Self::Gitea | Self::Sourcehut => {
                Some(format!("{repository}/commit/{sha}"))
            }
            Self::GitLab => Some(format!("{repository}/-/commit/{sha}")),
            Self::Bitbucket => Some(format!("{repository}/commits/{sha}")),
            Self::Other => None,
        }
    }

    /// The page of a pull or merge request.
    pub fn pull_request_url(self, repository: &str, number: &str) -> Option<String> {
        match self {
            Self::GitHub => Some(format!("{repository}/pull/{number}")),
            Self::GitLab => Some(format!("{repository}/-/merge_requests/{number}")),
            Self::Bitbucket => Some(format!("{repository}/pull-requests/{number}")),
            Self::Azure => Some(format!("{repository}/pullrequest/{number}")),
            Self::Gitea => Some(format!("{repository}/pulls/{number}")),
            Self::Sourcehut | Self::Other => None,
        }
    }

    /// The forge as `git.provider` of the Bitrise form names it.
    pub fn as_git_provider(self) -> &'static str {
        match self {
            Self::GitHub => "github",
            Self::GitLab => "gitlab",
            Self::Bitbucket => "bitbucket",
            Self::Azure => "azure",
            Self::Gitea => "gitea",
            Self::Sourcehut => "sourcehut",
            Self::Other => "other",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Forge;

    #[test]
    fn a_forge_is_told_by_the_ci_or_by_the_host() {
        for (provider, host, expected) in [
            (Some("ghactions"), Some("git.corp.example"), Forge::GitHub),
            (Some("gitlab-ci"), Some("code.corp.example:8443"), Forge::GitLab),
            (Some("jenkins"), Some("github.com"), Forge::GitHub),
            (Some("jenkins"), Some("github.corp.example"), Forge::GitHub),
            (Some("jenkins"), Some("gitlab.corp.example:8443"), Forge::GitLab),
            (None, Some("bitbucket.org"), Forge::Bitbucket),
            (None, Some("org.visualstudio.com"), Forge::Azure),
            (None, Some("codeberg.org"), Forge::Gitea),
            (None, Some("git.sr.ht"), Forge::Sourcehut),
            (None, Some("notgithub.com"), Forge::Other),
            (None, None, Forge::Other),
        ] {
            assert_eq!(Forge::of(provider, host), expected, "{provider:?} {host:?}");
        }
    }
}
