//! The posted events on GitHub, GitLab and Jenkins: push, tag and pull request.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::builder::{OTHER_SECRET, SECRET, STANDARD_SECRET, Test};
use crate::environments::*;
use crate::files::archive;
use crate::receiver::Reply;

/// An environment and the values that a receiver should find.
struct Case {
    name: &'static str,
    variables: Variables,
    event: Option<Value>,
    build_number: i64,
    provider: &'static str,
    src_branch: &'static str,
    tag: Option<&'static str>,
    is_pull_request: bool,
}

fn cases() -> Vec<Case> {
    let case = |name, variables, event, build_number, provider| Case {
        name,
        variables,
        event,
        build_number,
        provider,
        src_branch: "main",
        tag: None,
        is_pull_request: false,
    };
    let push = case;
    let tag = |name, variables, event, number, provider| Case {
        src_branch: "",
        tag: Some("v1.4.0"),
        ..case(name, variables, event, number, provider)
    };
    let pull_request = |name, variables, event, number, provider| Case {
        src_branch: "feature/fast",
        is_pull_request: true,
        ..case(name, variables, event, number, provider)
    };
    vec![
        push("GitHub push", github_push(), Some(github_push_event()), 3, "github"),
        tag("GitHub tag", github_tag(), Some(github_push_event()), 3, "github"),
        pull_request(
            "GitHub pull request",
            github_pull_request(),
            Some(github_pull_request_event()),
            3,
            "github",
        ),
        push("GitLab push", gitlab_push(), None, 42, "gitlab"),
        tag("GitLab tag", gitlab_tag(), None, 42, "gitlab"),
        pull_request("GitLab merge request", gitlab_merge_request(), None, 42, "gitlab"),
        push("Jenkins push", jenkins_push(), None, 62, "github"),
        tag("Jenkins tag", jenkins_tag(), None, 62, "github"),
        pull_request("Jenkins pull request", jenkins_pull_request(), None, 62, "github"),
    ]
}

fn test(case: &Case) -> Test {
    let test = Test::new().envs(case.variables.clone()).endpoint(&[Reply::Status(200)]);
    let test = test.env("BUILDHOOK_SECRET", SECRET);
    match &case.event {
        Some(event) => test.event_file(event),
        None => test,
    }
}

/// The Bitrise format as a strict receiver decodes it, with the documented types.
#[derive(Deserialize)]
struct BitriseBody {
    build_slug: String,
    build_number: i64,
    app_slug: String,
    build_status: u8,
    git: BitriseGit,
    build_triggered_workflow: String,
}

#[derive(Deserialize)]
struct BitriseGit {
    provider: String,
    src_branch: String,
    #[serde(default, deserialize_with = "present")]
    dst_branch: Option<String>,
    #[serde(default, deserialize_with = "present")]
    pull_request_id: Option<i64>,
    #[serde(default, deserialize_with = "present")]
    tag: Option<String>,
}

/// An optional key: it may be missing, but not `null`.
fn present<'de, D: serde::Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

#[test]
fn triggered_and_finished_are_signed_and_posted_in_bitrise_format() {
    for case in cases() {
        for (args, event, status) in [
            (&["triggered"][..], "build/triggered", 0),
            (&["finished", "--status", "success"], "build/finished", 1),
            (&["finished", "--status", "FAILURE"], "build/finished", 2),
            (&["finished", "--status", "cancelled"], "build/finished", 3),
            (&["finished", "--status", "aborted-with-success"], "build/finished", 4),
        ] {
            let finished = test(&case).args(args).run().status(0).stderr(event);
            let request = finished.request();
            assert_eq!(request.line, "POST /hooks HTTP/1.1");
            assert_eq!(request.header("content-type"), Some("application/json"));
            assert_eq!(request.header("user-agent"), Some(concat!("buildhook/", env!("CARGO_PKG_VERSION"))));
            assert_eq!(request.header("bitrise-event-type"), Some(event));
            assert_eq!(request.header("bitrise-app-id"), request.json()["app_slug"].as_str());
            assert_eq!(request.header("x-webhook-event"), Some(event));
            assert_eq!(request.header("x-webhook-id").map(str::len), Some(36));
            assert_eq!(
                request.signatures(SECRET),
                ["x-webhook-signature", "bitrise-hook-signature", "x-hub-signature-256"]
            );

            let body: BitriseBody = serde_json::from_str(&request.body)
                .unwrap_or_else(|error| panic!("{} {event}: {error}: {}", case.name, request.body));
            assert_eq!(body.build_number, case.build_number, "{}", case.name);
            assert_eq!(body.build_status, status, "{}", case.name);
            assert_eq!((body.build_slug.len(), body.app_slug.len()), (16, 16), "{}", case.name);
            assert_eq!(body.git.provider, case.provider, "{}", case.name);
            assert_eq!(body.git.src_branch, case.src_branch, "{}", case.name);
            assert_eq!(body.git.tag.as_deref(), case.tag, "{}", case.name);
            assert_eq!(body.git.pull_request_id, case.is_pull_request.then_some(32), "{}", case.name);
            assert_eq!(
                body.git.dst_branch.as_deref(),
                case.is_pull_request.then_some("main"),
                "{}",
                case.name
            );
            assert!(!body.build_triggered_workflow.is_empty(), "{}", case.name);
            assert_eq!(request.json()["commit_hash"], SHA, "{}: not the head", case.name);
        }
    }
}

#[test]
fn created_is_signed_and_posted_in_buildstash_format() {
    for case in cases() {
        let finished =
            test(&case).file("out/app.ipa", [7; 8192]).args(&["created", "out/app.ipa"]).run().status(0);
        let request = finished.request();
        assert_eq!(request.header("x-webhook-event"), Some("build.created"));
        assert_eq!(request.header("bitrise-event-type"), None);
        assert_eq!(request.signatures(SECRET), ["x-webhook-signature", "x-hub-signature-256"]);
        let body = request.json();
        assert_eq!(body["event"], "build.created");
        assert_eq!(finished.records[0]["event_id"], body["id"], "{}", case.name);
        assert_eq!(finished.records[0]["id"].as_str(), request.header("x-webhook-id"), "{}", case.name);
        assert_eq!(body["created"].to_string(), request.header("x-webhook-timestamp").unwrap());
        let build = &body["data"]["build"];
        assert_eq!(build["id"].as_str().map(str::len), Some(12));
        assert_eq!(build["platform"]["identifier"], "ios");
        assert_eq!(build["size_total_string"], "8.00 KB");
        assert_eq!(build["primary_file"]["filename"], "app.ipa");
        assert_eq!(build["primary_file"]["checksum_md5"], "32693c5040251643151a63b976ce84ae");
        assert_eq!(build["build_number"], case.build_number.to_string(), "{}", case.name);
        assert_eq!(build["version"], case.tag.map_or("0.0.0", |_| "1.4.0"), "{}", case.name);
        assert_eq!(build["scm"]["scm_commit_sha"], SHA, "{}", case.name);
        assert_eq!(build["scm"]["scm_commit_sha_short"], &SHA[..7]);
        let branch = if case.src_branch.is_empty() { Value::Null } else { json!(case.src_branch) };
        assert_eq!(build["scm"]["scm_branch"], branch, "{}", case.name);
        assert_eq!(build["modal_url"], build["ci_pipeline"]["ci_run_url"], "{}", case.name);
    }
}

#[test]
fn the_events_of_a_run_share_ids_that_another_run_does_not() {
    let slugs = |changes: &[(&'static str, &str)], args: &[&str]| {
        let finished = Test::new()
            .envs(with(github_push(), changes))
            .endpoint(&[Reply::Status(200)])
            .args(args)
            .run()
            .status(0);
        let body = finished.request().json();
        (body["app_slug"].to_string(), body["build_slug"].to_string())
    };
    let job = slugs(&[], &["triggered"]);
    assert_eq!(slugs(&[], &["finished", "--status", "success", "--scope", "job"]), job, "a job is a build");
    let run = slugs(&[], &["triggered", "--scope", "run"]);
    let others = [
        slugs(&[("GITHUB_JOB", "test")], &["triggered"]),
        slugs(&[("GITHUB_RUN_ATTEMPT", "2")], &["triggered"]),
        slugs(&[("GITHUB_RUN_ID", "77")], &["triggered"]),
        run.clone(),
    ];
    for (index, other) in others.iter().enumerate() {
        assert_eq!(other.0, job.0);
        assert!(other.1 != job.1 && !others[..index].contains(other), "{index}");
    }
    let last_of_second_attempt = [("GITHUB_JOB", "last"), ("GITHUB_RUN_ATTEMPT", "2")];
    let end = slugs(&last_of_second_attempt, &["finished", "--status", "success", "--scope=run"]);
    assert_eq!(end, run, "failed jobs that run again end the same run");
    let chosen = slugs(&[("BUILDHOOK_APP_SLUG", "my-app")], &["triggered", "--build-slug", "my-build"]);
    assert_eq!(chosen, ("\"my-app\"".to_owned(), "\"my-build\"".to_owned()));
}

#[test]
fn the_build_number_falls_back_to_the_run_id_and_to_zero() {
    for (number, id, expected) in
        [("1.0.412", "977", 977), ("1.0.412", "jenkins-app-1.0.412", 0), ("7", "977", 7)]
    {
        let finished = Test::new()
            .envs(with(gitlab_push(), &[("CI_PIPELINE_IID", number), ("CI_PIPELINE_ID", id)]))
            .endpoint(&[Reply::Status(200)])
            .args(&["triggered"])
            .run()
            .status(0);
        let body: BitriseBody = serde_json::from_str(&finished.request().body).unwrap();
        assert_eq!(body.build_number, expected);
    }
}

#[test]
fn events_outside_a_ci_decode_strictly() {
    let finished = Test::new()
        .env("BUILDHOOK_PIPELINE_NAME", "local")
        .endpoint(&[Reply::Status(200)])
        .args(&["triggered"])
        .run()
        .status(0);
    let body: BitriseBody = serde_json::from_str(&finished.request().body).unwrap();
    assert_eq!(
        (body.build_number, body.git.provider.as_str(), body.git.src_branch.as_str()),
        (1, "other", "")
    );
}

#[test]
fn strict_events_have_only_documented_keys() {
    let finished = Test::new()
        .envs(github_pull_request())
        .event_file(&github_pull_request_event())
        .endpoint(&[Reply::Status(200)])
        .env("BUILDHOOK_STRICT", "true")
        .args(&["triggered"])
        .run()
        .status(0);
    let body = finished.request().json();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(
        keys(&body),
        ["build_slug", "build_number", "app_slug", "build_status", "git", "build_triggered_workflow"]
    );
    assert_eq!(keys(&body["git"]), ["provider", "src_branch", "dst_branch", "pull_request_id"]);
}

#[test]
fn finished_reads_the_result_on_gitlab_or_explains_how_to_pass_it() {
    for (status, number) in [("success", 1), ("failed", 2), ("canceled", 3)] {
        let finished = Test::new()
            .envs(with(gitlab_push(), &[("CI_JOB_STATUS", status)]))
            .endpoint(&[Reply::Status(200)])
            .args(&["finished"])
            .run()
            .status(0);
        assert_eq!(finished.request().json()["build_status"], number);
    }
    for (variables, advice) in [
        (gitlab_push(), "after_script"),
        (github_push(), "--status ${{ job.status }}"),
        (jenkins_push(), "currentBuild.currentResult"),
        (Vec::new(), "success, failed, aborted or aborted-with-success"),
    ] {
        let test = Test::new().envs(variables).endpoint(&[Reply::Status(200)]);
        let finished = test.args(&["finished"]).run().status(2).stderr(advice);
        assert!(finished.requests[0].is_empty());
    }
    let test = Test::new().endpoint(&[Reply::Status(200)]).args(&["finished", "--status", "banana"]);
    test.run()
        .status(2)
        .stderr("--status: found `banana`, expected success, failed, aborted or aborted-with-success");
}

#[test]
fn the_duration_starts_with_triggered_or_with_the_run() {
    let test = Test::new().envs(gitlab_push()).endpoint(&[Reply::Status(200)]).file("a.zip", "zip");
    let start = jiff::Timestamp::now() - jiff::SignedDuration::from_secs(323);
    let test = test.env("CI_JOB_STARTED_AT", start.to_string());
    let finished = test.args(&["created", "a.zip"]).run().status(0);
    let duration = finished.request().json()["data"]["build"]["ci_pipeline"]["ci_build_duration"].to_string();
    assert!(duration.starts_with("\"00:05:2"), "{duration}");

    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().to_str().unwrap();
    let send = |args: &[&str]| {
        let test = Test::new().envs(gitlab_push()).without_env("CI_JOB_STARTED_AT");
        let test = test.env("BUILDHOOK_STATE_DIR", state).file("a.zip", "zip");
        let test = test.env("BUILDHOOK_SECRET", SECRET);
        let finished = test.endpoint(&[Reply::Status(200)]).args(args).run().status(0);
        finished.request().json()
    };
    let triggered = send(&["triggered"]);
    let created = send(&["created", "a.zip"]);
    let duration = created["data"]["build"]["ci_pipeline"]["ci_build_duration"].to_string();
    assert!(duration.starts_with("\"00:00:0"), "{duration}");
    let finished = send(&["finished", "--status=success"]);
    assert_eq!(finished["triggered_at"], triggered["triggered_at"]);
}

#[test]
fn a_whsec_secret_adds_standard_webhooks_signatures() {
    let test = Test::new().envs(github_push()).endpoint(&[Reply::Status(200)]);
    let test = test
        .env("BUILDHOOK_SECRET", STANDARD_SECRET)
        .env("BUILDHOOK_PREVIOUS_SECRET", "whsec_b2xkLXNlY3JldA==");
    let finished = test.args(&["triggered"]).run().status(0);
    let request = finished.request();
    let all = ["x-webhook-signature", "bitrise-hook-signature", "x-hub-signature-256", "webhook-signature"];
    assert_eq!(request.signatures(STANDARD_SECRET), all);
    assert_eq!(request.header("webhook-id"), request.header("x-webhook-id"));
    assert_eq!(request.header("webhook-signature").unwrap().split(' ').count(), 2);
}

#[test]
fn a_form_contains_the_json_and_is_signed_as_sent() {
    let test = Test::new().envs(with(github_push(), &[("GITHUB_REF", "refs/heads/a+b&c=dü%")]));
    let test = test.env("BUILDHOOK_SECRET", SECRET).env("BUILDHOOK_ENCODING", "form");
    let finished = test.endpoint(&[Reply::Status(200)]).args(&["triggered"]).run().status(0);
    let request = finished.request();
    assert_eq!(request.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(request.signatures(SECRET).len(), 3);
    let encoded = request.body.strip_prefix("payload=").unwrap();
    assert!(!encoded.contains(['&', '=', '+', ' ', '"']), "{encoded}");
    let json = percent_encoding::percent_decode_str(encoded).decode_utf8().unwrap();
    assert_eq!(serde_json::from_str::<Value>(&json).unwrap()["git"]["src_branch"], "a+b&c=dü%");
}

#[test]
fn each_endpoint_has_its_own_secret_filter_and_headers() {
    let test = || {
        Test::new()
            .envs(github_push())
            .file("a.apk", "apk")
            .endpoint(&[Reply::Status(200)])
            .endpoint(&[Reply::Status(204)])
            .env("BUILDHOOK_SECRET", SECRET)
            .env("BUILDHOOK_NAME", "dashboard")
            .env("BUILDHOOK_EVENTS", "build/*")
            .env("BUILDHOOK_SECRET_2", OTHER_SECRET)
            .env("BUILDHOOK_NAME_2", "device-lab")
            .env("BUILDHOOK_EVENTS_2", "build.created, build/finished")
            .env("BUILDHOOK_HEADERS_2", "X-Team: qa\nAuthorization: Bearer another-secret-altogether-42")
    };
    let finished = test().args(&["triggered"]).run().status(0);
    assert_eq!((finished.requests[0].len(), finished.requests[1].len()), (1, 0));
    assert_eq!(finished.requests[0][0].signatures(SECRET).len(), 3);

    let finished = test().args(&["created", "a.apk"]).run().status(0);
    assert_eq!((finished.requests[0].len(), finished.requests[1].len()), (0, 1));
    let request = &finished.requests[1][0];
    assert_eq!(request.signatures(OTHER_SECRET).len(), 2);
    assert_eq!(request.header("x-team"), Some("qa"));
    assert_eq!(request.header("authorization"), Some("Bearer another-secret-altogether-42"));

    let finished = test().args(&["finished", "--status", "success"]).run().status(0);
    assert_eq!((finished.requests[0].len(), finished.requests[1].len()), (1, 1));
    assert_eq!(finished.requests[0][0].body, finished.requests[1][0].body);
    assert_eq!(finished.requests[1][0].signatures(OTHER_SECRET).len(), 3);
}

/// The Action's one step cannot be put under a condition.
#[test]
fn an_endpoint_with_results_hears_of_builds_that_end_so() {
    let events = |variables: &[(&str, &str)]| -> Vec<usize> {
        let test = Test::new().envs(github_push()).file("a.bin", "x").endpoint(&[Reply::Status(200)]);
        let test = variables.iter().fold(test, |test, (name, value)| test.env(name, *value));
        for arguments in [
            &["triggered"][..],
            &["created", "a.bin"],
            &["finished", "--status", "success"],
            &["finished", "--status", "failed"],
            &["finished", "--status", "aborted"],
        ] {
            assert!(test.output(arguments, &[]).status.success());
        }
        let numbers = [("build/triggered", 0), ("build.created", 1)];
        let number = |request: &crate::receiver::Request| {
            let event = request.header("x-webhook-event").unwrap();
            let known = numbers.into_iter().find(|(name, _)| *name == event).map(|(_, number)| number);
            known.unwrap_or_else(|| 1 + request.json()["build_status"].as_u64().unwrap() as usize)
        };
        test.receiver(0).requests().iter().map(number).collect()
    };
    assert_eq!(events(&[]), [0, 1, 2, 3, 4]);
    assert_eq!(events(&[("BUILDHOOK_RESULTS", "failed, cancelled")]), [3, 4]);
    assert_eq!(events(&[("BUILDHOOK_RESULTS", "failure"), ("BUILDHOOK_EVENTS", "build/*")]), [0, 3]);
    assert_eq!(events(&[("BUILDHOOK_RESULTS", "failed"), ("BUILDHOOK_BRANCHES", "release/*")]), [0; 0]);
    assert_eq!(events(&[("BUILDHOOK_BRANCHES", "main, !release/*")]).len(), 5);
    assert_eq!(events(&[("BUILDHOOK_BRANCHES", "!main")]), [0; 0]);
    let test = Test::new().endpoint(&[Reply::Status(200)]).env("BUILDHOOK_RESULTS", "broke");
    test.args(&["triggered"])
        .run()
        .status(2)
        .stderr("BUILDHOOK_RESULTS: found `broke`, expected one or more of: success, failed");
    let test = Test::new().endpoint(&[Reply::Status(200)]).env("BUILDHOOK_BRANCHES", "a/[");
    test.args(&["triggered"])
        .run()
        .status(2)
        .stderr("BUILDHOOK_BRANCHES: found `a/[`, expected patterns of branches");
}

/// A receiver that gets both forms must be able to drop repeats of each.
#[test]
fn the_two_forms_of_an_event_have_two_ids_and_each_delivery_has_its_own() {
    let test = Test::new().envs(github_push()).file("a.apk", "x").endpoint(&[Reply::Status(200)]);
    let url = test.receiver(0).url();
    let test = (2..=4).fold(test, |test, number| test.env(&format!("BUILDHOOK_URL_{number}"), &url));
    let test = test.env("BUILDHOOK_ONLY_STREAM_3", "betas").env("BUILDHOOK_ONLY_STREAM_4", "betas");
    let finished = test.args(&["created", "a.apk", "--stream", "betas", "--json"]).run().status(0);
    let (stream, whole): (Vec<_>, Vec<_>) = finished.requests[0]
        .iter()
        .partition(|request| request.header("x-webhook-event") == Some("build.created.stream"));
    assert_eq!((whole.len(), stream.len()), (2, 2));
    let id = |request: &crate::receiver::Request| request.json()["id"].clone();
    assert_eq!(id(whole[0]), id(whole[1]));
    assert_eq!(id(stream[0]), id(stream[1]));
    assert_ne!(id(whole[0]), id(stream[0]));
    let deliveries: std::collections::BTreeSet<_> =
        finished.requests[0].iter().map(|request| request.header("x-webhook-id").unwrap()).collect();
    assert_eq!(deliveries.len(), 4);
    assert_eq!(finished.json()["delivered"], 4);
}

#[test]
fn an_endpoint_with_only_stream_gets_only_events_of_that_stream() {
    let test = |args: &[&str]| {
        let test = Test::new().envs(github_push()).file("a.apk", "apk").endpoint(&[Reply::Status(200)]);
        let test = test.env("BUILDHOOK_ONLY_STREAM", "nightlies").args(args).run().status(0);
        test.requests[0].clone()
    };
    assert_eq!(test(&["triggered"]).len(), 0);
    assert_eq!(test(&["created", "a.apk"]).len(), 0);
    assert_eq!(test(&["created", "a.apk", "--stream", "betas"]).len(), 0);
    let requests = test(&["created", "a.apk", "--stream", "nightlies"]);
    assert_eq!(requests[0].header("x-webhook-event"), Some("build.created.stream"));
    let body = requests[0].json();
    assert_eq!(body["event"], "build.created.stream");
    assert_eq!(body["data"]["stream"]["name"], "nightlies");
    assert_eq!(body["data"]["stream"], body["data"]["build"]["stream"]);
}

#[test]
fn awkward_strings_arrive_unchanged() {
    let strings = [
        "ünï-códe/✓/日本",
        "quo'te\"s and `ticks` $(and) $more",
        "back\\slash\\n",
        "line\none\r\n\ttwo\u{7f}",
        &"x".repeat(64 << 10),
    ];
    for text in strings {
        let test =
            Test::new().envs(with(gitlab_push(), &[("CI_PIPELINE_NAME", text), ("CI_COMMIT_MESSAGE", text)]));
        let test = test.env("BUILDHOOK_SECRET", SECRET).endpoint(&[Reply::Status(200)]);
        let finished = test.args(&["triggered"]).run().status(0);
        let request = finished.request();
        assert_eq!(request.signatures(SECRET).len(), 3);
        assert_eq!(request.json()["build_triggered_workflow"], text.trim());
        assert_eq!(request.json()["commit_message"], text.trim());
        assert_eq!(finished.records[0]["body"], request.body);
    }
}

#[test]
fn needs_make_the_result_and_name_the_jobs() {
    let needs = |result: &str| {
        format!(
            r#"{{"linux":{{"result":"success","outputs":{{}}}},"windows":{{"result":"{result}"}},"docs":{{"result":"skipped"}}}}"#
        )
    };
    let send = |needs: &str, args: &[&str]| {
        let test =
            Test::new().envs(github_push()).env("BUILDHOOK_NEEDS", needs).env("BUILDHOOK_SCOPE", "run");
        test.endpoint(&[Reply::Status(200)]).args(&["finished"]).args(args).run()
    };
    for (result, status, word) in
        [("success", 1, "success"), ("failure", 2, "failed"), ("cancelled", 3, "aborted")]
    {
        let finished = send(&needs(result), &[]).status(0);
        let body = finished.request().json();
        assert_eq!(body["build_status"], status);
        let jobs = json!({ "linux": "success", "windows": word, "docs": "skipped" });
        assert_eq!(body["buildhook"]["jobs"], jobs);
        let line = format!("{word}; jobs {word}: windows");
        assert_eq!(finished.stderr.contains(&line), status != 1, "{}", finished.stderr);
    }
    let chosen = send(&needs("success"), &["--status", "failed"]).status(0);
    assert_eq!(chosen.request().json()["build_status"], 2, "the user's own result comes first");
    let short = send(r#"{"a":"SUCCEEDED","b":"UNSTABLE"}"#, &[]).status(0);
    assert_eq!(short.request().json()["buildhook"]["jobs"], json!({ "a": "success", "b": "failed" }));
    for bad in ["{", "[]", r#"{"a":{}}"#, r#"{"a":"banana"}"#] {
        let finished = send(bad, &[]).status(2).stderr("error: BUILDHOOK_NEEDS: ");
        assert!(finished.requests[0].is_empty());
        // The result is known without them.
        let finished = send(bad, &["--status", "failed"]).status(0).stderr("the jobs are left out");
        assert_eq!(finished.request().json()["build_status"], 2);
    }
    send("{}", &[]).status(2).stderr("list the jobs under `needs:`");
    let skipped = send(r#"{"a":"skipped"}"#, &[]).status(0);
    assert_eq!(skipped.request().json()["build_status"], 4, "nothing ran");
}

#[test]
fn scopes_that_do_not_match_are_warnings() {
    let test = || Test::new().envs(github_push()).endpoint(&[Reply::Status(200)]);
    let needs = test().env("BUILDHOOK_NEEDS", r#"{"a":"success"}"#).args(&["finished"]);
    needs.run().status(0).stderr("warning: `needs` has the results of other jobs").stderr("BUILDHOOK_SCOPE");
    let auto = || test().env("BUILDHOOK_ACTION_EVENT", "auto").args(&["triggered"]);
    auto().env("BUILDHOOK_SCOPE", "run").run().status(0).stderr("`event: auto`");
    assert!(!auto().run().status(0).stderr.contains("warning"));
}

#[test]
fn fields_are_sent_with_every_event_but_to_strict_endpoints() {
    let test = || Test::new().envs(github_push()).file("a.bin", "x").endpoint(&[Reply::Status(200)]);
    for (fields, expected) in [
        ("team=mobile\ncount=7", json!({ "team": "mobile", "count": "7" })),
        (r#"{"team":"mobile","count":7,"beta":true}"#, json!({ "team": "mobile", "count": 7, "beta": true })),
    ] {
        for args in [&["triggered"][..], &["created", "a.bin"], &["finished", "--status", "failed"]] {
            let finished = test().env("BUILDHOOK_FIELDS", fields).args(args).run().status(0);
            assert_eq!(finished.request().json()["fields"], expected);
        }
    }
    let config =
        "fields = { team = 'mobile', count = 7, ratio = 1.5, on = true, who = '${WHO}', bad = [1] }\n";
    let finished =
        test().env("BUILDHOOK_CONFIG", config).env("WHO", "a\nb").args(&["triggered"]).run().status(0);
    let expected = json!({ "team": "mobile", "count": 7, "ratio": 1.5, "on": true, "who": "a\nb" });
    assert_eq!(finished.request().json()["fields"], expected);
    assert!(finished.stderr.contains("the field `bad` is left out"), "{}", finished.stderr);
    for bad in ["{", "no equals sign"] {
        let finished = test().env("BUILDHOOK_FIELDS", bad).args(&["triggered"]).run().status(0);
        assert!(finished.stderr.contains("warning: ") && finished.stderr.contains("BUILDHOOK_FIELDS"));
        assert_eq!(finished.request().json().get("fields"), None);
    }
    let finished = test()
        .endpoint(&[Reply::Status(200)])
        .env("BUILDHOOK_FIELDS", "a=b")
        .env("BUILDHOOK_STRICT_2", "true")
        .args(&["created", "a.bin"])
        .run()
        .status(0);
    assert_eq!(finished.requests[0][0].json()["fields"], json!({ "a": "b" }));
    let strict = finished.requests[1][0].json();
    assert_eq!(strict.as_object().unwrap().keys().collect::<Vec<_>>(), ["id", "event", "created", "data"]);
}

#[test]
fn limits_of_buildstash_are_checked_before_anything_is_sent() {
    let test = || Test::new().envs(github_push()).file("a.bin", "x").endpoint(&[Reply::Status(200)]);
    let labels: Vec<String> = (0..11).map(|number| format!("l{number}")).collect();
    for (flag, value, message) in [
        ("--stream", "Internal Testing", "a stream of at most 12"),
        ("--stream", "a-stream-that-is-long", "a stream of at most 12"),
        ("--labels", &labels.join(","), "at most 10 labels"),
        ("--build-number", "1 2", "a build number of at most 100"),
        ("--version", "10000.0.0", "numbers up to 9999"),
        ("--version", "1.0.0-abcdefghijklmnopqrstuvwxyz", "at most 25"),
        ("--notes", &"x".repeat(1001), "at most 1000 characters"),
    ] {
        let finished = test().args(&["created", "a.bin", flag, value]).run().status(2).stderr(message);
        assert!(finished.requests[0].is_empty() && finished.stderr.contains(flag), "{}", finished.stderr);
        // It costs no other event.
        let args = ["run", "--artifact", "a.bin", flag, value, "--", "true"];
        assert_eq!(test().args(&args).run().status(0).requests[0].len(), 2, "{flag}");
    }
    let long = "n".repeat(5000);
    test().args(&["release", "created", "--version", "1.0.0", "--notes", &long]).run().status(0);
}

#[test]
fn jenkins_runs_are_known_by_their_number() {
    let created = |variables: &[(&str, &str)]| {
        let test = Test::new().envs(with(jenkins_push(), variables)).file("a.bin", "x");
        let finished = test.endpoint(&[Reply::Status(200)]).args(&["created", "a.bin"]).run().status(0);
        finished.request().json()["data"]["build"]["ci_pipeline"]["ci_run_id"].clone()
    };
    assert_eq!(created(&[]), "62");
    assert_eq!(created(&[("BUILDHOOK_RUN_ID", "mine")]), "mine");
}

#[test]
fn the_result_of_the_run_before_is_sent_if_the_ci_reports_it() {
    for (status, expected) in [("failure", json!("failed")), ("success", json!("success")), ("", Value::Null)]
    {
        let variables = with(environment("woodpecker-ci", "push"), &[("CI_PREV_PIPELINE_STATUS", status)]);
        let test = Test::new().envs(variables).endpoint(&[Reply::Status(200)]).args(&["triggered"]);
        assert_eq!(test.run().status(0).request().json()["buildhook"]["previous_status"], expected);
    }
}

#[test]
fn the_whole_version_of_a_file_is_sent_but_not_to_strict_endpoints() {
    let jar = archive(&[("META-INF/MANIFEST.MF", b"Bundle-Version: 1.2.3.4\n", true)]);
    let test = Test::new().envs(github_push()).file("a.jar", jar).env("BUILDHOOK_STRICT_2", "true");
    let test = test.endpoint(&[Reply::Status(200)]).endpoint(&[Reply::Status(200)]);
    let finished = test.args(&["created", "a.jar"]).run().status(0);
    let builds = [0, 1].map(|index| finished.requests[index][0].json()["data"]["build"].clone());
    assert_eq!((&builds[0]["version"], &builds[0]["version_full"]), (&json!("1.2.3"), &json!("1.2.3.4")));
    for key in ["version_full", "checksum_sha256"] {
        assert!(!builds[1].to_string().contains(key), "{key}: {}", builds[1]);
    }
    assert_eq!(builds[1]["ci_pipeline"].get("build_slug"), None);
}

#[test]
fn an_app_slug_that_no_header_can_contain_is_a_mistake() {
    let test = Test::new().env("BUILDHOOK_APP_SLUG", "a\nb").endpoint(&[Reply::Status(200)]);
    let finished = test.args(&["triggered"]).run().status(2).stderr("BUILDHOOK_APP_SLUG: found `a\\nb`");
    assert!(finished.requests[0].is_empty());
}

#[cfg(unix)]
#[test]
fn text_of_outsiders_that_is_not_utf8_costs_no_event() {
    use std::os::unix::ffi::OsStrExt;
    for name in ["BUILDHOOK_FIELDS", "BUILDHOOK_NOTES", "BUILDHOOK_MATRIX"] {
        let test = Test::new().envs(github_push()).endpoint(&[Reply::Status(200)]).args(&["triggered"]);
        let mut command = test.command();
        command.env(name, std::ffi::OsStr::from_bytes(b"title=caf\xe9"));
        let finished = test.finish(command.output().unwrap()).status(0);
        assert!(
            finished.stderr.contains(&format!("{name} is not UTF-8; it is left out")),
            "{}",
            finished.stderr
        );
        assert_eq!(finished.requests[0].len(), 1);
    }
}

#[test]
fn why_nothing_is_sent_is_logged() {
    let sent = |variables: &[(&str, &str)], args: &[&str]| {
        let test =
            Test::new().envs(github_push()).env("BUILDHOOK_NAME", "qa").endpoint(&[Reply::Status(200)]);
        let test = variables.iter().fold(test, |test, (name, value)| test.env(name, *value));
        let finished = test.args(args).run().status(0);
        assert!(finished.requests[0].is_empty());
        finished.stderr
    };
    let end = &["finished", "--status", "success"][..];
    for (variable, value, args, reason) in [
        ("BUILDHOOK_BRANCHES", "release/*", &["triggered"][..], "`branches` does not name main"),
        ("BUILDHOOK_EVENTS", "build/finished", &["triggered"], "`events` does not include build/triggered"),
        ("BUILDHOOK_RESULTS", "failed", &["triggered"], "`results` does not include build/triggered"),
        ("BUILDHOOK_RESULTS", "failed", end, "`results` does not include success"),
        ("BUILDHOOK_ACTIVE", "false", &["triggered"], "its setting `active` is false"),
        ("BUILDHOOK_ONLY_LABEL", "qa", &["triggered"], "`only_label` is qa"),
    ] {
        assert_eq!(sent(&[(variable, value)], args), format!("qa: {reason}; nothing is sent\n"));
    }
    for (count, lines) in [(3, 3), (4, 1)] {
        let endpoint = "[[endpoint]]\nurl = 'http://127.0.0.1:9'\nactive = false\n";
        let config = endpoint.repeat(count - 1);
        let variables = [("BUILDHOOK_CONFIG", &*config), ("BUILDHOOK_ACTIVE", "false")];
        assert_eq!(sent(&variables, &["triggered"]).lines().count(), lines, "{count}");
    }
}
