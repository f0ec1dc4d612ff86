//! What users download: documents name this version, and no action that runners have dropped.

use std::fs;
use std::path::Path;

use crate::documents::example_files;

/// Newest major of each action whose runtime GitHub's runners no longer have: node16 or node20. 0 if there is none.
const RETIRED: &[(&str, u32)] = &[
    ("actions/attest", 0),
    ("actions/checkout", 4),
    ("actions/download-artifact", 5),
    ("actions/upload-artifact", 5),
    ("distributhor/workflow-webhook", 0),
    ("github/codeql-action", 3),
    ("ossf/scorecard-action", 1),
    ("rust-lang/crates-io-auth-action", 0),
];

/// The action of this repository, in the examples.
const OURS: &str = "buildhook/buildhook";

/// A mistake in an `uses:` line, if there is one.
fn mistake(line: &str, is_ours: bool) -> Option<String> {
    let (_, reference) = line.split_once("uses: ")?;
    let (reference, comment) = reference.split_once(" # ").unwrap_or((reference, ""));
    let reference = reference.trim();
    // This repository, at the same commit.
    if reference.starts_with("./") || reference.starts_with("$/") {
        return None;
    }
    let Some((action, revision)) = reference.split_once('@') else {
        return Some("it has no version".to_owned());
    };
    let repository = action.splitn(3, '/').take(2).collect::<Vec<_>>().join("/");
    if repository == OURS {
        return None;
    }
    let is_commit = revision.len() == 40 && revision.chars().all(|c| c.is_ascii_hexdigit());
    let version = if is_commit { comment.trim() } else { revision };
    let major = version.strip_prefix('v').and_then(|version| version.split('.').next()?.parse::<u32>().ok());
    let Some(major) = major else {
        return Some(format!("`{version}` is no version such as v7.0.1"));
    };
    let Some((_, retired)) = RETIRED.iter().find(|(name, _)| *name == repository) else {
        return Some(format!("add {repository} to the table of retired actions"));
    };
    if major <= *retired {
        return Some(format!("v{major} of {repository} is retired"));
    }
    (is_ours && !is_commit).then(|| "it is not pinned by commit".to_owned())
}

#[test]
fn no_action_is_retired() {
    let mut checked = 0;
    let interop = fs::read_dir("tests/interop").unwrap().map(|entry| entry.unwrap().path());
    let files = example_files().into_iter().chain(interop.filter(|path| path.is_file()));
    for file in files {
        let is_ours = file.starts_with(".github");
        for (number, line) in fs::read_to_string(&file).unwrap().lines().enumerate() {
            // Not in a sentence or a pattern.
            let is_step = line.trim_start().trim_start_matches("- ").starts_with("uses: ");
            checked += usize::from(is_step);
            if let Some(mistake) = mistake(line, is_ours).filter(|_| is_step) {
                panic!("{}:{}: {mistake}: {}", file.display(), number + 1, line.trim());
            }
        }
    }
    assert!(checked > 20, "{checked} actions found");

    let commit = "3d3c42e5aac5ba805825da76410c181273ba90b1";
    for (line, expected) in [
        ("- uses: actions/checkout@v4", Some("v4 of actions/checkout is retired")),
        ("- uses: actions/checkout@v3.1.0", Some("v3 of actions/checkout is retired")),
        ("- uses: github/codeql-action/init@v3", Some("v3 of github/codeql-action is retired")),
        ("- uses: actions/checkout@v7", Some("it is not pinned by commit")),
        ("- uses: actions/checkout@main", Some("`main` is no version such as v7.0.1")),
        ("- uses: actions/checkout", Some("it has no version")),
        ("- uses: someone/else@v1", Some("add someone/else to the table of retired actions")),
        ("- uses: $/.github/workflows/ci.yml", None),
    ] {
        assert_eq!(mistake(line, true).as_deref(), expected, "{line}");
    }
    let pinned = |version: &str| mistake(&format!("- uses: actions/checkout@{commit} # {version}"), true);
    assert_eq!(pinned("v7.0.1"), None);
    assert!(pinned("v4.2.2").is_some_and(|mistake| mistake.contains("retired")));
    assert!(pinned("").is_some(), "the version must be there");
    assert_eq!(mistake("- uses: actions/checkout@v7", false), None, "examples may name the major");
}

/// Examples install a version, not whatever is the newest one when they run.
#[test]
fn the_documents_install_this_version() {
    const BEFORE: [&str; 5] =
        ["buildhook/buildhook/releases/download/v", "refs/tags/v", "@COMMIT # v", "pipeline@v", "/job@v"];
    let version = env!("CARGO_PKG_VERSION");
    let mut checked = 0;
    for file in example_files()
        .into_iter()
        .filter(|file| !file.starts_with(".github") && !file.starts_with("templates"))
    {
        let text = fs::read_to_string(&file).unwrap();
        assert!(
            !text.contains("/main/install.sh") && !text.contains("/latest/"),
            "{} is not pinned",
            file.display()
        );
        let mut updated = text.clone();
        for before in BEFORE {
            checked += updated.matches(before).count();
            updated = with_version(&updated, before, version);
        }
        assert_or_update(&file, &text, &updated);
    }
    assert!(checked > 5, "{checked} URLs found");

    let script = fs::read_to_string("install.sh").unwrap();
    let (before, rest) = script.split_once("\nscript_version=").unwrap();
    let (_, after) = rest.split_once('\n').unwrap();
    assert_or_update(
        Path::new("install.sh"),
        &script,
        &format!("{before}\nscript_version={version}\n{after}"),
    );
}

/// The text with this version after each `before`.
fn with_version(text: &str, before: &str, version: &str) -> String {
    let mut parts = text.split(before);
    let mut updated = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
        updated += &format!("{before}{version}{rest}");
    }
    updated
}

fn assert_or_update(file: &Path, found: &str, expected: &str) {
    if found == expected {
        return;
    }
    if std::env::var_os("UPDATE_DOCUMENTS").is_some() {
        fs::write(file, expected).unwrap();
        return;
    }
    panic!("{} names another version; UPDATE_DOCUMENTS=1 writes it", file.display());
}
