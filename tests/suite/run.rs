//! `run -- COMMAND`: a build that consists of one command.

use crate::builder::{Finished, SECRET, Test};
use crate::environments::github_push;
use crate::receiver::{Receiver, Reply};

fn test() -> Test {
    Test::new().envs(github_push()).env("BUILDHOOK_SECRET", SECRET).endpoint(&[Reply::Status(200)])
}

/// The reported result, after checking that both events belong to the same build.
#[track_caller]
fn reported(finished: &Finished) -> i64 {
    let [triggered, ended] = finished.requests[0].as_slice() else {
        panic!("two events: {}", finished.stderr)
    };
    assert_eq!(triggered.header("x-webhook-event"), Some("build/triggered"));
    assert_eq!(ended.header("x-webhook-event"), Some("build/finished"));
    assert_eq!(triggered.json()["build_slug"], ended.json()["build_slug"]);
    assert_eq!(triggered.json()["triggered_at"], ended.json()["triggered_at"]);
    ended.signatures(SECRET);
    ended.json()["build_status"].as_i64().unwrap()
}

#[test]
fn a_successful_command_is_reported_and_its_output_unchanged() {
    let finished =
        test().args(&["run", "--", "sh", "-c", "printf 'out\\r\\n\\033[1m'; echo err >&2"]).run().status(0);
    assert_eq!(finished.stdout, "out\r\n\u{1b}[1m");
    assert!(finished.stderr.starts_with("err\n✓ "), "{}", finished.stderr);
    assert_eq!(reported(&finished), 1);
}

#[test]
fn a_failing_command_is_reported_and_its_exit_code_returned() {
    for code in [1, 3, 42, 255] {
        let finished = test().args(&["run", "--", "sh", "-c", &format!("exit {code}")]).run().status(code);
        assert_eq!(reported(&finished), 2);
    }
}

#[cfg(unix)] // The shell tools of Windows expand patterns themselves.
#[test]
fn arguments_are_passed_unchanged() {
    let finished =
        test().args(&["run", "--", "printf", "%s|", "a b", "--json", "$HOME", "*"]).run().status(0);
    assert_eq!(finished.stdout, "a b|--json|$HOME|*|");
}

#[test]
fn a_missing_command_is_reported_as_failed() {
    let finished =
        test().args(&["run", "--", "no-such-command"]).run().status(127).stderr("cannot run no-such-command");
    assert_eq!(reported(&finished), 2);
    let finished = test().file("plain.txt", "x").args(&["run", "--", "./plain.txt"]).run().status(126);
    assert_eq!(reported(&finished), 2);
}

#[test]
fn finished_is_sent_even_if_triggered_was_not_delivered() {
    let script = [Reply::Status(400), Reply::Status(200)];
    let test = Test::new().envs(github_push()).endpoint(&script).args(&["run", "--", "sh", "-c", "exit 7"]);
    let finished = test.run().status(7).stderr("400 Bad Request");
    assert_eq!(finished.requests[0].len(), 2);
}

#[test]
fn an_unreachable_receiver_does_not_change_the_exit_code() {
    let test = Test::new().endpoint_at(&Receiver::refusing()).env("BUILDHOOK_RETRIES", "0");
    test.args(&["run", "--", "sh", "-c", "exit 0"]).run().status(0).stderr("connection refused");
}

#[test]
fn finished_has_the_start_time_even_if_nothing_can_be_written() {
    let test = test()
        .file("blocked", "a file, not a folder")
        .env("BUILDHOOK_STATE_DIR", "blocked")
        .env("HOME", "/dev/null");
    let finished = test.args(&["run", "--", "true"]).run().status(0).stderr("cannot use the state folder");
    assert_eq!(reported(&finished), 1);
}

#[test]
fn a_mistake_in_the_configuration_does_not_keep_the_command_from_running() {
    let test = || test().env("BUILDHOOK_TIMEOUT", "x");
    let finished = test().args(&["run", "--", "sh", "-c", "touch ran; exit 7"]).run().status(7);
    assert!(finished.folder.path().join("ran").exists());
    let finished = finished.stderr("error: BUILDHOOK_TIMEOUT: found `x`, expected a duration");
    assert_eq!((finished.stderr.lines().count(), finished.requests[0].len()), (1, 0), "{}", finished.stderr);

    let finished = test().args(&["run", "--fail-on-error", "--", "touch", "ran"]).run().status(2);
    assert!(!finished.folder.path().join("ran").exists());
    test().args(&["run", "--dry-run", "--", "touch", "ran"]).run().status(2);
}

#[test]
fn artifacts_of_a_successful_command_are_sent() {
    let script = "mkdir out && printf x > out/one.bin && printf yy > out/two.bin && echo done";
    let finished = test().args(&["run", "--artifact", "out/*.bin", "--", "sh", "-c", script]).run().status(0);
    assert_eq!(finished.stdout, "done\n", "stdout contains only the command's output");
    let mut events: Vec<&str> =
        finished.requests[0].iter().filter_map(|request| request.header("x-webhook-event")).collect();
    assert_eq!(events.remove(0), "build/triggered");
    assert_eq!(events, ["build.created", "build.created", "build/finished"]);
    assert_eq!(
        std::fs::read_dir(finished.folder.path().join(".local/state/buildhook/builds")).unwrap().count(),
        2
    );
}

#[test]
fn missing_artifacts_do_not_change_the_exit_code() {
    let finished = test().args(&["run", "--artifact", "*.apk", "--", "true"]).run().status(0);
    assert_eq!(reported(&finished.stderr("warning: no file matches *.apk")), 1);
    let finished = test().args(&["run", "--artifact", "*.apk", "--", "false"]).run().status(1);
    assert!(!finished.stderr.contains("*.apk"), "{}", finished.stderr);
    assert_eq!(reported(&finished), 2);
}

#[test]
fn an_artifact_is_sent_although_another_pattern_matches_nothing() {
    let artifacts = ["--artifact", "*.apk", "--artifact", "*.bin", "--artifact", "a.bin"];
    let test = test().file("a.bin", "a").args(&["run"]).args(&artifacts).args(&["--", "true"]);
    let finished = test.run().status(0).stderr("warning: no file matches *.apk");
    let created: Vec<_> =
        finished.requests[0].iter().filter(|request| request.body.contains("build.created")).collect();
    assert_eq!((created.len(), finished.requests[0].len()), (1, 3));
}

#[test]
fn a_mistake_in_artifact_options_costs_their_event_only() {
    let test =
        test().file("a", "x").env("BUILDHOOK_PLATFORM", "nothing").env("BUILDHOOK_FAIL_ON_ERROR", "true");
    let finished = test.args(&["run", "--artifact", "a", "--", "sh", "-c", "exit 0"]).run().status(0);
    assert_eq!(reported(&finished), 1);
    finished.stderr("error: BUILDHOOK_PLATFORM: found `nothing`").stderr("build.created will not be sent");
}

#[test]
fn a_dry_run_does_not_run_the_command() {
    let finished = test().args(&["run", "--dry-run", "--", "touch", "ran"]).run().status(0);
    assert!(!finished.folder.path().join("ran").exists());
    let finished =
        finished.stdout("x-webhook-event: build/triggered").stdout("x-webhook-event: build/finished");
    assert!(finished.requests[0].is_empty());
}

#[cfg(unix)]
mod signals {
    use std::process::Child;

    use rustix::process::{Pid, Signal, kill_process};

    use super::*;

    fn send(signal: Signal, child: &Child) {
        let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
        kill_process(pid, signal).unwrap();
    }

    /// Runs a script that reports when it is ready, sends a signal, and returns the outcome.
    fn interrupted(script: &str, signal: Signal) -> Finished {
        let test = test();
        let ready = test.folder().join("ready");
        let script = format!("{script}\ntouch ready\nwhile :; do sleep 0.05; done");
        let (child, test) = test.args(&["run", "--", "sh", "-c", &script]).start();
        while !ready.exists() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        send(signal, &child);
        test.finish(child.wait_with_output().unwrap())
    }

    #[test]
    fn a_signal_is_passed_on_and_the_build_reported_as_aborted() {
        for (signal, code) in
            [(Signal::TERM, 143), (Signal::INT, 130), (Signal::HUP, 129), (Signal::QUIT, 131)]
        {
            let finished = interrupted("trap - INT QUIT\nulimit -c 0", signal).status(code);
            assert_eq!(reported(&finished), 3, "{signal:?}");
        }
    }

    #[test]
    fn the_command_can_clean_up_after_a_signal() {
        let finished = interrupted("trap 'echo cleaned; exit 5' TERM", Signal::TERM).status(5);
        assert_eq!(finished.stdout, "cleaned\n");
        assert_eq!(reported(&finished), 3);
    }

    #[test]
    fn a_command_killed_by_a_signal_has_the_exit_code_of_a_shell() {
        let finished = test().args(&["run", "--", "sh", "-c", "kill -KILL $$"]).run().status(137);
        assert_eq!(reported(&finished), 2);
        let finished = test().args(&["run", "--", "sh", "-c", "kill -TERM $$"]).run().status(143);
        assert_eq!(reported(&finished), 3, "a signal ended it");
    }

    #[test]
    fn a_signal_before_the_command_starts_still_ends_the_build() {
        let test = Test::new().envs(github_push()).endpoint(&[Reply::Never, Reply::Status(200)]);
        let test = test.env("BUILDHOOK_TIMEOUT", "1s").env("BUILDHOOK_RETRIES", "0");
        let receiver = test.receiver(0);
        let (child, test) = test.args(&["run", "--", "sleep", "60"]).start();
        receiver.wait_for(1);
        send(Signal::TERM, &child);
        let finished = test.finish(child.wait_with_output().unwrap()).status(143);
        assert_eq!(finished.requests[0][1].json()["build_status"], 3);
    }
}
