//! Logs, summaries and outputs on CIs. Untrusted values cannot inject commands into them.

use crate::builder::{Finished, OTHER_SECRET, SECRET, SECRET_PATH, Test};
use crate::environments::{github_push, gitlab_push, with};
use crate::receiver::{Receiver, Reply};

/// Values that an attacker may put into a branch, a message or a response to inject log commands.
const HOSTILE: &str =
    "x\n::error::pwned\r::set-output name=a::b ##[error]pwned \u{1b}[2J\u{202e}</td><img src=x>|`@all";

fn github(reply: Reply) -> Finished {
    let test = Test::new().envs(github_push()).env("BUILDHOOK_RETRIES", "0").env("BUILDHOOK_NAME", "lab");
    let folder = test.folder().to_str().unwrap().to_owned();
    let test = test.env("BUILDHOOK_STATE_DIR", format!("{folder}/state"));
    let test = test.env("GITHUB_STEP_SUMMARY", format!("{folder}/summary.md"));
    let test = test.env("GITHUB_OUTPUT", format!("{folder}/output"));
    test.endpoint(&[reply]).args(&["triggered"]).run()
}

fn file(finished: &Finished, name: &str) -> String {
    std::fs::read_to_string(finished.folder.path().join(name)).unwrap()
}

#[test]
fn a_delivery_at_the_first_attempt_needs_no_details() {
    let finished = github(Reply::Status(200)).status(0);
    let [line] = finished.stderr.lines().collect::<Vec<_>>().try_into().unwrap();
    assert!(line.starts_with("✓ delivered  build/triggered  to lab  200 in "), "{line}");
    let gitlab = Test::new().envs(gitlab_push()).endpoint(&[Reply::Status(200)]).args(&["triggered"]);
    assert_eq!(gitlab.run().status(0).stderr.lines().count(), 1);
}

/// It has no reader, so that opening it for writing would wait forever.
#[cfg(unix)]
#[test]
fn a_pipe_in_place_of_a_file_of_the_runner_is_a_warning() {
    let test = Test::new().envs(github_push());
    let pipe = test.folder().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let pipe = pipe.to_str().unwrap().to_owned();
    let test = test.env("GITHUB_STEP_SUMMARY", &pipe).env("GITHUB_OUTPUT", &pipe);
    let finished =
        test.endpoint(&[Reply::Status(200)]).args(&["finished", "--status", "success"]).run().status(0);
    for file in ["step summary", "step outputs"] {
        assert!(finished.stderr.contains(&format!("cannot write the {file}: ")), "{}", finished.stderr);
    }
}

/// The text is not for the reader, and a full pipe would block.
#[cfg(unix)]
#[test]
fn a_pipe_with_a_reader_gets_nothing() {
    use rustix::fs::{Mode, OFlags};

    let test = Test::new().envs(github_push());
    let path = test.folder().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
    let reader = rustix::fs::open(&path, OFlags::RDONLY | OFlags::NONBLOCK, Mode::empty()).unwrap();
    let test = test.env("GITHUB_STEP_SUMMARY", path.to_str().unwrap());
    let finished =
        test.endpoint(&[Reply::Status(200)]).args(&["finished", "--status", "success"]).run().status(0);
    assert!(finished.stderr.contains("cannot write the step summary: it is not a regular file"));
    assert_eq!(rustix::io::read(&reader, &mut [0; 9]), Ok(0));
}

#[test]
fn several_attempts_are_details() {
    let test = Test::new().envs(github_push()).env("BUILDHOOK_NAME", "lab");
    let test = test.endpoint(&[Reply::Status(503), Reply::Body(200, "thanks".to_owned())]);
    let finished = test.args(&["triggered"]).run().status(0);
    let lines: Vec<&str> = finished.stderr.lines().collect();
    assert!(lines[0].starts_with("✓ delivered  build/triggered  to lab  200 in "), "{lines:?}");
    assert!(lines[0].ends_with(", attempt 2"), "{lines:?}");
    assert_eq!(lines[1], "::group::buildhook: details");
    assert!(lines[2].starts_with("build/triggered to lab, delivery "), "{lines:?}");
    assert!(lines[3].starts_with("- attempt 1 at ") && lines[3].contains(": 503 "), "{lines:?}");
    assert!(lines[4].starts_with("- attempt 2 at ") && lines[4].ends_with(": 200"), "{lines:?}");
    assert_eq!(lines[5..], ["::endgroup::"]);
}

#[test]
fn an_error_that_repeats_is_printed_once() {
    let test = Test::new().envs(github_push()).env("BUILDHOOK_RETRIES", "3");
    let test = test.endpoint(&[500, 500, 503, 503].map(Reply::Status));
    let finished = test.args(&["triggered"]).run().status(3);
    let attempts: Vec<&str> = finished.stderr.lines().filter(|line| line.starts_with("- attempt ")).collect();
    let errors: Vec<Option<&str>> =
        attempts.iter().map(|line| line.split_once("ms: ").map(|(_, error)| error)).collect();
    let (first, other) = (
        "500 Internal Server Error; check the receiver's log",
        "503 Service Unavailable; check the receiver's log",
    );
    assert_eq!(errors, [Some(first), None, Some(other), None], "{attempts:?}");
    assert!(!finished.stderr.contains("response header content-length"), "{}", finished.stderr);
}

#[test]
fn the_response_of_a_failure_is_a_detail() {
    let test = Test::new().envs(github_push()).env("BUILDHOOK_RETRIES", "0");
    let reply = "HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\ncontent-length: 5\r\nset-cookie: a=b\r\n\r\nno...";
    let finished = test.endpoint(&[Reply::Raw(reply.to_owned())]).args(&["triggered"]).run().status(3);
    let details = finished.stderr.split("::group::buildhook: details\n").nth(1).unwrap();
    let details = details.split("::endgroup::").next().unwrap();
    let lines: Vec<&str> = details.lines().skip(1).collect();
    assert_eq!(lines, ["- response header content-type: text/plain", "- response: no..."]);
}

#[test]
fn a_failure_without_a_response_has_no_details() {
    let test = Test::new().envs(github_push()).env("BUILDHOOK_RETRIES", "0").endpoint(&[Reply::Close]);
    let finished = test.args(&["triggered"]).run().status(3);
    assert!(!finished.stderr.contains("::group::"), "{}", finished.stderr);
}

#[test]
fn a_github_step_has_outputs() {
    let finished = github(Reply::Status(200)).status(0);
    let output = file(&finished, "output");
    let mut lines = output.lines();
    let mut values = Vec::new();
    while let Some(line) = lines.next() {
        let (name, delimiter) = line.split_once("<<").unwrap();
        let value: Vec<&str> = lines.by_ref().take_while(|line| *line != delimiter).collect();
        values.push((name.to_owned(), value.join("\n")));
    }
    let names: Vec<&str> = values.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["event-id", "delivered", "failed", "response", "state-dir"]);
    assert_eq!(values[0].1, finished.records[0]["event_id"].as_str().unwrap());
    assert_eq!((&*values[1].1, &*values[2].1), ("1", "0"));
    let response: serde_json::Value = serde_json::from_str(&values[3].1).unwrap();
    assert_eq!((&response["endpoint"], &response["status"]), (&"lab".into(), &200.into()));
}

#[test]
fn a_failure_on_github_is_an_annotation_and_responses_are_escaped() {
    let finished = github(Reply::Body(422, HOSTILE.to_owned())).status(3);
    let lines: Vec<&str> = finished.stderr.lines().collect();
    let commands: Vec<&&str> = lines.iter().filter(|line| line.trim_start().starts_with("::")).collect();
    assert_eq!(commands.len(), 3, "{commands:?}");
    assert!(commands[0].starts_with(
        "::error title=buildhook::not delivered to lab: build/triggered: 422 Unprocessable Entity;"
    ));
    assert!(!finished.stderr.contains("##["), "{}", finished.stderr);
    assert!(!finished.stderr.contains('\u{1b}') && !finished.stderr.contains('\r'));
    assert!(finished.stderr.contains("- response: x\\n::error::pwned\\r"), "{}", finished.stderr);
}

#[test]
fn a_tolerated_failure_on_github_is_a_warning() {
    let test = Test::new().envs(github_push()).env("BUILDHOOK_FAIL_ON_ERROR", "false");
    let test = test.endpoint(&[Reply::Status(404)]).args(&["triggered"]);
    test.run()
        .status(0)
        .stderr("::warning title=buildhook::not delivered to 127.0.0.1: build/triggered: 404");
}

#[test]
fn builds_are_outputs_on_github() {
    let test = Test::new().envs(github_push()).file("app.bin", "x").endpoint(&[Reply::Status(200)]);
    let output = test.folder().join("output").to_str().unwrap().to_owned();
    let finished = test.env("GITHUB_OUTPUT", &output).args(&["created", "app.bin"]).run().status(0);
    let id = finished.stdout.trim().strip_prefix("app.bin  build id ").unwrap();
    let output = file(&finished, "output");
    assert!(output.contains(&format!("\n{id}\n")), "{output}");
    assert!(
        output.contains("\nbuild<<buildhook-") && output.contains(&format!("{{\"id\":\"{id}\"")),
        "{output}"
    );
}

#[test]
fn gitlab_folds_the_details() {
    let test = Test::new().envs(gitlab_push()).endpoint(&[Reply::Body(500, HOSTILE.to_owned())]);
    let finished = test.env("BUILDHOOK_RETRIES", "1").args(&["triggered"]).run().status(3);
    let stderr = &finished.stderr;
    let start = stderr.find("\u{1b}[0Ksection_start:").unwrap();
    let end = stderr.find("\u{1b}[0Ksection_end:").unwrap();
    assert!(stderr[start..end].contains(":buildhook_details[collapsed=true]\r\u{1b}[0Kbuildhook: details\n"));
    assert!(stderr[start..end].contains("- attempt 1 at "));
    assert_eq!(stderr.matches('\u{1b}').count(), 4, "{stderr}");
}

/// Hostile strings in every untrusted value, through all output.
#[test]
fn untrusted_values_cannot_move_the_cursor_or_end_a_line() {
    let changes = [
        ("GITHUB_REF", "refs/heads/x\u{1b}[2J\u{202e}##[error]y"),
        ("GITHUB_WORKFLOW", HOSTILE),
        ("GITHUB_ACTOR", HOSTILE),
        ("GITHUB_TRIGGERING_ACTOR", HOSTILE),
        ("GITHUB_JOB", HOSTILE),
    ];
    let test = Test::new()
        .envs(with(github_push(), &changes))
        .env("BUILDHOOK_RETRIES", "0")
        .file("app.bin", "x")
        .endpoint(&[Reply::Body(400, HOSTILE.to_owned())]);
    for arguments in [
        &["triggered"][..],
        &["created", "app.bin", "--notes", HOSTILE, "--labels", HOSTILE],
        &["context"],
        &["context", "--json"],
        &["doctor"],
        &["doctor", "--ping"],
        &["inspect", "app.bin"],
        &["deliveries"],
        &["deliveries", "list", "--json"],
        &["redeliver", "--failed"],
    ] {
        let output = test.output(arguments, &[]);
        for text in [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        {
            assert!(!text.contains(['\u{1b}', '\r', '\u{202e}']), "{arguments:?}: {text}");
            assert!(!text.contains("##["), "{arguments:?}: {text}");
            for line in text.lines().filter(|line| line.trim_start().starts_with("::")) {
                let ours = ["::error title=buildhook::", "::group::buildhook: details", "::endgroup::"];
                assert!(ours.iter().any(|start| line.starts_with(start)), "{arguments:?}: {line}");
            }
        }
    }
    let id = serde_json::from_slice::<serde_json::Value>(
        &test.output(&["deliveries", "list", "--json"], &[]).stdout,
    )
    .unwrap()[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let shown = test.output(&["deliveries", "show", &id], &[]);
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(!shown.contains(['\u{1b}', '\r', '\u{202e}']) && !shown.contains("##["), "{shown}");
}

/// Secrets in every setting that can have one, and every output that could reveal one.
#[test]
fn no_secret_shows_in_any_output_record_page_or_error() {
    let receiver = Receiver::start(&[Reply::Body(500, format!("{SECRET} {OTHER_SECRET} {SECRET_PATH}"))]);
    let url = format!(
        "http://user:{OTHER_SECRET}@{}{SECRET_PATH}?token={SECRET}",
        receiver.url().strip_prefix("http://").unwrap().replace("/hooks", "/")
    );
    let config = "[[endpoint]]\nname = \"file\"\nurl = \"${FILE_URL}\"\nsecret = \"${FILE_SECRET}\"\n";
    let test = Test::new()
        .envs(github_push())
        .env("BUILDHOOK_RETRIES", "0")
        .env("BUILDHOOK_SECRET", SECRET)
        .env("BUILDHOOK_PREVIOUS_SECRET", OTHER_SECRET)
        .env("BUILDHOOK_HEADERS", format!("Authorization: Bearer {OTHER_SECRET}"))
        .env("BUILDHOOK_LOG", "debug")
        .env("FILE_URL", format!("http://127.0.0.1:9/{SECRET_PATH}"))
        .env("FILE_SECRET", SECRET)
        .env("ALL_PROXY", "")
        .env("BUILDHOOK_CONFIG", config)
        .endpoint_at(&url);
    let summary = test.folder().join("summary.md").to_str().unwrap().to_owned();
    let test = test.env("GITHUB_STEP_SUMMARY", summary);
    for arguments in [
        &["triggered"][..],
        &["triggered", "--json"],
        &["triggered", "--dry-run"],
        &["doctor", "--ping"],
        &["doctor", "--ping", "--json"],
        &["context"],
        &["deliveries"],
        &["deliveries", "list", "--json"],
        &["deliveries", "page"],
        &["redeliver", "--failed"],
        &["redeliver", "--failed", "--dry-run"],
    ] {
        let output = test.output(arguments, &[]);
        for text in [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap()) {
            for secret in [SECRET, OTHER_SECRET, SECRET_PATH] {
                assert!(!text.contains(secret), "{arguments:?}: {text}");
            }
        }
    }
    let proxy = format!("http://proxy-user:{OTHER_SECRET}@127.0.0.1:9");
    let output = test.output(&["triggered"], &[("HTTP_PROXY", &proxy)]);
    assert!(!String::from_utf8(output.stderr).unwrap().contains(OTHER_SECRET));
    // The test builder searches everything that the program wrote for secrets.
    test.args(&["deliveries"]).run().status(0);
}
