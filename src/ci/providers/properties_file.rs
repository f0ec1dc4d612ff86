//! TeamCity's Java properties file, and the second file that it names.
//!
//! <https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/Properties.html>. The files
//! contain passwords, so only single keys are read, by name.

use std::fs::File;
use std::io::Read;

use super::Sourced;

/// Bytes of each file that are read.
const MAX_BYTES: u64 = 4 << 20;
/// The key with the path of a second file, which has the configuration parameters.
const SECOND_FILE: &str = "teamcity.configuration.properties.file";

/// The properties of both files.
#[derive(Default)]
pub(super) struct Properties {
    /// The files' contents, not parsed yet.
    files: Vec<String>,
    /// The variable that names the first one.
    source: String,
}

impl Properties {
    /// Reads the file at `path` and the one that it names. A file that cannot be read has no properties.
    pub(super) fn read(path: Option<Sourced>) -> Self {
        let Some(path) = path else { return Self::default() };
        let mut properties = Self { files: vec![read(&path)], source: path.source };
        if let Some(second) = properties.get(SECOND_FILE) {
            properties.files.push(read(&second));
        }
        properties
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<Sourced> {
        self.entries().find(|(name, _)| name == key).and_then(|entry| self.found(entry))
    }

    /// The value of the key with this start and end, unless several such keys have different values.
    pub(super) fn only(&self, start: &str, end: &str) -> Option<Sourced> {
        let is_wanted = |name: &str| {
            let rest = name.strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
            rest.is_some() || name == format!("{}{end}", start.trim_end_matches('.'))
        };
        let mut wanted: Vec<(String, String)> = self.entries().filter(|(name, _)| is_wanted(name)).collect();
        wanted.dedup_by(|a, b| a.1 == b.1);
        match wanted.as_slice() {
            [_] => wanted.pop().and_then(|entry| self.found(entry)),
            _ => None,
        }
    }

    fn entries(&self) -> impl Iterator<Item = (String, String)> {
        let lines = self.files.iter().flat_map(|text| text.lines());
        lines.filter(|line| !line.starts_with(['#', '!'])).filter_map(parse_line)
    }

    fn found(&self, (key, value): (String, String)) -> Option<Sourced> {
        (!value.trim().is_empty()).then(|| Sourced::new(value.trim(), format!("{} {key}", self.source)))
    }
}

fn read(path: &str) -> String {
    let mut bytes = Vec::new();
    // Not an error: most of the context is in the environment.
    let _ = File::open(path).and_then(|file| file.take(MAX_BYTES).read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Splits a line at the first `=` or `:` that is not escaped.
fn parse_line(line: &str) -> Option<(String, String)> {
    let mut escaped = false;
    let end = line.find(|c| {
        let is_end = !escaped && matches!(c, '=' | ':');
        escaped = c == '\\' && !escaped;
        is_end
    })?;
    Some((unescape(line[..end].trim()), unescape(line[end + 1..].trim())))
}

fn unescape(text: &str) -> String {
    let mut result = String::new();
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match (c, if c == '\\' { rest.next() } else { None }) {
            ('\\', Some('n')) => result.push('\n'),
            ('\\', Some('t')) => result.push('\t'),
            ('\\', Some('r')) => result.push('\r'),
            ('\\', Some('u')) => {
                let code: String = rest.by_ref().take(4).collect();
                result.extend(u32::from_str_radix(&code, 16).ok().and_then(char::from_u32));
            }
            ('\\', other) => result.extend(other),
            (other, _) => result.push(other),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_keys_and_values_with_escapes() {
        let files = vec![
            "#comment=1\nteamcity.serverUrl=https\\://ci.example\nname\\=x : \\u00fc\\\\ \nempty=\nvcsroot.url=one\n".into(),
            "vcsroot.A.url=two\nbranch.A=x\nbranch.B=x\n".into(),
        ];
        let properties = Properties { files, source: "FILE".into() };
        let get = |key: &str| properties.get(key).map(|found| found.value.clone());
        assert_eq!(get("teamcity.serverUrl").as_deref(), Some("https://ci.example"));
        assert_eq!(get("name=x").as_deref(), Some("ü\\"));
        assert_eq!((get("empty"), get("comment")), (None, None));
        assert_eq!(properties.only("vcsroot.", ".url"), None, "two roots");
        assert_eq!(properties.only("branch.", "").map(|found| found.value.clone()).as_deref(), Some("x"));
    }
}
