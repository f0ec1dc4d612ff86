//! Services that host repositories, and the URLs of their pages.

use super::url_template::compose;
use super::{Git, Sourced};

/// A service that hosts repositories.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forge {
    /// github.com, `*.ghe.com` and GitHub Enterprise Server.
    GitHub,
    /// gitlab.com and self-managed GitLab.
    GitLab,
    /// bitbucket.org.
    Bitbucket,
    /// Bitbucket Server and Data Center.
    BitbucketServer,
    /// Azure Repos.
    Azure,
    /// Gitea, Forgejo, Codeberg.
    Gitea,
    /// Sourcehut.
    Sourcehut,
    /// AWS CodeCommit.
    CodeCommit,
    /// An unknown one: URLs of its pages cannot be built.
    Other,
}

impl Forge {
    /// Detects the forge by its host, or else takes the one that the CI reports.
    pub fn detect(git: &Git) -> Self {
        let host = git.host.as_deref().unwrap_or_default();
        let page = git.repository_url.as_deref().unwrap_or_default();
        match Self::from_host(host) {
            Self::Other if is_on_bitbucket_server(page) => Self::BitbucketServer,
            Self::Other => git.forge.unwrap_or(Self::Other),
            known => known,
        }
    }

    fn from_host(host: &str) -> Self {
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
        } else if part_of("amazonaws.com") || part_of("amazonaws.com.cn") {
            Self::CodeCommit
        } else {
            Self::Other
        }
    }

    /// The forge that a CI's word means: `github`, `TfsGit`, `bitbucket_dc`.
    pub(super) fn from_name(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "github" | "githubenterprise" | "github_enterprise" => Self::GitHub,
            "gitlab" => Self::GitLab,
            "bitbucket" => Self::Bitbucket,
            "bitbucket_dc" | "bitbucket_server" | "stash" => Self::BitbucketServer,
            "gitea" | "forgejo" => Self::Gitea,
            "tfsgit" | "vso" => Self::Azure,
            _ => return None,
        })
    }

    /// The page of a repository on the forge's public host, if it has one.
    pub(super) fn repository_url(self, repository: &Option<Sourced>) -> Option<Sourced> {
        let host = match self {
            Self::GitHub => "github.com",
            Self::GitLab => "gitlab.com",
            Self::Bitbucket => "bitbucket.org",
            _ => return None,
        };
        compose(&format!("https://{host}/{{}}"), &[repository])
    }

    /// The page of a commit. `repository` is the repository's page.
    pub fn commit_url(self, repository: &str, sha: &str) -> Option<String> {
        match self {
            Self::GitHub | Self::Azure | Self::Gitea | Self::Sourcehut => {
                Some(format!("{repository}/commit/{sha}"))
            }
            Self::GitLab => Some(format!("{repository}/-/commit/{sha}")),
            Self::Bitbucket | Self::BitbucketServer => Some(format!("{repository}/commits/{sha}")),
            Self::CodeCommit => {
                let (repository, region) = repository.split_once("/browse")?;
                Some(format!("{repository}/commit/{sha}{region}"))
            }
            Self::Other => None,
        }
    }

    /// The page of a pull or merge request. `repository` is the repository's page.
    pub fn pull_request_url(self, repository: &str, number: &str) -> Option<String> {
        match self {
            Self::GitHub => Some(format!("{repository}/pull/{number}")),
            Self::GitLab => Some(format!("{repository}/-/merge_requests/{number}")),
            Self::Bitbucket | Self::BitbucketServer => Some(format!("{repository}/pull-requests/{number}")),
            Self::CodeCommit => {
                let (repository, region) = repository.split_once("/browse")?;
                Some(format!("{repository}/pull-requests/{number}{region}"))
            }
            Self::Azure => Some(format!("{repository}/pullrequest/{number}")),
            Self::Gitea => Some(format!("{repository}/pulls/{number}")),
            Self::Sourcehut | Self::Other => None,
        }
    }

    /// The value of `git.provider` in the Bitrise format.
    pub fn as_git_provider(self) -> &'static str {
        match self {
            Self::GitHub => "github",
            Self::GitLab => "gitlab",
            Self::Bitbucket | Self::BitbucketServer => "bitbucket",
            Self::Azure => "azure",
            Self::Gitea => "gitea",
            Self::Sourcehut => "sourcehut",
            Self::CodeCommit => "codecommit",
            Self::Other => "other",
        }
    }
}

/// `…/projects/PROJECT/repos/name` or `…/users/user/repos/name`.
fn is_on_bitbucket_server(page: &str) -> bool {
    let mut parts = page.rsplit('/').skip(1);
    parts.next() == Some("repos") && matches!(parts.nth(1), Some("projects" | "users"))
}

#[cfg(test)]
mod tests {
    use super::Forge;
    use crate::ci::{Git, RepositoryUrl, Sourced};

    #[test]
    fn a_forge_is_detected_by_its_host_or_reported_by_the_ci() {
        for (forge, host, expected) in [
            (Some(Forge::GitHub), Some("git.corp.example"), Forge::GitHub),
            (Some(Forge::GitLab), Some("code.corp.example:8443"), Forge::GitLab),
            (Some(Forge::GitLab), Some("github.com"), Forge::GitHub),
            (None, Some("github.corp.example"), Forge::GitHub),
            (None, Some("gitlab.corp.example:8443"), Forge::GitLab),
            (None, Some("bitbucket.org"), Forge::Bitbucket),
            (None, Some("org.visualstudio.com"), Forge::Azure),
            (None, Some("codeberg.org"), Forge::Gitea),
            (None, Some("git.sr.ht"), Forge::Sourcehut),
            (None, Some("git-codecommit.eu-west-1.amazonaws.com"), Forge::CodeCommit),
            (None, Some("git-codecommit.cn-north-1.amazonaws.com.cn"), Forge::CodeCommit),
            (None, Some("notgithub.com"), Forge::Other),
            (None, None, Forge::Other),
        ] {
            let host = host.map(|host| Sourced::new(host, ""));
            let git = Git { forge, host, ..Git::default() };
            assert_eq!(Forge::detect(&git), expected, "{git:?}");
        }
    }

    #[test]
    fn pages_have_the_urls_of_their_forge() {
        let of = |page: &str| {
            let url = RepositoryUrl::parse(page).unwrap();
            let host = Some(Sourced::new(url.host.clone(), ""));
            Forge::detect(&Git { host, repository_url: Some(Sourced::new(url.page(), "")), ..Git::default() })
        };
        for (repository, commit, pull_request) in [
            (
                "https://github.com/a/b",
                "https://github.com/a/b/commit/0123",
                Some("https://github.com/a/b/pull/7"),
            ),
            (
                "https://gitlab.com/a/b/c",
                "https://gitlab.com/a/b/c/-/commit/0123",
                Some("https://gitlab.com/a/b/c/-/merge_requests/7"),
            ),
            (
                "https://bitbucket.org/a/b",
                "https://bitbucket.org/a/b/commits/0123",
                Some("https://bitbucket.org/a/b/pull-requests/7"),
            ),
            (
                "https://bb.example/scm/prj/b.git",
                "https://bb.example/projects/PRJ/repos/b/commits/0123",
                Some("https://bb.example/projects/PRJ/repos/b/pull-requests/7"),
            ),
            (
                "https://dev.azure.com/o/p/_git/b",
                "https://dev.azure.com/o/p/_git/b/commit/0123",
                Some("https://dev.azure.com/o/p/_git/b/pullrequest/7"),
            ),
            (
                "https://codeberg.org/a/b",
                "https://codeberg.org/a/b/commit/0123",
                Some("https://codeberg.org/a/b/pulls/7"),
            ),
            ("https://git.sr.ht/~a/b", "https://git.sr.ht/~a/b/commit/0123", None),
            (
                "https://git-codecommit.us-east-1.amazonaws.com/v1/repos/b",
                "https://us-east-1.console.aws.amazon.com/codesuite/codecommit/repositories/b/commit/0123?region=us-east-1",
                Some(
                    "https://us-east-1.console.aws.amazon.com/codesuite/codecommit/repositories/b/pull-requests/7?region=us-east-1",
                ),
            ),
        ] {
            let (forge, page) = (of(repository), RepositoryUrl::parse(repository).unwrap().page());
            assert_eq!(forge.commit_url(&page, "0123").as_deref(), Some(commit));
            assert_eq!(forge.pull_request_url(&page, "7").as_deref(), pull_request);
        }
    }
}
