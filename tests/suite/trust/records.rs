//! Records that others wrote: shown as text, never sent.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::builder::{OTHER_SECRET, SECRET, STANDARD_SECRET, Test};
use crate::environments::gitlab_push;
use crate::receiver::{Receiver, Reply};
use crate::seal::{record_in, sealed};

/// A failed delivery to the endpoint `lab`, which accepts everything from then on: the test, the id and the file.
fn failed() -> (Test, String, PathBuf) {
    let test = Test::new()
        .envs(gitlab_push())
        .env("BUILDHOOK_NAME", "lab")
        .env("BUILDHOOK_SECRET", SECRET)
        .env("BUILDHOOK_RETRIES", "0")
        .endpoint(&[Reply::Status(500), Reply::Status(200)]);
    assert_eq!(test.output(&["triggered"], &[]).status.code(), Some(3));
    let id = test.records()[0]["id"].as_str().unwrap().to_owned();
    let file = test.deliveries().join(format!("{id}.jsonl"));
    (test, id, file)
}

fn run(test: &Test, arguments: &[&str], variables: &[(&str, &str)]) -> (String, String) {
    let output = test.output(arguments, variables);
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_record_that_is_not_sealed_for_its_endpoint_is_listed_and_neither_sent_nor_moved() {
    let (test, id, file) = failed();
    let other = Receiver::start(&[Reply::Status(200)]);
    let other_url = other.url();
    let two = [
        ("BUILDHOOK_URL_2", other_url.as_str()),
        ("BUILDHOOK_NAME_2", "chat"),
        ("BUILDHOOK_SECRET_2", OTHER_SECRET),
    ];
    let ours = fs::read_to_string(&file).unwrap();
    let record = record_in(&ours).to_owned();
    let url = test.receiver(0).url();
    for (case, content, origin) in [
        ("another body", ours.replace("gitlab.com", "evil.example"), "other-secret"),
        ("another endpoint", ours.replace("\"lab\"", "\"chat\""), "other-secret"),
        ("sealed for another endpoint", sealed(OTHER_SECRET, &record), "other-secret"),
        ("an unknown secret", sealed("guess", &record), "other-secret"),
        ("the URL as key", sealed(&url, &record), "before-secret"),
        ("an endpoint of no name", sealed("guess", &record.replace("\"lab\"", "\"gone\"")), "unchecked"),
    ] {
        assert_ne!(content, ours, "{case}");
        fs::write(&file, &content).unwrap();
        for arguments in [&["redeliver", "--failed"][..], &["redeliver", &id]] {
            let (_, stderr) = run(&test, arguments, &two);
            assert!(stderr.contains("warning: ") && stderr.contains(&id), "{case}: {stderr}");
        }
        let (stdout, _) = run(&test, &["deliveries", "list", "--json"], &two);
        let records: Value = serde_json::from_str(&stdout).unwrap();
        assert_eq!(records[0]["origin"], origin, "{case}");
        let (table, _) = run(&test, &["deliveries"], &two);
        assert!(table.contains(&format!(", {}", origin.replace('-', " "))), "{case}: {table}");
        let (shown, _) = run(&test, &["deliveries", "show", &id], &two);
        assert!(shown.contains("\norigin "), "{case}: {shown}");
        run(&test, &["deliveries", "page", "page.html"], &two);
        let page = fs::read_to_string(test.folder().join("page.html")).unwrap();
        assert_eq!(page.contains("buildhook redeliver "), origin == "unchecked", "{case}");
        assert_eq!(fs::read_to_string(&file).unwrap(), content, "{case}: it is unchanged");
    }
    assert_eq!(test.receiver(0).requests().len(), 1);
    assert_eq!(other.requests().len(), 0);
    fs::write(&file, &ours).unwrap();
    run(&test, &["redeliver", "--failed"], &two);
    assert_eq!(test.receiver(0).requests().len(), 2, "the record itself is still good");
}

#[test]
fn a_record_made_before_a_secret_was_set_is_not_sent() {
    let test = Test::new().env("BUILDHOOK_RETRIES", "0").endpoint(&[Reply::Status(500), Reply::Status(200)]);
    test.output(&["triggered"], &[]);
    let (_, stderr) = run(&test, &["redeliver", "--failed"], &[("BUILDHOOK_SECRET", SECRET)]);
    assert!(stderr.contains("to 127.0.0.1: recorded before the endpoint had a secret"), "{stderr}");
    assert_eq!(test.receiver(0).requests().len(), 1);
    let (_, stderr) = run(&test, &["redeliver", "--failed"], &[]);
    assert_eq!(test.receiver(0).requests().len(), 2, "without a secret its URL is the key: {stderr}");
}

#[test]
fn a_record_of_an_unknown_endpoint_needs_to() {
    let (test, id, _) = failed();
    let renamed = [("BUILDHOOK_NAME", "new name")];
    let (_, stderr) = run(&test, &["redeliver", "--failed"], &renamed);
    assert!(stderr.contains("to lab: no endpoint has this name"), "{stderr}");
    let with_other_secret = [("BUILDHOOK_NAME", "new name"), ("BUILDHOOK_SECRET", OTHER_SECRET)];
    let (_, stderr) = run(&test, &["redeliver", &id, "--to", "new name"], &with_other_secret);
    assert!(stderr.contains("to lab: sealed with another secret"), "{stderr}");
    let (_, stderr) = run(&test, &["redeliver", &id, "--to", "nowhere"], &renamed);
    assert!(stderr.contains("--to: found `nowhere`, expected the name of an endpoint: new name"), "{stderr}");
    assert_eq!(test.receiver(0).requests().len(), 1);
    let (_, stderr) = run(&test, &["redeliver", "--failed", "--to", "new name"], &renamed);
    let requests = test.receiver(0).requests();
    assert_eq!(requests.len(), 2, "{stderr}");
    assert_eq!(requests[0].body, requests[1].body);
    assert_ne!(
        requests[0].header("x-webhook-id"),
        requests[1].header("x-webhook-id"),
        "it is another delivery"
    );
    let (_, stderr) = run(&test, &["redeliver", "--failed", "--to", "new name"], &renamed);
    assert_eq!(test.receiver(0).requests().len(), 2, "it was delivered there: {stderr}");
    let (table, _) = run(&test, &["deliveries"], &renamed);
    assert_eq!(table.matches("delivered").count(), 1, "{table}");
}

#[test]
fn deliveries_need_no_endpoint() {
    let (test, id, _) = failed();
    let none = [("BUILDHOOK_URL", ""), ("BUILDHOOK_SECRET", "")];
    let (table, _) = run(&test, &["deliveries"], &none);
    assert!(table.contains("failed, unchecked"), "{table}");
    let (shown, _) = run(&test, &["deliveries", "show", &id], &none);
    assert!(shown.contains("unchecked: no configured endpoint has this name"), "{shown}");
    run(&test, &["deliveries", "page", "page.html"], &none);
    let page = fs::read_to_string(test.folder().join("page.html")).unwrap();
    assert!(page.contains("(unchecked)"));
}

#[test]
fn failed_deliveries_of_more_than_three_days_ago_are_resent_by_their_id_alone() {
    let (test, id, file) = failed();
    let content = fs::read_to_string(&file).unwrap();
    let days_ago =
        |days: i64| (jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24 * days)).to_string();
    let created_at = test.records()[0]["created_at"].as_str().unwrap().to_owned();
    let old = sealed(SECRET, &record_in(&content).replace(&created_at, &days_ago(4)));
    fs::write(&file, old).unwrap();
    let (_, stderr) = run(&test, &["redeliver", "--failed"], &[]);
    assert!(stderr.contains("older than 3 days not resent: 1; pass their ids"), "{stderr}");
    assert_eq!(test.receiver(0).requests().len(), 1);
    run(&test, &["redeliver", &id], &[]);
    assert_eq!(test.receiver(0).requests().len(), 2);
}

#[test]
fn a_delivered_record_cannot_be_made_to_pass_for_another_one() {
    let (test, id, file) = failed();
    run(&test, &["redeliver", &id], &[]);
    assert_eq!(test.receiver(0).requests().len(), 2);
    // The file of another delivery, whose receiver would not recognize the repetition.
    let content = fs::read_to_string(&file).unwrap();
    let first_line = content.lines().next().unwrap();
    let other_id = "01a20000-0000-7000-8000-000000000000";
    fs::write(test.deliveries().join(format!("{other_id}.jsonl")), first_line).unwrap();
    let (_, stderr) = run(&test, &["redeliver", "--failed"], &[]);
    assert!(stderr.contains("it contains the record of another delivery"), "{stderr}");
    run(&test, &["redeliver", other_id], &[]);
    assert_eq!(test.receiver(0).requests().len(), 2);

    // Without its attempts it is pending again: the receiver sees the same ids and drops the repetition.
    fs::write(&file, first_line).unwrap();
    run(&test, &["redeliver", "--failed"], &[]);
    let requests = test.receiver(0).requests();
    assert_eq!(requests.len(), 3);
    assert_eq!(requests[2].header("x-webhook-id"), requests[0].header("x-webhook-id"));
    assert_eq!(requests[2].body, requests[0].body);
}

#[test]
fn text_of_a_forged_record_cannot_control_a_terminal_or_a_page() {
    let (test, id, file) = failed();
    let record = record_in(&fs::read_to_string(&file).unwrap()).to_owned();
    let evil = "\\u001b[2J\\r\\n::error::x</script><script>alert(1)</script>\\u202e";
    let forged = record
        .replace("\"endpoint\":\"lab\"", &format!("\"endpoint\":\"{evil}\""))
        .replace("\"event\":\"build/triggered\"", &format!("\"event\":\"{evil}\""))
        .replace("\"event_id\":\"", &format!("\"event_id\":\"{evil}"));
    let attempt = format!(
        "{{\"at\":\"2025-11-17T19:10:53Z\",\"duration\":0.1,\"response_code\":500,\"error\":\"{evil}\",\
         \"status\":\"failed\",\"response_headers\":{{\"{evil}\":\"{evil}\"}},\"response_payload\":\"{evil}\"}}"
    );
    fs::write(&file, format!("{}\n{attempt}", sealed("guess", &forged))).unwrap();
    run(&test, &["deliveries", "page", "page.html"], &[]);
    let page = fs::read_to_string(test.folder().join("page.html")).unwrap();
    assert!(!page.contains("<script>alert") && page.contains("alert(1)"));
    assert_eq!((page.matches("</details>").count(), page.matches("</script>").count()), (1, 1));
    assert!(!page.contains(['\u{1b}', '\r', '\u{202e}']));
    let mut printed = String::new();
    for arguments in [&["deliveries"][..], &["deliveries", "show", &id], &["redeliver", "--failed"]] {
        let (stdout, stderr) = run(&test, arguments, &[]);
        printed += &(stdout + &stderr);
    }
    assert!(printed.contains("alert(1)"), "{printed}");
    for control in ['\u{1b}', '\r', '\u{202e}'] {
        assert!(!printed.contains(control), "{control:?} in {printed}");
    }
}

#[test]
fn tidying_up_removes_only_what_is_named_like_ours() {
    let (test, _, file) = failed();
    let folder = test.deliveries();
    let forged = sealed("guess", record_in(&fs::read_to_string(&file).unwrap()));
    let old = "018bd000-0000-7000-8000-00000000000";
    let kept = [
        format!("{old}1.json"),
        format!("{}.jsonl", format!("{old}2").to_uppercase()),
        "notes.jsonl".to_owned(),
        "6ba7b810-9dad-11d1-80b4-00c04fd430c8.jsonl".to_owned(),
        ".hidden.lock".to_owned(),
        ".download.tmp".to_owned(),
    ];
    for name in kept.iter().chain([&format!("{old}3.jsonl"), &format!("{old}4.jsonl")]) {
        let content = if name.contains("0003") { "not a record" } else { &forged };
        fs::write(folder.join(name), content).unwrap();
    }
    run(&test, &["triggered"], &[]);
    for name in &kept {
        assert!(folder.join(name).exists(), "{name} was removed");
    }
    for number in [3, 4] {
        assert!(
            !folder.join(format!("{old}{number}.jsonl")).exists(),
            "{number} is old and sealed by others"
        );
    }
    assert!(file.exists(), "our own record is undelivered");
}

#[cfg(unix)]
#[test]
fn pipes_links_and_huge_files_named_like_records_are_harmless() {
    let (test, _, file) = failed();
    let folder = test.deliveries();
    let name = |number: u32| folder.join(format!("01a20000-0000-7000-8000-00000000000{number}.jsonl"));
    assert!(std::process::Command::new("mkfifo").arg(name(1)).status().unwrap().success());
    fs::create_dir(name(2)).unwrap();
    std::os::unix::fs::symlink(&file, name(3)).unwrap();
    std::os::unix::fs::symlink("/dev/zero", name(4)).unwrap();
    fs::File::create(name(5)).unwrap().set_len(1 << 40).unwrap();
    let (table, stderr) = run(&test, &["deliveries"], &[]);
    assert_eq!(table.lines().count(), 2, "{table}");
    assert_eq!(stderr.matches("warning: ignoring").count(), 5, "{stderr}");
    run(&test, &["redeliver", "--failed"], &[]);
    run(&test, &["triggered"], &[]);
    assert_eq!(test.receiver(0).requests().len(), 3);
}

#[cfg(debug_assertions)]
#[test]
fn a_panic_while_sending_costs_its_delivery_alone() {
    let test = Test::new()
        .env("BUILDHOOK_SECRET", STANDARD_SECRET)
        .env("PANIC_IN_THREAD", "1")
        .endpoint(&[Reply::Status(200)])
        .endpoint(&[Reply::Status(200)])
        .args(&["triggered"]);
    let finished = test.run().status(3).stderr("internal error").stderr("✓");
    let received: usize = finished.requests.iter().map(Vec::len).sum();
    assert_eq!(received, 1);
    let mut states: Vec<&str> =
        finished.records.iter().map(|record| record["status"].as_str().unwrap()).collect();
    states.sort_unstable();
    assert_eq!(states, ["delivered", "pending"], "the other can be resent");
}

#[test]
fn thousands_of_files_named_like_records_keep_no_command_busy() {
    let (test, _, file) = failed();
    let folder = test.deliveries();
    let content = fs::read_to_string(&file).unwrap();
    let forged = sealed("guess", record_in(&content));
    let (junk, huge) = (test.folder().join("junk"), test.folder().join("huge"));
    fs::write(&junk, "not a record").unwrap();
    fs::File::create(&huge).unwrap().set_len(16 << 20).unwrap();
    for number in 0..10_000 {
        // Newer than our own record, of a time that is far from over.
        let name = |kind| folder.join(format!("09{kind:02}0000-0000-7000-8000-{number:012x}.jsonl"));
        fs::hard_link(&junk, name(1)).unwrap();
        fs::hard_link(&huge, name(2)).unwrap();
        if number < 100 {
            let id = format!("09030000-0000-7000-8000-{number:012x}");
            let own_id = file.file_stem().unwrap().to_str().unwrap();
            fs::write(name(3), forged.replace(own_id, &id)).unwrap();
        }
    }
    for arguments in [&["triggered"][..], &["deliveries"], &["redeliver", "--failed"]] {
        let start = std::time::Instant::now();
        let output = test.output(arguments, &[("BUILDHOOK_KEEP_RECORDS", "3")]);
        let duration = start.elapsed();
        let stderr = String::from_utf8(output.stderr).unwrap();
        let expected = if arguments[0] == "redeliver" { 3 } else { 0 };
        assert_eq!(output.status.code(), Some(expected), "{arguments:?}: {stderr}");
        assert!(duration < std::time::Duration::from_secs(10), "{arguments:?} took {duration:?}");
        assert!(stderr.lines().count() < 30, "{arguments:?}: {stderr}");
    }
}
