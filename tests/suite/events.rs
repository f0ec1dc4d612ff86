//! The posted events on GitHub, GitLab and Jenkins: push, tag and pull request.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::builder::{OTHER_SECRET, SECRET, STANDARD_SECRET, Test};
use crate::environments::*;
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
            assert_eq!((body.build_slug.len(), body.app_slug.len()), (8, 8), "{}", case.name);
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
        assert_eq!(build["id"].as_str().map(str::len), Some(7));
        assert_eq!(build["platform"]["identifier"], "ios");
        assert_eq!(build["size_total_string"], "8.00 KB");
        assert_eq!(build["primary_file"]["filename"], "app.ipa");
        assert_eq!(build["primary_file"]["checksum_md5"], "32693c5040251643151a63b976ce84ae");
        assert_eq!(build["build_number"], case.build_number.to_string(), "{}", case.name);
        assert_eq!(build["version"], case.tag.map_or(Value::Null, |_| json!("1.4.0")), "{}", case.name);
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
    let first = slugs(&[], &["triggered"]);
    assert_eq!(slugs(&[("GITHUB_JOB", "test")], &["finished", "--status", "success"]), first);
    let rerun = slugs(&[("GITHUB_RUN_ATTEMPT", "2")], &["triggered"]);
    assert_eq!(rerun.0, first.0);
    assert_ne!(rerun.1, first.1);
    let job = slugs(&[], &["triggered", "--scope", "job"]);
    let other_job = slugs(&[("GITHUB_JOB", "test")], &["triggered", "--scope=job"]);
    assert_eq!(job.0, first.0);
    assert!(job.1 != first.1 && job.1 != other_job.1);
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
        (0, "other", "")
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
    let test = test.env("CI_PIPELINE_CREATED_AT", start.to_string());
    let finished = test.args(&["created", "a.zip"]).run().status(0);
    let duration = finished.request().json()["data"]["build"]["ci_pipeline"]["ci_build_duration"].to_string();
    assert!(duration.starts_with("\"00:05:2"), "{duration}");

    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().to_str().unwrap();
    let send = |args: &[&str]| {
        let test = Test::new().envs(gitlab_push()).env("BUILDHOOK_STATE_DIR", state).file("a.zip", "zip");
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
fn cdevents_are_posted_in_binary_mode() {
    let send = |variables, args: &[&str]| {
        let test = Test::new().envs(variables).file("a.apk", "apk").endpoint(&[Reply::Status(200)]);
        let test = test.env("BUILDHOOK_FORMAT", "cdevents").env("BUILDHOOK_SECRET", SECRET);
        let finished = test.args(args).run().status(0);
        let request = finished.request().clone();
        let body = request.json();
        assert_eq!(request.header("ce-specversion"), Some("1.0"));
        assert_eq!(request.header("ce-id"), body["context"]["id"].as_str());
        assert_eq!(request.header("ce-type"), body["context"]["type"].as_str());
        assert_eq!(request.header("ce-source"), body["context"]["source"].as_str());
        assert_eq!(request.signatures(SECRET), ["x-webhook-signature", "x-hub-signature-256"]);
        assert_eq!(body["context"]["specversion"], "0.5.1");
        body
    };
    let started = send(github_push(), &["triggered"]);
    assert_eq!(started["context"]["type"], "dev.cdevents.pipelinerun.started.0.3.0");
    assert_eq!(started["subject"]["content"]["pipelineName"], "Build app");
    assert_eq!(started["customData"]["build_status"], 0);
    let queued = send(Vec::new(), &["triggered"]);
    assert_eq!(queued["context"]["type"], "dev.cdevents.pipelinerun.queued.0.3.0");
    let finished = send(github_push(), &["finished", "--status", "cancelled"]);
    assert_eq!(finished["subject"]["content"]["outcome"], "cancel");
    assert_eq!(finished["subject"]["id"], started["subject"]["id"]);
    let packaged = send(github_push(), &["created", "a.apk", "--version", "1.2.3+4"]);
    assert_eq!(packaged["subject"]["content"]["change"]["id"], SHA);
    let id = packaged["subject"]["id"].as_str().unwrap();
    assert!(id.starts_with("pkg:generic/a.apk@1.2.3%2B4?checksum=md5:"), "{id}");
    let published = send(Vec::new(), &["created", "a.apk"]);
    assert_eq!(published["context"]["type"], "dev.cdevents.artifact.published.0.3.0");
}
