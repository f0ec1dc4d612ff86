//! The lines of deliveries: what happened to what, where it was sent, and with what result.

use crate::builder::{Finished, Test};
use crate::environments::{github_push, gitlab_push, with};
use crate::receiver::Reply;

/// The line of each delivery, up to the response.
fn lines(finished: &Finished) -> Vec<&str> {
    let lines = finished.stderr.lines().filter(|line| line.starts_with(['✓', '✗']));
    let mut lines: Vec<&str> = lines.map(|line| line.split("  200 in ").next().unwrap()).collect();
    lines.sort_unstable();
    lines
}

fn two_endpoints() -> Test {
    let test = Test::new().envs(github_push()).env("BUILDHOOK_NAME", "qa").env("BUILDHOOK_NAME_2", "lab");
    test.endpoint(&[Reply::Status(200)]).endpoint(&[Reply::Status(200)])
}

#[test]
fn the_result_of_the_delivery_is_not_that_of_the_build() {
    for (status, line) in [
        ("success", "✓ delivered  build/finished success  to qa "),
        ("failed", "✓ delivered  build/finished failed  to qa "),
        ("aborted-with-success", "✓ delivered  build/finished aborted-with-success  to qa "),
    ] {
        let finished = two_endpoints().args(&["finished", "--status", status]).run().status(0);
        assert_eq!(lines(&finished), [line.replace("qa ", "lab"), line.to_owned()]);
    }
}

#[test]
fn every_artifact_and_endpoint_has_its_own_line() {
    let test = two_endpoints().file("out/a/app.apk", "a").file("out/b/app.apk", "b").file("out/app.ipa", "c");
    let finished = test.args(&["created", "out/*/app.apk", "out/app.ipa"]).run().status(0);
    assert_eq!(
        lines(&finished),
        [
            "✓ delivered  build.created app.ipa        to lab",
            "✓ delivered  build.created app.ipa        to qa ",
            "✓ delivered  build.created out/a/app.apk  to lab",
            "✓ delivered  build.created out/a/app.apk  to qa ",
            "✓ delivered  build.created out/b/app.apk  to lab",
            "✓ delivered  build.created out/b/app.apk  to qa ",
        ]
    );
    let printed: Vec<&str> =
        finished.stdout.lines().filter_map(|line| line.split("  build id ").next()).collect();
    assert_eq!(printed, ["out/a/app.apk", "out/b/app.apk", "app.ipa"]);
    for file in ["out/a/app.apk", "out/b/app.apk", "app.ipa"] {
        let warning = format!("warning: {file}: cannot read its details: ");
        assert_eq!(finished.stderr.matches(&warning).count(), 1, "{}", finished.stderr);
    }
}

#[test]
fn a_long_name_keeps_both_of_its_ends() {
    let name = format!("example-{}-release.apk", "x".repeat(80));
    let test = Test::new().env("BUILDHOOK_NAME", format!("team-{}-dashboard", "y".repeat(30)));
    let finished = test.file(&name, "x").endpoint(&[Reply::Status(200)]).args(&["created", &name]).run();
    let finished = finished.status(0);
    let [line] = lines(&finished).try_into().unwrap();
    let (event, endpoint) = line.split_once("  to ").unwrap();
    assert!(
        event.starts_with("✓ delivered  build.created example-xxx") && event.ends_with("xx-release.apk"),
        "{line}"
    );
    assert!(endpoint.starts_with("team-yyy") && endpoint.ends_with("yy-dashboard"), "{line}");
    assert!(event.contains("x…x") && endpoint.contains("y…y"), "{line}");
    assert!(line.chars().count() < 130, "{line}");
}

/// Builds whose files have the same name, and builds that differ only in what no line shows.
#[test]
fn deliveries_that_would_look_the_same_show_their_ids() {
    let test = Test::new().env("BUILDHOOK_RETRIES", "0");
    let refusals = [Reply::Status(500), Reply::Status(500), Reply::Status(200)];
    let test = test.env("BUILDHOOK_NAME", "qa").endpoint(&refusals);
    for run in ["1", "2"] {
        let variables = with(github_push(), &[("GITHUB_RUN_ID", run)]);
        let variables: Vec<(&str, &str)> =
            variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(test.output(&["triggered"], &variables).status.code(), Some(3));
    }
    let finished = test.args(&["redeliver", "--failed"]).run().status(0);
    let lines = lines(&finished);
    let ids: Vec<&str> = finished
        .records
        .iter()
        .map(|record| record["id"].as_str().unwrap().rsplit('-').next().unwrap())
        .collect();
    let mut expected = [0, 1].map(|at| format!("✓ delivered  build/triggered (delivery {})  to qa", ids[at]));
    expected.sort_unstable();
    assert_eq!(lines, expected);
}

#[test]
fn no_bare_id_is_printed() {
    let test = two_endpoints().file("app.apk", "x");
    let id = |line: &str| {
        line.split_whitespace().next().is_some_and(|word| word.len() >= 12 && !word.contains('.'))
    };
    for arguments in [
        &["triggered"][..],
        &["created", "app.apk"],
        &["moved", "--stream", "beta"],
        &["labeled", "--label", "qa"],
        &["release", "created", "--version", "1.0.0"],
        &["finished", "--status", "success"],
        &["redeliver", "--failed"],
    ] {
        let output = test.output(arguments, &[]);
        assert!(output.status.success(), "{arguments:?}");
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(!text.lines().any(id), "{arguments:?}:\n{text}");
    }
}

#[test]
fn the_advice_about_undelivered_events_is_one_short_line() {
    let advice = |test: Test| {
        let finished = test.env("BUILDHOOK_RETRIES", "0").endpoint(&[Reply::Status(500)]);
        let finished = finished.args(&["triggered"]).run().status(3);
        let folder = finished.folder.path().to_str().unwrap().to_owned();
        let advice = finished.stderr.lines().find(|line| line.contains("undelivered events")).unwrap();
        advice.replace(&folder, "/home/runner/work/_temp")
    };
    let here = advice(Test::new());
    assert!(here.ends_with("buildhook; resend them with `buildhook redeliver --failed`"), "{here}");
    let temporary = advice(Test::new().envs(github_push()));
    let expected = "; to keep such events, set BUILDHOOK_LOG_UNDELIVERED=true (docs/delivery.md)";
    assert!(temporary.ends_with(expected) && temporary.chars().count() <= 160, "{temporary}");
    assert!(temporary.contains("undelivered events are lost when the machine"), "{temporary}");
    let stays = advice(Test::new().envs(gitlab_push()).without_env("CI_DISPOSABLE_ENVIRONMENT"));
    assert!(stays.contains("; resend them with"), "the machine stays, as in `doctor`: {stays}");
    let kept = advice(Test::new().envs(github_push()).env("BUILDHOOK_STATE_DIR", "kept"));
    assert!(kept.contains("kept; resend them"), "{kept}");
}
