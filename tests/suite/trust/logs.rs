//! Text of outsiders that reaches a log in the CI's own commands.

use serde_json::Value;

use crate::builder::{SECRET, Test};
use crate::environments::{Variables, github_push, gitlab_push};
use crate::receiver::Reply;

/// Commands of every CI, each where it would count.
const COMMANDS: &[&str] = &[
    "::error::x",
    "  ::set-output name=x::y",
    "a ##[command]x",
    "a ##vso[task.setvariable variable=x]y",
    "a ##teamcity[buildStatus status='SUCCESS']",
    "section_start:1:x\r\u{1b}[0K",
    "--- :rocket: x",
    "+++ x",
    "~~~ x",
    "^^^ +++",
    "travis_fold:start:x",
    "\u{1b}[2J",
    "a\rb",
    "\u{9b}2J",
    "\u{202e}x",
    "\u{2066}x",
    "\u{61c}x",
    "\u{2028}x",
];

/// The commands that a log of any CI would run, by the rules of their runners. Our own ones are known by what follows.
fn commands_in(log: &str) -> Vec<String> {
    let ours = ["::error title=buildhook", "::warning title=buildhook", "::group::buildhook", "::endgroup::"];
    let is_command = |line: &&str| {
        let text = line.trim();
        let lower = text.to_ascii_lowercase();
        let anywhere = ["##[", "##vso[", "##teamcity[", "section_start:", "section_end:", "travis_fold:"];
        let at_start = ["::", "--- ", "+++ ", "~~~ ", "^^^ "];
        let unsafe_characters =
            ['\r', '\u{1b}', '\u{9b}', '\u{202e}', '\u{2066}', '\u{61c}', '\u{2028}', '\u{85}'];
        let is_ours = ours.iter().any(|ours| text.starts_with(ours))
            || text.starts_with("\u{1b}[0Ksection_") && text.contains(":buildhook_details");
        !is_ours
            && (anywhere.iter().any(|command| lower.contains(command))
                || at_start.iter().any(|command| text.starts_with(command))
                || line.contains(unsafe_characters))
    };
    log.split('\n').filter(is_command).map(str::to_owned).collect()
}

/// Every command, each on a separate line.
fn hostile() -> String {
    format!("x\n{}\n", COMMANDS.join("\n"))
}

fn environments() -> Vec<(&'static str, Variables)> {
    let own = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
    };
    vec![
        ("GitHub", github_push()),
        ("GitLab", gitlab_push()),
        ("Azure", own(&[("TF_BUILD", "True"), ("BUILD_BUILDID", "1")])),
        ("TeamCity", own(&[("TEAMCITY_VERSION", "2025.1"), ("BUILD_NUMBER", "1")])),
        ("Buildkite", own(&[("BUILDKITE", "true"), ("BUILDKITE_BUILD_ID", "1")])),
        ("Travis", own(&[("TRAVIS", "true"), ("TRAVIS_BUILD_ID", "1")])),
        ("no CI", own(&[])),
    ]
}

#[test]
fn the_test_finds_every_command() {
    for command in COMMANDS {
        assert_eq!(commands_in(command).len(), 1, "{command:?}");
    }
    assert_eq!(commands_in("a harmless line\n  - attempt 1: 500"), Vec::<String>::new());
}

#[test]
fn no_output_contains_a_command_of_any_ci() {
    let hostile = hostile();
    for (name, variables) in environments() {
        let test = Test::new()
            .envs(variables)
            .env("BUILDHOOK_BRANCH", hostile.trim())
            .env("BUILDHOOK_COMMIT_MESSAGE", &hostile)
            .env("BUILDHOOK_COMMIT_AUTHOR", &hostile)
            .env("BUILDHOOK_PIPELINE_NAME", &hostile)
            .env("BUILDHOOK_ACTOR", &hostile)
            .env("BUILDHOOK_BUILD_ID", &hostile)
            .env("BUILDHOOK_BUILD_NUMBER", &hostile)
            .env("BUILDHOOK_NOTES", &hostile)
            .env("BUILDHOOK_TIMEOUT_X", &hostile)
            .env("BUILDHOOK_SECRET", SECRET)
            .env("BUILDHOOK_RETRIES", "0")
            .file("app.bin", "x")
            .file("##vso[x].bin", "x")
            .endpoint(&[Reply::Body(400, hostile.clone())]);
        let id = |test: &Test| test.records()[0]["id"].as_str().unwrap().to_owned();
        let mut printed = String::new();
        for arguments in [
            &["triggered"][..],
            &["triggered", "--dry-run"],
            &["triggered", "--dry-run", "--format", "cdevents"],
            &["triggered", "--json"],
            &["created", "app.bin", "##vso[x].bin", "--log", "debug"],
            &["context"],
            &["context", "--json"],
            &["doctor"],
            &["inspect", "##vso[x].bin"],
            &["inspect", "##vso[x].bin", "--json"],
            &["run", "--artifact", "##vso[x].bin", "--", "true"],
            &["moved", "--stream", &hostile],
            &["labeled", "--label", &hostile, "--build", &hostile],
            &["created", &hostile],
            &["finished", "--status", &hostile],
            &["triggered", "--timeout", &hostile],
            &[&hostile],
            &["triggered", &format!("--{hostile}")],
            &["deliveries"],
            &["deliveries", "list", "--json"],
            &["deliveries", "show", &hostile],
            &["redeliver", &hostile],
        ] {
            let output = test.output(arguments, &[]);
            for text in [output.stdout, output.stderr] {
                let text = String::from_utf8(text).unwrap();
                assert_eq!(commands_in(&text), Vec::<String>::new(), "{name}: {arguments:?} printed\n{text}");
                printed += &text;
            }
        }
        let shown = test.output(&["deliveries", "show", &id(&test)], &[]);
        let shown = String::from_utf8(shown.stdout).unwrap();
        assert_eq!(commands_in(&shown), Vec::<String>::new(), "{name}: deliveries show printed\n{shown}");
        assert!(shown.contains("\n  \\::error::x"), "the answer is shown: {shown}");
        assert!(printed.contains("set-output"), "{name}: the text is not printed at all:\n{printed}");
    }
}

#[test]
fn json_means_the_same() {
    let hostile = hostile();
    let test = Test::new().envs(github_push()).env("BUILDHOOK_COMMIT_MESSAGE", &hostile);
    let output = test.output(&["context", "--json"], &[]);
    let context: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(context["git"]["commit_message"], hostile.trim());
    let test = test.endpoint(&[Reply::Status(200)]);
    let dry = String::from_utf8(test.output(&["triggered", "--dry-run"], &[]).stdout).unwrap();
    let body: Value = serde_json::from_str(dry.lines().find(|line| line.starts_with('{')).unwrap()).unwrap();
    assert_eq!(body["commit_message"], hostile.trim());
}
