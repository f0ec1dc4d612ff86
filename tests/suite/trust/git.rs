//! A checkout whose author wants `git` to run a program, to fetch, to read another repository, or never to
//! end.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::builder::{Finished, SECRET, Test};
use crate::receiver::{Receiver, Reply};

/// A checkout with one commit, without the environment of a CI, so that git is asked for everything.
fn checkout() -> Test {
    let test = Test::new().file("a.txt", "a").checkout(&[
        &["init", "-q", "-b", "topic"],
        &["add", "a.txt"],
        &["commit", "-q", "-m", "A commit"],
        &["remote", "add", "origin", "https://github.com/example/app.git"],
    ]);
    script(&test.folder().join("evil"), "touch \"$(dirname \"$0\")/ran\"");
    test.args(&["context", "--json"])
}

fn script(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, format!("#!/bin/sh\n{text}\n")).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Adds to the repository's own configuration. `EVIL` is a program that leaves a file.
fn configure(test: &Test, text: &str) {
    let evil = test.folder().join("evil");
    let path = test.folder().join(".git/config");
    let config = fs::read_to_string(&path).unwrap();
    fs::write(path, config + &text.replace("EVIL", evil.to_str().unwrap())).unwrap();
}

/// Removes all objects, as in a partial clone.
fn remove_objects(test: &Test) {
    for entry in fs::read_dir(test.folder().join(".git/objects")).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().len() == 2 {
            fs::remove_dir_all(path).unwrap();
        }
    }
}

fn context(finished: &Finished) -> Value {
    finished.json()["git"].clone()
}

#[test]
fn no_program_in_the_repositorys_configuration_is_run() {
    let settings = [
        "[core]\nfsmonitor = EVIL\nuntrackedCache = true\n",
        "[core]\nhooksPath = .\n",
        "[core]\npager = EVIL\n[pager]\nlog = EVIL\nremote = EVIL\n",
        "[log]\nshowSignature = true\n[gpg]\nprogram = EVIL\nformat = openpgp\n",
        "[log]\nshowSignature = true\n[gpg]\nformat = ssh\n[gpg \"ssh\"]\nprogram = EVIL\nallowedSignersFile = a.txt\n",
        "[diff]\nexternal = EVIL\n[diff \"x\"]\ntextconv = EVIL\ncommand = EVIL\n[log]\ndiffMerges = on\n",
        "[filter \"x\"]\nprocess = EVIL\nclean = EVIL\nsmudge = EVIL\nrequired = true\n",
        "[core]\nalternateRefsCommand = EVIL\naskPass = EVIL\ngitProxy = EVIL\neditor = EVIL\n",
        "[alias]\nlog = !EVIL\nremote = !EVIL\nsymbolic-ref = !EVIL\nfor-each-ref = !EVIL\n",
        "[include]\npath = ../included\n",
    ];
    for text in settings {
        let test = checkout().file(".gitattributes", "* filter=x diff=x\n");
        fs::write(
            test.folder().join("included"),
            format!("[core]\npager = {0}\nfsmonitor = {0}\n", test.folder().join("evil").display()),
        )
        .unwrap();
        fs::write(test.folder().join("post-index-change"), "").unwrap();
        configure(&test, text);
        let finished = test.run().status(0);
        assert!(!finished.folder.path().join("ran").exists(), "{text}");
        assert_eq!(context(&finished)["commit_message"], "A commit", "{text}");
    }
}

#[test]
fn missing_objects_are_not_fetched() {
    let receiver = Receiver::start(&[Reply::Status(401)]);
    let partial = "[core]\nrepositoryformatversion = 1\n[extensions]\npartialClone = evil\n\
        [remote \"evil\"]\npromisor = true\npartialclonefilter = blob:none\nfetch = +refs/heads/*:refs/remotes/evil/*\n";
    let remotes = [
        "url = ext::EVIL\n[protocol \"ext\"]\nallow = always\n[protocol]\nallow = always\n".to_owned(),
        "url = ssh://host.example/app\n[core]\nsshCommand = EVIL\n".to_owned(),
        "url = file://FOLDER\nuploadpack = EVIL\n[protocol \"file\"]\nallow = always\n".to_owned(),
        "url = FOLDER\nuploadpack = EVIL\n".to_owned(),
        format!("url = {}\n[credential]\nhelper = EVIL\n", receiver.url()),
        "url = https://host.example/app\nvcs = evil\n[protocol \"evil\"]\nallow = always\n".to_owned(),
    ];
    for remote in remotes {
        let test = checkout();
        script(&test.folder().join("git-remote-evil"), "touch \"$(dirname \"$0\")/ran\"");
        let path = format!("{}:{}", std::env::var("PATH").unwrap(), test.folder().display());
        let test = test.env("PATH", path);
        configure(&test, &format!("{partial}{}", remote.replace("FOLDER", test.folder().to_str().unwrap())));
        remove_objects(&test);
        let finished = test.run().status(0);
        assert!(!finished.folder.path().join("ran").exists(), "{remote}");
        assert_eq!(context(&finished)["branch"], "topic", "{remote}");
    }
    assert!(receiver.requests().is_empty(), "git asked the attacker's server");
}

#[test]
fn a_git_in_the_checkout_is_not_run() {
    let path = std::env::var("PATH").unwrap();
    for folder in ["ROOT/bin", "ROOT", ".", "bin", "", "ROOT/sub/../bin", "ROOT/link"] {
        let test = checkout();
        let root = test.folder().to_owned();
        for name in ["bin/git", "git"] {
            script(&root.join(name), &format!("touch '{}'", root.join("ran").display()));
        }
        fs::create_dir(root.join("sub")).unwrap();
        std::os::unix::fs::symlink(root.join("bin"), root.join("link")).unwrap();
        let path = format!("{}:{path}", folder.replace("ROOT", root.to_str().unwrap()));
        let finished = test.env("PATH", path).run().status(0);
        assert!(!finished.folder.path().join("ran").exists(), "{folder:?}");
        assert_eq!(context(&finished)["commit_message"], "A commit", "{folder:?}");
    }
    // A folder outside with a link into the checkout.
    let outside = tempfile::tempdir().unwrap();
    let test = checkout();
    script(&test.folder().join("bin/git"), &format!("touch '{}'", test.folder().join("ran").display()));
    std::os::unix::fs::symlink(test.folder().join("bin/git"), outside.path().join("git")).unwrap();
    let finished = test.env("PATH", format!("{}:{path}", outside.path().display())).run().status(0);
    assert!(!finished.folder.path().join("ran").exists());
    assert_eq!(context(&finished)["commit_message"], "A commit");
}

#[test]
fn another_repository_is_not_read_by_a_trick() {
    // A bare repository among the files of a checkout without `.git`, which git would find.
    let test = checkout();
    fs::rename(test.folder().join(".git"), test.folder().join("docs")).unwrap();
    let within = test.folder().join("docs");
    fs::write(within.join("config"), "[core]\nrepositoryformatversion = 0\nbare = true\n").unwrap();
    assert_eq!(context(&test.within(within).run().status(0))["commit_message"], Value::Null);

    // What replaces a commit is not what was built.
    let test = checkout().checkout(&[
        &["commit", "-q", "--allow-empty", "-m", "Something else"],
        &["replace", "HEAD~1", "HEAD"],
        &["reset", "-q", "--hard", "HEAD~1"],
    ]);
    assert_eq!(context(&test.run().status(0))["commit_message"], "A commit");
}

#[test]
fn a_repository_elsewhere_gives_values_only() {
    let test = checkout();
    configure(&test, "[core]\nfsmonitor = EVIL\nsshCommand = EVIL\n");
    fs::rename(test.folder().join(".git"), test.folder().join("elsewhere")).unwrap();
    fs::write(test.folder().join(".git"), format!("gitdir: {}\n", test.folder().join("elsewhere").display()))
        .unwrap();
    let finished = test.run().status(0);
    assert!(!finished.folder.path().join("ran").exists());
    assert_eq!(context(&finished)["commit_message"], "A commit");
}

/// A folder with a `git` that is not in the checkout, and the search path with it.
fn fake_git(text: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    script(&folder.path().join("git"), text);
    let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
    (folder, path)
}

#[test]
fn git_is_started_once_for_each_question() {
    let (folder, path) =
        fake_git("echo \"$@\" >> \"$(dirname \"$0\")/calls\"\nPATH=${PATH#*:} exec git \"$@\"");
    let asked = |test: Test| {
        let finished = test.env("PATH", &*path).run().status(0);
        let calls = fs::read_to_string(folder.path().join("calls")).unwrap_or_default();
        let _ = fs::remove_file(folder.path().join("calls"));
        (finished, calls.lines().count())
    };
    let (finished, calls) = asked(checkout());
    let git = context(&finished);
    assert_eq!(git["branch"], "topic");
    assert_eq!(git["commit_message"], "A commit");
    assert_eq!(git["repository_url"], "https://github.com/example/app");
    assert_eq!(calls, 2, "one for the commit and its branch, one for the remote");

    let test = checkout().env("BUILDHOOK_REPOSITORY_URL", "https://github.com/example/app");
    assert_eq!(asked(test.env("BUILDHOOK_BRANCH", "topic")).1, 1);
    let test = Test::new().file("a.txt", "a").args(&["context"]);
    assert_eq!(asked(test).1, 0, "there is no checkout");
}

#[test]
fn git_gets_no_secret() {
    let (folder, path) = fake_git("env >> \"$(dirname \"$0\")/env\"");
    let test = checkout()
        .env("PATH", path)
        .endpoint(&[Reply::Status(200)])
        .env("BUILDHOOK_SECRET", SECRET)
        .env("BUILDHOOK_HEADERS", "Authorization: Bearer t0ken-of-the-team")
        .env("DEPLOY_KEY", "k3y-of-the-team")
        .env("GITHUB_TOKEN", "t0ken-of-the-job")
        .env("LD_LIBRARY_PATH", "lib")
        .env("GIT_EXEC_PATH", "libexec");
    let test = test
        .env("GIT_CONFIG_COUNT", "2")
        .env("GIT_CONFIG_KEY_0", "http.extraheader")
        .env("GIT_CONFIG_VALUE_0", "AUTHORIZATION: basic t0ken-of-git")
        .env("GIT_CONFIG_KEY_1", "safe.directory")
        .env("GIT_CONFIG_VALUE_1", "/workspace");
    test.run().status(0);
    let environment = fs::read_to_string(folder.path().join("env")).unwrap();
    for secret in [SECRET, "of-the-team", "of-the-job", "of-git", "BUILDHOOK_", "LD_", "GIT_EXEC_PATH"] {
        assert!(!environment.contains(secret), "{secret} in:\n{environment}");
    }
    for kept in [
        "HOME=",
        "GIT_CONFIG_COUNT=1\n",
        "GIT_CONFIG_KEY_0=safe.directory\n",
        "GIT_CONFIG_VALUE_0=/workspace\n",
    ] {
        assert!(environment.contains(kept), "no {kept} in:\n{environment}");
    }
}

#[test]
fn git_and_its_children_end_within_the_deadline() {
    let mark = "sleep 2 && touch \"$folder/outlived\"";
    for text in [
        // The program ends, but leaves a process that keeps its output open.
        format!("folder=$(dirname \"$0\")\n({mark}) &\nexit 0"),
        format!("folder=$(dirname \"$0\")\n{mark}"),
        "yes".to_owned(),
        "yes >&2".to_owned(),
    ] {
        let (folder, path) = fake_git(&text);
        let start = Instant::now();
        checkout().env("PATH", path).env("BUILDHOOK_DEADLINE", "500ms").run().status(0);
        assert!(start.elapsed() < Duration::from_millis(2500), "{text}: {:?}", start.elapsed());
        std::thread::sleep(Duration::from_millis(2500).saturating_sub(start.elapsed()));
        assert!(!folder.path().join("outlived").exists(), "{text}");
    }
}

#[test]
fn a_repository_that_blocks_git_costs_one_time_limit() {
    for file in [".git/HEAD", ".git/config", ".git/packed-refs"] {
        let test = checkout();
        let path = test.folder().join(file);
        let _ = fs::remove_file(&path);
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        let start = Instant::now();
        test.env("BUILDHOOK_DEADLINE", "500ms").run().status(0);
        assert!(start.elapsed() < Duration::from_millis(2500), "{file}: {:?}", start.elapsed());
    }
}
