//! Settings from variables, files and flags, and the messages about mistakes in them.

use crate::builder::{SECRET, Test};
use crate::receiver::{Receiver, Reply};

/// Each mistake is one line, exit code 2, and nothing is sent.
#[track_caller]
fn refused(test: Test, message: &str) {
    let finished = test.args(&["triggered"]).run().status(2);
    let errors: Vec<&str> = finished.stderr.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(errors.len(), 1, "{}", finished.stderr);
    assert!(errors[0].contains(message), "no `{message}` in `{}`", errors[0]);
    assert!(finished.requests.iter().all(Vec::is_empty));
    assert!(finished.records.is_empty());
}

fn working() -> Test {
    Test::new().endpoint(&[Reply::Status(200)])
}

#[test]
fn a_mistake_in_a_variable_names_the_variable() {
    for (name, value, message) in [
        ("BUILDHOOK_TIMEOUT", "ten", "BUILDHOOK_TIMEOUT: found `ten`, expected a duration above zero"),
        ("BUILDHOOK_TIMEOUT", "0", "BUILDHOOK_TIMEOUT: found `0`"),
        ("BUILDHOOK_DEADLINE", "-1s", "BUILDHOOK_DEADLINE: found `-1s`"),
        (
            "BUILDHOOK_RETRIES",
            "many",
            "BUILDHOOK_RETRIES: found `many`, expected a whole number from 0 to 20",
        ),
        (
            "BUILDHOOK_FAIL_ON_ERROR",
            "maybe",
            "BUILDHOOK_FAIL_ON_ERROR: found `maybe`, expected true or false",
        ),
        ("BUILDHOOK_STRICT", "2", "BUILDHOOK_STRICT: found `2`, expected true or false"),
        (
            "BUILDHOOK_SCOPE",
            "jobs",
            "BUILDHOOK_SCOPE: found `jobs`, expected one of: run, job; did you mean `job`?",
        ),
        (
            "BUILDHOOK_LOG",
            "verbose",
            "BUILDHOOK_LOG: found `verbose`, expected one of: error, warn, info, debug",
        ),
        ("BUILDHOOK_CA_FILE", "missing.pem", "BUILDHOOK_CA_FILE: cannot read"),
        ("BUILDHOOK_CONFIG", "missing.toml", "BUILDHOOK_CONFIG: there is no file missing.toml"),
        ("BUILDHOOK_EVENTS", "build/started", "did you mean `build/triggered`?"),
        ("BUILDHOOK_EVENTS", "x", "BUILDHOOK_EVENTS: found `x`, expected one or more of: build/triggered, "),
        (
            "BUILDHOOK_EVENTS",
            "build.created.stream",
            "found `build.created.stream`, expected an event that this endpoint can get: build/triggered, build/finished",
        ),
        ("BUILDHOOK_ENCODING", "xml", "BUILDHOOK_ENCODING: found `xml`, expected one of: json, form"),
        ("BUILDHOOK_FORMAT", "cdevent", "did you mean `cdevents`?"),
        ("BUILDHOOK_ACTIVE", "perhaps", "BUILDHOOK_ACTIVE: found `perhaps`"),
        (
            "BUILDHOOK_HEADERS",
            "no colon",
            "BUILDHOOK_HEADERS: expected headers as `Name: value`, one per line",
        ),
        (
            "BUILDHOOK_HEADERS",
            "Bad Name: x",
            "BUILDHOOK_HEADERS: expected a valid header name, not `Bad Name`",
        ),
        (
            "BUILDHOOK_HEADERS",
            "Content-Type: x",
            "headers other than `Content-Type`, which buildhook sets itself",
        ),
        ("BUILDHOOK_SECRET", "whsec_not base64", "BUILDHOOK_SECRET: expected base64 after `whsec_`"),
        ("BUILDHOOK_SECRET_2", SECRET, "BUILDHOOK_SECRET_2: this endpoint has no URL; set BUILDHOOK_URL_2"),
        (
            "BUILDHOOK_URL_2",
            "example.com/hooks",
            "BUILDHOOK_URL_2: expected a URL that starts with https:// or http://",
        ),
        ("BUILDHOOK_RUN_URL", "nowhere", "BUILDHOOK_RUN_URL: found `nowhere`, expected an http or https URL"),
        (
            "BUILDHOOK_PULL_REQUEST",
            "PR-7",
            "BUILDHOOK_PULL_REQUEST: found `PR-7`, expected the number of a pull request",
        ),
        (
            "BUILDHOOK_RUN_STARTED_AT",
            "noon",
            "BUILDHOOK_RUN_STARTED_AT: found `noon`, expected a time such as",
        ),
        ("BUILDHOOK_STATUS", "great", "BUILDHOOK_STATUS: found `great`, expected success, failed, aborted"),
    ] {
        refused(working().env(name, value), message);
    }
}

#[test]
fn a_mistake_in_the_file_names_the_line() {
    for (content, message) in [
        ("timeout = 'ten'", "BUILDHOOK_CONFIG line 1 (timeout): found `ten`, expected a duration"),
        ("\n\nretrys = 3", "BUILDHOOK_CONFIG line 3: unknown key `retrys`; did you mean `retries`?"),
        ("xyzzy = 1", "BUILDHOOK_CONFIG line 1: unknown key `xyzzy`; `buildhook settings` lists all keys"),
        ("config = 'other.toml'", "unknown key `config`"),
        ("[[endpoint]]\nconfig = 'other.toml'", "line 2: unknown key `config`"),
        ("[[endpoints]]\nurl = 'https://a.example'", "unknown key `endpoints`; did you mean `endpoint`?"),
        (
            "[endpoint]\nurl = 'https://a.example'",
            "BUILDHOOK_CONFIG line 1: expected endpoints as [[endpoint]] tables",
        ),
        (
            "[[endpoint]]\nurl = 'https://a.example'\nsecert = 'x'",
            "line 3: unknown key `secert`; did you mean `secret`?",
        ),
        ("[[endpoint]]\nname = 'a'", "BUILDHOOK_CONFIG line 1: this endpoint has no URL; set its `url`"),
        (
            "[[endpoint]]\nurl = 'ftp://a.example'",
            "BUILDHOOK_CONFIG line 2 (url): expected a URL that starts with https:// or http://, not with another",
        ),
        (
            "[[endpoint]]\nurl = '${UNSET_URL}'",
            "BUILDHOOK_CONFIG line 2: ${UNSET_URL} is not set; pass the variable",
        ),
        ("[[endpoint]]\nurl = 'https://a.example/${OPEN'", "line 2: expected `}` after `${`"),
        (
            "[[endpoint]]\nurl = 'https://a.example'\nevents = ['build/triggered', 'build/ended']",
            "found `build/ended`",
        ),
        (
            "[[endpoint]]\nurl = 'https://a.example'\n\nheaders = { Host = 'x' }",
            "line 4 (headers): expected headers other",
        ),
        (
            "[[endpoint]]\nurl = 'https://a.example'\nname = 'a'\n[[endpoint]]\nurl = 'https://b.example'\nname = 'a'",
            "BUILDHOOK_CONFIG line 4: another endpoint is already named `a`; choose a different name",
        ),
        ("strict = ", "BUILDHOOK_CONFIG line 1: "),
        ("a = 1\na = 2", "line 2: "),
    ] {
        refused(working().env("BUILDHOOK_CONFIG", content), message);
    }
}

#[test]
fn a_list_in_the_file_is_a_list() {
    let file = "labels = ['smoke, fast', 'nightly']\narchitectures = ['x64']";
    let test = working().env("BUILDHOOK_CONFIG", file).file("app.bin", "content");
    let finished = test.args(&["created", "app.bin", "--dry-run"]).run().status(0);
    assert!(finished.stdout.contains(r#""smoke, fast""#), "{}", finished.stdout);
    refused(
        working().env("BUILDHOOK_CONFIG", "timeout = ['10s', '20s']"),
        "line 1 (timeout): expected a duration",
    );
}

#[test]
fn a_message_does_not_show_interpolated_values() {
    let file = "timeout = '${TOKEN}'\n";
    let test = working().env("TOKEN", SECRET).env("BUILDHOOK_CONFIG", file);
    refused(test, "BUILDHOOK_CONFIG line 1 (timeout): expected a duration");
    let file = "[[endpoint]]\nurl = 'https://a.example'\nevents = ['${TOKEN}']\n";
    let test = working().env("TOKEN", SECRET).env("BUILDHOOK_CONFIG", file);
    refused(test, "BUILDHOOK_CONFIG line 3 (events): expected one or more of");
    refused(
        Test::new().env("BUILDHOOK_URL", SECRET),
        "BUILDHOOK_URL: expected a URL that starts with https:// or http://",
    );
    refused(
        working().env("BUILDHOOK_HEADERS", format!("X: {SECRET}\n{SECRET}")),
        "BUILDHOOK_HEADERS: expected",
    );
}

#[test]
fn an_endpoint_for_a_stream_cannot_select_other_events() {
    let test = working().env("BUILDHOOK_ONLY_STREAM", "nightlies").env("BUILDHOOK_EVENTS", "build/*");
    refused(test, "an event that this endpoint can get: build.created.stream, build.moved.stream");
    let test = working().env("BUILDHOOK_ONLY_STREAM", "nightlies").env("BUILDHOOK_EVENTS", "build.created");
    let message = "127.0.0.1: `only_stream` is nightlies; nothing is sent";
    test.args(&["triggered"]).run().status(0).stderr(message);
}

#[test]
fn a_ca_file_without_a_certificate_is_refused() {
    let test = working().file("ca.pem", "nothing").env("BUILDHOOK_CA_FILE", "ca.pem");
    refused(test, "BUILDHOOK_CA_FILE: found `ca.pem`, expected a PEM file with at least one certificate");
}

#[test]
fn a_missing_endpoint_is_refused() {
    refused(Test::new(), "no endpoint configured; set BUILDHOOK_URL");
    Test::new().args(&["doctor"]).run().status(2).stderr("no endpoint configured; set BUILDHOOK_URL");
}

#[test]
fn wrong_arguments_exit_with_2() {
    for args in [&["triggerd"][..], &["triggered", "--timeou", "3"], &["created"], &["run"], &[]] {
        Test::new().args(args).run().status(2);
    }
    Test::new().args(&["triggerd"]).run().status(2).stderr("triggered");
}

#[test]
fn an_empty_url_disables_the_endpoint() {
    let test = Test::new().env("BUILDHOOK_URL", "").env("BUILDHOOK_SECRET", "");
    test.args(&["triggered"]).run().status(0).stderr("BUILDHOOK_URL is empty; this endpoint is disabled");
    let file = "[[endpoint]]\nurl = '${WEBHOOK_URL}'\n";
    let test = Test::new().env("WEBHOOK_URL", " ").env("BUILDHOOK_CONFIG", file);
    test.args(&["triggered"])
        .run()
        .status(0)
        .stderr("BUILDHOOK_CONFIG line 2 (url) is empty; this endpoint is disabled");
    let test = Test::new().env("BUILDHOOK_URL", "").file("app.apk", "x").args(&["created", "app.apk"]);
    let created = test.run().status(0).stderr("BUILDHOOK_URL is empty; this endpoint is disabled");
    assert_eq!(created.stdout, "", "nothing was sent");
    let test = Test::new().env("BUILDHOOK_URL", "").env("BUILDHOOK_URL_2", "");
    test.args(&["run", "--", "echo", "built"]).run().status(0).stdout("built");
}

#[test]
fn an_empty_secret_causes_a_warning() {
    let test = working().env("BUILDHOOK_SECRET", "");
    let finished = test
        .args(&["triggered"])
        .run()
        .status(0)
        .stderr("BUILDHOOK_SECRET is empty: events are sent unsigned");
    assert_eq!(finished.request().header("x-webhook-signature"), None);
}

#[test]
fn an_unknown_variable_causes_a_warning_with_the_nearest_name() {
    for (variable, message) in [
        (
            "BUILDHOOK_TIMEOUTS",
            "warning: unknown variable BUILDHOOK_TIMEOUTS ignored; did you mean BUILDHOOK_TIMEOUT?",
        ),
        ("BUILDHOOK_SECERT", "did you mean BUILDHOOK_SECRET?"),
        ("BUILDHOOK_URL_1", "did you mean BUILDHOOK_URL?"),
        ("BUILDHOOK_XYZZY", "warning: unknown variable BUILDHOOK_XYZZY ignored"),
    ] {
        working().env(variable, "x").args(&["triggered"]).run().status(0).stderr(message);
    }
}

#[test]
fn the_configuration_is_text_or_a_file() {
    let receiver = Receiver::start(&[Reply::Status(200)]);
    let config = "[[endpoint]]\nurl = '${HOOK}'\nname = 'from-config'\n";
    for value in [config, "elsewhere.toml", " elsewhere.toml\n"] {
        let test = Test::new().env("HOOK", receiver.url()).file("elsewhere.toml", config);
        let test = test.env("BUILDHOOK_CONFIG", value).args(&["triggered"]);
        test.run().status(0).stderr("to from-config  200");
        let test = Test::new().env("HOOK", receiver.url()).file("elsewhere.toml", config);
        let test = test.env("BUILDHOOK_CONFIG", "bad = 1");
        test.args(&["triggered", "--config", value]).run().status(0).stderr("to from-config  200");
    }
    let test = Test::new().env("BUILDHOOK_CONFIG", "no such file").args(&["triggered"]);
    test.run()
        .status(2)
        .stderr("BUILDHOOK_CONFIG: there is no file no such file (TOML text would contain `=`)");
    let test = Test::new().env("BUILDHOOK_CONFIG", " ").args(&["triggered"]);
    test.run().status(0).stderr("BUILDHOOK_CONFIG is empty; no endpoint is configured");
}

#[test]
fn endpoints_from_environment_and_file_are_all_used() {
    let receiver = Receiver::start(&[Reply::Status(200)]);
    let file = "
        retries = 0
        [[endpoint]]
        url = '${HOOK}?a=$$1'
        secret = '${KEY}'
        name = 'from-file'
        headers = { X-Price = '$5', X-Key = '${KEY}' }
        [[endpoint]]
        url = '${HOOK}'
        active = false
    ";
    let test = working().env("HOOK", receiver.url()).env("KEY", SECRET).env("BUILDHOOK_CONFIG", file);
    let finished =
        test.args(&["triggered"]).run().status(0).stderr("to from-file  200").stderr("to 127.0.0.1  200");
    assert_eq!(finished.requests[0].len(), 1);
    let requests = receiver.requests();
    assert_eq!(requests.len(), 1, "a disabled endpoint gets nothing");
    assert_eq!(requests[0].line, "POST /hooks?a=$1 HTTP/1.1");
    assert_eq!(requests[0].header("x-price"), Some("$5"));
    assert_eq!(requests[0].header("x-key"), Some(SECRET));
    assert_eq!(requests[0].signatures(SECRET).len(), 3);
}

#[test]
fn a_generated_secret_is_random_and_valid() {
    let secret = || Test::new().args(&["secret"]).run().status(0).stdout;
    let (first, second) = (secret(), secret());
    assert_ne!(first, second);
    let key = first.trim_end().strip_prefix("whsec_").unwrap();
    assert_eq!(key.len(), 44);
    working().env("BUILDHOOK_SECRET", first.trim_end()).args(&["triggered"]).run().status(0);
}

#[test]
fn cdevents_are_never_sent_as_a_form() {
    let test = || working().env("BUILDHOOK_FORMAT", "cdevents").env("BUILDHOOK_ENCODING", "form");
    let message = "BUILDHOOK_ENCODING: found `form`, expected `json`, because BUILDHOOK_FORMAT is `cdevents`; \
                   remove one of the two settings";
    refused(test(), message);
    test().env("BUILDHOOK_ENCODING", "json").args(&["triggered"]).run().status(0);
    test().env("BUILDHOOK_FORMAT", "native").args(&["triggered"]).run().status(0);

    let endpoint = "[[endpoint]]\nurl = 'https://a.example'\n";
    let file = format!(
        "{endpoint}encoding = 'form'\nname = 'b'\n\n{endpoint}format = 'cdevents'\nencoding = 'form'"
    );
    let message = "BUILDHOOK_CONFIG line 9 (encoding): found `form`, expected `json`, because BUILDHOOK_CONFIG line 8 \
                   (format) is `cdevents`; remove one of the two settings";
    refused(working().env("BUILDHOOK_CONFIG", file), message);
}
