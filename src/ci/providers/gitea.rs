//! Gitea Actions and Forgejo Actions, Codeberg's among them.
//!
//! <https://docs.gitea.com/usage/actions/comparison>, <https://forgejo.org/docs/latest/user/actions/reference>

use super::github::read_alike;
use super::provider::Provider;
use super::url_template::compose;
use super::variables::Values;
use super::{Context, Forge};
use crate::system::Environment;

pub(super) const FORGEJO: Provider = Provider {
    forge: Some(Forge::Gitea),
    ..Provider::new("forgejo-actions", "Forgejo Actions", detect_forgejo, read_forgejo)
};

pub(super) const GITEA: Provider = Provider {
    forge: Some(Forge::Gitea),
    ..Provider::new("gitea-actions", "Gitea Actions", detect_gitea, read_alike)
};

/// Older runners of Forgejo say that they are Gitea's; Codeberg runs Forgejo.
fn detect_forgejo(environment: &Environment) -> Option<&'static str> {
    let is_codeberg = environment.get("GITHUB_SERVER_URL") == Some("https://codeberg.org");
    environment
        .marker(&["FORGEJO_ACTIONS"])
        .or_else(|| environment.marker(&["GITEA_ACTIONS"]).filter(|_| is_codeberg))
}

/// A runner that is built on GitHub's own has no mark; its API has another version than GitHub's.
fn detect_gitea(environment: &Environment) -> Option<&'static str> {
    let is_api_of_gitea = environment.get("GITHUB_API_URL").is_some_and(|url| url.ends_with("/api/v1"));
    environment.marker(&["GITEA_ACTIONS"]).or_else(|| {
        environment.marker(&["GITHUB_ACTIONS"]).filter(|_| is_api_of_gitea).map(|_| "GITHUB_API_URL")
    })
}

/// The page of a run has its number. Gitea's has it too up to 1.25, and the id since, and does not tell its version:
/// there it stays open.
fn read_forgejo(values: &mut Values) -> Context {
    values.let_stand_in("forgejo_", "github_");
    let mut context = read_alike(values);
    context.run.url = compose("{}/actions/runs/{}", &[&context.git.repository_url, &context.run.number]);
    context
}
