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
    test(&[Reply::Body(200, echo)]).args(&["doctor", "--ping"]).run().status(0);
    test(&quiet).args(&["doctor", "--json"]).run().status(0);
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

#[test]
fn the_list_of_settings_shows_values_and_sources_but_no_secret() {
    let url = format!("https://user:{SECRET}@files.example/{SECRET_PATH}");
    let test = || {
        let test = test(&[Reply::Status(200)]).env("BUILDHOOK_TIMEOUT", "5s");
        let test = test.env("BUILDHOOK_DOWNLOAD_URL", &*url).env("BUILDHOOK_REPOSITORY_URL", &*url);
        test.env(
            "BUILDHOOK_CONFIG",
            format!("deadline = '20s'\n[[endpoint]]\nurl = '{url}'\nname = 'other'\n"),
        )
    };
    let finished = test().args(&["settings", "--retries", "3"]).run().status(0);
    let row = |key: &str| -> Vec<String> {
        let line = finished.stdout.lines().find(|line| line.split_whitespace().nth(1) == Some(key));
        line.unwrap_or_default().split_whitespace().skip(2).map(str::to_owned).collect()
    };
    assert_eq!(row("timeout"), ["--timeout", "BUILDHOOK_TIMEOUT", "10s", "5s", "BUILDHOOK_TIMEOUT"]);
    assert_eq!(row("retries")[3..], ["3", "--retries"]);
    assert_eq!(row("deadline")[3], "20s");
    assert_eq!(row("download_url")[3], "set");
    let json = test().args(&["settings", "--json"]).run().status(0).json();
    let rows = json.as_array().unwrap();
    let timeout = rows.iter().find(|row| row["key"] == "timeout" && row["group"] == "general").unwrap();
    assert_eq!((&timeout["flag"], &timeout["value"]), (&"--timeout".into(), &"5s".into()));
}

#[test]
fn the_list_of_settings_has_every_endpoint_and_every_variable() {
    let toml = format!(
        "[[endpoint]]\nurl = 'https://h.example/{SECRET_PATH}'\nname = 'lab'\nheaders = {{ x-key = '{SECRET}' }}\n"
    );
    let finished = test(&[Reply::Status(200)])
        .env("BUILDHOOK_NAME", "qa")
        .env("BUILDHOOK_RETRIES", "5")
        .env("BUILDHOOK_URL_2", "https://chat.example/hook")
        .env("BUILDHOOK_EVENTS_2", "build/*")
        .env("BUILDHOOK_RETRIES_2", "1")
        .env("BUILDHOOK_CONFIG", &*toml)
        .env("BUILDHOOK_TRUST_WORKSPACE", "true")
        .env("BUILDHOOK_SAVE", "builds.json")
        .args(&["settings", "--json"])
        .run()
        .status(0);
    let rows = finished.json();
    let row = |endpoint: &str, variable: &str| {
        let is_wanted = |row: &&serde_json::Value| {
            row["variable"] == variable && row["endpoint"].as_str().unwrap_or_default() == endpoint
        };
        let row = rows.as_array().unwrap().iter().find(is_wanted);
        let row = row.unwrap_or_else(|| panic!("no {variable} of endpoint {endpoint} in {rows:#}"));
        ["default", "value", "source"].map(|key| row[key].as_str().unwrap_or("-").to_owned())
    };
    let in_file = "BUILDHOOK_CONFIG line 1";
    for (endpoint, variable, expected) in [
        ("", "BUILDHOOK_RETRIES", ["2", "5", "BUILDHOOK_RETRIES"]),
        ("", "BUILDHOOK_CONFIG", ["`/etc/buildhook.toml`, if root owns it", "set", "BUILDHOOK_CONFIG"]),
        ("", "BUILDHOOK_VERSION", ["the tag, unless the artifact has one", "-", "-"]),
        ("", "BUILDHOOK_TRUST_WORKSPACE", ["false", "true", "BUILDHOOK_TRUST_WORKSPACE"]),
        ("", "BUILDHOOK_SAVE", ["-", "builds.json", "BUILDHOOK_SAVE"]),
        ("", "BUILDHOOK_BUILD", ["the latest of the run", "-", "-"]),
        ("1", "BUILDHOOK_URL", ["-", "set", "BUILDHOOK_URL"]),
        ("1", "BUILDHOOK_SECRET", ["-", "set", "BUILDHOOK_SECRET"]),
        ("1", "BUILDHOOK_NAME", ["the host", "qa", "BUILDHOOK_NAME"]),
        ("1", "BUILDHOOK_EVENTS", ["all", "-", "-"]),
        ("2", "BUILDHOOK_URL_2", ["-", "set", "BUILDHOOK_URL_2"]),
        ("2", "BUILDHOOK_EVENTS_2", ["all", "build/*", "BUILDHOOK_EVENTS_2"]),
        ("2", "BUILDHOOK_RETRIES_2", ["as for all endpoints", "1", "BUILDHOOK_RETRIES_2"]),
        (in_file, "BUILDHOOK_URL", ["-", "set", "BUILDHOOK_CONFIG line 2 (url)"]),
        (in_file, "BUILDHOOK_NAME", ["the host", "lab", "BUILDHOOK_CONFIG line 3 (name)"]),
        (in_file, "BUILDHOOK_HEADERS", ["-", "set", "BUILDHOOK_CONFIG line 4 (headers)"]),
    ] {
        assert_eq!(row(endpoint, variable), expected, "{endpoint} {variable}");
    }
}
