//! The detected context: on a CI, outside of one, and overridden.

use serde_json::{Value, json};

use crate::builder::Test;
use crate::environments::*;
use crate::receiver::Reply;

fn context(test: Test) -> Value {
    test.args(&["context", "--json"]).run().status(0).json()
}

#[test]
fn github_push_is_known_in_full() {
    let context = context(Test::new().envs(github_push()).event_file(&github_push_event()));
    assert_eq!(
        context,
        json!({
            "provider": "ghactions",
            "provider_name": "GitHub Actions",
            "pipeline": {
                "name": "Build app",
                "url": "https://github.com/example/app/actions/workflows/build.yml",
            },
            "run": {
                "id": "1658821493",
                "number": "3",
                "attempt": "1",
                "url": "https://github.com/example/app/actions/runs/1658821493",
                "started_at": null,
            },
            "job": {"id": null, "name": "build", "url": null},
            "git": {
                "host_type": "git",
                "host": "github.com",
                "repository": "example/app",
                "repository_url": "https://github.com/example/app",
                "branch": "main",
                "target_branch": null,
                "tag": null,
                "commit_sha": SHA,
                "commit_url": format!("https://github.com/example/app/commit/{SHA}"),
                "commit_message": "Make it faster\n\nTwice as fast.",
                "commit_author": "A user <user@example.com>",
            },
            "pull_request": null,
            "trigger": "push",
            "actor": "octo-user",
            "status": null,
            "workspace": "/home/runner/work/app/app",
        })
    );
}

#[test]
fn gitlab_merge_request_is_known_in_full() {
    assert_eq!(
        context(Test::new().envs(gitlab_merge_request())),
        json!({
            "provider": "gitlab-ci",
            "provider_name": "GitLab CI",
            "pipeline": {
                "name": "example/group/app",
                "url": "https://gitlab.com/example/group/app/-/pipelines",
            },
            "run": {
                "id": "900",
                "number": "42",
                "attempt": null,
                "url": "https://gitlab.com/example/group/app/-/pipelines/900",
                "started_at": "2025-11-17T19:05:30Z",
            },
            "job": {
                "id": "5001",
                "name": "build: [linux]",
                "url": "https://gitlab.com/example/group/app/-/jobs/5001",
            },
            "git": {
                "host_type": "git",
                "host": "gitlab.com",
                "repository": "example/group/app",
                "repository_url": "https://gitlab.com/example/group/app",
                "branch": "feature/fast",
                "target_branch": "main",
                "tag": null,
                "commit_sha": SHA,
                "commit_url": format!("https://gitlab.com/example/group/app/-/commit/{SHA}"),
                "commit_message": null,
                "commit_author": null,
            },
            "pull_request": {"number": "32", "url": "https://gitlab.com/example/group/app/-/merge_requests/32"},
            "trigger": "pull_request",
            "actor": "tanuki-user",
            "status": null,
            "workspace": "/builds/example/group/app",
        })
    );
}

#[test]
fn jenkins_classic_is_known_in_full_and_without_credentials() {
    assert_eq!(
        context(Test::new().envs(jenkins_classic())),
        json!({
            "provider": "jenkins",
            "provider_name": "Jenkins",
            "pipeline": {"name": "nightly", "url": "https://ci.example.com/job/nightly/"},
            "run": {
                "id": "jenkins-nightly-62",
                "number": "62",
                "attempt": null,
                "url": "https://ci.example.com/job/nightly/62/",
                "started_at": null,
            },
            "job": {"id": null, "name": "Build", "url": null},
            "git": {
                "host_type": "git",
                "host": "gitlab.example.com:8443",
                "repository": "example/app",
                "repository_url": "https://gitlab.example.com:8443/example/app",
                "branch": "release/1.x",
                "target_branch": null,
                "tag": null,
                "commit_sha": SHA,
                "commit_url": format!("https://gitlab.example.com:8443/example/app/-/commit/{SHA}"),
                "commit_message": null,
                "commit_author": null,
            },
            "pull_request": null,
            "trigger": null,
            "actor": null,
            "status": null,
            "workspace": "/var/jenkins_home/workspace/apps_app_main",
        })
    );
}

/// Dotted paths into the context, and the values expected there.
type Expected = &'static [(&'static str, Option<&'static str>)];

#[test]
fn pushes_tags_pull_requests_schedules_and_manual_runs_are_distinguished() {
    let tag: Expected = &[("git.branch", None), ("git.tag", Some("v1.4.0")), ("trigger", Some("tag"))];
    let pull_request: Expected = &[
        ("git.branch", Some("feature/fast")),
        ("git.target_branch", Some("main")),
        ("git.commit_sha", Some(SHA)),
        ("pull_request.number", Some("32")),
        ("trigger", Some("pull_request")),
    ];
    let schedule: Expected = &[("git.branch", Some("main")), ("trigger", Some("schedule"))];
    let manual: Expected = &[("git.branch", Some("main")), ("trigger", Some("manual"))];
    let cases: Vec<(&str, Variables, Option<Value>, Expected)> = vec![
        ("GitHub tag", github_tag(), None, tag),
        ("GitLab tag", gitlab_tag(), None, tag),
        ("Jenkins tag", jenkins_tag(), None, tag),
        (
            "Jenkins classic tag",
            with(jenkins_classic(), &[("GIT_BRANCH", "origin/tags/v1.4.0")]),
            None,
            &tag[..2],
        ),
        ("GitHub pull request", github_pull_request(), Some(github_pull_request_event()), pull_request),
        ("GitLab merge request", gitlab_merge_request(), None, pull_request),
        ("Jenkins pull request", jenkins_pull_request(), None, pull_request),
        (
            "GitHub pull request without its event file",
            github_pull_request(),
            None,
            &[("git.commit_sha", None), ("pull_request.number", Some("32"))],
        ),
        (
            "GitHub pull_request_target",
            with(
                github_pull_request(),
                &[("GITHUB_EVENT_NAME", "pull_request_target"), ("GITHUB_REF", "refs/heads/main")],
            ),
            Some(github_pull_request_event()),
            pull_request,
        ),
        ("GitHub schedule", with(github_push(), &[("GITHUB_EVENT_NAME", "schedule")]), None, schedule),
        ("GitLab schedule", with(gitlab_push(), &[("CI_PIPELINE_SOURCE", "schedule")]), None, schedule),
        ("Jenkins schedule", with(jenkins_push(), &[("BUILD_CAUSE", "TIMERTRIGGER")]), None, schedule),
        ("GitHub manual", with(github_push(), &[("GITHUB_EVENT_NAME", "workflow_dispatch")]), None, manual),
        ("GitLab manual", with(gitlab_push(), &[("CI_PIPELINE_SOURCE", "web")]), None, manual),
        ("Jenkins manual", with(jenkins_push(), &[("BUILD_CAUSE", "MANUALTRIGGER")]), None, manual),
        (
            "Jenkins pull request builder plugin",
            with(
                jenkins_classic(),
                &[
                    ("ghprbPullId", "32"),
                    ("ghprbSourceBranch", "feature/fast"),
                    ("ghprbTargetBranch", "main"),
                    ("ghprbActualCommit", SHA),
                    ("GIT_COMMIT", MERGE_SHA),
                    ("GIT_BRANCH", "origin/pr/32/merge"),
                ],
            ),
            None,
            pull_request,
        ),
    ];
    let mut wrong = Vec::new();
    for (name, variables, event, expected) in cases {
        let test = Test::new().envs(variables);
        let test = match &event {
            Some(event) => test.event_file(event),
            None => test,
        };
        let context = context(test);
        for (path, value) in expected {
            let found = path.split('.').fold(&context, |value, key| &value[key]);
            if found.as_str() != *value {
                wrong.push(format!("{name}: {path} is {found}, not {value:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn values_missing_in_the_environment_come_from_the_checkout() {
    let checkout = |test: Test| {
        test.file("a.txt", "a").checkout(&[
            &["init", "-q", "-b", "topic"],
            &["add", "a.txt"],
            &["commit", "-q", "-m", "Say \"hello\"\n\nAnd more."],
            &["remote", "add", "origin", "https://x-token:hunter2@github.com/example/app.git"],
        ])
    };
    let outside = context(checkout(Test::new()));
    assert_eq!(outside["provider"], Value::Null);
    assert_eq!(outside["git"]["branch"], "topic");
    assert_eq!(outside["git"]["repository_url"], "https://github.com/example/app");
    assert_eq!(outside["git"]["repository"], "example/app");
    assert_eq!(outside["git"]["commit_message"], "Say \"hello\"\n\nAnd more.");
    assert_eq!(outside["git"]["commit_author"], "A user <user@example.com>");
    let sha = outside["git"]["commit_sha"].as_str().unwrap().to_owned();
    assert_eq!(outside["git"]["commit_url"], format!("https://github.com/example/app/commit/{sha}"));

    let mut jenkins = with(jenkins_push(), &[("GIT_COMMIT", &sha)]);
    jenkins.retain(|(name, _)| name != "GIT_URL");
    let jenkins = context(checkout(Test::new().envs(jenkins)));
    assert_eq!(jenkins["provider"], "jenkins");
    assert_eq!(jenkins["git"]["branch"], "main", "the environment takes precedence");
    assert_eq!(jenkins["git"]["commit_sha"].as_str().map(str::len), Some(40));
    assert_eq!(jenkins["git"]["repository_url"], "https://github.com/example/app");

    let tagged =
        context(checkout(Test::new()).checkout(&[&["tag", "v2.0.0"], &["checkout", "-q", "--detach"]]));
    assert_eq!((&tagged["git"]["tag"], &tagged["git"]["branch"]), (&json!("v2.0.0"), &Value::Null));
}

/// A checkout of a merge of `topic` into `main`, and the hashes of `main`, `topic` and the merge.
fn merged(test: Test) -> (Test, [String; 3]) {
    let test = test.file("a.txt", "a").checkout(&[
        &["init", "-q", "-b", "main"],
        &["add", "a.txt"],
        &["commit", "-q", "-m", "Base"],
        &["checkout", "-q", "-b", "topic"],
        &["commit", "-q", "--allow-empty", "-m", "Head"],
        &["checkout", "-q", "--detach", "main"],
        &["merge", "-q", "--no-ff", "-m", "Pull request", "topic"],
    ]);
    let hashes = ["main", "topic", "HEAD"].map(|name| {
        let folder = test.folder();
        let output =
            std::process::Command::new("git").arg("-C").arg(folder).args(["rev-parse", name]).output();
        String::from_utf8(output.unwrap().stdout).unwrap().trim().to_owned()
    });
    (test, hashes)
}

#[test]
fn without_the_event_file_the_head_of_a_pull_request_is_that_of_the_merge_commit() {
    /// Positions in the hashes of `merged`.
    const MAIN: usize = 0;
    const TOPIC: usize = 1;
    const MERGE: usize = 2;
    let messages = ["Base", "Head", "Pull request"];
    for (event, reference, commit, expected) in [
        ("pull_request", "refs/pull/32/merge", MERGE, Some(TOPIC)),
        ("pull_request", "refs/pull/32/merge", MAIN, None),
        ("pull_request_review", "refs/pull/32/merge", MERGE, Some(TOPIC)),
        // The tip of the target; a later step checked out the merge commit.
        ("pull_request_target", "refs/heads/main", MAIN, Some(TOPIC)),
        // The tip of the target, which is a merge of another pull request.
        ("pull_request_target", "refs/heads/main", MERGE, None),
        ("workflow_run", "refs/heads/main", MERGE, None),
        ("issue_comment", "refs/heads/main", MERGE, None),
        ("push", "refs/heads/main", MERGE, Some(MERGE)),
    ] {
        let (test, hashes) = merged(Test::new());
        let variables = [
            ("GITHUB_EVENT_NAME", event),
            ("GITHUB_REF", reference),
            ("GITHUB_SHA", hashes[commit].as_str()),
        ];
        let test = test.envs(with(github_pull_request(), &variables)).without_env("GITHUB_WORKSPACE");
        let git = &context(test)["git"];
        let expected_hash = expected.map(|index| hashes[index].as_str());
        assert_eq!(git["commit_sha"].as_str(), expected_hash, "{event} {commit}");
        let message = expected.map(|index| messages[index]);
        assert_eq!(git["commit_message"].as_str(), message, "{event} {commit}");
    }
}

#[test]
fn a_remote_need_not_be_called_origin() {
    let test = || {
        Test::new().file("a.txt", "a").checkout(&[
            &["init", "-q", "-b", "topic"],
            &["add", "a.txt"],
            &["commit", "-q", "-m", "A commit"],
            &["remote", "add", "upstream", "https://github.com/example/app.git"],
            &["update-ref", "refs/remotes/upstream/release/1.x", "HEAD"],
            &["checkout", "-q", "--detach"],
        ])
    };
    let only = context(test());
    assert_eq!(only["git"]["repository_url"], "https://github.com/example/app");
    assert_eq!(only["git"]["branch"], "release/1.x");
    let two = test().checkout(&[&["remote", "add", "fork", "https://github.com/fork/app.git"]]);
    assert_eq!(context(two)["git"]["repository_url"], Value::Null, "either may be the repository");
    let three = test().checkout(&[
        &["remote", "add", "fork", "https://github.com/fork/app.git"],
        &["remote", "add", "origin", "https://github.com/other/app.git"],
    ]);
    assert_eq!(context(three)["git"]["repository_url"], "https://github.com/other/app");
}

#[test]
fn a_branch_of_the_checkout_is_not_read_further() {
    for (branch, expected) in [
        ("pull/7", json!(["pull/7", null, null])),
        ("tags/v1", json!(["tags/v1", null, null])),
        ("origin/x", json!(["origin/x", null, null])),
        ("gh-readonly-queue/main/pr-104-0123abc", json!([null, "main", "104"])),
    ] {
        let test = Test::new().file("a.txt", "a").checkout(&[
            &["init", "-q", "-b", branch],
            &["add", "a.txt"],
            &["commit", "-q", "-m", "A commit"],
        ]);
        let context = context(test);
        let git = &context["git"];
        let number = &context["pull_request"]["number"];
        assert_eq!(json!([git["branch"], git["target_branch"], number]), expected, "{branch}");
    }
}

#[test]
fn without_git_and_without_a_checkout_nothing_fails() {
    let nothing = context(Test::new());
    assert_eq!(nothing["git"]["commit_sha"], Value::Null);
    let no_program = Test::new().env("PATH", "/nonexistent").envs(jenkins_push());
    assert_eq!(context(no_program)["git"]["branch"], "main");
}

#[test]
fn the_table_shows_the_source_of_each_value() {
    let test = Test::new().envs(github_push()).event_file(&github_push_event());
    let test = test.env("BUILDHOOK_ACTOR", "someone").args(&["context", "--run-number", "77"]);
    let finished = test.run().status(0);
    for expected in [
        "FIELD               VALUE",
        "run.id              1658821493",
        "GITHUB_RUN_ID",
        "GITHUB_SERVER_URL + GITHUB_REPOSITORY + GITHUB_RUN_ID",
        "Make it faster\\n\\nTwice as fast.",
        "GITHUB_EVENT_PATH .head_commit.message",
    ] {
        assert!(finished.stdout.contains(expected), "no `{expected}` in\n{}", finished.stdout);
    }
    let line = |field: &str| finished.stdout.lines().find(|line| line.starts_with(field)).unwrap().to_owned();
    let columns: Vec<_> = ["run.number", "actor", "FIELD"]
        .map(|field| line(field).split_whitespace().last().unwrap().to_owned())
        .to_vec();
    assert_eq!(columns, ["--run-number", "BUILDHOOK_ACTOR", "FROM"]);
    finished.stderr("not detected; set with: BUILDHOOK_RUN_STARTED_AT");
    Test::new().args(&["context"]).run().status(0).stderr("not running in CI");
    let unknown = Test::new().env("CI", "true").args(&["context"]).run().status(0);
    unknown.stderr("unknown CI (CI is set)").stderr("BUILDHOOK_RUN_ID");
}

#[test]
fn a_ci_without_variables_can_be_named_by_the_user() {
    let test = Test::new().env("BUILDHOOK_PROVIDER", "tekton").env("BUILDHOOK_RUN_ID", "run-abc");
    let context = context(test.env("BUILDHOOK_STATUS", "Completed"));
    assert_eq!((&context["provider"], &context["provider_name"]), (&json!("tekton"), &json!("Tekton")));
    assert_eq!((&context["run"]["id"], &context["status"]), (&json!("run-abc"), &json!("success")));
}

#[test]
fn a_misspelled_provider_is_refused_before_anything_is_sent() {
    let expected = "the id of a CI; did you mean `gitlab-ci`?";
    let test = || Test::new().envs(gitlab_push()).endpoint(&[Reply::Status(204)]);
    let by_variable = test().env("BUILDHOOK_PROVIDER", "gitlab").args(&["triggered"]);
    let by_flag = test().args(&["triggered", "--provider", "gitlab"]);
    let by_file = test().env("BUILDHOOK_CONFIG", "provider = \"gitlab\"\n").args(&["triggered"]);
    for (test, origin) in [
        (by_variable, "BUILDHOOK_PROVIDER"),
        (by_flag, "--provider"),
        (by_file, "BUILDHOOK_CONFIG line 1 (provider)"),
    ] {
        let finished = test.run().status(2).stderr(&format!("{origin}: found `gitlab`, expected {expected}"));
        assert!(finished.requests.iter().all(Vec::is_empty), "{origin}: nothing is sent");
    }
    // The id of another CI is the user's business, but it must not hide the detected one silently.
    let free = test().env("BUILDHOOK_PROVIDER", "corp-ci").args(&["triggered"]).run().status(0);
    let free = free.stderr("warning: unknown CI `corp-ci` (BUILDHOOK_PROVIDER)");
    assert_eq!(free.requests[0].len(), 1);
}

#[test]
fn a_ci_is_detected_by_its_marker() {
    let mut wrong = Vec::new();
    for (variables, provider, source) in [
        (vec![("GITHUB_ACTIONS", "true")], Some("ghactions"), "GITHUB_ACTIONS"),
        (vec![("GITHUB_ACTIONS", "false")], None, ""),
        (vec![("GITHUB_ACTIONS", "true"), ("GITEA_ACTIONS", "true")], Some("gitea-actions"), "GITEA_ACTIONS"),
        // CIs that imitate another one or run inside it.
        (
            vec![("GITHUB_ACTIONS", "true"), ("GITEA_ACTIONS", "true"), ("FORGEJO_ACTIONS", "true")],
            Some("forgejo-actions"),
            "FORGEJO_ACTIONS",
        ),
        (
            vec![
                ("CI", "woodpecker"),
                ("CI_PIPELINE_NUMBER", "1"),
                ("DRONE", "true"),
                ("DRONE_BUILD_NUMBER", "1"),
            ],
            Some("woodpecker-ci"),
            "CI",
        ),
        (vec![("HARNESS_BUILD_ID", "1"), ("DRONE", "true")], Some("harness"), "HARNESS_BUILD_ID"),
        (vec![("APPCENTER_BUILD_ID", "1"), ("TF_BUILD", "True")], Some("appcenter"), "APPCENTER_BUILD_ID"),
        (
            vec![("CODEBUILD_BUILD_ARN", "arn:"), ("GITHUB_ACTIONS", "true")],
            Some("ghactions"),
            "GITHUB_ACTIONS",
        ),
        (
            vec![("CODEBUILD_BUILD_ARN", "arn:"), ("GITLAB_CI", "true"), ("CI_PIPELINE_ID", "1")],
            Some("gitlab-ci"),
            "GITLAB_CI",
        ),
        (vec![("CODEBUILD_BUILD_ARN", "arn:"), ("BUILDKITE", "true")], Some("buildkite"), "BUILDKITE"),
        (
            vec![("TEAMCITY_VERSION", "2025.07"), ("BUILD_NUMBER", "1"), ("JENKINS_URL", "x")],
            Some("teamcity"),
            "TEAMCITY_VERSION",
        ),
        (
            vec![
                ("EAS_BUILD", "true"),
                ("EAS_BUILD_RUNNER", "eas-build"),
                ("CIRCLECI", "true"),
                ("CIRCLE_BUILD_NUM", "1"),
            ],
            Some("circleci"),
            "CIRCLECI",
        ),
        (vec![("NETLIFY", "true"), ("GITHUB_ACTIONS", "true")], Some("ghactions"), "GITHUB_ACTIONS"),
        (vec![("CF_PAGES", "1"), ("CI", "true")], None, ""),
        (
            vec![("GITLAB_CI", "true"), ("CI_PIPELINE_ID", "1"), ("JENKINS_URL", "https://ci.example.com/")],
            Some("gitlab-ci"),
            "GITLAB_CI",
        ),
        (
            vec![("GITHUB_ACTIONS", "true"), ("JENKINS_URL", "https://ci.example.com/")],
            Some("ghactions"),
            "GITHUB_ACTIONS",
        ),
        (
            vec![("JENKINS_HOME", "/var/jenkins"), ("BUILD_TAG", "jenkins-app-1")],
            Some("jenkins"),
            "JENKINS_HOME",
        ),
        (vec![("JENKINS_HOME", "/var/jenkins")], None, ""),
        (vec![("JENKINS_URL", "https://ci.example.com/")], None, ""),
        (
            vec![("JENKINS_URL", "https://ci.example.com/"), ("JOB_NAME", "app"), ("BUILD_NUMBER", "1")],
            Some("jenkins"),
            "JENKINS_URL",
        ),
        (vec![("BUILD_NUMBER", "1"), ("GIT_COMMIT", SHA), ("CI", "true")], None, ""),
        (vec![("BUILDHOOK_PROVIDER", "jenkins")], Some("jenkins"), "BUILDHOOK_PROVIDER"),
    ] {
        let test = || variables.iter().fold(Test::new(), |test, (name, value)| test.env(name, *value));
        let context = context(test());
        if context["provider"].as_str() != provider
            || context["provider_name"].is_null() != provider.is_none()
        {
            wrong.push(format!("{variables:?}: {} {}", context["provider"], context["provider_name"]));
        }
        if let Some(provider) = provider {
            let table = test().args(&["context"]).run().status(0).stdout;
            let line =
                table.lines().find(|line| line.starts_with("provider ")).unwrap_or_default().to_owned();
            if line.split_whitespace().collect::<Vec<_>>() != ["provider", provider, source] {
                wrong.push(format!("{variables:?}: {line}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn everything_detected_can_be_overridden() {
    let test = Test::new().envs(github_push()).env("BUILDHOOK_BRANCH", "refs/heads/other");
    let test = test.env("BUILDHOOK_STATUS", "FAILURE");
    let test = test.args(&["context", "--json", "--commit-sha", "abc", "--pull-request", "9"]);
    let context = test.run().status(0).json();
    assert_eq!(context["git"]["branch"], "other");
    assert_eq!(context["status"], "failed");
    assert_eq!(context["git"]["commit_sha"], "abc");
    assert_eq!(
        context["pull_request"],
        json!({"number": "9", "url": "https://github.com/example/app/pull/9"})
    );
}

#[test]
fn malformed_variables_are_ignored_with_a_warning() {
    let changes =
        [("CI_PIPELINE_URL", "nowhere"), ("CI_PIPELINE_CREATED_AT", "noon"), ("CI_MERGE_REQUEST_IID", "x")];
    let test = Test::new().envs(with(gitlab_push(), &changes)).args(&["context", "--json"]);
    let finished = test.run().status(0).stderr("warning: CI_PIPELINE_URL is not an http or https URL");
    let context = finished.json();
    assert_eq!(
        context["run"]["url"], "https://gitlab.com/example/group/app/-/pipelines/900",
        "the next source"
    );
    assert_eq!(context["run"]["started_at"], Value::Null);
    assert_eq!(context["pull_request"], Value::Null);
}

#[test]
fn a_malformed_event_file_is_ignored() {
    let mut wrong = Vec::new();
    for content in ["", "not json", "[]", "{\"pull_request\": 7}", "{\"head_commit\": null}"] {
        let test = Test::new()
            .envs(github_push())
            .file("event.json", content)
            .env("GITHUB_EVENT_PATH", "event.json");
        let context = context(test);
        if context["git"]["branch"] != "main" {
            wrong.push(format!("{content}: {}", context["git"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
