//! Hostile artifacts: bounded memory and time, and `finished` is sent.

#![cfg(unix)]

mod android;
mod apple;
mod archives;
mod linux;
mod measure;
mod reading_process;
mod windows;

use std::time::Duration;

use measure::{measure, program};

use crate::builder::Test;
use crate::environments::github_push;
use crate::files::archive;
use crate::receiver::{Reply, Request};

/// The most that the program may use for any file.
const MAX_MEMORY: u64 = 64 << 20;
/// The processor time of all processes together.
const MAX_CPU: Duration = Duration::from_secs(2);

/// Starts a program with so few file descriptors that it cannot start another one.
const ALONE: &[&str] = &["sh", "-c", "ulimit -n 6 && exec \"$@\"", "sh"];

/// Inspects each file: with a child process, and without.
fn check(files: Vec<(&'static str, Vec<u8>)>) {
    let (program, mut failures) = (program(), Vec::new());
    for (name, content) in files {
        let test = Test::new().file(name, &content);
        for start in [&[], ALONE] {
            let command = [start, &[&*program, "inspect", name]].concat();
            let usage = measure(&command, test.folder());
            let way = if start.is_empty() { "child" } else { "alone" };
            let is_inspected = usage.stdout.contains("checksum_md5") && usage.stdout.contains(name);
            let is_within_bounds = usage.cpu <= MAX_CPU && usage.memory <= MAX_MEMORY;
            if !is_within_bounds || !is_inspected || usage.stderr.contains("has ended") {
                failures.push(format!("{name} ({way}): {usage:?}"));
            }
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

#[test]
fn android_apps_are_read_within_bounds() {
    check(android::files());
}

#[test]
fn apple_apps_are_read_within_bounds() {
    check(apple::files());
}

#[test]
fn archives_are_read_within_bounds() {
    check(archives::files());
}

#[test]
fn linux_packages_are_read_within_bounds() {
    check(linux::files());
}

#[test]
fn windows_programs_are_read_within_bounds() {
    check(windows::files());
}

fn events(requests: &[Request]) -> Vec<&str> {
    let mut events: Vec<_> =
        requests.iter().filter_map(|request| request.header("x-webhook-event")).collect();
    events.sort_unstable();
    events
}

#[test]
fn finished_is_sent_whatever_an_artifact_contains() {
    let seen =
        ["count.apk", "attributes.apk", "ampersands.ipa", "references.ipa", "ff.snap", "allocation.msi"];
    let all = [android::files(), apple::files(), linux::files(), windows::files()].concat();
    let files: Vec<_> = all.iter().filter(|(name, _)| seen.contains(name)).collect();
    assert_eq!(files.len(), seen.len());
    for (name, content) in files {
        let test = Test::new().envs(github_push()).file(name, content).endpoint(&[Reply::Status(200)]);
        let finished = test.args(&["run", "--artifact", name, "--", "true"]).run().status(0);
        let requests = &finished.requests[0];
        assert_eq!(events(requests), ["build.created", "build/finished", "build/triggered"], "{name}");
        let created = requests.iter().find(|request| request.body.contains(name)).unwrap();
        let file = created.json()["data"]["build"]["primary_file"].clone();
        assert_eq!((&file["filename"], &file["size_bytes"]), (&(*name).into(), &content.len().into()));
        assert!(file["checksum_md5"].is_string() && file["filetype"].is_object(), "{name}");
    }
}

/// A package whose code tables take more work than is allowed.
fn costly_jar() -> Vec<u8> {
    archives::files().into_iter().find(|(name, _)| *name == "blocks.jar").unwrap().1
}

#[test]
fn a_file_that_takes_too_much_work_is_sent_without_details() {
    let content = costly_jar();
    let test = Test::new().envs(github_push()).file("evil.jar", &content);
    let test = test.file("good.jar", archive(&[("META-INF/MANIFEST.MF", b"Bundle-Version: 6.7.8\n", true)]));
    let finished = test
        .endpoint(&[Reply::Status(200)])
        .args(&["run", "--artifact", "*.jar", "--", "true"])
        .run()
        .status(0)
        .stderr("evil.jar: its details are left out: reading them took more than 100 million steps");
    let bodies: Vec<_> = finished.requests[0].iter().map(|request| request.json()).collect();
    assert_eq!(events(&finished.requests[0]).len(), 4);
    let build = |name: &str| {
        let mut builds = bodies.iter().map(|body| &body["data"]["build"]);
        builds.find(|build| build["primary_file"]["filename"] == name).unwrap().clone()
    };
    let evil = build("evil.jar");
    assert_eq!(evil["size_total_bytes"], content.len());
    assert_eq!(evil["primary_file"]["filetype"]["extension"], "jar");
    assert_eq!(evil["primary_file"]["checksum_md5"].as_str().unwrap().len(), 32);
    assert_eq!(evil["version"], "0.0.0");
    assert_eq!(build("good.jar")["version"], "6.7.8");
}
