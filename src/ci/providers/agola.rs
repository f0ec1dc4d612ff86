//! Agola.
//!
//! <https://agola.io/doc/>

use super::provider::Provider;
use super::url_template::told;
use super::variables::{Values, variables};
use super::{Context, Git, PullRequest};

pub(super) const PROVIDER: Provider =
    Provider::new("agola", "Agola", |environment| environment.marker(&["AGOLA_GIT_REF"]), read);

variables! {
    agola_repository_url,
    agola_git_ref,
    agola_git_branch,
    agola_git_tag,
    agola_git_commitsha,
    agola_pull_request_id,
}

fn read(values: &mut Values) -> Context {
    let v = Variables::take(values);
    Context {
        git: Git {
            repository_url: v.agola_repository_url,
            branch: v.agola_git_branch.or(v.agola_git_ref.filter(|_| v.agola_git_tag.is_none())),
            tag: v.agola_git_tag.clone(),
            commit_sha: v.agola_git_commitsha,
            ..Git::default()
        },
        trigger: told("tag", &v.agola_git_tag),
        pull_request: PullRequest { number: v.agola_pull_request_id, url: None },
        ..Context::default()
    }
}
