//! `doctor`: what it shows in each environment, its exit codes, and pings.

use serde_json::{Value, json};

use crate::builder::{Finished, OTHER_SECRET, SECRET, STANDARD_SECRET, Test};
use crate::cdevents::invalid_parts;
use crate::environments::{
    Variables, github_pull_request, github_pull_request_event, github_push, github_push_event, gitlab_push,
    jenkins_push, with,
};
use crate::output::assert_snapshots;
use crate::receiver::{Receiver, Reply};
use crate::tls_receiver;
use crate::variation::without_variation;

const NEW: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OLD: &str = "whsec_b2xkb2xkb2xkb2xkb2xkb2xkb2xk";

/// An endpoint that gets an event with a secret.
fn test(variables: Variables) -> Test {
    Test::new().envs(variables).env("BUILDHOOK_SECRET", STANDARD_SECRET).endpoint(&[Reply::Status(200)])
}

/// The output without what differs between runs.
fn shown(test: Test, args: &[&str]) -> String {
    let folder = test.folder().to_str().unwrap().to_owned();
    let finished = test.args(args).run();
    let mut text = format!("$ buildhook {}\n{}", args.join(" "), finished.stdout);
    if !finished.stderr.is_empty() {
        text += &format!("\n[stderr]\n{}", finished.stderr);
    }
    text += &format!("\n[exit code {}]\n", finished.status);
    without_variation(&without_ports(&text.replace(&folder, "/folder")))
}

/// Replaces the ports of `127.0.0.1`, which are free ones.
fn without_ports(text: &str) -> String {
    let mut parts = text.split("127.0.0.1:");
    let mut shown = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        shown += "127.0.0.1:PORT";
        shown += part.trim_start_matches(|c: char| c.is_ascii_digit());
    }
    shown
}

fn ping(test: Test) -> Finished {
    test.args(&["doctor", "--ping", "--json"]).run()
}

#[test]
fn one_screen_shows_what_will_happen() {
    let folder = |test: Test, variable: &str| {
        let path = test.folder().to_str().unwrap().to_owned();
        test.env(variable, path)
    };
    let push = || folder(test(github_push()).event_file(&github_push_event()), "RUNNER_TEMP");
    let pull_request = || {
        let test = Test::new().envs(github_pull_request()).event_file(&github_pull_request_event());
        folder(test.env("BUILDHOOK_URL", ""), "RUNNER_TEMP").env("BUILDHOOK_SECRET", "")
    };
    // Without a name, the ids are made from the folder.
    let named = |test: Test| test.env("BUILDHOOK_REPOSITORY", "example/app");
    let two = test(jenkins_push())
        .env("BUILDHOOK_PREVIOUS_SECRET", OLD)
        .env("BUILDHOOK_URL_2", Receiver::refusing())
        .env("BUILDHOOK_NAME_2", "closed")
        .env("BUILDHOOK_BRANCHES_2", "release/*")
        .env("BUILDHOOK_RESULTS_2", "failed")
        .env("BUILDHOOK_STRICT_2", "true")
        .env("BUILDHOOK_HEADERS_2", "X-Team: mobile")
        .env("BUILDHOOK_URL_3", "https://hooks.example/")
        .env("BUILDHOOK_ACTIVE_3", "false")
        .env("BUILDHOOK_ENCODING_3", "form")
        .env("BUILDHOOK_ONLY_STREAM_3", "nightlies");
    assert_snapshots(
        [
            ("github", shown(push(), &["doctor"])),
            ("github_ping", shown(push(), &["doctor", "--ping"])),
            ("github_json", shown(push(), &["doctor", "--ping", "--json"])),
            ("github_fork", shown(pull_request(), &["doctor"])),
            ("gitlab", shown(test(gitlab_push()).env("BUILDHOOK_LOG_UNDELIVERED", "true"), &["doctor"])),
            ("jenkins", shown(two, &["doctor", "--scope", "run"])),
            ("none", shown(named(Test::new()), &["doctor"])),
            ("unknown_ci", shown(named(test(Variables::new()).env("CI", "1")), &["doctor"])),
            ("mistake", shown(test(github_push()).env("BUILDHOOK_TIMEOUT", "soon"), &["doctor"])),
        ]
        .map(|(name, text)| (format!("doctor_{name}"), text)),
    );
}

#[test]
fn it_fits_a_screen() {
    let finished = test(github_pull_request()).event_file(&github_pull_request_event());
    let finished = finished.env("BUILDHOOK_PREVIOUS_SECRET", OLD).args(&["doctor", "--ping"]).run().status(0);
    let lines: Vec<&str> = finished.stdout.lines().collect();
    assert!(lines.len() <= 40, "{}", finished.stdout);
    assert!(lines.iter().all(|line| line.chars().count() <= 100), "{}", finished.stdout);
}

#[test]
fn a_mistake_exits_with_2_and_the_build_is_shown_all_the_same() {
    for (variable, value, message) in [
        ("BUILDHOOK_URL", "ftp://hooks.example", "BUILDHOOK_URL: expected a URL that starts with https://"),
        ("BUILDHOOK_CONFIG", "urll = 'x'", "BUILDHOOK_CONFIG line 1: unknown key `urll`"),
        ("BUILDHOOK_SECRET", "***", "BUILDHOOK_SECRET: expected a secret, not the asterisks"),
    ] {
        let test = || test(github_push()).env(variable, value).env("BUILDHOOK_BRANCH", "from-a-variable");
        let finished = test().args(&["doctor"]).run().status(2).stderr(message);
        assert!(finished.requests[0].is_empty());
        let finished = finished.stdout("from-a-variable");
        assert!(finished.stdout.contains("BUILDHOOK_BRANCH"), "{}", finished.stdout);
        let report = test().args(&["doctor", "--ping", "--json"]).run().status(2).json();
        assert!(report["errors"][0].as_str().unwrap().starts_with(message), "{report}");
        assert_eq!(report["ci"]["facts"]["branch"]["value"], "from-a-variable");
        assert_eq!((&report["ids"], &report["state"]), (&Value::Null, &Value::Null));
    }
    let finished = Test::new().envs(github_push()).args(&["doctor"]).run().status(2);
    finished.stderr("no endpoint configured").stdout("there is no key to seal records with");
}

#[test]
fn an_endpoint_that_cannot_be_reached_exits_with_3() {
    let silent = Receiver::start(&[Reply::Silent]).url().replace("http:", "https:");
    for (url, message) in [
        (Receiver::refusing(), "connection refused; is the receiver running on this port?"),
        ("http://no-such-host.invalid/".to_owned(), "host name does not resolve"),
        (silent, "no response within 0.5 s"),
        (Receiver::start(&[Reply::Greeting]).url().replace("http:", "https:"), "TLS: not a TLS server"),
    ] {
        let test = || {
            let test = test(github_push()).env("BUILDHOOK_TIMEOUT", "500ms").env("BUILDHOOK_NAME_2", "lab");
            test.env("BUILDHOOK_URL_2", &url)
        };
        let finished = test().args(&["doctor"]).run().status(3).stderr(&format!("error: lab: {message}"));
        assert!(finished.requests[0].is_empty() && finished.stdout.contains("not reached"), "{url}");
        // It is a diagnosis: no setting hides it.
        let finished = test().env("BUILDHOOK_FAIL_ON_ERROR", "false").args(&["doctor"]).run().status(3);
        let finished = finished.stderr(&format!("error: lab: {message}"));
        assert!(!finished.stdout.contains(message), "repeated: {}", finished.stdout);
        // The other one is pinged.
        let finished = ping(test()).status(3);
        assert_eq!(finished.requests[0].len(), 1);
        let report = finished.json();
        assert_eq!(report["endpoints"][1]["ping"], Value::Null, "{report}");
        assert!(report["errors"][0].as_str().unwrap().contains(message), "{report}");
    }
}

#[test]
fn an_empty_url_disables_its_endpoint_and_is_no_mistake() {
    let finished = Test::new().env("BUILDHOOK_URL", "").args(&["doctor", "--ping"]).run().status(0);
    finished.stdout("disabled: BUILDHOOK_URL is empty");
    let inactive = test(github_push()).env("BUILDHOOK_ACTIVE", "false");
    let finished = inactive.args(&["doctor", "--ping"]).run().status(0);
    assert!(finished.requests[0].is_empty());
    finished.stdout("disabled: its setting `active` is false");
}

#[test]
fn tls_and_the_certificate_are_shown() {
    let test = || {
        let test = Test::new().envs(gitlab_push()).file("ca.pem", tls_receiver::CERTIFICATE);
        test.env("BUILDHOOK_CA_FILE", "ca.pem").endpoint_at(&tls_receiver::start())
    };
    let finished = test().args(&["doctor", "--ping"]).run().status(0).stdout(" by TLS 1.3 in ");
    let finished = finished.stdout("for localhost, by Lab localhost, until 2").stdout("answer          ok\n");
    let finished = finished.stdout("resolves to     ");
    assert!(finished.stdout.contains("days left)"), "{}", finished.stdout);
    let report = ping(test()).status(0).json();
    let connection = &report["endpoints"][0]["connection"];
    assert_eq!((&connection["tls"], &connection["error"]), (&json!("TLS 1.3"), &Value::Null));
    assert!(connection["certificate_days_left"].as_i64().unwrap() > 10_000, "{report}");
    let untrusted = test().without_env("BUILDHOOK_CA_FILE").args(&["doctor"]).run().status(3);
    untrusted.stderr("TLS: ");
}

#[test]
fn a_ping_is_a_signed_event_that_leaves_no_record_and_passes_filters() {
    let test = || {
        let test = Test::new().envs(github_push()).event_file(&github_push_event());
        let test = test.env("BUILDHOOK_FIELDS", "team=mobile").env("BUILDHOOK_BRANCHES", "release/*");
        test.env("BUILDHOOK_EVENTS", "release.created").env("BUILDHOOK_SECRET", STANDARD_SECRET)
    };
    let finished = ping(test().endpoint(&[Reply::Body(202, "\nfine\nand more".to_owned())])).status(0);
    let request = finished.request();
    assert_eq!(request.header("x-webhook-event"), Some("ping"));
    assert_eq!(request.signatures(STANDARD_SECRET).len(), 3);
    let body = request.json();
    let keys: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["id", "event", "created", "data", "fields", "buildhook"]);
    assert_eq!((&body["event"], &body["id"]), (&json!("ping"), &body["buildhook"]["event_id"]));
    assert!(body["data"]["message"].as_str().unwrap().contains("`buildhook doctor --ping`"), "{body}");
    assert_eq!(body["data"].as_object().unwrap().len(), 1);
    let answer = &finished.json()["endpoints"][0]["ping"];
    assert_eq!((&answer["response_code"], &answer["response"]), (&json!(202), &json!("fine")));
    assert!(finished.records.is_empty());

    let strict = ping(test().env("BUILDHOOK_STRICT", "true").endpoint(&[Reply::Status(200)])).status(0);
    let body = strict.request().json();
    let keys: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["id", "event", "created", "data"]);

    let unsigned = ping(test().env("BUILDHOOK_SECRET", "").endpoint(&[Reply::Status(200)])).status(0);
    assert_eq!(unsigned.request().signatures(SECRET), [""; 0]);
}

#[test]
fn a_ping_is_a_valid_cdevent() {
    for variables in [github_push(), gitlab_push(), Variables::new()] {
        let test = test(variables).env("BUILDHOOK_FORMAT", "cdevents");
        let finished = ping(test).status(0);
        let body = finished.request().json();
        assert_eq!(invalid_parts(&body), Vec::<String>::new(), "{body}");
        assert_eq!(body["context"]["type"], "dev.cdeventsx.buildhook-ping.sent.0.1.0");
        assert_eq!(body["customData"]["event"], "ping");
        assert_eq!(finished.request().header("ce-type"), body["context"]["type"].as_str());
    }
}

#[test]
fn a_ping_is_sent_once_and_a_refusal_exits_with_3() {
    for (reply, message) in [
        (Reply::Status(503), "127.0.0.1: ping: 503 Service Unavailable; check the receiver's log"),
        (Reply::Status(404), "Some receivers also refuse events they do not know, such as `ping`"),
        (Reply::Status(400), "another format or encoding? Some receivers also refuse events"),
        (Reply::Status(401), "401 Unauthorized; does the receiver use the same secret?"),
        (Reply::Close, "connection closed before a response arrived"),
    ] {
        // The first connection is the check.
        let test = || {
            let test = Test::new().envs(github_push()).env("BUILDHOOK_SECRET", SECRET);
            test.env("BUILDHOOK_RETRIES", "5").endpoint(std::slice::from_ref(&reply))
        };
        let finished = test().args(&["doctor", "--ping"]).run().status(3).stderr(message);
        assert_eq!(finished.requests[0].len(), 1, "{reply:?}");
        let finished = test().env("BUILDHOOK_FAIL_ON_ERROR", "false").args(&["doctor", "--ping"]).run();
        let finished = finished.status(3).stderr("error: 127.0.0.1: ping: ");
        assert!(!finished.stdout.contains(message), "repeated: {}", finished.stdout);
    }
}

#[test]
fn during_a_rotation_it_reports_which_secret_the_receiver_takes() {
    let other = "neither-of-the-two-secrets";
    for (current, previous, receiver, accepts, code) in [
        (NEW, OLD, Reply::Verify(NEW), "current", 0),
        // Standard Webhooks has both signatures.
        (NEW, OLD, Reply::Verify(OLD), "previous", 0),
        (NEW, OLD, Reply::Verify(other), "neither", 3),
        (NEW, OLD, Reply::Status(200), "both", 0),
        (NEW, OLD, Reply::Status(500), "unknown", 3),
    ] {
        let test = || {
            let test = Test::new().envs(gitlab_push()).endpoint(std::slice::from_ref(&receiver));
            test.env("BUILDHOOK_SECRET", current).env("BUILDHOOK_PREVIOUS_SECRET", previous)
        };
        let finished = ping(test()).status(code);
        let endpoint = &finished.json()["endpoints"][0];
        assert_eq!(endpoint["secrets"], 2);
        assert_eq!(endpoint["ping"]["rotation"]["accepts"], accepts, "{receiver:?}: {endpoint}");
        let requests = &finished.requests[0];
        assert_eq!(requests.len(), 3, "as configured, and with each secret alone");
        assert!(!requests[1].signatures(current).is_empty() && !requests[2].signatures(previous).is_empty());
        let ids = [0, 1, 2].map(|index| requests[index].json()["id"].as_str().unwrap().to_owned());
        assert!(ids[0] != ids[1] && ids[1] != ids[2], "a receiver would drop a repetition");
        let sentence = match accepts {
            "current" => "the receiver accepts the current secret; the previous one can go",
            "previous" => {
                "warning: 127.0.0.1: the receiver accepts only the previous secret; give it the current one"
            }
            "neither" => {
                "error: 127.0.0.1: ping: the receiver accepts neither secret; give it the current one"
            }
            "both" => "accepts both secrets, or does not verify signatures",
            _ => "not clear which one the receiver accepts: 500 with the current",
        };
        let finished = test().args(&["doctor", "--ping"]).run().status(code);
        let text = finished.stdout + &finished.stderr;
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(sentence), "{text}");
        let count =
            text.matches("secret;").count() + text.matches("does the receiver use the same secret").count();
        assert!(count <= 1, "repeated: {text}");
    }
}

#[test]
fn a_previous_secret_that_does_not_sign_is_not_tested() {
    for (current, previous) in [(NEW, "abcdefgh"), (SECRET, OLD), (SECRET, OTHER_SECRET), ("", OLD)] {
        let test = || {
            let test = Test::new().envs(gitlab_push()).endpoint(&[Reply::Status(200)]);
            test.env("BUILDHOOK_SECRET", current).env("BUILDHOOK_PREVIOUS_SECRET", previous)
        };
        let finished = test().args(&["doctor", "--ping"]).run().status(0);
        assert_eq!(finished.requests[0].len(), 1, "{previous}");
        let finished = finished.stdout("previous secret only opens earlier records; it does not sign");
        assert!(!finished.stdout.contains("both secrets"), "{}", finished.stdout);
        let endpoint = &ping(test()).status(0).json()["endpoints"][0];
        assert_eq!(endpoint["ping"]["rotation"], Value::Null);
        assert_eq!(endpoint["secrets"], usize::from(!current.is_empty()));
    }
}

#[test]
fn facts_without_meaning_are_left_out() {
    let laptop = Test::new().endpoint(&[Reply::Status(200)]).args(&["doctor"]).run().status(0);
    assert!(!laptop.stdout.contains("not known  "), "{}", laptop.stdout);
    assert!(!laptop.stdout.contains("this build"), "{}", laptop.stdout);
    let filtered = test(github_push()).env("BUILDHOOK_BRANCHES", "main").args(&["doctor"]).run().status(0);
    filtered.stdout("this build      is sent").stdout("not known       target branch");
}

#[test]
fn an_empty_secret_is_no_claim_that_something_was_sent() {
    let finished = test(github_push()).env("BUILDHOOK_SECRET", "").args(&["doctor"]).run().status(0);
    finished.stderr("warning: BUILDHOOK_SECRET is empty: events are sent unsigned");
}

#[test]
fn hostile_text_cannot_move_the_cursor_or_run_commands() {
    let hostile = "x\u{1b}[2J\u{202e}\r\n::error::y ##[error]z";
    let changes = [
        ("GITHUB_REF", "refs/heads/x\u{1b}[2J\u{202e}##[error]y"),
        ("GITHUB_WORKFLOW", hostile),
        ("GITHUB_TRIGGERING_ACTOR", hostile),
        ("GITHUB_JOB", "::error::job"),
    ];
    for args in [&["doctor", "--ping"][..], &["doctor", "--ping", "--json"]] {
        let test = Test::new().envs(with(github_push(), &changes)).env("BUILDHOOK_NAME", "::error::name");
        let finished = test.endpoint(&[Reply::Body(400, hostile.to_owned())]).args(args).run().status(3);
        for text in [&finished.stdout, &finished.stderr] {
            assert!(!text.contains(['\u{1b}', '\r', '\u{202e}']) && !text.contains("##[error]"), "{text}");
            assert!(!text.lines().any(|line| line.trim_start().starts_with("::")), "{text}");
        }
    }
}

#[test]
fn the_state_folder_is_not_made_and_its_last_build_is_found() {
    let test = Test::new().endpoint(&[Reply::Status(200)]);
    let report = |test: &Test| -> Value {
        serde_json::from_slice(&test.output(&["doctor", "--json"], &[]).stdout).unwrap()
    };
    assert_eq!(report(&test)["ids"]["build_slug"], Value::Null);
    assert!(!test.folder().join(".local").exists());
    assert!(test.output(&["triggered"], &[]).status.success());
    let sent = test.receiver(0).requests().last().unwrap().json();
    let ids = &report(&test)["ids"];
    assert_eq!((&ids["build_slug"], &ids["app_slug"]), (&sent["build_slug"], &sent["app_slug"]));
}

#[test]
fn it_shows_how_long_the_state_folder_lasts() {
    let lasts = |test: Test| {
        let test = test.env("BUILDHOOK_URL", Receiver::refusing());
        let report = test.args(&["doctor", "--json"]).run().json();
        (report["state"]["lasts"].clone(), report["state"]["lasts_because"].as_str().unwrap().to_owned())
    };
    let in_folder = |variables: Variables, variable: &str| {
        let test = Test::new().envs(variables);
        let path = test.folder().to_str().unwrap().to_owned();
        test.env(variable, path)
    };
    let own = [("RUNNER_ENVIRONMENT", "self-hosted")];
    for (test, expected, because) in [
        (in_folder(with(github_push(), &own), "RUNNER_TEMP"), "job", "GitHub Actions empties that folder"),
        (
            in_folder(with(github_push(), &own), "BUILDHOOK_STATE_DIR").without_env("RUNNER_TEMP"),
            "machine",
            "on this machine",
        ),
        (in_folder(github_push(), "BUILDHOOK_STATE_DIR"), "job", "unless you cache it"),
        (
            in_folder(
                with(gitlab_push(), &[("CI_DISPOSABLE_ENVIRONMENT", "true")]),
                "RUNNER_TEMP_PROJECT_DIR",
            ),
            "job",
            "CI_DISPOSABLE_ENVIRONMENT",
        ),
        (
            in_folder(gitlab_push(), "RUNNER_TEMP_PROJECT_DIR").without_env("CI_DISPOSABLE_ENVIRONMENT"),
            "machine",
            "on this machine",
        ),
        (in_folder(jenkins_push(), "WORKSPACE_TMP"), "unknown", "hosted machines and containers"),
        (Test::new(), "machine", "on this machine"),
        (Test::new().env("CI", "true"), "unknown", "hosted machines and containers"),
        (Test::new().checkout(&[&["init", "-q"]]), "checkout", "as long as the checkout"),
    ] {
        let (found, reason) = lasts(test);
        assert_eq!(found, expected, "{reason}");
        assert!(reason.contains(because), "{reason}");
    }
}
