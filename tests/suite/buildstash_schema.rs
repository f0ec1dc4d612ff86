//! Events of builds and releases have the types of Buildstash's API, whatever is known. `data/buildstash` has them as a schema; in it,
//! the stream of a build may be null, because a build of ours may be in none.

use serde_json::Value;

use crate::builder::Test;
use crate::environments::{Fixture, Variables, github_tag};
use crate::files::archive;
use crate::json_schema::violations;
use crate::receiver::Reply;

fn check(body: &Value, what: &str) {
    let schemas: Value = serde_json::from_str(include_str!("../data/buildstash/schemas.json")).unwrap();
    for (kind, value) in body["data"].as_object().unwrap() {
        assert_eq!(violations(&schemas[kind], value), Vec::<String>::new(), "{what}: {kind} of {body}");
    }
}

/// Sends events of this job and checks them.
fn check_job(variables: &Variables, what: &str) {
    let test = Test::new().envs(variables.clone()).file("unknown", "x").endpoint(&[Reply::Status(200)]);
    let test = test.file("a.jar", archive(&[("META-INF/MANIFEST.MF", b"Bundle-Version: 1.2.3.4\n", true)]));
    let test = test.file("a.log", "log");
    for args in [
        &["created", "unknown", "--save", "build.json"][..],
        &["created", "a.jar", "--stream", "s", "--labels", "a,b", "--notes", "n", "--metadata", "a.log"],
        &["moved", "--stream", "t", "--build", "build.json"],
        &["labeled", "--label", "c", "--build", "build.json"],
        &["release", "created", "--version", "1.0.0", "--build", "build.json"],
        &["release", "updated", "--version", "1.0.0", "--label", "r"],
    ] {
        let output = test.output(args, &[]);
        assert!(output.status.success(), "{what}: {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let requests = test.receiver(0).requests();
    assert_eq!(requests.len(), 6, "{what}");
    requests.iter().for_each(|request| check(&request.json(), what));
}

#[test]
fn events_have_the_types_of_the_api() {
    check_job(&Vec::new(), "no CI");
    check_job(&github_tag(), "a tag");
    for provider in Fixture::all() {
        let Some(case) = Fixture::read(&provider).unwrap().cases.into_iter().next() else { continue };
        check_job(&case.environment(None), &provider);
    }
}

#[test]
fn a_null_where_the_api_has_none_is_found() {
    let schemas: Value = serde_json::from_str(include_str!("../data/buildstash/schemas.json")).unwrap();
    for key in ["version", "version_semantic_major", "platform", "created_at"] {
        let build = serde_json::json!({ key: null });
        assert_eq!(violations(&schemas["build"], &build).len(), 1, "{key}");
    }
}
