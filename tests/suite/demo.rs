//! `demo`, the first command that a new user runs.

use crate::builder::Test;
use crate::environments::github_push;

#[test]
fn the_demo_sends_three_events_and_checks_their_signatures() {
    // It ignores the configuration and proxies.
    let test = Test::new().env("BUILDHOOK_URL", "nonsense").env("HTTP_PROXY", "http://127.0.0.1:1");
    let test = test.envs(github_push()).env("BUILDHOOK_CONFIG", "nonsense = 1");
    let finished = test.args(&["demo"]).run().status(0);
    for expected in [
        "sent      build/triggered",
        "sent      build.created",
        "sent      build/finished",
        "verified  x-webhook-signature, bitrise-hook-signature, x-hub-signature-256, webhook-signature",
        "\"example/app\"",
        "All three arrived, and their signatures hold.",
    ] {
        assert!(finished.stdout.contains(expected), "no `{expected}` in\n{}", finished.stdout);
    }
    assert_eq!(finished.stderr, "");
    assert!(!finished.folder.path().join(".local").exists(), "it leaves nothing behind");
}
