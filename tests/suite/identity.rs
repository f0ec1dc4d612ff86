//! One build has one identity in all its events, whatever the step that sends them, and no other build has it.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::builder::{SECRET, Test};
use crate::environments::{
    Fixture, Variables, environment, github_pull_request, github_push, github_tag, gitlab_push, gitlab_tag,
    jenkins_pull_request, jenkins_push, jenkins_tag, with,
};
use crate::receiver::Reply;

/// The identity that an event reports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    app: String,
    build: String,
    run: String,
    job: String,
    number: Value,
    triggered_at: Value,
}

/// A machine, on which steps run one after the other.
struct Machine(Test);

impl Machine {
    fn new(variables: Variables) -> Self {
        let test = Test::new().env("BUILDHOOK_SECRET", SECRET).endpoint(&[Reply::Status(200)]);
        Self(test.file("app.apk", "apk").envs(variables))
    }

    /// Sends an event and returns the bodies, with the warnings.
    #[track_caller]
    fn send(&self, args: &[&str], variables: &[(&str, &str)]) -> (Vec<Value>, String) {
        let receiver = self.0.receiver(0);
        let before = receiver.requests().len();
        let output = self.0.output(args, variables);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success(), "{args:?}: {stderr}");
        (receiver.requests()[before..].iter().map(|request| request.json()).collect(), stderr)
    }

    #[track_caller]
    fn step(&self, args: &[&str], variables: &[(&str, &str)]) -> Identity {
        identity(&self.send(args, variables).0[0])
    }
}

fn identity(body: &Value) -> Identity {
    let facts = &body["buildhook"];
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let build = &body["data"]["build"];
    let number = if build.is_null() { &body["build_number"] } else { &build["build_number"] };
    Identity {
        app: text(if build.is_null() { &body["app_slug"] } else { &build["application_id"] }),
        build: text(&facts["build_slug"]),
        run: text(&facts["run_slug"]),
        job: text(&facts["job_slug"]),
        number: number.to_string().trim_matches('"').into(),
        triggered_at: body["triggered_at"].clone(),
    }
}

const TRIGGERED: &[&str] = &["triggered"];
const CREATED: &[&str] = &["created", "app.apk"];
const FINISHED: &[&str] = &["finished", "--status", "success"];

/// The environment of a matrix leg.
fn leg(name: &str) -> Variables {
    with(github_push(), &[("ACTIONS_ORCHESTRATION_ID", &format!("5c1b.build.{name}"))])
}

/// A GitLab job.
fn gitlab_job(id: &str) -> Variables {
    with(gitlab_push(), &[("CI_JOB_ID", id)])
}

#[test]
fn every_step_of_a_job_reports_the_same_build() {
    let jobs = [
        ("GitHub push", github_push()),
        ("GitHub pull request", with(github_pull_request(), &[("GITHUB_RUN_ID", "32")])),
        ("GitHub tag", with(github_tag(), &[("GITHUB_RUN_ID", "14")])),
        ("GitHub matrix leg", leg("linux")),
        ("GitHub another leg", leg("windows")),
        ("GitLab push", gitlab_job("1")),
        ("GitLab another job", gitlab_job("2")),
        ("GitLab tag", with(gitlab_tag(), &[("CI_JOB_ID", "3")])),
        ("Jenkins push", jenkins_push()),
        ("Jenkins pull request", jenkins_pull_request()),
        ("Jenkins tag", jenkins_tag()),
    ];
    let mut builds = BTreeSet::new();
    for (name, variables) in jobs {
        let of_checkout = ["GIT_URL", "GIT_COMMIT", "GIT_BRANCH"];
        let machine = Machine::new(variables.clone());
        let before: Vec<(&str, &str)> = of_checkout.into_iter().map(|variable| (variable, "")).collect();
        let triggered = machine.step(TRIGGERED, &before);
        assert_eq!(triggered.build.len(), 16, "{name}");
        assert_eq!(triggered.build, triggered.job, "{name}");
        let created_before = machine.step(CREATED, &before);
        let created_after = machine.step(CREATED, &[("STAGE_NAME", "Package")]);
        assert_eq!(created_before.app, created_after.app, "{name}");
        // In the command of `run`, and after it.
        let pass = ("BUILDHOOK_PASS_SETTINGS", "true");
        let program = env!("CARGO_BIN_EXE_buildhook");
        let (bodies, _) = machine.send(&["run", "--", program, "created", "app.apk"], &[pass]);
        let in_run: Vec<Identity> = bodies.iter().map(identity).collect();
        assert_eq!(in_run.len(), 3, "{name}");
        let after_run = machine.step(CREATED, &[]);
        let finished = machine.step(FINISHED, &[("STAGE_NAME", "Declarative: Post Actions")]);
        for other in [&created_before, &created_after, &after_run, &finished].into_iter().chain(&in_run) {
            assert_eq!(
                (&other.build, &other.run, &other.job),
                (&triggered.build, &triggered.run, &triggered.job),
                "{name}"
            );
            assert_eq!(other.number, triggered.number, "{name}");
        }
        assert_eq!(finished.app, triggered.app, "{name}");
        assert!(finished.triggered_at.is_string(), "{name}");
        assert!(builds.insert(finished.build), "{name} is another build");
    }
}

#[test]
fn the_start_is_the_one_of_triggered_or_the_ci_s_or_unknown() {
    let machine = Machine::new(with(jenkins_push(), &[("GIT_URL", "")]));
    let triggered = machine.step(TRIGGERED, &[]);
    assert_eq!(
        machine.step(FINISHED, &[("GIT_URL", "https://example.com/a/b")]).triggered_at,
        triggered.triggered_at
    );
    assert_eq!(machine.step(TRIGGERED, &[]).triggered_at, triggered.triggered_at, "a build starts once");
    let elsewhere = Machine::new(jenkins_push());
    assert_eq!(elsewhere.step(FINISHED, &[]).triggered_at, Value::Null, "unknown on another machine");

    for (scope, start) in [("job", "2025-11-17T19:05:40Z"), ("run", "2025-11-17T19:05:30Z")] {
        let scope = [("BUILDHOOK_SCOPE", scope)];
        assert_eq!(Machine::new(gitlab_push()).step(TRIGGERED, &scope).triggered_at, start);
        assert_eq!(Machine::new(gitlab_push()).step(FINISHED, &scope).triggered_at, start);
    }
}

#[test]
fn jobs_of_a_run_are_one_build_where_the_user_wants_it_so() {
    let scope = &[("BUILDHOOK_SCOPE", "run")];
    let first = Machine::new(leg("linux")).step(TRIGGERED, scope);
    assert_eq!(first.build, first.run);
    let rerun = with(leg("last"), &[("GITHUB_RUN_ATTEMPT", "2"), ("GITHUB_JOB", "last")]);
    let last = Machine::new(rerun).step(FINISHED, scope);
    assert_eq!(
        (last.build, last.app),
        (first.build, first.app),
        "failed jobs that run again end the same run"
    );
    assert_ne!(last.job, first.job);
    let jobs = ["1", "2"].map(|id| Machine::new(gitlab_job(id)).step(TRIGGERED, scope));
    assert_eq!(jobs[0].build, jobs[1].build);
    assert_ne!(jobs[0].job, jobs[1].job);
}

#[test]
fn an_action_and_a_shell_step_have_the_same_job() {
    let without = github_push();
    let names = |variables: &[(&str, &str)]| Machine::new(without.clone()).step(TRIGGERED, variables).build;
    let chosen = names(&[("BUILDHOOK_JOB_ID", "build/0"), ("ACTIONS_ORCHESTRATION_ID", "x.build.a")]);
    assert_eq!(chosen, names(&[("BUILDHOOK_JOB_ID", "build/0")]));
    let orchestrated = names(&[("ACTIONS_ORCHESTRATION_ID", "x.build.a")]);
    assert_eq!(orchestrated, names(&[("ACTIONS_ORCHESTRATION_ID", "x.build.a"), ("GITHUB_JOB", "other")]));
    assert_eq!(
        orchestrated,
        names(&[("ACTIONS_ORCHESTRATION_ID", "x.build.a"), ("JOB_CHECK_RUN_ID", "77")]),
        "an id that only some steps have makes no difference"
    );
    assert_eq!(names(&[]), names(&[("JOB_CHECK_RUN_ID", "77")]));
    assert_eq!(BTreeSet::from([chosen, orchestrated, names(&[])]).len(), 3);
}

#[test]
fn jenkins_jobs_do_not_collide() {
    let job = |name: &str, branch: &str, tag: &str| {
        let variables = [("JOB_NAME", name), ("BRANCH_NAME", branch), ("BUILD_TAG", tag), ("GIT_URL", "")];
        Machine::new(with(jenkins_push(), &variables)).step(TRIGGERED, &[])
    };
    let jobs = [
        job("a/b-c", "", "jenkins-a-b-c-62"),
        job("a-b/c", "", "jenkins-a-b-c-62"),
        job("a/b/c", "", "jenkins-a-b-c-62"),
        job("a-b-c", "", "jenkins-a-b-c-62"),
        job("a/b/main", "main", "jenkins-a-b-main-62"),
        job("a/b/PR-32", "PR-32", "jenkins-a-b-PR-32-62"),
        job("a/b/feature%2Fx", "feature/x", "jenkins-a-b-feature%2Fx-62"),
    ];
    let builds: BTreeSet<&str> = jobs.iter().map(|job| job.build.as_str()).collect();
    assert_eq!(builds.len(), jobs.len());
    let apps: BTreeSet<&str> = jobs.iter().map(|job| job.app.as_str()).collect();
    assert_eq!(apps.len(), 5, "the branches of a project are one app");
    let other_server = with(jenkins_push(), &[("JENKINS_URL", "https://other.example/")]);
    let servers =
        [jenkins_push(), other_server].map(|variables| Machine::new(variables).step(TRIGGERED, &[]));
    assert_ne!(servers[0].app, servers[1].app);

    let axis = |axes: &str| {
        let name = format!("a/app/{axes}");
        let machine = Machine::new(with(jenkins_push(), &[("JOB_NAME", &name), ("BRANCH_NAME", "")]));
        let body = machine.send(TRIGGERED, &[]).0.remove(0);
        (identity(&body), body["buildhook"]["job"]["matrix"].clone())
    };
    let (linux, matrix) = axis("OS=linux,ARCH=x64");
    let (windows, _) = axis("OS=windows,ARCH=x64");
    assert_eq!(matrix, serde_json::json!({ "OS": "linux", "ARCH": "x64" }));
    assert_eq!((&linux.run, &linux.app), (&windows.run, &windows.app));
    assert_ne!(linux.build, windows.build);
}

#[test]
fn a_renamed_project_stays_the_same_app() {
    for (variables, name, owner_id) in [
        (
            with(github_push(), &[("GITHUB_REPOSITORY_ID", "10"), ("GITHUB_REPOSITORY_OWNER_ID", "1")]),
            "GITHUB_REPOSITORY",
            "",
        ),
        (gitlab_push(), "CI_PROJECT_PATH", "CI_PROJECT_NAMESPACE_ID"),
    ] {
        let machine = Machine::new(variables);
        let owner = [(owner_id, "5")];
        let owner = if owner_id.is_empty() { &[][..] } else { &owner };
        let workspace = |variables: &[(&str, &str)]| {
            let body = machine.send(CREATED, &[owner, variables].concat()).0.remove(0);
            (body["data"]["build"]["application_id"].clone(), body["data"]["build"]["workspace_id"].clone())
        };
        assert_eq!(workspace(&[]), workspace(&[(name, "renamed/project")]), "{name}");
        let set = workspace(&[("BUILDHOOK_REPOSITORY", "mine/app")]);
        assert_ne!(workspace(&[]), set, "the user's own name comes first");
    }
}

#[test]
fn without_a_run_id_each_build_is_one_of_its_own_with_a_warning() {
    let machine = Machine::new(vec![("BUILDHOOK_PROVIDER".to_owned(), "tekton".to_owned())]);
    let (first, stderr) = machine.send(TRIGGERED, &[]);
    assert!(stderr.contains("BUILDHOOK_RUN_ID") && stderr.contains("BUILDHOOK_REPOSITORY"), "{stderr}");
    let (first, second) = (identity(&first[0]), machine.step(FINISHED, &[]));
    assert_eq!(first.app, second.app);
    assert_ne!(first.build, second.build);
    let repository = ("BUILDHOOK_REPOSITORY", "example/app");
    let run = [("BUILDHOOK_RUN_ID", "pipeline-run-7"), repository];
    let (body, stderr) = machine.send(TRIGGERED, &run);
    assert!(!stderr.contains("warning"), "{stderr}");
    assert_eq!(identity(&body[0]).build, machine.step(FINISHED, &run).build);
    let chosen = [("BUILDHOOK_BUILD_SLUG", "mine"), repository];
    let (body, stderr) = machine.send(TRIGGERED, &chosen);
    assert!(!stderr.contains("warning"), "{stderr}");
    assert_eq!(identity(&body[0]).build, "mine");
    let (bodies, _) = machine.send(&["run", "--", "true"], &[]);
    assert_eq!(identity(&bodies[0]).build, identity(&bodies[1]).build, "the events of `run` are one build");
}

#[test]
fn outside_of_a_ci_the_last_build_is_remembered() {
    let machine = Machine::new(Vec::new());
    let (body, stderr) = machine.send(CREATED, &[]);
    assert!(stderr.contains("has no build of this app that was started before"), "{stderr}");
    let fresh = identity(&body[0]);
    assert_eq!(fresh.number, "1");
    let first = machine.step(TRIGGERED, &[]);
    let (body, stderr) = machine.send(CREATED, &[]);
    assert!(!stderr.contains("no build"), "{stderr}");
    assert_eq!(identity(&body[0]).build, first.build);
    assert_eq!(identity(&body[0]).number, "2");
    let finished = machine.step(FINISHED, &[]);
    assert_eq!((&finished.build, &finished.triggered_at), (&first.build, &first.triggered_at));
    let (bodies, _) = machine.send(&["run", "--", "true"], &[]);
    let after_run = machine.step(CREATED, &[]);
    assert_eq!(identity(&bodies[1]).build, after_run.build);
    assert_ne!(after_run.build, first.build);
    assert_eq!(after_run.number, "3");
    let other_app = machine.step(TRIGGERED, &[("BUILDHOOK_REPOSITORY", "mine/other")]);
    assert_eq!(other_app.number, "1", "each app has its own numbers");
    let shown = machine.0.output(&["triggered", "--dry-run"], &[]);
    assert!(String::from_utf8(shown.stdout).unwrap().contains("\"build_number\":4"));
    assert_eq!(machine.step(CREATED, &[]).build, after_run.build, "a dry run starts nothing");
}

#[test]
fn builds_that_start_at_once_have_different_numbers() {
    let machine = Machine::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| machine.0.output(TRIGGERED, &[]));
        }
    });
    let numbers: BTreeSet<String> = machine
        .0
        .receiver(0)
        .requests()
        .iter()
        .map(|request| request.json()["build_number"].to_string())
        .collect();
    assert_eq!(numbers.len(), 12, "{numbers:?}");
    assert_eq!(machine.step(TRIGGERED, &[]).number, "13");
}

#[test]
fn on_every_ci_the_checkout_makes_no_difference() {
    for provider in &Fixture::all() {
        for case in Fixture::read(provider).unwrap().cases {
            let folder = tempfile::tempdir().unwrap();
            let variables = case.environment(Some(folder.path()));
            let is_detected = case.expected.contains_key("provider") && case.expected.contains_key("run.id");
            if !is_detected {
                continue;
            }
            let before = Machine::new(variables.clone()).step(TRIGGERED, &[]);
            let after = Machine::new(variables);
            let after = Machine(after.0.checkout(&[
                &["init", "-q"],
                &["remote", "add", "origin", "https://git.example/some/other.git"],
                &["commit", "-q", "--allow-empty", "-m", "x"],
            ]));
            let after = after.step(FINISHED, &[]);
            assert_eq!((&before.app, &before.build), (&after.app, &after.build), "{provider}: {}", case.name);
        }
    }
}

#[test]
fn steps_are_parts_of_a_job() {
    for (provider, case, step) in [
        ("drone", "push", &[("DRONE_STEP_NUMBER", "7"), ("DRONE_STEP_NAME", "last")][..]),
        ("woodpecker-ci", "push", &[("CI_STEP_NUMBER", "7"), ("CI_STEP_NAME", "last")]),
        ("vela", "push", &[("VELA_STEP_NUMBER", "7"), ("VELA_STEP_NAME", "last")]),
        ("codefresh", "push", &[("CF_STEP_NAME", "last")]),
        ("buddy", "push", &[("BUDDY_ACTION_ID", "7")]),
        ("google-cloud-build", "push", &[]),
    ] {
        let machine = Machine::new(environment(provider, case));
        assert_eq!(machine.step(TRIGGERED, &[]).build, machine.step(FINISHED, step).build, "{provider}");
    }
    let stages = ["1", "2"].map(|stage| {
        Machine::new(environment("drone", "push")).step(TRIGGERED, &[("DRONE_STAGE_NUMBER", stage)]).build
    });
    assert_ne!(stages[0], stages[1]);
}

#[test]
fn commands_of_run_report_its_build_wherever_they_are() {
    let machine = Machine::new(Vec::new());
    std::fs::create_dir(machine.0.folder().join("other")).unwrap();
    let program = env!("CARGO_BIN_EXE_buildhook");
    let script =
        format!("cd other && {program} triggered && {program} created ../app.apk && {program} run -- true");
    let pass = ("BUILDHOOK_PASS_SETTINGS", "true");
    let (bodies, stderr) = machine.send(&["run", "--", "sh", "-c", &script], &[pass]);
    let all: Vec<Identity> = bodies.iter().map(identity).collect();
    assert_eq!(all.len(), 6, "{stderr}");
    for other in &all {
        assert_eq!((&other.build, &other.number), (&all[0].build, &all[0].number), "{all:?}");
    }
}

#[test]
fn apps_that_the_user_names_have_builds_of_their_own() {
    let machine = Machine::new(Vec::new());
    let app = |name| [("BUILDHOOK_APP_SLUG", name)];
    let ios = machine.step(TRIGGERED, &app("ios"));
    let android = machine.step(TRIGGERED, &app("android"));
    assert_ne!(ios.build, android.build);
    assert_eq!(machine.step(FINISHED, &app("ios")).build, ios.build);
    assert_eq!(ios.number, android.number);
}

#[test]
fn builds_that_a_ci_distinguishes_have_different_ids() {
    let builds = |variables: Variables, changes: [&[(&str, &str)]; 2]| {
        changes.map(|change| Machine::new(variables.clone()).step(FINISHED, change).build)
    };
    for (provider, case, changes) in [
        ("circleci", "push", [&[("CIRCLE_NODE_INDEX", "0")][..], &[("CIRCLE_NODE_INDEX", "1")]]),
        ("xcode-cloud", "push", [&[("CI_PRODUCT_PLATFORM", "iOS")], &[("CI_PRODUCT_PLATFORM", "macOS")]]),
        (
            "bitbucket-pipelines",
            "push",
            [&[("BITBUCKET_STEP_RUN_NUMBER", "1")], &[("BITBUCKET_STEP_RUN_NUMBER", "2")]],
        ),
    ] {
        let with_job = with(environment(provider, case), &[("CI_XCODEBUILD_ACTION", "archive")]);
        let [first, second] = builds(with_job, changes);
        assert_ne!(first, second, "{provider}");
    }
    let scope = ("BUILDHOOK_SCOPE", "run");
    let job = |name: &'static str, branch: &'static str| [("JOB_NAME", name), ("BRANCH_NAME", branch), scope];
    let [first, second] = builds(jenkins_push(), [&job("a/app/a=1", "a=1"), &job("a/app/b=2", "b=2")]);
    assert_ne!(first, second, "branches that look like axes");
    let named = with(github_push(), &[("BUILDHOOK_JOB_NAME", "Nice")]);
    let [first, second] = builds(named, [&[], &[("JOB_CHECK_RUN_ID", "77")]]);
    assert_eq!(first, second);
}
