//! Deliveries: records, retries, timeouts and messages.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::builder::{SECRET, SECRET_PATH, Test};
use crate::environments::github_push;
use crate::receiver::{Receiver, Reply};

#[test]
fn a_delivery_is_logged_in_one_line_and_recorded() {
    let test = Test::new().envs(github_push()).endpoint(&[Reply::Body(202, "thanks".into())]);
    let test = test.env("BUILDHOOK_NAME", "qa-dashboard").env("BUILDHOOK_SECRET", SECRET);
    let finished = test.args(&["triggered"]).run().status(0);
    let line = finished.stderr.lines().find(|line| line.contains("qa-dashboard")).unwrap();
    assert!(
        line.starts_with("✓ delivered  build/triggered  to qa-dashboard  202 in ") && line.ends_with(" ms"),
        "{line}"
    );
    assert_eq!(finished.stdout, "");

    let [record] = finished.records.as_slice() else { panic!("expected one record: {:?}", finished.records) };
    assert_eq!(record["status"], "delivered");
    assert_eq!(record["event"], "build/triggered");
    assert_eq!((&record["url"], &record["endpoint"]), (&Value::Null, &json!("qa-dashboard")));
    assert_eq!(record["response_code"], 202);
    assert_eq!(record["response_payload"], "thanks");
    assert_eq!(record["delivery_attempts"], 1);
    assert_eq!(record["request_headers"]["x-webhook-signature"], "***");
    assert_eq!(record["request_headers"]["x-webhook-event"], "build/triggered");
    assert_eq!(record["body"], finished.request().body);
    assert_eq!(record["request_payload"], finished.request().json());
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_records() {
    use std::os::unix::fs::PermissionsExt;
    let finished = Test::new().endpoint(&[Reply::Status(200)]).args(&["triggered"]).run().status(0);
    let folder = finished.folder.path().join(".local/state/buildhook/deliveries");
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&folder), 0o700);
    for entry in std::fs::read_dir(&folder).unwrap() {
        assert_eq!(mode(&entry.unwrap().path()), 0o600);
    }
}

#[test]
fn the_record_is_in_the_runners_temporary_folder_before_the_first_attempt() {
    let folder = tempfile::tempdir().unwrap();
    let test = Test::new().envs(github_push()).endpoint(&[Reply::Never]);
    let test = test.env("RUNNER_TEMP", folder.path().to_str().unwrap());
    let receiver = test.receiver(0);
    let (mut child, test) = test.args(&["triggered"]).start();
    receiver.wait_for(1);
    let files = std::fs::read_dir(folder.path().join("buildhook/deliveries")).unwrap();
    let mut files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "jsonl"));
    assert_eq!(files.len(), 1);
    let [record] = test.records().try_into().unwrap();
    assert_eq!(record["status"], "pending");
    assert_eq!(record["body"], receiver.requests()[0].body);
    child.kill().unwrap();
    test.finish(child.wait_with_output().unwrap());
}

#[test]
fn an_endpoint_that_refuses_does_not_affect_the_other() {
    let test =
        Test::new().envs(github_push()).endpoint_at(&Receiver::refusing()).endpoint(&[Reply::Status(200)]);
    let test =
        test.env("BUILDHOOK_NAME", "dead").env("BUILDHOOK_NAME_2", "alive").env("BUILDHOOK_RETRIES", "0");
    let finished = test.args(&["triggered"]).run().status(3);
    let finished = finished
        .stderr("✗ not delivered  build/triggered  to dead   connection refused")
        .stderr("✓ delivered      build/triggered  to alive  200");
    assert_eq!(finished.requests[0].len(), 1);
    let statuses: Vec<_> = finished.records.iter().map(|record| record["status"].clone()).collect();
    assert!(statuses.contains(&json!("failed")) && statuses.contains(&json!("delivered")), "{statuses:?}");
}

#[test]
fn an_endpoint_that_hangs_does_not_delay_the_other() {
    let test = Test::new().endpoint(&[Reply::Never]).endpoint(&[Reply::Status(200)]);
    let (hanging, quick) = (test.receiver(0), test.receiver(1));
    let (mut child, test) = test.args(&["triggered"]).start();
    hanging.wait_for(1);
    quick.wait_for(1);
    assert!(child.try_wait().unwrap().is_none(), "the command does not wait for the endpoint that hangs");
    child.kill().unwrap();
    test.finish(child.wait_with_output().unwrap());
}

#[test]
fn temporary_failures_are_retried_with_the_same_id_and_body() {
    let script = [Reply::Status(500), Reply::Status(503), Reply::Status(200)];
    let test = Test::new().envs(github_push()).env("BUILDHOOK_SECRET", SECRET).endpoint(&script);
    let finished = test.args(&["triggered", "--json"]).run().status(0).stderr(", attempt 3");
    let requests = &finished.requests[0];
    assert_eq!(requests.len(), 3);
    for request in requests {
        assert_eq!(request.body, requests[0].body);
        assert_eq!(request.header("x-webhook-id"), requests[0].header("x-webhook-id"));
        assert_eq!(request.signatures(SECRET).len(), 3);
    }
    let json = finished.json();
    assert_eq!((&json["delivered"], &json["failed"]), (&json!(1), &json!(0)));
    assert_eq!(json["deliveries"][0]["attempts"], 3);
    let attempts = finished.records[0]["attempts"].as_array().unwrap();
    let codes: Vec<_> = attempts.iter().map(|attempt| attempt["response_code"].clone()).collect();
    assert_eq!(codes, [500, 503, 200]);
}

#[test]
fn retries_are_limited_and_permanent_failures_are_not_retried() {
    for (reply, attempts, message) in [
        (Reply::Status(500), 3, "500 Internal Server Error"),
        (Reply::Close, 3, "connection closed before a response arrived"),
        (Reply::Raw("SSH-2.0-OpenSSH_9.2\r\n\r\n".into()), 3, "not an HTTP response"),
        (Reply::EndlessHeaders, 3, "not an HTTP response (headers too large)"),
        (Reply::Status(400), 1, "400 Bad Request; does the receiver expect another format"),
        (Reply::Status(401), 1, "the event was sent unsigned: set BUILDHOOK_SECRET"),
        (Reply::Status(404), 1, "check the path of the URL"),
        (Reply::Status(410), 1, "410 Gone; remove this endpoint"),
        (Reply::Headers(301, "location: /elsewhere\r\n"), 1, "redirects are not followed"),
        (Reply::Headers(307, "location: http://127.0.0.1:1/\r\n"), 1, "redirects are not followed"),
        (Reply::Headers(429, "retry-after: 100000\r\n"), 1, "429 Too Many Requests"),
    ] {
        let test = Test::new().envs(github_push()).endpoint(std::slice::from_ref(&reply));
        let finished = test.args(&["triggered"]).run().status(3).stderr(message);
        assert_eq!(finished.requests[0].len(), attempts, "{reply:?}");
        assert_eq!(finished.records[0]["status"], "failed");
        assert_eq!(finished.records[0]["delivery_attempts"], attempts, "{reply:?}");
    }
}

#[test]
fn a_receiver_that_denies_access_to_a_signed_event_may_have_another_secret() {
    let test = Test::new().env("BUILDHOOK_SECRET", SECRET).endpoint(&[Reply::Status(401)]);
    test.args(&["triggered"])
        .run()
        .status(3)
        .stderr("401 Unauthorized; does the receiver use the same secret?");
}

#[test]
fn a_requested_pause_is_kept() {
    let script = [Reply::Headers(503, "retry-after: 1\r\n"), Reply::Status(200)];
    let finished = Test::new().endpoint(&script).args(&["triggered"]).run().status(0);
    let requests = &finished.requests[0];
    assert!(requests[1].at - requests[0].at >= Duration::from_secs(1));
}

#[test]
fn waiting_for_a_response_is_limited_by_timeout_and_deadline() {
    for (variable, value, message) in [
        ("BUILDHOOK_TIMEOUT", "300ms", "no response within 0.3 s"),
        ("BUILDHOOK_DEADLINE", "500ms", "no response within 0."),
    ] {
        let test = Test::new().env(variable, value).env("BUILDHOOK_RETRIES", "0").endpoint(&[Reply::Never]);
        let start = Instant::now();
        test.args(&["triggered"]).run().status(3).stderr(message);
        assert!(start.elapsed() < Duration::from_secs(8), "{variable} has no effect: {:?}", start.elapsed());
    }
}

#[test]
fn several_files_share_one_deadline() {
    let test = Test::new().file("a.apk", "a").file("b.apk", "b").file("c.apk", "c").endpoint(&[Reply::Never]);
    let test = test.env("BUILDHOOK_DEADLINE", "1500ms").args(&["created", "a.apk", "b.apk", "c.apk"]);
    let start = Instant::now();
    let finished = test.run().status(3);
    assert!(start.elapsed() < Duration::from_secs(4), "one deadline per file: {:?}", start.elapsed());
    assert_eq!(finished.records.len(), 3);
}

#[test]
fn a_receiver_without_tls_is_reported() {
    let receiver = Receiver::start(&[Reply::Greeting]);
    let test =
        Test::new().endpoint_at(&receiver.url().replace("http://", "https://")).env("BUILDHOOK_RETRIES", "0");
    test.args(&["triggered"]).run().status(3).stderr("TLS: not a TLS server");
}

#[test]
fn long_response_headers_are_accepted() {
    let header = format!("HTTP/1.1 200 OK\r\nx-long: {}\r\ncontent-length: 0\r\n\r\n", "x".repeat(40 << 10));
    Test::new().endpoint(&[Reply::Raw(header)]).args(&["triggered"]).run().status(0);
}

#[test]
fn an_endpoint_can_have_its_own_timeout() {
    let test = Test::new().endpoint(&[Reply::Never]).endpoint(&[Reply::Status(200)]);
    let test = test.env("BUILDHOOK_TIMEOUT", "9s").env("BUILDHOOK_RETRIES", "0");
    let file = "[[endpoint]]\nurl = '${HANGING}'\nname = 'hanging'\ntimeout = 0.25\nretries = 0\n";
    let hanging = Receiver::start(&[Reply::Never]);
    let test = test.env("BUILDHOOK_URL", "").env("HANGING", hanging.url()).env("BUILDHOOK_CONFIG", file);
    test.args(&["triggered"])
        .run()
        .status(3)
        .stderr("✗ not delivered  build/triggered  to hanging")
        .stderr("no response within 0.2 s");
}

#[test]
fn the_status_decides_even_if_the_body_is_broken() {
    for reply in [
        Reply::Raw("HTTP/1.1 200 OK\r\ncontent-length: 1000000000\r\n\r\nshort".into()),
        Reply::Raw("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n".into()),
        Reply::Raw("HTTP/1.0 200 OK\r\n\r\nuntil the end".into()),
        Reply::Raw("HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".into()),
        Reply::Body(200, "x".repeat(1 << 20)),
    ] {
        let finished = Test::new()
            .endpoint(std::slice::from_ref(&reply))
            .args(&["triggered"])
            .run()
            .status(0)
            .stderr("✓");
        let kept = finished.records[0]["response_payload"].as_str().unwrap();
        assert!(kept.len() <= 1024, "{} bytes are kept of {reply:?}", kept.len());
    }
}

#[test]
fn a_secret_that_a_receiver_repeats_is_not_recorded() {
    let url = Receiver::start(&[Reply::Body(404, format!("cannot POST /hooks/{SECRET_PATH} {SECRET}"))]);
    let address = format!("{}/{SECRET_PATH}?key={SECRET}", url.url());
    let test = Test::new().env("BUILDHOOK_SECRET", SECRET).env("BUILDHOOK_URL", address);
    let finished = test.args(&["triggered"]).run().status(3);
    assert!(finished.records[0]["response_payload"].as_str().unwrap().contains("***"));
    assert_eq!(url.requests()[0].line, format!("POST /hooks/{SECRET_PATH}?key={SECRET} HTTP/1.1"));
}

#[test]
fn user_and_password_in_a_url_become_basic_authorization() {
    let receiver = Receiver::start(&[Reply::Status(200)]);
    let address = receiver.url().replace("http://", "http://hook-user:p%40ss-word@");
    Test::new().env("BUILDHOOK_URL", address).args(&["triggered"]).run().status(0);
    let request = receiver.requests().remove(0);
    // The base64 of `hook-user:p@ss-word`.
    assert_eq!(request.header("authorization"), Some("Basic aG9vay11c2VyOnBAc3Mtd29yZA=="));
    assert_eq!(request.line, "POST /hooks HTTP/1.1");
}

#[test]
fn fail_on_error_false_turns_failures_into_warnings() {
    let test = || Test::new().endpoint_at(&Receiver::refusing()).env("BUILDHOOK_RETRIES", "0");
    test().args(&["triggered"]).run().status(3);
    test().args(&["triggered", "--fail-on-error=false"]).run().status(0).stderr("connection refused");
    test().env("BUILDHOOK_FAIL_ON_ERROR", "no").args(&["triggered"]).run().status(0);
}

#[test]
fn an_event_that_cannot_be_recorded_is_sent_anyway() {
    let test = Test::new().file("blocked", "a file, not a folder").endpoint(&[Reply::Status(200)]);
    let finished = test.env("BUILDHOOK_STATE_DIR", "blocked").args(&["triggered"]).run().status(0);
    assert_eq!(finished.requests[0].len(), 1);
    let finished = finished.stderr("warning: cannot use the state folder ").stderr("/blocked: ").stderr("✓");
    assert_eq!(finished.records.len(), 1, "the next place is used");
}

#[test]
fn a_dry_run_prints_each_request_and_sends_nothing() {
    let test = || {
        let test = Test::new().envs(github_push()).env("BUILDHOOK_SECRET", SECRET);
        test.endpoint(&[Reply::Status(200)]).env("BUILDHOOK_HEADERS", format!("X-Key: {SECRET}"))
    };
    let finished =
        test().args(&["triggered", "--dry-run"]).run().status(0).stderr("dry run: nothing was sent");
    assert!(finished.requests[0].is_empty() && finished.records.is_empty());
    assert!(!finished.folder.path().join(".local").exists());
    let finished = finished.stdout("POST http://127.0.0.1:").stdout("\nx-webhook-event: build/triggered\n");
    let finished = finished.stdout("\nx-webhook-signature: ***\n").stdout("\nx-key: ***\n");
    let body = finished.stdout.lines().find(|line| line.starts_with('{')).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(body).unwrap()["build_number"], 3);

    let shown = test().args(&["triggered", "--dry-run", "--show-signatures"]).run().status(0);
    let signature = shown.stdout.lines().find_map(|line| line.strip_prefix("x-webhook-signature: ")).unwrap();
    assert_eq!(signature.len(), 64);
}

#[test]
fn the_log_level_limits_what_is_logged() {
    let test =
        |level: &str| Test::new().endpoint(&[Reply::Status(200)]).args(&["triggered", "--log", level]).run();
    assert_eq!(test("warn").status(0).stderr, "");
    test("debug").status(0).stderr("debug: 127.0.0.1 attempt 1 at 20").stderr(" ms: 200\n");
    test("info").status(0).stderr("✓");
    let refused = Test::new().endpoint_at(&Receiver::refusing()).env("BUILDHOOK_RETRIES", "0");
    refused.args(&["triggered", "--log=warn"]).run().status(3).stderr("✗");
    let quiet = Test::new().endpoint_at(&Receiver::refusing()).env("BUILDHOOK_RETRIES", "0");
    assert_eq!(quiet.args(&["triggered", "--log=error"]).run().status(3).stderr, "");
}

/// Twelve files, and the arguments that announce them.
fn twelve_files(test: Test) -> Test {
    let names: Vec<String> = (0..12).map(|number| format!("{number}.bin")).collect();
    let test = names.iter().fold(test, |test, name| test.file(name, name));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    test.args(&["created"]).args(&names)
}

#[test]
fn connections_are_few_and_kept() {
    let receiver = Receiver::keeping_connections_for(usize::MAX);
    let finished = twelve_files(Test::new().endpoint_at(&receiver.url())).run().status(0);
    assert_eq!((receiver.requests().len(), finished.records.len()), (12, 12));
    assert!((1..=4).contains(&receiver.connections()), "{}", receiver.connections());
}

#[test]
fn a_connection_that_the_receiver_closes_between_two_requests_is_no_failed_attempt() {
    let receiver = Receiver::keeping_connections_for(2);
    let test = Test::new().env("BUILDHOOK_RETRIES", "0").endpoint_at(&receiver.url());
    let finished = twelve_files(test).run().status(0);
    assert_eq!(receiver.requests().len(), 12);
    for record in &finished.records {
        assert_eq!((&record["status"], &record["delivery_attempts"]), (&json!("delivered"), &json!(1)));
    }
}

#[test]
fn a_pause_of_no_time_is_none() {
    for header in ["retry-after: 0\r\n", "retry-after: 0.05\r\n"] {
        let script = [Reply::Headers(503, header), Reply::Status(200)];
        // Without the header, the pauses would add up to minutes.
        let test = Test::new().env("MAX_BACKOFF_MILLIS", "600000").env("BUILDHOOK_DEADLINE", "20s");
        let start = Instant::now();
        test.endpoint(&script).args(&["triggered"]).run().status(0).stderr(", attempt 2");
        assert!(start.elapsed() < Duration::from_secs(10), "{header}: {:?}", start.elapsed());
    }
}

#[test]
fn what_has_no_turn_before_the_deadline_is_recorded_without_an_attempt() {
    let test = Test::new().env("BUILDHOOK_DEADLINE", "3s").endpoint(&[Reply::Never]);
    let receiver = test.receiver(0);
    let finished = twelve_files(test)
        .run()
        .status(3)
        .stderr("not sent before the deadline: the events before it took all the time");
    assert_eq!(receiver.requests().len(), 4, "as many as there are connections");
    let attempts: u64 =
        finished.records.iter().map(|record| record["delivery_attempts"].as_u64().unwrap()).sum();
    assert_eq!((finished.records.len(), attempts), (12, 4));
    assert!(finished.records.iter().all(|record| record["status"] != "delivered"));
    assert!(finished.stderr.contains("until the deadline; to wait longer, set BUILDHOOK_DEADLINE"));
}

#[test]
fn what_was_too_slow_is_waited_for_shortly_the_next_time() {
    let test = Test::new().env("BUILDHOOK_TIMEOUT", "3s").env("BUILDHOOK_RETRIES", "0");
    let test = test.endpoint(&[Reply::Never]).args(&["run", "--", "true"]);
    let start = Instant::now();
    let finished = test.run().status(0).stderr("no response within 3.0 s; is");
    let finished = finished.stderr("no response within 2.0 s, and none to the event before");
    assert_eq!(finished.requests[0].len(), 2);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[test]
fn a_log_names_once_the_endpoints_that_a_command_waits_for() {
    let test = Test::new().env("BUILDHOOK_TIMEOUT", "7s").env("BUILDHOOK_RETRIES", "0");
    let test = test.env("BUILDHOOK_NAME", "lab").env("BUILDHOOK_NAME_2", "quick");
    let test = test.endpoint(&[Reply::Never]).endpoint(&[Reply::Status(200)]);
    let finished = test.args(&["triggered"]).run().status(3);
    let lines: Vec<&str> = finished.stderr.lines().filter(|line| line.starts_with("waiting for ")).collect();
    let [line] = lines.as_slice() else { panic!("{}", finished.stderr) };
    let seconds: u64 =
        line.trim_start_matches("waiting for lab, at most ").trim_end_matches(" s").parse().unwrap();
    assert!((15..=25).contains(&seconds), "{line}");
}

/// A receiver that answers each request after this time.
fn slow(latency: Duration) -> Receiver {
    Receiver::keeping_connections(usize::MAX, latency)
}

#[test]
fn many_events_on_one_connection_are_not_cut() {
    let receiver = slow(Duration::from_millis(300));
    let test = twelve_files(Test::new().endpoint_at(&receiver.url()).env("BUILDHOOK_DEADLINE", "20s"));
    succeeded(test.command());
    let mut moved = test.command();
    moved.env("BUILDHOOK_DEADLINE", "3s");
    let output = Command::new(moved.get_program())
        .args(["moved", "--stream", "beta"])
        .current_dir(test.folder())
        .env_clear()
        .envs(moved.get_envs().filter_map(|(name, value)| Some((name, value?))))
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    // As many as fit, which depends on the machine; none if each had its share of the time.
    assert!((2..=10).contains(&stderr.matches('\u{2713}').count()), "{stderr}");
    assert!(stderr.contains("not sent before the deadline"), "{stderr}");
}

fn succeeded(mut command: Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_files_of_a_short_command_use_several_connections() {
    let receiver = slow(Duration::from_millis(300));
    let test = (0..8).fold(Test::new().endpoint_at(&receiver.url()), |test, number| {
        test.file(&format!("{number}.bin"), number.to_string())
    });
    let start = Instant::now();
    let finished = test.args(&["run", "--artifact", "*.bin", "--", "true"]).run().status(0);
    assert_eq!(receiver.requests().len(), 10, "{}", finished.stderr);
    assert!(!finished.stderr.contains('\u{2717}'), "{}", finished.stderr);
    assert!((2..=6).contains(&receiver.connections()), "{}", receiver.connections());
    assert!(start.elapsed() < Duration::from_secs(8), "{:?}", start.elapsed());
}

#[test]
fn a_pause_that_the_receiver_asks_for_holds_for_all_events() {
    let test = Test::new().env("BUILDHOOK_DEADLINE", "5s");
    let test = test.endpoint(&[Reply::Headers(503, "retry-after: 60\r\n")]);
    let receiver = test.receiver(0);
    let finished = twelve_files(test).run().status(3);
    assert!(receiver.requests().len() <= 4, "{}", receiver.requests().len());
    let is_recorded = |record: &serde_json::Value| {
        record["attempts"].to_string().contains("the receiver asks to wait 60.0 s")
    };
    assert!(finished.records.iter().any(is_recorded), "{:?}", finished.records);
    assert_eq!(finished.records.len(), 12);
    let finished = finished
        .stderr("503 Service Unavailable; check the receiver's log; the receiver asks to wait 60.0 s");
    finished.stderr("not sent: the receiver asks to wait");
}

#[test]
fn one_slow_response_does_not_cost_the_events_that_follow() {
    // The first connections hang, all others answer after longer than a short attempt takes.
    let receiver = Receiver::hanging_at_first(4, Duration::from_millis(2500));
    let test = Test::new().env("BUILDHOOK_TIMEOUT", "4s").env("BUILDHOOK_RETRIES", "0");
    let test = test.env("BUILDHOOK_DEADLINE", "60s").endpoint_at(&receiver.url());
    let finished = twelve_files(test).run().status(3);
    let delivered = finished.records.iter().filter(|record| record["status"] == "delivered").count();
    // Four had no response, and four a short attempt. On a busy machine the numbers differ a little.
    assert!((2..=8).contains(&delivered), "{delivered}: {}", finished.stderr);
}
