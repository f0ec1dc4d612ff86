//! What `created` says about files, from the files and from the user.

use serde_json::Value;

use crate::builder::Test;
use crate::environments::{github_push, github_tag};
use crate::receiver::Reply;

fn build(test: Test) -> Value {
    let finished = test.endpoint(&[Reply::Status(200)]).run().status(0);
    finished.request().json()["data"]["build"].clone()
}

#[test]
fn what_the_user_says_is_in_the_payload() {
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
fn the_same_is_taken_from_the_environment_and_the_file() {
    let test = Test::new()
        .envs(github_push())
        .file("a.zip", "zip")
        .file(".buildhook.toml", "platform = 'ios'\nlabels = ['from-file', 'qa']\nversion = '1.0.0'\n")
        .env("BUILDHOOK_PLATFORM", "android")
        .env("BUILDHOOK_VERSION", "2.0.0")
        .args(&["created", "a.zip", "--version", "3.0.0"]);
    let build = build(test);
    assert_eq!(build["version"], "3.0.0", "a flag goes before the environment");
    assert_eq!(build["platform"]["identifier"], "android", "the environment goes before the file");
    assert_eq!(build["labels"][0]["name"], "from-file");
}

#[test]
fn what_nobody_says_is_null() {
    let build = build(Test::new().file("data.unknown", "x").args(&["created", "data.unknown"]));
    let nulls =
        ["version", "version_semantic_major", "platform", "stream", "notes", "build_number", "modal_url"];
    for key in
        nulls.into_iter().chain(["ios_info", "android_info", "internal_download_url", "metadata_total_bytes"])
    {
        assert_eq!(build.get(key), Some(&Value::Null), "{key}");
    }
    assert_eq!(build["primary_file"]["filetype"], Value::Null);
    assert_eq!(build["build_source"], "cli-upload");
    assert!(build["labels"].as_array().unwrap().is_empty());
}

#[test]
fn several_files_are_several_builds() {
    let test =
        Test::new().envs(github_push()).file("a.apk", "a").file("b.apk", "b").endpoint(&[Reply::Status(200)]);
    let finished = test.args(&["created", "a.apk", "b.apk", "--json"]).run().status(0);
    let builds: Vec<Value> =
        finished.requests[0].iter().map(|request| request.json()["data"]["build"].clone()).collect();
    assert_eq!(builds.len(), 2);
    assert_ne!(builds[0]["id"], builds[1]["id"]);
    let lines: Vec<Value> = finished.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines[1]["build"], builds[1]);
    assert_eq!(lines[1]["delivered"], 1);
}

#[test]
fn the_same_file_of_the_same_run_is_the_same_build() {
    let id = |content: &str| {
        let args = ["created", "a.apk"];
        build(Test::new().envs(github_push()).file("a.apk", content).args(&args))["id"].to_string()
    };
    assert_eq!(id("one"), id("one"));
    assert_ne!(id("one"), id("two"));
}

#[test]
fn a_file_that_is_none_is_an_error_before_anything_is_sent() {
    for (name, message) in
        [("missing.apk", "cannot read the artifact"), ("folder", "is not a file"), ("empty.apk", "is empty")]
    {
        let test = Test::new().file("good.apk", "x").file("empty.apk", "").file("folder/inner", "x");
        let test = test.endpoint(&[Reply::Status(200)]).args(&["created", "good.apk", name]);
        let finished = test.run().status(1).stderr(message).stderr(name);
        assert!(finished.requests[0].is_empty());
    }
}

#[test]
fn a_wrong_word_about_an_artifact_is_refused_with_the_nearest_right_one() {
    for (flag, message) in [
        ("--version=nightly", "--version: found `nightly`, expected a semantic version"),
        ("--platform=andriod", "did you mean `android`?"),
        ("--architectures=arm64v9", "did you mean `arm64v8`?"),
        ("--download-url=files", "--download-url: found `files`, expected an http or https address"),
    ] {
        let test = Test::new().file("a.apk", "x").endpoint(&[Reply::Status(200)]);
        let finished = test.args(&["created", "a.apk", flag]).run().status(2).stderr(message);
        assert!(finished.requests[0].is_empty());
    }
}
