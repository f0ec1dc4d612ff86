//! What people and scripts read: help, tables and JSON, to the letter.
//!
//! `INSTA_UPDATE=always cargo test` accepts what has changed; the diff of `snapshots` then shows it.

use std::panic::catch_unwind;

use crate::builder::{SECRET, STANDARD_SECRET, Test};
use crate::environments::{
    github_pull_request, github_pull_request_event, github_push, github_push_event, gitlab_push,
};
use crate::files::{archive, macho, profile};
use crate::receiver::Reply;
use crate::variation::without_variation;

/// Compares each output with the snapshot of its name and reports all differences, not only the first.
#[track_caller]
pub fn assert_snapshots(cases: impl IntoIterator<Item = (String, String)>) {
    let differs = |(name, text): &(String, String)| {
        catch_unwind(|| insta::assert_snapshot!(name.as_str(), text)).is_err()
    };
    let different: Vec<String> = cases.into_iter().filter(differs).map(|(name, _)| name).collect();
    assert!(different.is_empty(), "not as in the snapshots: {}", different.join(", "));
}

/// Runs the program and shows its arguments, its exit code and both its streams.
fn shown(test: &Test, args: &[&str]) -> String {
    let output = test.output(args, &[]);
    let mut shown = format!("$ buildhook {}\n", args.join(" "));
    shown += std::str::from_utf8(&output.stdout).unwrap();
    if !output.stderr.is_empty() {
        shown += "\n[stderr]\n";
        shown += std::str::from_utf8(&output.stderr).unwrap();
    }
    shown += &format!("\n[exit code {}]\n", output.status.code().unwrap());
    let folder = test.folder().to_str().unwrap();
    let shown = shown.replace(folder, "/folder");
    assert!(![SECRET, STANDARD_SECRET].iter().any(|secret| shown.contains(secret)), "a secret in\n{shown}");
    shown
}

/// The names of a command and of all below it, from the root: `["deliveries", "show"]`.
fn commands(command: &clap::Command, path: &[&str], found: &mut Vec<Vec<String>>) {
    found.push(path.iter().map(|name| (*name).to_owned()).collect());
    for command in command.get_subcommands().filter(|command| command.get_name() != "help") {
        let path: Vec<&str> = path.iter().copied().chain([command.get_name()]).collect();
        commands(command, &path, found);
    }
}

#[test]
fn every_command_explains_itself() {
    let mut found = Vec::new();
    let mut definition = buildhook::cli::definition();
    definition.build();
    commands(&definition, &[], &mut found);
    assert!(found.len() >= 21, "only {found:?}");
    let test = Test::new();
    assert_snapshots(found.iter().flat_map(|path| {
        [("short_help", "-h"), ("help", "--help")].map(|(name, flag)| {
            let args: Vec<&str> = path.iter().map(String::as_str).chain([flag]).collect();
            let name: Vec<&str> = [name].into_iter().chain(path.iter().map(String::as_str)).collect();
            let text = shown(&test, &args);
            assert!(text.ends_with("\n[exit code 0]\n"), "{path:?} has no help:\n{text}");
            (name.join("_"), text)
        })
    }));
}

#[test]
fn the_version_is_printed() {
    let finished = Test::new().args(&["--version"]).run().status(0);
    assert_eq!(finished.stdout, format!("buildhook {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn the_context_is_shown_as_a_table_and_as_json() {
    let push = Test::new().envs(github_push()).event_file(&github_push_event());
    let pull_request = Test::new().envs(github_pull_request()).event_file(&github_pull_request_event());
    let overridden = Test::new().envs(gitlab_push()).env("BUILDHOOK_ACTOR", "from-a-variable");
    let bare = Test::new();
    let unknown_ci = Test::new().env("CI", "true");
    assert_snapshots(
        [
            ("context", shown(&push, &["context"])),
            ("context_json", shown(&push, &["context", "--json"])),
            ("context_pull_request", shown(&pull_request, &["context"])),
            ("context_overridden", shown(&overridden, &["context", "--branch", "from-a-flag"])),
            ("context_without_ci", shown(&bare, &["context"])),
            ("context_without_ci_json", shown(&bare, &["context", "--json"])),
            ("context_of_an_unknown_ci", shown(&unknown_ci, &["context"])),
        ]
        .map(owned),
    );
}

fn owned((name, text): (&str, String)) -> (String, String) {
    (name.to_owned(), text)
}

#[test]
fn files_are_shown_as_a_table_and_as_json() {
    let info = include_bytes!("../data/ios/Info.xml");
    let ipa = archive(&[
        ("Payload/Example.app/Info.plist", info, true),
        ("Payload/Example.app/embedded.mobileprovision", &profile(true), true),
        ("Payload/Example.app/Example", &macho(0x0100_000c, 2), true),
    ]);
    let apk = archive(&[
        ("AndroidManifest.xml", include_bytes!("../data/android/manifest.bin"), true),
        ("resources.arsc", include_bytes!("../data/android/resources.arsc"), false),
        ("lib/arm64-v8a/libapp.so", b"x", false),
        ("lib/x86_64/libapp.so", b"x", false),
        ("META-INF/CERT.RSA", b"x", false),
    ]);
    let test = Test::new()
        .file("app.ipa", ipa)
        .file("app.apk", apk)
        .file("notes.txt", "Faster.\n")
        .file("damaged.ipa", "PK\x03\x04 and no more");
    let files = ["app.ipa", "app.apk", "notes.txt"];
    assert_snapshots(
        [
            ("inspect", shown(&test, &[&["inspect"], &files[..]].concat())),
            ("inspect_json", shown(&test, &[&["inspect", "--json"], &files[..]].concat())),
            ("inspect_damaged", shown(&test, &["inspect", "damaged.ipa"])),
            ("inspect_missing", shown(&test, &["inspect", "missing.apk"])),
        ]
        .map(owned),
    );
}

#[test]
fn deliveries_are_shown_as_a_table_as_json_and_in_full() {
    let refusal = Reply::Body(422, "{\"error\": \"no room\"}".to_owned());
    let test = Test::new()
        .envs(gitlab_push())
        .env("BUILDHOOK_RETRIES", "0")
        .env("BUILDHOOK_NAME", "lab")
        .env("BUILDHOOK_SECRET", SECRET)
        .endpoint(&[Reply::Status(200), refusal]);
    let empty = shown(&test, &["deliveries"]);
    let sent =
        [shown(&test, &["triggered"]), shown(&test, &["finished", "--status", "failed", "--json"])].concat();
    let json = test.output(&["deliveries", "list", "--json"], &[]).stdout;
    let records: serde_json::Value = serde_json::from_slice(&json).unwrap();
    let [refused, delivered] = [0, 1].map(|index| records[index]["id"].as_str().unwrap());
    assert_snapshots(
        [
            ("deliveries_none", empty),
            ("deliveries_sent", sent),
            ("deliveries", shown(&test, &["deliveries"])),
            ("deliveries_list", shown(&test, &["deliveries", "list", "--limit", "1"])),
            ("deliveries_list_json", shown(&test, &["deliveries", "list", "--json"])),
            ("deliveries_show", shown(&test, &["deliveries", "show", delivered])),
            ("deliveries_show_refused", shown(&test, &["deliveries", "show", refused])),
            ("deliveries_show_json", shown(&test, &["deliveries", "show", refused, "--json"])),
            ("deliveries_show_unknown", shown(&test, &["deliveries", "show", "nonsense"])),
        ]
        .map(|(name, text)| (name.to_owned(), without_variation(&text))),
    );
}

#[test]
fn a_setting_without_a_flag_is_explained_and_a_suggestion_is_similar() {
    for (argument, variable) in [
        ("--url", "BUILDHOOK_URL"),
        ("--url=https://hooks.example", "BUILDHOOK_URL"),
        ("--secret", "BUILDHOOK_SECRET"),
        ("--secret-2", "BUILDHOOK_SECRET_2"),
        ("--header", "BUILDHOOK_HEADERS"),
        ("--client-cert", "BUILDHOOK_CLIENT_CERT"),
    ] {
        let finished = Test::new().args(&["triggered", argument, "x"]).run().status(2);
        let tip = format!("tip: the settings of endpoints are variables or TOML keys: {variable}\n");
        assert!(finished.stderr.contains(&tip), "{}", finished.stderr);
        assert_eq!(finished.stderr.matches("tip: ").count(), 1, "{}", finished.stderr);
    }
    let nonsense = Test::new().args(&["triggered", "--nope"]).run().status(2).stderr;
    assert!(nonsense.contains("unexpected argument '--nope'") && !nonsense.contains("tip: "), "{nonsense}");
    Test::new()
        .args(&["triggered", "--timout", "1s"])
        .run()
        .status(2)
        .stderr("similar argument exists: '--timeout'");
}
