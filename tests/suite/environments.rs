//! Environments of jobs, from `tests/environments`, which has one file for each provider.
//!
//! A file is a list of cases. A case is a line `# name`, the variables, a line `--` and the fields expected
//! of the context; fields that are not listed are null. `# name < other` starts from the case `other`; a name
//! without a value removes it. `NAME<text` is a variable with the path of a file that contains the text. `\n`
//! is a line break, `\\` a backslash. Every provider needs a push, a tag and a pull request; if it cannot
//! distinguish one of them, the file starts with a line `without tag: REASON`.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

pub const SHA: &str = "ffac537e6cbbf934b08745a378932722df287a53";
pub const MERGE_SHA: &str = "0000537e6cbbf934b08745a378932722df280000";

/// Environment variables.
pub type Variables = Vec<(String, String)>;

/// Names and values; those of variables start with `=` or, for a file, `<`.
pub type Entries = BTreeMap<String, String>;

/// One file.
pub struct Fixture {
    pub cases: Vec<Case>,
    /// Cases that the provider cannot distinguish, with the reason.
    pub without: BTreeMap<String, String>,
}

/// One environment and the context expected in it.
#[derive(Clone, Default)]
pub struct Case {
    pub name: String,
    pub variables: Entries,
    pub expected: Entries,
    pub warnings: Vec<String>,
}

impl Fixture {
    /// Reads the file of a provider. `None` if there is none.
    pub fn read(provider: &str) -> Option<Self> {
        let text = std::fs::read_to_string(format!("tests/environments/{provider}.txt")).ok()?;
        let text = format!("\n{text}");
        let mut blocks = text.split("\n# ");
        let head = blocks.next().expect("text before the first case");
        let without = head.lines().filter(|line| !line.is_empty()).map(|line| {
            let (what, reason) = line
                .strip_prefix("without ")
                .and_then(|rest| rest.split_once(": "))
                .unwrap_or_else(|| panic!("{provider}.txt: `{line}` is not `without WHAT: REASON`"));
            (what.to_owned(), reason.to_owned())
        });
        let without = without.collect();
        let mut cases: Vec<Case> = Vec::new();
        for block in blocks {
            let case = Case::parse(block, &cases)
                .unwrap_or_else(|problem| panic!("{provider}.txt: {problem} in\n# {block}"));
            cases.push(case);
        }
        Some(Self { cases, without })
    }

    /// The providers with a file, sorted.
    pub fn all() -> Vec<String> {
        let files = std::fs::read_dir("tests/environments").unwrap();
        let mut providers: Vec<String> = files
            .map(|file| file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        providers.sort();
        providers
    }
}

impl Case {
    fn parse(block: &str, known: &[Case]) -> Result<Self, &'static str> {
        let (head, body) = block.split_once('\n').ok_or("no variables")?;
        let (name, base) = head.split_once(" < ").unwrap_or((head, ""));
        let mut case = match base {
            "" => Self::default(),
            base => known.iter().find(|case| case.name == base).ok_or("unknown other case")?.clone(),
        };
        case.name = name.to_owned();
        let (variables, expected) = body.split_once("--\n").ok_or("no line `--`")?;
        for line in variables.lines().filter(|line| !line.is_empty()) {
            change(&mut case.variables, line, line.find(['=', '<']), 0);
        }
        for line in expected.lines().filter(|line| !line.is_empty()) {
            match line.strip_prefix("warning: ") {
                Some(warning) => case.warnings.push(warning.to_owned()),
                None => change(&mut case.expected, line, line.find(": "), 2),
            }
        }
        Ok(case)
    }

    /// The environment. Its files are written to `folder`; without one, their variables are left out.
    pub fn environment(&self, folder: Option<&Path>) -> Variables {
        let variables = self.variables.iter().filter_map(|(name, value)| match value.strip_prefix('<') {
            None => Some((name.clone(), value[1..].to_owned())),
            Some(text) => {
                let file = folder?.join(name);
                std::fs::write(&file, text).unwrap();
                Some((name.clone(), file.to_str().unwrap().to_owned()))
            }
        });
        variables.collect()
    }
}

/// Sets the name before position `at` to the value `skipped` bytes after it, or removes it if there is no
/// value.
fn change(entries: &mut Entries, line: &str, at: Option<usize>, skipped: usize) {
    match at {
        Some(at) => {
            let value = line[at + skipped..].replace("\\\\", "\0").replace("\\n", "\n").replace('\0', "\\");
            entries.insert(line[..at].to_owned(), value);
        }
        None => {
            entries.remove(line);
        }
    }
}

fn case(provider: &str, name: &str) -> Case {
    let fixture = Fixture::read(provider).unwrap_or_else(|| panic!("no fixture of {provider}"));
    let mut cases = fixture.cases.into_iter();
    cases.find(|case| case.name == name).unwrap_or_else(|| panic!("no case `{name}` of {provider}"))
}

/// The environment of a case, without variables that name files.
pub fn environment(provider: &str, name: &str) -> Variables {
    case(provider, name).environment(None)
}

/// The event file of a case of GitHub Actions.
fn event(name: &str) -> Value {
    let text = &case("ghactions", name).variables["GITHUB_EVENT_PATH"];
    serde_json::from_str(&text[1..]).expect("an event file is JSON")
}

/// Replaces or adds variables.
pub fn with(mut variables: Variables, changes: &[(&str, &str)]) -> Variables {
    for (name, value) in changes {
        variables.retain(|(known, _)| known != name);
        variables.push(((*name).to_owned(), (*value).to_owned()));
    }
    variables
}

pub fn github_push() -> Variables {
    environment("ghactions", "older runner: push")
}

pub fn github_push_event() -> Value {
    event("older runner: push")
}

pub fn github_tag() -> Variables {
    environment("ghactions", "older runner: tag")
}

pub fn github_pull_request() -> Variables {
    environment("ghactions", "older runner: pull request")
}

pub fn github_pull_request_event() -> Value {
    event("older runner: pull request")
}

pub fn gitlab_push() -> Variables {
    environment("gitlab-ci", "push")
}

pub fn gitlab_tag() -> Variables {
    environment("gitlab-ci", "tag")
}

/// `CI_COMMIT_SHA` is a temporary merge commit.
pub fn gitlab_merge_request() -> Variables {
    environment("gitlab-ci", "merge train")
}

pub fn jenkins_push() -> Variables {
    environment("jenkins", "multibranch push")
}

pub fn jenkins_tag() -> Variables {
    environment("jenkins", "multibranch tag")
}

pub fn jenkins_pull_request() -> Variables {
    environment("jenkins", "multibranch pull request")
}

/// No multibranch variables, a branch with a slash, and credentials in URLs.
pub fn jenkins_classic() -> Variables {
    environment("jenkins", "classic, on a port, with credentials")
}
