//! State folders that others wrote: what is read, sent, moved or removed.
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::builder::{OTHER_SECRET, SECRET, STANDARD_SECRET, Test};
use crate::environments::gitlab_push;
use crate::receiver::Reply;
use crate::seal::{record_in, sealed};

/// A test with one endpoint and a secret, whose folder for temporary files is its own too.
fn test() -> Test {
    let test = Test::new().env("BUILDHOOK_SECRET", SECRET).endpoint(&[Reply::Status(200)]);
    let temporary = test.folder().join("tmp");
    fs::create_dir(&temporary).unwrap();
    test.env("TMPDIR", temporary.to_str().unwrap())
}

fn home_state(test: &Test) -> PathBuf {
    test.folder().join(".local/state/buildhook")
}

/// The last place: the folder for temporary files.
fn temporary_state(test: &Test) -> PathBuf {
    let folders = fs::read_dir(test.folder().join("tmp")).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = folders.collect();
    assert_eq!(folders.len(), 1, "{folders:?}");
    folders.remove(0)
}

/// Runs a command that has to succeed. Returns what it printed on stderr.
#[track_caller]
fn succeed(test: &Test, arguments: &[&str]) -> String {
    let output = test.output(arguments, &[]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{arguments:?}:\n{stderr}");
    stderr
}

fn records_in(folder: &Path) -> usize {
    fs::read_dir(folder.join("deliveries")).map_or(0, Iterator::count)
}

/// A build that was sent and kept, its id and its file.
fn with_kept_build() -> (Test, String, PathBuf) {
    let test = test().envs(gitlab_push()).without_env("CI_JOB_STARTED_AT").file("app.apk", "apk");
    let output = test.output(&["created", "app.apk"], &[]);
    let line = String::from_utf8(output.stdout).unwrap();
    let id = line.trim().strip_prefix("app.apk  build id ").unwrap().to_owned();
    let file = home_state(&test).join("builds").join(format!("{id}.json"));
    (test, id, file)
}

#[test]
fn a_kept_build_that_is_not_sealed_by_us_is_not_used() {
    let (test, id, file) = with_kept_build();
    let ours = fs::read_to_string(&file).unwrap();
    let record = record_in(&ours).to_owned();
    let forged = record.replace("app.apk", "evil.apk");
    assert_ne!(forged, record);
    let build = serde_json::from_str::<Value>(&record).unwrap()["value"].to_string();
    for (case, content) in [
        ("no seal", build),
        ("a seal for another record", ours.replace("app.apk", "evil.apk")),
        ("another secret", sealed(OTHER_SECRET, &record)),
        ("the URL, which is no key while there is a secret", sealed(&test.receiver(0).url(), &record)),
        ("another id", sealed(SECRET, &record.replacen(&id, "another", 1))),
        ("another kind", sealed(SECRET, &record.replace("\"kind\":\"build\"", "\"kind\":\"start\""))),
        ("nothing", String::new()),
    ] {
        fs::write(&file, &content).unwrap();
        for arguments in [&["moved", "--stream", "b"][..], &["moved", "--stream", "b", "--build", &id]] {
            let output = test.output(arguments, &[]);
            let stderr = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(1), "{case}: {stderr}");
            let warning = "warning: 1 build is not used: it was kept with another secret; set the old one as";
            assert_eq!(stderr.matches(warning).count(), 1, "{case}: {stderr}");
        }
        assert_eq!(fs::read_to_string(&file).unwrap(), content, "{case}: it is not changed");
    }
    assert_eq!(test.receiver(0).requests().len(), 1, "only the first command sent anything");
    fs::write(&file, &ours).unwrap();
    succeed(&test, &["moved", "--stream", "b", "--build", &id]);
    let rotated = [("BUILDHOOK_SECRET", STANDARD_SECRET), ("BUILDHOOK_PREVIOUS_SECRET", SECRET)];
    let output = test.output(&["moved", "--stream", "b"], &rotated);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(test.receiver(0).requests().len(), 3);
}

#[test]
fn a_changed_secret_is_reported_by_its_effect_once() {
    let test = test().file("a.apk", "a").file("b.apk", "b");
    succeed(&test, &["triggered"]);
    succeed(&test, &["created", "a.apk", "b.apk"]);
    let run = |arguments: &[&str], variables: &[(&str, &str)]| {
        String::from_utf8(test.output(arguments, variables).stderr).unwrap()
    };
    let changed = ("BUILDHOOK_SECRET", OTHER_SECRET);
    let disabled = run(&["doctor"], &[changed, ("BUILDHOOK_ACTIVE", "false")]);
    assert!(!disabled.contains("kept with"), "{disabled}");
    let rotated = run(&["moved", "--stream", "b"], &[changed, ("BUILDHOOK_PREVIOUS_SECRET", SECRET)]);
    assert!(!rotated.contains("kept with"), "{rotated}");
    let promoted = run(&["moved", "--stream", "b"], &[("BUILDHOOK_SECRET", STANDARD_SECRET)]);
    assert_eq!(
        promoted.matches("builds are not used: they were kept with another secret;").count(),
        1,
        "{promoted}"
    );
    let numbered =
        run(&["run", "--artifact", "*.apk", "--", "true"], &[("BUILDHOOK_SECRET", STANDARD_SECRET)]);
    let warning = "warning: build numbers start at 1 again: the last build was kept with another secret; set the old one as \
                   BUILDHOOK_PREVIOUS_SECRET to continue\n";
    assert_eq!(
        (numbered.matches(warning).count(), numbered.matches("kept with").count()),
        (1, 1),
        "{numbered}"
    );
    let number = test.receiver(0).requests().last().unwrap().json()["build_number"].clone();
    assert_eq!(number, 1);
}

#[test]
fn a_forged_start_time_is_ignored() {
    let test = test().envs(gitlab_push()).without_env("CI_JOB_STARTED_AT");
    succeed(&test, &["triggered"]);
    let folder = home_state(&test).join("started");
    let file = fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let record = record_in(&fs::read_to_string(&file).unwrap()).to_owned();
    let year = "\"value\":\"20";
    for content in [sealed(OTHER_SECRET, &record), "2001-01-01T00:00:00Z".to_owned()] {
        fs::write(&file, content).unwrap();
        let stderr = succeed(&test, &["finished", "--status", "success"]);
        assert!(stderr.contains("the start time is not used: it was kept with another secret"), "{stderr}");
        assert_eq!(test.receiver(0).requests().last().unwrap().json()["triggered_at"], Value::Null);
    }
    assert!(record.contains(year), "{record}");
    fs::write(&file, sealed(SECRET, &record)).unwrap();
    succeed(&test, &["finished", "--status", "success"]);
    assert!(test.receiver(0).requests().last().unwrap().json()["triggered_at"].is_string());
}

#[test]
fn a_link_in_place_of_a_folder_of_ours_is_refused() {
    for link in ["buildhook", "buildhook/deliveries", "buildhook/builds", "buildhook/started"] {
        let test = test();
        let elsewhere = test.folder().join("elsewhere");
        fs::create_dir_all(elsewhere.join("deliveries")).unwrap();
        let place = test.folder().join(".local/state").join(link);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        symlink(&elsewhere, &place).unwrap();
        succeed(&test, &["triggered"]);
        assert_eq!(records_in(&elsewhere), 0, "{link:?}: the link was followed");
        assert_eq!(records_in(&temporary_state(&test)), 1, "{link:?}: the next place is used");
    }
}

#[test]
fn a_folder_that_others_may_write_is_refused() {
    for (place, is_chosen) in [("chosen", true), (".local/state/buildhook", false)] {
        let test = test();
        let folder = test.folder().join(place);
        fs::create_dir_all(&folder).unwrap();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
        let test = if is_chosen { test.env("BUILDHOOK_STATE_DIR", "chosen") } else { test };
        let stderr = succeed(&test, &["triggered"]);
        let warned =
            stderr.contains("cannot use the state folder") && stderr.contains("other users may write it");
        assert_eq!(warned, is_chosen, "{stderr}");
        assert_eq!(records_in(&folder), 0);
        assert_eq!(test.records().len(), 1);
    }
}

#[test]
fn a_chosen_folder_is_not_reached_through_a_link_in_the_checkout() {
    for (chosen, link) in [("state", "state"), ("link/state", "link"), ("link/new/state", "link")] {
        let test = test();
        let outside = tempfile::tempdir().unwrap();
        fs::create_dir(outside.path().join("state")).unwrap();
        let target = if chosen == link { outside.path().join("state") } else { outside.path().to_owned() };
        symlink(target, test.folder().join(link)).unwrap();
        fs::create_dir(test.folder().join(".git")).unwrap();
        let test = test.env("BUILDHOOK_STATE_DIR", chosen);
        let stderr = succeed(&test, &["triggered"]);
        assert!(stderr.contains("a link in the checkout leads to"), "{chosen}: {stderr}");
        assert_eq!(
            records_in(&outside.path().join("state")) + records_in(&outside.path().join("new/state")),
            0
        );
        assert_eq!(test.records().len(), 1, "{chosen}");
    }
}

#[test]
fn what_is_created_belongs_to_its_owner_alone() {
    let test = test().env("BUILDHOOK_STATE_DIR", "a/b/c");
    succeed(&test, &["triggered"]);
    let mode = |path: PathBuf| path.metadata().unwrap().permissions().mode() & 0o777;
    for folder in ["a", "a/b", "a/b/c", "a/b/c/deliveries", "a/b/c/started"] {
        assert_eq!(mode(test.folder().join(folder)), 0o700, "{folder}");
    }
    for subfolder in ["deliveries", "started"] {
        for entry in fs::read_dir(test.folder().join("a/b/c").join(subfolder)).unwrap() {
            assert_eq!(mode(entry.unwrap().path()), 0o600);
        }
    }
}

#[test]
fn outside_a_ci_the_folder_is_in_git_unless_git_is_a_link_or_a_file() {
    let repository = test().checkout(&[&["init", "-q"]]);
    succeed(&repository, &["triggered"]);
    assert_eq!(records_in(&repository.folder().join(".git/buildhook")), 1);
    let status = Command::new("git")
        .args(["status", "--porcelain", "--", ".git"])
        .current_dir(repository.folder())
        .output();
    assert!(status.unwrap().stdout.is_empty());

    let make_link: fn(&Path) = |folder| {
        fs::create_dir(folder.join("real")).unwrap();
        symlink(folder.join("real"), folder.join(".git")).unwrap();
    };
    let make_file: fn(&Path) = |folder| fs::write(folder.join(".git"), "gitdir: real\n").unwrap();
    for make in [make_link, make_file] {
        let test = test();
        make(test.folder());
        succeed(&test, &["triggered"]);
        assert_eq!(records_in(&test.folder().join("real/buildhook")), 0);
        assert_eq!(records_in(&home_state(&test)), 1);
    }
}

#[test]
fn steps_that_share_nothing_but_the_workspace_find_the_folder_there() {
    for (ci, (marker, value), number) in [
        ("drone", ("DRONE", "true"), "DRONE_BUILD_NUMBER"),
        ("woodpecker-ci", ("CI", "woodpecker"), "CI_PIPELINE_NUMBER"),
        ("harness", ("DRONE", "true"), "HARNESS_BUILD_ID"),
    ] {
        let test = test().env(marker, value).env(number, "1").checkout(&[&["init", "-q"]]);
        succeed(&test, &["triggered"]);
        assert_eq!(records_in(&test.folder().join(".git/buildhook")), 1, "{ci}");
    }
}

#[test]
fn the_ci_s_temporary_folder_is_preferred() {
    for (marker, variable) in [
        (("GITHUB_ACTIONS", "true"), "RUNNER_TEMP"),
        (("GITLAB_CI", "true"), "RUNNER_TEMP_PROJECT_DIR"),
        (("JENKINS_URL", "https://ci.example/"), "WORKSPACE_TMP"),
        (("TF_BUILD", "True"), "AGENT_TEMPDIRECTORY"),
    ] {
        let test =
            test().env(marker.0, marker.1).env("CI_PIPELINE_ID", "1").env("BUILD_TAG", "jenkins-app-1");
        let folder = test.folder().join("job");
        fs::create_dir(&folder).unwrap();
        let test = test.env(variable, folder.to_str().unwrap());
        succeed(&test, &["triggered"]);
        assert_eq!(records_in(&folder.join("buildhook")), 1, "{variable}");
        // Of another CI, the variable means nothing.
        let elsewhere = test.env(marker.0, "").env("DRONE", "true").env("DRONE_BUILD_NUMBER", "1");
        succeed(&elsewhere, &["triggered"]);
        assert_eq!(records_in(&folder.join("buildhook")), 1, "{variable}");
    }
}

#[test]
fn a_home_that_is_missing_or_unusable_costs_nothing() {
    for home in [None, Some(""), Some("/dev/null"), Some("/proc"), Some("relative"), Some("/no/such/folder")]
    {
        let test = test();
        let test = match home {
            Some(home) => test.env("HOME", home),
            None => test.without_env("HOME"),
        };
        let stderr = succeed(&test, &["triggered"]);
        assert!(!stderr.contains("warning"), "{home:?}: {stderr}");
        assert_eq!(records_in(&temporary_state(&test)), 1, "{home:?}");
    }
}

#[test]
fn without_any_place_the_event_is_sent_with_one_warning() {
    let test = test().env("HOME", "/proc").env("TMPDIR", "/proc").file("app.bin", "x");
    for arguments in [&["triggered"][..], &["created", "app.bin"], &["run", "--", "true"]] {
        let stderr = succeed(&test, arguments);
        assert_eq!(stderr.matches("warning").count(), 1, "{stderr}");
        assert!(stderr.contains("no folder can keep records"), "{stderr}");
    }
    assert_eq!(test.receiver(0).requests().len(), 4);
    assert!(succeed(&test, &["deliveries"]).contains("no deliveries in "));
    assert!(succeed(&test, &["redeliver", "--failed"]).contains("nothing to resend"));
}

#[test]
fn pipes_and_folders_in_place_of_files_do_not_block() {
    let (test, id, file) = with_kept_build();
    let started = home_state(&test).join("started");
    fs::create_dir_all(&started).unwrap();
    succeed(&test, &["triggered"]);
    let start = fs::read_dir(&started).unwrap().next().unwrap().unwrap().path();
    for path in [&file, &start] {
        fs::remove_file(path).unwrap();
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    }
    let output = test.output(&["moved", "--stream", "b", "--build", &id], &[]);
    assert_eq!(output.status.code(), Some(1));
    succeed(&test, &["finished", "--status", "success"]);
    for path in [&file, &start] {
        fs::remove_file(path).unwrap();
        fs::create_dir(path).unwrap();
    }
    succeed(&test, &["finished", "--status", "success"]);
}

#[test]
fn thousands_of_files_named_like_builds_keep_no_command_busy() {
    let (test, id, file) = with_kept_build();
    let huge = test.folder().join("huge");
    fs::File::create(&huge).unwrap().set_len(16 << 20).unwrap();
    for number in 0..5000 {
        fs::hard_link(&huge, file.with_file_name(format!("build-{number}.json"))).unwrap();
    }
    let start = std::time::Instant::now();
    let output = test.output(&["moved", "--stream", "beta"], &[]);
    let duration = start.elapsed();
    assert!(duration < std::time::Duration::from_secs(10), "it took {duration:?}");
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("too many are from others"), "{stderr}");
    succeed(&test, &["moved", "--stream", "beta", "--build", &id]);
}
