//! The page of deliveries. `tests/interop/page.sh` looks at it in a browser.

use std::fs;
use std::process::Output;

use crate::builder::{SECRET, SECRET_PATH, STANDARD_SECRET, Test};
use crate::environments::gitlab_push;
use crate::receiver::{Receiver, Reply};

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

/// Writes the page with these arguments and returns it.
#[track_caller]
fn page(test: &Test, arguments: &[&str]) -> String {
    let output = test.output(&[&["deliveries", "page"], arguments].concat(), &[]);
    fs::read_to_string(printed_path(test, &output)).unwrap()
}

#[track_caller]
fn printed_path(test: &Test, output: &Output) -> std::path::PathBuf {
    assert!(output.status.success(), "{}", text(&output.stderr));
    test.folder().join(text(&output.stdout).trim_end())
}

/// Without the opportunities to break long words.
fn plain(html: &str) -> String {
    html.replace("<wbr>", "")
}

#[test]
fn the_page_has_every_delivery_and_none_of_their_html() {
    let test = Test::new()
        .envs(gitlab_push())
        .env("CI_COMMIT_MESSAGE", "</details></script><script>alert(1)</script>")
        .env("BUILDHOOK_SECRET", SECRET)
        .endpoint(&[Reply::Body(200, "<img src=x onerror=alert(2)>".to_owned())]);
    test.output(&["triggered"], &[]);
    test.output(&["finished", "--status", "failed"], &[]);
    let page = page(&test, &["page.html"]);
    for (tag, count) in [("<script", 1), ("</script>", 1), ("<details", 2), ("</details>", 2), ("<img", 0)] {
        assert_eq!(page.matches(tag).count(), count, "{tag} in {page}");
    }
    // Nothing is loaded, and no style or script is in an attribute.
    for part in ["style=", "<link", "@import", "url("] {
        assert!(!page.contains(part), "{part} in {page}");
    }
    let page = plain(&page);
    for expected in [
        "<title>gitlab.com/example/group/app: webhook deliveries</title>",
        "<b>2</b> delivered, <b>0</b> failed, <b>0</b> pending",
        "✓ 200</span>",
        "<b>build/finished</b> <span class=\"result failed\">failed</span>",
        "data-state=\"delivered\"",
        "x-webhook-signature: ***",
        "&lt;img src=x onerror=alert(2)&gt;",
        "&lt;/details&gt;&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;",
        "buildhook redeliver 0",
    ] {
        assert!(page.contains(expected), "no `{expected}` in {page}");
    }
}

#[test]
fn words_replace_missing_responses() {
    let test =
        Test::new().envs(gitlab_push()).env("BUILDHOOK_RETRIES", "0").endpoint_at("http://127.0.0.1:1/x");
    test.output(&["triggered"], &[]);
    let page = page(&test, &[]);
    assert!(page.contains("✗ failed</span>"), "{page}");
    // Short, in the row; and in full, among the attempts.
    assert!(page.contains("<span class=\"reason\">connection refused</span></span></summary>"), "{page}");
    assert!(page.contains("connection refused; "), "{page}");
    assert!(plain(&page).contains(">Format</th><td>native</td>"), "{page}");
}

#[test]
fn the_command_that_resends_names_a_folder_that_a_shell_does_not_use() {
    let test = Test::new().envs(gitlab_push()).endpoint(&[]);
    test.output(&["triggered"], &[]);
    assert!(!page(&test, &[]).contains("--state-dir"));
    let folder = test.folder().join("my records");
    let variable = [("BUILDHOOK_STATE_DIR", folder.to_str().unwrap())];
    test.output(&["triggered"], &variable);
    let output = test.output(&["deliveries", "page"], &variable);
    let page = plain(&fs::read_to_string(printed_path(&test, &output)).unwrap());
    let quote = if cfg!(windows) { "&quot;" } else { "&#39;" };
    let expected = format!(" --state-dir {quote}{}{quote}</pre>", folder.display());
    assert!(page.contains(&expected), "no {expected} in {page}");
}

#[test]
fn only_signatures_are_masked() {
    let test = Test::new()
        .envs(gitlab_push())
        .env("BUILDHOOK_SECRET", STANDARD_SECRET)
        .endpoint(&[Reply::Status(200)]);
    test.output(&["triggered"], &[]);
    let (sent, record) = (test.receiver(0).requests().remove(0), test.records().remove(0));
    let shown = test.output(&["deliveries", "show", record["id"].as_str().unwrap()], &[]);
    let outputs = [plain(&page(&test, &[])), text(&shown.stdout).to_owned()];
    for name in ["webhook-id", "webhook-timestamp", "x-webhook-id", "x-webhook-timestamp"] {
        let value = sent.header(name).unwrap();
        assert_eq!(record["request_headers"][name], value);
        for text in &outputs {
            assert!(text.contains(&format!("{name}: {value}\n")), "no {name}: {value} in {text}");
        }
    }
    for name in ["webhook-signature", "x-webhook-signature", "x-hub-signature-256", "bitrise-hook-signature"]
    {
        assert_eq!(record["request_headers"][name], "***");
        assert!(outputs.iter().all(|text| text.contains(&format!("{name}: ***\n"))), "{outputs:?}");
    }
    // A dry run, too.
    let dry = test.output(&["triggered", "--dry-run"], &[]);
    let dry = text(&dry.stdout);
    assert!(dry.contains("\nwebhook-signature: ***\n") && !dry.contains("webhook-id: ***"), "{dry}");
}

#[test]
fn the_page_is_private_and_not_in_the_checkout() {
    let test = Test::new().envs(gitlab_push()).endpoint(&[]);
    let output = test.output(&["deliveries", "page"], &[]);
    assert!(text(&output.stderr).contains("no deliveries in ") && output.stdout.is_empty());
    test.output(&["triggered"], &[]);
    let path = printed_path(&test, &test.output(&["deliveries", "page"], &[]));
    assert_eq!(path, test.deliveries().join("page.html"));
    let chosen = printed_path(&test, &test.output(&["deliveries", "page", "out.html"], &[]));
    assert_eq!(chosen, test.folder().join("out.html"));
    #[cfg(unix)]
    for path in [&path, &chosen] {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600, "{}", path.display());
    }
    // It is replaced, and no delivery.
    let again = printed_path(&test, &test.output(&["deliveries", "page"], &[]));
    assert_eq!(again, path);
    assert_eq!(test.records().len(), 1);

    // It is kept no longer than records.
    let days_ago = |days: u64| std::time::SystemTime::now() - std::time::Duration::from_secs(days * 86_400);
    for (days, is_kept) in [(1, true), (31, false)] {
        fs::File::options().write(true).open(&path).unwrap().set_modified(days_ago(days)).unwrap();
        test.output(&["triggered"], &[("BUILDHOOK_KEEP_DAYS", "30")]);
        assert_eq!(path.exists(), is_kept, "after {days} days");
    }

    let output = test.output(&["deliveries", "page", "missing/out.html"], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("cannot write the page to "), "{}", text(&output.stderr));
}

#[test]
fn the_location_of_a_redirect_is_shown_without_the_secret_path() {
    // The receiver's script repeats it.
    assert_eq!(SECRET_PATH, "T0PS3CR3T-path-of-a-hook");
    let redirect = Reply::Headers(301, "location: https://127.0.0.1/T0PS3CR3T-path-of-a-hook/\r\n");
    let receiver = Receiver::start(&[redirect]);
    let url = receiver.url().replace("hooks", SECRET_PATH);
    let test = Test::new().envs(gitlab_push()).endpoint_at(&url);
    let output = test.output(&["triggered"], &[]);
    let expected = "set the URL to the final location (redirects to https://127.0.0.1/***)";
    assert!(text(&output.stderr).contains(expected), "{}", text(&output.stderr));
    let records = test.records();
    assert_eq!(records[0]["response_headers"]["location"], "https://127.0.0.1/***/");
    let id = records[0]["id"].as_str().unwrap();
    let shown = test.output(&["deliveries", "show", id], &[]);
    assert!(text(&shown.stdout).contains("  location: https://127.0.0.1/***/\n"), "{}", text(&shown.stdout));
    let page = plain(&page(&test, &[]));
    assert!(page.contains("location: https://127.0.0.1/***/"), "{page}");
    // Nothing that was written contains the path.
    test.args(&["deliveries"]).run().status(0);
}

#[cfg(all(unix, not(target_os = "macos")))]
#[test]
fn the_page_is_opened_in_the_browser_without_secrets() {
    use std::os::unix::fs::PermissionsExt;

    let test = Test::new().envs(gitlab_push()).env("BUILDHOOK_SECRET", SECRET).endpoint(&[]);
    test.output(&["triggered"], &[]);
    let output = test.output(&["deliveries", "page", "--open"], &[]);
    assert!(output.status.success());
    let path = printed_path(&test, &output);
    let advice = format!("page not opened: there is no display; open {} in a browser", path.display());
    assert!(text(&output.stderr).contains(&advice), "{}", text(&output.stderr));

    let outside = tempfile::tempdir().unwrap();
    let bin = outside.path().join("bin");
    let write = |folder: &std::path::Path, script: &str| {
        fs::create_dir_all(folder).unwrap();
        let program = folder.join("xdg-open");
        fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    };
    // The checkout has a program of this name.
    let evil = test.folder().join("bin");
    let evil_ran = test.folder().join("evil");
    write(&evil, &format!(": >'{}'", evil_ran.display()));
    let search = format!("{}:bin:.:{}", evil.display(), bin.display());
    let open = |script: &str| {
        write(&bin, script);
        test.output(&["deliveries", "page", "--open"], &[("PATH", &search), ("DISPLAY", ":0")])
    };
    let opened = test.folder().join("opened");
    let output = open(&format!(
        "echo \"$1\" >'{0}'; echo \"${{BUILDHOOK_SECRET-none}}\" >>'{0}'; echo \"$PATH\" >>'{0}'",
        opened.display()
    ));
    assert!(!text(&output.stderr).contains("not opened"), "{}", text(&output.stderr));
    assert_eq!(fs::read_to_string(opened).unwrap(), format!("{}\nnone\n{}\n", path.display(), bin.display()));
    let output = open("exit 3");
    assert!(output.status.success());
    assert!(text(&output.stderr).contains("page not opened: xdg-open failed"), "{}", text(&output.stderr));
    fs::remove_dir_all(&bin).unwrap();
    let variables = [("PATH", search.as_str()), ("WAYLAND_DISPLAY", "wayland-0")];
    let output = test.output(&["deliveries", "page", "--open"], &variables);
    assert!(output.status.success());
    let reason = "page not opened: there is no xdg-open in the PATH outside of the checkout";
    assert!(text(&output.stderr).contains(reason), "{}", text(&output.stderr));
    assert!(!evil_ran.exists(), "the program of the checkout ran");
}
