//! Shell completions and manual pages, which come from the command line's own definition.

use crate::builder::Test;

#[test]
fn completions_are_printed_for_every_shell() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        Test::new().args(&["completions", shell]).run().status(0).stdout("triggered").stdout("state-dir");
    }
    Test::new().args(&["completions", "tcsh"]).run().status(2).stderr("powershell");
}

#[test]
fn manual_pages_are_printed_or_written() {
    Test::new().args(&["man"]).run().status(0).stdout(".TH buildhook 1").stdout("buildhook\\-triggered(1)");
    let finished = Test::new().args(&["man", "--dir", "pages/man1"]).run().status(0);
    let page =
        std::fs::read_to_string(finished.folder.path().join("pages/man1/buildhook-triggered.1")).unwrap();
    assert!(page.contains("\\-\\-state\\-dir"), "{page}");
}
