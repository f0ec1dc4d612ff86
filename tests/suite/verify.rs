//! `verify`: the signatures of saved requests.

use std::io::Write;
use std::process::Stdio;

use crate::builder::{Finished, OTHER_SECRET, STANDARD_SECRET, Test};

const BODY: &str = r#"{"test": 2432232314}"#;
/// The official example of Standard Webhooks.
const HEADERS: &str = "webhook-id: msg_p5jXN8AQM9LWM0D4loKWxJek\nWebhook-Timestamp: 1614265330\n\
                       webhook-signature: v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=\n";

fn verify(test: Test, args: &[&str]) -> Finished {
    test.args(&["verify"]).args(args).run()
}

fn with_secret() -> Test {
    Test::new().env("BUILDHOOK_SECRET", STANDARD_SECRET)
}

#[test]
fn a_saved_request_is_verified_in_each_form() {
    let saved = |start: &str| format!("{start}{HEADERS}\n{BODY}");
    for (name, text) in [
        ("curl", saved("HTTP/1.1 200 OK\r\n")),
        ("http file", saved("POST https://lab.example/hooks HTTP/1.1\n")),
        ("plain", saved("")),
    ] {
        let test = with_secret().file("request.http", text);
        let finished = verify(test, &["--headers", "request.http", "--tolerance", "any"]).status(0);
        assert_eq!(finished.stdout, "✓ webhook-signature  holds with BUILDHOOK_SECRET\n", "{name}");
    }
    let test = with_secret().file("headers.txt", HEADERS).file("body.json", BODY);
    verify(test, &["body.json", "--headers", "headers.txt", "--tolerance=any"]).status(0);
    let headers: Vec<&str> = HEADERS.lines().flat_map(|line| ["-H", line]).collect();
    let test = with_secret().file("body.json", BODY).args(&["verify", "body.json", "--tolerance", "any"]);
    test.args(&headers).run().status(0);
}

#[test]
fn the_body_may_come_from_standard_input() {
    let test = with_secret().file("headers.txt", HEADERS);
    let test = test.args(&["verify", "--headers", "headers.txt", "--tolerance", "any"]);
    let mut child = test.command().stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(BODY.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    test.finish(output).status(0).stdout("✓ webhook-signature");
}

#[test]
fn what_does_not_hold_has_a_reason_and_exit_code_1() {
    let saved = |body: &str| {
        format!("{HEADERS}x-webhook-signature: 00\nX-Hub-Signature-256: sha256={}\n\n{body}", "0".repeat(64))
    };
    let any = ["--headers", "request.http", "--tolerance", "any"];
    let finished = verify(with_secret().file("request.http", saved(BODY)), &any).status(1);
    assert_eq!(
        finished.stdout,
        "✗ x-webhook-signature  malformed; expected 64 hexadecimal digits\n\
         ✗ x-hub-signature-256  another secret; the body is intact\n\
         ✓ webhook-signature    holds with BUILDHOOK_SECRET\n"
    );
    let finished = verify(with_secret().file("request.http", saved("{}")), &any).status(1);
    finished.stdout("✗ webhook-signature    wrong secret, or body changed");
    let other = Test::new().env("BUILDHOOK_SECRET", OTHER_SECRET).file("request.http", saved(BODY));
    verify(other, &any).status(1).stdout("✗ webhook-signature    not verified: no secret begins with whsec_");
    let finished = verify(with_secret().file("request.http", saved(BODY)), &any[..2]).status(1);
    finished.stdout("timestamp too old: ").stdout("(limit 5 minutes); --tolerance changes the limit");
    let unsigned = with_secret().file("request.http", format!("A: b\n\n{BODY}"));
    verify(unsigned, &any).status(1).stdout("✗ unsigned: none of the headers x-webhook-signature");
}

#[test]
fn json_is_equivalent() {
    let test = with_secret().file("request.http", format!("{HEADERS}\n{BODY}\n\n"));
    let json = verify(test, &["--headers", "request.http", "--json"]).status(1).json();
    assert_eq!(json["valid"], false);
    assert_eq!(json["signatures"][0]["reason"], "body changed: it has white space behind it");
}

#[test]
fn what_is_missing_is_named() {
    verify(Test::new(), &["-H", "a: b"]).status(2).stderr("no secret configured; set BUILDHOOK_SECRET");
    verify(with_secret(), &[])
        .status(2)
        .stderr("-H: expected a header, 'Name: value', for each of the request");
    verify(with_secret(), &["-H", "nothing"]).status(2).stderr("-H: found `nothing`, expected `Name: value`");
    verify(with_secret(), &["nothing.json", "-H", "a: b"]).status(1).stderr("cannot open nothing.json");
    verify(with_secret(), &["--tolerance", "soon"]).status(2).stderr("expected any, or a duration");
    let test = with_secret().file("headers.txt", "A: b\nnothing\n");
    verify(test, &["--headers", "headers.txt"])
        .status(1)
        .stderr("cannot read headers from headers.txt: line 2 is not a header");
}

#[test]
fn the_line_break_that_editors_add_does_not_matter() {
    let note = "holds with BUILDHOOK_SECRET (without the last line break of the file)\n";
    let any = ["--headers", "request.http", "--tolerance", "any"];
    for end in ["\n", "\r\n", "\n\n###\n", "\n### the next one\nPOST https://lab.example\n"] {
        let test = with_secret().file("request.http", format!("POST /\n{HEADERS}\n{BODY}{end}"));
        let finished = verify(test, &any).status(0);
        assert_eq!(finished.stdout, format!("✓ webhook-signature  {note}"), "{end:?}");
    }
    let test = with_secret().file("request.http", format!("{HEADERS}\n{BODY}\n"));
    let json = verify(test, &[&any[..], &["--json"]].concat()).status(0).json();
    assert_eq!((&json["valid"], &json["without_last_line_break"]), (&true.into(), &true.into()));
    // A file with the body alone is the exact body.
    let test = with_secret().file("headers.txt", HEADERS).file("body.json", format!("{BODY}\n"));
    verify(test, &["body.json", "--headers", "headers.txt", "--tolerance=any"])
        .status(1)
        .stdout("body changed: it has white space behind it");
}

/// Runs `verify` with this standard input.
fn verify_input(args: &[&str], input: &str) -> Finished {
    let test = with_secret().file("body.json", BODY).args(&["verify", "--tolerance", "any"]).args(args);
    let mut child = test.command().stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    test.finish(output)
}

#[test]
fn standard_input_is_not_read_twice() {
    let whole = format!("{HEADERS}\n{BODY}");
    verify_input(&["--headers", "-"], &whole).status(0);
    verify_input(&["body.json", "--headers", "-"], HEADERS).status(0);
    let expected =
        "--headers -: expected an empty line and the body behind the headers, or the body in a file";
    verify_input(&["--headers", "-"], HEADERS).status(2).stderr(expected);
    verify_input(&["-", "--headers", "-"], &whole).status(2).stderr(expected);
}

#[test]
fn headers_of_the_command_line_replace_those_of_the_file() {
    let run = |headers: &str, args: &[&str]| {
        let test = with_secret().file("request.http", format!("{headers}\n{BODY}"));
        let args = [&["--headers", "request.http", "--tolerance", "any"], args].concat();
        verify(test, &args)
    };
    run(HEADERS, &["-H", "webhook-timestamp: 5"]).status(1).stdout("wrong secret, or body changed");
    let wrong = HEADERS.replace("1614265330", "5");
    run(&wrong, &["-H", "WEBHOOK-TIMESTAMP: 1614265330"]).status(0);
    run(&format!("{HEADERS}webhook-id: other\n"), &[])
        .status(1)
        .stdout("✗ webhook-signature  the header webhook-id is there more than once, with different values");
}
