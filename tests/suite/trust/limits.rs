//! Few file descriptors, many files, huge files.

use std::fs::{self, File};
use std::time::{Duration, Instant};

use crate::builder::Test;
use crate::environments::gitlab_push;
use crate::receiver::Reply;

fn test() -> Test {
    Test::new().envs(gitlab_push()).endpoint(&[Reply::Status(200)])
}

#[test]
fn sixty_thousand_files_are_listed_quickly() {
    let test = test();
    let file = test.folder().join("file");
    fs::write(&file, "content").unwrap();
    for folder in 0..60 {
        let folder = test.folder().join(format!("out/{folder}"));
        fs::create_dir_all(&folder).unwrap();
        for number in 0..1000 {
            // Quicker than to create files.
            fs::hard_link(&file, folder.join(format!("{number}.o"))).unwrap();
        }
    }
    fs::hard_link(&file, test.folder().join("out/7/app.bin")).unwrap();
    for (pattern, status, count) in [("out/**/*.bin", 0, 1), ("out/*/*.o", 1, 1000), ("out/**/*", 1, 1000)] {
        // A busy machine is slow for this process, too.
        let start = Instant::now();
        let listed = count_files(&test.folder().join("out"));
        let limit = Duration::from_secs(2).max(start.elapsed() * 30);
        assert_eq!(listed, 60_001);
        let start = Instant::now();
        let output = test.output(&["created", "--dry-run", pattern], &[]);
        let duration = start.elapsed();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(duration < limit, "{pattern} took {duration:?}, more than {limit:?}");
        assert_eq!(output.status.code(), Some(status), "{stderr}");
        let posts = String::from_utf8_lossy(&output.stdout).matches("POST ").count();
        assert_eq!(posts, count, "{pattern}: {stderr}");
        assert_eq!(stderr.contains("at most 1000 are allowed"), status == 1, "{stderr}");
    }
    let output = test.output(&["created", "--dry-run", "out/**/*.none"], &[("BUILDHOOK_DEADLINE", "1ms")]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("warning: the search for files took too long and was stopped"), "{stderr}");
}

#[test]
fn files_and_patterns_beyond_a_limit_cost_no_others() {
    let test = test();
    for number in 0..1001 {
        fs::write(test.folder().join(format!("{number}.o")), "").unwrap();
    }
    fs::write(test.folder().join("app.bin"), "app").unwrap();
    let output = test.output(&["created", "*.o", "app.bin"], &[]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert_eq!(test.receiver(0).requests().len(), 1, "{stderr}");
    assert!(stderr.contains("1002 files match; at most 1000 are allowed, so 2 are left out"), "{stderr}");
    assert_eq!(stderr.matches(" is empty").count(), 10, "{stderr}");
    assert!(stderr.contains("warning: and 989 more problems with files"), "{stderr}");

    let patterns: Vec<String> = (0..1500).map(|number| format!("{number}.*.none")).collect();
    let mut args = vec!["created", "app.bin"];
    args.extend(patterns.iter().map(String::as_str));
    let output = test.output(&args, &[]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(test.receiver(0).requests().len(), 2, "{stderr}");
    assert!(stderr.contains("1501 names and patterns of files; only the first 1000 are used"), "{stderr}");

    // Files that the user leaves out are not sent because there are too many of these patterns.
    let patterns: Vec<String> = (0..1001).map(|number| format!("!{number}.none")).collect();
    let mut args = vec!["created", "app.bin"];
    args.extend(patterns.iter().map(String::as_str));
    let output = test.output(&args, &[]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("1001 patterns with `!`; at most 1000 are allowed"), "{stderr}");
    assert_eq!((output.status.code(), test.receiver(0).requests().len()), (Some(1), 2), "{stderr}");
}

#[test]
fn folders_that_are_nested_deeply_are_not_searched() {
    let test = test();
    let deep = |depth: usize| {
        let folder = test.folder().join("d/".repeat(depth));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("{depth}.apk")), "content").unwrap();
    };
    [1, 100, 101, 1500].into_iter().for_each(deep);
    let start = Instant::now();
    let output = test.output(&["created", "--dry-run", "**/*.apk"], &[]);
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    assert!(
        stderr.contains("warning: **/*.apk: folders nested more than 100 deep are not searched"),
        "{stderr}"
    );
    let stdout = String::from_utf8_lossy(&output.stdout);
    let is_sent = |depth: usize| stdout.contains(&format!("\"{depth}.apk\""));
    assert_eq!([1, 100, 101, 1500].map(is_sent), [true, true, false, false], "{stdout}");
}

/// Runs a command on a small file and one that takes hours to read, until these events have been sent. The author of a pull request
/// can make a file of any size without writing to it.
#[track_caller]
fn sends_despite_a_huge_file(args: &[&str], events: &[&str]) {
    let test = test().env("BUILDHOOK_DEADLINE", "1s").args(args);
    File::create(test.folder().join("a-huge.bin")).unwrap().set_len(1 << 39).unwrap();
    fs::write(test.folder().join("good.bin"), "good").unwrap();
    let (mut child, test) = test.start();
    let requests = test.receiver(0).wait_for(events.len());
    child.kill().unwrap();
    child.wait().unwrap();
    let mut names: Vec<&str> =
        requests.iter().map(|request| request.header("x-webhook-event").unwrap()).collect();
    // On a busy machine `build/finished` may come first.
    names.sort_unstable();
    assert_eq!(names, events);
    assert!(requests.iter().any(|request| request.body.contains("\"good.bin\"")));
}

#[test]
fn a_huge_file_holds_back_no_other_of_created() {
    sends_despite_a_huge_file(&["created", "*.bin", "--save", "builds.json"], &["build.created"]);
}

#[test]
fn a_huge_file_holds_back_no_other_of_finished() {
    let args = ["finished", "--status", "success", "--artifact", "*.bin"];
    sends_despite_a_huge_file(&args, &["build.created", "build/finished"]);
}

#[test]
fn a_huge_file_holds_back_no_other_of_run() {
    let args = ["run", "--artifact", "*.bin", "--", "git", "--version"];
    sends_despite_a_huge_file(&args, &["build.created", "build/finished", "build/triggered"]);
}

#[test]
fn a_file_of_more_than_a_terabyte_is_not_read() {
    let test = test();
    File::create(test.folder().join("a-huge.bin")).unwrap().set_len(1 << 43).unwrap();
    fs::write(test.folder().join("good.bin"), "good").unwrap();
    let output = test.output(&["created", "*.bin"], &[]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.contains("is 8.00 TB; artifacts are limited to 1.00 TB"), "{stderr}");
    assert_eq!((output.status.code(), test.receiver(0).requests().len()), (Some(1), 1), "{stderr}");
}

fn count_files(folder: &std::path::Path) -> usize {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries.map(|entry| if entry.metadata().unwrap().is_dir() { count_files(&entry.path()) } else { 1 }).sum()
}

#[test]
fn a_file_that_takes_longer_than_the_deadline_to_read_is_announced() {
    let test = test();
    File::create(test.folder().join("huge.bin")).unwrap().set_len(1 << 30).unwrap();
    let start = Instant::now();
    let output = test.output(&["created", "huge.bin"], &[("BUILDHOOK_DEADLINE", "500ms")]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(start.elapsed() > Duration::from_millis(500), "the file is too small for this test");
    assert_eq!(test.receiver(0).requests().len(), 1);
}

/// As on a full disk: the system would end the process at the first byte too many.
#[cfg(unix)]
#[test]
fn a_limit_on_the_size_of_files_costs_no_event() {
    for blocks in ["0", "1"] {
        let test = test().env("BUILDHOOK_SECRET", crate::builder::SECRET);
        let command = test.command();
        let mut shell = std::process::Command::new("sh");
        shell
            .arg("-c")
            .arg(format!("ulimit -f {blocks}; exec \"$0\" run -- sh -c 'exit 7'"))
            .arg(command.get_program());
        shell.current_dir(test.folder()).env_clear();
        shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let output = shell.output().unwrap();
        assert_eq!(output.status.code(), Some(7), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(test.receiver(0).requests().len(), 2);
    }
}

/// The author of a commit writes its message.
#[test]
fn a_huge_commit_message_costs_no_event() {
    let message = format!("start{}", "\u{1}".repeat(1 << 20));
    let test = Test::new().file("message", message).endpoint(&[Reply::Status(500), Reply::Status(200)]);
    let test = test.checkout(&[
        &["init", "-q"],
        &["commit", "-q", "--allow-empty", "--cleanup=verbatim", "-F", "message"],
    ]);
    assert_eq!(test.output(&["triggered"], &[("BUILDHOOK_RETRIES", "0")]).status.code(), Some(3));
    assert!(test.output(&["redeliver", "--failed"], &[]).status.success());
    let requests = test.receiver(0).requests();
    assert_eq!(requests.len(), 2);
    assert!(requests[1].body.len() < 10_000 && requests[1].json()["commit_hash"].is_string());
}

/// `ulimit -n` in a shell that becomes the program.
#[cfg(unix)]
mod descriptors {
    use std::collections::HashSet;
    use std::path::Path;
    use std::process::{Command, Output, Stdio};

    use tempfile::TempDir;

    use super::*;
    use crate::builder::SECRET;
    use crate::receiver::Receiver;

    /// A test with this many small files, time enough to announce them all, and a folder for records.
    fn with_files(count: usize) -> (Test, TempDir) {
        // In memory, where there is such a folder: to sync thousands of records to a busy disk takes long.
        let memory = Path::new("/dev/shm");
        let state = if memory.is_dir() { TempDir::new_in(memory) } else { TempDir::new() }.unwrap();
        let test = Test::new()
            .envs(gitlab_push())
            .env("BUILDHOOK_STATE_DIR", state.path().to_str().unwrap())
            .env("BUILDHOOK_DEADLINE", "5m")
            .env("BUILDHOOK_KEEP_RECORDS", "100000")
            .env("BUILDHOOK_RETRIES", "0")
            .env("BUILDHOOK_NAME", "lab")
            .env("BUILDHOOK_SECRET", SECRET);
        for number in 0..count {
            fs::write(test.folder().join(format!("{number}.bin")), number.to_string()).unwrap();
        }
        (test, state)
    }

    /// The program with at most 64 open files.
    fn command(test: &Test, args: &[&str]) -> Command {
        let command = test.command();
        let mut shell = Command::new("sh");
        shell.arg("-c").arg("ulimit -n 64 && exec \"$0\" \"$@\"");
        shell.arg(command.get_program()).args(args).current_dir(test.folder()).env_clear();
        shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        shell.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        shell
    }

    #[track_caller]
    fn succeeded(output: &Output) {
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && !stderr.contains("warning"), "{stderr}");
    }

    /// The number of records with this status.
    fn count(test: &Test, status: &str) -> usize {
        test.records().iter().filter(|record| record["status"] == status).count()
    }

    /// Checks that this many requests arrived, no two of the same event.
    #[track_caller]
    fn received(receiver: &Receiver, count: usize) {
        let requests = receiver.requests();
        let ids: HashSet<_> =
            requests.iter().map(|request| request.header("x-webhook-id").unwrap().to_owned()).collect();
        assert_eq!((requests.len(), ids.len()), (count, count));
    }

    #[test]
    fn a_thousand_files_reach_two_endpoints() {
        let (test, _state) = with_files(1000);
        let test = test.endpoint(&[Reply::Status(200)]).endpoint(&[Reply::Status(200)]);
        succeeded(&command(&test, &["created", "*.bin"]).output().unwrap());
        received(&test.receiver(0), 1000);
        received(&test.receiver(1), 1000);
        assert_eq!(count(&test, "delivered"), 2000);
    }

    #[test]
    fn a_file_reaches_thirty_endpoints() {
        let (mut test, _state) = with_files(20);
        for number in 1..=30 {
            test = test.endpoint(&[Reply::Status(200)]);
            if number > 1 {
                test = test.env(&format!("BUILDHOOK_NAME_{number}"), format!("endpoint {number}"));
            }
        }
        succeeded(&command(&test, &["created", "*.bin"]).output().unwrap());
        for number in 0..30 {
            received(&test.receiver(number), 20);
        }
    }

    #[test]
    fn parallel_redeliveries_send_each_of_many_deliveries_once() {
        let (test, _state) = with_files(300);
        let test = test.endpoint(&[Reply::Status(200)]);
        test.output(&["created", "*.bin"], &[("BUILDHOOK_URL", &Receiver::refusing())]);
        assert_eq!(count(&test, "failed"), 300);
        let processes = [(); 3].map(|()| command(&test, &["redeliver", "--failed"]).spawn().unwrap());
        for process in processes {
            succeeded(&process.wait_with_output().unwrap());
        }
        received(&test.receiver(0), 300);
        assert_eq!(count(&test, "delivered"), 300);
    }
}
