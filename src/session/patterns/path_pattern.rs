//! Patterns of paths: names, names with wildcards, and `**`.

use std::path::{Component, Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use glob::{MatchOptions, Pattern};

const OPTIONS: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

/// A pattern of paths.
pub(super) struct PathPattern {
    /// The folder before the first wildcard.
    pub(super) start: PathBuf,
    /// The rest.
    pub(super) parts: Vec<Part>,
}

/// A part of a pattern, between slashes.
#[derive(Debug)]
pub(super) enum Part {
    /// A name without wildcards.
    Name(String),
    /// A name with wildcards.
    Pattern(Pattern),
    /// `**`: any number of folders.
    AnyFolders,
}

/// Whether a path has wildcards.
pub(super) fn is_pattern(name: &Path) -> bool {
    name.to_string_lossy().contains(['*', '?', '['])
}

impl PathPattern {
    /// Parses a pattern that is relative to `folder`.
    pub(super) fn parse(pattern: &Path, folder: &Path) -> Result<Self> {
        let (mut start, mut parts) = (folder.to_owned(), Vec::new());
        for component in pattern.components() {
            let is_literal = parts.is_empty() && !is_pattern(component.as_os_str().as_ref());
            match component {
                Component::CurDir => {}
                _ if is_literal => start.push(component),
                // `**/**` matches no more than `**`.
                Component::Normal(name) if name == "**" && matches!(parts.last(), Some(Part::AnyFolders)) => {
                }
                Component::Normal(name) => parts.push(Part::parse(&name.to_string_lossy(), pattern)?),
                _ => bail!("invalid pattern {}: `..` cannot follow a wildcard", pattern.display()),
            }
        }
        Ok(Self { start, parts })
    }

    /// Whether the path matches, whatever is there.
    pub(super) fn matches(&self, path: &Path) -> bool {
        let Ok(rest) = path.strip_prefix(&self.start) else { return false };
        if rest.as_os_str().is_empty() {
            return self.parts.is_empty();
        }
        // Which numbers of parts match the names so far.
        let mut reached = vec![false; self.parts.len() + 1];
        reached[0] = true;
        self.skip_any_folders(&mut reached);
        for name in rest.components() {
            let name = name.as_os_str().to_string_lossy();
            let mut next = vec![false; reached.len()];
            for (index, part) in self.parts.iter().enumerate().filter(|(index, _)| reached[*index]) {
                let after = if matches!(part, Part::AnyFolders) { index } else { index + 1 };
                next[after] |= part.matches(&name);
            }
            self.skip_any_folders(&mut next);
            reached = next;
        }
        reached[self.parts.len()]
    }

    /// `**` also matches no folder.
    fn skip_any_folders(&self, reached: &mut [bool]) {
        for (index, part) in self.parts.iter().enumerate() {
            reached[index + 1] |= reached[index] && matches!(part, Part::AnyFolders);
        }
    }
}

impl Part {
    fn parse(text: &str, whole: &Path) -> Result<Self> {
        if text == "**" {
            return Ok(Self::AnyFolders);
        }
        if !is_pattern(text.as_ref()) {
            return Ok(Self::Name(text.to_owned()));
        }
        let pattern = Pattern::new(text).with_context(|| format!("invalid pattern {}", whole.display()))?;
        Ok(Self::Pattern(pattern))
    }

    /// Whether it matches this name.
    pub(super) fn matches(&self, name: &str) -> bool {
        match self {
            Self::Name(text) => text == name,
            Self::Pattern(pattern) => pattern.matches_with(name, OPTIONS),
            Self::AnyFolders => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_match_as_the_search_finds_them() {
        for (pattern, path, expected) in [
            ("build/debug/**", "build/debug/a.apk", true),
            ("build/debug/**", "build/debug/x/y/a.apk", true),
            ("build/debug/**", "build/debug", false),
            ("build/debug/**", "build/release/a.apk", false),
            ("**/*.apk", "a.apk", true),
            ("**/*.apk", "x/y/a.apk", true),
            ("**/*.apk", "x/y/a.ipa", false),
            ("**/x/**/*.apk", "a/x/a.apk", true),
            ("**/x/**/*.apk", "a/y/a.apk", false),
            ("./out/*/a.apk", "out/x/a.apk", true),
            ("out/*/a.apk", "out/x/y/a.apk", false),
            ("a.apk", "a.apk", true),
            ("/elsewhere/*", "a.apk", false),
        ] {
            let found = PathPattern::parse(Path::new(pattern), Path::new("/ci")).unwrap();
            assert_eq!(found.matches(&Path::new("/ci").join(path)), expected, "{pattern} {path}");
        }
    }

    #[test]
    fn repeated_any_folders_are_one() {
        let pattern = PathPattern::parse(Path::new(&"**/".repeat(100_000)), Path::new("/ci")).unwrap();
        assert_eq!(pattern.parts.len(), 1);
        assert!(pattern.matches(Path::new("/ci/x/a.apk")));
    }

    #[test]
    fn many_wildcards_take_no_longer() {
        let pattern = "**/a/".repeat(50) + "b";
        let pattern = PathPattern::parse(Path::new(&pattern), Path::new("/ci")).unwrap();
        assert!(!pattern.matches(&Path::new("/ci").join("a/".repeat(200))));
    }
}
