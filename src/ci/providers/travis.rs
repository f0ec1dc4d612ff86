//! Travis CI.
//!
//! <https://docs.travis-ci.com/user/environment-variables/>

use super::{All, Context, ExitCode, Provider, Set, Sourced, Variables};

pub(super) const PROVIDER: Provider = Provider {
    // 0 or 1 once `script` has run.
    result: &[ExitCode("TRAVIS_TEST_RESULT")],
    // A script that its command-line tool compiles for a developer's machine has no id.
    ..Provider::new("travisci", "Travis CI", &[All(&[Set("TRAVIS"), Set("TRAVIS_BUILD_ID")])], read)
};

fn read(env: &Variables, context: &mut Context) {
    // `owner/name`. The host is unknown: GitHub, Bitbucket, GitLab or Assembla.
    context.git.repository = env.get("TRAVIS_REPO_SLUG");
    context.pipeline.name = context.git.repository.clone();
    context.run.id = env.get("TRAVIS_BUILD_ID");
    context.run.number = env.get("TRAVIS_BUILD_NUMBER");
    context.run.url = env.get("TRAVIS_BUILD_WEB_URL");
    context.identity.server = context.run.url.clone().and_then(Sourced::origin);
    context.pipeline.url = context.run.url.clone().and_then(|url| url.before("/builds"));
    context.job.id = env.get("TRAVIS_JOB_ID");
    context.job.name = env.first(&["TRAVIS_JOB_NAME", "TRAVIS_JOB_NUMBER"]);
    context.job.url = env.get("TRAVIS_JOB_WEB_URL");
    // For a pull request, its target; for a tag, the tag.
    let branch = env.branch("TRAVIS_BRANCH");
    context.git.tag = env.get("TRAVIS_TAG");
    // For a pull request, a merge commit.
    let commit = env.get("TRAVIS_COMMIT");
    // A number, or `false`.
    context.pull_request.number = env.get("TRAVIS_PULL_REQUEST");
    if context.pull_request.number.is_some() {
        context.git.branch = env.branch("TRAVIS_PULL_REQUEST_BRANCH");
        context.git.target_branch = branch;
        context.git.set_head(env.get("TRAVIS_PULL_REQUEST_SHA"), commit);
    } else {
        context.git.branch = branch;
        context.git.commit_sha = commit;
        context.git.commit_message = env.get("TRAVIS_COMMIT_MESSAGE");
    }
    context.trigger = env.get("TRAVIS_EVENT_TYPE");
    context.workspace = env.get("TRAVIS_BUILD_DIR");
}
