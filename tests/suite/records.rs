//! Records of deliveries: shown, resent and removed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

use crate::builder::{OTHER_SECRET, SECRET, STANDARD_SECRET, Test};
use crate::environments::gitlab_push;
use crate::receiver::{Receiver, Reply, Request};
use crate::seal::{record_in, sealed};

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[track_caller]
fn succeeded(output: &Output) -> &str {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// Records, the oldest first.
fn records(test: &Test) -> Vec<Value> {
    let output = test.output(&["deliveries", "list", "--json"], &[]);
    let mut records: Vec<Value> = serde_json::from_str(succeeded(&output)).unwrap();
    records.reverse();
    records
}

fn folder(test: &Test) -> PathBuf {
    test.deliveries()
}

fn names(test: &Test) -> Vec<String> {
    let files = std::fs::read_dir(folder(test)).unwrap();
    let mut names: Vec<String> = files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// An endpoint that fails twice and then accepts every event.
fn failing_at_first() -> Test {
    Test::new()
        .envs(gitlab_push())
        .env("BUILDHOOK_RETRIES", "0")
        .env("BUILDHOOK_SECRET", STANDARD_SECRET)
        .env("BUILDHOOK_HEADERS", "X-Team: qa-secret-value")
        .endpoint(&[Reply::Status(500), Reply::Status(503), Reply::Status(200)])
}

#[test]
fn a_failed_delivery_is_resent_with_the_same_body_and_a_new_signature() {
    let test = failing_at_first();
    assert_eq!(test.output(&["triggered"], &[]).status.code(), Some(3));
    let output = test.output(&["redeliver", "--failed"], &[]);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    succeeded(&test.output(&["redeliver", "--failed"], &[("BUILDHOOK_PREVIOUS_SECRET", STANDARD_SECRET)]));

    let requests = test.receiver(0).requests();
    let [first, second, third] = requests.as_slice() else { panic!("{requests:?}") };
    for request in [second, third] {
        assert_eq!(request.body, first.body);
        for header in ["content-type", "x-webhook-id", "x-webhook-timestamp", "bitrise-event-type", "x-team"]
        {
            assert_eq!(request.header(header), first.header(header), "{header}");
        }
        assert_eq!(request.signatures(STANDARD_SECRET).len(), 4);
    }
    let [record] = records(&test).try_into().unwrap();
    assert_eq!((&record["status"], &record["delivery_attempts"]), (&json!("delivered"), &json!(3)));
    let codes: Vec<u64> = record["attempts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|attempt| attempt["response_code"].as_u64().unwrap())
        .collect();
    assert_eq!(codes, [500, 503, 200]);
    let output = test.output(&["redeliver", "--failed"], &[]);
    assert!(text(&output.stderr).contains("nothing to resend"));
}

#[test]
fn a_delivery_is_selected_by_its_id_or_the_end_of_it_and_sent_to_the_current_url() {
    let test = failing_at_first().env("BUILDHOOK_NAME", "lab");
    test.output(&["triggered"], &[]);
    let id = records(&test)[0]["id"].as_str().unwrap().to_owned();
    let other = Receiver::start(&[Reply::Status(204)]);
    let variables = [
        ("BUILDHOOK_URL", &*other.url()),
        ("BUILDHOOK_SECRET", OTHER_SECRET),
        ("BUILDHOOK_PREVIOUS_SECRET", STANDARD_SECRET),
    ];
    for name in [&id[..], &id[id.len() - 6..]] {
        succeeded(&test.output(&["redeliver", name], &variables));
    }
    let requests = other.requests();
    assert_eq!(requests.len(), 2, "a selected delivery is resent even if it was delivered");
    assert_eq!(
        requests[0].signatures(OTHER_SECRET),
        ["x-webhook-signature", "bitrise-hook-signature", "x-hub-signature-256"]
    );
    assert_eq!(test.receiver(0).requests().len(), 1);

    let output = test.output(&["redeliver", &id], &[("BUILDHOOK_NAME", "another")]);
    assert!(text(&output.stderr).contains(&format!("delivery {id} to lab: no endpoint has this name")));
    let output = test.output(&["redeliver", "nonsense"], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("no delivery nonsense in"));
    let output = test.output(&["redeliver"], &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("no deliveries selected: pass ids or --failed"));
}

#[test]
fn redelivery_can_be_limited_by_time_and_endpoint() {
    let test = failing_at_first().env("BUILDHOOK_NAME", "lab");
    test.output(&["triggered"], &[]);
    for (arguments, count) in [
        (&["redeliver", "--failed", "--endpoint", "other"][..], 1),
        (&["redeliver", "--failed", "--since", "2999-01-01T00:00:00Z"], 1),
        (&["redeliver", "--failed", "--since", "1h", "--dry-run"], 1),
        (&["redeliver", "--failed", "--since", "1h", "--endpoint", "lab"], 2),
    ] {
        test.output(arguments, &[]);
        assert_eq!(test.receiver(0).requests().len(), count, "{arguments:?}");
    }
    let output = test.output(&["redeliver", "--failed", "--since", "soon"], &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("--since: found `soon`, expected a time such as"));
}

#[test]
fn many_failed_deliveries_are_resent_in_batches() {
    const COUNT: usize = 45;
    let test = failing_at_first().env("BUILDHOOK_URL", Receiver::refusing());
    for _ in 0..COUNT {
        test.output(&["triggered"], &[]);
    }
    let receiver = Receiver::start(&[Reply::Status(200)]);
    let variables = [("BUILDHOOK_URL", &*receiver.url()), ("BUILDHOOK_NAME", "127.0.0.1")];
    let output = test.output(&["redeliver", "--failed", "--json"], &variables);
    assert_eq!(succeeded(&output).lines().count(), COUNT, "{}", text(&output.stderr));
    assert_eq!(receiver.requests().len(), COUNT);
}

#[test]
fn deliveries_are_resent_in_the_order_of_their_events() {
    let test = Test::new().endpoint_at(&Receiver::refusing()).env("BUILDHOOK_RETRIES", "0");
    let test = test.env("BUILDHOOK_SECRET", SECRET);
    test.output(&["run", "--", "true"], &[]);
    let receiver = Receiver::keeping_connections(usize::MAX, std::time::Duration::from_millis(200));
    let variables = [("BUILDHOOK_URL", &*receiver.url()), ("BUILDHOOK_NAME", "127.0.0.1")];
    succeeded(&test.output(&["redeliver", "--failed"], &variables));
    let requests = receiver.requests();
    let names: Vec<_> = requests.iter().filter_map(|request| request.header("x-webhook-event")).collect();
    assert_eq!((names, receiver.connections()), (vec!["build/triggered", "build/finished"], 1));
}

#[test]
fn an_endpoint_that_does_not_answer_costs_a_redelivery_one_deadline() {
    let test = failing_at_first().env("BUILDHOOK_URL", Receiver::refusing()).env("BUILDHOOK_NAME", "lab");
    for _ in 0..25 {
        test.output(&["triggered"], &[]);
    }
    let receiver = Receiver::start(&[Reply::Never]);
    let variables = [("BUILDHOOK_URL", &*receiver.url()), ("BUILDHOOK_DEADLINE", "3s")];
    let output = test.output(&["redeliver", "--failed"], &variables);
    assert_eq!(output.status.code(), Some(3));
    let stderr = text(&output.stderr);
    assert!(stderr.contains("lab does not answer; not resent to it: 5 other deliveries"), "{stderr}");
    assert_eq!(receiver.requests().len(), 1);
}

/// The lines with undelivered events in the output of a command.
fn logged(output: &Output) -> Vec<String> {
    text(&output.stderr).lines().filter(|line| line.starts_with("bh1:")).map(str::to_owned).collect()
}

#[test]
fn an_event_that_only_a_log_still_has_is_resent() {
    let test = failing_at_first().env("BUILDHOOK_NAME", "lab").env("BUILDHOOK_URL", Receiver::refusing());
    let output = test.output(&["run", "--", "true"], &[("BUILDHOOK_LOG_UNDELIVERED", "true")]);
    let lines = logged(&output);
    assert_eq!(lines.len(), 2, "{}", text(&output.stderr));
    let advice = "warning: 2 events were not delivered; save this log and resend them with `buildhook redeliver --from LOG`\nbh1:";
    assert!(text(&output.stderr).contains(advice), "{}", text(&output.stderr));
    assert!(!text(&output.stderr).contains("redeliver --failed"), "{}", text(&output.stderr));
    let damaged = lines[0].replacen(&lines[0][20..24], "***", 1);
    let log = format!(
        "2026-01-02T03:04:05.0Z one\n2026-01-02T03:04:05.0Z \u{1b}[36m{}\u{1b}[0m\r\njob\tstep\t{}\n{}\nbh1:AAAA\n{damaged}\n",
        lines[1], lines[0], lines[1]
    );

    // Another machine, without the state folder of the first one.
    let other = Test::new().env("BUILDHOOK_NAME", "lab").file("log", log).endpoint(&[Reply::Status(200)]);
    let secret = [("BUILDHOOK_SECRET", STANDARD_SECRET)];
    let rotated = [("BUILDHOOK_SECRET", "whsec_bmV3"), ("BUILDHOOK_PREVIOUS_SECRET", STANDARD_SECRET)];
    let output = other.output(&["redeliver", "--from", "log"], &[("BUILDHOOK_SECRET", OTHER_SECRET)]);
    assert!(
        text(&output.stderr).contains("lines of the log that no configured secret opens: 4"),
        "{}",
        text(&output.stderr)
    );
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(other.receiver(0).requests().len(), 0);
    let renamed = [("BUILDHOOK_SECRET", STANDARD_SECRET), ("BUILDHOOK_NAME", "new")];
    let output = other.output(&["redeliver", "--from", "log"], &renamed);
    let stderr = text(&output.stderr);
    assert!(
        stderr.contains("events of the log not resent: 2; no configured endpoint has sealed them"),
        "{stderr}"
    );
    assert!(
        stderr.ends_with("resent 0; not resent 4\n") && !stderr.contains("nothing to resend"),
        "{stderr}"
    );
    let output = other.output(&["redeliver", "--from", "log"], &rotated);
    assert!(text(&output.stderr).contains("no configured secret opens: 2"), "{}", text(&output.stderr));
    succeeded(&output);
    let requests = other.receiver(0).requests();
    let names: Vec<_> = requests.iter().filter_map(|request| request.header("x-webhook-event")).collect();
    assert_eq!(names, ["build/triggered", "build/finished"]);
    let original = records(&test);
    for (request, record) in requests.iter().zip(&original) {
        assert_eq!(request.header("x-webhook-id"), record["id"].as_str());
        assert_eq!(request.body, record["body"].as_str().unwrap());
    }
    let output = other.output(&["redeliver", "--from", "log"], &secret);
    let stderr = text(&output.stderr);
    assert!(stderr.contains("events of the log delivered before: 2"), "{stderr}");
    assert!(stderr.ends_with("resent 0; not resent 2\n"), "two lines are damaged: {stderr}");
    assert_eq!(output.status.code(), Some(3));
    let whole = other.file("whole", lines.join("\n"));
    let output = whole.output(&["redeliver", "--from", "whole"], &secret);
    succeeded(&output);
    assert!(
        text(&output.stderr).ends_with("delivered before: 2\nnothing to resend\n"),
        "{}",
        text(&output.stderr)
    );
    let other = whole;
    assert_eq!(other.receiver(0).requests().len(), 2);
}

#[test]
fn undelivered_events_that_are_not_resent_are_counted_by_endpoint_and_reason() {
    let none = Test::new().env("BUILDHOOK_SECRET", SECRET).endpoint(&[Reply::Status(200)]);
    let output = none.output(&["redeliver", "--failed"], &[]);
    assert_eq!((succeeded(&output), text(&output.stderr)), ("", "nothing to resend\n"));

    let test = Test::new().env("BUILDHOOK_RETRIES", "0").endpoint_at(&Receiver::refusing());
    let refused = |name: &str, secret: &str| {
        let variables = [("BUILDHOOK_NAME", name), ("BUILDHOOK_SECRET", secret)];
        assert_eq!(test.output(&["triggered"], &variables).status.code(), Some(3));
    };
    ["lab", "lab", "lab", "gone", "gone"].iter().for_each(|name| refused(name, SECRET));
    let other = Receiver::start(&[Reply::Status(200)]);
    let changed = [
        ("BUILDHOOK_URL", &*other.url()),
        ("BUILDHOOK_NAME", "lab"),
        ("BUILDHOOK_SECRET", OTHER_SECRET),
        ("BUILDHOOK_FAIL_ON_ERROR", "true"),
    ];
    let output = test.output(&["redeliver", "--failed"], &changed);
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    for line in [
        "warning: 3 deliveries to lab: sealed with another secret; if it was changed, set the old one as previous_secret",
        "warning: 2 deliveries to gone: no endpoint has this name; configure it or use --to",
        "resent 0; not resent 5",
    ] {
        assert!(stderr.lines().any(|found| found == line), "{line}: {stderr}");
    }
    assert_eq!(stderr.lines().count(), 3, "{stderr}");
    let mut tolerant = changed;
    tolerant[3].1 = "false";
    succeeded(&test.output(&["redeliver", "--failed"], &tolerant));
    assert_eq!(other.requests().len(), 0);

    refused("lab", OTHER_SECRET);
    let output = test.output(&["redeliver", "--failed"], &changed);
    succeeded(&output);
    assert!(text(&output.stderr).ends_with("resent 1; not resent 5\n"), "{}", text(&output.stderr));
    let disabled =
        [changed[0], ("BUILDHOOK_NAME", "gone"), ("BUILDHOOK_SECRET", SECRET), ("BUILDHOOK_ACTIVE", "false")];
    let output = test.output(&["redeliver", "--failed"], &disabled);
    assert!(
        text(&output.stderr).contains("2 deliveries to gone: the endpoint is disabled"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn a_list_of_no_deliveries_is_refused() {
    let test = failing_at_first();
    test.output(&["triggered"], &[]);
    for arguments in [&["deliveries", "--limit", "0"][..], &["deliveries", "list", "--json", "--limit", "0"]]
    {
        let output = test.output(arguments, &[]);
        assert_eq!(output.status.code(), Some(2));
        assert!(
            text(&output.stderr).contains("--limit: found `0`, expected 1 or more"),
            "{}",
            text(&output.stderr)
        );
    }
}

#[test]
fn a_dry_run_prints_requests_and_no_json() {
    let test = failing_at_first();
    for arguments in
        [&["triggered", "--dry-run", "--json"][..], &["redeliver", "--failed", "--dry-run", "--json"]]
    {
        let output = test.output(arguments, &[]);
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains("cannot be used with"), "{}", text(&output.stderr));
    }
}

#[test]
fn a_weak_secret_leaves_what_works() {
    let undelivered = |test: Test| {
        let test = test.env("BUILDHOOK_SECRET", "weak").env("BUILDHOOK_LOG_UNDELIVERED", "true");
        let test = test.env("BUILDHOOK_RETRIES", "0").endpoint_at(&Receiver::refusing());
        test.args(&["triggered"]).run().stderr
    };
    let here = undelivered(Test::new());
    assert!(here.contains("it has no secret of 24 bytes") && here.contains("redeliver --failed"), "{here}");
    let discarded = undelivered(Test::new().envs(gitlab_push()).env("CI_DISPOSABLE_ENVIRONMENT", "true"));
    assert!(discarded.contains("it has no secret of 24 bytes"), "{discarded}");
    assert!(!discarded.contains("redeliver") && !discarded.contains("LOG_UNDELIVERED"), "{discarded}");
}

#[test]
fn only_what_a_strong_secret_protects_is_written_into_the_log() {
    let variables = [("BUILDHOOK_LOG_UNDELIVERED", "true")];
    for secret in ["a-short-secret-of-23-b", "whsec_bmV3bmV3bmV3bmV3bmV3", ""] {
        let test = Test::new().endpoint_at(&Receiver::refusing()).env("BUILDHOOK_RETRIES", "0");
        let output = test.env("BUILDHOOK_SECRET", secret).output(&["triggered"], &variables);
        assert_eq!(logged(&output).len(), 0);
        assert!(
            text(&output.stderr).contains("it has no secret of 24 bytes or more"),
            "{}",
            text(&output.stderr)
        );
    }
    let test = failing_at_first();
    assert_eq!(logged(&test.output(&["triggered"], &[])).len(), 0, "it was not asked for");
    let mut state = 1_u64;
    let mut letter = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(b'A' + (state >> 33) as u8 % 58)
    };
    let long: String = (0..20_000).map(|_| letter()).collect();
    let output = test.env("BUILDHOOK_COMMIT_MESSAGE", long).output(&["triggered"], &variables);
    assert_eq!(logged(&output).len(), 0);
    assert!(
        text(&output.stderr).contains("undelivered events that do not fit into the log: 1"),
        "{}",
        text(&output.stderr)
    );
}

#[test]
fn a_log_has_at_most_64_kb_of_undelivered_events() {
    let names: Vec<String> = (0..80).map(|number| format!("{number}.bin")).collect();
    let test = failing_at_first().env("BUILDHOOK_URL", Receiver::refusing());
    let test = names.iter().fold(test, |test, name| test.file(name, name));
    let mut arguments = vec!["created"];
    arguments.extend(names.iter().map(String::as_str));
    let output = test.output(&arguments, &[("BUILDHOOK_LOG_UNDELIVERED", "true")]);
    let lines = logged(&output);
    let size: usize = lines.iter().map(String::len).sum();
    assert!(size <= 64 << 10 && lines.len() > 20, "{size} {}", lines.len());
    let left = format!("do not fit into the log: {}", 80 - lines.len());
    assert!(text(&output.stderr).contains(&left), "{}", text(&output.stderr));
}

#[test]
fn concurrent_redeliveries_send_once() {
    let test = Test::new().env("BUILDHOOK_RETRIES", "0").endpoint(&[Reply::Status(500), Reply::Never]);
    test.output(&["triggered"], &[]);
    let receiver = test.receiver(0);
    let mut command = test.command();
    let mut first = command.args(["redeliver", "--failed"]).spawn().unwrap();
    receiver.wait_for(2);
    let output = test.output(&["redeliver", "--failed"], &[]);
    assert!(
        text(&output.stderr).contains("already being sent by another process"),
        "{}",
        text(&output.stderr)
    );
    assert_eq!(receiver.requests().len(), 2);
    first.kill().unwrap();
    first.wait().unwrap();
}

#[test]
fn a_damaged_record_is_ignored_and_the_others_are_used() {
    let test = failing_at_first();
    test.output(&["triggered"], &[]);
    let good = names(&test)[0].clone();
    let whole = std::fs::read(folder(&test).join(&good)).unwrap();
    for (name, content) in [
        ("01a20000-0000-7000-8000-000000000001.jsonl", &whole[..whole.len() / 3]),
        ("01a20000-0000-7000-8000-000000000002.jsonl", b""),
        ("01a20000-0000-7000-8000-000000000003.jsonl", &whole[..]),
    ] {
        std::fs::write(folder(&test).join(name), content).unwrap();
    }
    let output = test.output(&["redeliver", "--failed"], &[]);
    let stderr = text(&output.stderr);
    for (number, reason) in [(1, "no seal"), (2, "no seal"), (3, "the record of another delivery")] {
        let name = format!("01a20000-0000-7000-8000-00000000000{number}.jsonl");
        let line = stderr.lines().find(|line| line.contains(&name)).unwrap_or_default();
        assert!(line.starts_with("warning: ignoring ") && line.contains(reason), "{stderr}");
        assert!(names(&test).contains(&name));
    }
    assert_eq!(test.receiver(0).requests().len(), 2);
}

#[test]
fn incomplete_lines_of_a_killed_process_are_skipped() {
    let test = failing_at_first();
    test.output(&["triggered"], &[]);
    let file = folder(&test).join(&names(&test)[0]);
    let mut content = std::fs::read(&file).unwrap();
    content.extend(b"\n{\"at\":\"2025-11-17T19:10:53Z\",\"dura");
    std::fs::write(&file, content).unwrap();
    test.output(&["redeliver", "--failed"], &[]);
    let [record] = records(&test).try_into().unwrap();
    assert_eq!((&record["delivery_attempts"], &record["response_code"]), (&json!(2), &json!(503)));
}

#[test]
fn a_record_that_cannot_be_locked_does_not_stop_the_others() {
    let test = failing_at_first();
    for _ in 0..2 {
        assert_eq!(test.output(&["triggered"], &[]).status.code(), Some(3));
    }
    let [stuck, other] = records(&test).try_into().unwrap();
    let id = stuck["id"].as_str().unwrap();
    std::fs::create_dir(folder(&test).join(format!(".{id}.lock"))).unwrap();
    let output = test.output(&["redeliver", "--failed"], &[]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
    assert!(text(&output.stderr).contains(&format!("error: delivery {id}: ")), "{}", text(&output.stderr));
    let states: Vec<Value> = records(&test).iter().map(|record| record["status"].clone()).collect();
    assert_eq!(states, ["failed", "delivered"], "{other}");
}

#[test]
fn an_unreadable_record_is_reported_and_kept() {
    let test = failing_at_first();
    assert_eq!(test.output(&["triggered"], &[]).status.code(), Some(3));
    let name = "01a200ac-36eb-7fd0-af5f-3211c5f73123.jsonl";
    std::fs::create_dir(folder(&test).join(name)).unwrap();
    let output = test.output(&["deliveries"], &[]);
    assert!(text(&output.stderr).contains("is not a regular file"), "{}", text(&output.stderr));
    assert!(names(&test).contains(&name.to_owned()), "{:?}", names(&test));
    assert_eq!(records(&test).len(), 1);
}

#[test]
fn old_and_surplus_records_are_removed_unless_undelivered() {
    let test = failing_at_first();
    test.output(&["triggered"], &[]);
    let failed = names(&test)[0].clone();
    test.output(&["triggered"], &[]);
    for _ in 0..4 {
        succeeded(&test.output(&["triggered"], &[]));
    }
    assert_eq!(names(&test).len(), 6);
    succeeded(&test.output(&["triggered"], &[("BUILDHOOK_KEEP_RECORDS", "3")]));
    let left = names(&test);
    assert!(left.contains(&failed), "{left:?}");
    assert_eq!(left.len(), 3, "expected the two that failed and the newest: {left:?}");

    // The id of this record contains an old time.
    let file = std::fs::read_to_string(folder(&test).join(&left[2])).unwrap();
    let id = left[2].strip_suffix(".jsonl").unwrap();
    let (old, old_lock) = ("018bd000-0000-7000-8000-000000000000", "018bd000-0000-7000-8000-000000000001");
    let first_line = sealed(STANDARD_SECRET, &record_in(&file).replace(id, old));
    let attempts = file.split_once('\n').unwrap().1;
    std::fs::write(folder(&test).join(format!("{old}.jsonl")), format!("{first_line}\n{attempts}")).unwrap();
    let lock = folder(&test).join(format!(".{old_lock}.lock"));
    std::fs::write(&lock, "").unwrap();
    assert_eq!(records(&test)[0]["origin"], "ours");
    succeeded(&test.output(&["triggered"], &[]));
    assert!(!names(&test).contains(&format!("{old}.jsonl")));
    assert!(lock.exists(), "another process may be about to lock it");

    let yesterday = std::time::SystemTime::now() - std::time::Duration::from_secs(90_000);
    std::fs::File::options().write(true).open(&lock).unwrap().set_modified(yesterday).unwrap();
    succeeded(&test.output(&["triggered"], &[]));
    assert_eq!(names(&test).len(), 5, "{:?}", names(&test));
    assert!(!lock.exists());
}

#[test]
fn a_large_folder_is_tidied_up_now_and_then() {
    const COUNT: usize = 2100;
    let test = Test::new().envs(gitlab_push()).env("BUILDHOOK_SECRET", STANDARD_SECRET);
    let test = test.endpoint(&[Reply::Status(200)]);
    succeeded(&test.output(&["triggered"], &[]));
    let name = names(&test)[0].clone();
    let file = std::fs::read_to_string(folder(&test).join(&name)).unwrap();
    let attempts = file.split_once('\n').unwrap().1;
    for number in 0..COUNT {
        let id = format!("018bd000-0000-7000-8000-{number:012x}");
        let first_line =
            sealed(STANDARD_SECRET, &record_in(&file).replace(name.strip_suffix(".jsonl").unwrap(), &id));
        std::fs::write(folder(&test).join(format!("{id}.jsonl")), format!("{first_line}\n{attempts}"))
            .unwrap();
    }
    let count = || names(&test).iter().filter(|name| name.ends_with(".jsonl")).count();
    succeeded(&test.output(&["triggered"], &[]));
    assert_eq!(count(), COUNT + 2, "the first command that finds a large folder does nothing else");

    let marker = folder(&test).join(".tidied");
    let tidied_at = |seconds| {
        let time = std::time::SystemTime::now() - std::time::Duration::from_secs(seconds);
        std::fs::File::options().write(true).open(&marker).unwrap().set_modified(time).unwrap();
    };
    tidied_at(300);
    succeeded(&test.output(&["triggered"], &[]));
    assert_eq!(count(), COUNT + 3);
    tidied_at(700);
    succeeded(&test.output(&["triggered"], &[]));
    let left = count();
    assert!((COUNT + 4 - 1000..COUNT + 4).contains(&left), "{left}");
    for _ in 0..4 {
        tidied_at(700);
        succeeded(&test.output(&["triggered"], &[]));
    }
    assert_eq!(count(), 8, "all those of 2023 are too old");
}

#[test]
fn deliveries_are_shown_as_a_table_and_in_full() {
    let body = "{\"error\": \"no \\u001b[31mroom\"}".to_owned();
    let test = Test::new()
        .envs(gitlab_push())
        .env("BUILDHOOK_RETRIES", "0")
        .env("BUILDHOOK_NAME", "lab")
        .env("BUILDHOOK_SECRET", SECRET)
        .endpoint(&[Reply::Status(200), Reply::Body(422, body)]);
    test.output(&["triggered"], &[]);
    test.output(&["finished", "--status", "failed"], &[]);
    let output = test.output(&["deliveries"], &[]);
    let lines: Vec<Vec<&str>> =
        succeeded(&output).lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(lines[0], ["ID", "STARTED", "EVENT", "ENDPOINT", "STATUS", "CODE", "ATTEMPTS", "TOOK"]);
    assert_eq!(lines[1][2..8], ["build/finished", "failed", "lab", "failed", "422", "1"]);
    assert_eq!(lines[2][2..7], ["build/triggered", "lab", "delivered", "200", "1"]);
    for (arguments, count) in [
        (&["deliveries", "--failed"][..], 1),
        (&["deliveries", "--event", "build/triggered"], 1),
        (&["deliveries", "--event", "build/triggered", "--failed"], 0),
        (&["deliveries", "list", "--endpoint", "lab"], 2),
        (&["deliveries", "--endpoint", "other"], 0),
        (&["deliveries", "--since", "1h"], 2),
        (&["deliveries", "--since", "2999-01-01T00:00:00Z"], 0),
    ] {
        let output = test.output(arguments, &[]);
        let lines = succeeded(&output).lines().skip(1).count();
        assert_eq!(
            (lines, text(&output.stderr).contains("no such deliveries")),
            (count, count == 0),
            "{arguments:?}"
        );
    }
    assert_eq!(test.output(&["deliveries", "--since", "soon"], &[]).status.code(), Some(2));
    for arguments in [&["deliveries", "list", "--limit", "1"][..], &["deliveries", "--limit", "1"]] {
        let output = test.output(arguments, &[]);
        assert_eq!(succeeded(&output).lines().count(), 2);
        assert!(text(&output.stderr).contains("older deliveries not shown: 1"));
    }
    assert_eq!(test.output(&["deliveries", "--limit", "1", "show", lines[1][0]], &[]).status.code(), Some(2));

    let output = test.output(&["deliveries", "show", lines[1][0]], &[]);
    for expected in [
        "event     build/finished failed\nevent id  ",
        "endpoint  lab\n",
        "attempt 1 at ",
        "422 Unprocessable Entity",
        "  x-webhook-signature: ***\n",
        "    \"build_status\": 2,\n",
        "\nResponse 422\n",
        "\"error\": \"no \\u001b[31mroom\"",
    ] {
        assert!(succeeded(&output).contains(expected), "no `{expected}` in\n{}", text(&output.stdout));
    }
    let output = Test::new().output(&["deliveries"], &[]);
    assert!(text(&output.stderr).contains("no deliveries in "));
}

/// The distinct events that a receiver got, by id.
fn distinct(requests: &[Request]) -> BTreeMap<String, String> {
    requests
        .iter()
        .map(|request| (request.header("x-webhook-id").unwrap().to_owned(), request.body.clone()))
        .collect()
}

#[cfg(unix)]
#[test]
fn a_crash_at_any_point_loses_no_event() {
    use std::os::unix::process::ExitStatusExt;

    let mut killed = 0;
    for step in 1.. {
        let test = Test::new()
            .envs(gitlab_push())
            .env("BUILDHOOK_RETRIES", "1")
            .endpoint(&[Reply::Status(500), Reply::Status(200)])
            .endpoint(&[Reply::Status(200)]);
        let output = test.output(&["triggered"], &[("CRASH_AT", &step.to_string())]);
        let is_over = output.status.success();
        assert!(is_over || output.status.signal() == Some(9), "{:?}", output.status);
        killed += usize::from(!is_over);
        succeeded(&test.output(&["redeliver", "--failed"], &[]));
        let records = records(&test);
        for (number, endpoint) in ["127.0.0.1", "127.0.0.1-2"].into_iter().enumerate() {
            let begun: Vec<&Value> = records.iter().filter(|record| record["endpoint"] == endpoint).collect();
            let received = distinct(&test.receiver(number).requests());
            assert_eq!(received.len(), begun.len(), "step {step}, {endpoint}");
            for record in begun {
                assert_eq!(record["status"], "delivered", "step {step}");
                let body = received.get(record["id"].as_str().unwrap()).unwrap();
                assert_eq!(record["body"], **body, "step {step}");
            }
        }
        if is_over {
            break;
        }
        assert!(step < 200, "the command always crashes");
    }
    assert!(killed >= 15, "only {killed} crash points");
}

#[test]
fn hundreds_of_processes_can_share_a_state_folder() {
    // The nightly check starts more.
    let count = std::env::var("CONCURRENT_PROCESSES").map_or(200, |count| count.parse().unwrap());
    let test = Test::new().envs(gitlab_push()).endpoint(&[Reply::Status(200)]);
    let start = |_| {
        let mut command: Command = test.command();
        command.arg("triggered").stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let children: Vec<_> = (0..count).map(start).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
    let receiver = test.receiver(0);
    assert_eq!(distinct(&receiver.requests()).len(), count);
    let output = test.output(&["deliveries", "list", "--json", "--limit", "1000"], &[]);
    let records: Vec<Value> = serde_json::from_str(succeeded(&output)).unwrap();
    assert_eq!(records.len(), count);
    assert!(records.iter().all(|record| record["status"] == "delivered"));
    assert!(Path::new(&folder(&test)).read_dir().unwrap().count() <= count + 1);
}
