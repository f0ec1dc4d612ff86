//! Whole environments of jobs, as each CI sets them.

use serde_json::{Value, json};

pub const SHA: &str = "ffac537e6cbbf934b08745a378932722df287a53";
pub const MERGE_SHA: &str = "0000537e6cbbf934b08745a378932722df280000";

pub type Variables = Vec<(&'static str, String)>;

fn variables(list: &[(&'static str, &str)]) -> Variables {
    list.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

/// Puts `changes` in the place of what is there.
pub fn with(mut variables: Variables, changes: &[(&'static str, &str)]) -> Variables {
    for (name, value) in changes {
        variables.retain(|(known, _)| known != name);
        variables.push((name, (*value).to_owned()));
    }
    variables
}

pub fn github_push() -> Variables {
    variables(&[
        ("CI", "true"),
        ("GITHUB_ACTION", "__run"),
        ("GITHUB_ACTIONS", "true"),
        ("GITHUB_ACTOR", "octo-user"),
        ("GITHUB_API_URL", "https://api.github.com"),
        ("GITHUB_BASE_REF", ""),
        ("GITHUB_EVENT_NAME", "push"),
        ("GITHUB_HEAD_REF", ""),
        ("GITHUB_JOB", "build"),
        ("GITHUB_REF", "refs/heads/main"),
        ("GITHUB_REF_NAME", "main"),
        ("GITHUB_REF_TYPE", "branch"),
        ("GITHUB_REPOSITORY", "example/app"),
        ("GITHUB_REPOSITORY_OWNER", "example"),
        ("GITHUB_RUN_ATTEMPT", "1"),
        ("GITHUB_RUN_ID", "1658821493"),
        ("GITHUB_RUN_NUMBER", "3"),
        ("GITHUB_SERVER_URL", "https://github.com"),
        ("GITHUB_SHA", SHA),
        ("GITHUB_TRIGGERING_ACTOR", "octo-user"),
        ("GITHUB_WORKFLOW", "Build app"),
        ("GITHUB_WORKFLOW_REF", "example/app/.github/workflows/build.yml@refs/heads/main"),
        ("GITHUB_WORKSPACE", "/home/runner/work/app/app"),
        ("RUNNER_OS", "Linux"),
    ])
}

pub fn github_push_event() -> Value {
    json!({
        "ref": "refs/heads/main",
        "head_commit": {
            "id": SHA,
            "message": "Make it faster\n\nTwice as fast.",
            "author": {"name": "A user", "email": "user@example.com", "username": "octo-user"},
        },
    })
}

pub fn github_tag() -> Variables {
    with(
        github_push(),
        &[("GITHUB_REF", "refs/tags/v1.4.0"), ("GITHUB_REF_NAME", "v1.4.0"), ("GITHUB_REF_TYPE", "tag")],
    )
}

pub fn github_pull_request() -> Variables {
    with(
        github_push(),
        &[
            ("GITHUB_BASE_REF", "main"),
            ("GITHUB_EVENT_NAME", "pull_request"),
            ("GITHUB_HEAD_REF", "feature/fast"),
            ("GITHUB_REF", "refs/pull/32/merge"),
            ("GITHUB_REF_NAME", "32/merge"),
            ("GITHUB_SHA", MERGE_SHA),
        ],
    )
}

pub fn github_pull_request_event() -> Value {
    json!({
        "number": 32,
        "pull_request": {
            "number": 32,
            "html_url": "https://github.com/example/app/pull/32",
            "head": {"sha": SHA, "ref": "feature/fast", "repo": {"full_name": "fork/app"}},
            "base": {"sha": MERGE_SHA, "ref": "main", "repo": {"full_name": "example/app"}},
        },
    })
}

pub fn gitlab_push() -> Variables {
    variables(&[
        ("CI", "true"),
        ("CI_COMMIT_AUTHOR", "A user <user@example.com>"),
        ("CI_COMMIT_BRANCH", "main"),
        ("CI_COMMIT_MESSAGE", "Make it faster\n\nTwice as fast.\n"),
        ("CI_COMMIT_REF_NAME", "main"),
        ("CI_COMMIT_SHA", SHA),
        ("CI_DEFAULT_BRANCH", "main"),
        ("CI_JOB_ID", "5001"),
        ("CI_JOB_NAME", "build: [linux]"),
        ("CI_JOB_STAGE", "build"),
        ("CI_JOB_STATUS", "running"),
        ("CI_JOB_URL", "https://gitlab.com/example/group/app/-/jobs/5001"),
        ("CI_PIPELINE_CREATED_AT", "2025-11-17T19:05:30Z"),
        ("CI_PIPELINE_ID", "900"),
        ("CI_PIPELINE_IID", "42"),
        ("CI_PIPELINE_SOURCE", "push"),
        ("CI_PIPELINE_URL", "https://gitlab.com/example/group/app/-/pipelines/900"),
        ("CI_PROJECT_DIR", "/builds/example/group/app"),
        ("CI_PROJECT_PATH", "example/group/app"),
        ("CI_PROJECT_URL", "https://gitlab.com/example/group/app"),
        ("CI_REPOSITORY_URL", "https://gitlab-ci-token:glcbt-token@gitlab.com/example/group/app.git"),
        ("CI_SERVER_FQDN", "gitlab.com"),
        ("CI_SERVER_HOST", "gitlab.com"),
        ("CI_SERVER_URL", "https://gitlab.com"),
        ("GITLAB_CI", "true"),
        ("GITLAB_USER_LOGIN", "tanuki-user"),
    ])
}

pub fn gitlab_tag() -> Variables {
    let mut variables = with(gitlab_push(), &[("CI_COMMIT_REF_NAME", "v1.4.0"), ("CI_COMMIT_TAG", "v1.4.0")]);
    variables.retain(|(name, _)| *name != "CI_COMMIT_BRANCH");
    variables
}

/// A merged-results pipeline, where `CI_COMMIT_SHA` is a temporary merge.
pub fn gitlab_merge_request() -> Variables {
    let changes = [
        ("CI_COMMIT_REF_NAME", "feature/fast"),
        ("CI_COMMIT_SHA", MERGE_SHA),
        ("CI_MERGE_REQUEST_EVENT_TYPE", "merged_result"),
        ("CI_MERGE_REQUEST_ID", "778899"),
        ("CI_MERGE_REQUEST_IID", "32"),
        ("CI_MERGE_REQUEST_PROJECT_URL", "https://gitlab.com/example/group/app"),
        ("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "feature/fast"),
        ("CI_MERGE_REQUEST_SOURCE_BRANCH_SHA", SHA),
        ("CI_MERGE_REQUEST_TARGET_BRANCH_NAME", "main"),
        ("CI_PIPELINE_SOURCE", "merge_request_event"),
    ];
    let mut variables = with(gitlab_push(), &changes);
    variables.retain(|(name, _)| *name != "CI_COMMIT_BRANCH");
    variables
}

pub fn jenkins_push() -> Variables {
    variables(&[
        ("BRANCH_IS_PRIMARY", "true"),
        ("BRANCH_NAME", "main"),
        ("BUILD_DISPLAY_NAME", "#62"),
        ("BUILD_ID", "62"),
        ("BUILD_NUMBER", "62"),
        ("BUILD_TAG", "jenkins-apps-app-main-62"),
        ("BUILD_URL", "https://ci.example.com/job/apps/job/app/job/main/62/"),
        ("CI", "true"),
        ("EXECUTOR_NUMBER", "0"),
        ("GIT_BRANCH", "main"),
        ("GIT_COMMIT", SHA),
        ("GIT_URL", "git@github.com:example/app.git"),
        ("JENKINS_HOME", "/var/jenkins_home"),
        ("JENKINS_URL", "https://ci.example.com/"),
        ("JOB_BASE_NAME", "main"),
        ("JOB_NAME", "apps/app/main"),
        ("JOB_URL", "https://ci.example.com/job/apps/job/app/job/main/"),
        ("NODE_NAME", "built-in"),
        ("STAGE_NAME", "Build"),
        ("WORKSPACE", "/var/jenkins_home/workspace/apps_app_main"),
    ])
}

pub fn jenkins_tag() -> Variables {
    with(
        jenkins_push(),
        &[
            ("BRANCH_NAME", "v1.4.0"),
            ("GIT_BRANCH", "v1.4.0"),
            ("TAG_NAME", "v1.4.0"),
            ("JOB_NAME", "apps/app/v1.4.0"),
            ("BUILD_TAG", "jenkins-apps-app-v1.4.0-62"),
        ],
    )
}

pub fn jenkins_pull_request() -> Variables {
    with(
        jenkins_push(),
        &[
            ("BRANCH_NAME", "PR-32"),
            ("BUILD_TAG", "jenkins-apps-app-PR-32-62"),
            ("CHANGE_AUTHOR", "octo-user"),
            ("CHANGE_BRANCH", "feature/fast"),
            ("CHANGE_FORK", "fork"),
            ("CHANGE_ID", "32"),
            ("CHANGE_TARGET", "main"),
            ("CHANGE_TITLE", "Make it faster"),
            ("CHANGE_URL", "https://github.com/example/app/pull/32"),
            ("GIT_BRANCH", "PR-32"),
            ("JOB_NAME", "apps/app/PR-32"),
        ],
    )
}

/// A classic job: no multibranch variables.
pub fn jenkins_classic() -> Variables {
    let mut variables = with(
        jenkins_push(),
        &[
            ("BUILD_TAG", "jenkins-nightly-62"),
            ("BUILD_URL", "https://user:api-token@ci.example.com/job/nightly/62/"),
            ("GIT_BRANCH", "origin/release/1.x"),
            ("GIT_LOCAL_BRANCH", "release/1.x"),
            ("GIT_URL", "https://token@gitlab.example.com:8443/example/app.git"),
            ("JOB_NAME", "nightly"),
            ("JOB_URL", "https://ci.example.com/job/nightly/"),
        ],
    );
    variables.retain(|(name, _)| !name.starts_with("BRANCH_"));
    variables
}
