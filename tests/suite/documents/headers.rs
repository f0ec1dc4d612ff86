//! The headers in `docs/headers.md` are those that the program sends.

use std::collections::BTreeSet;

use crate::builder::{STANDARD_SECRET, Test};
use crate::environments::github_push;
use crate::receiver::Reply;

/// Headers of every HTTP request.
const OF_HTTP: [&str; 5] = ["accept", "accept-encoding", "connection", "content-length", "host"];

#[test]
fn the_list_has_every_header_that_is_sent_and_no_other() {
    let mut sent = BTreeSet::new();
    for format in ["native", "cdevents"] {
        let test = Test::new()
            .envs(github_push())
            .file("app.bin", "content")
            .endpoint(&[Reply::Status(204)])
            .env("BUILDHOOK_SECRET", STANDARD_SECRET)
            .env("BUILDHOOK_FORMAT", format);
        let finished = test.args(&["run", "--artifact", "app.bin", "--", "git", "--version"]).run().status(0);
        let requests = finished.requests.iter().flatten();
        let names = requests.flat_map(|request| request.headers.iter().map(|(name, _)| name.clone()));
        sent.extend(names.filter(|name| !OF_HTTP.contains(&name.as_str())));
    }
    let text = std::fs::read_to_string("docs/headers.md").unwrap();
    let cells =
        text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once(" | ")).map(|(cell, _)| cell);
    let listed: BTreeSet<String> =
        cells.flat_map(|cell| cell.split(", ")).map(|name| name.trim_matches('`').to_owned()).collect();
    assert_eq!(listed, sent, "docs/headers.md lists other headers (left) than the program sends (right)");
}
