//! Secrets in every setting, through every command. `builder.rs` checks after each test that none was revealed.

use crate::builder::{OTHER_SECRET, SECRET, SECRET_PATH, STANDARD_SECRET, Test};
use crate::environments::github_push;
use crate::receiver::{Receiver, Reply};

fn test(script: &[Reply]) -> Test {
    let receiver = Receiver::start(script);
    let address = receiver.url().replace("http://", &format!("http://user:{OTHER_SECRET}@"));
    Test::new()
        .envs(github_push())
        .file("a.apk", "apk")
        .env("BUILDHOOK_URL", format!("{address}/{SECRET_PATH}?token={SECRET}"))
        .env("BUILDHOOK_SECRET", STANDARD_SECRET)
        .env("BUILDHOOK_PREVIOUS_SECRET", SECRET)
        .env("BUILDHOOK_HEADERS", format!("Authorization: Bearer {OTHER_SECRET}"))
        .env("BUILDHOOK_RETRIES", "1")
        .env("BUILDHOOK_LOG", "debug")
}

#[test]
fn no_command_reveals_a_secret_whatever_happens() {
    let echo = format!("{SECRET} {OTHER_SECRET} {STANDARD_SECRET} /hooks/{SECRET_PATH}?token={SECRET}");
    let scripts = [
        (&[Reply::Body(200, echo.clone())][..], 0),
        (&[Reply::Body(500, echo.clone())], 3),
        (&[Reply::Headers(302, "location: /elsewhere\r\n")], 3),
        (&[Reply::Close], 3),
        (&[Reply::Raw("garbage garbage garbage\r\n\r\n".into())], 3),
    ];
    for (script, code) in scripts {
        test(script).args(&["triggered"]).run().status(code);
        test(script).args(&["finished", "--status=failed", "--json"]).run().status(code);
        test(script).args(&["created", "a.apk", "--json"]).run().status(code);
        test(script).args(&["run", "--", "true"]).run().status(0);
    }
    let quiet = [Reply::Status(200)];
    test(&quiet).args(&["triggered", "--dry-run"]).run().status(0);
    test(&quiet).args(&["endpoints"]).run().status(0);
    test(&quiet).args(&["endpoints", "--json"]).run().status(0);
    test(&quiet).args(&["context"]).run().status(0);
    test(&quiet).args(&["demo"]).run().status(0);
}

#[test]
fn a_body_cut_within_a_secret_does_not_reveal_it() {
    let padding = "x".repeat(1024 - SECRET.len() + 4);
    let finished =
        test(&[Reply::Body(200, format!("{padding}{SECRET}"))]).args(&["triggered"]).run().status(0);
    let kept = finished.records[0]["response_payload"].as_str().unwrap();
    assert!(!kept.contains(&SECRET[..SECRET.len() - 4]), "{kept}");
}
