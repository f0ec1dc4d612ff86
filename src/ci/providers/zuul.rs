//! Zuul, for jobs written for version 2. Since version 3 its variables are Ansible's, not the environment's.
//!
//! <https://zuul-ci.org/docs/zuul/latest/job-content.html>

use super::{Context, Provider, Set, Variables};

pub(super) const PROVIDER: Provider = Provider::new("zuul", "Zuul", &[Set("ZUUL_UUID")], read);

fn read(env: &Variables, context: &mut Context) {
    context.pipeline.name = env.get("ZUUL_PIPELINE");
    context.run.id = env.get("ZUUL_UUID");
    context.git.repository = env.get("ZUUL_PROJECT");
    // For a change, its target.
    let branch = env.branch("ZUUL_BRANCH");
    context.pull_request.number = env.get("ZUUL_CHANGE");
    if context.pull_request.number.is_some() {
        context.git.target_branch = branch;
    } else {
        context.git.branch = branch.or_else(|| env.get("ZUUL_REF"));
    }
    // The first is set for pushes.
    context.git.commit_sha = env.first(&["ZUUL_NEWREV", "ZUUL_COMMIT"]);
}
