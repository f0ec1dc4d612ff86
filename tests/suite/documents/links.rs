//! Relative links and anchors in the documents resolve, and the README leads to every document.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn documents() -> Vec<PathBuf> {
    let is_markdown = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "md");
    let entries = [".", "docs"].into_iter().flat_map(|folder| fs::read_dir(folder).unwrap());
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(is_markdown).map(|path| path.strip_prefix(".").unwrap_or(&path).to_owned()).collect()
}

/// The text without code, whose brackets are no links.
fn without_code(text: &str) -> String {
    let mut is_code = false;
    let lines = text.lines().filter(|line| {
        let is_fence = line.trim_start().starts_with("```");
        is_code ^= is_fence;
        !is_code && !is_fence
    });
    let prose = lines.collect::<Vec<_>>().join("\n");
    prose.split('`').step_by(2).collect::<Vec<_>>().join("")
}

/// The targets of the links.
fn links(text: &str) -> Vec<String> {
    let text = without_code(text);
    let parts = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    parts.map(|(target, _)| target.to_owned()).collect()
}

/// The anchors of the headings, as GitHub makes them.
fn anchors(text: &str) -> BTreeSet<String> {
    let mut is_code = false;
    let headings = text.lines().filter(|line| {
        is_code ^= line.starts_with("```");
        !is_code && line.starts_with('#')
    });
    headings.map(|line| anchor(line.trim_start_matches('#').trim())).collect()
}

fn anchor(heading: &str) -> String {
    let kept = heading.to_lowercase();
    let kept = kept.chars().filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

/// The broken links of a document.
fn broken(document: &Path, text: &str) -> Vec<String> {
    let folder = document.parent().unwrap_or(Path::new(""));
    let is_broken = |link: &String| {
        if link.contains("://") || link.starts_with("mailto:") {
            return false;
        }
        let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
        let target = if file.is_empty() { document.to_owned() } else { normalized(&folder.join(file)) };
        let content = if file.is_empty() { Some(text.to_owned()) } else { fs::read_to_string(&target).ok() };
        let has_anchor = || content.is_some_and(|content| anchors(&content).contains(anchor));
        !target.exists() || !(anchor.is_empty() || has_anchor())
    };
    links(text).into_iter().filter(is_broken).collect()
}

/// The path without `..`.
fn normalized(path: &Path) -> PathBuf {
    let mut parts: Vec<_> = Vec::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => drop(parts.pop()),
            other => parts.push(other),
        }
    }
    parts.into_iter().collect()
}

#[test]
fn every_relative_link_and_anchor_resolves() {
    let mut checked = 0;
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        checked += links(&text).len();
        assert_eq!(broken(&document, &text), Vec::<String>::new(), "{}", document.display());
    }
    assert!(checked > 60, "{checked} links found");
    let text = "# A `b`: c\n\n[x](#a-b-c) [x](#missing) [x](nowhere.md) `[x](code.md)`\n```\n[x](code.md)\n# no\n```\n[x](#no)";
    assert_eq!(broken(Path::new("README.md"), text), ["#missing", "nowhere.md", "#no"]);
}

#[test]
fn the_readme_is_short_and_links_every_document() {
    let text = fs::read_to_string("README.md").unwrap();
    let lines = text.lines().count();
    assert!(lines <= 200, "README.md has {lines} lines; the limit is 200");
    let links: BTreeSet<PathBuf> =
        links(&text).iter().map(|link| link.split('#').next().unwrap_or_default().into()).collect();
    let missing: Vec<PathBuf> = documents()
        .into_iter()
        .filter(|document| document != Path::new("README.md") && !links.contains(document))
        .collect();
    assert!(missing.is_empty(), "README.md does not link {missing:?}");
}

#[test]
fn lines_of_documents_are_wrapped() {
    let mut long = Vec::new();
    // The history is not wrapped, and the tables of the benchmarks are written by another program.
    let is_wrapped = |document: &PathBuf| {
        !["CHANGELOG.md", "docs/benchmarks.md"].iter().any(|path| document == Path::new(path))
    };
    for document in documents().into_iter().filter(is_wrapped) {
        // Tables and long URLs cannot be wrapped.
        let is_long = |line: &&str| {
            let has_long_word = line.split_whitespace().any(|word| word.len() > 70);
            line.chars().count() > 140 && !line.starts_with('|') && !has_long_word
        };
        let text = fs::read_to_string(&document).unwrap();
        long.extend(text.lines().filter(is_long).map(|line| format!("{}: {line}", document.display())));
    }
    assert!(long.is_empty(), "wrap these lines at 140 columns:\n{}", long.join("\n"));
}
