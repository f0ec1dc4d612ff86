//! Agola.
//!
//! <https://agola.io/doc/>

use super::{Context, Provider, Set, Variables};

pub(super) const PROVIDER: Provider = Provider::new("agola", "Agola", &[Set("AGOLA_GIT_REF")], read);

fn read(env: &Variables, context: &mut Context) {
    context.git.repository_url = env.get("AGOLA_REPOSITORY_URL");
    context.git.tag = env.get("AGOLA_GIT_TAG");
    // Not set for pull requests, but the reference is.
    context.git.branch = env.branch("AGOLA_GIT_BRANCH");
    if context.git.branch.is_none() && context.git.tag.is_none() {
        context.git.branch = env.get("AGOLA_GIT_REF");
    }
    context.git.commit_sha = env.get("AGOLA_GIT_COMMITSHA");
    context.pull_request.number = env.get("AGOLA_PULL_REQUEST_ID");
}
