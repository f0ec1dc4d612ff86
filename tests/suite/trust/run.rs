//! `run` when everything around it fails: the command runs, its exit code is returned, and `finished` is
//! sent.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::builder::{Finished, SECRET, Test};
use crate::environments::github_push;
use crate::receiver::{Receiver, Reply, Request};

fn test() -> Test {
    Test::new().envs(github_push()).env("BUILDHOOK_SECRET", SECRET).endpoint(&[Reply::Status(200)])
}

const COMMAND: [&str; 5] = ["run", "--", "sh", "-c", "touch ran; exit 7"];

#[track_caller]
fn has_run(finished: &Finished) {
    assert!(finished.folder.path().join("ran").exists(), "the command did not run: {}", finished.stderr);
    assert!(!finished.stderr.contains("panicked"), "{}", finished.stderr);
}

fn names(requests: &[Request]) -> Vec<&str> {
    requests.iter().filter_map(|request| request.header("x-webhook-event")).collect()
}

#[test]
fn no_mistake_in_the_configuration_keeps_the_command_from_running() {
    let mistakes = [
        ("BUILDHOOK_URL", "ftp://hooks.example"),
        ("BUILDHOOK_URL", "no url"),
        ("BUILDHOOK_SECRET", "whsec_?"),
        ("BUILDHOOK_RETRIES", "-1"),
        ("BUILDHOOK_CONFIG", "/nonexistent/buildhook.toml"),
        ("BUILDHOOK_CA_FILE", "/nonexistent/ca.pem"),
        ("BUILDHOOK_HEADERS", "no header"),
        ("BUILDHOOK_SECRET_2", "without a URL"),
        ("BUILDHOOK_PROVIDER", "gitlab"),
        ("BUILDHOOK_FAIL_ON_ERROR", "perhaps"),
        ("BUILDHOOK_PASS_SETTINGS", "perhaps"),
    ];
    for (variable, value) in mistakes {
        let finished = test().env(variable, value).args(&COMMAND).run().status(7);
        has_run(&finished);
        let expected = format!("error: {variable}: ");
        assert!(finished.stderr.contains(&expected), "no {expected} in {}", finished.stderr);
        assert_eq!(finished.requests[0].len(), 0, "{variable}");
    }
    let nothing = Test::new().args(&COMMAND).run().status(7);
    has_run(&nothing);
    nothing.stderr("error: no endpoint configured");
}

/// Flags and variables.
type Case<'a> = (&'a [&'a str], &'a [(&'a str, &'a str)]);

#[test]
fn the_command_does_not_run_where_mistakes_are_fatal() {
    let outside = tempfile::tempdir().unwrap();
    let file = outside.path().join("hooks.toml");
    std::fs::write(&file, "fail_on_error = true\nretries = 99\n").unwrap();
    let file = file.to_str().unwrap();
    let retries = ("BUILDHOOK_RETRIES", "99");
    let fatal: [Case; 5] = [
        (&["--fail-on-error"], &[retries]),
        (&["--fail-on-error=true"], &[retries, ("BUILDHOOK_FAIL_ON_ERROR", "false")]),
        (&[], &[retries, ("BUILDHOOK_FAIL_ON_ERROR", "True")]),
        (&[], &[("BUILDHOOK_CONFIG", file)]),
        (&["--config", file], &[]),
    ];
    let run = |flags: &[&str], variables: &[(&str, &str)]| {
        let test = variables.iter().fold(test(), |test, (name, value)| test.env(name, *value));
        test.args(&["run"]).args(flags).args(&COMMAND[1..]).run()
    };
    for (flags, variables) in fatal {
        let finished = run(flags, variables).status(2);
        assert!(!finished.folder.path().join("ran").exists(), "{flags:?} {variables:?}");
    }
    let tolerant: [Case; 2] = [
        (&["--fail-on-error=false"], &[retries, ("BUILDHOOK_FAIL_ON_ERROR", "true")]),
        (&[], &[("BUILDHOOK_CONFIG", file), ("BUILDHOOK_FAIL_ON_ERROR", "false")]),
    ];
    for (flags, variables) in tolerant {
        has_run(&run(flags, variables).status(7));
    }
}

#[test]
fn no_proxy_setting_keeps_the_command_from_running() {
    let proxy = Receiver::start(&[Reply::Status(200)]).url().replace("http://", "https://");
    for value in [
        &proxy,
        "http://:badport",
        "http://p:99999",
        "http://[",
        "socks4://p",
        "carrier://pigeon",
        "http://\u{e9}",
    ] {
        for (name, url) in [
            ("HTTP_PROXY", "http://hooks.invalid/x"),
            ("HTTPS_PROXY", "https://hooks.invalid/x"),
            ("ALL_PROXY", "http://hooks.invalid/x"),
        ] {
            let test = Test::new().envs(github_push()).env(name, value).env("BUILDHOOK_TIMEOUT", "300ms");
            let test = test.env("BUILDHOOK_RETRIES", "0");
            let finished = test.endpoint_at(url).args(&COMMAND).run().status(7);
            has_run(&finished);
        }
    }
}

#[test]
fn the_command_starts_without_waiting_for_receivers_or_git() {
    let git = tempfile::tempdir().unwrap();
    script(&git.path().join("git"), "sleep 20");
    let path = format!("{}:{}", git.path().display(), std::env::var("PATH").unwrap());
    let test = Test::new().env("PATH", path).env("BUILDHOOK_DEADLINE", "4s");
    let test = test.endpoint(&[Reply::Never]).env("BUILDHOOK_RETRIES", "0").args(&COMMAND);
    let ran = test.folder().join("ran");
    let start = Instant::now();
    let (child, test) = test.start();
    while !ran.exists() {
        assert!(start.elapsed() < Duration::from_secs(3), "the command waits");
        std::thread::sleep(Duration::from_millis(5));
    }
    test.finish(child.wait_with_output().unwrap()).status(7);
}

#[cfg(unix)]
fn script(path: &std::path::Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, format!("#!/bin/sh\n{text}\n")).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(not(unix))]
fn script(_: &std::path::Path, _: &str) {}

#[test]
fn nothing_is_printed_between_the_lines_of_the_command() {
    let script = "echo one >&2; until [ -e go ]; do sleep 0.02; done; echo two >&2";
    let test =
        test().env("BUILDHOOK_UNKNOWN", "a warning").args(&["run", "--json", "--", "sh", "-c", script]);
    let (receiver, go) = (test.receiver(0), test.folder().join("go"));
    let (child, test) = test.start();
    receiver.wait_for(1);
    // Whatever is going to be printed about the delivery is printed by now.
    std::thread::sleep(Duration::from_millis(200));
    std::fs::write(go, "").unwrap();
    let finished = test.finish(child.wait_with_output().unwrap()).status(0);
    let lines: Vec<&str> = finished.stderr.lines().collect();
    let one = lines.iter().position(|line| *line == "one").unwrap();
    assert_eq!(lines[one + 1], "two", "{}", finished.stderr);
    assert_eq!(finished.stdout.lines().count(), 2);
    assert!(finished.stdout.lines().all(|line| line.starts_with('{')), "{}", finished.stdout);
}

#[test]
fn triggered_arrives_before_finished_even_if_it_has_to_be_repeated() {
    let script = [Reply::Status(503), Reply::Status(503), Reply::Status(200)];
    let test = Test::new().envs(github_push()).endpoint(&script).args(&["run", "--", "true"]);
    let finished = test.run().status(0);
    assert_eq!(
        names(&finished.requests[0]),
        ["build/triggered", "build/triggered", "build/triggered", "build/finished"]
    );
    let ids: Vec<_> = finished.requests[0].iter().map(|request| request.header("x-webhook-id")).collect();
    assert!(ids[0] == ids[2] && ids[2] != ids[3]);
}

#[test]
fn a_receiver_that_hangs_delays_neither_the_end_nor_other_receivers() {
    let test =
        Test::new().env("BUILDHOOK_DEADLINE", "6s").endpoint(&[Reply::Never]).endpoint(&[Reply::Status(200)]);
    let (hanging, quick) = (test.receiver(0), test.receiver(1));
    let start = Instant::now();
    let (child, test) = test.args(&["run", "--", "sh", "-c", "sleep 0.2; exit 7"]).start();
    let at_quick = quick.wait_for(2);
    assert!(at_quick[1].at - start < Duration::from_secs(5), "{:?}", at_quick[1].at - start);
    let finished = test.finish(child.wait_with_output().unwrap()).status(7);
    // A few seconds more on a busy machine, but not those of a second deadline.
    assert!(start.elapsed() < Duration::from_secs(11), "{:?}", start.elapsed());
    assert_eq!(names(&at_quick), ["build/triggered", "build/finished"]);
    // Both have some of the time.
    let requests = hanging.requests();
    assert_eq!((names(&requests)[0], names(&requests).pop()), ("build/triggered", Some("build/finished")));
    assert_eq!(finished.records.len(), 4);
}

#[test]
fn the_deadline_begins_at_the_end_of_the_command() {
    let test = Test::new().env("BUILDHOOK_DEADLINE", "1s").env("BUILDHOOK_RETRIES", "5");
    let script = [Reply::Headers(503, "retry-after: 2\r\n"), Reply::Status(200)];
    let finished = test.endpoint(&script).args(&["run", "--", "sleep", "3"]).run().status(0);
    assert_eq!(
        names(&finished.requests[0]),
        ["build/triggered", "build/triggered", "build/finished"],
        "there is time while the command runs: {}",
        finished.stderr
    );
}

#[test]
fn finished_does_not_wait_for_ever_for_the_artifacts() {
    let test = test().env("BUILDHOOK_DEADLINE", "1s").sparse_file("big.bin", 1 << 30);
    let finished = test.args(&["run", "--artifact", "big.bin", "--", "true"]).run().status(0);
    assert_eq!(names(&finished.requests[0]), ["build/triggered", "build/finished", "build.created"]);
}

#[cfg(unix)]
#[test]
fn streams_that_are_closed_or_full_change_nothing() {
    for redirection in [">&- 2>&-", "<&- >&- 2>&-", ">/dev/full 2>/dev/full", "2>/dev/full", "<&-"] {
        let test = test().args(&COMMAND);
        let command = test.command();
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(format!("exec \"$0\" \"$@\" {redirection}"));
        shell.arg(command.get_program()).args(command.get_args());
        shell.current_dir(test.folder()).env_clear();
        shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let output = shell.stdin(Stdio::null()).output().unwrap();
        let finished = test.finish(output).status(7);
        has_run(&finished);
        assert_eq!(names(&finished.requests[0]), ["build/triggered", "build/finished"], "{redirection}");
        assert_eq!(finished.requests[0][1].json()["build_status"], 2);
    }
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_text_reaches_the_command() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let test = test().args(&["run", "--", "sh", "-c", "touch ran; printf %s \"$ODD\" | od -An -tx1; exit 7"]);
    let mut command = test.command();
    let value = OsStr::from_bytes(b"\xff\xfe");
    command.env("ODD", value).env("BUILDHOOK_NOTES", value);
    let finished = test.finish(command.output().unwrap()).status(7).stdout("ff fe").stderr("BUILDHOOK_NOTES");
    has_run(&finished);
}
