//! A Java properties file, and the one that it names for more, as TeamCity has them.
//!
//! <https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/util/Properties.html>. They hold passwords: single keys are
//! read by their names, and nothing else is kept. At most [`SIZE`] bytes of each are read.

use std::fs::File;
use std::io::Read;

use super::Sourced;

/// Bytes of a file.
const SIZE: u64 = 4 << 20;
/// The key that names a second file, with configuration parameters.
const MORE: &str = "teamcity.configuration.properties.file";

/// Properties as they stand in the files, escapes included.
#[derive(Default)]
pub(super) struct Properties(Vec<String>);

impl Properties {
    /// Reads the file and the one that it names. One that cannot be read has no properties.
    pub(super) fn read(path: Option<&str>) -> Self {
        let mut properties = Self(path.map(read).into_iter().collect());
        if let Some(more) = properties.get(MORE) {
            properties.0.push(read(&more.value));
        }
        properties
    }

    /// The value of a key.
    pub(super) fn get(&self, key: &str) -> Option<Sourced> {
        self.entries().find(|(name, _)| name == key).and_then(found)
    }

    /// The value of the key that begins and ends like this, if there is no other one like it.
    pub(super) fn only(&self, start: &str, end: &str) -> Option<Sourced> {
        let is_wanted = |name: &str| {
            let rest = name.strip_prefix(start).and_then(|rest| rest.strip_suffix(end));
            rest.is_some() || name == format!("{}{end}", start.trim_end_matches('.'))
        };
        let mut wanted: Vec<(String, String)> = self.entries().filter(|(name, _)| is_wanted(name)).collect();
        wanted.dedup_by(|a, b| a.1 == b.1);
        match wanted.as_slice() {
            [_] => wanted.pop().and_then(found),
            _ => None,
        }
    }

    fn entries(&self) -> impl Iterator<Item = (String, String)> {
        let lines = self.0.iter().flat_map(|text| text.lines());
        lines.filter(|line| !line.starts_with(['#', '!'])).filter_map(entry)
    }
}

fn read(path: &str) -> String {
    let mut bytes = Vec::new();
    // What cannot be read tells nothing.
    let _ = File::open(path).and_then(|file| file.take(SIZE).read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Key and value of a line, at the first `=` or `:` that is not escaped.
fn entry(line: &str) -> Option<(String, String)> {
    let mut escaped = false;
    let end = line.find(|c| {
        let is_end = !escaped && matches!(c, '=' | ':');
        escaped = c == '\\' && !escaped;
        is_end
    })?;
    Some((unescaped(line[..end].trim()), unescaped(line[end + 1..].trim())))
}

fn unescaped(text: &str) -> String {
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

fn found((key, value): (String, String)) -> Option<Sourced> {
    (!value.trim().is_empty())
        .then(|| Sourced::new(value.trim(), format!("TEAMCITY_BUILD_PROPERTIES_FILE {key}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_keys_and_values_with_escapes() {
        let properties = Properties(vec![
            "#comment=1\nteamcity.serverUrl=https\\://ci.example\nname\\=x : \\u00fc\\\\ \nempty=\nvcsroot.url=one\n".into(),
            "vcsroot.A.url=two\nbranch.A=x\nbranch.B=x\n".into(),
        ]);
        let get = |key: &str| properties.get(key).map(|found| found.value.clone());
        assert_eq!(get("teamcity.serverUrl").as_deref(), Some("https://ci.example"));
        assert_eq!(get("name=x").as_deref(), Some("ü\\"));
        assert_eq!((get("empty"), get("comment")), (None, None));
        assert_eq!(properties.only("vcsroot.", ".url"), None, "two roots");
        assert_eq!(properties.only("branch.", "").map(|found| found.value.clone()).as_deref(), Some("x"));
    }
}
