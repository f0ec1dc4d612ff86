//! Events about builds that were sent earlier: moved, labeled, released.

use std::io::Write;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::builder::{Finished, SECRET, Test};
use crate::environments::{github_push, github_tag, gitlab_tag, with};
use crate::receiver::{Reply, Request};

/// The `build.json` of a build created in a pipeline.
fn created() -> (Value, String) {
    let test = Test::new().envs(github_push()).file("app.apk", "apk").endpoint(&[Reply::Status(200)]);
    let args = ["created", "app.apk", "--save", "build.json", "--stream", "nightlies", "--labels", "qa"];
    let finished = test.args(&args).run().status(0);
    let saved = std::fs::read_to_string(finished.folder.path().join("build.json")).unwrap();
    let build: Value = serde_json::from_str(&saved).unwrap();
    assert_eq!(build, finished.request().json()["data"]["build"]);
    assert_eq!(finished.stdout.trim(), build["id"].as_str().unwrap(), "the id is printed");
    (build, saved)
}

/// Runs a command on another machine, which has only the file of the build.
fn elsewhere(saved: &str, args: &[&str]) -> Finished {
    let test = Test::new().env("BUILDHOOK_SECRET", SECRET).file("build.json", saved);
    test.endpoint(&[Reply::Status(200)]).args(args).run().status(0)
}

fn event(request: &Request) -> &str {
    assert_eq!(request.signatures(SECRET), ["x-webhook-signature", "x-hub-signature-256"]);
    request.header("x-webhook-event").unwrap()
}

#[test]
fn a_build_is_moved_from_its_file() {
    let (build, saved) = created();
    let finished = elsewhere(&saved, &["moved", "--build", "build.json", "--stream", "betas"]);
    let request = finished.request();
    assert_eq!(event(request), "build.moved");
    let moved = &request.json()["data"]["build"];
    assert_eq!(request.json()["data"].as_object().unwrap().len(), 1);
    assert_eq!(moved["stream"]["name"], "betas");
    assert_eq!(moved["stream"]["application_id"], build["application_id"], "whoever moves it");
    let changed = ["stream", "updated_at"];
    for (key, value) in build.as_object().unwrap().iter().filter(|(key, _)| !changed.contains(&key.as_str()))
    {
        assert_eq!(&moved[key], value, "{key}");
    }
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(keys(moved), keys(&build));
}

#[test]
fn an_endpoint_with_only_stream_gets_its_stream() {
    let (_, saved) = created();
    let moved = |stream: &str| {
        let test = Test::new().env("BUILDHOOK_ONLY_STREAM", "betas").file("build.json", &saved);
        let args = ["moved", "--build", "build.json", "--stream", stream];
        test.endpoint(&[Reply::Status(200)]).args(&args).run().status(0).requests[0].clone()
    };
    assert_eq!(moved("alphas").len(), 0);
    let requests = moved("betas");
    assert_eq!(requests[0].header("x-webhook-event"), Some("build.moved.stream"));
    let data = &requests[0].json()["data"];
    assert_eq!(data["stream"], data["build"]["stream"]);
}

#[test]
fn labels_are_added_to_a_build() {
    let (_, saved) = created();
    let finished =
        elsewhere(&saved, &["labeled", "--build", "build.json", "--label", "approved", "--label", "qa"]);
    let bodies: Vec<Value> = finished.requests[0].iter().map(Request::json).collect();
    assert_eq!(bodies.len(), 2, "an event for each label");
    let approved = bodies.iter().find(|body| body["data"]["label"]["name"] == "approved").unwrap();
    assert_eq!(approved["event"], "build.label.added");
    let names = |body: &Value| -> Vec<String> {
        let labels = body["data"]["build"]["labels"].as_array().unwrap();
        labels.iter().map(|label| label["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(approved), ["qa", "approved"]);
    let again = bodies.iter().find(|body| body["data"]["label"]["name"] == "qa").unwrap();
    assert_eq!(names(again), ["qa"], "the label is added once");

    let bare = r#"{"id": "b1", "build_structure": "file"}"#;
    let finished = elsewhere(bare, &["labeled", "--build", "build.json", "--label", "approved"]);
    assert_eq!(names(&finished.request().json()), ["approved"], "a build that had no labels");

    let test = Test::new().env("BUILDHOOK_ONLY_LABEL", "approved").file("build.json", &saved);
    let args = ["labeled", "--build", "build.json", "--labels", "approved,other"];
    let finished = test.endpoint(&[Reply::Status(200)]).args(&args).run().status(0);
    assert_eq!(finished.request().json()["data"]["label"]["name"], "approved");
}

#[test]
fn a_release_contains_short_builds() {
    let (build, saved) = created();
    let args =
        ["release", "created", "--build", "build.json", "--version", "v2.5.1-stable+7", "--title", "Summer"];
    let test = Test::new()
        .env("BUILDHOOK_SECRET", SECRET)
        .file("build.json", &saved)
        .file("NOTES.md", "# New\n\n\"Fast\"\n");
    let test = test.args(&args).args(&["--notes-file", "NOTES.md", "--label", "to-publisher"]);
    let finished = test.endpoint(&[Reply::Status(200)]).run().status(0);
    let request = finished.request();
    assert_eq!(event(request), "release.created");
    let release = &request.json()["data"]["release"];
    let keys: Vec<&String> = release.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "id",
            "version",
            "version_short",
            "version_semantic_major",
            "version_semantic_minor",
            "version_semantic_patch",
            "version_semantic_extra",
            "version_semantic_meta",
            "title",
            "labels",
            "notes",
            "builds",
            "application_id",
            "workspace_id",
            "created_at",
            "updated_at",
        ]
    );
    assert_eq!(release["version"], "2.5.1-stable+7");
    assert_eq!(release["title"], "Summer");
    assert_eq!(release["notes"], "# New\n\n\"Fast\"\n");
    assert_eq!(release["labels"][0]["name"], "to-publisher");
    assert_eq!(release["builds"][0]["id"], build["id"]);
    assert_eq!(release["builds"][0].get("primary_file"), None);
    let updated =
        elsewhere(&saved, &["release", "updated", "--build", "build.json", "--version", "2.5.1-stable+7"]);
    assert_eq!(event(updated.request()), "release.updated");
    assert_eq!(updated.request().json()["data"]["release"]["id"], release["id"], "the same release");
}

#[test]
fn the_release_is_detected_on_the_ci() {
    let event = json!({"release": {"tag_name": "v3.0.0", "name": "Three", "body": "Notes of GitHub"}});
    let github = with(github_tag(), &[("GITHUB_EVENT_NAME", "release")]);
    let test = Test::new().envs(github).event_file(&event).endpoint(&[Reply::Status(200)]);
    let body = test.args(&["release", "created"]).run().status(0).request().json();
    let release = &body["data"]["release"];
    assert_eq!((&release["version"], &release["title"]), (&json!("3.0.0"), &json!("Three")));
    assert_eq!(release["notes"], "Notes of GitHub");
    assert_eq!(release["builds"], json!([]));

    let gitlab = with(gitlab_tag(), &[("CI_RELEASE_DESCRIPTION", "Notes of GitLab")]);
    let test = Test::new().envs(gitlab).endpoint(&[Reply::Status(200)]);
    let body = test.args(&["release", "updated", "--title", "Mine"]).run().status(0).request().json();
    let release = &body["data"]["release"];
    assert_eq!((&release["version"], &release["notes"]), (&json!("1.4.0"), &json!("Notes of GitLab")));
    assert_eq!(release["title"], "Mine");
}

#[test]
fn builds_are_selected_by_id_file_or_standard_input() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().to_str().unwrap();
    let test = || {
        let test = Test::new().envs(github_push()).env("BUILDHOOK_STATE_DIR", state);
        test.env("BUILDHOOK_SECRET", SECRET).endpoint(&[Reply::Status(200)])
    };
    let finished = test().file("a.apk", "a").args(&["created", "a.apk", "--json"]).run().status(0);
    let (line, id) = (finished.stdout.clone(), finished.json()["build"]["id"].as_str().unwrap().to_owned());
    let moved = |finished: Finished| finished.status(0).request().json()["data"]["build"]["id"].clone();
    assert_eq!(moved(test().args(&["moved", "--stream", "b"]).run()), id, "the only kept build");
    assert_eq!(moved(test().args(&["moved", "--stream", "b", "--build", &id]).run()), id);

    let another_run =
        test().env("GITHUB_RUN_ID", "77").file("c.apk", "c").args(&["created", "c.apk"]).run().status(0);
    assert_eq!(moved(test().args(&["moved", "--stream", "b"]).run()), id, "the only one of this run");
    assert_eq!(
        moved(test().env("GITHUB_RUN_ID", "77").args(&["moved", "--stream", "b"]).run()),
        another_run.stdout.trim()
    );

    test().file("b.apk", "b").args(&["created", "b.apk"]).run().status(0);
    test().args(&["moved", "--stream", "b"]).run().status(1).stderr("several builds are kept: ").stderr(&id);
    test()
        .args(&["moved", "--stream", "b", "--build", "nope"])
        .run()
        .status(1)
        .stderr("nope is neither a file nor a build kept");

    let other = Test::new().endpoint(&[Reply::Status(200)]).args(&["moved", "--stream", "b", "--build", "-"]);
    let finished = other.run_with_input(&line);
    assert_eq!(moved(finished), id);
    for (input, message) in
        [("", "no build in standard input"), ("{}", "no build in"), ("x", "standard input is not JSON")]
    {
        let test =
            Test::new().endpoint(&[Reply::Status(200)]).args(&["moved", "--stream", "b", "--build", "-"]);
        test.run_with_input(input).status(1).stderr(message);
    }
}

#[test]
fn a_build_that_cannot_be_saved_is_sent_anyway() {
    let test = Test::new().file("app.apk", "apk").endpoint(&[Reply::Status(200)]);
    let finished = test.args(&["created", "app.apk", "--save", "no/such/folder/build.json"]).run();
    let finished = finished.status(1).stderr("cannot save the build to").stderr("✓");
    assert_eq!(finished.requests[0].len(), 1);
}

#[test]
fn missing_options_are_named() {
    for (args, message) in [
        (&["moved"][..], "missing stream; pass --stream or set BUILDHOOK_STREAM"),
        (&["labeled"], "missing labels; pass --labels or set BUILDHOOK_LABELS"),
        (&["release", "created"], "missing version; pass --version or set BUILDHOOK_VERSION"),
        (&["release", "changed"], "changed"),
    ] {
        Test::new().endpoint(&[Reply::Status(200)]).args(args).run().status(2).stderr(message);
    }
    let test = Test::new().endpoint(&[Reply::Status(200)]).args(&["moved", "--stream", "b"]);
    test.run().status(1).stderr("no build is kept in").stderr("pass one with --build");
}

impl Test {
    /// Runs the program with this standard input.
    fn run_with_input(self, input: &str) -> Finished {
        let mut command = self.command();
        let mut child = command.stdin(Stdio::piped()).spawn().expect("the program starts");
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        self.finish(child.wait_with_output().unwrap())
    }
}
