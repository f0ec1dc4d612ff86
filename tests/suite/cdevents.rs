//! Events as CDEvents: valid by the schemas, in CloudEvents' binary mode, with the same ids in all events of a run and
//! about an artifact.

use buildhook::ci::{BuildStatus, Context, GitQuestions, detect};
use buildhook::event::EventDetails;
use serde_json::Value;

use crate::builder::{SECRET, Test};
use crate::environments::{
    Fixture, SHA, Variables, github_push, gitlab_push, gitlab_tag, jenkins_push, with,
};
use crate::json_schema::violations;
use crate::payloads::{body, cdevents, created, event, system};
use crate::receiver::{Reply, Request};

/// The violations of the schemas of CDEvents 0.5.1 in an event.
pub fn invalid_parts(event: &Value) -> Vec<String> {
    let schemas: Value = serde_json::from_str(include_str!("../data/cdevents/schemas.json")).unwrap();
    let mut found = violations(&schemas["event"], event);
    let content = &schemas["content"][event["context"]["type"].as_str().unwrap_or_default()];
    if content.is_object() {
        found.extend(violations(content, &event["subject"]["content"]));
    }
    found
}

/// The requests of a command whose endpoint gets CDEvents.
fn sent(variables: &Variables, builds: &[&Value], args: &[&str]) -> Vec<Request> {
    let mut test = Test::new().envs(variables.clone()).file(FILENAME, "apk").file("b.apk", "another");
    for (index, build) in builds.iter().enumerate() {
        test = test.file(&format!("{index}.json"), build.to_string());
    }
    let test = test.env("BUILDHOOK_FORMAT", "cdevents").env("BUILDHOOK_SECRET", SECRET);
    let finished = test.endpoint(&[Reply::Status(200)]).args(args).run().status(0);
    assert!(!finished.requests[0].is_empty(), "{args:?}: {}", finished.stderr);
    finished.requests[0].iter().inspect(|request| check(request)).cloned().collect()
}

/// The only event of a command.
fn only(variables: &Variables, builds: &[&Value], args: &[&str]) -> Value {
    let requests = sent(variables, builds, args);
    assert_eq!(requests.len(), 1, "{args:?}");
    requests[0].json()
}

/// A valid CDEvent whose CloudEvents attributes are those of its body.
fn check(request: &Request) {
    let body = request.json();
    assert_eq!(invalid_parts(&body), Vec::<String>::new(), "{body}");
    assert_eq!(body["context"]["specversion"], "0.5.1");
    assert_eq!(body["customDataContentType"], "application/json");
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("ce-specversion"), Some("1.0"));
    for (name, value) in [
        ("ce-id", &body["context"]["id"]),
        ("ce-source", &body["context"]["source"]),
        ("ce-type", &body["context"]["type"]),
        ("ce-subject", &body["subject"]["id"]),
        ("ce-time", &body["context"]["timestamp"]),
    ] {
        let header = request.header(name).unwrap();
        let needs_escape = |c: char| !c.is_ascii_graphic() || c == '"';
        assert!(!header.contains(needs_escape), "{name}: {header}");
        let decoded = percent_encoding::percent_decode_str(header).decode_utf8().unwrap();
        assert_eq!(Some(&*decoded), value.as_str(), "{name}");
    }
    assert_eq!(request.signatures(SECRET), ["x-webhook-signature", "x-hub-signature-256"]);
    let chain = uuid::Uuid::parse_str(body["context"]["chainId"].as_str().unwrap()).unwrap();
    assert_eq!(chain.get_version(), Some(uuid::Version::Custom));
}

/// A file whose name has to be escaped in a package URL, and how it is.
const FILENAME: &str = "Mön App (1)+#%41.apk";
const ESCAPED: &str = "pkg:generic/M%C3%B6n%20App%20%281%29%2B%23%2541.apk";

/// Names that break whoever does not escape them, and no repository, or nothing at all.
fn hostile() -> Vec<Variables> {
    let names = [
        ("CI_PIPELINE_NAME", "Bau & <Prüfung> \"🚀\" 100%"),
        ("CI_COMMIT_REF_NAME", "feature/\"quotes\"&ünïcode"),
        ("CI_COMMIT_BRANCH", "feature/\"quotes\"&ünïcode"),
        ("CI_JOB_NAME", "build: [linux, arm 64]"),
        ("CI_PROJECT_PATH", "Grüppe/äpp"),
        ("CI_PROJECT_URL", "https://gitlab.example/Grüppe/äpp"),
        ("CI_REPOSITORY_URL", "https://gitlab.example/Grüppe/äpp.git"),
        ("CI_PIPELINE_URL", "https://gitlab.example/Grüppe/äpp/-/pipelines/9?a={b}|[c]#d#e"),
    ];
    let job = ("JOB_NAME", "Meine Äpps/app (neu)/feature%2Fx");
    let no_repository = [("GIT_URL", ""), job, ("BUILD_URL", "https://ci.example.com/job/Meine Äpps/62/")];
    vec![with(gitlab_push(), &names), with(jenkins_push(), &no_repository), Vec::new()]
}

#[test]
fn every_event_is_valid() {
    for variables in hostile().into_iter().chain([github_push(), gitlab_tag()]) {
        only(&variables, &[], &["triggered"]);
        for (status, outcome) in [
            ("success", "success"),
            ("failed", "failure"),
            ("aborted", "cancel"),
            ("aborted_with_success", "success"),
        ] {
            let finished = only(&variables, &[], &["finished", "--status", status]);
            assert_eq!(finished["context"]["type"], "dev.cdevents.pipelinerun.finished.0.3.0");
            assert_eq!(finished["subject"]["content"]["outcome"], outcome);
        }
        let created = only(&variables, &[], &["created", FILENAME, "--version", "1.2.3-rc.1+4"]);
        let build = &created["customData"]["data"]["build"];
        for args in [
            &["moved", "--build", "0.json", "--stream", "a_b-c+d"][..],
            &["labeled", "--build", "0.json", "--label", "geprüft & gut"],
            &["release", "created", "--build", "0.json", "--version", "1.0.0-rc.1+5"],
            &["release", "updated", "--build", "0.json", "--build", "1.json", "--version", "1.0.0"],
        ] {
            only(&variables, &[build, build], args);
        }
    }
}

#[test]
fn urls_are_uris_and_names_stay_as_they_are() {
    let started = only(&hostile()[0], &[], &["triggered"]);
    assert_eq!(started["context"]["source"], "https://gitlab.example/Gr%C3%BCppe/%C3%A4pp");
    let content = &started["subject"]["content"];
    assert_eq!(content["pipelineName"], "Bau & <Prüfung> \"🚀\" 100%");
    let uri = "https://gitlab.example/Gr%C3%BCppe/%C3%A4pp/-/pipelines/9?a=%7Bb%7D%7C%5Bc%5D#d%23e";
    assert_eq!(content["uri"], uri);
    assert_eq!(only(&Variables::new(), &[], &["triggered"])["context"]["source"], "/buildhook");
}

#[test]
fn every_event_is_valid_in_every_environment() {
    for provider in Fixture::all() {
        for case in Fixture::read(&provider).unwrap().cases {
            let folder = tempfile::tempdir().unwrap();
            let system = system(case.environment(Some(folder.path())));
            let context =
                detect(&system, Context::default(), &GitQuestions::all(std::time::Duration::MAX)).context;
            for event in [
                event(&system, context.clone(), EventDetails::Triggered),
                event(&system, context.clone(), EventDetails::Finished(BuildStatus::Failed)),
                created(&system, context),
            ] {
                let body = serde_json::from_str(&body(&event, None, cdevents(), false)).unwrap();
                assert_eq!(invalid_parts(&body), Vec::<String>::new(), "{provider}, {}: {body}", case.name);
            }
        }
    }
}

#[test]
fn runs_and_artifacts_have_the_type_that_fits_what_is_known() {
    let started = only(&github_push(), &[], &["triggered"]);
    assert_eq!(started["context"]["type"], "dev.cdevents.pipelinerun.started.0.3.0");
    assert_eq!(started["subject"]["content"]["pipelineName"], "Build app");
    assert_eq!(started["customData"]["build_status"], 0);
    let nothing = Variables::new();
    let queued = only(&nothing, &[], &["triggered"]);
    assert_eq!(queued["context"]["type"], "dev.cdevents.pipelinerun.queued.0.3.0");
    let finished = only(&github_push(), &[], &["finished", "--status", "cancelled"]);
    assert_eq!(finished["subject"]["id"], started["subject"]["id"]);
    let packaged = only(&github_push(), &[], &["created", "b.apk"]);
    assert_eq!(packaged["context"]["type"], "dev.cdevents.artifact.packaged.0.3.0");
    assert_eq!(packaged["subject"]["content"]["change"]["id"], SHA);
    let published = only(&nothing, &[], &["created", "b.apk"]);
    assert_eq!(published["context"]["type"], "dev.cdevents.artifact.published.0.3.0");
}

#[test]
fn all_events_of_a_run_are_one_chain() {
    let chain = |changes: &[(&str, &str)], args: &[&str]| {
        let requests = sent(&with(github_push(), changes), &[], args);
        requests[0].json()["context"]["chainId"].as_str().unwrap().to_owned()
    };
    let started = chain(&[], &["triggered"]);
    for (job, args) in [
        ("build", &["finished", "--status", "success"][..]),
        ("test", &["triggered", "--scope", "job"]),
        ("test", &["triggered", "--scope", "run"]),
        ("publish", &["created", "b.apk", "--scope", "job"]),
    ] {
        assert_eq!(chain(&[("GITHUB_JOB", job)], args), started, "{job} {args:?}");
    }
    assert_ne!(chain(&[("GITHUB_RUN_ID", "77")], &["triggered"]), started, "another run");
    assert_eq!(chain(&[("GITHUB_RUN_ATTEMPT", "2")], &["triggered"]), started, "its second attempt");
}

#[test]
fn an_artifact_has_the_same_id_and_source_in_every_event() {
    let created = only(&github_push(), &[], &["created", FILENAME, "--version", "1.2.3+4"]);
    let id = created["subject"]["id"].as_str().unwrap();
    let hex = id.strip_prefix(&format!("{ESCAPED}@1.2.3%2B4?checksum=")).unwrap();
    let (algorithm, hex) = hex.split_once(':').unwrap();
    let length = if algorithm == "sha256" { 64 } else { 32 };
    assert!(hex.len() == length && hex.bytes().all(|byte| b"0123456789abcdef".contains(&byte)), "{id}");
    let build = &created["customData"]["data"]["build"];
    for args in [
        &["moved", "--build", "0.json", "--stream", "Beta"][..],
        &["labeled", "--build", "0.json", "--label", "approved"],
        &["release", "created", "--build", "0.json", "--version", "2.0.0"],
    ] {
        // In a pipeline of another repository.
        let event = only(&gitlab_push(), &[build], args);
        assert_eq!(event["context"]["type"], "dev.cdevents.artifact.published.0.3.0");
        assert_eq!(event["subject"]["id"], created["subject"]["id"], "{args:?}");
        assert_eq!(event["subject"]["source"], created["subject"]["source"], "{args:?}");
        assert_ne!(event["context"]["source"], created["context"]["source"], "{args:?}");
    }
}

#[test]
fn a_release_of_several_builds_names_itself_and_its_artifacts() {
    let first = only(&github_push(), &[], &["created", FILENAME]);
    let second = only(&github_push(), &[], &["created", "b.apk"]);
    let [a, b] = [&first, &second].map(|event| &event["customData"]["data"]["build"]);
    let args = ["release", "created", "--build", "0.json", "--build", "1.json", "--version", "2.0.0+3"];
    let release = only(&gitlab_push(), &[a, b], &args);
    assert_eq!(release["subject"]["id"], "pkg:generic/example/app@2.0.0%2B3");
    let artifacts = [&first["subject"]["id"], &second["subject"]["id"]];
    assert_eq!(release["customData"]["artifacts"].as_array().unwrap().iter().collect::<Vec<_>>(), artifacts);
    assert_eq!(release["customData"]["event"], "release.created");

    let one = only(&gitlab_push(), &[a], &args[..4].iter().chain(&args[6..]).copied().collect::<Vec<_>>());
    assert_eq!(one["subject"]["id"], first["subject"]["id"]);
    assert_eq!(one["customData"]["artifacts"][0], first["subject"]["id"]);
}
