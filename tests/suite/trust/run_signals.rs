//! Signals while `run` waits for its command or for a receiver, and what they must not cost.

#![cfg(unix)]

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::builder::{Finished, SECRET, Test};
use crate::environments::github_push;
use crate::receiver::{Receiver, Reply};

/// A receiver that never responds would take a minute.
fn test(script: &[Reply]) -> Test {
    let test = Test::new().envs(github_push()).env("BUILDHOOK_SECRET", SECRET).endpoint(script);
    test.env("BUILDHOOK_TIMEOUT", "60s").env("BUILDHOOK_DEADLINE", "60s")
}

fn send(signal: Signal, child: &Child) {
    kill_process(Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap(), signal).unwrap();
}

fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(20), "not {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Runs a script that makes `ready`, and returns when it has.
fn start(test: Test, script: &str) -> (Child, Test, Receiver) {
    let (ready, receiver) = (test.folder().join("ready"), test.receiver(0));
    let (child, test) = test.args(&["run", "--", "sh", "-c", script]).start();
    wait_until("ready", || ready.exists());
    (child, test, receiver)
}

fn finish(child: Child, test: Test) -> Finished {
    test.finish(child.wait_with_output().unwrap())
}

const WAIT: &str = "touch ready; while :; do sleep 0.05; done";

#[test]
fn a_hanging_receiver_delays_a_cancelled_build_by_seconds_only() {
    let (child, test, receiver) = start(test(&[Reply::Never]), WAIT);
    receiver.wait_for(1);
    let start = Instant::now();
    send(Signal::TERM, &child);
    let finished = finish(child, test).status(143);
    // Two seconds, and a few on a busy machine.
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert_eq!(finished.requests[0].len(), 2, "finished has its attempt");
    assert_eq!(finished.requests[0][1].json()["build_status"], 3);
    assert_eq!(finished.records.len(), 2, "both are kept");
}

#[test]
fn a_cancelled_build_makes_one_attempt_without_a_pause() {
    let test = test(&[Reply::Status(200), Reply::Status(503)]).env("BUILDHOOK_RETRIES", "20");
    let (child, test, receiver) = start(test.env("MAX_BACKOFF_MILLIS", "60000"), WAIT);
    receiver.wait_for(1);
    let start = Instant::now();
    send(Signal::INT, &child);
    let finished = finish(child, test);
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
    assert_eq!(finished.requests[0].len(), 2);
}

#[test]
fn a_signal_after_the_command_interrupts_the_sending_and_the_second_ends_it() {
    for signals in [1, 2] {
        let test = test(&[Reply::Status(200), Reply::Never]);
        let (child, test, receiver) = start(test, "touch ready; exit 5");
        receiver.wait_for(2);
        let start = Instant::now();
        for _ in 0..signals {
            send(Signal::TERM, &child);
            std::thread::sleep(Duration::from_millis(300));
        }
        let finished = finish(child, test).status(5);
        let limit = if signals == 1 { Duration::from_secs(8) } else { Duration::from_millis(1900) };
        assert!(start.elapsed() < limit, "{signals}: {:?}", start.elapsed());
        assert_eq!(finished.requests[0][1].json()["build_status"], 2, "the command had ended by then");
    }
}

#[test]
fn finished_has_its_share_of_the_time_when_created_is_canceled() {
    let test = test(&[Reply::Status(200), Reply::Never, Reply::Status(200)]).file("game.zip", "x");
    let receiver = test.receiver(0);
    let (child, test) = test.args(&["run", "--artifact", "game.zip", "--", "true"]).start();
    receiver.wait_for(2);
    let start = Instant::now();
    send(Signal::TERM, &child);
    let finished = finish(child, test).status(0);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    let events: Vec<_> =
        finished.requests[0].iter().map(|request| request.header("x-webhook-event")).collect();
    assert_eq!(events, [Some("build/triggered"), Some("build.created"), Some("build/finished")]);
    assert_eq!(finished.requests[0][2].json()["build_status"], 1);
}

#[test]
fn a_command_that_ignores_signals_is_reported_as_aborted() {
    let script = format!("trap '' TERM INT; echo $$ > pid; {WAIT}");
    let (child, test, receiver) = start(test(&[Reply::Status(200)]), &script);
    receiver.wait_for(1);
    for signal in [Signal::INT, Signal::TERM] {
        send(signal, &child);
        std::thread::sleep(Duration::from_millis(200));
    }
    let reported = receiver.wait_for(2);
    let finished = {
        let pid = std::fs::read_to_string(test.folder().join("pid")).unwrap().trim().parse().unwrap();
        let pid = Pid::from_raw(pid).unwrap();
        let mut child = child;
        let status = child.wait().unwrap();
        // It would keep the pipes open.
        kill_process(pid, Signal::KILL).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(status, output.status);
        test.finish(output).status(143)
    };
    assert_eq!(reported[1].json()["build_status"], 3);
    finished.stderr("is still running");
}

#[test]
fn the_same_signal_twice_at_once_is_one() {
    let script = format!("trap 'echo got; sleep 0.5; exit 5' TERM; {WAIT}");
    let (child, test, receiver) = start(test(&[Reply::Status(200)]), &script);
    receiver.wait_for(1);
    send(Signal::TERM, &child);
    std::thread::sleep(Duration::from_millis(5));
    send(Signal::TERM, &child);
    let finished = finish(child, test).status(5);
    assert_eq!(finished.stdout, "got\n");
    assert_eq!(finished.requests[0][1].json()["build_status"], 3);
}

#[test]
fn a_signal_that_does_not_ask_to_end_does_not_abort_the_build() {
    for (signal, name) in [(Signal::USR1, "USR1"), (Signal::USR2, "USR2"), (Signal::QUIT, "QUIT")] {
        let script = format!("trap 'exit 0' {name}; {WAIT}");
        let (child, test, _) = start(test(&[Reply::Status(200)]), &script);
        send(signal, &child);
        let finished = finish(child, test).status(0);
        assert_eq!(finished.requests[0][1].json()["build_status"], 1, "{name}");
    }
}

/// Starts `run` by a shell that has changed how signals are handled.
fn start_with(handling: &str, script: &str) -> (Child, Test) {
    let test = test(&[Reply::Status(200)]).args(&["run", "--", "sh", "-c", script]);
    let command = test.command();
    let mut shell = Command::new("sh");
    shell.arg("-c").arg(format!("{handling}; exec \"$0\" \"$@\""));
    shell.arg(command.get_program()).args(command.get_args());
    shell.current_dir(test.folder()).env_clear();
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let child = shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    (child, test)
}

#[cfg(target_os = "linux")] // Other systems do not report which signals a process ignores.
#[test]
fn a_signal_that_was_ignored_before_stays_ignored() {
    let (child, test) = start_with("trap '' HUP", "touch ready; until [ -e go ]; do sleep 0.02; done");
    let folder = test.folder().to_owned();
    wait_until("ready", || folder.join("ready").exists());
    send(Signal::HUP, &child);
    std::thread::sleep(Duration::from_millis(50));
    std::fs::write(folder.join("go"), "").unwrap();
    let finished = finish(child, test).status(0);
    assert_eq!(finished.requests[0][1].json()["build_status"], 1);
}

#[test]
fn an_ignored_signal_of_children_does_not_matter() {
    let (child, test) = start_with("trap '' CHLD", "exit 7");
    let finished = finish(child, test).status(7);
    assert_eq!(finished.requests[0].len(), 2);
}

#[cfg(target_os = "linux")]
#[test]
fn it_can_be_stopped_and_continued() {
    let (child, test, _) =
        start(test(&[Reply::Status(200)]), "touch ready; until [ -e go ]; do sleep 0.02; done");
    let state = || {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
        stat.rsplit_once(") ").unwrap().1.chars().next().unwrap()
    };
    send(Signal::TSTP, &child);
    wait_until("stopped", || state() == 'T');
    send(Signal::CONT, &child);
    wait_until("continued", || state() != 'T');
    std::fs::write(test.folder().join("go"), "").unwrap();
    let finished = finish(child, test).status(0);
    assert_eq!(finished.requests[0][1].json()["build_status"], 1);
}

#[test]
fn a_signal_ends_other_commands_and_their_event_is_kept() {
    use std::os::unix::process::ExitStatusExt as _;
    let test = test(&[Reply::Never]).args(&["finished", "--status", "success"]);
    let receiver = test.receiver(0);
    let (child, test) = test.start();
    receiver.wait_for(1);
    send(Signal::TERM, &child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.signal(), Some(15), "128 + 15 in a shell");
    assert_eq!(test.finish(output).records.len(), 1);
}
