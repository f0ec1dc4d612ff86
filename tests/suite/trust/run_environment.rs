//! The environment of the command of `run`: without secrets and addresses, and with the ids of the build.

#![cfg(unix)]

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use crate::builder::{Finished, OTHER_SECRET, SECRET, STANDARD_SECRET, Test};
use crate::environments::github_push;
use crate::receiver::Reply;

fn test() -> Test {
    Test::new().envs(github_push()).env("BUILDHOOK_SECRET", SECRET).endpoint(&[Reply::Status(200)])
}

/// The variables of the command, from the output of `env`.
fn variables(finished: &Finished) -> BTreeMap<&str, &str> {
    finished.stdout.lines().filter_map(|line| line.split_once('=')).collect()
}

/// Another buildhook command that runs within `run`.
fn nested(arguments: &str) -> [String; 2] {
    ["-c".to_owned(), format!("{} {arguments}", env!("CARGO_BIN_EXE_buildhook"))]
}

fn run(test: Test, flags: &[&str], script: &[String; 2]) -> Finished {
    test.args(&["run"]).args(flags).args(&["--", "sh", &script[0], &script[1]]).run()
}

#[test]
fn secrets_and_addresses_are_removed_and_nothing_else() {
    let private = [
        ("BUILDHOOK_URL_2", "http://127.0.0.1:1/x"),
        ("BUILDHOOK_SECRET_2", OTHER_SECRET),
        ("BUILDHOOK_PREVIOUS_SECRET", STANDARD_SECRET),
        ("BUILDHOOK_HEADERS", "Authorization: Bearer t0ken"),
        ("BUILDHOOK_HEADERS_2", "Authorization: Bearer t0ken"),
        ("BUILDHOOK_Secret_3", "in any case"),
        ("BUILDHOOK_URL_3", "http://127.0.0.1:1/y"),
        ("BUILDHOOK_PREVIOUS_SECRET_02", "with any number"),
    ];
    let kept = [
        ("BUILDHOOK_RETRIES", "0"),
        ("BUILDHOOK_NAME_2", "second"),
        ("BUILDHOOK_LOG", "error"),
        ("BUILDHOOK_RUN_URL", "https://ci.example/1"),
        ("TEAM_TOKEN", "as the workflow gave it"),
        ("HTTPS_PROXY", "http://user:password@proxy.example:3128"),
        ("NO_PROXY", "*"),
    ];
    let set =
        |test: Test| private.iter().chain(&kept).fold(test, |test, (name, value)| test.env(name, *value));
    let finished = run(set(test()), &[], &["-c".to_owned(), "env".to_owned()]).status(0);
    let found = variables(&finished);
    let left: Vec<_> = private.iter().filter(|(name, _)| found.contains_key(name)).collect();
    assert!(left.is_empty(), "{left:?}");
    assert!(!found.contains_key("BUILDHOOK_URL") && !found.contains_key("BUILDHOOK_SECRET"));
    let lost: Vec<_> = kept.iter().filter(|(name, value)| found.get(name) != Some(value)).collect();
    assert!(lost.is_empty(), "{lost:?}");
    for (name, _) in github_push() {
        assert!(found.contains_key(name.as_str()), "{name}");
    }
}

#[test]
fn secrets_are_removed_even_if_the_configuration_is_wrong() {
    let test = test().args(&["run", "--", "env"]);
    let mut command = test.command();
    command.env("BUILDHOOK_TIMEOUT", "x").env("BUILDHOOK_SECRET_2", OsStr::from_bytes(b"\xff\xfe"));
    let finished = test.finish(command.output().unwrap()).status(0);
    let found = variables(&finished);
    assert!(!found.keys().any(|name| name.contains("SECRET") || name.ends_with("HOOK_URL")), "{found:?}");
}

#[test]
fn the_command_gets_the_state_folder_the_scope_and_the_ids() {
    let finished = run(test(), &["--state-dir", "state"], &["-c".to_owned(), "env".to_owned()]).status(0);
    let found = variables(&finished);
    let sent = finished.requests[0][0].json();
    assert_eq!(found["BUILDHOOK_SCOPE"], "job");
    assert_eq!(found["BUILDHOOK_BUILD_SLUG"], sent["build_slug"]);
    assert_eq!(found["BUILDHOOK_APP_SLUG"], sent["app_slug"]);
    let state = std::path::Path::new(found["BUILDHOOK_STATE_DIR"]);
    assert!(state.is_absolute() && state.ends_with("state"), "{state:?}");
    for name in ["BUILDHOOK_APPLICATION_ID", "BUILDHOOK_WORKSPACE_ID"] {
        assert!(found.contains_key(name), "{name}");
    }
    // The user's own values win, also those of flags.
    let flags = ["--scope", "run", "--build-slug", "mine", "--build-id", "b1"];
    let finished = run(test(), &flags, &["-c".to_owned(), "env".to_owned()]).status(0);
    let found = variables(&finished);
    assert_eq!(
        (found["BUILDHOOK_SCOPE"], found["BUILDHOOK_BUILD_SLUG"], found["BUILDHOOK_BUILD_ID"]),
        ("run", "mine", "b1")
    );
}

#[test]
fn another_command_within_it_has_no_endpoint_and_names_the_setting() {
    let script = nested("created a.bin");
    let test = test().file("a.bin", "a").env("BUILDHOOK_NAME", "first").env("BUILDHOOK_EVENTS", "build/*");
    let finished = run(test, &[], &script).status(2);
    assert_eq!(finished.requests[0].len(), 2, "only the events of `run`");
    let finished = finished.stderr("no endpoint configured").stderr("--pass-settings");
    let finished = finished.stderr("BUILDHOOK_PASS_SETTINGS=true");
    assert_eq!(finished.requests[0][1].json()["build_status"], 2);
}

#[test]
fn the_settings_are_passed_on_if_the_user_wants_it() {
    let script = nested("created a.bin");
    let with_flag = run(test().file("a.bin", "a"), &["--pass-settings"], &script);
    let variable = test().file("a.bin", "a").env("BUILDHOOK_PASS_SETTINGS", "true");
    for finished in [with_flag, run(variable, &[], &script)] {
        let finished = finished.status(0);
        let created = finished.requests[0].iter().find(|request| request.body.contains("build.created"));
        created.unwrap().signatures(SECRET);
        assert_eq!(finished.requests[0].len(), 3);
    }
}

#[test]
fn another_command_with_its_own_endpoint_reports_the_same_build() {
    let test = test().endpoint(&[Reply::Status(200)]);
    let url = test.receiver(1).url();
    let test = test.env("BUILDHOOK_EVENTS_2", "build.created");
    let script = format!("cd / && BUILDHOOK_URL={url} {} triggered", env!("CARGO_BIN_EXE_buildhook"));
    let finished = run(test, &[], &["-c".to_owned(), script]).status(0);
    let (outer, inner) = (finished.requests[0][0].json(), finished.requests[1][0].json());
    assert_eq!((&inner["build_slug"], &inner["app_slug"]), (&outer["build_slug"], &outer["app_slug"]));
    assert_eq!(finished.records.len(), 3, "all in one state folder");
}
