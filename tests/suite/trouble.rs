//! How problems affect a job: with a separate command, with `run`, and in a step of the Action.

use crate::builder::{Finished, SECRET, SECRET_PATH, Test};
use crate::environments::github_push;
use crate::receiver::{Receiver, Reply};

/// Mistakes in the configuration: a variable with its value, and the message about it.
const MISTAKES: [(&str, &str, &str); 9] = [
    (
        "BUILDHOOK_URL",
        "hooks.example/x",
        "BUILDHOOK_URL: expected a URL that starts with https:// or http://",
    ),
    ("BUILDHOOK_TIMEOUT", "x", "BUILDHOOK_TIMEOUT: found `x`, expected a duration"),
    ("BUILDHOOK_EVENTS", "build/started", "BUILDHOOK_EVENTS: found `build/started`"),
    ("BUILDHOOK_SECRET", "whsec_!", "BUILDHOOK_SECRET: expected base64"),
    ("BUILDHOOK_SECRET_2", "secret", "BUILDHOOK_SECRET_2: this endpoint has no URL"),
    ("BUILDHOOK_CONFIG", "a = \n", "BUILDHOOK_CONFIG line 1: "),
    (
        "BUILDHOOK_CONFIG",
        "tiemout = 1\n",
        "BUILDHOOK_CONFIG line 1: unknown key `tiemout`; did you mean `timeout`?",
    ),
    (
        "BUILDHOOK_CONFIG",
        "nowhere.toml",
        "BUILDHOOK_CONFIG: there is no file nowhere.toml (TOML text would contain `=`)",
    ),
    ("BUILDHOOK_CA_FILE", "nowhere.pem", "BUILDHOOK_CA_FILE: cannot read "),
];

fn test() -> Test {
    Test::new().envs(github_push()).file("a.bin", "a").endpoint(&[Reply::Status(200)])
}

/// A step of the Action.
fn step(event: &str) -> Test {
    test().env("BUILDHOOK_ACTION_EVENT", event).env("BUILDHOOK_INPUTS", "url,secret,fields,matrix")
}

/// The lines of stderr that are annotations, or might be read as problems.
fn problems(finished: &Finished) -> Vec<&str> {
    let words = ["error", "warning", "::notice"];
    finished.stderr.lines().filter(|line| words.iter().any(|word| line.contains(word))).collect()
}

fn event_names(finished: &Finished) -> Vec<&str> {
    finished.requests[0].iter().filter_map(|request| request.header("x-webhook-event")).collect()
}

#[test]
fn a_mistake_ends_a_separate_command_unless_the_user_tolerates_it() {
    for (name, value, message) in MISTAKES {
        let sent = |tolerance: &[&str]| {
            let finished = test().env(name, value).args(&["triggered"]).args(tolerance).run();
            assert!(finished.requests[0].is_empty() && finished.records.is_empty(), "{message}");
            assert_eq!(finished.stderr.lines().count(), 1, "{}", finished.stderr);
            finished
        };
        sent(&[]).status(2).stderr(&format!("error: {message}"));
        sent(&["--fail-on-error"]).status(2).stderr("error: ");
        sent(&["--fail-on-error=false"]).status(0).stderr(&format!("warning: {message}"));
    }
    let tolerated = test().env("BUILDHOOK_TIMEOUT", "x").env("BUILDHOOK_FAIL_ON_ERROR", "false");
    tolerated.args(&["triggered"]).run().status(0).stderr("warning: BUILDHOOK_TIMEOUT");
    // The file may be what is wrong.
    let in_file = test().env("BUILDHOOK_CONFIG", "fail_on_error = false\ntimeout = 'x'\n");
    in_file.args(&["triggered"]).run().status(2).stderr("error: BUILDHOOK_CONFIG line 2 (timeout)");
    // Commands that send nothing have nothing to tolerate.
    let other = test().env("BUILDHOOK_TIMEOUT", "x").args(&["settings", "--fail-on-error=false"]);
    other.run().status(2).stderr("error: ");
}

#[test]
fn a_mistake_does_not_keep_the_command_of_run_from_running_unless_it_is_to() {
    for (name, value, message) in MISTAKES {
        let run = |tolerance: &[&str]| {
            let test = test().env(name, value).args(&["run"]).args(tolerance);
            test.args(&["--", "sh", "-c", "touch ran; exit 7"]).run()
        };
        for tolerance in [&[][..], &["--fail-on-error=false"]] {
            let finished = run(tolerance).status(7).stderr(&format!("error: {message}"));
            assert_eq!(finished.stderr.lines().count(), 1, "{}", finished.stderr);
            assert!(finished.folder.path().join("ran").exists(), "{message}");
        }
        let finished = run(&["--fail-on-error"]).status(2).stderr(&format!("error: {message}"));
        assert!(!finished.folder.path().join("ran").exists(), "{message}");
    }
    let nothing = Test::new().args(&["run", "--", "echo", "built"]).run().status(0);
    nothing.stdout("built").stderr("error: no endpoint configured");
}

#[test]
fn a_mistake_is_one_annotation_of_the_action_and_fails_the_step_only_if_it_is_to() {
    for (name, value, message) in MISTAKES {
        for (event, args) in
            [("auto", &["triggered"][..]), ("auto", &["finished", "--status", "success", "--artifact=a.bin"])]
        {
            let run = |switch: Option<&str>| {
                let test = step(event).env(name, value);
                let test = match switch {
                    Some(value) => test.env("BUILDHOOK_FAIL_ON_ERROR", value),
                    None => test,
                };
                let finished = test.args(args).run();
                let message = message
                    .replace("BUILDHOOK_URL:", "input url:")
                    .replace("BUILDHOOK_SECRET:", "input secret:");
                // The first step has annotated it.
                let kind = if args[0] == "finished" { "error: " } else { "::error title=buildhook::" };
                let expected = format!("{kind}{message}");
                assert!(finished.stderr.starts_with(&expected), "{expected}\n{}", finished.stderr);
                assert_eq!(finished.stderr.lines().count(), 1, "{}", finished.stderr);
                finished
            };
            run(None).status(0);
            run(Some("false")).status(0);
            run(Some("true")).status(2);
        }
    }
    let in_file = "fail_on_error = true\n[[endpoint]]\nurl = 'x'\n";
    step("auto").env("BUILDHOOK_CONFIG", in_file).args(&["triggered"]).run().status(2);
    let missing = step("moved").args(&["moved"]).run().status(0);
    assert_eq!(
        problems(&missing),
        ["::error title=buildhook::event moved needs a stream: set BUILDHOOK_STREAM in env"]
    );
}

/// The first step of `auto` has reported everything about the settings, which are the same.
#[test]
fn the_last_step_of_the_action_annotates_only_what_is_new() {
    let end = ["finished", "--status", "success"];
    let odd = || {
        let odd = step("auto").env("BUILDHOOK_SECRET", "").env("BUILDHOOK_UNKNOWN", "x");
        odd.env("BUILDHOOK_URL_2", "").env("BUILDHOOK_NAME_3", "third").env("BUILDHOOK_URL_3", "$(HOOK)")
    };
    assert_eq!(problems(&odd().args(&["triggered"]).run().status(0)).len(), 4);
    let last = odd().args(&end).run().status(0);
    assert!(problems(&last).is_empty(), "{}", last.stderr);
    assert_eq!(event_names(&last), ["build/finished"]);
    let shell = odd().without_env("BUILDHOOK_ACTION_EVENT").args(&end).run().status(0);
    assert!(shell.stderr.contains("sent unsigned") && shell.stderr.contains("BUILDHOOK_UNKNOWN"));
    let own = step("finished").env("BUILDHOOK_TIMEOUT", "x").args(&end).run().status(0);
    assert!(own.stderr.starts_with("::error title=buildhook::BUILDHOOK_TIMEOUT"), "{}", own.stderr);

    let config = || step("auto").without_env("BUILDHOOK_URL").env("BUILDHOOK_CONFIG", "retries = 1");
    let first = config().args(&["triggered"]).run().status(0);
    assert!(first.stderr.starts_with("::error title=buildhook::no endpoint"), "{}", first.stderr);
    let last = config().args(&end).run().status(0);
    assert!(last.stderr.starts_with("error: no endpoint"), "{}", last.stderr);

    // The first step does not have the result.
    let wrong = step("auto").env("BUILDHOOK_STATUS", "odd").env("BUILDHOOK_INPUTS", "url,status");
    let last = wrong.args(&["finished"]).run().status(0);
    assert!(last.stderr.starts_with("::error title=buildhook::input status: "), "{}", last.stderr);

    let remote = |events: &str| {
        let remote = step("auto").env("BUILDHOOK_URL", "http://hooks.invalid/").env("BUILDHOOK_RETRIES", "0");
        let remote = remote.env("BUILDHOOK_EVENTS", events);
        remote.args(&end).run().stderr.contains("uses unencrypted http://")
    };
    assert!(!remote("build/*"));
    assert!(remote("build/finished"), "the first step sent nothing there");
}

#[test]
fn the_action_names_what_its_user_can_set() {
    for (event, args, message) in [
        ("moved", &["moved"][..], "event moved needs a stream: set BUILDHOOK_STREAM in env"),
        ("labeled", &["labeled"], "event labeled needs labels: set BUILDHOOK_LABELS in env"),
        (
            "release-created",
            &["release", "created"],
            "event release-created needs a version: set BUILDHOOK_VERSION in env",
        ),
    ] {
        step(event).args(args).run().status(0).stderr(message);
    }
    let expansion = step("created").env("BUILDHOOK_EXPANSION", "a.bin").args(&["created", "a.bin"]).run();
    expansion.status(0).stderr("::BUILDHOOK_EXPANSION works only with an apk, not with a.bin");
    let hint = "set BUILDHOOK_BUILD in env: ";
    step("moved").env("BUILDHOOK_STREAM", "b").args(&["moved"]).run().status(0).stderr(hint);
    let release = step("release-created").env("BUILDHOOK_VERSION", "1.0.0");
    release.args(&["release", "created"]).run().status(0).stderr(hint);
}

#[test]
fn an_event_that_is_not_delivered_fails_the_job_where_it_should() {
    let refuse = |test: Test| test.endpoint_at(&Receiver::refusing()).env("BUILDHOOK_RETRIES", "0");
    let own = || refuse(Test::new().envs(github_push())).args(&["triggered"]);
    own().run().status(3);
    own().args(&["--fail-on-error=false"]).run().status(0);
    let action = || {
        let action = refuse(Test::new().envs(github_push())).env("BUILDHOOK_ACTION_EVENT", "auto");
        action.args(&["triggered"])
    };
    let passed = action().run().status(0);
    let annotations: Vec<&str> = passed.stderr.lines().filter(|line| line.starts_with("::warning")).collect();
    assert_eq!(annotations.len(), 1, "{}", passed.stderr);
    assert!(annotations[0].contains("build/triggered: "), "{annotations:?}");
    let failed = action().env("BUILDHOOK_FAIL_ON_ERROR", "true").run().status(3);
    assert_eq!(
        failed.stderr.lines().filter(|line| line.starts_with("::error")).count(),
        1,
        "{}",
        failed.stderr
    );
}

#[test]
fn a_pattern_that_matches_nothing_fails_the_job_where_it_should() {
    let finished = ["finished", "--status", "success", "--artifact", "nothing/*.apk", "--artifact", "*.bin"];
    let created = ["created", "nothing/*.apk", "*.bin"];
    for args in [&finished[..], &created] {
        let check = |test: Test, status: i32, message: &str| {
            let finished = test.args(args).run().status(status).stderr(message);
            let mut expected = vec!["build.created"];
            expected.extend(args.first().filter(|name| **name == "finished").map(|_| "build/finished"));
            assert_eq!(event_names(&finished), expected);
            assert_eq!(problems(&finished).len(), 1, "{}", finished.stderr);
            if let Some(last) = finished.requests[0].get(1) {
                assert_eq!(last.json()["build_status"], 1, "the result is the job's");
            }
        };
        check(test(), 3, "error: no file matches nothing/*.apk");
        check(test().env("BUILDHOOK_FAIL_ON_ERROR", "false"), 0, "warning: no file matches nothing/*.apk");
        check(step("auto"), 0, "::warning title=buildhook::no file matches nothing/*.apk");
        let fatal = step("auto").env("BUILDHOOK_FAIL_ON_ERROR", "true");
        check(fatal, 3, "::error title=buildhook::no file matches nothing/*.apk");
    }
    let run = ["run", "--fail-on-error", "--artifact", "nothing/*.apk", "--", "sh", "-c", "exit 0"];
    let finished = test().args(&run).run().status(0).stderr("warning: no file matches nothing/*.apk");
    assert_eq!(event_names(&finished), ["build/triggered", "build/finished"]);
}

#[test]
fn a_mistake_in_an_artifact_option_costs_the_events_of_artifacts_alone() {
    let finished = ["finished", "--status", "success", "--artifact", "a.bin"];
    let check = |test: Test, status: i32, message: &str| {
        let finished =
            test.env("BUILDHOOK_VERSION", "x").args(&finished).run().status(status).stderr(message);
        assert_eq!(event_names(&finished), ["build/finished"]);
        assert_eq!(problems(&finished).len(), 1, "{}", finished.stderr);
    };
    check(test(), 2, "error: BUILDHOOK_VERSION: found `x`, expected a semantic version");
    check(test().env("BUILDHOOK_FAIL_ON_ERROR", "false"), 0, "warning: BUILDHOOK_VERSION: found `x`");
    check(step("auto"), 0, "::error title=buildhook::BUILDHOOK_VERSION: found `x`");
    check(
        step("auto").env("BUILDHOOK_FAIL_ON_ERROR", "true"),
        2,
        "::error title=buildhook::BUILDHOOK_VERSION",
    );
    for (name, value) in [("BUILDHOOK_METADATA", "nowhere.log"), ("BUILDHOOK_EXPANSION", "a.bin")] {
        let finished = test().env(name, value).args(&finished).run().status(1).stderr("error: ");
        assert_eq!(event_names(&finished), ["build/finished"]);
    }
    let missing = test().args(&["finished", "--status", "success", "--artifact", "gone.apk"]).run().status(1);
    assert_eq!(event_names(&missing.stderr("error: ").stderr("gone.apk")), ["build/finished"]);
}

#[test]
fn artifacts_are_announced_before_the_end_of_a_successful_build_alone() {
    let send = |status: &str, args: &[&str]| {
        test().args(&["finished", "--status", status, "--artifact", "*.bin"]).args(args).run().status(0)
    };
    let success = send("success", &["--stream", "beta", "--labels", "qa", "--save", "build.json", "--json"]);
    assert_eq!(event_names(&success), ["build.created", "build/finished"]);
    let build = &success.requests[0][0].json()["data"]["build"];
    assert_eq!((&build["stream"]["name"], &build["labels"][0]["name"]), (&"beta".into(), &"qa".into()));
    let saved = std::fs::read_to_string(success.folder.path().join("build.json")).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&saved).unwrap()["id"], build["id"]);
    assert_eq!(success.stdout.lines().count(), 2, "{}", success.stdout);
    for status in ["failed", "aborted", "aborted-with-success"] {
        let finished = send(status, &["--version", "x"]);
        assert_eq!(event_names(&finished), ["build/finished"]);
        assert!(problems(&finished).is_empty(), "{}", finished.stderr);
        let what = if status == "failed" { "failed" } else { "was aborted" };
        let notice = format!("artifacts are not sent, because the job {what}\n");
        assert_eq!(finished.stderr.matches(&notice).count(), 1, "{}", finished.stderr);
    }
    let run = test().args(&["run", "--artifact", "*.bin", "--", "sh", "-c", "exit 1"]).run().status(1);
    assert_eq!(run.stderr.matches("artifacts are not sent, because the job failed").count(), 1);
    let shown = send("success", &["--dry-run"]);
    assert!(shown.requests[0].is_empty() && shown.records.is_empty());
    assert!(shown.stdout.contains("build.created") && shown.stdout.contains("build/finished"));
    // It does not wait for large files.
    let large = test().env("BUILDHOOK_DEADLINE", "1s").sparse_file("big.dat", 1 << 30);
    let args = ["finished", "--status", "success", "--artifact", "big.dat", "--artifact", "*.apk"];
    let late = large.args(&args).run().status(3).stderr("error: no file matches *.apk");
    assert_eq!(event_names(&late), ["build/finished", "build.created"]);
    let none =
        Test::new().env("BUILDHOOK_URL", "").args(&["finished", "--status=success", "--artifact=*.apk"]);
    assert!(!none.run().status(0).stderr.contains("*.apk"));
}

/// So are those of variables that are not set.
#[test]
fn empty_values_count_as_not_given() {
    let run = test().args(&["run", "--artifact=", "--save=", "--", "sh", "-c", "exit 7"]).run().status(7);
    let run = run.stderr("--artifact is empty and is ignored").stderr("--save is empty and is ignored");
    assert_eq!(event_names(&run), ["build/triggered", "build/finished"]);
    let finished = ["finished", "--status", "success", "--artifact=", "--artifact", "a.bin", "--save", ""];
    let options = ["--expansion=", "--metadata="];
    let finished = test().args(&finished).args(&options).run().status(0);
    assert_eq!(event_names(&finished), ["build.created", "build/finished"]);
    let created = test().args(&["created", "a.bin", "--save="]).args(&options).run().status(0);
    assert_eq!(event_names(&created.stderr("--save is empty and is ignored")), ["build.created"]);
    let variable = test().env("BUILDHOOK_SAVE", "").args(&["created", "a.bin"]).run().status(0);
    assert!(problems(&variable).is_empty(), "{}", variable.stderr);
    let release = ["release", "created", "--version", "1.0.0", "--notes-file="];
    assert_eq!(event_names(&test().args(&release).run().status(0)), ["release.created"]);
}

#[cfg(unix)]
#[test]
fn a_build_that_cannot_be_saved_is_sent() {
    for args in [&["created", "a.bin"][..], &["finished", "--status", "success", "--artifact", "a.bin"]] {
        for file in ["pipe", "/dev/full", "."] {
            let test = test().args(args).args(&["--save", file]);
            let made = std::process::Command::new("mkfifo").arg(test.folder().join("pipe")).status().unwrap();
            assert!(made.success());
            let finished = test.run().status(1).stderr("error: cannot save the build to ");
            let finished = finished.stderr("it is not a regular file");
            assert_eq!(event_names(&finished)[0], "build.created", "{args:?} {file}");
        }
    }
    let page = test().args(&["deliveries", "page", "pipe"]);
    assert!(std::process::Command::new("mkfifo").arg(page.folder().join("pipe")).status().unwrap().success());
    page.run().status(1).stderr("cannot write the page to ").stderr("it is not a regular file");
}

#[test]
fn builds_are_saved_and_named_by_variables_unless_there_are_flags() {
    let saving = || test().env("BUILDHOOK_SAVE", "variable.json");
    let exists = |finished: &Finished, name: &str| finished.folder.path().join(name).exists();
    for args in [
        &["created", "a.bin"][..],
        &["finished", "--status", "success", "--artifact", "a.bin"],
        &["run", "--artifact", "a.bin", "--", "true"],
    ] {
        assert!(exists(&saving().args(args).run().status(0), "variable.json"), "{args:?}");
        let (command, rest) = args.split_first().unwrap();
        let finished = saving().args(&[command, "--save", "flag.json"]).args(rest).run().status(0);
        assert!(exists(&finished, "flag.json") && !exists(&finished, "variable.json"), "{args:?}");
    }

    let test = test().file("b.bin", "b");
    let builds = test.output(&["created", "a.bin", "b.bin", "--json"], &[]);
    let lines: Vec<serde_json::Value> = String::from_utf8(builds.stdout)
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["build"].clone())
        .collect();
    let (first, second) = (lines[0].to_string(), lines[1].to_string());
    let ids: Vec<&str> = lines.iter().map(|build| build["id"].as_str().unwrap()).collect();
    std::fs::write(test.folder().join("one.json"), &first).unwrap();
    std::fs::write(test.folder().join("marked.json"), format!("\u{feff}{first}")).unwrap();
    let pretty = serde_json::to_string_pretty(&lines).unwrap();
    let moved = |text: &str, args: &[&str]| {
        let args = [&["moved", "--stream", "beta", "--json"], args].concat();
        let output = test.output(&args, &[("BUILDHOOK_BUILD", text)]);
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    for (text, expected) in [
        (ids[1].to_owned(), &ids[1..]),
        (format!("{}\n {}\n", ids[0], ids[1]), &ids[..]),
        (format!("one.json\n{}", ids[1]), &ids[..]),
        (first.clone(), &ids[..1]),
        (format!("{first}\n{second}"), &ids[..]),
        (format!("[{first},{second}]"), &ids[..]),
        (pretty, &ids[..]),
        (format!("\u{feff}{first}"), &ids[..1]),
        (format!("\u{feff}{}", ids[1]), &ids[1..]),
        ("marked.json".to_owned(), &ids[..1]),
        ("\u{feff}\n".to_owned(), &ids[..]),
        (format!("{first}\n{}", ids[1]), &ids[..]),
        (" \n".to_owned(), &ids[..]),
    ] {
        let (code, out, error) = moved(&text, &[]);
        assert_eq!((code, out.lines().count()), (Some(0), expected.len()), "{text}: {error}");
        assert!(expected.iter().all(|id| out.contains(id)), "{text}");
    }
    let (_, out, _) = moved(ids[0], &["--build", ids[1]]);
    assert!(out.contains(ids[1]) && !out.contains(ids[0]), "the flag replaces the variable");
    for (text, message) in [
        ("{\"id\":", "BUILDHOOK_BUILD is not JSON"),
        ("{}", "no build in BUILDHOOK_BUILD; expected the output `build` of the action"),
        ("unknown", "unknown is neither a file nor a build kept in"),
    ] {
        let (code, _, error) = moved(text, &[]);
        assert!(code == Some(1) && error.contains(message), "{text}: {error}");
    }
}

#[test]
fn each_part_of_a_url_that_is_wrong_has_its_own_sentence() {
    let scheme = "a URL that starts with https:// or http://";
    let port = "a URL whose port is a number from 1 to 65535";
    let host = "a URL with a host, such as https://example.com/hooks";
    for (url, expected) in [
        (format!("hooks.example/{SECRET_PATH}?t={SECRET}"), scheme),
        (format!("https:/hooks.example/{SECRET_PATH}"), scheme),
        (format!("ftp://hooks.example/{SECRET_PATH}"), &format!("{scheme}, not with another scheme")),
        (format!("https:///{SECRET_PATH}"), host),
        (format!("https://:8080/{SECRET_PATH}"), host),
        (format!("https://user:{SECRET}@/{SECRET_PATH}"), host),
        (format!("https://hooks.example:abc/{SECRET_PATH}?t={SECRET}"), port),
        (format!("https://user:{SECRET}@hooks.example:99999/"), port),
        (format!("https://hooks.example:/{SECRET_PATH}"), port),
        (format!("https://user:{SECRET}@hooks.example:0"), port),
    ] {
        // The builder checks that nothing printed contains a secret.
        let finished = test().env("BUILDHOOK_URL", &url).args(&["triggered"]).run().status(2);
        assert_eq!(finished.stderr, format!("error: BUILDHOOK_URL: expected {expected}\n"));
        assert!(finished.requests[0].is_empty());
        let finished = step("auto").env("BUILDHOOK_URL", url).args(&["triggered"]).run().status(0);
        assert_eq!(finished.stderr, format!("::error title=buildhook::input url: expected {expected}\n"));
    }
}

#[test]
fn inputs_that_the_action_does_not_have_are_reported_with_what_was_meant() {
    for (input, message) in [
        ("artifact", "input artifact is unknown; did you mean artifacts?"),
        ("webhook-url", "input webhook-url is unknown; did you mean url?"),
        ("secrt", "input secrt is unknown; did you mean secret?"),
        ("fail_on_error", "input fail_on_error is unknown; did you mean fail-on-error?"),
        ("stream", "input stream is not an input of this action; set BUILDHOOK_STREAM in env"),
        ("state-dir", "input state-dir is not an input of this action; set BUILDHOOK_STATE_DIR in env"),
        ("url_2", "input url_2 is not an input of this action; set BUILDHOOK_URL_2 in env"),
        ("build", "input build is not an input of this action; set BUILDHOOK_BUILD in env"),
        ("xyzzy", "input xyzzy is unknown; the inputs are event, artifacts, needs, status, "),
    ] {
        let finished =
            step("auto").env("BUILDHOOK_UNKNOWN_INPUTS", input).args(&["triggered"]).run().status(0);
        let found = problems(&finished);
        assert_eq!(found.len(), 1, "{}", finished.stderr);
        assert!(found[0].starts_with(&format!("::warning title=buildhook::{message}")), "{found:?}");
    }
    // Other commands have no inputs.
    let other = test().env("BUILDHOOK_UNKNOWN_INPUTS", "secrt").env("BUILDHOOK_INPUTS", "url");
    let finished = other.args(&["triggered"]).run().status(0);
    assert!(problems(&finished).is_empty(), "{}", finished.stderr);
}

#[test]
fn an_input_is_named_as_the_user_wrote_it() {
    let shown = step("auto")
        .env("BUILDHOOK_FIELDS", "a=1")
        .env("BUILDHOOK_STREAM", "beta")
        .args(&["settings", "--json"]);
    let finished = shown.run().status(0);
    let rows = finished.json();
    let source =
        |key: &str| rows.as_array().unwrap().iter().find(|row| row["key"] == key).unwrap()["source"].clone();
    assert_eq!((source("fields"), source("stream")), ("input fields".into(), "BUILDHOOK_STREAM".into()));
    let shown = step("auto").env("BUILDHOOK_MATRIX", "[").args(&["triggered"]).run().status(0);
    assert!(
        problems(&shown)[0].starts_with("::warning title=buildhook::input matrix: found `[`"),
        "{}",
        shown.stderr
    );
    let config = "[[endpoint]]\nurl = 'hooks.example'\n";
    let shown = step("auto").env("BUILDHOOK_INPUTS", "config").env("BUILDHOOK_CONFIG", config);
    shown
        .args(&["triggered"])
        .run()
        .stderr("::error title=buildhook::input config line 2 (url): expected a URL");
    // The command of `run` gets neither the event nor the names.
    let run = step("auto").args(&["run", "--", "env"]).run().status(0);
    assert!(
        !run.stdout.contains("BUILDHOOK_INPUTS") && !run.stdout.contains("ACTION_EVENT"),
        "{}",
        run.stdout
    );
}

#[test]
fn a_secret_that_is_set_but_empty_is_a_warning_once() {
    let unsigned = " is empty: events are sent unsigned";
    for args in [&["triggered"][..], &["run", "--", "true"]] {
        let finished = test().env("BUILDHOOK_SECRET", " ").args(args).run().status(0);
        assert_eq!(problems(&finished), [format!("warning: BUILDHOOK_SECRET{unsigned}")]);
    }
    let second = test().env("BUILDHOOK_URL_2", "http://127.0.0.1:9").env("BUILDHOOK_ACTIVE_2", "false");
    second
        .env("BUILDHOOK_SECRET_2", "")
        .args(&["triggered"])
        .run()
        .stderr(&format!("BUILDHOOK_SECRET_2{unsigned}"));
    let file = test().env("X", "").env(
        "BUILDHOOK_CONFIG",
        "[[endpoint]]\nurl = 'http://127.0.0.1:9'\nactive = false\nsecret = '${X}'\n",
    );
    file.args(&["triggered"]).run().status(0).stderr(&format!("BUILDHOOK_CONFIG line 4 (secret){unsigned}"));
    let finished = step("auto").env("BUILDHOOK_SECRET", "").args(&["triggered"]).run().status(0);
    assert_eq!(problems(&finished), [format!("::warning title=buildhook::input secret{unsigned}")]);
    assert_eq!(finished.request().header("x-webhook-signature"), None);

    // A pull request from a fork has neither.
    let fork = step("auto")
        .env("BUILDHOOK_URL", "")
        .env("BUILDHOOK_SECRET", "")
        .args(&["triggered"])
        .run()
        .status(0);
    let notice = "::notice title=buildhook::input url is empty; this endpoint is disabled (pull requests from forks have no secrets)";
    assert_eq!(problems(&fork), [notice]);
}
