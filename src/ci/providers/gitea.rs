//! Gitea Actions and Forgejo Actions, including Codeberg's.
//!
//! <https://docs.gitea.com/usage/actions/comparison>,
//! <https://forgejo.org/docs/latest/user/actions/reference>

use super::github::{LIKE_GITHUB, read_shared};
use super::{All, Context, EndsWith, Forge, Is, Provider, Set, Variables, compose};

pub(super) const FORGEJO: Provider = Provider {
    id: "forgejo-actions",
    name: "Forgejo Actions",
    markers: &[
        Set("FORGEJO_ACTIONS"),
        // Older Forgejo runners claim to be Gitea's. Codeberg runs Forgejo.
        All(&[Set("GITEA_ACTIONS"), Is("GITHUB_SERVER_URL", "https://codeberg.org")]),
    ],
    read: read_forgejo,
    prefixes: &["FORGEJO_", "GITHUB_"],
    forge: Some(Forge::Gitea),
    ..LIKE_GITHUB
};

pub(super) const GITEA: Provider = Provider {
    id: "gitea-actions",
    name: "Gitea Actions",
    markers: &[
        Set("GITEA_ACTIONS"),
        // A runner based on GitHub's sets nothing else; GitHub's API is version 3.
        All(&[EndsWith("GITHUB_API_URL", "/api/v1"), Set("GITHUB_ACTIONS")]),
    ],
    forge: Some(Forge::Gitea),
    // The page of a run has its number up to 1.25 and its id since, and the version is unknown: no URL is
    // set.
    ..LIKE_GITHUB
};

fn read_forgejo(env: &Variables, context: &mut Context) {
    read_shared(env, context);
    context.run.url = compose("{}/actions/runs/{}", &[&context.git.repository_url, &context.run.number]);
}
