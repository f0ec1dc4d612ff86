//! Builds in `created` events: options, patterns, expansion and metadata files.

use serde_json::{Value, json};

use crate::builder::Test;
use crate::environments::{github_push, github_tag, gitlab_push};
use crate::receiver::Reply;

fn build(test: Test) -> Value {
    let finished = test.endpoint(&[Reply::Status(200)]).run().status(0);
    finished.request().json()["data"]["build"].clone()
}

#[test]
fn artifact_options_are_sent() {
    let args = [
        "created",
        "game.zip",
        "--version=2.5.1-stable+2024.12.17",
        "--platform=switch",
        "--architectures=arm64v8,armv9",
        "--stream=nightlies",
        "--label=to-review",
        "--labels=signed,qa",
        "--notes=Faster \"loading\"",
        "--build-number=62-release",
        "--download-url=https://user:pass@files.example/game.zip",
    ];
    let build = build(Test::new().envs(github_tag()).file("game.zip", "zip").args(&args));
    assert_eq!(build["version"], "2.5.1-stable+2024.12.17");
    assert_eq!(build["version_short"], "2.5.1");
    assert_eq!(build["version_semantic_major"], 2);
    assert_eq!(build["version_semantic_extra"], "stable");
    assert_eq!(build["version_semantic_meta"], "2024.12.17");
    assert_eq!(build["platform"]["short_name"], "Switch");
    assert_eq!(build["architectures"][1]["identifier"], "armv9");
    assert_eq!(build["stream"]["name"], "nightlies");
    let labels: Vec<_> =
        build["labels"].as_array().unwrap().iter().map(|label| label["name"].clone()).collect();
    assert_eq!(labels, ["to-review", "signed", "qa"]);
    assert_eq!(build["notes"], "Faster \"loading\"");
    assert_eq!(build["build_number"], "62-release");
    assert_eq!(build["internal_download_url"], "https://files.example/game.zip");
}

#[test]
fn artifact_options_come_from_flags_environment_and_file() {
    let test = Test::new()
        .envs(github_push())
        .file("a.zip", "zip")
        .env("BUILDHOOK_CONFIG", "platform = 'ios'\nlabels = ['from-file', 'qa']\nversion = '1.0.0'\n")
        .env("BUILDHOOK_PLATFORM", "android")
        .env("BUILDHOOK_VERSION", "2.0.0")
        .args(&["created", "a.zip", "--version", "3.0.0"]);
    let build = build(test);
    assert_eq!(build["version"], "3.0.0", "flags override the environment");
    assert_eq!(build["platform"]["identifier"], "android", "the environment overrides the file");
    assert_eq!(build["labels"][0]["name"], "from-file");
}

#[test]
fn unknown_fields_are_null() {
    let build = build(Test::new().file("data.unknown", "x").args(&["created", "data.unknown"]));
    let nulls = ["stream", "notes", "modal_url", "ios_info", "android_info"];
    for key in nulls.into_iter().chain(["internal_download_url", "metadata_total_bytes"]) {
        assert_eq!(build.get(key), Some(&Value::Null), "{key}");
    }
    // Buildstash has no builds without these.
    assert_eq!((&build["version"], &build["version_semantic_major"]), (&json!("0.0.0"), &json!(0)));
    assert_eq!(build["platform"]["identifier"], "generic");
    assert_eq!(build["build_number"], "1", "counted outside of a CI");
    assert_eq!(build["primary_file"]["filetype"], Value::Null);
    assert_eq!(build["build_source"], "cli-upload");
    assert!(build["labels"].as_array().unwrap().is_empty());
}

#[test]
fn each_file_is_a_build() {
    let test =
        Test::new().envs(github_push()).file("a.apk", "a").file("b.apk", "b").endpoint(&[Reply::Status(200)]);
    let finished = test.args(&["created", "a.apk", "b.apk", "--json"]).run().status(0);
    let builds: Vec<Value> =
        finished.requests[0].iter().map(|request| request.json()["data"]["build"].clone()).collect();
    assert_eq!(builds.len(), 2);
    assert_ne!(builds[0]["id"], builds[1]["id"]);
    let lines: Vec<Value> = finished.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    for line in &lines {
        // The requests are concurrent, so they may arrive in any order.
        assert!(builds.contains(&line["build"]));
        assert_eq!((&line["delivered"], &line["failed"]), (&json!(1), &json!(0)));
    }
}

#[test]
fn the_same_file_in_the_same_run_has_the_same_build_id() {
    let id = |content: &str| {
        let args = ["created", "a.apk"];
        build(Test::new().envs(github_push()).file("a.apk", content).args(&args))["id"].to_string()
    };
    assert_eq!(id("one"), id("one"));
    assert_ne!(id("one"), id("two"));
}

#[test]
fn unreadable_and_empty_files_cost_no_other_file() {
    for (name, message) in
        [("missing.apk", "cannot read the artifact"), ("folder", "is not a file"), ("empty.apk", "is empty")]
    {
        let test = Test::new().file("good.apk", "x").file("empty.apk", "").file("folder/inner", "x");
        let test = test.endpoint(&[Reply::Status(200)]).args(&["created", "good.apk", name]);
        let finished = test.run().status(1).stderr(message).stderr(name);
        assert_eq!(finished.request().json()["data"]["build"]["primary_file"]["filename"], "good.apk");
        let alone =
            Test::new().file("empty.apk", "").file("folder/inner", "x").endpoint(&[Reply::Status(200)]);
        let finished = alone.args(&["created", name]).run().status(1).stderr(message);
        assert!(finished.requests[0].is_empty());
    }
}

#[test]
fn invalid_artifact_options_are_rejected_with_a_suggestion() {
    for (flag, message) in [
        ("--version=nightly", "--version: found `nightly`, expected a semantic version"),
        ("--platform=andriod", "did you mean `android`?"),
        ("--architectures=arm64v9", "did you mean `arm64v8`?"),
        ("--download-url=files", "--download-url: found `files`, expected an http or https URL"),
    ] {
        let test = Test::new().file("a.apk", "x").endpoint(&[Reply::Status(200)]);
        let finished = test.args(&["created", "a.apk", flag]).run().status(2).stderr(message);
        assert!(finished.requests[0].is_empty());
    }
}

#[test]
fn patterns_select_files() {
    let test = |args: &[&str]| {
        let test = Test::new()
            .file("out/a.apk", "a")
            .file("out/deep/b.apk", "b")
            .file("out/c.txt", "c")
            .file("x[1].bin", "x");
        test.endpoint(&[Reply::Status(200)]).args(&["created"]).args(args).run()
    };
    let names = |args: &[&str]| -> Vec<String> {
        let mut names: Vec<String> = test(args).status(0).requests[0]
            .iter()
            .map(|request| {
                request.json()["data"]["build"]["primary_file"]["filename"].as_str().unwrap().to_owned()
            })
            .collect();
        names.sort();
        names
    };
    assert_eq!(names(&["out/**/*.apk"]), ["a.apk", "b.apk"]);
    assert_eq!(names(&["out/*.apk", "out/a.apk"]), ["a.apk"], "a file named by two arguments is sent once");
    assert_eq!(names(&["x[1].bin"]), ["x[1].bin"], "a file of this name");
    let odd = Test::new().file("job[1]/out/a.apk", "a").endpoint(&[Reply::Status(200)]);
    let folder = odd.folder().join("job[1]");
    let finished = odd.within(folder).args(&["created", "out/*.apk"]).run().status(0);
    assert_eq!(finished.requests[0].len(), 1, "the current folder is not part of the pattern");
    test(&["out/*.ipa"]).status(3).stderr("no file matches out/*.ipa");
    assert_eq!(names(&["out/**/*", "!out/**/*.apk"]), ["c.txt"]);
    assert_eq!(names(&["out/**/*", "!out/deep/**", "!out/c.txt"]), ["a.apk"]);
    assert_eq!(
        names(&["out/**/*.apk", "!out/**/b.apk", "out/deep/b.apk"]),
        ["a.apk", "b.apk"],
        "in their order"
    );
    assert_eq!(names(&["x[1].bin", "out/a.apk", "!x*"]), ["a.apk"]);
    test(&["out/*.apk", "!out/**"]).status(3).stderr("no file is left by !out/**");
    let run = Test::new().file("out/a.apk", "a").file("out/b.apk", "b").endpoint(&[Reply::Status(200)]);
    let finished =
        run.args(&["run", "--artifact", "out/*", "--artifact", "!out/b*", "--", "true"]).run().status(0);
    assert_eq!(
        finished.requests[0].iter().filter(|request| request.body.contains("build.created")).count(),
        1
    );
}

#[test]
fn expansion_and_metadata_files_belong_to_the_build() {
    let test = || {
        let test = Test::new().envs(github_push()).file("app.apk", "apk").file("main.obb", "0123456789");
        test.file("build.log", "log")
            .file("sbom.spdx.json", "{}")
            .file("log.txt", "l")
            .endpoint(&[Reply::Status(200)])
    };
    let metadata = ["--metadata", "build.log", "--metadata=*.json", "--metadata=log.txt"];
    let args = [&["created", "app.apk", "--expansion", "main.obb"], &metadata[..]].concat();
    let finished = test().args(&args).run().status(0);
    let build = &finished.request().json()["data"]["build"];
    assert_eq!(build["build_structure"], "file+expansion");
    assert_eq!(build["size_total_bytes"], 13);
    assert_eq!(build["expansion_files"][0]["filename"], "main.obb");
    assert_eq!(build["expansion_files"][0]["expansion_filetype"]["extension"], "obb");
    assert_eq!(build["metadata_total_bytes"], 6);
    let log = &build["metadata_artifacts"][0];
    let keys: Vec<&String> = log.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "id",
            "filename",
            "size_bytes",
            "size_string",
            "checksum_md5",
            "checksum_sha256",
            "metadata_filetype",
            "build_id",
            "application_id",
            "workspace_id",
            "created_at",
            "updated_at"
        ]
    );
    assert_eq!(log["metadata_filetype"]["name"], "Log File");
    assert_eq!(log["metadata_filetype"]["mime_type"], "text/plain");
    assert_eq!(log["checksum_sha256"], "836ff184e7b41b1e13cb5fd89fa1de98dbbab99e9d2918913ff43b86a5c7c213");
    assert_eq!(build["metadata_artifacts"][1]["metadata_filetype"]["extension"], "spdx.json");
    assert_eq!(
        build["metadata_artifacts"][2]["metadata_filetype"],
        json!({
            "name": "Plain Text",
            "extension": "txt",
            "description": "Plain text file",
            "mime_type": "text/plain",
        }),
        "as in Buildstash's example"
    );

    let big = vec![b'x'; (5 << 20) + 1];
    test()
        .file("big.log", big)
        .args(&["created", "app.apk", "--metadata", "big.log"])
        .run()
        .status(1)
        .stderr("metadata files are limited to 5.00 MB");
    let many = (0..11).fold(test(), |test, number| test.file(&format!("m{number}.txt"), "x"));
    many.args(&["created", "app.apk", "--metadata", "m*.txt"])
        .run()
        .status(1)
        .stderr("--metadata matches 11 files; at most 10 are allowed");
    test()
        .args(&["created", "build.log", "--expansion", "main.obb"])
        .run()
        .status(1)
        .stderr("--expansion works only with an apk, not with build.log");
    test()
        .args(&["created", "app.apk", "build.log", "--expansion=main.obb"])
        .run()
        .status(1)
        .stderr("--expansion works with exactly one apk, got 2 files");
}

#[test]
fn an_archived_artifact_has_a_download_url() {
    let test = Test::new().file("out/app.apk", "apk");
    let folder = test.folder().canonicalize().unwrap();
    let workspace = folder.to_str().unwrap().to_owned();
    let test = test.within(folder).envs(gitlab_push()).env("CI_PROJECT_DIR", workspace);
    let build = build(test.args(&["created", "out/app.apk"]));
    let url = "https://gitlab.com/example/group/app/-/jobs/5001/artifacts/file/out/app.apk";
    assert_eq!(build["internal_download_url"], url);
}

#[cfg(unix)]
#[test]
fn an_archived_artifact_has_a_download_url_in_a_workspace_behind_a_link() {
    let test = Test::new().file("checkout/out/app.apk", "apk");
    let (checkout, link) = (test.folder().join("checkout"), test.folder().join("link"));
    std::os::unix::fs::symlink(&checkout, &link).unwrap();
    let test = test.within(checkout).envs(gitlab_push()).env("CI_PROJECT_DIR", link.to_str().unwrap());
    let build = build(test.args(&["created", "out/app.apk"]));
    let url = "https://gitlab.com/example/group/app/-/jobs/5001/artifacts/file/out/app.apk";
    assert_eq!(build["internal_download_url"], url);
}

#[cfg(unix)]
#[test]
fn a_pipe_is_rejected_without_waiting_for_a_writer() {
    let test = Test::new().envs(github_push()).endpoint(&[Reply::Status(200)]);
    let made = std::process::Command::new("mkfifo").arg(test.folder().join("pipe.apk")).status().unwrap();
    assert!(made.success());
    test.args(&["created", "pipe.apk"]).run().status(1).stderr("is not a file");
}
