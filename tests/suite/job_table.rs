//! The table of deliveries in the summary of a job's page: one for the whole job.

use std::fs;
use std::path::PathBuf;

use crate::builder::{SECRET, Test};
use crate::environments::github_push;
use crate::receiver::Reply;

const TRIGGERED: &str = "✓ delivered | build/triggered | lab | 200 | 1";
const FINISHED: &str = "✓ delivered | build/finished failed | lab | 200 | 1";
const CREATED: &str = "✓ delivered | build.created app.apk | lab | 200 | 1";
const MOVED: &str = "✓ delivered | build.moved app.apk to beta | lab | 200 | 1";

/// A job whose steps each have a summary, as on GitHub.
struct Job {
    test: Test,
    summary: PathBuf,
}

impl Job {
    fn new() -> Self {
        Self::with(&[Reply::Status(200)])
    }

    fn with(replies: &[Reply]) -> Self {
        let test = Test::new().envs(github_push()).file("app.apk", "apk").env("BUILDHOOK_RETRIES", "0");
        let summary = test.folder().join("summary.md");
        let test = test.env("GITHUB_STEP_SUMMARY", summary.to_str().unwrap()).env("BUILDHOOK_NAME", "lab");
        let test = test.env("BUILDHOOK_SECRET", SECRET).endpoint(replies);
        Self { test, summary }
    }

    /// The summary of a step that runs this command.
    fn summary(&self, arguments: &[&str], variables: &[(&str, &str)]) -> String {
        let _ = fs::remove_file(&self.summary);
        self.test.output(arguments, variables);
        fs::read_to_string(&self.summary).unwrap_or_default()
    }

    /// The rows of that summary, without the time that each delivery took.
    fn rows(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Vec<String> {
        let summary = self.summary(arguments, variables);
        assert!(summary.matches("### buildhook").count() < 2, "{summary}");
        let rows = summary.lines().filter(|line| line.starts_with("| ✓ ") || line.starts_with("| ✗ "));
        rows.map(|row| {
            let cells = row.trim_matches(['|', ' ']);
            cells.rsplit_once(" | ").unwrap().0.to_owned()
        })
        .collect()
    }
}

#[test]
fn the_command_that_ends_the_build_writes_the_table_of_the_job() {
    let job = Job::new();
    for arguments in
        [&["triggered"][..], &["created", "app.apk"], &["moved", "--stream", "beta"], &["triggered"]]
    {
        assert_eq!(job.summary(arguments, &[]), "", "{arguments:?}");
    }
    let rows = job.rows(&["finished", "--status", "failed"], &[]);
    assert_eq!(rows, [TRIGGERED, CREATED, MOVED, TRIGGERED, FINISHED]);
    // What follows belongs to no other table.
    assert_eq!(job.rows(&["created", "app.apk"], &[]), [CREATED]);
    assert_eq!(job.rows(&["finished", "--status", "failed"], &[]), [FINISHED]);
}

#[test]
fn the_heading_names_the_build_and_leads_to_its_run() {
    let job = Job::new();
    let summary = job.summary(&["finished", "--status", "failed"], &[]);
    let lines: Vec<&str> = summary.lines().collect();
    let url = "https://github.com/example/app/actions/runs/";
    assert!(lines[0].starts_with("### buildhook: [example/app main &#35;"), "{summary}");
    assert!(lines[0].contains(&format!("]({url}")), "{summary}");
    assert_eq!(
        lines[1..4],
        [
            "",
            "| delivery | event | endpoint | response | attempts | took |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
    );
    assert!(lines[4].starts_with("| ✓ delivered | build/finished failed | lab | 200 | 1 | "), "{summary}");
    assert!(lines[4].ends_with(" ms |"), "{summary}");
}

#[test]
fn a_command_alone_writes_its_own_deliveries() {
    let job = Job::new();
    assert_eq!(job.rows(&["created", "app.apk"], &[]), [CREATED]);
    assert_eq!(job.rows(&["moved", "--stream", "beta"], &[]), [MOVED]);
    assert_eq!(job.rows(&["finished", "--status", "failed"], &[]), [FINISHED]);
}

#[test]
fn the_table_of_run_has_what_its_command_sends() {
    let job = Job::new();
    let program = env!("CARGO_BIN_EXE_buildhook");
    let command = format!("sleep 0.2; '{program}' created app.apk; exit 1");
    let rows = job.rows(&["run", "--", "sh", "-c", &command], &[("BUILDHOOK_PASS_SETTINGS", "true")]);
    assert_eq!(rows, [TRIGGERED, CREATED, FINISHED]);
    let rows = job.rows(&["run", "--artifact", "app.apk", "--", "true"], &[]);
    assert_eq!(rows, [TRIGGERED, CREATED, &FINISHED.replace("failed", "success")], "the second one");
}

#[test]
fn undelivered_events_are_in_the_table_too() {
    let job = Job::with(&[Reply::Status(422), Reply::Status(200)]);
    assert_eq!(job.summary(&["triggered"], &[]), "", "there is an annotation");
    let [refused, finished] = job.rows(&["finished", "--status", "failed"], &[]).try_into().unwrap();
    assert!(
        refused.starts_with("✗ not delivered | build/triggered | lab | 422 Unprocessable Entity; "),
        "{refused}"
    );
    assert_eq!(finished, FINISHED);
}

#[test]
fn the_deliveries_of_other_jobs_are_not_in_the_table() {
    let job = Job::new();
    let other = [("GITHUB_JOB", "test")];
    assert_eq!(job.summary(&["triggered"], &[]), "");
    assert_eq!(job.summary(&["triggered"], &other), "");
    assert_eq!(job.summary(&["triggered"], &[("GITHUB_RUN_ATTEMPT", "9")]), "");
    assert_eq!(job.rows(&["finished", "--status", "failed"], &other), [TRIGGERED, FINISHED]);
    assert_eq!(job.rows(&["finished", "--status", "failed"], &[]), [TRIGGERED, FINISHED]);
}

#[test]
fn records_of_others_are_not_in_the_table() {
    let job = Job::new();
    job.summary(&["triggered"], &[]);
    let record = fs::read_dir(job.test.deliveries()).unwrap().next().unwrap().unwrap().path();
    let forged = fs::read_to_string(&record).unwrap().replace("build/triggered", "build/finished");
    fs::write(&record, forged).unwrap();
    assert_eq!(job.rows(&["finished", "--status", "failed"], &[]), [FINISHED]);
}

/// The end of the build may be in another job.
#[test]
fn a_job_of_a_build_that_is_a_whole_run_writes_what_each_command_sends() {
    let job = Job::new();
    let run = [("BUILDHOOK_SCOPE", "run")];
    assert_eq!(job.rows(&["triggered"], &run), [TRIGGERED]);
    assert_eq!(job.rows(&["created", "app.apk"], &run), [CREATED]);
    assert_eq!(job.rows(&["finished", "--status", "failed"], &run), [FINISHED]);
}

#[test]
fn without_a_folder_for_records_each_command_writes_its_own_deliveries() {
    let job = Job::new();
    let file = job.test.folder().join("app.apk").to_str().unwrap().to_owned();
    let nowhere =
        [("HOME", &*file), ("BUILDHOOK_STATE_DIR", &file), ("TMPDIR", &file), ("RUNNER_TEMP", &file)];
    assert_eq!(job.rows(&["triggered"], &nowhere), [TRIGGERED]);
    assert_eq!(job.rows(&["finished", "--status", "failed"], &nowhere), [FINISHED]);
}

#[test]
fn no_table_is_written_where_none_is_wanted() {
    let job = Job::new();
    for variables in [&[("BUILDHOOK_SUMMARY", "false")][..], &[("GITHUB_ACTIONS", "")]] {
        for arguments in [&["triggered"][..], &["created", "app.apk"], &["finished", "--status", "failed"]] {
            assert_eq!(job.summary(arguments, variables), "", "{arguments:?}");
        }
    }
    assert_eq!(job.summary(&["finished", "--status", "failed", "--dry-run"], &[]), "");
    assert_eq!(job.summary(&["triggered", "--dry-run"], &[]), "");
    assert_eq!(job.rows(&["created", "app.apk"], &[]), [CREATED], "a dry run begins no table");
}

#[test]
fn a_redelivery_has_one_table_however_many_events_there_are() {
    let replies: Vec<Reply> = (0..25).map(|_| Reply::Status(500)).chain([Reply::Status(200)]).collect();
    let job = Job::with(&replies);
    for _ in 0..25 {
        job.test.output(&["triggered"], &[]);
    }
    let rows = job.rows(&["redeliver", "--failed"], &[]);
    assert_eq!(rows.len(), 25);
    assert!(rows.iter().all(|row| row == TRIGGERED), "{rows:?}");
}

#[test]
fn text_of_others_cannot_leave_its_cell() {
    let hostile = "x|y\n## z <img src=a> `b` [c](d) @all #1";
    let job = Job::with(&[Reply::Body(422, hostile.to_owned())]);
    let variables = [
        ("GITHUB_REF", "refs/heads/a|b](c)<img>`"),
        ("BUILDHOOK_NAME", "a|<b>"),
        ("BUILDHOOK_RUN_URL", "https://a.example/)x("),
    ];
    let summary = job.summary(&["finished", "--status", "failed"], &variables);
    assert!(!summary.contains(['<', '`', '[', '@']), "{summary}");
    assert_eq!(summary.lines().filter(|line| line.starts_with('#')).count(), 1, "{summary}");
    assert!(
        summary.lines().skip(2).filter(|line| !line.is_empty()).all(|line| line.matches('|').count() == 7),
        "{summary}"
    );
}

#[test]
fn the_heading_names_the_job_and_its_leg_of_the_matrix() {
    let heading = |matrix: &str| {
        let job = Job::new();
        let variables = [("BUILDHOOK_MATRIX", matrix), ("BUILDHOOK_JOB_NAME", "build")];
        let summary = job.summary(&["finished", "--status", "failed"], &variables);
        summary.lines().next().unwrap().to_owned()
    };
    let (none, x86) = (heading(""), heading("{\"cpu\": \"x86\", \"debug\": true}"));
    assert!(none.starts_with("### buildhook: [") && none.ends_with(") · build"), "{none}");
    assert_eq!(x86, format!("{none} &#40;x86, true&#41;"));
}
