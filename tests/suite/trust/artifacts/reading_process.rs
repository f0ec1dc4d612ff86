//! The process that reads the files: what it may use, what it costs when it dies, and that it ends.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{android, costly_jar};
use crate::builder::Test;
use crate::files::archive;

fn jar(version: &str) -> Vec<u8> {
    archive(&[("META-INF/MANIFEST.MF", format!("Bundle-Version: {version}\n").as_bytes(), true)])
}

/// Sends paths to the process and returns its answers, after the first line.
fn answers(test: &Test, paths: &[&str]) -> Vec<String> {
    let mut child = test.command();
    child.arg("read-details").stdin(Stdio::piped()).env_clear();
    let mut child = child.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    for path in paths {
        input.write_all(format!("{path}\0").as_bytes()).unwrap();
    }
    drop(input);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    let lines = String::from_utf8(output.stdout).unwrap();
    let mut lines = lines.lines().map(str::to_owned);
    assert_eq!(lines.next().unwrap(), "buildhook details 1");
    lines.collect()
}

#[test]
fn the_process_opens_nothing_but_regular_files() {
    let test = Test::new().file("good.jar", jar("1.2.3")).file("folder.jar/inner", "x");
    let pipe = test.folder().join("pipe.jar");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let answers = answers(&test, &["pipe.jar", "folder.jar", "missing.jar", "good.txt", "", "good.jar"]);
    let (good, others) = answers.split_last().unwrap();
    assert!(good.contains("\"version\":\"1.2.3\""), "{good}");
    assert_eq!(others.len(), 5);
    for answer in others {
        assert!(answer.starts_with("{\"damaged\":"), "{answer}");
    }
}

#[test]
fn the_process_is_not_part_of_the_command_line() {
    let test = Test::new();
    for arguments in [&["--help"][..], &["completions", "bash"], &["completions", "zsh"], &["man"]] {
        let output = test.output(arguments, &[]);
        assert!(!String::from_utf8_lossy(&output.stdout).contains("read-details"), "{arguments:?}");
    }
    assert_eq!(test.output(&["read-details", "more"], &[]).status.code(), Some(2));
}

#[test]
fn a_file_that_ends_the_process_costs_only_its_own_details() {
    let (_, evil) = android::files().into_iter().find(|(name, _)| *name == "chunks.apk").unwrap();
    let test = Test::new().file("a.jar", jar("1.1.1")).file("b.apk", evil).file("c.jar", jar("3.3.3"));
    // With less memory than a file needs, allocating it ends the process.
    let output = Command::new("sh")
        .args(["-c", "ulimit -d 24000 && exec \"$@\"", "sh", env!("CARGO_BIN_EXE_buildhook")])
        .args(["inspect", "--json", "a.jar", "b.apk", "c.jar"])
        .current_dir(test.folder())
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    let warning =
        "b.apk: its details are left out: the process that read them has ended (signal: 6 (SIGABRT)";
    assert!(output.status.success() && stderr.contains(warning), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    let files: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let versions: Vec<_> = (0..3).map(|index| files[index]["version"].as_str()).collect();
    assert_eq!(versions, [Some("1.1.1"), None, Some("3.3.3")]);
    assert!(files[1]["checksum_md5"].is_string());
}

#[cfg(target_os = "linux")]
#[test]
fn the_process_knows_nothing_and_ends_with_its_parent() {
    let names: Vec<String> = (0..20).map(|number| format!("{number}.jar")).collect();
    let (content, test) = (costly_jar(), Test::new().args(&["inspect"]));
    let test = names.iter().fold(test, |test, name| test.file(name, &content).args(&[name]));
    let (mut parent, _test) = test.env("BUILDHOOK_SECRET", "not for children").start();
    let start = Instant::now();
    let child = loop {
        assert!(start.elapsed() < Duration::from_secs(30), "no child process");
        std::thread::sleep(Duration::from_millis(5));
        if let Some(child) = child_of(parent.id()) {
            break child;
        }
    };
    let read = |file: &str| std::fs::read(format!("/proc/{child}/{file}")).unwrap();
    assert_eq!(read("cmdline"), b"buildhook\0read-details\0");
    assert_eq!(read("environ"), b"");
    let limits = String::from_utf8(read("limits")).unwrap();
    let limit = |name: &str| {
        let line = limits.lines().find(|line| line.starts_with(name)).unwrap();
        line[name.len()..].split_whitespace().next().unwrap().to_owned()
    };
    assert_eq!(limit("Max core file size"), "0");
    assert_eq!(limit("Max data size"), (64 << 20).to_string());
    assert!(limit("Max cpu time").parse::<u32>().unwrap() < 20);
    parent.kill().unwrap();
    parent.wait().unwrap();
    let start = Instant::now();
    while std::path::Path::new(&format!("/proc/{child}")).exists() && !is_zombie(child) {
        assert!(start.elapsed() < Duration::from_secs(10), "{child} is still running");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The number of a child process that has started the program.
#[cfg(target_os = "linux")]
fn child_of(parent: u32) -> Option<u32> {
    let mut tasks = std::fs::read_dir(format!("/proc/{parent}/task")).ok()?;
    tasks.find_map(|task| {
        let mut children = String::new();
        let file = std::fs::File::open(task.ok()?.path().join("children")).ok()?;
        file.take(1000).read_to_string(&mut children).ok()?;
        let child: u32 = children.split_whitespace().next()?.parse().ok()?;
        let limits = std::fs::read_to_string(format!("/proc/{child}/limits")).ok()?;
        // The last limit that it sets is that of the first file.
        let is_limited =
            |line: &str| line.starts_with("Max cpu time") && line.matches("unlimited").count() < 2;
        limits.lines().any(is_limited).then_some(child)
    })
}

/// Whether the process has ended and nothing has waited for it.
#[cfg(target_os = "linux")]
fn is_zombie(process: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    status.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z'))
}
