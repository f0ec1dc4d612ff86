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
    assert_eq!(finished.stdout, format!("app.apk  build id {}\n", build["id"].as_str().unwrap()));
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
    assert_eq!(names(again), ["qa", "approved"], "the label is added once, to the build as it is then");

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
        another_run.stdout.trim().strip_prefix("c.apk  build id ").unwrap()
    );

    test().file("b.apk", "b").args(&["created", "b.apk"]).run().status(0);
    let finished = test().args(&["moved", "--stream", "b"]).run().status(0);
    assert_eq!(finished.requests[0].len(), 2, "all of this run");
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
    test.run()
        .status(1)
        .stderr("no build of this run is kept in")
        .stderr("; pass --build or set BUILDHOOK_BUILD: an id, or a file");
}

/// A machine on which the steps of one job run, with the bodies of all events.
struct Job(Test);

impl Job {
    fn new(reply: Reply) -> Self {
        let test = Test::new().envs(github_push()).env("BUILDHOOK_SECRET", SECRET).file("app.apk", "apk");
        Self(test.env("BUILDHOOK_RETRIES", "0").endpoint(&[reply]))
    }

    #[track_caller]
    fn step(&self, args: &[&str]) -> (Vec<Value>, String) {
        let receiver = self.0.receiver(0);
        let before = receiver.requests().len();
        let output = self.0.output(args, &[]);
        let stderr = String::from_utf8(output.stderr).unwrap();
        (receiver.requests()[before..].iter().map(Request::json).collect(), stderr)
    }

    fn saved(&self) -> Value {
        serde_json::from_str(&std::fs::read_to_string(self.0.folder().join("build.json")).unwrap()).unwrap()
    }
}

fn label_names(build: &Value) -> Vec<&str> {
    build["labels"].as_array().unwrap().iter().map(|label| label["name"].as_str().unwrap()).collect()
}

#[test]
fn promotions_add_up() {
    // Delivered or not, by the kept build or by a file.
    for reply in [Reply::Status(200), Reply::Status(500)] {
        for by_file in [false, true] {
            let job = Job::new(reply.clone());
            let build = if by_file { &["--build", "build.json"][..] } else { &[] };
            let step = |args: &[&str]| job.step(&[args, build].concat()).0;
            let args = ["created", "app.apk", "--stream", "alpha", "--label", "one", "--save", "build.json"];
            let created = job.step(&args).0[0]["data"]["build"].clone();
            let moved = step(&["moved", "--stream", "beta"])[0]["data"]["build"].clone();
            assert_eq!((&moved["stream"]["name"], label_names(&moved)), (&json!("beta"), vec!["one"]));
            let labeled = step(&["labeled", "--label", "two"])[0]["data"]["build"].clone();
            assert_eq!((&labeled["stream"], label_names(&labeled)), (&moved["stream"], vec!["one", "two"]));
            let labeled = step(&["labeled", "--label", "three"])[0]["data"]["build"].clone();
            let release = step(&["release", "created", "--version", "1.0.0"])[0]["data"]["release"].clone();
            for build in [&labeled, &release["builds"][0]] {
                assert_eq!(build["stream"]["name"], "beta");
                assert_eq!(label_names(build), ["one", "two", "three"]);
                for label in build["labels"].as_array().unwrap().iter().chain([&build["stream"]]) {
                    assert_eq!(label["created_at"], created["created_at"], "the times stay the same");
                    assert_eq!(label["updated_at"], created["created_at"]);
                }
            }
            assert_eq!(
                job.saved()["stream"]["name"],
                if by_file { "beta" } else { "alpha" },
                "no other file"
            );
        }
    }
}

#[test]
fn a_file_is_replaced_and_comes_before_the_kept_build() {
    let job = Job::new(Reply::Status(200));
    job.step(&["created", "app.apk", "--save", "build.json"]);
    let path = job.0.folder().join("build.json");
    let id = job.saved()["id"].as_str().unwrap().to_owned();
    let text = std::fs::read_to_string(&path).unwrap();
    job.step(&["moved", "--stream", "b", "--build", "build.json", "--dry-run"]);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), text, "a dry run changes nothing");

    // The file as it was restored from a cache, and with a key of another program.
    job.step(&["labeled", "--label", "kept"]);
    let mut changed = job.saved();
    changed["of_others"] = json!([1]);
    std::fs::write(&path, changed.to_string()).unwrap();
    let both = ["moved", "--stream", "b", "--build", &id, "--build", "build.json"];
    let moved = job.step(&both).0;
    assert_eq!(moved.len(), 1, "one build");
    assert_eq!(
        (&moved[0]["data"]["build"]["of_others"], label_names(&moved[0]["data"]["build"])),
        (&json!([1]), vec![])
    );
    assert_eq!(job.saved(), moved[0]["data"]["build"]);
    let by_id = job.step(&["labeled", "--label", "x", "--build", &id]).0;
    assert_eq!(by_id[0]["data"]["build"]["stream"]["name"], "b", "the kept build is up to date too");

    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
        let target = job.0.folder().join("target.json");
        std::fs::rename(&path, &target).unwrap();
        std::fs::set_permissions(&target, std::fs::Permissions::from_mode(0o640)).unwrap();
        let before = std::fs::read_to_string(&target).unwrap();
        symlink("target.json", &path).unwrap();
        job.step(&["moved", "--stream", "c", "--build", "build.json"]);
        assert_eq!(std::fs::read_to_string(&target).unwrap(), before, "never through a link");
        assert_eq!(job.saved()["stream"]["name"], "c");
        assert_eq!(path.symlink_metadata().unwrap().mode() & 0o777, 0o640);
        std::fs::write(job.0.folder().join("list.json"), format!("[{before}]")).unwrap();
        job.step(&["moved", "--stream", "d", "--build", "list.json"]);
        let list = std::fs::read_to_string(job.0.folder().join("list.json")).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&list).unwrap()[0]["stream"]["name"], "d", "its form stays");
    }
}

#[test]
fn builds_of_other_runs_are_not_released() {
    let job = Job::new(Reply::Status(200));
    job.step(&["created", "app.apk"]);
    let release = |variables: &[(&str, &str)]| {
        let output = job.0.output(&["release", "created", "--version", "1.0.0"], variables);
        let body = job.0.receiver(0).requests().last().unwrap().json();
        (
            body["data"]["release"]["builds"].as_array().unwrap().len(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    assert_eq!(release(&[]).0, 1);
    let (builds, stderr) = release(&[("GITHUB_RUN_ID", "77")]);
    assert_eq!(builds, 0);
    assert!(stderr.contains("warning: the release has no builds"), "{stderr}");
}

#[test]
fn an_updated_release_keeps_the_time_at_which_it_was_created() {
    let job = Job::new(Reply::Status(200));
    let release = |action: &str, version: &str| {
        let (bodies, _) = job.step(&["release", action, "--version", version]);
        bodies[0]["data"]["release"].clone()
    };
    let created = release("created", "1.0.0");
    assert_eq!(created["created_at"], created["updated_at"]);
    for _ in 0..2 {
        let updated = release("updated", "1.0.0");
        assert_eq!((&updated["id"], &updated["created_at"]), (&created["id"], &created["created_at"]));
        assert!(updated["updated_at"].as_str() > created["updated_at"].as_str());
    }
    let unknown = release("updated", "2.0.0");
    assert_eq!(unknown["created_at"], unknown["updated_at"], "it is never null");
}

#[test]
fn promotions_at_once_lose_no_change() {
    let job = Job::new(Reply::Status(200));
    job.step(&["created", "app.apk", "--save", "build.json"]);
    std::thread::scope(|scope| {
        for number in 0..6 {
            let (job, label) = (&job, format!("l{number}"));
            scope.spawn(move || job.step(&["labeled", "--label", &label, "--build", "build.json"]));
        }
    });
    assert_eq!(label_names(&job.saved()).len(), 6, "{:?}", job.saved()["labels"]);
    let kept = job.step(&["moved", "--stream", "b"]).0.remove(0);
    assert_eq!(label_names(&kept["data"]["build"]).len(), 6);
}

#[test]
fn a_file_changes_no_more_of_the_kept_build_than_the_event_does() {
    let job = Job::new(Reply::Status(200));
    let (created, _) = job.step(&["created", "app.apk"]);
    let build = &created[0]["data"]["build"];
    let forged =
        json!({ "id": build["id"], "build_structure": "file", "application_id": "other", "labels": [] });
    std::fs::write(job.0.folder().join("build.json"), forged.to_string()).unwrap();
    job.step(&["moved", "--stream", "b", "--build", "build.json"]);
    let kept = job.step(&["labeled", "--label", "x"]).0.remove(0)["data"]["build"].clone();
    assert_eq!(kept["application_id"], build["application_id"]);
    assert_eq!((&kept["stream"]["name"], &kept["primary_file"]), (&json!("b"), &build["primary_file"]));
}

#[test]
fn a_file_that_lacks_a_change_of_the_kept_build_is_used_with_a_warning() {
    let job = Job::new(Reply::Status(200));
    job.step(&["created", "app.apk", "--save", "build.json"]);
    job.step(&["labeled", "--label", "kept"]);
    let (_, stderr) = job.step(&["moved", "--stream", "b", "--build", "build.json"]);
    assert!(
        stderr.contains("build.json has the build") && stderr.contains("before its last change"),
        "{stderr}"
    );
}

#[test]
fn labels_arrive_in_their_order() {
    let job = Job::new(Reply::Status(200));
    job.step(&["created", "app.apk"]);
    let labels: Vec<String> = (0..10).map(|number| format!("l{number}")).collect();
    let (bodies, _) = job.step(&["labeled", "--labels", &labels.join(",")]);
    let arrived: Vec<&str> =
        bodies.iter().map(|body| body["data"]["label"]["name"].as_str().unwrap()).collect();
    assert_eq!(arrived, labels);
}

#[test]
fn an_update_keeps_what_it_does_not_mention() {
    let job = Job::new(Reply::Status(200));
    job.step(&["created", "app.apk", "--save", "build.json"]);
    let release = |args: &[&str]| job.step(&[&["release"], args].concat()).0[0]["data"]["release"].clone();
    let created = release(&[
        "created",
        "--build",
        "build.json",
        "--version",
        "1.0.0",
        "--title",
        "A",
        "--notes",
        "n",
        "--label",
        "x",
    ]);
    let updated = release(&["updated", "--build", "build.json", "--version", "1.0.0", "--title", "B"]);
    assert_eq!(updated["title"], "B");
    for key in ["id", "notes", "labels", "builds", "created_at"] {
        assert_eq!(updated[key], created[key], "{key}");
    }
}

#[test]
fn hostile_files_of_builds_are_refused_and_harm_no_other_endpoint() {
    let job = Job::new(Reply::Status(200));
    let nested =
        format!(r#"{{"id":"b","build_structure":"file","x":{}1{}}}"#, "[".repeat(100), "]".repeat(100));
    let many = format!(r#"{{"id":"b","build_structure":"file","x":[{}0]}}"#, "0,".repeat(400_000));
    for (content, message) in [(nested, "nested too deeply"), (many, "more than")] {
        std::fs::write(job.0.folder().join("b.json"), content).unwrap();
        let (bodies, stderr) = job.step(&["moved", "--stream", "b", "--build", "b.json"]);
        assert!(bodies.is_empty() && stderr.contains(message), "{stderr}");
    }
    #[cfg(unix)]
    {
        let input = job.0.folder().join("in.json");
        std::fs::write(&input, r#"{"id":"b","build_structure":"file"}"#).unwrap();
        let stdin = std::fs::File::open(&input).unwrap();
        let link = job.0.folder().join("stdin.json");
        std::os::unix::fs::symlink("/proc/self/fd/0", &link).unwrap();
        let mut command = job.0.command();
        let trusted = ("BUILDHOOK_TRUST_WORKSPACE", "true");
        let output = command
            .args(["moved", "--stream", "b", "--build", "stdin.json"])
            .env(trusted.0, trusted.1)
            .stdin(stdin)
            .output()
            .unwrap();
        assert!(output.status.success());
        assert!(String::from_utf8(output.stderr).unwrap().contains("it is not a file of yours"));
        assert!(link.symlink_metadata().unwrap().is_symlink());
    }
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

#[test]
fn a_release_is_listed_with_the_number_of_its_builds() {
    let test =
        Test::new().envs(github_push()).file("a.bin", "a").file("b.bin", "b").endpoint(&[Reply::Status(200)]);
    let released = || {
        let output = test.output(&["release", "created", "--version", "1.4.0"], &[]);
        String::from_utf8(output.stderr).unwrap()
    };
    let none = released();
    assert!(none.contains("release.created 1.4.0  to"), "{none}");
    for (count, file) in [("1 build", "a.bin"), ("2 builds", "b.bin")] {
        test.output(&["created", file], &[]);
        let found = released();
        assert!(found.contains(&format!("release.created 1.4.0 with {count}  to")), "{found}");
    }
}
